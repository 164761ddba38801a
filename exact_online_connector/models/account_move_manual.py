# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.exceptions import UserError

from .account_move import USER
from .exact_sync_queue import IN_FLIGHT, PENDING
from .notification import SHOWN_ANEW, notification
from .roles import check_operator


class AccountMove(models.Model):
    """What a person does with a document by hand: send it now, have it compared again, open it in
    Exact or link it to what is there already.
    """

    _name = "account.move"
    _inherit = ["account.move"]

    exact_offer = fields.Selection(
        [("send", "Send now"), ("again", "Send again")],
        compute="_compute_exact_offer",
        groups=USER,
        exportable=False,
    )
    exact_may_be_linked = fields.Boolean(
        compute="_compute_exact_offer", groups=USER, exportable=False
    )

    def _compute_exact_offer(self):
        for move in self:
            operation = move._exact_operation() if move.state == "posted" else None
            in_exact = operation is not None and operation._is_in_exact(move)
            is_due = operation is not None and operation._is_due(move)
            move.exact_offer = "again" if in_exact else is_due and "send"
            move.exact_may_be_linked = bool(
                operation is not None
                and not in_exact
                and move.is_invoice(include_receipts=True)
                and not move._exact_is_in_flight()
            )

    def _exact_is_in_flight(self):
        """Whether Exact may be at work on it at this moment."""
        return bool(
            self.env["exact.sync.queue"]
            .sudo()
            .search_count(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("operation", "in", self._exact_operations),
                    ("state", "in", IN_FLIGHT),
                ],
                limit=1,
            )
        )

    def _exact_address(self):
        """Of its document there; an entry has no address of its own, so else of its contact."""
        operation = self._exact_operation()
        if operation is None or not operation._is_in_exact(self):
            return None
        contact, document = operation._of_kind("contact"), operation._of_kind("document")
        partner = self.commercial_partner_id
        return document._binding(self)._address() or contact._binding(partner)._address()

    # -- by hand ----------------------------------------------------------------------------------

    def action_exact_send_now(self):
        """Send these ahead of everything else; what is in Exact already is compared there anew."""
        self._exact_check_sender()
        items = self._exact_make_ready()
        if not items:
            raise UserError(
                self.env._(
                    "Nothing is sent: the document is not posted, before the date from which "
                    "documents are sent, or in a journal that is not sent."
                )
            )
        items._hasten()
        text = self.env._("On the way to Exact Online, ahead of everything else.")
        return notification(text, "success", SHOWN_ANEW)

    def action_exact_make_ready(self):
        """Have these compared with Exact and, where needed, sent again. Never booked twice."""
        self._exact_check_sender()
        made = len(self._exact_make_ready())
        text = self.env["exact.sync.queue"]._made_ready_text(made, len(self) - made)
        return notification(text, "success" if made == len(self) else "warning")

    def action_exact_link(self):
        """Look for the entry that this document is in Exact already, to link it to that."""
        self.ensure_one()
        self._exact_check_sender()
        return self.env["exact.entry.link"]._open(self)

    def action_exact_ignore(self):
        """Never send these, whatever becomes of them; what a person makes ready again goes."""
        self._exact_check_sender()
        return self.sudo()._exact_ignore_and_tell()

    def _exact_ignore_and_tell(self):
        ignored = self.filtered(lambda move: move._exact_may_be_ignored())
        for move in ignored:
            move._exact_ignore()
        left = len(self - ignored)
        text = self.env._("%s not to be sent, until somebody makes them ready again.", len(ignored))
        if left:
            text = self.env._(
                "%(text)s Left as they are: %(left)s, as they are or may be in Exact Online, or "
                "are not to be sent anyway. What is there is undone, not ignored.",
                text=text,
                left=left,
            )
        return notification(text, "warning" if left else "success", SHOWN_ANEW)

    def _exact_may_be_ignored(self):
        """Whether nothing of it is in Exact, nor on its way there."""
        operation = self._exact_operation()
        if operation is None or self._exact_is_in_flight():
            return False
        binding = operation._binding(self)
        return operation._is_in_scope(self) and not (binding.exact_id or binding.intended_on)

    def _exact_ignore(self):
        operation = self._exact_operation()
        self.env["exact.binding"]._find_or_create(
            operation._division(), self.company_id, operation._resource, self
        ).is_unwanted = True
        self.env["exact.sync.queue"]._note_ignored(operation, self)
        self.invalidate_recordset(["exact_state"], flush=False)

    def _exact_leave_queue(self, reason):
        """Take the entries of these out of the queue: there is nothing to send any more."""
        self.env["exact.sync.queue"].sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("operation", "in", self._exact_operations),
                ("state", "in", PENDING),
            ]
        )._cancel(reason)

    def _exact_check_sender(self):
        check_operator(self.env)
        self.check_access("write")

    def _exact_make_ready(self):
        """Queue what is in Exact and what is due to be; return the items."""
        self._exact_end_undo()
        held = self._exact_held()
        return (self - held)._exact_enqueue() + held._exact_enqueue_held()
