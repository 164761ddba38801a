# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Workers killed at any moment: what they were at is booked once, with its document and file."""

import signal

import pytest

from .crew import step
from .exact import WRITES
from .scene import new_name
from .verdicts import assert_arrived_once, assert_grown_by, was_found

MOMENTS = (
    "before_claim_is_committed",
    "after_claim",
    "before_intent_is_committed",
    "after_intent",
    "before_request",
    "in_request",
    "after_answer",
    "before_result_is_committed",
    "after_result",
    "in_comparison",
)
# Exact has booked it, and Odoo does not know.
UNKNOWN = {"in_request", "after_answer", "before_result_is_committed", "in_comparison"}
EXACT_TAKES = 0.4  # seconds for a write, in the moment "in_request"


@pytest.mark.parametrize("moment", MOMENTS)
def test_four_workers_die_one_at_each_write_and_all_arrives_once(scene, moment):
    before = scene.exact.counts(scene.division)
    customer = new_name()
    [invoice] = scene.invoices(customer=customer)
    for kind in WRITES:
        die_at(scene, moment, kind)
    scene.finish()
    assert_arrived_once(scene, invoice)
    assert len(scene.exact.accounts(scene.division, customer)) == 1
    assert_grown_by(before, scene.exact.counts(scene.division),
                    Accounts=1, Documents=1, DocumentAttachments=1, SalesEntries=1)
    for kind, item in items(scene, customer, invoice).items():
        # An entry is compared in a step of its own, when it is long known to be there.
        is_unknown = moment in UNKNOWN and (moment, kind) != ("in_comparison", "sales_entry")
        assert was_found(item) == is_unknown, kind


@pytest.mark.parametrize("moment", ["before_read_back", "after_read_back"])
def test_a_worker_dies_during_the_proof_and_another_one_proves(scene, moment):
    [invoice] = scene.invoices()
    killed(scene, step(moment, kind="sales_entry"))
    assert scene.items_of(invoice)["sales_entry"]["state"] == "sent"
    scene.finish()
    assert_arrived_once(scene, invoice)


def test_what_a_dead_worker_left_is_not_looked_up_before_exact_has_settled(scene):
    scene.crew.do(step("let_exact_settle", seconds=300))
    [invoice] = scene.invoices()
    killed(scene, step("after_answer", kind="sales_entry"))
    seen = len(scene.exact.traffic())
    scene.work()
    assert scene.items_of(invoice)["sales_entry"]["state"] == "checking"
    assert scene.exact.traffic(since=seen, path="SalesEntries|TransactionLines") == []
    scene.crew.do(step("let_exact_settle", seconds=0))
    scene.finish()
    assert_arrived_once(scene, invoice)


def test_a_slow_worker_is_not_taken_for_a_dead_one(scene):
    before = scene.exact.counts(scene.division)
    [invoice] = scene.invoices()
    scene.exact.fault("delay", "POST", f"{WRITES['document']}$", seconds=1.5)
    slow, other = scene.crew.race(
        [step("work")],
        [step("wait_for", operation="document", state="sending"), step("work")])
    assert not slow.raised and not other.raised, (slow, other)
    scene.finish()
    assert_arrived_once(scene, invoice)
    assert_grown_by(before, scene.exact.counts(scene.division), Documents=1)


def die_at(scene, moment, kind):
    """A worker works until it is killed at its write of this kind."""
    if moment != "in_request":
        killed(scene, step(moment, kind=kind))
        return
    write = {"method": "POST", "path": f"{WRITES[kind]}$"}
    before = len(scene.exact.traffic(**write))
    scene.exact.fault("delay", seconds=EXACT_TAKES, **write)
    killed(scene, step(moment, kind=kind, after=EXACT_TAKES / 2))
    scene.exact.wait_for(before + 1, **write)


def killed(scene, *moments):
    """A worker works until it is killed at the moment that these steps prepare."""
    [ended] = scene.crew.race(
        [*moments, step("take_stock"), step("make_due"), step("work")])
    assert ended.signal == signal.SIGKILL, ended


def items(scene, customer, invoice):
    """The last item of each kind."""
    found = scene.items_of(invoice)
    found["contact"] = scene.items(f"operation = 'contact' AND name = '{customer}'")[-1]
    return found
