# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..operations.entry_period import ASKS as PERIOD_ASKS
from ..operations.verdicts import Difference, Locked, Step, refusals
from .roles import check_operator

PENDING = ("waiting", "ready", "failed", "blocked", "differs")
IN_FLIGHT = ("sending", "checking", "sent")
URGENT = 0  # a person waits for it
LATE = 200  # from this priority on, an item only serves past documents
PAST_DOCUMENT = LATE + 20  # what it requires is somewhat more urgent, and still late


class ExactSyncQueue(models.Model):
    """One piece of work between Odoo and Exact.

    Written in the transaction of whoever causes it, carried out by :mod:`exact_sync_run`.
    """

    _name = "exact.sync.queue"
    _inherit = ["exact.sync.failure.mixin"]
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
    priority = fields.Integer(readonly=True, aggregator=None, help="Lower goes first.")
    due_on = fields.Datetime(
        readonly=True,
        default=fields.Datetime.now,
        help="Not before this moment. Empty: when the item it waits for is done.",
    )
    waiting_for_id = fields.Many2one(
        "exact.sync.queue", string="Waits for", readonly=True, ondelete="set null", index=True
    )
    run_id = fields.Many2one("exact.sync.run", readonly=True, ondelete="set null", index=True)
    back_fill_id = fields.Many2one(
        "exact.back.fill",
        string="Past documents",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    evidence = fields.Text(
        readonly=True, help="How it is known that this is in Exact exactly once."
    )
    exact_number = fields.Char(string="Number in Exact", readonly=True)
    is_removal = fields.Boolean(
        string="Removed", readonly=True, help="What it carried is no longer in Exact."
    )
    done_on = fields.Datetime(readonly=True)
    call_ids = fields.One2many("exact.call", "item_id", string="Calls", readonly=True)
    call_count = fields.Integer(compute="_compute_call_count")

    _live_uniq = models.UniqueIndex(
        "(operation, res_model, res_id, division_id) "
        "WHERE state IN ('waiting', 'ready', 'failed', 'blocked', 'differs')",
        "This record is already queued for this operation.",
    )
    _claim_idx = models.Index(
        "(division_id, priority, id) "
        "WHERE state IN ('waiting', 'ready', 'checking') AND due_on IS NOT NULL"
    )
    _oldest_idx = models.Index(
        "(division_id, id) WHERE state IN ('waiting', 'ready', 'checking') AND due_on IS NOT NULL"
    )
    _in_flight_idx = models.Index(
        "(res_model, res_id, operation) WHERE state IN ('sending', 'checking', 'sent')"
    )
    _record_idx = models.Index("(res_model, res_id)")
    _finished_idx = models.Index("(done_on) WHERE state IN ('done', 'cancelled')")

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
    def _enqueue(self, kind, records, company=None, back_fill=None):
        """Queue ``records`` for the operation ``kind`` in the caller's transaction.

        What a back-fill hands over goes after everything else.

        A record that is already pending is made ready again, in the same row: whoever claims
        that row meanwhile waits for this transaction, so no change is missed.

        :return: the pending items, in the order of ``records``
        """
        operation = self.env["exact.operation"]._of_kind(kind)
        items = self.browse()
        for record in records:
            owner = company or operation._company(record)
            if owner.exact_division_id:
                priority = PAST_DOCUMENT if back_fill else operation._priority
                items += self._insert(operation, kind, record, owner, priority, back_fill)
        if items:
            self._wake()
        return items

    @api.model
    def _insert(self, operation, kind, record, company, priority, back_fill=None):
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO exact_sync_queue AS item
                    (operation, res_model, res_id, division_id, company_id, name, state,
                     priority, due_on, attempts, back_fill_id, create_uid, write_uid,
                     create_date, write_date)
                VALUES (%(kind)s, %(model)s, %(id)s, %(division)s, %(company)s, %(name)s, 'ready',
                        %(priority)s, %(now)s, 0, %(back_fill)s, %(uid)s, %(uid)s, %(now)s, %(now)s)
                ON CONFLICT (operation, res_model, res_id, division_id)
                    WHERE state IN ('waiting', 'ready', 'failed', 'blocked', 'differs')
                DO UPDATE SET
                    state = 'ready', due_on = excluded.due_on, attempts = 0,
                    error_class = NULL, message = NULL, advice = NULL,
                    cause = NULL, cause_label = NULL, fix = NULL, mend_action = NULL,
                    mend_model = NULL, mend_id = NULL, outlook = NULL, outlook_note = NULL,
                    priority = LEAST(item.priority, excluded.priority),
                    back_fill_id = COALESCE(item.back_fill_id, excluded.back_fill_id),
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
                priority=priority,
                back_fill=back_fill.id if back_fill else None,
                now=fields.Datetime.now(),
                uid=self.env.uid,
            ),
            log_exceptions=False,
        )
        item = self.browse(self.env.cr.fetchone()[0])
        item.invalidate_recordset(flush=False)
        return item

    def _put_off(self):
        """Have items wait for the hour at which their company sends; Retry sends them sooner."""
        for item in self.sudo():
            due_on = item.company_id._exact_next_schedule()
            item.write({"state": "waiting", "due_on": due_on})
            self._wake(at=due_on)

    def _hasten(self):
        """Have items go ahead of everything else, with what they wait for."""
        self.sudo().priority = URGENT

    def _is_by_hand(self):
        """Whether a person waits for it."""
        return self.priority <= URGENT

    @api.model
    def _wake(self, at=None):
        """Let the cron run once this transaction is committed, or at the moment ``at``."""
        self.env.ref("exact_online_connector.ir_cron_sync").sudo()._trigger(at=at)

    @api.model
    def _is_being_sent(self, division, record):
        return bool(
            self.sudo().search_count(
                [
                    ("division_id", "=", division.id),
                    ("res_model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("state", "=", "sending"),
                ],
                limit=1,
            )
        )

    @api.model
    def _is_pending(self, kind, record):
        return bool(
            self.sudo().search_count(
                [
                    ("operation", "=", kind),
                    ("res_model", "=", record._name),
                    ("res_id", "in", record.ids),
                    ("state", "in", PENDING + IN_FLIGHT),
                ],
                limit=1,
            )
        )

    @api.model
    def _merge(self, sources, destination):
        """Records were merged in Odoo: what is pending of them is the destination's matter."""
        pending = self.sudo().search(
            [
                ("res_model", "=", sources._name),
                ("res_id", "in", sources.ids),
                ("state", "in", PENDING),
            ]
        )
        for item in pending:
            self.sudo()._enqueue(item.operation, destination, item.company_id)
        pending._cancel(self.env._("Merged into %s.", destination.display_name))

    # -- what a worker does with an item ----------------------------------------------------------

    def _record(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    def _in_context(self):
        """This item for its company, in the language of its people."""
        company = self.company_id
        return self.with_company(company).with_context(lang=company._exact_language())

    def _operation(self):
        """The operation, bound to the item's administration whatever becomes of the company's."""
        self.ensure_one()
        env = self._in_context().with_context(exact_division_id=self.division_id.id).env
        return env["exact.operation"]._of_kind(self.operation)

    def _prepare(self):
        """Decide what to do, before any call; note the intent, for the caller to commit.

        :return: a :class:`Step` to carry out, or None when there is nothing to send now
        """
        operation = self._operation()
        record = operation.env[self.res_model].browse(self.res_id)
        if self._is_passed_on(operation, record):
            return None
        task = operation._task(record)
        if task == "remove" or not operation._is_wanted(record):
            return self._prepare_unwanted(operation, record, task)
        withdrawn = operation._withdrawn(record)
        if withdrawn:
            return self._give_up(record, withdrawn)
        binding = operation._resource and operation._binding(record)
        if binding and binding.exact_id and operation._is_unchanged(record, binding):
            late = next(iter(operation._late(record)), None)
            return self._wait_for(*late) if late else self._to_be_proven(binding)
        lock = binding and binding.exact_id and task == "send" and operation._closed_lock(record)
        if lock:
            raise Locked(lock)
        refused = refusals(operation._preflight(record))
        if refused:
            return self._hold_back(refused)
        for kind, needed in operation._requires(record):
            if not operation._of_kind(kind)._is_in_place(needed):
                if task == "send" and operation._is_to_be_seen(record):
                    return operation._begin(record, "look")
                return self._wait_for(kind, needed)
        return operation._begin(record, task)

    def _is_passed_on(self, operation, record):
        """Whether the record is another item's matter by now, which is queued."""
        if self.division_id != self.company_id.exact_division_id:
            if record.exists():
                self._enqueue(self.operation, record, self.company_id)
            self._withdraw(self.env._("The company moved to another administration."))
            return True
        successor = operation._successor(record)
        if successor:
            item = self._enqueue(successor, record, self.company_id)
            self._withdraw(self.env._("Replaced by: %s.", item.display_name))
        return bool(successor)

    def _prepare_unwanted(self, operation, record, task):
        """Exact is not to hold the record: there is nothing to send, but maybe to undo."""
        if task != "send":
            return operation._begin(record, task)
        for kind, following in operation._follow_withdrawal(record):
            self._enqueue(kind, following, self.company_id)
        if not record.exists():
            return self._withdraw(self.env._("The record was deleted in Odoo."))
        return self._give_up(record, operation._withdrawn(record))

    def _give_up(self, record, reason):
        """There is nothing to send any more. Where an answer was lost, see first what became of
        it: what is found is the record's, and goes or stays as what was booked long ago.
        """
        if self._has_intent():
            return Step({}, outcome_unknown=True, task="search")
        return self._withdraw(reason)

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
        if outcome.how in ("removed", "reversed"):
            return self._conclude_departure(operation, record, outcome)
        if outcome.how == "settled":
            self._forget_intent()  # nothing of it is under way in Exact any more
            self._add_evidence(outcome.evidence)
            return self._go_on()
        if outcome.how == "seen":
            operation._note_seen(record, outcome.remote)
            return self._go_on()
        operation._store(record, outcome, step.payload)
        self._add_evidence(outcome.evidence)
        if not operation._resource:
            return self._done()
        self.exact_number = operation._binding(record).code
        self._release_dependents()
        if operation._task(record) != "send":
            return self._go_on()
        for kind, following in operation._follow_ups(record):
            self._enqueue(kind, following, self.company_id, self._late_back_fill())
        if operation._is_complete(outcome.remote):
            return self._judge(operation._prove(record, outcome.remote), outcome.remote)
        return self._change("sent", run_id=False, due_on=fields.Datetime.now())

    def _conclude_departure(self, operation, record, outcome):
        """It is gone from Exact: done, or to be sent anew."""
        operation._depart(record, outcome)
        self._add_evidence(outcome.evidence)
        for kind, following in operation._follow_departure(record, outcome):
            self._enqueue(kind, following, self.company_id)
        if operation._is_wanted(record):
            return self._go_on()
        self.is_removal = True
        return self._close()

    def _add_evidence(self, text):
        """What became of it, one line a step."""
        self.evidence = "\n".join(filter(None, (self.evidence, text)))

    def _go_on(self):
        """There is a next step to prepare, now."""
        return self._change("ready", due_on=fields.Datetime.now(), waiting_for_id=False)

    def _judge(self, differences, remote=None):
        """The proof: done when there is no difference, else ``differs`` with each of them."""
        if not differences:
            return self._done(remote)
        operation = self._operation()
        lines = [
            operation._differs(difference.name, difference.odoo or "-", difference.exact or "-")
            for difference in differences
        ]
        text = "\n".join(lines)
        self._own_binding()._note_proof("differs", text)
        return self._change(
            "differs",
            error_class="differs",
            message=text,
            advice=self.env._(
                "It is booked in Exact Online, but not as in Odoo. Correct it in Exact, then "
                "press Retry: it is compared again, not booked again."
            ),
        )

    def _read_back(self):
        """What Exact stored of these items of one kind: ``{exact_id: remote}``. One call."""
        operation = self[0]._operation()
        exact_ids = [item._operation()._exact_id(item._record()) for item in self]
        known = [exact_id for exact_id in exact_ids if exact_id]
        if not known:
            return {}
        most_urgent = self.sorted("priority")[0]
        return operation._read_back(self.division_id.connection_id._client(most_urgent), known)

    def _compare(self, remotes):
        """Prove this item against what was read back."""
        operation = self._operation()
        record = operation.env[self.res_model].browse(self.res_id).exists()
        self.run_id = False
        if not record:
            return self._ask_a_person(
                "differs",
                self.env._("The record was deleted in Odoo after it was booked in Exact Online."),
                self.env._("Remove it there if it should not be, then cancel this item."),
            )
        remote = remotes.get(operation._exact_id(record))
        if remote is None:
            return self._judge([self._vanished(operation)])
        return self._judge(operation._prove(record, remote), remote)

    def _vanished(self, operation):
        return Difference(operation._in_words(), self.name, self.env._("not found"))

    def _done(self, remote=None):
        operation = self._operation()
        record = operation.env[self.res_model].browse(self.res_id)
        if operation._resource:
            self._note_proof(operation, record, remote)
        self._close()

    def _note_proof(self, operation, record, remote):
        """On the item, and with each figure on the link, which stays when the item is gone."""
        told = operation._told_text(record, remote)
        text = "\n".join(filter(None, (operation._proof_text(record), told)))
        figures = operation._figures_text(record, remote)
        operation._binding(record)._note_proof(
            "proven",
            "\n".join(filter(None, (text, figures))),
            operation._told(record, remote),
        )
        self._add_evidence(text)

    def _close(self):
        self._change(
            "done",
            done_on=fields.Datetime.now(),
            error_class=False,
            message=False,
            advice=False,
        )
        self._release_dependents()

    def _to_be_proven(self, binding):
        """Nothing changed since it was sent: only compare again."""
        self.exact_number = binding.code
        self.evidence = False
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
        """Wait for an item of ``needed``; one that failed is not tried again on this account."""
        operation = self._operation()._of_kind(kind)
        item = self._pending_of(kind, needed) or self._insert(
            operation, kind, needed, self.company_id, self.priority - 1, self._late_back_fill()
        )
        self._change(
            "waiting",
            due_on=False,
            waiting_for_id=item.id,
            error_class=False,
            message=self.env._("Waits for: %s.", item.display_name),
            advice=False,
        )

    def _late_back_fill(self):
        """The back-fill that this item still serves alone, or none."""
        return self.back_fill_id if self.priority >= LATE else self.back_fill_id.browse()

    def _pending_of(self, kind, record):
        """The item of ``record`` that is pending or under way, made as urgent as this one."""
        item = self.search(
            [
                ("operation", "=", kind),
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("division_id", "=", self.division_id.id),
                ("state", "in", PENDING + IN_FLIGHT),
            ],
            limit=1,
        )
        if item and item.priority >= self.priority:
            item.priority = self.priority - 1
        return item

    def _release_dependents(self):
        dependents = self.search([("waiting_for_id", "in", self.ids), ("state", "=", "waiting")])
        dependents._change(
            "ready", due_on=fields.Datetime.now(), waiting_for_id=False, message=False
        )

    def _withdraw(self, reason):
        """There is nothing to send any more; what may be in Exact is left to a person."""
        if self._has_intent():
            return self._ask_a_person(
                "unknown",
                reason,
                self.env._(
                    "It may be booked in Exact Online under %s, as the answer was lost. Look "
                    "there, and remove it if it should not be.",
                    self.name,
                ),
            )
        return self._cancel(reason)

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
                    {
                        "state": "cancelled",
                        "message": self.env._("Replaced by a newer item."),
                        "done_on": fields.Datetime.now(),
                    }
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

    def _has_intent(self):
        """Whether it is unknown if this was carried out in Exact."""
        return bool(self._own_binding().intended_on)

    def _forget_intent(self):
        self._own_binding().intended_on = False

    def _own_binding(self):
        """The binding of this item's record, which may be deleted by now; or none."""
        operation = self._operation()
        if not operation._resource:
            return self.env["exact.binding"]
        return operation._binding(self.env[self.res_model].browse(self.res_id))

    @api.model
    def _doubt(self, connection):
        """Have each pending item looked up before it is sent: a database that was restored from
        a backup does not know what it sent since, and its dead token is the first sign of it.
        """
        pending = self.sudo().search(
            [("division_id.connection_id", "=", connection.id), ("state", "in", PENDING)]
        )
        for item in pending:
            operation, record = item._operation(), item._record()
            if record and operation._resource and not operation._is_in_exact(record):
                operation._intend(record)

    @api.model
    def _note_linked(self, operation, record, company, number, evidence, back_fill=None):
        """An item that was never sent, so that the record shows where it stands, and why."""
        return self.create(
            {
                "name": operation._label(record),
                "operation": operation._kind(),
                "company_id": company.id,
                "division_id": operation._division().id,
                "res_model": record._name,
                "res_id": record.id,
                "state": "done",
                "priority": operation._priority,
                "done_on": fields.Datetime.now(),
                "back_fill_id": back_fill.id if back_fill else False,
                "exact_number": number,
                "evidence": evidence,
            }
        )

    # -- what people do -------------------------------------------------------------------------

    def action_retry(self):
        """Make failed, differing and waiting items ready now.

        One whose answer was lost is left alone: Exact may still be at work on it.
        """
        self._check_operator()
        items = self.sudo()
        while items.waiting_for_id - items:
            items |= items.waiting_for_id
        items = items.filtered(lambda item: item.state in PENDING)
        items.write(
            {
                "state": "ready",
                "due_on": fields.Datetime.now(),
                "waiting_for_id": False,
                "attempts": 0,
            }
        )
        self.env["exact.call.budget"]._end_pauses(items.division_id)
        self._wake()

    def action_cancel(self):
        """Take items out of the queue, but for those that may be booked in Exact."""
        self._check_operator()
        items = self.sudo()
        if items.filtered(lambda item: item.state in IN_FLIGHT or item._has_intent()):
            raise UserError(
                self.env._(
                    "An item that was sent is not cancelled: it may be booked in Exact Online. "
                    "Wait until it is done or failed, or look there."
                )
            )
        pending = items.filtered(lambda item: item.state in PENDING)
        for item in pending:
            item._own_binding().filtered("exact_id").write(
                {"is_unwanted": False, "reversal": False}
            )
        pending._cancel(self.env._("Cancelled by %s.", self.env.user.name))

    def action_undo(self):
        """Take the documents of these items out of Exact again, after a look at what that is."""
        moves = self.filtered(lambda item: item.res_model == "account.move").mapped("res_id")
        return self.env["account.move"].browse(moves).exists().action_exact_undo()

    def action_reverse(self):
        """Have reversed in Exact what can no longer be changed there, and go on."""
        self._check_operator()
        locked = self.sudo().filtered(
            lambda item: item.state == "failed" and item.error_class == "locked"
        )
        if not locked:
            raise UserError(
                self.env._("Only what can no longer be changed in Exact Online is reversed.")
            )
        for item in locked:
            operation = item._operation()
            operation._ask_reversal(operation.env[item.res_model].browse(item.res_id))
        locked.action_retry()

    def action_use_first_open_period(self):
        """Book documents whose period is closed in the first open period, and go on."""
        self._check_operator()
        asking = self.sudo().filtered(
            lambda item: item.state == "failed" and item.cause == PERIOD_ASKS
        )
        if not asking:
            raise UserError(
                self.env._("None of these waits for an answer about its closed period.")
            )
        for item in asking:
            operation = item._operation()
            self.env["exact.binding"]._find_or_create(
                item.division_id, item.company_id, operation._resource, item._record()
            ).uses_first_open_period = True
        asking.action_retry()

    def action_open_record(self):
        """Open the Odoo record that travels."""
        self.ensure_one()
        if not self._record():
            raise UserError(self.env._("%s was deleted in Odoo.", self.name))
        return self.env[self.res_model].browse(self.res_id)._get_records_action(context={})

    def _check_operator(self):
        self.check_access("read")
        check_operator(self.env)
