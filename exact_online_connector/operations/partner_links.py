# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .verdicts import Outcome


class ExactOperationPartnerLinks(models.AbstractModel):
    """Link the contacts that were matched with their accounts, a portion at a time. No call."""

    _name = "exact.operation.partner.links"
    _inherit = ["exact.operation"]
    _description = "Linking of contacts"

    _priority = 61

    @api.model
    def _carry_out(self, client, sync, step):
        return Outcome({}, "read")

    @api.model
    def _store(self, sync, outcome, payload):
        if self.env["exact.match.partner"]._store_portion(sync):
            self.env["exact.sync.queue"]._enqueue("partner_links", sync, sync.company_id)
        return self.env["exact.binding"]
