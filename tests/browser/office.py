# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What `make demo` starts, for one test module: Odoo with its scheduled jobs, and the simulator."""

import contextlib
import re

from tests.environment import api, ports
from tests.environment.suites import odoo_complaints

# Without network Odoo cannot look companies up at its own service; it notes as a warning each
# refusal that a person reads on the screen, and as an error when its own tables were changed twice
# at once, before it tries again.
NOT_OF_THIS_ADDON = re.compile(
    r"WARNING (odoo\.addons\.iap\.|odoo\.addons\.partner_autocomplete\.|odoo\.http:)"
    r"|ERROR odoo\.sql_db: bad query: (?!.*exact_)")


class Office:
    """Addresses and logs of the two servers; `exact_url` is the simulator's."""

    def __init__(self, odoo, exact):
        self.url = odoo.url
        self.exact_url = exact.url
        self._odoo = odoo
        self._exact = exact

    def complaints(self):
        """What the servers' logs say that they should not: warnings, errors, tracebacks."""
        odoo = [line for line in odoo_complaints(self._odoo.log.read_text(errors="replace"))
                if not NOT_OF_THIS_ADDON.match(line)]
        exact = [line for line in self._exact.log.read_text(errors="replace").splitlines()
                 if line.startswith("Traceback")]
        return odoo + exact


@contextlib.contextmanager
def opened(name):
    """An office of its own, with nobody connected to Exact Online yet; closed at the end."""
    port = ports.free_port()
    with (api.database(name, template="demo") as database,
          api.simulator(name=name, auto_consent=False, limits=True) as exact):
        api.set_addresses(database, f"http://127.0.0.1:{port}", exact.url)
        with api.odoo_server(database, port=port, cron_threads=1) as odoo:
            yield Office(odoo, exact)

