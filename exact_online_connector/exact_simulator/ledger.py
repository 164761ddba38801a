# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The ledger: every entry of whatever kind as balanced lines, and the open items they make.

Ledger sign: debit positive, credit negative (administration-defaults.md 3.4).
"""

import uuid
from dataclasses import dataclass, field
from decimal import Decimal

from .schema import CODES, PRIMARY_KEYS, TABLES
from .vat import cents

RECEIVABLE, PAYABLE, VAT = 20, 22, 24
REJECTED, OPEN, PROCESSED = 5, 20, 50
_STATUS_NAMES = {REJECTED: "Rejected", OPEN: "Open", PROCESSED: "Processed"}
# PaymentTerms.ApprovalStatus.
_APPROVAL_REJECTED = 5
ENTRY_TABLES = {
    "SalesEntries": "SalesEntryLines",
    "PurchaseEntries": "PurchaseEntryLines",
    "BankEntries": "BankEntryLines",
    "CashEntries": "CashEntryLines",
    "GeneralJournalEntries": "GeneralJournalEntryLines",
}
# Headers that show a document, and what they call it.
_DOCUMENT_OF_HEADER = {"SalesEntries": "Document", "PurchaseEntries": "Document",
                       "BankEntries": "BankStatementDocument"}


@dataclass
class Posting:
    """One ledger line before it is stored; `amount` in the entry's currency, ledger sign.

    `instalments` are (share, due date) of the terms it opens; none means one term. `is_batch` for
    the line of a bank that settles open items of several relations: it names none of them.
    """

    gl_account: dict | None
    amount: Decimal
    amount_dc: Decimal | None = None
    account: dict | None = None
    id: str | None = None
    vat_code: dict | None = None
    extra: dict = field(default_factory=dict)
    instalments: tuple = ()
    is_batch: bool = False

    @property
    def is_open_item(self):
        """True for a receivable or payable line of a relation, which opens a term."""
        if not self.gl_account or self.gl_account["Type"] not in (RECEIVABLE, PAYABLE):
            return False
        return self.is_batch or self.account is not None


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
        if posting.is_open_item:
            terms += _open_terms(books, entry, posting, line)
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


def _open_terms(books, entry, posting, line):
    """The open items of a line: one, or one for each instalment, the last with what is left."""
    due = entry.get("DueDate") or line["Date"]
    instalments = posting.instalments or ((Decimal(1), due),)
    left = {name: line[name] for name in ("AmountFC", "AmountDC")}
    terms = []
    for number, (share, due) in enumerate(instalments, 1):
        is_last = number == len(instalments)
        part = left if is_last else {name: cents(line[name] * share) for name in left}
        left = {name: left[name] - part[name] for name in left}
        if number > 1 and not part["AmountFC"]:
            continue
        terms.append(_open_term(books, entry, posting, line, {
            **part, "DueDate": due, "_instalment": number}))
    return terms


def _open_term(books, entry, posting, line, own):
    gl, account = posting.gl_account, posting.account or {}
    return books.insert("PaymentTerms", {
        **{name: line[name] for name in (
            "EntryID", "EntryNumber", "InvoiceNumber", "YourRef", "PaymentReference", "Currency",
            "Document", "DocumentNumber", "DocumentSubject", "GLAccount", "GLAccountCode",
            "GLAccountDescription", "Account", "AccountCode", "AccountName", "OrderNumber",
            "JournalDescription", "Description")},
        **own,
        "LineType": gl["Type"], "Journal": entry["JournalCode"], "RateFC": entry["ExchangeRate"],
        "AccountCountry": account.get("Country"), "Status": 20, "IsFullyPaid": False,
        "EntryDate": line["Date"], "InvoiceDate": line["Date"],
        "TransactionDueDate": entry.get("DueDate") or line["Date"],
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
    _set_status(books, entry_id, PROCESSED)
    for line in books.rows("TransactionLines", EntryID=entry_id):
        books.update("TransactionLines", line["ID"], Status=PROCESSED)
    for term in books.rows("PaymentTerms", TransactionEntryID=entry_id):
        books.update("PaymentTerms", term["ID"], TransactionStatus=PROCESSED)


def reject(books, entry_id):
    """Set an entry to rejected (5), which ledger lines do not know; it may be changed still."""
    _set_status(books, entry_id, REJECTED)
    for term in books.rows("PaymentTerms", TransactionEntryID=entry_id):
        books.update("PaymentTerms", term["ID"], ApprovalStatus=_APPROVAL_REJECTED)


def _set_status(books, entry_id, status):
    changes = {"Status": status, "StatusDescription": status_name(status)}
    books.update(header_table(books, entry_id), entry_id, **changes)
    books.update("Transactions", entry_id, **changes)


def link_document(books, entry_id, document):
    """Show a document (row or None) on an entry, its ledger lines and its terms.

    Lines that have a document of their own keep it.
    """
    before = (books.row("Transactions", entry_id) or {}).get("Document")
    table = header_table(books, entry_id)
    if table in _DOCUMENT_OF_HEADER:
        books.update(table, entry_id, **_link(document, _DOCUMENT_OF_HEADER[table]))
    if books.row("Transactions", entry_id):
        books.update("Transactions", entry_id, **_link(document))
    for row_table, column in (("TransactionLines", "EntryID"), (ENTRY_TABLES.get(table), "EntryID"),
                              ("PaymentTerms", "TransactionEntryID")):
        if "Document" not in TABLES.get(row_table, ()):
            continue
        for row in books.rows(row_table, **{column: entry_id}):
            if row["Document"] in (None, before):
                books.update(row_table, row["ID"], **_link(document))


def relabel_document(books, document):
    """Show the document's number and subject as they are now wherever it is shown."""
    for table, key, prefix in _showing(books, document["ID"]):
        books.update(table, key, **_link(document, prefix))


def forget_document(books, document_id, entry_id=None):
    """Show a document nowhere any more, or not on one entry."""
    for table, key, prefix in _showing(books, document_id, entry_id):
        books.update(table, key, **_link(None, prefix))


def uses_document(books, document_id):
    """True while some entry or line of one shows the document."""
    return any(books.first(table, Document=document_id)
               for table in ("Transactions", "TransactionLines"))


def _link(document, prefix="Document"):
    document = document or {}
    return {prefix: document.get("ID"), f"{prefix}Number": document.get("HID"),
            f"{prefix}Subject": document.get("Subject")}


def _showing(books, document_id, entry_id=None):
    """(table, key, name of its columns) of the rows that show a document."""
    for table in (*ENTRY_TABLES, *ENTRY_TABLES.values(), "Transactions", "TransactionLines",
                  "PaymentTerms"):
        prefix = _DOCUMENT_OF_HEADER.get(table, "Document")
        if prefix not in TABLES[table]:
            continue
        entry_column = "TransactionEntryID" if table == "PaymentTerms" else "EntryID"
        wanted = {} if entry_id is None else {entry_column: entry_id}
        for row in books.rows(table, **{prefix: document_id}, **wanted):
            yield table, row[PRIMARY_KEYS[table][0]], prefix
