# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command
from odoo.tests import tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestPayloads(ExactCase):
    """What is sent, written out: one file per tax case in ``payloads/``."""

    def _dated(self, *lines, **values):
        return self.invoice(
            *lines,
            invoice_date="2026-11-05",
            invoice_date_due="2026-12-05",
            invoice_payment_term_id=False,
            payment_reference="+++000/0000/00101+++",
            name=values.pop("name", "INV/2026/00042"),
            **values,
        )

    def test_one_rate(self):
        self.assert_payload("one_rate", self._dated((100.0, self.tax(21))))

    def test_two_rates(self):
        self.assert_payload("two_rates", self._dated((100.0, self.tax(21)), (19.99, self.tax(6))))

    def test_three_rates_and_a_negative_line(self):
        move = self._dated(
            (33.33, self.tax(21)), (19.99, self.tax(6)), (0.05, self.tax(12)), (-5.0, self.tax(21))
        )
        self.assert_payload("three_rates_and_a_negative_line", move)

    def test_vat_rounded_over_the_document(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        move = self._dated(*((0.12, self.tax(21)) for _line in range(3)))
        self.assert_payload("vat_rounded_over_the_document", move)

    def test_vat_rounded_per_line(self):
        self.company.tax_calculation_rounding_method = "round_per_line"
        move = self._dated(*((0.12, self.tax(21)) for _line in range(3)))
        self.assert_payload("vat_rounded_per_line", move)

    def test_line_without_tax(self):
        self.assert_payload(
            "line_without_tax", self._dated((100.0, self.tax(21)), (7.5, self.env["account.tax"]))
        )

    def test_credit_note(self):
        move = self._dated(
            (100.0, self.tax(21)),
            (19.99, self.tax(6)),
            move_type="out_refund",
            name="RINV/2026/00007",
        )
        self.assert_payload("credit_note", move)

    def test_price_that_includes_the_tax(self):
        tax = self.tax(21).copy({"name": "21% included", "price_include_override": "tax_included"})
        tax.exact_vat_code_id = self.tax(21).exact_vat_code_id
        self.assert_payload("price_that_includes_the_tax", self._dated((21.53, tax), (21.53, tax)))

    def test_discount_and_quantity(self):
        move = self._dated((9.99, self.tax(21)), post=False)
        move.invoice_line_ids.write({"quantity": 3, "discount": 7.5})
        move.action_post()
        self.assert_payload("discount_and_quantity", move)

    def test_sections_notes_and_zero_lines(self):
        move = self._dated((100.0, self.tax(21)), (0.0, self.tax(21)), post=False)
        move.invoice_line_ids = [
            Command.create({"display_type": "line_section", "name": "Section"}),
            Command.create({"display_type": "line_note", "name": "Note"}),
        ]
        move.action_post()
        self.assert_payload("one_rate", move)

    def test_cash_rounding(self):
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "5 cents",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": self.company_data["default_account_revenue"].id,
                "loss_account_id": self.company_data["default_account_revenue"].id,
                "rounding_method": "HALF-UP",
            }
        )
        move = self._dated((19.99, self.tax(21)), invoice_cash_rounding_id=rounding.id)
        self.assert_payload("cash_rounding", move)

    def test_long_and_many_lined_text(self):
        move = self._dated((100.0, self.tax(21)), post=False)
        move.invoice_line_ids.name = "First line\nsecond line " + "x" * 200
        move.action_post()
        self.assert_payload("long_text", move)

    def test_payment_term(self):
        move = self._dated((100.0, self.tax(21)), post=False)
        move.invoice_payment_term_id = self.env.ref("account.account_payment_term_30days")
        move.action_post()
        self.assert_payload("payment_term", move)

    # -- bills ------------------------------------------------------------------------------------

    def _dated_bill(self, *lines, **values):
        """A bill that Exact takes as it is: its payload is sent with the client alone."""
        self.map_purchases()
        move = self.bill(
            *lines,
            **{
                "invoice_date": "2026-11-05",
                "date": "2026-11-05",
                "invoice_date_due": "2026-12-05",
                "invoice_payment_term_id": False,
                "name": "BILL/2026/11/0001",
                **values,
            },
        )
        return move

    def _assert_bill(self, name, move):
        self.assert_payload(name, move)
        self.assertIsNone(self.refused_by_exact(move, "purchase_entry"))

    def test_bill_of_one_rate(self):
        tax = self.chart("attn_VAT-IN-V81-21")
        self._assert_bill("bill_of_one_rate", self._dated_bill((184.35, tax)))

    def test_bill_of_two_lines(self):
        move = self._dated_bill(
            (89.0, self.chart("attn_VAT-IN-V82-21-S")), (19.5, self.chart("attn_VAT-IN-V81-06"))
        )
        self._assert_bill("bill_of_two_lines", move)

    def test_refund_of_a_bill(self):
        move = self._dated_bill(
            (100.0, self.chart("attn_VAT-IN-V81-06")),
            move_type="in_refund",
            ref="CN-7",
            name="RBILL/2026/11/0001",
        )
        self._assert_bill("refund_of_a_bill", move)

    def test_bill_with_reverse_charge(self):
        tax = self.chart("attn_VAT-IN-V81-21-CC")
        self._assert_bill("bill_with_reverse_charge", self._dated_bill((100.0, tax)))

    def test_bill_with_the_suppliers_payment_reference(self):
        tax = self.chart("attn_VAT-IN-V81-21")
        move = self._dated_bill((100.0, tax), payment_reference="+++000/0000/00202+++")
        self._assert_bill("bill_with_payment_reference", move)

    def test_bill_of_an_earlier_month(self):
        move = self._dated_bill(
            (184.35, self.chart("attn_VAT-IN-V81-21")), invoice_date="2026-10-28"
        )
        self._assert_bill("bill_of_an_earlier_month", move)
