# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib
from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import ExactCase

UPLOADS = ".*/documents/DocumentAttachments"
ENTRIES = ".*/salesentry/SalesEntries"


@tagged("standard", "post_install", "-at_install")
class TestAttachments(ExactCase):
    """A journal may send every attachment of a document: each once, and the entry once."""

    def setUp(self):
        super().setUp()
        self.journal = self.company_data["default_journal_sale"]
        self.journal.exact_attachment_policy = "all"

    def file(self, move, name, raw):
        return self.env["ir.attachment"].create(
            {"name": name, "raw": raw, "res_model": move._name, "res_id": move.id}
        )

    def sent(self, move):
        """``[(name, hash)]`` of the files that Exact holds with the entry, in any order."""
        [entry] = self.entries(move)
        return sorted((file["file_name"], file["sha256"]) for file in entry["attachments"])

    def expected(self, *files):
        return sorted((file.name, hashlib.sha256(file.raw).hexdigest()) for file in files)

    def assert_done(self, move):
        self.assertEqual(self.item(move).state, "done", self.item(move).message)

    def test_all_attachments_go_along_the_pdf_first(self):
        move = self.invoice((100.0, self.tax(21)))
        first = self.file(move, "timesheet.csv", b"hours;8")
        second = self.file(move, "terms.txt", b"our terms")
        self.run_queue()
        self.assert_done(move)
        pdf = move._exact_kept_pdf()
        self.assertEqual(self.sent(move), self.expected(pdf, first, second))
        items = [self.item(file, "attachment") for file in (pdf, first, second)]
        self.assertEqual([item.state for item in items], ["done"] * 3)
        self.assertEqual([item.id for item in items], sorted(item.id for item in items))

    def test_only_the_pdf_goes_along_where_the_journal_says_so(self):
        self.journal.exact_attachment_policy = "main"
        move = self.invoice((100.0, self.tax(21)))
        self.file(move, "timesheet.csv", b"hours;8")
        self.run_queue()
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf()))

    def test_nothing_is_sent_twice(self):
        move = self.invoice((100.0, self.tax(21)))
        self.file(move, "timesheet.csv", b"hours;8")
        self.run_queue()
        before = self.sent(move)
        self.count_calls("POST", UPLOADS)
        move.action_exact_send()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.calls_counted(), [0])
        self.assertEqual(self.sent(move), before)

    def test_what_is_attached_later_follows_when_it_is_sent_again(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        [before] = self.entries(move)
        late = self.file(move, "late.txt", b"late")
        move.action_exact_send()
        self.run_queue()
        self.assert_done(move)
        [entry] = self.entries(move)
        self.assertEqual(entry["entry_id"], before["entry_id"])
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf(), late))

    def test_a_failed_upload_never_books_again(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        late = self.file(move, "late.txt", b"late")
        self.count_calls("POST", ENTRIES)
        self.fault("status", "POST", UPLOADS, times="once", status=400)
        move.action_exact_send()
        self.run_queue()
        item = self.item(late, "attachment")
        self.assertEqual(item.state, "failed", item.message)
        self.assertEqual(len(self.entries(move)), 1)
        item.action_retry()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf(), late))
        self.assertEqual(self.calls_counted()[0], 0, "booked once, before")

    def test_a_lost_answer_among_files_of_one_name_sends_each_once(self):
        move = self.invoice((100.0, self.tax(21)))
        first = self.file(move, "photo.png", b"one")
        self.run_queue()
        second = self.file(move, "photo.png", b"two")
        self.fault("cut_after_commit", "POST", UPLOADS, times="once")
        move.action_exact_send()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf(), first, second))

    def test_what_a_lost_answer_left_there_is_not_taken_for_another_of_its_name(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("exact_online_connector.settle_seconds", 60)
        self.map_purchases()
        move = self.bill((100.0, self.chart("attn_VAT-IN-V81-21")))
        items = []
        for raw, effect in ((b"one", "cut_after_commit"), (b"two", "cut_before_commit")):
            file = self.attach(move, raw=raw)
            self.fault(effect, "POST", UPLOADS, times="once")
            move.action_exact_send()
            self.run_queue()
            items.append(self.item(file, "attachment").sudo())
        self.assertEqual(items[1].waiting_for_id, items[0], items[1].message)
        for _attempt in range(3):
            self.clock.tick(timedelta(hours=1))
            self.run_queue()
        self.assertEqual(self.item(move, "purchase_entry").state, "done")
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        [files] = [each["attachments"] for each in entries if each["header"]["YourRef"] == move.ref]
        digests = [each["sha256"] for each in files]
        self.assertEqual(digests, [hashlib.sha256(b"two").hexdigest()])

    def test_a_file_that_is_replaced_while_its_answer_is_lost_is_looked_for(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("exact_online_connector.settle_seconds", 60)
        move = self.invoice((100.0, self.tax(21)))
        self.fault("cut_after_commit", "POST", UPLOADS, times="once")
        self.run_queue()
        print_of_before = move._exact_kept_pdf()
        item = self.item(print_of_before, "attachment")
        self.assertEqual(item.state, "checking", item.message)
        move.button_draft()
        move.invoice_line_ids.price_unit = 50.0
        self.clock.tick(timedelta(minutes=10))
        self.run_queue()
        self.assertFalse(item.error_class, item.message)
        move.action_post()
        self.run_queue()
        self.assert_done(move)
        self.assertNotEqual(move._exact_kept_pdf(), print_of_before)
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf()))

    def test_a_print_of_the_past_does_not_go_along(self):
        move = self.invoice((100.0, self.tax(21)))
        photo = self.file(move, "photo.png", b"one")
        self.run_queue()
        move.button_draft()
        move.invoice_line_ids.price_unit = 50.0
        move.action_post()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf(), photo))

    def test_a_bill_sends_its_original_once_and_the_others(self):
        self.map_purchases()
        self.company_data["default_journal_purchase"].exact_attachment_policy = "all"
        move = self.bill((100.0, self.chart("attn_VAT-IN-V81-21")))
        note = self.file(move, "note.txt", b"delivered")
        original = self.attach(move)
        self.run_queue()
        item = self.item(move, "purchase_entry")
        self.assertEqual(item.state, "done", item.message)
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        [entry] = [entry for entry in entries if entry["header"]["YourRef"] == move.ref]
        names = sorted(file["file_name"] for file in entry["attachments"])
        self.assertEqual(names, [note.name, original.name])

    def test_a_file_that_is_too_large_is_told_before_anything_is_sent(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("exact_online_connector.attachment_megabytes", "0.5")
        move = self.invoice((100.0, self.tax(21)), post=False)
        large = self.file(move, "scan.tif", b"x" * 600_000)
        self.assertIn("scan.tif has 0.6 MB, and at most 0.5 MB go along", move.exact_refusal)
        move.action_post()
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.cause), ("failed", "file_too_large"), item.message)
        self.assertEqual(item.action_mend()["res_id"], move.id)
        self.assertEqual(self.entries(move), [])
        self.assertFalse(self.item(move, "document"))
        large.unlink()
        item.action_retry()
        self.run_queue()
        self.assert_done(move)

    # -- what comes and goes later ----------------------------------------------------------------

    def booked(self, **values):
        move = self.invoice((100.0, self.tax(21)), **values)
        self.run_queue()
        self.assert_done(move)
        return move

    def test_a_late_file_follows_by_itself_and_the_entry_is_not_touched(self):
        move = self.booked()
        self.process(move)
        self.count_calls("(POST|PUT|DELETE)", ENTRIES)
        self.count_calls("POST", UPLOADS)
        late = self.file(move, "late.txt", b"late")
        self.assertEqual(move.exact_state, "queued")
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.calls_counted(), [0, 1])
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf(), late))

    def test_a_late_file_in_a_message_follows_too(self):
        move = self.booked()
        message = move.message_post(body="Proof", attachments=[("proof.txt", b"signed")])
        self.run_queue()
        self.assertEqual(
            self.sent(move), self.expected(move._exact_kept_pdf(), message.attachment_ids)
        )

    def test_a_late_file_that_is_refused_is_told_on_the_document(self):
        move = self.booked()
        self.file(move, "macro.VBS", b"MsgBox 1")
        self.run_queue()
        self.assertEqual(move.exact_state, "problem")

    def test_where_only_the_pdf_goes_along_nothing_follows(self):
        self.journal.exact_attachment_policy = "main"
        move = self.booked()
        self.file(move, "late.txt", b"late")
        move.message_post(body="Proof", attachments=[("proof.txt", b"signed")])
        self.assertEqual(move.exact_state, "done")

    def test_what_odoo_prints_itself_is_no_late_file(self):
        move = self.booked()
        before = self.sent(move)
        self.customer.email = "an@example.com"
        with self.allow_pdf_render():
            self.env["account.move.send"]._generate_and_send_invoices(
                move, sending_methods=["email"]
            )
        self.assertTrue(move.invoice_pdf_report_id)
        report = self.env.ref("account.account_invoices")
        report.attachment = "'print.pdf'"
        with self.allow_pdf_render():
            report.with_context(force_report_rendering=True)._render_qweb_pdf(report, move.ids)
        self.assertTrue(self.env["ir.attachment"].search([("name", "=", "print.pdf")]))
        self.assertEqual(move.exact_state, "done", "nothing is queued")
        move.action_exact_send()
        self.run_queue()
        self.assertEqual(self.sent(move), before)

    def test_files_of_a_draft_do_nothing_until_it_is_posted(self):
        draft = self.invoice((100.0, self.tax(21)), post=False)
        self.file(draft, "early.txt", b"early")
        move = self.booked()
        move.button_draft()
        queue = self.env["exact.sync.queue"]
        before = queue.search_count([])
        late = self.file(move, "late.txt", b"late")
        self.assertEqual(queue.search_count([]), before)
        move.action_post()
        self.run_queue()
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf(), late))

    def test_many_files_cost_few_queries(self):
        move = self.booked()
        drafts = self.env["account.move"].union(
            *(self.invoice((1.0, self.tax(21)), post=False) for _ in range(3))
        )
        self.env.flush_all()

        def attach(moves, count):
            files = self.env["ir.attachment"]
            started = self.env.cr.sql_log_count
            files.create(
                [
                    {"name": f"{number}.txt", "raw": b"x", "res_model": moves._name, "res_id": id_}
                    for number in range(count)
                    for id_ in moves.ids
                ]
            )
            self.env.flush_all()
            return self.env.cr.sql_log_count - started

        attach(move, 1), attach(drafts, 1)
        few, many = attach(move, 2), attach(move, 200)
        self.assertLess(many - few, 20)
        few, many = attach(drafts, 2), attach(drafts, 150)
        self.assertLess(many - few, 20)

    def test_a_file_that_is_taken_off_leaves_exact_too(self):
        move = self.booked()
        late, moved = self.file(move, "late.txt", b"late"), self.file(move, "moved.txt", b"m")
        self.run_queue()
        self.assertEqual(len(self.sent(move)), 3)
        late.unlink()
        moved.write({"res_model": "res.partner", "res_id": self.customer.id})
        self.run_queue()
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf()))

    def test_a_file_that_is_taken_off_stays_where_the_company_or_exact_keeps_it(self):
        move = self.booked()
        late = self.file(move, "late.txt", b"late")
        self.run_queue()
        self.company.exact_removal = "leave"
        late.unlink()
        self.run_queue()
        self.assertEqual(len(self.sent(move)), 2)

    def test_with_a_deleted_document_goes_all_and_no_file_is_queued(self):
        move = self.booked()
        late = self.file(move, "late.txt", b"late")
        self.run_queue()
        move.button_draft()
        move.button_cancel()
        self.run_queue()
        move.with_context(force_delete=True).unlink()
        self.run_queue()
        self.assertEqual(self.item(late, "attachment").state, "done", "as it was sent")

    # -- what never travels -----------------------------------------------------------------------

    def test_programs_and_scripts_never_travel_and_are_told_before(self):
        move = self.invoice((100.0, self.tax(21)), post=False)
        file = self.file(move, "Read me.EXE", b"MZ")
        self.assertIn("The file Read me.EXE is a program or script (.exe)", move.exact_refusal)
        move.action_post()
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.cause), ("failed", "file_of_refused_type"))
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("exact_online_connector.refused_file_endings", "zip, .rar")
        item.action_retry()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf(), file))

    # -- booked without ---------------------------------------------------------------------------

    def booked_without(self):
        """An invoice that was booked before its journal wanted the PDF."""
        self.journal.exact_attachment_policy = "none"
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self.assertFalse(move.exact_lacks_file, "none is wanted")
        self.journal.exact_attachment_policy = "main"
        move.invalidate_recordset()
        return move

    def listed(self):
        return self.env["account.move"].search([("exact_lacks_file", "=", True)])

    def test_a_booking_without_document_is_listed_until_its_file_is_sent(self):
        complete = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        move = self.booked_without()
        [before] = self.entries(move)
        self.assertEqual(self.listed(), move)
        self.assertEqual(move.exact_file_state, "send")
        self.assertFalse(complete.exact_lacks_file)
        self.assertFalse(complete.exact_file_state)
        answer = move.action_exact_send_file()
        self.assertIn("1 on the way", answer["params"]["message"])
        self.run_queue()
        self.assert_done(move)
        [entry] = self.entries(move)
        self.assertEqual(entry["entry_id"], before["entry_id"], "linked, not booked again")
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf()))
        self.assertFalse(self.listed())

    def test_what_exact_has_processed_or_closed_gets_its_document_and_stays_as_it_is(self):
        for close in (self.process, self.close_period):
            with self.subTest(close.__name__):
                move = self.booked_without()
                close(move)
                [before] = self.entries(move)
                self.count_calls("(PUT|DELETE)", ENTRIES)
                self.count_calls("POST", ENTRIES)
                self.assertIn("1 on the way", move.action_exact_send_file()["params"]["message"])
                self.run_queue()
                self.assert_done(move)
                [entry] = self.entries(move)
                self.assertEqual(entry["lines"], before["lines"])
                self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf()))
                self.assertEqual(self.calls_counted(), [0, 0])
                self.assertFalse(self.listed())
                move.action_exact_send()
                self.run_queue()
                self.assert_done(move)
                self.simulator.control("DELETE", "faults")

    def process(self, move):
        self.simulator.control("POST", f"{self.division.code}/process", {"entry": move.name})

    def close_period(self, move):
        path = f"{self.division.code}/close-period"
        self.simulator.control("POST", path, {"year": move.date.year, "journal": "700"})
        self.division.action_refresh()
        self.run_queue()

    def test_where_exact_lets_no_entry_be_changed_a_late_document_books_nothing_again(self):
        self.switch(put_entry="refused")
        move = self.booked_without()
        [before] = self.entries(move)
        move.action_exact_send_file()
        self.run_queue()
        self.assert_done(move)
        [entry] = self.entries(move)
        self.assertEqual(entry["entry_id"], before["entry_id"])
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf()))

    def test_a_late_document_that_exact_refuses_is_told_on_the_document(self):
        move = self.booked_without()
        self.fault("status", "POST", ".*/documents/Documents", times="once", status=400)
        move.action_exact_send_file()
        self.run_queue()
        self.assertEqual(move.exact_state, "problem")
        self.assertEqual(self.item(move, "document").state, "failed")
        self.item(move, "document").action_retry()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.sent(move), self.expected(move._exact_kept_pdf()))

    def test_a_bill_without_file_is_listed_and_its_late_original_follows(self):
        self.map_purchases()
        move = self.bill((100.0, self.chart("attn_VAT-IN-V81-21")))
        self.run_queue()
        self.assertEqual(self.listed(), move)
        self.assertEqual(move.exact_file_state, "attach")
        self.assertIn("1 stay without", move.action_exact_send_file()["params"]["message"])
        self.count_calls("(POST|PUT|DELETE)", ".*/purchaseentry/PurchaseEntries")
        original = self.attach(move)
        self.run_queue()
        self.assertFalse(self.listed())
        self.assertEqual(self.item(original, "attachment").state, "done")
        self.assertEqual(self.calls_counted(), [0])

    def test_of_a_bill_without_main_file_the_first_pdf_is_taken(self):
        self.map_purchases()
        move = self.bill((100.0, self.chart("attn_VAT-IN-V81-21")))
        self.run_queue()
        note, scan = self.file(move, "note.txt", b"note"), self.file(move, "scan.pdf", b"%PDF-1.4")
        self.assertFalse(move.message_main_attachment_id)
        self.run_queue()
        self.assertEqual(self.item(scan, "attachment").state, "done")
        self.assertFalse(self.item(note, "attachment"))


