# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""facts.md 3.1 to 3.3: shapes, types, query options."""

import urllib.parse

import pytest
import requests
from simulator_driver import BE, NL

GL = f"{BE}/financial/GLAccounts"


def test_a_list_comes_in_pages_of_60_with_next(exact):
    first = exact.get(GL, select="Code", orderby="Code").json()["d"]
    assert len(first["results"]) == 60
    codes, following = [row["Code"] for row in first["results"]], first["__next"]
    while following:
        page = exact.http.get(following).json()["d"]
        codes += [row["Code"] for row in page["results"]]
        following = page.get("__next")
    total = int(exact.get(GL + "/$count").text)
    assert len(codes) == len(set(codes)) == total
    assert codes == sorted(codes)


def test_next_repeats_the_query_with_skiptoken(exact):
    following = exact.get(GL, select="Code", filter="Type eq 121", orderby="Modified desc",
                          top="70").json()["d"]["__next"]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(following).query)
    assert query["$filter"] == ["Type eq 121"] and query["$top"] == ["10"]
    assert query["$skiptoken"][0].startswith("datetime'2018-03-05T") and ",guid'" in following
    assert len(exact.http.get(following).json()["d"]) == 10


def test_small_top_gives_a_bare_array(exact, switched):
    assert isinstance(exact.get(GL, select="Code", top="2").json()["d"], list)
    switched(single_top_shape="results")
    assert len(exact.get(GL, select="Code", top="2").json()["d"]["results"]) == 2


def test_key_gives_one_record_with_metadata(exact):
    key = exact.gl(BE, "700000")
    record = exact.get(f"{GL}(guid'{key}')").json()["d"]
    assert record["Code"] == "700000"
    assert record["__metadata"]["uri"].endswith(f"/api/v1/{GL}(guid'{key}')")
    assert record["__metadata"]["type"] == "Exact.Web.Api.Models.GLAccount"


def test_me_gives_results_even_with_select(exact):
    (me,) = exact.get("current/Me", select="CurrentDivision").json()["d"]["results"]
    assert set(me) == {"__metadata", "CurrentDivision"}


def test_codes_are_padded(exact):
    codes = [row["Code"] for row in exact.rows(f"{BE}/crm/Accounts", select="Code")]
    assert all(len(code) == 18 for code in codes) and "               100" in codes
    vat_codes = [row["Code"] for row in exact.rows(f"{BE}/vat/VATCodes", select="Code")]
    assert all(len(code) == 3 for code in vat_codes) and "5  " in vat_codes
    assert exact.rows(f"{BE}/crm/Accounts", select="ID", filter="Code eq '100'") == []
    assert exact.rows(f"{BE}/crm/Accounts", select="ID", filter="trim(Code) eq '100'")
    division = exact.rows(f"{BE}/system/Divisions", select="Code,Country", filter=f"Code eq {NL}")
    assert division[0]["Country"] == "NL "


def test_dates_and_amounts(exact):
    (row,) = exact.rows(f"{BE}/financial/FinancialPeriods", select="StartDate,FinYear",
                        filter="FinPeriod eq 7", orderby="FinYear", top="1")
    assert row["StartDate"].startswith("/Date(") and row["StartDate"].endswith("00000)/")
    rate = exact.rows(f"{BE}/vat/VATCodes", select="Percentage", filter="Code eq '5  '")
    assert rate[0]["Percentage"] == 0.21


@pytest.mark.parametrize(("condition", "count"), [
    ("Code eq '700000' or Code eq '700100' or Code eq '604000'", 3),
    ("Type eq 20 and (Code eq '400000' or Code eq '440000')", 1),
    ("not (Type ne 20)", 1),
    ("substringof('uitvoer',Description) eq true", 1),
    ("substringof('uitvoer',Description)", 1),
    ("startswith(Code,'7001') and Type eq 110", 1),
    ("endswith(Code,'0001')", 1),
    ("Code ge '700000' and Code lt '700200'", 2),
    ("IsBlocked eq true", 1),
    ("tolower(Description) eq 'wachtrekening'", 1),
    ("'499000' eq Code", 1),
    ("VATCode eq null and Code eq '499000'", 1),
    ("Modified lt datetime'2018-03-06' and Code eq '400000'", 1),
    ("Modified gt datetime'2018-03-06T00:00:00Z'", 0),
    ("year(Modified) eq 2018 and Code eq '400000'", 1),
    (" or ".join(f"Code eq '{600000 + 100 * n}'" for n in range(40)), 40),
])
def test_filters(exact, condition, count):
    assert len(exact.rows(GL, select="Code", filter=condition)) == count


