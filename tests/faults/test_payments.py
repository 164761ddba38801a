# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Workers killed while they read what was paid: no payment is missed, no cursor runs ahead."""

import pytest

from .crew import step
from .test_killed_while_sending import killed

MOMENTS = ("after_claim", "before_result_is_committed", "after_result")


@pytest.mark.parametrize("kind", ["payment_terms", "settlements"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_dies_between_pages_or_commits_and_the_next_misses_nothing(scene, kind, moment):
    scene.invoices(3)
    scene.finish()
    scene.crew.do(step("read_payments"))
    scene.finish()
    before = scene.cursors("payment_terms")
    for entry in open_entries(scene)[:2]:
        body = {"documents": [{"entry": entry}]}
        scene.exact.control("POST", f"{scene.division}/payments", body)
    scene.crew.do(step("read_payments"))
    killed(scene, step("small_pages", rows=2), step(moment, kind=kind))
    has_read = kind == "settlements" or moment == "after_result"
    assert (scene.cursors("payment_terms") != before) is has_read
    scene.finish()
    assert mirrored(scene) == held(scene)
    open_there = set(open_entries(scene))
    for settlement in scene.sql("SELECT * FROM exact_settlement"):
        assert (settlement["state"] == "open") is (settlement["entry_id"] in open_there)
    shown = scene.sql("SELECT * FROM account_move WHERE exact_settlement_id IS NOT NULL")
    assert len(shown) == len(scene.sql("SELECT * FROM exact_settlement"))


@pytest.mark.parametrize("kind", ["payment_terms", "settlements", "reconciliation"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_dies_while_payments_are_booked_and_each_is_booked_once(scene, kind, moment):
    scene.invoices(3)
    scene.finish()
    scene.crew.do(step("read_payments", mode="full"))
    scene.finish()
    paid, partly = open_entries(scene)[:2]
    documents = [{"entry": paid}, {"entry": partly, "amount": 1}]
    scene.exact.control("POST", f"{scene.division}/payments", {"documents": documents})
    scene.crew.do(step("read_payments", mode="full"))
    killed(scene, step(moment, kind=kind))
    scene.finish()
    assert booked(scene) == paid_there(scene)
    scene.exact.control("POST", f"{scene.division}/unmatch", {"entry": paid})
    scene.crew.do(step("read_payments", mode="full"))
    if kind != "payment_terms" or moment != "after_claim":  # once is enough
        killed(scene, step(moment, kind=kind))
    scene.finish()
    owed = {item["TransactionEntryID"]: item["AmountFC"] for item in open_items(scene)}
    for document in documents_of(scene):
        still = owed.get(document["exact_id"], 0)
        assert float(document["amount_residual"]) == pytest.approx(still)


def booked(scene):
    """[(document's entry, amount)] of what Odoo's payments were reconciled for."""
    rows = scene.sql("""
        SELECT binding.exact_id, partial.amount FROM account_partial_reconcile partial
        JOIN account_move_line credit ON credit.id = partial.credit_move_id
        JOIN account_payment payment ON payment.move_id = credit.move_id
        JOIN account_move_line debit ON debit.id = partial.debit_move_id
        JOIN exact_binding binding ON binding.res_model = 'account.move'
                                  AND binding.res_id = debit.move_id""")
    here = {document["exact_id"] for document in documents_of(scene)}
    return sorted((row["exact_id"], float(row["amount"])) for row in rows
                  if row["exact_id"] in here)


def paid_there(scene):
    """The same by Exact's terms."""
    terms = scene.exact.control("GET", f"{scene.division}/terms")["terms"]
    ours = {row["exact_id"] for row in documents_of(scene)}
    return sorted((term["TransactionEntryID"], term["AmountFC"]) for term in terms
                  if term["Status"] == 50 and term["TransactionEntryID"] in ours)


def documents_of(scene):
    """Odoo's documents that Exact has: exact_id, amount_residual. Of other tests it has none."""
    terms = scene.exact.control("GET", f"{scene.division}/terms")["terms"]
    there = {term["TransactionEntryID"] for term in terms}
    rows = scene.sql("""
        SELECT binding.exact_id, move.amount_residual FROM account_move move
        JOIN exact_binding binding ON binding.res_model = 'account.move'
                                  AND binding.res_id = move.id AND binding.exact_id IS NOT NULL
        WHERE move.move_type = 'out_invoice'""")
    return [row for row in rows if row["exact_id"] in there]


def open_entries(scene):
    """Entries of invoices of which something is open in Exact."""
    return sorted(item["TransactionEntryID"] for item in open_items(scene))


def open_items(scene):
    items = scene.exact.control("GET", f"{scene.division}/open-items")["open_items"]
    return [item for item in items if item["TransactionType"] == 20]


def mirrored(scene):
    """{(term, status)} of what Odoo knows."""
    rows = scene.sql(f"""
        SELECT term.* FROM exact_payment_term term
        JOIN exact_division division ON division.id = term.division_id
        WHERE division.code = {scene.division}""")
    return {(row["exact_id"], int(row["status"])) for row in rows}


def held(scene):
    """The same of what Exact holds."""
    terms = scene.exact.control("GET", f"{scene.division}/terms")["terms"]
    return {(term["ID"], term["Status"]) for term in terms}
