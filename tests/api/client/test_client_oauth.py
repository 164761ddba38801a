# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Consent and tokens: a refresh token works once, so each answer must be read for what it is."""

import socket
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from exact_api import (
    SITES,
    ExactError,
    OutcomeUnknown,
    ReauthorisationNeeded,
    Rejected,
    TemporarilyUnavailable,
    WaitUntil,
    authorize_url,
    exchange_code,
    refresh,
)

CLIENT = "{11111111-2222-3333-4444-555555555555}"
SECRET = "the-app's-secret/+&="
REDIRECT = "https://odoo.example.com/exact_online/return"
PAIR = {
    "access_token": "access-1",
    "token_type": "bearer",
    "expires_in": "600",
    "refresh_token": "refresh-1",
}
FLOWS = {
    "code": lambda url, **options: exchange_code(
        url, CLIENT, SECRET, "the-code", REDIRECT, **options
    ),
    "refresh": lambda url, **options: refresh(url, CLIENT, SECRET, "the-old-token", **options),
}
each_flow = pytest.mark.parametrize("flow", FLOWS)


def refused(server, flow, kind):
    with pytest.raises(ExactError) as caught:
        FLOWS[flow](server.url)
    assert type(caught.value) is kind, repr(caught.value)
    assert caught.value.call is None
    assert len(server.received) == 1
    return caught.value


# --- consent --------------------------------------------------------------------------------------


def test_the_address_of_the_consent_page():
    url = authorize_url(SITES["be"].base_url, CLIENT, REDIRECT, "state & more")
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == (
        "https://start.exactonline.be/api/oauth2/auth"
    )
    assert parse_qs(parts.query) == {
        "client_id": [CLIENT],
        "redirect_uri": [REDIRECT],
        "response_type": ["code"],
        "state": ["state & more"],
        "force_login": ["0"],
    }
    assert f"redirect_uri={REDIRECT}&" in url


def test_a_login_can_be_forced():
    assert "force_login=1" in authorize_url(SITES["nl"].base_url, CLIENT, REDIRECT, "s", True)


def test_every_country_has_its_own_site():
    assert list(SITES) == ["nl", "be", "de", "fr", "uk", "es", "com"]
    assert len({site.base_url for site in SITES.values()}) == 7
    assert all(site.base_url.startswith("https://start.exactonline.") for site in SITES.values())
    assert all(site.key == key and site.name for key, site in SITES.items())


# --- tokens ---------------------------------------------------------------------------------------


def test_a_code_is_exchanged_with_exactly_this(server):
    server.answers(200, PAIR)
    token = FLOWS["code"](server.url)
    assert (token.access_token, token.refresh_token, token.expires_in) == (
        "access-1",
        "refresh-1",
        600,
    )
    (request,) = server.received
    assert (request.method, request.target) == ("POST", "/api/oauth2/token")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert "authorization" not in request.headers
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["authorization_code"],
        "code": ["the-code"],
        "redirect_uri": [REDIRECT],
        "client_id": [CLIENT],
        "client_secret": [SECRET],
    }


def test_a_refresh_sends_exactly_this(server):
    server.answers(200, PAIR)
    assert FLOWS["refresh"](server.url).refresh_token == "refresh-1"
    assert parse_qs(server.received[0].body.decode()) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["the-old-token"],
        "client_id": [CLIENT],
        "client_secret": [SECRET],
    }


def test_a_netrc_file_sends_no_password_along(server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.answers(200, PAIR)
    FLOWS["refresh"](server.url)
    assert "authorization" not in server.received[0].headers


@pytest.mark.parametrize(
    ("expires_in", "seconds"), [("600", 600), (600, 600), (300, 300), (None, 600), ("soon", 600)]
)
def test_the_life_of_a_token_may_be_text_or_a_number(server, expires_in, seconds):
    server.answers(200, PAIR | {"expires_in": expires_in})
    assert FLOWS["refresh"](server.url).expires_in == seconds


def test_a_fresh_pair_is_not_lost_for_a_missing_life(server):
    pair = {name: value for name, value in PAIR.items() if name != "expires_in"}
    server.answers(200, pair)
    assert FLOWS["refresh"](server.url).refresh_token == "refresh-1"


# --- refusals -------------------------------------------------------------------------------------


@each_flow
@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (
            {
                "error": "access_denied",
                "error_description": "Rate limit exceeded: access_token not expired",
            },
            {"Reason": "TooEarlyToRefreshTokens: wait"},
        ),
        ({"error": "access_denied", "error_description": "Access Token not expired"}, {}),
        ({"error": "access_denied"}, {"Reason": "TooEarlyToRefreshTokens: wait"}),
        ({"error": "unauthorized_client", "error_description": "Access Token not expired"}, {}),
    ],
)
def test_too_early_is_no_reason_to_ask_a_person(server, flow, status, body, headers):
    server.answers(status, body, headers)
    error = refused(server, flow, WaitUntil)
    assert (error.reason, error.status) == ("token", status)
    wait = error.at - datetime.now(timezone.utc)
    # ten refusals an hour would block the key, so the tries must lie apart
    assert timedelta(seconds=60) < wait <= timedelta(seconds=570)


