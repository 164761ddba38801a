# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Literals, filters, dates, codes and amounts, each held against an independent reading of it."""

import os
import re
import time
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from urllib.parse import parse_qs

import pytest
from exact_api import odata, request
from hypothesis import given
from hypothesis import strategies as st

EPOCH = datetime(1970, 1, 1)


# --- an independent reader of filters ---------------------------------------------------------


TOKEN = re.compile(
    r"\s*(?:(?P<guid>guid'[0-9a-f-]{36}')|(?P<moment>datetime'[^']*')|(?P<text>'(?:[^']|'')*')"
    r"|(?P<int64>-?\d+L)|(?P<int32>-?\d+)|(?P<bool>true|false)\b"
    r"|(?P<word>[A-Za-z]+(?:\([A-Za-z]+\))?)|(?P<bracket>[()]))",
    re.DOTALL,
)
READERS = {
    "guid": lambda source: uuid.UUID(source[5:-1]),
    "moment": lambda source: datetime.fromisoformat(source[9:-1]),
    "text": lambda source: source[1:-1].replace("''", "'"),
    "int64": lambda source: int(source[:-1]),
    "int32": int,
    "bool": {"true": True, "false": False}.__getitem__,
}


def tokens(source):
    position, found = 0, []
    while position < len(source):
        match = TOKEN.match(source, position)
        assert match, f"no token at {source[position:]!r}"
        found.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return found


def literal(source):
    ((kind, found),) = tokens(source)
    return READERS[kind](found)


def tree(source):
    """Nested ("or"|"and", ...) and (field, value) tuples of a filter."""
    parts = tokens(source)

    def chain(word, operand):
        operands = [operand()]
        while parts and parts[0] == ("word", word):
            parts.pop(0)
            operands.append(operand())
        return operands[0] if len(operands) == 1 else (word, *operands)

    def comparison():
        if parts[0] == ("bracket", "("):
            parts.pop(0)
            inner = disjunction()
            assert parts.pop(0) == ("bracket", ")")
            return inner
        (_, field), operator, (kind, found) = parts.pop(0), parts.pop(0), parts.pop(0)
        assert operator == ("word", "eq")
        return field, READERS[kind](found)

    def disjunction():
        return chain("or", lambda: chain("and", comparison))

    result = disjunction()
    assert not parts
    return result


# --- literals -----------------------------------------------------------------------------------


@given(st.text())
def test_a_text_comes_back_whatever_it_holds(value):
    assert literal(odata.text(value)) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_filter_survives_the_address(value):
    url = request.resource_url(
        "https://start.exactonline.nl",
        123,
        "crm/Accounts",
        options={"$filter": odata.eq("Name", odata.text(value))},
    )
    assert url.isascii()
    query = url.partition("?")[2]
    asked = parse_qs(query, keep_blank_values=True)
    assert tree(asked.pop("$filter")[0]) == ("Name", value)
    assert asked == {}


@given(st.uuids())
def test_a_guid_in_any_form(value):
    for form in (value, str(value), str(value).upper(), f"{{{value}}}", value.hex):
        assert odata.guid(form) == f"guid'{value}'"
        assert odata.guid_text(form) == str(value)


@given(st.datetimes())
def test_a_moment_comes_back(value):
    assert literal(odata.datetime_(value)) == value


@given(st.dates())
def test_a_date_is_a_moment_at_midnight(value):
    assert literal(odata.datetime_(value)) == datetime(value.year, value.month, value.day)


@given(st.integers(-(2**63), 2**63 - 1))
def test_a_long_number_comes_back(value):
    assert literal(odata.int64(value)) == value
    assert odata.int64(value).endswith("L")


@given(st.integers(-(2**31), 2**31 - 1))
def test_a_number_comes_back(value):
    assert literal(odata.int32(value)) == value


def test_truth_values():
    assert (odata.boolean(True), odata.boolean(False)) == ("true", "false")


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (odata.text, None),
        (odata.text, 5),
        (odata.guid, "not-a-guid"),
        (odata.guid, ""),
        (odata.guid, None),
        (odata.guid, 5),
        (odata.datetime_, "2024-05-30"),
        (odata.datetime_, datetime(2024, 5, 30, tzinfo=timezone.utc)),
        (odata.int64, 2**63),
        (odata.int64, True),
        (odata.int64, "5"),
        (odata.int32, 2**31),
        (odata.boolean, 1),
        (odata.boolean, None),
        (odata.to_exact_date, datetime(2024, 5, 30)),
        (odata.to_exact_date, "2024-05-30"),
        (odata.to_exact_date, None),
    ],
)
def test_what_is_no_such_value_is_refused(make, value):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        make(value)


# --- filters ------------------------------------------------------------------------------------


@given(
    st.lists(st.lists(st.text(max_size=5), min_size=1, max_size=5), min_size=1, max_size=4),
    st.integers(0, 9),
)
def test_alternatives_and_conditions_keep_their_meaning(alternatives, number):
    filters = [odata.any_of("A", map(odata.text, texts)) for texts in alternatives]
    filters.append(odata.eq("trim(B)", odata.int32(number)))

    expected = [
        ("or", *(("A", text) for text in texts)) if len(texts) > 1 else ("A", texts[0])
        for texts in alternatives
    ]
    assert tree(odata.both(*filters)) == ("and", *expected, ("trim(B)", number))
    assert tree(odata.both(odata.both(*filters))) == ("and", *expected, ("trim(B)", number))


