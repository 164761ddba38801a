# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.fields import Domain


class ExactMirrorMixin(models.AbstractModel):
    """A local mirror of one of an administration's lists."""

    _name = "exact.mirror.mixin"
    _description = "Exact Online Mirror"
    _order = "division_id, code"
    _rec_names_search = ["code", "name"]

    _mapped_by = ()  # ``(model of Odoo, field)`` of each mapping onto this mirror
    _drifts = frozenset({"name", "is_blocked", "active"})  # fields that whoever mapped relied on

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
    drift = fields.Char(
        string="Changed",
        readonly=True,
        help="What became of it in Exact Online since it was mapped.",
    )

    _exact_id_uniq = models.Constraint(
        "UNIQUE(division_id, exact_id)", "An administration lists each record once."
    )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.code} {row.name or ''}".strip()

    @api.model
    def _search_display_name(self, operator, value):
        """By code, by name, or by both as they are shown: ``800 Rev``."""
        domain = super()._search_display_name(operator, value)
        code, _space, name = value.partition(" ") if isinstance(value, str) else ("", "", "")
        if operator != "ilike" or not name:
            return domain
        return domain | (Domain("code", "=ilike", code) & Domain("name", "ilike", name))

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
            row._change({"active": True, **values})
        self.create(missing)
        for row in known.values():
            row._change({"active": False})

    def _change(self, values):
        changes = self._changes(values)
        if not changes:
            return
        if self._drifts & changes.keys() and self._is_mapped():
            changes["drift"] = self._drift_text(changes)
        self.write(changes)

    def _changes(self, values):
        return {name: value for name, value in values.items() if self[name] != value}

    def _is_mapped(self):
        company = self.division_id.company_id
        return bool(company) and any(
            self.env[model].with_company(company).sudo().search_count([(field, "=", self.id)], 1)
            for model, field in self._mapped_by
        )

    def _drift_text(self, changes):
        """What changed, in words."""
        if changes.get("active") is False:
            return self.env._("It is no longer in Exact Online.")
        if changes.get("is_blocked"):
            return self.env._("It was blocked in Exact Online.")
        fields_get = self.fields_get(self._drifts & changes.keys(), ["string"])
        return "; ".join(
            self.env._(
                "%(name)s was %(before)s, is now %(after)s",
                name=fields_get[name]["string"],
                before=self[name] if self[name] not in (False, None, "") else "-",
                after=value if value not in (False, None, "") else "-",
            )
            for name, value in changes.items()
            if name in fields_get
        )

    def action_drift_seen(self):
        """The change was looked at: what is mapped still holds."""
        self.division_id.connection_id.check_access("write")
        self.sudo().drift = False
        syncs = self.env["exact.initial.sync"].sudo()
        for sync in syncs.search([("company_id", "in", self.division_id.company_id.ids)]):
            sync._report_drift()
