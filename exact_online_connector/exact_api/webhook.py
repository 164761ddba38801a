# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Messages that Exact Online posts to our webhook address (facts.md §6).

A message carries no data, only a hint where to look: read the record, never trust the hint.
"""

import hashlib
import hmac
import json
import re

# The signature covers the bytes of Content as received, so the message is cut, not re-written.
_MESSAGE = re.compile(
    rb'\s*\{\s*"Content"\s*:\s*(?P<content>\{.*\})\s*,\s*"HashCode"\s*:\s*"(?P<hash>[0-9A-F]{64})"\s*\}\s*',
    re.DOTALL,
)


def is_validation(body):
    """Whether this is the empty message with which Exact tests the address: answer 200 to it."""
    return not body.strip()


def verify(body, secret):
    """Whether `body` (bytes) was signed with the app's webhook secret (str). False without one."""
    message = _MESSAGE.fullmatch(body)
    if not message or not secret:
        return False
    expected = hmac.new(secret.encode(), message["content"], hashlib.sha256).hexdigest().upper()
    return hmac.compare_digest(expected.encode(), message["hash"])


def content(body):
    """The signed part as a dict: Topic, ClientId, Division, Action, Key, ExactOnlineEndpoint, ...

    Raises ValueError when the message has another form. Call `verify` first.
    """
    message = _MESSAGE.fullmatch(body)
    if not message:
        raise ValueError("This is not a webhook message of Exact Online.")
    try:
        return json.loads(message["content"])
    except RecursionError:
        raise ValueError("This message is nested too deeply.") from None
