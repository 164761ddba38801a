# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""facts.md 4.9 to 4.12 and 5: open items, payments, matching, sync feeds, bank and journal."""

import pytest
from simulator_driver import BE, NL, Books


def test_a_sale_opens_one_term(books):
    entry = books.invoice(100, YourRef="T1")
    (term,) = books.terms(entry)
    assert (term["Status"], term["AmountDC"], term["LineType"], term["IsFullyPaid"]) == (
        20, 121, 20, False)
    (row,) = books.exact.rows(f"{BE}/cashflow/Receivables", select="ID,YourRef,DueDate",
                              filter=f"TransactionEntryID eq guid'{entry}'")
    assert (row["ID"], row["YourRef"]) == (term["ID"], "T1")


def test_a_bill_is_a_payable(books):
    entry = books.bill(100)
    (term,) = books.terms(entry)
    assert (term["LineType"], term["AmountDC"]) == (22, -121)
    assert books.exact.rows(f"{BE}/cashflow/Payments", select="ID",
                            filter=f"TransactionEntryID eq guid'{entry}'")
    assert books.exact.rows(f"{BE}/cashflow/Receivables", select="ID",
                            filter=f"TransactionEntryID eq guid'{entry}'") == []


def test_full_payment_matches_the_term(books):
    entry = books.invoice(100, YourRef="FULL")
    before = books.terms(entry)[0]["Timestamp"]
    bank = books.pay((entry, None))
    (term,) = books.terms(entry)
    assert (term["Status"], term["IsFullyPaid"]) == (50, True)
    assert term["LastPaymentDate"] and term["EndDate"]
    assert int(term["Timestamp"]) > int(before)
    assert books.ledger(bank) == {("550000", 121, 40), ("400000", -121, 40)}
    (bank_term,) = books.terms(bank)
    assert (bank_term["Status"], bank_term["YourRef"]) == (50, "FULL")
    lines = books.exact.rows(f"{BE}/financialtransaction/TransactionLines", select="ID,OffsetID",
                             filter=f"EntryID eq guid'{entry}' and GLAccountCode eq '400000'")
    assert lines[0]["OffsetID"] == bank_term["TransactionID"]


def test_partial_payment_splits_the_term(books):
    entry = books.invoice(100)
    bank = books.pay((entry, 21))
    left, matched = books.terms(entry)
    assert (left["Status"], left["AmountDC"]) == (20, 100)
    assert (matched["Status"], matched["AmountDC"], matched["EntryID"]) == (50, 21, bank)
    books.pay((entry, 100))
    assert [term["Status"] for term in books.terms(entry)] == [50, 50]


def test_overpayment_stays_open_on_the_customer(books):
    entry = books.invoice(100)
    bank = books.pay((entry, 130))
    assert books.terms(entry)[0]["Status"] == 50
    left, _ = books.terms(bank)
    assert (left["Status"], left["AmountDC"]) == (20, -9)


def test_one_payment_for_several_documents(books):
    first, second = books.invoice(100), books.invoice(200)
    bank = books.pay((first, None), (second, 42), single_line=True)
    assert ("550000", 163, 40) in books.ledger(bank)
    assert books.terms(first)[0]["Status"] == 50
    assert books.terms(second)[0]["AmountDC"] == 200


def test_payment_on_account(books):
    bank = books.do("payments", account="101", amount=75)["entry"]
    assert books.terms(bank)[0]["AmountDC"] == -75


def test_supplier_is_paid_out(books):
    entry = books.bill(100)
    bank = books.pay((entry, None))
    assert books.ledger(bank) == {("550000", -121, 40), ("440000", 121, 40)}
    assert books.terms(entry)[0]["Status"] == 50


def test_credit_note_is_matched_with_its_invoice(books):
    invoice, credit = books.invoice(100), books.invoice(-40)
    books.do("credit", invoice=invoice, credit_note=credit)
    left, matched = books.terms(invoice)
    assert (left["AmountDC"], matched["AmountDC"], matched["LastPaymentDate"]) == (72.6, 48.4, None)
    assert books.terms(credit)[0]["Status"] == 50


