# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Each answer becomes the error that says what to do, for a read and for each kind of write."""

import re
from datetime import datetime, timedelta, timezone

import pytest
from exact_api import (
    ExactError,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Rejected,
    TemporarilyUnavailable,
    TokenRefused,
    WaitUntil,
)

GUID = "2d5f1d4e-6a0c-4c8e-9f5e-0a8d5a1f2b3c"
CALLS = {
    "read": lambda client: list(client.read(123, "crm/Accounts", select=["ID"])),
    "get": lambda client: client.get(123, "crm/Accounts", GUID),
    "count": lambda client: client.count(123, "crm/Accounts"),
    "me": lambda client: client.me(),
    "download": lambda client: client.download(f"{client.base_url}/docs/SysAttachment.aspx?ID=1"),
    "post": lambda client: client.post(123, "crm/Accounts", {"Name": "Jan"}),
    "put": lambda client: client.put(123, "crm/Accounts", GUID, {"Name": "Jan"}),
    "delete": lambda client: client.delete(123, "crm/Accounts", GUID),
    "upload": lambda client: client.upload(123, GUID, "a.pdf", b"%PDF"),
}
READS = ("read", "get", "count", "me", "download")
each_call = pytest.mark.parametrize("name", CALLS)


def refused(client, book, name, kind):
    """The error of this call, after a look at how it was logged."""
    with pytest.raises(ExactError) as caught:
        CALLS[name](client)
    error = caught.value
    assert type(error) is kind, repr(error)
    (call,) = book.calls
    assert error.call is call
    assert len(book.claims) == 1
    assert (call.error, call.message) == (kind.__name__, str(error))
    assert call.status == error.status
    return error


@each_call
@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ("Mandatory: Relationship", ["Mandatory: Relationship"]),
        (
            "Verplicht: Dagboek\r\nOngeldige referentie: Btw-code\r\n",
            ["Verplicht: Dagboek", "Ongeldige referentie: Btw-code"],
        ),
    ],
)
def test_a_500_with_a_reason_is_refused_data(server, client, book, name, text, messages):
    server.refuses(500, text)
    error = refused(client, book, name, Rejected)
    assert error.messages == messages
    assert str(error) == "; ".join(messages)
    assert error.malformed is False
    assert messages[0] in book.calls[0].answer


@each_call
@pytest.mark.parametrize(
    "text",
    [
        "A problem has occurred. The cause of this issue will be investigated as soon as possible.",
        "Object reference not set to an instance of an object.",
        "Server Unavailable",
        "An error while sending a direct message or getting the response.",
        "",
        "\r\n",
    ],
)
def test_a_500_that_is_a_real_fault_leaves_a_write_unknown(server, client, book, name, text):
    server.refuses(500, text)
    error = refused(client, book, name, TemporarilyUnavailable if name in READS else OutcomeUnknown)
    assert text.strip() in str(error)


@each_call
@pytest.mark.parametrize("status", [301, 302, 202, 408, 500, 502, 504, 599])
@pytest.mark.parametrize("body", ["", "<html>Maintenance</html>", "null", '{"error": "x"}'])
def test_an_answer_without_a_reason_leaves_a_write_unknown(
    server, client, book, name, status, body
):
    server.answers(status, body, {"Location": "/elsewhere", "Content-Type": "text/html"})
    error = refused(client, book, name, TemporarilyUnavailable if name in READS else OutcomeUnknown)
    assert error.status == status
    assert len(server.received) == 1


@each_call
@pytest.mark.parametrize("body", ["", "<html>Maintenance</html>"])
def test_a_closed_door_carries_nothing_out(server, client, book, name, body):
    server.answers(407, body, {"Content-Type": "text/html"})
    error = refused(client, book, name, TemporarilyUnavailable)
    assert "407" in str(error)


@each_call
@pytest.mark.parametrize("body", ["", "<html>Maintenance</html>"])
def test_a_503_leaves_open_whether_a_write_was_carried_out(server, client, book, name, body):
    server.answers(503, body, {"Content-Type": "text/html"})
    error = refused(client, book, name, TemporarilyUnavailable if name in READS else OutcomeUnknown)
    assert "503" in str(error)


