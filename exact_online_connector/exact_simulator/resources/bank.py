# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Bank and cash entries (facts.md 4.11).

A bank line is positive when money comes in; its ledger line has the opposite sign and the same ID.
"""

from decimal import Decimal

from .. import ledger, matching, numbering, periods
from ..clock import midnight
from ..errors import Refused
from ..ledger import Posting
from ..vat import cents
from ..wire import vat_code
from ..writing import Writer, missing
from .dimensions import COLUMNS as DIMENSIONS
from .dimensions import complete_dimensions
from .documents import complete_line_document

CASH_FLOW = 40
CASH, BANK, PAYMENT_SERVICE = 10, 12, 16
_JOURNALS = {"BankEntries": ((BANK, PAYMENT_SERVICE), "bank_journal"),
             "CashEntries": ((CASH,), "cash_journal")}


class CashWriter(Writer):
    def create(self, books, values):
        values = dict(values)
        problems = missing(books, self.resource, values)
        lines = values.pop(ledger.ENTRY_TABLES[self.table], None) or []
        journal = self._journal(books, values.get("JournalCode"), problems)
        lines = [_complete_line(books, line, problems) for line in lines]
        if journal and lines:
            self._complete(books, values, journal, lines, problems)
        if problems:
            raise Refused(problems)
        return book(books, self.table, journal, values, lines)

    def _journal(self, books, code, problems):
        journal = code and books.first("Journals", Code=code)
        if code and journal is None:
            problems.append(books.text("reference", "Journal"))
        elif journal:
            types, text = _JOURNALS[self.table]
            if journal["Type"] not in types:
                problems.append(books.text(text))
            if journal["IsBlocked"]:
                problems.append(books.text("blocked", "Journal"))
        return journal

    @staticmethod
    def _complete(books, values, journal, lines, problems):
        date = lines[0]["Date"]
        values["FinancialYear"], values["FinancialPeriod"] = periods.resolved(
            books, journal, date, values.get("FinancialYear"), values.get("FinancialPeriod"),
            problems)
        number = values.get("EntryNumber")
        if number and numbering.is_used(books, journal["Code"], number):
            problems.append(books.text("in_use", "EntryNumber"))
        opening, closing = values.get("OpeningBalanceFC"), values.get("ClosingBalanceFC")
        total = sum(line["AmountFC"] for line in lines)
        if opening is not None and closing is not None and opening + total != closing:
            problems.append(books.text("bank_balance"))

    def remove(self, books, row):
        check_removable(books, row)
        ledger.delete_entry(books, row["EntryID"])


class CashLineWriter(Writer):
    """A line POSTed on its own is added to its entry."""

    def create(self, books, values):
        problems = missing(books, self.resource, values)
        table = "BankEntries" if self.table == "BankEntryLines" else "CashEntries"
        header = books.row(table, values.get("EntryID"))
        if values.get("EntryID") and header is None:
            problems.append(books.text("reference", "EntryID"))
        line = _complete_line(books, values, problems)
        if problems:
            raise Refused(problems)
        check_removable(books, header)
        lines = books.rows(self.table, EntryID=header["EntryID"], order="LineNumber")
        entry_id = header["EntryID"]
        ledger.delete_entry(books, entry_id)
        journal = books.first("Journals", Code=header["JournalCode"])
        header = without_marks(header) | {"ClosingBalanceFC": None}
        book(books, table, journal, header, [*lines, line])
        return books.rows(self.table, EntryID=entry_id, order="LineNumber")[-1]["ID"]


def check_removable(books, row):
    """Refused for an entry that is processed, matched or in a closed period."""
    if row["Status"] == 50:
        raise Refused([books.text("processed")])
    if matching.is_matched(books, row["EntryID"]):
        raise Refused([books.text("matched")])
    year, period = row["FinancialYear"], row["FinancialPeriod"]
    if not periods.is_open(books, row["JournalCode"], year, period):
        raise Refused([books.text("period_closed", str(year), str(period))])


def _complete_line(books, line, problems):
    values = without_marks(line)
    values["Date"] = midnight(values.get("Date") or books.today)
    values["AmountFC"] = cents(values.get("AmountFC") or 0)
    gl_account = books.row("GLAccounts", values.get("GLAccount"))
    if gl_account is None:
        kind = "reference" if values.get("GLAccount") else "mandatory"
        problems.append(books.text(kind, "GLAccount"))
    else:
        values |= {"GLAccountCode": gl_account["Code"],
                   "GLAccountDescription": gl_account["Description"]}
    complete_dimensions(books, values, gl_account, problems)
    complete_line_document(books, values, problems)
    account = books.row("Accounts", values.get("Account"))
    if values.get("Account") and account is None:
        problems.append(books.text("reference", "Account"))
    if account:
        values |= {"AccountCode": account["Code"], "AccountName": account["Name"]}
    if values.get("VATCode"):
        values["VATCode"] = vat_code(values["VATCode"])
    return values


def book(books, table, journal, values, lines):
    """Store a bank or cash entry with completed lines and post it; its EntryID.

    A line marked `_is_batch` opens a term although it names no relation.
    """
    date = lines[0]["Date"]
    total = sum((line["AmountFC"] for line in lines), Decimal(0))
    opening = values.get("OpeningBalanceFC")
    if opening is None:
        opening = balance(books, journal["GLAccount"])
    year = values.get("FinancialYear") or date.year
    header = books.insert(table, {
        **values, "JournalCode": journal["Code"], "JournalDescription": journal["Description"],
        "Currency": values.get("Currency") or journal["Currency"],
        "EntryNumber": values.get("EntryNumber")
        or numbering.next_entry_number(books, journal, year),
        "OpeningBalanceFC": opening, "ClosingBalanceFC": opening + total,
        "FinancialYear": year, "FinancialPeriod": values.get("FinancialPeriod") or date.month,
        "Status": 20, "StatusDescription": ledger.status_name(20),
    })
    postings = [Posting(books.row("GLAccounts", journal["GLAccount"]), total)]
    rate = next((line["ExchangeRate"] for line in lines if line.get("ExchangeRate")), Decimal(1))
    for number, line in enumerate(lines, 1):
        stored = books.insert(ledger.ENTRY_TABLES[table], {
            **without_marks(line), "EntryID": header["EntryID"],
            "EntryNumber": header["EntryNumber"], "LineNumber": number,
            "AmountDC": cents(line["AmountFC"] * rate)})
        postings.append(_posting(books, stored, is_batch=line.get("_is_batch", False)))
        if stored.get("Document"):
            books.update("Documents", stored["Document"],
                         FinancialTransactionEntryID=header["EntryID"])
    ledger.post(books, {**header, "Date": date, "Type": CASH_FLOW, "ExchangeRate": rate}, postings)
    return header["EntryID"]


def without_marks(values):
    """Without what is not for storing."""
    return {name: value for name, value in values.items() if not name.startswith("_")}


def _posting(books, line, is_batch):
    extra = {name: line[name] for name in (
        *DIMENSIONS, "Description", "Notes", "Date", "Document", "DocumentNumber",
        "DocumentSubject") if line.get(name)}
    if line.get("OurRef"):
        extra["InvoiceNumber"] = line["OurRef"]
    return Posting(books.row("GLAccounts", line["GLAccount"]), -line["AmountFC"],
                   account=books.row("Accounts", line.get("Account")), id=line["ID"], extra=extra,
                   is_batch=is_batch)


def balance(books, gl_account):
    """The balance of a GL account in company currency."""
    lines = books.rows("TransactionLines", GLAccount=gl_account)
    return sum((line["AmountFC"] for line in lines), Decimal(0))
