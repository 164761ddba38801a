# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from ..exact_api import WaitUntil

# Until Exact's headers say otherwise. facts.md §2
DEFAULT_MINUTE_LIMIT = 60
DEFAULT_DAY_LIMIT = 5000


class ExactCallBudget(models.Model):
    """How many calls of this minute and this day are spent, per app and administration.

    Exact counts whole clock minutes and UTC days. A table of its own and one statement a call,
    so that workers do not get in each other's or a person's way.
    """

    _name = "exact.call.budget"
    _description = "Exact Online Call Budget"
    _log_access = False
    _rec_name = "division"

    connection_id = fields.Many2one("exact.connection", required=True, ondelete="cascade")
    division = fields.Integer(required=True)
    minute = fields.Datetime(required=True)
    minute_used = fields.Integer(required=True)
    minute_limit = fields.Integer(required=True)
    day = fields.Date(required=True)
    day_used = fields.Integer(required=True)
    day_limit = fields.Integer(required=True)

    paused_until = fields.Datetime(
        help="Nothing is sent before: a limit was reached, or Exact cannot be reached."
    )
    is_limit = fields.Boolean(help="Whether the pause is due to a limit of Exact.")

    _division_uniq = models.Constraint(
        "UNIQUE(connection_id, division)", "An administration has one budget per connection."
    )

    @api.model
    def _take(self, connection_id, division):
        """Count one call.

        :raises WaitUntil: when it would be one too many; nothing is counted then if the
            caller's transaction is rolled back
        """
        self.flush_model()
        now = fields.Datetime.now()
        minute, day = now.replace(second=0, microsecond=0), now.date()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO exact_call_budget AS budget
                    (connection_id, division, minute, minute_used, minute_limit,
                     day, day_used, day_limit)
                VALUES (%(connection)s, %(division)s, %(minute)s, 1, %(minute_limit)s,
                        %(day)s, 1, %(day_limit)s)
                ON CONFLICT (connection_id, division) DO UPDATE SET
                    minute = excluded.minute,
                    minute_used = 1 + CASE WHEN budget.minute = excluded.minute
                                           THEN budget.minute_used ELSE 0 END,
                    day = excluded.day,
                    day_used = 1 + CASE WHEN budget.day = excluded.day
                                        THEN budget.day_used ELSE 0 END
                RETURNING minute_used <= minute_limit, day_used <= day_limit
                """,
                connection=connection_id,
                division=division,
                minute=minute,
                minute_limit=DEFAULT_MINUTE_LIMIT,
                day=day,
                day_limit=DEFAULT_DAY_LIMIT,
            ),
            log_exceptions=False,
        )
        within_minute, within_day = self.env.cr.fetchone()
        if not within_day:
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            raise WaitUntil(_aware(midnight + timedelta(days=1)), "day")
        if not within_minute:
            raise WaitUntil(_aware(minute + timedelta(minutes=1)), "minute")

    @api.model
    def _learn(self, connection_id, division, rate):
        """Take over the limits of an answer: Exact also counts what others spend."""
        budget = self._of(connection_id, division)
        values = {}
        if _is_of_window(rate.minute_reset, budget.minute):
            values |= _spent("minute", rate.minute_limit, rate.minute_remaining, budget)
        if _is_of_window(rate.day_reset, fields.Datetime.to_datetime(budget.day)):
            values |= _spent("day", rate.day_limit, rate.day_remaining, budget)
        if any(budget[name] != value for name, value in values.items()):
            budget.write(values)

    @api.model
    def _of(self, connection_id, division):
        return self.sudo().search(
            [("connection_id", "=", connection_id), ("division", "=", division)]
        )

    @api.model
    def _pause(self, division, until, is_limit):
        """Let all workers leave the administration alone until then (a naive UTC moment)."""
        budget = self._of(division.connection_id.id, division.code)
        if not budget:
            now = fields.Datetime.now()
            budget = self.sudo().create(
                {
                    "connection_id": division.connection_id.id,
                    "division": division.code,
                    "minute": now,
                    "minute_used": 0,
                    "minute_limit": DEFAULT_MINUTE_LIMIT,
                    "day": now.date(),
                    "day_used": 0,
                    "day_limit": DEFAULT_DAY_LIMIT,
                }
            )
        budget.write({"paused_until": until, "is_limit": is_limit})

    @api.model
    def _end_pauses(self, divisions):
        """A person wants it now: only a limit of Exact is worth waiting for."""
        for division in divisions:
            budget = self._of(division.connection_id.id, division.code)
            if budget.paused_until and not budget.is_limit:
                budget.paused_until = False

    def _remaining(self):
        """Calls left ``(this minute, today)``; all of them where none was made yet."""
        if not self:
            return DEFAULT_MINUTE_LIMIT, DEFAULT_DAY_LIMIT
        now = fields.Datetime.now()
        minute = now.replace(second=0, microsecond=0)
        minute_used = self.minute_used if self.minute == minute else 0
        day_used = self.day_used if self.day == now.date() else 0
        return max(self.minute_limit - minute_used, 0), max(self.day_limit - day_used, 0)


def _spent(window, limit, remaining, budget):
    """Values of one window's fields after an answer; a 429 carries one window only."""
    values = {}
    if limit is not None:
        values[f"{window}_limit"] = limit
    if remaining is not None:
        of = limit if limit is not None else budget[f"{window}_limit"]
        values[f"{window}_used"] = max(budget[f"{window}_used"], of - remaining)
    return values


def _is_of_window(reset, begin):
    """Whether an answer's window, which ends at ``reset``, is the one that began at ``begin``
    or a later one; an answer of an older one says nothing of it.
    """
    return reset is None or reset.replace(tzinfo=None) > begin


def _aware(moment):
    return moment.replace(tzinfo=timezone.utc)
