# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models

from ..exact_api import odata
from .entry_change import PROCESSED
from .verdicts import Outcome

OVERLAP = timedelta(days=1)  # Exact's Modified is no exact cursor. facts.md §3.2


class ExactOperationEntryStatus(models.AbstractModel):
    """Which of the entries that Odoo booked Exact has processed, read from the ledger: one row
    an entry, a thousand a call. facts.md §4.11
    """

    _name = "exact.operation.entry.status"
    _inherit = ["exact.operation"]
    _description = "Status of entries"

    _priority = 90

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _carry_out(self, client, division, step):
        started = fields.Datetime.now()
        rows = client.read(
            division.code,
            "bulk/Financial/TransactionLines",
            select=("EntryID", "Status"),
            filter=self._condition(division),
        )
        statuses = {row["EntryID"]: row["Status"] for row in rows}
        return Outcome({"statuses": statuses, "read_on": started}, "read")

    @api.model
    def _condition(self, division):
        accounts = self._of_kind("entry_links")._partner_accounts()
        owed = odata.any_of("GLAccount", [odata.guid(each) for each in accounts])
        if division.status_read_on:
            since = odata.datetime_(division.status_read_on - OVERLAP)
            return odata.both(owed, f"Modified ge {since}")
        return odata.both(owed, odata.eq("Status", str(PROCESSED)))

    @api.model
    def _store(self, division, outcome, payload):
        statuses = outcome.remote["statuses"]
        bindings = self.env["exact.binding"].search(
            [("division_id", "=", division.id), ("exact_id", "in", list(statuses))]
        )
        for binding in bindings:
            is_processed = statuses[binding.exact_id] == PROCESSED
            if binding.is_processed != is_processed:
                binding.is_processed = is_processed
        division.status_read_on = outcome.remote["read_on"]
        return bindings
