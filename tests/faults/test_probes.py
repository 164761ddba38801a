# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A test administration is measured with probes: whatever fails in between, none stays there."""

import signal

import pytest

from .crew import step

PROBE = {"kind": "sales_probe"}
MOMENTS = {
    "before it is booked": step("before_request", **PROBE),
    "after it was booked": step("after_answer", **PROBE),
    "before the answer is committed": step("before_result_is_committed", **PROBE),
    "before it is deleted": step("before_request", method="DELETE", **PROBE),
    "after it was deleted": step("after_answer", method="DELETE", **PROBE),
}
CUTS = ("cut_before_commit", "cut_after_commit", "wrong_json")
ALL = {"vat_rounding", "vat_override", "credit_notes", "inclusive_amount", "percentages",
       "reference_format", "your_ref_length", "description_length", "line_description_length"}
FEW = 4  # items' steps for which a worker has time: one probe is booked, looked at and deleted


@pytest.fixture(autouse=True)
def undisturbed(scene):
    """Each test begins without a fault, in a test administration, and leaves the books alone."""
    scene.exact.clear_faults()
    before = books(scene)
    scene.crew.do(step("mark_as_test"))
    yield
    assert books(scene) == before
    assert not scene.sql("SELECT * FROM exact_binding WHERE res_model = 'exact.calibration.probe' "
                         "AND (intended_on IS NOT NULL OR exact_id IS NOT NULL)")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_worker_dies_and_no_probe_stays(scene, moment):
    scene.crew.do(step("measure"))
    killed(scene, MOMENTS[moment])
    stopped(scene)


def test_a_worker_dies_and_the_next_one_measures_on(scene):
    scene.crew.do(step("measure"))
    killed(scene, MOMENTS["after it was booked"])
    scene.finish()
    assert measured(scene) == ALL


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("cut", CUTS)
def test_an_answer_is_lost_and_no_probe_stays(scene, cut, method):
    scene.exact.fault(cut, method, "SalesEntries")
    scene.crew.do(step("measure"), step("work", items=FEW))
    [fault] = scene.exact.clear_faults()
    assert fault["used"] == 1
    stopped(scene)


def test_the_purchase_probes_own_document_goes_too(scene):
    scene.exact.fault("cut_after_commit", "POST", "PurchaseEntries")
    scene.exact.fault("cut_after_commit", "DELETE", "Documents")
    scene.crew.do(step("measure"))
    scene.finish()
    assert [fault["used"] for fault in scene.exact.clear_faults()] == [1, 1]
    assert measured(scene) == ALL


def killed(scene, moment):
    """A worker works until it is killed at this moment."""
    [ended] = scene.crew.race([moment, step("take_stock"), step("make_due"), step("work")])
    assert ended.signal == signal.SIGKILL, ended


def stopped(scene):
    """A person stops it; what is left is deleted."""
    scene.crew.do(step("stop_measuring"))
    scene.finish()
    assert scene.items("state NOT IN ('done', 'cancelled')") == []


def measured(scene):
    """The rules that probes settled."""
    return {row["rule"] for row in scene.sql(
        "SELECT * FROM exact_calibration_finding WHERE source = 'probes' AND confidence = 'sure'")}


def books(scene):
    counts = scene.exact.counts(scene.division)
    balances = scene.exact.control("GET", f"{scene.division}/balances")
    return counts, balances
