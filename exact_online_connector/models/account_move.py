# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..operations.verdicts import refusals
from .account_move_line import OWN
from .exact_sync_mixin import INBOX
from .notification import notification

USER = "exact_online_connector.group_exact_user"
MOST_ALERTS = 5

# The operation that carries a document of this type.
KINDS = {
    "out_invoice": "sales_entry",
    "out_receipt": "sales_entry",
    "out_refund": "sales_entry",
    "in_invoice": "purchase_entry",
    "in_receipt": "purchase_entry",
    "in_refund": "purchase_entry",
    "entry": "general_entry",
}
RANKS = {"out_receipt": "customer_rank", "in_receipt": "supplier_rank"}


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "exact.sync.mixin"]

    _exact_entry_operations = tuple(dict.fromkeys(KINDS.values()))
    _exact_operations = (*_exact_entry_operations, INBOX)

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
    exact_lacks_file = fields.Boolean(
        string="In Exact Online without document",
        compute="_compute_exact_lacks_file",
        search="_search_exact_lacks_file",
        groups=USER,
        exportable=False,
        help="Booked from Odoo in a journal that wants a document, and no file of it is in Exact.",
    )
    exact_takes_deferrals = fields.Boolean(
        compute="_compute_exact_takes_deferrals",
        help="Whether its lines have columns for the days over which Exact Online spreads them.",
    )
    exact_file_state = fields.Selection(
        [
            ("send", "Ready to be sent"),
            ("attach", "Attach it in Odoo: it follows by itself"),
        ],
        string="Its file",
        compute="_compute_exact_file_state",
        groups=USER,
        exportable=False,
        help="Of a document that was booked without its file: what is to be done.",
    )
    exact_proof_state = fields.Selection(
        selection=lambda self: self.env["exact.binding"]._fields["proof_state"].selection,
        string="Compared with Exact Online",
        compute="_compute_exact_proof_state",
        groups=USER,
        exportable=False,
        help="What was read back of its entry, since it was last sent.",
    )
    exact_settlement_id = fields.Many2one(
        "exact.settlement", readonly=True, copy=False, index="btree_not_null"
    )
    exact_payment_state = fields.Selection(related="exact_settlement_id.state")
    exact_paid_on = fields.Date(related="exact_settlement_id.paid_on", string="Paid in Exact on")
    exact_open_amount = fields.Monetary(related="exact_settlement_id.open_amount")
    exact_settlement_kind = fields.Selection(
        related="exact_settlement_id.kind", string="Settled in Exact by"
    )
    exact_payment_why = fields.Html(
        related="exact_settlement_id.why", string="Why (not) paid", groups=USER
    )

    def _compute_exact_proof_state(self):
        bindings = self._exact_entry_bindings().filtered("exact_id").grouped("res_id")
        for move in self:
            move.exact_proof_state = move.id in bindings and bindings[move.id][0].proof_state

    def action_exact_proof(self):
        """Open what was compared of this document, figure by figure."""
        self.ensure_one()
        self.check_access("read")
        links = self.env["exact.binding"].browse(self._exact_entry_bindings().ids)
        return links._get_records_action(context={}, name=self.env._("Proof"))

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._exact_note_role()
        posted._exact_refuse()
        for mode, moves in posted.grouped(lambda move: move._exact_mode()).items():
            if mode == "posting":
                moves._exact_enqueue()
            elif mode == "scheduled":
                moves._exact_enqueue()._put_off()
        return posted

    def _exact_note_role(self):
        """Whoever is on a receipt is a customer or supplier in Exact; Odoo notes invoices only."""
        for move_type, rank in RANKS.items():
            receipts = self.filtered(lambda move, kind=move_type: move.move_type == kind)
            receipts.commercial_partner_id._increase_rank(rank)

    def _exact_mode(self):
        """When this document goes, by its journal; what went before is compared again at once."""
        mode = self.journal_id.exact_mode
        went = self.exact_state not in (False, "ignored")
        if mode != "posting" and self.move_type in KINDS and went:
            return "posting"
        return mode

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
        kind = self._exact_entry_kind()
        return INBOX if kind and self._exact_is_document_only() else kind

    def _exact_entry_kind(self):
        """The operation that books this document from Odoo, or None."""
        self.ensure_one()
        return KINDS.get(self.move_type)

    def _exact_is_document_only(self):
        """Whether it goes to Exact without an entry: as it went before, whatever its journal says
        by now, else as its journal says. What is booked stays booked.
        """
        bindings = self._exact_entry_bindings()
        if any(bindings.mapped("is_document_only")):
            return True
        # what is replaced has no Exact ID for a moment, and is booked all the same
        is_booked = any(each.exact_id or each.intended_on or each.exchanged for each in bindings)
        says_so = self.journal_id.exact_attachment_policy == "only"
        return says_so and not is_booked and self.is_invoice(include_receipts=True)

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
            return notification(
                self.env._("%s on the way to Exact Online.", len(due)), "success"
            )
        text = self.env._(
            "%(due)s on the way to Exact Online. %(left)s stay in Odoo: they are not posted, "
            "before the date from which documents are sent, or in a journal that is not sent.",
            due=len(due),
            left=len(self - due),
        )
        return notification(text, "warning")

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
            and not operation._binding(self).is_unwanted
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
                alert |= {
                    "action_text": finding.fix,
                    "action": finding.mend._get_records_action(context={}),
                }
            alerts[f"exact_online_{number}"] = alert
        return alerts

    def action_exact_mend(self):
        """Open the record in which the first cause of a refusal is put right."""
        self.check_access("read")
        mends = [finding.mend for finding in self._exact_refusals() if finding.mend]
        mend = next((mend for mend in mends if mend != self), self)
        return mend._get_records_action(context={})

    def action_exact_check(self):
        """Say of the chosen documents which ones Exact would accept; show the others."""
        self.check_access("read")
        awaited = self.filtered(lambda move: move._exact_is_awaited())
        refused = awaited.filtered(lambda move: move._exact_refusals())
        text = self._exact_check_text(len(awaited - refused), len(refused), len(self - awaited))
        if not refused:
            return notification(text, "success" if awaited else "info")
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

    @api.depends("company_id")
    def _compute_exact_takes_deferrals(self):
        has_own_days = self.env["account.move.line"]._exact_deferral_names() == OWN
        for move in self:
            division = move.company_id.sudo().exact_division_id
            move.exact_takes_deferrals = bool(has_own_days and division)

    # -- its files --------------------------------------------------------------------------------

    def _compute_exact_lacks_file(self):
        lacking = self.search([("id", "in", self.ids), ("exact_lacks_file", "=", True)])
        for move in self:
            move.exact_lacks_file = move in lacking

    def _compute_exact_file_state(self):
        lacking = self.filtered("exact_lacks_file")
        (self - lacking).exact_file_state = False
        for move in lacking:
            move.exact_file_state = "send" if move._exact_may_get_file() else "attach"

    @api.model
    def _search_exact_lacks_file(self, operator, value):
        if operator != "in":
            return NotImplemented
        lacking = Domain("id", "in", self._exact_without_file()) & Domain(
            "journal_id.exact_attachment_policy", "!=", "none"
        )
        return lacking if True in value else ~lacking

    @api.model
    def _exact_without_file(self):
        """A sub-select of the documents that Odoo booked and of which no file is in Exact."""
        self.env["exact.binding"].sudo().flush_model()
        operations = self.env["exact.operation"]
        return SQL(
            """(SELECT entry.res_id
                FROM exact_binding AS entry
                JOIN res_company AS company ON company.id = entry.company_id
                                           AND company.exact_division_id = entry.division_id
                WHERE entry.res_model = %(model)s AND entry.resource IN %(entries)s
                  AND entry.exact_id IS NOT NULL AND entry.adopted IS NOT TRUE
                  AND NOT EXISTS (
                      SELECT FROM exact_binding AS document
                      JOIN exact_binding AS file ON file.part_of = document.exact_id
                                                AND file.division_id = document.division_id
                                                AND file.exact_id IS NOT NULL
                      WHERE document.resource = %(documents)s
                        AND document.division_id = entry.division_id
                        AND document.res_model = entry.res_model
                        AND document.res_id = entry.res_id))""",
            model=self._name,
            entries=tuple(
                operations._of_kind(kind)._resource for kind in self._exact_entry_operations
            ),
            documents=operations._of_kind("document")._resource,
        )

    def action_exact_send_file(self):
        """Queue the files of documents that are in Exact without one."""
        self.check_access("write")
        due = self.filtered(lambda move: move._exact_may_get_file())
        due._exact_enqueue_anyway()
        text = self.env._("%s on the way to Exact Online.", len(due))
        if due == self:
            return notification(text, "success")
        text = self.env._(
            "%(due)s on the way to Exact Online. %(left)s stay without: no file is attached to "
            "them in Odoo. Attach it, and it follows by itself.",
            due=len(due),
            left=len(self - due),
        )
        return notification(text, "warning")

    def _exact_may_get_file(self):
        """Whether it is booked and there is a file to send."""
        operation = self._exact_operation()
        move = operation is not None and self.with_env(operation.env)
        return bool(
            move
            and self.state == "posted"
            and operation._is_in_exact(move)
            and operation._has_file(move)
        )

    def _exact_attached(self):
        """The files that a person or the supplier gave with the document, oldest first."""
        self.ensure_one()
        return (
            self.env["ir.attachment"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", self.id),
                    ("res_field", "=", False),
                    ("type", "=", "binary"),
                    ("exact_is_print", "=", False),
                ],
                order="id",
            )
        )

    def _detach_attachments(self):
        """What was printed so far shows the past; it does not go along with what is posted anew."""
        prints = self.env["ir.attachment"].sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("res_field", "in", self._get_fields_to_detach()),
            ]
        )
        prints.exact_is_print = True
        return super()._detach_attachments()

    def _get_fields_to_detach(self):
        return [*super()._get_fields_to_detach(), "exact_pdf_file"]

    def _exact_keeps_original(self):
        """Whether its file is what somebody attached; an invoice is printed by Odoo."""
        return self.move_type == "entry" or self.is_purchase_document()

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
