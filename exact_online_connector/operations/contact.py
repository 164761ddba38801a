# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from stdnum import get_cc_module

from odoo import api, models

from ..exact_api import odata
from .verdicts import Conflict, Finding, Outcome

CUSTOMER = "C"
NAME_LENGTH = 50  # facts.md §3.2


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

    @api.model
    def _company(self, partner):
        return partner.company_id or self.env.company

    @api.model
    def _is_due(self, partner):
        """A contact travels with its first document; later changes follow."""
        return self._is_in_exact(partner)

    @api.model
    def _follow_ups(self, partner):
        operation = self._of_kind("bank_account")
        return [("bank_account", bank) for bank in partner.bank_ids if operation._is_due(bank)]

    @api.model
    def _preflight(self, partner):
        findings = []
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
            findings.append(Finding(text, partner, cause="contact_without_country", fix=fix))
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
    def _is_valid_vat(self, partner):
        vat = _plain(partner.vat)
        module = get_cc_module(vat[:2].lower(), "vat") if vat[:2].isalpha() else None
        return module is None or module.is_valid(vat)

    @api.model
    def _payload(self, partner):
        condition = partner.property_payment_term_id.exact_payment_condition_id
        payload = {
            "Name": partner.name[:NAME_LENGTH],
            "Status": CUSTOMER if self._is_customer(partner) else "A",
            "AddressLine1": partner.street,
            "AddressLine2": partner.street2,
            "Postcode": partner.zip,
            "City": partner.city,
            "Country": partner.country_id.code,
            "VATNumber": _plain(partner.vat),
            "ChamberOfCommerce": partner.company_registry,
            "Email": partner.email,
            "Phone": partner.phone,
            "Website": partner.website,
            "Language": (partner.lang or "")[:2].upper(),
            "PaymentConditionSales": condition.code,
        }
        return {**self._filled(payload), "IsSupplier": bool(partner.supplier_rank)}

    @api.model
    def _is_in_place(self, partner):
        """In Exact, and given the roles there that the contact's documents need by now."""
        binding = self._binding(partner)
        wanted = _roles(self._is_customer(partner), partner.supplier_rank)
        return bool(binding.exact_id) and set(wanted) <= set(binding.roles or wanted)

    @api.model
    def _store(self, partner, outcome, payload):
        binding = super()._store(partner, outcome, payload)
        binding.roles = _roles(payload["Status"] == CUSTOMER, payload["IsSupplier"])
        return binding

    @api.model
    def _is_customer(self, partner):
        """Whoever is invoiced needs status C; whoever is neither yet is taken for a customer."""
        return bool(partner.customer_rank) or not partner.supplier_rank

    @api.model
    def _look_up(self, client, partner):
        """Accounts with the same VAT number, company number or name."""
        keys = {
            "VATNumber": _plain(partner.vat),
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
        if not taken or taken.res_id == partner.id:
            return
        raise Conflict(
            self.env._(
                "Account %(code)s of Exact Online is %(partner)s, but another contact of Odoo, "
                "%(other)s, is linked to it already. Merge the two contacts in Odoo.",
                code=self._number(remote),
                partner=partner.name,
                other=self.env["res.partner"].browse(taken.res_id).display_name,
            ),
            [remote],
        )

    @api.model
    def _holds(self, remote, payload):
        """Whether the account is the very one that ``payload`` once asked for."""
        return all(
            _plain(remote[name]) == _plain(payload[name]) for name in payload.keys() & remote.keys()
        )

    @api.model
    def _is_same(self, partner, remote):
        for ours, theirs in (
            (partner.vat, remote["VATNumber"]),
            (partner.company_registry, remote["ChamberOfCommerce"]),
        ):
            if _plain(ours) and _plain(theirs):
                return _plain(ours) == _plain(theirs)
        return (
            partner.name[:NAME_LENGTH] == remote["Name"]
            and _plain(partner.zip) == _plain(remote["Postcode"])
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
    def _evidence(self, remote):
        return self.env._(
            "Already in Exact Online under code %s; linked to it, nothing overwritten.",
            self._number(remote),
        )

    @api.model
    def _update(self, client, partner, step):
        payload = step.payload
        if self._binding(partner).adopted:
            payload = {"Status": payload["Status"]} if self._is_customer(partner) else {}
            payload |= {"IsSupplier": True} if partner.supplier_rank else {}
        if payload:
            client.put(self._division().code, self._resource, step.exact_id, payload)
        return Outcome({"ID": step.exact_id}, "updated")

    @api.model
    def _prove(self, partner, remote):
        """All that was sent and is read back, punctuation aside; of an adopted account, which
        keeps its own particulars, the roles alone.
        """
        if self._binding(partner).adopted:
            return self._compare_roles(partner, remote)
        sent = self._payload(partner)
        return [
            difference
            for name in self._select
            if name in sent
            for difference in self._compare(name, _plain(sent[name]), _plain(remote[name]))
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


def _roles(is_customer, is_supplier):
    """``C``, ``S`` or both."""
    return ("C" if is_customer else "") + ("S" if is_supplier else "")


def _plain(value):
    """A value without punctuation, as two spellings of it are compared."""
    text = "" if value in (None, False, "") else str(value)
    return "".join(character for character in text if character.isalnum()).upper()
