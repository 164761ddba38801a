# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models

from ..exact_api import odata
from ..models.exact_feed import is_today
from . import feed
from .verdicts import Outcome

DELETED_LINE = 1  # EntityType of sync/Deleted
DELETIONS_KEPT = timedelta(days=50)  # Exact keeps them about two months. facts.md §4.12
SELECT = tuple(
    "Timestamp ID EntryID EntryNumber LineNumber Type Status Date FinancialYear FinancialPeriod "
    "JournalCode GLAccount Account AccountCode AccountName VATCode AmountDC AmountFC Currency "
    "YourRef Description CostCenter CostUnit Document OffsetID".split()
)


class ExactOperationLedgerLines(models.AbstractModel):
    """One page of the ledger lines that changed: ``sync/Financial/TransactionLines``, a thousand
    a call. It queues itself again until it has seen all. facts.md §4.12

    What was deleted is read first: a line that was deleted and made again stays. A reading costs
    a call for the move of the administration, one for the deletions, one for each page. It begins
    anew after a move, and when it was not read for so long that deletions may be forgotten.

    A brief reading, of which there are many a day, is one call as long as nothing comes: the move
    is asked for once a day, deletions when something came, else once a day.
    """

    _name = "exact.operation.ledger.lines"
    _inherit = ["exact.operation"]
    _description = "Ledger of the administration"

    _priority = 70

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _carry_out(self, client, division, step):
        known = division._feed("ledger_lines")
        if known.cursor and not known.is_read:
            return Outcome(self._lines(client, division, known.cursor), "read")
        if self._may_be_brief(known):
            return Outcome(self._brief(client, division, known), "read")
        moved_on = feed.moved_on(client, division)
        is_anew = moved_on != known.moved_on or self._is_too_old(known)
        deleted, all_read = feed.deletions(client, division, known, DELETED_LINE, is_anew)
        answer = {"is_anew": is_anew, "moved_on": moved_on, **deleted}
        if not all_read:
            return Outcome({**answer, "rows": [], "is_last": False}, "read")
        lines = self._lines(client, division, not is_anew and known.cursor)
        return Outcome({**answer, **lines}, "read")

    @api.model
    def _may_be_brief(self, known):
        asked_on = (known.moved_asked_on, known.deletions_asked_on)
        return known.is_brief and all(map(is_today, asked_on))

    @api.model
    def _brief(self, client, division, known):
        """The lines first; a line that was deleted and is there may be gone since they were read,
        or made again: they are read again.
        """
        lines = self._lines(client, division, known.cursor)
        if not lines["rows"]:
            return {**lines, "is_quiet": True}
        deleted, all_read = feed.deletions(client, division, known, DELETED_LINE)
        if not all_read:
            return {**deleted, "rows": [], "is_last": False}
        if set(deleted.get("deleted", ())) & {row["ID"] for row in lines["rows"]}:
            lines = self._lines(client, division, known.cursor)
        return {**deleted, **lines}

    @api.model
    def _is_too_old(self, known):
        """Whether Exact may have forgotten what was deleted since the last reading."""
        return bool(known.read_on) and known.read_on < fields.Datetime.now() - DELETIONS_KEPT

    @api.model
    def _lines(self, client, division, cursor):
        after = feed.cursor(cursor)
        rows = feed.page(client, division, "sync/Financial/TransactionLines", SELECT, after)
        return {"rows": rows, "cursor": feed.last(rows, after), "is_last": not feed.is_full(rows)}

    @api.model
    def _store(self, division, outcome, payload):
        """The cursors move in the transaction that stores what they passed."""
        answer, lines = outcome.remote, self.env["exact.ledger.line"]
        if answer.get("is_anew"):
            lines._remove_all(division)
        lines._remove(division, answer.get("deleted", []))
        lines._upsert(division, [_line(row) for row in answer["rows"]])
        self.env["exact.feed"]._note(division, "ledger_lines", answer)
        if answer["is_last"]:
            self._of_kind("inbox")._link_booked()
            self.env["exact.settlement"]._mark_unexplained(division)
            self._of_kind("mirrored_entries")._after_reading(division, answer.get("is_quiet"))
        else:
            self.env["exact.sync.queue"]._enqueue("ledger_lines", division, self.env.company)
        return self.env["exact.binding"]


def _line(row):
    return {
        "exact_id": row["ID"],
        "entry_id": row["EntryID"],
        "entry_number": row["EntryNumber"] and str(row["EntryNumber"]),
        "line_number": row["LineNumber"],
        "type": row["Type"],
        "status": str(row["Status"]),
        "date": odata.from_exact_date(row["Date"]),
        "year": row["FinancialYear"],
        "period": row["FinancialPeriod"],
        "journal_code": odata.strip_code(row["JournalCode"]) or None,
        "gl_account_exact_id": row["GLAccount"],
        "account_exact_id": row["Account"],
        "account_code": odata.strip_code(row["AccountCode"]) or None,
        "account_name": row["AccountName"],
        "vat_code": odata.strip_code(row["VATCode"]) or None,
        "amount_dc": odata.parse_amount(row["AmountDC"] or 0),
        "amount_fc": odata.parse_amount(row["AmountFC"] or 0),
        "currency": row["Currency"],
        "your_ref": row["YourRef"] or None,
        "description": row["Description"],
        "cost_center": row["CostCenter"] or None,
        "cost_unit": row["CostUnit"] or None,
        "document_exact_id": row["Document"],
        "offset_exact_id": row["OffsetID"],
    }
