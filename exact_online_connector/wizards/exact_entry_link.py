# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.exact_sync_mixin import TROUBLE, UNDER_WAY
from ..models.notification import SHOWN_ANEW, notification
from ..models.roles import check_not_by_hand, check_operator

QUEUE = "exact.sync.queue"
SEARCH = "entry_search"


class ExactEntryLink(models.TransientModel):
    """A document of Odoo beside the entries of Exact that may be it, of which a person chooses
    one. Nothing is sent. What was not read before is read by the queue, not here.
    """

    _name = "exact.entry.link"
    _description = "Link to an Existing Entry of Exact Online"
    _rec_name = "move_id"
    _transient_max_hours = 24.0  # the queue may have to wait

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    division_id = fields.Many2one(
        "exact.division", string="Administration", required=True, readonly=True
    )
    move_id = fields.Many2one(
        "account.move", string="Document", required=True, readonly=True, ondelete="cascade"
    )
    operation = fields.Char(required=True, readonly=True)
    resource = fields.Char(required=True, readonly=True)
    number = fields.Char(
        string="Entry number in Exact", help="Look for the entry of this number, whatever it is."
    )
    candidate_ids = fields.One2many("exact.entry.link.candidate", "link_id", readonly=True)
    chosen_id = fields.Many2one("exact.entry.link.candidate", readonly=True)
    searched_on = fields.Datetime(readonly=True)
    is_of_mirror = fields.Boolean(readonly=True, help="Told by the ledger that was read before.")
    is_searching = fields.Boolean(compute="_compute_status")
    status = fields.Text(compute="_compute_status")

    move_name = fields.Char(related="move_id.name", string="Number in Odoo")
    move_ref = fields.Char(related="move_id.ref", string="Bill reference")
    is_bill = fields.Boolean(compute="_compute_is_bill")
    partner_id = fields.Many2one(related="move_id.commercial_partner_id")
    date = fields.Date(related="move_id.date")
    amount_total = fields.Monetary(related="move_id.amount_total_in_currency_signed")
    currency_id = fields.Many2one(related="move_id.currency_id")

    chosen_number = fields.Char(related="chosen_id.exact_number")
    chosen_reference = fields.Char(related="chosen_id.exact_reference")
    chosen_contact = fields.Char(related="chosen_id.exact_account_name")
    chosen_date = fields.Date(related="chosen_id.exact_date")
    chosen_amount = fields.Char(related="chosen_id.exact_amount")
    difference = fields.Text(related="chosen_id.difference")

    @api.depends("move_id")
    def _compute_is_bill(self):
        for link in self:
            link.is_bill = link.move_id.is_purchase_document(include_receipts=True)

    @api.depends("searched_on", "candidate_ids", "number")
    def _compute_status(self):
        for link in self:
            item = link._item()
            link.is_searching = item.state in UNDER_WAY
            link.status = link._status_text(item)

    def _item(self):
        """The queue item that searches, if any did."""
        return (
            self.env[QUEUE]
            .sudo()
            .search([("res_model", "=", self._name), ("res_id", "in", self.ids)], limit=1)
        )

    def _status_text(self, item):
        if item.state in TROUBLE:
            text = item.message or self.env._("Nobody is connected to Exact Online.")
            return self.env._("Exact Online could not be asked: %s", text)
        if item.state in UNDER_WAY:
            return item.message or False
        if self.candidate_ids or not self.searched_on:
            return False
        if self.number:
            return self.env._(
                "Exact Online holds no entry %s of this kind. Look at its number there.",
                self.number,
            )
        return self.env._(
            "Exact Online holds no entry of this number, of this total, or of this contact within "
            "a month of its date. Type the number that the entry has in Exact."
        )

    # -- searching --------------------------------------------------------------------------------

    @api.model
    def _open(self, move):
        """Show what may be the entry of a document.

        :raises UserError: when it cannot be linked
        """
        operation = move._exact_operation()
        if not move.exact_may_be_linked:
            raise UserError(
                self.env._(
                    "Only a posted invoice or bill that is neither in Exact Online nor on its way "
                    "is linked."
                )
            )
        link = self.sudo().create(
            {
                "company_id": move.company_id.id,
                "division_id": operation._division().id,
                "move_id": move.id,
                "operation": move._exact_kind(),
                "resource": operation._resource,
            }
        )
        return link.sudo(self.env.su)._search_anywhere()

    def _search_anywhere(self):
        """In the ledger that was read before, else in Exact."""
        self._forget()
        ledger = self.division_id._feed("ledger_lines")
        if ledger.is_read:
            self._operation(SEARCH)._search_mirror(self.sudo())
            self.sudo().write({"is_of_mirror": True, "searched_on": ledger.read_on})
        if not self.candidate_ids:
            self._enqueue()
        return self._show()

    def _forget(self):
        self.sudo().write({"chosen_id": False, "searched_on": False, "is_of_mirror": False})
        self.sudo().candidate_ids.unlink()

    def _enqueue(self):
        self.env[QUEUE].sudo()._enqueue(SEARCH, self, self.company_id)

    def write(self, vals):
        """:raises AccessError: for anything but the number that a person types"""
        check_not_by_hand(self.env, vals.keys() - {"number"}, vals)
        return super().write(vals)

    def action_search(self):
        """Have Exact asked, whatever was found in what was read before."""
        self._check()
        self._forget()
        self._enqueue()
        return self._show()

    def action_search_number(self):
        """Look for the entry of the number that was typed."""
        self._check()
        if not re.fullmatch(r"[0-9]{1,9}", (self.number or "").strip()):
            raise UserError(
                self.env._("Type the number of the entry as Exact shows it: digits only.")
            )
        self.number = self.number.strip()
        return self._search_anywhere()

    # -- choosing ---------------------------------------------------------------------------------

    def action_accept(self):
        """Link to the entry that was chosen although it differs."""
        self._check()
        return self.chosen_id._link_it()

    def action_choose_another(self):
        """Go back to the entries."""
        self._check()
        self.sudo().chosen_id = False
        return self._show()

    def _check(self):
        self.ensure_one()
        check_operator(self.env)
        self.move_id.check_access("write")

    def _show(self):
        return self._get_records_action(
            name=self.env._("Link %s to an existing entry", self.move_id.name),
            target="new",
            context={"dialog_size": "extra-large"},
        )

    # -- for the candidates and the queue ---------------------------------------------------------

    def _operation(self, kind):
        env = self.with_context(exact_division_id=self.division_id.id).env
        return env["exact.operation"].sudo().with_company(self.company_id)._of_kind(kind)

    def _in_context(self):
        """For its company, in the language of its people."""
        company = self.company_id
        return self.with_company(company).with_context(lang=company._exact_language())


