# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Odoo Enterprise has dates of its own, which spread the line in Odoo as well; Community has none.
ENTERPRISE = ("deferred_start_date", "deferred_end_date")
OWN = ("exact_deferral_start", "exact_deferral_end")


# What of a line may be in its entry in Exact.
TRAVELS = {
    "name",
    "account_id",
    "tax_ids",
    "price_unit",
    "quantity",
    "discount",
    "balance",
    "amount_currency",
    "partner_id",
    "analytic_distribution",
    *ENTERPRISE,
    *OWN,
}


class AccountMoveLine(models.Model):
    """A line whose entry follows it, and the days over which Exact Online spreads it."""

    _inherit = "account.move.line"

    exact_deferral_start = fields.Date(
        string="Deferred from",
        copy=False,
        help="The first day of the service. Exact Online spreads the amount of this line, without "
        "VAT, from this day to the last one. Leave both empty for a line that is not spread.",
    )
    exact_deferral_end = fields.Date(
        string="Deferred until", copy=False, help="The last day of the service."
    )

    def write(self, vals):
        result = super().write(vals)
        if TRAVELS & vals.keys():
            self.move_id._exact_enqueue_change()
        return result

    @api.constrains(*OWN)
    def _check_exact_deferral(self):
        for line in self:
            start, end = (line[name] for name in OWN)
            if bool(start) != bool(end):
                raise ValidationError(
                    self.env._(
                        "The line '%s' is deferred from a day or until a day, but not both. Fill "
                        "in both days, or neither.",
                        line.name,
                    )
                )
            if start and end < start:
                raise ValidationError(
                    self.env._(
                        "The line '%(line)s' is deferred from %(start)s until %(end)s: the last "
                        "day is before the first. Exchange them.",
                        line=line.name,
                        start=start,
                        end=end,
                    )
                )

    @api.model
    def _exact_deferral_names(self):
        """The pair of fields that people fill in: Odoo Enterprise's, where it is installed."""
        return ENTERPRISE if self._fields.keys() >= set(ENTERPRISE) else OWN

    def _exact_deferral(self):
        """``(first day, last day)`` over which the line is spread; None where it is not."""
        start, end = (self[name] for name in self._exact_deferral_names())
        return (start, end) if start and end else None

    def _copy_data_extend_business_fields(self, values):
        """A credit note takes back what was spread, over the same days."""
        values.update({name: self[name] for name in OWN})
        return super()._copy_data_extend_business_fields(values)
