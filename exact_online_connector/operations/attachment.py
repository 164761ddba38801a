# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..exact_api import odata
from .verdicts import Finding


class ExactOperationAttachment(models.AbstractModel):
    """A file of a document: ``documents/DocumentAttachments``. facts.md §4.8

    A step of its own, so that a failed upload never books an invoice again.
    """

    _name = "exact.operation.attachment"
    _inherit = ["exact.operation"]
    _description = "PDF"

    _resource = "documents/DocumentAttachments"
    _select = ("ID", "Document", "FileName", "FileSize")
    _complete_with = "FileSize"
    _priority = 10

    @api.model
    def _label(self, attachment):
        return attachment.name

    @api.model
    def _move(self, attachment):
        return self.env[attachment.res_model].browse(attachment.res_id)

    @api.model
    def _file_of(self, move):
        """The file that goes along: of a bill the original, as the supplier sent it.

        Of an invoice its PDF: the one that is on its way already, else the one that the customer
        got, else one that is made and kept, so that each attempt sends the same bytes.
        """
        if move.is_purchase_document():
            return move.message_main_attachment_id
        files = move.invoice_pdf_report_id | move._exact_kept_pdf()
        begun = files.filtered(self._binding)
        return begun[:1] or files[:1] or move._exact_make_pdf()

    @api.model
    def _requires(self, attachment):
        yield "document", self._move(attachment)

    @api.model
    def _preflight(self, attachment):
        if attachment.raw:
            return []
        text = self.env._("The file %s is empty.", attachment.name)
        return [Finding(text, self._move(attachment), cause="file_empty")]

    @api.model
    def _payload(self, attachment):
        return {
            "Document": self._document(attachment),
            "FileName": attachment.name,
            "Attachment": attachment.raw,
        }

    @api.model
    def _document(self, attachment):
        return self._of_kind("document")._exact_id(self._move(attachment))

    @api.model
    def _send(self, client, payload):
        return client.upload(
            self._division().code,
            payload["Document"],
            payload["FileName"],
            payload["Attachment"],
        )

    @api.model
    def _look_up(self, client, attachment):
        document = odata.guid(self._document(attachment))
        rows = self._read_where(client, odata.eq("Document", document))
        return [row for row in rows if row["FileName"] == self._key_sent(attachment)]

    @api.model
    def _prove(self, attachment, remote):
        return [
            *self._compare(self.env._("File name"), attachment.name, remote["FileName"]),
            *self._compare(self.env._("File size"), len(attachment.raw), int(remote["FileSize"])),
        ]
