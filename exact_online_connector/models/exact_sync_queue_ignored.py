# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models
from odoo.exceptions import UserError


class ExactSyncQueue(models.Model):
    """Documents that a person chose never to send. Making them ready again takes that back."""

    _name = "exact.sync.queue"
    _inherit = ["exact.sync.queue"]

    is_ignored = fields.Boolean(
        string="Not to be sent", readonly=True, help="A person chose that its document stays here."
    )

    def action_ignore(self):
        """Never send the documents of these items."""
        self._check_operator()
        moves = self.env["account.move"].browse(
            self.filtered(lambda item: item.res_model == "account.move").mapped("res_id")
        )
        if not moves:
            raise UserError(
                self.env._("Only documents are ignored. Cancel what else is not to be sent.")
            )
        return moves.sudo().exists()._exact_ignore_and_tell()

    def _note_ignored(self, operation, move):
        """Take what is pending of a document out of the queue, and keep it as its last word."""
        queue = self.sudo()
        reason = self.env._("Not to be sent, says %s.", self.env.user.name)
        move._exact_leave_queue(reason)
        last = queue.search(
            [
                ("res_model", "=", move._name),
                ("res_id", "=", move.id),
                ("operation", "=", move._exact_kind()),
                ("division_id", "=", operation._division().id),
                ("state", "=", "cancelled"),
            ],
            limit=1,
        )
        values = {"is_ignored": True, "message": reason, "state": "cancelled"}
        if last:
            return last.write(values)
        item = queue._note_linked(operation, move, move.company_id, False, False)
        return item.write(values)
