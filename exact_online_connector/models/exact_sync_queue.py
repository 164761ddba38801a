# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import random
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..exact_api import (
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    ReauthorisationNeeded,
    Rejected,
    TemporarilyUnavailable,
    TokenRefused,
    WaitUntil,
)
from ..operations.verdicts import Conflict, Difference, Step

PENDING = ("waiting", "ready", "failed", "blocked", "differs")
IN_FLIGHT = ("sending", "checking", "sent")
ENDED = ("done", "cancelled")
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
CARRIED_NOTHING_OUT = (
    WaitUntil,
    TokenRefused,
    ReauthorisationNeeded,
    TemporarilyUnavailable,
    NotPermitted,
    NotFound,
)
# Exact may still be at work on a request whose answer was lost.
SETTLE_PARAMETER = "exact_online_connector.settle_seconds"
SETTLE_SECONDS = 120


class ExactSyncQueue(models.Model):
    """One piece of work between Odoo and Exact.

    Written in the transaction of whoever causes it, carried out by :mod:`exact_sync_run`.
    """

    _name = "exact.sync.queue"
    _description = "Exact Online Queue Item"
    _order = "id desc"

    name = fields.Char(readonly=True, required=True)
    operation = fields.Selection(selection="_selection_operation", readonly=True, required=True)
    company_id = fields.Many2one(
        "res.company", readonly=True, required=True, index=True, ondelete="cascade"
    )
    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        readonly=True,
        required=True,
        index=True,
        ondelete="cascade",
    )
    res_model = fields.Char(readonly=True, required=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="res_model", readonly=True, required=True
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("ready", "Ready"),
            ("sending", "Sending"),
            ("checking", "Checking"),
            ("sent", "Sent"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("differs", "Differs"),
            ("blocked", "Connection stopped"),
            ("cancelled", "Cancelled"),
        ],
        default="ready",
        required=True,
        readonly=True,
        index=True,
        help="Done means: read back from Exact and found equal.",
    )
    priority = fields.Integer(readonly=True, help="Lower goes first.")
    due_on = fields.Datetime(
        readonly=True,
        default=fields.Datetime.now,
        help="Not before this moment. Empty: when the item it waits for is done.",
    )
    waiting_for_id = fields.Many2one(
        "exact.sync.queue", string="Waits for", readonly=True, ondelete="set null", index=True
    )
    run_id = fields.Many2one("exact.sync.run", readonly=True, ondelete="set null", index=True)
    attempts = fields.Integer(readonly=True)
    error_class = fields.Selection(
        [
            ("preflight", "Not ready to be sent"),
            ("rejected", "Refused by Exact"),
            ("not_permitted", "Not permitted"),
            ("not_found", "No longer in Exact"),
            ("conflict", "Already there, but different"),
            ("unavailable", "Exact cannot be reached"),
            ("unknown", "Answer lost"),
            ("limit", "Limit reached"),
            ("connection", "Connection"),
            ("differs", "Booked, but different"),
            ("internal", "Fault in this addon"),
        ],
        string="Cause",
        readonly=True,
    )
    message = fields.Text(readonly=True)
    advice = fields.Text(string="What to do", readonly=True)
    mend_model = fields.Char(readonly=True)
    mend_id = fields.Many2oneReference(model_field="mend_model", readonly=True)
    evidence = fields.Text(readonly=True, help="How it is known that this is in Exact, once.")
    exact_number = fields.Char(string="Number in Exact", readonly=True)
    done_on = fields.Datetime(readonly=True)
    call_ids = fields.One2many("exact.call", "item_id", string="Calls", readonly=True)
    call_count = fields.Integer(compute="_compute_call_count")

    _live_uniq = models.UniqueIndex(
        "(operation, res_model, res_id, division_id) "
        "WHERE state IN ('waiting', 'ready', 'failed', 'blocked', 'differs')",
        "This record is already queued for this operation.",
    )
    _claim_idx = models.Index(
        "(priority, id) WHERE state IN ('waiting', 'ready', 'checking') AND due_on IS NOT NULL"
    )
    _in_flight_idx = models.Index(
        "(res_model, res_id, operation) WHERE state IN ('sending', 'checking', 'sent')"
    )
    _record_idx = models.Index("(res_model, res_id)")

    @api.model
    def _selection_operation(self):
        return self.env["exact.operation"]._kinds()

    @api.depends("name", "operation")
    def _compute_display_name(self):
        kinds = dict(self._fields["operation"]._description_selection(self.env))
        for item in self:
            item.display_name = f"{kinds.get(item.operation, item.operation)} {item.name}"

    def _compute_call_count(self):
        counts = dict(
            self.env["exact.call"]
            .sudo()
            ._read_group([("item_id", "in", self.ids)], ["item_id"], ["__count"])
        )
        for item in self:
            item.call_count = counts.get(item, 0)

    # -- entering the queue ---------------------------------------------------------------------

    @api.model
    def _enqueue(self, kind, records, company=None, priority=None):
        """Queue ``records`` for the operation ``kind`` in the caller's transaction.

        A record that is already pending is made ready again, in the same row: whoever claims
        that row meanwhile waits for this transaction, so no change is missed.

        :return: the pending items, in the order of ``records``
        """
        operation = self.env["exact.operation"]._of_kind(kind)
        items = self.browse()
        for record in records:
            owner = company or operation._company(record)
            if owner.exact_division_id:
                items += self._insert(kind, operation, record, owner, priority)
        if items:
            self._wake()
        return items

    @api.model
    def _insert(self, kind, operation, record, company, priority):
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO exact_sync_queue AS item
                    (operation, res_model, res_id, division_id, company_id, name, state,
                     priority, due_on, attempts, create_uid, write_uid, create_date, write_date)
                VALUES (%(kind)s, %(model)s, %(id)s, %(division)s, %(company)s, %(name)s, 'ready',
                        %(priority)s, %(now)s, 0, %(uid)s, %(uid)s, %(now)s, %(now)s)
                ON CONFLICT (operation, res_model, res_id, division_id)
                    WHERE state IN ('waiting', 'ready', 'failed', 'blocked', 'differs')
                DO UPDATE SET
                    state = CASE WHEN item.state = 'waiting' THEN 'waiting' ELSE 'ready' END,
                    due_on = CASE WHEN item.state = 'waiting'
                                  THEN item.due_on ELSE excluded.due_on END,
                    priority = LEAST(item.priority, excluded.priority),
                    name = excluded.name,
                    write_date = excluded.write_date
                RETURNING id
                """,
                kind=kind,
                model=record._name,
                id=record.id,
                division=company.exact_division_id.id,
                company=company.id,
                name=operation.with_company(company)._label(record) or "?",
                priority=operation._priority if priority is None else priority,
                now=fields.Datetime.now(),
                uid=self.env.uid,
            )
        )
        item = self.browse(self.env.cr.fetchone()[0])
        item.invalidate_recordset(flush=False)
        return item

    @api.model
    def _wake(self, at=None):
        """Let the cron run once this transaction is committed, or at the moment ``at``."""
        self.env.ref("exact_online_connector.ir_cron_sync").sudo()._trigger(at=at)

    # -- what a worker does with an item ----------------------------------------------------------

    def _record(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    def _operation(self):
        """The operation, working for the item's company in the language of its people."""
        self.ensure_one()
        speaker = self.company_id.exact_responsible_id.lang or self.company_id.partner_id.lang
        env = self.with_company(self.company_id).with_context(lang=speaker).env
        return env["exact.operation"]._of_kind(self.operation)

    def _prepare(self):
        """Decide what to do, before any call; note the intent, for the caller to commit.

        :return: a :class:`Step` to carry out, or None when there is nothing to send now
        """
        operation = self._operation()
        record = operation.env[self.res_model].browse(self.res_id).exists()
        if not record:
            return self._cancel(self.env._("The record was deleted in Odoo."))
        if self.division_id != self.company_id.exact_division_id:
            return self._cancel(self.env._("The company moved to another administration."))
        findings = operation._preflight(record)
        if findings:
            return self._hold_back(findings)
        for kind, needed in operation._requires(record):
            if not operation._of_kind(kind)._is_in_exact(needed):
                return self._wait_for(kind, needed)
        return self._begin(operation, record)

    def _begin(self, operation, record):
        payload = operation._payload(record)
        if not operation._resource:
            return Step(payload)
        binding = operation._binding(record)
        if binding.exact_id:
            if binding.digest == operation._digest(payload):
                return self._to_be_proven(binding)
            return Step(payload, exact_id=binding.exact_id)
        outcome_unknown = bool(binding.intended_on)
        self.env["exact.binding"]._intend(
            self.division_id, self.company_id, operation._resource, record
        )
        return Step(payload, outcome_unknown=outcome_unknown)

    def _carry_out(self, step):
        """Make the step's calls. Nothing is written in Odoo here.

        :raises ExactError, Conflict: see :meth:`exact.operation._carry_out`
        """
        operation = self._operation()
        record = operation.env[self.res_model].browse(self.res_id)
        client = self.division_id.connection_id._client(self)
        return operation._carry_out(client, record, step)

    def _conclude(self, step, outcome):
        """Write down what became of the step."""
        operation = self._operation()
        record = operation.env[self.res_model].browse(self.res_id)
        operation._store(record, outcome, step.payload)
        self.attempts += 1
        self.evidence = outcome.evidence
        if not operation._resource:
            return self._done()
        self.exact_number = operation._binding(record).code
        self._release_dependents()
        for kind, following in operation._follow_ups(record):
            self._enqueue(kind, following, company=self.company_id)
        if operation._is_complete(outcome.remote):
            return self._judge(operation._prove(record, outcome.remote))
        return self._change("sent", run_id=False, due_on=fields.Datetime.now())

    def _judge(self, differences):
        """The proof: done when there is no difference, else ``differs`` with each of them."""
        if not differences:
            return self._done()
        lines = [
            self.env._(
                "%(name)s: %(odoo)s in Odoo, %(exact)s in Exact",
                name=difference.name,
                odoo=difference.odoo or "-",
                exact=difference.exact or "-",
            )
            for difference in differences
        ]
        return self._change(
            "differs",
            error_class="differs",
            message="\n".join(lines),
            advice=self.env._(
                "It is booked in Exact Online, but not as in Odoo. Correct it in Exact, then "
                "press Retry: it is compared again, not booked again."
            ),
        )

    def _read_back(self):
        """What Exact stored of these items of one kind: ``{exact_id: remote}``. One call."""
        operation = self[0]._operation()
        exact_ids = [item._operation()._exact_id(item._record()) for item in self]
        return operation._read_back(
            self.division_id.connection_id._client(self[0]), [e for e in exact_ids if e]
        )

    def _compare(self, remotes):
        """Prove this item against what was read back."""
        operation = self._operation()
        record = operation.env[self.res_model].browse(self.res_id)
        self.run_id = False
        remote = remotes.get(operation._exact_id(record))
        if remote is None:
            return self._judge([self._vanished(operation)])
        return self._judge(operation._prove(record, remote))

    def _vanished(self, operation):
        return Difference(operation._description, self.name, self.env._("not found"))

    def _done(self):
        now = fields.Datetime.now()
        operation = self._operation()
        if operation._resource:
            operation._binding(self._record()).proven_on = now
        self._change(
            "done",
            done_on=now,
            error_class=False,
            message=False,
            advice=False,
            mend_model=False,
            mend_id=False,
        )
        self._release_dependents()

    def _to_be_proven(self, binding):
        """Nothing changed since it was sent: only compare again."""
        self.exact_number = binding.code
        self._change(
            "sent",
            run_id=False,
            due_on=fields.Datetime.now(),
            error_class=False,
            message=False,
            advice=False,
        )
        self._release_dependents()

    def _wait_for(self, kind, needed):
        item = self._enqueue(kind, needed, company=self.company_id, priority=self.priority - 1)
        self._change(
            "waiting",
            due_on=False,
            waiting_for_id=item.id,
            error_class=False,
            message=self.env._("Waits for: %s.", item.display_name),
            advice=False,
        )

    def _release_dependents(self):
        dependents = self.search([("waiting_for_id", "in", self.ids), ("state", "=", "waiting")])
        dependents._change(
            "ready", due_on=fields.Datetime.now(), waiting_for_id=False, message=False
        )

    def _hold_back(self, findings):
        first = findings[0]
        self._change(
            "failed",
            error_class="preflight",
            message="\n".join(finding.text for finding in findings),
            advice=self.env._("Nothing was sent. Mend this in Odoo, then press Retry."),
            mend_model=first.mend._name if first.mend else False,
            mend_id=first.mend.id if first.mend else False,
        )

    def _cancel(self, reason):
        self._change("cancelled", message=reason, done_on=fields.Datetime.now())
        self._release_dependents()

    def _change(self, state, **values):
        """Go to ``state``. An item that would be pending beside a newer one of the same record
        yields to it: the newer one knows all, as what is in Exact stands in the binding.
        """
        for item in self:
            if state in PENDING and item._newer_pending():
                item.write(
                    {"state": "cancelled", "message": self.env._("Replaced by a newer item.")}
                )
                item._release_dependents()
                continue
            item.write({"state": state, **values})

    def _newer_pending(self):
        if self.state in PENDING:
            return self.browse()
        return self.search(
            [
                ("operation", "=", self.operation),
                ("res_model", "=", self.res_model),
                ("res_id", "=", self.res_id),
                ("division_id", "=", self.division_id.id),
                ("state", "in", PENDING),
                ("id", "!=", self.id),
            ],
            limit=1,
        )

    # -- what a worker does when it goes wrong ----------------------------------------------------

    def _fail(self, error, step=None):
        """Write down an error in words, and what follows from it.

        What certainly was not carried out loses the intent of this step; an intent that was
        there before stays, whatever became of the look-up. Everything else is looked up before
        it is sent again.
        """
        handlers = {
            WaitUntil: self._fail_limit,
            TokenRefused: self._fail_token,
            ReauthorisationNeeded: self._fail_connection,
            TemporarilyUnavailable: self._fail_unavailable,
            Rejected: self._fail_rejected,
            NotPermitted: self._fail_not_permitted,
            NotFound: self._fail_not_found,
            Conflict: self._fail_conflict,
        }
        if step and not step.outcome_unknown and _was_not_carried_out(error):
            self._forget_intent()
        for error_type, handler in handlers.items():
            if isinstance(error, error_type):
                return handler(error)
        return self._fail_unknown(error)

    def _fail_limit(self, error):
        self._change(
            "waiting",
            due_on=_naive(error.at),
            error_class="limit",
            message=self.env._("Exact's limit is reached; this goes on by itself."),
        )

    def _fail_token(self, error):
        self.env["exact.connection.token"]._refused(self.division_id.connection_id)
        self._fail_unavailable(error)

    def _fail_connection(self, error):
        self._change(
            "blocked",
            error_class="connection",
            message=str(error),
            advice=self.env._("Open the connection and press Connect. Nothing is lost."),
            mend_model="exact.connection",
            mend_id=self.division_id.connection_id.id,
        )

    def _fail_unavailable(self, error):
        self.attempts += 1
        self._change(
            "waiting",
            due_on=fields.Datetime.now() + self._pause(),
            error_class="unavailable",
            message=str(error),
            advice=self.env._("Nothing to do: it is tried again by itself."),
        )

    def _fail_rejected(self, error):
        self._fail_for_a_person(
            "rejected",
            "\n".join(error.messages),
            self.env._("Exact Online refused this. Mend the cause, then press Retry."),
        )

    def _fail_not_permitted(self, error):
        self._fail_for_a_person(
            "not_permitted",
            "\n".join(error.messages) or str(error),
            self.env._(
                "The Exact user who connected, or the app, has no right to this in the "
                "administration, or its licence lacks it. Ask its administrator, then retry."
            ),
        )

    def _fail_not_found(self, error):
        self._fail_for_a_person(
            "not_found",
            "\n".join(error.messages) or str(error),
            self.env._("What Odoo knew of is no longer in Exact Online. Link it again."),
        )

    def _fail_conflict(self, error):
        self._fail_for_a_person(
            "conflict",
            str(error),
            self.env._("Nothing was booked twice. Decide which one is right."),
        )

    def _fail_for_a_person(self, error_class, message, advice):
        self.attempts += 1
        record = self._record()
        self._change(
            "failed",
            error_class=error_class,
            message=message,
            advice=advice,
            mend_model=record._name,
            mend_id=record.id,
        )

    def _fail_unknown(self, error):
        """A lost answer, or a fault of ours after the intent was committed."""
        self.attempts += 1
        lost = isinstance(error, OutcomeUnknown)
        if not lost and not self._has_intent():
            return self._fail_for_a_person(
                "internal",
                f"{type(error).__name__}: {error}",
                self.env._("This is a fault in the addon. Copy this text and report it."),
            )
        return self._change(
            "checking",
            due_on=fields.Datetime.now() + self._settle_time(),
            error_class="unknown" if lost else "internal",
            message=str(error),
            advice=self.env._(
                "Exact may have booked this. It is looked up there before anything is sent again."
            ),
        )

    def _has_intent(self):
        operation = self._operation()
        return bool(operation._resource and operation._binding(self._record()).intended_on)

    def _forget_intent(self):
        operation = self._operation()
        if operation._resource:
            operation._binding(self._record()).intended_on = False

    def _recover(self):
        """The worker died: nobody knows whether its last call was carried out."""
        for item in self:
            item.attempts += 1
            if item._has_intent():
                item._change(
                    "checking",
                    due_on=fields.Datetime.now() + item._settle_time(),
                    error_class="unknown",
                    message=self.env._("The worker stopped in the middle of this."),
                )
            else:
                item._change("ready", due_on=fields.Datetime.now())

    def _pause(self):
        """Twice as long after each attempt, less up to half of it by chance."""
        longest = min(FIRST_PAUSE * 2 ** min(self.attempts, 10), LONGEST_PAUSE)
        return longest * random.uniform(0.5, 1.0)

    @api.model
    def _settle_time(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return timedelta(seconds=int(parameters.get_param(SETTLE_PARAMETER, SETTLE_SECONDS)))

    # -- what people do -------------------------------------------------------------------------

    def action_retry(self):
        """Make failed, differing and waiting items ready now."""
        self._check_operator()
        items = self.sudo().filtered(lambda item: item.state in PENDING)
        items.write({"state": "ready", "due_on": fields.Datetime.now(), "waiting_for_id": False})
        self.sudo().filtered(lambda item: item.state == "checking").write(
            {"due_on": fields.Datetime.now()}
        )
        self._wake()

    def action_cancel(self):
        """Take items out of the queue. What is being sent or looked up cannot be stopped."""
        self._check_operator()
        if self.filtered(lambda item: item.state in IN_FLIGHT):
            raise UserError(
                self.env._(
                    "An item that was sent is not cancelled: it may be booked in Exact Online. "
                    "Wait until it is done or failed."
                )
            )
        items = self.sudo().filtered(lambda item: item.state in PENDING)
        items._cancel(self.env._("Cancelled by %s.", self.env.user.name))

    def action_open_record(self):
        self.ensure_one()
        return self._form_of(self.res_model, self.res_id)

    def action_mend(self):
        """Open the record that mends the cause."""
        self.ensure_one()
        return self._form_of(self.mend_model, self.mend_id)

    def _form_of(self, model, res_id):
        return {
            "type": "ir.actions.act_window",
            "res_model": model,
            "res_id": res_id,
            "views": [(False, "form")],
        }

    def _check_operator(self):
        self.check_access("read")
        if not self.env.user.has_group("exact_online_connector.group_exact_operator"):
            raise AccessError(
                self.env._("Only people with the Exact Online role Operator can do this.")
            )


def _was_not_carried_out(error):
    """Whether Exact certainly did nothing. Its refusals come with status 500, as do its own
    breakdowns, whose texts are not known in every language: those are looked up all the same.
    """
    if isinstance(error, Rejected):
        return error.malformed
    return isinstance(error, CARRIED_NOTHING_OUT)


def _naive(moment):
    """A UTC moment as Odoo stores it."""
    return moment.replace(tzinfo=None, microsecond=0)
