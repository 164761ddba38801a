# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reading: what is asked, that each shape of an answer is understood, and how pages follow."""

from decimal import Decimal
from urllib.parse import parse_qs

import pytest
from exact_api import ExactClient, NotFound, TemporarilyUnavailable, odata

GUID = "2d5f1d4e-6a0c-4c8e-9f5e-0a8d5a1f2b3c"
ROWS = [{"ID": "a"}, {"ID": "b"}]


def read_ids(client, **options):
    return [row["ID"] for row in client.read(123, "crm/Accounts", select=["ID"], **options)]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ({"d": {"results": ROWS}}, ROWS),
        ({"d": {"results": ROWS, "__next": None}}, ROWS),
        ({"d": ROWS}, ROWS),
        ({"d": ROWS[0]}, ROWS[:1]),
        ({"d": {"results": []}}, []),
        ({"d": []}, []),
    ],
)
def test_each_shape_of_a_list_is_understood(server, client, body, rows):
    server.answers(200, body)
    assert list(client.read(123, "crm/Accounts", select=["ID"])) == rows


def test_a_read_asks_exactly_this(server, client, token):
    server.answers(200, {"d": []})
    list(
        client.read(
            123,
            "crm/Accounts",
            select=["ID", "Name"],
            filter=odata.eq("Name", odata.text("O'Brien & Co, 100% café + 1 = #2?")),
            orderby="Name desc",
            top=5,
        )
    )
    (request,) = server.received
    assert request.method == "GET"
    assert request.path == "/api/v1/123/crm/Accounts"
    assert parse_qs(request.query) == {
        "$select": ["ID,Name"],
        "$filter": ["Name eq 'O''Brien & Co, 100% café + 1 = #2?'"],
        "$orderby": ["Name desc"],
        "$top": ["5"],
    }
    assert request.headers["authorization"] == f"Bearer {token}"
    assert request.headers["accept"] == "application/json"
    assert not {"content-type", "customdescriptionlanguage", "prefer"} & set(request.headers)


def test_descriptions_come_in_the_language_asked_for(server, book):
    server.answers(200, {"d": []})
    client = ExactClient(server.url, lambda: "token", limits=book, language="FR-BE")
    list(client.read(123, "vat/VATCodes", select=["Code"]))
    assert server.received[0].headers["customdescriptionlanguage"] == "FR-BE"


def test_a_token_is_asked_for_before_each_call(server, book):
    tokens = iter(["first", "second"])
    client = ExactClient(server.url, lambda: next(tokens), limits=book)
    for _call in range(2):
        server.answers(200, {"d": []})
        read_ids(client)
    assert [request.headers["authorization"] for request in server.received] == [
        "Bearer first",
        "Bearer second",
    ]


def test_a_netrc_file_does_not_overrule_the_token(server, client, token, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    server.answers(200, {"d": []})
    read_ids(client)
    assert server.received[0].headers["authorization"] == f"Bearer {token}"


def test_forty_guids_fit_in_one_filter(server, client):
    guids = [f"{number:08d}-6a0c-4c8e-9f5e-0a8d5a1f2b3c" for number in range(40)]
    server.answers(200, {"d": [{"ID": guid} for guid in guids]})
    filter_ = odata.any_of("ID", map(odata.guid, guids))
    assert read_ids(client, filter=filter_) == guids
    asked = parse_qs(server.received[0].query)["$filter"][0]
    assert asked.count(" or ") == 39
    assert all(f"ID eq guid'{guid}'" in asked for guid in guids)


# --- pages ------------------------------------------------------------------------------------


def test_pages_follow_as_exact_names_them(server, client, book):
    following = (
        "/api/v1/123/crm/Accounts?$select=ID&"
        "$skiptoken=datetime'2024-09-09T12%3A40%3A29.9',guid'2d5f1d4e'"
    )
    server.answers(200, {"d": {"results": [{"ID": 1}], "__next": server.url + following}})
    server.answers(200, {"d": {"results": [{"ID": 2}]}})
    assert read_ids(client) == [1, 2]
    assert server.received[1].target == following
    assert book.claims == [(123, "GET", "crm/Accounts")] * 2
    assert book.calls[1].query == following.partition("?")[2]


def test_a_relative_next_page_is_found(server, client):
    server.answers(200, {"d": {"results": [{"ID": 1}], "__next": "Accounts?$skiptoken=1"}})
    server.answers(200, {"d": {"results": [{"ID": 2}]}})
    assert read_ids(client) == [1, 2]
    assert server.received[1].target == "/api/v1/123/crm/Accounts?$skiptoken=1"


def test_a_page_is_asked_for_only_when_it_is_reached(server, client):
    following = f"{server.url}/api/v1/123/crm/Accounts?$skiptoken=1"
    server.answers(200, {"d": {"results": [{"ID": 1}, {"ID": 2}], "__next": following}})
    rows = client.read(123, "crm/Accounts", select=["ID"])
    assert server.received == []
    assert [next(rows)["ID"], next(rows)["ID"]] == [1, 2]
    assert len(server.received) == 1


def test_never_more_than_top_records(server, client):
    following = f"{server.url}/api/v1/123/crm/Accounts?$skiptoken=1"
    server.answers(200, {"d": {"results": [{"ID": 1}, {"ID": 2}], "__next": following}})
    assert read_ids(client, top=2) == [1, 2]
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/api/v1/123/crm/Accounts?$skiptoken=1",
        "http://127.0.0.1:1/api/v1/123/crm/Accounts?$skiptoken=1",
        "http://evil.example\\@{host}/api",
        "http://{host}@evil.example/api",
        "//evil.example/api",
        "https://{host}/api",
    ],
)
def test_the_token_never_follows_a_page_to_another_site(server, client, elsewhere):
    following = elsewhere.format(host=server.url.removeprefix("http://"))
    server.answers(200, {"d": {"results": [{"ID": 1}], "__next": following}})
    rows = client.read(123, "crm/Accounts", select=["ID"])
    assert next(rows) == {"ID": 1}
    with pytest.raises(TemporarilyUnavailable, match="not followed"):
        next(rows)
    assert len(server.received) == 1


