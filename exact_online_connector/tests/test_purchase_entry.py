# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib

from odoo import Command, fields
from odoo.tests import tagged

from ..exact_api import odata
from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestPurchaseEntry(ExactCase):
    """A vendor bill is booked once, with the supplier's own file, and proven to the cent."""

    def setUp(self):
        super().setUp()
        self.map_purchases()
        self.goods, self.low = self.chart("attn_VAT-IN-V81-21"), self.chart("attn_VAT-IN-V81-06")
        self.co_contractor = self.chart("attn_VAT-IN-V81-21-CC")

    def purchase(self, move):
        return self.item(move, "purchase_entry")

    def booked(self, move):
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        return [entry for entry in entries if entry["header"]["YourRef"] == move.ref]

    def assert_done(self, move):
        self.run_queue()
        item = self.purchase(move)
        self.assertEqual(item.state, "done", item.message)
        [entry] = self.booked(move)
        ledger = sum(round(line["AmountFC"] * 100) for line in entry["ledger_lines"])
        self.assertEqual(ledger, 0, "the ledger balances")
        return entry

    def test_a_bill_is_booked_with_its_original_and_proven(self):
        move = self.bill((184.35, self.goods), (19.99, self.low))
        file = self.attach(move)
        entry = self.assert_done(move)
        self.assertEqual(entry["header"]["AmountFC"], move.amount_total)
        self.assertEqual(entry["header"]["VATAmountFC"], move.amount_tax)
        self.assertEqual(entry["header"]["Journal"], "600")
        self.assertEqual(entry["header"]["Type"], 30)
        self.assertEqual(entry["document"]["Type"], 20)
        [attachment] = entry["attachments"]
        self.assertEqual(attachment["sha256"], hashlib.sha256(file.raw).hexdigest())
        item = self.purchase(move)
        self.assertEqual(item.exact_number, str(entry["header"]["EntryNumber"]))
        self.assertIn("equal to the cent", item.evidence)
        self.assertEqual(move.exact_state, "done")

    def test_a_refund_is_negative_and_goes_to_its_own_journal(self):
        move = self.bill((100.0, self.low), move_type="in_refund", ref="CN-7")
        entry = self.assert_done(move)
        self.assertEqual(entry["header"]["Journal"], "601")
        self.assertEqual(entry["header"]["AmountFC"], -106.0)

    def test_a_bill_without_file_goes_without_document(self):
        move = self.bill((100.0, self.goods))
        self.assert_done(move)
        self.assertFalse(self.item(move, "document"))

    def test_a_bill_goes_without_document_where_the_journal_wants_none(self):
        move = self.bill((100.0, self.goods))
        self.attach(move)
        move.journal_id.exact_attachment_policy = "none"
        self.assertEqual(self.assert_done(move)["attachments"], [])

    def test_a_reverse_charge_is_both_owed_and_claimed(self):
        move = self.bill((100.0, self.co_contractor), (10.0, self.goods))
        entry = self.assert_done(move)
        self.assertEqual(move.amount_total, 112.1)
        self.assertEqual(entry["header"]["AmountFC"], 112.1)
        charged = [
            line["AmountFC"]
            for line in entry["ledger_lines"]
            if line.get("VATCode", "").strip() == "MA" and abs(line["AmountFC"]) == 21.0
        ]
        self.assertEqual(sorted(charged), [-21.0, 21.0])

    def test_a_refund_of_a_reverse_charge(self):
        move = self.bill((100.0, self.co_contractor), move_type="in_refund", ref="CN-8")
        self.assertEqual(self.assert_done(move)["header"]["AmountFC"], -100.0)

    def test_a_reverse_charge_that_exact_books_otherwise_is_named(self):
        move = self.bill((100.0, self.co_contractor))
        self.fault("change_vat", "POST", ".*/purchaseentry/PurchaseEntries", times="once")
        self.run_queue()
        item = self.purchase(move)
        self.assertEqual(item.state, "differs", item.message)
        self.assertIn("Reverse charge of code MA: 21.00 in Odoo, 21.01 in Exact", item.message)

    def test_what_exact_booked_otherwise_is_named(self):
        for effect, words in (
            ("drop_gl_link", "Account 604000"),
            ("lose_line", "Total: 142.19 in Odoo"),
            ("change_vat", "VAT of code"),
        ):
            with self.subTest(effect=effect):
                move = self.bill((100.0, self.goods), (19.99, self.low), ref=f"F-{effect}")
                self.fault(effect, "POST", ".*/purchaseentry/PurchaseEntries", times="once")
                self.run_queue()
                item = self.purchase(move)
                self.assertEqual(item.state, "differs", "done would be a lie")
                self.assertIn(words, item.message)
                self.assertEqual(len(self.booked(move)), 1)

    def test_a_missing_document_is_named(self):
        move = self.bill((100.0, self.goods))
        self.attach(move)
        self.fault("lose_document_link", "POST", ".*/purchaseentry/PurchaseEntries", times="once")
        self.run_queue()
        self.assertEqual(self.purchase(move).state, "differs")
        self.assertIn("Document:", self.purchase(move).message)

    def test_a_lost_answer_is_looked_up_by_number_supplier_and_journal(self):
        other = self.supplier(name="Another supplier", vat=False)
        first = self.bill((55.0, self.goods), partner_id=other.id)
        self.run_queue()
        move = self.bill((100.0, self.goods))
        self.assertEqual(move.ref, first.ref, "two suppliers number alike")
        self.fault(
            "cut_after_commit", "POST", ".*/purchaseentry/PurchaseEntries", times="once"
        )
        self.run_queue()
        item = self.purchase(move)
        self.assertEqual(item.state, "done", item.message)
        self.assertIn("not sent again", item.evidence)
        self.assertEqual(len(self.booked(move)), 2, "each once")

    def test_after_a_lost_answer_a_changed_bill_is_a_conflict_not_a_second_booking(self):
        move = self.bill((100.0, self.goods))
        self.fault(
            "cut_after_commit", "POST", ".*/purchaseentry/PurchaseEntries", times="once"
        )
        self.fault("status", "GET", ".*/purchaseentry/PurchaseEntries", times="once", status=503)
        self.run_queue()
        number = move.ref
        move.button_draft()
        move.write({"ref": "F-99", "partner_id": self.supplier(name="Other", vat=False).id})
        move.journal_id.exact_journal_id = self.mirror("exact.journal", "602")
        move.action_post()
        self.purchase(move).action_retry()
        self.run_queue()
        item = self.purchase(move)
        self.assertEqual((item.state, item.error_class), ("failed", "conflict"), item.message)
        self.assertIn(f"F-99 in Odoo, {number} in Exact", item.message)
        self.assertIn("602 in Odoo, 600 in Exact", item.message)
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        self.assertEqual(len(entries), 1)

    def test_a_customer_becomes_a_supplier_in_exact_before_his_bill_goes(self):
        self.invoice((100.0, self.tax(21)))
        self.run_queue()
        move = self.bill((50.0, self.goods), partner_id=self.customer.id)
        self.assert_done(move)
        [account] = [
            row
            for row in self.simulator.control("GET", f"{self.division.code}/accounts")["accounts"]
            if row["Name"] == self.customer.name
        ]
        self.assertTrue(account["IsSupplier"])
        self.assertEqual(account["Status"], "C")

    def test_a_supplier_alone_is_no_customer_in_exact(self):
        partner = self.supplier(name="Nothing but a supplier", vat=False)
        self.assert_done(self.bill((50.0, self.goods), partner_id=partner.id))
        [account] = [
            row
            for row in self.simulator.control("GET", f"{self.division.code}/accounts")["accounts"]
            if row["Name"] == partner.name
        ]
        self.assertEqual((account["Status"], account["IsSupplier"]), ("A", True))

    def test_a_price_with_tax_and_cash_rounding(self):
        included = self.goods.copy(
            {"name": "21% included", "price_include_override": "tax_included"}
        )
        included.exact_vat_code_id = self.goods.exact_vat_code_id
        self.assert_done(self.bill((21.53, included), (21.53, included), (0.05, self.low)))

    def test_vat_of_the_supplier_that_differs_by_a_cent_arrives_as_it_is(self):
        move = self.bill((100.0, self.goods), ref="F-CENT")
        move.button_draft()
        [tax_line] = move.line_ids.filtered(lambda line: line.display_type == "tax")
        [term] = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        move.line_ids = [
            Command.update(tax_line.id, {"amount_currency": 21.01, "debit": 21.01}),
            Command.update(term.id, {"amount_currency": -121.01, "credit": 121.01}),
        ]
        move.action_post()
        self.assertEqual(move.amount_total, 121.01)
        self.assertEqual(self.assert_done(move)["header"]["AmountFC"], 121.01)

    def test_the_key_of_a_bill_is_read_back_as_it_was_written(self):
        operation = self.env["exact.operation.purchase.entry"].with_company(self.company)
        move = self.bill((100.0, self.goods), ref="F 20 871")
        key = operation._own_key(move)
        self.assertEqual(key, "- 600 F 20 871", "the supplier is not in Exact yet")
        self.assert_done(move)
        guid = operation._party_of(move)
        self.assertEqual(operation._own_key(move), f"{guid} 600 F 20 871")
        self.assertEqual(odata.guid(guid), f"guid'{guid}'")


