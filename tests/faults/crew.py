# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Worker processes on one database: each a fork of one Odoo that has loaded its registry.

Loading Odoo takes seconds, forking it milliseconds, and a fork is what Odoo's own prefork server
calls a worker: a process with connections of its own, which a SIGKILL ends like any other.
"""

import contextlib
import json
import socket
import subprocess
from dataclasses import dataclass
from typing import Any

from tests.environment import api, console, paths

PATIENCE = 240.0
START = """
import sys
sys.path.insert(0, {root!r})
from tests.faults.inside import nursery
nursery.serve(env, {channel})
"""


@dataclass(frozen=True)
class Ended:
    """How a worker ended: its last step's result, what it raised, or the signal that killed it."""

    result: Any = None
    raised: str = ""
    signal: int = 0


def step(name, /, **arguments):
    """A step that a worker takes: a function of tests.faults.inside.steps, .kills or .people."""
    return name, arguments


class Crew:
    """Starts workers on one database."""

    def __init__(self, channel):
        self._channel = channel.makefile("rw", encoding="utf-8")

    def race(self, *jobs):
        """Start one worker for each job, all at once; wait; return their ends in that order.

        A job is a list of steps, which one process takes one after the other.
        """
        self._channel.write(json.dumps(jobs) + "\n")
        self._channel.flush()
        answer = self._channel.readline()
        if not answer:
            raise EOFError("The process that forks the workers has ended; see its log.")
        return [Ended(**ended) for ended in json.loads(answer)]

    def do(self, *steps):
        """Let one worker take these steps; return the last one's result."""
        [ended] = self.race(list(steps))
        if ended.raised or ended.signal:
            raise AssertionError(ended.raised or f"The worker was killed by signal {ended.signal}.")
        return ended.result


@contextlib.contextmanager
def crew(database):
    """A Crew on `database`; its workers are gone at the end, so the database can be copied."""
    ours, theirs = socket.socketpair()
    ours.settimeout(PATIENCE)
    log = paths.LOGS / f"crew-{database}.log"
    with ours, theirs, open(log, "wb") as output:
        process = subprocess.Popen(
            api.odoo_command("shell", "-d", database, "--no-http", "--log-level=warn",
                             "--max-cron-threads=0"),
            env=api.odoo_environment(), stdin=subprocess.PIPE, stdout=output,
            stderr=subprocess.STDOUT, pass_fds=[theirs.fileno()], start_new_session=True)
        code = START.format(root=str(paths.ROOT), channel=theirs.fileno())
        process.stdin.write(code.encode())
        process.stdin.close()
        theirs.close()
        try:
            yield Crew(ours)
        finally:
            ours.close()
            console.stop_process(process)