def test_a_list_that_continues_with_itself_ends_in_an_error(server, client):
    again = f"{server.url}/api/v1/123/crm/Accounts?$skiptoken=1"
    for number in range(2):
        server.answers(200, {"d": {"results": [{"ID": number}], "__next": again}})
    with pytest.raises(TemporarilyUnavailable, match="read already"):
        read_ids(client)
    assert len(server.received) == 2


def test_a_failing_second_page_ends_the_list_with_the_error(server, client):
    following = f"{server.url}/api/v1/123/crm/Accounts?$skiptoken=1"
    server.answers(200, {"d": {"results": [{"ID": 1}], "__next": following}})
    server.answers(503)
    rows = client.read(123, "crm/Accounts", select=["ID"])
    assert next(rows) == {"ID": 1}
    with pytest.raises(TemporarilyUnavailable):
        next(rows)


# --- single things ----------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{"d": {"ID": GUID}}, {"d": [{"ID": GUID}]}])
def test_one_record_by_its_key(server, client, body):
    server.answers(200, body)
    key = "{" + GUID.upper() + "}"
    assert client.get(123, "crm/Accounts", key, select=["ID"]) == {"ID": GUID}
    assert server.received[0].target == f"/api/v1/123/crm/Accounts(guid'{GUID}')?$select=ID"


def test_a_key_that_is_a_number(server, client):
    server.answers(200, {"d": {"Code": 123}})
    client.get(123, "system/Divisions", 123)
    assert server.received[0].target == "/api/v1/123/system/Divisions(123)"


def test_a_record_that_is_not_there(server, client):
    server.answers(200, {"d": []})
    with pytest.raises(NotFound):
        client.get(123, "crm/Accounts", GUID)


@pytest.mark.parametrize("body", ["42", "\ufeff42", " 42\r\n"])
def test_a_count(server, client, body):
    server.answers(200, body, {"Content-Type": "text/plain"})
    assert client.count(123, "crm/Accounts", filter=odata.eq("Status", odata.text("C"))) == 42
    request = server.received[0]
    assert request.path == "/api/v1/123/crm/Accounts/$count"
    assert parse_qs(request.query) == {"$filter": ["Status eq 'C'"]}


def test_me_needs_no_division(server, client, book):
    server.answers(200, {"d": {"results": [{"CurrentDivision": 123}]}})
    assert client.me()["CurrentDivision"] == 123
    assert server.received[0].path == "/api/v1/current/Me"
    assert "$select=" in server.received[0].query
    assert book.claims == [(None, "GET", "current/Me")]


def test_divisions_are_read_to_the_last_page(server, client):
    following = f"{server.url}/api/v1/123/system/Divisions?$skiptoken=1"
    server.answers(200, {"d": {"results": [{"Code": 123}], "__next": following}})
    server.answers(200, {"d": {"results": [{"Code": 456}]}})
    assert client.divisions(123) == [{"Code": 123}, {"Code": 456}]


