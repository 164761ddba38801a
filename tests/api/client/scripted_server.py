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


@dataclass(frozen=True)
class Plan:
    """What to do with one connection; delay and pause in seconds."""

    parts: list
    reads: bool = True
    delay: float = 0.0
    pause: float = 0.0
    reset: bool = False


class ScriptedServer:
    """Serves one planned answer a connection, in order, and keeps the requests it received."""

    def __init__(self):
        self.received = []
        self.planned = 0
        self.connections = 0
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
        self._plan(Plan([raw], delay=delay, reset=reset))

    def sends_slowly(self, *parts, pause):
        """Plan raw bytes in parts, with seconds of silence between them."""
        self._plan(Plan(parts, pause=pause))

    def cuts_unread(self, *, reset=False):
        """Plan to close without reading the request."""
        self._plan(Plan([], reads=False, reset=reset))

    def _plan(self, plan):
        self.planned += 1
        self._plans.append(plan)

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
        self.connections += 1
        plan = self._plans.pop(0) if self._plans else UNPLANNED
        if plan.reads:
            self.received.append(_read_request(connection))
        else:
            connection.recv(1, socket.MSG_PEEK)  # so that the cut comes after the first byte
        time.sleep(plan.delay)
        try:
            for part in plan.parts:
                connection.sendall(part)
                time.sleep(plan.pause)
        except OSError:
            return  # the client gave up waiting, as some tests want
        if plan.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


UNPLANNED = Plan([b"HTTP/1.1 418 Unplanned\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"])


def _read_request(connection):
    with connection.makefile("rb") as stream:
        method, target, _version = stream.readline().decode().split()
        headers = {}
        while line := stream.readline().decode("latin-1").strip():
            name, _colon, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
    return Received(method, target, headers, body)
