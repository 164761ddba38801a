# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The traffic log: one JSON line a request, without secrets."""

import json
import os
import pathlib
from decimal import Decimal

_SECRET = {"client_secret", "code", "refresh_token", "access_token"}


class TrafficLog:
    """Appends to a file; safe with several threads and processes, as one write is one line."""

    def __init__(self, path):
        self._path = pathlib.Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)

    def note(self, *, method, path, query, body, status, at, expected_refusal=False):
        """Write one request; `status` is None when the connection was cut before an answer."""
        line = {"method": method, "path": path, "query": query, "body": _shortened(body),
                "status": status, "at": at}
        if expected_refusal:
            line["expected_refusal"] = True
        text = json.dumps(line, default=_plain) + "\n"
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(handle, text.encode())
        finally:
            os.close(handle)


def redacted(form):
    """The fields of a form with every secret replaced."""
    return {name: "<redacted>" if name in _SECRET else value for name, value in form.items()}


def _shortened(body):
    """Attachments are replaced by their size."""
    if isinstance(body, dict) and isinstance(body.get("Attachment"), str):
        return {**body, "Attachment": f"<{len(body['Attachment']) * 3 // 4} bytes>"}
    return body


def _plain(value):
    return float(value) if isinstance(value, Decimal) else str(value)
