# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Fill in mappings of which only one candidate fits. Types decide, codes only confirm."""

import re
from datetime import date

from odoo.tools import float_compare

CREDIT_NOTES = re.compile(r"cr[eé]dit|retour", re.IGNORECASE)
SALES, RETURN = "20", "21"
# GL account types that fit the Odoo account types. administration-defaults.md §3.1
FITTING_TYPES = {
    "income": {110, 140, 160},
    "income_other": {110, 140, 160},
    "expense": {111, *range(120, 127), 130, 150},
    "expense_direct_cost": {111, *range(120, 127)},
    "expense_depreciation": {*range(120, 127)},
    "asset_current": {21, 26, 32, 40, 90},
    "asset_prepayments": {21, 26},
    "liability_current": {25, 27, 29, 60, 90, 100},
}
PROBES = (date(2027, 1, 10), date(2027, 3, 31), date(2027, 2, 28))


def suggest(company):
    """Map what is unmapped in ``company`` and certain; return the number of mappings made."""
    return sum(
        fill(company)
        for fill in (
            _fill_journals,
            _fill_accounts,
            _fill_taxes,
            _fill_payment_terms,
            _fill_code_without_vat,
        )
    )


def _mirror(company, model, *domain):
    return (
        company.env[model]
        .sudo()
        .search(
            [
                ("division_id", "=", company.exact_division_id.id),
                ("is_blocked", "=", False),
                *domain,
            ]
        )
    )


def _fill_journals(company):
    journals = company.env["account.journal"].search(
        [("company_id", "=", company.id), ("type", "=", "sale"), ("exact_journal_id", "=", False)]
    )
    candidates = _mirror(company, "exact.journal", ("type", "in", (SALES, RETURN)))
    credit = candidates.filtered(lambda j: j.type == RETURN or CREDIT_NOTES.search(j.name or ""))
    sales = candidates - credit
    # one kept apart for foreign currencies is not for everyday
    sales = sales.filtered(lambda j: not j.allow_variable_currency) or sales
    if len(sales) != 1:
        return 0
    journals.exact_journal_id = sales
    if len(credit) == 1:
        journals.exact_credit_journal_id = credit
    return len(journals)


def _fill_accounts(company):
    accounts = company.env["account.account"].with_company(company)
    unmapped = accounts.search(
        [
            ("company_ids", "parent_of", company.ids),
            ("account_type", "in", list(FITTING_TYPES)),
            ("exact_gl_account_id", "=", False),
        ]
    )
    mirror = _mirror(company, "exact.gl.account")
    by_code, by_trimmed = (
        mirror.grouped("code"),
        mirror.grouped(lambda row: row.code.rstrip("0")),
    )
    filled = 0
    for account in unmapped:
        code = account.code or ""
        candidates = by_code.get(code) or by_trimmed.get(code.rstrip("0"))
        fitting = candidates and candidates.filtered(
            lambda row, account=account: row.type in FITTING_TYPES[account.account_type]
        )
        if fitting and len(fitting) == 1:
            account.exact_gl_account_id = fitting
            filled += 1
    return filled


def _fill_taxes(company):
    taxes = company.env["account.tax"].search(
        [
            ("company_id", "=", company.id),
            ("type_tax_use", "=", "sale"),
            ("amount_type", "=", "percent"),
            ("amount", ">", 0),
            ("exact_vat_code_id", "=", False),
        ]
    )
    codes = _mirror(
        company,
        "exact.vat.code",
        ("type", "=", "E"),
        ("direction", "in", ("S", "B")),
        ("charged", "=", False),
        ("eu_listing", "=", "N"),
    )
    filled = 0
    for tax in taxes:
        fitting = codes.filtered(
            lambda code, tax=tax: float_compare(code.percentage, tax.amount, 3) == 0
        )
        if len(fitting) == 1:
            tax.exact_vat_code_id = fitting
            filled += 1
    return filled


def _fill_payment_terms(company):
    terms = company.env["account.payment.term"].with_company(company)
    conditions = _mirror(company, "exact.payment.condition", ("method", "=", "B"))
    filled = 0
    for term in terms.search(
        [("company_id", "in", (False, company.id)), ("exact_payment_condition_id", "=", False)]
    ):
        if len(term.line_ids) != 1:
            continue
        fitting = conditions.filtered(
            lambda condition, term=term: all(
                condition._due_date(probe) == term.line_ids._get_due_date(probe) for probe in PROBES
            )
        )
        if len(fitting) == 1:
            term.exact_payment_condition_id = fitting
            filled += 1
    return filled


def _fill_code_without_vat(company):
    if company.exact_no_vat_code_id:
        return 0
    codes = _mirror(company, "exact.vat.code", ("type", "=", "N"), ("direction", "in", ("S", "B")))
    if len(codes) != 1:
        return 0
    company.sudo().exact_no_vat_code_id = codes
    return 1
