# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The test suites: how each is started, and what counts as its failure."""

import ast
import collections
import os
import re
import shlex
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path

from . import console, databases, odoo_process, paths, postgres, programs, python_packages
from .console import Stop, note, step
from .ports import free_port

ADDON_TESTS = paths.ADDON / "tests"
CONTRACT = paths.ROOT.parent / "shared" / "exact-online" / "check_contract"
ODOO_RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading")
SIDE_BY_SIDE = 3  # suites at a time; each waits a good part of its time
OUTCOME = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed)")
DURATION = re.compile(r" in ([\d.]+)s")
PROBLEMS = "tests that did not run, and warnings"  # the title of what strict_pytest found
FAILURES_NAMED = 30  # of one suite; whoever reads on reads its whole output
COLUMNS = "240"  # wide enough for a test's name and the reason behind it
LOG_LINE = re.compile(r"^\d{4}-\d\d-\d\d \S+ \d+ (\w+) \S+ (\S+): (.*)")
# What Odoo says about the machine or itself, whatever addon is installed.
NOT_OF_THIS_ADDON = (
    r"Running as user 'root' is a security risk",
    r"The `ldap` python module could not be imported",
    r"Couldn't load GeoIP",
    r"wkhtmltopdf: The switch .* unpatched qt",
)


class Summary:
    """The closing line of each suite, whether any failed, and what did."""

    def __init__(self):
        self.lines = []
        self.failures = []
        self.failed = False
        self.outcomes = collections.Counter()
        self.seconds = 0.0

    def add(self, suite, passed, closing_line, failures=()):
        """Keep a suite's closing line, and a line for each thing that failed in it."""
        self.failed = self.failed or not passed
        self.lines.append(f"{'ok    ' if passed else 'FAILED'}  {suite:<20} {closing_line}")
        named, left = failures[:FAILURES_NAMED], len(failures) - FAILURES_NAMED
        self.failures += [f"{suite}: {failure}" for failure in named]
        if left > 0:
            self.failures.append(f"{suite}: and {left} more")

    def add_pytest(self, suite, passed, closing_line, failures=()):
        """Keep pytest's closing line, and count what it says."""
        for number, outcome in OUTCOME.findall(closing_line):
            self.outcomes[outcome] += int(number)
        self.seconds += float(DURATION.search(closing_line).group(1))
        self.add(suite, passed, closing_line, failures)

    def close(self):
        """Print all lines, what failed, and pytest's counts over all suites; return the exit
        status. It is the end of the output, which may be all that is kept of it.
        """
        step("Result")
        for line in [*self.lines, *self.failures]:
            print(line, flush=True)
        if self.outcomes:
            counts = ", ".join(f"{number} {outcome}" for outcome, number in self.outcomes.items())
            print(f"===== {counts} in {self.seconds:.2f}s =====", flush=True)
        return 1 if self.failed else 0


