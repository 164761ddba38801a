# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from itertools import islice

from odoo import api, models

from ..exact_api import odata
from ..models.match_ladder import plain
from .verdicts import Outcome

IN_ONE_ITEM = 5 * odata.LONGEST_CHAIN  # five calls


class ExactOperationAccountIbans(models.AbstractModel):
    """Whose IBANs are in Exact, of contacts that nothing else finds there: ``crm/BankAccounts``."""

    _name = "exact.operation.account.ibans"
    _inherit = ["exact.operation"]
    _description = "IBANs of relations"

    _priority = 66

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _to_ask(self, division):
        """The IBANs of contacts without a certain relation that were not asked for yet."""
        accounts = self.env["exact.account"]
        partners = self.env["res.partner"].search(
            [*self.env["res.partner"]._exact_scope(division.company_id), ("bank_ids", "!=", False)]
        )
        candidates = accounts._candidates(division, partners)
        unmatched = partners.filtered(
            lambda partner: not any(each.is_certain for each in candidates[partner.id])
        )
        asked = self.env["exact.account.bank"]._asked(division)
        banks = unmatched.bank_ids.filtered(lambda bank: bank.acc_type == "iban")
        return sorted(set(banks.mapped("sanitized_acc_number")) - asked)

    @api.model
    def _carry_out(self, client, division, step):
        asked = list(islice(self._to_ask(division), IN_ONE_ITEM))
        owners = []
        for ibans in odata.chunks(asked, odata.LONGEST_CHAIN):
            rows = client.read(
                division.code,
                "crm/BankAccounts",
                select=("ID", "Account", "BankAccount"),
                filter=odata.any_of("BankAccount", [odata.text(iban) for iban in ibans]),
            )
            owners += [(plain(row["BankAccount"]), row["Account"]) for row in rows]
        return Outcome({"asked": asked, "owners": owners}, "read")

    @api.model
    def _store(self, division, outcome, payload):
        asked = outcome.remote["asked"]
        self.env["exact.account.bank"]._store(division, asked, outcome.remote["owners"])
        if len(asked) == IN_ONE_ITEM:
            self.env["exact.sync.queue"]._enqueue("account_ibans", division, self.env.company)
        return self.env["exact.binding"]
