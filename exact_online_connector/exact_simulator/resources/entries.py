# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""salesentry and purchaseentry: invoices and credit notes (facts.md 4.6, 4.7, 8)."""

from .. import ledger, matching, numbering, periods
from ..errors import Refused
from ..schema import RESOURCES
from ..writing import Writer, missing
from . import withholding
from .documents import complete_document
from .entry_draft import (
    PURCHASES,
    SHARES,
    Draft,
    apply_damage,
    complete_header,
    complete_line,
    judge_number,
    settle_amounts,
)
from .entry_posting import post_entry

_CHANGEABLE = {"YourRef", "Description", "Document", "PaymentReference", "PaymentCondition",
               "OrderNumber", "ExternalLinkReference", "InvoiceNumber", "EntryDate", "DueDate",
               "Rate", "Reversal", "BatchNumber", "ProcessNumber", "GAccountAmountFC",
               "VATAmountFC", *withholding.HEADER_FIELDS}


class EntryWriter(Writer):
    """Headers with their lines; every change of substance posts the entry anew."""

    def __init__(self, resource, kind):
        super().__init__(resource)
        self.kind = kind

    def create(self, books, values):
        draft = Draft(books, self.kind, dict(values), missing(books, self.resource, values))
        lines = draft.values.pop(self.kind.lines, None) or []
        complete_header(draft)
        stored_lines = [complete_line(draft, line) for line in lines]
        judge_number(draft)
        if draft.problems:
            raise Refused(draft.problems)
        header = draft.values
        apply_damage(draft, stored_lines)
        settle_amounts(draft, stored_lines)
        if header.get("EntryNumber") is None:
            header["EntryNumber"] = numbering.next_entry_number(
                books, draft.journal, header["ReportingYear"])
        if header.get("InvoiceNumber") is None:
            header["InvoiceNumber"] = header["EntryNumber"]
        header = books.insert(self.kind.table, header)
        _link(draft, header)
        _store_lines(books, self.kind, header, stored_lines)
        post_entry(books, self.kind, header)
        return header["EntryID"]

    def change(self, books, row, values):
        _check_changeable(books, row)
        changes = {name: value for name, value in values.items()
                   if not (name in row and row[name] == value)}
        forbidden = sorted(set(changes) - _CHANGEABLE - {"Type", "AmountDC"})
        if forbidden:
            raise Refused([books.text("not_allowed", forbidden[0])])
        if set(changes) <= {"Document"}:
            if changes:
                _relink(books, row, changes["Document"])
            return
        self._repost(books, row, changes)

    def _repost(self, books, row, changes):
        kind = self.kind
        _check_unmatched(books, row)
        values = {name: row[name] for name in RESOURCES[self.resource.name].fields
                  if name in row and not name.startswith("_")}
        if "EntryDate" in changes:
            values |= {"ReportingYear": None, "ReportingPeriod": None, "DueDate": None}
        if "PaymentCondition" in changes:
            values["DueDate"] = None
        values |= changes
        withholding.reset(values, changes)
        draft = Draft(books, kind, values, [])
        complete_header(draft)
        lines = [complete_line(draft, line)
                 for line in books.rows(kind.lines, EntryID=row["EntryID"], order="LineNumber")]
        if draft.problems:
            raise Refused(draft.problems)
        settle_amounts(draft, lines)
        _restore(books, kind, row["EntryID"], draft.values, lines)
        if "Document" in changes:
            _relink(books, row, changes["Document"])

    def remove(self, books, row):
        _check_changeable(books, row)
        _check_unmatched(books, row)
        ledger.delete_entry(books, row["EntryID"])


class EntryLineWriter(Writer):
    """Lines on their own: the way to change an entry's lines (facts.md 4.6)."""

    def __init__(self, resource, kind):
        super().__init__(resource)
        self.kind = kind

    def create(self, books, values):
        problems = missing(books, self.resource, values)
        header = books.row(self.kind.table, values.get("EntryID"))
        if values.get("EntryID") and header is None:
            problems.append(books.text("reference", "EntryID"))
        if problems:
            raise Refused(problems)
        lines = self._lines(books, header)
        before = {line["ID"] for line in lines}
        self._repost(books, header, [*lines, values])
        return next(line["ID"] for line in self._lines(books, header) if line["ID"] not in before)

    def change(self, books, row, values):
        header = books.row(self.kind.table, row["EntryID"])
        changed = {**row, **values}
        if "VATAmountFC" not in values:
            changed["VATAmountFC"] = None
        if "GLAccount" in values:
            # Another account has other defaults.
            changed |= {name: values.get(name) for name in SHARES if name in row}
        self._repost(books, header, [changed if line["ID"] == row["ID"] else line
                                     for line in self._lines(books, header)])

    def remove(self, books, row):
        header = books.row(self.kind.table, row["EntryID"])
        rest = [line for line in self._lines(books, header) if line["ID"] != row["ID"]]
        if rest:
            self._repost(books, header, rest)
            return
        # Deleting the last line deletes the entry.
        _check_changeable(books, header)
        _check_unmatched(books, header)
        ledger.delete_entry(books, header["EntryID"])

    def _lines(self, books, header):
        return books.rows(self.kind.lines, EntryID=header["EntryID"], order="LineNumber")

    def _repost(self, books, header, lines):
        _check_changeable(books, header)
        _check_unmatched(books, header)
        draft = Draft(books, self.kind, dict(header), [])
        complete_header(draft)
        stored = [complete_line(draft, line) for line in lines]
        if draft.problems:
            raise Refused(draft.problems)
        draft.values.pop("VATAmountFC", None)
        settle_amounts(draft, stored)
        _restore(books, self.kind, header["EntryID"], draft.values, stored)


