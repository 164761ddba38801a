# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class ExactCostUnit(models.Model):
    """Mirror of ``hrm/Costunits``."""

    _name = "exact.cost.unit"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online Cost Unit"
