# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

FIELDS_THAT_TRAVEL = {"acc_number", "allow_out_payment", "acc_holder_name"}


class ResPartnerBank(models.Model):
    _inherit = "res.partner.bank"

    @api.model_create_multi
    def create(self, vals_list):
        banks = super().create(vals_list)
        banks._exact_enqueue()
        return banks

    def write(self, vals):
        result = super().write(vals)
        if FIELDS_THAT_TRAVEL & vals.keys():
            self._exact_enqueue()
        return result

    def _exact_enqueue(self):
        """Queue what the contact's administrations should know: trusted bank accounts only."""
        bindings = self.partner_id.commercial_partner_id._exact_bindings()
        for bank in self:
            owner = bank.partner_id.commercial_partner_id
            for binding in bindings.filtered(lambda b, owner=owner: b.res_id == owner.id):
                company = binding.company_id
                if self.env["exact.operation.bank.account"].with_company(company)._is_due(bank):
                    self.env["exact.sync.queue"]._enqueue("bank_account", bank, company)
