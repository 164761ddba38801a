# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ..exact_api import odata
from .bookings import PURCHASE, SALES, SIGNS
from .verdicts import Outcome

RESOURCES = {
    SALES: "read/financial/AgingReceivablesList",
    PURCHASE: "read/financial/AgingPayablesList",
}
ACCOUNT_TYPES = {"asset_receivable": SALES, "liability_payable": PURCHASE}
GROUPS = (1, 2, 3, 4)  # Exact has as many, of ages that are set there
LIMITS = [30, 60, 90]  # days past the due date at which Odoo's next group begins
SELECT = (
    "AccountId",
    "AccountName",
    *(f"AgeGroup{group}Amount" for group in GROUPS),
    *(f"AgeGroup{group}Description" for group in GROUPS),
)


class ExactOperationAgreementAging(models.AbstractModel):
    """What customers and suppliers have outstanding today, by age, on both sides. Exact lists it
    60 relations a call. facts.md §3.3
    """

    _name = "exact.operation.agreement.aging"
    _inherit = ["exact.operation"]
    _description = "Aging"

    _priority = 76

    @api.model
    def _carry_out(self, client, report, step):
        return Outcome(
            {
                direction: list(
                    client.read(self._division().code, RESOURCES[direction], select=SELECT)
                )
                for direction in report._directions()
            },
            "read",
        )

    @api.model
    def _store(self, report, outcome, payload):
        rows, names, groups = {}, {}, {}
        for direction, party, group, amount in self._outstanding(report):
            odoo, _exact = rows.setdefault((direction, party), _no_amounts())
            odoo[group] += amount
        for direction, listed in outcome.remote.items():
            for row in listed:
                _odoo, exact = rows.setdefault((direction, row["AccountId"]), _no_amounts())
                exact[:] = [
                    self._rounded(row[f"AgeGroup{group}Amount"]) for group in GROUPS
                ]
                names[row["AccountId"]] = row["AccountName"]
                groups = {group: row[f"AgeGroup{group}Description"] for group in GROUPS}
        report._take_aging(
            {key: sides for key, sides in rows.items() if any(map(any, sides))},
            ", ".join(f"{group}: {name}" for group, name in groups.items()),
            names,
        )
        return self.env["exact.binding"]

    @api.model
    def _rounded(self, amount):
        """Exact's amounts may carry more decimals than the currency has."""
        amount = float(odata.parse_amount(amount or 0))
        return self._amount(amount, self.env.company.currency_id)

    @api.model
    def _outstanding(self, report):
        """Yield ``(direction, party, group, amount)``: positive is what a customer owes us, or we
        a supplier.
        """
        types = [type_ for type_, each in ACCOUNT_TYPES.items() if each in report._directions()]
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT account.account_type, partner.commercial_partner_id,
                       width_bucket(
                           %(today)s - COALESCE(line.date_maturity, line.date), %(limits)s),
                       ROUND(SUM(line.amount_residual), %(places)s)::text
                FROM account_move_line line
                JOIN account_account account ON account.id = line.account_id
                JOIN res_partner partner ON partner.id = line.partner_id
                WHERE line.company_id = %(company)s AND line.parent_state = 'posted'
                  AND account.account_type IN %(types)s AND line.amount_residual <> 0
                GROUP BY 1, 2, 3
                """,
                today=fields.Date.context_today(report),
                limits=LIMITS,
                places=self.env.company.currency_id.decimal_places,
                company=self.env.company.id,
                types=tuple(types),
            )
        )
        found = self.env.cr.fetchall()
        partner_ids = {partner_id for _type, partner_id, _group, _amount in found}
        parties = self._of_kind("agreement")._parties(partner_ids)
        for type_, partner_id, group, amount in found:
            direction = ACCOUNT_TYPES[type_]
            party = parties.get(partner_id) or ("res.partner", partner_id)
            yield direction, party, group, SIGNS[direction] * Decimal(amount)


def _no_amounts():
    return [Decimal(0)] * len(GROUPS), [Decimal(0)] * len(GROUPS)
