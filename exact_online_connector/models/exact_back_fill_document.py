# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class ExactBackFillPart(models.AbstractModel):
    """A row of a back-fill, made by it alone and gone with it."""

    _name = "exact.back.fill.part"
    _description = "Part of Exact Online Past Documents"

    back_fill_id = fields.Many2one(
        "exact.back.fill", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="back_fill_id.company_id", store=True, index=True)


class ExactBackFillDocument(models.Model):
    """One document of a back-fill, as it was counted."""

    _name = "exact.back.fill.document"
    _inherit = ["exact.back.fill.part"]
    _description = "Exact Online Past Document"
    _rec_name = "move_id"

    move_id = fields.Many2one(
        "account.move", string="Document", required=True, readonly=True, ondelete="cascade"
    )
    operation = fields.Char(required=True, readonly=True)
    resource = fields.Char(required=True, readonly=True)
    has_pdf = fields.Boolean(string="With PDF", readonly=True)
    cause_ids = fields.Many2many(
        "exact.back.fill.cause", string="Held back by", readonly=True, ondelete="cascade"
    )
    candidate_ids = fields.One2many("exact.back.fill.candidate", "document_id", readonly=True)

    _move_uniq = models.Constraint("UNIQUE(back_fill_id, move_id)", "A document counts once.")
    _move_idx = models.Index("(move_id)")

    def _open_moves(self, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", self.move_id.ids)],
            "context": {"create": False},
        }


class ExactBackFillCause(models.Model):
    """What holds back a number of documents, and the record that mends it."""

    _name = "exact.back.fill.cause"
    _inherit = ["exact.back.fill.part"]
    _description = "Cause that Holds Back Past Documents"
    _rec_name = "text"

    key = fields.Char(required=True, readonly=True)
    text = fields.Text(required=True, readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field="res_model", readonly=True)
    fix = fields.Char(string="What to do", readonly=True)
    document_ids = fields.Many2many("exact.back.fill.document", readonly=True)
    document_count = fields.Integer(string="Documents", compute="_compute_document_count")

    _key_uniq = models.Constraint("UNIQUE(back_fill_id, key)", "A cause is listed once.")

    def _compute_document_count(self):
        counts = dict(
            self.env["exact.back.fill.document"]._read_group(
                [("cause_ids", "in", self.ids)], ["cause_ids"], ["__count"]
            )
        )
        for cause in self:
            cause.document_count = counts.get(cause, 0)

    @api.model
    def _of_finding(self, back_fill, finding, move):
        """The cause of a finding about ``move``, listed when it is not yet."""
        key, text, mend = cause_of(finding, move)
        cause = self.search([("back_fill_id", "=", back_fill.id), ("key", "=", key)])
        return cause or self.create(
            {
                "back_fill_id": back_fill.id,
                "key": key,
                "text": text,
                "fix": finding.fix,
                "res_model": mend._name if mend else False,
                "res_id": mend.id if mend else False,
            }
        )

    def action_fix(self):
        """Open the record that mends it."""
        self.ensure_one()
        if not self.res_id:
            return self.action_documents()
        return self.env[self.res_model].browse(self.res_id)._get_records_action(context={})

    def action_documents(self):
        """Open the documents that it holds back."""
        self.ensure_one()
        return self.document_ids._open_moves(self.text)


def cause_of(finding, move):
    """``(key, text, record that mends all)``: findings with one key have one cause."""
    if finding.mend and finding.mend != move:
        key = f"{finding.cause} {finding.mend._name},{finding.mend.id}"
        return key, finding.text, finding.mend
    text = finding.text.replace(move.name, "...")
    return f"{finding.cause} {text}", text, None
