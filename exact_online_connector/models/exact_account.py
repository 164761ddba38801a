# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import namedtuple

from odoo import api, fields, models
from odoo.tools import SQL

from . import match_ladder
from .match_ladder import Traits

# A relation that may be a contact; ``reason`` is for a person.
Candidate = namedtuple("Candidate", "account rung is_certain reason")
# Records that have one number in common; ``moves`` and ``links`` say what hangs on each id.
Duplicates = namedtuple("Duplicates", "key records moves links")

CONTACTS = "crm/Accounts"
TRAITS = (
    "code",
    "name",
    "vat_key",
    "company_key",
    "email",
    "postcode",
    "country",
    "exact_id",
)


class ExactAccount(models.Model):
    """Mirror of ``crm/Accounts``, the relations, kept by ``sync/CRM/Accounts``. facts.md §4.3"""

    _name = "exact.account"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online Relation"
    _rec_names_search = ["code", "name", "vat_number"]

    name = fields.Char(string="Relation name")
    status = fields.Selection(
        [("A", "None"), ("S", "Suspect"), ("P", "Prospect"), ("C", "Customer")], readonly=True
    )
    is_supplier = fields.Boolean(string="Supplier", readonly=True)
    vat_number = fields.Char(string="VAT number", readonly=True)
    company_number = fields.Char(readonly=True)
    email = fields.Char(readonly=True)
    phone = fields.Char(readonly=True)
    website = fields.Char(readonly=True)
    street = fields.Char(readonly=True)
    street2 = fields.Char(readonly=True)
    postcode = fields.Char(readonly=True)
    city = fields.Char(readonly=True)
    country = fields.Char(readonly=True, help="Two letters.")
    language = fields.Char(readonly=True)
    payment_condition_sales = fields.Char(readonly=True)
    payment_condition_purchase = fields.Char(readonly=True)
    vat_key = fields.Char(readonly=True, index="btree_not_null", help="In one spelling.")
    company_key = fields.Char(readonly=True, index="btree_not_null", help="Digits only.")
    is_new = fields.Boolean(
        default=True, readonly=True, help="New or changed, and not compared with contacts since."
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        compute="_compute_partner_id",
        search="_search_partner_id",
    )

    _new_idx = models.Index("(division_id, id) WHERE is_new")
    _code_idx = models.Index("(division_id, code)")

    def _compute_partner_id(self):
        """The contact of Odoo that it is linked to, in its administration."""
        bindings = (
            self.env["exact.binding"]
            .sudo()
            .search(
                [
                    ("division_id", "in", self.division_id.ids),
                    ("resource", "=", CONTACTS),
                    ("exact_id", "in", self.mapped("exact_id")),
                ]
            )
        )
        partners = {(b.division_id, b.exact_id): b.res_id for b in bindings}
        existing = set(self.env["res.partner"].browse(partners.values()).exists().ids)
        for account in self:
            partner_id = partners.get((account.division_id, account.exact_id))
            account.partner_id = partner_id if partner_id in existing else False

    @api.model
    def _search_partner_id(self, operator, value):
        """Search by contact, or for relations without one: ``in`` ids, False among them."""
        if operator != "in":
            return NotImplemented
        self.env["exact.binding"].flush_model()
        linked = SQL(
            """(SELECT account.id FROM exact_account account
                JOIN exact_binding binding ON binding.division_id = account.division_id
                 AND binding.resource = %s AND binding.exact_id = account.exact_id
                JOIN res_partner partner ON partner.id = binding.res_id
                WHERE %s)""",
            CONTACTS,
            SQL("true") if False in value else SQL("partner.id IN %s", tuple(value) or (0,)),
        )
        if False not in value:
            return [("id", "in", linked)]
        ids = [each for each in value if each]
        found = self._search_partner_id("in", ids) if ids else [(0, "=", 1)]
        return ["|", ("id", "not in", linked), *found]

    # -- the mirror -----------------------------------------------------------------------------

    @api.model
    def _upsert(self, division, rows):
        """Take in what the feed brought.

        :param rows: dicts of this model's fields with ``exact_id``; one may come twice
        :return: ``[(account, values that it had before)]`` of what was changed; of a new one
            these are None
        """
        rows = {row["exact_id"]: row for row in rows}
        known = {
            account.exact_id: account
            for account in self.with_context(active_test=False).search(
                [("division_id", "=", division.id), ("exact_id", "in", list(rows))]
            )
        }
        changed = []
        for exact_id, account in known.items():
            values = {"active": True, **rows[exact_id]}
            changes = account._changes(values)
            if changes:
                changed.append((account, {name: account[name] for name in values}))
                account.write({**changes, "is_new": True})
        created = self.create(
            [
                {"division_id": division.id, **values}
                for exact_id, values in rows.items()
                if exact_id not in known
            ]
        )
        return changed + [(account, None) for account in created]

    @api.model
    def _mark_deleted(self, division, exact_ids):
        """Switch off what was deleted in Exact; return the relations that were still there."""
        gone = self.search([("division_id", "=", division.id), ("exact_id", "in", exact_ids)])
        gone.write({"active": False})
        return gone

    # -- the ladder -----------------------------------------------------------------------------

    @api.model
    def _candidates(self, division, partners):
        """Which relation of ``division`` each contact may be. No call is made.

        :param partners: commercial partners
        :return: ``{partner id: [Candidate]}``, best first, at most 5. Certain are a link that is
            there, and an equal VAT number, company number or IBAN that nobody else on either side
            has and that nothing contradicts; all the rest is for a person to decide.
        """
        accounts = self.search_fetch([("division_id", "=", division.id)], TRAITS)
        linked = self._linked(division, accounts)
        matches = match_ladder.climb(
            self._traits_of_partners(partners), accounts._traits(division), linked
        )
        reasons = {}
        return {
            partner_id: [
                Candidate(
                    self.browse(match.account_id).with_prefetch(accounts._prefetch_ids),
                    match.rung,
                    match.doubt is None,
                    self._reason(match, reasons),
                )
                for match in own
            ]
            for partner_id, own in matches.items()
        }

    @api.model
    def _linked(self, division, accounts):
        """``{account id: partner id}`` of the links of contacts that still exist."""
        ids = {account.exact_id: account.id for account in accounts}
        bindings = (
            self.env["exact.binding"]
            .sudo()
            .search_fetch(
                [
                    ("division_id", "=", division.id),
                    ("resource", "=", CONTACTS),
                    ("exact_id", "!=", False),
                ],
                ["exact_id", "res_id"],
            )
        )
        existing = set(self.env["res.partner"].browse(bindings.mapped("res_id")).exists().ids)
        return {
            ids[binding.exact_id]: binding.res_id
            for binding in bindings
            if binding.exact_id in ids and binding.res_id in existing
        }

    def _traits(self, division):
        ibans = self.env["exact.account.bank"]._ibans(division)
        for account in self:
            yield Traits(
                account.id,
                account.code,
                account.vat_key or "",
                account.company_key or "",
                ibans.get(account.exact_id, ()),
                _email(account.email),
                match_ladder.name_postcode_key(account.name, account.postcode),
                account.country or "",
            )

    @api.model
    def _traits_of_partners(self, partners):
        partners = partners.sudo()
        partners.fetch(["ref", "vat", "company_registry", "email", "name", "zip", "country_id"])
        ibans = self._ibans_of_partners(partners)
        for partner in partners:
            country = partner.country_id.code or ""
            vat = match_ladder.vat_key(partner.vat, country)
            yield Traits(
                partner.id,
                (partner.ref or "").strip(),
                vat,
                match_ladder.company_key(partner.company_registry, vat, country),
                ibans.get(partner.id, ()),
                _email(partner.email),
                match_ladder.name_postcode_key(partner.name, partner.zip),
                country,
            )

    @api.model
    def _ibans_of_partners(self, partners):
        """``{partner id: (IBAN, ...)}``"""
        groups = (
            self.env["res.partner.bank"]
            .sudo()
            ._read_group(
                [("partner_id", "in", partners.ids), ("sanitized_acc_number", "!=", False)],
                ["partner_id"],
                ["sanitized_acc_number:array_agg"],
            )
        )
        return {partner.id: tuple(set(numbers)) for partner, numbers in groups}

    @api.model
    def _reason(self, match, known):
        """Why a relation is a candidate and why it is not certain, in words."""
        key = match.rung, match.doubt
        if key not in known:
            doubt = self._doubts().get(match.doubt)
            rung = self._rung_texts()[match.rung]
            known[key] = f"{rung}; {doubt}" if doubt else rung
        return known[key]

    @api.model
    def _rung_texts(self):
        return {
            "binding": self.env._("Linked"),
            "code": self.env._("Reference equals the code in Exact"),
            "vat": self.env._("Same VAT number"),
            "company_number": self.env._("Same company number"),
            "iban": self.env._("Same IBAN"),
            "email": self.env._("Same email"),
            "name_postcode": self.env._("Same name and postcode"),
        }

    @api.model
    def _doubts(self):
        return {
            "linked": self.env._("linked to another contact already"),
            "contradiction": self.env._("but another of its numbers or its country differs"),
            "several_accounts": self.env._("but several relations of Exact qualify"),
            "several_partners": self.env._("but several contacts of Odoo qualify"),
        }

    # -- duplicates -----------------------------------------------------------------------------

    @api.model
    def _duplicates(self, division):
        """Relations of ``division`` with the same VAT number, or company number: ``[Duplicates]``.

        ``moves`` counts the posted documents of the contact that each is linked to; ``links``
        tells that contact.
        """
        accounts = self.search_fetch([("division_id", "=", division.id)], TRAITS)
        links = self._linked(division, accounts)
        groups = groups_of(accounts, lambda account: account.vat_key or account.company_key)
        partners = self.env["res.partner"]
        involved = {links.get(account.id) for group in groups.values() for account in group}
        moves = partners.browse(involved - {None})._exact_move_counts(division.company_id)
        return [
            Duplicates(
                key,
                records,
                {each.id: moves.get(links.get(each.id), 0) for each in records},
                {each.id: partners.browse(links.get(each.id, [])) for each in records},
            )
            for key, records in groups.items()
        ]


def groups_of(records, key_of):
    """``{key: records}`` of the keys that several records have."""
    groups = records.grouped(key_of)
    return {key: group for key, group in groups.items() if key and len(group) > 1}


def _email(value):
    return (value or "").strip().casefold()
