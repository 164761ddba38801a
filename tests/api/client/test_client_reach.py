# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Nobody and nothing, Exact's answers included, can have this client call another server."""

from urllib.parse import urlsplit

import pytest
import requests
from exact_api import (
    SITES,
    ExactClient,
    OutcomeUnknown,
    TemporarilyUnavailable,
    exchange_code,
    in_process_session,
    is_loopback,
    refresh,
)

ELSEWHERE = [
    "http://start.exactonline.nl",
    "http://10.0.0.1",
    "http://169.254.169.254",
    "http://0.0.0.0:8069",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://127.0.0.1@evil.example",
    "http://evil.example\\@127.0.0.1",
    "http://evil.example#@127.0.0.1",
    "http://user@127.0.0.1",
    "http://[::ffff:10.0.0.1]",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "http://[",
    "127.0.0.1",
    "",
    None,
]


def test_the_country_sites_are_https_and_of_exact():
    for site in SITES.values():
        parts = urlsplit(site.base_url)
        assert parts.scheme == "https"
        assert parts.netloc.startswith("start.exactonline."), site
        assert parts.path == parts.query == ""


@pytest.mark.parametrize("url", ELSEWHERE)
def test_only_this_machine_is_reached_without_https(url):
    assert not is_loopback(url or "")
    for call in (
        lambda: ExactClient(url, lambda: "token"),
        lambda: exchange_code(url, "id", "secret", "code", "https://x.example/return"),
        lambda: refresh(url, "id", "secret", "token"),
    ):
        with pytest.raises(ValueError):
            call()


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8070", "http://localhost", "https://localhost/x", "http://[::1]:1"]
)
def test_a_simulator_on_this_machine_is_reached(url):
    assert is_loopback(url)
    ExactClient(url, lambda: "token")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(server, client, status):
    aims = ["http://127.0.0.1:1/", "https://start.exactonline.be/", "/api/v1/456/crm/Accounts"]
    for aim in aims:
        server.answers(status, "", {"Location": aim})
        with pytest.raises(TemporarilyUnavailable):
            client.count(123, "crm/Accounts")
        server.answers(status, "", {"Location": aim})
        with pytest.raises(OutcomeUnknown):
            refresh(server.url, "id", "secret", "token")
    assert len(server.received) == 2 * len(aims)


@pytest.mark.parametrize(
    "following",
    [
        "/api/v1/456/crm/Accounts?$skiptoken=1",
        "../../456/crm/Accounts?$skiptoken=1",
        "/api/v1/123/../456/crm/Accounts?$skiptoken=1",
        "{url}/api/v1/123/../456/crm/Accounts?$skiptoken=1",
        "{url}/api/v1/123/%2e%2e/456/crm/Accounts?$skiptoken=1",
        "/api/v1/123/crm/Contacts?$skiptoken=1",
        "/api/oauth2/token?$skiptoken=1",
        "/odoo?$skiptoken=1",
    ],
)
def test_a_list_goes_on_only_in_its_own_administration(server, client, following):
    page = {"results": [{"ID": 1}], "__next": following.format(url=server.url)}
    server.answers(200, {"d": page})
    with pytest.raises(TemporarilyUnavailable, match="not followed"):
        list(client.read(123, "crm/Accounts", select=["ID"]))
    assert len(server.received) == 1


def test_the_simulator_within_the_process_has_no_way_out(server):
    session = in_process_session("http://odoo.example/simulator", lambda environ, start: [b""])
    for url in (server.url, "https://start.exactonline.nl"):
        with pytest.raises(requests.exceptions.InvalidSchema):
            session.get(url, timeout=5)
    assert not server.received
