# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""facts.md 5: whatever a bookkeeper does with money is seen in terms, lists and sync/Deleted."""

from datetime import datetime

import pytest
from simulator_driver import BE


@pytest.fixture
def year(server):
    return server.control("state")["clock"][:4]


def shown_date(text):
    """A date text as Exact shows it."""
    return f"/Date({int(datetime.fromisoformat(f'{text}T00:00:00+00:00').timestamp())}000)/"


def cursor(books):
    """The highest Timestamp of the terms so far."""
    rows = books.exact.rows(f"{BE}/sync/Cashflow/PaymentTerms", filter="Timestamp gt 1L",
                            select="Timestamp")
    return max((int(row["Timestamp"]) for row in rows), default=1)


def changed_since(books, stamp):
    """(entry, Status, AmountDC) of the terms with a later Timestamp."""
    rows = books.exact.rows(f"{BE}/sync/Cashflow/PaymentTerms", filter=f"Timestamp gt {stamp}L",
                            select="TransactionEntryID,Status,AmountDC")
    return {(row["TransactionEntryID"], row["Status"], row["AmountDC"]) for row in rows}


def gone(books):
    rows = books.exact.rows(f"{BE}/sync/Deleted", filter="Timestamp gt 1L",
                            select="EntityType,EntityKey")
    return {(row["EntityType"], row["EntityKey"]) for row in rows}


def listed(books, entry, resource="ReceivablesList"):
    """What a list of open items shows of an entry: (Amount, AmountInTransit)."""
    number = books.entry(entry)["header"]["EntryNumber"]
    rows = books.exact.rows(f"{BE}/read/financial/{resource}",
                            filter=f"EntryNumber eq {number}")
    return [(row["Amount"], row["AmountInTransit"]) for row in rows]


def lines_of(books, entry):
    """(GL code, DC, FC, type, invoice number, YourRef) of the ledger lines."""
    return [(line["GLAccountCode"], line["AmountDC"], line["AmountFC"], line["Type"],
             line.get("InvoiceNumber"), line.get("YourRef"))
            for line in books.entry(entry)["ledger_lines"]]


# --- bank and cash --------------------------------------------------------------------------------


def test_cash_is_booked_in_a_cash_journal(books):
    invoice = books.invoice(100)
    entry = books.pay((invoice, None), journal="570")
    assert books.ledger(entry) == {("570000", 121, 40), ("400000", -121, 40)}
    assert books.entry(entry)["kind"] == "CashEntries"
    assert books.terms(invoice)[0]["Status"] == 50
    reply = books.exact.delete(f"{BE}/financialtransaction/CashEntries(guid'{entry}')",
                               refused=True)
    assert reply.json()["error"]["message"]["value"] == "Not allowed: the entry is matched"
    assert books.refused("payments", documents=[{"entry": invoice}], journal="700") == (
        "'700' is no bank or cash journal of this administration.")


@pytest.mark.parametrize("single_line", [False, True])
def test_an_invoice_may_be_named_twice(books, single_line):
    invoice = books.invoice(100)
    books.pay((invoice, 50), (invoice, 71), single_line=single_line)
    assert {term["Status"] for term in books.terms(invoice)} == {50}
    assert sum(term["AmountDC"] for term in books.terms(invoice)) == 121
    assert listed(books, invoice) == []


def test_an_invoice_less_its_credit_note_is_paid_at_once(books):
    invoice, credit = books.invoice(100), books.invoice(-40)
    entry = books.pay((invoice, None), (credit, None), single_line=True)
    assert books.ledger(entry) == {("550000", 72.6, 40), ("400000", -72.6, 40)}
    assert [books.terms(each)[0]["Status"] for each in (invoice, credit, entry)] == [50, 50, 50]


