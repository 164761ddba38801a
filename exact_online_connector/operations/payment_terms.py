# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..exact_api import odata
from ..models.exact_feed import is_today
from . import feed
from .ledger_lines import DELETIONS_KEPT
from .verdicts import Outcome

RESOURCE = "sync/Cashflow/PaymentTerms"
DELETED_TERM = 10  # EntityType of sync/Deleted
COLUMNS = tuple(
    "ID Status TransactionEntryID TransactionID TransactionType EntryID EntryNumber "
    "Journal EntryDate DueDate EndDate LastPaymentDate AmountDC AmountFC TransactionAmountDC "
    "TransactionAmountFC Currency Account AccountName InvoiceNumber YourRef PaymentReference "
    "Description CashflowTransactionBatchCode Document Modified ModifierFullName".split()
)
SELECT = ("Timestamp", "LineType", *COLUMNS)


class ExactOperationPaymentTerms(models.AbstractModel):
    """One page of the payment terms that changed: ``sync/Cashflow/PaymentTerms``, receivables and
    payables, a thousand a call. It queues itself again until it has seen all. facts.md §5

    A reading that brings nothing costs one call. Deletions are read when it brought something,
    else once a day, as is the move of the administration. It begins anew after a move, and when
    it was not read for so long that deletions may be forgotten.
    """

    _name = "exact.operation.payment.terms"
    _inherit = ["exact.operation"]
    _description = "Payments of the administration"

    _priority = 60

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _carry_out(self, client, division, step):
        known = division._feed("payment_terms")
        goes_on = bool(known.cursor) and not known.is_read
        begin = {} if goes_on else self._begin_reading(client, division, known)
        is_anew = begin.get("is_anew", False)
        after = feed.cursor(not is_anew and known.cursor)
        rows = feed.page(client, division, RESOURCE, SELECT, after)
        answer = {**begin, "rows": rows, "cursor": feed.last(rows, after), "is_last": True}
        if feed.is_full(rows):
            return Outcome({**answer, "is_last": False}, "read")
        if rows or goes_on or is_anew or not is_today(known.deletions_asked_on):
            deleted, answer["is_last"] = feed.deletions(
                client, division, known, DELETED_TERM, is_anew
            )
            answer |= deleted
        return Outcome(answer, "read")

    @api.model
    def _begin_reading(self, client, division, known):
        """Whether to read all from the start, and when the administration moved if that was asked.
        """
        if is_today(known.moved_asked_on):
            return {}
        moved_on = feed.moved_on(client, division)
        is_old = bool(known.read_on) and known.read_on < fields.Datetime.now() - DELETIONS_KEPT
        return {"moved_on": moved_on, "is_anew": moved_on != known.moved_on or is_old}

    @api.model
    def _store(self, division, outcome, payload):
        """The cursors move in the transaction that stores what they passed."""
        answer, terms = outcome.remote, self.env["exact.payment.term"]
        if answer.get("is_anew"):
            terms._remove_all(division)
        call = self.env["exact.call"]._latest(division, RESOURCE)
        terms._upsert(division, [term_of(row, row["LineType"], call) for row in answer["rows"]])
        terms._remove(division, answer.get("deleted", []))
        self.env["exact.feed"]._note(division, "payment_terms", answer)
        following = self._what_follows(division, answer)
        if following:
            self.env["exact.sync.queue"]._enqueue(following, division, self.env.company)
        return self.env["exact.binding"]

    @api.model
    def _what_follows(self, division, answer):
        """Kind to queue for the administration after this page: settlements once all were read."""
        if not answer["is_last"]:
            return "payment_terms"
        return "settlements" if self._of_kind("settlements")._is_due(division) else None


def term_of(row, line_type, call):
    """A row of Exact's as fields of the mirror.

    :param line_type: 20 receivable, 22 payable: only the feed says so itself
    :param call: the exact.call that brought it
    """
    return {
        "exact_id": row["ID"],
        "line_type": str(line_type),
        "status": str(row["Status"]),
        "transaction_entry_id": row["TransactionEntryID"],
        "transaction_id": row["TransactionID"],
        "transaction_type": row["TransactionType"],
        "entry_id": row["EntryID"],
        "entry_number": row["EntryNumber"] and str(row["EntryNumber"]),
        "journal_code": odata.strip_code(row["Journal"]) or None,
        "entry_date": odata.from_exact_date(row["EntryDate"]),
        "due_date": odata.from_exact_date(row["DueDate"]),
        "end_date": odata.from_exact_date(row["EndDate"]),
        "last_payment_date": odata.from_exact_date(row["LastPaymentDate"]),
        "amount_dc": odata.parse_amount(row["AmountDC"] or 0),
        "amount_fc": odata.parse_amount(row["AmountFC"] or 0),
        "transaction_amount_dc": odata.parse_amount(row["TransactionAmountDC"] or 0),
        "transaction_amount_fc": odata.parse_amount(row["TransactionAmountFC"] or 0),
        "currency": row["Currency"],
        "account_exact_id": row["Account"],
        "account_name": row["AccountName"],
        "invoice_number": row["InvoiceNumber"] and str(row["InvoiceNumber"]),
        "your_ref": row["YourRef"] or None,
        "payment_reference": row["PaymentReference"] or None,
        "description": row["Description"],
        "batch_code": row["CashflowTransactionBatchCode"] or None,
        "document_exact_id": row["Document"],
        "modified_on": odata.from_exact_date(row["Modified"]),  # Dutch wall clock. facts.md §3.2
        "modifier_name": row["ModifierFullName"] or None,
        "call_id": call.id or None,
    }
