# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is open of documents in Exact, and what settled the rest. facts.md §5

Exact tells of each payment term whether it is matched and on which day, not with what. That is
derived here, step by step from what is certain to what merely adds up; what stays is named as
unexplained. Amounts are compared within one kind of terms (receivables, or payables) only: the
sign of what is owed differs between administrations. No Odoo is needed here.
"""

import datetime
from collections import Counter, defaultdict
from decimal import Decimal
from itertools import combinations
from typing import NamedTuple

MATCHED = "50"
PAYMENT, CREDIT, DIFFERENCE, EXCHANGE, JOURNAL, UNKNOWN = (
    "payment",
    "credit",
    "difference",
    "exchange",
    "journal",
    "unknown",
)
# TransactionType of what a term was matched with. facts.md §4.11
KINDS = {
    20: CREDIT,
    21: CREDIT,
    30: CREDIT,
    31: CREDIT,
    40: PAYMENT,
    82: EXCHANGE,
    83: DIFFERENCE,
    90: JOURNAL,
}
OPEN, PARTLY, SETTLED = "open", "partly", "settled"
MOST_TO_ADD_UP = 12  # terms of which sums are tried


class Term(NamedTuple):
    """A payment term as the mirror keeps it; amounts in Exact's own sign."""

    exact_id: str
    line_type: str
    status: str
    transaction_entry_id: str
    transaction_id: str
    transaction_type: int
    entry_id: str
    entry_number: str
    journal_code: str
    entry_date: datetime.date
    due_date: datetime.date
    end_date: datetime.date
    last_payment_date: datetime.date
    amount_fc: Decimal
    amount_dc: Decimal
    transaction_amount_fc: Decimal
    currency: str
    account_exact_id: str
    invoice_number: str
    your_ref: str
    batch_code: str
    modified_on: datetime.date
    modifier_name: str

    @property
    def is_matched(self):
        return self.status == MATCHED

    @property
    def is_part(self):
        """Whether it was split off, and so names the entry with which it was matched."""
        return self.entry_id not in (None, self.transaction_entry_id)


class Part(NamedTuple):
    """A part of what was settled, in the document's currency: positive on invoice and credit note.

    ``line_id``, the ledger line that settled it, and what follows are None where the kind alone
    is known.
    """

    kind: str
    amount: Decimal
    date: datetime.date
    line_id: str | None = None
    entry_id: str | None = None
    entry_number: str | None = None
    journal_code: str | None = None
    reference: str | None = None
    entry_date: datetime.date | None = None
    amount_dc: Decimal = Decimal(0)  # of an exchange difference, which has no other amount


class Settlement(NamedTuple):
    """How a document stands. What is open is positive, as Odoo's amount_residual."""

    state: str
    open_fc: Decimal
    open_dc: Decimal
    paid_on: datetime.date | None  # day of the last payment, else of the last match
    kind: str | None  # what settled most of it
    parts: list
    missing: Decimal  # by how much the terms fall short of the ledger line: not all are known
    terms: list


def settlements(entry_ids, terms, offsets=None):
    """``{entry id: Settlement}`` of documents, where Exact has terms of them.

    :param entry_ids: TransactionEntryIDs of the documents
    :param terms: Terms of the documents and all that may have been matched with them
    :param offsets: ``{ledger line: ledger line it was matched with}``, as far as known
    """
    by_entry = defaultdict(list)
    for term in terms:
        by_entry[term.transaction_entry_id].append(term)
    matches = _Matching(terms, offsets or {}).matches()
    return {
        entry_id: _settlement(by_entry[entry_id], matches)
        for entry_id in entry_ids
        if entry_id in by_entry
    }


def _settlement(own, matches):
    total = sum(term.amount_fc for term in own)
    sign = 1 if total > 0 else -1
    still_open = [term for term in own if not term.is_matched]
    matched = [term for term in own if term.is_matched]
    state = (PARTLY if still_open else SETTLED) if matched else OPEN
    parts = _parts(matched, matches)
    return Settlement(
        state=state,
        open_fc=sign * sum((term.amount_fc for term in still_open), Decimal(0)),
        open_dc=sign * sum((term.amount_dc for term in still_open), Decimal(0)),
        paid_on=_paid_on(matched),
        kind=_main_kind(parts),
        parts=parts,
        missing=_booked(own) - abs(total),
        terms=own,
    )


