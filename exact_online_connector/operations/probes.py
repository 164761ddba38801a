# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which probes are booked in a test administration, and what they tell. Plain Python, no database.

A probe is a tiny entry that is booked to see what Exact makes of it, and deleted at once.
administration-defaults.md §13
"""

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product

from .calibration_evidence import (
    KnownEntry,
    Length,
    inclusive_amount,
    reference_format,
    vat_rounding,
)
from .vat_rounding import LEVELS, TaxedLine, computed, rounded

ZERO = Decimal(0)
BASE = Decimal(10)  # of lines whose amount tells nothing
CENTS = [Decimal(cents) / 100 for cents in (12, *range(1, 60))]  # the documented one first
PRINTED, PLAIN = "+++000/0000/00101+++", "000000000101"

# (kind, size), in this order. Sizes of a kind go up, and a kind ends where one is not kept whole.
PLAN = (
    ("rounding", ""),
    ("override", "0.01"),
    ("override", "0.05"),
    ("override", "0.10"),
    ("override", "1.00"),
    ("credit", ""),
    ("inclusive", ""),
    ("deduction", ""),
    ("reference", PRINTED),
    ("reference", PLAIN),
    ("your_ref", "30"),
    ("your_ref", "60"),
    ("description", "60"),
    ("description", "100"),
    ("description", "255"),
)


@dataclass(frozen=True)
class Probe:
    """A probe that is over.

    :param refusal: Exact's words; empty when it was booked
    :param entry: what was booked, a :class:`KnownEntry`; None when it was refused
    :param vat_claimed: what Exact's ledger holds as VAT of a purchase
    """

    kind: str
    size: str
    number: str
    refusal: str = ""
    entry: KnownEntry | None = None
    vat_claimed: Decimal = ZERO

    @property
    def is_kept(self):
        """Whether Exact kept all of what was sent, as far as the kind looks at it."""
        if not self.entry:
            return False
        if self.kind == "override":
            return self.entry.lines[0].vat == vat_sent(self.entry.lines[0].rate, self.size)
        if self.kind == "your_ref":
            return len(self.entry.your_ref) == int(self.size)
        if self.kind == "description":
            return min(map(len, (self.entry.description, *self.entry.texts))) == int(self.size)
        return True


@dataclass
class Shown:
    """What probes of one kind tell: ``{rule: value}``, by which of them."""

    probes: list
    rules: dict = field(default_factory=dict)


def next_after(done, possible):
    """``(kind, size)`` of the next probe, None when all is known.

    :param done: :class:`Probe` list
    :param possible: the kinds for which the administration has all that is needed
    """
    if any(probe.kind == "rounding" and probe.refusal for probe in done):
        return None  # not even a plain one is taken
    booked = {(probe.kind, probe.size) for probe in done}
    for kind, size in PLAN:
        if kind in possible and (kind, size) not in booked and not _is_needless(kind, done):
            return kind, size
    return None


def _is_needless(kind, done):
    """Whether the probes of a kind have told what there is to tell."""
    own = [probe for probe in done if probe.kind == kind]
    if kind == "reference":
        return any(probe.is_kept for probe in own)
    return any(not probe.is_kept for probe in own)


def conclusions(done):
    """What the probes of each kind tell, as :class:`Shown` by kind."""
    kinds = dict.fromkeys(probe.kind for probe in done)
    return {kind: _shown([probe for probe in done if probe.kind == kind]) for kind in kinds}


def _shown(probes):
    return Shown(probes, _TELLERS[probes[0].kind](probes))


def _rounding(probes):
    return {"vat_rounding": _only(vat_rounding(_entries(probes)))}


def _override(probes):
    kept = [probe.size for probe in probes if probe.is_kept]
    if not kept:
        return {"vat_override": "none", "vat_tolerance": 0.0}
    if len(kept) == len(probes):
        return {"vat_override": "any", "vat_tolerance": 0.0}
    return {"vat_override": "limited", "vat_tolerance": float(kept[-1])}


def _credit(probes):
    totals = [entry.total for entry in _entries(probes)]
    return {"credit_notes": ("negative" if totals[0] < 0 else "positive") if totals else None}


def _inclusive(probes):
    return {"inclusive_amount": _only(inclusive_amount(_entries(probes)))}


def _deduction(probes):
    """Half was sent as 0.5: as half, half of the VAT is claimed; as half a percent, nearly all."""
    booked = [probe for probe in probes if probe.entry]
    if not booked:
        return {"percentages": None}
    vat = sum(line.rate * BASE for line in booked[0].entry.lines)
    is_half = abs(booked[0].vat_claimed) < vat * Decimal("0.75")
    return {"percentages": "fraction" if is_half else "whole"}


def _reference(probes):
    return {"reference_format": _only(reference_format(_entries(probes)))}


def _your_ref(probes):
    return {"your_ref_length": _kept(probes, lambda entry: len(entry.your_ref))}


def _description(probes):
    return {
        "description_length": _kept(probes, lambda entry: len(entry.description)),
        "line_description_length": _kept(probes, lambda entry: max(map(len, entry.texts))),
    }


def _kept(probes, length_of):
    """How long a text is kept, by probes with ever longer ones; None where nothing was."""
    lengths = [length_of(entry) for entry in _entries(probes)]
    if probes[-1].refusal:
        return Length(lengths[-1], "refused") if lengths else None
    return Length(lengths[-1], "seen" if lengths[-1] == int(probes[-1].size) else "cut")


_TELLERS = {
    "rounding": _rounding,
    "override": _override,
    "credit": _credit,
    "inclusive": _inclusive,
    "deduction": _deduction,
    "reference": _reference,
    "your_ref": _your_ref,
    "description": _description,
}


def _entries(probes):
    return [probe.entry for probe in probes if probe.entry]


def _only(shown):
    return next(iter(shown)) if len(shown) == 1 else None


# --- amounts ------------------------------------------------------------------------------------


def vat_sent(rate, size):
    """The VAT of a line of ``BASE`` that is so far off what the rate makes."""
    return rounded(BASE * rate) + Decimal(size)


def telling_amounts(*rates):
    """``[(amount, rate)]`` of lines whose VAT tells the levels of rounding apart: all three with
    two rates; with one rate, per code and per document are the same.
    """
    wanted = len(LEVELS) if len(rates) > 1 else 2
    for amounts in product(CENTS, repeat=len(rates)):
        lines = [(amount, rate) for amount, rate in zip(amounts, rates, strict=True)] * 3
        if len({_vat_at(level, lines) for level in LEVELS}) == wanted:
            return lines
    raise ValueError(f"No amounts tell how VAT of {rates} is rounded.")


def _vat_at(level, lines):
    taxed = [TaxedLine(key, rate, amount, ZERO, rate) for key, (amount, rate) in enumerate(lines)]
    return sum(computed(taxed, level))