def test_write_off_is_a_payment_difference(books):
    entry = books.invoice(100)
    books.pay((entry, 120.5))
    booking = books.do("write-off", entry=entry)["entry"]
    assert books.ledger(booking) == {("657100", 0.5, 83), ("400000", -0.5, 83)}
    assert [term["Status"] for term in books.terms(entry)] == [50, 50]


def test_write_off_with_vat_splits_the_gross(books):
    entry = books.invoice(100)
    booking = books.do("write-off", entry=entry, vat_code="5")["entry"]
    assert books.ledger(booking) == {
        ("657100", 100, 90), ("411000", 21, 90), ("400000", -121, 90)}


def test_exchange_difference(books):
    entry = books.invoice(100)
    booking = books.do("exchange-difference", entry=entry, amount=1)["entry"]
    assert ("654000", 1, 82) in books.ledger(booking)


def test_unmatching_reopens_and_merges(books):
    entry = books.invoice(100)
    books.pay((entry, 21))
    matched = books.terms(entry)[1]["ID"]
    assert books.do("unmatch", entry=entry)["undone"] == 1
    (term,) = books.terms(entry)
    assert (term["Status"], term["AmountDC"], term["LastPaymentDate"]) == (20, 121, None)
    deleted = books.exact.rows(f"{BE}/sync/Deleted", filter="Timestamp gt 1L",
                               select="EntityType,EntityKey")
    assert {"EntityType": 10, "EntityKey": matched} in [
        {name: row[name] for name in ("EntityType", "EntityKey")} for row in deleted]
    books.pay((entry, None))
    books.do("unmatch", entry=entry)
    assert books.terms(entry)[0]["EndDate"] is None


def test_matched_entry_cannot_be_deleted(books):
    entry = books.invoice(100)
    books.pay((entry, 1))
    path = f"{BE}/salesentry/SalesEntries(guid'{entry}')"
    assert books.exact.delete(path, refused=True).status_code == 500


def test_payment_in_foreign_currency(books):
    entry = books.invoice(100, Journal="702", Currency="USD", Rate=0.9)
    bank = books.pay((entry, None), rate=0.95)
    assert books.terms(entry)[0]["Status"] == 50
    assert ("400000", -114.95, 40) in books.ledger(bank)


def test_receivable_sign_by_switch(books, switched):
    entry, bill = books.invoice(100), books.bill(100)
    switched(receivable_sign="negative")
    assert books.terms(entry)[0]["AmountDC"] == -121
    assert books.terms(bill)[0]["AmountDC"] == -121
    (row,) = books.exact.rows(f"{BE}/cashflow/Receivables",
                              select="AmountDC,TransactionAmountDC",
                              filter=f"TransactionEntryID eq guid'{entry}' and AmountDC lt 0")
    assert (row["AmountDC"], row["TransactionAmountDC"]) == (-121, 121)


def test_lists_of_open_items(books, switched):
    entry = books.invoice(100, YourRef="LIST")
    path = f"{BE}/read/financial/ReceivablesList"
    (row,) = books.exact.rows(path, filter="YourRef eq 'LIST'", select="Amount,HID,JournalCode")
    assert (row["Amount"], row["JournalCode"]) == (121, "700")
    switched(receivables_list_sign="negative")
    assert books.exact.rows(path, filter="YourRef eq 'LIST'")[0]["Amount"] == -121
    books.pay((entry, None))
    assert books.exact.rows(path, filter="YourRef eq 'LIST'") == []
    books.bill(100, YourRef="PAYABLE")
    payable = books.exact.rows(f"{BE}/read/financial/PayablesList", filter="YourRef eq 'PAYABLE'")
    assert payable[0]["Amount"] == 121
    (overview,) = books.exact.rows(f"{BE}/read/financial/OutstandingInvoicesOverview")
    total = sum(item["AmountDC"] for item in
                books.exact.server.control(f"{BE}/open-items")["open_items"]
                if item["LineType"] == 20)
    assert overview["OutstandingReceivableInvoiceAmount"] == pytest.approx(total)


