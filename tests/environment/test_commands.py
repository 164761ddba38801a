# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a person sees who starts a command in the wrong place, or with the wrong Python."""

import os
import subprocess
import sys

import pytest

from tests.environment import paths, postgres, python_packages
from tests.environment.console import Stop, run

OLD_PYTHON = """
import sys
sys.version_info = (3, 9, 1, "final", 0)
from tests.environment.__main__ import use_a_fitting_python
use_a_fitting_python()
"""


def test_a_wrong_python_is_said_in_one_line():
    answer = subprocess.run(
        [sys.executable, "-c", OLD_PYTHON], cwd=paths.ROOT, capture_output=True, text=True,
        env={**os.environ, "PATH": ""})
    assert answer.returncode == 1
    assert answer.stderr.splitlines() == [
        "Odoo 19 needs Python 3.10 to 3.13 and this is 3.9: install one of those, or name it with "
        "PYTHON=<its path>."]


def test_an_unknown_verb_lists_the_known_ones():
    answer = subprocess.run([sys.executable, "-m", "tests.environment", "fly"], cwd=paths.ROOT,
                            capture_output=True, text=True)
    assert answer.returncode == 2
    assert "demo" in answer.stderr


def test_a_program_that_fails_is_one_line_with_its_log_and_advice(tmp_path):
    with pytest.raises(Stop, match=r"^Failed: Try something \(status 3; log: .*\)\. Do this\.$"):
        run(["sh", "-c", "echo out of luck; exit 3"], "Try something", advice="Do this.")


def test_a_full_disk_is_said_as_such():
    with pytest.raises(Stop, match="^The disk is full: free some space on"):
        run(["sh", "-c", "echo tar: No space left on device; exit 1"], "Fill a disk")


def test_a_missing_network_is_said_as_such():
    failing = ["sh", "-c", "echo Could not resolve host: example.org; exit 1"]
    with pytest.raises(Stop, match=r"^No network \(Fetch something; log: .*check the connection"):
        run(failing, "Fetch something")


@pytest.mark.parametrize(("variables", "line"), [
    ({"DATABASE_URL": "postgres://postgres:secret@127.0.0.1:5432/x"}, "Odoo refuses to work as"),
    ({"DATABASE_URL": "postgres://odoo:secret@127.0.0.1:1/x"}, "127.0.0.1:1 does not answer"),
    ({"PGHOST": "127.0.0.1", "PGPORT": "1"}, "127.0.0.1:1 does not answer as odoo"),
])
def test_a_named_postgresql_that_does_not_work_is_said(monkeypatch, variables, line):
    for name in ("DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Stop, match=line) as refusal:
        postgres.running()
    assert "secret" not in str(refusal.value)


def test_the_virtual_environment_is_the_same_one_seen_from_inside():
    line = "from tests.environment import python_packages as p; print(p.python())"
    answer = subprocess.run([python_packages.python(), "-c", line], cwd=paths.ROOT,
                            capture_output=True, text=True)
    assert answer.stdout.strip() == str(python_packages.python())
