# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal

from odoo import api, models

from .verdicts import Finding

YOUR_REF_LENGTH = 30  # administration-defaults.md §10
PARTLY_DEDUCTIBLE = ("non_deductible_product", "non_deductible_tax")


class ExactOperationEntry(models.AbstractModel):
    """What Exact would refuse of an entry, told in words and without a call."""

    _inherit = "exact.operation.entry"

    @api.model
    def _preflight(self, move):
        return [
            *self._of_kind("contact")._account_findings(move.commercial_partner_id),
            *self._preflight_start_date(move),
            *self._preflight_currency(move),
            *self._preflight_number(move),
            *self._preflight_journal(move),
            *self._preflight_period(move),
            *self._preflight_payment_term(move),
            *self._preflight_accounts(move),
            *self._preflight_taxes(move),
            *self._preflight_lines(move),
            *self._preflight_total(move),
        ]

    @api.model
    def _preflight_start_date(self, move):
        if not self._is_too_old(move):
            return []
        text = self.env._(
            "%(number)s is of %(date)s: documents before %(start)s stay in Odoo.",
            number=self._label(move),
            date=move.date,
            start=move.company_id.exact_start_date,
        )
        fix = self.env._("Change the date from which documents are sent")
        return [Finding(text, move.company_id, "warning", "before_start_date", fix)]

    @api.model
    def _preflight_currency(self, move):
        if move.currency_id.name == self._division().currency:
            return []
        text = self.env._(
            "%(number)s is in %(currency)s. Documents in another currency than the "
            "administration's cannot be sent by this version.",
            number=self._label(move),
            currency=move.currency_id.name,
        )
        return [Finding(text, move, cause="foreign_currency")]

    # -- its number -----------------------------------------------------------------------------

    @api.model
    def _preflight_number(self, move):
        number = self._your_ref(move)
        if not number:
            return self._preflight_no_number(move)
        if len(number) > YOUR_REF_LENGTH:
            text = self.env._(
                "The number %(number)s is longer than the %(length)s characters that Exact "
                "Online keeps.",
                number=number,
                length=YOUR_REF_LENGTH,
            )
            return [Finding(text, move, cause="number_too_long")]
        taken = self._same_number(move).filtered(self._is_in_exact)
        if not taken:
            return []
        text = self.env._(
            "%(number)s is in Exact Online already, as %(other)s of %(date)s. Two documents of "
            "one number cannot be told apart there.",
            number=number,
            other=self._label(taken[0]),
            date=taken[0].date,
        )
        return [Finding(text, taken[0], cause="number_taken", fix=self.env._("Open the other"))]

    @api.model
    def _preflight_no_number(self, move):
        """Odoo gives the number when the document is posted."""
        return []

    @api.model
    def _same_number(self, move):
        """Other posted documents under which Exact may hold the same number."""
        return self.env["account.move"].search(
            [
                ("id", "!=", move.id),
                ("company_id", "=", move.company_id.id),
                ("move_type", "=", move.move_type),
                ("state", "=", "posted"),
                *self._same_number_domain(move),
            ]
        )

    @api.model
    def _same_number_domain(self, move):
        return [("name", "=", move.name)]

    # -- its journal and period -----------------------------------------------------------------

    @api.model
    def _preflight_journal(self, move):
        journal = self._journal(move)
        if not journal:
            text = self.env._(
                "The journal %s has no Exact Online journal. Choose one on the journal.",
                move.journal_id.name,
            )
            fix = self.env._("Map the journal")
            return [Finding(text, move.journal_id, cause="journal_not_mapped", fix=fix)]
        fix = self.env._("Choose another journal")
        if journal.type not in self._journal_types:
            text = self._wrong_journal_text(journal)
            return [Finding(text, move.journal_id, cause="journal_of_wrong_type", fix=fix)]
        if journal.currency != move.currency_id.name and not journal.allow_variable_currency:
            text = self.env._(
                "The journal %(journal)s of Exact Online takes %(allowed)s only, %(number)s is "
                "in %(currency)s. Choose another one, or allow other currencies there.",
                journal=journal.display_name,
                allowed=journal.currency,
                number=self._label(move),
                currency=move.currency_id.name,
            )
            return [Finding(text, move.journal_id, cause="journal_currency", fix=fix)]
        return self._preflight_alive(journal, move.journal_id, fix)

    @api.model
    def _wrong_journal_text(self, journal):
        return self.env._(
            "%s is not a journal of this kind in Exact Online. Choose another one.",
            journal.display_name,
        )

    @api.model
    def _preflight_period(self, move):
        """The date's period exists in Exact and is open there, as far as was read.

        Where periods overlap (a thirteenth for the last day), one that is open will do.
        """
        division, journal = self._division(), self._journal(move)
        periods = self.env["exact.financial.period"]
        if not periods._are_read(division):
            return []
        found = periods._of_date(division, move.date)
        fix = self.env._("Read the lists again")
        if not found:
            text = self.env._(
                "Exact Online has no period for %(date)s, the date of %(number)s: its year is "
                "not created there. Have it created, then read the lists again.",
                date=move.date,
                number=self._label(move),
            )
            return [Finding(text, division, cause="period_unknown", fix=fix)]
        if not journal or not found._are_closed(journal):
            return []
        text = self.env._(
            "The period %(period)s is closed for the journal %(journal)s in Exact Online. Have it "
            "opened there and read the lists again, or choose a later date.",
            period=found[0].code,
            journal=journal.display_name,
        )
        return [Finding(text, division, cause="period_closed", fix=fix)]

    # -- what it refers to ----------------------------------------------------------------------

    @api.model
    def _preflight_payment_term(self, move):
        term = move.invoice_payment_term_id
        if not term:
            return []
        if len(term.line_ids) > 1:
            text = self.env._(
                "The payment term %s is in instalments, which cannot be sent by this version.",
                term.name,
            )
            return [Finding(text, move, cause="instalments")]
        condition = term.exact_payment_condition_id
        if condition:
            fix = self.env._("Choose another payment condition")
            return self._preflight_alive(condition, term, fix)
        text = self.env._(
            "The payment term %s has no Exact Online payment condition: Exact takes the contact's "
            "or the administration's own. The due date is sent all the same.",
            term.name,
        )
        fix = self.env._("Map the payment term")
        return [Finding(text, term, "warning", "payment_term_without_condition", fix)]

    @api.model
    def _preflight_accounts(self, move):
        findings = []
        for account in self._lines(move).account_id:
            gl_account = account.exact_gl_account_id
            if gl_account:
                fix = self.env._("Choose another GL account")
                findings += self._preflight_alive(gl_account, account, fix)
                continue
            text = self.env._(
                "The account %s has no Exact Online GL account. Choose one on the account.",
                f"{account.code} {account.name}",
            )
            fix = self.env._("Map the account")
            findings.append(Finding(text, account, cause="account_without_gl_account", fix=fix))
        return findings

    @api.model
    def _preflight_taxes(self, move):
        return [
            finding
            for tax in self._lines(move).tax_ids
            for finding in self._preflight_tax(tax)
        ]

    @api.model
    def _preflight_tax(self, tax):
        vat_code = tax.exact_vat_code_id
        if not vat_code:
            text = self.env._(
                "The tax %s has no Exact Online VAT code. Choose one on the tax.", tax.name
            )
            fix = self.env._("Map the tax")
            return [Finding(text, tax, cause="tax_without_code", fix=fix)]
        fix = self.env._("Choose another VAT code")
        mismatch = self.env["exact.vat.code"]._tax_mismatch(tax, vat_code)
        if mismatch:
            return [Finding(mismatch, tax, cause="tax_mismatch", fix=fix)]
        return self._preflight_alive(vat_code, tax, fix)

    @api.model
    def _preflight_alive(self, mirror, mended_by, fix):
        """What is mapped is of this administration, still there and not blocked."""
        kind = mirror._name.removeprefix("exact.").replace(".", "_")
        if mirror.division_id != self._division():
            text = self.env._(
                "%(name)s belongs to another administration, %(division)s. Choose one of this "
                "administration.",
                name=mirror.display_name,
                division=mirror.division_id.display_name,
            )
            return [Finding(text, mended_by, cause=f"{kind}_of_another_division", fix=fix)]
        if not mirror.active:
            text = self.env._(
                "%s is no longer in Exact Online. Choose another one.", mirror.display_name
            )
            return [Finding(text, mended_by, cause=f"{kind}_gone", fix=fix)]
        if mirror.is_blocked:
            text = self.env._(
                "%s is blocked in Exact Online. Choose another one.", mirror.display_name
            )
            return [Finding(text, mended_by, cause=f"{kind}_blocked", fix=fix)]
        return []

    # -- its lines and total --------------------------------------------------------------------

    @api.model
    def _preflight_lines(self, move):
        findings = self._preflight_deductible(move)
        for line in self._lines(move):
            findings += self._preflight_line(line)
        return findings

    @api.model
    def _preflight_deductible(self, move):
        if not move.line_ids.filtered(lambda line: line.display_type in PARTLY_DEDUCTIBLE):
            return []
        text = self.env._(
            "%s has a line that is only partly deductible, which cannot be sent by this version.",
            self._label(move),
        )
        return [Finding(text, move, cause="partly_deductible")]

    @api.model
    def _preflight_line(self, line):
        name = line.name or line.account_id.name
        if len(line.tax_ids) > 1:
            text = self.env._(
                "The line '%s' has several taxes, which this version cannot send.", name
            )
            return [Finding(text, line.move_id, cause="several_taxes")]
        if line.tax_ids:
            return []
        code = self._code_without_vat()
        fix = self.env._("Choose the VAT code for lines without tax")
        if code:
            return self._preflight_alive(code, line.company_id, fix)
        text = self.env._(
            "The line '%s' has no tax. Choose the company's VAT code for lines without tax, or "
            "give the line a tax: without a code Exact Online would take the account's own.",
            name,
        )
        return [Finding(text, line.company_id, cause="line_without_tax", fix=fix)]

    @api.model
    def _preflight_total(self, move):
        """The lines that travel and their VAT must make the document's total."""
        total = self._total(move)
        amounts = self._amounts(move)
        sent = sum((line.base + line.owed_vat for line in amounts), start=Decimal(0))
        if sent == total:
            return []
        text = self.env._(
            "The lines of %(number)s add up to %(sent)s, its total is %(total)s. It has lines of "
            "a kind that this version cannot send.",
            number=self._label(move),
            sent=sent,
            total=total,
        )
        return [Finding(text, move, cause="lines_not_supported")]
