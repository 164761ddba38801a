# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..exact_api import odata
from .verdicts import Finding

# System parameters, and what holds where they say nothing. facts.md §4.8
SIZE_PARAMETER = "exact_online_connector.attachment_megabytes"
MEGABYTES = 10  # of one file
MEGABYTE = 1_000_000
ENDINGS_PARAMETER = "exact_online_connector.refused_file_endings"
ENDINGS = "bat, cmd, com, exe, js, msi, ps1, scr, sh, vbs"  # programs and scripts
TAKE_ALL = ("all", "only")  # attachment policies under which every file goes along


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
        return attachment.name if attachment.exists() else self._binding(attachment).own_key

    @api.model
    def _move(self, attachment):
        return self.env[attachment.res_model].browse(attachment.res_id)

    @api.model
    def _document_of(self, attachment):
        return self._move(attachment)

    @api.model
    def _file_of(self, move):
        """The file that goes along: of a bill the original, as the supplier sent it; of a
        miscellaneous entry what is attached to it.

        Of an invoice its PDF: the one that is on its way already, else the one that the customer
        got, else one that is made and kept, so that each attempt sends the same bytes.
        """
        files = self._current_files(move)
        if move._exact_keeps_original():
            return files
        begun = files.filtered(self._binding)
        return begun[:1] or files[:1] or move._exact_make_pdf()

    @api.model
    def _files_of(self, move):
        """All files that go along, in order: the document's own, then its other attachments."""
        return self._file_of(move) | self._other_files(move)

    @api.model
    def _other_files(self, move):
        """What else is attached to the document, oldest first, where its journal wants all."""
        if move.journal_id.exact_attachment_policy not in TAKE_ALL:
            return self.env["ir.attachment"]
        return move._exact_attached()

    @api.model
    def _kept_files(self, move):
        """Of the files that go along those that need not be made first."""
        return self._current_files(move) | self._other_files(move)

    @api.model
    def _is_own_in(self, move, sent):
        """Whether the document's own file is in ``sent``, a set of ids; a bill may have none, of
        an invoice one would be made.
        """
        own = set(self._current_files(move).ids)
        return bool(own & sent or (not own and move._exact_keeps_original()))

    @api.model
    def _are_all_in(self, move, sent):
        """Whether nothing that goes along is missing in ``sent``, a set of ids."""
        return self._is_own_in(move, sent) and sent.issuperset(self._other_files(move).ids)

    @api.model
    def _late_files(self, move, document):
        """What goes along and is not in its document yet. What takes the place of a file that is
        there is not late: that is a change of the document.
        """
        sent = self._sent_of(document)
        files = self._other_files(move) if sent else self._files_of(move)
        return files.filtered(lambda file: file.id not in sent)

    @api.model
    def _sent_of(self, document):
        """The ids of the files that Odoo put into a document of Exact."""
        return set(self._bindings_of(document).mapped("res_id"))

    @api.model
    def _current_files(self, move):
        """The files that are the document's now; a reset to draft makes an invoice's its past."""
        if move._exact_keeps_original():
            return self._original(move)
        return move.invoice_pdf_report_id | move._exact_kept_pdf()

    @api.model
    def _original(self, move):
        """Of a bill what the supplier sent, of a miscellaneous entry what is attached: the main
        attachment. Whoever attaches by other ways than a page of Odoo names none: then the first
        PDF, else the first file.
        """
        if move.message_main_attachment_id:
            return move.message_main_attachment_id
        files = move._exact_attached()
        return (files.filtered(lambda file: file.mimetype == "application/pdf") or files)[:1]

    @api.model
    def _bindings_of(self, document):
        """Of the files that Odoo put into a document of Exact."""
        return (
            self.env["exact.binding"]
            .sudo()
            .search(
                [
                    ("division_id", "=", self._division().id),
                    ("resource", "=", self._resource),
                    ("part_of", "=", document),
                    ("exact_id", "!=", False),
                ]
            )
            if document
            else self.env["exact.binding"]
        )

    @api.model
    def _is_wanted(self, attachment):
        return bool(
            attachment.exists()
            and attachment.res_model == "account.move"
            and attachment in self._kept_files(self._move(attachment))
        )

    @api.model
    def _withdrawn(self, attachment):
        if self._is_wanted(attachment):
            return None
        return self.env._("%s is no longer the document's file.", attachment.name)

    @api.model
    def _task(self, attachment):
        """A file that is no longer the document's does not stay beside the one that is."""
        is_in_exact = bool(self._exact_id(attachment))
        return "remove" if is_in_exact and not self._is_wanted(attachment) else "send"

    @api.model
    def _follow_ups(self, attachment):
        """What this file takes the place of."""
        binding = self._binding(attachment)
        return [
            ("attachment", attachment.browse(other.res_id))
            for other in self._bindings_of(binding.part_of) - binding
            if self._task(attachment.browse(other.res_id)) == "remove"
        ]

    @api.model
    def _store(self, attachment, outcome, payload):
        binding = super()._store(attachment, outcome, payload)
        # What is found of a lost answer and not wanted any more comes without a payload.
        binding.part_of = payload.get("Document") or self._document(attachment)
        return binding

    @api.model
    def _requires(self, attachment):
        yield "document", self._move(attachment)
        for older in self._in_doubt_before(attachment):
            yield "attachment", older

    @api.model
    def _in_doubt_before(self, attachment):
        """Older files of the document whose answer was lost: under one name, Exact does not tell
        which of two it holds.
        """
        older = attachment.sudo().search(
            [
                ("res_model", "=", attachment.res_model),
                ("res_id", "=", attachment.res_id),
                ("id", "<", attachment.id),
            ],
            order="id",
        )
        in_doubt = self.env["exact.binding"].search(
            [
                ("division_id", "=", self._division().id),
                ("resource", "=", self._resource),
                ("res_model", "=", attachment._name),
                ("res_id", "in", older.ids),
                ("own_key", "=", self._own_key(attachment)),
                ("exact_id", "=", False),
                ("intended_on", "!=", False),
            ]
        )
        return older.browse(in_doubt.mapped("res_id"))

    @api.model
    def _preflight(self, attachment):
        if attachment.raw:
            return self._preflight_travel(attachment)
        text = self.env._("The file %s is empty.", attachment.name)
        return [Finding(text, self._move(attachment), cause="file_empty")]

    @api.model
    def _preflight_travel(self, attachment):
        return [*self._preflight_type(attachment), *self._preflight_size(attachment)]

    @api.model
    def _preflight_type(self, attachment):
        """Exact does not say which types it takes: some never travel, as the administrator says."""
        ending = self._ending(attachment.name)
        if ending not in self._refused_endings():
            return []
        text = self.env._(
            "The file %(file)s is a program or script (.%(ending)s), and such files do not go "
            "along to Exact Online. Take it off the document, or put what it shows in a PDF.",
            file=attachment.name,
            ending=ending,
        )
        fix = self.env._("Open the document")
        return [Finding(text, self._move(attachment), cause="file_of_refused_type", fix=fix)]

    @api.model
    def _ending(self, name):
        return name.strip().lower().rpartition(".")[2] if "." in name else ""

    @api.model
    def _refused_endings(self):
        parameters = self.env["ir.config_parameter"].sudo()
        endings = parameters.get_param(ENDINGS_PARAMETER, ENDINGS)
        return {ending.strip(" .").lower() for ending in endings.split(",")} - {""}

    @api.model
    def _preflight_size(self, attachment):
        """Exact does not say how much it takes: the limit is the administrator's. facts.md §4.8"""
        limit = self._most_megabytes()
        if attachment.file_size <= limit * MEGABYTE:
            return []
        text = self.env._(
            "The file %(file)s has %(size)s MB, and at most %(limit)s MB go along to Exact "
            "Online. Take it off the document, or put a smaller one in its place.",
            file=attachment.name,
            size=f"{attachment.file_size / MEGABYTE:.1f}",
            limit=f"{limit:g}",
        )
        fix = self.env._("Open the document")
        return [Finding(text, self._move(attachment), cause="file_too_large", fix=fix)]

    @api.model
    def _most_megabytes(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return float(parameters.get_param(SIZE_PARAMETER, MEGABYTES))

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
        document = self._document(attachment)
        if not document:  # it is gone, and its files with it
            return []
        rows = self._read_where(client, odata.eq("Document", odata.guid(document)))
        others = self._bindings_of(document).mapped("exact_id")
        name = self._key_sent(attachment)
        return [row for row in rows if row["FileName"] == name and row["ID"] not in others]

    @api.model
    def _conflicts(self, attachment, remote):
        """Its name is the one that was sent, whatever it is called by now."""
        size = int(remote["FileSize"])
        return self._compare(self.env._("File size"), len(attachment.raw), size)

    @api.model
    def _prove(self, attachment, remote):
        return [
            *self._compare(self.env._("File name"), attachment.name, remote["FileName"]),
            *self._compare(self.env._("File size"), len(attachment.raw), int(remote["FileSize"])),
        ]
