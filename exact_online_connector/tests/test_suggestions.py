# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from ..wizards.suggestions import suggest
from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestSuggestions(ExactCase):
    def test_what_is_certain_is_filled_in_once(self):
        journal = self.company_data["default_journal_sale"]
        self.assertEqual(journal.exact_journal_id.code, "700")
        self.assertEqual(journal.exact_credit_journal_id.code, "701")
        self.assertEqual(self.tax(21).exact_vat_code_id.code, "5")
        self.assertEqual(self.tax(6).exact_vat_code_id.code, "1")
        self.assertEqual(suggest(self.company), 0, "twice in a row changes nothing")

    def test_what_a_person_chose_is_kept(self):
        tax = self.tax(21)
        other = self.env["exact.vat.code"].search(
            [("division_id", "=", self.division.id), ("code", "=", "1")]
        )
        tax.exact_vat_code_id = other
        suggest(self.company)
        self.assertEqual(tax.exact_vat_code_id, other)

    def test_nothing_is_guessed_for_zero_percent(self):
        zero = self.env["account.tax"].search(
            [
                ("company_id", "=", self.company.id),
                ("type_tax_use", "=", "sale"),
                ("amount", "=", 0),
            ]
        )
        self.assertTrue(zero)
        self.assertFalse(zero.exact_vat_code_id)

    def test_codes_are_of_no_importance(self):
        """The same administration with other VAT codes is mapped to the same codes' meaning."""
        codes = self.env["exact.vat.code"].sudo().search([("division_id", "=", self.division.id)])
        meant = self.tax(21).exact_vat_code_id
        for number, code in enumerate(codes):
            code.code = f"Z{number}"
        taxes = self.env["account.tax"].search([("company_id", "=", self.company.id)])
        taxes.exact_vat_code_id = False
        suggest(self.company)
        self.assertEqual(self.tax(21).exact_vat_code_id, meant)