def test_payments_of_a_document_are_told_apart(books, year):
    invoice = books.invoice(100)
    first = books.pay((invoice, 21), date=f"{year}-06-10")
    second = books.pay((invoice, 60), date=f"{year}-06-20")
    left, *matched = books.terms(invoice)
    assert (left["Status"], left["AmountDC"], left["LastPaymentDate"]) == (
        20, 40, shown_date(f"{year}-06-20"))
    assert {(term["EntryID"], term["AmountDC"], term["LastPaymentDate"]) for term in matched} == {
        (first, 21, shown_date(f"{year}-06-10")), (second, 60, shown_date(f"{year}-06-20"))}
    assert listed(books, invoice) == [(40, 0)]


# --- money that stayed open -----------------------------------------------------------------------


def test_money_on_account_pays_a_later_invoice(books, year):
    money = books.do("payments", account="100", amount=150, date=f"{year}-05-02")["entry"]
    assert listed(books, money) == [(-150, 0)]
    invoice = books.invoice(100)
    stamp = cursor(books)
    books.do("match", entry=money, **{"with": invoice}, date=f"{year}-07-01")
    assert changed_since(books, stamp) == {
        (invoice, 50, 121), (money, 50, -121), (money, 20, -29)}
    (term,) = books.terms(invoice)
    assert term["LastPaymentDate"] == shown_date(f"{year}-05-02")
    assert term["EndDate"] == shown_date(f"{year}-07-01")
    assert (listed(books, invoice), listed(books, money)) == ([], [(-29, 0)])


def test_what_does_not_belong_together_is_not_matched(books):
    invoice, other = books.invoice(100), books.invoice(50)
    dollars = books.invoice(-100, Journal="702", Currency="USD", Rate=0.9)
    money = books.do("payments", account="101", amount=50)["entry"]
    for entry in (other, dollars, money):
        assert "Nothing is open in these two entries" in books.refused(
            "match", entry=invoice, **{"with": entry})


def test_over_payment_is_written_off(books):
    invoice = books.invoice(100)
    money = books.pay((invoice, 121.5))
    assert listed(books, money) == [(-0.5, 0)]
    booking = books.do("write-off", entry=money)["entry"]
    assert books.ledger(booking) == {("657100", -0.5, 83), ("400000", 0.5, 83)}
    assert listed(books, money) == []


def test_a_difference_names_the_invoice_that_it_settles(books):
    invoice = books.invoice(100, YourRef="INV/83")
    number = books.entry(invoice)["header"]["InvoiceNumber"]
    booking = books.do("write-off", entry=invoice, amount=1)["entry"]
    assert lines_of(books, booking) == [("657100", 1, 1, 83, number, "INV/83"),
                                        ("400000", -1, -1, 83, number, "INV/83")]


# --- refunds --------------------------------------------------------------------------------------


def test_a_credit_note_is_paid_back(books):
    credit = books.invoice(-40)
    assert listed(books, credit) == [(-48.4, 0)]
    entry = books.do("refunds", entry=credit, amount=8.4)["entry"]
    assert books.ledger(entry) == {("550000", -8.4, 40), ("400000", 8.4, 40)}
    assert listed(books, credit) == [(-40, 0)]
    books.do("refunds", entry=credit, journal="570")
    assert {term["Status"] for term in books.terms(credit)} == {50}


def test_over_payment_is_paid_back_and_a_supplier_pays_back(books):
    money = books.pay((books.invoice(100), 130))
    books.do("refunds", entry=money)
    assert {term["Status"] for term in books.terms(money)} == {50}
    credit = books.bill(-100)
    entry = books.do("refunds", entry=credit)["entry"]
    assert books.ledger(entry) == {("550000", 121, 40), ("440000", -121, 40)}
    assert listed(books, credit, "PayablesList") == []


def test_only_what_is_owed_is_paid_back(books):
    invoice, credit = books.invoice(100), books.invoice(-40)
    assert "is to be paid, not paid back" in books.refused("refunds", entry=invoice)
    assert "is to be paid, not paid back" in books.refused("refunds", entry=books.bill(100))
    assert "no more than 48.4" in books.refused("refunds", entry=credit, amount=48.41)