class ExactEntryLinkCandidate(models.TransientModel):
    """An entry of Exact that may be the document."""

    _name = "exact.entry.link.candidate"
    _inherit = ["exact.entry.candidate.mixin"]
    _description = "Entry of Exact Online to Link to"
    _transient_max_hours = 24.0

    link_id = fields.Many2one("exact.entry.link", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="link_id.company_id", store=True)
    state = fields.Selection(
        [
            ("certain", "Equal"),
            ("doubtful", "Differs"),
            ("refused", "Cannot be linked"),
            ("linked", "Linked"),
        ],
        required=True,
        readonly=True,
    )
    is_same_contact = fields.Boolean(readonly=True)

    def action_choose(self):
        """It is this entry: link to it, after a look at what differs."""
        self.ensure_one()
        self.link_id._check()
        if self.state == "doubtful":
            self.link_id.sudo().chosen_id = self
            return self.link_id._show()
        return self._link_it()

    def _link_it(self):
        if self.state not in ("certain", "doubtful"):
            raise UserError(self.difference or self.env._("It was dealt with already."))
        self.link_id.move_id._exact_leave_queue(self.env._("Linked by %s.", self.env.user.name))
        candidate = self.sudo()
        accepted_by = self.env.user if self.state == "doubtful" else None
        if not candidate._link(accepted_by):
            raise UserError(candidate.difference)
        move = self.link_id.move_id
        text = self.env._(
            "%(number)s is linked to %(exact)s of Exact Online. Nothing was sent.",
            number=move.name,
            exact=self.exact_number,
        )
        return notification(text, "success", SHOWN_ANEW)

    # -- see exact.entry.candidate.mixin ----------------------------------------------------------

    def _search_of(self):
        return self.link_id

    def _document_of(self):
        return self.link_id

    def _is_free(self, move):
        return not move._exact_is_in_flight()

    def _is_of_same_contact(self):
        return self.is_same_contact