def test_quote_in_text_is_doubled(exact):
    found = exact.rows(f"{NL}/crm/Accounts", select="Name", filter="Name eq 'O''Neill & Zonen'")
    assert [row["Name"] for row in found] == ["O'Neill & Zonen"]


@pytest.mark.parametrize("condition", [
    "Nonsense eq 1", "Code eq", "Code eq '1", "Code like '1'", "ID eq '1'", "Code eq 1",
    "ID eq guid'123'", "(Code eq '1'", "Code eq '1')", "Modified gt datetime'yesterday'",
    "nosuch(Code) eq '1'", "Code", "1 eq 1", "Code eq '1' and", "Type gt null",
])
def test_bad_filters_are_400(exact, condition):
    reply = exact.get(GL, select="Code", filter=condition, refused=True)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"]["value"]


@pytest.mark.parametrize("options", [
    {"select": "Nonsense"}, {"orderby": "Nonsense"}, {"orderby": "Code sideways"},
    {"top": "many"}, {"format": "json"}, {"expand": "Lines"},
])
def test_bad_options_are_400(exact, options):
    assert exact.get(GL, refused=True, **options).status_code == 400


def test_skip_and_inlinecount(exact):
    all_codes = [row["Code"] for row in exact.rows(GL, select="Code", orderby="Code")]
    reply = exact.get(GL, select="Code", orderby="Code", skip="10", inlinecount="allpages")
    page = reply.json()["d"]
    assert page["results"][0]["Code"] == all_codes[10]
    assert page["__count"] == exact.get(GL + "/$count").text
    bulk = f"{BE}/bulk/Financial/GLAccounts"
    assert exact.get(bulk, select="Code", skip="1", refused=True).status_code == 400


def test_bulk_demands_select_and_gives_1000(exact):
    bulk = f"{BE}/bulk/Financial/GLAccounts"
    reply = exact.get(bulk, refused=True)
    assert reply.status_code == 400
    assert reply.json()["error"]["message"]["value"] == (
        "Please add a $select or a $top=1 statement to the query string.")
    assert len(exact.rows(bulk, select="Code", filter="Type ne 12")) > 60


@pytest.mark.parametrize("name", ["Receivables", "Payments"])
def test_open_items_demand_select(exact, name):
    assert exact.get(f"{BE}/cashflow/{name}", refused=True).status_code == 400
    assert exact.get(f"{BE}/cashflow/{name}", select="ID").status_code == 200
    assert exact.get(f"{BE}/cashflow/{name}", top="1").status_code == 200


def test_sync_filters_on_timestamp_alone(exact):
    path = f"{BE}/sync/Financial/GLAccounts"
    rows = exact.rows(path, select="Timestamp,Code", filter="Timestamp gt 1L")
    stamps = [int(row["Timestamp"]) for row in rows]
    assert stamps == sorted(stamps) and len(stamps) == int(exact.get(GL + "/$count").text)
    later = exact.rows(path, select="Timestamp", filter=f"Timestamp gt {stamps[-2]}L")
    assert [int(row["Timestamp"]) for row in later] == stamps[-1:]
    assert exact.get(path, select="Code", filter="Code eq '1'", refused=True).status_code == 400
    assert exact.get(path, select="*", refused=True).status_code == 400


def test_every_resource_of_the_reference_can_be_read(unlogged_exact):
    from exact_simulator.schema import RESOURCES

    for name, resource in RESOURCES.items():
        if "GET" not in resource.methods or "SyncTimestamp" in name:
            continue
        path = name if name.startswith("current") else f"{BE}/{name}"
        field = next(iter(resource.fields))
        reply = unlogged_exact.get(path, select=field)
        assert reply.status_code == 200, (name, reply.text)


