# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class ExactUndo(models.TransientModel):
    """A number of documents that are to be taken out of Exact again: what this addon booked and
    Exact still lets be removed. The rest is listed, each with its reason. Nothing changes in Odoo.
    """

    _name = "exact.undo"
    _description = "Undo in Exact Online"

    company_id = fields.Many2one("res.company", required=True)
    document_ids = fields.One2many("exact.undo.document", "undo_id")
    to_remove_ids = fields.One2many(
        "exact.undo.document", "undo_id", domain=[("reason", "=", False)], readonly=True
    )
    to_stay_ids = fields.One2many(
        "exact.undo.document", "undo_id", domain=[("reason", "!=", False)], readonly=True
    )
    to_remove_count = fields.Integer(compute="_compute_counts")
    to_stay_count = fields.Integer(compute="_compute_counts")

    @api.depends("document_ids.reason")
    def _compute_counts(self):
        for undo in self:
            to_stay = undo.document_ids.filtered("reason")
            undo.to_stay_count = len(to_stay)
            undo.to_remove_count = len(undo.document_ids - to_stay)

    @api.model
    def _open(self, moves):
        """Show what would become of these documents, of one company.

        :raises UserError: when none of them travels, or they are of several companies
        """
        self.check_access("create")
        moves.check_access("read")
        moves = moves.filtered(lambda move: move._exact_operation() is not None)
        if len(moves.company_id) != 1:
            raise UserError(
                self.env._("Choose documents of one company that books in Exact Online.")
            )
        undo = self.create(
            {
                "company_id": moves.company_id.id,
                "document_ids": [
                    Command.create({"move_id": move.id, "reason": self._reason(move)})
                    for move in moves
                ],
            }
        )
        return undo._get_records_action(name=self.env._("Undo in Exact Online"), target="new")

    @api.model
    def _reason(self, move):
        operation = move._exact_operation()
        return operation._undo_refusal(move.with_env(operation.env))

    def action_undo(self):
        """Queue the removals; what stands in the way by then is told there, one by one."""
        self.ensure_one()
        self.check_access("write")
        moves = self.to_remove_ids.move_id
        moves.check_access("write")
        items = moves._exact_undo()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Undo in Exact Online"),
            "res_model": "exact.sync.queue",
            "view_mode": "list,form",
            "domain": [("id", "in", items.ids)],
        }


class ExactUndoDocument(models.TransientModel):
    """One of the documents, and why it stays in Exact, if it does."""

    _name = "exact.undo.document"
    _description = "Document to Undo in Exact Online"

    undo_id = fields.Many2one("exact.undo", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="undo_id.company_id", store=True)
    move_id = fields.Many2one(
        "account.move", string="Document", required=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(related="move_id.partner_id", string="Contact")
    date = fields.Date(related="move_id.date")
    exact_number = fields.Char(related="move_id.exact_number")
    reason = fields.Char(string="Why it stays")
