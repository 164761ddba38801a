# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo import api, fields, models
from odoo.fields import Command

from .exact_match_mixin import CHOOSABLE, Suggestion

PROBES = (date(2027, 1, 10), date(2027, 3, 31), date(2027, 2, 28))
DELAYS = {0: "days_after", 1: "days_after_end_of_next_month"}


class ExactMatchPaymentTerm(models.Model):
    """A payment term and the payment condition under which documents fall due alike."""

    _name = "exact.match.payment.term"
    _inherit = ["exact.match.mixin"]
    _description = "Payment Term Match"

    _mapping = "exact_payment_condition_id"

    record_id = fields.Many2one(
        "account.payment.term", string="Payment term in Odoo", ondelete="cascade"
    )
    mirror_id = fields.Many2one(
        "exact.payment.condition",
        string="Payment condition in Exact",
        domain=CHOOSABLE,
        ondelete="cascade",
    )
    suggestion_id = fields.Many2one(
        "exact.payment.condition", ondelete="set null"
    )

    @api.model
    def _records(self, sync):
        terms = self._in_company(sync).search([("company_id", "in", (False, sync.company_id.id))])
        groups = self.env["account.move"]._read_group(
            [
                ("company_id", "=", sync.company_id.id),
                ("state", "=", "posted"),
                ("invoice_payment_term_id", "in", terms.ids),
            ],
            ["invoice_payment_term_id"],
            ["__count"],
        )
        used = dict(groups)
        return {term: used.get(term, 0) for term in terms}

    @api.model
    def _suggest_for(self, term, conditions):
        fitting = conditions.filtered(lambda condition: _is_due_alike(term, condition))
        on_credit = fitting.filtered(lambda condition: condition.method == "B") or fitting
        if on_credit:
            reason = self.env._("Due on the same days")
            return Suggestion(on_credit[0], reason, len(on_credit) == 1)
        same_name = conditions.filtered(lambda c: (c.name or "").lower() == term.name.lower())
        if len(same_name) == 1:
            return Suggestion(same_name, self.env._("Same name"), False)
        return None

    @api.model
    def _create_in_odoo(self, sync, condition):
        if condition.end_of_months not in DELAYS:
            return None
        return self._in_company(sync).create(
            {
                "name": condition.name or condition.code,
                "company_id": sync.company_id.id,
                "line_ids": [
                    Command.create(
                        {
                            "value": "percent",
                            "value_amount": 100,
                            "delay_type": DELAYS[condition.end_of_months],
                            "nb_days": condition.days,
                        }
                    )
                ],
            }
        )


def _is_due_alike(term, condition):
    """Whether one instalment is due on the same days. administration-defaults.md §4"""
    if len(term.line_ids) != 1 or condition.is_partial:
        return False
    return all(
        condition._due_date(probe) == term.line_ids._get_due_date(probe) for probe in PROBES
    )
