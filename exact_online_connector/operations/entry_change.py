# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from dataclasses import replace

from odoo import api, models

from ..exact_api import NotFound, Rejected, odata
from .verdicts import Locked, Outcome

PROCESSED = 50  # facts.md §8
STANDING = ("EntryID", "EntryNumber", "Journal", "Status", "ReportingYear", "ReportingPeriod")
# What a PUT may change of an open entry; all else makes it another entry. facts.md §3.4, §4.6
MAY_BE_PUT = {
    "YourRef",
    "Description",
    "PaymentReference",
    "PaymentCondition",
    "DueDate",
    "Document",
}


class ExactOperationEntryChange(models.AbstractModel):
    """What becomes of an entry when its document changes in Odoo after it was booked.

    As long as Exact lets it be changed, texts are changed in place; anything else is replaced:
    removed, then booked anew under its old number. A document that is cancelled or deleted is
    removed. What Exact has processed, or closed the period of, is reversed when a person asks for
    it; see ``entry_reversal.py``.

    Each removal and each creation is a step of its own, decided by what the binding says: it
    holds no Exact ID in between, so that a kill at any moment goes on with the next step.
    """

    _name = "exact.operation.entry.change"
    _inherit = ["exact.operation.entry.period"]
    _description = "Entry that follows its document"
    _is_shared = True

    @api.model
    def _is_wanted(self, move):
        return bool(
            move.exists() and move.state == "posted" and not self._binding(move).is_unwanted
        )

    @api.model
    def _task(self, move):
        binding = self._binding(move)
        if not binding.exact_id:
            return "send"
        if binding.reversal:
            return "reverse"
        return "remove" if self._is_to_go(move, binding) else "send"

    @api.model
    def _is_to_go(self, move, binding):
        """Cancelled or deleted, or undone by a person. A draft waits for what becomes of it."""
        if binding.is_unwanted:
            return True
        is_gone = not move.exists() or move.state == "cancel"
        return is_gone and self.env.company.exact_removal == "remove"

    @api.model
    def _withdrawn(self, move):
        if self._binding(move).is_unwanted:
            label = self._label(move)
            return self.env._("%s is not to be in Exact Online, as somebody chose.", label)
        return super()._withdrawn(move)

    @api.model
    def _is_unchanged(self, move, binding):
        """Of what can no longer be changed, the file stays as it is."""
        return super()._is_unchanged(move, binding) and bool(
            not self._is_file_stale(move) or self._known_lock(move)
        )

    @api.model
    def _is_file_stale(self, move):
        """Whether the file in Exact is no longer the document's."""
        document = self._document(move)
        if self._binding(move).adopted or not document or not self._has_file(move):
            return False
        attachment = self._of_kind("attachment")
        sent = attachment._sent_of(document)
        return bool(sent) and not attachment._is_own_in(move, sent)

    @api.model
    def _late(self, move):
        """Files that came after the entry, and the document where it was booked without. They
        leave the entry as it is, so that it does not matter whether Exact has processed it.
        """
        document = self._document(move)
        if not self._has_file(move):
            return
        if document:
            for file in self._of_kind("attachment")._late_files(move, document):
                yield "attachment", file
        elif not self._binding(move).adopted:
            yield "document", move

    @api.model
    def _note_document(self, move):
        """Its document came after it and names it: the entry is as it was."""
        binding, payload = self._binding(move), self._payload(move)
        before = {name: payload[name] for name in payload if name != "Document"}
        if binding.digest == self._digest(before):
            binding.digest = self._digest(payload)
        binding.exchanged = {**(binding.exchanged or {}), "Document": payload.get("Document")}

    @api.model
    def _begin(self, move, task):
        """A change may end in a removal, so its intent is noted: what is gone then was ours."""
        step = super()._begin(move, task)
        binding = self._binding(move)
        if task == "remove" or not step.exact_id or binding.adopted:
            return step
        step = replace(step, outcome_unknown=bool(binding.intended_on))
        if task == "send":
            self._intend(move)
        return step

    @api.model
    def _is_to_be_seen(self, move):
        """What Exact has processed keeps its document and file too."""
        binding = self._binding(move)
        is_ours = binding.exact_id and not binding.adopted
        return bool(is_ours) and binding.seen_open != self._digest_of(move)

    @api.model
    def _look(self, client, move, step):
        remote = self._standing(client, step.exact_id)
        if remote is None:
            return self._gone(move, step)
        lock = self._lock_of(remote)
        if lock and self._binding(move).digest != self._digest_of(move):
            raise lock
        return Outcome({"is_processed": bool(lock) and lock.is_processed}, "seen")

    @api.model
    def _note_seen(self, move, remote):
        self._binding(move).write({"seen_open": self._digest_of(move), **remote})

    @api.model
    def _undo_refusal(self, move):
        """Why its entry cannot be taken out of Exact, as far as is known here; or None."""
        binding = self._binding(move)
        if not binding.exact_id:
            return self.env._("It is not in Exact Online.")
        return self._adopted_text(binding) if binding.adopted else self._known_lock(move)

    @api.model
    def _adopted_text(self, binding):
        return self.env._(
            "%s was in Exact Online before, it was not booked from Odoo. Remove or reverse it "
            "there.",
            binding.code or "?",
        )

    # -- in Exact -------------------------------------------------------------------------------

    @api.model
    def _update(self, client, move, step):
        binding = self._binding(move)
        if binding.adopted:
            return super()._update(client, move, step)
        remote = self._standing(client, step.exact_id)
        if remote is None:
            return self._gone(move, step)
        self._refuse_locked(remote)
        changes = _changes(binding.exchanged or {}, step.payload)
        if changes.keys() <= MAY_BE_PUT and self._put(client, step.exact_id, changes):
            return Outcome(remote, "updated")
        return self._take_out(client, move, step)

    @api.model
    def _gone(self, move, step):
        """What our own removal left off is booked anew; what others removed is a person's task."""
        if step.outcome_unknown:
            return Outcome({}, "removed", self._removal_text(move))
        raise NotFound(
            self.env._("%s is no longer in Exact Online.", self._binding(move).code or "?")
        )

    @api.model
    def _search(self, client, move, step):
        """Of a change whose answer was lost: it may have been the removal."""
        exact_id = self._exact_id(move)
        if not exact_id:
            return super()._search(client, move, step)
        if self._standing(client, exact_id) is None:
            return Outcome({}, "removed", self._removal_text(move))
        return Outcome({}, "settled", self.env._("Looked for in Exact Online: it is still there."))

    @api.model
    def _put(self, client, exact_id, changes):
        """Whether Exact let the entry be changed: some administrations let none. facts.md §4.6"""
        if not changes:
            return True
        try:
            client.put(self._division().code, self._resource, exact_id, changes)
        except Rejected as refusal:
            if refusal.malformed:
                raise
            return False
        return True

    @api.model
    def _remove(self, client, move, step):
        binding = self._binding(move)
        if binding.adopted:
            raise Locked(self._adopted_text(binding))
        remote = self._standing(client, step.exact_id)
        if remote is None:
            return Outcome({}, "removed", self._removal_text(move, was_gone=True))
        self._refuse_locked(remote)
        return self._take_out(client, move, step)

    @api.model
    def _take_out(self, client, move, step):
        """Delete the entry. A refusal is believed once the entry is seen to be there still."""
        try:
            return self._delete(client, move, step)
        except Rejected as refusal:
            if refusal.malformed:
                raise
            if self._standing(client, step.exact_id) is None:
                return Outcome({}, "removed", self._removal_text(move))
            raise Locked(
                self.env._(
                    "Exact Online does not let %(number)s be changed or removed: %(words)s",
                    number=self._binding(move).code,
                    words=" ".join(refusal.messages),
                )
            ) from None

    @api.model
    def _standing(self, client, exact_id):
        """How an entry stands in Exact now; None when it is not there."""
        condition = odata.eq(self._key, odata.guid(exact_id))
        rows = client.read(
            self._division().code, self._resource, select=STANDING, filter=condition
        )
        return next(iter(rows), None)

    @api.model
    def _create(self, client, move, step):
        """Under its old number, where Exact takes it."""
        number = self._former_number(move, step.payload)
        if not number:
            return super()._create(client, move, step)
        try:
            remote = self._send(client, {**step.payload, "EntryNumber": number})
            return Outcome(remote, "created")
        except Rejected as refusal:
            if refusal.malformed:
                raise
        found = self._find(client, move)
        if found:
            return self._adopt(client, move, found, step)
        return super()._create(client, move, step)

    @api.model
    def _former_number(self, move, payload):
        """The number of the entry that this one replaces, in the same journal and year."""
        binding = self._binding(move)
        former = binding.exchanged or {}
        if not binding.code or _series(former) != _series(payload):
            return None
        return int(binding.code)

    # -- what Exact does not let be changed -----------------------------------------------------

    @api.model
    def _refuse_locked(self, remote):
        """:raises Locked: when the entry is processed, or its period closed as far as was read"""
        lock = self._lock_of(remote)
        if lock:
            raise lock

    @api.model
    def _lock_of(self, remote):
        number = remote["EntryNumber"]
        if remote["Status"] == PROCESSED:
            return Locked(self._processed_text(number), is_processed=True)
        text = self._closed_text(
            number, remote["Journal"].strip(), remote["ReportingYear"], remote["ReportingPeriod"]
        )
        return Locked(text) if text else None

    @api.model
    def _known_lock(self, move):
        """Why Exact does not let a document be changed, as far as is known without a call."""
        binding = self._binding(move)
        if not binding.exact_id:
            return None
        if binding.is_processed:
            return self._processed_text(binding.code)
        return self._closed_lock(move)

    @api.model
    def _closed_lock(self, move):
        """That the period in which its entry stands is closed, as far as was read; or None."""
        binding = self._binding(move)
        sent = binding.exchanged or {}
        if "ReportingPeriod" in sent:
            periods = [(sent["ReportingYear"], sent["ReportingPeriod"])]
        else:
            found = self._periods()._of_date(self._division(), sent.get("EntryDate") or move.date)
            periods = [(period.year, period.period) for period in found]
        journal = sent.get("Journal") or self._journal(move).code
        texts = [self._closed_text(binding.code, journal, *period) for period in periods]
        return texts[0] if texts and all(texts) else None

    @api.model
    def _processed_text(self, number):
        return self.env._("Exact Online has processed %s: it can no longer be changed.", number)

    @api.model
    def _closed_text(self, number, journal, year, period):
        """That a period is closed for a journal, in words; None as long as it is open."""
        closed = self.env["exact.closed.period"].search_count(
            [
                ("division_id", "=", self._division().id),
                ("code", "=", journal),
                ("year", "=", year),
                ("period", "=", period),
            ],
            limit=1,
        )
        if not closed:
            return None
        return self.env._(
            "%(number)s stands in the period %(period)s, which is closed for the journal "
            "%(journal)s in Exact Online: it can no longer be changed.",
            number=number,
            period=f"{year}-{period:02}",
            journal=journal,
        )

    @api.model
    def _periods(self):
        return self.env["exact.financial.period"]

    # -- in Odoo --------------------------------------------------------------------------------

    @api.model
    def _store(self, move, outcome, payload):
        binding = super()._store(move, outcome, payload)
        binding.write(
            {
                "exchanged": json.loads(json.dumps(payload, default=str)),
                "is_processed": False,
                "seen_open": False,
            }
        )
        if move.exists():
            binding.own_key = self._own_key(move)
        return binding

    @api.model
    def _depart(self, move, outcome):
        binding = super()._depart(move, outcome)
        if move.exists():
            move._message_log(body=outcome.evidence)
        return binding

    @api.model
    def _follow_withdrawal(self, move):
        """The document that went before an entry that is not sent any more."""
        is_gone = not move.exists() or move.state == "cancel"
        document = self._of_kind("document")
        if is_gone and self.env.company.exact_removal == "remove":
            if document._task(move) == "remove":
                yield "document", move

    @api.model
    def _follow_departure(self, move, outcome):
        """With an entry that is gone for good goes its document."""
        document = self._of_kind("document")
        if outcome.how == "removed" and document._task(move) == "remove":
            yield "document", move


def _changes(former, payload):
    """The properties that differ from what was sent, with what they are now."""
    now = json.loads(json.dumps(payload, default=str))
    return {
        name: payload.get(name)
        for name in {**former, **now}
        if former.get(name) != now.get(name)
    }


def _series(payload):
    """Entries are numbered by journal and year. facts.md §8"""
    year = payload.get("ReportingYear") or str(payload.get("EntryDate"))[:4]
    return payload.get("Journal"), str(year)
