# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Three hundred past documents while new ones are posted: paused, killed, resumed."""

import signal

import pytest

from .crew import step
from .scene import BRUSSELS, DIVISIONS, UTRECHT, new_name
from .verdicts import assert_arrived_once, assert_grown_by

COUNT = 300
PORTION = 40
NEW = 6
ITEMS = 60  # for which a worker has time in one run
WORKERS = 2
NOT_THERE_YET = """back_fill_id IS NOT NULL AND operation = 'sales_entry'
                   AND state NOT IN ('done', 'cancelled')"""


@pytest.fixture
def customer(scene):
    """A customer that Exact knows, with nothing under way."""
    name = new_name()
    scene.invoices(customer=name)
    scene.finish()
    return name


def test_new_ones_go_first_and_none_is_lost_or_doubled(scene, customer):
    before = scene.exact.counts(scene.division)
    past = posted_in_the_past(scene, BRUSSELS, COUNT)
    fill = counted(scene, BRUSSELS)
    assert row(scene, fill)["document_count"] == COUNT
    start = len(scene.exact.traffic())
    press(scene, fill, "action_start")
    work_some(scene)

    seen = len(scene.exact.traffic())
    new = scene.invoices(NEW, customer)
    work_some(scene)
    booked = bookings(scene, seen)
    names = {invoice["name"] for invoice in new}
    assert names <= set(booked), "new ones do not wait for the past"
    last = max(booked.index(name) for name in names)
    assert last < NEW + WORKERS, "only what each worker had begun went before"
    assert len(bookings(scene, start)) < COUNT, "the rest of the past goes after them"
    assert len(scene.items(NOT_THERE_YET)) <= PORTION, "the queue is not flooded"

    killed(scene, "after_answer")
    press(scene, fill, "action_pause")
    scene.crew.do(step("take_stock"))
    assert len(scene.items("state = 'checking'")) == 1, "what may be booked stays"
    seen = len(scene.exact.traffic())
    scene.finish()
    assert writes(scene, seen) == [], "it is found there, and nothing is begun"
    press(scene, fill, "action_resume")
    killed(scene, "before_result_is_committed")
    finish(scene, fill)

    assert_arrived_once(scene, *past, *new)
    assert_grown_by(before, scene.exact.counts(scene.division), Accounts=1,
                    Documents=COUNT + NEW, DocumentAttachments=COUNT + NEW,
                    SalesEntries=COUNT + NEW)
    calls = len(scene.exact.traffic(since=start, path="/api/v1/")) - 3 * NEW
    estimate = row(scene, fill)["call_estimate"]
    print(f"{estimate} calls forecast, {calls} made")
    assert abs(estimate - calls) <= calls / 10


def test_two_companies_each_send_their_own(scene):
    past = {company: posted_in_the_past(scene, company, 8) for company in (BRUSSELS, UTRECHT)}
    fills = [counted(scene, company) for company in past]
    for fill in fills:
        press(scene, fill, "action_start")
    for fill in fills:
        finish(scene, fill)
        assert row(scene, fill)["document_count"] == 8
    assert scene.sql("""
        SELECT item.id FROM exact_sync_queue item
        JOIN exact_back_fill fill ON fill.id = item.back_fill_id
        WHERE fill.company_id <> item.company_id OR fill.division_id <> item.division_id""") == []
    for company, invoices in past.items():
        entries = scene.exact.entries(DIVISIONS[company])
        assert [len(entries[invoice["name"]]) for invoice in invoices] == [1] * len(invoices)


def posted_in_the_past(scene, company, count):
    """Invoices that were posted before the company was connected."""
    return scene.crew.do(
        step("past_invoices", company=company, count=count, customer=new_name()))


def counted(scene, company):
    """The id of a back-fill whose documents are counted and checked."""
    return scene.crew.do(step("back_fill", company=company))


def row(scene, fill):
    """The back-fill's row."""
    [found] = scene.sql(f"SELECT * FROM exact_back_fill WHERE id = {fill}")
    return found


def press(scene, fill, button):
    """Press a button of the back-fill."""
    scene.crew.do(step("press", model="exact.back.fill", record=fill, button=button))


def work_some(scene):
    """Two workers go on until their time is up."""
    for ended in scene.crew.race(*[[step("work", items=ITEMS)]] * WORKERS):
        assert not ended.raised and not ended.signal, ended


def killed(scene, moment):
    """A worker works until it is killed while it books an entry."""
    [ended] = scene.crew.race([step(moment, kind="sales_entry"), step("work")])
    assert ended.signal == signal.SIGKILL, ended


def finish(scene, fill, runs=50):
    """Work until the back-fill is done."""
    for _run in range(runs):
        scene.finish(WORKERS)
        if row(scene, fill)["state"] == "done":
            return
    raise AssertionError(f"The back-fill is not done: {row(scene, fill)}")


def bookings(scene, since):
    """YourRef of the entries that were booked, in order."""
    calls = scene.exact.traffic(since=since, method="POST", path="salesentry/SalesEntries$")
    return [call["body"]["YourRef"] for call in calls]


def writes(scene, since):
    """What was sent to Exact."""
    return [call for call in scene.exact.traffic(since=since, path="/api/v1/")
            if call["method"] != "GET"]
