# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""General journal entries (administration-defaults.md 11.3): debit positive, sum exactly zero."""

from decimal import Decimal

from .. import ledger, numbering, periods
from ..clock import midnight
from ..errors import Refused
from ..ledger import Posting
from ..vat import cents
from ..wire import vat_code
from ..writing import Writer, missing
from .bank import check_removable

OTHER = 90


class GeneralJournalWriter(Writer):
    def create(self, books, values):
        values = dict(values)
        problems = missing(books, self.resource, values)
        lines = values.pop("GeneralJournalEntryLines", None) or []
        code = values.get("JournalCode")
        journal = code and books.first("Journals", Code=code)
        if code and (journal is None or journal["Type"] != 90):
            kind = "invalid" if journal else "reference"
            problems.append(books.text(kind, "JournalType" if journal else "Journal"))
        elif journal and journal["IsBlocked"]:
            problems.append(books.text("blocked", "Journal"))
        lines = [complete_line(books, line, journal, problems) for line in lines]
        if journal and lines:
            values["FinancialYear"], values["FinancialPeriod"] = periods.resolved(
                books, journal, lines[0]["Date"], values.get("FinancialYear"),
                values.get("FinancialPeriod"), problems)
        difference = sum((line["AmountFC"] + line["AmountVATFC"] for line in lines), Decimal(0))
        if difference:
            problems.append(books.text("out_of_balance", str(difference)))
        number = values.get("EntryNumber")
        if number and journal and numbering.is_used(books, journal["Code"], number):
            problems.append(books.text("in_use", "EntryNumber"))
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


def complete_line(books, line, journal, problems):
    """A line with its references checked and its VAT computed."""
    values = dict(line)
    values["Date"] = midnight(values.get("Date") or books.today)
    values["AmountFC"] = cents(values.get("AmountFC") or 0)
    gl_account = books.row("GLAccounts", values.get("GLAccount"))
    if gl_account is None:
        kind = "reference" if values.get("GLAccount") else "mandatory"
        problems.append(books.text(kind, "GLAccount"))
    else:
        if gl_account["IsBlocked"]:
            problems.append(books.text("blocked", "GLAccount"))
        values |= {"GLAccountCode": gl_account["Code"],
                   "GLAccountDescription": gl_account["Description"]}
    account = books.row("Accounts", values.get("Account"))
    if values.get("Account") and account is None:
        problems.append(books.text("reference", "Account"))
    if account:
        values |= {"AccountCode": account["Code"], "AccountName": account["Name"]}
    _complete_vat(books, values, journal, problems)
    return values


def _complete_vat(books, values, journal, problems):
    values["AmountVATFC"] = cents(values.get("AmountVATFC") or 0)
    if not values.get("VATCode"):
        return
    code = books.first("VATCodes", Code=vat_code(values["VATCode"]))
    if code is None:
        problems.append(books.text("reference", "VATCode"))
        return
    if not (journal and journal["AllowVAT"]):
        problems.append(books.text("not_allowed", "VATCode"))
    if not values["AmountVATFC"]:
        values["AmountVATFC"] = cents(values["AmountFC"] * (code["Percentage"] or 0))
    values |= {"VATCode": code["Code"], "VATCodeDescription": code["Description"],
               "VATPercentage": code["Percentage"], "VATBaseAmountFC": values["AmountFC"]}


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
        "Status": 20, "StatusDescription": ledger.status_name(20),
        "Type": OTHER, "TypeDescription": ledger.type_name(OTHER),
        "Reversal": bool(values.get("Reversal")),
    })
    postings = []
    for number, line in enumerate(lines, 1):
        stored = books.insert("GeneralJournalEntryLines", {
            **line, "EntryID": header["EntryID"], "EntryNumber": header["EntryNumber"],
            "LineNumber": number, "AmountDC": cents(line["AmountFC"] * rate)})
        postings += _postings(books, stored)
    ledger.post(books, {**header, "Date": date, "Type": entry_type}, postings)
    return header["EntryID"]


def _postings(books, line):
    code = line.get("VATCode") and books.first("VATCodes", Code=line["VATCode"])
    extra = {name: line[name] for name in (
        "Description", "Notes", "Date", "CostCenter", "CostUnit") if line.get(name)}
    result = [Posting(books.row("GLAccounts", line["GLAccount"]), line["AmountFC"], id=line["ID"],
                      account=books.row("Accounts", line.get("Account")), vat_code=code,
                      extra=extra)]
    if line.get("AmountVATFC"):
        claimed = line["AmountVATFC"] > 0
        key = code and (code["GLToClaim"] if claimed else code["GLToPay"])
        gl_account = books.row("GLAccounts", key) or books.first("GLAccounts", Type=24)
        result.append(Posting(gl_account, line["AmountVATFC"], vat_code=code))
    return result
