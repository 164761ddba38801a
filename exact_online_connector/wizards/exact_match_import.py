# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import csv
import io

import openpyxl
import xlsxwriter

from odoo import api, fields, models
from odoo.exceptions import UserError

from .exact_initial_sync import MATCHES

HEADING = ("Row", "Odoo", "Exact code", "Exact name")
CREDIT_HEADING = "Exact code for credit notes"
WIDTHS = (8, 45, 14, 45, 26)


class ExactMatchImport(models.TransientModel):
    """The rows of a step as a spreadsheet: out, filled in by a person, and in again."""

    _name = "exact.match.import"
    _description = "Import of Matches"

    sync_id = fields.Many2one("exact.initial.sync", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="sync_id.company_id")
    file = fields.Binary(string="Spreadsheet", attachment=False)
    file_name = fields.Char()
    accepted_count = fields.Integer(readonly=True)
    not_understood = fields.Text(readonly=True)
    is_imported = fields.Boolean(readonly=True)

    # -- out ------------------------------------------------------------------------------------

    @api.model
    def _export(self, sync):
        """Download the rows of the current step of ``sync``."""
        name = f"exact-{sync.step.replace('_', '-')}.xlsx"
        attachment = self.env["ir.attachment"].create(
            {
                "name": name,
                "raw": self._spreadsheet(sync),
                "res_model": self._name,
                "mimetype": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",  # a download leaves the page where it is
        }

    @api.model
    def _spreadsheet(self, sync):
        rows = self._rows_of(sync)
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
            bold = book.add_format({"bold": True})
            sheet = book.add_worksheet()
            for column, width in enumerate(WIDTHS):
                sheet.set_column(column, column, width)
            for number, cells in enumerate([self._heading(sync), *map(self._cells, rows)]):
                sheet.write_row(number, 0, cells, None if number else bold)
            sheet.freeze_panes(1, 0)
        return content.getvalue()

    @api.model
    def _rows_of(self, sync):
        return self.env[MATCHES[sync.step]].search(
            [("sync_id", "=", sync.id), ("record_id", "!=", False)]
        )

    @api.model
    def _heading(self, sync):
        return [*HEADING, CREDIT_HEADING] if sync.step == "journal" else [*HEADING]

    @api.model
    def _cells(self, row):
        """What is chosen, else what is suggested with certainty."""
        mirror = row.suggestion_id if row.is_certain and not row.mirror_id else row.mirror_id
        cells = [row.id, row.record_id.display_name, mirror.code or "", mirror.name or ""]
        if row._name != "exact.match.journal":
            return cells
        credit = row.credit_mirror_id or (not row.mirror_id and row.credit_suggestion_id)
        return [*cells, credit and credit.code or ""]

    # -- in -------------------------------------------------------------------------------------

    def action_import(self):
        """Take the codes of the spreadsheet; list what was not understood."""
        self.ensure_one()
        if not self.file:
            raise UserError(self.env._("Choose the spreadsheet first."))
        rows = {row.id: row for row in self._rows_of(self.sync_id)}
        mirrors = self._mirrors_by_code()
        choices, not_understood = {}, []
        chosen = {row.mirror_id: row for row in rows.values() if row.record_id and row.mirror_id}
        for number, line in enumerate(self._lines(), 2):
            try:
                row, values = self._choice(rows, mirrors, line)
                self._check(row, values, chosen)
            except UserError as refusal:
                not_understood.append(
                    self.env._(
                        "Line %(number)s: %(reason)s", number=number, reason=str(refusal)
                    )
                )
                continue
            if values:
                choices[row] = values
        self.env[MATCHES[self.sync_id.step]]._choose(choices)
        self.write(
            {
                "accepted_count": len(choices),
                "not_understood": "\n".join(not_understood),
                "is_imported": True,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import matches"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _choice(self, rows, mirrors, line):
        """``row, {field: id of the mirror}`` of what a line changes.

        :raises UserError: for what is not understood, with the reason
        """
        identifier, name, code, credit_code = line
        row = rows.get(int(identifier)) if identifier.isdecimal() else None
        if row is None:
            raise UserError(
                self.env._("There is no row %(row)s (%(name)s).", row=identifier or "-", name=name)
            )
        values = {}
        if code:
            values["mirror_id"] = self._mirror(mirrors, code).id
        if credit_code and "credit_mirror_id" in row._fields:
            values["credit_mirror_id"] = self._mirror(mirrors, credit_code).id
        return row, {key: value for key, value in values.items() if row[key].id != value}

    def _check(self, row, values, chosen):
        """Note in ``chosen`` what a line chose.

        :param chosen: ``{mirror: row}`` so far
        :raises UserError: when it cannot be right, with the reason
        """
        if "mirror_id" not in values:
            return
        mirror = row.mirror_id.browse(values["mirror_id"])
        refusal = row._refusal(row._record(), mirror)
        if refusal:
            raise UserError(refusal)
        other = chosen.get(mirror, row)
        if row._is_one_to_one and other != row:
            raise UserError(row._shared_text(mirror, other.record_id + row.record_id))
        chosen[mirror] = row

    def _mirrors_by_code(self):
        """What may be chosen, by its code, and by what a spreadsheet makes of it: 0100 is 100."""
        mirrors = self.env[MATCHES[self.sync_id.step]]._mirrors(self.sync_id)
        padded = mirrors.grouped(lambda mirror: mirror.code.lstrip("0"))
        return {**padded, **mirrors.grouped("code")}

    def _mirror(self, mirrors, code):
        found = mirrors.get(code, ())
        if len(found) != 1:
            raise UserError(
                self.env._("Exact Online has no %(code)s that can be chosen.", code=code)
            )
        return found

    def _lines(self):
        """``[(row, name, code, code for credit notes)]``, as texts, below the heading."""
        raw = io.BytesIO(base64.b64decode(self.with_context(bin_size=False).file))
        cells = _read_xlsx(raw) if _is_xlsx(raw) else _read_csv(raw)
        lines = [[*line, "", "", "", "", ""] for line in cells if any(line)]
        if not lines or lines[0][0] != HEADING[0]:
            raise UserError(
                self.env._(
                    "This is not a spreadsheet that was exported here: its first column is not "
                    "called %s. Press Export, fill in the codes, and import that file.",
                    HEADING[0],
                )
            )
        return [(line[0], line[1], line[2], line[4]) for line in lines[1:]]


def _is_xlsx(raw):
    return raw.getvalue()[:2] == b"PK"


def _read_xlsx(raw):
    sheet = openpyxl.load_workbook(raw, read_only=True, data_only=True).active
    return [[_text(cell) for cell in line] for line in sheet.iter_rows(values_only=True)]


def _read_csv(raw):
    text = raw.getvalue().decode("utf-8-sig", errors="replace")
    separator = ";" if text.partition("\n")[0].count(";") else ","
    lines = csv.reader(text.splitlines(), delimiter=separator)
    return [[cell.strip() for cell in line] for line in lines]


def _text(cell):
    """A cell as a person sees it: a code that a spreadsheet took for a number is a code again."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