@each_call
@pytest.mark.parametrize("status", [400, 405, 409, 413])
def test_a_malformed_request_says_so(server, client, book, name, status):
    server.refuses(status, "Error in query syntax.")
    error = refused(client, book, name, Rejected)
    assert error.malformed is True
    assert error.messages == ["Error in query syntax."]


def test_a_malformed_request_without_a_reason(server, client, book):
    server.answers(400, "<html>Bad Request</html>", {"Content-Type": "text/html"})
    assert "HTTP 400" in str(refused(client, book, "post", Rejected))
    assert book.calls[0].answer == "<html>Bad Request</html>"


@each_call
def test_a_refused_token(server, client, book, name):
    challenge = "Bearer error%3d%22The%20message%20expired%22"
    server.answers(401, "", {"WWW-Authenticate": challenge})
    assert "The message expired" in str(refused(client, book, name, TokenRefused))


@each_call
def test_an_unknown_record(server, client, book, name):
    server.answers(404)
    assert "does not know" in str(refused(client, book, name, NotFound))


@each_call
@pytest.mark.parametrize(
    "reason",
    ["BlockedUser", "InactiveUser", "LicenseExpired", "DivisionBlocked", "NoDivisionAccess"],
)
def test_a_missing_right_with_its_reason(server, client, book, name, reason):
    server.answers(403, "", {"Reason": reason})
    error = refused(client, book, name, NotPermitted)
    assert error.reason == reason
    assert reason in str(error)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Forbidden - Application Scope Violated. Cannot read Accounts.", "scope"),
        ("Forbidden - User division is not within division scope", ""),
        ("Division not accessible", ""),
    ],
)
def test_the_scope_of_the_app_is_told_from_other_rights(server, client, book, text, reason):
    server.refuses(403, text)
    error = refused(client, book, "post", NotPermitted)
    assert error.reason == reason
    assert error.messages == [text]


# --- waiting ------------------------------------------------------------------------------------


def milliseconds(moment):
    return str(int(moment.timestamp() * 1000))


def soon(**parts):
    return (datetime.now(timezone.utc) + timedelta(**parts)).replace(microsecond=0)


def minute_headers(remaining, reset):
    return {
        "X-RateLimit-Minutely-Limit": "60",
        "X-RateLimit-Minutely-Remaining": str(remaining),
        "X-RateLimit-Minutely-Reset": milliseconds(reset),
    }


def day_headers(remaining, reset):
    return {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": milliseconds(reset),
    }


@each_call
def test_a_used_up_minute(server, client, book, name):
    reset = soon(seconds=30)
    server.answers(429, "", minute_headers(0, reset))
    error = refused(client, book, name, WaitUntil)
    assert (error.at, error.reason, error.status) == (reset, "minute", 429)


def test_a_used_up_day(server, client, book):
    reset = soon(hours=5)
    server.answers(429, "", day_headers(0, reset))
    error = refused(client, book, "post", WaitUntil)
    assert (error.at, error.reason) == (reset, "day")


@pytest.mark.parametrize(
    ("minute", "day", "reason"), [(0, 7, "minute"), (7, 0, "day"), (0, 0, "day")]
)
def test_both_windows_in_the_headers(server, client, book, minute, day, reason):
    resets = {"minute": soon(seconds=30), "day": soon(hours=5)}
    headers = minute_headers(minute, resets["minute"]) | day_headers(day, resets["day"])
    server.answers(429, "", headers)
    error = refused(client, book, "post", WaitUntil)
    assert (error.at, error.reason) == (resets[reason], reason)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-RateLimit-Minutely-Limit": "60"},
        {"X-RateLimit-Minutely-Reset": "soon"},
        {"X-RateLimit-Minutely-Reset": "9" * 30},
        minute_headers(0, datetime(2020, 1, 1, tzinfo=timezone.utc)),
    ],
)
def test_without_a_usable_moment_the_next_full_minute_is_tried(server, client, book, headers):
    before = datetime.now(timezone.utc)
    server.answers(429, "", headers)
    error = refused(client, book, "post", WaitUntil)
    assert error.reason == "minute"
    assert (error.at.second, error.at.microsecond) == (0, 0)
    assert before < error.at <= datetime.now(timezone.utc) + timedelta(minutes=1)


