# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestJournalSettings(ExactCase):
    """Each journal says whether its documents are sent, when, and with which document."""

    def setUp(self):
        super().setUp()
        self.journal = self.company_data["default_journal_sale"]
        self.job = self.env.ref("exact_online_connector.ir_cron_exact_send_scheduled")

    def run_job(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.job.method_direct_trigger()
        self.env.invalidate_all()

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
        self.run_job()
        self.assertFalse(self.item(move))
        answer = move.action_exact_send()
        self.assertIn("1 on the way", answer["params"]["message"])
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)

    def test_scheduled_documents_are_queued_by_the_job_and_once(self):
        self.journal.exact_mode = "scheduled"
        first, second = (self.invoice((price, self.tax(21))) for price in (10.0, 20.0))
        draft = self.invoice((30.0, self.tax(21)), post=False)
        self.assertFalse(self.item(first))
        self.run_job()
        self.assertEqual(self.item(first).state, "ready")
        self.assertFalse(self.item(draft))
        self.run_queue()
        self.run_job()
        items = self.env["exact.sync.queue"].search([("operation", "=", "sales_entry")])
        self.assertEqual(len(items), 2)
        self.assertEqual(items.mapped("state"), ["done", "done"])
        self.assertEqual(len(self.entries(second)), 1)

    def test_scheduled_before_the_start_date_stays_in_odoo(self):
        self.journal.exact_mode = "scheduled"
        self.company.exact_start_date = "2100-01-01"
        move = self.invoice((100.0, self.tax(21)))
        self.run_job()
        self.assertFalse(self.item(move))

    def test_what_is_in_exact_is_compared_again_whatever_the_mode(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self.journal.exact_mode = "button"
        move.button_draft()
        move.invoice_line_ids.price_unit = 10.0
        move.action_post()
        self.run_queue()
        self.assertEqual(self.item(move).state, "failed")
        self.assertIn("changed in Odoo since", self.item(move).message)

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
