# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dateutil.relativedelta import relativedelta

from odoo import fields, models


class ExactPaymentCondition(models.Model):
    """Mirror of ``cashflow/PaymentConditions``."""

    _name = "exact.payment.condition"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online Payment Condition"

    _mapped_by = (("account.payment.term", "exact_payment_condition_id"),)
    _drifts = frozenset({"name", "is_blocked", "active", "days", "end_of_months"})

    days = fields.Integer(readonly=True)
    end_of_months = fields.Integer(readonly=True)
    method = fields.Selection(
        [("B", "On credit"), ("I", "Collection"), ("K", "Cash"), ("Q", "Payment service")],
        readonly=True,
    )

    is_partial = fields.Boolean(
        string="Instalments", readonly=True, help="Only a part is due after these days."
    )

    def _due_date(self, date):
        """When a document of ``date`` is due: first to the end of the month that lies
        ``end_of_months`` ahead, then ``days`` on. administration-defaults.md §4
        """
        self.ensure_one()
        if self.end_of_months:
            date = date + relativedelta(months=self.end_of_months, day=31)
        return date + relativedelta(days=self.days)
