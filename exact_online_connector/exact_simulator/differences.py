# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Payment and exchange differences: general journal entries that settle an open item (facts.md 5).

They carry the invoice number and YourRef of what they settle, so that a client can tell what
became of it.
"""

from decimal import Decimal

from . import matching
from .resources import general_journal
from .vat import ZERO, cents
from .wire import vat_code

PAYMENT, EXCHANGE, OTHER = 83, matching.EXCHANGE_DIFFERENCE, 90
_ACCOUNTS = {PAYMENT: ("4930", "657100"), EXCHANGE: ("4920", "654000")}


def write_off(books, parts, date, *, kind=PAYMENT, vat=None):
    """Book parts of one entry's terms, [(term id, amount FC), ...], as a difference; its EntryID.

    With a VAT code the gross amount is split into base and VAT, as Type 90.
    """
    terms = [(books.row("PaymentTerms", key), amount) for key, amount in parts]
    amount = sum(part for _, part in parts)
    amount_dc = sum(matching.in_company_currency(term, part) for term, part in terms)
    term = terms[0][0]
    line = {"AmountFC": amount, "AmountVATFC": ZERO}
    if vat:
        kind, line = OTHER, _split_vat(books, amount, vat)
    entry_id = _book(books, term, kind, line, -amount, -amount_dc, date)
    (own,) = books.rows("PaymentTerms", TransactionEntryID=entry_id)
    matching.settle(books, [*parts, (own["ID"], -amount)], date)
    return entry_id


def settle(books, parts, date, *, paid_on=None):
    """Match parts of terms as matching.settle does, whatever the rates of their entries.

    What they leave in company currency is booked as an exchange difference and matched with them.
    """
    terms = [(books.row("PaymentTerms", key), amount) for key, amount in parts]
    left = sum(matching.in_company_currency(term, amount) for term, amount in terms)
    if left:
        line = {"AmountFC": ZERO, "AmountDC": left, "AmountVATFC": ZERO}
        entry_id = _book(books, terms[0][0], EXCHANGE, line, ZERO, -left, date)
        (own,) = books.rows("PaymentTerms", TransactionEntryID=entry_id)
        parts = [*parts, (own["ID"], ZERO)]
    return matching.settle(books, parts, date, paid_on=paid_on)


def _book(books, term, kind, line, amount, amount_dc, date):
    """A line on the account for differences against one on the term's own account and relation."""
    journal = books.first("Journals", Type=90, AllowVAT=True) or books.first("Journals", Type=90)
    if journal is None:
        raise ValueError("This administration has no general journal for differences.")
    common = {"Date": date, "Description": f"Difference on {term['EntryNumber']}",
              "OurRef": term["InvoiceNumber"], "YourRef": term["YourRef"]}
    account = _account(books, kind)
    counter = {name: term[name] for name in (
        "GLAccount", "GLAccountCode", "GLAccountDescription", "Account", "AccountCode",
        "AccountName")}
    lines = [
        {**common, "GLAccount": account["ID"], "GLAccountCode": account["Code"],
         "GLAccountDescription": account["Description"], **line},
        {**common, **counter, "AmountFC": amount, "AmountDC": amount_dc, "AmountVATFC": ZERO}]
    values = {"Currency": term["Currency"], "ExchangeRate": term["RateFC"]}
    return general_journal.book(books, journal, values, lines, kind)


def _split_vat(books, gross, code):
    row = books.first("VATCodes", Code=vat_code(code))
    if row is None:
        raise ValueError(f"There is no VAT code '{code}'.")
    rate = Decimal(0) if row["Charged"] else row["Percentage"] or Decimal(0)
    vat_amount = cents(gross * rate / (1 + rate))
    return {"AmountFC": gross - vat_amount, "AmountVATFC": vat_amount, "VATCode": row["Code"],
            "VATPercentage": rate}


def _account(books, kind):
    for code in _ACCOUNTS.get(kind, _ACCOUNTS[PAYMENT]):
        row = books.first("GLAccounts", Code=code)
        if row:
            return row
    row = books.first("GLAccounts", Type=120)
    if row is None:
        raise ValueError("This administration has no account for differences.")
    return row
