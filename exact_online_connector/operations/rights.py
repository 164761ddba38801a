# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..exact_api import NotPermitted
from .verdicts import Outcome

# What documents need, by a property that each has. The lists are known from having been read.
NEEDED = {
    "crm/Accounts": "ID",
    "documents/Documents": "ID",
    "salesentry/SalesEntries": "EntryID",
    "purchaseentry/PurchaseEntries": "EntryID",
}


class ExactOperationRights(models.AbstractModel):
    """What the user who gave consent may do in an administration. facts.md §3.5, §4.0"""

    _name = "exact.operation.rights"
    _inherit = ["exact.operation"]
    _description = "Rights in the administration"

    _priority = 60

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _carry_out(self, client, division, step):
        missing = {}
        for resource, key in NEEDED.items():
            try:
                list(client.read(division.code, resource, select=(key,), top=1))
            except NotPermitted as refusal:
                missing[resource] = refusal.reason or str(refusal)
        return Outcome(missing, "read")

    @api.model
    def _store(self, division, outcome, payload):
        division.missing_rights = "; ".join(
            f"{resource} ({reason})" for resource, reason in outcome.remote.items()
        )
        division.rights_checked_on = fields.Datetime.now()
        self.env["exact.initial.sync"]._checklist_changed(division)
        return self.env["exact.binding"]