def test_sync_filters_on_the_timestamp_alone(server, client):
    server.answers(200, {"d": {"results": [{"Timestamp": "12"}]}})
    rows = client.sync(123, "sync/Cashflow/PaymentTerms", 7, select=["ID", "Timestamp"])
    assert list(rows) == [{"Timestamp": "12"}]
    assert parse_qs(server.received[0].query) == {
        "$select": ["ID,Timestamp"],
        "$filter": ["Timestamp gt 7L"],
    }


def test_a_file_is_downloaded_with_the_token(server, client, book, token):
    content = bytes(range(256)) + b"%PDF"
    server.answers(200, content, {"Content-Type": "application/pdf"})
    url = f"{server.url}/docs/SysAttachment.aspx?ID={GUID}&_Division_=123"
    assert client.download(url) == content
    assert server.received[0].target == f"{url}&Download=1".removeprefix(server.url)
    assert server.received[0].headers["authorization"] == f"Bearer {token}"
    assert book.claims == [(123, "GET", "SysAttachment.aspx")]


def test_a_file_that_is_itself_a_web_page(server, client):
    headers = {"Content-Type": "text/html", "Content-Disposition": "attachment; filename=a.html"}
    server.answers(200, b"<html>", headers)
    assert client.download(f"{server.url}/docs/SysAttachment.aspx?ID={GUID}") == b"<html>"


def test_a_login_page_is_not_taken_for_the_file(server, client):
    server.answers(200, b"<html>Log in</html>", {"Content-Type": "text/html; charset=utf-8"})
    with pytest.raises(TemporarilyUnavailable, match="web page"):
        client.download(f"{server.url}/docs/SysAttachment.aspx?ID={GUID}")


@pytest.mark.parametrize("url", ["https://evil.example/x", "file:///etc/passwd", "/docs/x"])
def test_a_download_from_elsewhere_is_refused(server, client, url):
    with pytest.raises(ValueError, match="no token goes there"):
        client.download(url)
    assert server.received == []


# --- amounts ----------------------------------------------------------------------------------


def test_amounts_are_exact(server, client):
    server.answers(
        200,
        b'{"d": [{"AmountFC": 0.1, "AmountDC": 1234567890123.45, "Rate": 1E-7, "Whole": 5}]}',
    )
    (row,) = client.read(123, "salesentry/SalesEntries", select=["AmountFC"])
    assert row == {
        "AmountFC": Decimal("0.1"),
        "AmountDC": Decimal("1234567890123.45"),
        "Rate": Decimal("1E-7"),
        "Whole": 5,
    }
    assert str(row["AmountFC"]) == "0.1"


# --- what is refused before anything is sent ----------------------------------------------------


@pytest.mark.parametrize("division", [None, "", "current", 0, -1, 1.5, True, "1/../2", "12 "])
def test_a_call_without_a_division_is_refused(server, client, book, division):
    with pytest.raises(ValueError, match="is not a division"):
        client.read(division, "crm/Accounts", select=["ID"])
    assert (server.received, book.claims) == ([], [])


@pytest.mark.parametrize("resource", ["", "crm/../x", "crm/Accounts?x", "/crm", "crm/A(1)", "a b"])
def test_a_crooked_resource_is_refused(client, resource):
    with pytest.raises(ValueError, match="is not the name of a resource"):
        client.read(123, resource, select=["ID"])


@pytest.mark.parametrize("key", ["", "12", "x'y", None, 1.5, b"x", True])
def test_a_crooked_key_is_refused(server, client, key):
    for call in (client.get, client.delete, lambda *where: client.put(*where, {"Name": "x"})):
        with pytest.raises(ValueError, match="is not a"):
            call(123, "crm/Accounts", key)
    assert server.received == []


def test_a_read_names_its_properties(client):
    with pytest.raises(ValueError, match="Name the properties"):
        client.read(123, "crm/Accounts", select=[])


def test_only_sync_resources_have_a_timestamp(client):
    with pytest.raises(ValueError, match="below sync/"):
        client.sync(123, "crm/Accounts", 1, select=["ID"])


@pytest.mark.parametrize("base_url", ["", None, "start.exactonline.nl", "ftp://x", "https://x?a=1"])
def test_a_crooked_address_of_the_site_is_refused(base_url):
    with pytest.raises(ValueError, match="is not the address"):
        ExactClient(base_url, lambda: "token")


@pytest.mark.parametrize("timeout", [None, 0, -1, (3, 30), "30", float("inf"), float("nan"), True])
def test_a_timeout_is_one_number_of_seconds(timeout):
    with pytest.raises(ValueError, match="positive number of seconds"):
        ExactClient("https://start.exactonline.nl", lambda: "token", timeout=timeout)
