# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""No secret leaves by the back door: not in a log record, an error, a traceback, a Call or a repr,
even when Exact's answer quotes it."""

import logging
import traceback

import pytest
from exact_api import ExactError, Token, exchange_code, refresh

GUID = "2d5f1d4e-6a0c-4c8e-9f5e-0a8d5a1f2b3c"
SECRETS = {
    "client_secret": "app-secret-3141592653",
    "code": "consent-code-2718281828",
    "refresh_token": "refresh-token-1618033988",
}
EVERY_STATUS = [200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 502, 503]


@pytest.fixture
def everything_said(caplog):
    """A callable: all that this process logged so far, at every level, arguments included."""
    caplog.set_level(logging.NOTSET)
    for name in ("urllib3", "requests", "exact_api"):
        caplog.set_level(logging.NOTSET, logger=name)
    return lambda: "\n".join(
        f"{record.getMessage()} {record.args!r} {record.__dict__!r}" for record in caplog.records
    )


def told_by(error):
    """All that an error tells a person or a log, with the errors behind it."""
    lines = traceback.format_exception(type(error), error, error.__traceback__)
    return "\n".join([repr(error), str(error), repr(error.args), repr(error.messages), *lines])


def quoting_body(*secrets):
    quote = " ".join(secrets)
    return {
        "error": {"code": quote, "message": {"lang": "", "value": f"You sent {quote}"}},
        "error_description": quote,
    }


@pytest.mark.parametrize("status", EVERY_STATUS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_access_token_stays_inside(
    server, client, book, token, everything_said, status, method
):
    server.answers(
        status, "" if status == 204 else quoting_body(token), {"WWW-Authenticate": token}
    )
    said = ""
    try:
        if method == "GET":
            client.get(123, "crm/Accounts", GUID)
        else:
            client.post(123, "crm/Accounts", {"Name": "Jan"})
    except ExactError as error:
        said = told_by(error)
    assert token in str(server.received[0].headers)
    said += repr(book.calls) + everything_said() + repr(client) + repr(client.__dict__)
    assert book.calls
    assert "api/v1/123/crm/Accounts" in said
    assert token not in said


@pytest.mark.parametrize("plan", ["answer", "cut", "reset", "silence"])
def test_the_access_token_stays_inside_when_the_line_fails(
    server, client, book, token, everything_said, plan
):
    if plan == "silence":
        client._timeout = 0.2
        server.answers(200, {}, delay=0.5)
    else:
        server.sends(
            b"HTTP/1.1 200 OK\r\nBroken" if plan == "answer" else b"", reset=plan == "reset"
        )
    with pytest.raises(ExactError) as caught:
        client.post(123, "crm/Accounts", {"Name": "Jan"})
    said = told_by(caught.value) + repr(book.calls) + everything_said()
    assert "crm/Accounts" in said
    assert token not in said


@pytest.mark.parametrize("status", EVERY_STATUS)
@pytest.mark.parametrize("error", ["invalid_client", "invalid_grant", "access_denied", None])
def test_the_secrets_of_the_consent_stay_inside(server, everything_said, status, error):
    body = quoting_body(*SECRETS.values())
    said = ""
    for ask in (
        lambda: exchange_code(
            server.url, "id", SECRETS["client_secret"], SECRETS["code"], "https://x.example/return"
        ),
        lambda: refresh(server.url, "id", SECRETS["client_secret"], SECRETS["refresh_token"]),
    ):
        server.answers(status, "" if status == 204 else body | ({"error": error} if error else {}))
        with pytest.raises(ExactError) as caught:
            ask()
        said += told_by(caught.value)
    said += everything_said()
    assert SECRETS["client_secret"] in str(server.received[0].body)
    # each request is made to quote all three, and knows the two that it sent
    assert SECRETS["client_secret"] not in said
    for name, index in (("code", 0), ("refresh_token", 1)):
        assert SECRETS[name] in str(server.received[index].body)


@pytest.mark.parametrize("name", ["client_secret", "code", "refresh_token"])
def test_a_token_request_hides_what_it_sent(server, everything_said, name):
    server.answers(400, {"error": "invalid_client", "error_description": SECRETS[name]})
    with pytest.raises(ExactError) as caught:
        if name == "code":
            exchange_code(server.url, "id", "s3cr3t", SECRETS[name], "https://x.example/return")
        elif name == "client_secret":
            refresh(server.url, "id", SECRETS[name], "r3fr3sh")
        else:
            refresh(server.url, "id", "s3cr3t", SECRETS[name])
    assert "***" in str(caught.value)
    assert SECRETS[name] not in told_by(caught.value) + everything_said()


def test_a_token_shows_no_secret():
    token = Token("the-access-token", "the-refresh-token", 600)
    assert repr(token) == str(token) == "Token(expires_in=600)"


def test_the_error_keeps_its_words_without_the_secret(server, client, token):
    server.refuses(500, f"Invalid: {token}\r\nMandatory: Journal")
    with pytest.raises(ExactError) as caught:
        client.post(123, "salesentry/SalesEntries", {})
    assert caught.value.messages == ["Invalid: ***", "Mandatory: Journal"]
    assert str(caught.value) == "Invalid: ***; Mandatory: Journal"
