# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Faults on demand: each strikes as it says, and no more often."""

import time

import pytest
import requests
from simulator_driver import BE, Exact

SALES = f"{BE}/salesentry/SalesEntries"


@pytest.fixture
def fault(server):
    server.control("faults", method="DELETE")
    yield lambda **definition: server.control("faults", definition)
    server.control("faults", method="DELETE")


def found(exact, ref):
    return exact.rows(SALES, filter=f"YourRef eq '{ref}'", select="EntryID,AmountFC")


def test_cut_before_the_commit_leaves_nothing(exact, fault):
    fault(effect="cut_before_commit", method="POST", path="SalesEntries")
    with pytest.raises(requests.ConnectionError):
        exact.post(SALES, exact.invoice(BE, 1, YourRef="BEFORE"))
    assert found(exact, "BEFORE") == []
    assert exact.created(SALES, exact.invoice(BE, 1, YourRef="BEFORE"))


def test_cut_after_the_commit_leaves_everything(exact, fault):
    fault(effect="cut_after_commit", method="POST", path="SalesEntries$")
    with pytest.raises(requests.ConnectionError):
        exact.post(SALES, exact.invoice(BE, 1, YourRef="AFTER"))
    assert len(found(exact, "AFTER")) == 1


def test_given_answer_instead_of_the_real_one(exact, fault):
    fault(effect="status", status=503, body="<html>Maintenance</html>", path="GLAccounts",
          headers={"Retry-After": "5"}, times=2)
    for _ in range(2):
        reply = exact.get(f"{BE}/financial/GLAccounts", select="Code")
        assert (reply.status_code, reply.headers["Content-Type"]) == (503, "text/html")
        assert reply.headers["Retry-After"] == "5"
    assert exact.get(f"{BE}/financial/GLAccounts", select="Code").status_code == 200


def test_generic_500_is_no_validation_text(exact, fault):
    text = "A problem has occurred."
    fault(effect="status", status=500, path="crm",
          body={"error": {"code": "", "message": {"lang": "", "value": text}}})
    reply = exact.get(f"{BE}/crm/Accounts", select="ID")
    assert reply.json()["error"]["message"]["value"] == text


def test_json_that_breaks_off(exact, fault):
    fault(effect="wrong_json", method="POST", path="SalesEntries")
    reply = exact.post(SALES, exact.invoice(BE, 1, YourRef="BROKEN"))
    assert reply.status_code == 201
    with pytest.raises(requests.JSONDecodeError):
        reply.json()
    assert len(found(exact, "BROKEN")) == 1


def test_delay(exact, fault):
    fault(effect="delay", seconds=0.3, path="vat")
    start = time.monotonic()
    exact.get(f"{BE}/vat/VATCodes", select="Code")
    assert time.monotonic() - start >= 0.3


def lines_of(exact, entry):
    return exact.rows(f"{BE}/salesentry/SalesEntryLines", orderby="LineNumber",
                      filter=f"EntryID eq guid'{entry['EntryID']}'", select="GLAccount,VATAmountFC")


def test_stored_with_a_missing_gl_account(exact, fault):
    fault(effect="drop_gl_link", path="SalesEntries")
    lines = lines_of(exact, exact.created(SALES, exact.invoice(BE, 1, 2)))
    assert [line["GLAccount"] is None for line in lines] == [False, True]


def test_stored_without_a_line(exact, fault):
    fault(effect="lose_line", path="SalesEntries")
    entry = exact.created(SALES, exact.invoice(BE, 100, 200))
    assert len(lines_of(exact, entry)) == 1 and entry["AmountFC"] == 121


def test_stored_with_a_cent_more_vat(exact, fault):
    fault(effect="change_vat", path="SalesEntries")
    entry = exact.created(SALES, exact.invoice(BE, 100))
    assert (entry["AmountFC"], entry["VATAmountFC"]) == (121.01, 21.01)


def ledger_of(exact, entry):
    return exact.rows(f"{BE}/financialtransaction/TransactionLines", orderby="LineNumber",
                      filter=f"EntryID eq guid'{entry['EntryID']}'",
                      select="AmountDC,AmountFC,ExchangeRate")


@pytest.mark.parametrize(("path", "lines", "journal"), [
    (SALES, "salesentry/SalesEntryLines", "702"),
    (f"{BE}/purchaseentry/PurchaseEntries", "purchaseentry/PurchaseEntryLines", "602")])
