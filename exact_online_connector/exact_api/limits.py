# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Exact's budgets: calls a minute and a day, errors an hour (facts.md §2), and the log of calls.

The client asks a `Limits` before each call and tells it the result. Processes that share an app
need a shared implementation; `MemoryLimits` serves a single process.
"""

import re
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from threading import Lock
from typing import Protocol

from requests.structures import CaseInsensitiveDict

from .errors import WaitUntil

CALLS_A_MINUTE = 60
CALLS_A_DAY = 5000
ERRORS_AN_HOUR = 10
COUNTED_ERRORS = (400, 401, 403, 404)
HOUR = timedelta(hours=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class RateLimits:
    """What an answer said about both budgets; None where it said nothing. Resets are aware UTC."""

    minute_limit: int | None = None
    minute_remaining: int | None = None
    minute_reset: datetime | None = None
    day_limit: int | None = None
    day_remaining: int | None = None
    day_reset: datetime | None = None

    @classmethod
    def from_headers(cls, headers):
        """The RateLimits of an answer's headers, None when it has none of the six."""
        headers = CaseInsensitiveDict(headers)
        limits = cls(
            minute_limit=_whole(headers.get("X-RateLimit-Minutely-Limit")),
            minute_remaining=_whole(headers.get("X-RateLimit-Minutely-Remaining")),
            minute_reset=_moment(headers.get("X-RateLimit-Minutely-Reset")),
            day_limit=_whole(headers.get("X-RateLimit-Limit")),
            day_remaining=_whole(headers.get("X-RateLimit-Remaining")),
            day_reset=_moment(headers.get("X-RateLimit-Reset")),
        )
        return None if limits == cls() else limits


@dataclass(frozen=True)
class Call:
    """One request and how it ended, without any secret. Fit for a log.

    resource: as the caller named it; path and query: as sent (the query URL-encoded)
    status: None when no answer came; duration: seconds
    error: name of the error class, "" on success; message: its words
    request: the body, attachments replaced by "<n bytes>"
    answer: beginning of the body of a refusal, or of what a write was answered
    """

    method: str
    resource: str
    division: int | None
    path: str
    query: str
    status: int | None
    started_at: datetime
    duration: float
    rate: RateLimits | None = None
    error: str = ""
    message: str = ""
    request: dict | None = None
    answer: str = ""


class Limits(Protocol):
    """What the client needs to know of budgets."""

    def claim(self, division, method, resource):
        """Take one call out of the budget. Raises WaitUntil when it may not be sent now."""

    def record(self, call):
        """Learn how a claimed call ended, whatever its end."""


class MemoryLimits:
    """Budgets of one process, per division: 60 calls a minute and 5000 a day until Exact's headers
    say otherwise, and fewer than 10 errors an hour per resource: the tenth is not risked.

    now: callable that returns the present as an aware datetime
    """

    def __init__(self, *, now=lambda: datetime.now(timezone.utc)):
        self._now = now
        self._lock = Lock()
        self._minutes = defaultdict(lambda: _Window(CALLS_A_MINUTE, next_minute))
        self._days = defaultdict(lambda: _Window(CALLS_A_DAY, next_day))
        self._errors = defaultdict(lambda: deque(maxlen=ERRORS_AN_HOUR - 1))

    def claim(self, division, method, resource):
        """See Limits.claim."""
        with self._lock:
            now = self._now()
            minute, day = self._minutes[division], self._days[division]
            errors = self._errors[division, resource]
            if len(errors) == errors.maxlen and now < errors[0] + HOUR:
                raise WaitUntil(errors[0] + HOUR, "velocity")
            day.check(now, "day")
            minute.check(now, "minute")
            day.remaining -= 1
            minute.remaining -= 1

    def record(self, call):
        """See Limits.record."""
        with self._lock:
            now, rate = self._now(), call.rate or RateLimits()
            minute, day = self._minutes[call.division], self._days[call.division]
            minute.learn(rate.minute_limit, rate.minute_remaining, rate.minute_reset, now)
            day.learn(rate.day_limit, rate.day_remaining, rate.day_reset, now)
            if call.status == 429:
                wait = wait_after_429(call.rate, now)
                {"minute": minute, "day": day}.get(wait.reason, minute).exhaust(wait.at)
            if call.status in COUNTED_ERRORS:
                self._errors[call.division, call.resource].append(now)


class _Window:
    """The calls left until a moment, after which there are `limit` again."""

    def __init__(self, limit, following):
        self.limit = self.remaining = limit
        self.reset = None
        self._following = following

    def check(self, now, reason):
        """Open the next window when this one is over. Raises WaitUntil when it is used up."""
        if self.reset is None or now >= self.reset:
            self.remaining, self.reset = self.limit, self._following(now)
        if self.remaining <= 0:
            raise WaitUntil(self.reset, reason)

    def learn(self, limit, remaining, reset, now):
        """Follow what an answer said, but count the calls under way: within one window Exact may
        only lower what remains. An answer about a window that is over says nothing."""
        if limit is not None:
            self.remaining += limit - self.limit
            self.limit = limit
        if remaining is None:
            return
        if reset in (None, self.reset):
            self.remaining = min(self.remaining, remaining)
        elif reset > now:
            self.remaining, self.reset = remaining, reset

    def exhaust(self, until):
        """No call before this moment."""
        self.remaining, self.reset = 0, until


def wait_after_429(rate, now):
    """The WaitUntil that an answer 429 with these RateLimits (or None) stands for.

    Exact sends the headers of the exhausted window only; older reports have none at all, then the
    next full minute is worth a try (facts.md §2). When both windows have calls left it can only be
    the block after too many errors, which lasts an hour.
    """
    rate = rate or RateLimits()
    if rate.minute_remaining and rate.day_remaining:
        return WaitUntil(now + HOUR, "velocity", status=429)
    if rate.day_reset and not rate.day_remaining:
        return WaitUntil(_later(rate.day_reset, now), "day", status=429)
    return WaitUntil(_later(rate.minute_reset, now), "minute", status=429)


def _later(reset, now):
    # A reset in the past means that the clocks differ: without a wait we would only hammer.
    return reset if reset and reset > now else next_minute(now)


def next_minute(now):
    """The next full minute; Exact's minute window follows the clock (facts.md §2)."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=1)


def next_day(now):
    """The next midnight UTC, when Exact's day window starts anew (facts.md §2)."""
    midnight = now.astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=1)


def _whole(value):
    return int(value) if value and re.fullmatch(r" *[0-9]{1,18} *", value) else None


def _moment(value):
    milliseconds = _whole(value)
    if milliseconds is None:
        return None
    try:
        return _EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None
