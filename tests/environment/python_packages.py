# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The virtual environment with the packages that Odoo 19 pins, and the tools of the tests."""

import os
import subprocess
import sys

from . import paths
from .build import digest, lock
from .console import note, run, step
from .system_packages import unpack

REQUIREMENTS = (paths.ENVIRONMENT / "odoo-requirements.txt",
                paths.ENVIRONMENT / "test-requirements.txt",
                paths.ROOT / "requirements.txt")
# Debian keeps pip out of `python3 -m venv`; this package holds it.
PIP_PACKAGE = "python3-pip-whl"


def python():
    """The interpreter of the virtual environment, which is made when it is not there yet.

    Its name holds the Python version and a digest of the requirements. A marker file says that it
    is complete: after an interruption the installation goes on where it was.
    """
    version = ".".join(str(number) for number in sys.version_info[:2])
    # Inside the virtual environment this is the Python that it was made of: the same digest there.
    base = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    folder = paths.WORK / "venv" / f"{version}-{digest(base, *REQUIREMENTS)}"
    complete = folder / "complete"
    interpreter = folder / "bin" / "python"
    if complete.exists():
        return interpreter
    with lock("venv"):
        if not complete.exists():
            _install(base, folder, interpreter)
            complete.write_text("")
    return interpreter


def tool(name, requirement):
    """The interpreter of a virtual environment that holds one tool, away from Odoo's versions."""
    folder = paths.WORK / "venv" / f"{name}-{digest(sys.executable, requirement)}"
    interpreter, complete = folder / "bin" / "python", folder / "complete"
    with lock("venv"):
        if not complete.exists():
            run([*_make(sys.executable, folder, interpreter), "install", requirement],
                f"Install {requirement}",
                advice="Check the network (and pip's configuration), then run it again.")
            complete.write_text("")
    return interpreter


def _install(base, folder, interpreter):
    step(f"Make a virtual environment of {base}")
    pip = _make(base, folder, interpreter)
    requirements = [part for file in REQUIREMENTS for part in ("-r", file)]
    run([*pip, "install", "--progress-bar=off", *requirements],
        "Install the Python packages (about a minute)",
        advice="Check the network (and pip's configuration), then run the same command again.")


def _make(base, folder, interpreter):
    """Make the virtual environment; return the command that runs pip in it."""
    made = subprocess.run([base, "-m", "venv", folder], capture_output=True, text=True)
    if made.returncode == 0:
        return [interpreter, "-m", "pip"]
    note("This Python comes without pip: take it from Debian's package")
    run([base, "-m", "venv", "--without-pip", folder], "Make a virtual environment without pip",
        advice="Install Python's venv module, then run the same command again.")
    unpacked = folder / "pip-package"
    unpack([PIP_PACKAGE], unpacked)
    wheel = next(unpacked.rglob("pip-*.whl"))
    run([interpreter, wheel / "pip", "install", "pip"], "Install pip",
        advice="Check the network, then run the same command again.")
    return [interpreter, "-m", "pip"]
