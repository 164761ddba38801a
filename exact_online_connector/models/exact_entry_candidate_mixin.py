# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

QUEUE = "exact.sync.queue"


class ExactEntryCandidateMixin(models.AbstractModel):
    """An entry of Exact that may be a document of Odoo, and how the two are linked: without a
    call, and nothing is sent.
    """

    _name = "exact.entry.candidate.mixin"
    _description = "Entry of Exact Online that May be a Document"

    exact_id = fields.Char(string="Exact ID", required=True, readonly=True)
    exact_number = fields.Char(string="Number in Exact", readonly=True)
    exact_reference = fields.Char(string="Reference in Exact", readonly=True)
    exact_date = fields.Date(string="Date in Exact", readonly=True)
    exact_account_id = fields.Char(string="Exact ID of the contact", readonly=True)
    exact_account_code = fields.Char(string="Code of the contact in Exact", readonly=True)
    exact_account_name = fields.Char(string="Contact in Exact", readonly=True)
    exact_amount = fields.Char(string="Amount in Exact", readonly=True)
    difference = fields.Text(readonly=True)

    # -- what is searched, and for what -----------------------------------------------------------

    def _search_of(self):
        """Who searches: a record with a company, an administration and its operations."""
        raise NotImplementedError

    def _document_of(self):
        """What is searched for: a record with a document, the operation that carries it and
        Exact's resource.
        """
        raise NotImplementedError

    def _is_free(self, move):
        """Whether a document is not on its way to Exact at this moment."""
        raise NotImplementedError

    def _is_of_same_contact(self):
        """Whether the entry's relation is to be the document's contact."""
        return True

    def _back_fill(self):
        """The back-fill that linked it, for its queue item; None when none did."""
        return None

    # -- linking ----------------------------------------------------------------------------------

    def _link(self, accepted_by=None):
        """Bind the document, and its contact where it is not bound yet, to what is in Exact.

        What cannot be linked after all is refused in words. No call is made.

        :return: whether it is linked
        """
        self.ensure_one()
        search, document = self._search_of()._in_context(), self._document_of()
        operation = search._operation(document.operation)
        move = operation.env["account.move"].browse(document.move_id.id)
        obstacle = self._obstacle(search, operation, move)
        if obstacle:
            self.write({"state": "refused", "difference": obstacle})
            return False
        contact, partner = search._operation("contact"), move.commercial_partner_id
        if self._binds_contact(contact, partner):
            self._bind(contact, partner, self.exact_account_id, self.exact_account_code)
        self._bind(operation, move, self.exact_id, self.exact_number)
        self._note(operation, move, accepted_by)
        self.state = "linked"
        return True

    def _obstacle(self, search, operation, move):
        """Why it cannot be linked, in words, or None."""
        if move.state != "posted":
            return self.env._("%s is not posted any more.", move.name)
        if operation._is_in_exact(move):
            return self.env._(
                "%(number)s is linked already, to %(exact)s.",
                number=move.name,
                exact=operation._binding(move).code or operation._exact_id(move),
            )
        if not self._is_free(move):
            return self.env._("%s is on its way to Exact Online.", move.name)
        taken = self._taken(search.division_id, operation._resource, self.exact_id, move)
        contact, partner = search._operation("contact"), move.commercial_partner_id
        if taken or not self._binds_contact(contact, partner):
            return taken
        return self._taken(search.division_id, contact._resource, self.exact_account_id, partner)

    @api.model
    def _taken(self, division, resource, exact_id, record):
        """Whether Exact's record is linked to another record of Odoo, in words, or None."""
        binding = self.env["exact.binding"]._of_exact_id(division, resource, exact_id)
        if not binding or (binding.res_model, binding.res_id) == (record._name, record.id):
            return None
        other = binding._living_record()
        return self.env._(
            "In Exact Online this is linked to %s already.",
            other.display_name or self.env._("a record that was deleted"),
        )

    def _binds_contact(self, contact, partner):
        return self._is_of_same_contact() and not contact._exact_id(partner)

    def _bind(self, operation, record, exact_id, code):
        """What is in Exact already stays as it is there."""
        search = self._search_of()
        self.env["exact.binding"]._link(
            search.division_id, search.company_id, operation._resource, record, exact_id, code
        )

    def _note(self, operation, move, accepted_by):
        self.env[QUEUE].sudo()._note_linked(
            operation,
            move,
            self._search_of().company_id,
            self.exact_number,
            self._evidence(accepted_by),
            self._back_fill(),
        )

    @api.model
    def _evidence(self, accepted_by):
        if not accepted_by:
            return self.env._(
                "Found in Exact Online as %(number)s of %(date)s: the same number, the same "
                "contact, the same total (%(amount)s). Linked to it; nothing was sent.",
                number=self.exact_number,
                date=self.exact_date,
                amount=self.exact_amount,
            )
        return self.env._(
            "Linked to %(number)s of %(date)s by %(user)s; nothing was sent. It differed:\n"
            "%(difference)s",
            number=self.exact_number,
            date=self.exact_date,
            user=accepted_by.name,
            difference=self.difference or "-",
        )
