# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""However an answer is sent, it takes no more memory and no more time than the bounds allow."""

import gzip
import itertools
import socket
import threading
import zlib

import pytest
from exact_api import ExactClient, OutcomeUnknown, TemporarilyUnavailable, bounds, refresh

MEGABYTE = 1024**2
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PACKED = OK + b"Content-Encoding: gzip\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
READ = {"read": lambda client: list(client.read(123, "crm/Accounts", select=["ID"]))}
WRITE = {"post": lambda client: client.post(123, "crm/Accounts", {"Name": "Jan"})}


class EndlessServer:
    """Sends a beginning and then one piece again and again, until nobody listens any more.

    sent: how many bytes the other side took
    """

    def __init__(self, beginning, piece, pause=0.0):
        self.sent = 0
        self._parts = itertools.chain([beginning], itertools.repeat(piece))
        self._pause, self._over = pause, threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        connection, _address = self._socket.accept()
        with connection:
            connection.recv(64 * 1024)
            try:
                for part in self._parts:
                    connection.sendall(part)
                    self.sent += len(part)
                    if self._over.wait(self._pause):
                        return
            except OSError:
                return  # the client hung up, as it should

    def close(self):
        self._over.set()
        self._thread.join(20)
        self._socket.close()


@pytest.fixture
def endless():
    servers = []

    def serve(*args, **kwargs):
        servers.append(EndlessServer(*args, **kwargs))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(bounds, "LARGEST_ANSWER", MEGABYTE)


def refused(url, book, call):
    """The error of one call, of the right class for one that left the machine."""
    client = ExactClient(url, lambda: "token", limits=book)
    kind = OutcomeUnknown if call in WRITE else TemporarilyUnavailable
    with pytest.raises(kind) as caught:
        (READ | WRITE)[call](client)
    return str(caught.value)


@pytest.mark.parametrize("call", READ | WRITE)
@pytest.mark.parametrize(
    "beginning, piece",
    [
        (OK + b"Connection: close\r\n\r\n", b"x" * 65536),
        (OK + b"Content-Length: 99999999999\r\n\r\n", b"x" * 65536),
        (CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n"),
        (CHUNKED, b"0" * 65536),  # the size of a piece that never ends
        (CHUNKED + b"0\r\n", b"X-Trailer: more\r\n" * 4096),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 4096),
        (OK + b"Connection: close\r\n\r\n", b" " * 65536),
    ],
    ids=["no length", "long", "chunked", "size of a chunk", "trailers", "continue", "blank"],
)
def test_an_answer_without_end_is_not_read_to_its_end(endless, book, call, beginning, piece):
    server = endless(beginning, piece)
    assert "larger than 1 MB" in refused(server.url, book, call)
    server.close()
    assert server.sent < 40 * MEGABYTE, "what lies in the sockets' buffers, and no more"


@pytest.mark.parametrize("call", READ | WRITE)
@pytest.mark.parametrize(
    "packing, body",
    [
        ("gzip", gzip.compress(b" " * 40 * MEGABYTE)),
        ("gzip, gzip", gzip.compress(gzip.compress(b" " * 40 * MEGABYTE))),
        ("deflate", zlib.compress(b" " * 40 * MEGABYTE)),
        ("zstd", b"\x28\xb5\x2f\xfd"),
    ],
)
def test_a_small_answer_that_unfolds_is_not_unfolded(server, book, call, packing, body):
    server.answers(200, body, {"Content-Encoding": packing})
    text = refused(server.url, book, call)
    if packing == "gzip":
        assert "larger than 1 MB" in text
    else:
        assert "another way than was asked for" in text


def test_an_answer_may_be_packed_as_asked_for(server, client, monkeypatch):
    body = gzip.compress(b'{"d": [{"ID": "a"}]}')
    server.answers(200, body, {"Content-Encoding": "gzip"})
    assert READ["read"](client) == [{"ID": "a"}]
    assert server.received[0].headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize("call", READ | WRITE)
def test_a_packed_answer_that_breaks_off_is_no_answer(server, book, call):
    body = gzip.compress(b'{"d": [{"ID": "a"}]}')
    for end in (5, 15, -4):
        server.answers(200, body[:end], {"Content-Encoding": "gzip"})
        assert "breaks off" in refused(server.url, book, call)


@pytest.mark.parametrize("call", READ | WRITE)
@pytest.mark.parametrize(
    "beginning, piece",
    [
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (OK + b"Content-Length: 500000\r\n\r\n", b"x"),
        (CHUNKED, b"1\r\nx\r\n"),
        (PACKED + b"\r\n", b"\x1f"),
    ],
    ids=["headers", "length", "chunked", "packed"],
)
def test_an_answer_that_drips_ends_at_the_time_for_all_of_it(
    endless, book, monkeypatch, call, beginning, piece
):
    monkeypatch.setattr(bounds, "LONGEST_ANSWER", 0.3)
    server = endless(beginning, piece, pause=0.02)  # each wait is short, there is no end of them
    text = refused(server.url, book, call)
    assert "longer than 0.3 s" in text or "cannot be unpacked" in text


def test_an_answer_of_silence_ends_at_the_time_for_all_of_it(server, book, monkeypatch):
    monkeypatch.setattr(bounds, "LONGEST_ANSWER", 0.2)
    server.answers(200, {"d": []}, delay=1.0)
    assert "longer than 0.2 s" in refused(server.url, book, "read")


def test_the_answer_with_a_token_is_bounded_too(endless):
    server = endless(OK + b"\r\n", b"x" * 65536)
    with pytest.raises(OutcomeUnknown, match="larger than 1 MB"):
        refresh(server.url, "id", "secret", "token")


def test_a_large_answer_within_the_bounds_is_read_whole(server, client):
    rows = [{"ID": "x" * 1000} for _number in range(900)]
    server.answers(200, {"d": rows})
    assert READ["read"](client) == rows
