# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .verdicts import Outcome


class ExactOperationPartnerMatching(models.AbstractModel):
    """Compare the contacts with the accounts that were read: longer than a click may take."""

    _name = "exact.operation.partner.matching"
    _inherit = ["exact.operation"]
    _description = "Matching of contacts"

    _priority = 66  # after the relations that it compares

    @api.model
    def _requires(self, sync):
        yield "accounts", sync.division_id

    @api.model
    def _carry_out(self, client, sync, step):
        return Outcome({}, "read")

    @api.model
    def _store(self, sync, outcome, payload):
        self.env["exact.match.partner"]._refresh(sync)
        self.env["exact.match.duplicate"]._refresh(sync)
        return self.env["exact.binding"]
