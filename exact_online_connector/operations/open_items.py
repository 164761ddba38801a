# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from decimal import Decimal
from itertools import islice

from odoo import api, models

from ..exact_api import odata
from .payment_terms import COLUMNS, term_of
from .verdicts import Outcome

# Kind of feed: Exact's list of open items, its LineType, and where terms are read by entry.
LISTS = {
    "receivables_list": ("read/financial/ReceivablesList", "20", "cashflow/Receivables"),
    "payables_list": ("read/financial/PayablesList", "22", "cashflow/Payments"),
}
SELECT = ("HID", "JournalCode", "EntryNumber", "Amount")
ROWS = 600  # read at once: ten calls
ENTRIES = 20  # whose terms are read in one call. facts.md §5
NOT_OF_PAYMENTS = {"LastPaymentDate"}  # cashflow/Payments lacks it
TOLD = ("status", "amount_fc", "amount_dc", "end_date")  # of a term, that decide


class ExactOperationOpenItems(models.AbstractModel):
    """Compare what Exact lists as open with what is concluded from payment terms, and read again
    the terms of documents of which these differ. facts.md §5, recommended flow, 7.

    The record is a feed, whose cursor is the HID up to which the list was read. Signs are Exact's
    own, and only sizes are compared.
    """

    _name = "exact.operation.open.items"
    _inherit = ["exact.operation"]
    _description = "Check of what is open"

    _priority = 66

    @api.model
    def _label(self, feed):
        return dict(feed._fields["kind"]._description_selection(self.env))[feed.kind]

    @api.model
    def _company(self, feed):
        return feed.division_id.company_id

    @api.model
    def _carry_out(self, client, feed, step):
        if not feed.is_read:
            return self._read_list(client, feed)
        if feed.doubted:
            return self._read_terms(client, feed)
        return Outcome({}, "read")

    @api.model
    def _store(self, feed, outcome, payload):
        answer = outcome.remote
        if "amounts" in answer:
            self._note_list(feed, answer)
        if "changed" in answer:
            self._put_right(feed, answer)
        if not feed.is_read or feed.doubted:
            self.env["exact.sync.queue"]._enqueue("open_items", feed, self.env.company)
        return self.env["exact.binding"]

    # -- the list ---------------------------------------------------------------------------------

    @api.model
    def _read_list(self, client, feed):
        resource, _line_type, _terms = LISTS[feed.kind]
        after = int(feed.cursor or 0)
        rows = client.read(
            feed.division_id.code,
            resource,
            select=SELECT,
            filter=f"HID gt {odata.int64(after)}",
            orderby="HID",
        )
        rows = list(islice(rows, ROWS))
        amounts = defaultdict(Decimal)
        for row in rows:
            key = odata.strip_code(row["JournalCode"]), str(row["EntryNumber"])
            amounts[key] += odata.parse_amount(row["Amount"] or 0)
        last = max((int(row["HID"]) for row in rows), default=after)
        return Outcome(
            {"amounts": amounts, "cursor": str(last), "is_last": len(rows) < ROWS}, "read"
        )

    @api.model
    def _note_list(self, feed, answer):
        settlements, division = self.env["exact.settlement"], feed.division_id
        settlements._note_listed(division, answer["amounts"], feed.began_on)
        feed._note(division, feed.kind, answer)
        if answer["is_last"]:
            _resource, line_type, _terms = LISTS[feed.kind]
            unlike = settlements._unlike_list(division, feed.began_on, line_type)
            unknown = settlements._without(division, line_type)
            feed.doubted = sorted({*unlike.mapped("entry_id"), *unknown})

    # -- what differs -----------------------------------------------------------------------------

    @api.model
    def _read_terms(self, client, feed):
        _resource, line_type, resource = LISTS[feed.kind]
        entry_ids = feed.doubted[:ENTRIES]
        left_out = NOT_OF_PAYMENTS if line_type == "22" else ()
        rows = client.read(
            feed.division_id.code,
            resource,
            select=[name for name in COLUMNS if name not in left_out],
            filter=odata.any_of("TransactionEntryID", [odata.guid(each) for each in entry_ids]),
        )
        nothing = dict.fromkeys(left_out)
        call = self.env["exact.call"]
        terms = [term_of({**nothing, **row}, line_type, call) for row in rows]
        changed, gone = self._differing(feed.division_id, entry_ids, line_type, terms)
        answer = {
            "entry_ids": entry_ids,
            "held": {term["transaction_entry_id"] for term in terms},
            "changed": changed,
            "gone": gone,
            "resource": resource,
        }
        return Outcome(answer, "read", self._evidence_of(feed, answer))

    @api.model
    def _differing(self, division, entry_ids, line_type, terms):
        """Terms that the mirror lacks or has otherwise, and Exact IDs of those it has too many."""
        known = {
            term.exact_id: term
            for term in self.env["exact.payment.term"].search(
                [
                    ("division_id", "=", division.id),
                    ("transaction_entry_id", "in", entry_ids),
                    ("line_type", "=", line_type),
                ]
            )
        }
        changed = [term for term in terms if _differs(known.get(term["exact_id"]), term)]
        gone = known.keys() - {term["exact_id"] for term in terms}
        entry_of = {exact_id: term.transaction_entry_id for exact_id, term in known.items()}
        return changed, {exact_id: entry_of[exact_id] for exact_id in gone}

    @api.model
    def _evidence_of(self, feed, answer):
        wrong = _entries_of(answer)
        if wrong:
            return self.env._(
                "%(label)s: of %(count)s documents not all payments had been seen. They were read "
                "again.",
                label=self._label(feed),
                count=len(wrong),
            )
        if not answer["held"]:
            return None  # nothing was ever owed of them
        return self.env._(
            "%(label)s: %(count)s documents are listed with another open amount than their "
            "payment terms in Exact say.",
            label=self._label(feed),
            count=len(answer["held"]),
        )

    @api.model
    def _put_right(self, feed, answer):
        terms, division = self.env["exact.payment.term"], feed.division_id
        call = self.env["exact.call"]._latest(division, answer["resource"])
        terms._upsert(division, [{**term, "call_id": call.id} for term in answer["changed"]])
        terms._remove(division, list(answer["gone"]))
        feed.doubted = feed.doubted[len(answer["entry_ids"]) :]
        moves = self.env["exact.settlement"]._documents(division, _entries_of(answer))
        note = self.env._(
            "The nightly comparison with what is open in Exact Online found payments of this "
            "document that had not been seen. They were read again."
        )
        moves._message_log_batch(bodies=dict.fromkeys(moves.ids, note))
        if self._of_kind("settlements")._is_due(division):
            self.env["exact.sync.queue"]._enqueue("settlements", division, self.env.company)


def _differs(known, term):
    if known is None:
        return True
    return any(_told(known[name]) != _told(term[name]) for name in TOLD)


def _told(value):
    """A value in one spelling; what is empty is None or False, and 0 is as good as empty."""
    if isinstance(value, (float, Decimal)):
        value = round(Decimal(str(value)), 3)
    return value or None


def _entries_of(answer):
    """The entries of which something differs."""
    changed = {term["transaction_entry_id"] for term in answer["changed"]}
    return sorted(changed | set(answer["gone"].values()))
