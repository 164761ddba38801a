# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_life_after_posting import LifeCase

KIND = "purchase_entry"


@tagged("standard", "post_install", "-at_install")
class TestBillDates(LifeCase):
    """A bill keeps the supplier's date in Exact, and the period in which Odoo booked it."""

    def setUp(self):
        super().setUp()
        self.map_purchases()
        self.today = fields.Date.today()
        self.last_month = self.today.replace(day=1) - timedelta(days=3)

    def late(self, **values):
        """A bill of last month that Odoo booked today."""
        values = {"invoice_date": self.last_month, "date": self.today, **values}
        return self.bill((100.0, self.chart("attn_VAT-IN-V81-21")), **values)

    def assert_booked(self, move, entry_date, period_of):
        self.run_queue()
        item = self.item(move, KIND)
        self.assertEqual(item.state, "done", item.message)
        [entry] = self.all_entries(move.ref)
        header = entry["header"]
        self.assertEqual(header["EntryDate"][:10], str(entry_date))
        self.assertEqual(
            (header["ReportingYear"], header["ReportingPeriod"]), (period_of.year, period_of.month)
        )
        return entry

    def refusal(self, move, cause):
        self.run_queue()
        item = self.item(move, KIND)
        self.assertEqual((item.state, item.cause), ("failed", cause), item.message)
        return item

    def test_it_is_booked_under_its_own_date_in_odoos_period_and_both_books_agree(self):
        move = self.late()
        self.assert_booked(move, self.last_month, self.today)
        for first in (self.today.replace(day=1), self.last_month.replace(day=1)):
            report = self.env["exact.agreement"].create(
                {"date_from": first, "date_to": first + relativedelta(day=31)}
            )
            report.action_compare()
            self.run_queue()
            report.invalidate_recordset()
            self.assertEqual((report.state, report.different_count), ("done", 0))
        self.assertEqual(report.entry_count, 0, "nothing of it is in the month of its own date")

    def test_an_entry_whose_link_is_lost_counts_by_its_period(self):
        """Its own date lies before the day from which documents are sent, its period does not."""
        move = self.late()
        self.assert_booked(move, self.last_month, self.today)
        move._exact_entry_bindings().unlink()
        report = self.env["exact.agreement"].create(
            {"date_from": self.today.replace(day=1), "date_to": self.today + relativedelta(day=31)}
        )
        report.action_compare()
        self.run_queue()
        report.invalidate_recordset()
        self.assertEqual(report.different_count, 0)

    def test_its_own_date_may_lie_in_a_closed_period(self):
        self.close(self.last_month)
        move = self.late()
        self.assertEqual(move._exact_refusals(), [])
        self.assert_booked(move, self.last_month, self.today)

    def test_an_accounting_date_in_a_closed_period_is_what_holds_it_back(self):
        self.close(self.today)
        self.refusal(self.late(), "period_closed")

    def test_it_moves_to_the_first_open_period_after_that_of_odoo(self):
        self.company.exact_closed_period = "first_open"
        self.close(self.today)
        move = self.late()
        next_month = self.today + relativedelta(months=1)
        self.assert_booked(move, self.last_month, next_month)
        self.close(next_month)
        move.action_exact_send()
        self.assert_booked(move, self.last_month, next_month)

    def test_an_agreement_to_move_is_not_taken_from_a_bill_in_its_own_period(self):
        move = self.late()
        self.assert_booked(move, self.last_month, self.today)
        move.button_draft()
        move.button_cancel()
        self.run_queue()
        self.assertEqual(self.all_entries(move.ref), [])
        self.close(self.today)
        move.button_draft()
        move.action_post()
        self.refusal(move, "period_closed")

    def test_another_accounting_date_moves_the_entry_another_date_of_the_bill_only_dates_it(self):
        move = self.late(date=self.last_month)
        self.assert_booked(move, self.last_month, self.last_month)
        move.button_draft()
        move.write({"date": self.today, "name": False})
        move.action_post()
        self.assert_booked(move, self.last_month, self.today)
        move.button_draft()
        move.invoice_date = self.last_month - timedelta(days=1)
        move.date = self.today
        move.action_post()
        self.assert_booked(move, self.last_month - timedelta(days=1), self.today)

    def test_a_date_before_exacts_first_year_is_told(self):
        before = self.today - relativedelta(years=5)
        move = self.late(invoice_date=before)
        [warning] = [
            each for each in move._exact_findings() if each.cause == "date_without_period"
        ]
        self.assertIn(str(before), warning.text)
        self.assert_booked(move, self.today, self.today)

    def test_where_the_periods_were_never_read_it_goes_under_the_accounting_date(self):
        self.env["exact.financial.period"].sudo().search([]).unlink()
        self.assert_booked(self.late(), self.today, self.today)

    def test_the_day_from_which_documents_are_sent_is_one_of_odoos_books(self):
        self.company.exact_start_date = self.today
        self.assertTrue(self.item(self.late(), KIND))
        early = self.late(ref="F-2", date=self.last_month, invoice_date=self.last_month)
        self.assertFalse(self.item(early, KIND))

    def test_another_date_and_period_in_exact_are_told_by_the_proof(self):
        move = self.late()
        entry = self.assert_booked(move, self.last_month, self.today)
        other = self.last_month - timedelta(days=1)
        with self.enter_registry_test_mode():
            self.connection.sudo()._client().put(
                self.division.code,
                "purchaseentry/PurchaseEntries",
                entry["entry_id"],
                {"EntryDate": str(other)},
            )
        move.action_exact_send()
        self.run_queue()
        item = self.item(move, KIND)
        self.assertEqual(item.state, "differs")
        self.assertEqual(
            item.message.splitlines(),
            [
                f"Date: {self.last_month} in Odoo, {other} in Exact",
                f"Period: {self.today:%Y-%m} in Odoo, {other:%Y-%m} in Exact",
            ],
        )

    def test_it_is_reversed_in_the_period_in_which_it_stands(self):
        move = self.late()
        entry = self.assert_booked(move, self.last_month, self.today)
        self.exact("process", {"entry": entry["entry_id"]})
        move.button_draft()
        move.invoice_line_ids.price_unit = 50.0
        move.action_post()
        self.run_queue()
        self.item(move, KIND).action_reverse()
        self.run_queue()
        [reversing] = self.all_entries(f"{move.ref}-R")
        self.assertEqual(
            reversing["header"]["ReportingPeriod"], self.today.month, "not in that of its date"
        )

    def test_no_open_period_is_told(self):
        move = self.late()
        entry = self.assert_booked(move, self.last_month, self.today)
        self.exact("process", {"entry": entry["entry_id"]})
        for year in (self.today.year, self.today.year + 1):
            self.exact("close-period", {"year": year})
        self.division.action_refresh()
        move.button_draft()
        move.invoice_line_ids.price_unit = 50.0
        move.action_post()
        self.run_queue()
        with self.assertRaisesRegex(UserError, "No period is open"):
            self.item(move, KIND).action_reverse()
