# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..exact_api import odata
from ..models.match_ladder import company_key, vat_key
from . import feed
from .verdicts import Outcome

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
        return division._feed("accounts").is_read

    @api.model
    def _carry_out(self, client, division, step):
        known = division._feed("accounts")
        moved_on = self._moved_on(client, division, known)
        moved = moved_on != known.moved_on
        after = feed.BEGIN if moved else feed.cursor(known.cursor)
        rows = feed.page(client, division, "sync/CRM/Accounts", SELECT, after)
        result = {"rows": rows, "moved_on": moved_on, "cursor": feed.last(rows, after)}
        if feed.is_full(rows):
            return Outcome({**result, "is_last": False}, "read")
        deleted, is_last = feed.deletions(client, division, known, DELETED_ACCOUNT, moved)
        return Outcome({**result, **deleted, "is_last": is_last}, "read")

    @api.model
    def _moved_on(self, client, division, known):
        """When the administration moved to another server; asked where a reading begins."""
        if known.cursor and not known.is_read:
            return known.moved_on
        return feed.moved_on(client, division)

    @api.model
    def _store(self, division, outcome, payload):
        """The cursors move in the transaction that stores what they passed."""
        answer = outcome.remote
        accounts = self.env["exact.account"]
        changed = accounts._upsert(
            division, [_account(row) for row in answer["rows"] if row["Type"] != DIVISION]
        )
        gone = accounts._mark_deleted(division, answer.get("deleted", []))
        is_first = not division._feed("accounts").is_read
        self.env["exact.feed"]._note(division, "accounts", answer)
        self.env["exact.contact.intake"]._take_in(division, changed, gone)
        if answer["is_last"]:
            self.env["exact.initial.sync"]._relations_were_read(division)
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
