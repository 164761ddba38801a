# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from itertools import islice

from odoo import api, fields, models

from ..exact_api import NotPermitted, odata
from ..models.match_ladder import company_key, vat_key
from .verdicts import Outcome

PAGE = 1000  # facts.md §3.3
BEGIN = 1  # facts.md §4.12: the first reading asks for what is above
DELETED_ACCOUNT = 2  # EntityType of sync/Deleted
DIVISION = "D"  # Type of a relation that stands for an administration
SELECT = tuple(
    "Timestamp ID Code Name Status IsSupplier Blocked Type VATNumber ChamberOfCommerce Email Phone "
    "Website AddressLine1 AddressLine2 Postcode City Country Language PaymentConditionSales "
    "PaymentConditionPurchase".split()
)


class ExactOperationAccounts(models.AbstractModel):
    """One page of the relations that changed: ``sync/CRM/Accounts``, ``sync/Deleted``. It queues
    itself again until it has seen all. facts.md §4.12
    """

    _name = "exact.operation.accounts"
    _inherit = ["exact.operation"]
    _description = "Relations of the administration"

    _priority = 65

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _is_in_exact(self, division):
        """Whether all were read once: what waits for the relations may go on."""
        return division.accounts_are_read

    @api.model
    def _carry_out(self, client, division, step):
        moved_on = self._moved_on(client, division)
        moved = moved_on != division.moved_on
        after = BEGIN if moved else _cursor(division.accounts_cursor)
        rows = _page(client, division, "sync/CRM/Accounts", SELECT, after)
        result = {"rows": rows, "moved_on": moved_on, "cursor": _last(rows, after)}
        if len(rows) == PAGE:
            return Outcome({**result, "is_last": False}, "read")
        after = BEGIN if moved else _cursor(division.deleted_cursor)
        return Outcome({**result, **self._deleted(client, division, after)}, "read")

    @api.model
    def _moved_on(self, client, division):
        """When the administration moved to another server; asked where a reading begins."""
        if division.accounts_cursor and not division.accounts_are_read:
            return division.moved_on
        rows = client.read(
            division.code,
            "system/Divisions",
            select=("Code", "DivisionMoveDate"),
            filter=odata.eq("Code", odata.int32(division.code)),
        )
        moved_on = next((row["DivisionMoveDate"] for row in rows), None)
        return odata.from_exact_datetime(moved_on) or False

    @api.model
    def _deleted(self, client, division, after):
        """What was deleted. A right that Exact's user lacks must not stop the rest; it is asked
        for once a day.
        """
        today = fields.Datetime.now().date()
        if division.deletions_are_refused and division.accounts_refreshed_on.date() == today:
            return {"is_last": True}
        try:
            rows = _page(
                client, division, "sync/Deleted", ("Timestamp", "EntityType", "EntityKey"), after
            )
        except NotPermitted:
            return {"is_last": True, "is_refused": True, "deleted": []}
        deleted = [row["EntityKey"] for row in rows if row["EntityType"] == DELETED_ACCOUNT]
        return {
            "is_last": len(rows) < PAGE,
            "deleted": deleted,
            "deleted_cursor": _last(rows, after),
        }

    @api.model
    def _store(self, division, outcome, payload):
        """The cursors move in the transaction that stores what they passed."""
        answer = outcome.remote
        accounts = self.env["exact.account"]
        changed = accounts._upsert(
            division, [_account(row) for row in answer["rows"] if row["Type"] != DIVISION]
        )
        gone = accounts._mark_deleted(division, answer.get("deleted", []))
        is_first = not division.accounts_are_read
        division._note_accounts_read(answer)
        self.env["exact.contact.intake"]._take_in(division, changed, gone)
        for kind in self._what_follows(division, answer, is_first):
            self.env["exact.sync.queue"]._enqueue(kind, division, self.env.company)
        return self.env["exact.binding"]

    @api.model
    def _what_follows(self, division, answer, is_first):
        """Kinds to queue for the administration after this page; IBANs once all were read."""
        if not answer["is_last"]:
            yield "accounts"
            return
        if is_first:
            yield "account_ibans"
        if self._of_kind("account_partners")._is_due(division):
            yield "account_partners"


def _page(client, division, resource, select, after):
    return list(islice(client.sync(division.code, resource, after, select=select), PAGE))


def _cursor(text):
    return int(text or BEGIN)


def _last(rows, after):
    """The highest Timestamp of ``rows``, as text: it may exceed what a database integer holds."""
    return str(max([after, *(int(row["Timestamp"]) for row in rows)]))


def _account(row):
    country = (row["Country"] or "").strip()
    vat = vat_key(row["VATNumber"], country)
    return {
        "exact_id": row["ID"],
        "code": odata.strip_code(row["Code"]),
        "name": row["Name"] or False,
        "is_blocked": bool(row["Blocked"]),
        "status": row["Status"] or False,
        "is_supplier": bool(row["IsSupplier"]),
        "vat_number": row["VATNumber"] or False,
        "company_number": row["ChamberOfCommerce"] or False,
        "email": row["Email"] or False,
        "phone": row["Phone"] or False,
        "website": row["Website"] or False,
        "street": row["AddressLine1"] or False,
        "street2": row["AddressLine2"] or False,
        "postcode": row["Postcode"] or False,
        "city": row["City"] or False,
        "country": country or False,
        "language": (row["Language"] or "").strip() or False,
        "payment_condition_sales": (row["PaymentConditionSales"] or "").strip() or False,
        "payment_condition_purchase": (row["PaymentConditionPurchase"] or "").strip() or False,
        "vat_key": vat or False,
        "company_key": company_key(row["ChamberOfCommerce"], vat, country) or False,
    }
