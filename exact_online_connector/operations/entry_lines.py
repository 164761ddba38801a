# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from odoo import api, models

from .vat_rounding import DoesNotLand, Rules, TaxedLine, rounded, solve

LINES_THAT_TRAVEL = (
    "product",
    "epd",
    "rounding",
    "non_deductible_product",
    "non_deductible_product_total",
    "non_deductible_tax",
)
WHOLE = Decimal(100)
ZERO = Decimal(0)
SHARE_DECIMALS = 6


@dataclass(frozen=True)
class EntryLine:
    """One line of an entry, in the document's currency; negative on a credit note.

    :param account: of Odoo
    :param vat_code: of Exact, empty where none is mapped
    :param base: amount without VAT
    :param vat: of a reverse charge the half that is to be claimed
    :param is_charged: reverse charge: the VAT is both to be paid and to be claimed
    :param not_deductible: the part of ``vat`` that is a cost
    :param rate_not_deductible: the share of it that the tax has, 0.5 for half
    :param deferral: the first and the last day over which Exact spreads it, or None
    :param own_vat: the VAT amount to send; None where Exact's own computation lands
    :param base_dc: ``base`` in the company's currency as Odoo has it; also of the VAT. They are
        those of the whole line where it is cut to be sent
    """

    account: Any
    vat_code: Any
    description: str
    base: Decimal
    vat: Decimal = ZERO
    is_charged: bool = False
    not_deductible: Decimal = ZERO
    rate_not_deductible: Decimal = ZERO
    cost_center: Any = None
    cost_unit: Any = None
    deferral: tuple | None = None
    own_vat: Decimal | None = None
    base_dc: Decimal = ZERO
    vat_dc: Decimal = ZERO
    not_deductible_dc: Decimal = ZERO

    @property
    def owed_vat(self):
        """The VAT that is part of the document's total."""
        return ZERO if self.is_charged else self.vat

    @property
    def owed_vat_dc(self):
        return ZERO if self.is_charged else self.vat_dc

    def cut(self, parts):
        """The line as it is sent: the :class:`TaxedLine` parts of it, mostly one."""
        if len(parts) == 1:
            return [replace(self, own_vat=parts[0].own_vat)]
        return [
            replace(
                self,
                base=part.base,
                vat=part.vat,
                own_vat=part.own_vat,
                not_deductible=rounded(part.vat * self.rate_not_deductible),
            )
            for part in parts
        ]

    @property
    def not_deductible_share(self):
        """The share that makes Exact, which rounds per line, keep what Odoo keeps."""
        if not self.vat:
            return ZERO
        if rounded(self.vat * self.rate_not_deductible) == self.not_deductible:
            return self.rate_not_deductible
        return round(self.not_deductible / self.vat, SHARE_DECIMALS)


