# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..operations.verdicts import refusals

USER = "exact_online_connector.group_exact_user"
MOST_ALERTS = 5

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
    exact_refusal = fields.Text(
        string="Exact Online would refuse this",
        compute="_compute_exact_refusal",
        groups=USER,
        exportable=False,
        help="Why Exact would refuse a document that is to be sent and is not there yet.",
    )

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._exact_refuse()
        for mode, moves in posted.grouped(lambda move: move._exact_mode()).items():
            if mode == "posting":
                moves._exact_enqueue()
            elif mode == "scheduled":
                moves._exact_enqueue()._put_off()
        return posted

    def _exact_mode(self):
        """When this document goes, by its journal; what went before is compared again at once."""
        if self._exact_kind() and self.exact_state:
            return "posting"
        return self.journal_id.exact_mode

    def _exact_enqueue(self):
        """Queue what is due, in the transaction that made it due; return its items. No call is
        made here.
        """
        items = self.env["exact.sync.queue"]
        for kind, moves in self.grouped(lambda move: move._exact_kind()).items():
            if kind:
                operation = self.env["exact.operation"]._of_kind(kind)
                items += items._enqueue(kind, moves.filtered(operation._is_due))
        self.invalidate_recordset(["exact_state", "exact_number", "exact_item_count"], flush=False)
        return items

    def _exact_kind(self):
        """The operation that carries this document, or None."""
        self.ensure_one()
        return KINDS.get(self.move_type)

    def _exact_operation(self):
        """The operation that carries this document, for its company; None where there is none."""
        kind, company = self._exact_kind(), self.company_id
        if not kind or not company.exact_division_id:
            return None
        operation = self.env["exact.operation"].sudo().with_company(company)
        return operation.with_context(exact_division_id=company.exact_division_id.id)._of_kind(kind)

    def action_exact_send(self):
        """Queue the documents again, or for the first time when they were posted before."""
        self.check_access("write")
        due = self.filtered(lambda move: move._exact_is_due())
        due._exact_enqueue()
        if due == self:
            return self._exact_notification(
                self.env._("%s on the way to Exact Online.", len(due)), "success"
            )
        text = self.env._(
            "%(due)s on the way to Exact Online. %(left)s stay in Odoo: they are not posted, "
            "before the date from which documents are sent, or in a journal that is not sent.",
            due=len(due),
            left=len(self - due),
        )
        return self._exact_notification(text, "warning")

    def _exact_is_due(self):
        operation = self._exact_operation()
        return operation is not None and operation._is_due(self)

    # -- what Exact would refuse ------------------------------------------------------------------

    def _exact_findings(self):
        """What Exact would refuse of this document or of its contact, and what a person should
        know: :class:`Finding` rows. No call is made; a draft is judged as it is.
        """
        self.ensure_one()
        operation = self._exact_operation()
        if operation is None:
            return []
        move = self.with_env(operation.env)
        partner, contact = move.commercial_partner_id, operation._of_kind("contact")
        findings = operation._preflight(move)
        if partner and not contact._is_in_place(partner):
            findings += contact._preflight(partner)
        return findings

    def _exact_is_awaited(self):
        """Whether this document is to be sent, now or once it is posted, and is not there yet."""
        self.ensure_one()
        operation = self._exact_operation()
        return bool(
            operation is not None
            and self.state != "cancel"
            and operation._is_in_scope(self)
            and not operation._is_in_exact(self)
        )

    def _exact_refusals(self):
        """The findings for which Exact would refuse a document that it is to get."""
        is_stored = self.id and self == self._origin  # not while somebody is typing
        if not is_stored or not self._exact_is_awaited():
            return []
        return refusals(self._exact_findings())

    def _compute_exact_refusal(self):
        for move in self:
            move.exact_refusal = "\n".join(finding.text for finding in move._exact_refusals())

    def _get_alerts(self):
        """Odoo's own banners on the form, and one for each cause of a refusal with its mend."""
        alerts = super()._get_alerts()
        if not self.env.user.has_group(USER):
            return alerts
        for number, finding in enumerate(self._exact_refusals()[:MOST_ALERTS]):
            alert = {
                "level": "warning",
                "message": self.env._("Exact Online would refuse this: %s", finding.text),
            }
            if finding.mend and finding.mend != self:
                alert |= {"action_text": finding.fix, "action": _form_of(finding.mend)}
            alerts[f"exact_online_{number}"] = alert
        return alerts

    def action_exact_mend(self):
        """Open the record in which the first cause of a refusal is put right."""
        self.check_access("read")
        mends = [finding.mend for finding in self._exact_refusals() if finding.mend]
        return _form_of(next((mend for mend in mends if mend != self), self))

    def action_exact_check(self):
        """Say of the chosen documents which ones Exact would accept; show the others."""
        self.check_access("read")
        awaited = self.filtered(lambda move: move._exact_is_awaited())
        refused = awaited.filtered(lambda move: move._exact_refusals())
        text = self._exact_check_text(len(awaited - refused), len(refused), len(self - awaited))
        if not refused:
            return self._exact_notification(text, "success" if awaited else "info")
        view = self.env.ref("exact_online_connector.account_move_view_list_refused")
        return {
            "type": "ir.actions.act_window",
            "name": text,
            "res_model": "account.move",
            "domain": [("id", "in", refused.ids)],
            "views": [(view.id, "list"), (False, "form")],
        }

    @api.model
    def _exact_check_text(self, accepted, refused, left_out):
        text = self.env._(
            "%(accepted)s would be accepted, %(refused)s would be refused",
            accepted=accepted,
            refused=refused,
        )
        if not left_out:
            return text
        return self.env._("%(text)s, %(count)s not to be sent", text=text, count=left_out)

    @api.model
    def _exact_notification(self, text, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": kind, "message": text},
        }

    def _exact_refuse(self):
        """Where the company chose so, what Exact would refuse is not posted.

        :raises UserError: with the findings
        """
        texts = [
            finding.text
            for move in self.filtered("company_id.exact_refuse_posting")
            for finding in move._exact_refusals()
        ]
        if texts:
            intro = self.env._("Exact Online would refuse this, so it is not posted:")
            raise UserError("\n".join((intro, *dict.fromkeys(texts))))

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


def _form_of(record):
    return {
        "type": "ir.actions.act_window",
        "res_model": record._name,
        "res_id": record.id,
        "views": [(False, "form")],
    }
