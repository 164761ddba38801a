# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re
import time

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..models.exact_back_fill_document import cause_of
from ..models.exact_sync_mixin import TROUBLE, UNDER_WAY
from ..models.roles import check_operator
from ..operations.verdicts import refusals

QUEUE = "exact.sync.queue"
KINDS = {
    "has_invoices": ("out_invoice",),
    "has_credit_notes": ("out_refund",),
    "has_bills": ("in_invoice",),
    "has_refunds": ("in_refund",),
    "has_receipts": ("out_receipt", "in_receipt"),
    "has_entries": ("entry",),
}
FILTERS = (
    *KINDS,
    "company_id",
    "date_from",
    "date_to",
    "number_from",
    "number_to",
    "journal_ids",
    "partner_ids",
    "state_there",
)
STATES = {"unsent": (False, "removed"), "failed": ("problem",)}
NUMBER = re.compile(r"(?P<series>.*?)(?P<number>[0-9]{1,9})[^0-9]*")
CLICK_SECONDS = 1.2  # of work in a click; the rest is the scheduled job's
PORTION = 20
NOT_BEGUN = {"task": False, "finished": False, "cursor": 0}
NOTHING_CHECKED = {"checked_count": 0, "refused_count": 0, "cause_ids": [Command.clear()]}
NOTHING_SENT = {"sent_count": 0, "left_count": 0, "item_ids": [Command.clear()]}


