# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Tax that the payer of an invoice keeps back for the tax office (facts.md 4.6, 4.7).

Nobody has recorded what Exact does with it; the switch `withholding` decides. Amounts are in
company currency, as their names say, and of the sign of the entry's total. The base has no currency
in its name: it is taken to be in that of the amount beside it.
"""

from ..errors import Refused
from ..ledger import Posting
from ..percentages import is_share
from ..vat import ZERO, cents

_AMOUNT, _BASE, _SHARE = (
    "WithholdingTaxAmountDC", "WithholdingTaxBaseAmount", "WithholdingTaxPercentage")
HEADER_FIELDS = {_AMOUNT, _BASE, _SHARE}
_LINE_AMOUNT = "WithholdingAmountDC"
# Direction of the entry -> codes of the seeds' accounts, else the first account of a type: tax to
# be claimed, tax to be paid.
_ACCOUNTS = {"S": (("1395", "412050"), 32), "P": (("1595", "453050"), 100)}


def complete_header(draft):
    """Judge the percentage; compute the amount when the client left it to Exact."""
    values = draft.values
    share, base = values.get(_SHARE), values.get(_BASE)
    if share is not None and not is_share(share):
        draft.refuse("invalid", _SHARE)
    elif values.get(_AMOUNT) is not None:
        values[_AMOUNT] = cents(values[_AMOUNT])
    elif share is not None and base is not None:
        values[_AMOUNT] = cents(base * share)


def complete_line(values):
    """The amount of a purchase line in cents."""
    if values.get(_LINE_AMOUNT) is not None:
        values[_LINE_AMOUNT] = cents(values[_LINE_AMOUNT])


def reset(values, changes):
    """Forget a stored amount when the client changes what it was computed from, but not itself."""
    if _AMOUNT not in changes and {_BASE, _SHARE} & set(changes):
        values[_AMOUNT] = None


def turn(values, lines):
    """Change the sign along with the entry's amounts."""
    for row, names in ((values, (_AMOUNT, _BASE)), *((line, (_LINE_AMOUNT,)) for line in lines)):
        for name in names:
            if row.get(name) is not None:
                row[name] = -row[name]


def deducted(draft, lines, total):
    """What is kept back of a total, both in the entry's currency.

    Refused when it is more than the total or of another sign.
    """
    amount_dc = _withheld(draft.books, draft.values, lines)
    amount = cents(amount_dc / draft.values["Rate"])
    if amount * total < 0 or abs(amount) > abs(total):
        field = _AMOUNT if draft.kind.direction == "S" else _LINE_AMOUNT
        raise Refused([draft.books.text("invalid", field)])
    return amount


def postings(books, kind, header, lines):
    """The ledger line of what is kept back, if anything is."""
    amount_dc = _withheld(books, header, lines)
    if not amount_dc:
        return []
    amount = cents(amount_dc / header["Rate"])
    return [Posting(_account(books, kind), kind.sign * amount, amount_dc=kind.sign * amount_dc)]


def _withheld(books, header, lines):
    """In company currency; sales have it on the header, purchases on their lines."""
    if books.switch("withholding") == "stored":
        return ZERO
    own = header.get(_AMOUNT) or ZERO
    return own + sum((line.get(_LINE_AMOUNT) or ZERO for line in lines), ZERO)


def _account(books, kind):
    codes, account_type = _ACCOUNTS[kind.direction]
    found = [books.first("GLAccounts", Code=code) for code in codes]
    account = next(filter(None, found), None) or books.first("GLAccounts", Type=account_type)
    if account is None:
        raise Refused([books.text("mandatory", "GLAccount")])
    return account
