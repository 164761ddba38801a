# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What `make audit` says of what it was told, and that it never passes without having been told."""

import json

import pytest

from tests.environment import audit
from tests.environment.console import Stop

TOLD = {"dependencies": [
    {"name": "pytest", "version": "1.0", "vulns": [
        {"id": "PYSEC-1", "fix_versions": ["1.1"], "description": "..."}]},
    {"name": "Num2Words", "version": "0.5", "vulns": [
        {"id": "PYSEC-2", "fix_versions": [], "description": "..."}]},
    {"name": "ruff", "version": "0.1", "vulns": []},
]}
UNKNOWN = {"name": "pytest", "skip_reason": "not found"}


def test_what_odoo_pins_is_told_and_does_not_fail():
    ours, odoos = audit.sorted_out(audit.found_in(json.dumps(TOLD), ""), {"num2words"})
    assert ours == ["pytest 1.0: PYSEC-1, mended in 1.1"]
    assert odoos == ["Num2Words 0.5: PYSEC-2, mended in no version yet"]


def test_the_pins_of_odoo_are_known():
    names = audit.names_in(audit.ODOOS.read_text())
    assert {"lxml", "werkzeug", "cryptography"} <= names
    assert "ruff" not in names


def test_a_package_of_which_nothing_is_known_is_not_audited():
    told = {"dependencies": [*TOLD["dependencies"], UNKNOWN]}
    with pytest.raises(Stop, match=r"^1 of 4 packages were not audited \(not found\)"):
        audit.found_in(json.dumps(told), "")


@pytest.mark.parametrize("answer", ["", "Service unavailable"])
def test_who_was_told_nothing_has_audited_nothing(answer):
    with pytest.raises(Stop, match=r"^Nothing was audited: .*\(no route\)"):
        audit.found_in(answer, "Traceback\nno route\n")
