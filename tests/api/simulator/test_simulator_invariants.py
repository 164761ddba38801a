# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whatever a bookkeeper does: the ledger balances and the open items agree with it."""

import random
from decimal import Decimal

import pytest
from exact_simulator import batches, bookkeeping, create_app, matching
from exact_simulator.books import Books
from exact_simulator.errors import Refused
from exact_simulator.resources import WRITERS
from exact_simulator.seeds import guid
from exact_simulator.store import Settings
from simulator_driver import BE

STEPS = 120


@pytest.fixture
def app():
    app = create_app(":memory:", ("be",), limits=False)
    yield app
    app.store.close()


@pytest.mark.parametrize(("seed", "switches"), [
    (0, {}), (1, {}), (2, {}), (3, {"instalments": "two_terms"}),
    (4, {"instalments": "two_terms", "private_use": "booked", "inclusive_amount": "net"}),
    (5, {"batch_booking": "per_relation"}), (6, {"rate_remainder": "first_line"})])
def test_ledger_and_open_items_agree_after_any_series_of_steps(app, seed, switches):
    with app.store.writing() as connection:
        Settings(connection).set("switches", switches)
    bookkeeper = Bookkeeper(app, random.Random(seed))
    for _ in range(STEPS):
        bookkeeper.do_something()
    assert bookkeeper.done >= STEPS // 2
    with app.store.reading() as connection:
        check(Books(connection, Settings(connection), BE))


def check(books):
    lines, terms = books.rows("TransactionLines"), books.rows("PaymentTerms")
    assert sum(line["AmountDC"] for line in lines) == 0
    for entry in {line["EntryID"] for line in lines}:
        assert sum(line["AmountDC"] for line in lines if line["EntryID"] == entry) == 0
    for line_type in (20, 22):
        ledger = sum(line["AmountDC"] for line in lines
                     if line["GLAccountCode"] == {20: "400000", 22: "440000"}[line_type])
        outstanding = sum(term["AmountDC"] for term in terms
                          if term["LineType"] == line_type and term["Status"] != 50)
        assert ledger == outstanding
    for match in {term["_match"] for term in terms} - {None}:
        parts = [term for term in terms if term["_match"] == match]
        assert sum(part["AmountFC"] for part in parts) == 0
        assert sum(part["AmountDC"] for part in parts) == 0
    for transaction in {term["TransactionID"] for term in terms}:
        parts = [term for term in terms if term["TransactionID"] == transaction]
        assert sum(part["AmountDC"] for part in parts) == parts[0]["TransactionAmountDC"]
        still_open = [part["_instalment"] for part in parts if part["Status"] != 50]
        assert len(still_open) == len(set(still_open))


