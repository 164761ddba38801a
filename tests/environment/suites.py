# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The test suites: how each is started, and what counts as its failure."""

import ast
import collections
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import console, databases, odoo_process, paths, programs, python_packages
from .console import Stop, note, step
from .ports import free_port

ADDON_TESTS = paths.ADDON / "tests"
CONTRACT = paths.ROOT.parent / "shared" / "exact-online" / "check_contract"
ODOO_RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading")
SIDE_BY_SIDE = 2  # suites at a time; each is busy on about one core
OUTCOME = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)")
DURATION = re.compile(r" in ([\d.]+)s")
LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (\w+) \S+ (\S+): (.*)")
# What Odoo says about the machine or itself, whatever addon is installed.
NOT_OF_THIS_ADDON = (
    r"Running as user 'root' is a security risk",
    r"The `ldap` python module could not be imported",
    r"Couldn't load GeoIP",
    r"wkhtmltopdf: The switch .* unpatched qt",
)


class Summary:
    """The closing line of each suite, and whether any failed."""

    def __init__(self):
        self.lines = []
        self.failed = False
        self.outcomes = collections.Counter()
        self.seconds = 0.0

    def add(self, suite, passed, closing_line):
        """Keep a suite's closing line."""
        self.failed = self.failed or not passed
        self.lines.append(f"{'ok    ' if passed else 'FAILED'}  {suite:<20} {closing_line}")

    def add_pytest(self, suite, passed, closing_line):
        """Keep pytest's closing line, and count what it says."""
        for number, outcome in OUTCOME.findall(closing_line):
            self.outcomes[outcome] += int(number)
        self.seconds += float(DURATION.search(closing_line).group(1))
        self.add(suite, passed, closing_line)

    def close(self):
        """Print all lines, and pytest's counts over all suites; return the exit status."""
        step("Result")
        for line in self.lines:
            print(line, flush=True)
        if self.outcomes:
            counts = ", ".join(f"{number} {outcome}" for outcome, number in self.outcomes.items())
            print(f"===== {counts} in {self.seconds:.2f}s =====", flush=True)
        return 1 if self.failed else 0


def run_all():
    """Everything that must pass: environment, api, addon, faults, browser, contract.

    Two suites run side by side, the longest first: each waits half of its time for a server or
    a browser.
    """
    summary = Summary()
    shutil.rmtree(paths.TRAFFIC, ignore_errors=True)
    databases.template_database("demo")
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        running = [
            pool.submit(run_folder, "faults", summary),
            pool.submit(run_folder, "browser", summary),
            pool.submit(run_addon_with_odoo, summary),
            pool.submit(run_addon_with_pytest, summary),
            pool.submit(run_folder, "environment", summary),
            pool.submit(run_folder, "api", summary),
        ]
        for suite in running:
            suite.result()
    if _contract_check():
        run_contract(summary)
    return summary.close()


def run_folder(name, summary):
    """pytest over tests/<name>, without pytest-odoo; the tests start what they need."""
    folder = paths.ROOT / "tests" / name
    if not any(folder.rglob("test_*.py")):
        return
    step(f"Run tests/{name}")
    if name == "browser" and not programs.browser():
        summary.add(f"tests/{name}", False, "not run: there is no Chromium on this machine")
        return
    environment = {**os.environ, "SCREENSHOTS": str(paths.SCREENSHOTS)}
    _pytest(f"tests/{name}", summary, [folder], environment)


def run_addon(summary):
    """The addon's own tests, as Odoo runs them and as pytest-odoo runs them."""
    run_addon_with_odoo(summary)
    run_addon_with_pytest(summary)


def run_addon_with_odoo(summary):
    """Install the addon with its tests; a failure, a skip or a warning in the log fails it."""
    _check_that_odoo_sees_every_test()
    title = "Install the addon and run its tests with odoo --test-enable"
    with databases.database(f"exact_online_test_{os.getpid()}", "base") as name:
        line = odoo_process.command(
            "server", "-d", name, "-i", paths.ADDON_NAME, "--test-enable",
            f"--test-tags=/{paths.ADDON_NAME}", "--stop-after-init", "--max-cron-threads=0",
            "--http-interface=127.0.0.1", "-p", free_port())
        try:
            console.run(line, title, environment=_addon_environment())
            ended_well = True
        except Stop as failure:
            note(str(failure))
            ended_well = False
    log = console.log_of(title).read_text(errors="replace")
    complaints = odoo_complaints(log)
    for complaint in complaints:
        note(complaint[:300])
    result = ODOO_RESULT.search(log)
    ran = result is not None and result.group(3) != "0"
    closing = result.group(0).removesuffix(" when loading") if ran else "Odoo ran no test"
    if complaints:
        closing += f", {len(complaints)} line(s) to mend in its log"
    summary.add("odoo --test-enable", ended_well and ran and not complaints, closing)


