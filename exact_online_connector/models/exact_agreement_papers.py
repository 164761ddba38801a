# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import io
from collections import namedtuple

import xlsxwriter

from odoo import fields, models
from odoo.exceptions import UserError

CERTIFICATE = "exact_online_connector.exact_agreement_certificate"
PAPER = "exact_online_connector.exact_agreement_paper"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LINES = (
    "direction period journal_id kind vat_code_id gl_account_id party_name odoo_amount "
    "exact_amount difference".split()
)
DOCUMENTS = (
    "kind number exact_number date direction journal_id party_name text odoo_amount exact_amount "
    "difference advice".split()
)
WIDTHS = {"text": 60, "advice": 50, "party_name": 35, "gl_account_id": 35}
WIDTH = 18
# Totals of both sides under a heading, in the ledger's sign.
Figure = namedtuple("Figure", "name odoo exact difference")


class ExactAgreement(models.Model):
    """The report as a spreadsheet, on paper, and as a certificate that is kept."""

    _inherit = "exact.agreement"

    def action_print(self):
        """Print the report."""
        self.check_access("read")
        return self.env.ref(PAPER).report_action(self)

    def action_certify(self):
        """Keep a certificate with the report: what both books come to, who says so, and the
        mapping in force.
        """
        self.ensure_one()
        report = self._for_operator()
        if report.state != "done":
            raise UserError(self.env._("Compare both books first."))
        content, _kind = self.env["ir.actions.report"].sudo()._render_qweb_pdf(
            CERTIFICATE,
            report.ids,
            data={"certified_by": self.env.user.name, "certified_on": fields.Datetime.now()},
        )
        name = self.env._("Close certificate %s", report.name)
        report.message_post(
            body=self.env._(
                "%(verdict)s Certified by %(user)s.",
                verdict=report.verdict,
                user=self.env.user.name,
            ),
            attachments=[(f"{name}.pdf", content)],
            author_id=self.env.user.partner_id.id,
        )

    def action_xlsx(self):
        """Download the report as a spreadsheet."""
        self.ensure_one()
        self.check_access("read")
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{self.name}.xlsx",
                "raw": self._spreadsheet(),
                "res_model": self._name,
                "mimetype": XLSX,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "self",  # a download leaves the page where it is
        }

    # -- the spreadsheet --------------------------------------------------------------------------

    def _spreadsheet(self):
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
            self._write_sheet(book, self.env._("Differences"), self.document_ids, DOCUMENTS)
            self._write_sheet(book, self.env._("Totals"), self.line_ids, LINES)
        return content.getvalue()

    def _write_sheet(self, book, title, rows, names):
        sheet = book.add_worksheet(title)
        texts = [_as_text(rows._fields[name], self.env) for name in names]
        formats = {
            "monetary": book.add_format({"num_format": "#,##0.00"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        formats = [formats.get(rows._fields[name].type) for name in names]
        headings = rows.fields_get(names, ["string"])
        bold = book.add_format({"bold": True})
        for column, name in enumerate(names):
            sheet.set_column(column, column, WIDTHS.get(name, WIDTH))
            sheet.write(0, column, headings[name]["string"], bold)
        for number, row in enumerate(rows, 1):
            for column, name in enumerate(names):
                sheet.write(number, column, texts[column](row[name]), formats[column])
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(rows), 1), len(names) - 1)

    # -- what is printed --------------------------------------------------------------------------

    def _figures(self, *by):
        """Totals of both sides by these fields of the lines: :class:`Figure` rows."""
        groups = self.env["exact.agreement.line"]._read_group(
            [("agreement_id", "=", self.id)],
            by,
            ["odoo_amount:sum", "exact_amount:sum", "difference:sum"],
        )
        line = self.env["exact.agreement.line"]
        texts = [_as_text(line._fields[name], self.env) for name in by]
        return [
            Figure([text(each) for text, each in zip(texts, group, strict=False)], *group[len(by):])
            for group in groups
        ]

    def _closed_periods(self):
        """Which of the report's periods are closed in Exact, for which journals, in words."""
        closed = self.env["exact.closed.period"].search(
            [
                ("division_id", "=", self.division_id.id),
                ("code", "in", self.line_ids.journal_id.mapped("code")),
            ],
            order="year, period, code",
        )
        months = self._months()
        closed = closed.filtered(lambda row: (row.year, row.period) in months)
        return ", ".join(f"{row.name} ({row.code})" for row in closed) or "-"

    def _counts_of_kinds(self):
        """``[(what differs, number of documents)]``"""
        kinds = dict(self.document_ids._fields["kind"]._description_selection(self.env))
        groups = self.env["exact.agreement.document"]._read_group(
            [("agreement_id", "=", self.id)], ["kind"], ["__count"]
        )
        return [(kinds[kind], count) for kind, count in groups]

    def _mapping(self):
        """The mapping in force: ``[(heading, [(in Odoo, in Exact)])]``."""
        own = self.with_company(self.company_id)
        company = [("company_id", "=", self.company_id.id)]
        journals = own.env["account.journal"].search([*company, ("exact_journal_id", "!=", False)])
        taxes = own.env["account.tax"].search([*company, ("exact_vat_code_id", "!=", False)])
        accounts = own.env["account.account"].search(
            [("company_ids", "in", self.company_id.ids), ("exact_gl_account_id", "!=", False)]
        )
        no_vat = self.company_id.exact_no_vat_code_id
        return [
            (self.env._("Journals"), [*map(_mapped_journal, journals)]),
            (
                self.env._("VAT codes"),
                [
                    *map(_mapped_tax, taxes),
                    (self.env._("Lines without tax"), no_vat.display_name or "-"),
                ],
            ),
            (
                self.env._("GL accounts"),
                [
                    (account.display_name, account.exact_gl_account_id.display_name)
                    for account in accounts
                ],
            ),
        ]


def _mapped_journal(journal):
    credit = journal.exact_credit_journal_id
    names = [journal.exact_journal_id.display_name, *([credit.display_name] if credit else [])]
    return journal.display_name, " / ".join(names)


def _mapped_tax(tax):
    uses = dict(tax._fields["type_tax_use"]._description_selection(tax.env))
    name = f"{tax.display_name} ({uses[tax.type_tax_use]})"
    return name, tax.exact_vat_code_id.display_name


def _as_text(field, env):
    """How a value of a field is written in a cell."""
    if field.type == "selection":
        names = dict(field._description_selection(env))
        return lambda value: names.get(value, "")
    if field.type == "many2one":
        return lambda record: record.display_name or ""
    return lambda value: "" if value is False else value
