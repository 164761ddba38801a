# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One renewal of the access token at a time, in the whole installation (design.md, rule 5)."""

import signal

import pytest

from .crew import step
from .verdicts import assert_arrived_once

TOKEN_LIFE = 600


@pytest.fixture(autouse=True)
def consent(scene):
    """Each test begins with a fresh pair of tokens, and no item under way."""
    scene.crew.do(step("connect"))
    scene.exact.clear_faults()
    scene.finish()


@pytest.mark.parametrize("workers", [2, 8])
def test_of_workers_that_race_one_renews_and_all_get_the_new_token(scene, workers):
    age(scene, TOKEN_LIFE)
    scene.exact.fault("delay", "POST", "oauth2/token", seconds=0.5)
    before = renewals(scene)
    ends = scene.crew.race(*[[step("access_token")]] * workers)
    assert renewals(scene) == before + 1
    assert len({end.result for end in ends}) == 1
    assert ends[0].result == stored(scene)["access_token"]
    assert scene.connection()["state"] == "connected"


def test_workers_that_race_through_the_queue_renew_once_per_expiry(scene):
    for _expiry in range(3):
        age(scene, TOKEN_LIFE)
        invoices = scene.invoices(2)
        before = renewals(scene)
        scene.work(workers=4)
        assert renewals(scene) == before + 1
        scene.finish()
        assert_arrived_once(scene, *invoices)


def test_the_token_is_used_as_long_as_exact_refuses_to_renew_it(scene):
    before = renewals(scene)
    age(scene, 565)
    assert scene.crew.do(step("access_token")) == stored(scene)["access_token"]
    assert renewals(scene) == before
    age(scene, 7)
    scene.crew.do(step("access_token"))
    assert renewals(scene) == before + 1
    assert renewal_answers(scene)[-1] == 200
    assert scene.connection()["state"] == "connected"


def test_told_that_it_is_too_early_it_waits_and_goes_on(scene):
    """As when the clock of Odoo's machine runs fast."""
    scene.age_tokens(TOKEN_LIFE)
    [invoice] = scene.invoices()
    scene.work()
    assert renewal_answers(scene)[-1] == 400
    assert scene.connection()["state"] == "connected"
    waiting = scene.items("state = 'waiting' AND error_class = 'limit'")
    assert waiting and not any(item["attempts"] for item in waiting)
    scene.exact.advance(TOKEN_LIFE)
    scene.finish()
    assert_arrived_once(scene, invoice)


@pytest.mark.parametrize("moment", ["before_token_request", "after_token_answer"])
def test_killed_while_renewing_nobody_tries_the_old_token_again(scene, moment):
    [invoice] = scene.invoices()
    age(scene, TOKEN_LIFE)
    before = renewals(scene)
    [ended] = scene.crew.race([step(moment), step("access_token")])
    assert ended.signal == signal.SIGKILL
    stops_until_a_person_reconnects(scene, invoice)
    assert renewals(scene) == before + (moment == "after_token_answer")


@pytest.mark.parametrize("cut", ["cut_before_commit", "cut_after_commit"])
def test_the_answer_lost_nobody_tries_the_old_token_again(scene, cut):
    [invoice] = scene.invoices()
    age(scene, TOKEN_LIFE)
    before = renewals(scene)
    scene.exact.fault(cut, "POST", "oauth2/token")
    stops_until_a_person_reconnects(scene, invoice)
    assert renewals(scene) == before + 1


def test_exact_not_reached_at_all_it_tries_again(scene):
    [invoice] = scene.invoices()
    age(scene, TOKEN_LIFE)
    scene.exact.fault("status", "POST", "oauth2/token", status=503, body="<html></html>")
    scene.work()
    assert scene.connection()["state"] == "connected"
    scene.finish()
    assert_arrived_once(scene, invoice)


def test_the_consent_withdrawn_it_stops_until_a_person_reconnects(scene):
    [invoice] = scene.invoices()
    scene.exact.control("POST", "tokens/revoke")
    age(scene, TOKEN_LIFE)
    stops_until_a_person_reconnects(scene, invoice)


def stops_until_a_person_reconnects(scene, invoice):
    """Workers stop, whatever they find, burn no attempt, and go on after a new consent."""
    seen = renewals(scene)
    for _round in range(3):
        scene.work(workers=2)
    assert renewals(scene) <= seen + 1
    assert scene.connection()["state"] == "reconnect"
    under_way = scene.items("state NOT IN ('done', 'cancelled')")
    ready = [item for item in under_way if item["state"] != "waiting"]
    assert ready and {item["state"] for item in ready} == {"blocked"}
    assert {item["attempts"] for item in under_way} == {0}
    scene.crew.do(step("connect"))
    scene.finish()
    assert_arrived_once(scene, invoice)


def age(scene, seconds):
    """Let the tokens become so much older, in Exact and in Odoo."""
    scene.exact.advance(seconds)
    scene.age_tokens(seconds)


def stored(scene):
    """The row of the tokens."""
    [token] = scene.sql("SELECT * FROM exact_connection_token")
    return token


def renewals(scene):
    """How many requests to renew have reached Exact."""
    return len(renewal_answers(scene))


def renewal_answers(scene):
    """Their statuses, oldest first."""
    requests = scene.exact.traffic(method="POST", path="oauth2/token")
    return [request["status"] for request in requests
            if request["body"]["grant_type"] == "refresh_token"]
