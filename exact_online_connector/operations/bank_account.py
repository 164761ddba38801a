# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..exact_api import odata


class ExactOperationBankAccount(models.AbstractModel):
    """A contact's IBAN: ``crm/BankAccounts``. facts.md §4.4"""

    _name = "exact.operation.bank.account"
    _inherit = ["exact.operation"]
    _description = "Bank account"

    _resource = "crm/BankAccounts"
    _select = ("ID", "Account", "BankAccount")
    _complete_with = "BankAccount"
    _priority = 80
    _looks_up_first = True

    @api.model
    def _label(self, bank):
        return bank.acc_number

    @api.model
    def _is_due(self, bank):
        """Only what somebody with the right to do so has trusted, and what Exact lacks."""
        return (
            bank.allow_out_payment
            and bank.acc_type == "iban"
            and self.env.company.exact_contact_direction != "to_odoo"
            and not self._is_in_exact(bank)
        )

    @api.model
    def _requires(self, bank):
        yield "contact", bank.partner_id.commercial_partner_id

    @api.model
    def _payload(self, bank):
        return self._filled(
            {
                "Account": self._account(bank),
                "BankAccount": bank.sanitized_acc_number,
                "BankAccountHolderName": bank.acc_holder_name or bank.partner_id.name,
                "BICCode": bank.bank_bic,
            }
        )

    @api.model
    def _account(self, bank):
        contact = self._of_kind("contact")
        return contact._exact_id(bank.partner_id.commercial_partner_id)

    @api.model
    def _look_up(self, client, bank):
        """The contact's bank accounts in Exact that hold this IBAN."""
        rows = self._read_where(client, odata.eq("Account", odata.guid(self._account(bank))))
        return [row for row in rows if _sanitized(row) == bank.sanitized_acc_number]

    @api.model
    def _prove(self, bank, remote):
        return [
            *self._compare(
                self.env._("Bank account"), bank.sanitized_acc_number, _sanitized(remote)
            ),
            *self._compare(self.env._("Contact"), self._account(bank), remote["Account"]),
        ]


def _sanitized(remote):
    return (remote["BankAccount"] or "").replace(" ", "").upper()
