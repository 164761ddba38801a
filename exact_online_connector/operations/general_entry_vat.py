# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from odoo import api, models

from .entry_lines import vat_of
from .ledger import VAT, code_of
from .verdicts import Finding


class ExactOperationGeneralEntry(models.AbstractModel):
    """VAT of a miscellaneous entry. administration-defaults.md §11.3, §9

    A line that carries a tax goes with its VAT code and its VAT amount, in a journal that allows
    VAT; Exact makes the VAT line of it. So every tax line of Odoo must come from such a line.
    """

    _inherit = "exact.operation.general.entry"

    @api.model
    def _vat_code(self, line):
        """A line without tax has no code, unless Exact would take that of its account."""
        return vat_of(line.tax_ids).exact_vat_code_id[:1] or (
            self._code_without_vat()
            if self._takes_code_of_account(line)
            else self.env["exact.vat.code"]
        )

    @api.model
    def _takes_code_of_account(self, line):
        """Whether a line that is sent without a code would get one, by the documentation of other
        entries. facts.md §8
        """
        return bool(
            self._journal(line.move_id).allow_vat and line.account_id.exact_gl_account_id.vat_code
        )

    @api.model
    def _rounding_rules(self):
        """VAT is made per line here; how the division rounds was learned from other entries."""
        return replace(super()._rounding_rules(), level="line")

    @api.model
    def _place(self, row, gl_types):
        """The VAT of a code that serves sales and purchases alike may stand on the other one of its
        two accounts when the amount is on the other side.
        """
        is_vat = gl_types.get(row["GLAccount"]) == VAT and row["VATCode"]
        return (VAT, code_of(row)) if is_vat else super()._place(row, gl_types)

    # -- what Exact would refuse ------------------------------------------------------------------

    @api.model
    def _preflight_vat(self, move):
        taxed = self._lines(move).filtered("tax_ids")
        return [
            *(self._preflight_vat_journal(move) if taxed else ()),
            *self._preflight_taxes(move),
            *self._preflight_lines(move),
            *self._preflight_withholding(move),
            *self._preflight_grids(move),
            *self._preflight_deductible(move),
            *self._preflight_vat_accounts(move, taxed),
            *self._preflight_tax_lines(move),
        ]

    @api.model
    def _preflight_line(self, line):
        is_free = not line.tax_ids and not self._takes_code_of_account(line)
        return [] if is_free else super()._preflight_line(line)

    @api.model
    def _preflight_vat_journal(self, move):
        journal = self._journal(move)
        if not journal or journal.allow_vat:
            return []
        text = self.env._(
            "%(number)s has lines with taxes, and the journal %(journal)s of Exact Online takes no "
            "VAT. Choose a general journal that allows VAT, or allow it on that one and read the "
            "lists again.",
            number=self._label(move),
            journal=journal.display_name,
        )
        fix = self.env._("Choose another journal")
        return [Finding(text, move.journal_id, cause="journal_without_vat", fix=fix)]

    @api.model
    def _preflight_grids(self, move):
        alone = self._lines(move).filtered(lambda line: line.tax_tag_ids and not line.tax_ids)
        if not alone:
            return []
        text = self.env._(
            "The line '%s' has tax grids but no tax. Exact Online knows VAT by the code of a tax "
            "only: give the line the tax, take the grids off, or book it in Exact Online.",
            alone[0].name or alone[0].account_id.display_name,
        )
        return [Finding(text, move, cause="grids_without_tax")]

    @api.model
    def _preflight_deductible(self, move):
        """A line of a general journal has no share that is not deductible, unlike one of a bill."""
        lost = [line for line in self._entry_lines(move) if line.not_deductible]
        if not lost:
            return []
        text = self.env._(
            "The VAT of the line '%s' is not or only partly deductible. A general journal of Exact "
            "Online cannot say so: book it as a bill, or in Exact Online by hand.",
            lost[0].description or lost[0].account.display_name,
        )
        return [Finding(text, move, cause="entry_not_deductible")]

    @api.model
    def _preflight_vat_accounts(self, move, taxed):
        """VAT on VAT could not be told apart from it when the entry is read back."""
        on_vat = taxed.filtered(lambda line: line.account_id.exact_gl_account_id.type == VAT)
        if not on_vat:
            return []
        text = self.env._(
            "The line '%(line)s' has a tax and stands on %(account)s, which is an account for VAT "
            "in Exact Online. Choose another account, or take the tax off.",
            line=on_vat[0].name or self._label(move),
            account=on_vat[0].account_id.display_name,
        )
        return [Finding(text, move, cause="tax_on_vat_account")]

    @api.model
    def _preflight_tax_lines(self, move):
        """Odoo's tax lines are what its taxed lines make, on the same side."""
        if not any(line.tax_ids or line.tax_repartition_line_id for line in self._items(move)):
            return []
        made, booked = self._made_by_taxes(move), self._booked_as_tax(move)
        for part in {**booked, **made}:
            if made.get(part, Decimal(0)) != booked.get(part, Decimal(0)):
                return [self._tax_line_finding(move, part, made, booked)]
        astray = [line for line in self._entry_lines(move) if line.base * line.vat < 0]
        if not astray:
            return []
        text = self.env._(
            "The VAT of the line '%s' is on the other side than the line itself. Exact Online "
            "makes VAT on the side of its line: correct the tax line, or book it in Exact Online.",
            astray[0].description or astray[0].account.display_name,
        )
        return [Finding(text, move, cause="tax_on_other_side")]

    @api.model
    def _tax_line_finding(self, move, part, made, booked):
        text = self.env._(
            "%(number)s has tax lines of %(booked)s for the tax %(tax)s, the lines that carry that "
            "tax make %(made)s. Exact Online makes VAT of the lines that carry it: put the tax on "
            "the line that it is computed of and take off tax lines made by hand, or book it in "
            "Exact Online.",
            number=self._label(move),
            tax=part.tax_id.name,
            booked=booked.get(part, Decimal(0)),
            made=made.get(part, Decimal(0)),
        )
        return Finding(text, move, cause="tax_lines_without_base")

    @api.model
    def _made_by_taxes(self, move):
        """``{part of a tax: amount}`` that the taxed lines make, debit positive."""
        made = defaultdict(Decimal)
        for taxes in self._taxes_of_lines(move).values():
            for part in (part for tax in taxes for part in tax["tax_reps_data"]):
                made[part["tax_rep"]] += self._signed(move, part["tax_amount_currency"])
        return made

    @api.model
    def _booked_as_tax(self, move):
        """``{part of a tax: amount}`` that stands on Odoo's tax lines, debit positive."""
        booked = defaultdict(Decimal)
        for line in self._items(move).filtered("tax_repartition_line_id"):
            booked[line.tax_repartition_line_id] += self._signed(move, line.amount_currency)
        return booked
