# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError

from .exact_sync_mixin import TROUBLE, UNDER_WAY
from .roles import check_user

USER = "exact_online_connector.group_exact_user"
PAYMENT_MODES = [
    ("none", "Nothing"),
    ("light", "Show in Odoo what is paid in Exact"),
    ("full", "Book in Odoo what is paid in Exact"),
]
OWNERS = [("odoo", "Odoo wins"), ("exact", "Exact wins")]


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
        OWNERS,
        string="When both sides changed the same",
        default="odoo",
        required=True,
    )
    exact_address_owner = fields.Selection(
        OWNERS,
        string="For addresses",
        help="Empty: as for the rest.",
    )
    exact_number_owner = fields.Selection(
        OWNERS,
        string="For VAT and company numbers",
        help="Empty: as for the rest.",
    )
    exact_term_owner = fields.Selection(
        OWNERS,
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
    exact_payment_mode = fields.Selection(
        PAYMENT_MODES,
        string="Payments",
        default="none",
        required=True,
        help="What Odoo does with what is paid in Exact Online. Showing it changes nothing in "
        "Odoo's own books. Booking it makes a payment in Odoo of each line of the bank that "
        "settles a document, in a journal of its own, and reconciles it; undone in Exact, it is "
        "undone in Odoo.",
    )
    exact_payment_journal_id = fields.Many2one(
        "account.journal",
        string="Journal for payments from Exact",
        domain="[('company_id', '=', id), ('type', '=', 'bank')]",
        check_company=True,
        ondelete="restrict",
        help="Made when payments are booked for the first time, with a clearing account: it holds "
        "what came in and went out by the books of Exact.",
    )
    exact_difference_account_id = fields.Many2one(
        "account.account",
        string="Account for payment differences",
        check_company=True,
        ondelete="restrict",
        help="Of what is written off in Exact. Empty: the clearing account. Where the ledger of "
        "Exact is read, the account it was written off to is taken, if it is mapped.",
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
    exact_closed_period = fields.Selection(
        [
            ("stop", "Hold the document back"),
            ("first_open", "Book it in the first open period"),
            ("ask", "Ask for each document"),
        ],
        string="When its period is closed in Exact",
        default="stop",
        required=True,
        help="The document keeps its date in Exact, and only the period of the books moves. VAT is "
        "then declared with the period in which it is booked, not with that of its date: ask your "
        "accountant.",
    )
    exact_removal = fields.Selection(
        [("remove", "Remove its entry"), ("leave", "Leave its entry")],
        string="When a document is cancelled or deleted",
        default="remove",
        required=True,
        help="What Exact Online has processed, or closed the period of, is never removed: a person "
        "is asked, and may have it reversed.",
    )
    exact_change_guard = fields.Selection(
        [("warn", "Warn"), ("forbid", "Forbid")],
        string="Changing what Exact has processed or closed",
        default="warn",
        required=True,
        help="Forbid: such a document is not reset to draft, cancelled or deleted in Odoo. It is "
        "corrected by a credit note.",
    )
    exact_has_webhooks = fields.Boolean(related="exact_division_id.has_webhooks", groups=USER)
    exact_webhook_ids = fields.One2many(
        related="exact_division_id.webhook_ids", string="What Exact tells of", groups=USER
    )
    exact_webhook_url = fields.Char(related="exact_division_id.webhook_url", groups=USER)
    exact_webhook_obstacle = fields.Text(
        related="exact_division_id.webhook_obstacle", groups=USER
    )
    exact_webhook_warning = fields.Text(related="exact_division_id.webhook_warning", groups=USER)
    exact_under_way_count = fields.Integer(compute="_compute_exact_counts", groups=USER)
    exact_trouble_count = fields.Integer(compute="_compute_exact_counts", groups=USER)

    _exact_division_uniq = models.Constraint(
        "UNIQUE(exact_division_id)",
        "Another company already books in this administration. Choose another one.",
    )

    @api.constrains("exact_division_id")
    def _check_exact_division(self):
        for company in self.sudo().filtered("exact_division_id"):
            if company not in company.exact_connection_id.company_ids:
                raise ValidationError(
                    self.env._("Choose an administration of one of this company's connections.")
                )

    def write(self, vals):
        """What documents show and Odoo books of payments follows the mode and administration."""
        result = super().write(vals)
        if "exact_payment_mode" in vals or "exact_division_id" in vals:
            self._exact_payment_mode_changed()
        return result

    def _exact_payment_mode_changed(self):
        settlements = self.env["exact.settlement"].sudo()
        settlements._show_of(self)
        for company in self.filtered(lambda each: each.exact_payment_mode == "full"):
            company._exact_make_payment_journal()
            settlements._conclude_anew(
                settlements.search([("company_id", "=", company.id)]).move_id
            )
        shown = self.filtered(lambda company: company.exact_payment_mode != "none")
        self.env["exact.sync.queue"].sudo()._enqueue("payment_terms", shown.exact_division_id)

    def _exact_books_payments(self):
        """Whether payments of Exact are booked in Odoo, for all documents or those of a journal."""
        self.ensure_one()
        return self.exact_payment_mode == "full" or bool(
            self.env["account.journal"].search_count(
                [("company_id", "=", self.id), ("exact_payment_mode", "=", "full")], limit=1
            )
        )

    def _exact_make_payment_journal(self):
        """The journal in which payments of Exact are booked, with its clearing account. It is the
        journal's own account, so that nothing waits for a bank statement: that is Exact's.
        """
        self.ensure_one()
        if self.exact_payment_journal_id:
            return
        accounts = self.env["account.account"].with_company(self)
        clearing = accounts.create(
            {
                "name": self.env._("Exact Online clearing"),
                "code": accounts._search_new_account_code(self._exact_clearing_code()),
                "account_type": "asset_current",
                "reconcile": False,  # else a payment stays "In process", as for a statement
                "company_ids": [Command.set(self.root_id.ids)],
            }
        )
        journal = self.env["account.journal"].with_company(self).create(
            {
                "name": self.env._("Exact Online"),
                "type": "bank",
                "code": self._exact_free_journal_code(),
                "company_id": self.id,
                "default_account_id": clearing.id,
            }
        )
        methods = journal.inbound_payment_method_line_ids | journal.outbound_payment_method_line_ids
        methods.payment_account_id = clearing
        self.exact_payment_journal_id = journal

    def _exact_clearing_code(self):
        """A code beside that of the account for transfers, else beside the bank's."""
        prefix = self.transfer_account_code_prefix or self.bank_account_code_prefix or "580"
        return prefix.ljust(6, "0")

    def _exact_free_journal_code(self):
        taken = set(
            self.env["account.journal"]
            .with_context(active_test=False)
            .search([("company_id", "=", self.id)])
            .mapped("code")
        )
        codes = ("EXACT", *(f"EXA{number}" for number in range(10)))
        return next(code for code in codes if code not in taken)

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

    def _exact_language(self):
        """The language in which this company's people are told of its queue."""
        person = self.exact_responsible_id.partner_id or self.partner_id
        person.fetch(["lang"])  # asked for in each transaction: not all else of the contact
        return person.lang

    def action_exact_set_up(self):
        """Begin this company's initial sync, or go on with it."""
        self.ensure_one()
        self.check_access("read")
        sync = self.env["exact.initial.sync"]._of(self)
        return sync._get_records_action(
            name=self.env._("Set up Exact Online"), context={"allowed_company_ids": [self.id]}
        )

    def action_exact_connect(self):
        """Open this company's connection, or a new one to fill in."""
        self.ensure_one()
        check_user(self.env)
        self.check_access("read")
        connection = self.exact_connection_id or self.env["exact.connection"].search(
            [("company_ids", "in", self.ids)], limit=1
        )
        return connection._get_records_action(context={"default_company_ids": self.ids})

    def action_exact_webhooks_on(self):
        """Have Exact tell Odoo at once what is booked in this company's administration."""
        self.exact_division_id.action_webhooks_on()

    def action_exact_webhooks_off(self):
        """End that."""
        self.exact_division_id.action_webhooks_off()

    def action_exact_webhooks_check(self):
        """Have the subscriptions looked at and put right."""
        self.exact_division_id.action_webhooks_check()
