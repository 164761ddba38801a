# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .entry_lines import vat_of
from .explainer import COST_CENTER, GL_ACCOUNT, JOURNAL, PAYMENT_CONDITION, VAT_CODE
from .verdicts import Finding


class ExactOperationEntry(models.AbstractModel):
    """What a document refers to, of which Exact's texts may speak; see ``explainer.py``."""

    _name = "exact.operation.entry"
    _inherit = ["exact.operation.entry"]

    @api.model
    def _own_mappings(self, move, model):
        mappings = {
            JOURNAL: self._journal_mapping,
            GL_ACCOUNT: self._account_mappings,
            VAT_CODE: self._tax_mappings,
            PAYMENT_CONDITION: self._term_mapping,
            COST_CENTER: self._analytic_mappings,
        }
        return mappings[model](move)

    @api.model
    def _to_compare(self, cause, text, move, label):
        if self._is_in_exact(move) or not move.is_invoice(include_receipts=True):
            return super()._to_compare(cause, text, move, label)
        fix = self.env._("Look it up and compare")
        return Finding(text, move, cause=cause, fix=fix, label=label, action="compare")

    @api.model
    def _journal_mapping(self, move):
        return [(self._journal(move), move.journal_id)]

    @api.model
    def _account_mappings(self, move):
        accounts = self._lines(move).account_id
        return [(account.exact_gl_account_id, account) for account in accounts]

    @api.model
    def _tax_mappings(self, move):
        """A line without tax has the company's VAT code for those."""
        lines = self._lines(move)
        taxes = self.env["account.tax"].union(*(vat_of(line.tax_ids) for line in lines))
        mappings = [(tax.exact_vat_code_id, tax) for tax in taxes]
        without = self._code_without_vat()
        if without and not all(vat_of(line.tax_ids) for line in lines):
            mappings.append((without, move.company_id))
        return mappings

    @api.model
    def _term_mapping(self, move):
        term = move.invoice_payment_term_id
        return [(term.exact_payment_condition_id, term)] if term else []

    @api.model
    def _analytic_mappings(self, move):
        """Of cost centres and cost units."""
        ids = {
            int(each)
            for line in self._lines(move)
            for key in line.analytic_distribution or ()
            for each in key.split(",")
        }
        accounts = self.env["account.analytic.account"].browse(sorted(ids)).exists()
        return [
            (mirror, account)
            for account in accounts
            for mirror in (account.exact_cost_center_id, account.exact_cost_unit_id)
            if mirror
        ]