class Bookkeeper:
    """Does random things, each in a transaction of its own; what makes no sense is refused."""

    def __init__(self, app, dice):
        self.app, self.dice = app, dice
        self.entries, self.done = [], 0

    def do_something(self):
        step = self.dice.choice([
            self.invoice, self.invoice, self.foreign_invoice, self.foreign_invoice, self.bill,
            self.general_journal, self.pay, self.pay, self.pay, self.batch, self.match,
            self.match, self.move, self.move, self.refund, self.write_off, self.unmatch,
            self.delete])
        try:
            with self.app.store.writing() as connection:
                step(Books(connection, Settings(connection), BE))
            self.done += 1
        except (ValueError, IndexError, Refused):
            pass

    def amount(self):
        return Decimal(self.dice.randint(-20000, 60000)) / 100

    def some_entry(self):
        return self.dice.choice(self.entries)

    def invoice(self, books):
        self._enter(books, "salesentry/SalesEntries", "SalesEntryLines", "700000", {
            "Customer": guid(BE, "Accounts", self.dice.choice(["100", "101"])), "Journal": "700",
            "PaymentCondition": self.dice.choice(["30", "2T"]),
            "WithholdingTaxPercentage": self.dice.choice([None, Decimal("0.1")]),
            "WithholdingTaxBaseAmount": Decimal(10)})

    def foreign_invoice(self, books):
        self._enter(books, "salesentry/SalesEntries", "SalesEntryLines", "700000", {
            "Customer": guid(BE, "Accounts", self.dice.choice(["100", "101"])), "Journal": "702",
            "Currency": "USD", "Rate": self.rate()})

    def rate(self):
        return Decimal(self.dice.randint(800, 1000)) / 1000

    def bill(self, books):
        account = self.dice.choice(["604000", "613550", "614550", "612550"])
        self._enter(books, "purchaseentry/PurchaseEntries", "PurchaseEntryLines", account, {
            "Supplier": guid(BE, "Accounts", self.dice.choice(["103", "104"])), "Journal": "600",
            "PaymentCondition": self.dice.choice(["30", "2T"])})

    def _enter(self, books, resource, lines, gl_code, header):
        header[lines] = [
            {"GLAccount": guid(BE, "GLAccounts", gl_code), "AmountFC": self.amount(),
             "VATCode": self.dice.choice(["0", "1", "5", "6"])}
            for _ in range(self.dice.randint(1, 4))]
        self.entries.append(WRITERS[resource].create(books, header))

    def general_journal(self, books):
        amount = self.amount()
        self.entries.append(WRITERS["generaljournalentry/GeneralJournalEntries"].create(books, {
            "JournalCode": "890", "GeneralJournalEntryLines": [
                {"GLAccount": guid(BE, "GLAccounts", "604000"), "AmountFC": amount,
                 "VATCode": self.dice.choice(["6", "EA", "0"])},
                {"GLAccount": guid(BE, "GLAccounts", "400000"), "AmountFC": -amount,
                 "Account": guid(BE, "Accounts", self.dice.choice(["100", "101"]))}]}))

    def pay(self, books):
        chosen = {self.some_entry() for _ in range(self.dice.choice([1, 1, 2, 3]))}
        amounts = [(entry, self.dice.choice([None, abs(self.amount()) + Decimal("0.01")]))
                   for entry in sorted(chosen)]
        is_foreign = any(term["Currency"] == "USD" for entry in chosen
                         for term in matching.open_terms(books, entry))
        self.entries.append(bookkeeping.pay(
            books, amounts, single_line=self.dice.random() < 0.3,
            journal=self.dice.choice(["501", "570"]), rate=self.rate() if is_foreign else None))

    def refund(self, books):
        self.entries.append(bookkeeping.refund(books, self.some_entry()))

    def move(self, books):
        """A payment of one invoice to another of the same customer or supplier."""
        paid = books.rows("PaymentTerms", TransactionType=matching.CASH_FLOW, Status=50)
        payment = self.dice.choice(paid)
        source = self.dice.choice(books.rows("PaymentTerms", _match=payment["_match"]))
        target = self.dice.choice(books.rows(
            "PaymentTerms", '"Status" <> 50', Account=source["Account"],
            Currency=source["Currency"]))
        bookkeeping.move(books, *(term["TransactionEntryID"]
                                  for term in (payment, source, target)))

    def batch(self, books):
        entries = {self.some_entry() for _ in range(self.dice.randint(1, 3))}
        number = batches.select(books, sorted(entries))
        batches.send(books, number)
        if self.dice.random() < 0.3:
            batches.cancel(books, number)
        else:
            self.entries.append(batches.book(books, number))

    def match(self, books):
        """An open item with another of the same customer or supplier."""
        term = self.dice.choice(matching.open_terms(books, self.some_entry()))
        other = self.dice.choice(books.rows("PaymentTerms", '"Status" <> 50',
                                            Account=term["Account"]))
        bookkeeping.match(books, term["TransactionEntryID"], other["TransactionEntryID"])

    def write_off(self, books):
        bookkeeping.write_off(books, self.some_entry(), vat=self.dice.choice([None, "5"]))

    def unmatch(self, books):
        entry = self.some_entry()
        bookkeeping.unmatch(books, entry)
        assert not matching.is_matched(books, entry)

    def delete(self, books):
        entry = self.some_entry()
        bookkeeping.delete_entry(books, entry)
        self.entries.remove(entry)
