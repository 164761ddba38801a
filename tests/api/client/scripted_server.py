# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A server on a real socket that answers byte for byte what a test dictates."""

import json
import socket
import struct
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Received:
    """One request as it came in: header names in lower case, body as bytes."""

    method: str
    target: str
    headers: dict
    body: bytes

    @property
    def path(self):
        return self.target.partition("?")[0]

    @property
    def query(self):
        return self.target.partition("?")[2]


class ScriptedServer:
    """Serves one planned answer a connection, in order, and keeps the requests it received."""

    def __init__(self):
        self.received = []
        self._plans = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    # --- what to answer ---------------------------------------------------------------------

    def answers(self, status=200, body="", headers=None, delay=0.0):
        """Plan a whole answer; a dict or list becomes JSON."""
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
            body = json.dumps(body)
        body = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.sends("\r\n".join(lines).encode() + b"\r\n\r\n" + body, delay=delay)

    def refuses(self, status, text, headers=None):
        """Plan a refusal in Exact's shape."""
        error = {"error": {"code": "", "message": {"lang": "", "value": text}}}
        self.answers(status, error, headers)

    def sends(self, raw, *, delay=0.0, reset=False):
        """Plan raw bytes after the request was read, then an orderly close or a reset."""
        self._plans.append((True, raw, delay, reset))

    def cuts_unread(self, *, reset=False):
        """Plan to close without reading the request."""
        self._plans.append((False, b"", 0.0, reset))

    # --- at work ----------------------------------------------------------------------------

    def close(self):
        self._socket.close()

    def _serve(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection):
        reads, raw, delay, reset = self._plans.pop(0) if self._plans else UNPLANNED
        if reads:
            self.received.append(_read_request(connection))
        time.sleep(delay)
        try:
            connection.sendall(raw)
        except OSError:
            return  # the client gave up waiting, as some tests want
        if reset:
            linger_never = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_never)


UNPLANNED = (
    True,
    b"HTTP/1.1 418 Unplanned\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    0.0,
    False,
)


def _read_request(connection):
    with connection.makefile("rb") as stream:
        method, target, _version = stream.readline().decode().split()
        headers = {}
        while line := stream.readline().decode("latin-1").strip():
            name, _colon, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
    return Received(method, target, headers, body)
