# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


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
