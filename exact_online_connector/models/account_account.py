# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class AccountAccount(models.Model):
    _inherit = "account.account"

    exact_gl_account_id = fields.Many2one(
        "exact.gl.account",
        string="Exact Online GL account",
        company_dependent=True,
        copy=False,
        help="The account of the administration in which this account's lines are booked.",
    )
