# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""`make demo`: Odoo with two companies, and the simulator, until Ctrl-C."""

import fcntl
import os
import signal
import time

from . import databases, odoo_process, paths, ports, postgres
from .console import Stop, step
from .simulator_process import simulator

DATABASE = "exact_online_demo"
INSTALLED = paths.DEMO / "installed-addon"
RUNS = paths.DEMO / "runs"
LOG = paths.LOGS / "demo-odoo.log"
WELCOME = """
    Odoo 19             {odoo}   (log: {log})
    Exact Online        {exact}   (the simulator; nothing leaves this machine)

    Log in as           admin / admin             (sets things up)
                        accountant / accountant   (keeps the books)
                        boekhouder / boekhouder   (the same, in Dutch)
                        comptable / comptable     (the same, in French)
    Companies           Demo Brussel BV (Belgium), Demo Utrecht B.V. (Netherlands)

    The first five clicks:
    1. Log in as admin and open Invoicing > Exact Online > Connections. Click "New", choose the
       site "Simulator", and click "Connect".
    2. The simulator asks for consent, as Exact Online would: click "Allow".
    3. Choose the administration for Demo Brussel BV, click "Use this administration" and then
       "Fill in what is certain" ("Continue" leads through each step instead).
    4. Open Customers > Invoices, the draft of today, and click "Confirm".
    5. Within a minute Exact Online > Queue says it is done: look at the booking and its PDF in
       {exact}

    Press Ctrl-C to stop. `make demo` goes on where you were; `make clean` removes everything.
"""


def run():
    """Start both servers, say where they are, and wait until Ctrl-C or until one of them ends."""
    odoo_port = ports.choose("PORT", os.environ.get("PORT"), 8069)
    exact_port = ports.choose("SIMULATOR_PORT", os.environ.get("SIMULATOR_PORT"), 8070,
                              taken=(odoo_port,))
    paths.DEMO.mkdir(parents=True, exist_ok=True)
    with open(RUNS, "a+") as runs:
        _only_once(runs)
        prepare()
        step("Start the simulator")
        with simulator(name="demo", port=exact_port, database=paths.DEMO / "simulator.db",
                       auto_consent=False, limits=True) as exact:
            set_addresses(DATABASE, f"http://127.0.0.1:{odoo_port}", exact.url)
            step("Start Odoo")
            with odoo_process.server(DATABASE, port=odoo_port, cron_threads=1, log=LOG) as odoo:
                print(WELCOME.format(odoo=odoo.url, exact=exact.url,
                                     log=LOG.relative_to(paths.ROOT)), flush=True)
                _wait(odoo, exact)


def prepare():
    """Make the demo database when there is none; update the addon in it when that changed."""
    now = databases.addon_digest()
    if not databases.exists(DATABASE):
        databases.create(DATABASE, "demo")
        (paths.DEMO / "simulator.db").unlink(missing_ok=True)
    elif not INSTALLED.exists() or INSTALLED.read_text() != now:
        odoo_process.run_to_end(DATABASE, "Update the addon in the demo database",
                                "-u", paths.ADDON_NAME)
    INSTALLED.write_text(now)


def stop():
    """Ask a demo that runs to stop, and wait until it has."""
    if not RUNS.exists():
        return
    with open(RUNS) as runs:
        try:
            fcntl.flock(runs, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            step("Stop the demo")
            os.kill(int(runs.read()), signal.SIGTERM)
            fcntl.flock(runs, fcntl.LOCK_EX)


def _only_once(runs):
    try:
        fcntl.flock(runs, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        runs.seek(0)
        raise Stop(f"The demo runs already, as process {runs.read().strip()}: stop that one with "
                   "Ctrl-C first.") from None
    runs.truncate(0)
    runs.write(str(os.getpid()))
    runs.flush()


def set_addresses(database, odoo_url, exact_url):
    """Tell a database where Odoo and the simulator answer; no login changes that any more."""
    parameters = {
        "web.base.url": odoo_url,
        "web.base.url.freeze": "True",
        "report.url": odoo_url,
        "exact_online_connector.simulator_url": exact_url,
    }
    for key, value in parameters.items():
        postgres.query(
            postgres.running(),
            f"INSERT INTO ir_config_parameter (key, value) VALUES ('{key}', '{value}') "
            "ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value", database=database)


def _wait(odoo, exact):
    while True:
        time.sleep(0.5)
        for name, server in (("Odoo", odoo), ("The simulator", exact)):
            if server.process.poll() is not None:
                raise Stop(f"{name} ended by itself: see {server.log.relative_to(paths.ROOT)}.")
