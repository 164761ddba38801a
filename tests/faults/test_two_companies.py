# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Two companies, one connection, two administrations: neither sees anything of the other."""

from decimal import Decimal

from .crew import step
from .exact import WRITES
from .scene import BRUSSELS, DIVISIONS, UTRECHT, new_name

# Every row that names both a company and an administration names two that belong together.
STRANGERS = """
    SELECT '{table}' AS place, stranger.id FROM {table} stranger
    JOIN exact_division division ON division.id = stranger.division_id
    JOIN res_company company ON company.id = stranger.company_id
    WHERE company.exact_division_id <> division.id"""
# Each call was made for an item of the administration that it went to.
STRAY_CALLS = """
    SELECT call.id FROM exact_call call
    JOIN exact_sync_queue item ON item.id = call.item_id
    JOIN exact_division division ON division.id = item.division_id
    WHERE call.division <> division.code"""
MIRRORS = ("exact_journal", "exact_gl_account", "exact_vat_code", "exact_payment_condition")


def test_invoices_of_one_number_stay_in_their_own_administrations(scene):
    customer = new_name()
    posted = {
        company: scene.invoices(5, customer, company=company, seed=seed)
        for seed, company in enumerate((BRUSSELS, UTRECHT), 1)
    }
    names = {company: [each["name"] for each in posted[company]] for company in posted}
    assert names[BRUSSELS] == names[UTRECHT], "the trap: both series have the same numbers"
    for resource in WRITES.values():  # so that look-ups are made in both
        scene.exact.fault("cut_after_commit", "POST", f"{resource}$", times=4)
    scene.finish(workers=2)
    scene.exact.clear_faults()
    for company, division in DIVISIONS.items():
        entries = scene.exact.entries(division)
        booked = {name: [entry["header"]["AmountFC"] for entry in found]
                  for name, found in entries.items()}
        assert {name: [Decimal(str(amount)) for amount in amounts]
                for name, amounts in booked.items()} == {
            each["name"]: [Decimal(each["total"])] for each in posted[company]}
        assert len(scene.exact.accounts(division, customer)) == 1
    assert_nothing_crossed(scene)


def test_a_changed_customer_changes_in_both(scene):
    customer = new_name()
    for company in DIVISIONS:
        scene.invoices(1, customer, company=company)
    scene.finish()
    scene.crew.do(step("change_customer", customer=customer, city="Hasselt"))
    scene.finish()
    for division in DIVISIONS.values():
        [account] = scene.exact.accounts(division, customer)
        assert account.get("City") == "Hasselt"
    assert_nothing_crossed(scene)


def assert_nothing_crossed(scene):
    """No binding, item, mirror or call of one company touches the other's administration."""
    for table in ("exact_binding", "exact_sync_queue"):
        assert scene.sql(STRANGERS.format(table=table)) == []
    assert scene.sql(STRAY_CALLS) == []
    for mirror in MIRRORS:
        shared = scene.sql(f"SELECT exact_id FROM {mirror} GROUP BY exact_id "
                           "HAVING count(DISTINCT division_id) > 1")
        assert shared == []
    shared = scene.sql("SELECT exact_id FROM exact_binding GROUP BY exact_id "
                       "HAVING count(DISTINCT division_id) > 1")
    assert shared == []
