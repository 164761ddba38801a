# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ExactMatchCandidate(models.Model):
    """One of several accounts of Exact that a contact might be."""

    _name = "exact.match.candidate"
    _description = "Candidate for a Contact"

    match_id = fields.Many2one("exact.match.partner", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="match_id.company_id", store=True)
    account_id = fields.Many2one(
        "exact.account", string="Relation", required=True, ondelete="cascade"
    )
    reason = fields.Char(string="Why", readonly=True)
    code = fields.Char(related="account_id.code")
    name = fields.Char(related="account_id.name")
    vat_number = fields.Char(related="account_id.vat_number")
    email = fields.Char(related="account_id.email")
    street = fields.Char(related="account_id.street")
    postcode = fields.Char(related="account_id.postcode")
    city = fields.Char(related="account_id.city")

    def action_choose(self):
        """Take this one."""
        self.ensure_one()
        self.match_id.mirror_id = self.account_id
