# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""administration-defaults.md 11.3: general journal entries."""

import pytest
from simulator_driver import BE, NL

ENTRIES = f"{BE}/generaljournalentry/GeneralJournalEntries"
LINES = f"{BE}/generaljournalentry/GeneralJournalEntryLines"
UNKNOWN = "99999999-0000-0000-0000-000000000000"
PLAIN, WITH_VAT = "800", "890"


class Journal:
    """Books entries of (GL code, amount, more) lines."""

    def __init__(self, exact):
        self.exact = exact

    def body(self, *lines, journal=PLAIN, **header):
        return {"JournalCode": journal, **header, "GeneralJournalEntryLines": [
            {"GLAccount": self.exact.gl(BE, code), "AmountFC": amount, **more}
            for code, amount, more in lines]}

    def book(self, *lines, **header):
        return self.exact.created(ENTRIES, self.body(*lines, **header))

    def refused(self, *lines, **header):
        return self.exact.texts(ENTRIES, self.body(*lines, **header))

    def ledger(self, entry, *columns):
        lines = self.exact.rows(
            f"{BE}/financialtransaction/TransactionLines", orderby="LineNumber",
            filter=f"EntryID eq guid'{entry['EntryID']}'",
            select=",".join(("GLAccountCode", "AmountDC", *columns)))
        assert sum(line["AmountDC"] for line in lines) == pytest.approx(0)
        return [tuple(line[name] for name in ("GLAccountCode", "AmountDC", *columns))
                for line in lines]


@pytest.fixture
def journal(exact):
    return Journal(exact)


@pytest.fixture(scope="module")
def currencies(exact):
    """A general journal that takes foreign currency at any rate."""
    exact.created(f"{BE}/financial/Journals", {
        "Code": "810", "Description": "Diversen vreemde munt", "Type": 90,
        "AllowVariableCurrency": True, "AllowVariableExchangeRate": True})
    return "810"


def test_positive_is_debit_and_exact_fills_in_the_rest(journal):
    year = int(journal.exact.server.control("state")["clock"][:4])
    entry = journal.book(("604000", 100, {"Date": f"{year}-08-15", "Description": "Correction"}),
                         ("499000", -100, {}))
    assert (entry["Type"], entry["Status"], entry["Currency"]) == (90, 20, "EUR")
    assert (entry["FinancialYear"], entry["FinancialPeriod"]) == (year, 8)
    assert str(entry["EntryNumber"]).startswith(f"{year % 100}800")
    assert journal.ledger(entry, "Type", "Description") == [
        ("604000", 100, 90, "Correction"), ("499000", -100, 90, None)]


def test_the_period_may_be_named(journal):
    year = int(journal.exact.server.control("state")["clock"][:4])
    lines = ("604000", 1, {}), ("499000", -1, {})
    entry = journal.book(*lines, FinancialYear=year, FinancialPeriod=7)
    assert entry["FinancialPeriod"] == 7
    journal.exact.server.control(f"{BE}/close-period", {"year": year, "period": 7,
                                                        "journal": PLAIN})
    assert journal.refused(*lines, FinancialYear=year, FinancialPeriod=7) == [
        f"Period is closed: {year} - 7"]
    assert journal.exact.delete(f"{ENTRIES}(guid'{entry['EntryID']}')",
                                refused=True).status_code == 500
    journal.exact.server.control(f"{BE}/open-period", {"year": year, "period": 7})


@pytest.mark.parametrize(("lines", "text"), [
    ([("604000", 100, {})], "The entry is out of balance. Difference: 100.00"),
    ([("604000", 100, {}), ("499000", -99.99, {})],
     "The entry is out of balance. Difference: 0.01"),
    ([], "Mandatory: Lines"),
    ([("999000", 0, {})], "Blocked: G/L account"),
    ([("604000", 0, {"GLAccount": None})], "Mandatory: G/L account"),
    ([("604000", 0, {"GLAccount": UNKNOWN})], "Invalid reference: G/L account"),
    ([("604000", 0, {"Account": UNKNOWN})], "Invalid reference: Account"),
    ([("604000", 0, {"Document": UNKNOWN})], "Invalid reference: Document"),
    ([("604000", 0, {"CostCenter": "NONE"})], "Invalid reference: Cost center"),
    ([("613650", 0, {})], "Mandatory: Cost center"),
    ([("604000", 0, {"VATCode": "5"})], "Not allowed: VAT code"),
    ([("604000", 0, {"AmountVATFC": 21})], "Mandatory: VAT code")])
def test_lines_are_judged(journal, lines, text):
    assert journal.refused(*lines) == [text]


