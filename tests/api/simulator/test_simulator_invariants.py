# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whatever a bookkeeper does: the ledger balances and the open items agree with it."""

import random
from decimal import Decimal

import pytest
from exact_simulator import bookkeeping, create_app, matching
from exact_simulator.books import Books
from exact_simulator.resources import WRITERS
from exact_simulator.seeds import guid
from exact_simulator.store import Settings
from simulator_driver import BE

STEPS = 60


@pytest.fixture
def app():
    app = create_app(":memory:", ("be",), limits=False)
    yield app
    app.store.close()


@pytest.mark.parametrize("seed", range(4))
def test_ledger_and_open_items_agree_after_any_series_of_steps(app, seed):
    bookkeeper = Bookkeeper(app, random.Random(seed))
    for _ in range(STEPS):
        bookkeeper.do_something()
    assert bookkeeper.done >= STEPS // 3
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
    for transaction in {term["TransactionID"] for term in terms}:
        parts = [term for term in terms if term["TransactionID"] == transaction]
        assert sum(part["AmountDC"] for part in parts) == parts[0]["TransactionAmountDC"]
        assert sum(part["Status"] != 50 for part in parts) <= 1


class Bookkeeper:
    """Does random things, each in a transaction of its own; what makes no sense is refused."""

    def __init__(self, app, dice):
        self.app, self.dice = app, dice
        self.entries, self.done = [], 0

    def do_something(self):
        step = self.dice.choice([self.invoice, self.invoice, self.bill, self.pay, self.pay,
                                 self.credit, self.write_off, self.unmatch, self.delete])
        try:
            with self.app.store.writing() as connection:
                step(Books(connection, Settings(connection), BE))
            self.done += 1
        except (ValueError, IndexError):
            pass

    def amount(self):
        return Decimal(self.dice.randint(-20000, 60000)) / 100

    def some_entry(self):
        return self.dice.choice(self.entries)

    def invoice(self, books):
        self._enter(books, "salesentry/SalesEntries", "SalesEntryLines", "700000", {
            "Customer": guid(BE, "Accounts", self.dice.choice(["100", "101"])), "Journal": "700"})

    def bill(self, books):
        self._enter(books, "purchaseentry/PurchaseEntries", "PurchaseEntryLines", "604000", {
            "Supplier": guid(BE, "Accounts", self.dice.choice(["103", "104"])), "Journal": "600"})

    def _enter(self, books, resource, lines, gl_code, header):
        header[lines] = [
            {"GLAccount": guid(BE, "GLAccounts", gl_code), "AmountFC": self.amount(),
             "VATCode": self.dice.choice(["0", "1", "5", "6"])}
            for _ in range(self.dice.randint(1, 4))]
        self.entries.append(WRITERS[resource].create(books, header))

    def pay(self, books):
        chosen = {self.some_entry() for _ in range(self.dice.randint(1, 3))}
        amounts = [(entry, self.dice.choice([None, abs(self.amount()) + Decimal("0.01")]))
                   for entry in sorted(chosen)]
        bookkeeping.pay(books, amounts, single_line=self.dice.random() < 0.3)

    def credit(self, books):
        bookkeeping.credit(books, self.some_entry(), self.some_entry())

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
