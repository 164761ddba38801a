# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Two workers and two hundred invoices, with a quiet network and with one that fails."""

from decimal import Decimal

import pytest

from .scene import new_name
from .verdicts import assert_arrived_once, assert_grown_by

COUNT = 200
GENERIC = {"error": {"code": "", "message": {
    "lang": "", "value": "A problem has occurred. Please contact support."}}}
# A tenth of all calls, whatever they are.
FAULTS = (
    {"effect": "cut_before_commit"},
    {"effect": "cut_after_commit"},
    {"effect": "delay", "seconds": 0.1},
    {"effect": "status", "status": 500, "body": GENERIC},
    {"effect": "status", "status": 503, "body": "<html><body>Service Unavailable</body></html>"},
)


@pytest.fixture
def customer(scene):
    """A customer that Exact knows, with nothing under way."""
    name = new_name()
    scene.invoices(customer=name)
    scene.finish()
    return name


def test_each_costs_three_writes_and_a_tenth_of_a_read(scene, customer):
    invoices = scene.invoices(COUNT, customer)
    seen = len(scene.exact.traffic())
    scene.finish(workers=2)
    arrived(scene, invoices)
    calls = scene.exact.traffic(since=seen, path="/api/v1/")
    writes = [call for call in calls if call["method"] != "GET"]
    print(f"{len(writes)} writes, {len(calls) - len(writes)} reads for {COUNT} invoices")
    assert len(writes) <= 3 * COUNT
    assert len(calls) - len(writes) <= COUNT / 10


def test_a_tenth_of_all_calls_fails_and_each_arrives_once(scene, customer):
    before = scene.exact.counts(scene.division)
    invoices = scene.invoices(COUNT, customer, seed=2)
    for seed, fault in enumerate(FAULTS):
        scene.exact.fault(path="/api/v1/", times="always", probability=0.02, seed=seed, **fault)
    rounds = scene.finish(workers=2)
    struck = {fault["effect"] + str(fault.get("status", "")): fault["used"]
              for fault in scene.exact.clear_faults()}
    print(f"{rounds} rounds; faults: {struck}")
    assert all(struck.values())
    arrived(scene, invoices)
    assert_grown_by(before, scene.exact.counts(scene.division),
                    Accounts=0, Documents=COUNT, DocumentAttachments=COUNT, SalesEntries=COUNT)


def arrived(scene, invoices):
    """Each once; the sum of what Odoo posted is the sum of what Exact booked."""
    assert scene.items("state <> 'done'") == []
    assert_arrived_once(scene, *invoices)
    entries = scene.exact.entries(scene.division)
    booked = [entry for invoice in invoices for entry in entries[invoice["name"]]]
    assert sum(Decimal(str(entry["header"]["AmountFC"])) for entry in booked) == sum(
        Decimal(invoice["total"]) for invoice in invoices)
    bookings = [line["AmountDC"] for entry in booked for line in entry["ledger_lines"]]
    assert sum(Decimal(str(amount)) for amount in bookings) == 0
