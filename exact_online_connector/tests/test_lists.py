# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestLists(ExactCase):
    """Exact's lists are known here, with its periods and which of them are closed."""

    def test_periods_and_the_closed_ones_are_read(self):
        year = fields.Date.today().year
        periods = self.env["exact.financial.period"].search(
            [("division_id", "=", self.division.id), ("year", "=", year)]
        )
        self.assertEqual(periods.mapped("period"), list(range(1, 13)))
        self.assertEqual(str(periods[1].start_date), f"{year}-02-01")
        closed = self.env["exact.closed.period"].search([("division_id", "=", self.division.id)])
        self.assertTrue(closed)
        journals = self.env["exact.journal"].search([("code", "in", closed.mapped("code"))])
        self.assertLessEqual(set(journals.mapped("type")), {"20", "21", "22", "23", "90"})

    def test_a_period_that_was_opened_again_is_no_longer_closed(self):
        year = fields.Date.today().year
        journal = self.mirror("exact.journal", "700")
        period = self.env["exact.financial.period"].search(
            [("division_id", "=", self.division.id), ("year", "=", year), ("period", "=", 11)]
        )
        where = {"year": year, "period": 11, "journal": "700"}
        for action, is_closed in (("close-period", True), ("open-period", False)):
            self.simulator.control("POST", f"{self.division.code}/{action}", where)
            self.division.action_refresh()
            self.run_queue()
            self.env.invalidate_all()
            self.assertEqual(period._are_closed(journal), is_closed)
            self.assertFalse(period._are_closed(self.mirror("exact.journal", "600")))

    def test_the_job_reads_once_a_day_what_companies_book_with(self):
        job = self.env.ref("exact_online_connector.ir_cron_exact_lists")
        queue = self.env["exact.sync.queue"].sudo()
        pending = [("operation", "=", "master_data"), ("state", "=", "ready")]
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.assertFalse(queue.search(pending), "they were read just now")
        self.division.sudo().refreshed_on = fields.Datetime.now() - timedelta(days=1)
        self.env.flush_all()
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        item = queue.search(pending)
        self.assertEqual((item.res_model, item.res_id), ("exact.division", self.division.id))
