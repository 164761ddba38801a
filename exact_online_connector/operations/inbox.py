# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from ..exact_api import odata
from .document import LINK
from .verdicts import Conflict, Difference, Finding


class ExactOperationInbox(models.AbstractModel):
    """A document that the bookkeeper books in Exact from its files: Odoo sends these and books
    nothing.

    The document and each file are created by items of their own, see ``document.py``; this one is
    done when all of them were read back. What is booked from them: ``inbox_bookings.py``.
    """

    _name = "exact.operation.inbox"
    _inherit = ["exact.operation.document"]
    _description = "Document to be booked in Exact"

    _complete_with = None  # Exact's answer does not tell of the files
    _priority = 40

    @api.model
    def _entry(self, move):
        """The operation that would book the document, were it booked from Odoo."""
        return self._of_kind(move._exact_entry_kind())

    @api.model
    def _is_due(self, move):
        return self._entry(move)._is_due(move)

    @api.model
    def _is_in_scope(self, move):
        return self._entry(move)._is_in_scope(move)

    @api.model
    def _scope_domain(self, company):
        """As of the entries that would be booked: which journals book is none of its matter."""
        kinds = self.env["account.move"]._exact_entry_operations
        return Domain.OR(self._of_kind(kind)._scope_domain(company) for kind in kinds)

    @api.model
    def _has_file(self, move):
        return self._entry(move)._has_file(move)

    @api.model
    def _is_wanted(self, move):
        return bool(
            move.exists() and move.state == "posted" and not self._binding(move).is_unwanted
        )

    @api.model
    def _withdrawn(self, move):
        if self._binding(move).is_unwanted:
            label = self._label(move)
            return self.env._("%s is not to be in Exact Online, as somebody chose.", label)
        booked = self._entry(move)._binding(move)
        if booked.exact_id:
            return self.env._("It was booked in Exact Online as %s.", booked.code or "?")
        return self._entry(move)._withdrawn(move)

    @api.model
    def _successor(self, move):
        """Its journal may book by now; what was booked from the files needs no other errand."""
        if not move.exists() or self._entry(move)._is_in_exact(move):
            return None
        kind = move._exact_kind()
        return kind if kind != self._kind() else None

    @api.model
    def _task(self, move):
        binding = self._binding(move)
        is_gone = not move.exists() or move.state == "cancel"
        is_to_go = binding.is_unwanted or (
            is_gone and self.env.company.exact_removal == "remove"
        )
        return "remove" if binding.exact_id and is_to_go else "send"

    @api.model
    def _requires(self, move):
        yield from super()._requires(move)
        yield "document", move
        for file in self._of_kind("attachment")._files_of(move):
            yield "attachment", file

    @api.model
    def _is_unchanged(self, move, binding):
        attachment = self._of_kind("attachment")
        sent = attachment._sent_of(binding.exact_id)
        return (
            super()._is_unchanged(move, binding)
            and bool(sent)
            and attachment._are_all_in(move, sent)
        )

    # -- what Exact would refuse ------------------------------------------------------------------

    @api.model
    def _preflight(self, move):
        """A contact and a file, nothing else: accounts, taxes and periods are the bookkeeper's."""
        entry, partner = self._entry(move), move.commercial_partner_id
        if not partner:
            return entry._preflight_receipt(move)
        return [
            *self._of_kind("contact")._account_findings(partner),
            *entry._preflight_start_date(move),
            *self._preflight_has_file(move),
            *entry._preflight_files(move),
        ]

    @api.model
    def _preflight_has_file(self, move):
        if self._has_file(move):
            return []
        text = self.env._(
            "%s has no file, and the bookkeeper books it in Exact Online from its file. Attach "
            "the bill's file: it is sent at once.",
            self._label(move),
        )
        fix = self.env._("Attach the bill's file")
        return [Finding(text, move, cause="bill_without_file", fix=fix)]

    # -- proof ------------------------------------------------------------------------------------

    @api.model
    def _read_back(self, client, exact_ids):
        """The documents and their files, two calls for all."""
        files = defaultdict(list)
        condition = odata.any_of("Document", [odata.guid(exact_id) for exact_id in exact_ids])
        for row in self._of_kind("attachment")._read_where(client, condition):
            files[row["Document"]].append(row)
        return {
            exact_id: {**remote, "files": files[exact_id]}
            for exact_id, remote in super()._read_back(client, exact_ids).items()
        }

    @api.model
    def _prove(self, move, remote):
        return [*super()._prove(move, remote), *self._prove_files(move, remote["files"])]

    @api.model
    def _prove_files(self, move, rows):
        attachment = self._of_kind("attachment")
        rows, differences = {row["ID"]: row for row in rows}, []
        for file in attachment._kept_files(move):
            row = rows.get(attachment._exact_id(file))
            if row:
                differences += attachment._prove(file, row)
            else:
                missing = self.env._("not found")
                differences.append(Difference(self.env._("File"), file.name, missing))
        return differences

    @api.model
    def _proof_text(self, move):
        return self.env._(
            "Read back from Exact Online and equal: subject, contact and files. It lies there to "
            "be booked; Odoo books nothing."
        )

    # -- what becomes of it -----------------------------------------------------------------------

    @api.model
    def _remove(self, client, move, step):
        """As long as no entry uses it.

        :raises Conflict: when one does
        """
        entry = self._used_by(client, step.exact_id)
        if entry:
            raise Conflict(
                self.env._(
                    "%(document)s stays in Exact Online: the entry %(entry)s was booked from it. "
                    "Remove or reverse that entry there, then press Retry. If it is to stay, "
                    "cancel this item.",
                    document=self._label(move),
                    entry=entry,
                ),
                [],
            )
        return super()._remove(client, move, step)

    @api.model
    def _used_by(self, client, exact_id):
        """The number of the entry that uses a document now, or None. A document may go on naming
        an entry that is no longer there: the ledger has the last word.
        """
        rows = self._read_where(client, odata.eq("ID", odata.guid(exact_id)))
        entries = [row[LINK] for row in rows if row[LINK]]
        if not entries:
            return None
        lines = client.read(
            self._division().code,
            "bulk/Financial/TransactionLines",
            select=("EntryNumber",),
            filter=odata.any_of("EntryID", [odata.guid(entry) for entry in entries]),
        )
        return next((line["EntryNumber"] for line in lines), None)

    @api.model
    def _lines_using(self, exact_id):
        """The mirrored ledger lines that name a document."""
        return self.env["exact.ledger.line"].search(
            [
                ("division_id", "=", self._division().id),
                ("document_exact_id", "=", exact_id),
            ]
        )

    @api.model
    def _depart(self, move, outcome):
        if move.exists():
            move._message_log(body=outcome.evidence)
        return super()._depart(move, outcome)

    @api.model
    def _undo_refusal(self, move):
        """Why it cannot be taken out of Exact, as far as is known here; or None."""
        binding = self._binding(move)
        if not binding.exact_id:
            return self.env._("It is not in Exact Online.")
        line = self._lines_using(binding.exact_id)[:1]
        if line:
            return self.env._(
                "The entry %s was booked from it in Exact Online.", line.entry_number or "?"
            )
        return None

    @api.model
    def _known_lock(self, move):
        """A document may be changed whatever becomes of its entry."""
        return None
