# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .verdicts import Outcome

COUNTERPARTS = 200  # that Odoo's books follow at once


class ExactOperationReconciliation(models.AbstractModel):
    """Have Odoo's books follow what Exact says of payments, some at a time. No call is made."""

    _name = "exact.operation.reconciliation"
    _inherit = ["exact.operation"]
    _description = "Payments booked in Odoo"

    _priority = 62

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _is_due(self, division):
        if not division.company_id._exact_books_payments():
            return False  # what was booked while the company did so stays
        counterparts, shares = self.env["exact.counterpart"], self.env["exact.share"]
        return bool(counterparts._due(division, 1) or shares._due(division, 1))

    @api.model
    def _carry_out(self, client, division, step):
        return Outcome({}, "read")

    @api.model
    def _store(self, division, outcome, payload):
        if self.env["exact.counterpart"]._book_due(division, COUNTERPARTS):
            self.env["exact.sync.queue"]._enqueue("reconciliation", division, self.env.company)
        return self.env["exact.binding"]