class ExactExport(models.TransientModel):
    """Documents that a person chooses and sends by hand: counted and checked first, without a
    call, then handed to the queue. What does not fit into a click is done by the scheduled job.
    """

    _name = "exact.export"
    _description = "Export to Exact Online"
    _transient_max_hours = 24.0  # the scheduled job may still be at it

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    has_invoices = fields.Boolean("Customer invoices", default=True)
    has_credit_notes = fields.Boolean("Customer credit notes", default=True)
    has_bills = fields.Boolean("Vendor bills", default=True)
    has_refunds = fields.Boolean("Vendor refunds", default=True)
    has_receipts = fields.Boolean("Receipts", default=True)
    has_entries = fields.Boolean("Miscellaneous entries")
    date_from = fields.Date("From")
    date_to = fields.Date("Until")
    number_from = fields.Char(
        "From number", help="For example INV/2026/00012, or only 12 for any series."
    )
    number_to = fields.Char("Until number")
    journal_ids = fields.Many2many(
        "account.journal",
        string="Journals",
        check_company=True,
        domain="[('type', 'in', ('sale', 'purchase', 'general')), ('company_id', '=', company_id)]",
    )
    partner_ids = fields.Many2many("res.partner", string="Contacts")
    state_there = fields.Selection(
        [("unsent", "Not sent yet"), ("failed", "Failed"), ("all", "All")],
        string="At Exact",
        required=True,
        default="unsent",
    )
    trouble = fields.Char(compute="_compute_counts")
    match_count = fields.Integer("Documents that match", compute="_compute_counts")
    excluded_count = fields.Integer("Not sent, by your settings", compute="_compute_counts")
    in_exact_count = fields.Integer("In Exact Online already", compute="_compute_counts")
    under_way_count = fields.Integer("On their way", compute="_compute_counts")
    to_send_count = fields.Integer("To be sent", compute="_compute_counts")

    task = fields.Selection(
        [("check", "Checking"), ("send", "Sending"), ("again", "Making ready again")],
        readonly=True,
        help="What is going on.",
    )
    finished = fields.Char(readonly=True, help="The task that ended last.")
    cursor = fields.Integer(readonly=True, help="ID of the document up to which it got.")
    checked_count = fields.Integer("Checked", readonly=True)
    accepted_count = fields.Integer("Would be accepted", compute="_compute_accepted_count")
    refused_count = fields.Integer("Would be refused", readonly=True)
    cause_ids = fields.One2many("exact.export.cause", "export_id", readonly=True)
    sent_count = fields.Integer(readonly=True)
    left_count = fields.Integer(readonly=True)
    item_ids = fields.Many2many(QUEUE, readonly=True)
    status = fields.Text(compute="_compute_status")

    @api.depends("company_id")
    def _compute_display_name(self):
        self.display_name = self.env._("Export to Exact Online")

    # -- what matches -----------------------------------------------------------------------------

    @api.depends(*FILTERS, "task", "finished")
    def _compute_counts(self):
        for export in self:
            moves = export._moves()
            matching = export._matching()
            export.trouble = export._number_trouble()
            export.match_count = moves.search_count(matching)
            export.in_exact_count = moves.search_count(matching & export._in_exact())
            export.to_send_count = moves.search_count(export._domain("send"))
            export.under_way_count = moves.search_count(
                matching & export._under_way() & ~export._in_exact()
            )
            export.excluded_count = (
                export.match_count
                - export.in_exact_count
                - export.to_send_count
                - export.under_way_count
            )

    def _moves(self):
        """Documents, as the company's people see them."""
        return self.env["account.move"].with_context(allowed_company_ids=self.company_id.ids)

    def _matching(self):
        """Domain of the posted documents that were chosen."""
        if self._number_trouble():
            return Domain.FALSE
        domain = Domain("company_id", "=", self.company_id.id) & Domain("state", "=", "posted")
        domain &= Domain.OR(
            Domain("move_type", "in", types) & self._only_of(name)
            for name, types in KINDS.items()
            if self[name]
        )
        if self.date_from:
            domain &= Domain("date", ">=", self.date_from)
        if self.date_to:
            domain &= Domain("date", "<=", self.date_to)
        if self.journal_ids:
            domain &= Domain("journal_id", "in", self.journal_ids.ids)
        if self.partner_ids:
            domain &= Domain("commercial_partner_id", "child_of", self.partner_ids.ids)
        if self.state_there in STATES:
            domain &= Domain("exact_state", "in", STATES[self.state_there])
        return domain & self._number_domain()

    @api.model
    def _only_of(self, kind):
        """Payments and bank statements are entries too: nobody means these."""
        return Domain("journal_id.type", "=", "general") if kind == "has_entries" else Domain.TRUE

    def _domain(self, task):
        """Domain of the documents that a task deals with."""
        in_exact = self._in_exact()
        if task == "again":
            return self._matching() & in_exact
        return self._matching() & self._in_scope() & ~in_exact & ~self._under_way()

    def _in_scope(self):
        kinds = self.env["account.move"]._exact_operations
        operation = self.env["exact.operation"]
        return Domain.OR(
            operation._of_kind(kind)._scope_domain(self.company_id) for kind in kinds
        )

    def _in_exact(self):
        self.env["exact.binding"].sudo().flush_model()
        operation = self.env["exact.operation"]
        resources = [
            operation._of_kind(kind)._resource
            for kind in self.env["account.move"]._exact_operations
        ]
        return Domain(
            "id",
            "in",
            SQL(
                """(SELECT res_id FROM exact_binding
                    WHERE division_id = %s AND res_model = 'account.move' AND resource IN %s
                      AND exact_id IS NOT NULL)""",
                self.company_id.exact_division_id.id or 0,
                tuple(resources),
            ),
        )

    @api.model
    def _under_way(self):
        return Domain("exact_state", "=", "queued")

    # -- numbers ----------------------------------------------------------------------------------

    def _number_parts(self):
        """``[(series, number) or None]`` of both ends, as far as they are filled in."""
        matches = [
            NUMBER.fullmatch((text or "").strip()) for text in (self.number_from, self.number_to)
        ]
        return [match and (match["series"], int(match["number"])) for match in matches]

    def _number_trouble(self):
        parts = self._number_parts()
        for text, part in zip((self.number_from, self.number_to), parts, strict=True):
            if text and not part:
                return self.env._("%s is not the number of a document.", text)
        series = {part[0] for part in parts if part and part[0]}
        if len(series) > 1:
            return self.env._(
                "%s are two series: choose both numbers in one.", " / ".join(sorted(series))
            )
        return False

    def _number_domain(self):
        domain = Domain.TRUE
        for part, operator in zip(self._number_parts(), (">=", "<="), strict=True):
            if part:
                series, number = part
                domain &= Domain("sequence_number", operator, number)
                domain &= Domain("sequence_prefix", "=", series) if series else Domain.TRUE
        return domain

    # -- what people do ---------------------------------------------------------------------------

    @api.onchange(*FILTERS)
    def _onchange_filters(self):
        """What was found goes for what was chosen before."""
        self.update({**NOT_BEGUN, "checked_count": 0, "refused_count": 0, "cause_ids": False})

    def write(self, vals):
        if not vals.keys().isdisjoint(FILTERS):
            vals = {**NOT_BEGUN, **NOTHING_CHECKED, **NOTHING_SENT, **vals}
        return super().write(vals)

    def action_check(self):
        """Say what Exact would refuse, and why. No call is made and nothing is sent."""
        return self._begin("check", NOTHING_CHECKED)

    def action_send(self):
        """Queue what is to be sent."""
        return self._begin("send", NOTHING_SENT)

    def action_make_ready(self):
        """Have what is in Exact already compared there again. Never booked twice."""
        return self._begin("again", NOTHING_SENT)

    def _begin(self, task, values):
        self.ensure_one()
        check_operator(self.env)
        if not self.company_id.exact_division_id:
            raise UserError(
                self.env._(
                    "%s has no administration of Exact Online yet. Choose one in the set-up.",
                    self.company_id.name,
                )
            )
        self.write({**NOT_BEGUN, **values, "task": task})
        self._work(CLICK_SECONDS)
        return True

    def action_items(self):
        """Open the queue items that this made or made ready."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "exact_online_connector.exact_sync_queue_action"
        )
        return {**action, "domain": [("id", "in", self.item_ids.ids)]}

    # -- the work ---------------------------------------------------------------------------------

    def _work(self, seconds):
        """Go on with the task for so long; what is left is queued for the scheduled job."""
        end = time.monotonic() + seconds
        moves = self._moves().search(
            self._domain(self.task) & Domain("id", ">", self.cursor), order="id"
        )
        work = {"check": self._check, "send": self._send, "again": self._make_ready}[self.task]
        for start in range(0, len(moves), PORTION):
            portion = moves[start : start + PORTION]
            work(portion)
            self.cursor = portion[-1].id
            if time.monotonic() > end and portion[-1] != moves[-1]:
                self.env[QUEUE].sudo()._enqueue("export", self, self.company_id)
                return
        self.write({"task": False, "finished": self.task})

    def _check(self, moves):
        causes = self.env["exact.export.cause"]
        for move in moves:
            refused = refusals(move._exact_findings())
            for finding in refused:
                causes._note(self, finding, move)
            self.refused_count += bool(refused)
        self.checked_count += len(moves)

    def _send(self, moves):
        moves._exact_end_undo()
        self._note_items(moves, moves._exact_enqueue())

    def _make_ready(self, moves):
        self._note_items(moves, moves._exact_make_ready())

    def _note_items(self, moves, items):
        self.sent_count += len(items)
        self.left_count += len(moves) - len(items)
        self.item_ids = [Command.link(item.id) for item in items]

    # -- in words ---------------------------------------------------------------------------------

    @api.depends("checked_count", "refused_count")
    def _compute_accepted_count(self):
        for export in self:
            export.accepted_count = export.checked_count - export.refused_count

    @api.depends("task", "finished", "checked_count", "refused_count", "sent_count")
    def _compute_status(self):
        for export in self:
            export.status = export._status_text()

    def _status_text(self):
        if self.task:
            return " ".join(filter(None, (self._progress_text(), self._held_up_text())))
        if self.finished == "check":
            return self._score_text()
        if not self.finished:
            return False
        text = self.env._("%s on the way to Exact Online.", self.sent_count)
        if self.finished == "again":
            text = self.env._(
                "%s are compared with Exact Online again, and sent again only where they differ.",
                self.sent_count,
            )
        elif self.refused_count:
            text = self.env._(
                "%(sent)s on the way to Exact Online. Of these, %(refused)s will be held back in "
                "the queue until the cause below is mended.",
                sent=self.sent_count,
                refused=self.refused_count,
            )
        if not self.left_count:
            return text
        return self.env._("%(text)s %(left)s stay as they are.", text=text, left=self.left_count)

    def _progress_text(self):
        if self.task == "check":
            return self.env._(
                "Checked %(checked)s of %(total)s. The scheduled job goes on; this page follows "
                "by itself. You can send them at any time.",
                checked=self.checked_count,
                total=self.to_send_count,
            )
        return self.env._(
            "Queued so far: %s. The scheduled job goes on, also when you leave this page.",
            self.sent_count,
        )

    def _held_up_text(self):
        item = (
            self.env[QUEUE]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "=", self._origin.id)], limit=1)
        )
        if item.state in TROUBLE:
            return item.message or self.env._("It waits until somebody connects to Exact Online.")
        return item.state in UNDER_WAY and item.message

    def _score_text(self):
        if not self.checked_count:
            return self.env._("There is nothing to send among these.")
        if not self.refused_count:
            return self.env._(
                "Exact Online would accept all of these: %s. Nothing is sent yet.",
                self.checked_count,
            )
        return self.env._(
            "%(accepted)s documents would be accepted, %(refused)s would be refused. You can send "
            "all: those that would be refused wait in the queue until their cause is mended.",
            accepted=self.accepted_count,
            refused=self.refused_count,
        )


class ExactExportCause(models.TransientModel):
    """What would hold back a number of documents, and the record that mends it."""

    _name = "exact.export.cause"
    _description = "Cause that Holds Back an Export"
    _rec_name = "text"
    _transient_max_hours = 24.0

    export_id = fields.Many2one("exact.export", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="export_id.company_id", store=True)
    key = fields.Char(required=True, readonly=True)
    text = fields.Text(required=True, readonly=True)
    fix = fields.Char(string="What to do", readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    move_ids = fields.Many2many("account.move", readonly=True)
    move_count = fields.Integer(string="Documents", compute="_compute_move_count")

    @api.depends("move_ids")
    def _compute_move_count(self):
        for cause in self:
            cause.move_count = len(cause.move_ids)

    @api.model
    def _note(self, export, finding, move):
        """List the cause of a finding about a document; once for all that it holds back."""
        key, text, mend = cause_of(finding, move)
        cause = export.cause_ids.filtered(lambda each: each.key == key) or self.create(
            {
                "export_id": export.id,
                "key": key,
                "text": text,
                "fix": finding.fix,
                "res_model": mend._name if mend else False,
                "res_id": mend.id if mend else False,
            }
        )
        cause.move_ids = [Command.link(move.id)]

    def action_fix(self):
        """Open the record that mends it."""
        self.ensure_one()
        if not self.res_id:
            return self.action_documents()
        return self.env[self.res_model].browse(self.res_id)._get_records_action(context={})

    def action_documents(self):
        """Open the documents that it holds back."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.text,
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", self.move_ids.ids)],
            "context": {"create": False},
        }
