# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reading: what is asked, and that each shape of an answer is understood."""

from urllib.parse import parse_qs

import pytest
from exact_api import ExactClient, odata

GUID = "2d5f1d4e-6a0c-4c8e-9f5e-0a8d5a1f2b3c"
ROWS = [{"ID": "a"}, {"ID": "b"}]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ({"d": {"results": ROWS}}, ROWS),
        ({"d": ROWS}, ROWS),
        ({"d": ROWS[0]}, ROWS[:1]),
        ({"d": {"results": []}}, []),
        ({"d": []}, []),
    ],
)
def test_each_shape_of_a_list_is_understood(server, client, body, rows):
    server.answers(200, body)
    assert list(client.read(123, "crm/Accounts", select=["ID"])) == rows


def test_a_read_asks_exactly_this(server, client):
    server.answers(200, {"d": []})
    list(
        client.read(
            123,
            "crm/Accounts",
            select=["ID", "Name"],
            filter=odata.eq("Name", odata.text("O'Brien & Co, 100% café + 1")),
            orderby="Name desc",
            top=5,
        )
    )
    (request,) = server.received
    assert request.method == "GET"
    assert request.path == "/api/v1/123/crm/Accounts"
    assert parse_qs(request.query) == {
        "$select": ["ID,Name"],
        "$filter": ["Name eq 'O''Brien & Co, 100% café + 1'"],
        "$orderby": ["Name desc"],
        "$top": ["5"],
    }
    assert request.headers["authorization"].startswith("Bearer ")
    assert request.headers["accept"] == "application/json"
    assert "content-type" not in request.headers
    assert "customdescriptionlanguage" not in request.headers


def test_a_language_is_asked_for_only_when_given(server, book):
    server.answers(200, {"d": []})
    client = ExactClient(server.url, lambda: "token", limits=book, language="FR-BE")
    list(client.read(123, "vat/VATCodes", select=["Code"]))
    assert server.received[0].headers["customdescriptionlanguage"] == "FR-BE"
