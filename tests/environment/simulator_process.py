# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Run the simulator of Exact Online as a server of its own."""

import contextlib
import re
import subprocess
import time
import uuid

from . import console, paths, python_packages
from .console import Stop
from .odoo_process import Running

SECONDS_TO_START = 30
READY = re.compile(r"listening on (http://\S+)")


@contextlib.contextmanager
def simulator(seeds=("be", "nl"), *, name="simulator", port=0, database=":memory:",
              auto_consent=True, limits=False):
    """A running simulator on 127.0.0.1; yields a Running with .url, .log and .process.

    `seeds` are the countries whose administrations it holds. Its traffic log goes to
    .work/traffic/<name>-<random>.jsonl, where `make contract` judges it.
    """
    mark = f"{name}-{uuid.uuid4().hex[:8]}"
    log = paths.LOGS / f"{mark}.log"
    for folder in (paths.LOGS, paths.TRAFFIC):
        folder.mkdir(parents=True, exist_ok=True)
    line = [python_packages.python(), paths.ADDON / "exact_simulator", "--port", str(port),
            "--database", str(database), "--seed", ",".join(seeds),
            "--traffic-log", paths.TRAFFIC / f"{mark}.jsonl"]
    line += ["--auto-consent"] if auto_consent else []
    line += [] if limits else ["--no-limits"]
    with open(log, "wb") as output:
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield Running(_address(process, log), log, process)
    finally:
        console.stop_process(process)


def _address(process, log):
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        ready = READY.search(log.read_text(errors="replace"))
        if ready:
            return ready.group(1)
        time.sleep(0.05)
    words = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
    raise Stop(f"The simulator did not start (log: {log}): {words[-1]}")
