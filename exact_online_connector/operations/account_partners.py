# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models
from odoo.exceptions import ValidationError

from .contact_intake import properties_of
from .verdicts import Outcome

BATCH = 500  # relations of which contacts are made in one transaction


class ExactOperationAccountPartners(models.AbstractModel):
    """Contacts of Odoo for the new relations of Exact, a batch a time. No call is made."""

    _name = "exact.operation.account.partners"
    _inherit = ["exact.operation"]
    _description = "Contacts for new relations"

    _priority = 90

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _is_due(self, division):
        company = division.company_id
        return company.exact_contact_direction != "to_exact" and company.exact_create_partners

    @api.model
    def _withdrawn(self, division):
        if self._is_due(division):
            return None
        return self.env._("The company does not want contacts to be created.")

    @api.model
    def _carry_out(self, client, division, step):
        return Outcome({}, "read")

    @api.model
    def _store(self, division, outcome, payload):
        if self._create_missing(division):
            self.env["exact.sync.queue"]._enqueue("account_partners", division, self.env.company)
        return self.env["exact.binding"]

    @api.model
    def _intake(self):
        return self.env["exact.contact.intake"]

    @api.model
    def _create_missing(self, division):
        """Link or create the contacts of a batch of new relations.

        Certain matches are linked, doubtful ones left to a person, and customers and suppliers
        that nothing resembles are created.

        :return: whether there are more
        """
        accounts = self.env["exact.account"].search(
            [("division_id", "=", division.id), ("is_new", "=", True)], limit=BATCH, order="id"
        )
        resembling = self._resembling(division, accounts)
        for account in accounts:
            for partner, candidate in resembling.get(account.id, ()):
                if candidate.is_certain and candidate.rung != "binding" and partner.active:
                    self._link(division, account, partner)
        missing = accounts.filtered(
            lambda account: (
                account.id not in resembling
                and not account.partner_id
                and not account.is_blocked
                and (account.status == "C" or account.is_supplier)
            )
        )
        for account, partner in self._create_partners(missing):
            self._link(division, account, partner)
        accounts.is_new = False
        return len(accounts) == BATCH

    @api.model
    def _resembling(self, division, accounts):
        """``{account id: [(contact, candidate)]}``, archived contacts among them."""
        partners = self.env["res.partner"].with_context(active_test=False).search(
            [
                ("company_id", "in", [False, self.env.company.id]),
                "|",
                ("parent_id", "=", False),
                ("is_company", "=", True),
            ]
        )
        wanted, resembling = set(accounts.ids), {}
        candidates = self.env["exact.account"]._candidates(division, partners)
        for partner in partners:
            for candidate in candidates[partner.id]:
                if candidate.account.id in wanted:
                    resembling.setdefault(candidate.account.id, []).append((partner, candidate))
        return resembling

    @api.model
    def _link(self, division, account, partner):
        self.env["exact.binding"]._link(
            division,
            self.env.company,
            self._of_kind("contact")._resource,
            partner,
            account.exact_id,
            account.code,
        )

    @api.model
    def _create_partners(self, accounts):
        """Create a contact for each relation: ``[(account, contact)]``. A VAT number that Odoo
        refuses is left out and told.
        """
        values = [self._new_values(account) for account in accounts]
        try:
            with self.env.cr.savepoint():
                partners = self.env["res.partner"].create(values)
                partners.flush_recordset()
        except ValidationError:
            partners = self.env["res.partner"].concat(*map(self._create_one, values))
        note = self.env._("Created from Exact Online.")
        partners._message_log_batch(bodies=dict.fromkeys(partners.ids, note))
        return list(zip(accounts, partners, strict=True))

    @api.model
    def _create_one(self, values):
        partners = self.env["res.partner"]
        try:
            with self.env.cr.savepoint():
                partner = partners.create(values)
                partner.flush_recordset()
                return partner
        except ValidationError:
            vat = values.pop("vat", None)
            partner = partners.create(values)
            partner._message_log(body=self._intake()._refused_line(vat, partner))
            return partner

    @api.model
    def _new_values(self, account):
        values = self._intake()._partner_values(properties_of(account))
        return {
            **{field: value for field, value in values.items() if value},
            "name": account.name or account.code,
            "is_company": True,
            "company_id": self.env.company.id,
            "customer_rank": int(account.status == "C"),
            "supplier_rank": int(account.is_supplier),
        }
