# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .suggestions import suggest

SETTINGS = (
    "exact_start_date",
    "exact_no_vat_code_id",
    "exact_responsible_id",
)


class ExactSetUp(models.TransientModel):
    """Choose a company's administration and settings, and fill in what is certain."""

    _name = "exact.set.up"
    _description = "Exact Online Set-up"
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    connection_ids = fields.Many2many("exact.connection", compute="_compute_connection_ids")
    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        domain="[('connection_id', 'in', connection_ids)]",
        default=lambda self: self.env.company.exact_division_id,
    )
    is_chosen = fields.Boolean(default=lambda self: bool(self.env.company.exact_division_id))
    refreshed_on = fields.Datetime(related="division_id.refreshed_on")
    exact_start_date = fields.Date(
        string="Send documents from",
        default=lambda self: (
            self.env.company.exact_start_date or fields.Date.context_today(self).replace(day=1)
        ),
        help="Of what is posted from now on. Documents before this date stay in Odoo; earlier "
        "posted ones are sent with Send to Exact Online, in the menu of the list of invoices.",
    )
    exact_no_vat_code_id = fields.Many2one(
        "exact.vat.code",
        string="VAT code for lines without tax",
        domain="[('division_id', '=', division_id), ('type', 'in', ('N', 'B'))]",
        default=lambda self: self.env.company.exact_no_vat_code_id,
    )
    exact_responsible_id = fields.Many2one(
        "res.users",
        string="Responsible",
        default=lambda self: self.env.company.exact_responsible_id or self.env.user,
        help="Gets a task when the connection stops.",
    )

    @api.depends("company_id")
    def _compute_connection_ids(self):
        for set_up in self:
            set_up.connection_ids = self.env["exact.connection"].search(
                [("company_ids", "in", set_up.company_id.ids), ("state", "!=", "draft")]
            )

    def action_apply(self):
        """Book this company's documents in the chosen administration; read its lists."""
        self._store_settings()
        self.division_id.action_refresh()
        self.is_chosen = True

    def action_suggest(self):
        """Fill in the mappings of which there is only one candidate."""
        self._store_settings()
        if not self.division_id.refreshed_on:
            raise UserError(
                self.env._(
                    "The lists of %s are still being read. Try again in a moment.",
                    self.division_id.name,
                )
            )
        filled = suggest(self.company_id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if filled else "info",
                "message": self.env._("%s mappings were filled in.", filled),
                "next": self.env["ir.actions.act_window"]._for_xml_id(
                    "exact_online_connector.exact_sync_queue_action"
                ),
            },
        }

    def _store_settings(self):
        self.ensure_one()
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("You do not work for %s.", self.company_id.sudo().name))
        if self.division_id not in self.connection_ids.division_ids:
            raise UserError(
                self.env._("Choose an administration of one of this company's connections.")
            )
        company = self.company_id.sudo()
        values = {name: self[name] for name in SETTINGS}
        company.write({"exact_division_id": self.division_id.id, **self._as_ids(values)})

    def _as_ids(self, values):
        return {
            name: value.id if isinstance(value, models.BaseModel) else value
            for name, value in values.items()
        }
