# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Rate limits and error velocity (facts.md 2).

Two windows are counted per app and division: the whole clock minute and the UTC day. More than ten
errors of an app on one endpoint of one division within an hour block that endpoint for an hour,
twice as long at each repetition.
"""

from dataclasses import dataclass

from .clock import milliseconds

MINUTE, DAY, HOUR = 60_000, 86_400_000, 3_600_000
DOCUMENTED = {"minute": 60, "day": 5000}
UNENFORCED = 1_000_000
COUNTED_ERRORS = (400, 401, 403, 404)
ALLOWED_ERRORS = 10


@dataclass(frozen=True)
class Window:
    """One span with its limit, calls left and end (ms since 1970)."""

    span: str
    limit: int
    remaining: int
    reset: int

    @property
    def headers(self):
        family = "X-RateLimit-Minutely-" if self.span == "minute" else "X-RateLimit-"
        return {
            f"{family}Limit": str(self.limit),
            f"{family}Remaining": str(self.remaining),
            f"{family}Reset": str(self.reset),
        }


def unenforced(now):
    """The headers while limits are off: very large numbers."""
    at = milliseconds(now)
    windows = [
        Window(span, UNENFORCED, UNENFORCED - 1, at - at % length + length)
        for span, length in (("day", DAY), ("minute", MINUTE))
    ]
    return windows[0].headers | windows[1].headers


def count_call(connection, now, client, division, limits):
    """Count one call: (headers, None), or (headers, the exhausted Window) and nothing counted."""
    at = milliseconds(now)
    windows = {}
    for span, length in (("day", DAY), ("minute", MINUTE)):
        start = at - at % length
        row = connection.execute(
            "SELECT start, calls FROM usage WHERE client = ? AND division = ? AND span = ?",
            (client, division, span),
        ).fetchone()
        calls = row[1] if row and row[0] == start else 0
        if calls >= limits[span]:
            exhausted = Window(span, limits[span], 0, start + length)
            return exhausted.headers, exhausted
        windows[span] = (start, calls + 1, length)
    headers = {}
    for span, (start, calls, length) in windows.items():
        connection.execute(
            "INSERT INTO usage (client, division, span, start, calls) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (client, division, span)"
            " DO UPDATE SET start = excluded.start, calls = excluded.calls",
            (client, division, span, start, calls),
        )
        left = limits[span] - calls
        headers |= Window(span, limits[span], left, start + length).headers
    return headers, None


def blocked_until(connection, now, client, division, endpoint):
    """The moment (ms) until which an endpoint is blocked, or None."""
    row = connection.execute(
        "SELECT until FROM block WHERE client = ? AND division = ? AND endpoint = ?",
        (client, division, endpoint),
    ).fetchone()
    return row[0] if row and row[0] > milliseconds(now) else None


def count_error(connection, now, client, division, endpoint):
    """Count one error answer and block the endpoint at the eleventh within an hour."""
    at = milliseconds(now)
    key = (client, division, endpoint)
    connection.execute("INSERT INTO failure VALUES (?, ?, ?, ?)", (*key, at))
    (errors,) = connection.execute(
        "SELECT COUNT(*) FROM failure WHERE client = ? AND division = ? AND endpoint = ?"
        " AND at > ?", (*key, at - HOUR),
    ).fetchone()
    if errors <= ALLOWED_ERRORS:
        return
    row = connection.execute(
        "SELECT times FROM block WHERE client = ? AND division = ? AND endpoint = ?", key
    ).fetchone()
    times = row[0] if row else 0
    connection.execute(
        "INSERT INTO block VALUES (?, ?, ?, ?, ?) ON CONFLICT (client, division, endpoint)"
        " DO UPDATE SET until = excluded.until, times = excluded.times",
        (*key, at + HOUR * 2**times, times + 1),
    )
    connection.execute(
        "DELETE FROM failure WHERE client = ? AND division = ? AND endpoint = ?", key
    )
