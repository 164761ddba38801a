# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


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
        "the start, purchases once you say so.",
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
        "since. By button only: what somebody chooses with Send to Exact Online, in the Action "
        "menu. What is in Exact already is always compared again when it is posted anew.",
    )
    exact_attachment_policy = fields.Selection(
        [("none", "No document"), ("main", "The PDF")],
        string="Document",
        default="main",
        required=True,
        help="The PDF of an invoice; of a bill the file that came from the supplier.",
    )

    @api.depends("type")
    def _compute_exact_is_sent(self):
        for journal in self:
            journal.exact_is_sent = journal.type == "sale"
