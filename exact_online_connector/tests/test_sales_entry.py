# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestSalesEntry(ExactCase):
    def test_posted_invoice_is_booked_with_its_pdf_and_proven(self):
        move = self.invoice((100.0, self.tax(21)), (19.99, self.tax(6)))
        self.run_queue()
        item = self.item(move)
        self.assertEqual(item.state, "done", item.message)
        [entry] = self.entries(move)
        self.assertEqual(entry["header"]["AmountFC"], move.amount_total)
        self.assertEqual(entry["header"]["VATAmountFC"], move.amount_tax)
        self.assertEqual(entry["header"]["Journal"], "700")
        self.assertEqual(entry["header"]["EntryDate"][:10], str(move.invoice_date))
        self.assertEqual(item.exact_number, str(entry["header"]["EntryNumber"]))
        self.assertIn("equal to the cent", item.evidence)
        self.assertIn("total 142.19 EUR, VAT 22.20", item.evidence)
        [attachment] = entry["attachments"]
        sent = move._exact_kept_pdf().raw
        self.assertEqual(attachment["sha256"], hashlib.sha256(sent).hexdigest())
        self.assertEqual(move.exact_state, "done")
        self.assertEqual(self.customer.exact_state, "done")

    def test_the_pdf_is_a_real_pdf(self):
        move = self.invoice((100.0, self.tax(21)))
        # Debian's wkhtmltopdf warns that it prints no header
        with self.allow_pdf_render(), mute_logger("odoo.addons.base.models.ir_actions_report"):
            attachment = self._file_of(move.with_context(force_report_rendering=True))
        self.assertEqual(attachment.raw[:5], b"%PDF-")
        self.assertEqual(self._file_of(move), attachment, "made once")
        self.assertFalse(move.is_move_sent, "the customer did not get it")

    def _file_of(self, move):
        return self.env["exact.operation.attachment"]._file_of(move)

    def test_the_pdf_that_the_customer_got_is_the_one_that_is_sent(self):
        move = self.invoice((100.0, self.tax(21)))
        legal = self.env["ir.attachment"].create(
            {
                "name": "legal.pdf",
                "raw": b"%PDF-1.4 the legal one",
                "res_model": "account.move",
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
            }
        )
        move.invalidate_recordset()
        self.run_queue()
        [entry] = self.entries(move)
        [attachment] = entry["attachments"]
        self.assertEqual(attachment["sha256"], hashlib.sha256(legal.raw).hexdigest())

    def test_credit_note_goes_to_its_own_journal_with_negative_amounts(self):
        move = self.invoice((100.0, self.tax(21)), move_type="out_refund")
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        [entry] = self.entries(move)
        self.assertEqual(entry["header"]["Journal"], "701")
        self.assertEqual(entry["header"]["AmountFC"], -121.0)

    def test_posting_makes_no_call(self):
        with self.simulator.out_of_reach():
            move = self.invoice((100.0, self.tax(21)))
            self.assertEqual(move.state, "posted")
            self.assertEqual(self.item(move).state, "ready")
            self.run_queue()
        self.assertEqual(self.item(self.customer, "contact").state, "waiting")
        self.assertEqual(self.item(self.customer, "contact").error_class, "unavailable")
        self.assertEqual(move.exact_state, "queued")

    def test_a_document_before_the_start_date_stays_in_odoo(self):
        self.company.exact_start_date = "2100-01-01"
        self.assertFalse(self.item(self.invoice((100.0, self.tax(21)))))

    def test_a_vendor_bill_stays_in_odoo(self):
        purchase_tax = self.company_data["default_tax_purchase"]
        move = self.invoice((100.0, purchase_tax), move_type="in_invoice", ref="B1")
        self.assertFalse(self.item(move))

    def test_without_pdf_when_the_company_wants_none(self):
        self.company_data["default_journal_sale"].exact_attachment_policy = "none"
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertIsNone(self.entries(move)[0]["document"])

    def test_an_equal_entry_is_adopted_when_the_outcome_was_unknown(self):
        move = self.invoice((100.0, self.tax(21)))
        self.fault("cut_after_commit", "POST", ".*/salesentry/SalesEntries", times="once")
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertIn("not sent again", self.item(move).evidence)
        self.assertEqual(len(self.entries(move)), 1)

    def test_another_entry_with_our_number_is_a_conflict_not_a_booking(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        binding = (
            self.env["exact.binding"]
            .search(
                [("res_model", "=", "account.move"), ("resource", "=", "salesentry/SalesEntries")]
            )
            .sudo()
        )
        # as if the answer had been lost, and the entry had been booked by hand with 12.10
        binding.write({"exact_id": False, "intended_on": "2026-01-01", "digest": False})
        move.button_draft()
        move.invoice_line_ids.price_unit = 10.0
        move.action_post()
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.error_class), ("failed", "conflict"))
        self.assertIn("12.10 in Odoo, 121.00 in Exact", item.message)
        self.assertEqual(len(self.entries(move)), 1)

    def test_a_booked_invoice_that_was_changed_is_not_booked_twice(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        move.button_draft()
        move.invoice_line_ids.price_unit = 10.0
        move.action_post()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        [entry] = self.entries(move)
        self.assertEqual(entry["header"]["AmountFC"], move.amount_total)

    def test_posted_again_unchanged_is_only_compared_again(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        move.button_draft()
        move.action_post()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertEqual(len(self.entries(move)), 1)

    def test_a_dropped_gl_account_is_named(self):
        self._assert_differs("drop_gl_link", "Account 700000")

    def test_a_lost_line_is_named(self):
        self._assert_differs("lose_line", "Total: 142.19 in Odoo")

    def test_a_changed_vat_amount_is_named(self):
        self._assert_differs("change_vat", "VAT of code")

    def test_a_missing_document_is_named(self):
        self._assert_differs("lose_document_link", "Document:")

    def _assert_differs(self, fault, words):
        move = self.invoice((100.0, self.tax(21)), (19.99, self.tax(6)))
        self.fault(fault, "POST", ".*/salesentry/SalesEntries", times="once")
        self.run_queue()
        item = self.item(move)
        self.assertEqual(item.state, "differs", "done would be a lie")
        self.assertIn(words, item.message)
        item.action_retry()
        self.run_queue()
        self.assertEqual(item.state, "differs")
        self.assertEqual(len(self.entries(move)), 1, "compared again, not booked again")

    def test_exacts_refusal_is_shown_in_its_words_and_retried_after_the_mend(self):
        move = self.invoice((100.0, self.tax(21)))
        self.simulator.control(
            "POST", f"{self.division.code}/block", {"kind": "journal", "code": "700"}
        )
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.error_class), ("failed", "rejected"))
        self.assertTrue(item.message)
        self.assertTrue(item.advice)
        self.simulator.control(
            "POST", f"{self.division.code}/unblock", {"kind": "journal", "code": "700"}
        )
        item.action_retry()
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(len(self.entries(move)), 1)
