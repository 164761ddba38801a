# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..operations.entry_description import PLACEHOLDERS, wrong_placeholder
from .res_company import PAYMENT_MODES


class AccountJournal(models.Model):
    _inherit = "account.journal"

    exact_division_id = fields.Many2one(related="company_id.exact_division_id")
    exact_journal_id = fields.Many2one(
        "exact.journal",
        string="Exact Online journal",
        copy=False,
        domain="[('division_id', '=', exact_division_id)]",
        ondelete="restrict",
    )
    exact_credit_journal_id = fields.Many2one(
        "exact.journal",
        string="Exact Online journal for credit notes",
        copy=False,
        domain="[('division_id', '=', exact_division_id)]",
        ondelete="restrict",
        help="Only where the administration keeps credit notes in a journal of their own.",
    )
    exact_is_sent = fields.Boolean(
        string="Send to Exact Online",
        compute="_compute_exact_is_sent",
        store=True,
        readonly=False,
        help="Whether the documents of this journal are booked in Exact Online. Sales are from "
        "the start, purchases and miscellaneous entries once you say so.",
    )
    exact_mode = fields.Selection(
        [
            ("posting", "On posting"),
            ("scheduled", "Scheduled"),
            ("button", "By button only"),
        ],
        string="When",
        default="posting",
        required=True,
        help="On posting: as soon as a document is posted. Scheduled: once a day, what was posted "
        "since. By button only: what somebody sends by the button on the document, by Send to "
        "Exact Online in the Action menu, or by the export. What is in Exact already is always "
        "compared again when it is posted anew.",
    )
    exact_attachment_policy = fields.Selection(
        [
            ("none", "Booking without document"),
            ("main", "Booking with the PDF"),
            ("all", "Booking with the PDF and all attachments"),
            ("only", "PDF only, to be booked in Exact"),
        ],
        string="What is sent",
        default="main",
        required=True,
        help="The PDF is that of an invoice; of a bill it is the file that came from the supplier. "
        "With all attachments, whatever else is attached goes along, also what is attached later. "
        "PDF only: the document and its files lie in Exact Online for the bookkeeper, who books "
        "from them; Odoo books nothing there.",
    )
    exact_description = fields.Char(
        string="Description in Exact Online",
        help="The description of each entry, with placeholders that are filled in from the "
        "document: {origin} the source document, {reference}, {number} Odoo's own, {partner}, "
        "{salesperson} and {narration} the terms and conditions. For example: {partner} {origin}. "
        "Exact keeps 60 characters. Leave it empty for the usual description: of an invoice its "
        "reference, source document or customer; of a bill Odoo's number.",
    )
    exact_notes = fields.Text(
        string="Notes in Exact Online",
        help="What goes along as the notes of each entry's first line, with the same placeholders; "
        "a line that gives nothing is left out. Leave it empty for no notes.",
    )

    exact_payment_mode = fields.Selection(
        PAYMENT_MODES,
        string="Payments of its documents",
        help="Empty: as the company has it.",
    )

    def write(self, vals):
        """What is shown and booked of the payments of its documents follows the mode."""
        result = super().write(vals)
        if "exact_payment_mode" in vals:
            settlements = self.env["exact.settlement"].sudo()
            moves = settlements.search([("move_id.journal_id", "in", self.ids)]).move_id
            settlements._show(moves.ids)
            settlements._conclude_anew(moves)
        return result

    @api.depends("type")
    def _compute_exact_is_sent(self):
        for journal in self:
            journal.exact_is_sent = journal.type == "sale"

    @api.constrains("exact_description", "exact_notes")
    def _check_exact_templates(self):
        templates = self.mapped("exact_description") + self.mapped("exact_notes")
        for template in filter(None, templates):
            try:
                wrong = wrong_placeholder(template)
            except ValueError:
                raise ValidationError(self._exact_braces_text(template)) from None
            if wrong is not None:
                raise ValidationError(self._exact_placeholder_text(wrong))

    @api.model
    def _exact_braces_text(self, template):
        return self.env._(
            "The braces in '%(template)s' do not match. Write a placeholder as "
            "one of these: %(known)s.",
            template=template,
            known=self._exact_placeholders(),
        )

    @api.model
    def _exact_placeholder_text(self, name):
        return self.env._(
            "There is no placeholder {%(name)s}. Use one of these: %(known)s.",
            name=name,
            known=self._exact_placeholders(),
        )

    @api.model
    def _exact_placeholders(self):
        return ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
