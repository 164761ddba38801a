# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The simulator's clock: real time plus an offset that tests may move."""

from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1)


def real_time():
    """The real time as naive UTC."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def milliseconds(moment):
    """A naive UTC datetime as milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(value):
    """Milliseconds since 1970 as a naive UTC datetime."""
    return EPOCH + timedelta(milliseconds=value)


def midnight(moment):
    """The pure date of a moment, as UTC midnight (facts.md 3.2)."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def dutch_wall_clock(moment):
    """Dutch local time as if it were UTC: what Created and Modified hold (facts.md 3.2)."""
    start, end = (_last_sunday(moment.year, month) + timedelta(hours=1) for month in (3, 10))
    hours = 2 if start <= moment < end else 1
    return moment + timedelta(hours=hours)


def _last_sunday(year, month):
    """The last Sunday of a month of 31 days."""
    last = datetime(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def parse_moment(text):
    """An ISO 8601 text (with Z, an offset or neither) as naive UTC; ValueError when it is none."""
    moment = datetime.fromisoformat(_python_310_form(text.strip()))
    if moment.tzinfo is not None:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment


def _python_310_form(text):
    """Python 3.10 knows neither a trailing Z nor fractions of other lengths than 3 and 6."""
    if text.endswith(("Z", "z")):
        text = text[:-1] + "+00:00"
    head, dot, tail = text.partition(".")
    if not dot:
        return text
    digits = len(tail) - len(tail.lstrip("0123456789"))
    return f"{head}.{tail[:digits][:6].ljust(6, '0')}{tail[digits:]}"
