# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What waits for what: one record's changes keep their order, and nobody waits for a stranger."""

import threading

from .crew import step
from .scene import new_name
from .verdicts import assert_arrived_once


def test_a_change_while_an_earlier_one_is_sent_is_carried_out_after_it(scene):
    customer = new_name()
    scene.invoices(customer=customer)
    scene.finish()
    scene.crew.do(step("change_customer", customer=customer, city="Gent"))
    seen = len(scene.exact.traffic())
    scene.exact.fault("delay", "PUT", "crm/Accounts", seconds=1.5)
    first, second = scene.crew.race(
        [step("work")],
        [step("wait_for", operation="contact", state="sending"),
         step("change_customer", customer=customer, city="Brugge"),
         step("work")])
    assert not first.raised and not second.raised, (first, second)
    scene.finish()
    sent = scene.exact.traffic(since=seen, method="PUT", path="crm/Accounts")
    assert [call["body"].get("City") for call in sent] == ["Gent", "Brugge"]
    [account] = scene.exact.accounts(scene.division, customer)
    assert account.get("City") == "Brugge"
    earlier, later = scene.items(f"operation = 'contact' AND name = '{customer}'")[-2:]
    assert later["state"] == "done"
    assert earlier["state"] in ("done", "cancelled"), "cancelled: the later one's proof is its own"


def test_changes_before_the_sending_are_one_item(scene):
    customer = new_name()
    scene.invoices(customer=customer)
    scene.finish()
    for city in ("Gent", "Brugge", "Ieper"):
        scene.crew.do(step("change_customer", customer=customer, city=city))
    assert len(scene.items(f"name = '{customer}' AND state <> 'done'")) == 1
    scene.finish()
    [account] = scene.exact.accounts(scene.division, customer)
    assert account.get("City") == "Ieper"


def test_what_exact_refuses_delays_nothing_else(scene):
    unwanted = new_name()
    scene.invoices(customer=unwanted)
    scene.finish()
    [account] = scene.exact.accounts(scene.division, unwanted)
    customer = {"kind": "account", "code": account["Code"].strip()}
    scene.exact.control("POST", f"{scene.division}/block", customer)
    [refused] = scene.invoices(customer=unwanted)
    others = scene.invoices(3)
    scene.work()
    assert_arrived_once(scene, *others)
    item = scene.items_of(refused)["sales_entry"]
    failed = scene.items("state = 'failed'")
    assert len(failed) == 1 and failed[0]["error_class"] == "rejected", failed
    assert item["state"] in ("failed", "waiting")
    scene.exact.control("POST", f"{scene.division}/unblock", customer)
    scene.crew.do(step("retry", state="failed"))
    scene.finish()
    assert_arrived_once(scene, refused)


def test_a_job_that_meets_a_worker_at_the_same_row_begins_anew(scene):
    scene.crew.do(step("queue_by_the_clock"))
    row = "operation = 'master_data' AND state = 'ready'"
    assert scene.items(row)
    worker = threading.Thread(target=scene.change, args=(f"""
        UPDATE exact_sync_queue SET priority = priority WHERE {row}; SELECT pg_sleep(2)""",))
    worker.start()
    scene.wait_until_locked("exact_sync_queue")
    ended, = scene.crew.race([step("queue_by_the_clock")])
    worker.join()
    assert not ended.raised, ended.raised
    scene.finish()
