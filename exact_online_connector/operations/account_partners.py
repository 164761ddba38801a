# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .verdicts import Outcome


class ExactOperationAccountPartners(models.AbstractModel):
    """Contacts of Odoo for the new relations of Exact, a batch a time. No call is made."""

    _name = "exact.operation.account.partners"
    _inherit = ["exact.operation"]
    _description = "Contacts for new relations"

    _priority = 90

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _is_due(self, division):
        company = division.company_id
        return company.exact_contact_direction != "to_exact" and company.exact_create_partners

    @api.model
    def _withdrawn(self, division):
        if self._is_due(division):
            return None
        return self.env._("The company does not want contacts to be created.")

    @api.model
    def _carry_out(self, client, division, step):
        return Outcome({}, "read")

    @api.model
    def _store(self, division, outcome, payload):
        if self.env["exact.contact.intake"]._create_missing(division):
            self.env["exact.sync.queue"]._enqueue("account_partners", division, self.env.company)
        return self.env["exact.binding"]
