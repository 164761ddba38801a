# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""`make lint`: ruff, pylint-odoo, and traps of Odoo 19 that neither of them knows."""

import re
import subprocess

from . import paths, python_packages
from .console import note, step

# Each was right in an older Odoo and is refused, or worse, ignored by Odoo 19.
TRAPS = (
    (r"_sql_constraints\s*=", ".py", "is ignored: use models.Constraint"),
    (r"\bgroups_id\b", ".py .xml .csv", "is called group_ids"),
    (r"<tree\b", ".xml", "is called <list>"),
    (r"view_mode\W.*\btree\b", ".xml .py", "the list view is called list"),
    (r"\b(attrs|states)=", ".xml", "is refused: write invisible=, readonly= or required="),
    (r"numbercall|\bdoall\b", ".xml", "does not exist any more"),
    (r"<group[^>]*\bexpand=", ".xml", "is refused in a search view"),
    (r"type=['\"]json['\"]", ".py", "is called jsonrpc"),
    (r"\bself\._(cr|uid|context)\b", ".py", "is deprecated: use self.env"),
    (r"\bread_group\(", ".py", "is deprecated: use _read_group"),
    (r"timeout=\(", ".py", "Odoo's test harness refuses a tuple: use a number"),
)
ALLOWED = re.compile(r"_read_group\(")


def run():
    """Run all checks; return the exit status."""
    results = [_ruff(), _pylint(), _traps()]
    step("lint: everything is clean" if all(results) else "lint: see above")
    return 0 if all(results) else 1


def _ruff():
    step("ruff")
    return _passes([python_packages.python(), "-m", "ruff", "check", "."])


def _pylint():
    step("pylint with pylint-odoo")
    # The README stands at the top of the repository, beside the addon.
    return _passes([python_packages.python(), "-m", "pylint", "--rcfile=.pylintrc",
                    "--disable=missing-readme", paths.ADDON_NAME])


def _traps():
    step("traps of Odoo 19")
    found = [
        f"{file.relative_to(paths.ROOT)}:{number}: {match.group(0).strip()} {advice}"
        for file in sorted(paths.ADDON.rglob("*"))
        if file.suffix in (".py", ".xml", ".csv")
        for number, line in enumerate(file.read_text().splitlines(), 1)
        for match, advice in traps_in(line, file.suffix)
    ]
    for line in found:
        note(line)
    return not found


def traps_in(line, suffix):
    """The traps that a line of a file with this suffix holds: pairs of match and advice."""
    for pattern, suffixes, advice in TRAPS:
        match = re.search(pattern, line)
        if match and suffix in suffixes.split() and not ALLOWED.search(line):
            yield match, advice


def _passes(command):
    return subprocess.run([str(part) for part in command], cwd=paths.ROOT).returncode == 0