class ExactOperationEntryLines(models.AbstractModel):
    """From the journal items of a document to the lines of its entry."""

    _name = "exact.operation.entry.lines"
    _inherit = ["exact.operation"]
    _description = "Lines of an entry"
    _is_shared = True

    @api.model
    def _lines(self, move):
        """The journal items that become lines; tax and what is owed Exact books itself."""
        return move.line_ids.filtered(
            lambda line: line.display_type in LINES_THAT_TRAVEL and not line.tax_repartition_line_id
        )

    @api.model
    def _entry_lines(self, move):
        """The lines of a document, in its order, as Odoo computed them.

        Odoo's own tax lines, spread by Odoo over their base lines; a tax that is no VAT is a line
        of its own; analytic distributions are cut to the cent.
        """
        taxes = self._taxes_of_lines(move)
        return [
            part
            for line in self._lines(move).sorted(lambda line: (line.sequence, line.id))
            for entry_line in self._lines_of(line, taxes.get(line, ()))
            for part in self._distributed(entry_line, line)
        ]

    @api.model
    def _taxes_of_lines(self, move):
        """``{journal item: Odoo's details of each of its taxes}``"""
        base_lines, _tax_lines = move._get_rounded_base_and_tax_lines()
        self.env["account.tax"]._add_accounting_data_in_base_lines_tax_details(
            base_lines, move.company_id
        )
        return {
            base_line["record"]: base_line["tax_details"]["taxes_data"] for base_line in base_lines
        }

    @api.model
    def _lines_of(self, line, taxes):
        """The line itself with its VAT, and one for each tax on it that is no VAT."""
        kept_back = withheld(line.tax_ids)
        taxes = [tax for tax in taxes if tax["tax"] not in kept_back]
        vat = [tax for tax in taxes if not is_line_of_its_own(tax["tax"])]
        whole = EntryLine(
            account=line.account_id,
            vat_code=self._vat_code(line),
            description=line.name or "",
            base=self._amount(-self._sign * line.amount_currency, line.currency_id),
            vat=self._signed(line.move_id, _sum_of(vat)),
            is_charged=any(_is_reversed(tax) for tax in vat),
            not_deductible=self._signed(line.move_id, sum(map(_not_deductible, vat))),
            rate_not_deductible=max(map(_rate_not_deductible, vat), default=ZERO),
            base_dc=self._amount(-self._sign * line.balance, line.company_currency_id),
            vat_dc=self._signed_dc(line.move_id, _sum_of(vat, "tax_amount")),
            not_deductible_dc=self._signed_dc(
                line.move_id, sum(_not_deductible(tax, "tax_amount") for tax in vat)
            ),
            deferral=line._exact_deferral(),
        )
        apart = [
            self._line_of_tax(line, whole, tax, vat)
            for tax in taxes
            if is_line_of_its_own(tax["tax"])
        ]
        yield replace(
            whole,
            vat=whole.vat - sum(each.vat for each in apart),
            vat_dc=whole.vat_dc - sum(each.vat_dc for each in apart),
        )
        yield from apart

    @api.model
    def _line_of_tax(self, line, whole, tax, vat):
        """A fixed contribution, with its share of the VAT where it is part of the VAT's base."""
        move = line.move_id
        amount = self._signed(move, tax["tax_amount_currency"])
        base = self._signed(move, max((each["base_amount_currency"] for each in vat), default=0))
        is_taxed = tax["tax"].include_base_amount and bool(vat)
        share = amount / base if is_taxed and base else ZERO
        return EntryLine(
            account=tax["tax_reps_data"][0]["account"],
            vat_code=whole.vat_code if is_taxed else self._code_without_vat(),
            description=tax["tax"].name,
            base=amount,
            vat=self._amount(float(whole.vat * share), self._currency(move)),
            is_charged=whole.is_charged and is_taxed,
            base_dc=self._signed_dc(move, tax["tax_amount"]),
            vat_dc=self._amount(float(whole.vat_dc * share), move.company_currency_id),
        )

    @api.model
    def _signed(self, move, amount):
        """An amount of Odoo's tax details in the sign of the entry."""
        return self._amount(
            -amount if self._is_credit_note(move) else amount, self._currency(move)
        )

    @api.model
    def _signed_dc(self, move, amount):
        """The same of one in the company's currency."""
        amount = -amount if self._is_credit_note(move) else amount
        return self._amount(amount, move.company_currency_id)

    # -- cost centres and cost units --------------------------------------------------------------

    @api.model
    def _distributed(self, entry_line, line):
        """The line cut by its analytic distribution; the parts add up to it to the cent."""
        shares = self._analytic_shares(line)
        amounts = {
            name: _spread(
                getattr(entry_line, name), [*shares.values()], _cent(currency)
            )
            for currency, names in (
                (line.currency_id, ("base", "vat", "not_deductible")),
                (line.company_currency_id, ("base_dc", "vat_dc", "not_deductible_dc")),
            )
            for name in names
        }
        for number, (center, unit) in enumerate(shares):
            parts = {name: each[number] for name, each in amounts.items()}
            yield replace(entry_line, cost_center=center, cost_unit=unit, **parts)

    @api.model
    def _analytic_shares(self, line):
        """``{(cost centre, cost unit): percentage}`` that add up to 100, either may be empty."""
        shares = defaultdict(Decimal)
        for ids, percentage in (line.analytic_distribution or {}).items():
            accounts = self.env["account.analytic.account"].browse(map(int, ids.split(",")))
            places = accounts.exact_cost_center_id[:1], accounts.exact_cost_unit_id[:1]
            shares[places] += Decimal(str(percentage))
        shares = _per_plan(shares) if sum(shares.values()) > WHOLE else shares
        nowhere = (
            self.env["exact.cost.center"],
            self.env["exact.cost.unit"],
        )
        shares[nowhere] += WHOLE - sum(shares.values())
        return {places: share for places, share in shares.items() if share} or {nowhere: WHOLE}

    # -- what is sent -----------------------------------------------------------------------------

    @api.model
    def _lines_to_send(self, move):
        """The lines as they are sent, so that the VAT lands where that can be.

        Where it cannot, ``_preflight`` refuses the document before it is sent.
        """
        lines = self._lines_with_amounts(move)
        parts = defaultdict(list)
        for part in self._solution(move).lines:
            parts[part.key].append(part)
        return [
            sent
            for number, line in enumerate(lines)
            for sent in (line.cut(parts[number]) if number in parts else [line])
        ]

    @api.model
    def _lines_with_amounts(self, move):
        lines = self._entry_lines(move)
        return [line for line in lines if line.base or line.vat] or lines

    @api.model
    def _solution(self, move):
        """The :class:`Solution` for the lines of a document; Odoo's own VAT where none lands."""
        taxed = self._taxed_lines(move)
        try:
            return solve(taxed, self._rounding_rules())
        except DoesNotLand:
            return solve(taxed, Rules())

    @api.model
    def _does_not_land(self, move):
        """The :class:`DoesNotLand` of a document that Exact would compute differently, or None."""
        try:
            solve(self._taxed_lines(move), self._rounding_rules())
        except DoesNotLand as reason:
            return reason
        return None

    @api.model
    def _taxed_lines(self, move):
        return [
            TaxedLine(
                key=number,
                code=line.vat_code.code,
                base=line.base,
                vat=line.vat,
                rate=Decimal(str(line.vat_code.percentage)) / WHOLE,
            )
            for number, line in enumerate(self._lines_with_amounts(move))
            if line.vat_code.type in ("E", "I")
        ]

    @api.model
    def _rounding_rules(self):
        division = self._division()
        tolerance = {"any": None, "none": ZERO}.get(
            division.vat_override, Decimal(str(division.vat_tolerance))
        )
        return Rules(division.vat_rounding, tolerance)

    @api.model
    def _rounding_text(self, move):
        """What was done to land on Odoo's VAT, for the queue item; None when nothing was."""
        solution = self._solution(move)
        if not solution.cut and not solution.shifted:
            return None
        return self.env._(
            "So that Exact's VAT comes to Odoo's: %(cut)s lines cut, %(shifted)s lines with a VAT "
            "amount of their own.",
            cut=solution.cut,
            shifted=solution.shifted,
        )


