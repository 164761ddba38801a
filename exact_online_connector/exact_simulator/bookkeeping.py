# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a bookkeeper does in Exact by hand: pay, match, write off, un-match, close, block.

Amounts are positive in the entry's currency; an entry is named by its EntryID. ValueError says in
a sentence what is wrong.
"""

from decimal import Decimal, InvalidOperation

from . import differences, ledger, matching, periods
from .clock import midnight, parse_moment
from .resources import bank
from .vat import cents
from .wire import account_code, vat_code

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
    the relation, as does a payment without documents; negative `amount` is money paid out. What
    another rate than the documents' leaves is booked as an exchange difference.
    Returns the EntryID of the bank entry, or of the cash entry in a cash journal.
    """
    date = date_of(books, date)
    journal = money_journal(books, journal)
    shares = [_share(books, entry, wanted) for entry, wanted in documents]
    lines = [_bank_line(books, share, date, description) for share in shares]
    extra = _unallocated(books, shares, account, amount, date, description)
    if extra:
        lines.append(extra)
    if not lines:
        raise ValueError("Name at least one document, or a relation and an amount.")
    if single_line:
        lines = _merged(lines)
    currency, rate = _currency_and_rate(books, shares, journal, rate)
    for line in lines:
        line["ExchangeRate"] = rate
    entry_id = book_money(books, journal, currency, lines)
    _match_payment(books, entry_id, shares, date, single_line)
    return entry_id


def _currency_and_rate(books, shares, journal, rate):
    """What a payment is booked in: the documents' currency, which is one."""
    currencies = {share["currency"] for share in shares} or {journal["Currency"]}
    if len(currencies) > 1:
        raise ValueError("Documents in different currencies cannot be paid together.")
    currency = currencies.pop()
    if currency == books.company["Currency"]:
        if rate and Decimal(str(rate)) != 1:
            raise ValueError(f"A payment in {currency} has no rate.")
        return currency, Decimal(1)
    return currency, Decimal(str(rate)) if rate else shares[0]["rate"]


def money_journal(books, code=None):
    """A bank, payment service or cash journal by its code, else the first for a bank."""
    if code:
        journal = books.first("Journals", Code=str(code))
        if journal is None or journal["Type"] not in (
                bank.CASH, bank.BANK, bank.PAYMENT_SERVICE):
            raise ValueError(f"'{code}' is no bank or cash journal of this administration.")
        return journal
    for each in books.rows("Journals", order="Code"):
        if each["Type"] in (bank.BANK, bank.PAYMENT_SERVICE) and not each["IsBlocked"]:
            return each
    raise ValueError("This administration has no bank journal.")


def book_money(books, journal, currency, lines):
    """Book completed lines in a bank or cash journal; the EntryID."""
    table = "CashEntries" if journal["Type"] == bank.CASH else "BankEntries"
    return bank.book(books, table, journal, {"Currency": currency}, lines)


def _share(books, entry, wanted):
    """What one document takes of a payment, in ledger sign."""
    terms = open_alike(books, entry)
    open_amount = sum(term["AmountFC"] for term in terms)
    sign = 1 if open_amount > 0 else -1
    paid = abs(open_amount) if wanted is None else amount_of(wanted)
    return {"terms": terms, "paid": sign * paid, "taken": sign * min(paid, abs(open_amount)),
            "currency": terms[0]["Currency"], "rate": terms[0]["RateFC"]}


def open_alike(books, entry):
    """The open terms of an entry that are settled together: of one relation, of one sign."""
    terms = matching.open_terms(books, find_entry(books, entry))
    if not terms:
        raise ValueError(f"Entry '{entry}' has nothing outstanding.")
    return [term for term in terms if term["Account"] == terms[0]["Account"]
            and term["AmountFC"] * terms[0]["AmountFC"] > 0]


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
            parts = {}
            for share in shares:
                if share["terms"][0]["Account"] == term["Account"]:
                    for key, part in _allocated(share["terms"], share["taken"]):
                        parts[key] = parts.get(key, 0) + part
            if parts:
                parts = [*parts.items(), (term["ID"], -sum(parts.values()))]
                differences.settle(books, parts, date, paid_on=date)
        return
    for share, term in zip(shares, bank_terms, strict=False):
        parts = _allocated(share["terms"], share["taken"])
        differences.settle(books, [*parts, (term["ID"], -share["taken"])], date, paid_on=date)


def _allocated(terms, amount):
    """An amount spread over terms of its sign, oldest first: [(term id, part), ...]."""
    parts, left = [], amount
    for term in terms:
        part = min(abs(left), abs(term["AmountFC"])) * (1 if left > 0 else -1)
        if part:
            parts.append((term["ID"], part))
            left -= part
    return parts


