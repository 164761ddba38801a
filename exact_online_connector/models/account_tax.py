# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class AccountTax(models.Model):
    _inherit = "account.tax"

    exact_division_id = fields.Many2one(related="company_id.exact_division_id")
    exact_vat_code_id = fields.Many2one(
        "exact.vat.code",
        string="Exact Online VAT code",
        copy=False,
        domain="[('division_id', '=', exact_division_id)]",
        ondelete="restrict",
    )