def run_all():
    """Everything that must pass: environment, api, addon, faults, browser, contract.

    Some run side by side: what needs no database while the templates are made, then the longest
    first. The addon's tests run once; `make test-addon` has Odoo's own runner run them too.
    """
    summary = Summary()
    shutil.rmtree(paths.TRAFFIC, ignore_errors=True)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        running = [pool.submit(run_folder, "api", summary)]
        for layer in ("charts", "demo"):
            databases.template_database(layer)
        running += [
            pool.submit(run_addon_with_pytest, summary),
            pool.submit(run_folder, "browser", summary),
            pool.submit(run_folder, "faults", summary),
            pool.submit(run_installation, summary),
            pool.submit(run_folder, "environment", summary),
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
    run_pytest(f"tests/{name}", summary, [folder], environment)


def run_faults(summary):
    """What `make test` runs a short version of: the fault campaign and the token races, in full.

    PostgreSQL is restarted only where it is the private cluster: nobody else's is touched.
    """
    restarts = "2" if postgres.is_private() else "0"
    if restarts == "0":
        note("PostgreSQL is not restarted in the campaign: it is a server that others may use.")
    environment = {"OPERATIONS": "5000", "REFRESHES": "1000", "RESTARTS": restarts, **os.environ}
    folder = paths.ROOT / "tests" / "faults"
    step("Run the fault campaign and the token races in full")
    run_pytest("faults in full", summary, [
        "-s", folder / "test_campaign.py", folder / "test_token_races.py"], environment)


def run_addon(summary):
    """The addon's own tests, as Odoo runs them and as pytest-odoo runs them."""
    run_addon_with_odoo(summary)
    run_addon_with_pytest(summary)


def run_installation(summary):
    """Install the addon as a user does; an error or a warning in the log fails it."""
    _check_that_odoo_sees_every_test()
    log, ended_well = _install("Install the addon in a new database")
    complaints = _complaints(log)
    closing = f"installed, {len(complaints)} line(s) to mend in its log"
    summary.add("installation", ended_well and not complaints, closing, complaints)


def run_addon_with_odoo(summary):
    """Install the addon with its tests; a failure, a skip or a warning in the log fails it."""
    _check_that_odoo_sees_every_test()
    log, ended_well = _install("Install the addon and run its tests with odoo --test-enable",
                               "--test-enable", f"--test-tags=/{paths.ADDON_NAME}")
    complaints = _complaints(log)
    ran, closing = _odoo_result(log)
    if complaints:
        closing += f", {len(complaints)} line(s) to mend in its log"
    passed = ended_well and ran and not complaints
    summary.add("odoo --test-enable", passed, closing, complaints)


def run_odoo_accounting(summary):
    """Odoo's own tests of its accounting, with this addon installed: it must change nothing.

    About twenty minutes, and not part of `make test`. Odoo's own warnings do not count here.
    """
    title = "Run Odoo's own accounting tests with the addon installed"
    with databases.database(f"exact_online_account_{os.getpid()}", "addon") as name:
        log, ended_well = _odoo_until_its_end(
            name, title, "-u", "account", "--test-enable", "--test-tags=/account")
    failures = [line[:300] for line in log.splitlines()
                if re.search(r" ERROR \S+ \S+: (FAIL|ERROR): ", line)]
    ran, closing = _odoo_result(log)
    summary.add("Odoo's accounting", ended_well and ran, closing, failures)


def _install(title, *options):
    """Install the addon in a database of its own; return Odoo's log, and whether it ended well."""
    with databases.database(f"exact_online_test_{os.getpid()}", "base") as name:
        return _odoo_until_its_end(name, title, "-i", paths.ADDON_NAME, *options)


def _odoo_until_its_end(name, title, *options):
    """Run Odoo on a database until it has done `options`; its log, and whether it ended well."""
    line = odoo_process.command(
        "server", "-d", name, *options, "--stop-after-init", "--max-cron-threads=0",
        "--http-interface=127.0.0.1", "-p", free_port())
    try:
        console.run(line, title, environment=_addon_environment())
        ended_well = True
    except Stop as failure:
        note(str(failure))
        ended_well = False
    return console.log_of(title).read_text(errors="replace"), ended_well


def _odoo_result(log):
    """Whether Odoo ran a test, and its closing words."""
    result = ODOO_RESULT.search(log)
    ran = result is not None and result.group(3) != "0"
    return ran, result.group(0).removesuffix(" when loading") if ran else "Odoo ran no test"


def _complaints(log):
    return [complaint[:300] for complaint in odoo_complaints(log)]


def run_addon_with_pytest(summary):
    """The same tests in a database that has the addon."""
    step("Run the addon's tests with pytest-odoo")
    with databases.database(f"exact_online_pytest_{os.getpid()}", "charts") as name:
        run_pytest("pytest-odoo", summary, [
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
    closing = lines[-1] if lines else "it said nothing"
    summary.add("contract", status == 0, closing, lines[:-1] if status else ())


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
        if worse and not is_of_this_addon(text):
            continue
        if worse or re.match(r"skipped \S+ :|skipped .* : ", text):
            complaints.append(f"{level} {logger}: {text}")
    return complaints


def is_of_this_addon(text):
    """Whether a warning says something of this addon, and not of the machine or Odoo itself."""
    return not any(re.search(known, text) for known in NOT_OF_THIS_ADDON)


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


def run_pytest(suite, summary, arguments, environment):
    """pytest with these arguments and those that the person gave in ARGS; see strict_pytest."""
    chosen = shlex.split(os.environ.get("ARGS", ""))
    status, lines = _show(
        [python_packages.python(), "-m", "pytest", "-p", "tests.environment.strict_pytest",
         "-ra", *arguments, *chosen], {**environment, "COLUMNS": COLUMNS}, suite)
    closing = [line for line in lines if OUTCOME.search(line) and DURATION.search(line)]
    if closing:
        line = f"===== {closing[-1].strip('= ')} ====="
        summary.add_pytest(suite, status == 0, line, pytest_failures(lines))
    else:
        summary.add(suite, False, lines[-1] if lines else "pytest said nothing", lines[-6:-1])


def pytest_failures(lines):
    """Of pytest's output: each test that failed with the reason, and what strict_pytest found."""
    tests = [line for line in _section(lines, "short test summary info")
             if line.startswith(("FAILED ", "ERROR "))]
    return tests + _section(lines, PROBLEMS)


def _section(lines, title):
    """The lines below the last headline of this title, up to the next one."""
    headlines = [number for number, line in enumerate(lines) if line.strip("= ") == title]
    below = lines[headlines[-1] + 1 :] if headlines else []
    return list(takewhile(lambda line: not line.startswith("="), below))


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