def run_addon_with_pytest(summary):
    """The same tests in a database that has the addon."""
    step("Run the addon's tests with pytest-odoo")
    with databases.database(f"exact_online_pytest_{os.getpid()}", "addon") as name:
        _pytest("pytest-odoo", summary, [
            "-o", "addopts=", "-o", "pythonpath=", "--odoo-http", f"--odoo-database={name}",
            f"--odoo-addons-path={paths.ROOT}", "--odoo-extra", f"data-dir={paths.DATA}",
            ADDON_TESTS], _addon_environment())


def run_contract(summary):
    """Hold the traffic of every simulator that a suite started against Exact's contract."""
    check = _contract_check()
    logs = sorted(paths.TRAFFIC.glob("*.jsonl"))
    if not check:
        raise Stop("Which check? Run: make contract CHECK=<path of check_contract>")
    if not logs:
        raise Stop("There is no traffic to judge: run `make test-api` or `make test` first.")
    step(f"Hold {len(logs)} traffic logs against the contract")
    status, lines = _show([sys.executable, check, *logs], os.environ, "contract")
    summary.add("contract", status == 0, lines[-1] if lines else "it said nothing")


def run_benchmarks():
    """Run every script of tests/benchmarks; each prints its own figures."""
    scripts = sorted((paths.ROOT / "tests" / "benchmarks").glob("bench_*.py"))
    if not scripts:
        raise Stop("tests/benchmarks holds no bench_*.py.")
    failed = []
    for script in scripts:
        step(f"Run {script.relative_to(paths.ROOT)}")
        module = ".".join(script.relative_to(paths.ROOT).with_suffix("").parts)
        status, _lines = _show([python_packages.python(), "-m", module], os.environ, "")
        failed += [script.name] if status else []
    if failed:
        raise Stop(f"Failed: {', '.join(failed)}.")


def _addon_environment():
    """Odoo's variables, and where the simulators of the addon's tests log their traffic."""
    paths.TRAFFIC.mkdir(parents=True, exist_ok=True)
    return {**odoo_process.environment(), "EXACT_TRAFFIC": str(paths.TRAFFIC)}


def odoo_complaints(log):
    """Lines of an Odoo log with a warning or worse, or with a skipped test."""
    complaints = []
    for line in log.splitlines():
        match = LOG_LINE.match(line)
        if not match:
            continue
        level, logger, text = match.groups()
        worse = level in ("WARNING", "ERROR", "CRITICAL")
        if worse and any(re.search(known, text) for known in NOT_OF_THIS_ADDON):
            continue
        if worse or re.match(r"skipped \S+ :|skipped .* : ", text):
            complaints.append(f"{level} {logger}: {text}")
    return complaints


def _check_that_odoo_sees_every_test():
    """Odoo only runs the test files that tests/__init__.py imports."""
    if not any(ADDON_TESTS.glob("test_*.py")):
        raise Stop(f"{ADDON_TESTS.relative_to(paths.ROOT)} holds no test.")
    tree = ast.parse((ADDON_TESTS / "__init__.py").read_text())
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
                for alias in node.names}
    missing = sorted({file.stem for file in ADDON_TESTS.glob("test_*.py")} - imported)
    if missing:
        raise Stop(f"{paths.ADDON_NAME}/tests/__init__.py does not import {', '.join(missing)}: "
                   "odoo --test-enable would not run these.")


def _pytest(suite, summary, arguments, environment):
    chosen = os.environ.get("ARGS", "").split()
    status, lines = _show(
        [python_packages.python(), "-m", "pytest", "-p", "tests.environment.strict_pytest",
         *arguments, *chosen], environment, suite)
    closing = [line for line in lines if OUTCOME.search(line) and DURATION.search(line)]
    if closing:
        summary.add_pytest(suite, status == 0, f"===== {closing[-1].strip('= ')} =====")
    else:
        summary.add(suite, False, lines[-1] if lines else "pytest said nothing")


def _show(command, environment, suite):
    """Run a command, show its output as it comes, each line behind the name of its suite;
    return its status and its lines.
    """
    process = subprocess.Popen([str(part) for part in command], env=environment, cwd=paths.ROOT,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace", stdin=subprocess.DEVNULL)
    lines = []
    try:
        for line in process.stdout:
            print(f"{suite} | {line}" if suite else line, end="", flush=True)
            lines.append(line.rstrip("\n"))
        return process.wait(), lines
    except BaseException:
        console.stop_process(process)
        raise


def _contract_check():
    given = os.environ.get("CHECK")
    if given and not Path(given).exists():
        raise Stop(f"CHECK={given} does not exist: name the path of check_contract.")
    return given or (CONTRACT if CONTRACT.exists() else None)