def test_only_three_texts_of_a_term_can_be_changed(books):
    entry = books.invoice(100)
    path = f"{BE}/cashflow/Receivables(guid'{books.terms(entry)[0]['ID']}')"
    assert books.exact.put(path, {"PaymentReference": "REF"}).status_code == 204
    assert books.exact.get(path).json()["d"]["PaymentReference"] == "REF"
    assert books.exact.put(path, {"AmountDC": 1}, refused=True).status_code == 400


def test_the_books_always_balance(books):
    assert books.sum_of_all() == pytest.approx(0)


def test_bank_entry_through_the_api(books):
    exact = books.exact
    body = {"JournalCode": "501", "OpeningBalanceFC": 10, "ClosingBalanceFC": 60,
            "BankEntryLines": [{"GLAccount": exact.gl(BE, "400000"), "AmountFC": 50,
                                "Account": exact.relation(BE, "100"), "Description": "Received"}]}
    entry = exact.created(f"{BE}/financialtransaction/BankEntries", body)["EntryID"]
    (line,) = exact.rows(f"{BE}/financialtransaction/BankEntryLines", select="ID,AmountFC",
                         filter=f"EntryID eq guid'{entry}'")
    (term,) = books.terms(entry)
    assert (term["TransactionID"], term["AmountDC"]) == (line["ID"], -50)
    assert exact.texts(f"{BE}/financialtransaction/BankEntries",
                       body | {"ClosingBalanceFC": 61}) == [
        "Opening balance plus all bank entry lines should result in the closing balance"]
    assert exact.texts(f"{BE}/financialtransaction/BankEntries", body | {"JournalCode": "570"}) == [
        "Invalid journal. The journal must be a bank journal."]
    cash = {"JournalCode": "501", "CashEntryLines": body["BankEntryLines"]}
    assert exact.texts(f"{BE}/financialtransaction/CashEntries", cash) == [
        "Invalid journal. The journal must be a cash journal."]


def test_moved_division_restarts_its_timestamps(exact):
    books = Books(exact, NL)
    entry = books.invoice(100)
    before = int(books.terms(entry)[0]["Timestamp"])
    exact.server.control(f"{NL}/move", {})
    assert int(books.terms(entry)[0]["Timestamp"]) < before
    (division,) = exact.rows(f"{NL}/system/Divisions", filter=f"Code eq {NL}",
                             select="DivisionMoveDate")
    assert division["DivisionMoveDate"]


def test_transaction_lines_in_three_ways(books):
    entry = books.invoice(100, YourRef="WAYS")
    condition = f"EntryID eq guid'{entry}'"
    columns = "ID,AmountDC,Type,GLAccountCode,VATCode"
    plain = books.exact.rows(f"{BE}/financialtransaction/TransactionLines", filter=condition,
                             select=columns)
    bulk = books.exact.rows(f"{BE}/bulk/Financial/TransactionLines", filter=condition,
                            select=columns)
    synced = books.exact.rows(f"{BE}/sync/Financial/TransactionLines", filter="Timestamp gt 1L",
                              select=columns)
    ids = {row["ID"] for row in plain}
    assert len(ids) == 3 and ids == {row["ID"] for row in bulk}
    assert ids <= {row["ID"] for row in synced}
    (header,) = books.exact.rows(f"{BE}/financialtransaction/Transactions", filter=condition,
                                 select="Type,Status")
    assert (header["Type"], header["Status"]) == (20, 20)


@pytest.mark.parametrize(("rule", "receivable", "first_line"), [
    ("party", 1.02, -0.28), ("first_line", 1.03, -0.29)])
