# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib

from odoo import Command
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
        self.simulator.stop()
        move = self.invoice((100.0, self.tax(21)))
        self.assertEqual(move.state, "posted")
        self.assertEqual(self.item(move).state, "ready")
        self.run_queue()
        self.assertEqual(self.item(self.customer, "contact").state, "waiting")
        self.assertEqual(self.item(self.customer, "contact").error_class, "unavailable")
        self.assertEqual(move.exact_state, "queued")
        type(self).simulator = type(self.simulator)(type(self).__name__)

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
        self.assertEqual(self.item(move).state, "failed")
        self.assertIn("changed in Odoo since", self.item(move).message)
        self.assertEqual(len(self.entries(move)), 1)

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


@tagged("standard", "post_install", "-at_install")
class TestPreflight(ExactCase):
    """What Exact would refuse is told in words, without a call."""

    def _assert_held_back(self, move, words, mend):
        calls = self.env["exact.call"].search_count([])
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.error_class), ("failed", "preflight"))
        self.assertIn(words, item.message)
        self.assertEqual((item.mend_model, item.mend_id), (mend._name, mend.id))
        self.assertEqual(item.action_mend()["res_id"], mend.id)
        self.assertEqual(self.env["exact.call"].search_count([]), calls)

    def test_unmapped_journal(self):
        move = self.invoice((100.0, self.tax(21)))
        move.journal_id.exact_journal_id = False
        self._assert_held_back(move, "has no Exact Online journal", move.journal_id)

    def test_blocked_journal(self):
        move = self.invoice((100.0, self.tax(21)))
        move.journal_id.exact_journal_id = self.env["exact.journal"].search(
            [("is_blocked", "=", True), ("division_id", "=", self.division.id)], limit=1
        )
        self._assert_held_back(move, "is blocked in Exact Online", move.journal_id)

    def test_unmapped_account(self):
        move = self.invoice((100.0, self.tax(21)))
        account = move.invoice_line_ids.account_id
        account.with_company(self.company).exact_gl_account_id = False
        self._assert_held_back(move, "has no Exact Online GL account", account)

    def test_vanished_account(self):
        move = self.invoice((100.0, self.tax(21)))
        account = move.invoice_line_ids.account_id
        account.with_company(self.company).exact_gl_account_id.sudo().active = False
        self._assert_held_back(move, "is no longer in Exact Online", account)

    def test_unmapped_tax(self):
        tax = self.tax(21)
        move = self.invoice((100.0, tax))
        tax.exact_vat_code_id = False
        self._assert_held_back(move, "has no Exact Online VAT code", tax)

    def test_code_that_includes_vat(self):
        tax = self.tax(21)
        move = self.invoice((100.0, tax))
        tax.exact_vat_code_id = self.env["exact.vat.code"].search(
            [("type", "=", "I"), ("division_id", "=", self.division.id)], limit=1
        )
        self._assert_held_back(move, "includes VAT", tax)

    def test_line_without_tax_and_no_code_for_it(self):
        move = self.invoice((100.0, self.env["account.tax"]))
        self.company.exact_no_vat_code_id = False
        self._assert_held_back(move, "has no tax", self.company)

    def test_several_taxes_on_a_line(self):
        move = self.invoice((100.0, self.tax(21) + self.tax(6)))
        self._assert_held_back(move, "several taxes", move)

    def test_another_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        move = self.invoice((100.0, self.tax(21)), currency_id=dollar.id)
        self._assert_held_back(move, "in USD", move)

    def test_wrong_vat_number_of_the_customer(self):
        move = self.invoice((100.0, self.tax(21)))
        self.customer.with_context(no_vat_validation=True).vat = "BE0477472702"
        self.run_queue()
        item = self.item(self.customer, "contact")
        self.assertEqual((item.state, item.error_class), ("failed", "preflight"))
        self.assertIn("not a valid VAT number", item.message)
        self.assertEqual(move.exact_state, "problem", "the invoice waits for its customer")
        self.customer.vat = "BE0477472701"
        item.action_retry()
        self.run_queue()
        self.assertEqual(move.exact_state, "done")

    def test_sections_notes_and_empty_lines_do_not_hold_back(self):
        move = self.invoice((100.0, self.tax(21)), (0.0, self.tax(21)), post=False)
        move.invoice_line_ids = [
            Command.create({"display_type": "line_section", "name": "A section"}),
            Command.create({"display_type": "line_note", "name": "A note"}),
        ]
        move.action_post()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertEqual(len(self.entries(move)[0]["lines"]), 1)

    def test_code_of_another_rate(self):
        tax = self.tax(21)
        move = self.invoice((100.0, tax))
        tax.exact_vat_code_id = self.tax(6).exact_vat_code_id
        self._assert_held_back(move, "21.0 %, its VAT code 1 is 6.0 %", tax)

    def test_journal_of_another_type(self):
        move = self.invoice((100.0, self.tax(21)))
        move.journal_id.exact_journal_id = self.env["exact.journal"].search(
            [("type", "=", "22"), ("division_id", "=", self.division.id)], limit=1
        )
        self._assert_held_back(move, "is not a sales journal", move.journal_id)

    def test_mapping_of_another_administration(self):
        move = self.invoice((100.0, self.tax(21)))
        other = self.connection.division_ids - self.division
        journal = move.journal_id.exact_journal_id.sudo().copy(
            {"division_id": other[0].id, "code": "700", "exact_id": "other", "type": "20"}
        )
        move.journal_id.exact_journal_id = journal
        self._assert_held_back(move, "belongs to another administration", move.journal_id)