def _check_changeable(books, row):
    if books.switch("put_entry") == "refused":
        raise Refused([books.text("not_allowed", "EntryID")])
    if row["Status"] == ledger.PROCESSED:
        raise Refused([books.text("processed")])
    if row["Status"] == ledger.REJECTED and books.switch("rejected_entry") == "fixed":
        raise Refused([books.text("not_allowed", "Status")])
    if not periods.is_open(books, row["Journal"], row["ReportingYear"], row["ReportingPeriod"]):
        raise Refused([books.text("period_closed", str(row["ReportingYear"]),
                                  str(row["ReportingPeriod"]))])


def _check_unmatched(books, row):
    if matching.is_matched(books, row["EntryID"]):
        raise Refused([books.text("matched")])


# --- storing and posting ------------------------------------------------------------------------


def _link(draft, header):
    """Fill the document's number and subject; a purchase entry makes a document of its own."""
    books, kind = draft.books, draft.kind
    document = books.row("Documents", header.get("Document"))
    if header.get("Document") and document is None:
        if not books.exists_elsewhere("Documents", header["Document"]):
            raise Refused([books.text("reference", "Document")])
    is_lost = "lose_document_link" in books.damage
    if document is None and kind is PURCHASES and not header.get("Document") and not is_lost:
        document = _own_document(draft, header)
    header |= {"Document": document and document["ID"],
               "DocumentNumber": document and document["HID"],
               "DocumentSubject": document and document["Subject"]}
    books.update(kind.table, header["EntryID"], Document=header["Document"],
                 DocumentNumber=header["DocumentNumber"],
                 DocumentSubject=header["DocumentSubject"])
    if document:
        books.update("Documents", document["ID"], FinancialTransactionEntryID=header["EntryID"])


def _own_document(draft, header):
    subject = header.get("Description") or f"{header['TypeDescription']}: {header['EntryNumber']}"
    values = complete_document(draft.books, {
        "Subject": subject, "Type": draft.kind.document_type, "DocumentDate": header["EntryDate"],
        "Account": header[draft.kind.party], "Currency": header["Currency"],
        "AmountFC": header["AmountFC"],
    })
    return draft.books.insert("Documents", values)


def _relink(books, row, key):
    document = books.row("Documents", key)
    if key and document is None and not books.exists_elsewhere("Documents", key):
        raise Refused([books.text("reference", "Document")])
    if "lose_document_link" in books.damage:
        document = None
    ledger.link_document(books, row["EntryID"], document)
    if document:
        books.update("Documents", document["ID"], FinancialTransactionEntryID=row["EntryID"])


def _store_lines(books, kind, header, lines):
    for number, line in enumerate(lines, 1):
        stored = {name: value for name, value in line.items() if not name.startswith("_")}
        stored |= {"EntryID": header["EntryID"], "LineNumber": number}
        line["ID"] = books.insert(kind.lines, stored)["ID"]


def _restore(books, kind, entry_id, values, lines):
    """Replace what is stored of an entry by new values and post it again, open."""
    ledger.unpost(books, entry_id)
    for line in books.rows(kind.lines, EntryID=entry_id):
        books.remove(kind.lines, line["ID"])
    changes = {name: value for name, value in values.items()
               if not name.startswith("_") and name not in (
                   "EntryID", "Created", "Modified", "Creator", "CreatorFullName", "Modifier",
                   "ModifierFullName", "Division")}
    changes |= {"Status": ledger.OPEN, "StatusDescription": ledger.status_name(ledger.OPEN)}
    books.update(kind.table, entry_id, **changes)
    header = books.row(kind.table, entry_id)
    _store_lines(books, kind, header, lines)
    post_entry(books, kind, header)
