# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The ledger: every entry of whatever kind as balanced lines, and the open items they make.

Ledger sign: debit positive, credit negative (administration-defaults.md 3.4).
"""

import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from .schema import CODES
from .vat import cents

RECEIVABLE, PAYABLE, VAT = 20, 22, 24
_STATUS_NAMES = {20: "Open", 50: "Processed"}
ENTRY_TABLES = {
    "SalesEntries": "SalesEntryLines",
    "PurchaseEntries": "PurchaseEntryLines",
    "BankEntries": "BankEntryLines",
    "CashEntries": "CashEntryLines",
    "GeneralJournalEntries": "GeneralJournalEntryLines",
}


@dataclass
class Posting:
    """One ledger line before it is stored; `amount` in the entry's currency, ledger sign."""

    gl_account: dict | None
    amount: Decimal
    amount_dc: Decimal | None = None
    account: dict | None = None
    id: str | None = None
    vat_code: dict | None = None
    extra: dict = field(default_factory=dict)


def status_name(status):
    return _STATUS_NAMES[status]


def type_name(entry_type):
    return CODES["Transaction.Type"].get(str(entry_type), "Other")


def post(books, entry, postings):
    """Store an entry's row in Transactions, its ledger lines and the terms that they open.

    `entry` has the names of Transactions plus Currency, ExchangeRate, InvoiceNumber, YourRef,
    DueDate, PaymentCondition. Cents that conversion to company currency leaves over go to the first
    line that is neither receivable, payable nor VAT, so that open items and VAT stay as they are.
    """
    _convert(postings, entry["ExchangeRate"])
    type_description = type_name(entry["Type"])
    books.insert("Transactions", {
        **{name: entry.get(name) for name in (
            "EntryID", "Date", "Description", "Document", "DocumentNumber", "DocumentSubject",
            "EntryNumber", "ExternalLinkReference", "FinancialPeriod", "FinancialYear",
            "JournalCode", "JournalDescription", "PaymentReference", "Status", "Type",
            "OpeningBalanceFC", "ClosingBalanceFC")},
        "PaymentConditionCode": entry.get("PaymentCondition"),
        "PaymentConditionDescription": entry.get("PaymentConditionDescription"),
        "StatusDescription": status_name(entry["Status"]), "TypeDescription": type_description,
    })
    terms = []
    for number, posting in enumerate(postings):
        posting.id = posting.id or str(uuid.uuid4())
        line = _ledger_line(entry, posting, number)
        books.insert("TransactionLines", line)
        if posting.account and posting.gl_account and posting.gl_account["Type"] in (
                RECEIVABLE, PAYABLE):
            terms.append(_open_term(books, entry, posting, line))
    return terms


def _convert(postings, rate):
    for posting in postings:
        if posting.amount_dc is None:
            posting.amount_dc = cents(posting.amount * rate)
    difference = sum(each.amount_dc for each in postings)
    if difference:
        absorbing = next((each for each in postings if not _is_control(each)), postings[0])
        absorbing.amount_dc -= difference


def _is_control(posting):
    return bool(posting.gl_account) and posting.gl_account["Type"] in (RECEIVABLE, PAYABLE, VAT)


def _ledger_line(entry, posting, number):
    gl, vat, account = posting.gl_account or {}, posting.vat_code or {}, posting.account or {}
    return {
        "ID": posting.id, "EntryID": entry["EntryID"], "EntryNumber": entry["EntryNumber"],
        "LineNumber": number, "Type": entry["Type"], "Status": entry["Status"],
        "Date": entry["Date"], "JournalCode": entry["JournalCode"],
        "JournalDescription": entry["JournalDescription"],
        "FinancialYear": entry["FinancialYear"], "FinancialPeriod": entry["FinancialPeriod"],
        "GLAccount": gl.get("ID"), "GLAccountCode": gl.get("Code"),
        "GLAccountDescription": gl.get("Description"),
        "Account": account.get("ID"), "AccountCode": account.get("Code"),
        "AccountName": account.get("Name"),
        "AmountFC": posting.amount, "AmountDC": posting.amount_dc,
        "Currency": entry["Currency"], "ExchangeRate": entry["ExchangeRate"],
        "InvoiceNumber": entry.get("InvoiceNumber"), "YourRef": entry.get("YourRef"),
        "PaymentReference": entry.get("PaymentReference"), "DueDate": entry.get("DueDate"),
        "Description": entry.get("Description"), "Document": entry.get("Document"),
        "DocumentNumber": entry.get("DocumentNumber"),
        "DocumentSubject": entry.get("DocumentSubject"),
        "ExternalLinkReference": entry.get("ExternalLinkReference"),
        "OrderNumber": entry.get("OrderNumber"),
        "VATCode": vat.get("Code"), "VATCodeDescription": vat.get("Description"),
        "VATType": vat.get("Type"),
        **posting.extra,
    }


