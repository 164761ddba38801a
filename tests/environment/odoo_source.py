# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Find Odoo 19: the folder that ODOO names, a cached one, a clone, or Debian's package."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import paths
from .build import build_once, digest
from .console import Stop, note, run, step
from .system_packages import unpack

SERIES = (19, 0)
REPOSITORY = "https://github.com/odoo/odoo.git"
BRANCH = "19.0"
CLONED = paths.WORK / "odoo" / "cloned"
UNPACKED = paths.WORK / "odoo" / "unpacked"
SECONDS_TO_ANSWER = 15
# Debian replaces some web assets by links into /usr/share: these packages hold what they point at.
# Font Awesome newer than 4.7 (bookworm's) lacks the files.
PACKAGES = ("odoo-19", "libjs-jquery", "libjs-underscore", "libjs-jquery-form",
            "fonts-roboto-unhinted", "fonts-montserrat", "fonts-inconsolata",
            "fonts-font-awesome/bookworm")
# Debian leaves this file out; the web client logs an error for it. Empty, nothing misses it.
LEFT_OUT = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@dataclass(frozen=True)
class OdooSource:
    """An Odoo 19: `package` is the folder that Python imports as `odoo`."""

    package: Path

    @property
    def import_root(self):
        """The folder to put on Python's path."""
        return self.package.parent

    @property
    def identity(self):
        """A digest that changes with the version or the place of this Odoo."""
        head = self.import_root / ".git" / "HEAD"
        commit = ""
        if head.exists():
            commit = subprocess.run(["git", "-C", self.import_root, "rev-parse", "HEAD"],
                                    capture_output=True, text=True).stdout
        return digest(str(self.package), self.package / "release.py", commit)


def find():
    """The Odoo 19 to use; fetched when there is none yet. Raises Stop when that is impossible."""
    named = os.environ.get("ODOO")
    if named:
        return _named(Path(named).expanduser().resolve())
    return cached() or _fetch()


def cached():
    """The Odoo 19 that an earlier run fetched, or None."""
    for folder in (CLONED, UNPACKED):
        package = _package_in(folder)
        if package:
            return OdooSource(package)
    return None


def _fetch():
    step("Odoo 19 is not here yet: look for the public repository")
    if _repository_answers():
        folder = build_once(CLONED, _clone)
    elif shutil.which("apt-get"):
        note("github.com cannot be reached: take Debian's package of Odoo 19 instead")
        folder = build_once(UNPACKED, _unpack)
    else:
        raise Stop("github.com cannot be reached and this machine has no apt: clone Odoo 19 "
                   "elsewhere and pass ODOO=<its folder>.")
    return OdooSource(_package_in(folder))


def _named(folder):
    package = _package_in(folder)
    if not package:
        raise Stop(f"ODOO={folder} holds no Odoo: name the folder of a checkout of Odoo 19.0 "
                   "(the one with odoo-bin).")
    series = _series(package)
    if series != SERIES:
        found = ".".join(str(number) for number in series)
        raise Stop(f"ODOO={folder} is Odoo {found}: this addon needs Odoo 19.0.")
    return OdooSource(package)


def _package_in(folder):
    """The importable package in a checkout, an unpacked Debian package, or the package itself."""
    for place in ("odoo", "usr/lib/python3/dist-packages/odoo", "."):
        package = (folder / place).resolve()
        if (package / "release.py").exists() and (package / "modules").is_dir():
            return package
    return None


def _series(package):
    match = re.search(r"version_info = \((\d+), (\d+)", (package / "release.py").read_text())
    return tuple(int(number) for number in match.groups()) if match else (0, 0)


def _repository_answers():
    if not shutil.which("git"):
        return False
    question = ["git", "ls-remote", "--heads", REPOSITORY, BRANCH]
    try:
        answer = subprocess.run(question, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                                timeout=SECONDS_TO_ANSWER, env=_without_prompt())
    except subprocess.TimeoutExpired:
        return False
    return answer.returncode == 0 and BRANCH in answer.stdout


def _clone(scratch):
    run(["git", "clone", "--depth", "1", "--branch", BRANCH, "--single-branch", "--progress",
         REPOSITORY, scratch], "Clone Odoo 19 (about 400 MB)", environment=_without_prompt(),
        advice="Run the same command again, or pass ODOO=<the folder of an Odoo 19 checkout>.")


def _without_prompt():
    return {**os.environ, "GIT_TERMINAL_PROMPT": "0"}


def _unpack(scratch):
    unpack(PACKAGES, scratch)
    missing = _package_in(scratch) / LEFT_OUT
    if not missing.exists():
        missing.parent.mkdir(parents=True, exist_ok=True)
        missing.write_text("")
