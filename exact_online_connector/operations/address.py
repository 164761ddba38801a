# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

TYPES = {"invoice": 3, "delivery": 4}  # facts.md §4.4


class ExactOperationAddress(models.AbstractModel):
    """A delivery or invoice address of a contact: ``crm/Addresses``. facts.md §4.4"""

    _name = "exact.operation.address"
    _inherit = ["exact.contact.child"]
    _description = "Address"

    _resource = "crm/Addresses"
    _select = (
        "ID",
        "Account",
        "Type",
        "AddressLine1",
        "AddressLine2",
        "Postcode",
        "City",
        "Country",
        "Phone",
    )
    _complete_with = "Type"
    _priority = 86
    _types = tuple(TYPES)
    _recognised_by = ("Type", "AddressLine1", "Postcode", "City")

    @api.model
    def _is_of_kind(self, child):
        return super()._is_of_kind(child) and bool(child.street or child.city)

    @api.model
    def _payload(self, child):
        return self._filled(
            {
                "Account": self._account(child),
                "Type": TYPES.get(child.type),
                "AddressLine1": child.street,
                "AddressLine2": child.street2,
                "Postcode": child.zip,
                "City": child.city,
                "Country": child.country_id.code,
                "Phone": child.phone,
            }
        )
