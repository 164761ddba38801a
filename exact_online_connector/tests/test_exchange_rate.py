# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase, tagged

from ..operations.exchange_rate import TOTAL, Part, choose, converted, unlike
from ..operations.vat_rounding import rounded
from .common import REPRODUCIBLE

CENTS = st.integers(-999_999, 9_999_999).map(lambda cents: Decimal(cents) / 100)
RATES = st.integers(1, 10**9).map(lambda number: Decimal(number) / 10**7)


@tagged("standard", "post_install", "-at_install")
class TestExchangeRate(BaseCase):
    """A rate is found by which Exact comes to Odoo's amounts, or what differs is foreseen."""

    def _wanted(self, parts, rate, *off):
        """What Odoo has: each amount converted by itself, some of them so many cents off."""
        wanted, _to_line = converted(parts, rate)
        for key, cents in zip(wanted, off, strict=False):
            if key != TOTAL:
                wanted[key] += Decimal(cents) / 100
                wanted[TOTAL] += Decimal(cents) / 100
        return wanted

    def _one_line(self, base, vat):
        return [Part(("base", 1), base), Part(("vat", "5"), vat)]

    @settings(REPRODUCIBLE, max_examples=300)
    @given(CENTS, RATES)
    def test_one_line_with_its_vat_always_comes_out(self, base, rate):
        """Odoo rounds each journal item by itself; what is owed is their sum."""
        parts = self._one_line(base, rounded(base * Decimal("0.21")))
        conversion = choose(parts, self._wanted(parts, rate), rate)
        self.assertEqual(conversion.foreseen[0], conversion.wanted)
        self.assertEqual(conversion.foreseen[1], conversion.wanted, conversion.rate)
        self.assertLessEqual(len(conversion.rate.as_tuple().digits), 17)

    @settings(REPRODUCIBLE, max_examples=300)
    @given(
        st.lists(st.tuples(CENTS, st.integers(1, 2), st.integers(-1, 1)), min_size=1, max_size=8),
        RATES,
    )
    def test_what_is_foreseen_is_what_the_rate_makes(self, lines, rate):
        parts = [Part(("base", account), base) for base, account, _off in lines]
        parts.append(Part(("vat", "5"), rounded(sum(part.amount for part in parts) / 5)))
        wanted = self._wanted(parts, rate, *(off for _base, _account, off in lines))
        conversion = choose(parts, wanted, rate)
        self.assertEqual(conversion.foreseen, converted(parts, conversion.rate))
        off, own_off = (
            [unlike(wanted, booked) for booked in foreseen]
            for foreseen in (conversion.foreseen, converted(parts, rate))
        )
        if not any(own_off):
            self.assertEqual(conversion.rate, rate, "Odoo's own rate is kept where it will do")
        kept = [
            {key for each in differences for key in each if key[0] != "base"}
            for differences in (off, own_off)
        ]
        if not kept[1]:
            self.assertFalse(kept[0], "VAT and total are not given up for an account")

    def test_a_cent_on_the_total_moves_the_rate_and_no_more_than_it_must(self):
        parts = [Part(("base", 1), Decimal("33.33")) for _line in range(3)]
        own = Decimal("0.919793966152")
        self.assertEqual(rounded(Decimal("99.99") * own), Decimal("91.97"))
        wanted = {("base", 1): Decimal("91.98"), TOTAL: Decimal("91.98")}
        conversion = choose(parts, wanted, own)
        self.assertEqual(conversion.foreseen, [wanted, wanted])
        self.assertEqual(conversion.rate, Decimal("0.9199"))

    def test_where_no_rate_will_do_vat_and_total_are_kept_and_the_cent_is_named(self):
        """Two accounts of the same amount that Odoo has a cent apart."""
        parts = [Part(("base", number), Decimal(100)) for number in (1, 2)]
        parts.append(Part(("vat", "5"), Decimal(42)))
        wanted = {
            ("base", 1): Decimal("92.00"),
            ("base", 2): Decimal("92.02"),
            ("vat", "5"): Decimal("38.64"),
            TOTAL: Decimal("222.66"),
        }
        conversion = choose(parts, wanted, Decimal("0.92"))
        for booked in conversion.foreseen:
            self.assertEqual(
                unlike(wanted, booked),
                {
                    ("base", 1): (Decimal("92.00"), Decimal("92.01")),
                    ("base", 2): (Decimal("92.02"), Decimal("92.01")),
                },
            )

    def test_a_charged_vat_is_compared_but_is_no_part_of_the_total(self):
        parts = [
            Part(("base", 1), Decimal("123.45")),
            Part(("vat", "MA"), Decimal("25.92")),
            Part(("vat", "MA"), Decimal("-25.92")),
            Part(("charged", "MA"), Decimal("25.92"), is_line=False),
        ]
        _to_party, booked = converted(parts, Decimal("1.1858"))
        self.assertEqual(booked[TOTAL], Decimal("146.39"))
        self.assertEqual(booked["vat", "MA"], 0)
        self.assertEqual(booked["charged", "MA"], Decimal("30.74"))

    def test_nothing_to_convert(self):
        self.assertEqual(choose([], {TOTAL: Decimal(0)}, Decimal("0.5")).rate, Decimal("0.5"))
