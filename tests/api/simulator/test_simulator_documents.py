# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""facts.md 4.8: documents and the entries that show them, linked from either side."""

import pytest
from simulator_driver import BE

DOCUMENTS = f"{BE}/documents/Documents"
SALES = f"{BE}/salesentry/SalesEntries"
JOURNALS = f"{BE}/generaljournalentry/GeneralJournalEntries"


@pytest.fixture
def cabinet(exact):
    return Cabinet(exact)


class Cabinet:
    """Makes documents and reads who shows them."""

    def __init__(self, exact):
        self.exact = exact

    def document(self, subject="Paper", **values):
        return self.exact.created(DOCUMENTS, {"Subject": subject, "Type": 55, **values})["ID"]

    def entry_of(self, document):
        path = f"{DOCUMENTS}(guid'{document}')"
        return self.exact.get(path).json()["d"]["FinancialTransactionEntryID"]

    def sale(self, **header):
        return self.exact.created(SALES, self.exact.invoice(BE, 100, **header))["EntryID"]

    def journal(self, *lines):
        """A general journal entry of (GL code, amount, document) lines."""
        return self.exact.created(JOURNALS, {"JournalCode": "800", "GeneralJournalEntryLines": [
            {"GLAccount": self.exact.gl(BE, code), "AmountFC": amount, "Document": document}
            for code, amount, document in lines]})["EntryID"]

    def header(self, entry):
        row = self.exact.get(f"{SALES}(guid'{entry}')").json()["d"]
        return row["Document"], row["DocumentSubject"]

    def ledger(self, entry, resource="bulk/Financial/TransactionLines"):
        lines = self.exact.rows(f"{BE}/{resource}", filter=f"EntryID eq guid'{entry}'",
                                select="LineNumber,Document,DocumentSubject")
        return [(line["Document"], line["DocumentSubject"])
                for line in sorted(lines, key=lambda line: line["LineNumber"])]

    def term(self, entry):
        (row,) = self.exact.rows(f"{BE}/cashflow/Receivables", select="Document",
                                 filter=f"TransactionEntryID eq guid'{entry}'")
        return row["Document"]

    def change(self, document, **values):
        assert self.exact.put(f"{DOCUMENTS}(guid'{document}')", values).status_code == 204


# --- lines of a general journal, bank or cash entry -----------------------------------------------


def test_lines_of_a_general_journal_show_their_own_documents(cabinet):
    first, second = cabinet.document("First"), cabinet.document("Second")
    entry = cabinet.journal(("604000", 5, first), ("604000", 6, second), ("499000", -11, None))
    shown = [(first, "First"), (second, "Second"), (None, None)]
    assert cabinet.ledger(entry) == shown
    assert cabinet.ledger(entry, "financialtransaction/TransactionLines") == shown
    assert cabinet.ledger(entry, "generaljournalentry/GeneralJournalEntryLines") == shown
    assert [cabinet.entry_of(document) for document in (first, second)] == [entry, entry]


def test_a_document_for_the_whole_journal_entry_leaves_those_of_its_lines(cabinet):
    own = cabinet.document("Own")
    entry = cabinet.journal(("604000", 5, own), ("499000", -5, None))
    whole = cabinet.document("Whole", FinancialTransactionEntryID=entry)
    shown = [(own, "Own"), (whole, "Whole")]
    assert cabinet.ledger(entry) == shown
    assert cabinet.ledger(entry, "generaljournalentry/GeneralJournalEntryLines") == shown
    cabinet.change(whole, FinancialTransactionEntryID=None)
    assert cabinet.ledger(entry) == [(own, "Own"), (None, None)]


@pytest.mark.parametrize(("kind", "journal"), [("Bank", "501"), ("Cash", "570")])
def test_lines_of_a_bank_or_cash_entry_show_their_document(cabinet, kind, journal):
    exact, receipt = cabinet.exact, cabinet.document("Receipt")
    path = f"{BE}/financialtransaction/{kind}Entries"
    body = {"JournalCode": journal, f"{kind}EntryLines": [
        {"GLAccount": exact.gl(BE, "658000"), "AmountFC": -5, "Document": receipt}]}
    entry = exact.created(path, body)["EntryID"]
    assert cabinet.ledger(entry) == [(None, None), (receipt, "Receipt")]
    assert cabinet.entry_of(receipt) == entry
    body[f"{kind}EntryLines"][0]["Document"] = "99999999-0000-0000-0000-000000000000"
    assert exact.texts(path, body) == ["Invalid reference: Document"]


# --- from the document's side ---------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("is_processed", [False, True])
def test_an_entry_is_linked_from_its_document(cabinet, method, is_processed):
    entry = cabinet.sale()
    if is_processed:
        cabinet.exact.server.control(f"{BE}/process", {"entry": entry})
    if method == "POST":
        document = cabinet.document("Later", FinancialTransactionEntryID=entry)
    else:
        document = cabinet.document("Later")
        cabinet.change(document, FinancialTransactionEntryID=entry)
    assert cabinet.header(entry) == (document, "Later")
    assert cabinet.ledger(entry) == [(document, "Later")] * 3
    assert cabinet.term(entry) == document
    assert cabinet.entry_of(document) == entry