DUTCH = 310101


@tagged("standard", "post_install", "-at_install")
class TestDemoBills(ExactCase):
    """The bills of the demonstration arrive in both countries once what they use is mapped."""

    seeds = ("be", "nl")

    def assert_bills_arrive(self, company, taxes, accounts, journal):
        self.company = company
        division = company.exact_division_id
        chart = self.env["account.chart.template"].with_company(company)
        purchases = self.env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", "purchase")], limit=1
        )
        purchases.exact_is_sent = True
        purchases.exact_journal_id = self.listed(division, "exact.journal", journal)
        for name, code in taxes.items():
            tax, vat_code = chart.ref(name), self.listed(division, "exact.vat.code", code)
            self.assertIsNone(vat_code._tax_mismatch(tax, vat_code))
            tax.exact_vat_code_id = vat_code
        bills = self.env["account.move"]
        for number, (name, code) in enumerate(accounts.items(), 1):
            account = chart.ref(name).with_company(company)
            account.exact_gl_account_id = self.listed(division, "exact.gl.account", code)
            bills += self.env["account.move"].with_company(company).create(
                {
                    "move_type": "in_invoice",
                    "partner_id": self.supplier().id,
                    "ref": f"F-{number}",
                    "invoice_date": fields.Date.today(),
                    "journal_id": purchases.id,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "name": "Paper",
                                "price_unit": price,
                                "account_id": account.id,
                                "tax_ids": [Command.set(chart.ref(tax).ids)],
                            }
                        )
                        for price, tax in zip((184.35, 19.5, 24.99), taxes, strict=False)
                    ],
                }
            )
        bills.action_post()
        self.run_queue()
        for bill in bills:
            item = self.item(bill, "purchase_entry")
            self.assertEqual(item.state, "done", item.message)

    def listed(self, division, model, code):
        return self.env[model].search(
            [("division_id", "=", division.id), ("code", "=", code)]
        ).ensure_one()

    def test_belgian_bills(self):
        self.assert_bills_arrive(
            self.company,
            {"attn_VAT-IN-V82-21-S": "5", "attn_VAT-IN-V81-21": "5", "attn_VAT-IN-V81-06": "1"},
            {"a6120": "602000", "a6125": "602000", "a613310": "602000", "a604": "604000"},
            "600",
        )

    def test_dutch_bills(self):
        company = self.env["res.company"].create(
            {"name": "Demo Utrecht", "country_id": self.env.ref("base.nl").id}
        )
        self.env["account.chart.template"].try_loading("nl", company, install_demo=False)
        self.env.user.company_ids += company
        self.connection.company_ids += company
        company.exact_division_id = self.connection.division_ids.filtered(
            lambda division: division.code == DUTCH
        )
        company.exact_division_id.action_refresh()
        self.run_queue()
        self.env.invalidate_all()
        self.env.user.company_id = company
        self.assert_bills_arrive(
            company,
            {"btw_21_buy_d": "2", "btw_21_buy": "2", "btw_ink_0": "IV"},
            {"4310": "4500", "4130": "4500", "4360": "4500", "7001": "7000"},
            "60",
        )
