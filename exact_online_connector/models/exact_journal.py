# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ExactJournal(models.Model):
    """Mirror of ``financial/Journals``. Its type decides what it is for, never its code."""

    _name = "exact.journal"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online Journal"

    _mapped_by = (
        ("account.journal", "exact_journal_id"),
        ("account.journal", "exact_credit_journal_id"),
    )
    _drifts = frozenset({"name", "is_blocked", "active", "type", "currency"})

    type = fields.Selection(
        [
            ("10", "Cash"),
            ("12", "Bank"),
            ("16", "Payment service"),
            ("20", "Sales"),
            ("21", "Return invoice"),
            ("22", "Purchase"),
            ("23", "Received return invoice"),
            ("90", "General journal"),
        ],
        readonly=True,
    )
    currency = fields.Char(readonly=True)
    allow_variable_currency = fields.Boolean(readonly=True)
    allow_variable_rate = fields.Boolean(string="Allow variable exchange rate", readonly=True)
    allow_vat = fields.Boolean(
        string="Allow VAT", readonly=True, help="Of a general journal: its lines may have VAT."
    )
    gl_account_exact_id = fields.Char(readonly=True)
    bank_account = fields.Char(string="IBAN", readonly=True)
