# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import timedelta, timezone

from odoo import SUPERUSER_ID, api, fields, models

from ..exact_api import WaitUntil
from ..exact_api.limits import COUNTED_ERRORS, ERRORS_AN_HOUR, HOUR
from .own_transaction import in_own_transaction

# More than ten of these per endpoint in an hour block the app for an hour. facts.md §2
ERRORS_PER_HOUR = ERRORS_AN_HOUR - 1
# A call that was not answered for so long never will be: its worker died.
LONGEST_CALL = timedelta(minutes=5)
KEEP_PARAMETER = "exact_online_connector.call_days"
KEEP_DAYS = 30
VACUUM_BATCH = 10_000


class ExactCall(models.Model):
    """The log: one row a request, written in its own commit, without secrets."""

    _name = "exact.call"
    _description = "Exact Online Call"
    _order = "id desc"
    _rec_name = "resource"
    _log_access = False

    connection_id = fields.Many2one(
        "exact.connection", required=True, ondelete="cascade", readonly=True
    )
    division = fields.Integer(string="Administration", readonly=True)
    item_id = fields.Many2one(
        "exact.sync.queue", string="Queue item", readonly=True, ondelete="set null", index=True
    )
    started_on = fields.Datetime(readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        readonly=True,
        ondelete="set null",
        help="Who asked for it by hand; empty when a scheduled job did.",
    )
    caller = fields.Char(string="By", compute="_compute_caller")
    method = fields.Char(readonly=True)
    resource = fields.Char(readonly=True)
    query = fields.Char(readonly=True)
    under_way = fields.Boolean(readonly=True, help="Not answered yet, or never.")
    status = fields.Integer(readonly=True, aggregator=None)
    duration = fields.Float(
        string="Seconds", digits=(8, 3), readonly=True, aggregator="avg"
    )
    error = fields.Char(readonly=True)
    message = fields.Text(readonly=True)
    request = fields.Text(readonly=True)
    answer = fields.Text(readonly=True)
    minute_remaining = fields.Integer(
        string="Left this minute", readonly=True, aggregator="min"
    )
    day_remaining = fields.Integer(string="Left today", readonly=True, aggregator="min")

    _counted_errors_idx = models.Index(
        "(connection_id, division, resource, started_on) WHERE status IN (400, 401, 403, 404)"
    )
    _under_way_idx = models.Index("(connection_id, division, resource, started_on) WHERE under_way")
    _writes_idx = models.Index("(connection_id, division, started_on) WHERE method != 'GET'")

    @api.depends("user_id")
    def _compute_caller(self):
        for call in self:
            call.caller = call.user_id.name or self.env._("Scheduled job")

    @api.model
    def _begin(self, connection_id, item_id, division, method, resource):
        """Note a call that is about to be made; it counts as an error until it is answered."""
        return self.sudo().create(
            {
                "connection_id": connection_id,
                "item_id": item_id,
                "division": division,
                "method": method,
                "resource": resource,
                "started_on": fields.Datetime.now(),
                "user_id": self.env.uid != SUPERUSER_ID and self.env.uid,
                "under_way": True,
            }
        )

    @api.model
    def _latest(self, division, resource):
        """The call by which a resource of an administration was read last."""
        return self.sudo().search(
            [
                ("connection_id", "=", division.connection_id.id),
                ("division", "=", division.code),
                ("resource", "=", resource),
                ("method", "=", "GET"),
            ],
            limit=1,
        )

    def _end(self, call):
        """Write down how the call ended: an :class:`exact_api.Call`."""
        rate = call.rate
        self.write(
            {
                "under_way": False,
                "started_on": call.started_at.replace(tzinfo=None),
                "query": call.query,
                "status": call.status,
                "duration": call.duration,
                "error": call.error,
                "message": call.message,
                "request": call.request and json.dumps(call.request, indent=2, default=str),
                "answer": call.answer,
                "minute_remaining": rate and rate.minute_remaining,
                "day_remaining": rate and rate.day_remaining,
            }
        )

    @api.model
    def _check_error_velocity(self, connection_id, division, resource):
        """:raises WaitUntil: when one more error could get the endpoint blocked for an hour.

        Calls under way may all end in errors. To be called under the lock of the budget, so
        that workers see each other's.
        """
        now = fields.Datetime.now()
        endpoint = [
            ("connection_id", "=", connection_id),
            ("division", "=", division),
            ("resource", "=", resource),
        ]
        under_way = self.sudo().search_count(
            [*endpoint, ("under_way", "=", True), ("started_on", ">", now - LONGEST_CALL)]
        )
        errors = self.sudo().search(
            [
                *endpoint,
                ("status", "in", COUNTED_ERRORS),
                ("started_on", ">", now - HOUR),
            ],
            order="started_on desc",
            limit=ERRORS_PER_HOUR,
        )
        if len(errors) == ERRORS_PER_HOUR:
            raise WaitUntil(_aware(errors[-1].started_on + HOUR), "velocity")
        if len(errors) + under_way >= ERRORS_PER_HOUR:
            raise WaitUntil(_aware(now + timedelta(seconds=2)), "velocity")

    @api.model
    def _of_divisions(self, divisions, since):
        """A domain of what was asked of administrations since a naive UTC moment."""
        return [
            ("connection_id", "in", divisions.connection_id.ids),
            ("division", "in", divisions.mapped("code")),
            ("started_on", ">=", since),
        ]

    @api.model
    def _counts(self, divisions, since):
        """``{division: count}`` of the calls since a naive UTC moment. One grouped read."""
        groups = self.sudo()._read_group(
            self._of_divisions(divisions, since), ["connection_id", "division"], ["__count"]
        )
        counts = {(connection, code): count for connection, code, count in groups}
        return {
            division: counts.get((division.connection_id, division.code), 0)
            for division in divisions
        }

    @api.model
    def _sent_by_day(self, divisions, since):
        """``{division: {day: count}}`` of the queue items of which Exact wrote something down, by
        the user's days. One grouped read.

        :param since: a naive UTC moment
        """
        sent = {(division.connection_id, division.code): {} for division in divisions}
        for connection, code, day, count in self.sudo()._read_group(
            self._written(divisions, since),
            ["connection_id", "division", "started_on:day"],
            ["item_id:count_distinct"],
        ):
            if (connection, code) in sent:
                sent[connection, code][day.date()] = count
        return {
            division: sent[division.connection_id, division.code] for division in divisions
        }

    @api.model
    def _count_sent(self, divisions, since):
        """How many queue items Exact wrote something down of since a naive UTC moment."""
        written = self._written(divisions, since)
        [(count,)] = self.sudo()._read_group(written, [], ["item_id:count_distinct"])
        return count

    @api.model
    def _written(self, divisions, since):
        return [
            *self._of_divisions(divisions, since),
            ("method", "!=", "GET"),
            ("status", ">=", 200),
            ("status", "<", 300),
        ]

    @api.autovacuum
    def _vacuum(self):
        oldest = fields.Datetime.now() - timedelta(days=self._days_kept())
        old = self.sudo().search([("started_on", "<", oldest)], limit=VACUUM_BATCH)
        old.unlink()
        return len(old), len(old) == VACUUM_BATCH

    @api.model
    def _days_kept(self):
        """At least one: the errors of the last hour count against Exact's limit."""
        parameters = self.env["ir.config_parameter"].sudo()
        return max(int(parameters.get_param(KEEP_PARAMETER, KEEP_DAYS)), 1)


