# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Direct debits and payments in batches: selected (30), sent to the bank (40), booked (50).

The bank books a batch as one line (facts.md 5: status and fields of a term are documented, what the
entry looks like is not; see the switch `batch_booking`).
"""

from . import bookkeeping, differences, ledger
from .clock import dutch_wall_clock
from .matching import MATCHED, OPEN, SELECTED, SENT

# Kind of term -> what the columns of its batch begin with.
_PREFIXES = {ledger.RECEIVABLE: "Receivable", ledger.PAYABLE: "Payment"}


def select(books, entries):
    """Put what is open of entries into a new batch; its number."""
    terms = [term for entry in entries for term in bookkeeping.open_alike(books, entry)]
    if not terms:
        raise ValueError("Name at least one entry.")
    if len({(term["LineType"], term["Currency"]) for term in terms}) > 1:
        raise ValueError("A batch is of customers or of suppliers, and in one currency.")
    if any(term["Status"] != OPEN for term in terms):
        raise ValueError("One of these entries is in a batch already.")
    line_type = terms[0]["LineType"]
    total = sum(term["AmountFC"] for term in terms)
    if not total or (total > 0) != (line_type == ledger.RECEIVABLE):
        raise ValueError("There is nothing to collect or to pay in these entries.")
    number, prefix = books.next_number("batch"), _PREFIXES[line_type]
    author, name = books.author
    for term in terms:
        books.update("PaymentTerms", term["ID"], Status=SELECTED, **{
            f"{prefix}BatchNumber": number, f"{prefix}Selector": author,
            f"{prefix}SelectorFullName": name,
            f"{prefix}Selected": dutch_wall_clock(books.now)})
    return number


def send(books, number):
    """Send a selected batch to the bank."""
    for term in _terms(books, number, SELECTED):
        books.update("PaymentTerms", term["ID"], Status=SENT, IsBatchBooking=1,
                     CashflowTransactionBatchCode=str(number),
                     PaymentInformationID=f"BATCH{number}", EndToEndID=str(term["EntryNumber"]))


def cancel(books, number):
    """Dissolve a batch that is not booked yet."""
    for term in _terms(books, number, SELECTED, SENT):
        prefix = _PREFIXES[term["LineType"]]
        books.update("PaymentTerms", term["ID"], Status=OPEN, IsBatchBooking=0,
                     CashflowTransactionBatchCode=None, PaymentInformationID=None, EndToEndID=None,
                     **{f"{prefix}{name}": None for name in (
                         "BatchNumber", "Selector", "SelectorFullName", "Selected")})


def book(books, number, *, date=None, journal=None):
    """Book what the bank did for a batch that was sent; the EntryID of the bank entry."""
    date = bookkeeping.date_of(books, date)
    groups = {}
    for term in _terms(books, number, SENT):
        groups.setdefault(_group(books, term), []).append(term)
    groups = list(groups.values())
    lines = [_line(terms, number, date) for terms in groups]
    entry_id = bookkeeping.book_money(
        books, bookkeeping.money_journal(books, journal), groups[0][0]["Currency"], lines)
    own = books.rows("PaymentTerms", TransactionEntryID=entry_id)
    for terms, bank_term in zip(groups, own, strict=True):
        books.update("PaymentTerms", bank_term["ID"], CashflowTransactionBatchCode=str(number))
        parts = [(term["ID"], term["AmountFC"]) for term in terms]
        differences.settle(books, [*parts, (bank_term["ID"], bank_term["AmountFC"])], date,
                           paid_on=date)
    return entry_id


def _group(books, term):
    """Terms with the same key share a line of the bank."""
    if books.switch("batch_booking") == "one_line":
        return term["GLAccount"]
    return term["GLAccount"], term["Account"]


def _line(terms, number, date):
    first = terms[0]
    names = ["GLAccount", "GLAccountCode", "GLAccountDescription"]
    if len({term["Account"] for term in terms}) == 1:
        names += ["Account", "AccountCode", "AccountName"]
    return {name: first[name] for name in names} | {
        "Date": date, "AmountFC": sum(term["AmountFC"] for term in terms),
        "Description": f"Batch {number}", "ExchangeRate": first["RateFC"], "_is_batch": True}


def _terms(books, number, *statuses):
    """The terms of a batch; ValueError when it is not in one of these statuses."""
    terms = [term for prefix in _PREFIXES.values()
             for term in books.rows("PaymentTerms", **{f"{prefix}BatchNumber": number})
             if term["Status"] != MATCHED]
    if not terms:
        raise ValueError(f"There is no batch {number} that is not booked yet.")
    if any(term["Status"] not in statuses for term in terms):
        raise ValueError(f"Batch {number} has not come that far, or is further already.")
    return terms
