# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Debian packages: installed into the system where that is allowed, or unpacked in a folder."""

import os
import shutil
import subprocess

from . import paths
from .console import Stop, run, step

UNPACKED_FROM = "sid"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
INDEX_FIELDS = "$(LABEL)|$(CREATED_BY)|$(REPO_URI)"
# Enough for a slow network, short enough that "no network" is said within a minute.
PATIENCE = ["-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20",
            "-o", "Acquire::https::Timeout=20", "-o", "DPkg::Lock::Timeout=120"]


def may_install():
    """Can this user install Debian packages without being asked for a password?"""
    return shutil.which("apt-get") is not None and _root_prefix() is not None


def install(*packages):
    """Install Debian packages into the system. Call it only when may_install()."""
    apt = [*_root_prefix(), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", *PATIENCE]
    advice = "Check the network and apt's configuration, then run the same command again."
    run([*apt, "update"], "Read the package lists", advice=advice)
    run([*apt, "install", "-y", "--no-install-recommends", *packages],
        f"Install {' '.join(packages)}", advice=advice)


def unpack(packages, folder):
    """Download Debian packages and unpack them into `folder`; nothing is installed.

    A name like `fonts-font-awesome/bookworm` takes another suite than sid. Works as any user:
    apt gets a source list, lists and a state of its own. Raises Stop without apt or network.
    """
    for program in ("apt-get", "dpkg-deb"):
        if not shutil.which(program):
            raise Stop(f"{program} is not on this machine: it is needed to fetch {packages[0]}.")
    private = _private_apt(archive_address())
    _update(private, "Read the lists of the Debian archive")
    downloads = paths.WORK / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    run(["apt-get", *PATIENCE, "download", *packages],
        f"Download {packages[0]} and what it links to",
        environment={**os.environ, "APT_CONFIG": str(private)}, folder=downloads,
        advice="Check the network, then run the same command again.")
    step(f"Unpack {packages[0]}")
    for archive in sorted(downloads.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
    shutil.rmtree(downloads)


def archive_address():
    """Address of the Debian archive, from the machine's own apt configuration."""
    address = _configured_archive(os.environ)
    if address:
        return address
    # A fresh machine has no lists yet, and then apt does not say whose archive is whose.
    lists = paths.WORK / "apt" / "machine"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    config = paths.WORK / "apt" / "machine.conf"
    config.write_text(f'Dir::State::Lists "{lists}";\n{_no_sandbox()}')
    _update(config, "Read this machine's package lists")
    address = _configured_archive({**os.environ, "APT_CONFIG": str(config)})
    if not address:
        raise Stop("The Debian archive is not among this machine's package sources, and github.com "
                   "cannot be reached: clone Odoo 19 elsewhere and pass ODOO=<its folder>.")
    return address


def _configured_archive(environment):
    answer = subprocess.run(["apt-get", "indextargets", "--format", INDEX_FIELDS],
                            env=environment, capture_output=True, text=True)
    for line in answer.stdout.splitlines():
        label, kind, address = line.split("|", 2)
        if label == "Debian" and kind == "Packages":
            return address
    return None


def _update(config, title):
    text = run(["apt-get", *PATIENCE, "update"], title,
               environment={**os.environ, "APT_CONFIG": str(config)},
               advice="Check the network, then run the same command again.")
    # apt calls an archive that it cannot reach a warning, and ends with status 0.
    if "Failed to fetch" in text:
        raise Stop("The Debian archive cannot be reached: check the network (and proxy), then run "
                   "the same command again.")


def _private_apt(address):
    folder = paths.WORK / "apt"
    for name in ("lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    signed_by = f"[signed-by={KEYRING}] " if os.path.exists(KEYRING) else ""
    (folder / "sources.list").write_text("".join(
        f"deb {signed_by}{address} {suite} main\n" for suite in (UNPACKED_FROM, "bookworm")))
    # The machine's own packages must not look installed, or apt would weigh versions against them.
    (folder / "status").write_text("")
    config = folder / "apt.conf"
    config.write_text(f"""\
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::Lists "{folder}/lists";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
{_no_sandbox()}""")
    return config


def _no_sandbox():
    """The user that apt downloads as could not enter a home folder."""
    return 'APT::Sandbox::User "root";\n'


def _root_prefix():
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and not subprocess.run(
            ["sudo", "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True).returncode:
        return ["sudo", "-n"]
    return None
