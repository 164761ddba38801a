# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .exact_account import Duplicates, _groups
from .match_ladder import company_key, vat_key

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
    "property_supplier_payment_term_id",
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

    # -- matching with Exact --------------------------------------------------------------------

    @api.model
    def _exact_scope(self, company):
        """Domain of the contacts that documents of ``company`` are made for."""
        return [
            "&",
            ("company_id", "in", [False, company.id]),
            "&",
            "|",
            ("parent_id", "=", False),
            ("is_company", "=", True),
            "|",
            ("customer_rank", ">", 0),
            ("supplier_rank", ">", 0),
        ]

    @api.model
    def _exact_duplicates(self, company):
        """Contacts of ``company`` with the same VAT or company number: ``[Duplicates]``.

        ``moves`` counts the posted documents of each; ``links`` tells its code in Exact.
        """
        partners = self.search_fetch(
            self._exact_scope(company), ["vat", "company_registry", "country_id"]
        )
        groups = _groups(partners, _number_of)
        involved = self.union(*groups.values())
        moves = involved._exact_move_counts(company)
        bindings = involved._exact_bindings().filtered(
            lambda binding: binding.division_id == company.exact_division_id
        )
        codes = {binding.res_id: binding.code or binding.exact_id for binding in bindings}
        return [
            Duplicates(
                key,
                records,
                {partner.id: moves.get(partner.id, 0) for partner in records},
                {partner.id: codes.get(partner.id, False) for partner in records},
            )
            for key, records in groups.items()
        ]

    def _exact_move_counts(self, company):
        """``{partner id: number of posted documents}`` of commercial partners."""
        groups = (
            self.env["account.move"]
            .sudo()
            ._read_group(
                [
                    ("commercial_partner_id", "in", self.ids),
                    ("company_id", "=", company.id),
                    ("state", "=", "posted"),
                    ("move_type", "!=", "entry"),
                ],
                ["commercial_partner_id"],
                ["__count"],
            )
        )
        return {partner.id: count for partner, count in groups}


def _number_of(partner):
    country = partner.country_id.code or ""
    vat = vat_key(partner.vat, country)
    return vat or company_key(partner.company_registry, vat, country)
