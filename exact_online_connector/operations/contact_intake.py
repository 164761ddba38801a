# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import namedtuple

from odoo import api, models
from odoo.exceptions import ValidationError

from ..models.match_ladder import plain
from ..models.note import note_of

# Exact's property -> the field of its mirror. What travels both ways.
MIRRORED = {
    "Name": "name",
    "AddressLine1": "street",
    "AddressLine2": "street2",
    "Postcode": "postcode",
    "City": "city",
    "Country": "country",
    "VATNumber": "vat_number",
    "ChamberOfCommerce": "company_number",
    "Email": "email",
    "Phone": "phone",
    "Website": "website",
    "Language": "language",
    "PaymentConditionSales": "payment_condition_sales",
    "PaymentConditionPurchase": "payment_condition_purchase",
}
# Exact's property -> the contact's field, where the value is the same on both sides.
ALIKE = {
    "Name": "name",
    "AddressLine1": "street",
    "AddressLine2": "street2",
    "Postcode": "zip",
    "City": "city",
    "VATNumber": "vat",
    "ChamberOfCommerce": "company_registry",
    "Email": "email",
    "Phone": "phone",
    "Website": "website",
}
# The company's own rule for a group of properties, where it has one.
OWNERS = {
    **dict.fromkeys(
        ("AddressLine1", "AddressLine2", "Postcode", "City", "Country"), "exact_address_owner"
    ),
    **dict.fromkeys(("VATNumber", "ChamberOfCommerce"), "exact_number_owner"),
    **dict.fromkeys(("PaymentConditionSales", "PaymentConditionPurchase"), "exact_term_owner"),
}
TERMS = {
    "PaymentConditionSales": "property_payment_term_id",
    "PaymentConditionPurchase": "property_supplier_payment_term_id",
}

# A linked relation that changed: ``before`` are the mirror's former values, None when new.
Change = namedtuple("Change", "account before binding partner")


