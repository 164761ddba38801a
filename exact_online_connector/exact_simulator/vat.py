# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""VAT of an entry's lines (administration-defaults.md 9), all in Decimal.

Rounded half away from zero; per line, per code or per document as the switch has it.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")


@dataclass
class TaxedLine:
    """One line: its amount as sent, its VAT code's row (or None), the client's own VAT amount."""

    amount: Decimal
    code: dict | None
    percentage: Decimal
    override: Decimal | None = None
    base: Decimal = ZERO
    vat: Decimal = ZERO
    exact_vat: Decimal = ZERO

    @property
    def is_reverse_charge(self):
        return bool(self.code and self.code.get("Charged"))


def cents(amount):
    """Rounded to cents, half away from zero."""
    return Decimal(amount).quantize(CENT, ROUND_HALF_UP)


def compute(lines, *, rounding="line", inclusive="gross"):
    """Fill base and vat of each line; overrides are not looked at yet."""
    for line in lines:
        _compute_line(line, inclusive)
    if rounding == "code":
        for code in {line.code["Code"] for line in lines if line.code}:
            _level([each for each in lines if each.code and each.code["Code"] == code])
    elif rounding == "document":
        _level([each for each in lines if each.exact_vat])


def _compute_line(line, inclusive):
    kind = line.code["Type"] if line.code else "N"
    line.base, line.vat, line.exact_vat = line.amount, ZERO, ZERO
    if kind == "I" and inclusive == "gross":
        line.exact_vat = line.amount * line.percentage / (1 + line.percentage)
        line.vat = cents(line.exact_vat)
        line.base = line.amount - line.vat
    elif kind in ("E", "I"):
        line.exact_vat = line.amount * line.percentage
        line.vat = cents(line.exact_vat)


def _level(lines):
    """Make the lines' VAT add up to the rounded sum; the last taxed line takes the difference."""
    taxed = [line for line in lines if line.exact_vat]
    if not taxed:
        return
    difference = cents(sum(line.exact_vat for line in taxed)) - sum(line.vat for line in taxed)
    _shift(taxed[-1], difference)


def _shift(line, difference):
    line.vat += difference
    if line.code["Type"] == "I" and line.base != line.amount:
        line.base -= difference


def apply_overrides(lines, tolerance):
    """Take the VAT that the client sent; return (sent, computed) of those beyond the tolerance.

    `tolerance` is "unlimited", "refuse" (any difference is too much) or an amount as text.
    """
    refused = []
    for line in lines:
        if line.override is None:
            continue
        difference = cents(line.override) - line.vat
        allowed = None if tolerance == "unlimited" else Decimal(
            "0" if tolerance == "refuse" else tolerance)
        if allowed is not None and abs(difference) > allowed:
            refused.append((cents(line.override), line.vat))
        elif difference and line.code:
            _shift(line, difference)
        elif difference:
            line.vat += difference
    return refused


def enforce_header(lines, header_vat):
    """Correct the last taxed line so that the VAT adds up to the header's amount."""
    taxed = [line for line in lines if line.code and line.percentage]
    if taxed:
        _shift(taxed[-1], cents(header_vat) - sum(line.vat for line in lines))
