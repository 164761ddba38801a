# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Exact's JSON: exact amounts, the three shapes of a reply, the texts of a refusal."""

import json
from decimal import Decimal


class Unreadable(ValueError):
    """An answer that is not what Exact documents: a web page, cut-off JSON, another shape."""


# --- reading ----------------------------------------------------------------------------------


def parse(answer):
    """The JSON of an answer, with Decimals for numbers that have a fraction or an exponent."""
    kind = answer.headers.get("Content-Type", "").lower()
    if "html" in kind or "xml" in kind:
        raise Unreadable(f"Exact Online answered {kind.split(';')[0]} instead of JSON.")
    try:
        return json.loads(
            answer.body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_number
        )
    except (ValueError, ArithmeticError, RecursionError):
        raise Unreadable("Exact Online's answer is not readable JSON.") from None


def _no_number(name):
    raise ValueError(f"{name} is not a number in JSON")


def page(answer):
    """(records, address of the next page or None) of any of the three shapes (facts.md §3.1):
    {"d": {"results": [...], "__next": ...}}, {"d": [...]} and {"d": {...}}."""
    found, following = _content(answer), None
    if isinstance(found, dict) and "results" in found:
        found, following = found["results"], found.get("__next")
    elif isinstance(found, dict):
        found = [found]
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise Unreadable("Exact Online's answer is not a list of records.")
    if not isinstance(following, (str, type(None))):
        raise Unreadable("Exact Online's answer names no readable next page.")
    return found, following


def first(answer):
    """The first record of a reply, None when it holds no record."""
    records, _following = page(answer)
    return records[0] if records else None


def stored(answer):
    """The record that a POST answers; empty when Exact answered 204 without a word."""
    if answer.status == 204:
        return {}
    record = first(answer)
    if record is None:
        raise Unreadable("Exact Online's answer to a new record holds no record.")
    return record


def nothing(answer):
    """Accept the answer to a PUT or DELETE: no content, or JSON."""
    if answer.body.strip():
        parse(answer)


def number(answer):
    """The whole number that `$count` answers as plain text."""
    digits = answer.text.strip()
    if not digits.isascii() or not digits.isdigit():
        raise Unreadable("Exact Online's answer to a count is not a number.")
    return int(digits)


def file_content(answer):
    """The bytes of a file, never empty. A web page is refused unless it is itself the file:
    without a valid token Exact may answer its login page as a success (facts.md §3.5)."""
    kind = answer.headers.get("Content-Type", "").lower()
    disposition = answer.headers.get("Content-Disposition", "").lower()
    if "html" in kind and not disposition.startswith("attachment"):
        raise Unreadable("Exact Online answered a web page instead of the file.")
    if not answer.body:
        raise Unreadable("Exact Online answered an empty file.")
    return answer.body


def _content(answer):
    body = parse(answer)
    if not isinstance(body, dict) or "d" not in body:
        raise Unreadable('Exact Online\'s answer lacks "d".')
    return body["d"]


def error_text(answer):
    """Exact's own words of a refusal, "" when the answer holds none (facts.md §3.5)."""
    try:
        error = parse(answer)["error"]
        message = error["message"]
    except (Unreadable, KeyError, TypeError):
        return ""
    value = message.get("value") if isinstance(message, dict) else message
    return value.strip() if isinstance(value, str) else ""


# --- writing ----------------------------------------------------------------------------------


def encode(value):
    """JSON text of a body. A Decimal is written digit for digit; a float is refused, since it
    may no longer be the amount that was meant."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_key(key)}:{encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(encode, value)) + "]"
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if value is None or isinstance(value, (bool, int, str)):
        return json.dumps(value)
    raise ValueError(
        f"{value!r} ({type(value).__name__}) cannot be sent: give amounts as Decimal, dates as"
        " text of to_exact_date, GUIDs as text."
    )


def _key(key):
    if not isinstance(key, str):
        raise ValueError(f"{key!r} cannot be the name of a property.")
    return json.dumps(key)
