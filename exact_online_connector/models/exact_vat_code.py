# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ExactVATCode(models.Model):
    """Mirror of ``vat/VATCodes``."""

    _name = "exact.vat.code"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online VAT Code"

    type = fields.Selection(
        [("E", "Excluding VAT"), ("I", "Including VAT"), ("B", "Base only"), ("N", "No VAT")],
        readonly=True,
    )
    direction = fields.Selection([("S", "Sales"), ("P", "Purchase"), ("B", "Both")], readonly=True)
    percentage = fields.Float(digits=(6, 3), readonly=True, help="21 for 21 %.")
    charged = fields.Boolean(
        readonly=True, help="Reverse charge: VAT is both to be paid and to be claimed."
    )
    eu_listing = fields.Selection(
        [("N", "None"), ("L", "Goods"), ("S", "Services"), ("T", "Triangulation")],
        string="EU sales listing",
        readonly=True,
    )
