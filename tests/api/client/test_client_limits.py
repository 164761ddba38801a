# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The budgets of one process: never one call too many, and Exact's headers have the last word."""

import threading
from datetime import datetime, timedelta, timezone

import pytest
from exact_api import Call, ExactClient, MemoryLimits, NotFound, RateLimits, WaitUntil
from hypothesis import given
from hypothesis import strategies as st

NOON = datetime(2026, 3, 2, 12, 0, 10, tzinfo=timezone.utc)
RESOURCE = "crm/Accounts"


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now

    def advance(self, **parts):
        self.now += timedelta(**parts)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limits(clock):
    return MemoryLimits(now=clock)


def ended(status=200, rate=None, division=1, resource=RESOURCE):
    return Call(
        method="GET",
        resource=resource,
        division=division,
        path="",
        query="",
        status=status,
        started_at=NOON,
        duration=0.1,
        rate=rate,
    )


def claim(limits, times=1, division=1, resource=RESOURCE):
    for _time in range(times):
        limits.claim(division, "GET", resource)


def refusal(limits, division=1, resource=RESOURCE):
    with pytest.raises(WaitUntil) as caught:
        limits.claim(division, "GET", resource)
    return caught.value.at, caught.value.reason


def at(hour, minute, day=2):
    return datetime(2026, 3, day, hour, minute, tzinfo=timezone.utc)


# --- windows --------------------------------------------------------------------------------------


def test_sixty_calls_a_minute(limits, clock):
    claim(limits, 60)
    assert refusal(limits) == (at(12, 1), "minute")
    clock.advance(seconds=49)
    assert refusal(limits) == (at(12, 1), "minute")
    clock.advance(seconds=1)
    claim(limits, 60)
    assert refusal(limits) == (at(12, 2), "minute")


def test_five_thousand_calls_a_day(limits, clock):
    for _minute in range(83):
        claim(limits, 60)
        clock.advance(minutes=1)
    claim(limits, 20)
    assert refusal(limits) == (at(0, 0, day=3), "day")
    clock.now = at(0, 0, day=3)
    claim(limits)


def test_each_division_has_its_own_budget(limits):
    claim(limits, 60, division=1)
    claim(limits, 60, division=2)
    claim(limits, 60, division=None)
    assert refusal(limits, division=2)[1] == "minute"


def test_a_larger_limit_in_the_headers_is_used(limits):
    claim(limits, 3)
    limits.record(ended(rate=RateLimits(300, 299, at(12, 1), 9000, 8999, at(0, 0, day=3))))
    claim(limits, 297)
    assert refusal(limits) == (at(12, 1), "minute")


def test_a_smaller_limit_in_the_headers_is_kept(limits):
    claim(limits)
    limits.record(ended(rate=RateLimits(10, 9, at(12, 1))))
    claim(limits, 9)
    assert refusal(limits) == (at(12, 1), "minute")


def test_calls_of_others_count_once_exact_tells_of_them(limits):
    claim(limits)
    limits.record(ended(rate=RateLimits(60, 2, at(12, 1))))
    claim(limits, 2)
    assert refusal(limits) == (at(12, 1), "minute")


def test_calls_under_way_are_not_given_back(limits):
    claim(limits, 60)
    limits.record(ended(rate=RateLimits(60, 59, at(12, 1))))
    assert refusal(limits) == (at(12, 1), "minute")


def test_an_answer_about_a_past_minute_says_nothing_of_this_one(limits, clock):
    claim(limits)
    clock.advance(minutes=1)
    claim(limits)
    limits.record(ended(rate=RateLimits(60, 0, at(12, 1))))
    claim(limits, 59)
    assert refusal(limits) == (at(12, 2), "minute")


def test_the_day_of_the_headers_stops_the_work(limits):
    claim(limits)
    limits.record(ended(rate=RateLimits(day_limit=5000, day_remaining=0, day_reset=at(0, 0, 3))))
    assert refusal(limits) == (at(0, 0, day=3), "day")


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (None, (at(12, 1), "minute")),
        (RateLimits(minute_limit=60, minute_reset=at(12, 3)), (at(12, 3), "minute")),
        (RateLimits(day_limit=5000, day_remaining=0, day_reset=at(23, 0)), (at(23, 0), "day")),
    ],
)
def test_after_a_429_nothing_is_sent_before_its_moment(limits, clock, rate, expected):
    claim(limits)
    limits.record(ended(429, rate))
    assert refusal(limits) == expected
    clock.now = expected[0]
    claim(limits)


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_the_tenth_error_in_an_hour_is_not_risked(limits, clock, status):
    for _error in range(9):
        claim(limits)
        limits.record(ended(status))
        clock.advance(minutes=1)
    assert refusal(limits) == (NOON + timedelta(hours=1), "velocity")
    claim(limits, resource="crm/Contacts")
    claim(limits, division=2)
    clock.now = NOON + timedelta(hours=1)
    claim(limits)
    limits.record(ended(status))
    assert refusal(limits) == (NOON + timedelta(hours=1, minutes=1), "velocity")


@pytest.mark.parametrize("status", [200, 201, 500, 503, None])
def test_other_ends_are_not_counted_as_errors(limits, clock, status):
    for _call in range(30):
        claim(limits)
        limits.record(ended(status))


def test_a_client_by_itself_stops_before_the_tenth_error(server):
    client = ExactClient(server.url, lambda: "token")
    for _error in range(9):
        server.answers(404)
        with pytest.raises(NotFound):
            client.count(123, RESOURCE)
    with pytest.raises(WaitUntil) as caught:
        client.count(123, RESOURCE)
    assert caught.value.reason == "velocity"
    assert len(server.received) == 9


def test_threads_together_take_no_call_too_many(limits):
    refused = []

    def work():
        for _call in range(20):
            try:
                claim(limits)
            except WaitUntil as wait:
                refused.append(wait)

    threads = [threading.Thread(target=work) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 8 * 20 - 60


# --- headers --------------------------------------------------------------------------------------


def test_the_six_headers_are_read_in_any_case():
    reset = datetime(2026, 3, 2, 12, 1, tzinfo=timezone.utc)
    headers = {
        "x-ratelimit-limit": "5000",
        "X-RATELIMIT-REMAINING": "4999",
        "X-RateLimit-Reset": "1772496000000",
        "X-RateLimit-Minutely-Limit": "60",
        "X-RateLimit-Minutely-Remaining": " 59 ",
        "X-RateLimit-Minutely-Reset": str(int(reset.timestamp() * 1000)),
    }
    assert RateLimits.from_headers(headers) == RateLimits(
        60, 59, reset, 5000, 4999, datetime(2026, 3, 3, tzinfo=timezone.utc)
    )


def test_no_headers_are_no_limits():
    assert RateLimits.from_headers({"Content-Type": "text/html"}) is None


@given(st.text())
def test_nonsense_in_a_header_is_read_as_nothing(value):
    limits = RateLimits.from_headers(
        {"X-RateLimit-Reset": value, "X-RateLimit-Remaining": value, "X-RateLimit-Limit": "5"}
    )
    assert limits.day_limit == 5
    assert limits.day_remaining is None or limits.day_remaining == int(value)
