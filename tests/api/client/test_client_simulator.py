# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The client against the simulator, which was written from the same facts by other hands: over a
socket as against Exact Online, and once inside this process."""

import doctest
import subprocess
import sys
import time
import uuid
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import exact_api
import pytest
import requests
from exact_api import (
    ExactClient,
    MemoryLimits,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    ReauthorisationNeeded,
    Rejected,
    Site,
    TemporarilyUnavailable,
    TokenRefused,
    WaitUntil,
    WsgiAdapter,
    authorize_url,
    exchange_code,
    odata,
    refresh,
    webhook,
)
from scripted_server import ScriptedServer

REPOSITORY = Path(__file__).parents[3]
APP = {
    "client_id": "{11111111-2222-3333-4444-555555555555}",
    "client_secret": "simulator-secret",
}
REDIRECT = "https://odoo.example.com/exact_online/return"
DIVISION = 320101  # the Belgian administration, with journal 700 for sales
ABSENT = "2d5f1d4e-6a0c-4c8e-9f5e-0a8d5a1f2b3c"
TODAY = date.today()


@pytest.fixture(scope="module")
def server():
    """The simulator as a process of its own: its address and its control API."""
    traffic = REPOSITORY / ".work" / "traffic" / "client-simulator.jsonl"
    traffic.parent.mkdir(parents=True, exist_ok=True)
    traffic.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, str(REPOSITORY / "exact_online_connector" / "exact_simulator")]
        + ["--port", "0", "--database", ":memory:", "--seed", "be,nl"]
        + ["--auto-consent", "--traffic-log", str(traffic)],
        stdout=subprocess.PIPE,
        text=True,
    )
    url = process.stdout.readline().split()[-1]

    def control(place, /, **body):
        answer = requests.post(f"{url}/simulator/{place}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    yield SimpleNamespace(url=url, control=control)
    process.terminate()
    process.wait(30)
    process.stdout.close()


@pytest.fixture
def simulator(server):
    """The simulator as it was at its start, without limits."""
    server.control("reset")
    server.control("clock", set=datetime.now(timezone.utc).isoformat())
    requests.delete(f"{server.url}/simulator/faults", timeout=30).raise_for_status()
    server.control("limits", minute=60, day=5000, enabled=False)
    return server


def consent(url, session=None):
    """The code that a person's consent brings."""
    page = authorize_url(url, APP["client_id"], REDIRECT, "some state")
    answer = (session or requests).get(page, allow_redirects=False, timeout=30)
    sent_back = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert sent_back["state"] == ["some state"]
    return sent_back["code"][0]


def token_of(url, session=None):
    return exchange_code(url, **APP, code=consent(url), redirect_uri=REDIRECT, session=session)


@pytest.fixture
def token(simulator):
    return token_of(simulator.url)


@pytest.fixture
def refused_session():
    """For calls that are meant to be refused: the traffic log marks them."""
    session = requests.Session()
    session.headers["X-Expected-Refusal"] = "true"
    return session


@pytest.fixture
def client(simulator, token, book):
    return ExactClient(simulator.url, lambda: token.access_token, limits=book, timeout=30)


@pytest.fixture
def refused(simulator, token, book, refused_session):
    """A client whose calls are meant to be refused."""
    return ExactClient(
        simulator.url,
        lambda: token.access_token,
        session=refused_session,
        limits=book,
        timeout=30,
    )


def gl_account(client, code):
    (row,) = client.read(
        DIVISION,
        "financial/GLAccounts",
        select=["ID", "Code"],
        filter=odata.eq("Code", odata.text(code)),
    )
    return row["ID"]


def customer(client, name="Jansen & Zn. café O'Brien"):
    return client.post(DIVISION, "crm/Accounts", {"Name": name, "Status": "C"})["ID"]


def sales_entry(client, your_ref="INV/2026/00001", lines=None, **header):
    lines = lines or [
        {"GLAccount": gl_account(client, "700000"), "AmountFC": Decimal("100.10")},
    ]
    body = {
        "Customer": customer(client),
        "Journal": "700",
        "YourRef": your_ref,
        "EntryDate": odata.to_exact_date(TODAY),
        "SalesEntryLines": lines,
        **header,
    }
    return client.post(DIVISION, "salesentry/SalesEntries", body)


