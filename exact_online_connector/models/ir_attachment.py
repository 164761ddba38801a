# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

BELONGS = {"res_model", "res_id", "res_field", "type"}  # to which record, and as what


class IrAttachment(models.Model):
    """A file of a document follows it to Exact when it comes or goes later."""

    _inherit = "ir.attachment"

    exact_is_print = fields.Boolean(
        string="Odoo's own print",
        copy=False,
        help="Made by Odoo, for a customer or before its document was reset to draft: it does not "
        "go along to Exact Online beside the document's PDF.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("exact_prints"):
            vals_list = [{**vals, "exact_is_print": True} for vals in vals_list]
        created = super().create(vals_list)
        files = created._exact_files()
        files._exact_documents()._exact_got_files(files)
        return created

    def write(self, vals):
        if not BELONGS & vals.keys():
            return super().write(vals)
        before = {file: file.res_id for file in self._exact_files()}
        result = super().write(vals)
        now = self._exact_files()
        now._exact_documents()._exact_got_files(now)
        lost = [file for file in before if file not in now or file.res_id != before[file]]
        self._exact_lose({file.id: before[file] for file in lost})
        return result

    def unlink(self):
        lost = {file.id: file.res_id for file in self._exact_files()}
        result = super().unlink()
        self._exact_lose(lost)
        return result

    def _exact_files(self):
        """Those of these that a person or a supplier gave with a document."""
        return self.sudo().filtered(
            lambda file: file.res_model == "account.move"
            and file.res_id
            and not file.res_field
            and file.type == "binary"
            and not file.exact_is_print
        )

    def _exact_documents(self):
        return self.env["account.move"].browse(set(self.mapped("res_id"))).exists()

    @api.model
    def _exact_lose(self, lost):
        """Have files follow that were taken off a document: ``{ID of the file: ID of the move}``.
        With a document that is deleted go its files, and with what is in Exact theirs.
        """
        if not lost:
            return
        in_exact = self.env["exact.binding"].sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", list(lost)),
                ("exact_id", "!=", False),
            ]
        )
        files = self.sudo().browse(in_exact.mapped("res_id"))
        moves = self.env["account.move"].sudo().browse({lost[file.id] for file in files}).exists()
        for move in moves:
            move._exact_lost_files(files.filtered(lambda file, move=move: lost[file.id] == move.id))
