# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from .exact_match_mixin import CHOOSABLE, Suggestion


class ExactMatchAnalytic(models.Model):
    """An analytic account and the cost centre that it is in Exact."""

    _name = "exact.match.analytic"
    _inherit = ["exact.match.mixin"]
    _description = "Cost Centre Match"

    _mapping = "exact_cost_center_id"

    record_id = fields.Many2one(
        "account.analytic.account", string="Analytic account in Odoo", ondelete="cascade"
    )
    mirror_id = fields.Many2one(
        "exact.cost.center",
        string="Cost centre in Exact",
        domain=CHOOSABLE,
        ondelete="cascade",
    )
    suggestion_id = fields.Many2one("exact.cost.center", ondelete="set null")

    @api.model
    def _records(self, sync):
        accounts = self._in_company(sync).search(
            [("company_id", "in", (False, sync.company_id.id))]
        )
        return dict.fromkeys(accounts, 0)

    @api.model
    def _suggest(self, sync, accounts):
        centers = self._mirrors(sync)
        by_code = centers.grouped(lambda center: center.code.lower())
        by_name = centers.grouped(lambda center: (center.name or "").lower())
        suggestions = {}
        for account in accounts:
            same_code = by_code.get((account.code or "-").lower())
            same_name = by_name.get(account.name.lower())
            if same_code:
                suggestions[account] = Suggestion(same_code, self.env._("Same code"), True)
            elif same_name:
                suggestions[account] = Suggestion(same_name[0], self.env._("Same name"), False)
        return suggestions
