# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .verdicts import Outcome

SECONDS = 5  # of work at a time, so that documents that are due go in between


class ExactOperationExport(models.AbstractModel):
    """Go on with an export that is longer than a click may take. It queues itself again until all
    is done. No call is made.
    """

    _name = "exact.operation.export"
    _inherit = ["exact.operation"]
    _description = "Export of documents"

    _priority = 45  # after documents

    @api.model
    def _withdrawn(self, export):
        return None if export.task else self.env._("There is nothing left to do.")

    @api.model
    def _carry_out(self, client, export, step):
        return Outcome({}, "read")

    @api.model
    def _store(self, export, outcome, payload):
        export.with_user(export.create_uid)._work(SECONDS)
        return self.env["exact.binding"]
