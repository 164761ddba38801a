# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class AccountAnalyticAccount(models.Model):
    _inherit = "account.analytic.account"

    exact_cost_center_id = fields.Many2one(
        "exact.cost.center",
        string="Exact Online cost centre",
        company_dependent=True,
        copy=False,
    )
    exact_cost_unit_id = fields.Many2one(
        "exact.cost.unit",
        string="Exact Online cost unit",
        company_dependent=True,
        copy=False,
    )
