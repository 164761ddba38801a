# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A document as each side booked it, and how two such bookings differ. Plain Python, no database.

Amounts are Decimals of the company's currency, rounded to it, in the ledger's sign: debit positive.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

SALES, PURCHASE = "sales", "purchase"
SIGNS = {SALES: 1, PURCHASE: -1}  # of what is owed on an invoice, in the ledger
OWED, VAT, BASE = "owed", "vat", "base"  # the contact's line, VAT lines, all other lines


class Part(NamedTuple):
    """What a line is, as far as both sides can tell. Exact itself chooses the GL accounts of what
    is owed and of VAT, so these are not compared.
    """

    kind: str
    vat_code: str = ""
    gl_account: str = ""  # GUID


class Place(NamedTuple):
    """A row of the report."""

    direction: str
    period: tuple  # year, period
    journal: str
    party: Any
    part: Part

    @classmethod
    def of_key(cls, key):
        """The place that was kept as JSON, where tuples are lists."""
        direction, period, journal, party, part = key
        party = tuple(party) if isinstance(party, list) else party
        return cls(direction, tuple(period), journal, party, Part(*part))


@dataclass
class Booking:
    """A document of Odoo or an entry of Exact."""

    key: Any  # ID of the document, GUID of the entry
    direction: str
    number: str
    reference: str  # under which the document is known on both sides
    date: date
    journal: str  # Exact's code
    party: Any  # GUID of the relation, or whatever else tells a contact from the others
    periods: list  # (year, period) in which its date lies; Exact's entry has one
    parts: dict = field(default_factory=lambda: defaultdict(Decimal))
    foreign: dict = field(default_factory=lambda: defaultdict(Decimal))  # in its own currency
    document: str = ""  # GUID of its document in Exact; empty where Odoo sent none
    gl_accounts: dict = field(default_factory=lambda: defaultdict(set))  # of a part, in Exact

    @property
    def period(self):
        return self.periods[0]

    def places(self):
        """``{place: amount}``"""
        return {
            Place(self.direction, self.period, self.journal, self.party, part): amount
            for part, amount in self.parts.items()
            if amount
        }

    def total(self, kind=OWED):
        return sum((amount for part, amount in self.parts.items() if part.kind == kind), Decimal(0))

    def owed(self):
        """What the document comes to as a person reads it: positive on an invoice or bill."""
        return SIGNS[self.direction] * self.total()

    def rate(self):
        """Company currency per unit of its own, as booked; None of what comes to nothing."""
        foreign = sum(amount for part, amount in self.foreign.items() if part.kind == OWED)
        return self.total() / foreign if foreign else None

    def unlike(self, other):
        """``{part: (amount, other amount)}`` where these differ, as a person reads them."""
        return {
            part: (self._read(part), other._read(part))
            for part in self.parts.keys() | other.parts.keys()
            if self._read(part) != other._read(part)
        }

    def _read(self, part):
        sign = SIGNS[self.direction]
        return (sign if part.kind == OWED else -sign) * self.parts.get(part, Decimal(0))

    def without_vat(self):
        return -SIGNS[self.direction] * self.total(BASE)

    def by_vat_code(self):
        """``{(kind, VAT code): amount}`` of bases and VAT, positive on an invoice or bill."""
        return self._sums(lambda part: part.kind != OWED and (part.kind, part.vat_code))

    def by_gl_account(self):
        return self._sums(lambda part: part.kind == BASE and (part.gl_account,))

    def _sums(self, key):
        sums = defaultdict(Decimal)
        for part, amount in self.parts.items():
            if key(part):
                sums[key(part)] -= SIGNS[self.direction] * amount
        return {each: amount for each, amount in sums.items() if amount}


@dataclass
class Verdict:
    """In which ways a document differs; one of both sides may be missing.

    ``move_id`` is the document of Odoo that an entry without one seems to be.
    """

    kinds: list
    document: Booking | None = None
    entry: Booking | None = None
    move_id: int | None = None

    @property
    def sides(self):
        return [side for side in (self.document, self.entry) if side]


