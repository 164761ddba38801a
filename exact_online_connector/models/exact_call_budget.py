# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import SQL

from ..exact_api import WaitUntil
from ..exact_api.limits import CALLS_A_DAY, CALLS_A_MINUTE

# Until Exact's headers say otherwise. facts.md §2
# One call in so many of a minute and of a day is kept for what people do by hand.
RESERVE = {"minute": 12, "day": 50}


class Reserved(WaitUntil):
    """What is left is kept for people, who may go on."""


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
    minute_others = fields.Integer(
        default=0, required=True, help="Calls that Exact counted in it and that are not ours."
    )
    minute_limit = fields.Integer(required=True)
    day = fields.Date(required=True)
    day_used = fields.Integer(required=True)
    day_others = fields.Integer(default=0, required=True)
    day_limit = fields.Integer(required=True)

    paused_until = fields.Datetime(
        help="Nothing is sent before: a limit was reached, or Exact cannot be reached."
    )
    is_limit = fields.Boolean(help="Whether the pause is due to a limit of Exact.")
    is_reserve = fields.Boolean(
        help="Whether calls are left, which are kept for what people do by hand."
    )

    _division_uniq = models.Constraint(
        "UNIQUE(connection_id, division)", "An administration has one budget per connection."
    )

    @api.model
    def _take(self, connection_id, division, by_hand=True):
        """Count one call.

        :param by_hand: whether a person waits for it; what nobody waits for leaves some calls
        :return: ``{window: (its begin, the number of this call in it)}`` for :meth:`_learn`
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
                    (connection_id, division, minute, minute_used, minute_others, minute_limit,
                     day, day_used, day_others, day_limit)
                VALUES (%(connection)s, %(division)s, %(minute)s, 1, 0, %(minute_limit)s,
                        %(day)s, 1, 0, %(day_limit)s)
                ON CONFLICT (connection_id, division) DO UPDATE SET
                    minute = excluded.minute,
                    minute_used = 1 + CASE WHEN budget.minute = excluded.minute
                                           THEN budget.minute_used ELSE 0 END,
                    minute_others = CASE WHEN budget.minute = excluded.minute
                                         THEN budget.minute_others ELSE 0 END,
                    day = excluded.day,
                    day_used = 1 + CASE WHEN budget.day = excluded.day
                                        THEN budget.day_used ELSE 0 END,
                    day_others = CASE WHEN budget.day = excluded.day
                                      THEN budget.day_others ELSE 0 END
                RETURNING minute_used, minute_limit - minute_used - minute_others, minute_limit,
                          day_used, day_limit - day_used - day_others, day_limit
                """,
                connection=connection_id,
                division=division,
                minute=minute,
                minute_limit=CALLS_A_MINUTE,
                day=day,
                day_limit=CALLS_A_DAY,
            ),
            log_exceptions=False,
        )
        of_minute, left_of_minute, a_minute, of_day, left_of_day, a_day = self.env.cr.fetchone()
        midnight = fields.Datetime.to_datetime(day)
        _check_left("day", left_of_day, a_day, midnight + timedelta(days=1), by_hand)
        _check_left("minute", left_of_minute, a_minute, minute + timedelta(minutes=1), by_hand)
        return {"minute": (minute, of_minute), "day": (midnight, of_day)}

    @api.model
    def _learn(self, connection_id, division, rate, taken):
        """Take over the limits of an answer.

        Exact counts also what others spend, and in the next minute what was sent over its turn.
        Calls of ours that are under way are in our number and not in Exact's yet: what counts is
        how far Exact's is ahead of the number of the call that it answers.

        :param taken: what :meth:`_take` returned for that call
        """
        budget = self._of(connection_id, division)
        values = {**budget._after("minute", rate, taken), **budget._after("day", rate, taken)}
        if any(budget[name] != value for name, value in values.items()):
            budget.write(values)

    def _after(self, window, rate, taken):
        """Values of a window's fields after an answer; a 429 carries one window only, and an
        answer of an older window says nothing of this one.
        """
        limit, remaining, reset = (
            getattr(rate, f"{window}_{name}") for name in ("limit", "remaining", "reset")
        )
        begin = fields.Datetime.to_datetime(self[window])
        if reset and reset.replace(tzinfo=None) <= begin:
            return {}
        values = {} if limit is None else {f"{window}_limit": limit}
        if remaining is None:
            return values
        taken_in, number = taken[window]
        own = number if taken_in == begin else self[f"{window}_used"]
        seen = (self[f"{window}_limit"] if limit is None else limit) - remaining
        return {**values, f"{window}_others": max(self[f"{window}_others"], seen - own)}

    @api.model
    def _of(self, connection_id, division):
        return self.sudo().search(
            [("connection_id", "=", connection_id), ("division", "=", division)]
        )

    @api.model
    def _by_division(self, divisions):
        """``{division: budget}``, without one where no call was made yet. One read."""
        budgets = self.sudo().search([("connection_id", "in", divisions.connection_id.ids)])
        known = budgets.grouped(lambda budget: (budget.connection_id, budget.division))
        return {
            division: known.get((division.connection_id, division.code), self.browse())
            for division in divisions
        }

    @api.model
    def _pause(self, division, until, is_limit, is_reserve=False):
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
                    "minute_limit": CALLS_A_MINUTE,
                    "day": now.date(),
                    "day_used": 0,
                    "day_limit": CALLS_A_DAY,
                }
            )
        budget.write({"paused_until": until, "is_limit": is_limit, "is_reserve": is_reserve})

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
            return CALLS_A_MINUTE, CALLS_A_DAY
        now = fields.Datetime.now()
        minute = now.replace(second=0, microsecond=0)
        minute_used = self.minute_used + self.minute_others if self.minute == minute else 0
        day_used = self.day_used + self.day_others if self.day == now.date() else 0
        return max(self.minute_limit - minute_used, 0), max(self.day_limit - day_used, 0)

    def _overview(self):
        """Calls that are left, of how many."""
        minute, day = self._remaining()
        return {
            "minute": minute,
            "minute_limit": self.minute_limit or CALLS_A_MINUTE,
            "day": day,
            "day_limit": self.day_limit or CALLS_A_DAY,
        }


def _check_left(window, left, limit, end, by_hand):
    """:raises WaitUntil: until the window's end, with what is left after the call below nothing,
    or below what is kept for people
    """
    if left < 0:
        raise WaitUntil(_aware(end), window)
    if not by_hand and left < limit // RESERVE[window]:
        raise Reserved(_aware(end), window)


def _aware(moment):
    return moment.replace(tzinfo=timezone.utc)
