# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .entry import HEADER
from .ledger import RECEIVABLE


class ExactOperationSalesEntry(models.AbstractModel):
    """A customer invoice or credit note: ``salesentry/SalesEntries``. facts.md §4.6"""

    _name = "exact.operation.sales.entry"
    _inherit = ["exact.operation.entry.reversal"]
    _description = "Sales entry"
    _is_shared = False

    _resource = "salesentry/SalesEntries"
    _select = (*HEADER, "Customer")

    _move_types = ("out_invoice", "out_receipt", "out_refund")
    _party = "Customer"
    _lines_property = "SalesEntryLines"
    _journal_types = ("20", "21")
    _control = RECEIVABLE
    _has_withholding = True

    @api.model
    def _party_label(self):
        return self.env._("Customer")

    @api.model
    def _wrong_journal_text(self, journal):
        return self.env._(
            "%s is not a sales journal in Exact Online. Choose another one.", journal.display_name
        )
