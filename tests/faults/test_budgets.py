# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Limits that all workers share: calls a minute, and errors an hour per endpoint."""

from collections import Counter

import pytest

from . import scene as scenes
from .crew import step
from .verdicts import assert_arrived_once

MINUTE_LIMIT = 60
REFUSAL = {"status": 400, "body": {"error": {"code": "", "message": {
    "lang": "", "value": "Bad Request - Error in query syntax."}}}}


@pytest.fixture(scope="module")
def limited(prepared):
    """A scene whose Exact enforces 60 calls a minute."""
    with scenes.scene(prepared, "limits", limits=True) as made:
        yield made


@pytest.fixture
def known(scene):
    """A customer that Exact knows, with an hour since the last error."""
    scene.exact.clear_faults()
    scene.exact.advance(3700)
    scene.crew.do(step("connect"))
    scene.change("UPDATE exact_call SET started_on = started_on - interval '2 hours'")
    name = scenes.new_name()
    scene.invoices(customer=name)
    scene.finish()
    return name


def test_two_workers_spend_the_minute_and_never_more(limited):
    invoices = limited.invoices(25)
    for _minute in range(6):
        limited.work(workers=2)
        next_minute(limited)
    calls = limited.exact.traffic(path="/api/v1/320101/")
    assert 429 not in {call["status"] for call in calls}
    spent = Counter(call["at"][:16] for call in calls)
    assert max(spent.values()) <= MINUTE_LIMIT
    assert_arrived_once(limited, *invoices)
    assert len(calls) > MINUTE_LIMIT, "or the limit was not put to the test"
    failed_attempts = {item["attempts"] for item in limited.items()}
    assert failed_attempts == {0}, "waiting for a limit is no attempt"


def test_the_tenth_error_of_an_endpoint_is_not_risked(scene, known):
    invoices = scene.invoices(12, known)
    seen = len(scene.exact.traffic())
    scene.exact.fault("status", "POST", "SalesEntries$", times="always", **REFUSAL)
    for _round in range(4):
        scene.work()
    sent = scene.exact.traffic(since=seen, method="POST", path="SalesEntries")
    assert [call["status"] for call in sent] == [400] * 9
    assert len(scene.items("state = 'failed' AND error_class = 'rejected'")) == 9
    waiting = scene.items("state = 'waiting' AND error_class = 'limit'")
    assert len(waiting) == 3 and not any(item["attempts"] for item in waiting)
    goes_on_after_an_hour(scene, invoices)


def test_workers_that_race_do_not_risk_the_tenth_error_either(scene, known):
    invoices = scene.invoices(8, known)
    seen = len(scene.exact.traffic())
    scene.exact.fault("status", "POST", "SalesEntries$", times="always", **REFUSAL)
    scene.work()
    invoices += scene.invoices(8, known)
    scene.exact.fault("delay", "POST", "SalesEntries$", times="always", seconds=1.0)
    scene.work(workers=8)
    sent = scene.exact.traffic(since=seen, method="POST", path="SalesEntries")
    assert len(sent) == 9, f"{len(sent)} errors were provoked"
    goes_on_after_an_hour(scene, invoices)


def goes_on_after_an_hour(scene, invoices):
    """What waited goes on by itself, what failed when a person retries it."""
    scene.exact.clear_faults()
    scene.change("UPDATE exact_call SET started_on = started_on - interval '1 hour'")
    scene.crew.do(step("retry", state="failed"))
    scene.finish()
    assert_arrived_once(scene, *invoices)


def next_minute(scene):
    """Exact's clock, and what Odoo remembers of the minute, move on."""
    scene.exact.advance(60)
    scene.change("UPDATE exact_call_budget SET minute = minute - interval '1 minute'")
    scene.make_due()
