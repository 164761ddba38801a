# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from itertools import product

from odoo.tests import tagged

from .common import ExactCase

SWITCHES = {
    "vat_rounding": ("line", "code", "document"),
    "vat_override_tolerance": ("unlimited", "0.02", "0.10", "refuse"),
    "inclusive_amount": ("gross", "net"),
    "header_vat": ("ignored", "enforced"),
    "credit_note_type": ("21", "20"),
    "positive_credit_note": ("keep", "flip", "refuse"),
}
THIRDS = (0.12, 0.12, 0.12)


@tagged("standard", "post_install", "-at_install")
class TestMoney(ExactCase):
    """Right to the cent or not called done, whatever of the unknown the real Exact does."""

    def setUp(self):
        super().setUp()
        self.company_data["default_journal_sale"].exact_attachment_policy = "none"

    def _documents(self):
        high, low, middle = self.tax(21), self.tax(6), self.tax(12)
        untaxed = self.env["account.tax"]
        return (
            self.invoice(*((price, high) for price in THIRDS)),
            self.invoice((33.33, high), (19.99, low), (0.05, middle), (-5.0, high), (1.0, untaxed)),
            self.invoice(*((price, high) for price in THIRDS), move_type="out_refund"),
        )

    def _assert_to_the_cent(self, move, options):
        item = self.item(move)
        entries = self.entries(move)
        if item.state == "done":
            [entry] = entries
            sign = -1 if move.move_type == "out_refund" else 1
            self.assertEqual(
                round(entry["header"]["AmountFC"] * 100), round(sign * move.amount_total * 100)
            )
            ledger = sum(round(line["AmountFC"] * 100) for line in entry["ledger_lines"])
            self.assertEqual(ledger, 0, "the ledger balances")
            return
        # the only other ends: refused in words, or booked and shown to differ
        self.assertIn(item.state, ("failed", "differs"), options)
        self.assertTrue(item.message, options)
        self.assertEqual(len(entries), 0 if item.state == "failed" else 1, options)

    def test_under_every_setting(self):
        combinations = [
            {"vat_rounding": rounding, "vat_override_tolerance": tolerance}
            for rounding, tolerance in product(
                SWITCHES["vat_rounding"], SWITCHES["vat_override_tolerance"]
            )
        ]
        combinations += [
            {name: value}
            for name, values in SWITCHES.items()
            for value in values[1:]
            if not name.startswith("vat_")
        ]
        defaults = {name: values[0] for name, values in SWITCHES.items()}
        done = 0
        for options in combinations:
            with self.subTest(**options):
                self.switch(**{**defaults, **options})
                moves = self._documents()
                self.run_queue()
                for move in moves:
                    self._assert_to_the_cent(move, options)
                    done += self.item(move).state == "done"
        self.assertGreater(done, 2 * len(combinations), "nearly all arrive")

    def test_all_arrive_where_exact_takes_our_vat(self):
        for rounding in SWITCHES["vat_rounding"]:
            self.switch(vat_rounding=rounding)
            for move in self._documents():
                self.run_queue()
                self.assertEqual(self.item(move).state, "done", self.item(move).message)

    def test_lands_or_is_refused_beforehand_where_the_rules_are_known(self):
        """Whoever knows how the administration computes is never refused there, nor differs."""
        tolerances = {"unlimited": ("any", 0), "0.02": ("limited", 0.02), "refuse": ("none", 0)}
        held_back = 0
        for rounding, tolerance in product(SWITCHES["vat_rounding"], tolerances):
            with self.subTest(rounding=rounding, tolerance=tolerance):
                self.switch(vat_rounding=rounding, vat_override_tolerance=tolerance)
                override, distance = tolerances[tolerance]
                self.division.sudo().write(
                    {
                        "vat_rounding": rounding,
                        "vat_override": override,
                        "vat_tolerance": distance,
                    }
                )
                moves = self._documents()
                self.run_queue()
                for move in moves:
                    item = self.item(move)
                    if item.state != "done":
                        self.assertEqual(item.error_class, "preflight", item.message)
                        self.assertIn("too much VAT", item.message)
                        held_back += 1
        self.assertLess(held_back, 8, "most arrive")

    def test_lines_are_cut_where_exact_takes_no_other_vat(self):
        self.switch(vat_override_tolerance="refuse")
        self.division.vat_override = "none"
        move = self.invoice(*((0.12, self.tax(21)) for _line in range(3)))
        self.assertEqual(move.amount_tax, 0.08)
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertIn("1 lines cut", move._exact_operation()._rounding_text(move))
