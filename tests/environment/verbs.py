# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The verbs of the Makefile."""

import os
import shutil
import signal
import sys

from . import (
    audit,
    demo,
    lint,
    odoo_process,
    odoo_source,
    paths,
    postgres,
    programs,
    python_packages,
    suites,
    translations,
)
from .console import Stop, note, step

GIGABYTES_NEEDED = 4


def main(arguments):
    """Run one verb; return the exit status. A Stop becomes one line."""
    verb = VERBS.get(arguments[0]) if len(arguments) == 1 else None
    if not verb:
        print(f"usage: python3 -m tests.environment {'|'.join(VERBS)}", file=sys.stderr)
        return 2
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, _as_interrupt)
    try:
        check_place()
        return verb() or 0
    except Stop as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on where this one was.", file=sys.stderr)
        return 130


def check_place():
    """Raises Stop when .work cannot be written, or when the disk has no room for it."""
    if paths.WORK.exists() and not os.access(paths.WORK, os.W_OK):
        raise Stop(f"{paths.WORK} belongs to another user: run `make clean` as that user first.")
    if not os.access(paths.ROOT, os.W_OK):
        raise Stop(f"{paths.ROOT} cannot be written by this user: use a checkout of your own.")
    free = shutil.disk_usage(paths.ROOT).free / 1e9
    if free < GIGABYTES_NEEDED and not databases_made():
        raise Stop(f"The disk of {paths.ROOT} has {free:.1f} GB free and this needs about "
                   f"{GIGABYTES_NEEDED}: free some space first.")


def databases_made():
    """Did an earlier run get as far as making databases?"""
    return paths.FILESTORE.exists()


def setup():
    """Everything that the other verbs need: Odoo, Python packages, programs, PostgreSQL."""
    source = odoo_source.find()
    note(f"Odoo 19: {source.package}")
    note(f"Python:  {python_packages.python()}")
    programs.install_missing()
    server = postgres.running()
    note(f"PostgreSQL: {server.host}")


def run_demo():
    setup()
    demo.run()


def run_test():
    setup()
    return suites.run_all()


def run_test_api():
    return _one_suite(lambda summary: suites.run_folder("api", summary))


def run_test_addon():
    setup()
    return _one_suite(suites.run_addon)


def run_test_odoo():
    setup()
    return _one_suite(suites.run_odoo_accounting)


def run_contract():
    return _one_suite(suites.run_contract)


def run_faults():
    setup()
    return _one_suite(suites.run_faults)


def run_screenshots():
    setup()
    return _one_suite(lambda summary: suites.run_folder("browser", summary))


def run_bench():
    setup()
    suites.run_benchmarks()


def run_translations():
    setup()
    translations.run()


def run_shell():
    setup()
    demo.prepare()
    odoo_process.interactive_shell(demo.DATABASE)


def stop():
    """Stop what runs in the background."""
    demo.stop()
    postgres.stop()


def clean():
    """Stop what runs and remove everything that was made."""
    stop()
    step(f"Remove {paths.WORK}")
    if paths.WORK.exists():
        shutil.rmtree(paths.WORK)


def _one_suite(run):
    summary = suites.Summary()
    run(summary)
    return summary.close()


def _as_interrupt(_signal, _frame):
    raise KeyboardInterrupt


VERBS = {
    "setup": setup, "demo": run_demo, "test": run_test, "test-api": run_test_api,
    "test-addon": run_test_addon, "test-odoo": run_test_odoo, "contract": run_contract,
    "faults": run_faults, "lint": lint.run, "audit": audit.run, "bench": run_bench,
    "translations": run_translations, "shell": run_shell,
    "screenshots": run_screenshots, "stop": stop, "clean": clean,
}
