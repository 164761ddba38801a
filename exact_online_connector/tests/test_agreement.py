# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import io
import json
from collections import Counter
from decimal import Decimal

import openpyxl
from dateutil.relativedelta import relativedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tools import html2plaintext, mute_logger

from ..operations import bookings
from ..operations.bookings import Booking, Part
from .common import ExactCase

REFUSAL = json.dumps(
    {"error": {"code": "", "message": {"lang": "", "value": "Mandatory: Journal"}}}
)


class AgreementCase(ExactCase):
    """Documents that are in Exact, what people do there, and the report of this month."""

    def setUp(self):
        super().setUp()
        self.map_purchases()

    # -- steps ------------------------------------------------------------------------------------

    def compared(self, **values):
        """The report of this month, compared."""
        first = fields.Date.today().replace(day=1)
        report = self.env["exact.agreement"].create(
            {"date_from": first, "date_to": first + relativedelta(day=31), **values}
        )
        report.action_compare()
        self.run_queue()
        report.invalidate_recordset()
        self.assertEqual(report.state, "done", report.status)
        self.assertDifferencesAreExplained(report)
        return report

    def assertDifferencesAreExplained(self, report):
        """Each line that differs names documents; those that agree name none, or several whose
        differences make up for each other.
        """
        for line in report.line_ids:
            count = len(line.document_ids)
            self.assertTrue(count if line.is_different else count != 1, line.key)
            self.assertEqual(
                line.difference, line.currency_id.round(line.exact_amount - line.odoo_amount)
            )

    def kinds(self, report):
        """``{number: {kinds of differences}}``"""
        return {
            number: set(rows.mapped("kind"))
            for number, rows in report.document_ids.grouped("number").items()
        }

    def booked(self, *prices, **values):
        moves = [self.invoice((price, self.tax(21)), **values) for price in prices]
        self.run_queue()
        self.assertEqual({move.exact_state for move in moves}, {"done"})
        return moves

    def booked_bill(self, price=100.0, **values):
        bill = self.bill((price, self.chart("attn_VAT-IN-V81-21")), **values)
        self.run_queue()
        self.assertEqual(bill.exact_state, "done")
        return bill

    def put_off(self, move, operation="sales_entry"):
        item = self.item(move, operation).sudo()
        item.write({"state": "waiting", "due_on": "2100-01-01"})

    def in_exact(self, method, *args):
        """Work in Exact itself, by its own API."""
        with self.enter_registry_test_mode():
            client = self.connection.sudo()._client()
            return getattr(client, method)(self.division.code, *args)

    def entry(self, move, resource="salesentry/SalesEntries"):
        """GUID of the document's entry."""
        return self.env["exact.binding"]._find(self.division, resource, move).exact_id

    def sales_line(self, move):
        """GUID of the first line of the entry."""
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        (entry,) = [each for each in entries if each["header"]["EntryID"] == self.entry(move)]
        return entry["lines"][0]["ID"]

    def change_line(self, move, **values):
        self.in_exact("put", "salesentry/SalesEntryLines", self.sales_line(move), values)

    def delete_in_exact(self, entry_id):
        self.simulator.control("DELETE", f"{self.division.code}/entries/{entry_id}")

    def enter_by_hand(self, reference, price=75, **values):
        """A sales entry that somebody makes in Exact."""
        relation = self.env["exact.binding"]._find(
            self.division, "crm/Accounts", self.customer
        )
        entry = {
            "Customer": relation.exact_id or self.relation("101"),
            "Journal": "700",
            "EntryDate": fields.Date.to_string(fields.Date.today()),
            "YourRef": reference,
            "SalesEntryLines": [
                {
                    "GLAccount": self.mirror("exact.gl.account", "700000").exact_id,
                    "AmountFC": price,
                    "VATCode": "5",
                }
            ],
            **values,
        }
        return self.in_exact("post", "salesentry/SalesEntries", entry)["EntryID"]


