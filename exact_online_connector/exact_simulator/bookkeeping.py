# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a bookkeeper does in Exact by hand: pay, credit, write off, un-match, close, block.

Amounts are positive in the entry's currency; an entry is named by its EntryID. ValueError says in
a sentence what is wrong.
"""

from decimal import Decimal, InvalidOperation

from . import ledger, matching, periods
from .clock import midnight, parse_moment
from .resources import bank, general_journal
from .vat import cents
from .wire import account_code, vat_code

PAYMENT_DIFFERENCE, EXCHANGE_DIFFERENCE, OTHER = 83, 82, 90
_DIFFERENCE_ACCOUNTS = {PAYMENT_DIFFERENCE: ("4930", "657100"),
                        EXCHANGE_DIFFERENCE: ("4920", "654000")}
_BLOCKABLE = {"journal": ("Journals", "IsBlocked"), "gl_account": ("GLAccounts", "IsBlocked"),
              "vat_code": ("VATCodes", "IsBlocked"), "account": ("Accounts", "Blocked")}


def amount_of(value):
    """A number or text as cents; ValueError when it is none or not above zero."""
    try:
        amount = cents(str(value))
    except InvalidOperation:
        raise ValueError(f"'{value}' is no amount.") from None
    if amount <= 0:
        raise ValueError("An amount must be above zero.")
    return amount


def date_of(books, value):
    """A date text, or today, as UTC midnight."""
    if not value:
        return books.today
    try:
        return midnight(parse_moment(value))
    except ValueError:
        raise ValueError(f"'{value}' is no date; write it as 2026-01-31.") from None


def find_entry(books, entry):
    """The EntryID for an EntryID, an entry number or a YourRef."""
    text = str(entry or "").strip()
    if books.row("Transactions", text.lower().strip("{}")):
        return text.lower().strip("{}")
    if text.isdigit():
        row = books.first("Transactions", EntryNumber=int(text))
        if row:
            return row["EntryID"]
    for table in ("SalesEntries", "PurchaseEntries"):
        row = text and books.first(table, YourRef=text)
        if row:
            return row["EntryID"]
    raise ValueError(f"There is no entry '{entry}'.")


def pay(books, documents, *, account=None, amount=None, date=None, journal=None, rate=None,
        single_line=False, description=None):
    """Book money received or paid for documents: [(entry, amount or None for all), ...].

    With `account` (a relation's GUID or code) and `amount` what the documents leave stays open on
    the relation, as does a payment without documents; negative `amount` is money paid out.
    Returns the EntryID of the bank entry.
    """
    date = date_of(books, date)
    journal = _journal(books, journal, (12, 16))
    shares = [_share(books, entry, wanted) for entry, wanted in documents]
    lines = [_bank_line(books, share, date, description) for share in shares]
    extra = _unallocated(books, shares, account, amount, date, description)
    if extra:
        lines.append(extra)
    if not lines:
        raise ValueError("Name at least one document, or a relation and an amount.")
    if single_line:
        lines = _merged(lines)
    currency = shares[0]["currency"] if shares else journal["Currency"]
    rate = Decimal(str(rate)) if rate else (shares[0]["rate"] if shares else Decimal(1))
    for line in lines:
        line["ExchangeRate"] = rate
    entry_id = bank.book(books, "BankEntries", journal, {"Currency": currency}, lines)
    _match_payment(books, entry_id, shares, date, single_line)
    return entry_id


def _share(books, entry, wanted):
    """What one document takes of a payment, in ledger sign."""
    entry_id = find_entry(books, entry)
    terms = matching.open_terms(books, entry_id)
    if not terms:
        raise ValueError(f"Entry '{entry}' has nothing outstanding.")
    open_amount = sum(term["AmountFC"] for term in terms)
    sign = 1 if open_amount > 0 else -1
    paid = abs(open_amount) if wanted is None else amount_of(wanted)
    return {"terms": terms, "paid": sign * paid, "taken": sign * min(paid, abs(open_amount)),
            "currency": terms[0]["Currency"], "rate": terms[0]["RateFC"]}


def _bank_line(books, share, date, description):
    term = share["terms"][0]
    return {
        "Date": date, "AmountFC": share["paid"], "Account": term["Account"],
        "AccountCode": term["AccountCode"], "AccountName": term["AccountName"],
        "GLAccount": term["GLAccount"], "GLAccountCode": term["GLAccountCode"],
        "GLAccountDescription": term["GLAccountDescription"], "OurRef": term["InvoiceNumber"],
        "Description": description or term["YourRef"] or str(term["EntryNumber"]),
    }


def _unallocated(books, shares, account, amount, date, description):
    if account is None or amount is None:
        return None
    party = find_account(books, account)
    rest = cents(str(amount)) - sum(share["paid"] for share in shares)
    if not rest:
        return None
    if party["Status"] == "C" and (rest > 0 or not party["IsSupplier"]):
        journal_type, own = 20, party["GLAR"]
    else:
        journal_type, own = 22, party["GLAP"]
    control = own or books.first("Journals", Type=journal_type)["GLAccount"]
    gl_account = books.row("GLAccounts", control)
    return {"Date": date, "AmountFC": rest, "Account": party["ID"], "AccountCode": party["Code"],
            "AccountName": party["Name"], "GLAccount": gl_account["ID"],
            "GLAccountCode": gl_account["Code"], "GLAccountDescription": gl_account["Description"],
            "Description": description or "Unallocated"}


def _merged(lines):
    """One line for documents of the same relation and GL account."""
    merged = {}
    for line in lines:
        key = (line["Account"], line["GLAccount"])
        if key in merged:
            merged[key]["AmountFC"] += line["AmountFC"]
            merged[key]["OurRef"] = None
        else:
            merged[key] = dict(line)
    return list(merged.values())


def _match_payment(books, bank_entry, shares, date, single_line):
    bank_terms = books.rows("PaymentTerms", TransactionEntryID=bank_entry)
    if single_line:
        for term in bank_terms:
            own = [share for share in shares if share["terms"][0]["Account"] == term["Account"]]
            parts = [part for share in own for part in _allocated(share)]
            if parts:
                parts.append((term["ID"], -sum(amount for _, amount in parts)))
                matching.settle(books, parts, date)
        return
    for share, term in zip(shares, bank_terms, strict=False):
        parts = _allocated(share)
        matching.settle(books, [*parts, (term["ID"], -share["taken"])], date)


def _allocated(share):
    """The share spread over the terms of its document, oldest first."""
    parts, left = [], share["taken"]
    for term in share["terms"]:
        part = min(abs(left), abs(term["AmountFC"])) * (1 if left > 0 else -1)
        if part:
            parts.append((term["ID"], part))
            left -= part
    return parts


def credit(books, invoice, credit_note, *, amount=None, date=None):
    """Match an invoice with a credit note, in full or for an amount; the id of the match."""
    date = date_of(books, date)
    first, second = (matching.open_terms(books, find_entry(books, each))
                     for each in (invoice, credit_note))
    if not first or not second:
        raise ValueError("Both entries must have something outstanding.")
    one, other = first[0], second[0]
    if one["AmountFC"] * other["AmountFC"] >= 0:
        raise ValueError("An invoice is matched with a credit note, not with its like.")
    if one["Account"] != other["Account"]:
        raise ValueError("The entries belong to different relations.")
    size = min(abs(one["AmountFC"]), abs(other["AmountFC"]))
    if amount is not None:
        size = min(size, amount_of(amount))
    sign = 1 if one["AmountFC"] > 0 else -1
    return matching.settle(
        books, [(one["ID"], sign * size), (other["ID"], -sign * size)], date, paid=False)


def write_off(books, entry, *, amount=None, vat=None, date=None, kind=PAYMENT_DIFFERENCE):
    """Book what is outstanding (or an amount of it) as a difference; the EntryID of the booking.

    With a VAT code the gross amount is split into base and VAT, as Type 90.
    """
    date = date_of(books, date)
    share = _share(books, entry, amount)
    taken, term = share["taken"], share["terms"][0]
    journal = books.first("Journals", Type=90, AllowVAT=True) or books.first("Journals", Type=90)
    gl_account = _difference_account(books, kind)
    line = {"Date": date, "Description": f"Difference on {term['EntryNumber']}",
            "AmountFC": taken, "AmountVATFC": Decimal(0), "GLAccount": gl_account["ID"],
            "GLAccountCode": gl_account["Code"], "GLAccountDescription": gl_account["Description"]}
    if vat:
        kind = OTHER
        line |= _split_vat(books, taken, vat)
    counter = {"Date": date, "Description": line["Description"], "AmountFC": -taken,
               "AmountVATFC": Decimal(0), "GLAccount": term["GLAccount"],
               "GLAccountCode": term["GLAccountCode"], "Account": term["Account"],
               "GLAccountDescription": term["GLAccountDescription"],
               "AccountCode": term["AccountCode"], "AccountName": term["AccountName"]}
    values = {"Currency": share["currency"], "ExchangeRate": share["rate"]}
    entry_id = general_journal.book(books, journal, values, [line, counter], kind)
    (own,) = books.rows("PaymentTerms", TransactionEntryID=entry_id)
    matching.settle(books, [*_allocated(share), (own["ID"], -taken)], date, paid=False)
    return entry_id


def exchange_difference(books, entry, *, amount=None, date=None):
    """Book what is outstanding as an exchange difference (Type 82)."""
    return write_off(books, entry, amount=amount, date=date, kind=EXCHANGE_DIFFERENCE)


def _split_vat(books, gross, code):
    row = books.first("VATCodes", Code=vat_code(code))
    if row is None:
        raise ValueError(f"There is no VAT code '{code}'.")
    rate = row["Percentage"] or Decimal(0)
    vat_amount = cents(gross * rate / (1 + rate))
    return {"AmountFC": gross - vat_amount, "AmountVATFC": vat_amount, "VATCode": row["Code"],
            "VATPercentage": rate}


def _difference_account(books, kind):
    for code in _DIFFERENCE_ACCOUNTS[kind]:
        row = books.first("GLAccounts", Code=code)
        if row:
            return row
    row = books.first("GLAccounts", Type=120)
    if row is None:
        raise ValueError("This administration has no account for differences.")
    return row


def _journal(books, code, types):
    if code:
        journal = books.first("Journals", Code=str(code))
        if journal is None or journal["Type"] not in types:
            raise ValueError(f"'{code}' is no bank journal of this administration.")
        return journal
    for each in books.rows("Journals", order="Code"):
        if each["Type"] in types and not each["IsBlocked"]:
            return each
    raise ValueError("This administration has no bank journal.")


def find_account(books, account):
    """A relation's row by GUID or code."""
    text = str(account).strip()
    row = books.row("Accounts", text.lower()) or books.first("Accounts", Code=account_code(text))
    if row is None:
        raise ValueError(f"There is no relation '{account}'.")
    return row


def unmatch(books, entry):
    """Undo every match of an entry; how many there were."""
    return matching.unmatch(books, find_entry(books, entry))


def process(books, entry):
    """Set an entry to processed (Status 50)."""
    ledger.process(books, find_entry(books, entry))


def delete_entry(books, entry):
    """Remove an entry, whatever its status; its matches are undone first."""
    entry_id = find_entry(books, entry)
    matching.unmatch(books, entry_id)
    ledger.delete_entry(books, entry_id)


def set_period(books, *, is_open, year, period=None, journal=None):
    """Close or open a period (or a whole year) for a journal or all; rows changed."""
    status = periods.OPEN if is_open else periods.CLOSED
    changed = periods.set_status(books, status, int(year), period and int(period), journal)
    if not changed:
        raise ValueError("There is no such period or journal.")
    return changed


def set_blocked(books, kind, code, is_blocked):
    """Block or release a journal, gl_account, vat_code or account by its code."""
    if kind not in _BLOCKABLE:
        raise ValueError(f"'kind' is one of: {', '.join(_BLOCKABLE)}.")
    table, column = _BLOCKABLE[kind]
    stored = {"account": account_code, "vat_code": vat_code}.get(kind, str)(code)
    row = books.first(table, Code=stored)
    if row is None:
        raise ValueError(f"There is no {kind} with code '{code}'.")
    books.update(table, row["ID"], **{column: is_blocked})


def open_items(books):
    """Every term that is outstanding, in ledger sign."""
    return books.rows("PaymentTerms", '"Status" <> 50', order="DueDate")
