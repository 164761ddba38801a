# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .exact_call import KEEP_DAYS, KEEP_PARAMETER


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    exact_division_id = fields.Many2one(related="company_id.exact_division_id")
    exact_connection_state = fields.Selection(related="company_id.exact_connection_state")
    exact_refuse_posting = fields.Boolean(
        related="company_id.exact_refuse_posting", readonly=False
    )
    exact_contact_direction = fields.Selection(
        related="company_id.exact_contact_direction", readonly=False
    )
    exact_contact_owner = fields.Selection(
        related="company_id.exact_contact_owner", readonly=False
    )
    exact_create_contacts = fields.Boolean(
        related="company_id.exact_create_contacts", readonly=False
    )
    exact_create_partners = fields.Boolean(
        related="company_id.exact_create_partners", readonly=False
    )
    exact_scheduled_hour = fields.Float(
        related="company_id.exact_scheduled_hour", readonly=False
    )
    exact_closed_period = fields.Selection(
        related="company_id.exact_closed_period", readonly=False
    )
    exact_removal = fields.Selection(related="company_id.exact_removal", readonly=False)
    exact_change_guard = fields.Selection(
        related="company_id.exact_change_guard", readonly=False
    )
    exact_start_date = fields.Date(related="company_id.exact_start_date", readonly=False)
    exact_call_days = fields.Integer(
        string="Keep the log of calls for", config_parameter=KEEP_PARAMETER, default=KEEP_DAYS
    )

    @api.constrains("exact_call_days")
    def _check_exact_call_days(self):
        if any(settings.exact_call_days < 1 for settings in self):
            raise ValidationError(
                self.env._("Keep the log of calls to Exact Online for one day at least.")
            )

    def action_exact_connect(self):
        """Open the company's connection."""
        return self.company_id.action_exact_connect()

    def action_exact_set_up(self):
        """Open the company's set-up."""
        return self.company_id.action_exact_set_up()
