# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class ExactCurrency(models.Model):
    """Mirror of ``general/Currencies``: what the administration can book in."""

    _name = "exact.currency"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online Currency"
