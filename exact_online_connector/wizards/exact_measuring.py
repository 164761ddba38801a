# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..models.note import note_of
from ..operations.probes import BASE, PLAN


class ExactMeasuring(models.TransientModel):
    """What measuring with probes would do, said before it is done."""

    _name = "exact.measuring"
    _description = "Measure with Probes"

    division_id = fields.Many2one("exact.division", required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    plan = fields.Html(compute="_compute_plan")
    left_out = fields.Html(compute="_compute_plan")

    @api.model
    def _open(self, division):
        measuring = self.create({"division_id": division.id, "company_id": division.company_id.id})
        return measuring._get_records_action(name=self.env._("Measure with probes"), target="new")

    @api.depends("division_id")
    def _compute_plan(self):
        for measuring in self:
            division = measuring.division_id
            sales = division._operation()
            purchases = sales._of_kind("purchase_probe")
            possible = sales._possible(division)
            is_bought = "deduction" in possible
            sold, bought = sales._ingredients(division), purchases._ingredients(division)
            used = [(sold, sold.code | sold.other_code | sold.inclusive_code)]
            used += [(bought, bought.code)] if is_bought else []
            measuring.plan = note_of(
                self.env._(
                    "At most %(count)s entries are booked in %(division)s, one after the other:",
                    count=sum(kind in possible for kind, _size in PLAN),
                    division=division.display_name,
                ),
                [self._booked_with(*each) for each in used],
            )
            left_out = [] if is_bought else purchases._missing(division)
            if "inclusive" not in possible:
                left_out.append(self.env._("There is no VAT code that includes VAT."))
            measuring.left_out = left_out and note_of(
                self.env._("Not measured, as something is lacking:"), left_out
            )

    @api.model
    def _booked_with(self, made_of, codes):
        return self.env._(
            "in the journal %(journal)s, on the GL account %(account)s, to %(party)s, with the VAT "
            "codes %(codes)s, of %(base)s %(currency)s or less without VAT",
            journal=made_of.journal.display_name,
            account=made_of.gl_account.display_name,
            party=made_of.account.display_name,
            codes=", ".join(codes.mapped("code")),
            base=BASE,
            currency=made_of.journal.currency,
        )

    def action_measure(self):
        """Begin."""
        self.ensure_one()
        self.check_access("write")
        self.division_id._measure()
        return {"type": "ir.actions.act_window_close"}