def test_a_blocked_relation_is_refused(journal):
    blocked = journal.exact.relation(BE, "108")
    assert journal.refused(("604000", 0, {"Account": blocked})) == ["Blocked: Account"]


@pytest.mark.parametrize(("header", "text"), [
    ({"journal": "700"}, "Invalid: Journal (type)"),
    ({"journal": "501"}, "Invalid: Journal (type)"),
    ({"journal": "999"}, "Invalid reference: Journal"), ({"journal": None}, "Mandatory: Journal"),
    ({"Currency": "USD"}, "Not allowed: Currency"),
    ({"Currency": "XXX"}, "Invalid reference: Currency"),
    ({"ExchangeRate": 1.1}, "Not allowed: Exchange rate"),
    ({"FinancialYear": 2001}, "Unknown: Financial year (Period-date table)")])
def test_the_header_is_judged(journal, header, text):
    assert journal.refused(("604000", 1, {}), ("499000", -1, {}), **header) == [text]


def test_a_blocked_journal_is_refused(journal):
    journal.exact.server.control(f"{BE}/block", {"kind": "journal", "code": "880"})
    assert journal.refused(("604000", 1, {}), ("499000", -1, {}), journal="880") == [
        "Blocked: Journal"]


def test_an_own_entry_number_is_unique(journal):
    lines = ("604000", 1, {}), ("499000", -1, {})
    assert journal.book(*lines, EntryNumber=77)["EntryNumber"] == 77
    assert journal.refused(*lines, EntryNumber=77) == ["In use: Entry number"]


# --- VAT ------------------------------------------------------------------------------------------


def test_exact_makes_the_vat_lines_where_the_journal_allows(journal):
    lines = ("604000", 100, {"VATCode": "5"}), ("499000", -121, {})
    entry = journal.book(*lines, journal=WITH_VAT)
    assert journal.ledger(entry, "VATCode") == [
        ("604000", 100, "5  "), ("411000", 21, "5  "), ("499000", -121, None)]
    line = journal.exact.rows(LINES, filter=f"EntryID eq guid'{entry['EntryID']}'",
                              orderby="LineNumber")[0]
    assert (line["AmountVATFC"], line["VATBaseAmountFC"], line["VATType"]) == (21, 100, "E")
    assert journal.refused(*lines) == ["Not allowed: VAT code"]
    assert journal.refused(("604000", 100, {"VATCode": "5"}), ("499000", -100, {}),
                           journal=WITH_VAT) == ["The entry is out of balance. Difference: 21.00"]
    assert journal.refused(("604000", 100, {"VATCode": "ZZ"}), ("499000", -100, {}),
                           journal=WITH_VAT) == ["Invalid reference: VAT code"]
    assert "Not allowed: VAT code" in journal.refused(
        ("604000", 0, {"VATCode": "OUD"}), journal=WITH_VAT)


def test_the_clients_vat_counts(journal):
    entry = journal.book(("604000", 100, {"VATCode": "5", "AmountVATFC": 20.5}),
                         ("499000", -120.5, {}), journal=WITH_VAT)
    assert journal.ledger(entry)[1] == ("411000", 20.5)
    entry = journal.book(("604000", 100, {"VATCode": "5", "AmountVATFC": 0}),
                         ("499000", -100, {}), journal=WITH_VAT)
    assert journal.ledger(entry) == [("604000", 100), ("499000", -100)]


def test_an_inclusive_amount_holds_its_vat(journal):
    entry = journal.book(("604000", 121, {"VATCode": "6"}), ("499000", -121, {}),
                         journal=WITH_VAT)
    assert journal.ledger(entry) == [("604000", 100), ("411000", 21), ("499000", -121)]


def test_credit_is_owed_and_a_reverse_charge_both(journal):
    entry = journal.book(("700000", -100, {"VATCode": "5"}), ("499000", 121, {}),
                         journal=WITH_VAT)
    assert ("451000", -21) in journal.ledger(entry)
    entry = journal.book(("604000", 100, {"VATCode": "EA"}), ("499000", -100, {}),
                         journal=WITH_VAT)
    assert journal.ledger(entry) == [
        ("604000", 100), ("411000", 21), ("451055", -21), ("499000", -100)]


# --- what hangs on a line -------------------------------------------------------------------------


def test_dimensions_and_documents_go_to_the_ledger(journal):
    document = journal.exact.created(f"{BE}/documents/Documents",
                                     {"Subject": "Memo", "Type": 55})["ID"]
    entry = journal.book(
        ("604000", 5, {"CostCenter": "ADM", "CostUnit": "A", "Document": document}),
        ("499000", -5, {}))
    assert journal.ledger(entry, "CostCenter", "CostUnit", "DocumentSubject") == [
        ("604000", 5, "ADM", "A", "Memo"), ("499000", -5, None, None, None)]
    stored = journal.exact.get(f"{BE}/documents/Documents(guid'{document}')").json()["d"]
    assert stored["FinancialTransactionEntryID"] == entry["EntryID"]


