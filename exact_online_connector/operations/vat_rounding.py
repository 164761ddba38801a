# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How an entry's VAT is made to land on Odoo's, knowing how the administration computes it.

Exact computes VAT from each line's amount and its code's rate; a line may bring its own VAT amount
instead. Whether VAT is rounded per line, per code or per document, and how far a line's own amount
may be off, differs or is not known. administration-defaults.md §9
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
LEVELS = ("line", "code", "document")
SPLITS_TRIED = 2000  # places at which a line is tried to be cut


@dataclass(frozen=True)
class Rules:
    """How an administration computes VAT.

    :param level: ``line``, ``code`` or ``document``
    :param tolerance: how far a line's own VAT may be from the computed one; None for any distance
    """

    level: str = "line"
    tolerance: Decimal | None = None


@dataclass(frozen=True)
class TaxedLine:
    """A line before it is sent.

    :param key: what it is booked on; lines are cut, never mixed
    :param code: its VAT code, of which the VAT must land
    :param base: amount without VAT
    :param vat: the VAT that Odoo computed for it
    :param rate: of its VAT code, 0.21 for 21 %
    :param own_vat: the amount that is sent for it; None where Exact's own will do
    """

    key: object
    code: str
    base: Decimal
    vat: Decimal
    rate: Decimal
    own_vat: Decimal | None = None


class DoesNotLand(Exception):
    """No choice of lines and VAT amounts makes Exact's VAT equal to Odoo's.

    ``code`` is the VAT code, ``difference`` what Exact would have too much.
    """

    def __init__(self, code, difference):
        super().__init__(code, difference)
        self.code = code
        self.difference = difference


@dataclass(frozen=True)
class Solution:
    """The lines to send, and how many were cut or given a VAT amount of another line."""

    lines: list
    cut: int = 0
    shifted: int = 0


def solve(lines, rules):
    """Choose the lines and VAT amounts to send; a :class:`Solution`.

    :raises DoesNotLand: when none makes the VAT of each code what Odoo computed
    """
    if rules.tolerance is None:
        return Solution([replace(line, own_vat=line.vat) for line in lines])
    vat = computed(lines, rules.level)
    missing = _missing_per_code(lines, vat)
    if not any(missing.values()):
        return Solution(list(lines))
    lines, shifted = _shift(lines, vat, missing, rules.tolerance)
    cut = 0
    for code, cents in missing.items():
        if cents and rules.level != "line":
            raise DoesNotLand(code, -cents)
        for _cent in range(int(abs(cents) / CENT)):
            lines = _cut_one(lines, code, cents.copy_sign(cents) / abs(cents) * CENT)
            cut += 1
    return Solution(lines, cut, shifted)


def rounded(amount):
    """To the cent, half away from zero, as Exact does. administration-defaults.md §9"""
    return amount.quantize(CENT, ROUND_HALF_UP)


def computed(lines, level):
    """The VAT of each line as Exact computes it where it rounds per ``level``."""
    exact = [line.base * line.rate for line in lines]
    result = [rounded(amount) for amount in exact]
    groups = {"line": [], "document": [range(len(lines))]}.get(level)
    if groups is None:
        by_code = defaultdict(list)
        for index, line in enumerate(lines):
            by_code[line.code].append(index)
        groups = by_code.values()
    for group in groups:
        taxed = [index for index in group if exact[index]]
        if taxed:
            total = rounded(sum(exact[index] for index in taxed))
            result[taxed[-1]] += total - sum(result[index] for index in taxed)
    return result


def _missing_per_code(lines, amounts):
    missing = defaultdict(lambda: ZERO)
    for line, vat in zip(lines, amounts, strict=True):
        missing[line.code] += line.vat - vat
    return missing


def _shift(lines, amounts, missing, tolerance):
    """Give lines a VAT amount of their own, each within the tolerance; ``missing`` shrinks."""
    result, shifted = [], 0
    for line, vat in zip(lines, amounts, strict=True):
        wanted = missing[line.code]
        step = max(-tolerance, min(tolerance, wanted)) if line.rate and line.base else ZERO
        if step:
            missing[line.code] -= step
            shifted += 1
            line = replace(line, own_vat=vat + step)
        result.append(line)
    return result, shifted


def _cut_one(lines, code, cent):
    """Cut one line so that the VAT of its parts, each rounded, comes to one cent more or less.

    :raises DoesNotLand: when no line can be cut so
    """
    for index, line in enumerate(lines):
        if line.code != code or line.own_vat is not None or not line.rate:
            continue
        for first in _first_parts(line.base):
            parts = first, line.base - first
            if sum(rounded(part * line.rate) for part in parts) == (
                rounded(line.base * line.rate) + cent
            ):
                return [
                    *lines[:index],
                    *(replace(line, base=part, vat=rounded(part * line.rate)) for part in parts),
                    *lines[index + 1 :],
                ]
    raise DoesNotLand(code, -cent)


def _first_parts(base):
    """Amounts at which a line may be cut, of its own sign."""
    cents = min(int(abs(base) / CENT) - 1, SPLITS_TRIED)
    return (CENT.copy_sign(base) * number for number in range(1, cents + 1))
