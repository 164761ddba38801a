# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Programs that are no Python packages: PostgreSQL's, a browser, wkhtmltopdf."""

import functools
import re
import shutil
import subprocess
from pathlib import Path

from . import system_packages
from .build import lock
from .console import Stop, note

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What cannot be done without the program, for the person who must decide whether to install it.
COSTS = {
    "chromium": "the browser tests and the screenshots cannot run",
    "wkhtmltopdf": "no invoice can be printed or attached as PDF",
}


@functools.cache
def browser():
    """Path of Chromium or Chrome, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def wkhtmltopdf():
    """Path of wkhtmltopdf, or None."""
    return shutil.which("wkhtmltopdf")


def postgres_tools():
    """The folder with initdb, pg_ctl and psql of the newest installed PostgreSQL, or None."""
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    folders.sort(key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0), reverse=True)
    if shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True).stdout
        folders.append(Path(told.strip()))
    return next((folder for folder in folders
                 if all((folder / tool).exists() for tool in ("initdb", "pg_ctl", "psql"))), None)


def psql():
    """Path of PostgreSQL's client. Raises Stop when it cannot be installed."""
    found = shutil.which("psql") or (postgres_tools() and postgres_tools() / "psql")
    if not found:
        _install_or_stop("postgresql-client")
    return found or shutil.which("psql")


def postgres_tools_installed():
    """Like postgres_tools(), after installing them when needed. Raises Stop when impossible."""
    if not postgres_tools():
        _install_or_stop("postgresql")
    return postgres_tools()


def install_missing():
    """Install Chromium and wkhtmltopdf where that is allowed, else say what is missing."""
    absent = []
    if not browser():
        absent.append("chromium")
    if not wkhtmltopdf():
        absent.append("wkhtmltopdf")
    if not absent:
        return
    for name in absent:
        if not _installed(name):
            note(f"{name} is missing: {COSTS[name]}. Install it: sudo apt-get install {name}")
    browser.cache_clear()


def _installed(name):
    if not system_packages.may_install():
        return False
    try:
        with lock("packages"):
            system_packages.install(name)
    except Stop as reason:  # Work goes on without it; the cost is said.
        note(str(reason))
        return False
    return True


def _install_or_stop(package):
    if not system_packages.may_install():
        raise Stop(f"PostgreSQL is missing and this user may not install it: run `sudo apt-get "
                   f"install {package}`, or name a server with PGHOST or DATABASE_URL.")
    with lock("packages"):
        system_packages.install(package)
