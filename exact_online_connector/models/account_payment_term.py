# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class AccountPaymentTerm(models.Model):
    _inherit = "account.payment.term"

    exact_payment_condition_id = fields.Many2one(
        "exact.payment.condition",
        string="Exact Online payment condition",
        company_dependent=True,
        copy=False,
        help="Empty: Exact takes the contact's or the administration's own.",
    )
