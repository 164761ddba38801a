# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class ExactMirrorMixin(models.AbstractModel):
    """A local mirror of one of an administration's lists."""

    _name = "exact.mirror.mixin"
    _description = "Exact Online Mirror"
    _order = "division_id, code"
    _rec_names_search = ["code", "name"]

    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    exact_id = fields.Char(string="Exact ID", required=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    name = fields.Char(string="Description", readonly=True)
    is_blocked = fields.Boolean(
        readonly=True, help="Blocked in Exact Online: nothing can be booked with it."
    )
    active = fields.Boolean(
        default=True, readonly=True, help="Off when the administration no longer has it."
    )

    _exact_id_uniq = models.Constraint(
        "UNIQUE(division_id, exact_id)", "An administration lists each record once."
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.code} {row.name or ''}".strip()

    @api.model
    def _store(self, division, rows):
        """Make the mirror of ``division`` equal to ``rows``.

        :param rows: the whole list, each a dict of this model's fields with ``exact_id``
        """
        known = {
            row.exact_id: row
            for row in self.with_context(active_test=False).search(
                [("division_id", "=", division.id)]
            )
        }
        missing = []
        for values in rows:
            row = known.pop(values["exact_id"], None)
            if row is None:
                missing.append({"division_id": division.id, **values})
                continue
            changes = row._changes({"active": True, **values})
            if changes:
                row.write(changes)
        self.create(missing)
        gone = self.browse(row.id for row in known.values() if row.active)
        gone.write({"active": False})

    def _changes(self, values):
        return {name: value for name, value in values.items() if self[name] != value}
