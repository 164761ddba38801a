# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import fields, models

USER = "exact_online_connector.group_exact_user"
TROUBLE = ("failed", "differs", "blocked")
UNDER_WAY = ("waiting", "ready", "sending", "checking", "sent")


class ResCompany(models.Model):
    _inherit = "res.company"

    exact_division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        ondelete="restrict",
        help="The administration of Exact Online in which this company's documents are booked.",
    )
    exact_connection_id = fields.Many2one(
        related="exact_division_id.connection_id", string="Connection"
    )
    exact_connection_state = fields.Selection(
        related="exact_connection_id.state", string="Connection state", groups=USER
    )
    exact_state_reason = fields.Char(related="exact_connection_id.state_reason", groups=USER)
    exact_authorised_by = fields.Char(related="exact_connection_id.authorised_by", groups=USER)
    exact_refresh_token_days = fields.Integer(
        related="exact_connection_id.refresh_token_days", groups=USER
    )
    exact_minute_remaining = fields.Integer(
        related="exact_division_id.minute_remaining", groups=USER
    )
    exact_day_remaining = fields.Integer(related="exact_division_id.day_remaining", groups=USER)
    exact_refreshed_on = fields.Datetime(related="exact_division_id.refreshed_on", groups=USER)
    exact_start_date = fields.Date(
        string="Send documents from", help="Documents before this date stay in Odoo."
    )
    exact_scheduled_hour = fields.Float(
        string="Scheduled documents go at",
        default=20.0,
        help="For journals whose documents are sent once a day; in the time of the responsible.",
    )
    exact_no_vat_code_id = fields.Many2one(
        "exact.vat.code",
        string="VAT code for lines without tax",
        domain="[('division_id', '=', exact_division_id), ('type', 'in', ('N', 'B'))]",
        ondelete="restrict",
        help="Without a code Exact Online would take the one of the GL account.",
    )
    exact_contact_direction = fields.Selection(
        [("to_exact", "Odoo to Exact"), ("to_odoo", "Exact to Odoo"), ("both", "Both ways")],
        string="Changes of contacts travel",
        default="to_exact",
        required=True,
    )
    exact_contact_owner = fields.Selection(
        [("odoo", "Odoo wins"), ("exact", "Exact wins")],
        string="When both sides changed the same",
        default="odoo",
        required=True,
    )
    exact_address_owner = fields.Selection(
        [("odoo", "Odoo wins"), ("exact", "Exact wins")],
        string="For addresses",
        help="Empty: as for the rest.",
    )
    exact_number_owner = fields.Selection(
        [("odoo", "Odoo wins"), ("exact", "Exact wins")],
        string="For VAT and company numbers",
        help="Empty: as for the rest.",
    )
    exact_term_owner = fields.Selection(
        [("odoo", "Odoo wins"), ("exact", "Exact wins")],
        string="For payment terms",
        help="Empty: as for the rest.",
    )
    exact_create_contacts = fields.Boolean(
        string="Create in Exact the contacts that are missing there",
        default=True,
        help="Off: a document waits until a person has linked its contact.",
    )
    exact_create_partners = fields.Boolean(
        string="Create in Odoo the relations that are missing here",
        help="Customers and suppliers of Exact that no contact of Odoo resembles.",
    )
    exact_responsible_id = fields.Many2one(
        "res.users",
        string="Responsible",
        help="Gets a task when the connection stops.",
    )
    exact_refuse_posting = fields.Boolean(
        string="Refuse to post what Exact Online would refuse",
        help="Off: a document is posted all the same, and waits in the queue until the cause is "
        "put right.",
    )
    exact_under_way_count = fields.Integer(compute="_compute_exact_counts", groups=USER)
    exact_trouble_count = fields.Integer(compute="_compute_exact_counts", groups=USER)

    _exact_division_uniq = models.Constraint(
        "UNIQUE(exact_division_id)",
        "Another company already books in this administration. Choose another one.",
    )

    def _compute_exact_counts(self):
        groups = (
            self.env["exact.sync.queue"]
            .sudo()
            ._read_group(
                [("company_id", "in", self.ids), ("state", "in", UNDER_WAY + TROUBLE)],
                ["company_id", "state"],
                ["__count"],
            )
        )
        for company in self:
            counts = {state: count for owner, state, count in groups if owner == company}
            company.exact_under_way_count = sum(counts.get(state, 0) for state in UNDER_WAY)
            company.exact_trouble_count = sum(counts.get(state, 0) for state in TROUBLE)

    def _exact_next_schedule(self):
        """The next moment, in UTC, at which scheduled documents of this company go."""
        self.ensure_one()
        zone = ZoneInfo(self.exact_responsible_id.tz or self.env.user.tz or "UTC")
        now = datetime.now(zone)
        minutes = round(self.exact_scheduled_hour * 60) % (24 * 60)
        due = now.replace(hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0)
        if due <= now:
            due += timedelta(days=1)
        return due.astimezone(timezone.utc).replace(tzinfo=None)

    def action_exact_set_up(self):
        """Begin this company's initial sync, or go on with it."""
        self.ensure_one()
        sync = self.env["exact.initial.sync"]._of(self)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set up Exact Online"),
            "res_model": "exact.initial.sync",
            "res_id": sync.id,
            "views": [(False, "form")],
            "context": {"allowed_company_ids": [self.id]},
        }

    def action_exact_connect(self):
        """Open this company's connection, or a new one to fill in."""
        self.ensure_one()
        connection = self.exact_connection_id or self.env["exact.connection"].search(
            [("company_ids", "in", self.ids)], limit=1
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "exact.connection",
            "res_id": connection.id,
            "views": [(False, "form")],
            "context": {"default_company_ids": self.ids},
        }
