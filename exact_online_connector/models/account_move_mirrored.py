# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..operations.mirrored_entries import CHANGED
from .account_move import USER


class AccountMove(models.Model):
    """An entry that came from Exact, in a journal that is mirrored."""

    _name = "account.move"
    _inherit = ["account.move"]

    exact_mirrored_ids = fields.One2many(
        "exact.mirrored.entry", "move_id", string="Mirrored from", readonly=True, groups=USER
    )
    exact_mirrored_name = fields.Char(
        string="In Exact", compute="_compute_exact_mirrored_name", groups=USER, exportable=False
    )

    @api.depends("exact_mirrored_ids.number", "exact_mirrored_ids.journal_code")
    def _compute_exact_mirrored_name(self):
        for move in self:
            move.exact_mirrored_name = move.exact_mirrored_ids[:1].display_name

    def button_cancel(self):
        """What is no longer in the books need not follow Exact: the task to look at it is done."""
        result = super().button_cancel()
        self.filtered(lambda move: move.state == "cancel").sudo().activity_unlink([CHANGED])
        return result

    def action_exact_mirrored(self):
        """Open the entry of Exact that this one is."""
        self.ensure_one()
        self.check_access("read")
        return self.exact_mirrored_ids[:1]._get_records_action(context={})