def test_without_accept_json_the_answer_is_atom(exact):
    reply = requests.get(f"{exact.server.url}/api/v1/{GL}", params={"$select": "Code", "$top": 1},
                         headers={"Authorization": exact.http.headers["Authorization"]})
    assert reply.headers["Content-Type"].startswith("application/atom+xml")
    assert "<d:Code>" in reply.text


def test_unknown_resource_and_key_are_404(exact):
    assert exact.get(f"{BE}/crm/Nonsense", refused=True).status_code == 404
    unknown = "99999999-0000-0000-0000-000000000000"
    assert exact.get(f"{GL}(guid'{unknown}')", refused=True).status_code == 404


def test_method_that_is_not_offered(exact):
    conditions = f"{BE}/cashflow/PaymentConditions"
    key = exact.id_of(conditions, "Code eq '30'")
    reply = exact.put(f"{conditions}(guid'{key}')", {"Description": "x"}, refused=True)
    assert reply.status_code == 405


def test_division_out_of_reach_is_403_with_reason(exact):
    reply = exact.get("999999/crm/Accounts", select="ID", refused=True)
    assert (reply.status_code, reply.headers["Reason"]) == (403, "NoDivisionAccess")


def test_request_without_token_is_401(server):
    reply = requests.get(f"{server.url}/api/v1/{GL}", headers={"X-Expected-Refusal": "true"})
    assert reply.status_code == 401


def test_scope_violation_is_403(server, exact):
    server.control("scopes", {"forbidden": ["crm/Accounts"]})
    reply = exact.get(f"{BE}/crm/Accounts", select="ID", refused=True)
    server.control("scopes", {"forbidden": []})
    assert reply.status_code == 403
    assert "Application Scope Violated" in reply.json()["error"]["message"]["value"]


def test_missing_module_is_403_or_empty(exact, switched):
    path = "310102/hrm/Costcenters"
    reply = exact.get(path, select="Code", refused=True)
    assert (reply.status_code, reply.json()["error"]["message"]["value"]) == (403, "Forbidden")
    switched(missing_module="licence")
    assert exact.get(path, refused=True).headers["Reason"] == "LicenseExpired"
    switched(missing_module="empty")
    assert exact.rows(path, select="Code") == []


def test_lines_hang_below_their_header(unlogged_exact):
    entry = unlogged_exact.created(f"{BE}/salesentry/SalesEntries",
                                   unlogged_exact.invoice(BE, 10, 20))
    address = entry["SalesEntryLines"]["__deferred"]["uri"]
    lines = unlogged_exact.http.get(address, params={"$select": "AmountFC"}).json()["d"]["results"]
    assert sorted(line["AmountFC"] for line in lines) == [10, 20]


def test_system_texts_come_in_the_users_language(exact, switched):
    switched(language="nl")
    names = [row["Description"] for row in exact.rows(
        f"{BE}/documents/DocumentTypes", select="Description", filter="ID eq 10")]
    assert names == ["Verkoopfactuur"]


def test_sync_timestamp_gives_a_start_cursor(exact):
    reply = exact.request("GET", f"{BE}/read/sync/Sync/SyncTimestamp", params={
        "modified": "datetime'2018-01-01'", "endPoint": "'GLAccounts'"})
    stamp = int(reply.json()["d"]["results"][0]["TimeStampAsBigInt"])
    rows = exact.rows(f"{BE}/sync/Financial/GLAccounts", select="ID",
                      filter=f"Timestamp ge {stamp}L")
    assert len(rows) == int(exact.get(GL + "/$count").text)


def test_a_list_with_a_sync_twin_may_need_a_filter(exact, switched):
    switched(filter_where_sync="mandatory")
    assert exact.get(GL, select="Code", refused=True).status_code == 400
    assert exact.rows(GL, select="Code", filter="Type eq 121")
    assert exact.rows(f"{BE}/financial/Journals", select="Code")
