# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Writing: what is sent, to the digit, and what is taken from the answer."""

import base64
import json
from datetime import date
from decimal import Decimal

import pytest
from exact_api import OutcomeUnknown, wire
from hypothesis import given
from hypothesis import strategies as st

GUID = "2d5f1d4e-6a0c-4c8e-9f5e-0a8d5a1f2b3c"


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("shape", [lambda record: record, lambda record: [record]])
def test_a_post_returns_the_stored_record(server, client, status, shape):
    server.answers(status, {"d": shape({"ID": GUID, "Name": "Jan"})})
    body = {"Name": "Jansen & Zn. café", "Blocked": False, "Parent": None, "Lines": [{"No": 1}]}
    assert client.post(123, "crm/Accounts", body) == {"ID": GUID, "Name": "Jan"}
    (request,) = server.received
    assert (request.method, request.target) == ("POST", "/api/v1/123/crm/Accounts")
    assert json.loads(request.body) == body
    assert request.headers["content-type"] == "application/json"
    assert request.headers["prefer"] == "return=representation"


def test_a_post_that_answers_nothing_was_still_carried_out(server, client):
    server.answers(204)
    assert client.post(123, "crm/Accounts", {"Name": "Jan"}) == {}


def test_amounts_are_sent_digit_for_digit(server, client):
    server.answers(201, {"d": {"EntryID": GUID}})
    amounts = ["0.1", "-1234567890123.45", "100.00", "1E+3", "1E-7", "0.30000000000000004"]
    client.post(123, "salesentry/SalesEntries", {"Lines": [Decimal(text) for text in amounts]})
    expected = b'{"Lines":[0.1,-1234567890123.45,100.00,1000,0.0000001,0.30000000000000004]}'
    assert server.received[0].body == expected


@pytest.mark.parametrize("value", [0.1, 1.0, float("nan"), Decimal("NaN"), date(2026, 1, 1), b"x"])
def test_what_has_no_exact_text_is_refused(server, client, book, value):
    with pytest.raises(ValueError, match="cannot be sent"):
        client.post(123, "salesentry/SalesEntries", {"Lines": [{"AmountFC": value}]})
    assert (server.received, book.claims) == ([], [])


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.text()
    | st.decimals(allow_nan=False, allow_infinity=False, places=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES)
def test_a_body_survives_the_journey(value):
    assert json.loads(wire.encode(value), parse_float=Decimal) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15))
def test_a_decimal_is_one_json_number_of_the_same_value(amount):
    text = wire.encode(amount)
    assert "E" not in text.upper()
    assert Decimal(text) == amount
    assert json.loads(text, parse_float=Decimal) == amount


def test_a_put_sends_the_changes_and_returns_nothing(server, client):
    server.answers(204)
    assert client.put(123, "crm/Accounts", GUID, {"Name": "Jansen"}) is None
    (request,) = server.received
    assert (request.method, request.target) == ("PUT", f"/api/v1/123/crm/Accounts(guid'{GUID}')")
    assert request.body == b'{"Name":"Jansen"}'


@pytest.mark.parametrize(("status", "body"), [(204, ""), (200, ""), (200, {"d": {"ID": GUID}})])
def test_each_success_of_a_put_and_a_delete(server, client, status, body):
    server.answers(status, body)
    client.put(123, "crm/Accounts", GUID, {"Name": "Jansen"})
    server.answers(status, body)
    client.delete(123, "crm/Accounts", GUID)
    request = server.received[1]
    assert (request.method, request.body) == ("DELETE", b"")
    assert request.target == f"/api/v1/123/crm/Accounts(guid'{GUID}')"
    assert "content-type" not in request.headers


def test_an_upload_carries_the_file_whole(server, client, book):
    content = bytes(range(256)) * 5 + b"x"
    server.answers(201, {"d": {"ID": GUID, "Attachment": None, "FileSize": len(content)}})
    record = client.upload(123, "{" + GUID.upper() + "}", "INV 1.pdf", content)
    assert record["FileSize"] == len(content)
    (request,) = server.received
    assert request.target == "/api/v1/123/documents/DocumentAttachments"
    sent = json.loads(request.body)
    assert (sent["Document"], sent["FileName"]) == (GUID, "INV 1.pdf")
    assert base64.b64decode(sent["Attachment"]) == content
    assert book.calls[0].request["Attachment"] == f"<{len(content)} bytes>"


@pytest.mark.parametrize("content", [b"", "text", None])
def test_an_empty_upload_is_refused(server, client, content):
    with pytest.raises(ValueError, match="nothing to attach"):
        client.upload(123, GUID, "INV.pdf", content)
    assert server.received == []


UNREADABLE = [
    ("", {}),
    ("{", {}),
    ('{"d": {"ID": "a"}', {}),
    ('{"d": {"ID": "a"}}{ "error": {} }', {}),
    ('{"d": null}', {}),
    ('{"d": []}', {}),
    ('{"d": [1]}', {}),
    ("[]", {}),
    ('{"d": {"AmountFC": NaN}}', {}),
    ('{"d": {"AmountFC": 1E+9999999999999999999}}', {}),
    ("<html>Log in</html>", {"Content-Type": "text/html"}),
    ('{"d": {"ID": "a"}}', {"Content-Type": "text/html; charset=utf-8"}),
    (b'{"d": {"Name": "\xff"}}', {}),
    ("[" * 100000, {}),
]


@pytest.mark.parametrize(("body", "headers"), UNREADABLE)
@pytest.mark.parametrize("status", [200, 201])
def test_an_unreadable_success_of_a_post_is_to_be_looked_up(
    server, client, book, status, body, headers
):
    server.answers(status, body, headers)
    with pytest.raises(OutcomeUnknown) as caught:
        client.post(123, "salesentry/SalesEntries", {"Customer": GUID})
    assert caught.value.status == status
    assert caught.value.call is book.calls[0]
    assert (book.calls[0].error, book.calls[0].status) == ("OutcomeUnknown", status)


def test_a_web_page_in_answer_to_a_put_or_delete_is_to_be_looked_up(server, client):
    for write in (
        lambda: client.put(123, "crm/Accounts", GUID, {}),
        lambda: client.delete(123, "crm/Accounts", GUID),
    ):
        server.answers(200, "<html>", {"Content-Type": "text/html"})
        with pytest.raises(OutcomeUnknown):
            write()