def test_stored_at_a_rate_one_percent_higher(exact, fault, path, lines, journal):
    draft = exact.invoice if journal == "702" else exact.bill
    fault(effect="change_rate", method="POST", path="Entries$")
    entry = exact.created(path, draft(BE, 100, Journal=journal, Currency="USD", Rate=0.9))
    assert (entry["Rate"], entry["AmountFC"], entry["AmountDC"]) == (0.909, 121, 109.99)
    (line,) = exact.rows(f"{BE}/{lines}", filter=f"EntryID eq guid'{entry['EntryID']}'",
                         select="AmountFC,AmountDC,VATAmountDC")
    assert (line["AmountFC"], line["AmountDC"], line["VATAmountDC"]) == (100, 90.9, 19.09)
    ledger = ledger_of(exact, entry)
    assert [abs(each["AmountDC"]) for each in ledger] == [109.99, 90.9, 19.09]
    assert {each["ExchangeRate"] for each in ledger} == {0.909}
    assert sum(each["AmountDC"] for each in ledger) == pytest.approx(0)
    again = exact.created(path, draft(BE, 100, Journal=journal, Currency="USD", Rate=0.9))
    assert again["Rate"] == 0.9


def test_the_administrations_own_currency_has_no_rate_to_change(exact, fault):
    fault(effect="change_rate", path="SalesEntries")
    entry = exact.created(SALES, exact.invoice(BE, 100))
    assert (entry["Rate"], entry["AmountDC"]) == (1, 121)


def test_general_journal_stored_at_a_rate_one_percent_higher(exact, fault):
    journals, path = (f"{BE}/financial/Journals",
                      f"{BE}/generaljournalentry/GeneralJournalEntries")
    exact.created(journals, {
        "Code": "811", "Description": "Diversen dollar", "Type": 90,
        "AllowVariableCurrency": True, "AllowVariableExchangeRate": True})
    fault(effect="change_rate", path="GeneralJournalEntries")
    entry = exact.created(path, {
        "JournalCode": "811", "Currency": "USD", "ExchangeRate": 0.9,
        "GeneralJournalEntryLines": [
            {"GLAccount": exact.gl(BE, code), "AmountFC": amount}
            for code, amount in (("604000", 100), ("499000", -100))]})
    assert entry["ExchangeRate"] == 0.909
    lines = exact.rows(f"{BE}/generaljournalentry/GeneralJournalEntryLines",
                       filter=f"EntryID eq guid'{entry['EntryID']}'", orderby="LineNumber",
                       select="AmountFC,AmountDC")
    assert [(line["AmountFC"], line["AmountDC"]) for line in lines] == [
        (100, 90.9), (-100, -90.9)]
    assert [each["AmountDC"] for each in ledger_of(exact, entry)] == [90.9, -90.9]


def test_stored_without_its_document(exact, fault):
    document = exact.created(f"{BE}/documents/Documents", {"Subject": "x", "Type": 10})["ID"]
    fault(effect="lose_document_link", path="SalesEntries")
    assert exact.created(SALES, exact.invoice(BE, 1, Document=document))["Document"] is None
    again = exact.created(SALES, exact.invoice(BE, 1))
    fault(effect="lose_document_link", method="PUT", path="SalesEntries")
    path = f"{SALES}(guid'{again['EntryID']}')"
    exact.put(path, {"Document": document})
    assert exact.get(path).json()["d"]["Document"] is None


def test_lost_tokens(server, fault):
    exact = Exact(server)
    fault(effect="token_loss", path="Journals")
    assert exact.get(f"{BE}/financial/Journals", select="Code", refused=True).status_code == 401


def test_no_access_to_the_division(server, fault):
    exact = Exact(server)
    fault(effect="no_division_access", path=f"/{BE}/")
    reply = exact.get(f"{BE}/financial/Journals", select="Code", refused=True)
    assert (reply.status_code, reply.headers["Reason"]) == (403, "NoDivisionAccess")


def test_probability_is_repeatable(server, fault):
    exact = Exact(server)

    def outcomes():
        server.control("faults", method="DELETE")
        fault(effect="status", status=502, body="", path="Journals", times="always",
              probability=0.5, seed=7)
        return [exact.get(f"{BE}/financial/Journals", select="Code").status_code
                for _ in range(12)]

    first = outcomes()
    assert set(first) == {200, 502} and outcomes() == first


def test_senseless_faults_are_refused(server):
    for definition in ({"effect": "nonsense"}, {"effect": "delay", "path": "("}, {"when": 1}):
        assert server.control("faults", definition, status=400)["error"]


def test_lost_answer_of_a_refresh(fresh):
    pair = fresh.tokens()
    fresh.control("clock", {"advance": 575})
    fresh.control("faults", {"effect": "cut_after_commit", "path": "oauth2/token"})
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    with pytest.raises(requests.ConnectionError):
        fresh.token(**form)
    assert fresh.token(**form, refused=True).status_code == 401
