# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


# The operation that carries a document of this type.
KINDS = {
    "out_invoice": "sales_entry",
    "out_refund": "sales_entry",
    "in_invoice": "purchase_entry",
    "in_refund": "purchase_entry",
}


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "exact.sync.mixin"]

    _exact_operations = tuple(dict.fromkeys(KINDS.values()))

    exact_pdf_file = fields.Binary(
        string="PDF sent to Exact Online",
        attachment=True,
        copy=False,
        help="Made when the invoice was not yet printed or sent at the time it was booked.",
    )

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._exact_enqueue()
        return posted

    def _exact_enqueue(self):
        """Queue what is due, in the transaction that made it due. No call is made here."""
        for kind, moves in self.grouped(lambda move: move._exact_kind()).items():
            if kind:
                operation = self.env["exact.operation"]._of_kind(kind)
                self.env["exact.sync.queue"]._enqueue(kind, moves.filtered(operation._is_due))

    def _exact_kind(self):
        """The operation that carries this document, or None."""
        self.ensure_one()
        return KINDS.get(self.move_type)

    def action_exact_send(self):
        """Queue the document again, or for the first time when it was posted before."""
        self.check_access("write")
        self._exact_enqueue()

    def _get_fields_to_detach(self):
        return [*super()._get_fields_to_detach(), "exact_pdf_file"]

    def _exact_kept_pdf(self):
        """The PDF that was made for Exact Online, or none."""
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("res_field", "=", "exact_pdf_file"),
                ],
                limit=1,
            )
        )

    def _exact_make_pdf(self):
        """Print the invoice without marking it as sent to the customer, and keep the PDF."""
        self.ensure_one()
        report = self.partner_id.invoice_template_pdf_report_id or self.env.ref(
            "account.account_invoices"
        )
        content, _kind = (
            self.env["ir.actions.report"]
            .with_context(report_pdf_no_attachment=True)
            ._render_qweb_pdf(report, self.ids)
        )
        return (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": self._get_invoice_report_filename(report=report),
                    "raw": content,
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": self.id,
                    "res_field": "exact_pdf_file",
                }
            )
        )