# --- un-matching, moving, deleting ----------------------------------------------------------------


def test_one_of_two_payments_is_taken_off(books, year):
    invoice = books.invoice(100, YourRef="TWO")
    first = books.pay((invoice, 21), date=f"{year}-06-10")
    second = books.pay((invoice, 100), date=f"{year}-06-20")
    stamp = cursor(books)
    assert books.do("unmatch", entry=invoice, **{"with": second})["undone"] == 1
    assert changed_since(books, stamp) == {(invoice, 20, 100), (second, 20, -100)}
    left, matched = books.terms(invoice)
    assert (left["LastPaymentDate"], left["EndDate"], left["IsFullyPaid"]) == (
        shown_date(f"{year}-06-10"), None, False)
    assert matched["EntryID"] == first
    assert books.terms(second)[0]["YourRef"] is None
    assert (listed(books, invoice), listed(books, second)) == ([(100, 0)], [(-100, 0)])


def test_the_first_payment_is_taken_off(books):
    invoice = books.invoice(100)
    first, _second = books.pay((invoice, 21)), books.pay((invoice, 100))
    books.do("unmatch", entry=first)
    left, matched = books.terms(invoice)
    assert (left["AmountDC"], left["EntryID"]) == (21, invoice)
    assert (matched["AmountDC"], listed(books, invoice)) == (100, [(21, 0)])


def test_a_payment_moves_from_one_invoice_to_another(books):
    wrong, right = books.invoice(100, YourRef="WRONG"), books.invoice(200, YourRef="RIGHT")
    money = books.pay((wrong, None))
    assert books.terms(money)[0]["YourRef"] == "WRONG"
    stamp = cursor(books)
    books.do("move-payment", payment=money, **{"from": wrong, "to": right})
    assert changed_since(books, stamp) == {
        (wrong, 20, 121), (money, 50, -121), (right, 50, 121), (right, 20, 121)}
    assert (listed(books, wrong), listed(books, right)) == ([(121, 0)], [(121, 0)])
    assert [term["EntryID"] for term in books.terms(right)] == [right, money]
    assert books.refused("move-payment", payment=money, **{"from": wrong, "to": right}) == (
        f"Payment '{money}' is not matched with '{wrong}'.")


def test_moving_part_of_a_payment_writes_what_is_gone(books):
    wrong, right = books.invoice(200), books.invoice(50)
    money = books.pay((wrong, 121))
    split = books.terms(wrong)[1]["ID"]
    books.do("move-payment", payment=money, **{"from": wrong, "to": right})
    assert (10, split) in gone(books)
    assert (listed(books, wrong), listed(books, right), listed(books, money)) == (
        [(242, 0)], [], [(-60.5, 0)])


def test_a_deleted_bank_entry_opens_its_invoices_again(books):
    invoice, bill = books.invoice(100), books.bill(100)
    money = books.pay((invoice, 21), (bill, None))
    before = books.entry(money)
    split = books.terms(invoice)[1]["ID"]
    stamp = cursor(books)
    books.exact.server.control(f"{BE}/entries/{money}", method="DELETE")
    assert changed_since(books, stamp) == {(invoice, 20, 121), (bill, 20, -121)}
    assert gone(books) >= {(10, split)} | {(10, term["ID"]) for term in before["terms"]} | {
        (1, line["ID"]) for line in before["ledger_lines"]}
    assert (listed(books, invoice), listed(books, bill, "PayablesList")) == (
        [(121, 0)], [(121, 0)])
    path = f"{BE}/financialtransaction/BankEntries(guid'{money}')"
    assert books.exact.get(path, refused=True).status_code == 404


# --- foreign currency -----------------------------------------------------------------------------


@pytest.fixture
def dollars(books):
    return lambda amount, **header: books.invoice(
        amount, Journal="702", Currency="USD", Rate=0.9, **header)


