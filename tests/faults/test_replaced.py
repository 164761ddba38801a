# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A booked invoice is changed: its entry is removed and booked anew. Whatever fails in between,
in the end it is booked once, as it is now; or, when it was cancelled, not at all.
"""

import signal

import pytest

from .crew import step
from .verdicts import assert_arrived_once, assert_grown_by

ENTRY = {"kind": "sales_entry"}
MOMENTS = {
    "before the intent is committed": step("before_intent_is_committed", **ENTRY),
    "after the intent": step("after_intent", **ENTRY),
    "before the old one is removed": step("before_request", method="DELETE", **ENTRY),
    "after the old one was removed": step("after_answer", method="DELETE", **ENTRY),
    "before the removal is committed": step("before_result_is_committed", **ENTRY),
    "between the two": step("after_result", **ENTRY),
    "before the new one is booked": step("before_request", **ENTRY),
    "after the new one was booked": step("after_answer", **ENTRY),
}
CUTS = ("cut_before_commit", "cut_after_commit", "wrong_json")
PATH = "SalesEntries"


@pytest.fixture(autouse=True)
def undisturbed(scene):
    """Each test begins without a fault."""
    scene.exact.clear_faults()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_dies_while_it_replaces_and_it_is_booked_once(scene, moment):
    before = scene.exact.counts(scene.division)
    invoice, number = booked(scene)
    changed = change(scene, invoice)
    killed(scene, MOMENTS[moment])
    scene.finish()
    assert_replaced(scene, changed, number, before)


@pytest.mark.parametrize("method", ["DELETE", "POST"])
@pytest.mark.parametrize("cut", CUTS)
def test_the_answer_to_a_replacement_is_lost_and_it_is_booked_once(scene, cut, method):
    before = scene.exact.counts(scene.division)
    invoice, number = booked(scene)
    changed = change(scene, invoice)
    scene.exact.fault(cut, method, PATH)
    scene.finish()
    assert [fault["used"] for fault in scene.exact.clear_faults()] == [1]
    assert_replaced(scene, changed, number, before)


def test_four_workers_replace_what_people_change_meanwhile(scene):
    before = scene.exact.counts(scene.division)
    invoice, number = booked(scene)
    scene.exact.fault("delay", "DELETE", PATH, seconds=0.5)
    change(scene, invoice)
    racing = scene.crew.race(
        *[[step("work")]] * 3,
        [step("wait_for", operation="sales_entry", state="sending"),
         step("change_invoice", invoice=invoice["id"], price=77.0), step("work")])
    assert not any(ended.raised or ended.signal for ended in racing), racing
    scene.finish(workers=4)
    assert_replaced(scene, racing_result(scene, invoice), number, before)


@pytest.mark.parametrize("moment", [
    step("before_request", method="DELETE", **ENTRY),
    step("after_answer", method="DELETE", **ENTRY),
    step("before_result_is_committed", **ENTRY),
])
def test_a_worker_dies_while_it_removes_and_nothing_is_left(scene, moment):
    before = scene.exact.counts(scene.division)
    invoice, _number = booked(scene)
    scene.crew.do(step("cancel_invoice", invoice=invoice["id"]))
    killed(scene, moment)
    scene.finish()
    assert invoice["name"] not in scene.exact.entries(scene.division)
    assert_grown_by(before, scene.exact.counts(scene.division),
                    SalesEntries=0, Documents=0, DocumentAttachments=0)
    item = scene.items_of(invoice)["sales_entry"]
    assert (item["state"], item["is_removal"]) == ("done", True), item


def test_cancelled_while_it_is_being_booked_nothing_is_left(scene):
    before = scene.exact.counts(scene.division)
    [invoice] = scene.invoices()
    scene.exact.fault("delay", "POST", "SalesEntries$", seconds=1.5)
    racing = scene.crew.race(
        [step("work")],
        [step("wait_for", operation="sales_entry", state="sending"),
         step("wait_for", operation="attachment", state="done"),
         step("cancel_invoice", invoice=invoice["id"])])
    assert not any(ended.raised or ended.signal for ended in racing), racing
    scene.finish()
    assert invoice["name"] not in scene.exact.entries(scene.division)
    assert_grown_by(before, scene.exact.counts(scene.division),
                    SalesEntries=0, Documents=0, DocumentAttachments=0)


def booked(scene):
    """An invoice that is in Exact, and its number there."""
    [invoice] = scene.invoices()
    scene.finish()
    assert_arrived_once(scene, invoice)
    [entry] = scene.exact.entries(scene.division)[invoice["name"]]
    return invoice, entry["header"]["EntryNumber"]


def change(scene, invoice):
    return scene.crew.do(step("change_invoice", invoice=invoice["id"], price=50.0))


def racing_result(scene, invoice):
    [move] = scene.sql(f"SELECT id, name, amount_total AS total FROM account_move "
                       f"WHERE id = {invoice['id']}")
    return {**move, "total": f"{move['total']:.2f}"}


def assert_replaced(scene, invoice, number, before):
    assert_arrived_once(scene, invoice)
    [entry] = scene.exact.entries(scene.division)[invoice["name"]]
    assert entry["header"]["EntryNumber"] == number
    assert_grown_by(before, scene.exact.counts(scene.division),
                    SalesEntries=1, Documents=1, DocumentAttachments=1)


def killed(scene, moment):
    """A worker works until it is killed at this moment."""
    [ended] = scene.crew.race([moment, step("take_stock"), step("make_due"), step("work")])
    assert ended.signal == signal.SIGKILL, ended
