# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Documents and their attachments (facts.md 4.8)."""

from decimal import Decimal

from .. import ledger
from ..errors import Refused
from ..writing import Writer, missing

_CATEGORY_OF_TYPE = {10: "Customers", 20: "Suppliers"}


def complete_document(books, values):
    """A document's values with number, type and relation filled in."""
    account = books.row("Accounts", values.get("Account"))
    kind = books.row("DocumentTypes", values.get("Type"))
    category = books.row("DocumentCategories", values.get("Category"))
    if category is None and account:
        name = _CATEGORY_OF_TYPE.get(values.get("Type"), "General")
        category = books.first("DocumentCategories", Description=name)
    return {
        "DocumentDate": books.today, "HasEmptyBody": not values.get("Body"), "SendMethod": 0,
        **values,
        "HID": values.get("HID") or books.next_number("document"),
        "TypeDescription": kind and kind["Description"],
        "AccountCode": account and account["Code"], "AccountName": account and account["Name"],
        "Category": category and category["ID"],
        "CategoryDescription": category and category["Description"],
    }


def complete_line_document(books, values, problems):
    """Judge the document of a general journal, bank or cash line; fill in number and subject."""
    row = books.row("Documents", values.get("Document"))
    if row:
        values |= {"DocumentNumber": row["HID"], "DocumentSubject": row["Subject"]}
    elif values.get("Document"):
        problems.append(books.text("reference", "Document"))


class DocumentWriter(Writer):
    def create(self, books, values):
        problems = missing(books, self.resource, values) + self.problems(books, values, None)
        if problems:
            raise Refused(problems)
        document = books.insert("Documents", complete_document(books, values))
        self._link_entry(books, document)
        return document["ID"]

    def change(self, books, row, values):
        super().change(books, row, values)
        document, before = books.row("Documents", row["ID"]), row["FinancialTransactionEntryID"]
        if {"Subject", "HID"} & set(values):
            ledger.relabel_document(books, document)
        if before and before != document["FinancialTransactionEntryID"]:
            ledger.forget_document(books, row["ID"], before)
        if "FinancialTransactionEntryID" in values:
            self._link_entry(books, document)

    def remove(self, books, row):
        if books.switch("document_in_use") == "refused" and ledger.uses_document(books, row["ID"]):
            raise Refused([books.text("in_use", "Document")])
        for attachment in books.rows("DocumentAttachments", Document=row["ID"]):
            books.remove("DocumentAttachments", attachment["ID"])
        books.remove("Documents", row["ID"])
        ledger.forget_document(books, row["ID"])

    def problems(self, books, values, row):
        texts = []
        if values.get("Type") is not None:
            kind = books.row("DocumentTypes", values["Type"])
            if kind is None:
                texts.append(books.text("reference", "DocumentType"))
            elif not kind["DocumentIsCreatable"]:
                texts.append("Document Type not allowed")
        for name, table in (("Account", "Accounts"), ("Category", "DocumentCategories")):
            key = values.get(name)
            if key and books.row(table, key) is None:
                if books.exists_elsewhere(table, key):
                    values[name] = None
                else:
                    texts.append(books.text("reference", name))
        return texts

    @staticmethod
    def _link_entry(books, document):
        entry = document.get("FinancialTransactionEntryID")
        if entry and ledger.header_table(books, entry):
            ledger.link_document(books, entry, document)


class AttachmentWriter(Writer):
    def problems(self, books, values, row):
        key = values.get("Document")
        if key and books.row("Documents", key) is None:
            return [books.text("reference", "Document")]
        return []

    def completed(self, books, values, row):
        return {**values, "FileSize": Decimal(len(values["Attachment"]))}
