# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class ExactFinancialPeriod(models.Model):
    """Mirror of ``financial/FinancialPeriods``. A date without one is in a year that was not
    created in Exact. administration-defaults.md §7
    """

    _name = "exact.financial.period"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online Period"
    _order = "division_id, start_date, period"

    year = fields.Integer(readonly=True)
    period = fields.Integer(readonly=True)
    start_date = fields.Date(readonly=True)
    end_date = fields.Date(readonly=True)

    @api.model
    def _are_read(self, division):
        """Whether the administration's periods were ever read."""
        return bool(self.search_count([("division_id", "=", division.id)], limit=1))

    @api.model
    def _of_date(self, division, date):
        return self.search(
            [
                ("division_id", "=", division.id),
                ("start_date", "<=", date),
                ("end_date", ">=", date),
            ]
        )

    @api.model
    def _of_number(self, division, year, period):
        return self.search(
            [
                ("division_id", "=", division.id),
                ("year", "=", year),
                ("period", "=", period),
            ],
            limit=1,
        )

    @api.model
    def _first_open(self, journal, date):
        """The first period, from that of ``date`` on, that is open for a journal of Exact."""
        later = self.search(
            [("division_id", "=", journal.division_id.id), ("end_date", ">=", date)],
            order="start_date, period",
        )
        return next((period for period in later if not period._are_closed(journal)), self.browse())

    def _are_closed(self, journal):
        """Whether each of these periods is closed for a journal of Exact."""
        closed = self.env["exact.closed.period"].search(
            [
                ("division_id", "=", journal.division_id.id),
                ("code", "=", journal.code),
                ("year", "in", self.mapped("year")),
            ]
        )
        found = {(row.year, row.period) for row in closed}
        return all((row.year, row.period) in found for row in self)
