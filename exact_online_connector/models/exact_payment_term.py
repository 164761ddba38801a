# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from .exact_fed_mirror_mixin import EXACT_DECIMALS

STATUSES = [
    ("20", "Open"),
    ("30", "Selected for a batch"),
    ("40", "Sent to the bank"),
    ("50", "Matched"),
]
LINE_TYPES = [("20", "Receivable"), ("22", "Payable")]


class ExactPaymentTerm(models.Model):
    """Mirror of Exact's payment terms, kept by ``sync/Cashflow/PaymentTerms``. facts.md §5

    A term is a part of what a document or a payment leaves open, or left open until it was
    matched. The sign of its amounts is Exact's, and differs between administrations: it says
    something beside the other terms of the same kind only.
    """

    _name = "exact.payment.term"
    _inherit = ["exact.fed.mirror.mixin"]
    _description = "Exact Online Payment Term"
    _order = "due_date desc, entry_number desc, id"
    _rec_name = "entry_number"
    _log_access = False

    line_type = fields.Selection(LINE_TYPES, string="Kind", readonly=True)
    status = fields.Selection(STATUSES, readonly=True)
    transaction_entry_id = fields.Char(string="Exact ID of the entry", readonly=True)
    transaction_id = fields.Char(string="Exact ID of the ledger line", readonly=True)
    transaction_type = fields.Integer(
        string="Type number", readonly=True, help="20 sales, 30 purchase, 40 bank or cash, ..."
    )
    entry_id = fields.Char(
        string="Exact ID of the other entry",
        readonly=True,
        help="Of a part that was split off: the entry with which it was matched.",
    )
    entry_number = fields.Char(readonly=True)
    journal_code = fields.Char(string="Journal", readonly=True)
    entry_date = fields.Date(readonly=True)
    due_date = fields.Date(readonly=True)
    end_date = fields.Date(string="Matched on", readonly=True)
    last_payment_date = fields.Date(string="Last payment on", readonly=True)
    amount_dc = fields.Float(
        string="Amount",
        digits=EXACT_DECIMALS,
        readonly=True,
        help="In the administration's currency.",
    )
    amount_fc = fields.Float(string="Amount in currency", digits=EXACT_DECIMALS, readonly=True)
    transaction_amount_dc = fields.Float(
        string="Amount of the ledger line", digits=EXACT_DECIMALS, readonly=True
    )
    transaction_amount_fc = fields.Float(
        string="Amount of the ledger line in currency", digits=EXACT_DECIMALS, readonly=True
    )
    currency = fields.Char(readonly=True)
    account_exact_id = fields.Char(string="Exact ID of the relation", readonly=True)
    account_name = fields.Char(string="Relation", readonly=True)
    invoice_number = fields.Char(readonly=True)
    your_ref = fields.Char(string="Your reference", readonly=True)
    payment_reference = fields.Char(readonly=True)
    description = fields.Char(readonly=True)
    batch_code = fields.Char(
        string="Batch", readonly=True, help="Of a direct debit or payment to suppliers."
    )
    document_exact_id = fields.Char(string="Exact ID of the document", readonly=True)
    modified_on = fields.Date(string="Last changed on", readonly=True)
    modifier_name = fields.Char(
        string="Last changed by", readonly=True, help="Who changed it in Exact, or matched it."
    )
    call_id = fields.Many2one(
        "exact.call",
        string="Learned by",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )

    _entry_idx = models.Index("(division_id, transaction_entry_id)")
    _match_idx = models.Index("(division_id, account_exact_id, end_date)")
    _batch_idx = models.Index("(division_id, batch_code) WHERE batch_code IS NOT NULL")
    _line_idx = models.Index("(division_id, transaction_id)")
    _money_idx = models.Index(
        "(division_id) WHERE transaction_type IN (40, 82, 83) AND status <> '50'"
    )

    # -- the mirror: what changes in it may settle documents otherwise ---------------------------

    @api.model
    def _upsert(self, division, rows):
        exact_ids = [row["exact_id"] for row in rows]
        self._mark(division, exact_ids)  # what they told before is void, too
        result = super()._upsert(division, rows)
        self._mark(division, exact_ids)
        return result

    @api.model
    def _mark(self, division, exact_ids):
        """What rests on these terms is to be concluded anew."""
        self.env["exact.settlement"]._mark(division, exact_ids)
        self.env["exact.counterpart"]._mark(division, exact_ids)

    @api.model
    def _remove(self, division, exact_ids):
        self._mark(division, exact_ids)
        return super()._remove(division, exact_ids)

    @api.model
    def _remove_all(self, division):
        self.env["exact.settlement"]._mark_all(division)
        self.env["exact.counterpart"]._mark_all(division)
        return super()._remove_all(division)