def _booked(own):
    lines = {term.transaction_id: term.transaction_amount_fc for term in own}
    return abs(sum(lines.values()))


def _paid_on(matched):
    """facts.md §5, recommended flow, 4."""
    payments = [term.last_payment_date for term in matched if term.last_payment_date]
    days = payments or [term.end_date for term in matched if term.end_date]
    return max(days, default=None)


def _main_kind(parts):
    totals = Counter()
    for part in parts:
        totals[part.kind] += abs(part.amount)
    return totals.most_common(1)[0][0] if totals else None


def _parts(matched, matches):
    """What settled the terms of one document, oldest first; the same ledger line once a day."""
    parts = {}
    for term in matched:
        left = abs(term.amount_fc)
        for other, amount in matches.get(term.exact_id, ()):
            left -= amount
            _add(parts, _part_of(term, other, amount))
        if left:
            _add(parts, Part(_kind_of_rest(term, matches), left, term.end_date))
    return sorted(parts.values(), key=lambda part: (part.date or datetime.date.max, part.kind))


def _add(parts, part):
    key = (part.kind, part.line_id, part.date)
    known = parts.get(key)
    parts[key] = part._replace(amount=known.amount + part.amount) if known else part


def _part_of(term, other, amount):
    kind = KINDS.get(other.transaction_type, UNKNOWN)
    return Part(
        kind,
        amount,
        term.end_date,
        other.transaction_id,
        other.transaction_entry_id,
        other.entry_number,
        other.journal_code,
        other.your_ref or other.invoice_number,
        other.entry_date,
        abs(other.amount_dc) if kind == EXCHANGE and not other.amount_fc else Decimal(0),
    )


def _kind_of_rest(term, matches):
    """Where only payments come into question, it is known to be one, if not which."""
    return matches.get((*_group(term), term.amount_fc > 0), UNKNOWN)


def _group(term):
    """What one match is within: these are equal for all of its terms."""
    return term.line_type, term.currency, term.account_exact_id, term.end_date


