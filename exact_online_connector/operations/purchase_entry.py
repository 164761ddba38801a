# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..exact_api import odata
from .entry import HEADER
from .ledger import PAYABLE
from .verdicts import Finding

UNKNOWN = "-"  # in a key that was noted before the supplier or the journal was known


class ExactOperationPurchaseEntry(models.AbstractModel):
    """A vendor bill or refund: ``purchaseentry/PurchaseEntries``. facts.md §4.7

    Exact knows it by the supplier's own number. Amounts are positive on a bill and negative on
    a refund. administration-defaults.md §11.2
    """

    _name = "exact.operation.purchase.entry"
    _inherit = ["exact.operation.entry.reversal"]
    _description = "Purchase entry"
    _is_shared = False

    _resource = "purchaseentry/PurchaseEntries"
    _select = (*HEADER, "Supplier")

    _move_types = ("in_invoice", "in_receipt", "in_refund")
    _party = "Supplier"
    _lines_property = "PurchaseEntryLines"
    _journal_types = ("22", "23")
    _control = PAYABLE
    _sign = -1

    @api.model
    def _party_label(self):
        return self.env._("Supplier")

    @api.model
    def _has_file(self, move):
        """The original, as the supplier sent it; where there is none, none goes along."""
        return super()._has_file(move) and bool(self._of_kind("attachment")._kept_files(move))

    @api.model
    def _your_ref(self, move):
        return move.ref

    @api.model
    def _description_of(self, move):
        """Odoo's own number, as the supplier's is the reference."""
        return move.name

    @api.model
    def _preflight_no_number(self, move):
        text = self.env._(
            "%s has no bill reference. Fill in the supplier's own number: Exact Online knows a "
            "bill by it.",
            self._label(move),
        )
        fix = self.env._("Fill in the bill reference")
        return [Finding(text, move, cause="bill_without_reference", fix=fix)]

    @api.model
    def _same_number_domain(self, move):
        supplier = move.commercial_partner_id
        return [("ref", "=", move.ref), ("commercial_partner_id", "=", supplier.id)]

    @api.model
    def _wrong_journal_text(self, journal):
        return self.env._(
            "%s is not a purchase journal in Exact Online. Choose another one.",
            journal.display_name,
        )

    @api.model
    def _own_key(self, move):
        """Supplier, journal and number as they are sent: all three may be changed in Odoo while
        an answer is lost. facts.md §9
        """
        supplier, journal = self._party_of(move), self._journal(move).code
        return f"{supplier or UNKNOWN} {journal or UNKNOWN} {move.ref or ''}"

    @api.model
    def _look_up(self, client, move):
        noted, journal, number = self._key_sent(move).split(" ", 2)
        supplier = self._known(noted, self._party_of(move))
        if not supplier:  # then nothing was booked in its name
            return []
        condition = odata.both(
            odata.eq("YourRef", odata.text(number)),
            odata.eq("Supplier", odata.guid(supplier)),
            odata.eq("Journal", odata.text(self._known(journal, self._journal(move).code))),
        )
        return self._read_where(client, condition)

    @api.model
    def _known(self, noted, current):
        return current if noted == UNKNOWN else noted
