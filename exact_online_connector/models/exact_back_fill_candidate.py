# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

QUEUE = "exact.sync.queue"


class ExactBackFillCandidate(models.Model):
    """An entry of Exact that may be one of the documents: linked when it certainly is."""

    _name = "exact.back.fill.candidate"
    _inherit = ["exact.back.fill.part"]
    _description = "Entry of Exact Online that May be a Past Document"
    _order = "document_id, id"

    document_id = fields.Many2one(
        "exact.back.fill.document",
        string="Past document",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    move_id = fields.Many2one(related="document_id.move_id")
    partner_id = fields.Many2one(related="move_id.partner_id", string="Contact in Odoo")
    amount_total = fields.Monetary(related="move_id.amount_total_in_currency_signed")
    currency_id = fields.Many2one(related="move_id.currency_id")
    state = fields.Selection(
        [
            ("certain", "Certain"),
            ("doubtful", "Look at it"),
            ("refused", "Cannot be linked"),
            ("linked", "Linked"),
            ("skipped", "Skipped"),
        ],
        required=True,
        readonly=True,
    )
    exact_id = fields.Char(string="Exact ID", required=True, readonly=True)
    exact_number = fields.Char(string="Number in Exact", readonly=True)
    exact_reference = fields.Char(string="Reference in Exact", readonly=True)
    exact_date = fields.Date(string="Date in Exact", readonly=True)
    exact_account_id = fields.Char(string="Exact ID of the contact", readonly=True)
    exact_account_code = fields.Char(readonly=True)
    exact_account_name = fields.Char(string="Contact in Exact", readonly=True)
    exact_amount = fields.Char(string="Amount in Exact", readonly=True)
    difference = fields.Text(readonly=True)

    def action_accept(self):
        """It is this entry: link it. Nothing is sent."""
        self.ensure_one()
        candidate = self._for_manager()
        if candidate.state != "doubtful":
            raise UserError(candidate.difference or self.env._("It was dealt with already."))
        candidate._link(accepted_by=self.env.user)
        if candidate.state != "linked":
            raise UserError(candidate.difference)

    def action_skip(self):
        """It is none of ours: leave it unlinked."""
        for candidate in self._for_manager():
            if candidate.state in ("doubtful", "refused"):
                candidate.state = "skipped"

    def action_open_move(self):
        """Open the document in Odoo."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [(False, "form")],
        }

    def _for_manager(self):
        self.back_fill_id._check_manager()
        self.check_access("read")
        return self.sudo()

    # -- linking ------------------------------------------------------------

    def _link(self, accepted_by=None):
        """Bind the document, and its contact where it is not bound yet, to what is in Exact.

        What cannot be linked after all is refused in words. No call is made.
        """
        self.ensure_one()
        fill = self.back_fill_id._in_context()
        operation = fill._operation(self.document_id.operation)
        move = operation.env["account.move"].browse(self.move_id.id)
        obstacle = self._obstacle(fill, operation, move)
        if obstacle:
            self.write({"state": "refused", "difference": obstacle})
            return
        self._bind_contact(fill._operation("contact"), move.commercial_partner_id)
        self._bind(operation, move, self.exact_id, self.exact_number)
        self._note(operation, move, accepted_by)
        self.state = "linked"
        others = self.document_id.candidate_ids - self
        others.filtered(lambda other: other.state in ("certain", "doubtful")).state = "skipped"

    def _obstacle(self, fill, operation, move):
        """Why it cannot be linked, in words, or None."""
        if move.state != "posted":
            return self.env._("%s is not posted any more.", move.name)
        if operation._is_in_exact(move):
            return self.env._(
                "%(number)s is linked already, to %(exact)s.",
                number=move.name,
                exact=operation._binding(move).code or operation._exact_id(move),
            )
        if not list(fill._in_scope(move)):
            return self.env._("%s is on its way to Exact Online.", move.name)
        taken = self._taken(fill.division_id, operation._resource, self.exact_id, move)
        contact, partner = fill._operation("contact"), move.commercial_partner_id
        if taken or contact._is_in_exact(partner):
            return taken
        return self._taken(fill.division_id, contact._resource, self.exact_account_id, partner)

    @api.model
    def _taken(self, division, resource, exact_id, record):
        """Whether Exact's record is linked to another record of Odoo, in words, or None."""
        binding = self.env["exact.binding"]._of_exact_id(division, resource, exact_id)
        if not binding or (binding.res_model, binding.res_id) == (record._name, record.id):
            return None
        other = self.env[binding.res_model].sudo().browse(binding.res_id).exists()
        return self.env._(
            "In Exact Online this is linked to %s already.",
            other.display_name or self.env._("a record that was deleted"),
        )

    def _bind_contact(self, contact, partner):
        if not contact._is_in_exact(partner):
            self._bind(contact, partner, self.exact_account_id, self.exact_account_code)

    def _bind(self, operation, record, exact_id, code):
        """What is in Exact already stays as it is there: the digest says that nothing changed."""
        binding = operation._binding(record)
        if not binding:
            binding = (
                self.env["exact.binding"]
                .sudo()
                .create(
                    {
                        "division_id": self.back_fill_id.division_id.id,
                        "company_id": self.company_id.id,
                        "resource": operation._resource,
                        "res_model": record._name,
                        "res_id": record.id,
                    }
                )
            )
        binding.write({"exact_id": exact_id, "code": code, "intended_on": False, "adopted": True})
        binding.digest = operation._digest_of(record)

    def _note(self, operation, move, accepted_by):
        """A queue item that was never sent, so that the document shows where it stands, and why."""
        item = self.env[QUEUE].sudo()
        item.create(
            {
                "name": move.name,
                "operation": self.document_id.operation,
                "company_id": self.company_id.id,
                "division_id": self.back_fill_id.division_id.id,
                "res_model": move._name,
                "res_id": move.id,
                "state": "done",
                "priority": operation._priority,
                "done_on": fields.Datetime.now(),
                "back_fill_id": self.back_fill_id.id,
                "exact_number": self.exact_number,
                "evidence": self._evidence(accepted_by),
            }
        )

    @api.model
    def _evidence(self, accepted_by):
        if not accepted_by:
            return self.env._(
                "Found in Exact Online as %(number)s of %(date)s: the same number, the same "
                "contact, the same total (%(amount)s). Linked to it; nothing was sent.",
                number=self.exact_number,
                date=self.exact_date,
                amount=self.exact_amount,
            )
        return self.env._(
            "Linked to %(number)s of %(date)s by %(user)s; nothing was sent. It differed:\n"
            "%(difference)s",
            number=self.exact_number,
            date=self.exact_date,
            user=accepted_by.name,
            difference=self.difference or "-",
        )