def is_line_of_its_own(tax):
    """Whether a tax is sent as a line: a fixed amount is no VAT, it has an account of its own."""
    return tax.amount_type == "fixed"


def withheld(taxes):
    """Of the taxes of a line those that whoever pays keeps back for the tax office: a negative
    percentage of its own. One that undoes another is half of a reverse charge; a group is one tax.
    """
    rates = set(taxes.mapped("amount"))
    return taxes.filtered(
        lambda tax: tax.amount_type == "percent" and tax.amount < 0 and -tax.amount not in rates
    )


def vat_of(taxes):
    """Of the taxes of a line those that are VAT."""
    return (taxes - withheld(taxes)).filtered(lambda tax: not is_line_of_its_own(tax))


def _is_reversed(tax):
    """Whether this is the half of a reverse charge that is to be paid. Odoo writes it as a
    negative part of the one tax, or as a negative tax beside it in a group.
    """
    return tax["is_reverse_charge"] or tax["tax"].amount < 0


def _cent(currency):
    return Decimal(1).scaleb(-currency.decimal_places)


def _sum_of(taxes, name="tax_amount_currency"):
    """The VAT of a line; of a reverse charge the half that is to be claimed."""
    return sum(tax[name] for tax in taxes if not _is_reversed(tax))


def _not_deductible(tax, name="tax_amount_currency"):
    """What of a purchase tax stays with the cost: the parts without an account of their own."""
    if tax["tax"].type_tax_use != "purchase" or _is_reversed(tax):
        return 0.0
    return sum(
        part[name]
        for part in tax["tax_reps_data"]
        if not part["tax_rep"].account_id
    )


def _rate_not_deductible(tax):
    """The same as a share of the tax, 0.5 for half."""
    if tax["tax"].type_tax_use != "purchase" or _is_reversed(tax):
        return ZERO
    parts = [part["tax_rep"] for part in tax["tax_reps_data"]]
    whole = sum(part.factor_percent for part in parts)
    lost = sum(part.factor_percent for part in parts if not part.account_id)
    return round(Decimal(str(lost)) / Decimal(str(whole)), SHARE_DECIMALS) if whole else ZERO


def _spread(amount, percentages, cent):
    """An amount cut by percentages that add up to 100; the parts add up to it exactly."""
    parts, so_far, given = [], ZERO, ZERO
    for percentage in percentages:
        so_far += percentage
        upto = (amount * so_far / WHOLE).quantize(cent)
        parts.append(upto - given)
        given = upto
    return parts


def _per_plan(shares):
    """Cost centres and cost units that were distributed apart, each over the whole line."""
    centers = {center: share for (center, _unit), share in shares.items() if center}
    units = {unit: share for (_center, unit), share in shares.items() if unit}
    return defaultdict(
        Decimal,
        {
            (center, unit): center_share * unit_share / WHOLE
            for center, center_share in centers.items()
            for unit, unit_share in units.items()
        },
    )