class SharedLimits:
    """The limits of :mod:`exact_api.limits`, shared by all workers through PostgreSQL."""

    def __init__(self, env, connection_id, item_id, by_hand=True):
        self._env = env
        self._connection_id = connection_id
        self._item_id = item_id
        self._by_hand = by_hand
        self._call_id = None
        self._taken = None

    def claim(self, division, method, resource):
        """Take one call out of the budget, before it is sent.

        :raises WaitUntil: when the minute, the day or the endpoint's errors are used up
        """

        def take(env):
            calls, taken = env["exact.call"], None
            if division:
                budgets = env["exact.call.budget"]
                taken = budgets._take(self._connection_id, division, self._by_hand)
                calls._check_error_velocity(self._connection_id, division, resource)
            call = calls._begin(self._connection_id, self._item_id, division, method, resource)
            return call.id, taken

        self._call_id, self._taken = in_own_transaction(self._env, take)

    def record(self, call):
        """Log a call and learn from the limits that its answer announced."""

        def store(env):
            env["exact.call"].browse(self._call_id)._end(call)
            if call.division and call.rate:
                budgets = env["exact.call.budget"]
                budgets._learn(self._connection_id, call.division, call.rate, self._taken)

        in_own_transaction(self._env, store)


def _aware(moment):
    return moment.replace(tzinfo=timezone.utc)
