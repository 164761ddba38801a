# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import secrets

from werkzeug.exceptions import HTTPException

from odoo import SUPERUSER_ID, http
from odoo.http import request

from ..exact_api import webhook
from ..models.exact_connection import WEBHOOK_PATH

LONGEST = 16 * 1024  # bytes; a message of Exact's has about 500
# Whoever knocks at an unknown address is told no sooner than others that the signature is wrong.
NOBODY = secrets.token_hex()


class ExactWebhook(http.Controller):
    """Where Exact tells that something was booked. facts.md §6

    Nothing is taken from a message but that there is something to read. All that is not a message
    of Exact's to this installation gets one and the same answer.
    """

    @http.route(
        f"{WEBHOOK_PATH}/<string:key>",
        type="http",
        auth="none",
        readonly=False,
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=LONGEST,
    )
    def message(self, key, **_form):
        """Answer 200 to the empty message with which Exact tries the address, and to its own."""
        body = _body()
        if body is None:
            return _refused()
        if webhook.is_validation(body):
            return request.make_response("")
        subscription = _subscription(key, body)
        if not subscription:
            return _refused()
        subscription._hear()
        return request.make_response("")


def _body():
    """The bytes that were sent; None for what cannot be a message of Exact's."""
    received = request.httprequest
    if "json" in received.mimetype:
        try:
            return received.get_data(cache=False)
        except (HTTPException, OSError):  # longer than may be, or broken off
            return None
    is_empty = not received.content_length and "Transfer-Encoding" not in received.headers
    return b"" if is_empty else None


def _subscription(key, body):
    """The subscription of which this is a genuine message; none, whatever it is instead."""
    env = request.env(user=SUPERUSER_ID)
    connection, secret = env["exact.connection.token"]._webhook_of_key(key)
    subscriptions = env["exact.webhook.subscription"]
    if not webhook.verify(body, secret or NOBODY) or not secret:
        return subscriptions
    try:
        content = webhook.content(body)
    except ValueError:
        return subscriptions
    return subscriptions._of_message(connection, content)


def _refused():
    return request.make_response("Refused.", status=403)
