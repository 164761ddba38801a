# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ExactGLAccount(models.Model):
    """Mirror of ``financial/GLAccounts``."""

    _name = "exact.gl.account"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online GL Account"

    _mapped_by = (("account.account", "exact_gl_account_id"),)
    _drifts = frozenset({"name", "is_blocked", "active", "type"})

    type = fields.Integer(
        readonly=True,
        help="10 cash, 12 bank, 20 receivables, 22 payables, 24 VAT, 110 revenue, 111 cost of "
        "goods, 120 to 126 costs, and so on.",
    )
    balance_side = fields.Selection([("D", "Debit"), ("C", "Credit")], readonly=True)
    balance_type = fields.Selection(
        [("B", "Balance sheet"), ("W", "Profit and loss")], readonly=True
    )
    vat_code = fields.Char(string="Default VAT code", readonly=True)