def refund(books, entry, *, amount=None, date=None, journal=None):
    """Pay a credit note or an over-payment back; the EntryID of the bank or cash entry."""
    terms = open_alike(books, entry)
    owed = sum(term["AmountFC"] for term in terms)
    if (owed < 0) != (terms[0]["LineType"] == ledger.RECEIVABLE):
        raise ValueError(f"Entry '{entry}' is to be paid, not paid back.")
    if amount is not None and amount_of(amount) > abs(owed):
        raise ValueError(f"Of entry '{entry}' no more than {abs(owed)} can be paid back.")
    return pay(books, [(entry, amount)], date=date, journal=journal, description="Refund")


def match(books, entry, other, *, amount=None, date=None):
    """Match two entries with each other, in full or for an amount; the id of the match.

    An invoice with a credit note, or with money that stayed open: of one relation and currency, of
    opposite signs.
    """
    first, second = _opposites(books, find_entry(books, entry), find_entry(books, other))
    size = min(abs(sum(term["AmountFC"] for term in terms)) for terms in (first, second))
    if amount is not None:
        size = min(size, amount_of(amount))
    sign = 1 if first[0]["AmountFC"] > 0 else -1
    parts = [*_allocated(first, sign * size), *_allocated(second, -sign * size)]
    paid_on = max((term["EntryDate"] for term in (*first, *second)
                   if term["TransactionType"] == matching.CASH_FLOW), default=None)
    return differences.settle(books, parts, date_of(books, date), paid_on=paid_on)


def _opposites(books, entry_id, other_id):
    """Open terms of two entries that can be matched with each other."""
    own, others = matching.open_terms(books, entry_id), matching.open_terms(books, other_id)
    for term in own:
        key = _matching_key(term)
        opposite = [each for each in others if _matching_key(each) == key
                    and each["AmountFC"] * term["AmountFC"] < 0]
        if opposite:
            return [each for each in own if _matching_key(each) == key
                    and each["AmountFC"] * term["AmountFC"] > 0], opposite
    raise ValueError("Nothing is open in these two entries that can be matched: it must be of the "
                     "same relation and currency and of opposite signs.")


def _matching_key(term):
    return term["Account"], term["LineType"], term["Currency"]


def write_off(books, entry, *, amount=None, vat=None, date=None, kind=differences.PAYMENT):
    """Book what is outstanding (or an amount of it) as a difference; the EntryID of the booking.

    With a VAT code the gross amount is split into base and VAT, as Type 90.
    """
    share = _share(books, entry, amount)
    parts = _allocated(share["terms"], share["taken"])
    return differences.write_off(books, parts, date_of(books, date), kind=kind, vat=vat)


def exchange_difference(books, entry, *, amount=None, date=None):
    """Book what is outstanding as an exchange difference (Type 82)."""
    return write_off(books, entry, amount=amount, date=date, kind=differences.EXCHANGE)


def find_account(books, account):
    """A relation's row by GUID or code."""
    text = str(account).strip()
    row = books.row("Accounts", text.lower()) or books.first("Accounts", Code=account_code(text))
    if row is None:
        raise ValueError(f"There is no relation '{account}'.")
    return row


def unmatch(books, entry, other=None):
    """Undo every match of an entry, or those with another entry; how many there were."""
    other_id = find_entry(books, other) if other else None
    return matching.unmatch(books, find_entry(books, entry), other_id)


def move(books, payment, source, target, *, amount=None, date=None):
    """Take a payment off one document and match it with another; the id of the new match."""
    if not unmatch(books, payment, source):
        raise ValueError(f"Payment '{payment}' is not matched with '{source}'.")
    return match(books, payment, target, amount=amount, date=date)


def process(books, entry):
    """Set an entry to processed (Status 50)."""
    ledger.process(books, find_entry(books, entry))


def reject(books, entry):
    """Set an open purchase entry (Status 20) to rejected (5)."""
    row = books.row("PurchaseEntries", find_entry(books, entry))
    if row is None:
        raise ValueError("Only a purchase entry can be rejected.")
    if row["Status"] != ledger.OPEN:
        raise ValueError(f"Entry '{entry}' is not open: its status is {row['Status']}.")
    ledger.reject(books, row["EntryID"])


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


def add_vat_code(books, code, like, percentage):
    """Make a VAT code that is like another but for its rate, a fraction.

    People do this in Exact's own pages; through the API a rate is read-only.
    """
    model = books.first("VATCodes", Code=vat_code(like))
    if model is None:
        raise ValueError(f"There is no VAT code '{like}'.")
    if books.first("VATCodes", Code=vat_code(code)):
        raise ValueError(f"There is a VAT code '{code}' already.")
    own = {name: value for name, value in model.items() if name != "ID" and name[0] != "_"}
    books.insert("VATCodes", {
        **own, "Code": vat_code(code), "Percentage": percentage, "IsBlocked": False,
        "Description": f"{model['Description']} ({percentage * 100:f} %)"})


def open_items(books):
    """Every term that is outstanding, in ledger sign."""
    return books.rows("PaymentTerms", '"Status" <> 50', order="DueDate")
