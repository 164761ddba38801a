# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class AccountAccount(models.Model):
    _inherit = "account.account"

    exact_gl_account_id = fields.Many2one(
        "exact.gl.account",
        string="Exact Online GL account",
        company_dependent=True,
        copy=False,
        help="The account of the administration in which this account's lines are booked.",
    )
    exact_takes_mirrored = fields.Boolean(
        string="Takes entries from Exact Online",
        company_dependent=True,
        copy=False,
        help="Of several accounts with the same GL account of Exact: entries that are mirrored "
        "from Exact Online are booked in this one.",
    )

    def _exact_mapped_to(self, gl_accounts):
        """The accounts of the company that are mapped to these GL accounts."""
        return self.search([("exact_gl_account_id", "in", gl_accounts.ids)])
