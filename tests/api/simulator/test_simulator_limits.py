# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""facts.md 2: rate limits and error velocity."""

import pytest
from simulator_driver import BE, NL, Exact

DAY = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
MINUTE = tuple(name.replace("RateLimit", "RateLimit-Minutely") for name in DAY)


@pytest.fixture
def exact(fresh):
    # Begin a minute, so that the window does not end in the middle of a test.
    now = fresh.control("state")["clock"]
    fresh.control("clock", {"set": now[:17] + "01"})
    fresh.control("limits", {"minute": 5, "day": 8, "enabled": True})
    return Exact(fresh)


def journals(exact, division=BE, **options):
    return exact.get(f"{division}/financial/Journals", select="Code", **options)


def test_headers_count_down_in_both_windows(exact):
    first, second = journals(exact), journals(exact)
    assert [first.headers[name] for name in (DAY[0], MINUTE[0])] == ["8", "5"]
    assert [second.headers[name] for name in (DAY[1], MINUTE[1])] == ["6", "3"]
    assert int(first.headers[MINUTE[2]]) % 60_000 == 0
    assert int(first.headers[DAY[2]]) % 86_400_000 == 0


def test_exhausted_minute_shows_only_its_own_headers(exact):
    for _ in range(5):
        assert journals(exact).status_code == 200
    reply = journals(exact, refused=True)
    assert (reply.status_code, reply.text) == (429, "")
    assert all(name in reply.headers for name in MINUTE)
    assert not any(name in reply.headers for name in DAY)
    exact.server.control("clock", {"advance": 60})
    assert journals(exact).status_code == 200


def test_exhausted_day_shows_only_its_own_headers(exact):
    for _ in range(8):
        journals(exact)
        exact.server.control("clock", {"advance": 60})
    exact.log_in()
    reply = journals(exact, refused=True)
    assert reply.status_code == 429
    assert all(name in reply.headers for name in DAY)
    assert not any(name in reply.headers for name in MINUTE)


def test_each_division_has_its_own_budget(exact):
    for _ in range(5):
        journals(exact)
    assert journals(exact, NL).status_code == 200


def test_429_without_headers_by_switch(exact):
    exact.server.control("switches", {"limit_headers_on_429": "none"})
    for _ in range(5):
        journals(exact)
    reply = journals(exact, refused=True)
    assert not any(name in reply.headers for name in DAY + MINUTE)


def test_without_limits_the_headers_show_large_numbers(fresh):
    reply = journals(Exact(fresh))
    assert reply.headers[DAY[0]] == reply.headers[MINUTE[0]] == "1000000"


def test_eleventh_error_blocks_the_endpoint_for_an_hour(fresh):
    exact = Exact(fresh)
    for _ in range(11):
        assert exact.get(f"{BE}/financial/Journals", filter="No eq 1",
                         refused=True).status_code == 400
    blocked = journals(exact, refused=True)
    assert blocked.status_code == 403
    assert exact.get(f"{BE}/vat/VATCodes", select="Code").status_code == 200
    assert journals(exact, NL).status_code == 200
    fresh.control("clock", {"advance": 3601})
    exact.log_in()
    assert journals(exact).status_code == 200


def test_requests_with_an_expired_token_count_as_errors_of_their_endpoint(fresh):
    exact = Exact(fresh)
    fresh.control("clock", {"advance": 601})
    for _ in range(11):
        assert journals(exact, refused=True).status_code == 401
    exact.log_in()
    assert journals(exact, refused=True).status_code == 403
    assert journals(exact, NL).status_code == 200


def test_business_refusals_do_not_count_as_errors(fresh):
    exact = Exact(fresh)
    for _ in range(12):
        assert exact.post(f"{BE}/crm/Accounts", {}, refused=True).status_code == 500
    assert exact.created(f"{BE}/crm/Accounts", {"Name": "After many refusals"})


def test_too_early_refreshes_count_as_errors(fresh):
    pair = fresh.tokens()
    for _ in range(11):
        fresh.token(grant_type="refresh_token", refresh_token=pair["refresh_token"], refused=True)
    fresh.control("clock", {"advance": 580})
    reply = fresh.token(grant_type="refresh_token", refresh_token=pair["refresh_token"],
                        refused=True)
    assert reply.status_code == 403