def exchange_differences(books):
    return {each["entry_id"] for each in
            books.exact.server.control(f"{BE}/entries")["entries"] if each["type"] == 82}


def test_another_rate_leaves_an_exchange_difference(books, dollars):
    before = exchange_differences(books)
    invoice = dollars(100, YourRef="USD/1")
    number = books.entry(invoice)["header"]["InvoiceNumber"]
    money = books.pay((invoice, None), rate=0.95)
    (difference,) = exchange_differences(books) - before
    # 108.90 was owed, 114.95 came in.
    assert lines_of(books, difference) == [
        ("654000", -6.05, 0, 82, number, "USD/1"), ("400000", 6.05, 0, 82, number, "USD/1")]
    assert [(term["Status"], term["AmountDC"], term["AmountFC"])
            for term in books.terms(difference)] == [(50, 6.05, 0)]
    assert [books.terms(each)[0]["Status"] for each in (invoice, money)] == [50, 50]
    (line,) = books.exact.rows(
        f"{BE}/financialtransaction/TransactionLines", select="OffsetID",
        filter=f"EntryID eq guid'{invoice}' and GLAccountCode eq '400000'")
    assert line["OffsetID"] == books.terms(money)[0]["TransactionID"]


def test_it_is_taken_back_when_the_match_is_undone(books, dollars):
    before = exchange_differences(books)
    invoice = dollars(100)
    books.pay((invoice, 60), rate=0.8)
    (difference,) = exchange_differences(books) - before
    (term,) = books.entry(difference)["terms"]
    books.do("unmatch", entry=invoice)
    assert exchange_differences(books) == before
    assert (10, term["ID"]) in gone(books)
    assert [(term["Status"], term["AmountDC"]) for term in books.terms(invoice)] == [(20, 108.9)]


def test_the_same_rate_leaves_nothing(books, dollars):
    before = exchange_differences(books)
    books.pay((dollars(100), None))
    assert exchange_differences(books) == before


def test_currencies_are_not_mixed(books, dollars):
    documents = [{"entry": dollars(100)}, {"entry": books.invoice(100)}]
    assert books.refused("payments", documents=documents) == (
        "Documents in different currencies cannot be paid together.")
    assert books.refused("payments", documents=documents[1:], rate=0.9) == (
        "A payment in EUR has no rate.")


# --- batches --------------------------------------------------------------------------------------


BATCH = ("TransactionEntryID,Status,ReceivableBatchNumber,ReceivableSelected,PaymentBatchNumber,"
         "CashflowTransactionBatchCode,PaymentInformationID,IsBatchBooking")


def batch_terms(books, *entries):
    rows = books.exact.rows(f"{BE}/sync/Cashflow/PaymentTerms", filter="Timestamp gt 1L",
                            select=BATCH)
    return [row for row in rows if row["TransactionEntryID"] in entries]


def customer(books, code, amount):
    return books.invoice(amount, Customer=books.exact.relation(BE, code))


def test_a_direct_debit_is_selected_sent_and_booked_as_one_line(books, year):
    first, second = customer(books, "100", 100), customer(books, "101", 200)
    batch = books.do("batches", entries=[first, second])["batch"]
    assert [(term["Status"], term["ReceivableBatchNumber"], bool(term["ReceivableSelected"]))
            for term in batch_terms(books, first, second)] == [(30, batch, True)] * 2
    assert listed(books, first) == [(121, 0)]
    stamp = cursor(books)
    books.do(f"batches/{batch}/send")
    assert changed_since(books, stamp) == {(first, 40, 121), (second, 40, 242)}
    assert {(term["CashflowTransactionBatchCode"], term["PaymentInformationID"],
             term["IsBatchBooking"]) for term in batch_terms(books, first, second)} == {
        (str(batch), f"BATCH{batch}", 1)}
    assert listed(books, first) == [(121, 121)]
    entry = books.do(f"batches/{batch}/book", date=f"{year}-08-03")["entry"]
    assert books.ledger(entry) == {("550000", 363, 40), ("400000", -363, 40)}
    (line,) = books.entry(entry)["lines"]
    assert line["AmountFC"] == 363 and "Account" not in line
    (own,) = books.terms(entry)
    assert (own["Status"], own["AmountDC"], own["TransactionID"]) == (50, -363, line["ID"])
    for invoice in (first, second):
        (term,) = books.terms(invoice)
        assert (term["Status"], term["LastPaymentDate"]) == (50, shown_date(f"{year}-08-03"))
        assert listed(books, invoice) == []


