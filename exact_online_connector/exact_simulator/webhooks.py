# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Webhooks: validation on subscription and signed deliveries (facts.md 6).

Only loopback addresses are called. Deliveries run in a thread of their own, after the commit.
"""

import hashlib
import hmac
import http.client
import ipaddress
import json
import queue
import threading
import urllib.parse

from .schema import RESOURCES

SECRET = "simulator-webhook-secret"
ATTEMPTS = 10
_TIMEOUT = 10

# Topics that are not named after their resource.
_TOPIC_NAMES = {
    "financialtransaction/Transactions": "FinancialTransactions",
    "read/logistics/StockPosition": "StockPositions",
}
# Documented topics of resources that are not kept here: they may be subscribed to.
_SILENT = ("CostTransactions", "ProjectPlanning", "Quotations", "Subscriptions")
_RESOURCES = {
    _TOPIC_NAMES.get(resource.name, resource.entity): resource
    for resource in RESOURCES.values()
    if resource.webhook and not resource.is_bulk and not resource.is_sync
    and resource.entity != "WebhookSubscriptions"
}
# Matching and payment terms have none (facts.md 5).
TOPICS = (*_RESOURCES, *_SILENT)
_BY_TABLE = {resource.table: topic for topic, resource in _RESOURCES.items()}


def is_loopback(address):
    """True for an http(s) address of this machine."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


def validate(address):
    """The empty POST with which Exact tries a new subscription; True for a 200 or 201."""
    return is_loopback(address) and _post(address, b"") in (200, 201)


def signed(content):
    """The body of a delivery: the hash is taken over the literal bytes of Content."""
    text = json.dumps(content, separators=(",", ":"))
    digest = hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest().upper()
    return f'{{"Content":{text},"HashCode":"{digest}"}}'.encode()


def deliveries(books, root):
    """(address, body) for every subscription that the events of these books concern."""
    subscriptions = {row["Topic"]: row["CallbackURL"]
                     for row in books.rows("WebhookSubscriptions")}
    parcels = []
    for (table, key), action in _net(books.events).items():
        topic = _BY_TABLE.get(table)
        if topic not in subscriptions:
            continue
        content = {
            "Topic": topic, "ClientId": "{11111111-2222-3333-4444-555555555555}",
            "Division": books.division, "Action": action, "Key": key,
            "ExactOnlineEndpoint":
                f"{root}/api/v1/{books.division}/{_RESOURCES[topic].name}(guid'{key}')",
            "EventCreatedOn": books.now.isoformat(timespec="milliseconds"),
        }
        parcels.append((subscriptions[topic], signed(content)))
    return parcels


def _net(events):
    """{(table, key): action}: what one request did to a row in the end.

    An entry that was created and completed is one Create; one that was taken out and posted again
    is one Update; one that came and went is nothing.
    """
    actions = {}
    for table, action, key in events:
        actions.setdefault((table, key), []).append(action)
    net = {row: _net_action(each[0], each[-1]) for row, each in actions.items()}
    return {row: action for row, action in net.items() if action}


def _net_action(first, last):
    """What is left of the first and the last action on a row; None for a row that came and went."""
    if last == "Delete":
        return None if first == "Create" else "Delete"
    return "Create" if first == "Create" else "Update"


class Courier:
    """Delivers in the background; a failed delivery is tried again after 2^n minutes."""

    def __init__(self):
        self._waiting = queue.SimpleQueue()
        self._thread = None
        self._lock = threading.Lock()

    def send(self, parcels):
        if not parcels:
            return
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
        for address, body in parcels:
            self._waiting.put((address, body, 1))

    def _work(self):
        while True:
            address, body, attempt = self._waiting.get()
            if not is_loopback(address):
                continue
            if _post(address, body) not in (200, 201) and attempt < ATTEMPTS:
                timer = threading.Timer(
                    60 * 2**attempt, self._waiting.put, ((address, body, attempt + 1),))
                timer.daemon = True
                timer.start()


def _post(address, body):
    """POST a body; the status, or None when nobody answers."""
    parts = urllib.parse.urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=_TIMEOUT)
    try:
        target = parts.path or "/"
        if parts.query:
            target += f"?{parts.query}"
        connection.request("POST", target, body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
