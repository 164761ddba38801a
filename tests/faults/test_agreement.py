# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Workers killed while both books are compared: nothing of Exact's ledger is missed, and the
report comes to the same end.
"""

import pytest

from .crew import step
from .test_killed_while_sending import killed

MOMENTS = ("after_claim", "before_result_is_committed", "after_result")


@pytest.mark.parametrize("kind", ["ledger_lines", "agreement"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_dies_and_the_next_ends_what_it_began(scene, kind, moment):
    scene.invoices(2)
    scene.finish()
    before = scene.cursors("ledger_lines")
    scene.crew.do(step("compare"))
    killed(scene, step(moment, kind=kind))
    if (kind, moment) != ("ledger_lines", "after_result") and kind == "ledger_lines":
        assert scene.cursors("ledger_lines") == before
    scene.finish()
    assert mirrored(scene) == held(scene)
    [report] = scene.sql("SELECT * FROM exact_agreement")
    entries = {entry for entry, _line in held(scene)}
    assert (report["state"], report["entry_count"]) == ("done", len(entries))
    never_sent = report["document_count"] - len(entries)  # those of before the connection
    assert report["different_count"] == never_sent
    assert not scene.sql("SELECT * FROM exact_agreement_document WHERE kind <> 'missing_in_exact'")


def mirrored(scene):
    """{(entry, line)} of what Odoo knows."""
    rows = scene.sql(f"""
        SELECT line.* FROM exact_ledger_line line
        JOIN exact_division division ON division.id = line.division_id
        WHERE division.code = {scene.division}""")
    return {(row["entry_id"], row["exact_id"]) for row in rows}


def held(scene):
    """The same of what Exact holds."""
    entries = scene.exact.control("GET", f"{scene.division}/entries")["entries"]
    return {(line["EntryID"], line["ID"]) for entry in entries for line in entry["ledger_lines"]}