def test_a_document_moves_from_one_entry_to_another_and_off(cabinet):
    first, second = cabinet.sale(), cabinet.sale()
    document = cabinet.document("Moves", FinancialTransactionEntryID=first)
    cabinet.change(document, FinancialTransactionEntryID=second)
    assert cabinet.header(first) == (None, None)
    assert cabinet.ledger(first) == [(None, None)] * 3
    assert cabinet.header(second) == (document, "Moves")
    cabinet.change(document, FinancialTransactionEntryID=None)
    assert (cabinet.header(second), cabinet.term(second)) == ((None, None), None)


def test_a_new_subject_is_shown_and_an_older_document_does_not_come_back(cabinet):
    entry = cabinet.sale()
    older = cabinet.document("Older", FinancialTransactionEntryID=entry)
    newer = cabinet.document("Newer", FinancialTransactionEntryID=entry)
    cabinet.change(older, Subject="Oldest", Body="text")
    assert cabinet.header(entry) == (newer, "Newer")
    cabinet.change(newer, Subject="Newest")
    assert cabinet.header(entry) == (newer, "Newest")
    assert cabinet.ledger(entry) == [(newer, "Newest")] * 3
    assert cabinet.exact.delete(f"{DOCUMENTS}(guid'{older}')").status_code == 204
    assert cabinet.header(entry) == (newer, "Newest")


# --- deleting -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "text"), [
    ("en", "In use: Document"), ("nl", "In gebruik: Document"), ("fr", "Utilisé: Document")])
def test_a_document_in_use_stays(cabinet, switched, language, text):
    switched(language=language)
    document = cabinet.document()
    entry = cabinet.sale(Document=document)
    assert cabinet.exact.texts(f"{DOCUMENTS}(guid'{document}')", None, method="DELETE") == [text]
    assert cabinet.header(entry)[0] == document
    assert cabinet.exact.delete(f"{SALES}(guid'{entry}')").status_code == 204
    assert cabinet.exact.delete(f"{DOCUMENTS}(guid'{document}')").status_code == 204


def test_the_document_of_a_journal_line_is_in_use_too(cabinet):
    document = cabinet.document()
    cabinet.journal(("604000", 5, document), ("499000", -5, None))
    path = f"{DOCUMENTS}(guid'{document}')"
    assert cabinet.exact.texts(path, None, method="DELETE") == ["In use: Document"]


def test_deleting_may_remove_it_from_the_entry(cabinet, switched):
    switched(document_in_use="removed")
    document, other = cabinet.document(), cabinet.document("Other")
    entry = cabinet.sale(Document=document)
    journal = cabinet.journal(("604000", 5, document), ("604000", 1, other), ("499000", -6, None))
    assert cabinet.exact.delete(f"{DOCUMENTS}(guid'{document}')").status_code == 204
    assert cabinet.header(entry) == (None, None)
    assert cabinet.ledger(entry) == [(None, None)] * 3
    assert cabinet.ledger(journal) == [(None, None), (other, "Other"), (None, None)]
    deleted = cabinet.exact.rows(f"{BE}/sync/Deleted", filter="Timestamp gt 1L",
                                 select="EntityType,EntityKey")
    assert (6, document) in [(row["EntityType"], row["EntityKey"]) for row in deleted]


# --- the client's own mark ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sales", "purchase"])
def test_the_external_reference_is_kept_and_shown(exact, kind):
    path = f"{BE}/{kind}entry/{kind.title()}Entries"
    draft = exact.invoice if kind == "sales" else exact.bill
    entry = exact.created(path, draft(BE, 100, ExternalLinkReference="odoo-1"))
    assert entry["ExternalLinkReference"] == "odoo-1"
    condition = f"EntryID eq guid'{entry['EntryID']}'"

    def shown():
        resources = ("financialtransaction/Transactions", "financialtransaction/TransactionLines",
                     "bulk/Financial/TransactionLines")
        own = [row["ExternalLinkReference"] for resource in resources for row in exact.rows(
            f"{BE}/{resource}", filter=condition, select="ExternalLinkReference")]
        synced = exact.rows(f"{BE}/sync/Financial/TransactionLines", filter="Timestamp gt 1L",
                            select="EntryID,ExternalLinkReference")
        return set(own) | {row["ExternalLinkReference"] for row in synced
                           if row["EntryID"] == entry["EntryID"]}

    assert shown() == {"odoo-1"}
    assert exact.rows(path, filter="ExternalLinkReference eq 'odoo-1'", select="EntryID")
    reply = exact.put(f"{path}(guid'{entry['EntryID']}')", {"ExternalLinkReference": "odoo-2"})
    assert reply.status_code == 204
    assert shown() == {"odoo-2"}
