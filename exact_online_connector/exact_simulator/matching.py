# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Open items: payment terms, their matching and un-matching (facts.md 5).

Amounts of a term are in ledger sign: a customer's invoice is positive, a supplier's negative.
A term that is settled in part is split: the settled part becomes a row of its own with Status 50,
the rest stays on the row that was there.
"""

import uuid
from decimal import Decimal

from .periods import period_of
from .vat import cents

OPEN, MATCHED = 20, 50


def open_terms(books, entry_id):
    """The terms of an entry that are still outstanding."""
    return books.rows("PaymentTerms", '"Status" <> 50', TransactionEntryID=entry_id)


def outstanding(books, entry_id):
    """What is still open of an entry, in its currency and in ledger sign."""
    return sum((term["AmountFC"] for term in open_terms(books, entry_id)), Decimal(0))


def settle(books, parts, date, *, paid=True):
    """Match parts of terms with each other; [(term id, amount FC in ledger sign), ...].

    Returns the id of the match. ValueError when a part is larger than its term.
    """
    match = str(uuid.uuid4())
    terms = [(books.row("PaymentTerms", term_id), cents(amount)) for term_id, amount in parts]
    for term, amount in terms:
        others = [other for other, _ in terms if other["ID"] != term["ID"]]
        _close(books, term, amount, others, match, date, paid)
    if len(terms) == 2 and all(term["AmountFC"] == amount for term, amount in terms):
        _link_pair(books, terms[0][0], terms[1][0])
    return match


def _close(books, term, amount, others, match, date, paid):
    if term["Status"] == MATCHED or abs(amount) > abs(term["AmountFC"]) or amount * term[
            "AmountFC"] < 0:
        raise ValueError(
            f"Term {term['ID']} has {term['AmountFC']} open; {amount} cannot be matched with it."
        )
    year, period = period_of(books, date) or (None, None)
    settled = {"Status": MATCHED, "IsFullyPaid": True, "EndDate": date, "EndYear": year,
               "EndPeriod": period, "_match": match}
    if paid:
        settled["LastPaymentDate"] = date
    if amount == term["AmountFC"]:
        books.update("PaymentTerms", term["ID"], **settled)
        return
    amount_dc = cents(amount * term["RateFC"])
    part = {name: value for name, value in term.items()
            if name not in ("_row", "_division", "_timestamp", "ID", "Created", "Modified")}
    part |= settled | {"AmountFC": amount, "AmountDC": amount_dc}
    if others:
        part["EntryID"] = others[0]["TransactionEntryID"]
    books.insert("PaymentTerms", part)
    rest = {"AmountFC": term["AmountFC"] - amount, "AmountDC": term["AmountDC"] - amount_dc}
    if paid:
        rest["LastPaymentDate"] = date
    books.update("PaymentTerms", term["ID"], **rest)


def _link_pair(books, first, second):
    """Each ledger line points at the other; a bank row takes the invoice's YourRef."""
    for one, other in ((first, second), (second, first)):
        books.update("TransactionLines", one["TransactionID"], OffsetID=other["TransactionID"])
        if one["TransactionType"] == 40 and other["YourRef"]:
            books.update("PaymentTerms", one["ID"], YourRef=other["YourRef"])


def unmatch(books, entry_id):
    """Undo every match in which an entry takes part; the number of matches undone."""
    matches = {term["_match"] for term in books.rows("PaymentTerms", TransactionEntryID=entry_id)
               if term["_match"]}
    for match in matches:
        for term in books.rows("PaymentTerms", _match=match):
            _reopen(books, term)
    return len(matches)


def _reopen(books, term):
    rest = next((each for each in books.rows("PaymentTerms", '"Status" <> 50',
                                             TransactionID=term["TransactionID"])
                 if each["ID"] != term["ID"]), None)
    books.update("TransactionLines", term["TransactionID"], OffsetID=None)
    if rest:
        books.update("PaymentTerms", rest["ID"], AmountFC=rest["AmountFC"] + term["AmountFC"],
                     AmountDC=rest["AmountDC"] + term["AmountDC"], LastPaymentDate=None)
        books.remove("PaymentTerms", term["ID"])
        return
    books.update("PaymentTerms", term["ID"], Status=OPEN, IsFullyPaid=False, EndDate=None,
                 EndYear=None, EndPeriod=None, LastPaymentDate=None, _match=None)


def is_matched(books, entry_id):
    """True when some term of the entry is settled."""
    return books.first("PaymentTerms", TransactionEntryID=entry_id, Status=MATCHED) is not None
