# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dataclasses import replace

from odoo import api, models


class ExactOperationEntryChange(models.AbstractModel):
    """An entry carries the address of its document in Odoo. metadata SalesEntries, PurchaseEntries

    It goes along when the entry is created and is no part of the payload: a database that moves
    to another address changes nothing of what is booked.
    """

    _inherit = "exact.operation.entry.change"

    _address_property = "ExternalLinkReference"  # None where Exact has no place for it

    @api.model
    def _create(self, client, move, step):
        if self._address_property:
            address = {self._address_property: self._odoo_address(move)}
            step = replace(step, payload={**step.payload, **address})
        return super()._create(client, move, step)

    @api.model
    def _odoo_address(self, move):
        """Where a person opens the document in Odoo."""
        return f"{move.get_base_url()}/odoo/{move._name}/{move.id}"
