# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
import math
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..exact_api import odata
from ..exact_api.limits import CALLS_A_DAY, CALLS_A_MINUTE
from ..operations.verdicts import refusals
from .exact_sync_queue import LATE
from .exact_sync_run import PROOFS_PER_CALL
from .own_transaction import CONFLICTS, in_own_transaction
from .roles import check_manager

_logger = logging.getLogger(__name__)

QUEUE = "exact.sync.queue"
LINKS = "entry_links"
COUNT_BATCH = 50
LINK_BATCH = 20
PORTION = PROOFS_PER_CALL  # documents in the queue at a time: they are proven in one call
RESERVE = 0.2  # share of a day's calls that is kept for new documents
CALLS_PER_DOCUMENT = 4  # at most: document, file, entry and a share of its contact's
SETTINGS = {"name", "company_id", "journal_ids", "date_from", "date_to", "how"}
GOING_ON = ("counting", "running")


class ExactBackFill(models.Model):
    """Past documents that are sent to Exact, or linked to what is there already.

    They are counted and checked first, without a call. Then they are handed to the queue in
    small portions, whenever it holds nothing more urgent: so new documents never wait, and a
    pause takes effect at once. How far it is stands in the queue, nowhere else.
    """

    _name = "exact.back.fill"
    _description = "Exact Online Past Documents"
    _order = "id desc"

    name = fields.Char(required=True, default=lambda self: self.env._("Past documents"))
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    division_id = fields.Many2one(
        "exact.division", string="Administration", readonly=True, ondelete="cascade", copy=False
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("counting", "Counting"),
            ("ready", "Counted"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
    )
    how = fields.Selection(
        [("send", "Send to Exact Online"), ("link", "Only link to what is there")],
        string="What to do",
        required=True,
        default="send",
        help="Link when these documents were booked in Exact Online by other means: nothing is "
        "sent, and their payments can follow.",
    )
    journal_ids = fields.Many2many(
        "account.journal",
        string="Journals",
        check_company=True,
        domain="[('type', 'in', ('sale', 'purchase')), ('company_id', '=', company_id)]",
        help="Leave empty for all journals whose documents are sent.",
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_date_from()
    )
    date_to = fields.Date(
        string="Until", required=True, default=lambda self: fields.Date.context_today(self)
    )
    start_date = fields.Date(related="company_id.exact_start_date")
    note = fields.Char(readonly=True, copy=False, help="Why it does not go on at the moment.")
    resumes_on = fields.Datetime(readonly=True, copy=False)
    fed_on = fields.Datetime(
        readonly=True,
        copy=False,
        help="Written with each portion, so that a pause at the same moment meets with it.",
    )
    read_on = fields.Datetime(
        string="Exact read on", readonly=True, copy=False, help="When Exact's entries were read."
    )

    document_ids = fields.One2many("exact.back.fill.document", "back_fill_id", readonly=True)
    cause_ids = fields.One2many("exact.back.fill.cause", "back_fill_id", readonly=True)
    candidate_ids = fields.One2many("exact.back.fill.candidate", "back_fill_id", readonly=True)
    doubtful_ids = fields.One2many(
        "exact.back.fill.candidate",
        "back_fill_id",
        domain=[("state", "in", ("doubtful", "refused"))],
        readonly=True,
    )
    item_ids = fields.One2many(QUEUE, "back_fill_id", readonly=True)

    counted_on = fields.Datetime(readonly=True, copy=False)
    counted_until = fields.Integer(readonly=True, copy=False)
    to_examine_count = fields.Integer(readonly=True, copy=False)
    examined_count = fields.Integer(readonly=True, copy=False)
    document_count = fields.Integer(string="Documents", readonly=True, copy=False)
    accepted_count = fields.Integer(string="Accepted today", readonly=True, copy=False)
    doubtful_count = fields.Integer(readonly=True, copy=False)
    contact_count = fields.Integer(string="New contacts", readonly=True, copy=False)
    pdf_count = fields.Integer(string="With PDF", readonly=True, copy=False)
    call_estimate = fields.Integer(string="Calls", readonly=True, copy=False)
    minute_estimate = fields.Integer(string="Minutes", readonly=True, copy=False)
    day_share = fields.Float(
        string="Of a day's calls (%)", digits=(16, 1), readonly=True, copy=False
    )
    day_estimate = fields.Integer(string="Days", readonly=True, copy=False)

    done_count = fields.Integer(string="Done", compute="_compute_progress")
    under_way_count = fields.Integer(string="On their way", compute="_compute_progress")
    failed_count = fields.Integer(string="Need attention", compute="_compute_progress")
    left_out_count = fields.Integer(string="Left out", compute="_compute_progress")
    left_count = fields.Integer(string="Still to go", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress")
    score = fields.Text(compute="_compute_texts")
    forecast = fields.Text(compute="_compute_texts")
    status = fields.Text(compute="_compute_texts")

    _dates_check = models.Constraint(
        "CHECK(date_from <= date_to)", "The first day must not lie after the last one."
    )

    @api.model
    def _default_date_from(self):
        today = fields.Date.context_today(self)
        return self.env.company.exact_start_date or today.replace(month=1, day=1)

    # -- what is shown ----------------------------------------------------------------------------

    def _compute_progress(self):
        for fill in self:
            counts = fill._counts()
            fill.done_count = counts["done"]
            fill.under_way_count = counts["under_way"]
            fill.failed_count = counts["failed"]
            fill.left_out_count = counts["left_out"]
            fill.left_count = counts["left"]
            if fill.state == "counting":
                fill.progress = _percentage(fill.examined_count, fill.to_examine_count)
            else:
                fill.progress = _percentage(counts["done"], sum(counts.values()))

    @api.depends("state", "how", "document_count", "accepted_count", "call_estimate", "note")
    def _compute_texts(self):
        for fill in self:
            is_known = bool(fill.counted_on)
            fill.score = (
                is_known and fill.how == "send" and f"{fill._score_text()} {fill._doubts_text()}"
            )
            fill.forecast = is_known and fill._forecast_text()
            fill.status = fill._status_text()

    def _score_text(self):
        if not self.document_count:
            return self.env._(
                "Nothing to send: each posted document of these journals and dates is in Exact "
                "Online or in the queue already."
            )
        held_back = self.document_count - self.accepted_count
        if not held_back:
            return self.env._("All %s documents would be accepted today.", self.document_count)
        counts = {
            "total": self.document_count,
            "accepted": self.accepted_count,
            "causes": len(self.cause_ids),
            "others": held_back,
        }
        if len(self.cause_ids) == 1:
            return self.env._(
                "Of %(total)s documents %(accepted)s would be accepted today; this cause holds "
                "back the other %(others)s.",
                **counts,
            )
        return self.env._(
            "Of %(total)s documents %(accepted)s would be accepted today; these %(causes)s "
            "causes hold back the other %(others)s.",
            **counts,
        )

    def _doubts_text(self):
        if not self.doubtful_count:
            return ""
        return self.env._(
            "Left out, as it is doubtful whether they are in Exact Online already: %s. Settle "
            "these where they were to be linked.",
            self.doubtful_count,
        )

    def _forecast_text(self):
        if self.how == "link":
            return self.env._(
                "Documents that are not linked yet: %(documents)s. Calls to find them: about "
                "%(calls)s. Nothing is sent.",
                documents=self.document_count,
                calls=self.call_estimate,
            )
        cost = self.env._(
            "About %(calls)s calls: documents %(documents)s, with their PDF %(pdfs)s, contacts "
            "new to Exact Online %(contacts)s. That takes %(minutes)s min at least and "
            "%(share)s %% of a day's calls.",
            calls=self.call_estimate,
            documents=self.accepted_count,
            pdfs=self.pdf_count,
            contacts=self.contact_count,
            minutes=self.minute_estimate,
            share=round(self.day_share, 1),
        )
        if self.day_estimate <= 1:
            return cost
        days = self.env._(
            "As a fifth of each day's calls is kept for new documents, it is spread over %s days.",
            self.day_estimate,
        )
        return f"{cost} {days}"

    def _status_text(self):
        if self.state == "running" and self.division_id.sudo().connection_id.state != "connected":
            return self.env._("Waits until somebody connects to Exact Online again.")
        if self.state == "running" and self.resumes_on and self.resumes_on > self._now():
            return self.env._(
                "Continues tomorrow: the rest of today's calls is kept for new documents."
            )
        return self.note or self._search_text()

    def _search_text(self):
        """What keeps the search for entries to link to from going on."""
        search = self.sudo().item_ids.filtered(
            lambda item: item.operation == LINKS and item.state in ("failed", "waiting", "checking")
        )
        return search[:1].message

    # -- what people do ---------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._check_settings_only(values)
        return super().create(vals_list)

    def write(self, vals):
        self._check_settings_only(vals)
        chooses_others = not self.env.su and set(vals) & SETTINGS - {"name"}
        if chooses_others:
            self._check_not_started()
        result = super().write(vals)
        if chooses_others:
            self.sudo().write({"state": "draft", "counted_on": False})
        return result

    def _check_settings_only(self, values):
        """What the addon keeps itself is changed by the buttons alone."""
        if not self.env.su and set(values) - SETTINGS:
            raise AccessError(
                self.env._("Only the settings of past documents are filled in by hand.")
            )

    def _check_not_started(self):
        if self.filtered(lambda fill: fill.state not in ("draft", "ready")):
            raise UserError(
                self.env._("It was started already: make a new one for other documents.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_going_on(self):
        if self.filtered(lambda fill: fill.state in (*GOING_ON, "paused")):
            raise UserError(self.env._("Cancel it before you delete it."))

    def action_count(self):
        """Count and check the documents, by the scheduled job; nothing is sent."""
        for fill in self._for_manager("draft", "ready"):
            division = fill.company_id.exact_division_id
            if not division:
                raise UserError(
                    self.env._(
                        "%s has no administration of Exact Online yet. Choose one in the set-up.",
                        fill.company_id.name,
                    )
                )
            fill.write(
                {
                    "state": "counting",
                    "division_id": division.id,
                    "note": False,
                    "read_on": False,
                    "counted_on": False,
                    "counted_until": 0,
                    "examined_count": 0,
                    "doubtful_count": 0,
                    "to_examine_count": self.env["account.move"]
                    .sudo()
                    .search_count(fill._domain()),
                }
            )
        self._wake()

    def action_start(self):
        """Hand the documents to the queue, or look for them in Exact."""
        self._run_from("ready")

    def action_resume(self):
        self._run_from("paused")

    def _run_from(self, state):
        for fill in self._for_manager(state):
            fill.write({"state": "running", "note": False, "resumes_on": False})
            if fill.how == "link" and not fill.read_on:
                self.env[QUEUE].sudo()._enqueue(LINKS, fill, fill.company_id, fill)
        self._wake()

    def action_pause(self):
        """Hand over nothing more; what is not yet under way leaves the queue until Resume."""
        for fill in self._for_manager("running"):
            fill._empty_queue(self.env._("Paused.")).back_fill_id = False
            fill.write({"state": "paused", "note": self.env._("Paused by %s.", self.env.user.name)})

    def action_cancel(self):
        """Stop for good. What is under way ends as usual, what is booked stays booked."""
        for fill in self._for_manager("draft", "counting", "ready", "running", "paused"):
            fill._empty_queue(self.env._("Cancelled by %s.", self.env.user.name))
            fill.write({"state": "cancelled", "note": False})

    def action_undo(self):
        """Take what was booked out of Exact again, after a look at what that is."""
        self.ensure_one()
        self._for_manager("paused", "done", "cancelled")
        return self.document_ids.move_id.action_exact_undo()

    def action_items(self):
        """Open the queue items of these documents."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "exact_online_connector.exact_sync_queue_action"
        )
        return {**action, "domain": [("back_fill_id", "=", self.id)]}

    def action_documents(self):
        """Open the documents in scope."""
        self.ensure_one()
        return self.document_ids._open_moves(self.display_name)

    def _for_manager(self, *states):
        """These back-fills with all rights, once it is sure that this may be done to them."""
        self._check_manager()
        if self.filtered(lambda fill: fill.state not in states):
            raise UserError(self.env._("This is not possible any more. Reload the page."))
        return self.sudo()

    def _check_manager(self):
        check_manager(self.env)
        self.check_access("write")

    def _empty_queue(self, reason):
        """Take what nothing more urgent needs out of the queue, but for what may be booked.

        :return: the items that were cancelled
        """
        pending = self.env[QUEUE].search(
            [
                ("back_fill_id", "in", self.ids),
                ("priority", ">=", LATE),
                ("state", "in", ("waiting", "ready", "failed", "blocked")),
            ]
        )
        pending = pending.filtered(lambda item: not item._has_intent())
        pending._cancel(reason)
        return pending

    # -- small steps of the scheduled job ---------------------------------------------------------

    @api.model
    def _take_steps(self):
        """Let each back-fill take one small step, in a transaction of its own.

        :return: whether any did something, so that there may be more to do
        """
        fills = in_own_transaction(
            self.env, lambda env: env[self._name].search([("state", "in", GOING_ON)]).ids
        )
        return any([self.browse(fill_id)._take_step() for fill_id in fills])

    def _take_step(self):
        """One step; a fault stops this back-fill, in words, and nothing else."""
        try:
            return self._in_own(lambda fill: fill._step())
        except CONFLICTS:
            _logger.info("Exact Online past documents %s: others are at it", self.id)
            return False
        except Exception as error:
            _logger.exception("Exact Online past documents %s", self.id)
            text = f"{type(error).__name__}: {error}"
            self._in_own(lambda fill: fill._halt(text))
            return False

    def _in_own(self, work):
        return in_own_transaction(
            self.env, lambda env: work(env[self._name].browse(self.id)._in_context())
        )

    def _in_context(self):
        """For its company, in the language of its people."""
        company = self.company_id
        return self.with_company(company).with_context(lang=company._exact_language())

    def _step(self):
        if not self.try_lock_for_update():
            return False  # another worker is at it
        if self.state not in GOING_ON:
            return False
        if self.company_id.exact_division_id != self.division_id:
            return self._halt(self.env._("The company moved to another administration."))
        if self.state == "counting":
            return self._count_some()
        return self._link_some() if self.how == "link" else self._feed()

    def _halt(self, reason):
        if self.state == "counting":
            self.write({"state": "draft", "note": reason})
        else:
            self._empty_queue(reason).back_fill_id = False
            self.write({"state": "paused", "note": reason})
        return False

    @api.model
    def _steps_due(self):
        """How many back-fills could take a step now."""
        return len(
            self.search([("state", "in", GOING_ON)]).filtered(
                lambda fill: fill.state == "counting" or fill._is_due()
            )
        )

    def _is_due(self):
        if self.how == "link":
            return bool(self.read_on)
        counts = self._counts()
        return self._portion(counts) > 0 or not counts["left"] + counts["under_way"]

    @api.model
    def _wake(self):
        self.env[QUEUE]._wake()

    @api.model
    def _now(self):
        return fields.Datetime.now()

    # -- counting and checking --------------------------------------------------------------------

    def _domain(self):
        """What may be in scope; see :meth:`_in_scope`."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "posted"),
            ("move_type", "in", self.env["account.move"].get_invoice_types()),
            ("date", ">=", self.date_from),
            ("date", "<=", self.date_to),
        ]
        return domain + [("journal_id", "in", self.journal_ids.ids)] * bool(self.journal_ids)

    def _in_scope(self, moves):
        """Of these, what is to be in Exact by the company's settings and is not on its way."""
        on_its_way = self.env[QUEUE].search(
            [
                ("res_model", "=", moves._name),
                ("res_id", "in", moves.ids),
                ("division_id", "=", self.division_id.id),
                ("state", "not in", ("done", "cancelled")),
            ]
        )
        kinds = {(item.res_id, item.operation) for item in on_its_way}
        for move in moves - self._doubtful(moves) if self.how == "send" else moves:
            kind = move._exact_kind()
            if not kind or (move.id, kind) in kinds:
                continue
            operation = self._operation(kind)
            if operation._is_due(move) and not operation._is_in_exact(move):
                yield kind, move

    def _doubtful(self, moves):
        """Of these, what may be in Exact already, until a person has looked at it."""
        candidates = self.env["exact.back.fill.candidate"].search(
            [
                ("document_id.move_id", "in", moves.ids),
                ("back_fill_id.division_id", "=", self.division_id.id),
                ("state", "in", ("certain", "doubtful")),
            ]
        )
        return candidates.move_id

    def _operation(self, kind):
        env = self.with_context(exact_division_id=self.division_id.id).env
        return env["exact.operation"]._of_kind(kind)

    def _count_some(self):
        """Examine a number of documents; no call is made."""
        if not self.counted_until:
            self._forget_count()
        moves = self.env["account.move"].search(
            [*self._domain(), ("id", ">", self.counted_until)], order="id", limit=COUNT_BATCH
        )
        if not moves:
            self._forecast()
            return False
        self.env["exact.back.fill.document"].create(
            [self._examined(kind, move) for kind, move in self._in_scope(moves)]
        )
        self.examined_count += len(moves)
        if self.how == "send":
            self.doubtful_count += len(self._doubtful(moves))
        self.counted_until = moves[-1].id
        return True

    def _forget_count(self):
        self.document_ids.unlink()
        self.cause_ids.unlink()
        self.candidate_ids.unlink()

    def _examined(self, kind, move):
        """Values of a document: what holds it back today, and whether its PDF travels."""
        operation = self._operation(kind)
        values = {
            "back_fill_id": self.id,
            "move_id": move.id,
            "operation": kind,
            "resource": operation._resource,
        }
        if self.how == "link":
            return values
        findings, has_pdf = self._findings(operation, move)
        causes = self.env["exact.back.fill.cause"]
        for finding in refusals(findings):
            causes |= causes._of_finding(self, finding, move)
        return {**values, "has_pdf": has_pdf, "cause_ids": [Command.set(causes.ids)]}

    def _findings(self, operation, move):
        """``(findings, whether a PDF travels)`` of a document and of what it requires."""
        findings = [*operation._preflight(move)]
        for kind, needed in operation._requires(move):
            required = operation._of_kind(kind)
            if not required._is_in_exact(needed):
                findings += required._preflight(needed)
            if kind == "document":
                return findings, True  # to ask on would print the PDF
        return findings, False

    def _forecast(self):
        """What it will cost, in plain numbers; all documents are examined."""
        accepted = self.document_ids.filtered(lambda document: not document.cause_ids)
        contacts = self._new_contacts(accepted)
        pdf_count = sum(accepted.mapped("has_pdf"))
        if self.how == "link":
            calls = math.ceil(len(accepted) / odata.BULK_PAGE)
            calls += math.ceil(len(contacts) / PROOFS_PER_CALL)
        else:
            calls = self._calls(accepted, pdf_count, contacts)
        budget = self._budget()
        minute_limit = budget.minute_limit or CALLS_A_MINUTE
        self.write(
            {
                "state": "ready",
                "counted_on": self._now(),
                "document_count": len(self.document_ids),
                "accepted_count": len(accepted),
                "contact_count": len(contacts),
                "pdf_count": pdf_count,
                "call_estimate": calls,
                "minute_estimate": math.ceil(calls / minute_limit),
                "day_share": _percentage(calls, budget.day_limit or CALLS_A_DAY),
                "day_estimate": self._days(calls, budget),
            }
        )

    def _calls(self, documents, pdf_count, contacts):
        calls = sum(
            self._cost(kind, len(each)) for kind, each in documents.grouped("operation").items()
        )
        calls += self._cost("document", pdf_count) + self._cost("attachment", pdf_count)
        calls += self._cost("contact", len(contacts))
        contact = self._operation("contact")
        for partner in contacts:
            calls += sum(self._cost(kind, 1) for kind, _record in contact._follow_ups(partner))
        return calls

    def _cost(self, kind, count):
        """Calls for ``count`` records: a write each, a look-up where one goes first, and the
        proofs, unless Exact's answer to the write is one.
        """
        operation = self._operation(kind)
        proofs = 0 if operation._complete_with else math.ceil(count / PROOFS_PER_CALL)
        return count * (1 + bool(operation._looks_up_first)) + proofs

    def _new_contacts(self, documents):
        partners = documents.move_id.commercial_partner_id
        bound = partners._exact_bindings(self.division_id)
        return partners - partners.browse(bound.mapped("res_id"))

    def _days(self, calls, budget):
        """Days on which it goes on, today included."""
        a_day = (budget.day_limit or CALLS_A_DAY) * (1 - RESERVE)
        later = max(calls - self._calls_to_spend(budget), 0)
        return 1 + math.ceil(later / a_day)

    # -- feeding the queue ------------------------------------------------------------------------

    def _feed(self):
        """Hand the next documents to the queue; return whether there were any."""
        counts = self._counts()
        if not counts["left"] + counts["under_way"]:
            self.write({"state": "done", "note": False, "resumes_on": False})
            return False
        portion = self._portion(counts)
        self._note_rest(counts)
        if portion <= 0:
            return False
        self.fed_on = self._now()
        for kind, moves in self._next_moves(portion).items():
            moves._exact_end_undo()
            self.env[QUEUE]._enqueue(kind, moves, self.company_id, self)
        return True

    def _portion(self, counts):
        """How many documents to hand over now."""
        connection = self.division_id.connection_id
        budget = self._budget()
        if connection.state != "connected" or not counts["left"]:
            return 0
        if budget.paused_until and budget.paused_until > self._now():
            return 0
        if self._is_something_more_urgent():
            return 0
        room = PORTION - counts["under_way"]
        return min(room, counts["left"], self._affordable(budget) - counts["under_way"])

    def _affordable(self, budget):
        """Documents that today's calls allow."""
        return int(self._calls_to_spend(budget) // CALLS_PER_DOCUMENT)

    def _calls_to_spend(self, budget):
        _minute, left_today = budget._remaining()
        return max(left_today - RESERVE * (budget.day_limit or CALLS_A_DAY), 0)

    def _budget(self):
        division = self.division_id
        return self.env["exact.call.budget"]._of(division.connection_id.id, division.code)

    def _note_rest(self, counts):
        """Say that it goes on tomorrow, and see to it."""
        if self._affordable(self._budget()) > counts["under_way"] or not counts["left"]:
            if self.resumes_on:
                self.resumes_on = False
            return
        midnight = self._now().replace(hour=0, minute=0, second=0) + timedelta(days=1)
        if self.resumes_on != midnight:
            self.resumes_on = midnight
            self.env[QUEUE]._wake(at=midnight)

    def _is_something_more_urgent(self):
        return bool(
            self.env[QUEUE].search_count(
                [
                    ("division_id", "=", self.division_id.id),
                    ("state", "in", ("waiting", "ready")),
                    ("due_on", "<=", self._now()),
                    ("priority", "<", LATE),
                ],
                limit=1,
            )
        )

    def _next_moves(self, limit):
        """``{kind: moves}`` of the oldest documents that were not handed over yet."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT standing.operation, array_agg(standing.move_id ORDER BY standing.date,
                                                     standing.move_id)
                FROM (SELECT * FROM (%s) AS standing WHERE standing = 'left'
                      ORDER BY date, move_id LIMIT %s) AS standing
                GROUP BY standing.operation
                """,
                self._standing(),
                limit,
            )
        )
        moves = self.env["account.move"]
        return {kind: moves.browse(move_ids) for kind, move_ids in self.env.cr.fetchall()}

    def _counts(self):
        """``{standing: number of documents}``, told by the queue and the links."""
        counts = dict.fromkeys(("left", "under_way", "done", "failed", "left_out"), 0)
        self.env.flush_all()
        self.env.cr.execute(
            SQL("SELECT standing, count(*) FROM (%s) AS standing GROUP BY 1", self._standing())
        )
        return {**counts, **dict(self.env.cr.fetchall())}

    def _standing(self):
        """SELECT of ``move_id, operation, date, standing`` of each document.

        What waits for something that needs a person needs a person too. What a pause took out
        of the queue is left to be handed over again, what a person cancelled is left out.
        """
        return SQL(
            """
            SELECT document.move_id, document.operation, move.date,
                   CASE
                   WHEN item.state IN ('failed', 'differs', 'blocked') OR item.is_stuck
                       THEN 'failed'
                   WHEN item.state = 'cancelled' OR item.is_removal THEN 'left_out'
                   WHEN item.state = 'done' OR binding.id IS NOT NULL AND item.id IS NULL
                       THEN 'done'
                   WHEN item.state IS NOT NULL THEN 'under_way'
                   ELSE 'left'
                   END AS standing
            FROM exact_back_fill_document document
            JOIN exact_back_fill fill ON fill.id = document.back_fill_id
            JOIN account_move move ON move.id = document.move_id
            LEFT JOIN exact_binding binding
                   ON binding.division_id = fill.division_id
                  AND binding.res_model = 'account.move' AND binding.res_id = document.move_id
                  AND binding.resource = document.resource AND binding.exact_id IS NOT NULL
            LEFT JOIN LATERAL (
                SELECT item.id, item.state, item.is_removal,
                       item.state = 'waiting'
                       AND (COALESCE(needed.state, '') IN ('failed', 'differs', 'blocked')
                            OR COALESCE(further.state, '') IN ('failed', 'differs', 'blocked'))
                       AS is_stuck
                FROM exact_sync_queue item
                LEFT JOIN exact_sync_queue needed ON needed.id = item.waiting_for_id
                LEFT JOIN exact_sync_queue further ON further.id = needed.waiting_for_id
                WHERE item.res_model = 'account.move' AND item.res_id = document.move_id
                  AND item.operation = document.operation
                  AND item.division_id = fill.division_id
                  AND (item.state <> 'cancelled' OR item.back_fill_id = fill.id)
                ORDER BY item.id DESC
                LIMIT 1) item ON true
            WHERE document.back_fill_id = %s
            """,
            self._origin.id or 0,
        )

    # -- linking ----------------------------------------------------------------------------------

    def _link_some(self):
        """Link a number of documents that are certainly there; return whether there were any."""
        certain = self._certain(LINK_BATCH)
        for candidate in certain:
            candidate._link()
        if not certain and self.read_on:
            self.write({"state": "done", "note": self._link_text()})
        return bool(certain)

    def _certain(self, limit):
        return self.env["exact.back.fill.candidate"].search(
            [("back_fill_id", "=", self.id), ("state", "=", "certain")], order="id", limit=limit
        )

    def _link_text(self):
        linked = self.candidate_ids.filtered(lambda candidate: candidate.state == "linked")
        doubtful = self.doubtful_ids.document_id
        return self.env._(
            "%(linked)s documents are linked, %(doubtful)s are doubtful, %(missing)s were not "
            "found in Exact Online. Nothing was sent.",
            linked=len(linked),
            doubtful=len(doubtful - linked.document_id),
            missing=len(self.document_ids - self.candidate_ids.document_id),
        )


def _percentage(part, whole):
    return 100.0 * part / whole if whole else 0.0
