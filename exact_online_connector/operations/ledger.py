# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What Exact really booked of an entry: its ledger lines. administration-defaults.md §3.4"""

from collections import defaultdict
from copy import copy
from decimal import Decimal

from ..exact_api import odata

RECEIVABLE, PAYABLE, VAT = 20, 22, 24  # GL account types. administration-defaults.md §3.1
NONE = 0  # of a general journal: what is owed is a line like the others


class Ledger:
    """The ledger lines of one entry, in the document's own sign: positive on an invoice.

    :param gl_types: ``{GUID: type}`` of the administration's GL accounts
    :param control: GL account type of the line that holds what is owed, or ``NONE``
    :param sign: 1 when that line is debit on an invoice, -1 when it is credit; -1 keeps the
        ledger's own sign, debit positive
    """

    def __init__(self, rows, gl_types, control, sign):
        self._sign, self._amount = sign, "AmountFC"
        self._owed, self._vat, self._bases = [], [], []
        for row in rows:
            kind = gl_types.get(row["GLAccount"])
            if kind == control:
                self._owed.append(row)
            elif kind == VAT and row["VATCode"]:
                self._vat.append(row)
            else:
                self._bases.append(row)

    def by(self, amount):
        """The same ledger lines with their ``AmountFC``, or ``AmountDC`` in company currency."""
        ledger = copy(self)
        ledger._amount = amount
        return ledger

    def control_line(self):
        """The customer's or supplier's line, or None."""
        return self._owed[0] if self._owed else None

    def lines(self):
        """The rows that are neither owed nor VAT."""
        return self._bases

    def total(self):
        """What is owed."""
        return sum((self._sign * self.amount_of(row) for row in self._owed), start=Decimal(0))

    def cost_places(self):
        """``{(cost centre, cost unit): amount}`` without VAT, of the lines that have either."""
        rows = [row for row in self._bases if row["CostCenter"] or row["CostUnit"]]
        return self._sums(rows, lambda row: (row["CostCenter"] or "", row["CostUnit"] or ""))

    def bases(self):
        """``{(GL account, VAT code): amount}`` without VAT."""
        return self._sums(self._bases, lambda row: (row["GLAccount"], code_of(row)))

    def vat(self):
        """``{VAT code: amount}`` of what is owed along; a reverse charge adds up to nothing."""
        return self._sums(self._vat, code_of)

    def charged(self, vat_code):
        """The VAT to be paid under a reverse charge; without a sign. Never less than is claimed."""
        amounts = [self.amount_of(row) for row in self._vat if code_of(row) == vat_code]
        debit = sum((amount for amount in amounts if amount > 0), start=Decimal(0))
        credit = sum((amount for amount in amounts if amount < 0), start=Decimal(0))
        return max(debit, -credit)

    def name(self, key):
        gl_account, vat_code = key
        return f"{gl_account or 'without account'} ({vat_code or '-'})"

    def _sums(self, rows, key):
        sums = defaultdict(Decimal)
        for row in rows:
            sums[key(row)] -= self._sign * self.amount_of(row)
        return sums

    def amount_of(self, row):
        return amount_of(row, self._amount)


def amount_of(row, name="AmountFC"):
    """The amount of this name in a ledger line, debit positive; nothing is 0."""
    return odata.parse_amount(row[name] or 0)


def code_of(row):
    return odata.strip_code(row["VATCode"] or "")
