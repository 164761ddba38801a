# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an operation says of a record: findings before, an outcome and differences after."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """A reason why Exact would refuse a record, in words, and the record that mends it."""

    text: str
    mend: Any = None


@dataclass(frozen=True)
class Difference:
    """One field that Odoo and Exact do not agree upon, both sides as a person reads them."""

    name: str
    odoo: str
    exact: str


@dataclass(frozen=True)
class Outcome:
    """What became of an operation in Exact: the record there, and how it came to be ours."""

    remote: dict
    how: str  # created, found (ours, after a lost answer), adopted (not ours), updated or read
    evidence: str = ""


@dataclass(frozen=True)
class Step:
    """What is about to be carried out, decided and committed before the first call."""

    payload: dict = field(repr=False)
    exact_id: str | None = None
    outcome_unknown: bool = False


class Conflict(Exception):
    """Exact already holds something that resembles the record but is not equal to it."""

    def __init__(self, text, candidates):
        super().__init__(text)
        self.candidates = candidates