def _open_term(books, entry, posting, line):
    gl, account = posting.gl_account, posting.account
    return books.insert("PaymentTerms", {
        **{name: line[name] for name in (
            "EntryID", "EntryNumber", "InvoiceNumber", "YourRef", "PaymentReference", "Currency",
            "Document", "DocumentNumber", "DocumentSubject", "GLAccount", "GLAccountCode",
            "GLAccountDescription", "Account", "AccountCode", "AccountName", "OrderNumber",
            "JournalDescription", "Description", "AmountFC", "AmountDC")},
        "LineType": gl["Type"], "Journal": entry["JournalCode"], "RateFC": entry["ExchangeRate"],
        "AccountCountry": account.get("Country"), "Status": 20, "IsFullyPaid": False,
        "EntryDate": entry["Date"], "InvoiceDate": entry["Date"],
        "DueDate": entry.get("DueDate") or entry["Date"],
        "TransactionDueDate": entry.get("DueDate") or entry["Date"],
        "PaymentCondition": entry.get("PaymentCondition"),
        "PaymentConditionDescription": entry.get("PaymentConditionDescription"),
        "PaymentMethod": entry.get("PaymentMethod"), "PaymentDays": entry.get("PaymentDays"),
        "TransactionEntryID": entry["EntryID"], "TransactionID": line["ID"],
        "TransactionType": entry["Type"], "TransactionStatus": entry["Status"],
        "TransactionAmountDC": line["AmountDC"], "TransactionAmountFC": line["AmountFC"],
        "TransactionReportingYear": entry["FinancialYear"],
        "TransactionReportingPeriod": entry["FinancialPeriod"],
        "TransactionIsReversal": bool(entry.get("Reversal")),
        "AmountDiscountDC": Decimal(0), "AmountDiscountFC": Decimal(0),
        "Source": 1, "IsBatchBooking": 0,
    })


def unpost(books, entry_id):
    """Take an entry's ledger lines and terms out of the books, but not its header."""
    for term in books.rows("PaymentTerms", TransactionEntryID=entry_id):
        books.remove("PaymentTerms", term["ID"])
    for line in books.rows("TransactionLines", EntryID=entry_id):
        books.remove("TransactionLines", line["ID"])
    books.remove("Transactions", entry_id)


def header_table(books, entry_id):
    """The table that holds the header of an entry, or None."""
    return next((table for table in ENTRY_TABLES if books.row(table, entry_id)), None)


def delete_entry(books, entry_id):
    """Remove an entry of whatever kind with everything that hangs on it; False when unknown."""
    table = header_table(books, entry_id)
    if table is None:
        return False
    unpost(books, entry_id)
    for line in books.rows(ENTRY_TABLES[table], EntryID=entry_id):
        books.remove(ENTRY_TABLES[table], line["ID"])
    books.remove(table, entry_id)
    return True


def process(books, entry_id):
    """Set an entry from open (20) to processed (50)."""
    table = header_table(books, entry_id)
    changes = {"Status": 50, "StatusDescription": status_name(50)}
    books.update(table, entry_id, **changes)
    books.update("Transactions", entry_id, **changes)
    for line in books.rows("TransactionLines", EntryID=entry_id):
        books.update("TransactionLines", line["ID"], Status=50)
    for term in books.rows("PaymentTerms", TransactionEntryID=entry_id):
        books.update("PaymentTerms", term["ID"], TransactionStatus=50)


def link_document(books, entry_id, document):
    """Show a document (row or None) on the entry, its ledger lines and its terms."""
    link = {"Document": document and document["ID"],
            "DocumentNumber": document and document["HID"],
            "DocumentSubject": document and document["Subject"]}
    table = header_table(books, entry_id)
    if table in ("SalesEntries", "PurchaseEntries"):
        books.update(table, entry_id, **link)
    if books.row("Transactions", entry_id):
        books.update("Transactions", entry_id, **link)
    for line in books.rows("TransactionLines", EntryID=entry_id):
        books.update("TransactionLines", line["ID"], **link)
    for term in books.rows("PaymentTerms", TransactionEntryID=entry_id):
        books.update("PaymentTerms", term["ID"], **link)
