# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""General journal entries (administration-defaults.md 11.3): debit positive, sum exactly zero."""

from decimal import Decimal

from .. import ledger, numbering, periods, vat
from ..clock import midnight
from ..errors import Refused
from ..ledger import Posting
from ..vat import cents
from ..wire import vat_code
from ..writing import Writer, missing
from . import currency
from .bank import check_removable, without_marks
from .dimensions import COLUMNS as DIMENSIONS
from .dimensions import complete_dimensions
from .documents import complete_line_document
from .entry_posting import vat_account

GENERAL_JOURNAL = 90
OTHER = 90
_AMOUNTS = ("Amount", "AmountVAT", "VATBaseAmount")
# Exact computes these itself, whatever a client sends (administration-defaults.md 11.3).
_IGNORED = {f"{name}DC" for name in _AMOUNTS}


class GeneralJournalWriter(Writer):
    def create(self, books, values):
        values = dict(values)
        problems = missing(books, self.resource, values)
        lines = values.pop("GeneralJournalEntryLines", None) or []
        journal = _journal(books, values.get("JournalCode"), problems)
        lines = [complete_line(books, line, journal, problems) for line in lines]
        if journal and lines:
            _complete_header(books, values, journal, lines[0]["Date"], problems)
        difference = sum((_effect(line) for line in lines), Decimal(0))
        if difference:
            problems.append(books.text("out_of_balance", str(difference)))
        if problems:
            raise Refused(problems)
        return book(books, journal, values, lines)

    def remove(self, books, row):
        check_removable(books, row)
        ledger.delete_entry(books, row["EntryID"])


class GeneralJournalLineWriter(Writer):
    """A line on its own would leave its entry out of balance."""

    def create(self, books, values):
        amount = str(cents(values.get("AmountFC") or 0))
        raise Refused(missing(books, self.resource, values)
                      + [books.text("out_of_balance", amount)])


def _journal(books, code, problems):
    journal = code and books.first("Journals", Code=code)
    if not code:
        return None
    if journal is None:
        problems.append(books.text("reference", "Journal"))
    elif journal["Type"] != GENERAL_JOURNAL:
        problems.append(books.text("invalid", "JournalType"))
    elif journal["IsBlocked"]:
        problems.append(books.text("blocked", "Journal"))
    return journal


def _complete_header(books, values, journal, date, problems):
    values["FinancialYear"], values["FinancialPeriod"] = periods.resolved(
        books, journal, date, values.get("FinancialYear"), values.get("FinancialPeriod"), problems)
    values["Currency"], values["ExchangeRate"] = currency.resolved(
        books, journal, values.get("Currency"), values.get("ExchangeRate"), date, problems)
    number = values.get("EntryNumber")
    if number and numbering.is_used(books, journal["Code"], number):
        problems.append(books.text("in_use", "EntryNumber"))


def _effect(line):
    """What a line and the VAT that Exact makes for it add to the entry's balance."""
    vat_amount = Decimal(0) if line["_charged"] else line["AmountVATFC"]
    return line["VATBaseAmountFC"] + vat_amount


# --- a line ---------------------------------------------------------------------------------------


def complete_line(books, line, journal, problems):
    """A line with its references checked and its VAT computed."""
    values = {name: value for name, value in line.items() if name not in _IGNORED}
    values["Date"] = midnight(values.get("Date") or books.today)
    values["AmountFC"] = cents(values.get("AmountFC") or 0)
    gl_account = _complete_gl_account(books, values, problems)
    _complete_account(books, values, problems)
    complete_line_document(books, values, problems)
    complete_dimensions(books, values, gl_account, problems)
    _complete_vat(books, values, journal, problems)
    return values


def _complete_gl_account(books, values, problems):
    row = books.row("GLAccounts", values.get("GLAccount"))
    if row is None:
        kind = "reference" if values.get("GLAccount") else "mandatory"
        problems.append(books.text(kind, "GLAccount"))
        return None
    if row["IsBlocked"]:
        problems.append(books.text("blocked", "GLAccount"))
    values |= {"GLAccountCode": row["Code"], "GLAccountDescription": row["Description"]}
    return row


def _complete_account(books, values, problems):
    row = books.row("Accounts", values.get("Account"))
    if row is None:
        if values.get("Account"):
            problems.append(books.text("reference", "Account"))
        return
    if row["Blocked"]:
        problems.append(books.text("blocked", "Account"))
    values |= {"AccountCode": row["Code"], "AccountName": row["Name"]}