class ExactContactIntake(models.AbstractModel):
    """What happened to relations in Exact comes to their contacts in Odoo.

    A property is compared with what both sides last knew of it (``exact.binding.exchanged``):
    what only Exact changed is taken over, what both changed follows the company's rule, and what
    Odoo sent itself is recognised. Runs with the company as ``env.company``.
    """

    _name = "exact.contact.intake"
    _description = "Changes of Exact Online in Contacts"

    @api.model
    def _take_in(self, division, changed, gone):
        """
        :param changed: see :meth:`exact.account._upsert`
        :param gone: relations that were deleted in Exact
        """
        changes = self._linked(division, [*changed, *((account, {}) for account in gone)])
        notes = {}
        for change in changes:
            lines = self._news(change)
            if change.account.active and self.env.company.exact_contact_direction != "to_exact":
                lines += self._take_over(change)
            if lines:
                notes[change.partner.id] = self._note(change.account, lines)
        partners = self.env["res.partner"].browse(notes)
        if notes:
            partners._message_log_batch(bodies=notes)

    @api.model
    def _linked(self, division, changed):
        """The changes of relations that are linked to a contact that exists."""
        accounts = {account.exact_id: (account, before) for account, before in changed}
        bindings = (
            self.env["exact.binding"]
            .sudo()
            .search(
                [
                    ("division_id", "=", division.id),
                    ("resource", "=", self._contact()._resource),
                    ("exact_id", "in", list(accounts)),
                ]
            )
        )
        partners = self.env["res.partner"].browse(bindings.mapped("res_id")).exists()
        existing = set(partners.ids)
        return [
            Change(*accounts[binding.exact_id], binding, partners.browse(binding.res_id))
            for binding in bindings
            if binding.res_id in existing
        ]

    @api.model
    def _contact(self):
        return self.env["exact.operation"]._of_kind("contact")

    @api.model
    def _news(self, change):
        """What a person must know whichever side leads."""
        account, before = change.account, change.before or {}
        if not account.active:
            return [self.env._("It was deleted in Exact Online: nothing can be booked on it.")]
        if account.is_blocked and not before.get("is_blocked"):
            return [self.env._("It was blocked in Exact Online: nothing can be booked on it.")]
        if before.get("is_blocked") and not account.is_blocked:
            return [self.env._("It is no longer blocked in Exact Online.")]
        return []

    @api.model
    def _note(self, account, lines):
        head = self.env._("Relation %s of Exact Online:", account.code)
        return note_of(head, lines)

    # -- linked contacts ------------------------------------------------------------------------

    @api.model
    def _take_over(self, change):
        """Write on the contact what Exact changed; lines that tell it."""
        payload = self._contact()._payload(change.partner)
        known = dict(change.binding.exchanged or {})
        theirs = properties_of(change.account)
        taken, kept = {}, []
        for name in self._changed_in_exact(change, theirs, known):
            if theirs[name] == payload.get(name):
                known[name] = theirs[name]
            elif self._odoo_wins(name) and payload.get(name) != known.get(name):
                kept.append(name)
            else:
                taken[name] = theirs[name]
        lines, values = self._write(change.partner, taken)
        self._agree(change, known, taken, values)
        return lines + self._kept_lines(kept, theirs, payload)

    @api.model
    def _changed_in_exact(self, change, theirs, known):
        """Properties that Exact changed since it was last read, our own changes aside."""
        if change.before is not None:
            former = properties_of(change.before)
        elif change.binding.adopted:
            former = theirs
        else:
            former = known
        return [
            name
            for name, value in theirs.items()
            if value != former.get(name) and value != known.get(name)
        ]

    @api.model
    def _odoo_wins(self, name):
        """Whether Odoo keeps a property that both sides changed."""
        company = self.env.company
        own_rule = name in OWNERS and company[OWNERS[name]]
        owner = own_rule or company.exact_contact_owner
        return company.exact_contact_direction == "both" and owner == "odoo"

    @api.model
    def _write(self, partner, taken):
        """Write properties of Exact on a contact, without what Odoo refuses.

        :return: ``(lines that tell it, the values that were written)``
        """
        values = self._partner_values(taken)
        before = {field: partner[field] for field in values}
        refused = []
        if values and not self._was_written(partner, values):
            refused = [self._refused_line(values.pop("vat", None), partner)]
            if values and not self._was_written(partner, values):
                return refused, {}
        labels = partner.fields_get(list(values), ["string"])
        lines = [
            self.env._(
                "%(field)s: %(before)s → %(after)s",
                field=labels[field]["string"],
                before=_shown(before[field]),
                after=_shown(partner[field]),
            )
            for field in values
        ]
        return lines + refused, values

    @api.model
    def _was_written(self, partner, values):
        """Whether Odoo took the values; what it refuses must not stop the others' contacts."""
        try:
            with self.env.cr.savepoint():
                partner.with_context(exact_taken_from=self._division_id()).write(values)
                partner.flush_recordset()
            return True
        except ValidationError:
            partner.invalidate_recordset()
            return False

    @api.model
    def _division_id(self):
        return self._contact()._division().id

    @api.model
    def _refused_line(self, vat, partner):
        if not vat:
            return self.env._("Its changes were refused by Odoo and not taken over.")
        return self.env._("The VAT number %s is not valid in Odoo and was not taken over.", vat)

    @api.model
    def _agree(self, change, known, taken, values):
        """Note what both sides know now, so that it is not sent back."""
        payload = self._contact()._payload(change.partner)
        fields = {**ALIKE, **TERMS, "Country": "country_id", "Language": "lang"}
        for name in taken:
            if fields[name] in values:
                known[name] = payload.get(name)
        known = {name: value for name, value in known.items() if value is not None}
        if known != change.binding.exchanged:
            digest = self._contact()._digest(known)
            change.binding.write({"exchanged": known, "digest": digest})

    @api.model
    def _kept_lines(self, kept, theirs, payload):
        return [
            self.env._(
                "%(name)s was changed on both sides: Odoo's %(odoo)s was kept, Exact's %(exact)s "
                "is overwritten.",
                name=name,
                odoo=payload.get(name) or "-",
                exact=theirs[name] or "-",
            )
            for name in kept
        ]

    # -- values of a contact --------------------------------------------------------------------

    @api.model
    def _partner_values(self, properties):
        """Values of a contact; what Odoo has no match for is left out."""
        values = {
            field: properties[name] or False for name, field in ALIKE.items() if name in properties
        }
        if not values.get("name", True):
            del values["name"]
        if "Country" in properties:
            code = properties["Country"]
            country = self.env["res.country"].search([("code", "=", code)]) if code else None
            if not code or country:
                values["country_id"] = country.id if country else False
        language = self._language(properties.get("Language"))
        if language:
            values["lang"] = language
        for name, field in TERMS.items():
            if name in properties:
                values |= self._term_values(field, properties[name])
        return values

    @api.model
    def _language(self, code):
        """The installed language with these two letters, the company's own before others."""
        own = self.env.company.partner_id.lang or ""
        installed = [lang for lang, _name in self.env["res.lang"].get_installed()]
        fitting = [lang for lang in (own, *installed) if code and lang[:2].upper() == code]
        return fitting[0] if fitting else None

    @api.model
    def _term_values(self, field, code):
        if not code:
            return {field: False}
        terms = self.env["account.payment.term"].search(
            [
                ("company_id", "in", [False, self.env.company.id]),
                ("exact_payment_condition_id.code", "=", code),
                ("exact_payment_condition_id.division_id", "=", self._division_id()),
            ]
        )
        plainest = terms.sorted(lambda term: (term.early_discount, term.sequence, term.id))[:1]
        return {field: plainest.id} if plainest else {}


def properties_of(account):
    """``{Exact's property: value or None}`` of a mirror or of its former values, spelled as the
    contact operation spells them.
    """
    values = {name: account[field] or None for name, field in MIRRORED.items()}
    values["VATNumber"] = plain(values["VATNumber"]) or None
    return values


def _shown(value):
    return getattr(value, "display_name", value) or "-"
