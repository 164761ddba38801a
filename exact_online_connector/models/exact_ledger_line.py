# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models

from .exact_fed_mirror_mixin import EXACT_DECIMALS

STATES = [("20", "Open"), ("50", "Processed")]


class ExactLedgerLine(models.Model):
    """Mirror of Exact's ledger, kept by ``sync/Financial/TransactionLines``. facts.md §4.11

    Amounts have the ledger's sign: debit positive. administration-defaults.md §3.4
    """

    _name = "exact.ledger.line"
    _inherit = ["exact.fed.mirror.mixin"]
    _description = "Exact Online Ledger Line"
    _order = "date desc, entry_number desc, line_number"
    _rec_name = "entry_number"
    _log_access = False

    entry_id = fields.Char(string="Exact ID of the entry", required=True, readonly=True)
    entry_number = fields.Char(readonly=True)
    line_number = fields.Integer(readonly=True)
    type = fields.Integer(string="Type number", readonly=True, help="20 sales, 30 purchase, ...")
    status = fields.Selection(STATES, readonly=True)
    date = fields.Date(readonly=True)
    year = fields.Integer(readonly=True)
    period = fields.Integer(readonly=True)
    journal_code = fields.Char(string="Journal", readonly=True)
    gl_account_exact_id = fields.Char(string="Exact ID of the GL account", readonly=True)
    gl_account_id = fields.Many2one(
        "exact.gl.account", string="GL account", compute="_compute_gl_account_id"
    )
    account_exact_id = fields.Char(string="Exact ID of the relation", readonly=True)
    account_code = fields.Char(string="Relation code", readonly=True)
    account_name = fields.Char(string="Relation", readonly=True)
    vat_code = fields.Char(string="VAT code", readonly=True)
    amount_dc = fields.Float(
        string="Amount",
        digits=EXACT_DECIMALS,
        readonly=True,
        help="In the administration's currency; debit positive.",
    )
    amount_fc = fields.Float(
        string="Amount in currency", digits=EXACT_DECIMALS, readonly=True, help="Debit positive."
    )
    currency = fields.Char(readonly=True)
    your_ref = fields.Char(string="Your reference", readonly=True)
    description = fields.Char(readonly=True)
    cost_center = fields.Char(string="Cost centre", readonly=True)
    cost_unit = fields.Char(readonly=True)
    document_exact_id = fields.Char(string="Exact ID of the document", readonly=True)
    offset_exact_id = fields.Char(
        string="Exact ID of the line it was matched with", readonly=True
    )

    _entry_idx = models.Index("(division_id, entry_id)")
    _period_idx = models.Index("(division_id, year, period)")
    _document_idx = models.Index(
        "(division_id, document_exact_id) WHERE document_exact_id IS NOT NULL"
    )
    _reference_idx = models.Index("(division_id, your_ref) WHERE your_ref IS NOT NULL")

    def _compute_gl_account_id(self):
        accounts = self.env["exact.gl.account"].with_context(active_test=False)
        known = {
            (account.division_id, account.exact_id): account
            for account in accounts.search(
                [
                    ("division_id", "in", self.division_id.ids),
                    ("exact_id", "in", self.mapped("gl_account_exact_id")),
                ]
            )
        }
        for line in self:
            line.gl_account_id = known.get((line.division_id, line.gl_account_exact_id))

    def _open(self, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "view_mode": "list",
            "domain": [("id", "in", self.ids)],
        }
