# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A run is only green when every test ran and Odoo's log is clean."""

import subprocess
import sys

import pytest

from tests.environment import paths
from tests.environment.lint import traps_in
from tests.environment.suites import odoo_complaints

STAMP = "2026-11-22 06:17:21,871 977"


def run_pytest(folder):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.environment.strict_pytest", "-p", "no:odoo",
         "-p", "no:cacheprovider", "--rootdir", str(folder), "-c", "/dev/null", str(folder)],
        cwd=paths.ROOT, capture_output=True, text=True)


@pytest.mark.parametrize(("content", "complaint"), [
    ("import pytest\n@pytest.mark.skip\ndef test_it(): pass\n", "skipped"),
    ("import pytest\n@pytest.mark.xfail\ndef test_it(): assert 0\n", "expected to fail"),
    ("def check_it(): pass\n", "no test was collected"),
    ("import logging\ndef test_it(): logging.getLogger('odoo.models').warning('no label')\n",
     "no label"),
])
def test_a_test_that_did_not_run_fails_the_run(tmp_path, content, complaint):
    (tmp_path / "test_fine.py").write_text("def test_fine(): pass\n")
    assert run_pytest(tmp_path).returncode == 0

    (tmp_path / "test_other.py").write_text(content)
    answer = run_pytest(tmp_path)
    assert answer.returncode == 1
    assert complaint in answer.stdout


@pytest.mark.parametrize("line", [
    f"{STAMP} WARNING db odoo.models: field x has no label",
    f"{STAMP} ERROR db odoo.sql_db: bad query",
    f"{STAMP} INFO db odoo.addons.exact_online_connector.tests.test_x: skipped TestX.test_y : no",
])
def test_a_warning_or_a_skip_in_odoos_log_is_a_complaint(line):
    assert len(odoo_complaints(f"{STAMP} INFO db odoo.modules: loading\n{line}\n")) == 1


def test_what_odoo_says_about_the_machine_is_no_complaint():
    log = f"{STAMP} WARNING ? odoo.service.server: Running as user 'root' is a security risk.\n"
    assert odoo_complaints(log) == []


@pytest.mark.parametrize(("line", "suffix"), [
    ("    _sql_constraints = [", ".py"),
    ('<tree string="Calls">', ".xml"),
    ('<field name="groups_id" eval="[]"/>', ".xml"),
    ('<field name="x" attrs="{}"/>', ".xml"),
    ('<field name="numbercall">-1</field>', ".xml"),
    ("    rows = self.read_group([], [], [])", ".py"),
])
def test_a_trap_of_odoo_19_is_seen(line, suffix):
    assert list(traps_in(line, suffix))


@pytest.mark.parametrize(("line", "suffix"), [
    ("    rows = self._read_group([], [], [])", ".py"),
    ('<list string="Calls">', ".xml"),
    ('<field name="group_ids" eval="[]"/>', ".xml"),
])
def test_what_odoo_19_wants_is_no_trap(line, suffix):
    assert not list(traps_in(line, suffix))
