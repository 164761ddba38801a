# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The built-in simulator, mounted in this Odoo: one per database, kept beside the filestore."""

import functools
from pathlib import Path

from odoo.tools import config

MOUNT = "/exact_online/simulator"
CLIENT_ID = "{11111111-2222-3333-4444-555555555555}"
CLIENT_SECRET = "simulator-secret"
WEBHOOK_SECRET = "simulator-webhook-secret"


@functools.cache
def simulator_app(dbname):
    """The WSGI app of the database ``dbname``, to be mounted at :data:`MOUNT`."""
    from ..exact_simulator import create_app  # only loaded where it is used

    folder = Path(config["data_dir"]) / "exact_simulator"
    folder.mkdir(parents=True, exist_ok=True)
    return create_app(str(folder / f"{dbname}.sqlite"), seeds=("be", "nl"))
