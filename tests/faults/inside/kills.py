# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Moments at which a worker is killed: each replaces one function of this process by one that
does its work up to that moment and then sends itself SIGKILL, once it is about a given kind.
"""

import os
import signal
import threading

from odoo.addons.exact_online_connector.exact_api import client as exact_client
from odoo.addons.exact_online_connector.models import exact_connection_token
from odoo.addons.exact_online_connector.models.exact_call import SharedLimits
from odoo.addons.exact_online_connector.models.exact_sync_queue import ExactSyncQueue
from odoo.addons.exact_online_connector.models.exact_sync_run import ExactSyncRun
from odoo.addons.exact_online_connector.operations.mirrored_entries import (
    ExactOperationMirroredEntries,
)

RESOURCES = {
    "contact": "crm/Accounts",
    "document": "documents/Documents",
    "attachment": "documents/DocumentAttachments",
    "sales_entry": "salesentry/SalesEntries",
    "sales_probe": "salesentry/SalesEntries",
}


def before_claim_is_committed(env, kind):
    _after(ExactSyncRun, "_claim", lambda run, item_id: _kind(run, item_id) == kind)


def after_claim(env, kind):
    _before(ExactSyncRun, "_process", lambda run, item_id, *_: _kind(run, item_id) == kind)


def before_intent_is_committed(env, kind):
    _after(ExactSyncQueue, "_prepare", lambda item, step: step and item.operation == kind)


def after_intent(env, kind):
    _before(ExactSyncQueue, "_carry_out", lambda item, _step: item.operation == kind)


def before_request(env, kind, method="POST"):
    """The call is counted, its first byte not yet sent."""
    _before(exact_client.ExactClient, "_attempt",
            lambda _c, call, *_: _is_write(call, kind, method))


def in_request(env, kind, after):
    """``after`` seconds from the first byte on, while Exact still works on it."""
    original = exact_client.ExactClient._attempt

    def attempt(client, request, *arguments):
        if _is_write(request, kind):
            threading.Timer(after, _die).start()
        return original(client, request, *arguments)

    exact_client.ExactClient._attempt = attempt


def after_answer(env, kind, method="POST"):
    """Exact has answered; nothing of it is written down."""
    _before(SharedLimits, "record", lambda _limits, call: _is_write(call, kind, method))


def before_result_is_committed(env, kind):
    _after(ExactSyncQueue, "_conclude", lambda item, _result: item.operation == kind)


def die_after(env, seconds):
    """Whatever it is at by then."""
    threading.Timer(seconds, _die).start()


def in_booking(env):
    """An entry of Exact is posted in Odoo; the batch that it is of is not committed."""
    _after(ExactOperationMirroredEntries, "_book", lambda _operation, _result: True)


def after_result(env, kind):
    _after(ExactSyncRun, "_process", lambda run, _, item_id, *__: _kind(run, item_id) == kind,
           with_arguments=True)


def in_comparison(env, kind):
    """What Exact stored is being compared; no verdict is written down."""
    _before(ExactSyncQueue, "_judge", lambda item, *_verdict: item.operation == kind)


def before_read_back(env, kind):
    """Items are claimed for proof, and not yet read back."""
    _before(ExactSyncQueue, "_read_back", lambda items: items[0].operation == kind)


def after_read_back(env, kind):
    _after(ExactSyncQueue, "_read_back", lambda items, _remotes: items[0].operation == kind)


# -- renewing the access token ---------------------------------------------------------------------


def before_token_request(env):
    """The intent to renew is committed; nothing was sent."""
    exact_connection_token.refresh = lambda **_arguments: _die()


def after_token_answer(env):
    """The new token has arrived; it is not yet stored."""
    original = exact_connection_token.refresh

    def refresh(**arguments):
        original(**arguments)
        _die()

    exact_connection_token.refresh = refresh


def _kind(run, item_id):
    if not item_id:
        return None
    with run.env.registry.cursor() as cr:
        cr.execute("SELECT operation FROM exact_sync_queue WHERE id = %s", [item_id])
        return cr.fetchone()[0]


def _is_write(call, kind, method="POST"):
    return call.method == method and call.resource == RESOURCES[kind]


def _before(owner, name, is_now):
    original = getattr(owner, name)

    def replaced(self, *arguments, **named):
        if is_now(self, *arguments):
            _die()
        return original(self, *arguments, **named)

    setattr(owner, name, replaced)


def _after(owner, name, is_now, with_arguments=False):
    original = getattr(owner, name)

    def replaced(self, *arguments, **named):
        result = original(self, *arguments, **named)
        if is_now(self, result, *arguments) if with_arguments else is_now(self, result):
            _die()
        return result

    setattr(owner, name, replaced)


def _die():
    os.kill(os.getpid(), signal.SIGKILL)
