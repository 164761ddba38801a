# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A pytest plugin: a test that did not run is a failure, a file that gave no test too, and so is
a warning that Odoo logs within this process.
"""

import logging
from pathlib import Path

import pytest

from .suites import PROBLEMS, is_of_this_addon

problems = []


class Complaints(logging.Handler):
    """Odoo's warnings and errors that no test expected."""

    def emit(self, record):
        text = record.getMessage()
        if record.name.startswith("odoo") and is_of_this_addon(text):
            problems.append(f"{record.levelname} {record.name}: {text[:300]}")


def pytest_sessionstart(session):
    logging.getLogger().addHandler(Complaints(logging.WARNING))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """Runs before -k takes tests away: every test file that was asked for must have given some."""
    collected = {item.path for item in items}
    for argument in config.args:
        place = Path(argument.split("::")[0]).resolve()
        for file in sorted(place.rglob("test_*.py")) if place.is_dir() else []:
            if file not in collected:
                problems.append(f"{file.relative_to(config.rootpath)}: no test was collected")


def pytest_runtest_logreport(report):
    if report.skipped:
        problems.append(f"{report.nodeid}: skipped or expected to fail")


def pytest_sessionfinish(session, exitstatus):
    if problems and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    if problems:
        terminalreporter.section(PROBLEMS)
        for problem in problems:
            terminalreporter.write_line(problem)
