# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import SQL

from . import bulk_rows

EXACT_DECIMALS = (20, 6)  # its amounts may carry more decimals than the currency has


class ExactFedMirrorMixin(models.AbstractModel):
    """A local mirror of what one of Exact's ``sync/`` resources feeds, a page at a time: rows that
    come, change and go, and that nobody writes here. facts.md §4.12
    """

    _name = "exact.fed.mirror.mixin"
    _description = "Exact Online Mirror That Is Fed"

    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    exact_id = fields.Char(string="Exact ID", required=True, readonly=True)

    _exact_id_uniq = models.Constraint(
        "UNIQUE(division_id, exact_id)", "An administration lists each row once."
    )

    @api.model
    def _upsert(self, division, rows):
        """Take in what the feed brought: dicts of this model's fields; one may come twice."""
        rows = {row["exact_id"]: {"division_id": division.id, **row} for row in rows}
        bulk_rows.upsert(self, list(rows.values()), ("division_id", "exact_id"))

    @api.model
    def _remove(self, division, exact_ids):
        """Let go of what was deleted in Exact."""
        self.search(
            [("division_id", "=", division.id), ("exact_id", "in", exact_ids)]
        ).unlink()

    @api.model
    def _remove_all(self, division):
        """Begin anew."""
        self.env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE division_id = %s",
                SQL.identifier(self._table),
                division.id,
            )
        )
        self.invalidate_model(flush=False)
