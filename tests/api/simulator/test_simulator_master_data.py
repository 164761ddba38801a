# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""facts.md 4.3 to 4.5, 4.8: relations, lists, documents."""

import base64
import hashlib

import pytest
import requests
from simulator_driver import BE, BE_FR, NL, NL_B

ACCOUNTS = f"{BE}/crm/Accounts"


def test_post_of_an_account_answers_only_the_id(exact, switched):
    reply = exact.created(ACCOUNTS, {"Name": "Only the ID"})
    assert reply["ID"] and reply["Name"] is None and reply["Code"] is None
    assert exact.get(f"{ACCOUNTS}(guid'{reply['ID']}')").json()["d"]["Name"] == "Only the ID"
    prefer = {"Prefer": "return=representation"}
    wanted = exact.post(ACCOUNTS, {"Name": "All of it"}, headers=prefer)
    assert wanted.json()["d"]["Name"] == "All of it"
    switched(prefer_representation="off")
    reply = exact.post(ACCOUNTS, {"Name": "No"}, headers=prefer)
    assert reply.json()["d"]["Name"] is None
    switched(accounts_post_reply="full")
    assert exact.created(ACCOUNTS, {"Name": "Full"})["Name"] == "Full"


def test_code_is_numeric_unique_and_padded(exact):
    key = exact.created(ACCOUNTS, {"Name": "Coded", "Code": "7001"})["ID"]
    account = exact.get(f"{ACCOUNTS}(guid'{key}')").json()["d"]
    assert account["Code"] == "7001".rjust(18)
    assert exact.texts(ACCOUNTS, {"Name": "Again", "Code": "7001"}) == ["In use: Code"]
    assert exact.texts(ACCOUNTS, {"Name": "Letters", "Code": "A1"}) == ["Invalid: Code"]
    following = exact.created(ACCOUNTS, {"Name": "Next"})["ID"]
    assert exact.get(f"{ACCOUNTS}(guid'{following}')").json()["d"]["Code"].strip() == "7002"


def test_account_needs_a_name_and_a_valid_vat_number(exact, switched):
    assert exact.texts(ACCOUNTS, {"Email": "a@b.example"}) == ["Mandatory: Name"]
    body = {"Name": "Wrong", "VATNumber": "BE0403401999"}
    assert exact.texts(ACCOUNTS, body) == ["Invalid check digit for VAT number."]
    assert exact.texts(f"{NL}/crm/Accounts", {"Name": "W", "VATNumber": "NL123456789B01"})
    switched(vat_number_check="off")
    assert exact.created(ACCOUNTS, body)


def test_a_renamed_account_is_renamed_on_its_entries(exact):
    key = exact.created(ACCOUNTS, {"Name": "Before", "Status": "C"})["ID"]
    entry = exact.created(f"{BE}/salesentry/SalesEntries",
                          exact.invoice(BE, 1) | {"Customer": key})
    assert exact.put(f"{ACCOUNTS}(guid'{key}')", {"Name": "After"}).status_code == 204
    path = f"{BE}/salesentry/SalesEntries(guid'{entry['EntryID']}')"
    assert exact.get(path).json()["d"]["CustomerName"] == "After"


def test_account_with_transactions_cannot_be_deleted(exact):
    key = exact.created(ACCOUNTS, {"Name": "Used", "Status": "C"})["ID"]
    exact.created(f"{BE}/salesentry/SalesEntries", exact.invoice(BE, 1) | {"Customer": key})
    assert exact.delete(f"{ACCOUNTS}(guid'{key}')", refused=True).status_code == 500
    unused = exact.created(ACCOUNTS, {"Name": "Unused"})["ID"]
    assert exact.delete(f"{ACCOUNTS}(guid'{unused}')").status_code == 204


def test_children_of_an_account(exact):
    key = exact.created(ACCOUNTS, {"Name": "Parent"})["ID"]
    bank = exact.created(f"{BE}/crm/BankAccounts",
                         {"Account": key, "BankAccount": "BE68539007547034"})
    assert (bank["Main"], bank["AccountName"]) == (True, "Parent")
    contact = exact.created(f"{BE}/crm/Contacts",
                            {"Account": key, "FirstName": "An", "LastName": "Maes"})
    assert contact["FullName"] == "An Maes"
    assert exact.created(f"{BE}/crm/Addresses", {"Account": key, "Type": 3, "City": "Gent"})
    assert exact.texts(f"{BE}/crm/Contacts", {"Account": key}) == [
        "Mandatory: First name", "Mandatory: Last name"]


def test_codes_of_lists_are_unique(exact):
    body = {"Code": "800999", "Description": "New account", "Type": 110}
    assert exact.created(f"{BE}/financial/GLAccounts", body)["TypeDescription"] == "Revenue"
    assert exact.texts(f"{BE}/financial/GLAccounts", body) == ["In use: Code"]
    assert exact.created(f"{BE}/vat/VATCodes", {"Code": "Z", "Description": "New"})["Code"] == "Z  "
    assert exact.texts(f"{BE}/financial/Journals",
                       {"Code": "799", "Description": "No account", "Type": 20}) == [
        "Mandatory: G/L account"]


