# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an operation says of a record: findings before, an outcome and differences after."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Something about a record that Exact would refuse, or that a person should know.

    :param text: the sentence that is shown
    :param mend: the record in which it is put right, where there is one
    :param severity: ``refused`` holds the record back, ``warning`` does not
    :param cause: a stable key; findings of one cause are shown together
    :param fix: what to do, short and imperative: the text of the button that opens ``mend``
    :param label: the cause in a few words, as the title of all that it holds up; where it is
        empty, see ``cause_labels.py``
    :param action: what the button does where it does not open ``mend``; see the queue's
        ``mend_action``
    """

    text: str
    mend: Any = None
    severity: str = "refused"
    cause: str = "other"
    fix: str = ""
    label: str = ""
    action: str = ""


def refusals(findings):
    """Those findings that hold a record back."""
    return [finding for finding in findings if finding.severity == "refused"]


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
    # created, found (ours, after a lost answer), absent (after one), adopted (not ours), updated,
    # read, seen (and nothing done); or gone from the record: removed from Exact, or reversed there
    how: str
    evidence: str = ""


@dataclass(frozen=True)
class Step:
    """What is about to be carried out, decided and committed before the first call."""

    payload: dict = field(repr=False)
    exact_id: str | None = None
    outcome_unknown: bool = False
    task: str = "send"  # see exact.operation._task; or "look", or "search" for a lost answer


class Conflict(Exception):
    """Exact already holds something that resembles the record but is not equal to it."""

    def __init__(self, text, candidates):
        super().__init__(text)
        self.candidates = candidates


class Locked(Conflict):
    """Exact does not let what it holds be changed or removed any more."""

    def __init__(self, text, is_processed=False):
        super().__init__(text, [])
        self.is_processed = is_processed
