# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Workers killed while they read Exact's relations: no change is missed, no cursor runs ahead."""

import pytest

from .crew import step
from .test_killed_while_sending import killed

CODE = "100"


@pytest.mark.parametrize("moment", ["after_claim", "before_result_is_committed", "after_result"])
def test_a_worker_dies_while_it_reads_and_the_next_misses_nothing(scene, moment):
    scene.crew.do(step("read_relations"))
    scene.finish()
    before = scene.cursors("accounts")
    was_blocked = is_blocked(scene)
    change = "unblock" if was_blocked else "block"
    scene.exact.control("POST", f"{scene.division}/{change}", {"kind": "account", "code": CODE})
    scene.crew.do(step("read_relations"))
    killed(scene, step(moment, kind="accounts"))
    if moment != "after_result":
        assert (scene.cursors("accounts"), is_blocked(scene)) == (before, was_blocked)
    scene.finish()
    assert is_blocked(scene) is not was_blocked
    assert scene.cursors("accounts") != before
    assert mirrored(scene) == held(scene)


def test_two_workers_at_once_read_the_same_relations_once(scene):
    scene.crew.do(step("read_relations"))
    scene.work(workers=3)
    scene.finish()
    assert mirrored(scene) == held(scene)
    assert not scene.items("operation = 'accounts' AND state NOT IN ('done', 'cancelled')")


def is_blocked(scene):
    [account] = scene.sql(f"""
        SELECT account.is_blocked FROM exact_account account
        JOIN exact_division division ON division.id = account.division_id
        WHERE division.code = {scene.division} AND account.code = '{CODE}'""")
    return account["is_blocked"]


def mirrored(scene):
    """(code, name, blocked) of what Odoo knows."""
    rows = scene.sql(f"""
        SELECT account.* FROM exact_account account
        JOIN exact_division division ON division.id = account.division_id
        WHERE division.code = {scene.division} AND account.active""")
    return sorted((row["code"], row["name"], row["is_blocked"]) for row in rows)


def held(scene):
    """The same of what Exact holds."""
    rows = scene.exact.control("GET", f"{scene.division}/accounts")["accounts"]
    return sorted((row["Code"].strip(), row["Name"], row["Blocked"]) for row in rows)
