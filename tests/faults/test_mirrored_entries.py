# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Workers killed while they mirror a journal of Exact: no entry is missed, none is there twice."""

import pytest

from .crew import step
from .test_killed_while_sending import killed
from .test_payments import open_entries

MOMENTS = (
    step("after_claim", kind="ledger_lines"),
    step("before_result_is_committed", kind="ledger_lines"),
    step("after_result", kind="ledger_lines"),
    step("after_claim", kind="mirrored_entries"),
    step("in_booking"),
    step("before_result_is_committed", kind="mirrored_entries"),
    step("after_result", kind="mirrored_entries"),
)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_worker_dies_and_the_next_doubles_nothing_and_loses_nothing(scene, moment):
    first, second, *others = pay_invoices(scene, 6)
    booked = [pay(scene, entry) for entry in (first, second)]
    scene.crew.do(step("mirror_bank"), step("read_mirrored"))
    scene.finish()
    assert mirrored(scene) == held(scene)
    scene.exact.control("DELETE", f"{scene.division}/entries/{booked[0]}")
    for entry in others:
        pay(scene, entry)
    scene.crew.do(step("read_mirrored"))
    killed(scene, step("small_pages", rows=3), step("small_batches", entries=2), moment)
    scene.finish()
    agrees(scene)


def test_workers_at_once_double_nothing(scene):
    for entry in pay_invoices(scene, 6):
        pay(scene, entry)
    scene.crew.do(step("mirror_bank"), step("read_mirrored"))
    scene.finish(workers=4)
    agrees(scene)


def agrees(scene):
    """Each entry of the bank is one posted entry in Odoo, of the same amount, and linked."""
    scene.crew.do(step("read_mirrored"))
    scene.finish()
    assert mirrored(scene) == held(scene)
    [posted] = scene.sql("""
        SELECT count(*), count(DISTINCT move.ref) AS numbers FROM account_move move
        JOIN account_journal journal ON journal.id = move.journal_id
        WHERE journal.exact_is_mirrored AND move.state = 'posted'""")
    assert posted["count"] == posted["numbers"] == len(held(scene))
    bound = scene.sql("""
        SELECT exact_id FROM exact_binding
        WHERE resource = 'financialtransaction/Transactions' AND exact_id IS NOT NULL""")
    assert sorted(row["exact_id"] for row in bound) == sorted(held(scene))
    assert not scene.sql("SELECT * FROM exact_mirrored_entry WHERE is_due")


def pay_invoices(scene, count):
    """Entries of so many invoices that are not paid."""
    scene.invoices(count)
    scene.finish()
    return open_entries(scene)[:count]


def pay(scene, entry):
    """Book the payment of an invoice on the bank; the EntryID."""
    body = {"documents": [{"entry": entry}]}
    return scene.exact.control("POST", f"{scene.division}/payments", body)["entry"]


def mirrored(scene):
    """{EntryID: debit} of what is posted in Odoo."""
    rows = scene.sql("""
        SELECT entry.exact_id, sum(line.debit) AS debit FROM exact_mirrored_entry entry
        JOIN account_move move ON move.id = entry.move_id AND move.state = 'posted'
        JOIN account_move_line line ON line.move_id = move.id
        WHERE entry.state = 'booked' GROUP BY entry.exact_id""")
    return {row["exact_id"]: round(float(row["debit"]), 2) for row in rows}


def held(scene):
    """The same of the bank journal in Exact."""
    found = {}
    for entry in scene.exact.control("GET", f"{scene.division}/entries")["entries"]:
        amounts = [line["AmountDC"] for line in entry["ledger_lines"]
                   if line["JournalCode"] == "501" and line["AmountDC"] > 0]
        if amounts:
            found[entry["entry_id"]] = round(sum(amounts), 2)
    return found
