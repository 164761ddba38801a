# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .entry_lines import vat_of
from .verdicts import Finding


class ExactOperationEntry(models.AbstractModel):
    """What Exact would refuse of an entry, told in words and without a call."""

    _inherit = "exact.operation.entry"

    @api.model
    def _preflight(self, move):
        if not move.commercial_partner_id:
            return self._preflight_receipt(move)
        return [
            *self._of_kind("contact")._account_findings(move.commercial_partner_id),
            *self._preflight_start_date(move),
            *self._preflight_currency(move),
            *self._preflight_number(move),
            *self._preflight_payment_reference(move),
            *self._preflight_journal(move),
            *self._preflight_period(move),
            *self._preflight_payment_term(move),
            *self._preflight_accounts(move),
            *self._preflight_taxes(move),
            *self._preflight_lines(move),
            *self._preflight_withholding(move),
            *self._preflight_total(move),
            *self._preflight_files(move),
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
        if self._currency(move).name == self._division().currency or not self._journal(move):
            return []
        if self._journal(move).allow_variable_rate:
            return []
        text = self.env._(
            "%(number)s is in %(currency)s, and the journal %(journal)s of Exact Online takes no "
            "exchange rate: Exact uses its own, so the amounts in %(home)s may differ. Allow a "
            "variable exchange rate on that journal to have Odoo's rate used.",
            number=self._label(move),
            currency=self._currency(move).name,
            journal=self._journal(move).display_name,
            home=self._division().currency,
        )
        fix = self.env._("Open the journal")
        return [Finding(text, move.journal_id, "warning", "exchange_rate_of_exact", fix)]

    @api.model
    def _preflight_receipt(self, move):
        if move.commercial_partner_id:
            return []
        text = self.env._(
            "%s has no contact. Exact Online books nothing without one: choose a contact, for "
            "example one for all cash sales.",
            self._label(move),
        )
        return [Finding(text, move, cause="no_contact", fix=self.env._("Choose a contact"))]

    # -- its number -----------------------------------------------------------------------------

    @api.model
    def _preflight_number(self, move):
        number = self._your_ref(move)
        if not number:
            return self._preflight_no_number(move)
        length = self._division().your_ref_length
        if len(number) > length:
            text = self.env._(
                "The number %(number)s is longer than the %(length)s characters that Exact "
                "Online keeps.",
                number=number,
                length=length,
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
    def _preflight_payment_reference(self, move):
        reference, length = self._reference_kept(move), self._division().payment_reference_length
        if len(reference) <= length:
            return []
        text = self.env._(
            "The payment reference %(reference)s is longer than the %(length)s characters that "
            "Exact Online keeps, as far as is known: only its beginning is sent, and payments are "
            "not recognised by it.",
            reference=reference,
            length=length,
        )
        return [Finding(text, move, "warning", "payment_reference_too_long")]

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
        if journal.currency != self._currency(move).name and not journal.allow_variable_currency:
            text = self.env._(
                "The journal %(journal)s of Exact Online takes %(allowed)s only, %(number)s is "
                "in %(currency)s. Choose another one, or allow other currencies there.",
                journal=journal.display_name,
                allowed=journal.currency,
                number=self._label(move),
                currency=self._currency(move).name,
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
    def _preflight_closed_period(self, move, closed):
        """Findings on a document whose period is closed in Exact; see ``entry_period.py``."""
        return []

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
        return self._preflight_closed_period(move, found[0])

    # -- what it refers to ----------------------------------------------------------------------

    @api.model
    def _preflight_payment_term(self, move):
        term = move.invoice_payment_term_id
        if not term:
            return []
        condition = term.exact_payment_condition_id
        if condition:
            fix = self.env._("Choose another payment condition")
            return self._preflight_alive(condition, term, fix)
        if self._is_in_instalments(move):
            text = self.env._(
                "The payment term %(term)s is in instalments. Exact Online makes instalments by a "
                "payment condition only: without one, all of %(number)s is due there on %(date)s.",
                term=term.name,
                number=self._label(move),
                date=move.invoice_date_due,
            )
            fix = self.env._("Map the payment term")
            return [Finding(text, term, "warning", "instalments", fix)]
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
        for account in self._accounts(move):
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
    def _accounts(self, move):
        lines = self._entry_lines(move)
        return self.env["account.account"].union(*(line.account for line in lines))

    @api.model
    def _preflight_taxes(self, move):
        return [
            finding
            for tax in self.env["account.tax"].union(
                *(vat_of(line.tax_ids) for line in self._lines(move))
            )
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
        if tax.tax_exigibility == "on_payment":
            text = self.env._(
                "The tax %s is due on payment (cash basis): Odoo books its VAT when the invoice is "
                "paid, Exact Online when it is booked. Choose a tax that is due on the invoice.",
                tax.name,
            )
            return [Finding(text, tax, cause="cash_basis")]
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
        findings = []
        for line in self._lines(move):
            findings += self._preflight_line(line)
        return findings + self._preflight_rounding(move)

    @api.model
    def _preflight_rounding(self, move):
        reason = self._does_not_land(move)
        if not reason:
            return []
        text = self.env._(
            "Exact Online would compute %(difference)s %(currency)s too much VAT of code %(code)s "
            "on %(number)s, and takes no other amount. Change the tax rounding of the company, or "
            "put lines of that tax together.",
            difference=reason.difference,
            currency=move.currency_id.name,
            code=reason.code,
            number=self._label(move),
        )
        return [Finding(text, move, cause="vat_does_not_land")]

    @api.model
    def _preflight_line(self, line):
        name = line.name or line.account_id.name
        vat = vat_of(line.tax_ids)
        if len(vat) > 1:
            text = self.env._(
                "The line '%(line)s' has several taxes that are a percentage: %(taxes)s. A line of "
                "Exact Online has one VAT code. Put them on lines of their own.",
                line=name,
                taxes=", ".join(vat.mapped("name")),
            )
            return [Finding(text, line.move_id, cause="several_taxes")]
        if vat:
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
        lines = self._entry_lines(move)
        sent = sum((line.base + line.owed_vat for line in lines), start=-self._withheld(move))
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

    @api.model
    def _preflight_files(self, move):
        """What goes along may travel. A print that is not made yet is judged by itself."""
        if not self._has_file(move):
            return []
        attachment = self._of_kind("attachment")
        return [
            finding
            for file in attachment._kept_files(move)
            for finding in attachment._preflight_travel(file)
        ]
