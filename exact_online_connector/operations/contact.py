# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from stdnum import get_cc_module

from odoo import api, models

from ..exact_api import odata
from ..models.match_ladder import plain
from .verdicts import Conflict, Finding, Outcome

CUSTOMER = "C"
NAME_LENGTH = 50  # facts.md §3.2
ROLES = ("Status", "IsSupplier")
# Empty in Odoo these mean "not known here", not "none".
NEVER_EMPTIED = {"Country", "Language", "PaymentConditionSales", "PaymentConditionPurchase"}


class ExactOperationContact(models.AbstractModel):
    """A company or person that is invoiced: ``crm/Accounts``. facts.md §4.3"""

    _name = "exact.operation.contact"
    _inherit = ["exact.operation"]
    _description = "Contact"

    _resource = "crm/Accounts"
    _select = (
        "ID",
        "Code",
        "Name",
        "Status",
        "IsSupplier",
        "VATNumber",
        "ChamberOfCommerce",
        "Postcode",
        "City",
        "Country",
        "Email",
    )
    _complete_with = "Name"
    _priority = 70  # a document that needs it makes it more urgent than itself
    _looks_up_first = True
    _children = ("contact_person", "address")  # kinds of what hangs on it

    @api.model
    def _company(self, partner):
        return partner.company_id or self.env.company

    @api.model
    def _is_due(self, partner):
        """A contact travels with its first document; later changes follow."""
        return bool(self._exact_id(partner))

    @api.model
    def _is_in_exact(self, partner):
        """Whether it is there in the roles that it has in Odoo by now."""
        known = self._binding(partner).exchanged or {}
        return super()._is_in_exact(partner) and not (
            (self._is_customer(partner) and known.get("Status", CUSTOMER) != CUSTOMER)
            or (partner.supplier_rank and not known.get("IsSupplier", True))
        )

    @api.model
    def _follow_ups(self, partner):
        return [
            *(("bank_account", bank) for bank in self._due(partner.bank_ids, "bank_account")),
            *(
                (kind, child)
                for kind in self._children
                for child in self._due(partner._exact_children(), kind)
            ),
        ]

    @api.model
    def _due(self, records, kind):
        return records.filtered(self._of_kind(kind)._is_due)

    @api.model
    def _preflight(self, partner):
        findings = self._preflight_creation(partner)
        fix = self.env._("Complete the contact")
        if not partner.name:
            text = self.env._("The contact has no name.")
            findings.append(Finding(text, partner, cause="contact_without_name", fix=fix))
        if not partner.country_id:
            text = self.env._(
                "%s has no country; Exact Online would take the administration's own. Fill it in "
                "on the contact.",
                partner.name,
            )
            findings.append(Finding(text, partner, "warning", "contact_without_country", fix))
        if partner.vat and not self._is_valid_vat(partner):
            text = self.env._(
                "%(vat)s is not a valid VAT number for %(partner)s; Exact Online would refuse it. "
                "Correct it on the contact.",
                vat=partner.vat,
                partner=partner.name,
            )
            fix = self.env._("Correct the VAT number")
            findings.append(Finding(text, partner, cause="contact_vat_number", fix=fix))
        return findings

    @api.model
    def _preflight_creation(self, partner):
        """A company may want each contact linked by a person, and none created."""
        binding = self._binding(partner)
        if self.env.company.exact_create_contacts or binding.exact_id or binding.intended_on:
            return []
        text = self.env._(
            "%(partner)s is not linked to a relation of Exact Online, and %(company)s creates none "
            "there. Link it to the relation that it is.",
            partner=partner.display_name,
            company=self.env.company.name,
        )
        fix = self.env._("Match the contacts")
        sync = self.env["exact.initial.sync"].search([("company_id", "=", self.env.company.id)])
        return [Finding(text, sync or partner, cause="contact_not_linked", fix=fix)]

    @api.model
    def _account_findings(self, partner):
        """Why nothing can be booked on the relation that a contact is linked to. No call is made;
        Exact's relations are read every quarter of an hour.
        """
        account = self._account(partner)
        if not account or (account.active and not account.is_blocked):
            return []
        text = (
            self.env._(
                "%(partner)s (%(code)s) is blocked in Exact Online. End the block there.",
                partner=partner.display_name,
                code=account.code,
            )
            if account.active
            else self.env._(
                "%(partner)s (%(code)s) was deleted in Exact Online. Release its link (Exact "
                "Online, Log, Links) so that it is linked or created anew.",
                partner=partner.display_name,
                code=account.code,
            )
        )
        fix = self.env._("Open the contact")
        return [Finding(text, partner, cause="relation_not_alive", fix=fix)]

    @api.model
    def _account(self, partner):
        """The mirror of the relation that a contact is linked to, deleted or not; or none."""
        exact_id = self._exact_id(partner)
        accounts = self.env["exact.account"].sudo().with_context(active_test=False)
        return accounts.search(
            [("division_id", "=", self._division().id), ("exact_id", "=", exact_id or "")]
        )

    @api.model
    def _is_valid_vat(self, partner):
        vat = plain(partner.vat)
        module = get_cc_module(vat[:2].lower(), "vat") if vat[:2].isalpha() else None
        return module is None or module.is_valid(vat)

    @api.model
    def _payload(self, partner):
        sales = partner.property_payment_term_id.exact_payment_condition_id
        purchase = partner.property_supplier_payment_term_id.exact_payment_condition_id
        payload = {
            "Name": partner.name[:NAME_LENGTH],
            "Status": CUSTOMER if self._is_customer(partner) else "A",
            "AddressLine1": partner.street,
            "AddressLine2": partner.street2,
            "Postcode": partner.zip,
            "City": partner.city,
            "Country": partner.country_id.code,
            "VATNumber": plain(partner.vat),
            "ChamberOfCommerce": partner.company_registry,
            "Email": partner.email,
            "Phone": partner.phone,
            "Website": partner.website,
            "Language": (partner.lang or "")[:2].upper(),
            "PaymentConditionSales": sales.code,
            "PaymentConditionPurchase": purchase.code,
        }
        return {**self._filled(payload), "IsSupplier": bool(partner.supplier_rank)}

    @api.model
    def _is_in_place(self, partner):
        """In Exact, and given the roles there that the contact's documents need by now."""
        binding = self._binding(partner)
        known = binding.exchanged
        return bool(binding.exact_id) and (not known or not self._missing_roles(partner, known))

    @api.model
    def _is_customer(self, partner):
        """Whoever is invoiced needs status C; whoever is neither yet is taken for a customer."""
        return bool(partner.customer_rank) or not partner.supplier_rank

    @api.model
    def _look_up(self, client, partner):
        """Accounts with the same VAT number, company number or name."""
        keys = {
            "VATNumber": plain(partner.vat),
            "ChamberOfCommerce": partner.company_registry,
            "Name": partner.name[:NAME_LENGTH],
        }
        condition = " or ".join(
            odata.eq(field, odata.text(value)) for field, value in keys.items() if value
        )
        return self._read_where(client, condition)

    @api.model
    def _adopt(self, client, partner, found, step):
        """Link to the one account that is certainly this contact; never overwrite it.

        Certain is an equal VAT or company number, or an equal name and postcode where neither
        side has such a number.
        """
        certain = [remote for remote in found if self._is_same(partner, remote)]
        if len(certain) > 1:
            raise Conflict(self._several_text(partner, certain), certain)
        if not certain:
            return Outcome(self._send(client, step.payload), "created")
        remote = certain[0]
        self._refuse_taken(partner, remote)
        ours = step.outcome_unknown and self._holds(remote, step.payload)
        return self._link(client, partner, remote, "found" if ours else "adopted")

    @api.model
    def _link(self, client, partner, remote, how):
        """Give the account the roles that it lacks; what was changed is to be read back."""
        roles = self._missing_roles(partner, remote)
        if roles:
            client.put(self._division().code, self._resource, remote["ID"], roles)
            remote = {"ID": remote["ID"], "Code": remote["Code"]}
        return Outcome(remote, how, self._evidence(remote))

    @api.model
    def _refuse_taken(self, partner, remote):
        """:raises Conflict: when another contact of Odoo is linked to the account already"""
        taken = self.env["exact.binding"]._of_exact_id(
            self._division(), self._resource, remote["ID"]
        )
        other = taken._living_record()
        if not other or other == partner:
            return
        raise Conflict(
            self.env._(
                "Relation %(code)s of Exact Online is %(partner)s, but another contact of Odoo, "
                "%(other)s, is linked to it already. Merge the two contacts in Odoo.",
                code=self._number(remote),
                partner=partner.name,
                other=other.display_name,
            ),
            [remote],
        )

    @api.model
    def _holds(self, remote, payload):
        """Whether the account is the very one that ``payload`` once asked for."""
        return all(
            plain(remote[name]) == plain(payload[name]) for name in payload.keys() & remote.keys()
        )

    @api.model
    def _is_same(self, partner, remote):
        for ours, theirs in (
            (partner.vat, remote["VATNumber"]),
            (partner.company_registry, remote["ChamberOfCommerce"]),
        ):
            if plain(ours) and plain(theirs):
                return plain(ours) == plain(theirs)
        return (
            partner.name[:NAME_LENGTH] == remote["Name"]
            and plain(partner.zip) == plain(remote["Postcode"])
            and (partner.country_id.code or "") == (remote["Country"] or "").strip()
        )

    @api.model
    def _several_text(self, partner, candidates):
        return self.env._(
            "Exact Online holds %(partner)s %(count)s times, under the codes %(codes)s. Merge "
            "them there, or link the contact to one of them here.",
            partner=partner.name,
            count=len(candidates),
            codes=", ".join(self._number(remote) for remote in candidates),
        )

    @api.model
    def _missing_roles(self, partner, remote):
        wanted = {
            "Status": CUSTOMER if self._is_customer(partner) else remote["Status"],
            "IsSupplier": bool(partner.supplier_rank) or remote["IsSupplier"],
        }
        return {name: value for name, value in wanted.items() if remote[name] != value}

    @api.model
    def _note_lacking(self, partner, cause):
        """Exact says that the relation lacks a role which Odoo took for granted: it is put there
        with the next attempt. Nothing else that Exact holds of it is touched.
        """
        lacking = {"Status": "A"} if cause == "not_a_customer" else {"IsSupplier": False}
        binding = self._binding(partner)
        known = binding.exchanged or self._payload(partner)
        binding.write({"exchanged": {**known, **lacking}, "digest": False})

    @api.model
    def _evidence(self, remote):
        return self.env._(
            "Already in Exact Online under code %s; linked to it, nothing overwritten.",
            self._number(remote),
        )

    @api.model
    def _update(self, client, partner, step):
        values = self._values_to_put(self._binding(partner), step.payload)
        if values:
            client.put(self._division().code, self._resource, step.exact_id, values)
        return Outcome({"ID": step.exact_id, "put": sorted(values)}, "updated")

    @api.model
    def _values_to_put(self, binding, payload):
        """All that Odoo knows of a contact that it created and alone keeps; otherwise what changed
        in Odoo since the last exchange, and the roles alone where Exact keeps the contact. What
        was emptied in Odoo is emptied; a role is never taken away.
        """
        known = binding.exchanged or {}
        values = {**dict.fromkeys(known.keys() - NEVER_EMPTIED), **payload}
        direction = self.env.company.exact_contact_direction
        if direction == "to_odoo" or (binding.adopted and not known):
            values = {name: values[name] for name in ROLES}
        elif binding.adopted or direction == "both":
            values = {name: value for name, value in values.items() if value != known.get(name)}
        if values.get("Status") != CUSTOMER:
            values.pop("Status", None)
        if not values.get("IsSupplier"):
            values.pop("IsSupplier", None)
        return values

    @api.model
    def _store(self, partner, outcome, payload):
        if outcome.how != "updated":
            self._due(partner.bank_ids, "bank_account")._exact_note_sending(self.env.company)
        binding = super()._store(partner, outcome, payload)
        travelled = {
            "updated": outcome.remote.get("put", []),
            "adopted": [],
        }.get(outcome.how, sorted(payload))
        binding.write({"exchanged": payload, "travelled": travelled})
        return binding

    # -- links without a call -------------------------------------------------------------------

    @api.model
    def _link_values(self, partner, exact_id):
        """What is in Odoo now is not sent; a role that the relation lacks is."""
        payload = self._payload(partner)
        accounts = self.env["exact.account"].sudo()
        account = accounts.search(
            [("division_id", "=", self._division().id), ("exact_id", "=", exact_id)]
        )
        has = {"Status": account.status, "IsSupplier": account.is_supplier}
        lacks = self._missing_roles(partner, has) if account else {}
        exchanged = {**payload, **{name: has[name] for name in lacks}}
        return {"exchanged": exchanged, "travelled": [], "digest": self._digest(exchanged)}

    @api.model
    def _linked(self, partner):
        if self._binding(partner).digest != self._digest_of(partner):
            self.env["exact.sync.queue"]._enqueue("contact", partner, self.env.company)

    @api.model
    def _hanging(self, binding):
        partner_id = binding.res_id
        hanging = {
            "account.move": [("commercial_partner_id", "=", partner_id)],
            "res.partner.bank": [("partner_id.commercial_partner_id", "=", partner_id)],
            "res.partner": [("commercial_partner_id", "=", partner_id), ("id", "!=", partner_id)],
        }
        bindings = self.env["exact.binding"].sudo()
        count = sum(
            bindings.search_count(
                [
                    ("division_id", "=", binding.division_id.id),
                    ("res_model", "=", model),
                    ("res_id", "in", self.env[model].sudo()._search(domain)),
                    ("exact_id", "!=", False),
                ]
            )
            for model, domain in hanging.items()
        )
        if not count:
            return None
        return self.env._(
            "%(count)s documents of %(partner)s were booked in Exact Online on %(code)s: the link "
            "is not undone.",
            count=count,
            partner=binding._living_record().display_name or "?",
            code=binding.code,
        )

    # -- proof ----------------------------------------------------------------------------------

    @api.model
    def _prove(self, partner, remote):
        """The roles, and of the rest what was last sent and is read back, punctuation aside."""
        binding = self._binding(partner)
        travelled, sent = binding.travelled or (), binding.exchanged or {}
        return [
            *self._compare_roles(partner, remote),
            *(
                difference
                for name in self._select
                if name in travelled and name not in ROLES
                for difference in self._compare(
                    name, plain(sent.get(name)), plain(remote[name])
                )
            ),
        ]

    @api.model
    def _compare_roles(self, partner, remote):
        missing = self._missing_roles(partner, remote)
        return [
            difference
            for name, value in missing.items()
            for difference in self._compare(name, value, remote[name])
        ]

    @api.model
    def _number(self, remote):
        return odata.strip_code(remote["Code"]) if remote.get("Code") else None
