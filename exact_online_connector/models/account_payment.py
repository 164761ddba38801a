# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

from .account_move import USER


class AccountPayment(models.Model):
    _inherit = "account.payment"

    exact_counterpart_id = fields.Many2one(
        "exact.counterpart",
        string="In Exact Online",
        compute="_compute_exact_counterpart_id",
        groups=USER,
        exportable=False,
    )

    def _compute_exact_counterpart_id(self):
        counterparts = self.env["exact.counterpart"].search(
            [("item_id", "in", self.move_id.line_ids.ids)]
        )
        known = {counterpart.item_id.move_id: counterpart for counterpart in counterparts}
        for payment in self:
            payment.exact_counterpart_id = known.get(payment.move_id)