# --- the whole way ----------------------------------------------------------------------------


def test_from_consent_to_a_booked_invoice_with_its_pdf(client):
    me = client.me()
    divisions = {row["Code"]: row for row in client.divisions(me["CurrentDivision"])}
    assert divisions[DIVISION]["Currency"] == "EUR"
    assert odata.strip_code(divisions[DIVISION]["Country"]) == "BE"

    account = customer(client)
    stored = client.get(DIVISION, "crm/Accounts", account, select=["Name", "Code", "Created"])
    assert stored["Name"] == "Jansen & Zn. café O'Brien"
    code = odata.strip_code(stored["Code"])
    assert stored["Code"] == odata.pad_account_code(code)
    assert abs(odata.from_exact_datetime(stored["Created"]) - datetime.now()) < timedelta(days=1)
    for filter_ in (
        odata.eq("Code", odata.text(odata.pad_account_code(code))),
        odata.eq("trim(Code)", odata.text(code)),
        odata.both(
            odata.eq("Name", odata.text("Jansen & Zn. café O'Brien")),
            odata.eq("Status", odata.text("C")),
        ),
        odata.any_of(
            "ID", [*[odata.guid(uuid.uuid4()) for _other in range(39)], odata.guid(account)]
        ),
    ):
        found = client.read(DIVISION, "crm/Accounts", select=["ID"], filter=filter_)
        assert [row["ID"] for row in found] == [account]
        assert client.count(DIVISION, "crm/Accounts", filter_) == 1

    document = client.post(
        DIVISION, "documents/Documents", {"Subject": "INV 1", "Type": 10, "Account": account}
    )
    pdf = b"%PDF-1.4\n" + bytes(range(256)) * 400
    attachment = client.upload(DIVISION, document["ID"], "INV 1.pdf", pdf)
    assert client.download(attachment["Url"]) == pdf

    entry = sales_entry(client, Document=document["ID"])
    read_back = client.get(
        DIVISION,
        "salesentry/SalesEntries",
        entry["EntryID"],
        select=["YourRef", "AmountFC", "EntryDate", "Document", "EntryNumber"],
    )
    assert read_back["YourRef"] == "INV/2026/00001"
    assert odata.from_exact_date(read_back["EntryDate"]) == TODAY
    assert read_back["Document"] == document["ID"]
    (line,) = client.read(
        DIVISION,
        "salesentry/SalesEntryLines",
        select=["AmountFC"],
        filter=odata.eq("EntryID", odata.guid(entry["EntryID"])),
    )
    assert odata.parse_amount(line["AmountFC"]) == Decimal("100.10")
    by_number = odata.both(
        odata.eq("EntryNumber", odata.int32(read_back["EntryNumber"])),
        odata.eq("EntryDate", odata.datetime_(TODAY)),
    )
    assert client.count(DIVISION, "salesentry/SalesEntries", by_number) == 1

    client.put(DIVISION, "crm/Accounts", account, {"Name": "Jansen"})
    assert client.get(DIVISION, "crm/Accounts", account, select=["Name"])["Name"] == "Jansen"


def test_a_deleted_attachment_is_gone(client, refused):
    document = client.post(DIVISION, "documents/Documents", {"Subject": "INV 1", "Type": 10})
    attachment = client.upload(DIVISION, document["ID"], "INV 1.pdf", b"%PDF-1.4")
    client.delete(DIVISION, "documents/DocumentAttachments", attachment["ID"])
    with pytest.raises(NotFound):
        refused.get(DIVISION, "documents/DocumentAttachments", attachment["ID"])


def test_the_example_of_the_package_works(simulator, capsys):
    (example,) = doctest.DocTestFinder(recurse=False).find(exact_api)
    names = vars(exact_api) | APP
    names |= {
        "redirect_uri": REDIRECT,
        "code": consent(simulator.url),
        "SITES": {"nl": Site("nl", "Simulator", simulator.url)},
    }
    for step in example.examples:
        if "refresh(" in step.source:
            simulator.control("clock", advance=575)
        exec(step.source, names)
    assert len(capsys.readouterr().out.splitlines()) >= 5


