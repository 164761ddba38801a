# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from .roles import check_not_by_hand

FIELDS_THAT_TRAVEL = {"acc_number", "allow_out_payment", "acc_holder_name"}
MAY_TRUST = "account.group_validate_bank_account"
KEPT = {"exact_trusted_by_id"}


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    exact_trusted_by_id = fields.Many2one(
        "res.users",
        string="Trusted by",
        copy=False,
        readonly=True,
        help="Who last allowed payments to this account.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        check_not_by_hand(self.env, KEPT, *vals_list)
        banks = super().create(vals_list)
        banks._exact_note_trust()
        banks._exact_enqueue()
        return banks

    def write(self, vals):
        check_not_by_hand(self.env, KEPT, vals)
        result = super().write(vals)
        if "allow_out_payment" in vals:
            self._exact_note_trust()
        if FIELDS_THAT_TRAVEL & vals.keys():
            self._exact_enqueue()
        return result

    def _exact_note_trust(self):
        """Keep who trusted an account; only people with that right count."""
        trusted = self.filtered("allow_out_payment")
        (self - trusted).sudo().filtered("exact_trusted_by_id").exact_trusted_by_id = False
        if self.env.user.has_group(MAY_TRUST):
            trusted.sudo().exact_trusted_by_id = self.env.user

    def _exact_enqueue(self):
        """Queue what the contact's administrations should know: bank accounts that somebody with
        the right to do so has trusted.
        """
        may_trust = self.env.user.has_group(MAY_TRUST)
        banks = self.filtered(lambda bank: may_trust or bank.exact_trusted_by_id)
        bindings = banks.partner_id.commercial_partner_id._exact_bindings()
        for bank in banks:
            owner = bank.partner_id.commercial_partner_id
            for binding in bindings.filtered(lambda b, owner=owner: b.res_id == owner.id):
                company = binding.company_id
                if self.env["exact.operation.bank.account"].with_company(company)._is_due(bank):
                    bank._exact_note_sending(company)
                    self.env["exact.sync.queue"]._enqueue("bank_account", bank, company)

    def _exact_note_sending(self, company):
        """Tell on the contact that an account goes to Exact and who trusted it, once a time."""
        for bank in self - self._exact_pending(company):
            bank.partner_id._message_log(
                body=self.env._(
                    "The bank account %(number)s, trusted by %(user)s, is sent to %(division)s of "
                    "Exact Online.",
                    number=_masked(bank.sanitized_acc_number),
                    user=bank.exact_trusted_by_id.sudo().name or self.env._("somebody, earlier"),
                    division=company.sudo().exact_division_id.name,
                )
            )

    def _exact_pending(self, company):
        """Those of these that are on their way already."""
        items = (
            self.env["exact.sync.queue"]
            .sudo()
            .search(
                [
                    ("operation", "=", "bank_account"),
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("company_id", "=", company.id),
                    ("state", "not in", ("done", "cancelled")),
                ]
            )
        )
        return self.browse(items.mapped("res_id"))


def _masked(number):
    """An account number of which only both ends are told."""
    return f"{number[:4]}…{number[-4:]}" if len(number or "") > 8 else "…"
