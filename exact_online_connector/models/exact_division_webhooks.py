# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
from urllib.parse import urlsplit

from odoo import api, fields, http, models
from odoo.exceptions import UserError

from ..exact_api import ExactError, is_loopback
from .addresses import is_public
from .exact_connection import SIMULATOR
from .own_transaction import in_own_transaction

_logger = logging.getLogger(__name__)

KIND = "webhook_subscriptions"


class ExactDivision(models.Model):
    """The switch of an administration's webhooks, and the daily check of them."""

    _name = "exact.division"
    _inherit = ["exact.division"]

    has_webhooks = fields.Boolean(
        string="Webhooks",
        readonly=True,
        help="Exact Online tells Odoo at once when something was booked there.",
    )
    webhook_ids = fields.One2many(
        "exact.webhook.subscription", "division_id", string="What Exact tells of", readonly=True
    )
    webhook_url = fields.Char(
        string="Callback address",
        compute="_compute_webhook_url",
        help="Where Exact Online sends its messages. It belongs to this connection alone.",
    )
    webhook_obstacle = fields.Text(
        compute="_compute_webhook_obstacle", help="Why Exact cannot send messages to this Odoo."
    )

    webhook_warning = fields.Text(
        compute="_compute_webhook_warning", help="Why messages may not arrive in this database."
    )

    def _compute_webhook_url(self):
        for division in self:
            division.webhook_url = division.connection_id._webhook_url()

    def _compute_webhook_obstacle(self):
        for division in self:
            division.webhook_obstacle = division._obstacle_to_webhooks()

    def _compute_webhook_warning(self):
        """Odoo has no place in an address for the database: the name of the host must tell it."""
        host = urlsplit(self.connection_id[:1]._odoo_url()).netloc
        is_certain = http.db_list(force=True, host=host) == [self.env.cr.dbname]
        self.webhook_warning = not is_certain and self.env._(
            "This Odoo holds several databases, and its address does not tell which of them is "
            "meant: Exact's messages may not arrive. Ask whoever runs Odoo for a dbfilter, or "
            "for a proxy that sets X-Odoo-Database. Until then everything works by asking Exact "
            "every quarter of an hour."
        )

    def _obstacle_to_webhooks(self):
        """Why Exact cannot send messages to this Odoo, in words; False where nothing is known."""
        connection = self.connection_id
        address = urlsplit(connection._odoo_url())
        if connection.site == SIMULATOR:
            if not is_loopback(address.geturl()):
                return self.env._(
                    "The simulator sends messages within this machine only, and Odoo's address "
                    "is %s. Everything works without them.",
                    address.geturl(),
                )
        elif address.scheme != "https" or not is_public(address.hostname):
            return self.env._(
                "Odoo's address is %s. Exact Online sends messages only to an address that "
                "begins with https and can be reached from the internet. Where Odoo is not "
                "on the internet this is normal, and nothing is missing: Odoo asks Exact every "
                "quarter of an hour what is new.",
                address.geturl(),
            )
        if not connection.has_webhook_secret:
            return self.env._(
                "The webhook secret is missing: Odoo cannot tell Exact's messages from forged "
                "ones. You find it in Exact's app centre, with the app's registration; fill it "
                "in on the connection."
            )
        return False

    def action_webhooks_on(self):
        """Queue the subscriptions. Exact tries the callback address at once."""
        self.connection_id.check_access("write")
        for division in self:
            obstacle = division._obstacle_to_webhooks()
            if obstacle:
                raise UserError(obstacle)
            division.sudo().has_webhooks = True
        self._check_webhooks()

    def action_webhooks_off(self):
        """Ignore what Exact sends from now on, and queue the end of the subscriptions."""
        self.connection_id.check_access("write")
        self.sudo().has_webhooks = False
        self.sudo().webhook_ids.state = "leaving"
        self.env["exact.sync.queue"]._enqueue(KIND, self)

    def action_webhooks_check(self):
        """Queue a look at what Exact holds of the subscriptions, which puts them right."""
        self.connection_id.check_access("write")
        self._check_webhooks()

    def _check_webhooks(self):
        """Queue a check of these administrations, as far as they have webhooks."""
        wanted = self.filtered(lambda division: division._wants_webhooks()).sudo()
        for division in wanted:
            self.env["exact.connection.token"]._of(division.connection_id)._ensure_webhook_key()
            division.webhook_ids._ask(division)
        self.env["exact.sync.queue"]._enqueue(KIND, wanted)

    def _wants_webhooks(self):
        return self.has_webhooks and bool(self.company_id)

    @api.model
    def _cron_webhooks(self):
        """The scheduled job, once a day: queue a check of each administration's subscriptions,
        and end those that the queue no longer serves.
        """
        connected = self.search(
            [("has_webhooks", "=", True), ("connection_id.state", "=", "connected")]
        )
        connected._check_webhooks()
        left = self.search([("webhook_ids.state", "=", "leaving")]) | connected
        for division in left.filtered(lambda each: each._is_left()):
            division._say_farewell()

    def _is_left(self):
        """Whether nobody books here any more: the queue has no place for its items."""
        return self.connection_id.state == "draft" or not self.company_id

    def _say_farewell(self):
        """End the subscriptions with the access token that is left, if Exact can be reached now:
        what it goes on sending is refused.
        """
        operation = self.env["exact.operation"].with_context(exact_division_id=self.id)
        try:
            with self.env.registry.cursor() as cr:
                client = self.with_env(self.env(cr=cr)).connection_id._farewell_client()
                operation.with_env(operation.env(cr=cr))._of_kind(KIND)._end(client, self)
        except ExactError as error:
            _logger.info("Exact Online webhooks of %s not ended: %s", self.code, error)
        in_own_transaction(self.env, lambda env: env[self._name].browse(self.id)._forget_webhooks())

    def _forget_webhooks(self):
        self.webhook_ids.unlink()
        if self.connection_id.state == "connected":
            self.has_webhooks = False  # its company moved to another administration
        else:
            self.connection_id._forget_access_token()

    # -- what messages have read ----------------------------------------------------------------

    def _read_as_wanted(self, kinds):
        """Queue those kinds of readings that the company wants. One that failed waits for a
        person.
        """
        queue = self.env["exact.sync.queue"]
        failed = queue.search([("division_id", "=", self.id), ("state", "=", "failed")])
        for kind in kinds:
            if kind not in failed.mapped("operation") and self._wants_reading(kind):
                queue._enqueue(kind, self)

    def _wants_reading(self, kind):
        wants = {
            "payment_terms": lambda: self in self._awaiting("payment_terms"),
            "accounts": self._wants_accounts,
            "entry_status": self._holds_entries,
            "ledger_lines": self._awaits_bookings,
        }
        return self.connection_id.state == "connected" and bool(wants[kind]())
