# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestJournalSettings(ExactCase):
    """Each journal says whether its documents are sent, when, and with which document."""

    def setUp(self):
        super().setUp()
        self.journal = self.company_data["default_journal_sale"]

    def test_sales_are_sent_from_the_start_purchases_once_somebody_says_so(self):
        self.assertTrue(self.journal.exact_is_sent)
        purchases = self.company_data["default_journal_purchase"]
        self.assertFalse(purchases.exact_is_sent)
        self.map_purchases()
        purchases.exact_is_sent = False
        move = self.bill((100.0, self.chart("attn_VAT-IN-V81-21")))
        self.assertFalse(self.item(move, "purchase_entry"))

    def test_a_journal_that_is_not_sent(self):
        self.journal.exact_is_sent = False
        move = self.invoice((100.0, self.tax(21)))
        self.assertFalse(self.item(move))
        answer = move.action_exact_send()
        self.assertFalse(self.item(move))
        self.assertIn("1 stay in Odoo", answer["params"]["message"])

    def test_by_button_only(self):
        self.journal.exact_mode = "button"
        move = self.invoice((100.0, self.tax(21)))
        self.assertFalse(self.item(move))
        answer = move.action_exact_send()
        self.assertIn("1 on the way", answer["params"]["message"])
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)

    def test_the_hour_is_that_of_the_responsible(self):
        self.company.exact_responsible_id = self.env.user
        self.env.user.tz = "Europe/Brussels"
        self.company.exact_scheduled_hour = 18.5
        for now, due in (
            ("2026-11-20 10:30:00", datetime(2026, 11, 20, 17, 30)),
            ("2026-11-20 17:30:00", datetime(2026, 11, 21, 17, 30)),
            ("2026-07-20 10:30:00", datetime(2026, 7, 20, 16, 30)),
        ):
            with self.subTest(now), freeze_time(now):
                self.assertEqual(self.company._exact_next_schedule(), due)

    def test_scheduled_documents_wait_for_their_hour_and_go_once(self):
        self.journal.exact_mode = "scheduled"
        move = self.invoice((10.0, self.tax(21)))
        draft = self.invoice((30.0, self.tax(21)), post=False)
        item = self.item(move)
        self.assertEqual(item.due_on, self.company._exact_next_schedule())
        self.assertFalse(self.item(draft))
        self.run_queue()
        self.assertEqual(item.state, "waiting")
        item.due_on = fields.Datetime.now()
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(len(self.entries(move)), 1)

    def test_scheduled_past_documents_are_left_to_the_back_fill(self):
        move = self.invoice((10.0, self.tax(21)), post=False)
        self.company.exact_division_id = False
        move.action_post()
        self.company.exact_division_id = self.division
        self.journal.exact_mode = "scheduled"
        self.run_queue()
        self.assertFalse(self.item(move))

    def test_whoever_cannot_wait_sends_a_scheduled_document_now(self):
        self.journal.exact_mode = "scheduled"
        move = self.invoice((10.0, self.tax(21)))
        self.item(move).action_retry()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)

    def test_scheduled_before_the_start_date_stays_in_odoo(self):
        self.journal.exact_mode = "scheduled"
        self.company.exact_start_date = "2100-01-01"
        move = self.invoice((100.0, self.tax(21)))
        self.assertFalse(self.item(move))

    def test_what_is_in_exact_is_compared_again_whatever_the_mode(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self.journal.exact_mode = "button"
        move.button_draft()
        move.invoice_line_ids.price_unit = 10.0
        move.action_post()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        [entry] = self.entries(move)
        self.assertEqual(entry["header"]["AmountFC"], move.amount_total)

    def test_without_document(self):
        self.journal.exact_attachment_policy = "none"
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertIsNone(self.entries(move)[0]["document"])

    def test_the_company_may_refuse_to_post_what_exact_would_refuse(self):
        tax = self.tax(21)
        tax.exact_vat_code_id = False
        self.invoice((100.0, tax))
        self.company.exact_refuse_posting = True
        with self.assertRaisesRegex(UserError, "has no Exact Online VAT code"):
            self.invoice((100.0, tax))
        self.journal.exact_is_sent = False
        self.invoice((100.0, tax))

    def test_the_company_may_refuse_and_still_posts_what_is_right(self):
        self.company.exact_refuse_posting = True
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