def pairs(documents, entries, links):
    """Which entry is which document: by its link, then by reference and contact, then by reference
    alone where nothing else has it.

    :param documents: Bookings of Odoo
    :param entries: Bookings of Exact
    :param links: ``{GUID of an entry: ID of a document}``
    :return: ``(pairs, documents without, entries without)``
    """
    found, documents = [], {each.key: each for each in documents}
    left = []
    for entry in entries:
        document = documents.pop(links.get(entry.key), None)
        if document:
            found.append((document, entry))
        else:
            left.append(entry)
    for key in (_reference_and_party, _reference):
        again, documents, left = _pair_by(key, documents, left)
        found += again
    return found, list(documents.values()), left


def _pair_by(key, documents, entries):
    """Exact may hold a document twice: the entry of the same amount is it."""
    by_key = {key(each): each for each in documents.values() if key(each)}
    times = Counter(map(key, entries))
    found, left = [], []
    for entry in entries:
        document = by_key.get(key(entry))
        if document and (times[key(entry)] == 1 or document.total() == entry.total()):
            found.append((document, entry))
            del documents[document.key], by_key[key(entry)]
        else:
            left.append(entry)
    return found, documents, left


def _reference_and_party(booking):
    return booking.reference and (booking.direction, booking.reference, booking.party)


def _reference(booking):
    """Suppliers may use each other's numbers: of a bill the amount must be equal too."""
    amount = booking.total() if booking.direction == PURCHASE else None
    return booking.reference and (booking.direction, booking.reference, amount)


def gl_accounts(entries):
    """``{(direction, part): GUID}`` of the GL account that Exact uses for a part, where it is one
    and the same in all entries.
    """
    used = defaultdict(set)
    for entry in entries:
        for part, accounts in entry.gl_accounts.items():
            used[entry.direction, part] |= accounts
    return {key: next(iter(accounts)) for key, accounts in used.items() if len(accounts) == 1}


def align(document, entry):
    """A date may lie in several periods, of which Exact chose one."""
    if entry.period in document.periods:
        document.periods = [entry.period]


def differences(document, entry):
    """The kinds of differences of a pair, each told once, as what it is.

    Another amount changes the VAT, too, and another VAT code the total: only what was really
    changed is named.
    """
    kinds = []
    if entry.period not in document.periods:
        kinds.append("other_period")
    if document.journal != entry.journal:
        kinds.append("other_journal")
    if document.party != entry.party:
        kinds.append("other_partner")
    if document.document and document.document != entry.document:
        kinds.append("other_document")
    return kinds + _kinds_of_amounts(document, entry)


def _kinds_of_amounts(document, entry):
    if document.foreign and _same(document.foreign, entry.foreign):
        return [] if _same(document.parts, entry.parts) else ["other_rate"]
    kinds = []
    is_same_base = document.total(BASE) == entry.total(BASE)
    if not is_same_base:
        kinds.append("other_amount")
    if _differ(document.by_vat_code(), entry.by_vat_code(), is_same_base):
        kinds.append("other_vat")
    if _differ(document.by_gl_account(), entry.by_gl_account(), is_same_base):
        kinds.append("other_account")
    is_explained = {"other_amount", "other_vat"} & set(kinds)
    if document.total() != entry.total() and not is_explained:
        kinds.append("other_amount")
    return kinds


def _same(ours, theirs):
    return all(ours.get(part, 0) == theirs.get(part, 0) for part in ours.keys() | theirs.keys())


def _differ(ours, theirs, is_same_base):
    """Whether amounts lie under other keys, or are spread in another way while they add up."""
    if {key[-1] for key in ours} != {key[-1] for key in theirs}:
        return True
    return is_same_base and ours != theirs


def month_name(period):
    """A period of Exact as people write it: 2026-03."""
    year, number = period
    return f"{year}-{number:02}"