def test_somebody_takes_the_cents_that_conversion_leaves(books, switched, rule, receivable,
                                                         first_line):
    switched(rate_remainder=rule)
    entry = books.invoice(0.31, 0.32, 0.30, Journal="702", Currency="USD", Rate=0.915)
    header = books.exact.get(f"{BE}/salesentry/SalesEntries(guid'{entry}')").json()["d"]
    (term,) = books.terms(entry)
    assert term["AmountDC"] == header["AmountDC"] == receivable
    assert term["AmountFC"] == header["AmountFC"] == 1.13
    lines = books.exact.rows(
        f"{BE}/financialtransaction/TransactionLines", orderby="LineNumber",
        filter=f"EntryID eq guid'{entry}'", select="AmountDC,AmountFC")
    # The others are their amount times the rate, rounded each on its own.
    assert [line["AmountDC"] for line in lines] == [
        receivable, first_line, -0.29, -0.27, -0.18]
    for name in ("AmountDC", "AmountFC"):
        assert sum(line[name] for line in lines) == pytest.approx(0)


def test_a_bill_in_foreign_currency_leaves_its_cents_to_the_supplier(books):
    entry = books.bill(0.31, 0.32, 0.30, Journal="602", Currency="USD", Rate=0.915)
    header = books.exact.get(f"{BE}/purchaseentry/PurchaseEntries(guid'{entry}')").json()["d"]
    assert (header["AmountFC"], header["AmountDC"]) == (1.13, 1.02)
    assert books.terms(entry)[0]["AmountDC"] == -1.02
    books.pay((entry, None))
    assert books.terms(entry)[0]["Status"] == 50


# --- instalments ----------------------------------------------------------------------------------


def days_until_due(books, entry):
    header = books.exact.get(f"{BE}/salesentry/SalesEntries(guid'{entry}')").json()["d"]
    found = books.exact.rows(f"{BE}/cashflow/Receivables", select="DueDate,AmountFC,Status",
                             filter=f"TransactionEntryID eq guid'{entry}'", orderby="DueDate")
    start = int(header["EntryDate"][6:-2])
    return [((int(row["DueDate"][6:-2]) - start) // 86_400_000, row["AmountFC"]) for row in found]


def test_a_condition_for_a_part_makes_one_term_or_two(books, switched):
    one = books.invoice(100.01, PaymentCondition="2T")
    assert days_until_due(books, one) == [(30, 121.01)]
    switched(instalments="two_terms")
    two = books.invoice(100.01, PaymentCondition="2T")
    assert days_until_due(books, two) == [(30, 60.51), (60, 60.5)]
    assert sorted(term["AmountDC"] for term in books.terms(two)) == [60.5, 60.51]
    shown = [term for term in books.exact.server.control(f"{BE}/terms")["terms"]
             if term["TransactionEntryID"] == two]
    assert [term["AmountFC"] for term in shown] == [60.51, 60.5]
    assert len(books.terms(books.invoice(100, PaymentCondition="30"))) == 1
    assert len(books.terms(books.invoice(0.01, PaymentCondition="2T", line={"VATCode": "0"}))) == 1
    assert [term["AmountDC"] for term in books.terms(books.bill(100, PaymentCondition="2T"))] == [
        -60.5, -60.5]


def test_instalments_are_paid_one_after_the_other_and_reopened(books, switched):
    switched(instalments="two_terms")
    entry = books.invoice(100, PaymentCondition="2T")
    books.pay((entry, 80.5))
    assert sorted((term["Status"], term["AmountDC"]) for term in books.terms(entry)) == [
        (20, 40.5), (50, 20), (50, 60.5)]
    second = books.pay((entry, None))
    assert {term["Status"] for term in books.terms(entry)} == {50}
    books.do("unmatch", entry=second)
    assert sorted((term["Status"], term["AmountDC"]) for term in books.terms(entry)) == [
        (20, 40.5), (50, 20), (50, 60.5)]
    books.do("unmatch", entry=entry)
    assert sorted(term["AmountDC"] for term in books.terms(entry)) == [60.5, 60.5]
    assert {term["Status"] for term in books.terms(entry)} == {20}


def test_a_credit_note_settles_instalments(books, switched):
    switched(instalments="two_terms")
    invoice, credit = books.invoice(100, PaymentCondition="2T"), books.invoice(-70)
    books.do("credit", invoice=invoice, credit_note=credit)
    assert sorted((term["Status"], term["AmountDC"]) for term in books.terms(invoice)) == [
        (20, 36.3), (50, 24.2), (50, 60.5)]
    assert books.terms(credit)[0]["Status"] == 50