def test_document_with_attachment(exact):
    content = b"%PDF-1.4\n" + bytes(range(256))
    account = exact.relation(BE, "100")
    document = exact.created(f"{BE}/documents/Documents",
                             {"Subject": "Invoice 1", "Type": 10, "Account": account})
    assert document["CategoryDescription"] == "Customers" and document["HID"] > 0
    assert f"?ID={document['ID']}&_Division_={BE}" in document["DocumentViewUrl"]
    attachment = exact.created(f"{BE}/documents/DocumentAttachments", {
        "Document": document["ID"], "FileName": "invoice 1.pdf",
        "Attachment": base64.b64encode(content).decode()})
    assert attachment["Attachment"] is None and attachment["FileSize"] == len(content)
    address = attachment["Url"] + "&Download=1"
    assert exact.http.get(address).content == content
    refused = requests.get(address, headers={"X-Expected-Refusal": "true"})
    assert refused.status_code == 401
    entry = exact.created(f"{BE}/salesentry/SalesEntries",
                          exact.invoice(BE, 1, Document=document["ID"]))
    assert entry["DocumentSubject"] == "Invoice 1"
    (stored,) = [each for each in exact.server.control(f"{BE}/entries")["entries"]
                 if each["entry_id"] == entry["EntryID"]]
    assert stored["attachments"] == [{
        "id": attachment["ID"], "file_name": "invoice 1.pdf", "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest()}]


def test_documents_refuse_what_is_wrong(exact):
    path = f"{BE}/documents/Documents"
    assert exact.texts(path, {"Type": 10}) == ["Mandatory: Subject"]
    assert exact.texts(path, {"Subject": "x", "Type": 31}) == ["Document Type not allowed"]
    text = exact.texts(f"{BE}/documents/DocumentAttachments", {
        "Document": exact.created(path, {"Subject": "x", "Type": 55})["ID"], "FileName": "a",
        "Attachment": "no base64!"}, status=400)
    assert "'Attachment' to type 'Byte[]'" in text[0]


@pytest.mark.parametrize("division", [BE, BE_FR, NL, NL_B])
def test_seeds_hold_what_a_wizard_needs(exact, division):
    journals = exact.rows(f"{division}/financial/Journals", select="Type,IsBlocked")
    assert {10, 12, 20, 22, 90} <= {row["Type"] for row in journals}
    assert any(row["IsBlocked"] for row in journals)
    types = {row["Type"] for row in exact.rows(f"{division}/vat/VATCodes", select="Type")}
    assert {"E", "I", "B"} <= types
    assert exact.rows(f"{division}/cashflow/PaymentConditions", select="Code")


@pytest.mark.parametrize(("division", "lost", "cost_center", "cost_unit", "difference"), [
    (BE, "613550", "613650", "705050", "657110"), (BE_FR, "613550", "613650", "705050", "657110"),
    (NL, "4320", "4350", "8030", "4940")])
def test_seeds_hold_accounts_with_rules_of_their_own(exact, division, lost, cost_center,
                                                     cost_unit, difference):
    rows = {row["Code"]: row for row in exact.rows(
        f"{division}/bulk/Financial/GLAccounts", select=(
            "ID,Code,Type,UseCostcenter,UseCostunit,VATNonDeductiblePercentage,"
            "VATNonDeductibleGLAccount,PrivatePercentage,PrivateGLAccount"))}
    by_id = {row["ID"]: row for row in rows.values()}
    assert rows[lost]["VATNonDeductiblePercentage"] == 0.5
    assert by_id[rows[lost]["VATNonDeductibleGLAccount"]]["Type"] == 120
    assert (rows[cost_center]["UseCostcenter"], rows[cost_unit]["UseCostunit"]) == (1, 1)
    assert rows[difference]["Type"] == 120
    assert any(row["PrivatePercentage"] and row["PrivateGLAccount"] for row in rows.values())
    (half,) = exact.rows(f"{division}/cashflow/PaymentConditions", filter="Percentage lt 1",
                         select="Code,Percentage")
    assert (half["Code"], half["Percentage"]) == ("2T", 0.5)
    assert exact.rows(f"{division}/financial/Journals", select="Code",
                      filter="Type eq 90 and AllowVAT eq true")


def test_seeds_hold_their_traps(exact):
    twins = exact.rows(ACCOUNTS, select="VATNumber", filter="startswith(Name,'Garage Peeters')")
    assert len({row["VATNumber"] for row in twins}) == 1 and len(twins) == 2
    codes = {row["Code"]: row["Type"] for row in exact.rows(
        f"{NL_B}/financial/Journals", select="Code,Type")}
    assert (codes["70"], codes["80"]) == (22, 20)
    assert int(exact.get(f"{NL}/financial/GLAccounts/$count").text) >= 400
    assert int(exact.get(f"{BE}/financial/GLAccounts/$count").text) >= 380
    thirteen = exact.rows(f"{NL_B}/financial/FinancialPeriods", select="FinPeriod",
                          filter="FinPeriod eq 13")
    assert len(thirteen) == 3
