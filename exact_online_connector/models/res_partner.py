# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from .exact_account import Duplicates, groups_of
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
RANKS = {"customer_rank", "supplier_rank"}
FIELDS_OF_CHILDREN = {
    "name",
    "type",
    "parent_id",
    "is_company",
    "function",
    "email",
    "phone",
    "street",
    "street2",
    "zip",
    "city",
    "country_id",
}
USER = "exact_online_connector.group_exact_user"


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "exact.sync.mixin"]

    _exact_operations = ("contact",)

    exact_account_id = fields.Many2one(
        "exact.account",
        string="Relation in Exact",
        compute="_compute_exact_account_id",
        compute_sudo=True,
        groups=USER,
    )
    exact_account_trouble = fields.Selection(
        [("blocked", "Blocked in Exact"), ("deleted", "Deleted in Exact")],
        compute="_compute_exact_account_id",
        compute_sudo=True,
        groups=USER,
    )

    @api.depends_context("company")
    def _compute_exact_account_id(self):
        """The relation of the current company's administration, as it was last read."""
        division = self.env.company.exact_division_id
        bindings = self.commercial_partner_id._exact_bindings(division)
        accounts = (
            self.env["exact.account"]
            .with_context(active_test=False)
            .search(
                [
                    ("division_id", "=", division.id),
                    ("exact_id", "in", bindings.mapped("exact_id")),
                ]
            )
            .grouped("exact_id")
        )
        of_partner = {
            binding.res_id: accounts.get(binding.exact_id, False) for binding in bindings
        }
        for partner in self:
            account = of_partner.get(partner.commercial_partner_id.id)
            partner.exact_account_id = account
            partner.exact_account_trouble = _trouble_of(account)

    def _exact_address(self):
        division = self.env.company.exact_division_id
        return self.commercial_partner_id._exact_bindings(division)._address()

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        partners.filtered("parent_id")._exact_enqueue_children()
        return partners

    def write(self, vals):
        touched = self._exact_touched(FIELDS_THAT_TRAVEL & vals.keys())
        result = super().write(vals)
        touched._exact_enqueue()
        if FIELDS_OF_CHILDREN & vals.keys():
            self.filtered("parent_id")._exact_enqueue_children()
        return result

    def _exact_touched(self, names):
        """Those of which these fields, about to be written, may matter to Exact. Odoo raises a rank
        with each document; whoever has a role keeps it.
        """
        if names - RANKS:
            return self
        return self.filtered(lambda partner: not all(partner[name] for name in names))

    def _exact_enqueue(self):
        """Queue the contacts that are in Exact, for each administration that holds them and that
        does not lead itself.
        """
        for binding in self._exact_bindings():
            company = binding.company_id
            if binding.division_id.id == self.env.context.get("exact_taken_from"):
                continue
            if company.exact_contact_direction == "to_odoo":
                continue
            operation = self.env["exact.operation.contact"].sudo().with_company(company)
            partner = operation.env[self._name].browse(binding.res_id)
            if operation._digest_of(partner) != binding.digest:
                self.env["exact.sync.queue"]._enqueue("contact", partner, company)

    def _exact_enqueue_children(self):
        """Queue persons and addresses of contacts that are in Exact."""
        bindings = self.commercial_partner_id._exact_bindings().grouped("res_id")
        for child in self:
            for binding in bindings.get(child.commercial_partner_id.id, ()):
                company = binding.company_id
                operations = self.env["exact.operation.contact"].sudo().with_company(company)
                for kind in operations._children:
                    operation = operations._of_kind(kind)
                    if operation._is_due(operation.env[self._name].browse(child.id)):
                        self.env["exact.sync.queue"]._enqueue(kind, child, company)

    def _exact_children(self):
        """Persons and addresses below these commercial partners, at any depth."""
        return self.search(
            [("commercial_partner_id", "in", self.ids), ("id", "not in", self.ids)]
        )

    def _exact_bindings(self, division=None):
        """The bindings of these contacts, in every administration that holds them or in one."""
        domain = [
            ("res_model", "=", self._name),
            ("res_id", "in", self.ids),
            ("resource", "=", self.env["exact.operation.contact"]._resource),
            ("exact_id", "!=", False),
        ]
        if division is not None:
            domain.append(("division_id", "=", division.id))
        return self.env["exact.binding"].sudo().search(domain)

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
        groups = groups_of(partners, _number_of)
        involved = self.union(*groups.values())
        moves = involved._exact_move_counts(company)
        bindings = involved._exact_bindings(company.exact_division_id)
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


def _trouble_of(account):
    if not account:
        return False
    if not account.active:
        return "deleted"
    return "blocked" if account.is_blocked else False


def _number_of(partner):
    country = partner.country_id.code or ""
    vat = vat_key(partner.vat, country)
    return vat or company_key(partner.company_registry, vat, country)
