# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models

FIELDS_THAT_TRAVEL = {
    "name",
    "street",
    "street2",
    "zip",
    "city",
    "country_id",
    "vat",
    "company_registry",
    "email",
    "phone",
    "website",
    "lang",
    "property_payment_term_id",
    "customer_rank",
    "supplier_rank",
}


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "exact.sync.mixin"]

    _exact_operations = ("contact",)

    def write(self, vals):
        result = super().write(vals)
        if FIELDS_THAT_TRAVEL & vals.keys():
            self._exact_enqueue()
        return result

    def _exact_enqueue(self):
        """Queue the contacts that are in Exact, for each administration that holds them."""
        bindings = self._exact_bindings()
        operation = self.env["exact.operation.contact"]
        for binding in bindings:
            company = binding.company_id
            partner = self.browse(binding.res_id).with_company(company)
            if operation.with_company(company)._digest_of(partner) != binding.digest:
                self.env["exact.sync.queue"]._enqueue("contact", partner, company)

    def _exact_bindings(self):
        """The bindings of these contacts, in every administration that holds them."""
        return (
            self.env["exact.binding"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("resource", "=", self.env["exact.operation.contact"]._resource),
                    ("exact_id", "!=", False),
                ]
            )
        )
