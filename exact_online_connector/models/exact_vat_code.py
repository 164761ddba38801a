# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ExactVATCode(models.Model):
    """Mirror of ``vat/VATCodes``."""

    _name = "exact.vat.code"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online VAT Code"

    _mapped_by = (("account.tax", "exact_vat_code_id"),)
    _drifts = frozenset({"name", "is_blocked", "active", "type", "direction", "percentage", "charged"})

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

    def _tax_mismatch(self, tax, vat_code):
        """Stand-in until merged."""
        if vat_code.type == "I" or vat_code.direction not in (
            "B",
            "S" if tax.type_tax_use == "sale" else "P",
        ):
            return "direction"
        percentage = vat_code.percentage if vat_code.type == "E" else 0.0
        if abs(tax.amount - percentage) > 0.001:
            return "rate"
        repartition = tax.invoice_repartition_line_ids.filtered(lambda r: r.repartition_type == "tax")
        if bool(vat_code.charged) != (tax.amount != 0 and sum(repartition.mapped("factor")) == 0):
            return "charged"
        return None
