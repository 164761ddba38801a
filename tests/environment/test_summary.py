# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Where a suite fails, the end of the output says which test it was, and why."""

import os

import pytest

from tests.environment.suites import FAILURES_NAMED, Summary, run_pytest

LONG = "test_a_name_that_is_long_and_says_in_full_what_is_promised_to_whoever_reads_it"
TESTS = f"""
import logging
import unittest
import pytest

class TestThings(unittest.TestCase):
    def {LONG}(self):
        self.assertEqual(3, 1, "three are one")

@pytest.fixture
def broken():
    raise OSError("no such place")

def test_that_never_starts(broken):
    pass

def test_that_logs():
    logging.getLogger("odoo.sql_db").error("bad query")
    print("FAILED to be quiet")
"""


@pytest.fixture
def closed(tmp_path, monkeypatch, capsys):
    """What a summary prints at its end, after pytest ran tests of this text."""
    monkeypatch.setenv("ARGS", "")

    def close(text):
        (tmp_path / "test_made_up.py").write_text(text)
        options = ["-o", "addopts=", "-p", "no:odoo", "-p", "no:cacheprovider",
                   "-c", "/dev/null", "--rootdir", tmp_path]
        summary = Summary()
        run_pytest("made up", summary, [*options, tmp_path], os.environ)
        capsys.readouterr()
        return summary.close(), capsys.readouterr().out.splitlines()[1:]

    return close


def test_what_failed_is_named_with_its_reason_at_the_end(closed):
    status, lines = closed(TESTS)
    assert status == 1
    assert lines[0].startswith("FAILED  made up")
    assert [(line.split()[2], line.rpartition("/")[2]) for line in lines[1:3]] == [
        ("ERROR", "test_made_up.py::test_that_never_starts - OSError: no such place"),
        ("FAILED", f"test_made_up.py::TestThings::{LONG} - "
                   "AssertionError: 3 != 1 : three are one"),
    ]
    assert lines[3] == "made up: ERROR odoo.sql_db: bad query"
    assert lines[4].startswith("===== 1 failed, 1 passed, 1 error")
    assert len(lines) == 5


def test_where_all_is_well_nothing_is_named(closed):
    status, lines = closed("def test_it(): print('FAILED x::y - not at all')")
    assert (status, len(lines)) == (0, 2)


def test_of_very_many_failures_the_first_are_named(closed):
    count = FAILURES_NAMED + 2
    _status, lines = closed("".join(f"def test_{n}(): assert 0\n" for n in range(count)))
    assert lines[-2:-1] == ["made up: and 2 more"]
    assert len(lines) == 1 + FAILURES_NAMED + 2


def test_a_run_that_ends_without_a_verdict_shows_its_last_words(closed):
    status, lines = closed("import os\nprint('so far', flush=True)\nos._exit(3)\n")
    assert status == 1
    assert lines[0].startswith("FAILED  made up")
