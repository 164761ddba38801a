# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .explanations import cause_of, words_of
from .verdicts import Finding

GL_ACCOUNT = "exact.gl.account"
JOURNAL = "exact.journal"
PAYMENT_CONDITION = "exact.payment.condition"
VAT_CODE = "exact.vat.code"
COST_CENTER = "exact.cost.center"
# What a VAT number looks like, where Exact refuses one.
VAT_NUMBERS = {
    "BE": "BE0123456789",
    "DE": "DE123456789",
    "ES": "ESA12345674",
    "FR": "FR12345678901",
    "GB": "GB123456789",
    "LU": "LU12345678",
    "NL": "NL123456789B01",
}


class ExactOperation(models.AbstractModel):
    """What Exact's refusals mean for a record: a cause, a sentence, and where it is mended.

    The cause ``x`` of ``explanations.py`` is told by the method ``_explain_x``, which gets the
    record and Exact's text and returns a :class:`Finding`.
    """

    _name = "exact.operation"
    _inherit = ["exact.operation"]

    @api.model
    def _explain(self, record, messages):
        """A :class:`Finding` for each of Exact's texts that is known, in their order."""
        record = record.exists()
        known = [(cause_of(text), text) for text in messages] if record else []
        return [getattr(self, f"_explain_{cause}")(record, text) for cause, text in known if cause]

    # -- whose matter it is -----------------------------------------------------------------------

    @api.model
    def _culprit(self, record, model, text):
        """The record of Odoo whose mapping to the mirror ``model`` Exact's text is about: the one
        whose code it names, else the first of the record's own; None where there is none.
        """
        words, own = words_of(text), self._own_mappings(record, model)
        named = [mended for mirror, mended in own if mirror.code in words]
        firsts = [mended for _mirror, mended in own]
        return next(iter(named or self._mapped_to(model, words) or firsts), None)

    @api.model
    def _own_mappings(self, record, model):
        """``[(mirror, record of Odoo that is mapped to it)]`` of what ``record`` refers to."""
        return []

    @api.model
    def _mapped_to(self, model, codes):
        """The records of Odoo that are mapped to one of these codes of the administration."""
        mirrors = self.env[model].search(
            [("division_id", "=", self._division().id), ("code", "in", list(codes))]
        )
        return [
            mapped
            for owner, field in self.env[model]._mapped_by
            for mapped in (self.env[owner].search([(field, "in", mirrors.ids)]) if mirrors else ())
        ]

    @api.model
    def _document_of(self, record):
        """The document that the record is, or that it belongs to; or none."""
        return record if record._name == "account.move" else self.env["account.move"]

    @api.model
    def _contact_of(self, record):
        """The contact that Exact has a relation for, of a record or of its document; or none."""
        owner = self._document_of(record) or record
        if owner._name == "res.partner.bank":
            owner = owner.partner_id
        if owner._name in ("account.move", "res.partner"):
            return owner.commercial_partner_id
        return self.env["res.partner"]

    # -- the connection and its rights ------------------------------------------------------------

    @api.model
    def _explain_token_spent(self, record, text):
        connection = self._division().connection_id
        told = self.env._(
            "Somebody else took over this connection: another installation with the same app and "
            "user, such as a copy of this database. It was connected on %(date)s by %(user)s, for "
            "the database with fingerprint %(fingerprint)s. Connect again, and give each "
            "installation an app of its own.",
            date=connection.authorised_on or "?",
            user=connection.authorised_by or "?",
            fingerprint=(connection.fingerprint or "?")[:12],
        )
        label = self.env._("Connection taken over by another installation")
        return self._of_connection("token_spent", told, label)

    @api.model
    def _explain_token_expired(self, record, text):
        told = self.env._(
            "The connection was not used for 30 days, so that Exact Online ended it. Connect again."
        )
        label = self.env._("Connection not used for 30 days")
        return self._of_connection("token_expired", told, label)

    @api.model
    def _explain_no_rights(self, record, text):
        told = self.env._(
            "The Exact user who connected, or the app, has no right to this in the administration "
            "%(division)s, or its licence lacks the module. Ask its administrator: the app's "
            "rights stand under Import/Export, App permissions, the user's in the Security Centre. "
            "Then press Retry.",
            division=self._division().display_name,
        )
        return self._of_connection("no_rights", told, self.env._("No right to the administration"))

    @api.model
    def _explain_wrong_user_type(self, record, text):
        told = self.env._(
            "The user who connected may not write documents: a user of the accountant's portal "
            "(MijnKantoor) cannot. Connect again as a user of the accountant's office itself."
        )
        label = self.env._("Connected as a user who may not write")
        return self._of_connection("wrong_user_type", told, label)

    @api.model
    def _of_connection(self, cause, text, label):
        connection = self._division().connection_id
        fix = self.env._("Open the connection")
        return Finding(text, connection, cause=cause, fix=fix, label=label)

    @api.model
    def _explain_token_too_early(self, record, text):
        return self._by_itself("token_too_early")

    @api.model
    def _explain_too_many_requests(self, record, text):
        return self._by_itself("too_many_requests")

    @api.model
    def _explain_too_many_errors(self, record, text):
        told = self.env._(
            "Exact Online takes no call of this kind for about an hour, as too many were refused. "
            "It goes on by itself. Mend what else failed, so that it does not happen again."
        )
        return Finding(
            told, cause="too_many_errors", label=self.env._("Blocked after too many errors")
        )

    @api.model
    def _by_itself(self, cause):
        told = self.env._("Exact's limit of calls is reached. It goes on by itself.")
        return Finding(told, cause=cause, label=self.env._("Limit of calls reached"))

    # -- our own mistakes -------------------------------------------------------------------------

    @api.model
    def _explain_our_mistake(self, record, text):
        told = self.env._(
            "Exact Online does not understand what was sent: a fault in this addon, not in your "
            "data. Copy the text for support and report it."
        )
        return Finding(
            told,
            cause="our_mistake",
            fix=self.env._("Copy for support"),
            label=self.env._("Fault in this addon"),
            action="support",
        )

    # -- periods ----------------------------------------------------------------------------------

    @api.model
    def _explain_period_closed_there(self, record, text):
        date = self._date_of(record)
        told = self.env._(
            "The period of %(date)s is closed in Exact Online, which was not known here yet. Read "
            "Exact's lists again: it is then booked as your company chose for closed periods. Or "
            "have the period opened there, then press Retry.",
            date=date or "?",
        )
        label = self.env._("Period %s closed in Exact Online", f"{date:%Y-%m}" if date else "?")
        return self._after_lists("period_closed_there", told, label)

    @api.model
    def _explain_year_unknown(self, record, text):
        date = self._date_of(record)
        told = self.env._(
            "Exact Online has no period for %s: its year is not created there. Have it created "
            "(Financial, Periods), then read Exact's lists again.",
            date or "?",
        )
        label = self.env._("Year %s not created in Exact Online", date.year if date else "?")
        return self._after_lists("year_unknown", told, label)

    @api.model
    def _after_lists(self, cause, text, label):
        """Mended by reading the administration's lists again, after which it is tried again."""
        fix = self.env._("Read the lists and retry")
        return Finding(
            text, self._division(), cause=cause, fix=fix, label=label, action="lists"
        )

    @api.model
    def _date_of(self, record):
        return self._document_of(record).date

    @api.model
    def _explain_match_in_closed_period(self, record, text):
        told = self.env._(
            "What is to be matched lies in a closed period of Exact Online. Only the bookkeeper "
            "can match it there."
        )
        label = self.env._("To be matched in a closed period")
        return self._of_record("match_in_closed_period", told, record, label)

    # -- what is there already --------------------------------------------------------------------

    @api.model
    def _explain_already_there(self, record, text):
        told = self.env._(
            "Exact Online holds %s already, or another entry has its number. Look it up there and "
            "compare: what is the same is linked, and nothing is booked twice. Retry looks for it "
            "by its own number too.",
            self._label(record),
        )
        label = self.env._("Already in Exact Online")
        return self._to_compare("already_there", told, record, label)

    @api.model
    def _explain_several_there(self, record, text):
        told = self.env._(
            "Exact Online holds %s several times. Look them up and choose the one that it is.",
            self._label(record),
        )
        label = self.env._("Several times in Exact Online")
        return self._to_compare("several_there", told, record, label)

    @api.model
    def _to_compare(self, cause, text, record, label):
        """Mended by a look at what Exact holds, where the record is a document that is booked."""
        return self._of_record(cause, text, record, label)

    @api.model
    def _explain_processed_there(self, record, text):
        told = self.env._(
            "Exact Online has processed %s: it can no longer be changed there. Correct it by a "
            "credit note or by a reversing entry.",
            self._label(record),
        )
        label = self.env._("Processed in Exact Online")
        return self._of_record("processed_there", told, record, label)

    # -- what is mapped ---------------------------------------------------------------------------

    @api.model
    def _explain_journal_refused(self, record, text):
        journal = self._culprit(record, JOURNAL, text)
        told = self.env._(
            "Exact Online does not take the journal %(name)s: it is blocked, of another type, or "
            "no longer there. Choose another one on Odoo's journal.",
            name=self._mirror_name(journal, "exact_journal_id"),
        )
        label = self.env._("Journal of %s refused", self._named(journal))
        return self._of_mapping("journal_refused", told, journal or record, label)

    @api.model
    def _explain_exchange_rate_refused(self, record, text):
        journal = self._culprit(record, JOURNAL, text)
        told = self.env._(
            "The journal %(name)s of Exact Online takes no exchange rate, or wants one. Have a "
            "variable exchange rate allowed on it there and read the lists again, or choose "
            "another journal.",
            name=self._mirror_name(journal, "exact_journal_id"),
        )
        label = self.env._("Exchange rate refused by the journal of %s", self._named(journal))
        return self._of_mapping("exchange_rate_refused", told, journal or record, label)

    @api.model
    def _explain_currency_refused(self, record, text):
        journal = self._culprit(record, JOURNAL, text)
        told = self.env._(
            "Exact Online does not take this currency in the journal %(name)s. Allow it on that "
            "journal there and read the lists again, or choose another journal.",
            name=self._mirror_name(journal, "exact_journal_id"),
        )
        label = self.env._("Currency refused by the journal of %s", self._named(journal))
        return self._of_mapping("currency_refused", told, journal or record, label)

    @api.model
    def _explain_payment_condition_refused(self, record, text):
        term = self._culprit(record, PAYMENT_CONDITION, text)
        if term:
            told = self.env._(
                "Exact Online wants another payment condition than %(condition)s, that of the "
                "payment term %(term)s. Choose one on the payment term.",
                condition=self._mirror_name(term, "exact_payment_condition_id"),
                term=term.name,
            )
            label = self.env._("Payment condition of %s refused", term.name)
            return self._of_mapping("payment_condition_refused", told, term, label)
        contact = self._contact_of(record)
        told = self.env._(
            "Exact Online finds no payment condition: not on the document, not on %s, and none for "
            "the administration. Give the document or the contact a payment term that is mapped.",
            self._named(contact),
        )
        label = self.env._("No payment condition")
        return self._of_contact("payment_condition_refused", told, contact or record, label)

    @api.model
    def _explain_vat_code_refused(self, record, text):
        tax = self._culprit(record, VAT_CODE, text)
        told = self.env._(
            "Exact Online does not take the VAT code %(code)s of the tax %(tax)s here. Choose "
            "another VAT code on the tax.",
            code=self._mirror_name(tax, "exact_vat_code_id"),
            tax=self._named(tax),
        )
        label = self.env._("VAT code of tax %s refused", self._named(tax))
        return self._of_mapping("vat_code_refused", told, tax or record, label)

    @api.model
    def _explain_vat_inclusive(self, record, text):
        tax = self._culprit(record, VAT_CODE, text)
        told = self.env._(
            "The VAT code %(code)s of the tax %(tax)s reckons with amounts that include VAT, so "
            "that Exact Online comes to another VAT. Choose a code that excludes VAT on the tax.",
            code=self._mirror_name(tax, "exact_vat_code_id"),
            tax=self._named(tax),
        )
        label = self.env._("VAT code of tax %s includes VAT", self._named(tax))
        return self._of_mapping("vat_inclusive", told, tax or record, label)

    @api.model
    def _explain_gl_account_refused(self, record, text):
        account = self._culprit(record, GL_ACCOUNT, text)
        told = self.env._(
            "Exact Online does not take the GL account %(name)s here: it is blocked, no longer "
            "there, or of a type that does not go with this. Choose another one on the account "
            "%(account)s.",
            name=self._mirror_name(account, "exact_gl_account_id"),
            account=self._named(account),
        )
        label = self.env._("GL account of %s refused", self._named(account))
        return self._of_mapping("gl_account_refused", told, account or record, label)

    @api.model
    def _explain_control_account_differs(self, record, text):
        journal = self._culprit(record, JOURNAL, text)
        told = self.env._(
            "In Exact Online %(contact)s has another account for what is owed than the journal "
            "%(journal)s. Choose a journal with the contact's account here, or have the relation's "
            "account changed in Exact Online.",
            contact=self._named(self._contact_of(record)),
            journal=self._mirror_name(journal, "exact_journal_id"),
        )
        label = self.env._("Account of the relation is not that of the journal")
        return self._of_mapping("control_account_differs", told, journal or record, label)

    @api.model
    def _explain_dimension_refused(self, record, text):
        analytic = self._culprit(record, COST_CENTER, text)
        told = self.env._(
            "Exact Online does not take the cost centre or cost unit of %s: it is another one "
            "there, or missing. Choose one on the analytic account.",
            self._named(analytic),
        )
        label = self.env._("Cost centre or unit of %s refused", self._named(analytic))
        return self._of_mapping("dimension_refused", told, analytic or record, label)

    @api.model
    def _of_mapping(self, cause, text, mend, label):
        """Mended on the form of the record that is mapped, or on what refers to it."""
        fixes = {
            "account.account": self.env._("Open the account"),
            "account.analytic.account": self.env._("Open the analytic account"),
            "account.journal": self.env._("Open the journal"),
            "account.payment.term": self.env._("Open the payment term"),
            "account.tax": self.env._("Open the tax"),
            "res.company": self.env._("Open the company"),
        }
        fix = fixes.get(mend._name) or self.env._("Open %s", self._named(mend))
        return Finding(text, mend, cause=cause, fix=fix, label=label)

    @api.model
    def _named(self, record):
        return record.display_name if record else "?"

    @api.model
    def _mirror_name(self, owner, field):
        """What a record is mapped to, as a person knows it."""
        mirror = owner and field in owner._fields and owner[field]
        return mirror.display_name if mirror else "?"

    # -- amounts ----------------------------------------------------------------------------------

    @api.model
    def _explain_out_of_balance_there(self, record, text):
        told = self.env._(
            "Exact Online comes to another total for %s, mostly by a cent of rounding. Calibrate "
            "the administration, so that its rounding of VAT is known; or change the tax rounding "
            "or the lines of the document. A real difference belongs on an account for "
            "differences.",
            self._label(record),
        )
        label = self.env._("Out of balance in Exact Online")
        return self._of_record("out_of_balance_there", told, record, label)

    # -- contacts ---------------------------------------------------------------------------------

    @api.model
    def _explain_not_a_customer(self, record, text):
        contact = self._contact_of(record)
        told = self.env._(
            "%s is not a customer in Exact Online. The button makes it one there and tries again.",
            self._named(contact),
        )
        label = self.env._("Not a customer in Exact Online")
        fix = self.env._("Make it a customer in Exact")
        return self._to_get_role("not_a_customer", told, contact, fix, label)

    @api.model
    def _explain_not_a_supplier(self, record, text):
        contact = self._contact_of(record)
        told = self.env._(
            "%s is not a supplier in Exact Online. The button makes it one there and tries again.",
            self._named(contact),
        )
        label = self.env._("Not a supplier in Exact Online")
        fix = self.env._("Make it a supplier in Exact")
        return self._to_get_role("not_a_supplier", told, contact, fix, label)

    @api.model
    def _to_get_role(self, cause, text, contact, fix, label):
        """Mended by giving the relation its role in Exact, after which it is tried again."""
        return Finding(text, contact, cause=cause, fix=fix, label=label, action="role")

    @api.model
    def _explain_contact_incomplete(self, record, text):
        contact = self._contact_of(record)
        told = self.env._(
            "Exact Online misses something of %(contact)s: %(text)s. Complete the contact: name, "
            "address, country.",
            contact=self._named(contact),
            text=text,
        )
        label = self.env._("Contact not complete")
        return self._of_contact("contact_incomplete", told, contact or record, label)

    @api.model
    def _explain_email_refused(self, record, text):
        contact = self._contact_of(record)
        told = self.env._(
            "Exact Online does not take the e-mail address %(email)s of %(contact)s. It takes one "
            "address, such as name@example.com.",
            email=contact.email or "?",
            contact=self._named(contact),
        )
        label = self.env._("E-mail address refused")
        return self._of_contact("email_refused", told, contact or record, label)

    @api.model
    def _explain_vat_number_refused(self, record, text):
        contact = self._contact_of(record)
        told = self.env._(
            "Exact Online does not take the VAT number %(vat)s of %(contact)s. One of its country "
            "looks like %(pattern)s.",
            vat=contact.vat or "?",
            contact=self._named(contact),
            pattern=VAT_NUMBERS.get(contact.country_id.code)
            or self.env._("the country's letters and the number"),
        )
        label = self.env._("VAT number refused")
        return self._of_contact("vat_number_refused", told, contact or record, label)

    @api.model
    def _of_contact(self, cause, text, contact, label):
        fix = self.env._("Complete the contact")
        return Finding(text, contact, cause=cause, fix=fix, label=label)

    @api.model
    def _explain_link_stale(self, record, text):
        contact = self._contact_of(record)
        binding = contact and self._of_kind("contact")._binding(contact)
        told = self.env._(
            "Exact Online no longer knows the relation that %s is linked to. Open the link and "
            "press “No longer that record”: it is then looked for anew.",
            self._named(contact),
        )
        return self._of_link("link_stale", told, binding or contact or record)

    @api.model
    def _explain_gone(self, record):
        """What Odoo has a link to is no longer in Exact."""
        binding = self._binding(record) if self._resource else None
        told = self.env._(
            "What %s is linked to is no longer in Exact Online. Open the link and press that it is "
            "no longer that record: it is then looked for anew, and created only where it is not "
            "found.",
            self._label(record),
        )
        return self._of_link("gone_there", told, binding or record)

    @api.model
    def _of_link(self, cause, text, mend):
        label = self.env._("Link to what is no longer in Exact")
        is_link = mend._name == "exact.binding"
        fix = self.env._("Open the link") if is_link else self.env._("Open %s", self._named(mend))
        return Finding(text, mend, cause=cause, fix=fix, label=label)

    @api.model
    def _of_record(self, cause, text, record, label):
        """Mended in the document, or in the record itself."""
        mend = self._document_of(record) or record
        fix = self.env._("Open %s", self._label(record))
        return Finding(text, mend, cause=cause, fix=fix, label=label)
