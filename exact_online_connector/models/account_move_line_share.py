# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class AccountMoveLine(models.Model):
    """Reconcile for a part of what is open, where Exact says so: Odoo itself takes all it can."""

    _name = "account.move.line"
    _inherit = ["account.move.line"]

    def action_exact_is_this_one(self):
        """A person says that this is the payment of Exact in the context."""
        self.ensure_one()
        counterpart = self.env["exact.counterpart"].browse(
            self.env.context.get("exact_counterpart_id")
        )
        counterpart._is_this_one(self)

    def _exact_reconcile(self, amount):
        """Reconcile two journal items of one currency with each other.

        :param amount: at most this much, in their currency
        """
        return self.with_context(exact_share=amount).reconcile()

    @api.model
    def _prepare_reconciliation_single_partial(
        self, debit_values, credit_values, shadowed_aml_values=None
    ):
        share = self.env.context.get("exact_share")
        if share is not None:
            debit_values = _limited(debit_values, share)
            credit_values = _limited(credit_values, share)
        return super()._prepare_reconciliation_single_partial(
            debit_values, credit_values, shadowed_aml_values=shadowed_aml_values
        )


def _limited(values, share):
    """What Odoo knows to be open of a journal item, cut down to the share."""
    item, residual = values["aml"], abs(values["amount_residual_currency"])
    if item.currency_id.compare_amounts(residual, share) <= 0:
        return values
    factor = share / residual
    return {
        **values,
        "amount_residual": item.company_currency_id.round(values["amount_residual"] * factor),
        "amount_residual_currency": item.currency_id.round(
            values["amount_residual_currency"] * factor
        ),
    }
