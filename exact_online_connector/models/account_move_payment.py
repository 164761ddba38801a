# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from markupsafe import Markup

from odoo import api, fields, models

from .account_move import USER
from .roles import check_not_by_hand

KEPT = {"exact_settlement_id"}
OWED = ("asset_receivable", "liability_payable")


class AccountMove(models.Model):
    """A document whose payments are booked in Exact."""

    _name = "account.move"
    _inherit = ["account.move"]

    exact_share_ids = fields.One2many(
        "exact.share",
        "move_id",
        readonly=True,
        groups=USER,
        help="What settled it in Exact, as far as Odoo books that.",
    )

    def _exact_payment_mode(self):
        """What Odoo does with payments of this document: ``none``, ``light`` or ``full``."""
        return self.journal_id.exact_payment_mode or self.company_id.exact_payment_mode

    def _exact_owed_lines(self):
        """Its items on receivable and payable accounts, the one due first in front."""
        return self.line_ids.filtered(lambda line: line.account_type in OWED).sorted(
            lambda line: (line.date_maturity or line.date, line.id)
        )

    def _exact_is_settled_itself(self):
        """Whether Exact has payment terms of it."""
        return self.is_invoice(include_receipts=True)

    @api.model_create_multi
    def create(self, vals_list):
        check_not_by_hand(self.env, KEPT, *vals_list)
        return super().create(vals_list)

    def write(self, vals):
        """Whoever could choose the settlement could read that of another company."""
        check_not_by_hand(self.env, KEPT, vals)
        return super().write(vals)

    def exact_payment_story(self):
        """What the badge of its payment opens: HTML, and the settlement for those who may see it.

        Who may read the document may know how it stands in Exact. The payment terms, who changed
        them, and the calls are for people with a role.
        """
        self.ensure_one()
        self.check_access("read")
        settlement = self.sudo().exact_settlement_id
        if not settlement:
            gone = self.env._("Nothing is known any more of its payment in Exact.")
            return {"story": Markup("<p>%s</p>") % gone, "settlement_id": False}
        return {
            "story": settlement._tell(is_short=True),
            "settlement_id": self.env.user.has_group(USER) and settlement.id,
        }