@tagged("standard", "post_install", "-at_install")
class TestDescription(ExactCase):
    """A journal may say how its entries are described in Exact."""

    def setUp(self):
        super().setUp()
        self.journal = self.company_data["default_journal_sale"]
        self.journal.exact_attachment_policy = "none"

    def described(self, **values):
        move = self.invoice((100.0, self.tax(21)), post=False, **values)
        move.action_post()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        return move, self.entries(move)[0]["header"]["Description"]

    def test_each_placeholder_is_filled_in(self):
        self.env.user.name = "An"
        self.journal.exact_description = "{origin}|{reference}|{number}|{salesperson}|{narration}"
        move, text = self.described(
            invoice_origin="S00012", ref="PO 7", narration="<p>Cash <b>only</b></p>"
        )
        self.assertEqual(text, f"S00012|PO 7|{move.name}|An|Cash *only*")

    def test_what_is_empty_leaves_no_gap_and_braces_stay_text(self):
        self.customer.name = "A {number} & Co"
        self.journal.exact_description = "{origin}  {partner} {{x}}"
        self.assertEqual(self.described()[1], "A {number} & Co {x}")

    def test_it_is_cut_to_what_exact_keeps(self):
        self.journal.exact_description = "{reference}"
        self.assertEqual(self.described(ref="r" * 80)[1], "r" * 60)

    def test_without_template_or_where_it_gives_nothing_it_is_the_usual_one(self):
        self.assertEqual(self.described(ref="PO 7")[1], "PO 7")
        self.journal.exact_description = "{origin}"
        self.assertEqual(self.described(ref="PO 8")[1], "PO 8")

    def test_a_bill_has_it_too(self):
        self.map_purchases()
        journal = self.company_data["default_journal_purchase"]
        journal.exact_description = "{partner} {reference}"
        move = self.bill((100.0, self.chart("attn_VAT-IN-V81-21")))
        self.assertEqual(
            self.payload_of(move)["Description"], f"{move.partner_id.name} {move.ref}"
        )

    def test_another_salesperson_changes_the_entry_in_place(self):
        self.journal.exact_description = "{salesperson}"
        move, before = self.described()
        [booked] = self.entries(move)
        move.invoice_user_id = self.env.ref("base.user_admin")
        self.run_queue()
        [entry] = self.entries(move)
        self.assertEqual(entry["entry_id"], booked["entry_id"])
        self.assertNotEqual(entry["header"]["Description"], before)
        self.assertEqual(entry["header"]["Description"], move.invoice_user_id.name)

    def test_notes_go_along_with_the_first_line(self):
        self.env.user.name = "An"
        self.journal.exact_notes = "Sold by {salesperson}\n{origin}\n{narration}"
        move = self.invoice(
            (100.0, self.tax(21)), (50.0, self.tax(21)), narration="<p>Cash<br>only</p>"
        )
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        lines = self.entries(move)[0]["lines"]
        self.assertEqual([line.get("Notes") for line in lines], ["Sold by An\nCash only", None])

    def test_an_unknown_placeholder_is_refused_with_the_known_ones(self):
        for template in ("{customer}", "{partner.vat}", "{number!r}", "{number:>9}", "{}", "{0}"):
            with self.subTest(template), self.assertRaisesRegex(ValidationError, "{salesperson}"):
                self.journal.exact_description = template
            with self.subTest(template), self.assertRaisesRegex(ValidationError, "{salesperson}"):
                self.journal.exact_notes = template

    def test_braces_that_do_not_match_are_refused(self):
        for template in ("{partner", "partner}"):
            with self.subTest(template), self.assertRaisesRegex(ValidationError, "do not match"):
                self.journal.exact_description = template
