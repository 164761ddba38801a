# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import float_compare, float_is_zero

PRECISION = 3  # decimals of a percentage


class ExactVATCode(models.Model):
    """Mirror of ``vat/VATCodes``."""

    _name = "exact.vat.code"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online VAT Code"

    _mapped_by = (("account.tax", "exact_vat_code_id"),)
    _drifts = frozenset(
        {"name", "is_blocked", "active", "type", "direction", "percentage", "charged"}
    )

    type = fields.Selection(
        [("E", "Excluding VAT"), ("I", "Including VAT"), ("B", "Base only"), ("N", "No VAT")],
        readonly=True,
    )
    direction = fields.Selection([("S", "Sales"), ("P", "Purchase"), ("B", "Both")], readonly=True)
    percentage = fields.Float(digits=(6, 3), readonly=True, help="21 for 21 %.")
    charged = fields.Boolean(
        string="Reverse charge", readonly=True, help="VAT is both to be paid and to be claimed."
    )
    eu_listing = fields.Selection(
        [("N", "None"), ("L", "Goods"), ("S", "Services"), ("T", "Triangulation")],
        string="EU sales listing",
        readonly=True,
    )

    @api.model
    def _tax_mismatch(self, tax, vat_code):
        """Why ``vat_code`` cannot reproduce what ``tax`` does, as a sentence; None when it can.

        What a tax does decides, not what it is called: a reverse charge is a tax whose parts add
        up to nothing. Prices may include the tax, as what is sent is Odoo's amount without it.
        """
        names = {"tax": tax.name, "code": vat_code.code}
        if vat_code.type == "I" and vat_code.division_id.inclusive_amount == "unknown":
            return self.env._(
                "VAT code %(code)s of the tax %(tax)s includes VAT in its amounts, and it is not "
                "known which amount this administration then takes. Choose a code that excludes "
                "VAT, or calibrate the administration.",
                **names,
            )
        return self._direction_mismatch(tax, vat_code, names) or self._rate_mismatch(
            tax, vat_code, names
        )

    @api.model
    def _direction_mismatch(self, tax, vat_code, names):
        if tax.type_tax_use == "sale" and vat_code.direction == "P":
            return self.env._("VAT code %(code)s of the tax %(tax)s is for purchases.", **names)
        if tax.type_tax_use == "purchase" and vat_code.direction == "S":
            return self.env._("VAT code %(code)s of the tax %(tax)s is for sales.", **names)
        return None

    @api.model
    def _rate_mismatch(self, tax, vat_code, names):
        leaves = tax.flatten_taxes_hierarchy()
        if any(leaf.amount_type != "percent" for leaf in leaves):
            return self.env._(
                "The tax %(tax)s is not a percentage of the price without tax, which is all that "
                "VAT code %(code)s can compute.",
                **names,
            )
        parts = [
            (leaf.amount * part.factor_percent / 100, part)
            for leaf in leaves
            for part in leaf.invoice_repartition_line_ids
            if part.repartition_type == "tax"
        ]
        added = sum(rate for rate, _part in parts if rate > 0)
        is_reversed = bool(added) and float_is_zero(
            sum(rate for rate, _part in parts), precision_digits=PRECISION
        )
        if is_reversed != vat_code.charged:
            return self._charged_text(is_reversed, names)
        if not is_reversed and any(rate < 0 < added for rate, _part in parts):
            return self.env._(
                "The tax %(tax)s is partly reversed, which VAT code %(code)s cannot reproduce.",
                **names,
            )
        rate = added or sum(rate for rate, _part in parts)
        percentage = vat_code.percentage if vat_code.type in ("E", "I") else 0.0
        if float_compare(rate, percentage, precision_digits=PRECISION) == 0:
            return None
        return self.env._(
            "The tax %(tax)s is %(rate)s %%, its VAT code %(code)s is %(percentage)s %%. Choose "
            "another code.",
            rate=rate,
            percentage=percentage,
            **names,
        )

    @api.model
    def _charged_text(self, is_reversed, names):
        if is_reversed:
            return self.env._(
                "The tax %(tax)s is a reverse charge, its VAT code %(code)s is not. Choose a code "
                "whose VAT is both to be paid and to be claimed.",
                **names,
            )
        return self.env._(
            "VAT code %(code)s of the tax %(tax)s is a reverse charge, the tax is not. Choose "
            "another code.",
            **names,
        )
