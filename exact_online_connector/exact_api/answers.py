# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an answer of the REST API means (facts.md §2 and §3.5)."""

from urllib.parse import unquote

from .errors import (
    NotFound,
    NotPermitted,
    Rejected,
    TemporarilyUnavailable,
    TokenRefused,
    WaitUntil,
    trouble,
)
from .limits import HOUR, RateLimits, wait_after_429
from .wire import error_text

SUCCESS = (200, 201, 204)
# Exact reports real faults in the same shape as refused data; only their words differ.
_FAULTS = (
    "a problem has occurred",
    "object reference not set",
    "server unavailable",
    "error while sending a direct message",
)


def refusal(answer, *, write, now):
    """The ExactError that an answer stands for, None for a success."""
    status = answer.status
    if status in SUCCESS:
        return None
    text = error_text(answer)
    if status == 401:
        return TokenRefused(text or _challenge(answer), status=status)
    if status == 403:
        return _forbidden(answer, text, now)
    if status == 404:
        return NotFound(text, status=status)
    if status == 429:
        return _too_many(answer, text, now)
    if status == 407 or (status == 503 and not write):
        return TemporarilyUnavailable(
            text or f"Exact Online is not available (HTTP {status}).", status=status
        )
    if status == 500 and text and not _is_fault(text):
        return Rejected(text, status=status)
    if 400 <= status < 500 and status != 408:
        return Rejected(text or _unexplained(status), malformed=True, status=status)
    return trouble(text or _unexplained(status), write=write, status=status)


# Neither status nor words of the block after too many errors are established (facts.md §2): both
# functions below know the one text that was seen.


def _too_many(answer, text, now):
    rate = RateLimits.from_headers(answer.headers)
    if rate is None and "many errors" in text.lower():
        return WaitUntil(now + HOUR, "velocity", text, status=answer.status)
    return wait_after_429(rate, now)


def _forbidden(answer, text, now):
    reason = answer.headers.get("Reason", "").strip()
    words = f"{reason} {text}".lower()
    if "rate limit" in words:
        return WaitUntil(now + HOUR, "velocity", text, status=answer.status)
    if not reason and "application scope" in words:
        reason = "scope"
    message = text or (reason and f"Exact Online does not permit this call: {reason}.")
    return NotPermitted(message, reason=reason, status=answer.status)


def _challenge(answer):
    """What the header WWW-Authenticate says of a refused token, URL-decoded."""
    return unquote(answer.headers.get("WWW-Authenticate", ""))[:300]


def _is_fault(text):
    return any(fault in text.lower() for fault in _FAULTS)


def _unexplained(status):
    return f"Exact Online answered HTTP {status} without a readable reason."
