# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A line that fails: before the first byte nothing happened; after it only a read is harmless."""

import socket
import ssl
import subprocess
import threading

import pytest
import requests
from exact_api import ExactClient, OutcomeUnknown, TemporarilyUnavailable
from requests.adapters import HTTPAdapter

GUID = "2d5f1d4e-6a0c-4c8e-9f5e-0a8d5a1f2b3c"
READS = {
    "read": lambda client: list(client.read(123, "crm/Accounts", select=["ID"])),
    "count": lambda client: client.count(123, "crm/Accounts"),
    "download": lambda client: client.download(f"{client.base_url}/docs/SysAttachment.aspx?ID=1"),
}
WRITES = {
    "post": lambda client: client.post(123, "crm/Accounts", {"Name": "Jan"}),
    "put": lambda client: client.put(123, "crm/Accounts", GUID, {"Name": "Jan"}),
    "delete": lambda client: client.delete(123, "crm/Accounts", GUID),
    "upload": lambda client: client.upload(123, GUID, "a.pdf", b"%PDF" * 100_000),
}
each_call = pytest.mark.parametrize("name", READS | WRITES)
each_write = pytest.mark.parametrize("name", WRITES)
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def fails(client, book, name):
    """The error of this call, which must be the right one for a request that left the machine."""
    kind = OutcomeUnknown if name in WRITES else TemporarilyUnavailable
    with pytest.raises(kind) as caught:
        (READS | WRITES)[name](client)
    assert [call.error for call in book.calls] == [kind.__name__]
    assert caught.value.call is book.calls[0]
    return caught.value


def never_sent(client, book, name):
    with pytest.raises(TemporarilyUnavailable, match="No connection to"):
        (READS | WRITES)[name](client)
    (call,) = book.calls
    assert (call.error, call.status) == ("TemporarilyUnavailable", None)


# --- never sent -----------------------------------------------------------------------------------


@each_call
def test_nobody_listens(book, name):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    never_sent(ExactClient(f"http://127.0.0.1:{port}", lambda: "token", limits=book), book, name)


@each_write
def test_an_unknown_host(book, name):
    never_sent(ExactClient("https://exact.invalid", lambda: "token", limits=book), book, name)


@each_write
def test_nobody_accepts_the_connection(book, name):
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = [socket.socket() for _place in range(3)]
        for queued in waiting:  # fill the queue of connections, so that the next one must wait
            queued.setblocking(False)
            queued.connect_ex(listening.getsockname())
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        never_sent(ExactClient(url, lambda: "token", limits=book, timeout=0.2), book, name)
        for queued in waiting:
            queued.close()


@each_write
def test_an_untrusted_certificate(book, name, tls_url):
    never_sent(ExactClient(tls_url, lambda: "token", limits=book), book, name)


@each_write
def test_an_unreachable_proxy(book, name, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
    monkeypatch.setenv("no_proxy", "")
    for address in ("http://127.0.0.1", "https://exact.invalid"):
        book.calls.clear()
        client = ExactClient(address, lambda: "token", limits=book)
        never_sent(client, book, name)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost"]
        + ["-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.fixture
def tls_url(certificate):
    listening = socket.create_server(("127.0.0.1", 0))

    def shake_hands():
        connection, _address = listening.accept()
        with connection, pytest.raises((ssl.SSLError, OSError)):
            certificate.wrap_socket(connection, server_side=True)

    threading.Thread(target=shake_hands, daemon=True).start()
    yield f"https://localhost:{listening.getsockname()[1]}"
    listening.close()


# --- sent, and then the line fails --------------------------------------------------------------


@each_call
@pytest.mark.parametrize("reset", [False, True])
def test_the_line_is_cut_before_the_request_was_read(server, client, book, name, reset):
    server.cuts_unread(reset=reset)
    fails(client, book, name)


@each_call
@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTT",
        b"HTTP/1.1 20",
        JSON + b"Content-Length: 100\r\n\r\n",
        JSON + b'Content-Length: 100\r\n\r\n{"d": [',
        JSON + b'Transfer-Encoding: chunked\r\n\r\n7\r\n{"d": [\r\n',
        JSON + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        JSON + b"Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        JSON + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        JSON + b"Content-Length: 2, 3\r\n\r\n{}",
    ],
)
def test_the_answer_breaks_off_or_is_no_answer(server, client, book, name, raw, reset):
    server.sends(raw, reset=reset)
    fails(client, book, name)


@pytest.mark.parametrize("name", [*READS, "post", "upload"])
def test_a_success_without_the_content_it_needs(server, client, book, name):
    server.sends(b"HTTP/1.1 200 OK\r\nContent-Le")
    fails(client, book, name)


@pytest.mark.parametrize("name", ["put", "delete"])
def test_a_success_that_needs_no_content(server, client, book, name):
    server.sends(b"HTTP/1.1 200 OK\r\nContent-Le")
    WRITES[name](client)
    assert [(call.status, call.error) for call in book.calls] == [(200, "")]


@each_call
def test_the_answer_takes_too_long(server, book, name):
    client = ExactClient(server.url, lambda: "token", limits=book, timeout=0.2)
    server.sends(JSON + b"Content-Length: 8\r\n\r\n" + b'{"d":[]}', delay=0.5)
    assert "did not answer within 0.2 s" in str(fails(client, book, name))


@each_call
def test_the_answer_stalls_halfway(server, book, name):
    client = ExactClient(server.url, lambda: "token", limits=book, timeout=0.2)
    server.sends_slowly(JSON + b"Content-Length: 8\r\n\r\n" + b'{"d"', b":[]}", pause=0.5)
    fails(client, book, name)


@each_call
@pytest.mark.parametrize("address", ["http://[", "/there", "http://", "\xff", ""])
def test_a_redirect_is_neither_followed_nor_stumbled_over(server, client, book, name, address):
    server.answers(307, "", {"Location": address})
    assert fails(client, book, name).status == 307
    assert len(server.received) == 1


def test_nothing_is_sent_twice(server, client, book):
    for plan in (server.cuts_unread, lambda: server.sends(b""), lambda: server.answers(503)):
        book.calls.clear()
        received = len(server.received)
        plan()
        with pytest.raises((OutcomeUnknown, TemporarilyUnavailable)):
            WRITES["post"](client)
        assert len(book.calls) == 1
        assert len(server.received) <= received + 1
        assert server.connections == server.planned


def test_a_session_that_repeats_by_itself_is_refused():
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=2))
    with pytest.raises(ValueError, match="set max_retries=0"):
        ExactClient("https://start.exactonline.nl", lambda: "token", session=session)


def test_a_session_header_goes_along(server, book):
    session = requests.Session()
    session.headers["X-Expected-Refusal"] = "true"
    server.answers(200, {"d": []})
    READS["read"](ExactClient(server.url, lambda: "token", session=session, limits=book))
    assert server.received[0].headers["x-expected-refusal"] == "true"


def test_a_request_that_cannot_be_put_together_is_not_sent(server, book):
    client = ExactClient(server.url, lambda: "token", limits=book, language="N\nL")
    with pytest.raises(TemporarilyUnavailable, match="cannot be sent"):
        WRITES["post"](client)
    assert server.received == []
