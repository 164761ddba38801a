# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The network fails: posting goes on, and everything arrives once when it is back."""

import pytest

from tests.environment import api, paths
from tests.environment.ports import free_port

from .crew import step
from .exact import WRITES, Exact
from .scene import copied_scene, new_name
from .verdicts import assert_arrived_once, assert_grown_by, was_found

GENERIC = {"status": 500, "body": {"error": {"code": "", "message": {
    "lang": "", "value": "A problem has occurred. Please contact support."}}}}
HTML = {"status": 503, "body": "<html><body>Service Unavailable</body></html>"}
CUTS = {
    "cut before it was stored": ("cut_before_commit", {}),
    "cut after it was stored": ("cut_after_commit", {}),
    "stored, answered with broken JSON": ("wrong_json", {}),
    "a general error": ("status", GENERIC),
    "an HTML page": ("status", HTML),
}
STORED = {"cut after it was stored", "stored, answered with broken JSON"}


@pytest.fixture(autouse=True)
def undisturbed(scene):
    """Each test begins without a fault."""
    scene.exact.clear_faults()


@pytest.mark.parametrize("cut", CUTS)
def test_each_writes_answer_is_lost_and_all_arrives_once(scene, cut):
    effect, values = CUTS[cut]
    before = scene.exact.counts(scene.division)
    customer = new_name()
    [invoice] = scene.invoices(customer=customer)
    for resource in WRITES.values():
        scene.exact.fault(effect, "POST", f"{resource}$", **values)
    scene.finish()
    faults = scene.exact.clear_faults()
    assert [fault["used"] for fault in faults] == [1] * len(WRITES)
    assert_arrived_once(scene, invoice)
    assert len(scene.exact.accounts(scene.division, customer)) == 1
    assert_grown_by(before, scene.exact.counts(scene.division),
                    Accounts=1, Documents=1, DocumentAttachments=1, SalesEntries=1)
    contact = scene.items(f"operation = 'contact' AND name = '{customer}'")[-1]
    for item in [contact, *scene.items_of(invoice).values()]:
        assert was_found(item) == (cut in STORED), item["operation"]


def test_a_contact_whose_answer_was_lost_is_still_ours_to_change(scene):
    customer = new_name()
    scene.exact.fault("cut_after_commit", "POST", "crm/Accounts$")
    scene.invoices(customer=customer)
    scene.finish()
    scene.crew.do(step("change_customer", customer=customer, city="Hasselt"))
    scene.finish()
    [account] = scene.exact.accounts(scene.division, customer)
    assert account.get("City") == "Hasselt"


def test_the_proofs_answer_is_lost_and_it_is_read_again(scene):
    [invoice] = scene.invoices()
    scene.exact.fault("cut_after_commit", "GET", "TransactionLines$")
    scene.finish()
    assert [fault["used"] for fault in scene.exact.clear_faults()] == [1]
    assert_arrived_once(scene, invoice)


def test_the_look_ups_answer_is_lost_too(scene):
    [invoice] = scene.invoices()
    scene.exact.fault("cut_after_commit", "POST", "SalesEntries$")
    scene.exact.fault("cut_after_commit", "GET", "SalesEntries$", times=3)
    scene.finish()
    assert [fault["used"] for fault in scene.exact.clear_faults()] == [1, 3]
    assert_arrived_once(scene, invoice)


def test_posted_while_exact_cannot_be_reached_it_arrives_once_later(prepared):
    books = paths.WORK / "faults-network.sqlite"
    books.unlink(missing_ok=True)
    where = {"name": "faults_network", "port": free_port(), "database": books}
    with copied_scene(prepared, "network") as scene:
        with api.simulator(**where) as running:
            scene.crew.do(step("connect", url=running.url))
        invoices = scene.invoices(2)
        scene.work()
        under_way = scene.items("state <> 'done'")
        assert len(under_way) >= len(invoices)
        assert {item["state"] for item in under_way} <= {"waiting", "ready"}
        with api.simulator(**where) as running:
            scene.exact = Exact(running)
            scene.finish()
            assert_arrived_once(scene, *invoices)
    for file in paths.WORK.glob(f"{books.name}*"):
        file.unlink()
