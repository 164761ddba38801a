# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal

from odoo import api, models

from .entry_lines import WHOLE, withheld
from .verdicts import Finding

# metadata SalesEntries
WITHHOLDING = ("WithholdingTaxPercentage", "WithholdingTaxBaseAmount", "WithholdingTaxAmountDC")


class ExactOperationEntryWithholding(models.AbstractModel):
    """Tax that whoever pays keeps back for the tax office: in Odoo a negative percentage beside the
    VAT of a line, in Exact a percentage, a base and an amount on the header of a sales entry.

    What Exact makes of it is not documented: the division says whether it is deducted from what is
    owed, as in Odoo. A purchase line names it by a code of a list that the API does not show.
    """

    _name = "exact.operation.entry.withholding"
    _inherit = ["exact.operation.entry.lines"]
    _description = "Entry with withholding tax"
    _is_shared = True

    _has_withholding = False  # whether the header of the entry has the fields for it

    @api.model
    def _withheld_taxes(self, move):
        """Odoo's details of each withholding tax on each line."""
        if not any(withheld(line.tax_ids) for line in self._lines(move)):
            return []
        return [
            tax
            for line, taxes in self._taxes_of_lines(move).items()
            for tax in taxes
            if tax["tax"] in withheld(line.tax_ids)
        ]

    @api.model
    def _withheld(self, move):
        """What is kept back, in the document's currency; negative on a credit note."""
        taxes = self._withheld_taxes(move)
        return self._signed(move, -sum(tax["tax_amount_currency"] for tax in taxes))

    @api.model
    def _withholding(self, move):
        """The properties of the header, of a document in the company's currency."""
        taxes = self._withheld_taxes(move) if self._has_withholding else []
        if not taxes:
            return {}
        share = Decimal(str(-taxes[0]["tax"].amount)) / WHOLE
        base = sum(tax["base_amount_currency"] for tax in taxes)
        amounts = self._percentage_sent(share), self._signed(move, base), self._withheld(move)
        return dict(zip(WITHHOLDING, amounts, strict=True))

    @api.model
    def _without_withheld(self, move, expected, booked):
        """Amounts per place without what is kept back: on which account that stands Exact decides,
        so one that is none of the lines' and holds just that amount is taken for it.
        """
        amount = self._withheld(move)
        found = [key for key in booked if key not in expected and booked[key] == -amount]
        is_one = amount and len(found) == 1
        return {key: booked[key] for key in booked if not (is_one and key in found)}

    @api.model
    def _preflight_withholding(self, move):
        taxes = {tax["tax"] for tax in self._withheld_taxes(move)}
        if not taxes:
            return []
        text = self._withholding_refusal(move, self.env["account.tax"].union(*taxes))
        return [Finding(text, move, cause="withholding")] if text else []

    @api.model
    def _withholding_refusal(self, move, taxes):
        """Why withholding taxes cannot be told to Exact, as a sentence; None when they can."""
        names = {"number": self._label(move), "taxes": ", ".join(taxes.mapped("name"))}
        if not self._has_withholding:
            return self.env._(
                "%(number)s has a withholding tax (%(taxes)s). Exact Online names it by a code of "
                "a list that Odoo cannot read: take the tax off and book it when you pay, or book "
                "the document in Exact Online by hand.",
                **names,
            )
        if self._division().withholding == "stored":
            return self.env._(
                "%(number)s has a withholding tax (%(taxes)s), and this administration does not "
                "deduct it from what is owed: the totals would differ. Take the tax off and book "
                "it when the customer pays.",
                **names,
            )
        if len(taxes) > 1:
            return self.env._(
                "%(number)s has several withholding taxes: %(taxes)s. An entry in Exact Online has "
                "one percentage. Make an invoice of each.",
                **names,
            )
        if self._currency(move).name != self._division().currency:
            return self.env._(
                "%(number)s has a withholding tax (%(taxes)s) and is in %(currency)s. Exact Online "
                "takes its amount in %(home)s only: make the invoice in %(home)s, or book it in "
                "Exact Online by hand.",
                currency=self._currency(move).name,
                home=self._division().currency,
                **names,
            )
        return None
