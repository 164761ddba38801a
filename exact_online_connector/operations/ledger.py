# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What Exact really booked of an entry: its ledger lines. administration-defaults.md §3.4"""

from collections import defaultdict
from decimal import Decimal

from ..exact_api import odata

RECEIVABLE, PAYABLE, VAT = 20, 22, 24  # GL account types. administration-defaults.md §3.1


class Ledger:
    """The ledger lines of one entry, in the document's own sign: positive on an invoice.

    :param gl_types: ``{GUID: type}`` of the administration's GL accounts
    :param control: GL account type of the line that holds what is owed
    :param sign: 1 when that line is debit on an invoice, -1 when it is credit
    """

    def __init__(self, rows, gl_types, control, sign):
        self._sign = sign
        self._owed, self._vat, self._bases = [], [], []
        for row in rows:
            kind = gl_types.get(row["GLAccount"])
            if kind == control:
                self._owed.append(row)
            elif kind == VAT and row["VATCode"]:
                self._vat.append(row)
            else:
                self._bases.append(row)

    def control_line(self):
        """The customer's or supplier's line, or None."""
        return self._owed[0] if self._owed else None

    def total(self):
        """What is owed."""
        return sum((self._sign * _amount_of(row) for row in self._owed), start=Decimal(0))

    def bases(self):
        """``{(GL account, VAT code): amount}`` without VAT."""
        return self._sums(self._bases, lambda row: (row["GLAccount"], _code_of(row)))

    def vat(self):
        """``{VAT code: amount}`` of what is owed along; a reverse charge adds up to nothing."""
        return self._sums(self._vat, _code_of)

    def charged(self, vat_code):
        """The VAT that is both to be paid and to be claimed under a code; without a sign."""
        rows = [row for row in self._vat if _code_of(row) == vat_code]
        return sum((abs(_amount_of(row)) for row in rows), start=Decimal(0)) / 2

    def name(self, key):
        gl_account, vat_code = key
        return f"{gl_account or 'without account'} ({vat_code or '-'})"

    def _sums(self, rows, key):
        sums = defaultdict(Decimal)
        for row in rows:
            sums[key(row)] -= self._sign * _amount_of(row)
        return sums


def _amount_of(row):
    return odata.parse_amount(row["AmountFC"] or 0)


def _code_of(row):
    return odata.strip_code(row["VATCode"] or "")
