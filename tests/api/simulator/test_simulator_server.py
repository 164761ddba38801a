# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The program itself: command line, keeping the books, several processes, mounting, the log."""

import contextlib
import http.client
import json
import sqlite3
import subprocess
import sys
import threading
import urllib.parse

import pytest
from exact_simulator import ConnectionCut, create_app
from simulator_driver import BE, CLIENT, NL, PROGRAM, RETURN_TO, SECRET, Exact, Server
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client


def test_help_explains_every_option():
    text = subprocess.run([sys.executable, str(PROGRAM), "--help"], capture_output=True,
                          text=True, check=True).stdout
    for option in ("--port", "--database", "--seed", "--traffic-log", "--auto-consent",
                   "--no-limits"):
        assert option in text
    assert SECRET in text


def test_books_survive_a_restart_and_sigterm_stops_cleanly(tmp_path):
    arguments = ("--database", str(tmp_path / "books.sqlite"), "--seed", "be", "--auto-consent",
                 "--no-limits")
    first = Server(*arguments)
    exact = Exact(first)
    exact.created(f"{BE}/salesentry/SalesEntries", exact.invoice(BE, 1, YourRef="KEPT"))
    assert first.stop() == (0, "")
    second = Server(*arguments)
    assert Exact(second).rows(f"{BE}/salesentry/SalesEntries", filter="YourRef eq 'KEPT'",
                              select="EntryID")
    assert second.stop() == (0, "")


def test_database_of_an_older_simulator_is_completed(tmp_path):
    file = str(tmp_path / "old.sqlite")
    create_app(file, ("be",)).store.close()
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute('ALTER TABLE "Accounts" DROP COLUMN "Remarks"')
        connection.execute('DROP TABLE "Costunits"')
    app = create_app(file, ("be",), auto_consent=True)
    client = Client(app)
    headers = log_in(client, "")
    for path in ("crm/Accounts?$select=Remarks", "hrm/Costunits?$select=Code"):
        assert client.get(f"/api/v1/{BE}/{path}", headers=headers).status_code == 200
    app.store.close()


def test_recall_puts_back_everything_that_was_remembered(fresh):
    exact = Exact(fresh)
    kept = exact.created(f"{BE}/salesentry/SalesEntries", exact.invoice(BE, 1, YourRef="KEPT"))
    fresh.control("remember", {})
    for _round in range(2):
        exact.created(f"{BE}/salesentry/SalesEntries", exact.invoice(BE, 1, YourRef="LATER"))
        fresh.control("switches", {"vat_rounding": "code"})
        fresh.control("tokens/revoke", {})
        fresh.control("recall", {})
        entries = exact.rows(f"{BE}/salesentry/SalesEntries", select="EntryID,YourRef")
        assert kept["EntryID"] in [entry["EntryID"] for entry in entries]
        assert "LATER" not in [entry["YourRef"] for entry in entries]
        assert fresh.control("switches")["vat_rounding"]["value"] == "line"


def test_recall_says_that_nothing_was_remembered():
    answer = Client(create_app(":memory:", ("be",))).post("/simulator/recall")
    assert (answer.status_code, "remember" in answer.json["error"]) == (400, True)


def test_two_processes_share_one_file(tmp_path):
    file, log = str(tmp_path / "books.sqlite"), tmp_path / "log.jsonl"
    servers = [Server("--database", file, "--seed", "be", "--auto-consent", "--no-limits",
                      "--traffic-log", str(log)) for _ in range(2)]
    first, second = Exact(servers[0]), None
    second = Exact(servers[1])
    body = first.invoice(BE, 1)
    replies = []

    def post(exact):
        for _ in range(15):
            replies.append(exact.post(f"{BE}/salesentry/SalesEntries", body))

    threads = [threading.Thread(target=post, args=(each,)) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [reply.json()["d"]["EntryNumber"] for reply in replies]
    assert len(set(numbers)) == 30
    for server in servers:
        server.stop()
    assert all(json.loads(line)["method"] for line in log.read_text().splitlines())


def test_connection_is_kept_alive(server):
    host, port = server.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port))
    for _ in range(2):
        connection.request("GET", "/simulator/divisions")
        reply = connection.getresponse()
        reply.read()
        assert reply.version == 11
        assert connection.sock is not None
    connection.close()


def test_empty_seed_has_an_administration_without_lists(tmp_path):
    app = create_app(str(tmp_path / "empty.sqlite"), ("empty",))
    client = Client(app)
    (division,) = client.get("/simulator/divisions").json["divisions"]
    state = client.get("/simulator/state").json
    assert state["divisions"][str(division["code"])]["GLAccounts"] == 0
    app.store.close()


@pytest.fixture
def mounted():
    app = create_app(":memory:", ("be",), auto_consent=True, limits=False)
    client = Client(DispatcherMiddleware(_not_found, {"/exact/simulator": app}))
    yield client
    app.store.close()


