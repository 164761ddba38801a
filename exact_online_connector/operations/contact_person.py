# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

NO_LAST_NAME = "-"  # Exact wants both names. facts.md §4.4


class ExactOperationContactPerson(models.AbstractModel):
    """A person at a contact: ``crm/Contacts``. facts.md §4.4"""

    _name = "exact.operation.contact.person"
    _inherit = ["exact.contact.child"]
    _description = "Contact person"

    _resource = "crm/Contacts"
    _select = ("ID", "Account", "FirstName", "LastName", "Email", "Phone", "JobTitleDescription")
    _complete_with = "LastName"
    _priority = 85
    _types = ("contact",)
    _recognised_by = ("FirstName", "LastName")

    @api.model
    def _is_of_kind(self, child):
        return super()._is_of_kind(child) and bool(child.name)

    @api.model
    def _payload(self, child):
        first, _space, last = (child.name or "").strip().partition(" ")
        return self._filled(
            {
                "Account": self._account(child),
                "FirstName": first,
                "LastName": last.strip() or NO_LAST_NAME,
                "Email": child.email,
                "Phone": child.phone,
                "JobTitleDescription": child.function,
            }
        )