def _complete_vat(books, values, journal, problems):
    """VAT only in a journal that allows it; the client's AmountVATFC overrides Exact's own."""
    override = values.get("AmountVATFC")
    values |= {"AmountVATFC": Decimal(0), "VATBaseAmountFC": values["AmountFC"], "_charged": False}
    if not values.get("VATCode"):
        if override:
            problems.append(books.text("mandatory", "VATCode"))
        return
    code = books.first("VATCodes", Code=vat_code(values["VATCode"]))
    if code is None:
        problems.append(books.text("reference", "VATCode"))
        return
    if code["IsBlocked"] or not (journal and journal["AllowVAT"]):
        problems.append(books.text("not_allowed", "VATCode"))
    percentage = values.get("VATPercentage") or code["Percentage"] or Decimal(0)
    taxed = vat.TaxedLine(values["AmountFC"], code, percentage, override)
    vat.compute([taxed], inclusive=books.switch("inclusive_amount"))
    for sent, own in vat.apply_overrides([taxed], books.switch("vat_override_tolerance")):
        problems.append(books.text("vat_difference", str(sent), str(own)))
    values |= {"VATCode": code["Code"], "VATCodeDescription": code["Description"],
               "VATType": code["Type"], "VATPercentage": percentage, "AmountVATFC": taxed.vat,
               "VATBaseAmountFC": taxed.base, "_charged": taxed.is_reverse_charge}


# --- storing and posting --------------------------------------------------------------------------


def book(books, journal, values, lines, entry_type=OTHER):
    """Store a balanced entry with completed lines and post it; its EntryID."""
    date = lines[0]["Date"]
    year = values.get("FinancialYear") or date.year
    rate = values.get("ExchangeRate") or Decimal(1)
    header = books.insert("GeneralJournalEntries", {
        **values, "JournalCode": journal["Code"], "JournalDescription": journal["Description"],
        "Currency": values.get("Currency") or journal["Currency"], "ExchangeRate": rate,
        "EntryNumber": values.get("EntryNumber")
        or numbering.next_entry_number(books, journal, year),
        "FinancialYear": year, "FinancialPeriod": values.get("FinancialPeriod") or date.month,
        "Status": ledger.OPEN, "StatusDescription": ledger.status_name(ledger.OPEN),
        "Type": OTHER, "TypeDescription": ledger.type_name(OTHER),
        "Reversal": bool(values.get("Reversal")),
    })
    postings = []
    for number, line in enumerate(lines, 1):
        stored = books.insert("GeneralJournalEntryLines", {
            **without_marks(line), "EntryID": header["EntryID"],
            "EntryNumber": header["EntryNumber"], "LineNumber": number,
            **{f"{name}DC": _in_company_currency(line, name, rate)
               for name in _AMOUNTS if f"{name}FC" in line}})
        postings += _postings(books, stored)
        if stored.get("Document"):
            books.update("Documents", stored["Document"],
                         FinancialTransactionEntryID=header["EntryID"])
    ledger.post(books, {**header, "Date": date, "Type": entry_type}, postings)
    return header["EntryID"]


def _in_company_currency(line, name, rate):
    """An exchange difference has an amount in company currency only."""
    own = line.get(f"{name}DC")
    return cents(line[f"{name}FC"] * rate) if own is None else own


def _postings(books, line):
    code = line.get("VATCode") and books.first("VATCodes", Code=line["VATCode"])
    base, vat_amount = line.get("VATBaseAmountFC", line["AmountFC"]), line.get("AmountVATFC")
    extra = {name: line[name] for name in (
        *DIMENSIONS, "Description", "Notes", "Date", "Quantity", "Document", "DocumentNumber",
        "DocumentSubject", "YourRef") if line.get(name)}
    if line.get("OurRef"):
        extra["InvoiceNumber"] = line["OurRef"]
    if code:
        extra |= {"AmountVATFC": vat_amount, "AmountVATBaseFC": base,
                  "VATPercentage": line["VATPercentage"]}
    own = Posting(books.row("GLAccounts", line["GLAccount"]), base, id=line["ID"],
                  amount_dc=line.get("VATBaseAmountDC", line["AmountDC"]),
                  account=books.row("Accounts", line.get("Account")), vat_code=code or None,
                  extra=extra)
    return [own, *_vat_postings(books, code, vat_amount)]


def _vat_postings(books, code, amount):
    """Claimed for purchases, to pay for sales; a code for both by the side of the line."""
    if not (code and amount):
        return []
    if code["Charged"]:
        return [Posting(vat_account(books, code, "GLToClaim"), amount, vat_code=code),
                Posting(vat_account(books, code, "GLToPay"), -amount, vat_code=code)]
    is_claim = {"P": True, "S": False}.get(code["VATTransactionType"], amount > 0)
    field = "GLToClaim" if is_claim else "GLToPay"
    return [Posting(vat_account(books, code, field), amount, vat_code=code)]
