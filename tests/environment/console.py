# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a person at the keyboard reads, and running a program while saying how far it is."""

import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

from . import paths

PROGRESS_EVERY = 5.0
TAIL_OF_A_FAILURE = 15
NO_NETWORK = re.compile("Temporary failure in name resolution|Could not resolve|"
                        "Network is unreachable|Failed to establish a new connection|"
                        "Cannot connect to proxy|ConnectTimeoutError")
ODOO_LOG_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d [\d:,]+ \d+ (\w+) \S+ ")


class Stop(Exception):
    """Ends the command with status 1. The text is one line that says what to do."""


def step(text):
    """Say what happens now."""
    print(f"==> {text}", flush=True)


def note(text):
    """Say a detail of the current step."""
    print(f"    {text}", flush=True)


def run(command, title, *, environment=None, folder=None, stdin="", advice=None):
    """Run `command` with its output in a log of its own, showing progress every 5 seconds.

    Returns the log's text. Raises Stop when it fails: one line with the log's last words,
    the log's place and `advice`.
    """
    log = log_of(title)
    step(title)
    with open(log, "wb") as output, tempfile.TemporaryFile() as entry:
        entry.write(stdin.encode())
        entry.seek(0)
        process = subprocess.Popen([str(part) for part in command], stdin=entry, stdout=output,
                                   stderr=subprocess.STDOUT, env=environment, cwd=folder)
        try:
            _show_progress(process, log)
        except BaseException:
            stop_process(process)
            raise
    text = log.read_text(errors="replace")
    if process.returncode:
        raise Stop(_failure(title, process.returncode, text, log, advice))
    return text


def log_of(title):
    """The file with the output of what `run` did under this title."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    return paths.LOGS / (re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") + ".log")


def stop_process(process, patience=15):
    """End a child process: SIGTERM, and SIGKILL when it has not gone after `patience` seconds."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _show_progress(process, log):
    started = time.monotonic()
    while True:
        try:
            process.wait(PROGRESS_EVERY)
            return
        except subprocess.TimeoutExpired:
            seconds = int(time.monotonic() - started)
            note(f"{seconds:4d} s  {ODOO_LOG_PREFIX.sub('', _last_line(log))[:90]}")


def _last_line(log):
    with open(log, "rb") as file:
        file.seek(max(0, os.path.getsize(log) - 2000))
        lines = _lines(file.read().decode(errors="replace"))
    return lines[-1] if lines else ""


def _lines(text):
    """Lines with content; a carriage return (a progress meter) starts a new one too."""
    return [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]


def _failure(title, status, text, log, advice):
    if "No space left on device" in text:
        return f"The disk is full: free some space on {paths.WORK} and run the same command again."
    if NO_NETWORK.search(text):
        return (f"No network ({title}; log: {_short(log)}): check the connection and the proxy, "
                "then run the same command again.")
    for line in _lines(text)[-TAIL_OF_A_FAILURE:]:
        note(line[:300])
    sentence = f"Failed: {title} (status {status}; log: {_short(log)})."
    return f"{sentence} {advice}" if advice else sentence


def _short(path):
    try:
        return Path(path).relative_to(paths.ROOT)
    except ValueError:
        return path