def test_the_line_of_one_relation_names_it(books):
    first, second = books.invoice(100), books.invoice(200)
    batch = books.do("batches", entries=[first, second])["batch"]
    books.do(f"batches/{batch}/send")
    entry = books.do(f"batches/{batch}/book")["entry"]
    (line,) = books.entry(entry)["lines"]
    assert line["Account"] == books.exact.relation(BE, "100")


def test_a_bank_may_book_a_line_for_each_relation(books, switched):
    switched(batch_booking="per_relation")
    entries = [customer(books, code, 100) for code in ("100", "101", "100")]
    batch = books.do("batches", entries=entries)["batch"]
    books.do(f"batches/{batch}/send")
    entry = books.do(f"batches/{batch}/book")["entry"]
    assert [line["AmountFC"] for line in books.entry(entry)["lines"]] == [242, 121]
    assert {term["Status"] for each in (*entries, entry) for term in books.terms(each)} == {50}


def test_suppliers_are_paid_in_a_batch(books):
    first, second = books.bill(100), books.bill(200)
    batch = books.do("batches", entries=[first, second])["batch"]
    assert [term["PaymentBatchNumber"] for term in batch_terms(books, first, second)] == [
        batch, batch]
    books.do(f"batches/{batch}/send")
    assert listed(books, first, "PayablesList") == [(121, 121)]
    entry = books.do(f"batches/{batch}/book", journal="502")["entry"]
    assert books.ledger(entry) == {("550001", -363, 40), ("440000", 363, 40)}
    assert listed(books, second, "PayablesList") == []


def test_a_batch_that_is_undone_opens_every_term(books):
    first, second = customer(books, "100", 100), customer(books, "101", 200)
    batch = books.do("batches", entries=[first, second])["batch"]
    books.do(f"batches/{batch}/send")
    entry = books.do(f"batches/{batch}/book")["entry"]
    books.exact.server.control(f"{BE}/entries/{entry}", method="DELETE")
    assert [books.terms(each)[0]["Status"] for each in (first, second)] == [20, 20]


def test_a_batch_is_dissolved_and_goes_one_way(books):
    invoice = books.invoice(100)
    batch = books.do("batches", entries=[invoice])["batch"]
    assert books.refused("batches", entries=[invoice]) == (
        "One of these entries is in a batch already.")
    assert "has not come that far" in books.refused(f"batches/{batch}/book")
    books.do(f"batches/{batch}/send")
    assert "further already" in books.refused(f"batches/{batch}/send")
    books.do(f"batches/{batch}/cancel")
    (term,) = batch_terms(books, invoice)
    assert (term["Status"], term["ReceivableBatchNumber"], term["CashflowTransactionBatchCode"],
            term["IsBatchBooking"]) == (20, None, None, 0)
    assert "There is no batch" in books.refused(f"batches/{batch}/send")


def test_a_batch_is_of_one_kind(books):
    assert books.refused("batches", entries=[books.invoice(100), books.bill(100)]) == (
        "A batch is of customers or of suppliers, and in one currency.")
    assert books.refused("batches", entries=[books.invoice(-100)]) == (
        "There is nothing to collect or to pay in these entries.")
    assert books.refused("batches", entries=[]) == "Name at least one entry."
