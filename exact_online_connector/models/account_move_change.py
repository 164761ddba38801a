# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.exceptions import UserError

from .account_move import KINDS, USER
from .exact_sync_mixin import INBOX

# What of a document may be in its entry in Exact. Posting and cancelling have hooks of their own.
TRAVELS = {
    "name",
    "ref",
    "date",
    "invoice_date",
    "invoice_date_due",
    "invoice_origin",
    "invoice_payment_term_id",
    "payment_reference",
    "partner_id",
    "journal_id",
    "currency_id",
    "invoice_line_ids",
    "line_ids",
}
ORIGINAL = "message_main_attachment_id"  # of a bill; of an invoice it says nothing
DESCRIBES = {"invoice_user_id", "narration"}  # in the entry only where a template of its journal is
FILELESS = "bill_without_file"  # the cause for which a document waits for its file


class AccountMove(models.Model):
    """What a document that is in Exact does when it changes in Odoo."""

    _inherit = "account.move"

    _exact_changed_domain = [("state", "!=", "posted")]

    # -- changes ----------------------------------------------------------------------------------

    def write(self, vals):
        state = vals.get("state")
        if state in ("draft", "cancel"):
            self.filtered(lambda move: move.state != state)._exact_guard()
        result = super().write(vals)
        if state == "cancel":
            self._exact_begun()._exact_enqueue_removal()
        elif TRAVELS & vals.keys():
            self._exact_enqueue_change()
        elif ORIGINAL in vals:
            self.filtered(lambda move: move._exact_keeps_original())._exact_enqueue_change()
        elif DESCRIBES & vals.keys():
            self._exact_enqueue_described()
        return result

    def unlink(self):
        self._exact_held()._exact_guard()
        self._exact_begun()._exact_enqueue_removal()
        return super().unlink()

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._exact_held()._exact_enqueue_anyway()
        return posted

    def action_exact_send(self):
        self.check_access("write")
        self._exact_end_undo()
        return super().action_exact_send()

    def _exact_enqueue_change(self):
        """Have what is in Exact made equal to what these documents are now."""
        held = self.filtered(
            lambda move: move.state == "posted" and move.move_type in KINDS
        )._exact_held()
        for move in held:
            move._exact_kept_pdf().unlink()  # it was made for Exact alone, and shows the past
        held._exact_enqueue_anyway()

    def _exact_enqueue_described(self):
        """Have the entries compared again whose description may name what was changed."""
        self.filtered(
            lambda move: move.state == "posted"
            and (move.journal_id.exact_description or move.journal_id.exact_notes)
        )._exact_held()._exact_enqueue_anyway()

    def _exact_enqueue_anyway(self):
        """What is in Exact is kept equal, whatever the settings for new documents say."""
        self._exact_end_undo()
        return self._exact_enqueue_held()

    def _exact_end_undo(self):
        """An undo that is not carried out yet is off; what was undone goes as its journal says
        now.
        """
        undone = self._exact_entry_bindings().filtered("is_unwanted")
        undone.is_unwanted = False
        for binding in undone.filtered(lambda binding: not binding.exact_id):
            if self.browse(binding.res_id).journal_id.exact_attachment_policy == "only":
                binding.exchanged = False

    def _exact_enqueue_removal(self):
        """Have the entries removed that are not to stay, by the companies' choice."""
        self.filtered(lambda move: move.company_id.exact_removal == "remove")._exact_enqueue_held()

    def _exact_enqueue_held(self):
        items = queue = self.env["exact.sync.queue"].sudo()
        for (company, kind), moves in self.grouped(
            lambda move: (move.company_id, move._exact_kind())
        ).items():
            items += queue._enqueue(kind, moves, company)
        self.invalidate_recordset(["exact_state", "exact_number", "exact_item_count"], flush=False)
        return items

    def _exact_held(self):
        """Those of these documents whose entry is in Exact, as far as Odoo knows."""
        return self.browse(self._exact_entry_bindings().filtered("exact_id").mapped("res_id"))

    def _exact_begun(self):
        """Those of these documents of which anything is in Exact: the entry, or what went before.
        """
        return self._exact_held() | self.browse(self._exact_document_bindings().mapped("res_id"))

    def _exact_document_bindings(self):
        """Of the documents in Exact that hold the files of these, with an entry or without."""
        bindings = self.env["exact.binding"].sudo()
        if not self:
            return bindings
        return bindings.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("resource", "=", self.env["exact.operation"]._of_kind("document")._resource),
                ("exact_id", "!=", False),
            ]
        )

    def _exact_entry_bindings(self):
        """Of the entries of these documents, in the administrations of their companies; of what
        was sent without an entry that of its document in Exact.
        """
        bindings = self.env["exact.binding"].sudo()
        if not self:
            return bindings
        operations = self.env["exact.operation"]
        documents = operations._of_kind("document")._resource
        entries = [operations._of_kind(kind)._resource for kind in self._exact_entry_operations]
        found = bindings.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                "|",
                ("resource", "in", entries),
                "&",
                ("resource", "=", documents),
                "|",
                ("is_document_only", "=", True),
                ("is_unwanted", "=", True),
            ]
        ).filtered(lambda binding: binding.division_id == binding.company_id.exact_division_id)
        alone = found.filtered(lambda binding: binding.resource == documents)
        booked = (found - alone).filtered(lambda entry: entry.exact_id or entry.intended_on)
        booked_ids = set(booked.mapped("res_id"))
        return found - alone.filtered(lambda binding: binding.res_id in booked_ids)

    def _exact_undo(self):
        """Have the entries of these documents removed, whatever becomes of the documents; return
        the queue items.
        """
        self._exact_entry_bindings().is_unwanted = True
        return self._exact_enqueue_held()

    def action_exact_undo(self):
        """Open what would become of these documents if they were taken out of Exact again."""
        return self.env["exact.undo"]._open(self)

    # -- what Exact has processed or closed -------------------------------------------------------

    def _exact_guard(self):
        """Where the company chose so, what Exact does not let be changed is not changed in Odoo.

        :raises UserError: with the reasons
        """
        guarded = self.filtered(lambda move: move.company_id.exact_change_guard == "forbid")
        texts = [
            f"{move.name}: {text}"
            for move in guarded._exact_held()
            if (text := move._exact_known_lock())
        ]
        if texts:
            advice = self.env._(
                "Correct it by a credit note. Your company does not let documents be changed that "
                "Exact Online has processed or closed."
            )
            raise UserError("\n".join((*texts, advice)))

    def _exact_known_lock(self):
        self.ensure_one()
        operation = self._exact_operation()
        if operation is None:
            return None
        return operation._known_lock(self.with_env(operation.env))

    def _get_alerts(self):
        """Say of a document that left the posted state what stands in Exact."""
        alerts = super()._get_alerts()
        held = self.state != "posted" and self.env.user.has_group(USER) and self._origin
        if held and held._exact_held():
            alerts["exact_online_held"] = held._exact_held_alert()
        return alerts

    def _exact_held_alert(self):
        if self._exact_kind() == INBOX:
            return self._exact_document_alert()
        number = self._exact_entry_bindings().code
        lock = self._exact_known_lock()
        if lock:
            text = self.env._(
                "%s A change here does not reach Exact Online by itself: post it again unchanged "
                "and correct it by a credit note, or press “Reverse it” on its queue item.",
                lock,
            )
            return {"level": "warning", "message": text}
        if self.state == "draft":
            return {"level": "info", "message": self._exact_draft_text(number)}
        text = self.env._("It is still in Exact Online as %s.", number)
        return {"level": "warning", "message": text}

    def _exact_document_alert(self):
        """Of a document that lies in Exact to be booked there."""
        if self.state == "draft" and self.company_id.exact_removal == "remove":
            text = self.env._(
                "Its document lies in Exact Online, to be booked there. Post it again, and the "
                "document follows what you changed. Cancel or delete it, and the document is "
                "removed there, unless it was booked from it by then."
            )
            return {"level": "info", "message": text}
        text = self.env._("Its document lies in Exact Online, to be booked there.")
        return {"level": "warning", "message": text}

    def _exact_draft_text(self, number):
        if self.company_id.exact_removal == "remove":
            return self.env._(
                "It is still in Exact Online as %s. Post it again, and the entry follows what you "
                "changed. Cancel or delete it, and the entry is removed there.",
                number,
            )
        return self.env._(
            "It is still in Exact Online as %s. Post it again, and the entry follows what you "
            "changed. Cancel or delete it, and the entry stays there, as your company chose.",
            number,
        )

    # -- files that come or go later --------------------------------------------------------------
    # Whoever attaches one may be anybody: these act with all rights.

    def _exact_got_files(self, files):
        """Queue what these documents, in Exact already, get by files that came just now, and
        those that were held back for want of one. Drafts wait until they are posted.
        """
        posted = self.sudo().filtered(lambda move: move.state == "posted" and move._exact_wants())
        if not posted:
            return
        bindings = posted._exact_entry_bindings().filtered("exact_id")
        linked = self.browse(bindings.filtered("adopted").mapped("res_id")).sudo()
        held = self.browse((bindings - bindings.filtered("adopted")).mapped("res_id")).sudo()
        held._exact_lacking(files)._exact_enqueue_held()
        linked._exact_enqueue_files(files)
        (posted - held - linked)._exact_enqueue_fileless()

    def _exact_wants(self):
        """Whether a file that comes late may be one to send."""
        policy = self.journal_id.exact_attachment_policy
        is_in_use = self.journal_id.exact_is_sent and self.company_id.exact_division_id
        return is_in_use and (
            policy in ("all", "only") or policy == "main" and self._exact_keeps_original()
        )

    def _exact_lacking(self, files):
        """Those to which the files that came go along: all, or the one that was missing."""
        takes_one = self.filtered(lambda move: move.journal_id.exact_attachment_policy == "main")
        lacking = takes_one and takes_one.search(
            [("id", "in", takes_one.ids), ("exact_lacks_file", "=", True)]
        )
        return self - takes_one + lacking

    def _exact_enqueue_files(self, files):
        """Queue files for the documents that were booked in Exact from what Odoo had sent: their
        entries are not Odoo's, the documents there are.
        """
        sent = self._exact_document_bindings().filtered("is_document_only")
        for move in self.browse(sent.mapped("res_id")):
            own = files.filtered(lambda file, move=move: file.res_id == move.id)
            self.env["exact.sync.queue"].sudo()._enqueue("attachment", own, move.company_id)

    def _exact_enqueue_fileless(self):
        """Have documents that were held back for want of a file judged again."""
        items = self.env["exact.sync.queue"].sudo()
        waiting = self.ids and items.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("operation", "=", INBOX),
                ("state", "=", "failed"),
                ("cause", "=", FILELESS),
            ]
        )
        if waiting:
            self.browse(waiting.mapped("res_id"))._exact_enqueue_held()

    def _exact_lost_files(self, files):
        """Have files in Exact follow that were taken off this document, where the company lets
        what is in Exact follow, and as long as Exact lets its entry be changed.
        """
        self.ensure_one()
        if self.company_id.exact_removal != "remove" or self._exact_known_lock():
            return
        self.env["exact.sync.queue"].sudo()._enqueue("attachment", files, self.company_id)
        if self._exact_kind() == INBOX:
            self._exact_enqueue_held()