def _not_found(_environ, start_response):
    start_response("404 Not Found", [])
    return [b""]


def log_in(client, prefix):
    reply = client.get(f"{prefix}/api/oauth2/auth", query_string={
        "client_id": CLIENT, "redirect_uri": RETURN_TO, "response_type": "code"})
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(reply.location).query)["code"][0]
    reply = client.post(f"{prefix}/api/oauth2/token", data={
        "grant_type": "authorization_code", "code": code, "redirect_uri": RETURN_TO,
        "client_id": CLIENT, "client_secret": SECRET})
    return {"Authorization": f"Bearer {reply.json['access_token']}", "Accept": "application/json"}


def test_every_address_carries_the_mount_prefix(mounted):
    prefix = "/exact/simulator"
    headers = log_in(mounted, prefix)
    path = f"{prefix}/api/v1/{BE}/financial/GLAccounts?$select=Code"
    page = mounted.get(path, headers=headers).json["d"]
    assert page["__next"].startswith(f"http://localhost{prefix}/api/v1/")
    assert page["results"][0]["__metadata"]["uri"].startswith(f"http://localhost{prefix}/api/v1/")
    again = page["__next"].removeprefix("http://localhost")
    assert mounted.get(again, headers=headers).status_code == 200
    assert f'href="{prefix}/' in mounted.get(f"{prefix}/").text


def test_in_process_a_cut_is_an_exception(mounted):
    prefix = "/exact/simulator"
    headers = log_in(mounted, prefix)
    mounted.post(f"{prefix}/simulator/faults", json={"effect": "cut_after_commit", "path": "crm"})
    with pytest.raises(ConnectionCut):
        mounted.post(f"{prefix}/api/v1/{BE}/crm/Accounts", json={"Name": "Cut"}, headers=headers)
    found = mounted.get(f"{prefix}/api/v1/{BE}/crm/Accounts?$filter=Name eq 'Cut'&$select=ID",
                        headers=headers)
    assert len(found.json["d"]["results"]) == 1


def test_log_has_one_line_a_request(tmp_path):
    log = tmp_path / "traffic.jsonl"
    app = create_app(":memory:", ("be",), auto_consent=True, limits=False, traffic_log=str(log))
    client = Client(DispatcherMiddleware(_not_found, {"/x": app}))
    headers = log_in(client, "/x")
    client.get(f"/x/api/v1/{BE}/crm/Accounts?$select=ID&$top=1", headers=headers)
    client.post(f"/x/api/v1/{BE}/crm/Accounts", json={},
                headers=headers | {"X-Expected-Refusal": "true"})
    client.get("/x/simulator/state")
    app.store.close()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["path"] for line in lines] == [
        "/api/oauth2/auth", "/api/oauth2/token", f"/api/v1/{BE}/crm/Accounts",
        f"/api/v1/{BE}/crm/Accounts"]
    assert lines[2]["query"] == "$select=ID&$top=1" and lines[2]["status"] == 200
    assert lines[3]["expected_refusal"] is True and lines[3]["body"] == {}


def test_control_api_describes_itself_and_refuses_nonsense(server):
    routes = server.control("")["routes"]
    assert {"method", "path", "does"} <= set(routes[0])
    for path, body in (("switches", {"nonsense": 1}), ("clock", {"set": "soon"}),
                       (f"{NL}/payments", {"documents": [{"entry": "none"}]}),
                       (f"{NL}/payments", {"sum": 1}), ("1/unmatch", {"entry": "x"}),
                       (f"{NL}/block", {"kind": "journal", "code": "none"})):
        assert server.control(path, body, status=400)["error"]


def test_blocking_through_the_control_api(server, exact):
    server.control(f"{BE}/block", {"kind": "vat_code", "code": "5"})
    assert exact.texts(f"{BE}/salesentry/SalesEntries", exact.invoice(BE, 1)) == [
        "Not allowed: VAT code"]
    server.control(f"{BE}/unblock", {"kind": "vat_code", "code": "5"})
    assert exact.created(f"{BE}/salesentry/SalesEntries", exact.invoice(BE, 1))


def test_a_vat_code_of_another_rate(server, exact):
    server.control(f"{BE}/vat-codes", {"code": "EB", "like": "EA", "percentage": 0.06})
    [row] = exact.rows(f"{BE}/vat/VATCodes", filter="Code eq 'EB '",
                       select="Percentage,Charged,Type,GLToPay,GLToClaim")
    assert (row["Percentage"], row["Charged"], row["Type"]) == (0.06, True, "E")
    assert row["GLToPay"] and row["GLToClaim"]
    for body in ({"code": "EB", "like": "EA", "percentage": 0.06},
                 {"code": "EC", "like": "none", "percentage": 0.06}):
        assert server.control(f"{BE}/vat-codes", body, status=400)["error"]
