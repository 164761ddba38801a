# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..exact_api import odata

# Document types, also of credit notes. administration-defaults.md §5
SALES_INVOICE, PURCHASE_INVOICE = 10, 20


class ExactOperationDocument(models.AbstractModel):
    """The document that carries an invoice's file: ``documents/Documents``. facts.md §4.8

    It goes before the entry, which then names it: one write less than linking afterwards.
    """

    _name = "exact.operation.document"
    _inherit = ["exact.operation"]
    _description = "Document"

    _resource = "documents/Documents"
    _select = ("ID", "Subject", "Type", "Account", "HID", "DocumentViewUrl")
    _complete_with = "Subject"
    _priority = 20

    @api.model
    def _label(self, move):
        return move.name

    @api.model
    def _requires(self, move):
        yield "contact", move.commercial_partner_id

    @api.model
    def _payload(self, move):
        return {
            "Subject": move.name,
            "Type": self._document_type(move),
            "Account": self._account(move),
            "DocumentDate": self._date(move.invoice_date),
        }

    @api.model
    def _document_type(self, move):
        return PURCHASE_INVOICE if move.is_purchase_document() else SALES_INVOICE

    @api.model
    def _account(self, move):
        return self._of_kind("contact")._exact_id(move.commercial_partner_id)

    @api.model
    def _look_up(self, client, move):
        condition = odata.both(
            odata.eq("Subject", odata.text(self._key_sent(move))),
            odata.eq("Account", odata.guid(self._account(move))),
        )
        return self._read_where(client, condition)

    @api.model
    def _prove(self, move, remote):
        return [
            *self._compare(self.env._("Subject"), move.name, remote["Subject"]),
            *self._compare(
                self.env._("Document type"), self._document_type(move), remote["Type"]
            ),
            *self._compare(self.env._("Contact"), self._account(move), remote["Account"]),
        ]

    @api.model
    def _number(self, remote):
        return str(remote["HID"]) if remote.get("HID") else None

    @api.model
    def _store(self, move, outcome, payload):
        binding = super()._store(move, outcome, payload)
        binding.url = outcome.remote.get("DocumentViewUrl")
        return binding
