# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).

from decimal import Decimal

from odoo import Command, fields
from odoo.tests import tagged

from .common import ExactCase

DOCUMENTS = ".*/documents/Documents"
UPLOADS = ".*/documents/DocumentAttachments"
ENTRIES = ".*/(purchaseentry/PurchaseEntries|salesentry/SalesEntries)"
KIND = "inbox"
SELECT = {
    "documents/Documents": (
        "ID Subject Type Account AccountCode AmountFC Currency HID DocumentDate".split()
    ),
    "documents/DocumentAttachments": ("ID", "Document", "FileName", "FileSize"),
}


@tagged("standard", "post_install", "-at_install")
class TestInbox(ExactCase):
    """PDF only: the document and its files go to Exact, where the bookkeeper books from them."""

    def setUp(self):
        super().setUp()
        self.journal = self.company_data["default_journal_purchase"]
        self.journal.write(
            {
                "exact_is_sent": True,
                "exact_attachment_policy": "only",
                "exact_journal_id": False,
                "exact_credit_journal_id": False,
            }
        )
        self.vat = self.chart("attn_VAT-IN-V81-21")
        self.vat.exact_vat_code_id = False
        self.company_data["default_account_expense"].exact_gl_account_id = False

    def received(self, price=100.0, file=True, post=True, **values):
        """A bill in a journal of which nothing is mapped, with the supplier's file."""
        move = self.bill((price, self.vat), post=False, **values)
        if file:
            self.attach(move)
        if post:
            move.action_post()
        return move

    def lying(self, **values):
        move = self.received(**values)
        self.run_queue()
        self.assert_to_book(move)
        return move

    def assert_to_book(self, move):
        item = self.item(move, KIND)
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(move.exact_state, "to_book")

    def rows(self, resource, **by):
        """Rows of a resource, as the API gives them to anybody who is connected."""
        with self.enter_registry_test_mode():
            client = self.connection.sudo()._client()
            rows = list(client.read(self.division.code, resource, select=SELECT[resource]))
        return [row for row in rows if all(row[name] == value for name, value in by.items())]

    def document(self, move):
        binding = self.env["exact.operation"]._of_kind("document").with_company(
            self.company
        )._binding(move)
        found = self.rows("documents/Documents", ID=binding.exact_id)
        return found and found[0]

    def files(self, move):
        document = self.document(move)
        rows = self.rows("documents/DocumentAttachments", Document=document["ID"])
        return sorted((row["FileName"], int(row["FileSize"])) for row in rows)

    def all_entries(self):
        return self.simulator.control("GET", f"{self.division.code}/entries")["entries"]

    def book(self, move, amount=None, account=None, times=1):
        """What the bookkeeper books in Exact from the document; the numbers of the entries."""
        document = self.document(move)
        gl_account = self.mirror("exact.gl.account", "604000").exact_id
        with self.enter_registry_test_mode():
            client = self.connection.sudo()._client()
            return [
                client.post(
                    self.division.code,
                    "purchaseentry/PurchaseEntries",
                    {
                        "Supplier": account or document["Account"],
                        "Journal": "600",
                        "YourRef": move.ref,
                        "Document": document["ID"],
                        "PurchaseEntryLines": [
                            {
                                "GLAccount": gl_account,
                                "AmountFC": Decimal(str(amount or move.amount_untaxed)),
                                "VATCode": "5",
                            }
                        ],
                    },
                )["EntryID"]
                for _ in range(times)
            ]

    def read_ledger(self):
        self.env["exact.sync.queue"]._enqueue("ledger_lines", self.division)
        self.run_queue()

    def notes(self, move):
        return "\n".join(move.message_ids.mapped("body"))

    # -- sending ----------------------------------------------------------------------------------

    def test_document_and_files_lie_in_exact_and_nothing_is_booked(self):
        self.count_calls("POST", ENTRIES)
        move = self.received(post=False)
        note = self.env["ir.attachment"].create(
            {"name": "note.txt", "raw": b"note", "res_model": move._name, "res_id": move.id}
        )
        self.assertFalse(move.exact_refusal)
        move.action_post()
        self.assertEqual(move.exact_state, "queued")
        before = len(self.all_entries())
        self.run_queue()
        self.assert_to_book(move)
        self.assertEqual(self.calls_counted(), [0])
        self.assertEqual(len(self.all_entries()), before)
        document = self.document(move)
        supplier = self.item(move.partner_id, "contact")
        self.assertEqual(
            {name: document[name] for name in ("Subject", "Type", "AmountFC", "Currency")},
            {
                "Subject": f"F-20871 ({move.name})",
                "Type": 20,
                "AmountFC": 121.0,
                "Currency": "EUR",
            },
        )
        self.assertEqual(document["AccountCode"].strip(), supplier.exact_number)
        original = move.message_main_attachment_id
        self.assertEqual(
            self.files(move), [(note.name, 4), (original.name, len(original.raw))]
        )
        self.assertEqual(move.exact_number, str(document["HID"]))

    def test_it_is_found_by_its_own_state(self):
        move = self.lying()
        moves = self.env["account.move"]
        for state, found in (("to_book", move), ("done", moves), ("changed", moves)):
            self.assertEqual(
                moves.search([("exact_state", "=", state), ("id", "=", move.id)]), found
            )
        self.assertFalse(move.exact_lacks_file)

    def test_a_sale_goes_with_its_pdf_and_its_type(self):
        self.company_data["default_journal_sale"].exact_attachment_policy = "only"
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self.assert_to_book(move)
        document, pdf = self.document(move), move._exact_kept_pdf()
        self.assertEqual((document["Type"], document["Subject"]), (10, move.name))
        self.assertEqual(self.files(move), [(pdf.name, len(pdf.raw))])
        self.assertEqual(self.entries(move), [])

    def test_a_credit_note_has_a_negative_amount(self):
        move = self.lying(move_type="in_refund", ref="C-1")
        self.assertEqual(self.document(move)["AmountFC"], -121.0)

    def test_a_bill_without_file_is_refused_in_words_and_goes_once_it_has_one(self):
        move = self.received(file=False, post=False)
        self.assertIn("Attach the bill's file", move.exact_refusal)
        move.action_post()
        self.run_queue()
        item = self.item(move, KIND)
        self.assertEqual((item.state, item.cause), ("failed", "bill_without_file"))
        self.assertEqual(self.rows("documents/Documents"), [])
        self.attach(move)
        self.run_queue()
        self.assert_to_book(move)

    def test_a_late_file_follows_and_the_last_one_taken_off_is_told(self):
        move = self.lying()
        late = self.env["ir.attachment"].create(
            {"name": "page 2.pdf", "raw": b"%PDF-2", "res_model": move._name, "res_id": move.id}
        )
        self.run_queue()
        self.assert_to_book(move)
        self.assertEqual(len(self.files(move)), 2)
        (late + move.message_main_attachment_id).unlink()
        self.run_queue()
        self.assertEqual(self.files(move), [])
        self.assertEqual(self.item(move, KIND).cause, "bill_without_file")

    def test_a_change_reaches_the_document(self):
        move = self.lying()
        move.button_draft()
        move.invalidate_recordset()
        self.assertEqual(move.exact_state, "changed")
        move.write({"ref": "F-20872"})
        move.invoice_line_ids.price_unit = 200.0
        move.action_post()
        self.run_queue()
        self.assert_to_book(move)
        document = self.document(move)
        self.assertEqual(
            (document["Subject"], document["AmountFC"]), (f"F-20872 ({move.name})", 242.0)
        )

    def test_lost_answers_neither_double_nor_lose(self):
        for path in (DOCUMENTS, UPLOADS):
            with self.subTest(path):
                self.fault("cut_after_commit", "POST", path, times="once")
                before = len(self.rows("documents/Documents"))
                move = self.received(ref=path)
                self.run_queue()
                self.assert_to_book(move)
                self.assertEqual(len(self.rows("documents/Documents")), before + 1)
                self.assertEqual(len(self.files(move)), 1)

    # -- what becomes of it -----------------------------------------------------------------------

    def test_cancelled_deleted_or_undone_it_is_removed(self):
        for leave in (self.cancel, self.delete, self.undo):
            with self.subTest(leave.__name__):
                move = self.lying(ref=leave.__name__)
                leave(move)
                self.run_queue()
                item = self.item(move, KIND)
                self.assertEqual((item.state, item.is_removal), ("done", True), item.message)
                self.assertEqual(self.rows("documents/Documents"), [])

    def cancel(self, move):
        move.button_draft()
        self.run_queue()
        self.assertTrue(self.document(move), "a draft waits")
        move.button_cancel()

    def delete(self, move):
        move.button_draft()
        move.with_context(force_delete=True).unlink()

    def undo(self, move):
        wizard = move.action_exact_undo()
        self.env[wizard["res_model"]].browse(wizard["res_id"]).action_undo()

    def test_what_was_undone_goes_again_when_somebody_sends_it(self):
        move = self.lying()
        self.undo(move)
        self.run_queue()
        self.assertEqual(move.exact_state, "removed")
        move.action_exact_send()
        self.run_queue()
        self.assert_to_book(move)

    def test_the_company_may_leave_it(self):
        self.company.exact_removal = "leave"
        move = self.lying()
        move.button_draft()
        move.button_cancel()
        self.run_queue()
        self.assertTrue(self.document(move))

    def test_what_was_booked_from_it_keeps_it_and_a_person_is_told(self):
        move = self.lying()
        [entry_id] = self.book(move)
        move.button_draft()
        move.button_cancel()
        self.run_queue()
        item = self.item(move, KIND)
        self.assertEqual((item.state, item.error_class), ("failed", "conflict"), item.message)
        self.assertIn("was booked from it", item.message)
        self.assertTrue(self.document(move))
        self.simulator.control("DELETE", f"{self.division.code}/entries/{entry_id}")
        item.action_retry()
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)

    def test_what_went_as_pdf_only_is_not_booked_when_the_journal_books_later(self):
        move = self.lying()
        self.map_purchases()
        self.journal.exact_attachment_policy = "main"
        move.invalidate_recordset()
        self.count_calls("POST", ENTRIES)
        move.action_exact_send()
        move.button_draft()
        move.action_post()
        self.run_queue()
        self.assert_to_book(move)
        self.assertEqual(self.calls_counted(), [0])
        other = self.received(ref="F-2")
        self.run_queue()
        self.assertEqual(other.exact_state, "done", "the next one is booked")

    def test_what_is_not_sent_yet_goes_as_its_journal_says_by_then(self):
        self.map_purchases()
        with self.simulator.out_of_reach():
            only = self.received(ref="F-1")
            self.run_queue()
            self.journal.exact_attachment_policy = "main"
            booked = self.received(ref="F-2")
            self.run_queue()
        self.journal.exact_attachment_policy = "only"
        self.env["exact.sync.queue"].search([("state", "=", "waiting")]).action_retry()
        self.run_queue()
        self.assert_to_book(only)
        self.assert_to_book(booked)
        self.assertEqual(self.item(booked, "purchase_entry").state, "cancelled")

    def test_what_is_booked_stays_booked(self):
        self.map_purchases()
        self.journal.exact_attachment_policy = "main"
        move = self.received()
        self.run_queue()
        self.assertEqual(move.exact_state, "done")
        self.journal.exact_attachment_policy = "only"
        move.button_draft()
        move.invoice_line_ids.price_unit = 10.0
        move.action_post()
        self.run_queue()
        self.assertEqual(move.exact_state, "done")
        self.assertFalse(self.item(move, KIND))

    def test_what_was_booked_and_is_undone_goes_as_pdf_only_by_then(self):
        self.map_purchases()
        self.journal.exact_attachment_policy = "main"
        move = self.received()
        self.run_queue()
        self.journal.exact_attachment_policy = "only"
        self.undo(move)
        self.run_queue()
        self.assertEqual(move.exact_state, "removed")
        move.action_exact_send()
        self.run_queue()
        self.assert_to_book(move)

    # -- what the bookkeeper booked -----------------------------------------------------------

    def test_the_entry_that_was_booked_from_it_is_linked_once_the_ledger_is_read(self):
        move, other = self.lying(), self.lying(ref="F-2")
        [entry_id] = self.book(move)
        self.count_calls("(POST|PUT|DELETE)", ".*/(documents|purchaseentry)/.*")
        self.division.action_refresh()
        self.run_queue()
        move.invalidate_recordset()
        binding = self.env["exact.binding"].search([("exact_id", "=", entry_id)])
        self.assertEqual((binding.res_id, binding.adopted), (move.id, True))
        self.assertEqual(move.exact_state, "done")
        self.assertEqual(move.exact_number, binding.code)
        self.assertIn("Linked to it; nothing was sent", self.notes(move))
        self.assertEqual(other.exact_state, "to_book")
        self.read_ledger()
        move.action_exact_send()
        self.assertEqual(self.calls_counted(), [0])

    def test_a_file_that_comes_after_it_was_booked_there_follows(self):
        move = self.lying()
        self.book(move)
        self.read_ledger()
        self.env["ir.attachment"].create(
            {"name": "late.txt", "raw": b"late", "res_model": move._name, "res_id": move.id}
        )
        self.run_queue()
        self.assertIn(("late.txt", 4), self.files(move))
        self.assertEqual(move.exact_state, "done")

    def test_another_total_or_contact_is_told_once_with_both_figures(self):
        other = self.supplier(name="Someone Else", vat=False, supplier_rank=1)
        self.env["exact.sync.queue"]._enqueue("contact", other, self.company)
        self.run_queue()
        contact = self.env["exact.operation"]._of_kind("contact").with_company(self.company)
        move = self.lying()
        [entry_id] = self.book(move, amount=90.0, account=contact._exact_id(other))
        self.read_ledger()
        self.assertEqual(move.exact_state, "to_book")
        self.assertIn("Total: 121.00 in Odoo, 108.90 in Exact", self.notes(move))
        self.assertIn("Someone Else in Exact", self.notes(move))
        before = len(move.message_ids)
        self.read_ledger()
        self.assertEqual(len(move.message_ids), before)
        self.simulator.control("DELETE", f"{self.division.code}/entries/{entry_id}")
        self.book(move)
        self.read_ledger()
        self.assertEqual(move.exact_state, "done", "it is linked once it is right")

    def test_two_entries_of_one_document_are_told(self):
        move = self.lying()
        self.book(move, times=2)
        self.read_ledger()
        self.assertEqual(move.exact_state, "to_book")
        self.assertIn("Booked more than once", self.notes(move))

    def test_the_agreement_report_knows_both(self):
        lying, booked = self.lying(ref="F-1"), self.lying(ref="F-2")
        self.book(booked)
        first = fields.Date.today().replace(day=1)
        report = self.env["exact.agreement"].create({"date_from": first, "date_to": lying.date})
        report.action_compare()
        self.run_queue()
        self.assertEqual(report.state, "done", report.status)
        texts = {row.number: row.text for row in report.document_ids}
        self.assertIn("lies in Exact Online to be booked", texts[lying.name])
        self.assertNotIn(
            "missing_in_exact",
            report.document_ids.filtered(lambda row: row.number == booked.name).mapped("kind"),
        )

    def test_past_documents_go_as_pdf_only_too(self):
        self.journal.exact_is_sent = False
        move = self.received()
        self.journal.exact_is_sent = True
        fill = self.env["exact.back.fill"].create({"journal_ids": [Command.set(self.journal.ids)]})
        fill.action_count()
        self.run_queue()
        self.assertEqual((fill.document_count, fill.accepted_count), (1, 1))
        fill.action_start()
        self.run_queue()
        self.assert_to_book(move)
