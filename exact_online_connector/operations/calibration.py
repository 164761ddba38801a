# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal

from odoo import api, models

from ..exact_api import NotPermitted, odata
from .calibration_evidence import FINDERS, KnownEntry, KnownLine
from .verdicts import Outcome

LATEST = 60  # entries of each kind, one page
CHAIN = 30  # entries whose lines are asked in one call
HEADER = (
    "EntryID",
    "EntryNumber",
    "Type",
    "AmountFC",
    "PaymentReference",
    "YourRef",
    "Description",
)
LINE = ("EntryID", "AmountFC", "VATAmountFC", "VATCode", "Description")
KINDS = (
    ("salesentry/SalesEntries", "salesentry/SalesEntryLines", LINE),
    (
        "purchaseentry/PurchaseEntries",
        "purchaseentry/PurchaseEntryLines",
        (*LINE, "VATNonDeductiblePercentage"),
    ),
)


class ExactOperationCalibration(models.AbstractModel):
    """How an administration computes and keeps, by what people booked in it; nothing is written
    there. What may not be read is left out and told. administration-defaults.md §13
    """

    _name = "exact.operation.calibration"
    _inherit = ["exact.operation"]
    _description = "Calibration"

    _priority = 95

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _carry_out(self, client, division, step):
        rows, refused = [], []
        for entries, lines, properties in KINDS:
            try:
                headers = self._headers(client, division, entries)
                of_lines = self._lines_of(client, division, lines, properties, headers)
                rows.append((headers, of_lines))
            except NotPermitted as refusal:
                refused.append(f"{entries} ({refusal.reason or refusal})")
        return Outcome({"rows": rows, "refused": "; ".join(refused)}, "read")

    @api.model
    def _headers(self, client, division, resource):
        """The latest entries that Odoo did not make: its own carry Odoo's VAT."""
        rows = client.read(
            division.code, resource, select=HEADER, orderby="EntryDate desc", top=LATEST
        )
        headers = {row["EntryID"]: row for row in rows}
        own = self.env["exact.binding"].search(
            [("division_id", "=", division.id), ("exact_id", "in", list(headers))]
        )
        return [row for key, row in headers.items() if key not in own.mapped("exact_id")]

    @api.model
    def _lines_of(self, client, division, resource, properties, headers):
        keys = [odata.guid(row["EntryID"]) for row in headers]
        return [
            row
            for first in range(0, len(keys), CHAIN)
            for row in client.read(
                division.code,
                resource,
                select=properties,
                filter=odata.any_of("EntryID", keys[first : first + CHAIN]),
            )
        ]

    @api.model
    def _store(self, division, outcome, payload):
        entries = [
            entry
            for headers, lines in outcome.remote["rows"]
            for entry in self._known_entries(division, headers, lines)
        ]
        shown = {rule: find(entries) for rule, find in FINDERS.items()}
        division._calibrated(shown, len(entries), outcome.remote["refused"])
        return self.env["exact.binding"]

    @api.model
    def _known_entries(self, division, headers, lines):
        codes = {
            row.code: row
            for row in self.env["exact.vat.code"]
            .with_context(active_test=False)
            .search([("division_id", "=", division.id)])
        }
        entries = {
            row["EntryID"]: KnownEntry(
                number=str(row["EntryNumber"]),
                type=row["Type"],
                total=odata.parse_amount(row["AmountFC"] or 0),
                reference=row["PaymentReference"] or "",
                your_ref=row["YourRef"] or "",
                description=row["Description"] or "",
            )
            for row in headers
        }
        for row in lines:
            entries[row["EntryID"]].texts.append(row["Description"] or "")
            code = codes.get(odata.strip_code(row["VATCode"] or ""))
            if code:
                entries[row["EntryID"]].lines.append(_known_line(row, code))
        return entries.values()


def _known_line(row, code):
    lost = row.get("VATNonDeductiblePercentage")
    return KnownLine(
        code=code.code,
        kind=code.type,
        rate=Decimal(str(code.percentage)) / 100,
        amount=odata.parse_amount(row["AmountFC"] or 0),
        vat=odata.parse_amount(row["VATAmountFC"] or 0),
        not_deductible=None if lost is None else Decimal(str(lost)),
    )
