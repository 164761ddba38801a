# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..operations.vat_rounding import DoesNotLand, Rules, TaxedLine, rounded, solve
from .common import REPRODUCIBLE

RATES = {"1": Decimal("0.06"), "3": Decimal("0.12"), "5": Decimal("0.21")}
AMOUNTS = st.integers(-99_999, 99_999).map(lambda cents: Decimal(cents) / 100)
LINES = st.lists(st.tuples(AMOUNTS, st.sampled_from(sorted(RATES))), min_size=1, max_size=12)


@tagged("standard", "post_install", "-at_install")
class TestVATRounding(BaseCase):
    """The VAT lands on Odoo's, or the document is refused with the difference."""

    def _lines(self, amounts, off=0):
        """Lines whose VAT, of the first one, is so many cents off what the rate makes."""
        lines = [
            TaxedLine(number, code, base, rounded(base * RATES[code]), RATES[code])
            for number, (base, code) in enumerate(amounts)
        ]
        first = lines[0]
        off = Decimal(off) / 100
        vat = first.vat + off
        return [TaxedLine(first.key, first.code, first.base, vat, first.rate), *lines[1:]]

    def _booked(self, lines):
        """What an administration that rounds per line books, per code."""
        totals = {}
        for line in lines:
            vat = rounded(line.base * line.rate) if line.own_vat is None else line.own_vat
            totals[line.code] = totals.get(line.code, 0) + vat
        return totals

    def _wanted(self, lines):
        totals = {}
        for line in lines:
            totals[line.code] = totals.get(line.code, 0) + line.vat
        return totals

    @settings(REPRODUCIBLE, max_examples=300)
    @given(LINES, st.integers(-4, 4), st.sampled_from([None, "0", "0.01", "0.02"]))
    def test_what_is_sent_lands(self, amounts, off, tolerance):
        lines = self._lines(amounts, off)
        rules = Rules("line", None if tolerance is None else Decimal(tolerance))
        try:
            solution = solve(lines, rules)
        except DoesNotLand:
            self.assertIsNotNone(tolerance)
            return
        self.assertEqual(self._booked(solution.lines), self._wanted(lines))
        for line in solution.lines:
            if line.own_vat is not None and tolerance is not None:
                distance = abs(line.own_vat - rounded(line.base * line.rate))
                self.assertLessEqual(distance, Decimal(tolerance))
        for key in range(len(lines)):
            parts = [line.base for line in solution.lines if line.key == key]
            self.assertEqual(sum(parts), lines[key].base, "what is booked on it stays")

    def test_a_cent_too_much_is_taken_off_by_cutting_a_line(self):
        lines = self._lines([(Decimal("0.12"), "5")] * 3, off=-1)
        solution = solve(lines, Rules("line", Decimal(0)))
        self.assertEqual((solution.cut, len(solution.lines)), (1, 4))

    def test_a_cent_within_the_tolerance_is_put_on_a_line(self):
        lines = self._lines([(Decimal("0.12"), "5")] * 3, off=-1)
        solution = solve(lines, Rules("line", Decimal("0.02")))
        self.assertEqual((solution.cut, solution.shifted), (0, 1))

    def test_a_line_too_small_to_cut_is_refused_with_the_difference(self):
        for level, sign in product(("line", "code", "document"), (1, -1)):
            lines = self._lines([(Decimal("0.01"), "5")], off=3 * sign)
            with self.subTest(level=level, sign=sign), self.assertRaises(DoesNotLand) as caught:
                solve(lines, Rules(level, Decimal(0)))
            self.assertEqual(caught.exception.code, "5")
            self.assertEqual(caught.exception.difference * sign < 0, True)
