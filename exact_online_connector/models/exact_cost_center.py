# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class ExactCostCenter(models.Model):
    """Mirror of ``hrm/Costcenters``."""

    _name = "exact.cost.center"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online Cost Centre"

    _mapped_by = (("account.analytic.account", "exact_cost_center_id"),)