@each_flow
@pytest.mark.parametrize("status", [400, 401])
@pytest.mark.parametrize(
    "body",
    [
        {"error": "unauthorized_client", "error_description": "Old refresh token used."},
        {"error": "invalid_grant"},
        {"error": "invalid_grant", "error_description": "invalid or empty chainId"},
        {
            "error": "invalid_request",
            "error_description": "The refresh token expired at 10/11/2022 9:18:20 PM.",
        },
    ],
)
def test_a_dead_chain_needs_a_person(server, flow, status, body):
    server.answers(status, body)
    error = refused(server, flow, ReauthorisationNeeded)
    assert error.status == status
    assert body.get("error_description", "invalid_grant") in str(error)


@each_flow
@pytest.mark.parametrize("status", [400, 401, 403])
@pytest.mark.parametrize("error", ["invalid_client", "invalid_request", "access_denied"])
def test_wrong_data_of_the_app_are_refused_in_a_sentence(server, flow, status, error):
    server.answers(status, {"error": error})
    refusal = refused(server, flow, Rejected)
    assert error in str(refusal)
    assert "client secret" in str(refusal)
    assert refusal.malformed is True


@each_flow
@pytest.mark.parametrize("headers", [{}, {"X-RateLimit-Reset": "4102444800000"}])
def test_too_many_token_requests(server, flow, headers):
    before = datetime.now(timezone.utc)
    server.answers(429, "", headers)
    error = refused(server, flow, WaitUntil)
    assert error.reason == "token"
    assert error.at > before
    assert (error.at.year == 2100) is bool(headers)


@each_flow
@pytest.mark.parametrize("body", ["", "<html>Maintenance</html>", {"error": "x"}])
def test_a_closed_door(server, flow, body):
    server.answers(503, body)
    refused(server, flow, TemporarilyUnavailable)


UNREADABLE = ["", "{", "null", "[]", "<html>Log in</html>", '"text"', '{"error": {"code": 1}}']


@each_flow
@pytest.mark.parametrize("status", [200, 201, 204, 302, 400, 401, 404, 500, 502, 504])
@pytest.mark.parametrize("body", UNREADABLE)
def test_an_unreadable_answer_leaves_the_chain_unknown(server, flow, status, body):
    server.answers(status, "" if status == 204 else body, {"Location": "/elsewhere"})
    refused(server, flow, OutcomeUnknown)


@each_flow
@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_fault_with_words_leaves_the_chain_unknown(server, flow, status):
    server.answers(status, {"error": "invalid_grant"})
    refused(server, flow, OutcomeUnknown)


@each_flow
@pytest.mark.parametrize(
    "change", [{"access_token": None}, {"refresh_token": ""}, {"refresh_token": 5}]
)
def test_half_a_pair_is_no_token(server, flow, change):
    server.answers(200, PAIR | change)
    assert "access-1" not in str(refused(server, flow, OutcomeUnknown))


# --- the line fails -------------------------------------------------------------------------------


@each_flow
@pytest.mark.parametrize(
    "raw", [b"", b"HTTP/1.1 2", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"]
)
@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_line_leaves_the_chain_unknown(server, flow, raw, reset):
    server.sends(raw, reset=reset)
    refused(server, flow, OutcomeUnknown)


@each_flow
def test_silence_leaves_the_chain_unknown(server, flow):
    server.answers(200, PAIR, delay=0.5)
    with pytest.raises(OutcomeUnknown, match="did not answer within 0.2 s"):
        FLOWS[flow](server.url, timeout=0.2)
    assert server.connections == 1


@each_flow
def test_nobody_listens(flow):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(TemporarilyUnavailable, match="No connection"):
        FLOWS[flow](f"http://127.0.0.1:{port}")


@each_flow
@pytest.mark.parametrize("timeout", [None, 0, (3, 30)])
def test_a_timeout_is_one_number_of_seconds(server, flow, timeout):
    with pytest.raises(ValueError, match="positive number of seconds"):
        FLOWS[flow](server.url, timeout=timeout)
    assert server.connections == 0
