# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run Odoo: one command that ends, a shell, or a server."""

import contextlib
import http.client
import os
import subprocess
import time
import urllib.error
import urllib.request

from . import console, odoo_source, paths, postgres, python_packages
from .console import Stop
from .ports import free_port

SECONDS_TO_START = 180
LOGIN_PAGE = "/web/login"


def environment():
    """The variables with which `python -m odoo` finds its source, PostgreSQL and settings.

    Makes or starts whatever of these is missing.
    """
    source = odoo_source.find()
    variables = {**os.environ, **postgres.running().environment()}
    for confusing in ("PGDATABASE", "DATABASE_URL", "ODOO_RC", "PYTHONHOME"):
        variables.pop(confusing, None)
    variables["PYTHONPATH"] = str(source.import_root)
    # Odoo's source may be another's, or read-only: what is compiled of it is kept elsewhere.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    variables["PYTHONPYCACHEPREFIX"] = str(paths.BYTECODE)
    return variables


def command(verb, *arguments):
    """The command line of `odoo <verb>` with this project's addons path and data folder."""
    return [str(python_packages.python()), "-m", "odoo", verb,
            f"--addons-path={paths.ROOT}", f"--data-dir={paths.DATA}",
            *[str(argument) for argument in arguments]]


def run_to_end(database, title, *arguments):
    """Run `odoo` on a database until it has done `arguments` (-i, -u, ...); return its log."""
    return console.run(
        command("server", "-d", database, "--stop-after-init", "--no-http", "--max-cron-threads=0",
                *arguments), title, environment=environment())


def run_code(database, title, code):
    """Run Python code in `odoo shell` (with `env`) on a database, commit, and return the output.

    Raises Stop when the code raises.
    """
    return console.run(
        command("shell", "-d", database, "--no-http", "--log-level=warn",
                "--max-cron-threads=0"),
        title, environment=environment(), stdin=f"{code}\nenv.cr.commit()\n")


def interactive_shell(database):
    """Replace this process by `odoo shell` on a database."""
    arguments = command("shell", "-d", database, "--no-http", "--log-level=warn",
                        "--max-cron-threads=0")
    os.execve(arguments[0], arguments, environment())


@contextlib.contextmanager
def server(database, *, port=None, cron_threads=0, log=None, arguments=()):
    """A running Odoo server on 127.0.0.1; yields a Running with .url, .log and .process.

    One threaded process. With `cron_threads` the scheduled jobs run too. `arguments` are passed to
    Odoo as they are. Stopped by SIGTERM at the end.
    """
    port = port or free_port()
    log = log or paths.LOGS / f"odoo-{database}-{port}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    line = command("server", "-d", database, f"--db-filter=^{database}$", "--no-database-list",
                   "--http-interface=127.0.0.1", "-p", port, "--workers=0",
                   f"--max-cron-threads={cron_threads}", *arguments)
    with open(log, "ab") as output:
        # A session of its own: Ctrl-C in a terminal reaches the caller, who stops it in order.
        process = subprocess.Popen(line, env=environment(), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    running = Running(f"http://127.0.0.1:{port}", log, process)
    try:
        _wait_for_answer(running)
        yield running
    finally:
        console.stop_process(process)


class Running:
    """A server process: its address, its log file, its process."""

    def __init__(self, url, log, process):
        self.url = url
        self.log = log
        self.process = process


def _wait_for_answer(running):
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        if running.process.poll() is not None:
            raise Stop(f"Odoo ended while starting (log: {running.log}): {_last_words(running)}")
        with contextlib.suppress(OSError, urllib.error.URLError, http.client.HTTPException):
            with urllib.request.urlopen(running.url + LOGIN_PAGE, timeout=SECONDS_TO_START):
                return
        time.sleep(0.2)
    raise Stop(f"Odoo did not answer in {SECONDS_TO_START} s (log: {running.log}).")


def _last_words(running):
    lines = running.log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"