# --- pages ------------------------------------------------------------------------------------


def test_a_list_of_many_pages_of_sixty(client, book):
    before = len(book.calls)
    codes = [row["Code"] for row in client.read(DIVISION, "financial/GLAccounts", select=["Code"])]
    assert len(set(codes)) == len(codes) == client.count(DIVISION, "financial/GLAccounts")
    assert len(book.calls) - before - 1 == -(-len(codes) // 60) > 5


@pytest.mark.parametrize("top", [1, 60, 61, 130])
def test_the_top_of_a_long_list(client, top):
    rows = list(
        client.read(DIVISION, "financial/GLAccounts", select=["Code"], orderby="Code desc", top=top)
    )
    codes = [row["Code"] for row in rows]
    assert len(codes) == top
    assert codes == sorted(codes, reverse=True)


def test_a_list_of_pages_of_a_thousand(client, book):
    account = gl_account(client, "700000")
    for number in range(3):
        lines = [{"GLAccount": account, "AmountFC": Decimal("1.05")} for _line in range(400)]
        sales_entry(client, f"INV/{number}", lines)
    for resource, rows in (
        ("bulk/Financial/TransactionLines", client.read),
        ("sync/Financial/TransactionLines", lambda *where, **how: client.sync(*where, 1, **how)),
    ):
        before = len(book.calls)
        ids = [row["ID"] for row in rows(DIVISION, resource, select=["ID", "Timestamp"][:1])]
        assert len(set(ids)) == len(ids) > 1200
        assert len(book.calls) - before == 2


def test_sync_continues_after_the_highest_timestamp(client):
    sales_entry(client)
    resource, select = "sync/Cashflow/PaymentTerms", ["ID", "Timestamp"]
    first = list(client.sync(DIVISION, resource, 1, select=select))
    cursor = max(int(row["Timestamp"]) for row in first)
    assert list(client.sync(DIVISION, resource, cursor, select=select)) == []
    sales_entry(client, "INV/2026/00002")
    later = list(client.sync(DIVISION, resource, cursor, select=select))
    assert len(later) == 1
    assert int(later[0]["Timestamp"]) > cursor


# --- consent and tokens -----------------------------------------------------------------------


def test_a_code_works_once(simulator, refused_session):
    code = consent(simulator.url)
    exchange = {**APP, "code": code, "redirect_uri": REDIRECT}
    exchange_code(simulator.url, **exchange)
    with pytest.raises((ReauthorisationNeeded, Rejected)):
        exchange_code(simulator.url, **exchange, session=refused_session)


def test_a_refresh_too_early_in_time_and_too_late(simulator, token, refused_session):
    with pytest.raises(WaitUntil) as caught:
        refresh(simulator.url, **APP, refresh_token=token.refresh_token, session=refused_session)
    assert caught.value.reason == "token"

    simulator.control("clock", advance=575)
    fresh = refresh(simulator.url, **APP, refresh_token=token.refresh_token)
    assert fresh.refresh_token != token.refresh_token
    assert fresh.expires_in == 600

    with pytest.raises(ReauthorisationNeeded):
        refresh(simulator.url, **APP, refresh_token=token.refresh_token, session=refused_session)


@pytest.mark.parametrize("status", ["400", "401"])
def test_too_early_by_either_status(simulator, refused_session, status):
    simulator.control("switches", too_early_status=status)
    token = token_of(simulator.url)
    with pytest.raises(WaitUntil):
        refresh(simulator.url, **APP, refresh_token=token.refresh_token, session=refused_session)


def test_a_wrong_secret_is_refused(simulator, refused_session):
    with pytest.raises(Rejected, match="client secret"):
        exchange_code(
            simulator.url,
            APP["client_id"],
            "wrong",
            consent(simulator.url),
            REDIRECT,
            session=refused_session,
        )


def test_an_expired_token_is_refused(simulator, refused):
    simulator.control("clock", advance=601)
    with pytest.raises(TokenRefused):
        refused.me()


# --- refusals and faults ----------------------------------------------------------------------


def test_refused_data_come_with_each_reason(simulator, refused):
    with pytest.raises(Rejected) as caught:
        refused.post(DIVISION, "salesentry/SalesEntries", {"YourRef": "x"})
    assert len(caught.value.messages) >= 2
    assert caught.value.malformed is False


def test_a_malformed_request(refused):
    for call in (
        lambda: list(refused.read(DIVISION, "crm/Accounts", select=["ID"], filter="Name eq")),
        lambda: list(refused.read(DIVISION, "crm/Accounts", select=["NoSuchProperty"])),
        lambda: refused.put(DIVISION, "salesentry/SalesEntries", ABSENT, {"SalesEntryLines": [{}]}),
    ):
        with pytest.raises((Rejected, NotFound)) as caught:
            call()
        assert getattr(caught.value, "malformed", True)


def test_an_absent_record(refused):
    with pytest.raises(NotFound):
        refused.get(DIVISION, "crm/Accounts", ABSENT)


def test_missing_rights(simulator, refused):
    simulator.control("scopes", forbidden=["crm/Accounts"])
    with pytest.raises(NotPermitted) as caught:
        refused.count(DIVISION, "crm/Accounts")
    assert caught.value.reason == "scope"
    simulator.control("scopes", forbidden=[])
    simulator.control("faults", effect="no_division_access", path="crm/Accounts", times="once")
    with pytest.raises(NotPermitted) as caught:
        refused.count(DIVISION, "crm/Accounts")
    assert caught.value.reason == "NoDivisionAccess"


@pytest.mark.parametrize(("effect", "booked"), [("cut_before_commit", 0), ("cut_after_commit", 1)])
def test_after_a_cut_only_a_look_up_tells(simulator, client, effect, booked):
    account = customer(client)
    body = {"Subject": "INV/2026/00007", "Type": 10, "Account": account}
    simulator.control("faults", effect=effect, method="POST", path="Documents", times="once")
    with pytest.raises(OutcomeUnknown):
        client.post(DIVISION, "documents/Documents", body)
    subject = odata.eq("Subject", odata.text("INV/2026/00007"))
    assert client.count(DIVISION, "documents/Documents", subject) == booked


def test_a_cut_read_can_be_repeated(simulator, client):
    simulator.control("faults", effect="cut_after_commit", path="crm/Accounts", times="once")
    with pytest.raises(TemporarilyUnavailable):
        client.count(DIVISION, "crm/Accounts")
    assert client.count(DIVISION, "crm/Accounts") > 0


@pytest.mark.parametrize(
    ("fault", "of_a_write", "of_a_read"),
    [
        (
            {"effect": "status", "status": 503, "body": "<html>Maintenance</html>"},
            OutcomeUnknown,
            TemporarilyUnavailable,
        ),
        (
            {
                "effect": "status",
                "status": 500,
                "body": {
                    "error": {
                        "code": "",
                        "message": {"lang": "", "value": "A problem has occurred. The cause..."},
                    }
                },
            },
            OutcomeUnknown,
            TemporarilyUnavailable,
        ),
        ({"effect": "wrong_json"}, OutcomeUnknown, TemporarilyUnavailable),
        ({"effect": "status", "status": 429, "body": ""}, WaitUntil, WaitUntil),
        ({"effect": "token_loss"}, TokenRefused, TokenRefused),
    ],
)
def test_faults_on_demand(simulator, refused, fault, of_a_write, of_a_read):
    for method, call, kind in (
        ("GET", lambda: list(refused.read(DIVISION, "crm/Contacts", select=["ID"])), of_a_read),
        ("POST", lambda: refused.post(DIVISION, "crm/Accounts", {"Name": "Jan"}), of_a_write),
    ):
        simulator.control("faults", method=method, path="/crm/", times="once", **fault)
        with pytest.raises(kind):
            call()


def test_a_slow_answer_is_a_timeout(simulator, token, book):
    client = ExactClient(simulator.url, lambda: token.access_token, limits=book, timeout=0.5)
    simulator.control("faults", effect="delay", seconds=1.5, method="POST", times="once")
    with pytest.raises(OutcomeUnknown, match="did not answer within 0.5 s"):
        client.post(DIVISION, "crm/Accounts", {"Name": "Jan"})


# --- limits -----------------------------------------------------------------------------------


def test_a_used_up_window_says_when_it_opens(simulator, refused):
    now = datetime.now(timezone.utc)
    for minute, day, reason, longest in ((3, 90, "minute", 61), (90, 3, "day", 86400)):
        simulator.control("reset")
        simulator.control("limits", minute=minute, day=day, enabled=True)
        token = token_of(simulator.url)
        client = ExactClient(simulator.url, lambda t=token: t.access_token, limits=refused._limits)
        with pytest.raises(WaitUntil) as caught:
            for _call in range(20):  # a new minute may begin on the way
                client.count(DIVISION, "crm/Accounts")
        assert caught.value.reason == reason
        assert timedelta(0) < caught.value.at - now < timedelta(seconds=longest + 60)
        assert caught.value.at.second == 0


def test_a_client_by_itself_never_meets_a_429(simulator, token):
    simulator.control("limits", minute=5, day=5000, enabled=True)
    client = ExactClient(simulator.url, lambda: token.access_token, limits=MemoryLimits())
    sent = 0
    with pytest.raises(WaitUntil) as caught:
        while sent < 20:
            client.count(DIVISION, "crm/Accounts")
            sent += 1
    # a full minute may begin while this runs
    assert 5 <= sent <= 10
    assert caught.value.status is None


@pytest.mark.parametrize("status", ["403", "429"])
def test_the_block_after_too_many_errors(simulator, refused, status):
    simulator.control("switches", velocity_status=status)
    with pytest.raises(WaitUntil) as caught:
        for _error in range(30):
            with pytest.raises(NotFound):
                refused.get(DIVISION, "crm/Accounts", ABSENT)
    assert (caught.value.reason, caught.value.status) == ("velocity", int(status))


# --- webhooks -------------------------------------------------------------------------------------


def test_a_message_about_a_new_account_is_verified(client):
    receiver = ScriptedServer()
    for _message in range(2):
        receiver.answers(200)
    subscription = {"Topic": "Accounts", "CallbackURL": f"{receiver.url}/exact/webhook"}
    client.post(DIVISION, "webhooks/WebhookSubscriptions", subscription)
    account = customer(client)
    for _wait in range(300):
        if len(receiver.received) == 2:
            break
        time.sleep(0.1)
    receiver.close()
    validation, message = (request.body for request in receiver.received)
    assert webhook.is_validation(validation)
    assert webhook.verify(message, "simulator-webhook-secret")
    assert not webhook.verify(message, "another secret")
    content = webhook.content(message)
    assert (content["Topic"], content["Key"]) == ("Accounts", account)
    assert content["Division"] == DIVISION


# --- in this process --------------------------------------------------------------------------


def test_the_simulator_inside_this_process(tmp_path, book):
    from exact_simulator import create_app

    site = "http://odoo.example.com/exact/simulator"
    app = create_app(str(tmp_path / "books.sqlite"), ("be",), auto_consent=True, limits=False)
    session = requests.Session()
    session.mount(site, WsgiAdapter(app, script_name="/exact/simulator"))
    token = exchange_code(
        site, **APP, code=consent(site, session), redirect_uri=REDIRECT, session=session
    )
    client = ExactClient(site, lambda: token.access_token, session=session, limits=book)

    codes = [row["Code"] for row in client.read(DIVISION, "financial/GLAccounts", select=["Code"])]
    assert len(codes) == client.count(DIVISION, "financial/GLAccounts") > 60
    document = client.post(DIVISION, "documents/Documents", {"Subject": "INV 1", "Type": 10})
    attachment = client.upload(DIVISION, document["ID"], "INV 1.pdf", b"%PDF-1.4")
    assert client.download(attachment["Url"]) == b"%PDF-1.4"

    control = f"{site}/simulator/faults"
    fault = {"effect": "cut_after_commit", "method": "POST", "times": "once", "path": "Documents"}
    session.post(control, json=fault, timeout=30).raise_for_status()
    with pytest.raises(OutcomeUnknown):
        client.post(DIVISION, "documents/Documents", {"Subject": "INV 2", "Type": 10})
    subject = odata.eq("Subject", odata.text("INV 2"))
    assert client.count(DIVISION, "documents/Documents", subject) == 1