def test_a_429_with_calls_left_is_the_block_after_errors(server, client, book):
    before = datetime.now(timezone.utc)
    server.answers(429, "", minute_headers(5, soon(seconds=9)) | day_headers(5, soon(hours=9)))
    error = refused(client, book, "post", WaitUntil)
    assert error.reason == "velocity"
    assert error.at >= before + timedelta(hours=1)


@pytest.mark.parametrize("status", [403, 429])
def test_the_words_of_the_block_after_errors(server, client, book, status):
    server.refuses(status, "API rate limit exceeded after many errors")
    assert refused(client, book, "post", WaitUntil).reason == "velocity"


def test_a_wait_needs_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        WaitUntil(datetime(2026, 1, 1), "minute")


def test_an_error_may_be_made_of_several_texts():
    error = Rejected(["Mandatory: Journal", " Invalid: Date\r\n\r\nInvalid: Name"])
    assert error.messages == ["Mandatory: Journal", "Invalid: Date", "Invalid: Name"]


def test_an_error_without_words_still_says_something():
    for kind in (NotFound, NotPermitted, OutcomeUnknown, Rejected, TemporarilyUnavailable):
        assert re.fullmatch(r"[A-Z].{20,}\.", str(kind()))
        assert kind().messages == [str(kind())]


@pytest.mark.parametrize("body", [b"\x00\x01PK\xff\x00", b'{"a": "\\u0000\\ud800"}'])
def test_what_is_logged_fits_in_a_database(server, client, book, body):
    server.answers(400, body)
    refused(client, book, "post", Rejected)
    server.refuses(500, "Invalid:\x00 name\ud800")
    book.calls.clear()
    book.claims.clear()
    error = refused(client, book, "post", Rejected)
    assert error.messages == ["Invalid: name?"]
    for text in (str(error), book.calls[0].message, book.calls[0].answer):
        assert "\0" not in text
        text.encode()


# --- the log ------------------------------------------------------------------------------------


def test_a_success_is_logged_with_its_limits(server, client, book):
    reset = soon(seconds=30)
    server.answers(201, {"d": {"ID": GUID}}, minute_headers(41, reset))
    before = datetime.now(timezone.utc)
    client.post(123, "crm/Accounts", {"Name": "Jan", "Lines": [{"Attachment": "AAAA"}]})
    (call,) = book.calls
    assert (call.method, call.resource, call.division) == ("POST", "crm/Accounts", 123)
    assert (call.path, call.query) == ("/api/v1/123/crm/Accounts", "")
    assert (call.status, call.error, call.message) == (201, "", "")
    assert GUID in call.answer
    assert call.request == {"Name": "Jan", "Lines": [{"Attachment": "<3 bytes>"}]}
    assert (call.rate.minute_limit, call.rate.minute_remaining) == (60, 41)
    assert (call.rate.minute_reset, call.rate.day_limit) == (reset, None)
    assert before <= call.started_at <= datetime.now(timezone.utc)
    assert call.started_at.tzinfo is timezone.utc


def test_a_call_that_limits_refuse_is_not_sent_nor_logged(server, client, book):
    def claim(division, method, resource):
        raise WaitUntil(soon(seconds=9), "minute")

    book.claim = claim
    with pytest.raises(WaitUntil):
        CALLS["post"](client)
    assert (server.received, book.calls) == ([], [])


def test_a_call_without_a_token_takes_nothing_from_the_budget(server, client, book):
    def access_token():
        raise WaitUntil(soon(seconds=9), "token")

    client._access_token = access_token
    with pytest.raises(WaitUntil):
        CALLS["post"](client)
    assert (server.received, book.claims, book.calls) == ([], [], [])


@pytest.mark.parametrize("odd", [None, "", "two words", "line\nbreak", "\xe9", False])
def test_an_unusable_token_is_not_sent(server, client, book, odd):
    client._access_token = lambda: odd
    with pytest.raises(TokenRefused, match="nothing was sent"):
        CALLS["post"](client)
    assert (server.received, book.claims) == ([], [])
