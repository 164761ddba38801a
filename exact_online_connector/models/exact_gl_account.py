# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

# What Exact's numbers for the type of a GL account mean. administration-defaults.md §3.1
KINDS = [
    ("10", "Cash"),
    ("12", "Bank"),
    ("14", "Credit card"),
    ("16", "Payment service"),
    ("20", "Receivables"),
    ("21", "Prepayments receivable"),
    ("22", "Payables"),
    ("24", "VAT"),
    ("25", "Employees payable"),
    ("26", "Prepaid expenses"),
    ("27", "Accrued expenses"),
    ("29", "Income taxes payable"),
    ("30", "Fixed assets"),
    ("32", "Other assets"),
    ("35", "Accumulated depreciation"),
    ("40", "Inventory"),
    ("50", "Capital stock"),
    ("52", "Retained earnings"),
    ("55", "Long term debt"),
    ("60", "Current portion of debt"),
    ("90", "General"),
    ("100", "Tax payable"),
    ("110", "Revenue"),
    ("111", "Cost of goods"),
    ("120", "Other costs"),
    ("121", "Sales and general expenses"),
    ("122", "Depreciation costs"),
    ("123", "Research and development"),
    ("125", "Employee costs"),
    ("126", "Employment costs"),
    ("130", "Exceptional costs"),
    ("140", "Exceptional income"),
    ("150", "Income taxes"),
    ("160", "Interest income"),
    ("300", "Year end reflection"),
    ("301", "Indirect year end costing"),
    ("302", "Direct year end costing"),
]


class ExactGLAccount(models.Model):
    """Mirror of ``financial/GLAccounts``."""

    _name = "exact.gl.account"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online GL Account"

    _mapped_by = (("account.account", "exact_gl_account_id"),)
    _drifts = frozenset({"name", "is_blocked", "active", "type"})

    type = fields.Integer(
        string="Type number", readonly=True, help="Exact's own number for the type."
    )
    kind = fields.Selection(
        KINDS,
        string="Type",
        compute="_compute_kind",
        store=True,
        help="The type in words; empty for one that Exact added later.",
    )
    balance_side = fields.Selection([("D", "Debit"), ("C", "Credit")], readonly=True)
    balance_type = fields.Selection(
        [("B", "Balance sheet"), ("W", "Profit and loss")], readonly=True
    )
    vat_code = fields.Char(string="Default VAT code", readonly=True)

    @api.depends("type")
    def _compute_kind(self):
        known = dict(KINDS)
        for account in self:
            account.kind = str(account.type) if str(account.type) in known else False