@tagged("standard", "post_install", "-at_install")
class TestAgreement(AgreementCase):
    """The report finds what the two books do not agree upon, explains it, and invents nothing."""

    def test_books_that_agree_show_no_difference(self):
        self.booked(100, 49.99, 0.07)
        self.booked(30, move_type="out_refund")
        self.booked_bill()
        self.booked_bill(ref="F-2", move_type="in_refund")
        cc = self.bill((200, self.chart("attn_VAT-IN-V81-21-CC")), ref="F-3")
        self.run_queue()
        self.assertEqual(cc.exact_state, "done")
        report = self.compared()
        self.assertFalse(report.document_ids)
        self.assertEqual(report.date_to, fields.Date.today() + relativedelta(day=31))
        self.assertEqual(report.different_count, 0)
        self.assertEqual((report.document_count, report.entry_count), (7, 7))
        self.assertEqual(report.odoo_sales, report.exact_sales)
        self.assertEqual(report.odoo_sales, 145.27)
        self.assertEqual(report.odoo_purchases, report.exact_purchases)
        self.assertEqual(report.odoo_purchases, 200)
        self.assertIn("Both books agree", report.verdict)
        revenue = report.line_ids.filtered(lambda line: line.gl_account_id.code == "700000")
        self.assertEqual(Counter(revenue.mapped("journal_id.code")), {"700": 1, "701": 1})
        self.assertEqual(revenue.vat_code_id.code, "5")
        self.assertEqual(set(revenue.partner_id), {self.customer})
        owed = report.line_ids.filtered(lambda line: line.kind == "owed")
        self.assertEqual(set(owed.gl_account_id.mapped("code")), {"400000", "440000"})

    def relation(self, code):
        """GUID of another relation of Exact."""
        accounts = self.simulator.control("GET", f"{self.division.code}/accounts")["accounts"]
        (account,) = [each for each in accounts if each["Code"].strip() == code]
        return account["ID"]

    def test_documents_of_several_rates_and_of_none_agree(self):
        self.company.exact_no_vat_code_id = self.mirror("exact.vat.code", "NO")
        several = self.invoice((10.01, self.tax(21)), (20.02, self.tax(6)), (-5.03, self.tax(21)))
        none = self.invoice((33.33, self.env["account.tax"]))
        self.run_queue()
        self.assertEqual({several.exact_state, none.exact_state}, {"done"})
        report = self.compared()
        self.assertFalse(report.document_ids)
        self.assertEqual(
            set(report.line_ids.vat_code_id.mapped("code")), {"5", "1", "NO"}
        )

    def test_each_kind_of_difference_is_found_as_what_it_is(self):
        names = "right gone amount vat rate account contact period".split()
        moves = dict(zip(names, self.booked(*range(10, 90, 10)), strict=True))
        self.delete_in_exact(self.entry(moves["gone"]))
        self.change_line(moves["amount"], AmountFC=44)
        self.change_line(moves["vat"], VATAmountFC=Decimal("6.29"))
        self.change_line(moves["rate"], VATCode="3")
        other = self.mirror("exact.gl.account", "700100").exact_id
        self.change_line(moves["account"], GLAccount=other)
        self.delete_in_exact(self.entry(moves["contact"]))
        self.enter_by_hand(moves["contact"].name, 70, Customer=self.relation("101"))
        before = fields.Date.today() - relativedelta(months=1)
        self.in_exact(
            "put",
            "salesentry/SalesEntries",
            self.entry(moves["period"]),
            {"EntryDate": fields.Date.to_string(before)},
        )
        self.enter_by_hand("By hand")
        self.enter_by_hand(f"{moves['right'].sequence_prefix}09999")
        withdrawn = self.booked(90)[0]
        withdrawn.button_draft()
        report = self.compared()
        self.assertEqual(
            self.kinds(report),
            {
                moves["gone"].name: {"missing_in_exact"},
                moves["amount"].name: {"other_amount"},
                moves["vat"].name: {"other_vat"},
                moves["rate"].name: {"other_vat"},
                moves["account"].name: {"other_account"},
                moves["contact"].name: {"other_partner"},
                moves["period"].name: {"other_period"},
                withdrawn.name: {"missing_in_odoo"},
                "By hand": {"by_hand"},
                f"{moves['right'].sequence_prefix}09999": {"missing_in_odoo"},
            },
        )
        self.assertEqual(report.different_count, 10)
        texts = {row.number: row.text for row in report.document_ids}
        self.assertIn("Total: 36.30 in Odoo, 53.24 in Exact", texts[moves["amount"].name])
        self.assertIn("no longer there", texts[moves["gone"].name])
        self.assertIn("VAT of code 5: 8.40 in Odoo, 6.29 in Exact", texts[moves["vat"].name])
        self.assertIn("Draft", texts[withdrawn.name])
        self.assertIn("700100", texts[moves["account"].name])

    def test_bills_too_are_compared_with_the_supplier_they_name(self):
        right, other = self.booked_bill(100), self.booked_bill(200, ref="F-2")
        another = self.supplier(name="Another supplier", vat=False)
        unrelated = self.bill(
            (55, self.chart("attn_VAT-IN-V81-21")), ref="1", partner_id=another.id
        )
        self.put_off(unrelated, "purchase_entry")
        resource = "purchaseentry/PurchaseEntries"
        self.in_exact("put", resource, self.entry(other, resource), {"YourRef": "Changed"})
        self.delete_in_exact(self.entry(right, resource))
        entry = {
            "Supplier": self.relation("104"),
            "Journal": "600",
            "EntryDate": fields.Date.to_string(fields.Date.today()),
            "PurchaseEntryLines": [
                {
                    "GLAccount": self.mirror("exact.gl.account", "604000").exact_id,
                    "AmountFC": 100,
                    "VATCode": "5",
                }
            ],
        }
        self.in_exact("post", resource, {**entry, "YourRef": right.ref})
        self.in_exact("post", resource, {**entry, "YourRef": unrelated.ref})
        report = self.compared()
        self.assertEqual(
            self.kinds(report),
            {
                right.name: {"other_partner"},
                unrelated.name: {"missing_in_exact"},
                unrelated.ref: {"by_hand"},
            },
            "a link holds whatever the reference; a number of another supplier is none of ours",
        )

    def test_a_document_that_exact_holds_twice_is_told_once_as_too_many(self):
        (move,) = self.booked(100)
        twice = self.enter_by_hand(move.name, 100)
        report = self.compared()
        (row,) = report.document_ids
        self.assertEqual((row.kind, row.entry_id, row.move_id), ("missing_in_odoo", twice, move))
        self.assertIn("more than once", row.text)
        self.delete_in_exact(self.entry(move))
        self.enter_by_hand(move.name, 999)
        report.action_compare()
        self.run_queue()
        self.assertEqual(
            {row.entry_id == twice: row.kind for row in report.document_ids},
            {False: "missing_in_odoo"},
            "of two entries under one number the equal one is the document",
        )

    def test_why_a_document_is_missing_is_told(self):
        waiting = self.invoice((10, self.tax(21)))
        failed = self.invoice((20, self.tax(21)))
        self.fault("status", "POST", "SalesEntries", status=500, body=REFUSAL, times=2)
        self.run_queue()
        self.assertEqual({failed.exact_state, waiting.exact_state}, {"problem"})
        late = self.invoice((30, self.tax(21)))
        self.put_off(late)
        report = self.compared()
        texts = {row.move_id: row.text for row in report.document_ids}
        self.assertEqual(set(texts), {waiting, failed, late})
        self.assertIn("needs attention", texts[failed])
        self.assertEqual(texts[late], "It is on its way to Exact Online.")
        report.document_ids.action_send()
        self.run_queue()
        self.assertEqual({move.exact_state for move in (waiting, failed, late)}, {"done"})
        self.assertFalse(self.compared().document_ids)
        with self.assertRaises(UserError):
            report.document_ids.browse().action_send()

    def test_what_a_person_chose_not_to_send_is_told_as_that_and_not_as_missing(self):
        self.booked(20)
        kept = self.invoice((10, self.tax(21)))
        kept.action_exact_ignore()
        report = self.compared()
        (row,) = report.document_ids
        self.assertEqual((row.move_id, row.kind), (kept, "not_to_be_sent"))
        self.assertEqual(row.text, f"Not to be sent, says {self.env.user.name}.")
        self.assertIn("Nothing is wrong", row.advice)
        with self.assertRaisesRegex(UserError, "missing in Exact"):
            row.action_send()

    def test_a_document_in_another_month_is_told_in_both_months(self):
        (move,) = self.booked(100)
        before = fields.Date.today().replace(day=1) - relativedelta(days=1)
        changes = {"EntryDate": fields.Date.to_string(before)}
        self.in_exact("put", "salesentry/SalesEntries", self.entry(move), changes)
        for values in ({}, {"date_from": before.replace(day=1), "date_to": before}):
            report = self.compared(**values)
            self.assertEqual(self.kinds(report), {move.name: {"other_period"}})
            self.assertEqual(len(report.line_ids), 3)
        self.assertEqual((report.document_count, report.entry_count), (0, 1))
        first = before.replace(day=1) - relativedelta(days=1)
        report = self.compared(date_from=first.replace(day=1), date_to=first)
        self.assertFalse(report.document_ids)

    def test_what_exact_held_before_and_what_is_not_sent_are_no_differences(self):
        today = fields.Date.today()
        self.enter_by_hand("Sales before the start")
        self.company.exact_start_date = today + relativedelta(days=1)
        report = self.compared()
        self.assertFalse(report.document_ids)
        self.company.exact_start_date = today
        self.company_data["default_journal_sale"].exact_is_sent = False
        self.assertFalse(self.compared().document_ids)
        self.company_data["default_journal_sale"].exact_is_sent = True
        report = self.compared()
        self.assertEqual(report.document_ids.mapped("kind"), ["by_hand"])
        self.assertFalse(self.compared(direction="purchase").document_ids)

    def test_a_second_run_costs_three_calls(self):
        self.booked(100, 200)
        report = self.compared()
        self.count_calls("GET", ".*")
        report.action_compare()
        self.run_queue()
        self.assertEqual(self.calls_counted(), [3])
        self.assertEqual(report.state, "done")

    def test_each_total_opens_what_stands_behind_it_on_both_sides(self):
        self.booked(100, 200)
        self.booked(30, move_type="out_refund")
        self.booked_bill()
        gone = self.booked(40)[0]
        self.delete_in_exact(self.entry(gone))
        self.enter_by_hand("By hand")
        report = self.compared()
        self.assertEqual({True, False}, set(report.line_ids.mapped("is_different")))
        for line in report.line_ids:
            for side, amount, name in (
                (line.action_odoo(), line.odoo_amount, "balance"),
                (line.action_exact(), line.exact_amount, "amount_dc"),
            ):
                rows = self.env[side["res_model"]].search(side["domain"])
                self.assertEqual(line.currency_id.round(sum(rows.mapped(name))), amount, line.key)
        row = report.document_ids.filtered(lambda row: row.kind == "by_hand")
        action = row.action_open_entry()
        lines = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(set(lines.mapped("your_ref")), {"By hand"})

    def test_only_the_comparison_makes_figures(self):
        self.booked(100)
        report = self.compared()
        reader = new_test_user(
            self.env,
            "auditor",
            "account.group_account_readonly,exact_online_connector.group_exact_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.assertTrue(report.with_user(reader).line_ids.mapped("odoo_amount"))
        self.assertTrue(report.with_user(reader).line_ids[0].action_odoo()["domain"])
        self.assertTrue(report.with_user(reader).action_xlsx()["url"])
        self.assertTrue(report.with_user(reader)._spreadsheet())
        for work in (
            report.with_user(reader).action_compare,
            report.with_user(reader).action_certify,
            lambda: report.write({"different_count": 0}),
            lambda: self.env["exact.agreement"].create({"state": "done"}),
            lambda: report.line_ids[0].write({"odoo_amount": 1}),
            lambda: report.document_ids.create({"agreement_id": report.id, "kind": "by_hand"}),
        ):
            with self.assertRaises(AccessError):
                work()
        with self.assertRaises(UserError):
            report.direction = "sales"
        report.message_post(body="Looked at")
        other = self.env["res.company"].create({"name": "Another company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "base.group_user,exact_online_connector.group_exact_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for records in (report, report.line_ids):
            self.assertFalse(records.with_user(stranger).search([]))
            with self.assertRaises(AccessError):
                records.with_user(stranger).read(["company_id"])
        with self.assertRaises(AccessError):
            report.line_ids[0].with_user(stranger).action_odoo()

    def test_months_without_a_period_in_exact_are_refused_in_words(self):
        report = self.env["exact.agreement"].create(
            {"date_from": "2050-01-01", "date_to": "2050-01-31"}
        )
        with self.assertRaisesRegex(UserError, "no period"):
            report.action_compare()

    def test_what_stops_the_reading_is_told_on_the_report(self):
        self.simulator.control("POST", "scopes", {"forbidden": ["sync/Financial/TransactionLines"]})
        report = self.env["exact.agreement"].create({})
        report.action_compare()
        self.run_queue()
        report.invalidate_recordset()
        self.assertEqual(report.state, "running")
        self.assertEqual(report.status, self.item(self.division, "ledger_lines").message)
        self.item(report, "agreement").action_cancel()
        report.invalidate_recordset()
        self.assertIn("Press Compare again", report.status)
        self.simulator.control("POST", "scopes", {"forbidden": []})
        report.action_compare()
        self.run_queue()
        self.assertEqual((report.state, report.status), ("done", False))

    def test_the_spreadsheet_holds_what_is_shown(self):
        self.booked(100)
        gone = self.booked(40)[0]
        self.delete_in_exact(self.entry(gone))
        report = self.compared()
        url = report.action_xlsx()["url"]
        attachment = self.env["ir.attachment"].browse(int(url.split("/")[3].split("?")[0]))
        book = openpyxl.load_workbook(io.BytesIO(attachment.raw))
        differences, totals = ([*sheet.iter_rows(values_only=True)] for sheet in book)
        self.assertEqual(differences[1][:2], ("Missing in Exact", gone.name))
        column = totals[0].index("In Odoo")
        self.assertEqual(
            sorted(round(row[column], 2) for row in totals[1:]),
            sorted(report.line_ids.mapped("odoo_amount")),
        )

    def test_the_certificate_keeps_figures_person_and_mapping(self):
        self.booked(100)
        report = self.compared()
        period = {"year": report.date_to.year, "period": report.date_to.month, "journal": "700"}
        self.simulator.control("POST", f"{self.division.code}/close-period", period)
        self.division.action_refresh()
        self.run_queue()
        report.action_certify()
        message = report.message_ids[0]
        self.assertIn("Both books agree", message.body)
        self.assertEqual(message.author_id, self.env.user.partner_id)
        paper = html2plaintext(message.attachment_ids.raw.decode())  # printed as a page in tests
        for text in (
            self.env.user.name,
            self.division.display_name,
            "121.00",
            "Both books agree",
            report.date_to.strftime("%Y-%m (700)"),
            self.tax(21).display_name,
            self.mirror("exact.journal", "700").display_name,
            self.mirror("exact.gl.account", "700000").display_name,
        ):
            self.assertIn(text, paper)
        # Debian's wkhtmltopdf warns that it prints no header
        with self.allow_pdf_render(), mute_logger("odoo.addons.base.models.ir_actions_report"):
            report.with_context(force_report_rendering=True).action_certify()
        self.assertTrue(report.message_ids[0].attachment_ids.raw.startswith(b"%PDF"))
        with self.assertRaisesRegex(UserError, "certificate"):
            report.unlink()

    def test_a_document_posted_in_a_period_that_exact_closed_says_so(self):
        today = fields.Date.today()
        period = {"year": today.year, "period": today.month}
        self.simulator.control("POST", f"{self.division.code}/close-period", period)
        self.division.action_refresh()
        self.run_queue()
        move = self.invoice((100, self.tax(21)))
        self.run_queue()
        self.assertEqual(move.state, "posted")
        alerts = [alert["message"] for alert in move._get_alerts().values()]
        self.assertTrue([text for text in alerts if "is closed for the journal" in text], alerts)

    def test_aging_stands_side_by_side(self):
        today = fields.Date.today()
        new, old = self.booked(100, 200)
        bill = self.booked_bill(50, ref="F-9", invoice_date_due=today - relativedelta(days=40))
        (elsewhere,) = self.booked(10)
        self.delete_in_exact(self.entry(elsewhere))
        documents = [{"entry": self.entry(old), "amount": 42}]
        self.simulator.control(
            "POST", f"{self.division.code}/payments", {"documents": documents}
        )
        report = self.compared()
        report.action_read_aging()
        self.run_queue()
        report.invalidate_recordset()
        rows = {row.direction: row for row in report.aging_ids}
        self.assertEqual(rows["sales"].partner_id, self.customer)
        self.assertEqual(
            (rows["sales"].odoo_age_1, rows["sales"].exact_age_1), (121 + 242 + 12.1, 363 - 42)
        )
        self.assertEqual(rows["sales"].difference, -12.1 - 42)
        bills = rows["purchase"]
        self.assertEqual(bills.partner_id, bill.commercial_partner_id)
        self.assertEqual((bills.odoo_age_2, bills.exact_age_2, bills.difference), (60.5, 60.5, 0))
        self.assertIn("0-30", report.aging_groups)
        action = rows["sales"].action_odoo()
        items = self.env["account.move.line"].search(action["domain"])
        self.assertEqual(items.move_id, new | old | elsewhere)


@tagged("standard", "post_install", "-at_install")
class TestBookings(BaseCase):
    """Two bookings differ in what was really changed, and in nothing else."""

    def _booking(self, base=100, vat=21, vat_code="5", gl_account="700", **values):
        parts = {
            Part("owed"): Decimal(base + vat),
            Part("base", vat_code, gl_account): Decimal(-base),
            Part("vat", vat_code): Decimal(-vat),
        }
        usual = {
            "key": 1,
            "direction": "sales",
            "number": "INV/1",
            "reference": "INV/1",
            "date": None,
            "journal": "70",
            "party": "customer",
            "periods": [(2026, 12)],
        }
        return Booking(**{**usual, **values}, parts=parts)

    def test_only_what_was_changed_is_named(self):
        document = self._booking()
        for entry, kinds in (
            (self._booking(), []),
            (self._booking(base=110, vat=23.1), ["other_amount"]),
            (self._booking(vat=20), ["other_vat"]),
            (self._booking(vat=6, vat_code="1"), ["other_vat"]),
            (self._booking(gl_account="701"), ["other_account"]),
            (self._booking(party="another"), ["other_partner"]),
            (self._booking(journal="71"), ["other_journal"]),
            (self._booking(periods=[(2027, 1)]), ["other_period"]),
            (self._booking(base=110, vat=0, vat_code="1"), ["other_amount", "other_vat"]),
        ):
            self.assertEqual(bookings.differences(document, entry), kinds)

    def test_a_date_that_lies_in_two_periods_is_in_the_one_that_exact_chose(self):
        document = self._booking(periods=[(2026, 12), (2026, 13)])
        entry = self._booking(periods=[(2026, 13)])
        bookings.align(document, entry)
        self.assertEqual(bookings.differences(document, entry), [])
        self.assertEqual(document.period, (2026, 13))

    def test_a_link_goes_before_a_reference(self):
        documents = [self._booking(key=1), self._booking(key=2, reference="INV/2")]
        entries = [self._booking(key="a", reference="INV/2"), self._booking(key="b")]
        pairs, missing, unknown = bookings.pairs(documents, entries, {"a": 1})
        self.assertEqual([(each.key, entry.key) for each, entry in pairs], [(1, "a")])
        self.assertEqual([each.key for each in missing], [2])
        self.assertEqual([each.key for each in unknown], ["b"])
