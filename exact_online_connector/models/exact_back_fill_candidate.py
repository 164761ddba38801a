# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.exceptions import UserError


class ExactBackFillCandidate(models.Model):
    """An entry of Exact that may be one of the documents: linked when it certainly is."""

    _name = "exact.back.fill.candidate"
    _inherit = ["exact.back.fill.part", "exact.entry.candidate.mixin"]
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

    def action_accept(self):
        """It is this entry: link it. Nothing is sent."""
        self.ensure_one()
        candidate = self._for_manager()
        if candidate.state != "doubtful":
            raise UserError(candidate.difference or self.env._("It was dealt with already."))
        if not candidate._link(accepted_by=self.env.user):
            raise UserError(candidate.difference)

    def action_skip(self):
        """It is none of ours: leave it unlinked."""
        for candidate in self._for_manager():
            if candidate.state in ("doubtful", "refused"):
                candidate.state = "skipped"

    def action_open_move(self):
        """Open the document in Odoo."""
        self.ensure_one()
        self.check_access("read")
        return self.move_id._get_records_action(context={})

    def _for_manager(self):
        self.back_fill_id._check_manager()
        self.check_access("read")
        return self.sudo()

    # -- linking ------------------------------------------------------------

    def _search_of(self):
        return self.back_fill_id

    def _document_of(self):
        return self.document_id

    def _link(self, accepted_by=None):
        is_linked = super()._link(accepted_by)
        if is_linked:
            others = self.document_id.candidate_ids - self
            others.filtered(lambda other: other.state in ("certain", "doubtful")).state = "skipped"
        return is_linked

    def _is_free(self, move):
        return bool(list(self.back_fill_id._in_context()._in_scope(move)))

    def _back_fill(self):
        return self.back_fill_id