def test_a_receivable_line_with_a_relation_is_an_open_item(journal):
    exact = journal.exact
    customer, supplier = exact.relation(BE, "100"), exact.relation(BE, "104")
    entry = journal.book(("400000", 60, {"Account": customer, "OurRef": 123}),
                         ("440000", -60, {"Account": supplier}))
    terms = exact.rows(f"{BE}/sync/Cashflow/PaymentTerms", filter="Timestamp gt 1L",
                       select="TransactionEntryID,LineType,AmountDC,Account,Status,InvoiceNumber")
    own = [(term["LineType"], term["AmountDC"], term["Account"], term["Status"],
            term["InvoiceNumber"])
           for term in terms if term["TransactionEntryID"] == entry["EntryID"]]
    assert own == [(20, 60, customer, 20, 123), (22, -60, supplier, 20, None)]
    exact.server.control(f"{BE}/payments", {"documents": [{"entry": entry["EntryID"]}]})
    assert exact.delete(f"{ENTRIES}(guid'{entry['EntryID']}')", refused=True).status_code == 500


def test_a_line_can_settle_an_invoice(journal):
    exact = journal.exact
    invoice = exact.created(f"{BE}/salesentry/SalesEntries", exact.invoice(BE, 100))["EntryID"]
    customer = exact.relation(BE, "100")
    entry = journal.book(("657110", 1, {}), ("400000", -1, {"Account": customer}))
    exact.server.control(f"{BE}/credit", {"invoice": invoice, "credit_note": entry["EntryID"]})
    (left,) = exact.rows(f"{BE}/cashflow/Receivables", select="AmountDC", filter=(
        f"TransactionEntryID eq guid'{invoice}' and Status eq 20"))
    assert left["AmountDC"] == 120


# --- foreign currency -----------------------------------------------------------------------------


def test_foreign_currency_balances_in_both(journal, currencies):
    entry = journal.book(("604000", 0.31, {}), ("604100", 0.32, {}), ("499000", -0.63, {}),
                         journal=currencies, Currency="USD", ExchangeRate=0.915)
    lines = journal.ledger(entry, "AmountFC", "Currency")
    assert {line[3] for line in lines} == {"USD"}
    assert sum(line[2] for line in lines) == pytest.approx(0)
    (line,) = journal.exact.rows(LINES, select="AmountFC,AmountDC", filter=(
        f"EntryID eq guid'{entry['EntryID']}' and AmountFC lt 0"))
    assert line["AmountDC"] == -0.58
    assert journal.refused(("604000", 1, {}), ("499000", -1, {}), journal=currencies,
                           Currency="USD") == ["Exchange rate - Must be greater than: 0"]


# --- deleting -------------------------------------------------------------------------------------


def test_an_open_entry_is_deleted_and_says_so(journal):
    exact = journal.exact
    entry = journal.book(("604000", 1, {}), ("499000", -1, {}))
    lines = exact.rows(f"{BE}/financialtransaction/TransactionLines", select="ID",
                       filter=f"EntryID eq guid'{entry['EntryID']}'")
    path = f"{ENTRIES}(guid'{entry['EntryID']}')"
    assert exact.delete(path).status_code == 204
    assert exact.get(path, refused=True).status_code == 404
    deleted = exact.rows(f"{BE}/sync/Deleted", filter="Timestamp gt 1L",
                         select="EntityType,EntityKey")
    gone = {(row["EntityType"], row["EntityKey"]) for row in deleted}
    assert {(1, line["ID"]) for line in lines} <= gone


def test_a_processed_entry_stays_and_none_can_be_changed(journal, switched):
    exact = journal.exact
    entry = journal.book(("604000", 1, {}), ("499000", -1, {}))
    path = f"{ENTRIES}(guid'{entry['EntryID']}')"
    assert exact.put(path, {"Reversal": True}, refused=True).status_code == 405
    exact.server.control(f"{BE}/process", {"entry": entry["EntryID"]})
    switched(language="nl")
    assert exact.texts(path, None, method="DELETE") == ["Reeds verwerkt"]


def test_dutch_administrations_have_a_general_journal_with_vat(exact):
    body = {"JournalCode": "93", "GeneralJournalEntryLines": [
        {"GLAccount": exact.gl(NL, "4500"), "AmountFC": 100, "VATCode": "2"},
        {"GLAccount": exact.gl(NL, "2000"), "AmountFC": -121}]}
    assert exact.created(f"{NL}/generaljournalentry/GeneralJournalEntries", body)["Type"] == 90
