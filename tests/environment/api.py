# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a test suite needs, in a handful of names; works inside and outside the virtual environment.

    from tests.environment import api

    with api.database("my_suite") as name, api.simulator(seeds=("be",)) as exact:
        with api.odoo_server(name) as odoo:
            requests.get(odoo.url + "/web/login", timeout=30)
        print(api.odoo_shell(name, "print(env['res.company'].search_count([]))"))
"""

from .databases import database
from .demo import set_addresses
from .odoo_process import command as odoo_command
from .odoo_process import environment as odoo_environment
from .odoo_process import run_code, server
from .programs import browser
from .simulator_process import simulator

__all__ = ["browser", "database", "odoo_command", "odoo_environment", "odoo_server", "odoo_shell",
           "set_addresses", "simulator"]

odoo_server = server


def odoo_shell(name, code):
    """Run Python code with `env` on the database `name`, commit, and return what it printed."""
    return run_code(name, f"Run code on {name}", code)
