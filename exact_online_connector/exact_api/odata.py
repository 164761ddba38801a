# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""OData as Exact Online speaks it: literals, comparisons, dates, padded codes and amounts.

Literals and comparisons are plain text, not URL-encoded: the client encodes the query as a whole.
"""

import re
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import islice

ACCOUNT_CODE_WIDTH = 18
LONGEST_CHAIN = 40  # comparisons of an `or` chain that are known to work (facts.md §3.3)
BULK_PAGE = 1000  # records on a page of bulk/... and sync/... (facts.md §3.3)
_EXACT_DATE = re.compile(r"/Date\((-?[0-9]{1,17})\)/")
_EPOCH = datetime(1970, 1, 1)


# --- literals ---------------------------------------------------------------------------------


def text(value):
    """Literal of a str: a quote inside is doubled, nothing else changes (facts.md §3.3)."""
    if not isinstance(value, str):
        raise ValueError(f"A text literal needs a str, not {value!r}.")
    return "'" + value.replace("'", "''") + "'"


def guid(value):
    """Literal of a GUID given as uuid.UUID or str, with or without braces, in any case."""
    return f"guid'{guid_text(value)}'"


def guid_text(value):
    """A GUID as Exact writes it: lower case, dashes, no braces (facts.md §3.2)."""
    try:
        return str(value if isinstance(value, uuid.UUID) else uuid.UUID(value))
    except (ValueError, AttributeError, TypeError):
        raise ValueError(f"{value!r} is not a GUID.") from None


def datetime_(value):
    """Literal of a date or a naive datetime.

    Exact compares with Created and Modified in Dutch wall-clock time (facts.md §3.2), so a moment
    with a time zone is refused: convert it first.
    """
    if not isinstance(value, date):
        raise ValueError(f"A datetime literal needs a date or a datetime, not {value!r}.")
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if value.tzinfo is not None:
        raise ValueError(
            "Exact reads moments as Dutch wall-clock time: give one without a time zone."
        )
    return f"datetime'{value.isoformat()}'"


def int64(value):
    """Literal of a 64-bit integer, such as a Timestamp."""
    return f"{_integer(value, 63)}L"


def int32(value):
    """Literal of a 32-bit integer, such as an EntryNumber."""
    return str(_integer(value, 31))


def boolean(value):
    """Literal of a bool."""
    if not isinstance(value, bool):
        raise ValueError(f"A boolean literal needs True or False, not {value!r}.")
    return "true" if value else "false"


def _integer(value, bits):
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**bits) <= value < 2**bits:
        raise ValueError(f"{value!r} is not a whole number of {bits + 1} bits.")
    return value


# --- comparisons ------------------------------------------------------------------------------


def eq(field, literal):
    """`field eq literal`; field may be a function such as `trim(Code)`."""
    return f"{field} eq {literal}"


def any_of(field, literals):
    """An `or` chain; keep it to 20 to 40 literals a call (facts.md §3.3, see `chunks`)."""
    comparisons = [eq(field, literal) for literal in literals]
    if not comparisons:
        raise ValueError(f"{field} is compared with nothing: there is nothing to ask Exact.")
    chain = " or ".join(comparisons)
    return f"({chain})" if len(comparisons) > 1 else chain


def both(*filters):
    """All of these filters, each one made by the functions of this module."""
    if not filters or not all(filters):
        raise ValueError("A filter is missing: leaving it out would ask for more than was meant.")
    return " and ".join(filters)


def chunks(iterable, size):
    """Lists of at most `size` items, in order."""
    if size < 1:
        raise ValueError("A chunk holds at least one item.")
    iterator = iter(iterable)
    while chunk := list(islice(iterator, size)):
        yield chunk


# --- dates ------------------------------------------------------------------------------------


def from_exact_date(value):
    """The date of a pure date field (EntryDate, DueDate, ...): UTC midnight; None stays None."""
    moment = from_exact_datetime(value)
    return moment and moment.date()


def from_exact_datetime(value):
    """The naive datetime of `/Date(ms)/`; None stays None.

    Created and Modified are Dutch wall-clock time written as if it were UTC (facts.md §3.2), hence
    no time zone. The computer's own time zone plays no part.
    """
    if value is None:
        return None
    match = _EXACT_DATE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError(f"{value!r} is not a date as Exact writes it, /Date(milliseconds)/.")
    try:
        return _EPOCH + timedelta(milliseconds=int(match[1]))
    except OverflowError:
        raise ValueError(f"{value!r} lies outside the years 1 to 9999.") from None


def to_exact_date(value):
    """A date as Exact takes it, `2024-05-30`. A datetime is refused: its day depends on a zone."""
    if not isinstance(value, date) or isinstance(value, datetime):
        raise ValueError(f"Exact needs a date here, not {value!r}.")
    return value.isoformat()


# --- codes and amounts ------------------------------------------------------------------------


def pad_account_code(code):
    """An account's code as Exact stores it: digits, right-aligned in 18 characters."""
    digits = str(code).strip()
    if not re.fullmatch(rf"[0-9]{{1,{ACCOUNT_CODE_WIDTH}}}", digits):
        raise ValueError(
            f"{code!r} is not an account code: Exact takes 1 to {ACCOUNT_CODE_WIDTH} digits."
        )
    return digits.rjust(ACCOUNT_CODE_WIDTH)


def strip_code(value):
    """A code without Exact's padding (accounts lead with spaces, VAT codes end with them)."""
    return (value or "").strip()


def parse_amount(value):
    """Decimal of an amount as the client returns it: Decimal, int or numeric text.

    Refuses floats, which are no longer exact, and None, which is not zero.
    """
    if isinstance(value, (Decimal, int, str)) and not isinstance(value, bool):
        try:
            amount = Decimal(value)
        except InvalidOperation:
            raise ValueError(f"{value!r} is not an amount.") from None
        if amount.is_finite():
            return amount
    raise ValueError(f"{value!r} is not an amount: a Decimal, a whole number or numeric text is.")
