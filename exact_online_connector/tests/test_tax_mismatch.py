# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command
from odoo.tests import tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestTaxMismatch(ExactCase):
    """What a tax does decides whether a VAT code of Exact can reproduce it."""

    def _mismatch(self, tax, code):
        vat_code = self.mirror("exact.vat.code", code)
        return self.env["exact.vat.code"]._tax_mismatch(tax, vat_code)

    def test_taxes_of_the_belgian_chart(self):
        for name, code, words in (
            ("attn_VAT-OUT-21-L", "5", None),
            ("attn_VAT-OUT-21-L", "1", "is 21.0 %, its VAT code 1 is 6.0 %"),
            ("attn_VAT-OUT-21-L", "6", "includes VAT in its amounts"),
            ("attn_VAT-OUT-21-L", "MA", "is for purchases"),
            ("attn_VAT-OUT-06-L", "1", None),
            ("attn_VAT-OUT-00-EU-L", "EL", None),
            ("attn_VAT-OUT-00-EU-L", "5", "is 0.0 %, its VAT code 5 is 21.0 %"),
            ("attn_VAT-IN-V81-21", "5", None),
            ("attn_VAT-IN-V81-21", "EL", "is for sales"),
            ("attn_VAT-IN-V81-21", "MA", "is a reverse charge, the tax is not"),
            ("attn_VAT-IN-V82-21-S", "5", None),
            ("attn_VAT-IN-V81-21-CC", "MA", None),
            ("attn_VAT-IN-V81-21-CC", "MB", "its VAT code MB is 6.0 %"),
            ("attn_VAT-IN-V81-21-CC", "5", "is a reverse charge, its VAT code 5 is not"),
            ("attn_VAT-IN-V81-21-EU", "EA", None),
            ("attn_VAT-IN-V81-21-ROW-CC", "IM", None),
            ("attn_VAT-IN-V82-CAR-EXC", "5", None),
        ):
            with self.subTest(tax=name, code=code):
                mismatch = self._mismatch(self.chart(name), code)
                if words is None:
                    self.assertIsNone(mismatch)
                else:
                    self.assertIn(words, mismatch)

    def test_an_inclusive_price_is_no_mismatch_as_the_net_amount_is_sent(self):
        tax = self.tax(21).copy({"name": "incl", "price_include_override": "tax_included"})
        self.assertIsNone(self._mismatch(tax, "5"))

    def test_a_reverse_charge_made_of_two_taxes(self):
        parts = {"type_tax_use": "none", "tax_scope": False}
        claimed = self.chart("attn_VAT-IN-V81-21").copy({"name": "+21", **parts})
        owed = claimed.copy({"name": "-21", "amount": -21.0, **parts})
        group = self.env["account.tax"].create(
            {
                "name": "+21 -21",
                "amount_type": "group",
                "type_tax_use": "purchase",
                "children_tax_ids": [Command.set((claimed + owed).ids)],
            }
        )
        self.assertIsNone(self._mismatch(group, "MA"))
        self.assertIn("is a reverse charge", self._mismatch(group, "5"))

    def test_an_amount_per_unit_is_not_a_rate(self):
        tax = self.tax(21).copy({"name": "Recupel", "amount_type": "fixed", "amount": 0.05})
        self.assertIn("not a percentage", self._mismatch(tax, "5"))

    def test_a_tax_that_is_half_reversed(self):
        tax = self.chart("attn_VAT-IN-V81-21-CC").copy({"name": "half"})
        for part in tax.repartition_line_ids.filtered(lambda part: part.factor_percent < 0):
            part.factor_percent = -50
        self.assertIn("partly reversed", self._mismatch(tax, "5"))
