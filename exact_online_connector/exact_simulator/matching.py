# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Open items: payment terms, their matching and un-matching (facts.md 5).

Amounts of a term are in ledger sign: a customer's invoice is positive, a supplier's negative.
A term that is settled in part is split: the settled part becomes a row of its own with Status 50,
the rest stays on the row that was there. Parts of one instalment are put together again only with
each other.
"""

import uuid
from decimal import Decimal

from . import ledger
from .periods import period_of
from .vat import cents

OPEN, SELECTED, SENT, MATCHED = 20, 30, 40, 50
CASH_FLOW, EXCHANGE_DIFFERENCE = 40, 82


def open_terms(books, entry_id):
    """The terms of an entry that are still outstanding."""
    return books.rows("PaymentTerms", '"Status" <> 50', TransactionEntryID=entry_id)


def outstanding(books, entry_id):
    """What is still open of an entry, in its currency and in ledger sign."""
    return sum((term["AmountFC"] for term in open_terms(books, entry_id)), Decimal(0))


def in_company_currency(term, amount):
    """A part of a term in company currency; the whole of it is what the ledger has."""
    return term["AmountDC"] if amount == term["AmountFC"] else cents(amount * term["RateFC"])


def settle(books, parts, date, *, paid_on=None):
    """Match parts of terms with each other; [(term id, amount FC in ledger sign), ...].

    `paid_on` is the date of the payment among them, None when there is none. Returns the id of the
    match. ValueError when a part is larger than its term.
    """
    match = str(uuid.uuid4())
    terms = [(books.row("PaymentTerms", term_id), cents(amount)) for term_id, amount in parts]
    for term, amount in terms:
        others = [other for other, _ in terms if other["ID"] != term["ID"]]
        _close(books, term, amount, others, match, date, paid_on)
    pair = [term for term, amount in terms if amount]
    if len(pair) == 2 and all(term["AmountFC"] == amount for term, amount in terms):
        _link_pair(books, *pair)
    return match


def _close(books, term, amount, others, match, date, paid_on):
    if term["Status"] == MATCHED or abs(amount) > abs(term["AmountFC"]) or amount * term[
            "AmountFC"] < 0:
        raise ValueError(
            f"Term {term['ID']} has {term['AmountFC']} open; {amount} cannot be matched with it."
        )
    year, period = period_of(books, date) or (None, None)
    settled = {"Status": MATCHED, "IsFullyPaid": True, "EndDate": date, "EndYear": year,
               "EndPeriod": period, "_match": match}
    last = _latest(term["LastPaymentDate"], paid_on)
    if amount == term["AmountFC"]:
        books.update("PaymentTerms", term["ID"], **settled, LastPaymentDate=last)
        return
    amount_dc = in_company_currency(term, amount)
    part = {name: value for name, value in term.items()
            if name not in ("_row", "_division", "_timestamp", "ID", "Created", "Modified")}
    part |= settled | {"AmountFC": amount, "AmountDC": amount_dc, "LastPaymentDate": paid_on}
    if others:
        part["EntryID"] = others[0]["TransactionEntryID"]
    books.insert("PaymentTerms", part)
    books.update("PaymentTerms", term["ID"], AmountFC=term["AmountFC"] - amount,
                 AmountDC=term["AmountDC"] - amount_dc, LastPaymentDate=last)


def _latest(*dates):
    return max((date for date in dates if date), default=None)


def _link_pair(books, first, second):
    """Each ledger line points at the other; a bank row takes the invoice's YourRef."""
    for one, other in ((first, second), (second, first)):
        books.update("TransactionLines", one["TransactionID"], OffsetID=other["TransactionID"])
        if one["TransactionType"] == CASH_FLOW and other["YourRef"]:
            books.update("PaymentTerms", one["ID"], YourRef=other["YourRef"])


def unmatch(books, entry_id, other_id=None):
    """Undo every match in which an entry (and another one) takes part; how many there were.

    An exchange difference that a match made by itself goes with it.
    """
    matches = _matches(books, entry_id)
    if other_id:
        matches &= _matches(books, other_id)
    for match in matches:
        terms = books.rows("PaymentTerms", _match=match)
        for term in terms:
            if _is_own_difference(term):
                ledger.delete_entry(books, term["TransactionEntryID"])
            else:
                _reopen(books, term)
    return len(matches)


def _matches(books, entry_id):
    return {term["_match"] for term in books.rows("PaymentTerms", TransactionEntryID=entry_id)
            if term["_match"]}


def _is_own_difference(term):
    return term["TransactionType"] == EXCHANGE_DIFFERENCE and not term["AmountFC"]


def _reopen(books, term):
    """Open a settled part again, on the rest of its instalment if something of that is open."""
    parts = [each for each in books.rows("PaymentTerms", TransactionID=term["TransactionID"],
                                         _instalment=term["_instalment"])
             if each["ID"] != term["ID"]]
    last = _latest(*(each["LastPaymentDate"] for each in parts if each["Status"] == MATCHED))
    books.update("TransactionLines", term["TransactionID"], OffsetID=None)
    rest = next((each for each in parts if each["Status"] != MATCHED), None)
    if rest:
        books.update("PaymentTerms", rest["ID"], AmountFC=rest["AmountFC"] + term["AmountFC"],
                     AmountDC=rest["AmountDC"] + term["AmountDC"], LastPaymentDate=last)
        books.remove("PaymentTerms", term["ID"])
        return
    changes = {"Status": OPEN, "IsFullyPaid": False, "EndDate": None, "EndYear": None,
               "EndPeriod": None, "LastPaymentDate": last, "_match": None,
               "EntryID": term["TransactionEntryID"]}
    if term["TransactionType"] == CASH_FLOW:
        # The invoice's YourRef that the match had lent it.
        changes["YourRef"] = books.row("TransactionLines", term["TransactionID"])["YourRef"]
    books.update("PaymentTerms", term["ID"], **changes)


def is_matched(books, entry_id):
    """True when some term of the entry is settled."""
    return books.first("PaymentTerms", TransactionEntryID=entry_id, Status=MATCHED) is not None