def test_a_filter_that_would_ask_for_everything_is_refused():
    for make in (lambda: odata.any_of("ID", []), lambda: odata.both("A eq 1", None), odata.both):
        with pytest.raises(ValueError):
            make()


@given(st.lists(st.integers()), st.integers(1, 50))
def test_chunks_hold_everything_once_and_in_order(items, size):
    pieces = list(odata.chunks(iter(items), size))
    assert [item for piece in pieces for item in piece] == items
    assert all(len(piece) == size for piece in pieces[:-1])
    assert all(0 < len(piece) <= size for piece in pieces)


def test_chunks_of_nothing_are_refused():
    with pytest.raises(ValueError):
        list(odata.chunks([1], 0))


# --- dates --------------------------------------------------------------------------------------


@pytest.fixture(params=["Europe/Amsterdam", "America/New_York", "Pacific/Kiritimati", "UTC"])
def time_zone(request, monkeypatch):
    """The computer's own time zone, which must play no part."""
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


DAYS = [
    date(2024, 9, 9),
    date(2026, 3, 28),  # the days around both changes of the clock, in Europe and in America
    date(2026, 3, 29),
    date(2026, 3, 30),
    date(2026, 10, 24),
    date(2026, 10, 25),
    date(2026, 10, 26),
    date(2026, 3, 8),
    date(2026, 11, 1),
    date(2024, 2, 29),
    date(2025, 12, 31),
    date(1969, 12, 31),
    date(1, 1, 1),
    date(9999, 12, 31),
]


def as_exact(moment):
    return f"/Date({(moment - EPOCH) // timedelta(milliseconds=1)})/"


@pytest.mark.parametrize("day", DAYS)
def test_a_date_is_the_same_day_in_every_time_zone(time_zone, day):
    assert os.environ["TZ"] == time_zone
    midnight = datetime(day.year, day.month, day.day)
    assert odata.from_exact_date(as_exact(midnight)) == day
    assert odata.to_exact_date(day) == f"{day.year:04}-{day.month:02}-{day.day:02}"


def test_a_date_as_it_was_recorded():
    assert odata.from_exact_date("/Date(1725840000000)/") == date(2024, 9, 9)


@given(st.dates())
def test_every_date_comes_back(day):
    moment = as_exact(datetime(day.year, day.month, day.day))
    assert odata.from_exact_date(moment) == day
    assert date.fromisoformat(odata.to_exact_date(day)) == day


@given(st.datetimes())
def test_a_moment_is_read_to_the_millisecond_and_without_a_zone(moment):
    moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    assert odata.from_exact_datetime(as_exact(moment)) == moment
    assert odata.from_exact_datetime(as_exact(moment)).tzinfo is None


def test_no_date_is_no_date():
    assert odata.from_exact_date(None) is None
    assert odata.from_exact_datetime(None) is None


@pytest.mark.parametrize(
    "value",
    ["", "2024-05-30", "/Date()/", "/Date(1)/x", 5, "/Date(99999999999999999)/", "/Date(١)/"],
)
def test_what_is_no_date_is_refused(value):
    with pytest.raises(ValueError, match=r"\w+ \w+"):
        odata.from_exact_date(value)


# --- codes and amounts ----------------------------------------------------------------------------


@given(st.integers(0, 10**18 - 1))
def test_an_account_code_fills_eighteen_places_and_comes_back(code):
    padded = odata.pad_account_code(code)
    assert len(padded) == 18
    assert padded.endswith(str(code))
    assert padded == odata.pad_account_code(padded) == odata.pad_account_code(str(code))
    assert odata.strip_code(padded) == str(code)


def test_leading_zeros_belong_to_the_code():
    assert odata.strip_code(odata.pad_account_code("007")) == "007"


@pytest.mark.parametrize("code", ["", " ", "A1", "1-2", "1" * 19, None, -1, 1.5, "١"])
def test_what_is_no_account_code_is_refused(code):
    with pytest.raises(ValueError, match="is not an account code"):
        odata.pad_account_code(code)


def test_padding_is_taken_off_on_both_sides():
    stripped = [
        odata.strip_code(code) for code in ("VB ", "2  ", " " * 15 + "400", "FR ", "", None)
    ]
    assert stripped == ["VB", "2", "400", "FR", "", ""]


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_an_amount_stays_what_it_is(amount):
    assert odata.parse_amount(amount) == amount
    assert str(odata.parse_amount(str(amount))) == str(amount)


@pytest.mark.parametrize(
    "value", [0.1, None, True, "", "ten", "1,5", "NaN", Decimal("Infinity"), b"1", [1]]
)
def test_what_is_no_amount_is_refused(value):
    with pytest.raises(ValueError, match="is not an amount"):
        odata.parse_amount(value)


def test_a_whole_number_is_an_amount():
    assert odata.parse_amount(5) == Decimal(5)
