# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..exact_api import odata
from .verdicts import Outcome

# Document types, also of credit notes. administration-defaults.md §5
SALES_INVOICE, PURCHASE_INVOICE, MISCELLANEOUS = 10, 20, 55
LINK = "FinancialTransactionEntryID"  # the entry of a document


class ExactOperationDocument(models.AbstractModel):
    """The document that carries a document's file: ``documents/Documents``. facts.md §4.8

    It goes before the entry, which then names it: one write less than linking afterwards. One
    that comes after the entry names the entry, which is not touched so.
    """

    _name = "exact.operation.document"
    _inherit = ["exact.operation"]
    _description = "Document"

    _resource = "documents/Documents"
    _select = (
        "ID",
        "Subject",
        "Type",
        "Account",
        "AmountFC",
        "Currency",
        "HID",
        "DocumentViewUrl",
        LINK,
    )
    _complete_with = "Subject"
    _priority = 20

    @api.model
    def _label(self, move):
        return move.name if move.exists() else self._binding(move).own_key

    @api.model
    def _is_wanted(self, move):
        return self._of_kind(move._exact_kind())._is_wanted(move) if move.exists() else False

    @api.model
    def _withdrawn(self, move):
        return self._of_kind(move._exact_kind())._withdrawn(move)

    @api.model
    def _task(self, move):
        """It goes with the entry that names it."""
        binding = self._binding(move)
        if binding.is_document_only:
            return self._of_kind("inbox")._task(move)
        if not binding.exact_id or binding.adopted or self._is_wanted(move):
            return "send"
        return "send" if self._is_named(move) else "remove"

    @api.model
    def _is_named(self, move):
        """Whether an entry of the document is in Exact still, or may be."""
        return bool(
            self.env["exact.binding"]
            .sudo()
            .search_count(
                [
                    ("division_id", "=", self._division().id),
                    ("res_model", "=", move._name),
                    ("res_id", "=", move.id),
                    ("resource", "!=", self._resource),
                    "|",
                    ("exact_id", "!=", False),
                    ("intended_on", "!=", False),
                ],
                limit=1,
            )
        )

    @api.model
    def _is_in_place(self, move):
        """In Exact as it is now: its subject is the document's number."""
        binding = self._binding(move)
        return bool(binding.exact_id) and self._is_unchanged(move, binding)

    @api.model
    def _requires(self, move):
        if move.commercial_partner_id:
            yield "contact", move.commercial_partner_id

    @api.model
    def _begin(self, move, task):
        """Note how it went, whatever its journal says later."""
        step = super()._begin(move, task)
        if task == "send":
            self._binding(move).is_document_only = self._is_alone(move)
        return step

    @api.model
    def _is_alone(self, move):
        """Whether no entry is booked with it."""
        return move._exact_kind() == "inbox"

    @api.model
    def _payload(self, move):
        payload = {
            "Subject": self._subject(move),
            "Type": self._document_type(move),
            "Account": self._account(move),
            "DocumentDate": self._date(move.invoice_date or move.date),
        }
        payload = self._filled(payload)
        if self._is_alone(move):
            payload |= {"AmountFC": self._total(move), "Currency": move.currency_id.name}
        entry = self._entry_before(move)
        return {**payload, LINK: entry} if entry else payload

    @api.model
    def _digest(self, payload):
        """The entry is named once, when the document is created."""
        return super()._digest({name: payload[name] for name in payload if name != LINK})

    @api.model
    def _own_key(self, move):
        return self._subject(move)

    @api.model
    def _subject(self, move):
        """Whoever books it from the file looks for the supplier's own number."""
        if not self._is_alone(move) or not move.ref:
            return move.name
        return f"{move.ref} ({move.name})"

    @api.model
    def _total(self, move):
        return self._of_kind(move._exact_entry_kind())._total(move)

    @api.model
    def _entry_before(self, move):
        """The entry that Odoo booked before there was a document, if it did."""
        if self._exact_id(move) or self._is_alone(move):
            return None
        booked = self._of_kind(move._exact_kind())._binding(move)
        return None if booked.adopted else booked.exact_id or None

    @api.model
    def _document_type(self, move):
        if move.move_type == "entry":
            return MISCELLANEOUS
        return PURCHASE_INVOICE if move.is_purchase_document() else SALES_INVOICE

    @api.model
    def _account(self, move):
        """Whose it is; None of a miscellaneous entry without a partner."""
        return self._of_kind("contact")._exact_id(move.commercial_partner_id)

    @api.model
    def _look_up(self, client, move):
        condition = odata.eq("Subject", odata.text(self._key_sent(move)))
        account = self._account(move)
        if account:
            condition = odata.both(condition, odata.eq("Account", odata.guid(account)))
        return self._read_where(client, condition)

    @api.model
    def _update(self, client, move, step):
        client.put(self._division().code, self._resource, step.exact_id, step.payload)
        return Outcome({"ID": step.exact_id}, "updated")

    @api.model
    def _depart(self, move, outcome):
        """Its files go with it."""
        files = self._of_kind("attachment")._bindings_of(self._exact_id(move))
        files._let_go()
        binding = super()._depart(move, outcome)
        binding.write({"is_document_only": False, "noted": False})
        return binding

    @api.model
    def _prove(self, move, remote):
        return [
            *self._compare(self.env._("Subject"), self._subject(move), remote["Subject"]),
            *self._compare(
                self.env._("Document type"), self._document_type(move), remote["Type"]
            ),
            *self._compare(self.env._("Contact"), self._account(move), remote["Account"]),
            *self._prove_amount(move, remote),
        ]

    @api.model
    def _prove_amount(self, move, remote):
        """Of one that is not booked from Odoo: what the bookkeeper is told it comes to."""
        if not self._is_alone(move):
            return []
        amount = self._amount(float(odata.parse_amount(remote["AmountFC"] or 0)), move.currency_id)
        return [
            *self._compare(self.env._("Total"), self._total(move), amount),
            *self._compare(self.env._("Currency"), move.currency_id.name, remote["Currency"]),
        ]

    @api.model
    def _number(self, remote):
        return str(remote["HID"]) if remote.get("HID") else None

    @api.model
    def _store(self, move, outcome, payload):
        binding = super()._store(move, outcome, payload)
        binding.url = outcome.remote.get("DocumentViewUrl") or binding.url
        if LINK in payload:
            self._of_kind(move._exact_kind())._note_document(move)
        return binding
