# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# What may be chosen, as the views ask for it; see _mirrors.
CHOOSABLE = "[('division_id', '=', division_id), ('is_blocked', '=', False)]"


class Suggestion(NamedTuple):
    """What a record of Odoo probably is in Exact, why, and whether that is beyond doubt."""

    mirror: models.BaseModel
    reason: str
    is_certain: bool


class ExactMatchMixin(models.AbstractModel):
    """One row of a step of the initial sync: a record of Odoo beside one of Exact.

    A kind adds ``record_id``, ``mirror_id`` and ``suggestion_id``, says which records are in
    scope and what it suggests. Rows are a draft: Odoo's own fields change with :meth:`_save`.
    """

    _name = "exact.match.mixin"
    _description = "Match of Odoo and Exact Online"
    _order = "state, use_count desc, id"

    _mapping = None  # field of the Odoo record that holds the mirror
    _is_one_to_one = False  # whether a record of Exact may be only one of Odoo
    _suggested = {"mirror_id": "suggestion_id"}  # what may be chosen, and what is suggested for it

    sync_id = fields.Many2one("exact.initial.sync", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="sync_id.company_id", store=True, index=True)
    division_id = fields.Many2one(related="sync_id.division_id")
    use_count = fields.Integer(
        string="Used", readonly=True, help="In so many lines of posted documents of the last year."
    )
    reason = fields.Char(string="Why", readonly=True)
    is_certain = fields.Boolean(string="Certain", readonly=True)
    is_ignored = fields.Boolean(readonly=True)
    state = fields.Selection(
        [
            ("todo", "To do"),
            ("valid", "Valid"),
            ("ignored", "Ignored"),
            ("exact_only", "Only in Exact"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )
    is_saved = fields.Boolean(
        string="Saved", readonly=True, help="The match is stored on the record."
    )

    @api.depends("record_id", "mirror_id", "is_ignored")
    def _compute_state(self):
        for match in self:
            if not match.record_id:
                match.state = "exact_only"
            elif match.mirror_id:
                match.state = "valid"
            else:
                match.state = "ignored" if match.is_ignored else "todo"

    # -- verbs of a kind ------------------------------------------------------------------------

    @api.model
    def _records(self, sync):
        """``{record of Odoo: number of uses}`` in scope of ``sync``."""
        raise NotImplementedError

    @api.model
    def _mirrors(self, sync):
        """The records of Exact that may be chosen."""
        mirrors = self.env[self._fields["mirror_id"].comodel_name].sudo()
        return mirrors.search(
            [("division_id", "=", sync.division_id.id), ("is_blocked", "=", False)]
        )

    @api.model
    def _suggest(self, sync, records):
        """``{record: Suggestion}`` for those of ``records`` that resemble something in Exact."""
        mirrors = self._mirrors(sync)
        return {
            record: suggestion
            for record in records
            if (suggestion := self._suggest_for(record, mirrors))
        }

    @api.model
    def _suggest_for(self, record, mirrors):
        """The :class:`Suggestion` for one record, or None."""
        raise NotImplementedError

    @api.model
    def _refusal(self, record, mirror):
        """Why ``mirror`` cannot be chosen for ``record``, in words; None when it can."""
        return None

    @api.model
    def _create_in_odoo(self, sync, mirror):
        """Make the record that Odoo lacks; None where nothing should be made by guess."""
        return None

    @api.model
    def _mappings(self, sync, records):
        """``{record: fields of its row}`` for what Odoo has mapped already."""
        return {
            record: {"mirror_id": record[self._mapping].id}
            for record in records
            if record[self._mapping]
        }

    def _store(self):
        """Write the chosen mirror onto the record of Odoo."""
        self._record()[self._mapping] = self.mirror_id

    def _take_back(self):
        """Undo what was stored on the records of Odoo of these rows."""
        self._record()[self._mapping] = False

    def _values_of(self, suggestion):
        """The fields of a row that show ``suggestion``, which may be None."""
        return {
            "suggestion_id": suggestion.mirror.id if suggestion else False,
            "reason": suggestion.reason if suggestion else False,
            "is_certain": bool(suggestion and suggestion.is_certain),
        }

    def _accept(self):
        """Choose what is suggested."""
        suggested = self._suggested.items()
        self._choose({row: {name: row[other].id for name, other in suggested} for row in self})

    @api.model
    def _choose(self, choices):
        """Write choices in one statement and check them once: there may be ten thousand.

        :param choices: ``{row: {field: id of the mirror}}``; fields left out stay as they are
        :raises UserError: when what is chosen cannot be right, with the reason
        """
        rows = self.browse(row.id for row in choices)
        rows.check_access("write")
        rows.flush_recordset()
        names = [*self._suggested]
        columns = [
            [values.get(name, row[name].id) or None for row, values in choices.items()]
            for name in names
        ]
        identifiers = [SQL.identifier(name) for name in names]
        self.env.cr.execute(
            SQL(
                "UPDATE %s row SET %s, is_saved = FALSE FROM unnest(%s) choice(id, %s) "
                "WHERE row.id = choice.id",
                SQL.identifier(self._table),
                SQL(", ").join(SQL("%s = choice.%s", name, name) for name in identifiers),
                SQL(", ").join(SQL("%s::int[]", column) for column in (rows.ids, *columns)),
                SQL(", ").join(identifiers),
            )
        )
        names.append("is_saved")
        rows.invalidate_recordset(names)
        rows.modified(names)
        rows._check_choice()

    # -- rows -----------------------------------------------------------------------------------

    @api.model
    def _refresh(self, sync):
        """Have a row for each record in scope and for each record that only Exact has."""
        self._refresh_own(sync)
        self._refresh_exact_only(sync)

    @api.model
    def _refresh_own(self, sync):
        """Have a row for each record in scope. What was chosen or ignored stays as it is;
        suggestions are made anew, and returned.
        """
        rows = self.search([("sync_id", "=", sync.id), ("record_id", "!=", False)])
        own = rows.grouped("record_id")
        uses = self._records(sync)
        records = self._in_company(sync).union(*uses)
        rows.filtered(lambda row: row.record_id not in uses and row.state == "todo").unlink()
        undecided = records.filtered(lambda record: record not in own or not own[record].mirror_id)
        suggestions = self._suggest(sync, undecided)
        mappings = self._mappings(sync, records)
        missing = []
        for record, count in uses.items():
            values = {"use_count": count}
            if record in undecided:
                values |= self._values_of(suggestions.get(record))
            row = own.get(record, self.browse())
            values |= row._values_of_mapping(mappings.get(record))
            if row:
                row._update(values)
            else:
                missing.append({"sync_id": sync.id, "record_id": record.id, **values})
        self.create(missing)
        return suggestions

    def _values_of_mapping(self, mapping):
        """What Odoo holds wins, but over a choice that was not saved yet."""
        if self.mirror_id and not self.is_saved:
            return {}
        if mapping:
            return {**mapping, "is_saved": True}
        return {"mirror_id": False, "is_saved": False} if self.is_saved else {}

    @api.model
    def _refresh_exact_only(self, sync):
        """Rows for what is in Exact and no row has chosen, nor Odoo mapped elsewhere."""
        mirrors = self._mirrors(sync) - self._taken(sync)
        only = self.search([("sync_id", "=", sync.id), ("record_id", "=", False)])
        missing = mirrors - only.mirror_id
        (only - self.search([("id", "in", only.ids), ("mirror_id", "in", mirrors.ids)])).unlink()
        self.create([{"sync_id": sync.id, "mirror_id": mirror.id} for mirror in missing])

    @api.model
    def _taken(self, sync):
        """What records of Odoo have chosen or mapped already."""
        own = self.search([("sync_id", "=", sync.id), ("record_id", "!=", False)])
        return own.mirror_id

    def _update(self, values):
        changes = {
            name: value
            for name, value in values.items()
            if self._fields[name].convert_to_write(self[name], self) != value
        }
        if "mirror_id" in changes:
            changes["is_saved"] = values["is_saved"]
        if changes:
            self.write(changes)

    @api.model
    def _in_company(self, sync):
        """No records, of the kind's Odoo model, bound to the company of ``sync``."""
        model = self._fields["record_id"].comodel_name
        return self.env[model].with_company(sync.company_id)

    def _record(self):
        return self.record_id.with_company(self.company_id)

    def write(self, vals):
        """:raises UserError: when what is chosen cannot be right, with the reason"""
        is_choice = "mirror_id" in vals and not vals.get("is_saved")
        if is_choice:
            vals = {**vals, "is_saved": False}
        result = super().write(vals)
        if is_choice:
            self._check_choice()
        return result

    def _check_choice(self):
        self.mirror_id.check_access("read")  # of an administration of the user's companies
        for match in self.filtered(lambda row: row.record_id and row.mirror_id):
            refusal = match._refusal(match._record(), match.mirror_id)
            if refusal:
                raise UserError(refusal)

    @api.onchange("mirror_id")
    def _onchange_mirror_id(self):
        refusal = self.mirror_id and self._refusal(self._record(), self.mirror_id)
        if not refusal:
            return None
        self.mirror_id = False
        return {"warning": {"title": self.env._("This does not fit"), "message": refusal}}

    # -- what people do -------------------------------------------------------------------------

    def action_accept(self):
        """Take the suggestions of these rows."""
        self.filtered("suggestion_id")._accept()
        self._refresh_exact_only_of_syncs()

    def action_ignore(self):
        """Leave these records out; what hangs on them is refused before it is sent."""
        self.filtered(lambda row: row.state == "todo").is_ignored = True

    def action_undo(self):
        """Begin anew with these rows; what was stored on the records is taken back."""
        own = self.filtered("record_id")
        saved = own.filtered("is_saved").grouped("sync_id")
        own.write({**dict.fromkeys(self._suggested, False), "is_ignored": False})
        for rows in saved.values():
            rows._take_back()
        self._refresh_exact_only_of_syncs()

    def action_create_in_odoo(self):
        """Make in Odoo what only Exact has."""
        for match in self.filtered(lambda row: row.state == "exact_only"):
            record = match._create_in_odoo(match.sync_id, match.mirror_id)
            if not record:
                raise UserError(
                    self.env._(
                        "%s cannot be made in Odoo from what Exact tells of it. Make it by hand.",
                        match.mirror_id.display_name,
                    )
                )
            match.record_id = record
            match._save()

    def _save(self):
        """Store what was chosen on the records of Odoo; return how many changed."""
        changed = self.filtered(lambda row: row.state == "valid" and not row.is_saved)
        for match in changed:
            match._store()
        changed.is_saved = True
        return len(changed)

    def _refresh_exact_only_of_syncs(self):
        for sync in self.sync_id:
            self._refresh_exact_only(sync)
