# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""`make audit`: which of the Python packages have a known vulnerability.

The answer comes from a service on the internet, so it is no part of `.ci/run`; and where nobody
answers, nothing was audited, which is not the same as nothing found.
"""

import json
import re
import subprocess

from . import paths, python_packages
from .console import Stop, note, step

PIP_AUDIT = "pip-audit==2.10.1"
# Odoo names the versions that it runs on: what is found in them is for Odoo to mend.
ODOOS = paths.ENVIRONMENT / "odoo-requirements.txt"


def run():
    """Ask about each installed package; return 1 when one that this project chose is vulnerable."""
    packages = python_packages.python().parents[1]
    tool = python_packages.tool("audit", PIP_AUDIT)
    step("pip-audit")
    [site] = packages.glob("lib/python3*/site-packages")
    answer = subprocess.run([tool, "-m", "pip_audit", "--path", site, "--format", "json"],
                            capture_output=True, text=True)
    ours, odoos = sorted_out(found_in(answer.stdout, answer.stderr), names_in(ODOOS.read_text()))
    for line in odoos:
        note(f"pinned by Odoo: {line}")
    for line in ours:
        note(f"ours: {line}")
    step(f"audit: {len(ours)} known vulnerabilities in what this project chose, "
         f"{len(odoos)} in what Odoo pins")
    return 1 if ours else 0


def found_in(answer, errors):
    """Pairs of a package's name and a line about it, of pip-audit's JSON. Raises Stop where it
    knows nothing of a package: a mirror of the index, say, answers for each but knows of none.
    """
    try:
        packages = json.loads(answer)["dependencies"]
    except ValueError:
        reason = next(reversed(errors.strip().splitlines()), "no reason was given")
        raise Stop("Nothing was audited: the service that knows the vulnerabilities could not be "
                   f"asked ({reason}). Run this where the internet can be reached.") from None
    unknown = [package["skip_reason"] for package in packages if "skip_reason" in package]
    if unknown:
        raise Stop(f"{len(unknown)} of {len(packages)} packages were not audited ({unknown[0]}). "
                   "Run this where the Python package index itself can be reached.")
    return [
        (package["name"], f"{package['name']} {package['version']}: {each['id']}, "
         f"mended in {', '.join(each['fix_versions']) or 'no version yet'}")
        for package in packages
        for each in package["vulns"]
    ]


def sorted_out(found, pinned):
    """The lines of what this project chose, and those of what is among `pinned`."""
    ours = [line for name, line in found if _bare(name) not in pinned]
    return ours, [line for name, line in found if _bare(name) in pinned]


def names_in(requirements):
    """The names of the packages in the text of a requirements file."""
    lines = (re.match(r"[A-Za-z0-9._-]+", line) for line in requirements.splitlines())
    return {_bare(line.group()) for line in lines if line}


def _bare(name):
    return re.sub(r"[-_.]+", "-", name).lower()
