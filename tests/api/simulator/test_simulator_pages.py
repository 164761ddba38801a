# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The pages: an accountant finds her way, can act, and nothing she typed becomes markup."""

import base64
import re

import pytest
import requests
from simulator_driver import BE, CLIENT, RETURN_TO, Server

NASTY = "<script>alert(1)</script>"


def page(server, path, status=200):
    reply = requests.get(server.url + path)
    assert reply.status_code == status
    return reply.text


def submit(server, address, /, **values):
    reply = requests.post(server.url + address, data=values, allow_redirects=True)
    assert reply.status_code == 200, reply.text
    return reply.text


@pytest.fixture(scope="module")
def entry(exact):
    document = exact.created(f"{BE}/documents/Documents", {"Subject": NASTY, "Type": 10})["ID"]
    exact.created(f"{BE}/documents/DocumentAttachments", {
        "Document": document, "FileName": "invoice.pdf",
        "Attachment": base64.b64encode(b"%PDF-1.4").decode()})
    return exact.created(f"{BE}/salesentry/SalesEntries",
                         exact.invoice(BE, 100, YourRef="PAGE/1", Document=document))["EntryID"]


@pytest.mark.parametrize("path", ["relations", "entries", "open-items", "bank", "periods", ""])
def test_every_page_of_an_administration_opens(server, entry, path):
    assert "Exact Online" in page(server, f"/administration/{BE}/{path}")


@pytest.mark.parametrize("path", ["/", "/switches", "/faults", "/clock", "/static/simulator.css"])
def test_general_pages_open(server, path):
    assert page(server, path)


def test_unknown_pages_are_404(server):
    for path in ("/nonsense", "/administration/1", f"/administration/{BE}/entries/none"):
        page(server, path, 404)


def test_a_booking_shows_debit_credit_and_its_pdf(server, entry):
    text = page(server, f"/administration/{BE}/entries/{entry}")
    assert "PAGE/1" in text and "121.00" in text and "Debit" in text
    address = re.search(r'href="([^"]+/attachments/[^"]+)"', text)[1]
    reply = requests.get(server.url + address)
    assert reply.content == b"%PDF-1.4" and reply.headers["Content-Type"] == "application/pdf"


def test_text_of_others_is_escaped(server, exact, entry):
    exact.created(f"{BE}/crm/Accounts", {"Name": NASTY})
    for path in ("relations", f"entries/{entry}"):
        text = page(server, f"/administration/{BE}/{path}")
        assert NASTY not in text and "&lt;script&gt;" in text
    assert NASTY not in page(server, "/?message=" + NASTY)


def test_paying_matching_and_undoing(server, exact):
    invoice = exact.created(f"{BE}/salesentry/SalesEntries", exact.invoice(BE, 100))["EntryID"]
    address = f"/administration/{BE}/entries/{invoice}"
    assert "The payment is booked" in submit(server, address, action="pay", amount="21")
    assert "partly, open" in page(server, address)
    assert "is no amount" in submit(server, address, action="pay", amount="much")
    assert "undone" in submit(server, address, action="unmatch")
    credit = exact.created(f"{BE}/salesentry/SalesEntries", exact.invoice(BE, -40))["EntryID"]
    assert "matched" in submit(server, address, action="credit", other=credit)
    assert "written off" in submit(server, address, action="write-off", amount="1")
    assert "processed" in submit(server, address, action="process")
    assert "deleted" in submit(server, address, action="delete")


def test_money_on_account_and_periods(server, exact):
    account = exact.relation(BE, "101")
    text = submit(server, f"/administration/{BE}/bank", journal="501", account=account,
                  amount="75", date="", description="On account")
    assert "The payment is booked" in text
    year = exact.server.control("state")["clock"][:4]
    path = f"/administration/{BE}/periods"
    assert "is closed" in submit(server, path, action="close", year=year, period="5", journal="")
    assert "is open" in submit(server, path, action="open", year=year, period="5", journal="")


def test_switches_faults_and_clock_can_be_set(server):
    submit(server, "/switches", vat_rounding="code")
    assert server.control("switches")["vat_rounding"]["value"] == "code"
    submit(server, "/switches", vat_rounding="line")
    submit(server, "/faults", effect="status", method="GET", path="Nothing", times="once",
           status="503", seconds="1", body="x")
    (fault,) = server.control("faults")["faults"]
    submit(server, "/faults", remove=fault["id"])
    assert server.control("faults")["faults"] == []
    submit(server, "/clock", advance="60")
    submit(server, "/clock", real="1")


def test_form_of_another_site_is_refused(server):
    reply = requests.post(server.url + "/clock", data={"advance": 1},
                          headers={"Origin": "https://elsewhere.example"})
    assert reply.status_code == 403


def test_deep_links_of_exact_lead_to_pages(server, exact, entry):
    account = exact.relation(BE, "100")
    text = page(server, f"/docs/CRMAccountCard.aspx?_Division_={BE}&AccountID=%7b{account}%7d")
    assert "Brouwerij De Zwaan" in text
    row = exact.get(f"{BE}/salesentry/SalesEntries(guid'{entry}')").json()["d"]
    document = exact.get(f"{BE}/documents/Documents(guid'{row['Document']}')").json()["d"]
    assert "invoice.pdf" in requests.get(document["DocumentViewUrl"]).text


def test_a_person_consents_or_refuses():
    server = Server("--database", ":memory:", "--seed", "be")
    parameters = {"client_id": CLIENT, "redirect_uri": RETURN_TO, "response_type": "code",
                  "state": '"><b>'}
    address = f"{server.url}/api/oauth2/auth"
    text = requests.get(address, params=parameters).text
    assert "Allow" in text and "Vlaamse Waren" in text and '"><b>' not in text
    refused = requests.post(address, data=parameters | {"decision": "refuse"},
                            allow_redirects=False)
    assert "error=access_denied" in refused.headers["Location"]
    allowed = requests.post(address, data=parameters | {"decision": "allow"},
                            allow_redirects=False)
    assert "code=" in allowed.headers["Location"] and "state=" in allowed.headers["Location"]
    server.stop()
