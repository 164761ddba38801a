# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An application in this process behaves to the client as one behind a socket."""

import gzip
import json
import time
from io import BytesIO

import pytest
import requests
from exact_api import ExactClient, OutcomeUnknown, TemporarilyUnavailable, WsgiAdapter, refresh
from werkzeug.wrappers import Request, Response

SITE = "http://simulator.invalid"


class ConnectionCut(Exception):
    """As the simulator's: known by its name alone."""


def mounted(app, base_url=SITE, script_name=""):
    session = requests.Session()
    session.mount(base_url, WsgiAdapter(app, script_name))
    return session


def client_of(app, book, base_url=SITE, script_name="", **options):
    session = mounted(app, base_url, script_name)
    return ExactClient(base_url, lambda: "token", session=session, limits=book, **options)


def test_the_app_sees_the_request_as_a_server_would_pass_it(book):
    seen = {}

    @Request.application
    def app(request):
        seen.update(
            method=request.method,
            path=request.path,
            raw_query=request.query_string.decode(),
            filter=request.args.get("$filter"),
            url_root=request.url_root,
            authorization=request.headers["Authorization"],
            content_type=request.content_type,
            body=request.get_data(),
            remote=request.remote_addr,
        )
        return Response(json.dumps({"d": {"ID": "a"}}), 201, content_type="application/json")

    client = client_of(app, book)
    assert client.post(123, "crm/Accounts", {"Name": "café"}) == {"ID": "a"}
    assert seen["method"] == "POST"
    assert seen["path"] == "/api/v1/123/crm/Accounts"
    assert seen["url_root"] == SITE + "/"
    assert seen["authorization"] == "Bearer token"
    assert seen["content_type"] == "application/json"
    assert json.loads(seen["body"]) == {"Name": "café"}
    assert seen["remote"] == "127.0.0.1"

    client.delete(123, "crm/Accounts", "2d5f1d4e-6a0c-4c8e-9f5e-0a8d5a1f2b3c")
    assert seen["path"] == "/api/v1/123/crm/Accounts(guid'2d5f1d4e-6a0c-4c8e-9f5e-0a8d5a1f2b3c')"
    assert seen["body"] == b""

    list(client.read(123, "crm/Accounts", select=["ID"], filter="Name eq 'O''Brien & 100% é'"))
    assert seen["filter"] == "Name eq 'O''Brien & 100% é'"


def test_an_app_below_a_path_sees_only_what_follows_it(book):
    seen = {}

    @Request.application
    def app(request):
        seen.update(path=request.path, root=request.script_root, url_root=request.url_root)
        return Response('{"d": []}', content_type="application/json")

    client = client_of(app, book, SITE + "/exact/simulator", "/exact/simulator")
    assert list(client.read(123, "crm/Accounts", select=["ID"])) == []
    assert seen == {
        "path": "/api/v1/123/crm/Accounts",
        "root": "/exact/simulator",
        "url_root": SITE + "/exact/simulator/",
    }


def test_a_form_arrives_as_a_form():
    @Request.application
    def app(request):
        assert request.form["refresh_token"] == "r3fr3sh & more"
        pair = {"access_token": "a", "refresh_token": "b", "expires_in": 600}
        return Response(json.dumps(pair), content_type="application/json")

    assert refresh(SITE, "id", "s", "r3fr3sh & more", session=mounted(app)).refresh_token == "b"


@pytest.mark.parametrize("when", ["before", "while answering"])
def test_a_cut_connection_is_a_cut_connection(book, when):
    def app(environ, start_response):
        if when == "before":
            raise ConnectionCut("cut")
        start_response("200 OK", [("Content-Type", "application/json")])
        yield b'{"d":'
        raise ConnectionCut("cut")

    client = client_of(app, book)
    with pytest.raises(OutcomeUnknown, match="broke"):
        client.post(123, "crm/Accounts", {"Name": "Jan"})
    with pytest.raises(TemporarilyUnavailable):
        client.count(123, "crm/Accounts")
    assert [call.error for call in book.calls] == ["OutcomeUnknown", "TemporarilyUnavailable"]


def test_a_mistake_in_the_app_is_not_hidden(book):
    def app(environ, start_response):
        raise KeyError("a mistake")

    with pytest.raises(KeyError, match="a mistake"):
        client_of(app, book).count(123, "crm/Accounts")


def test_an_answer_later_than_the_timeout_is_a_timeout(book):
    def app(environ, start_response):
        time.sleep(0.1)
        start_response("201 Created", [("Content-Type", "application/json")])
        return [b'{"d": {"ID": "a"}}']

    with pytest.raises(OutcomeUnknown, match="did not answer"):
        client_of(app, book, timeout=0.05).post(123, "crm/Accounts", {"Name": "Jan"})


def test_an_answer_shorter_than_it_said_is_not_taken_for_whole(book):
    def app(environ, start_response):
        headers = [("Content-Type", "application/json"), ("Content-Length", "100")]
        start_response("200 OK", headers)
        return [b'{"d": []}']

    with pytest.raises(TemporarilyUnavailable):
        list(client_of(app, book).read(123, "crm/Accounts", select=["ID"]))


def test_the_ways_of_wsgi_to_answer(book):
    closed = []

    class Chunks:
        def __iter__(self):
            return iter([gzip.compress(b'{"d": [{"ID": "a"}]}')])

        def close(self):
            closed.append(True)

    def with_gzip(environ, start_response):
        headers = [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]
        start_response("200 OK", headers)
        return Chunks()

    def with_write(environ, start_response):
        write = start_response("200 OK", [("Content-Type", "application/json")])
        write(b'{"d": [')
        return [b'{"ID": "a"}]}']

    for app in (with_gzip, with_write):
        rows = client_of(app, book).read(123, "crm/Accounts", select=["ID"])
        assert list(rows) == [{"ID": "a"}]
    assert closed == [True]


def test_other_users_of_the_session_get_a_plain_response():
    def app(environ, start_response):
        body = environ["wsgi.input"].read()
        assert environ["CONTENT_LENGTH"] == str(len(body))
        start_response("200 OK", [("Set-Cookie", "a=1"), ("X-Seen", environ["QUERY_STRING"])])
        return BytesIO(body)

    response = mounted(app).post(f"{SITE}/x?a=1", data="text é".encode(), timeout=30)
    assert (response.status_code, response.content) == (200, "text é".encode())
    assert response.headers["X-Seen"] == "a=1"
