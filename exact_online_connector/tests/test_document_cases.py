# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command
from odoo.tests import tagged

from .common import ExactCase

DATES = {
    "invoice_date": "2026-11-05",
    "date": "2026-11-05",
    "invoice_date_due": "2026-12-05",
    "payment_reference": "+++000/0000/00101+++",
}


@tagged("standard", "post_install", "-at_install")
class TestDocumentCases(ExactCase):
    """Whatever Odoo can post arrives: what is sent is written out in ``payloads/``, and what the
    simulator booked of it is proven to the cent.
    """

    def setUp(self):
        super().setUp()
        self.map_purchases()
        for name in ("default_journal_sale", "default_journal_purchase"):
            self.company_data[name].exact_attachment_policy = "none"

    def _invoice(self, *lines, **values):
        return self.invoice(
            *lines,
            **{"name": "INV/2026/00042", "invoice_payment_term_id": False, **DATES, **values},
        )

    def _bill(self, *lines, **values):
        return self.bill(
            *lines,
            **{"name": "BILL/2026/11/0001", "invoice_payment_term_id": False, **DATES, **values},
        )

    def _assert_arrives(self, name, move):
        self.assert_payload(name, move)
        self._assert_done(move)

    def _assert_done(self, move):
        self.run_queue()
        item = self.item(move, move._exact_kind())
        self.assertEqual(item.state, "done", item.message)

    def _mapped(self, account, code):
        account.exact_gl_account_id = self.mirror("exact.gl.account", code)
        return account

    def _account(self, code, name, kind, exact_code):
        account = self.env["account.account"].create(
            {"code": code, "name": name, "account_type": kind}
        )
        return self._mapped(account, exact_code)

    # -- currencies -------------------------------------------------------------------------------

    def _currency(self, code, per_euro):
        currency = self.env.ref(f"base.{code}")
        currency.active = True
        currency.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": "2026-01-01",
                "rate": per_euro,
                "company_id": self.company.id,
            }
        )
        return currency.id

    def test_dollars_at_the_rate_that_leaves_fewest_cents(self):
        journal = self.company_data["default_journal_sale"]
        journal.exact_journal_id = self.mirror("exact.journal", "702")
        dollar = self._currency("USD", 1.0872)
        move = self._invoice(
            (33.33, self.tax(21)), (0.05, self.tax(6)), (99.99, self.tax(21)), currency_id=dollar
        )
        self._assert_arrives("dollars", move)
        [entry] = self.entries(move)
        self.assertAlmostEqual(entry["header"]["AmountDC"], move.amount_total_signed, delta=0.011)
        self.assertIn("As foreseen", self.item(move).evidence)

    def test_a_bill_in_pounds(self):
        journal = self.company_data["default_journal_purchase"]
        journal.exact_journal_id = self.mirror("exact.journal", "602")
        pound = self._currency("GBP", 0.8433)
        tax = self.chart("attn_VAT-IN-V81-21-CC")
        self._assert_arrives("bill_in_pounds", self._bill((123.45, tax), currency_id=pound))

    def test_a_currency_without_decimals(self):
        journal = self.company_data["default_journal_sale"]
        journal.exact_journal_id = self.mirror("exact.journal", "702")
        yen = self._currency("JPY", 163.27)
        self._assert_arrives("yen", self._invoice((12345, self.tax(21)), currency_id=yen))

    # -- several taxes on a line ------------------------------------------------------------------

    def _contribution(self, include_base_amount):
        account = self._account("451900", "Recupel", "liability_current", "499000")
        return self.env["account.tax"].create(
            {
                "name": "Recupel",
                "amount_type": "fixed",
                "amount": 0.07,
                "type_tax_use": "sale",
                "sequence": 0,
                "include_base_amount": include_base_amount,
                "invoice_repartition_line_ids": self._parts(account),
                "refund_repartition_line_ids": self._parts(account),
            }
        )

    def _parts(self, account):
        return [
            Command.create({"repartition_type": "base"}),
            Command.create({"repartition_type": "tax", "account_id": account.id}),
        ]

    def test_a_contribution_that_is_taxed_too(self):
        taxes = self._contribution(True) + self.tax(21)
        self._assert_arrives("contribution_taxed", self._invoice((9.99, taxes), (0.05, taxes)))

    def test_a_contribution_beside_the_tax(self):
        taxes = self._contribution(False) + self.tax(21)
        self._assert_arrives("contribution_untaxed", self._invoice((9.99, taxes)))

    def test_a_credit_note_of_a_contribution(self):
        taxes = self._contribution(True) + self.tax(21)
        move = self._invoice((9.99, taxes), move_type="out_refund", name="RINV/2026/00007")
        self._assert_arrives("contribution_credited", move)

    # -- withholding tax --------------------------------------------------------------------------

    def _withholding(self):
        account = self._account("412900", "Withheld", "asset_current", "499000")
        return self.env["account.tax"].create(
            {
                "name": "Withheld 15 %",
                "amount_type": "percent",
                "amount": -15.0,
                "type_tax_use": "sale",
                "sequence": 20,
                "invoice_repartition_line_ids": self._parts(account),
                "refund_repartition_line_ids": self._parts(account),
            }
        )

    def test_what_the_customer_keeps_back(self):
        taxes = self.tax(21) + self._withholding()
        move = self._invoice((100.0, taxes), (50.0, self.tax(6)))
        self.assertEqual(move.amount_total, 100 * 1.06 + 53)
        self._assert_arrives("withholding", move)
        [entry] = self.entries(move)
        self.assertEqual(entry["header"]["AmountFC"], move.amount_total)

    def test_a_credit_note_of_what_the_customer_keeps_back(self):
        taxes = self.tax(21) + self._withholding()
        move = self._invoice((100.0, taxes), move_type="out_refund", name="RINV/2026/00007")
        self._assert_arrives("withholding_credited", move)

    def test_what_is_kept_back_is_reversed_too(self):
        taxes = self.tax(21) + self._withholding()
        move = self._invoice((100.0, taxes))
        self._assert_done(move)
        self.simulator.control("POST", f"{self.division.code}/process", {"entry": move.name})
        move.button_draft()
        move.invoice_line_ids.price_unit = 200.0
        move.action_post()
        self.run_queue()
        self.item(move).action_reverse()
        self._assert_done(move)
        [old, new] = sorted(entry["header"]["AmountFC"] for entry in self.entries(move))
        self.assertEqual((old, new), (106.0, 212.0))

    def test_a_withholding_tax_that_exact_cannot_be_told_is_refused(self):
        sale = self.tax(21) + self._withholding()
        purchase = self.chart("attn_VAT-IN-V81-21")
        withheld = sale[1].copy({"name": "Withheld", "type_tax_use": "purchase"})
        other = sale[1].copy({"name": "Withheld 7 %", "amount": -7.0})
        undone = sale[1].copy({"name": "Undone", "amount": -21.0})
        dollar = self._currency("USD", 1.0872)
        invoice = self._invoice((100.0, sale), post=False)
        for move, words in (
            (self._bill((100.0, purchase + withheld), post=False), "a code of a list"),
            (self._invoice((100.0, sale), (5.0, other), post=False), "several withholding taxes"),
            (self._invoice((100.0, sale), currency_id=dollar, post=False), "in EUR only"),
            (self._invoice((100.0, self.tax(21) + undone), post=False), "has several taxes"),
        ):
            with self.subTest(words):
                self.assertIn(words, move.exact_refusal)
        self.assertFalse(invoice.exact_refusal)
        self.division.withholding = "stored"
        invoice.invalidate_recordset(["exact_refusal"])
        self.assertIn("does not deduct", invoice.exact_refusal)

    # -- what Odoo adds to a document -------------------------------------------------------------

    def test_cash_rounding_of_the_biggest_tax(self):
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "5 cents",
                "rounding": 0.05,
                "strategy": "biggest_tax",
                "rounding_method": "HALF-UP",
            }
        )
        move = self._invoice(
            (19.99, self.tax(21)), (5.0, self.tax(6)), invoice_cash_rounding_id=rounding.id
        )
        self._assert_arrives("cash_rounding_of_the_tax", move)

    def test_early_payment_discount_that_lowers_the_tax(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "2 % in 10 days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "mixed",
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})
                ],
            }
        )
        move = self._invoice((100.0, self.tax(21)), invoice_payment_term_id=term.id)
        self._assert_arrives("early_payment_discount", move)

    def test_a_line_that_is_partly_private(self):
        journal = self.company_data["default_journal_purchase"]
        journal.non_deductible_account_id = self._account(
            "416900", "Private use", "asset_current", "499000"
        )
        move = self._bill((100.0, self.chart("attn_VAT-IN-V82-21-S")), post=False)
        move.invoice_line_ids.deductible_amount = 70
        move.action_post()
        self._assert_arrives("partly_private", move)

    def test_half_of_the_vat_is_a_cost(self):
        tax = self.chart("attn_VAT-IN-V82-CAR-EXC")
        tax.exact_vat_code_id = self.mirror("exact.vat.code", "5")
        self._assert_arrives("half_deductible", self._bill((123.45, tax)))

    def test_half_as_a_whole_number(self):
        self.switch(percentages="whole")
        self.division.percentages = "whole"
        tax = self.chart("attn_VAT-IN-V82-CAR-EXC")
        tax.exact_vat_code_id = self.mirror("exact.vat.code", "5")
        self._assert_arrives("half_deductible_as_50", self._bill((123.45, tax)))

    # -- cost centres and cost units --------------------------------------------------------------

    def _analytic(self, name, center=None, unit=None):
        plan = self.env["account.analytic.plan"].create({"name": name})
        return self.env["account.analytic.account"].create(
            {
                "name": name,
                "plan_id": plan.id,
                "exact_cost_center_id": center and self._place("exact.cost.center", center).id,
                "exact_cost_unit_id": unit and self._place("exact.cost.unit", unit).id,
            }
        )

    def _place(self, model, number):
        return self.env[model].search([("division_id", "=", self.division.id)])[number - 1]

    def test_a_line_over_three_cost_centres(self):
        accounts = [self._analytic(f"Place {number}", center=number) for number in (1, 2)]
        move = self._invoice((100.0, self.tax(21)), post=False)
        move.invoice_line_ids.analytic_distribution = {
            str(accounts[0].id): 33.33,
            str(accounts[1].id): 33.33,
        }
        move.action_post()
        self._assert_arrives("cost_centres", move)

    def test_a_cost_centre_and_a_cost_unit(self):
        center, unit = self._analytic("Place", center=1), self._analytic("Sort of work", unit=1)
        move = self._invoice((0.05, self.tax(21)), (99.99, self.tax(6)), post=False)
        move.invoice_line_ids.analytic_distribution = {f"{center.id},{unit.id}": 100}
        move.action_post()
        self._assert_arrives("cost_centre_and_unit", move)

    def test_two_plans_apart(self):
        centers = [self._analytic(f"Place {number}", center=number) for number in (1, 2)]
        unit = self._analytic("Sort of work", unit=1)
        move = self._invoice((100.01, self.tax(21)), post=False)
        move.invoice_line_ids.analytic_distribution = {
            str(centers[0].id): 50,
            str(centers[1].id): 50,
            str(unit.id): 100,
        }
        move.action_post()
        self._assert_arrives("two_plans", move)

    # -- kinds of documents -----------------------------------------------------------------------

    def test_a_sales_receipt(self):
        move = self._invoice((12.1, self.tax(21)), move_type="out_receipt")
        self._assert_arrives("sales_receipt", move)

    def test_a_purchase_receipt(self):
        move = self._bill((12.1, self.chart("attn_VAT-IN-V81-21")), move_type="in_receipt")
        self._assert_arrives("purchase_receipt", move)

    def test_a_receipt_of_nobody_is_refused(self):
        move = self._invoice((12.1, self.tax(21)), move_type="out_receipt", partner_id=False)
        self.assertIn("has no contact", move._exact_refusals()[0].text)

    def test_a_final_invoice_takes_off_the_down_payment(self):
        move = self._invoice((1000.0, self.tax(21)), (-333.33, self.tax(21)))
        self._assert_arrives("final_invoice", move)

    def test_an_invoice_of_nothing(self):
        move = self._invoice((100.0, self.tax(21)), (-100.0, self.tax(21)))
        self._assert_arrives("nothing_owed", move)

    def test_only_empty_lines(self):
        self._assert_arrives("only_empty_lines", self._invoice((0.0, self.tax(21))))

    def test_two_hundred_lines(self):
        taxes = [self.tax(21), self.tax(6), self.tax(12)]
        lines = [(round(0.01 + 0.37 * number, 2), taxes[number % 3]) for number in range(200)]
        self._assert_arrives("two_hundred_lines", self._invoice(*lines))

    def test_ties_at_half_a_cent(self):
        move = self._invoice((0.5, self.tax(21)), (-0.5, self.tax(6)), (12.5, self.tax(21)))
        self._assert_arrives("ties", move)

    def test_a_credit_note_of_prices_that_include_the_tax(self):
        tax = self.tax(21).copy({"name": "21% included", "price_include_override": "tax_included"})
        tax.exact_vat_code_id = self.tax(21).exact_vat_code_id
        move = self._invoice(
            (21.53, tax), (0.05, tax), move_type="out_refund", name="RINV/2026/00007"
        )
        self._assert_arrives("credit_note_with_the_tax_included", move)

    # -- payment ----------------------------------------------------------------------------------

    def _instalments(self, condition=None):
        return self.env["account.payment.term"].create(
            {
                "name": "Half now",
                "exact_payment_condition_id": condition
                and self.mirror("exact.payment.condition", condition).id,
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (30, 60)
                ],
            }
        )

    def test_instalments_that_exact_makes(self):
        self.switch(instalments="two_terms")
        move = self._invoice(
            (100.0, self.tax(21)), invoice_payment_term_id=self._instalments("2T").id
        )
        self._assert_arrives("instalments", move)

    def test_instalments_without_a_condition_are_one_term(self):
        move = self._invoice((100.0, self.tax(21)), invoice_payment_term_id=self._instalments().id)
        [finding] = move._exact_findings()
        self.assertEqual((finding.severity, finding.cause), ("warning", "instalments"))
        self._assert_arrives("instalments_as_one_term", move)

    def test_a_payment_reference_without_punctuation(self):
        self.switch(payment_reference="refuse")
        self.division.reference_format = "plain"
        self._assert_arrives("plain_reference", self._invoice((100.0, self.tax(21))))

    # -- VAT codes that include VAT ---------------------------------------------------------------

    def _assert_inclusive(self, amount):
        self.switch(inclusive_amount=amount)
        self.division.inclusive_amount = amount
        tax = self.tax(21).copy({"name": "21% included", "price_include_override": "tax_included"})
        tax.exact_vat_code_id = self.mirror("exact.vat.code", "6")
        move = self._invoice((21.53, tax), (0.05, tax))
        self._assert_arrives(f"inclusive_code_{amount}", move)

    def test_an_inclusive_code_takes_the_gross_amount(self):
        self._assert_inclusive("gross")

    def test_an_inclusive_code_takes_the_net_amount(self):
        self._assert_inclusive("net")

    # -- what cannot be ---------------------------------------------------------------------------

    def test_a_tax_on_payment_is_refused_with_the_reason(self):
        self.company.tax_exigibility = True
        account = self.env["account.account"].create(
            {
                "code": "451950",
                "name": "VAT on payment",
                "account_type": "liability_current",
                "reconcile": True,
            }
        )
        tax = self.tax(21).copy(
            {
                "name": "21% on payment",
                "tax_exigibility": "on_payment",
                "cash_basis_transition_account_id": account.id,
            }
        )
        tax.exact_vat_code_id = self.tax(21).exact_vat_code_id
        move = self._invoice((100.0, tax))
        [finding] = move._exact_refusals()
        self.assertEqual(finding.cause, "cash_basis")
