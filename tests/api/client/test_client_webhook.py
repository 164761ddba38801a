# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Webhook messages: only what the app's secret signed counts, byte for byte."""

import hashlib
import hmac
import json

import pytest
from exact_api import webhook
from hypothesis import given
from hypothesis import strategies as st

SECRET = "the-webhook-secret"
CONTENT = (
    b'{"Topic":"SalesEntries","ClientId":"11111111-2222-3333-4444-555555555555","Division":123,'
    b'"Action":"Update","Key":"2d5f1d4e-6a0c-4c8e-9f5e-0a8d5a1f2b3c",'
    b'"ExactOnlineEndpoint":"https://start.exactonline.nl/api/v1/123/salesentry/SalesEntries",'
    b'"EventCreatedOn":"2020-01-06T16:26:08.587"}'
)


def signature(content, secret=SECRET):
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest().upper().encode()


def message(content=CONTENT, hash_code=None):
    return b'{"Content":' + content + b',"HashCode":"' + (hash_code or signature(content)) + b'"}'


def test_a_signed_message_is_accepted_and_read():
    assert webhook.verify(message(), SECRET)
    assert webhook.content(message())["Topic"] == "SalesEntries"
    assert webhook.content(message())["Division"] == 123


def test_a_signature_made_by_another_program():
    # printf '{"A":1}' | openssl dgst -sha256 -hmac key
    hash_code = b"76E48F41203D3BD5BE9F61E052244374CF0E769F4E98ADAEE25B16E364B46E4F"
    assert webhook.verify(message(b'{"A":1}', hash_code), "key")
    assert not webhook.verify(message(b'{"A":2}', hash_code), "key")


@given(
    st.dictionaries(st.text(), st.text() | st.integers() | st.none(), max_size=5),
    st.sampled_from([(",", ":"), (", ", ": "), (" ,\r\n", " : ")]),
    st.booleans(),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_the_bytes_are_hashed_as_received(content, separators, ascii_only, secret):
    raw = json.dumps(content, separators=separators, ensure_ascii=ascii_only).encode(
        "utf-8", "replace"
    )
    body = message(raw, signature(raw, secret))
    assert webhook.verify(body, secret)
    assert webhook.content(body) == json.loads(raw)
    assert not webhook.verify(body, secret + "x")


@given(st.integers(0, len(message()) - 1), st.integers(1, 255))
def test_one_changed_byte_is_refused(position, change):
    body = bytearray(message())
    body[position] ^= change
    assert not webhook.verify(bytes(body), SECRET) or webhook.content(bytes(body)) == json.loads(
        CONTENT
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"nonsense",
        b'{"Content":{},"HashCode":""}',
        b'{"Content":{},"HashCode":null}',
        message()[:-1],
        message() + b"x",
        message(hash_code=b"0" * 64),
        message(hash_code=signature(CONTENT).lower()),
        b'{"Content":{"Topic":"Accounts"},' + message()[1:],
        message().replace(b'"Content"', b'"Other"'),
    ],
)
def test_anything_else_is_refused(body):
    assert not webhook.verify(body, SECRET)


@pytest.mark.parametrize("secret", ["", None])
def test_without_a_secret_nothing_is_accepted(secret):
    assert not webhook.verify(message(hash_code=signature(CONTENT, "")), secret)


def test_what_is_no_message_has_no_content():
    with pytest.raises(ValueError, match="not a webhook message"):
        webhook.content(b"{}")


def test_what_is_nested_too_deeply_has_no_content():
    raw = b'{"Topic":' + b"[" * 7000 + b"]" * 7000 + b"}"
    body = message(raw, signature(raw))
    assert webhook.verify(body, SECRET)
    with pytest.raises(ValueError, match="too deeply"):
        webhook.content(body)


@pytest.mark.parametrize(("body", "is_it"), [(b"", True), (b"\r\n", True), (b"{}", False)])
def test_the_empty_message_tests_the_address(body, is_it):
    assert webhook.is_validation(body) is is_it
