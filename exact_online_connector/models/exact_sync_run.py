# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
import time
from contextlib import contextmanager
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..exact_api import ExactError, TemporarilyUnavailable, TokenRefused, WaitUntil, odata
from ..operations.verdicts import Conflict
from .exact_call_budget import Reserved
from .exact_sync_failure_mixin import CONCERNS_ALL, FIRST_PAUSE
from .exact_sync_queue import LATE, URGENT
from .own_transaction import in_own_transaction, is_database_gone

_logger = logging.getLogger(__name__)

QUEUE = "exact.sync.queue"
BACK_FILL = "exact.back.fill"
LOCK_NAMESPACE = 1_163_412_802
PROOFS_PER_CALL = odata.LONGEST_CHAIN
OLDEST_EVERY = 5  # so many items of a run, the one that was queued first
KEEP = timedelta(days=30)
VACUUM_BATCH = 10_000


class ExactSyncRun(models.Model):
    """One run over the queue. Any number may go on at once, on any number of hosts.

    A run lives as long as it holds its advisory lock. What a dead run left behind is taken up
    by the next. Each step is a transaction of its own; what is open while Exact is asked reads
    only.
    """

    _name = "exact.sync.run"
    _description = "Exact Online Run"
    _order = "id desc"
    _rec_name = "started_on"
    _log_access = False

    started_on = fields.Datetime(readonly=True, required=True, default=fields.Datetime.now)
    ended_on = fields.Datetime(readonly=True)
    item_ids = fields.One2many(QUEUE, "run_id", readonly=True)
    taken_count = fields.Integer(string="Items taken", readonly=True)
    proven_count = fields.Integer(string="Items proven", readonly=True)
    last_division_id = fields.Many2one(
        "exact.division",
        readonly=True,
        ondelete="set null",
        help="The administration that had the last turn; the next run goes on behind it.",
    )

    @api.model
    def _cron_sync(self):
        """The scheduled job: work for as long as Odoo grants, then say what is left."""
        end = self.env.context.get("cron_end_time", float("inf"))
        taken = self._run(lambda: time.monotonic() < end)
        left, next_due = in_own_transaction(self.env, lambda env: env[self._name]._outlook())
        if next_due:
            self.env[QUEUE]._wake(at=next_due)
        steps = in_own_transaction(self.env, lambda env: env[BACK_FILL]._steps_due())
        self.env["ir.cron"]._commit_progress(taken, remaining=left + steps)

    @api.model
    def _run(self, go_on=lambda: True):
        """Carry out what is due, prove what was sent; past documents when nothing else is left.

        :param go_on: asked after each item whether there is time for another one
        :return: how many items were taken up
        """
        in_own_transaction(self.env, lambda env: env[self._name]._take_stock())
        taken = self._carry_out_due(go_on)
        while go_on() and self.env[BACK_FILL]._take_steps():
            taken += self._carry_out_due(go_on)
        return taken

    @api.model
    def _carry_out_due(self, go_on):
        if not in_own_transaction(self.env, lambda env: env[self._name]._has_work()):
            return 0
        run_id = in_own_transaction(self.env, lambda env: env[self._name]._begin().id)
        run = self.browse(run_id)
        with run._alive() as check_alive:
            run._work(check_alive, go_on)
        return run._in_own(lambda run: run._end())

    @api.model
    def _begin(self):
        return self.create({"last_division_id": self.search([], limit=1).last_division_id.id})

    def _end(self):
        self.ended_on = fields.Datetime.now()
        return self.taken_count

    @contextmanager
    def _alive(self):
        """Hold the lock by which others know that this run lives; yield a check of it."""
        with self.env.registry.cursor() as lock:
            lock.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK_NAMESPACE, self.id])
            yield lambda: lock.execute("SELECT 1")

    def _work(self, check_alive, go_on):
        while True:
            check_alive()
            item_id = self._in_own(lambda run: run._claim())
            if not item_id:
                break
            self._process(item_id)
            if not go_on():
                break
        for division_id, kind in self._in_own(lambda run: run._unproven()):
            check_alive()
            while self._prove_some(division_id, kind) and go_on():
                check_alive()

    def _in_own(self, work):
        return in_own_transaction(self.env, lambda env: work(env[self._name].browse(self.id)))

    # -- one item -------------------------------------------------------------------------------

    def _claim(self):
        """Take a due item of a connected administration; its id, or None.

        What a person waits for goes first and past documents last. Else the administrations
        have their turns, as each has a budget of its own, and in each goes what is most urgent;
        now and then what was queued first, so that a reading gets its turn beside documents
        without end. An item waits for an older one of the same record that is still under way.
        """
        self.env[QUEUE].flush_model()
        is_oldest_turn = self.taken_count % OLDEST_EVERY == OLDEST_EVERY - 1
        row = is_oldest_turn and self._claim_first(SQL("item.priority < %s", LATE), SQL("item.id"))
        row = row or self._claim_first(SQL("true"), SQL("item.priority, item.id"))
        if not row:
            return None
        item_id, division_id = row
        self.write({"taken_count": self.taken_count + 1, "last_division_id": division_id})
        return item_id

    def _claim_first(self, condition, order):
        """``(item, administration)`` of the one that was taken; None when there is none."""
        self.env.cr.execute(self._claim_statement(condition, order), log_exceptions=False)
        return self.env.cr.fetchone()

    def _claim_statement(self, condition, order):
        return SQL(
            """
            UPDATE exact_sync_queue SET state = 'sending', run_id = %(run)s, waiting_for_id = NULL
            WHERE id = (
                SELECT candidate.id
                FROM exact_division division
                JOIN exact_connection connection ON connection.id = division.connection_id
                LEFT JOIN exact_call_budget budget
                       ON budget.connection_id = connection.id AND budget.division = division.code
                CROSS JOIN LATERAL (
                    SELECT item.id, item.priority
                    FROM exact_sync_queue item
                    WHERE item.division_id = division.id
                      AND item.state IN ('waiting', 'ready', 'checking')
                      AND item.due_on <= %(now)s
                      AND %(condition)s
                      AND NOT EXISTS (
                          SELECT FROM exact_sync_queue older
                          WHERE older.res_model = item.res_model
                            AND older.res_id = item.res_id
                            AND older.operation = item.operation
                            AND older.division_id = item.division_id
                            AND older.state IN ('sending', 'checking', 'sent')
                            AND older.id < item.id)
                    ORDER BY %(order)s
                    LIMIT 1
                    FOR UPDATE OF item SKIP LOCKED) candidate
                WHERE connection.state = 'connected'
                  AND (COALESCE(budget.paused_until <= %(now)s, true)
                       OR budget.is_reserve AND candidate.priority <= %(urgent)s)
                ORDER BY candidate.priority > %(urgent)s, candidate.priority >= %(late)s,
                         division.id <= %(last)s, division.id
                LIMIT 1)
            RETURNING id, division_id
            """,
            run=self.id,
            now=fields.Datetime.now(),
            condition=condition,
            order=order,
            urgent=URGENT,
            late=LATE,
            last=self.last_division_id.id or 0,
        )

    def _process(self, item_id):
        """Carry out one claimed item. Whatever goes wrong is written on the item."""
        item, step = self.env[QUEUE].browse(item_id), None
        try:
            step = self._on_item(item_id, lambda item: item._prepare())
            if step is None:
                return
            with self.env.registry.cursor() as cr:
                outcome = item.with_env(self.env(cr=cr, su=True))._carry_out(step)
            self._on_item(item_id, lambda item: item._conclude(step, outcome))
        except (ExactError, Conflict) as error:
            self._note_failure(item_id, error, step)
        except Exception as error:
            self._note_fault(item_id, error, step)

    def _note_fault(self, item_id, error, step=None):
        """A fault of ours is the item's; without a database this run is over, as if it had been
        killed: the next one takes up its items.
        """
        if is_database_gone(error):
            raise error
        _logger.exception("Exact Online queue item %s", item_id)
        self._note_failure(item_id, error, step)

    def _on_item(self, item_id, work):
        """Call ``work`` on an item of this run, for its company and in its people's language.

        One that was taken up by another run, which thought this one dead, is left to it.
        """

        def on_own(env):
            item = env[QUEUE].browse(item_id)
            return work(item._in_context()) if item.run_id.id == self.id else None

        return in_own_transaction(self.env, on_own)

    def _note_failure(self, item_id, error, step):
        self._on_item(item_id, lambda item: item._fail(error, step))
        if isinstance(error, CONCERNS_ALL):
            self._in_own(lambda run: run._pause_division_of(item_id, error))

    def _pause_division_of(self, item_id, error):
        """What goes for one item goes for all of its administration; see ``CONCERNS_ALL``.

        Too many errors block an endpoint only. A stopped connection says so itself.
        """
        if isinstance(error, WaitUntil) and error.reason != "velocity":
            until, is_limit = error.at.replace(tzinfo=None), True
        elif isinstance(error, (TemporarilyUnavailable, TokenRefused)):
            until, is_limit = fields.Datetime.now() + FIRST_PAUSE, False
        elif isinstance(error, WaitUntil) and error.status:
            until, is_limit = error.at.replace(tzinfo=None), True
        else:
            return
        division = self.env[QUEUE].browse(item_id).division_id
        is_reserve = isinstance(error, Reserved)
        self.env["exact.call.budget"]._pause(division, until, is_limit, is_reserve)

    # -- proof ----------------------------------------------------------------------------------

    def _unproven(self):
        """``[(division id, kind)]`` of what was sent and is not yet compared."""
        groups = self.env[QUEUE]._read_group(self._to_prove(), ["division_id", "operation"])
        return [(division.id, kind) for division, kind in groups]

    def _to_prove(self):
        return [
            ("state", "=", "sent"),
            ("run_id", "=", False),
            ("due_on", "<=", fields.Datetime.now()),
            ("division_id.connection_id.state", "=", "connected"),
        ]

    def _prove_some(self, division_id, kind):
        """Read a number of sent items back in one call and compare; how many these were."""
        item_ids = self._in_own(lambda run: run._claim_proofs(division_id, kind))
        if not item_ids:
            return 0
        try:
            with self.env.registry.cursor() as cr:
                items = self.env(cr=cr, su=True)[QUEUE].browse(item_ids)
                remotes = items._read_back()
        except CONCERNS_ALL as error:
            self._postpone(item_ids, error)
            return 0
        except ExactError as error:
            for item_id in item_ids:
                self._note_failure(item_id, error, None)
            return 0
        except Exception as error:
            for item_id in item_ids:
                self._note_fault(item_id, error)
            return 0
        for item_id in item_ids:
            self._prove_one(item_id, remotes)
        self._in_own(lambda run: run.write({"proven_count": run.proven_count + len(item_ids)}))
        return len(item_ids)

    def _prove_one(self, item_id, remotes):
        try:
            self._on_item(item_id, lambda item: item._compare(remotes))
        except Exception as error:
            self._note_fault(item_id, error)

    def _claim_proofs(self, division_id, kind):
        items = self.env[QUEUE].search(
            [*self._to_prove(), ("division_id", "=", division_id), ("operation", "=", kind)],
            order="id",
            limit=PROOFS_PER_CALL,
        )
        items = items.try_lock_for_update()
        items.run_id = self
        return items.ids

    def _postpone(self, item_ids, error):
        """Sent they stay; they are compared once Exact can be asked again."""
        self._in_own(lambda run: run._pause_division_of(item_ids[0], error))
        later = fields.Datetime.now() + FIRST_PAUSE
        if isinstance(error, WaitUntil):
            later = error.at.replace(tzinfo=None, microsecond=0)
        values = {"run_id": False, "due_on": later}
        self._in_own(lambda run: run.env[QUEUE].browse(item_ids).write(values))

    # -- before and after -----------------------------------------------------------------------

    @api.model
    def _take_stock(self):
        """Take up what dead runs left behind and what a connection or another item held up."""
        self._recover_dead_runs()
        self._block_and_release()

    @api.model
    def _recover_dead_runs(self):
        queue = self.env[QUEUE]
        left_behind = queue.search([("state", "in", ("sending", "sent")), ("run_id", "!=", False)])
        for run, items in left_behind.grouped("run_id").items():
            self.env.cr.execute(
                "SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_NAMESPACE, run.id]
            )
            if self.env.cr.fetchone()[0]:
                items.filtered(lambda item: item.state == "sending")._recover()
                items.filtered(lambda item: item.state == "sent").run_id = False

    @api.model
    def _block_and_release(self):
        """Items whose connection stopped wait for it and say so; whose is there again, go on."""
        self._search_by_connection("ready", "!=")._block()
        self._search_by_connection("blocked", "=")._unblock()
        self._release_waiting()

    @api.model
    def _search_by_connection(self, state, operator):
        """The items in ``state`` whose connection is (not) there."""
        return self.env[QUEUE].search(
            [
                ("state", "=", state),
                ("division_id.connection_id.state", operator, "connected"),
            ]
        )

    @api.model
    def _release_waiting(self):
        """Go on with what waited for an item that is sent, done or gone."""
        self.env[QUEUE].flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE exact_sync_queue item
                SET state = 'ready', due_on = %(now)s, waiting_for_id = NULL
                WHERE item.state = 'waiting' AND item.due_on IS NULL
                  AND NOT EXISTS (
                      SELECT FROM exact_sync_queue needed
                      WHERE needed.id = item.waiting_for_id
                        AND needed.state NOT IN ('sent', 'done', 'cancelled'))
                """,
                now=fields.Datetime.now(),
            )
        )

    @api.model
    def _has_work(self):
        left, _next_due = self._outlook()
        return left > 0

    @api.model
    def _outlook(self):
        """``(number of items due now, moment when the next one is due or None)``."""
        self.env[QUEUE].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT count(*) FILTER (WHERE due_on <= %(now)s),
                       min(due_on) FILTER (WHERE due_on > %(now)s)
                FROM (
                    SELECT CASE WHEN budget.is_reserve AND item.priority <= %(urgent)s
                                THEN item.due_on
                                ELSE GREATEST(item.due_on, budget.paused_until) END AS due_on
                    FROM exact_sync_queue item
                    JOIN exact_division division ON division.id = item.division_id
                    JOIN exact_connection connection ON connection.id = division.connection_id
                    LEFT JOIN exact_call_budget budget
                           ON budget.connection_id = connection.id
                          AND budget.division = division.code
                    WHERE item.due_on IS NOT NULL
                      AND item.state IN ('waiting', 'ready', 'checking', 'sent')
                      AND connection.state = 'connected'
                ) AS outlook
                """,
                now=fields.Datetime.now(),
                urgent=URGENT,
            )
        )
        return self.env.cr.fetchone()

    @api.autovacuum
    def _vacuum(self):
        old = self.search([("started_on", "<", fields.Datetime.now() - KEEP)], limit=VACUUM_BATCH)
        old.unlink()
        return len(old), len(old) == VACUUM_BATCH
