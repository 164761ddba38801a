# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How Odoo's amounts in the company's currency are made to come out in Exact.

Odoo has an amount in both currencies for each journal item. Exact takes one rate: a ledger line is
its amount times that rate, to the cent. What this leaves over goes to the line of the customer or
supplier, or to another; which one is not known. administration-defaults.md §11.4

So the rate is chosen: near Odoo's own one there is mostly one by which each account, the VAT of
each code and the total come to what Odoo has.
"""

from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any

from .vat_rounding import CENT, ZERO, rounded

TOTAL = ("total",)
BASE, VAT, CHARGED = "base", "vat", "charged"  # what the keys of parts begin with
RATE_DECIMALS = 12  # of Odoo's own rate
RATE_DIGITS = 15  # that a double holds. metadata SalesEntries: Rate is Edm.Double
STEPS_TRIED = 200  # rates that are tried, nearest first


@dataclass(frozen=True)
class Part:
    """A ledger line of an entry, but for what is owed.

    :param key: ``(kind, ...)``: amounts of one key are compared together
    :param amount: in the document's currency, positive on an invoice
    :param is_line: False for what is only compared: the VAT to be paid under a reverse charge
    """

    key: Any
    amount: Decimal
    is_line: bool = True


@dataclass(frozen=True)
class Conversion:
    """The rate to send, and what Exact may book with it in the company's currency.

    :param rate: company currency per unit of the document's
    :param wanted: ``{key: amount}`` of Odoo
    :param foreseen: the same of Exact: all that may come of it, mostly one that is as wanted
    """

    rate: Decimal
    wanted: dict
    foreseen: list

    def foresees(self, booked):
        """Whether this is what was to be expected of the rate, no more than cents apart."""
        most = CENT * len(booked)
        return any(not unlike(each, booked) for each in self.foreseen) and all(
            abs(odoo - exact) <= most for odoo, exact in unlike(self.wanted, booked).values()
        )


def converted(parts, rate):
    """``[{key: amount}]`` in the company's currency as Exact may book it, with the :data:`TOTAL`:
    what is left over goes to the customer or supplier, or to the first part.
    """
    to_party, lines = defaultdict(lambda: ZERO), [part for part in parts if part.is_line]
    for part in parts:
        amount = rounded(part.amount * rate)
        to_party[part.key] += amount
        to_party[TOTAL] += amount if part.is_line else ZERO
    to_line = dict(to_party)
    to_line[TOTAL] = rounded(sum((part.amount for part in lines), start=ZERO) * rate)
    for part in lines[:1]:
        to_line[part.key] += to_line[TOTAL] - to_party[TOTAL]
    return [dict(to_party), to_line]


def choose(parts, wanted, own):
    """The :class:`Conversion` by the rate that leaves the fewest cents apart, first of VAT and
    total, then of the accounts; of such rates the nearest to Odoo's own.

    :param parts: :class:`Part` of each ledger line; the first takes what is left over, or none
    :param wanted: ``{key: amount}`` in the company's currency, with the :data:`TOTAL`
    """
    best, fewest = None, None
    for rate in _rates(parts, own):
        foreseen = converted(parts, rate)
        apart = _apart(foreseen, wanted)
        if best is None or apart < fewest:
            best, fewest = Conversion(rate, wanted, foreseen), apart
        if not any(apart):
            break
    return best


def unlike(wanted, booked):
    """``{key: (wanted amount, booked amount)}`` where these are not equal."""
    return {
        key: (wanted.get(key, ZERO), booked.get(key, ZERO))
        for key in {**wanted, **booked}
        if wanted.get(key, ZERO) != booked.get(key, ZERO)
    }


def _apart(foreseen, wanted):
    """How much VAT and total are apart, and how much the accounts, whoever takes what is left."""
    apart = {True: ZERO, False: ZERO}
    for booked in foreseen:
        for key, (odoo, exact) in unlike(wanted, booked).items():
            apart[key[0] == BASE] += abs(odoo - exact)
    return apart[False], apart[True]


def _rates(parts, own):
    """Odoo's own rate, then one of each step on which no amount changes, nearest first."""
    yield own
    amounts = [*(part.amount for part in parts), sum(part.amount for part in parts if part.is_line)]
    largest = max(map(abs, amounts), default=ZERO)
    if not largest:
        return
    reach = CENT * (len(parts) + 1) / 2 / largest
    low, high = own - reach, own + reach
    edges = {edge for amount in amounts for edge in _edges(abs(amount), low, high)}
    steps = sorted(pairwise(sorted({low, high, *edges})), key=lambda step: _distance(step, own))
    for low, high in steps[:STEPS_TRIED]:
        rate = _shortest(low, high, own)
        if rate:
            yield rate


def _edges(amount, low, high):
    """The rates in between at which ``amount`` comes to another cent."""
    if not amount:
        return
    first, last = (int(amount * rate / CENT) for rate in (low, high))
    for cents in range(first, last + 1):
        edge = (cents * CENT + CENT / 2) / amount
        if low < edge < high:
            yield edge


def _distance(step, own):
    low, high = step
    return max(low - own, own - high, ZERO)


def _shortest(low, high, own):
    """The rate well between two that has the fewest decimals; of these the nearest to ``own``.
    None where it has more digits than Exact keeps.
    """
    margin = (high - low) / 10
    low, high = low + margin, high - margin
    for places in range(RATE_DIGITS - own.adjusted()):
        step = Decimal(1).scaleb(-places)
        first = (low / step).to_integral_value(ROUND_CEILING) * step
        last = (high / step).to_integral_value(ROUND_FLOOR) * step
        if first <= last and last > 0:
            return min(max(own.quantize(step), first), last)
    return None
