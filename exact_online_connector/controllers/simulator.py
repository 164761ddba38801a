# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from io import BytesIO
from urllib.parse import urlencode

from werkzeug.wrappers import Response

from odoo import http
from odoo.http import request

from ..models.exact_simulator import MOUNT, simulator_app


class ExactSimulator(http.Controller):
    """The built-in simulator's pages, for people who may connect companies."""

    @http.route(
        [MOUNT, f"{MOUNT}/", f"{MOUNT}/<path:path>"],
        type="http",
        auth="user",
        methods=["GET", "POST", "DELETE"],
        csrf=False,
        save_session=False,
    )
    def simulator(self, path=""):
        """Pass the request on to the simulator, when a connection of this database uses it."""
        connections = request.env["exact.connection"].search_count(
            [("site", "=", "simulator")], limit=1
        )
        if not connections or not request.env.user.has_group(
            "exact_online_connector.group_exact_manager"
        ):
            raise request.not_found()
        return Response.from_app(simulator_app(request.env.cr.dbname), _environ(path))


def _environ(path):
    """The request as Odoo got it; a form's body, which Odoo has read, is written anew."""
    received = request.httprequest
    environ = {**received.environ, "SCRIPT_NAME": MOUNT, "PATH_INFO": f"/{path}"}
    if received.mimetype == "application/x-www-form-urlencoded":
        body = urlencode(list(received.form.items(multi=True))).encode()
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    return environ
