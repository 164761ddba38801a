# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What entries that were made in Exact tell of how their administration computes and keeps.

Each function takes entries and returns ``{value: numbers of the entries that show it}``; what no
entry shows is not in it. A value is an option of the rule's field, or a :class:`Length`.
administration-defaults.md §13
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from .vat_rounding import LEVELS, TaxedLine, computed, rounded

CENT = Decimal("0.01")
PRINTED = re.compile(r"^[+*]{3}\d{3}/\d{4}/\d{5}[+*]{3}$")
PLAIN = re.compile(r"^\d{12}$")
LOOK_CUT = 3  # so many different texts of exactly one greatest length are no chance
NO_CHANCE = 20  # characters; shorter texts may well be codes of one length


@dataclass(frozen=True)
class Length:
    """How long a text is kept.

    :param how: ``seen`` so long, maybe longer; ``looks_cut`` there, by the looks of it; ``cut``
        there; ``refused`` when it is longer
    """

    characters: int
    how: str


@dataclass(frozen=True)
class KnownLine:
    """A line as Exact keeps it.

    :param kind: of its VAT code: E, I, B or N
    :param rate: of its VAT code, 0.21 for 21 %
    :param not_deductible: the percentage as it is kept, or None
    """

    code: str
    kind: str
    rate: Decimal
    amount: Decimal
    vat: Decimal
    not_deductible: Decimal | None = None


@dataclass
class KnownEntry:
    """An entry as Exact keeps it; ``type`` is 20, 21, 30 or 31, ``texts`` are of its lines."""

    number: str
    type: int
    total: Decimal
    reference: str
    your_ref: str
    description: str
    lines: list = field(default_factory=list)
    texts: list = field(default_factory=list)


def vat_rounding(entries):
    """``line``, ``code`` or ``document``, by entries whose VAT tells these apart."""
    shown, one_code = defaultdict(list), []
    for entry in entries:
        if any(line.kind == "I" for line in entry.lines):
            continue
        lines = [
            TaxedLine(number, line.code, line.amount, line.vat, line.rate)
            for number, line in enumerate(entry.lines)
            if line.kind == "E" and line.rate
        ]
        totals = {level: sum(computed(lines, level)) for level in LEVELS}
        fitting = [level for level in LEVELS if totals[level] == sum(line.vat for line in lines)]
        if len(fitting) == 1:
            shown[fitting[0]].append(entry.number)
        elif fitting == ["code", "document"]:
            one_code.append(entry.number)  # of one code, these two are the same
    if one_code:
        shown["document" if list(shown) == ["document"] else "code"] += one_code
    return shown


def inclusive_amount(entries):
    """``gross`` or ``net``: what the amount of a line is under a code that includes VAT."""
    shown = defaultdict(list)
    for entry, line in _lines(entries):
        if line.kind != "I" or not line.rate or not line.vat:
            continue
        amounts = {
            "gross": line.amount * line.rate / (1 + line.rate),
            "net": line.amount * line.rate,
        }
        for value, vat in amounts.items():
            if abs(rounded(vat) - line.vat) <= CENT < abs(amounts["gross"] - amounts["net"]):
                shown[value].append(entry.number)
    return shown


def percentages(entries):
    """``fraction`` or ``whole``: how half is written; 1 could be either."""
    shown = defaultdict(list)
    for entry, line in _lines(entries):
        if line.not_deductible and line.not_deductible != 1:
            shown["whole" if line.not_deductible > 1 else "fraction"].append(entry.number)
    return shown


def reference_format(entries):
    """``as_is`` or ``plain``: how Belgian structured communications are kept."""
    shown = defaultdict(list)
    for entry in entries:
        if PRINTED.match(entry.reference):
            shown["as_is"].append(entry.number)
        elif PLAIN.match(entry.reference):
            shown["plain"].append(entry.number)
    return shown


def credit_notes(entries):
    """``negative`` or ``positive``: the sign of what is marked as a credit note."""
    shown = defaultdict(list)
    for entry in entries:
        if entry.type in (21, 31) and entry.total:
            shown["negative" if entry.total < 0 else "positive"].append(entry.number)
    return shown


def your_ref_length(entries):
    return _length([(entry.number, entry.your_ref) for entry in entries])


def description_length(entries):
    return _length([(entry.number, entry.description) for entry in entries])


def line_description_length(entries):
    return _length([(entry.number, text) for entry in entries for text in entry.texts])


def payment_reference_length(entries):
    return _length([(entry.number, entry.reference) for entry in entries])


def _length(texts):
    """The longest of ``(number, text)`` pairs: at least so much is kept."""
    characters = max((len(text) for _number, text in texts), default=0)
    if not characters:
        return {}
    longest = {text: number for number, text in texts if len(text) == characters}
    looks_cut = characters >= NO_CHANCE and len(longest) >= LOOK_CUT
    return {Length(characters, "looks_cut" if looks_cut else "seen"): [*longest.values()]}


def _lines(entries):
    return ((entry, line) for entry in entries for line in entry.lines)


FINDERS = {
    "vat_rounding": vat_rounding,
    "inclusive_amount": inclusive_amount,
    "percentages": percentages,
    "reference_format": reference_format,
    "credit_notes": credit_notes,
    "your_ref_length": your_ref_length,
    "description_length": description_length,
    "line_description_length": line_description_length,
    "payment_reference_length": payment_reference_length,
}
