# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A worker killed at any moment: what it was at is booked once, with its document and file."""

import signal

import pytest

from .crew import step
from .exact import WRITES
from .scene import new_name
from .verdicts import assert_arrived_once, assert_grown_by

MOMENTS = (
    "before_claim_is_committed",
    "after_claim",
    "before_intent_is_committed",
    "after_intent",
    "before_request",
    "after_answer",
    "before_result_is_committed",
    "after_result",
    "in_comparison",
)
# Exact has booked it, and Odoo does not know.
UNKNOWN = {"after_answer", "before_result_is_committed", "in_comparison"}


@pytest.mark.parametrize("kind", WRITES)
@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at_any_moment_it_arrives_once(scene, moment, kind):
    item = arrives_once(scene, kind, step(moment, kind=kind))
    # An entry is compared in a step of its own, when it is long known to be there.
    is_unknown = moment in UNKNOWN and (moment, kind) != ("in_comparison", "sales_entry")
    assert bool(item["evidence"]) == is_unknown


@pytest.mark.parametrize("kind", WRITES)
def test_killed_while_exact_works_on_it_it_arrives_once(scene, kind):
    write = "POST", f"{WRITES[kind]}$"
    before = len(scene.exact.traffic(0, *write))
    scene.exact.fault("delay", *write, seconds=0.6)
    item = arrives_once(
        scene, kind, step("in_request", kind=kind, after=0.3),
        then=lambda: scene.exact.wait_for(before + 1, *write))
    assert item["evidence"]


@pytest.mark.parametrize("moment", ["before_read_back", "after_read_back"])
def test_killed_during_the_proof_it_is_proven_later(scene, moment):
    arrives_once(scene, "sales_entry", step(moment, kind="sales_entry"))


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


def arrives_once(scene, kind, moment, then=lambda: None):
    """Send an invoice to a new customer, let the worker die, let others go on.

    Returns the item of this kind at the end.
    """
    before = scene.exact.counts(scene.division)
    customer = new_name()
    [invoice] = scene.invoices(customer=customer)
    killed(scene, moment)
    then()
    scene.finish()
    assert_arrived_once(scene, invoice)
    assert len(scene.exact.accounts(scene.division, customer)) == 1
    assert_grown_by(before, scene.exact.counts(scene.division),
                    Accounts=1, Documents=1, DocumentAttachments=1, SalesEntries=1)
    contact = scene.items(f"operation = 'contact' AND name = '{customer}'")[-1]
    assert contact["state"] == "done"
    return contact if kind == "contact" else scene.items_of(invoice)[kind]


def killed(scene, moment):
    """A worker works until it is killed at this moment."""
    [ended] = scene.crew.race([moment, step("work")])
    assert ended.signal == signal.SIGKILL, ended