class _Matching:
    """Which matched terms belong together. Each step takes from what the ones before left over."""

    def __init__(self, terms, offsets):
        self._terms = [term for term in terms if term.is_matched]
        self._offsets = offsets
        self._left = {term.exact_id: abs(term.amount_fc) for term in self._terms}
        self._matches = defaultdict(list)

    def matches(self):
        """``{exact_id: [(other term, amount)]}``, and ``{(*group, is positive): kind}`` where what
        is left over of the other side is of one kind.
        """
        groups = self._grouped(self._terms, _group)
        for group in groups:
            self._by_entry(group)
            self._by_offset(group)
        self._by_entry(self._terms)  # whatever the day
        for group in groups:
            self._by_reference(group)
        for group in self._grouped(
            [term for term in self._terms if term.batch_code],
            lambda term: (term.line_type, term.currency, term.batch_code),
        ):
            self._by_sum(group)
        for group in groups:
            self._by_sum(group)
            self._note_kind(group)
        return self._matches

    def _grouped(self, terms, key):
        groups = defaultdict(list)
        for term in terms:
            groups[key(term)].append(term)
        return list(groups.values())

    def _take(self, one, other, amount=None):
        """Match what is left of two terms with each other, or an amount of it."""
        if one.transaction_entry_id == other.transaction_entry_id:
            return
        is_nothing = not one.amount_fc or not other.amount_fc  # an exchange difference
        if not is_nothing and (one.amount_fc > 0) == (other.amount_fc > 0):
            return
        most = min(self._left[one.exact_id], self._left[other.exact_id])
        amount = most if amount is None else min(most, amount)
        if not amount and not is_nothing:
            return
        self._left[one.exact_id] -= amount
        self._left[other.exact_id] -= amount
        self._matches[one.exact_id].append((other, amount))
        self._matches[other.exact_id].append((one, amount))

    def _by_entry(self, group):
        """A part that was split off names the entry with which it was matched."""
        by_entry = defaultdict(list)
        for term in group:
            by_entry[term.transaction_entry_id].append(term)
        for term in group:
            if term.is_part:
                others = by_entry.get(term.entry_id, ())
                for other in sorted(others, key=lambda other: _distance(term, other)):
                    if _goes_with(term, other):
                        self._take(term, other)

    def _by_offset(self, group):
        """Two ledger lines that point at each other."""
        by_line = defaultdict(list)
        for term in group:
            by_line[term.transaction_id].append(term)
        for term in group:
            for other in by_line.get(self._offsets.get(term.transaction_id), ()):
                self._take(term, other)

    def _by_reference(self, group):
        """What settles a document carries its number or its reference, where it settles one."""
        for name in ("your_ref", "invoice_number"):
            documents, rest = defaultdict(list), []
            for term in group:
                if KINDS.get(term.transaction_type) == CREDIT:
                    documents[getattr(term, name)].append(term)
                else:
                    rest.append(term)
            for term in rest:
                reference = getattr(term, name)
                if not reference or (not term.amount_fc and self._matches.get(term.exact_id)):
                    continue
                for document in documents.get(reference, ()):
                    self._take(document, term)

    def _by_sum(self, group):
        """What is left of one side adds up to what is left of the other."""
        left = [term for term in group if self._left[term.exact_id]]
        ours = [term for term in left if term.amount_fc > 0]
        theirs = [term for term in left if term.amount_fc < 0]
        if not ours or not theirs:
            return
        if min(len(ours), len(theirs)) == 1 and self._sum(ours) == self._sum(theirs):
            for one in ours:
                for other in theirs:
                    self._take(one, other)
            return
        self._by_equal_amount(ours, theirs)
        self._by_some(ours, theirs)
        self._by_some(theirs, ours)

    def _by_equal_amount(self, ours, theirs):
        """Amounts that each side has once."""
        amounts = [self._by_amount(ours), self._by_amount(theirs)]
        for amount, terms in amounts[0].items():
            others = amounts[1].get(amount, ())
            if amount and len(terms) == len(others) == 1:
                self._take(terms[0], others[0])

    def _by_amount(self, terms):
        by_amount = defaultdict(list)
        for term in terms:
            by_amount[self._left[term.exact_id]].append(term)
        return by_amount

    def _by_some(self, ours, theirs):
        """One of theirs that is the sum of some of ours, of which there is but one choice."""
        for other in theirs:
            amount = self._left[other.exact_id]
            some = [term for term in ours if 0 < self._left[term.exact_id] <= amount]
            if not amount or len(some) > MOST_TO_ADD_UP:
                continue
            found = [
                chosen
                for size in range(1, len(some) + 1)
                for chosen in combinations(some, size)
                if self._sum(chosen) == amount
            ]
            if len(found) == 1:
                for term in found[0]:
                    self._take(term, other)

    def _sum(self, terms):
        return sum(self._left[term.exact_id] for term in terms)

    def _note_kind(self, group):
        """Of what settles each side, where one kind alone is left over of the other."""
        for is_positive in (True, False):
            kinds = {
                KINDS.get(term.transaction_type, UNKNOWN)
                for term in group
                if self._left[term.exact_id] and (term.amount_fc > 0) != is_positive
            }
            if len(kinds) == 1:
                self._matches[(*_group(group[0]), is_positive)] = kinds.pop()


def _goes_with(one, other):
    return (one.line_type, one.currency) == (other.line_type, other.currency)


def _distance(term, other):
    """Sorts what was matched on the same day, and names this entry in its turn, first."""
    return (
        other.end_date != term.end_date,
        other.is_part and other.entry_id != term.transaction_entry_id,
        abs(abs(other.amount_fc) - abs(term.amount_fc)),
    )
