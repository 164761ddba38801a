# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import namedtuple
from datetime import timedelta

from odoo import api, fields, models

from .own_transaction import in_own_transaction
from .roles import check_manager

Topic = namedtuple("Topic", "kinds pause")
# What a message has read again, and how long after one reading the next may come at the soonest.
# Exact has no topic for payment terms: whatever is booked may have been matched. facts.md §6
_MONEY, _REST = timedelta(minutes=1), timedelta(minutes=5)
TOPICS = {
    "BankEntries": Topic(("payment_terms",), _MONEY),
    "CashEntries": Topic(("payment_terms",), _MONEY),
    "FinancialTransactions": Topic(("payment_terms", "ledger_lines"), _MONEY),
    "Accounts": Topic(("accounts",), _REST),
    "SalesEntries": Topic(("entry_status",), _REST),
    "PurchaseEntries": Topic(("entry_status", "ledger_lines"), _REST),
}
LATELY = timedelta(days=7)
LARGEST_CODE = 2**31 - 1


class ExactWebhookSubscription(models.Model):
    """One topic of which Exact tells Odoo in one administration, by a message without data.

    A message is a hint to look sooner: what is read, and from where, does not depend on it.
    """

    _name = "exact.webhook.subscription"
    _description = "Exact Online Webhook"
    _order = "division_id, id"
    _rec_name = "topic"
    _log_access = False

    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    topic = fields.Selection(
        [
            ("BankEntries", "Bank entries"),
            ("CashEntries", "Cash entries"),
            ("FinancialTransactions", "All that is booked"),
            ("Accounts", "Relations"),
            ("SalesEntries", "Sales entries"),
            ("PurchaseEntries", "Purchase entries"),
        ],
        string="Tells of",
        required=True,
        readonly=True,
    )
    state = fields.Selection(
        [
            ("asked", "Being asked for"),
            ("subscribed", "Subscribed"),
            ("elsewhere", "Goes to another address"),
            ("refused", "Not subscribed"),
            ("leaving", "Being ended"),
        ],
        default="asked",
        required=True,
        readonly=True,
    )
    reason = fields.Text(readonly=True, help="Why it is not subscribed.")
    subscribed_on = fields.Datetime(string="Since", readonly=True)
    last_message_on = fields.Datetime(
        string="Last message",
        readonly=True,
        help="To within the minutes in which messages are gathered.",
    )
    takes_over = fields.Boolean(
        readonly=True, help="The subscription of another installation is replaced."
    )
    is_unread = fields.Boolean(readonly=True, help="What was told is still to be read.")
    wake_on = fields.Datetime(readonly=True, help="When it is or was to be read.")
    explanation = fields.Text(string="In words", compute="_compute_explanation")

    _topic_uniq = models.Constraint(
        "UNIQUE(division_id, topic)", "An administration has each topic once."
    )

    def _compute_explanation(self):
        for subscription in self:
            subscription.explanation = subscription._in_words()

    def _in_words(self):
        """How it stands, and what to do."""
        if self.state == "subscribed":
            if self.last_message_on:
                return self.env._("It works. Nothing to do.")
            if any(self.division_id.webhook_ids.mapped("last_message_on")):
                return self.env._("Nothing of this kind came yet. Nothing to do.")
            return self.env._(
                "No message came yet. If none comes once something was booked, check the webhook "
                "secret on the connection."
            )
        if self.state in ("asked", "leaving"):
            return self._under_way_in_words()
        if self.last_message_on and self.last_message_on > fields.Datetime.now() - LATELY:
            return self.env._(
                "Messages come all the same: it was subscribed with the consent of another person. "
                "Nothing to do."
            )
        return self.reason

    def _under_way_in_words(self):
        if self.division_id.connection_id.state != "connected":
            return self.env._("Goes on as soon as somebody connects to Exact Online again.")
        failed = self.env["exact.sync.queue"].search(
            [
                ("operation", "=", "webhook_subscriptions"),
                ("division_id", "=", self.division_id.id),
                ("state", "=", "failed"),
            ],
            limit=1,
        )
        if failed:
            return " ".join(filter(None, (failed.message, failed.advice)))
        return self.env._("Exact Online is told within a minute. Reload this page to see more.")

    def action_take_over(self):
        """Have Exact send here what it sends to another installation."""
        check_manager(self.env)
        self.check_access("read")
        self.sudo().write({"takes_over": True, "state": "asked"})
        self.division_id._check_webhooks()

    # -- what Exact holds -----------------------------------------------------------------------

    @api.model
    def _ask(self, division):
        """Have a row for each topic of an administration."""
        known = set(division.webhook_ids.mapped("topic"))
        self.create(
            [{"division_id": division.id, "topic": topic} for topic in TOPICS if topic not in known]
        )
        division.webhook_ids.filtered(lambda each: each.state == "leaving").state = "asked"

    @api.model
    def _keep(self, division, standings):
        """Write down what became of the topics: ``{topic: (state, reason)}``; empty when all were
        ended. Where the switch was turned meanwhile, another item is queued, which does so.
        """
        if bool(standings) != division._wants_webhooks():
            return
        if not standings:
            division.webhook_ids.unlink()
            return
        self._ask(division)
        for subscription in division.webhook_ids:
            state, reason = standings[subscription.topic]
            values = {"state": state, "reason": reason, "takes_over": False}
            if state != "subscribed":
                values["subscribed_on"] = False
            elif not subscription.subscribed_on:
                values["subscribed_on"] = fields.Datetime.now()
            subscription.write(values)

    # -- messages -------------------------------------------------------------------------------

    @api.model
    def _of_message(self, connection, content):
        """The subscription that a message of the connection's app belongs to; none for what was
        not asked for.

        :param content: the signed part of the message, a dict of whatever was in it
        """
        code, topic = content.get("Division"), content.get("Topic")
        is_known = (
            connection._is_live()
            and connection._is_own_app(content.get("ClientId"))
            and isinstance(code, int)
            and 0 < code <= LARGEST_CODE
            and isinstance(topic, str)
            and topic in TOPICS
        )
        if not is_known:
            return self.browse()
        return self.search(
            [
                ("division_id.connection_id", "=", connection.id),
                ("division_id.code", "=", code),
                ("division_id.has_webhooks", "=", True),
                ("topic", "=", topic),
            ]
        )

    def _hear(self):
        """A message came: note when, and have it read. While a reading is still to come, there is
        nothing to note: it finds what this message tells of too.
        """
        self.ensure_one()
        if not self.is_unread:
            in_own_transaction(
                self.env, lambda env: env[self._name].browse(self.id)._note_message()
            )

    def _note_message(self):
        now = fields.Datetime.now()
        if self.is_unread or not self._lock():
            return
        wake_on = max(now, self.wake_on + TOPICS[self.topic].pause) if self.wake_on else now
        self.write({"last_message_on": now, "wake_on": wake_on, "is_unread": True})
        self.env.ref("exact_online_connector.ir_cron_exact_webhook_messages")._trigger(at=wake_on)

    def _lock(self):
        """The rows of these that nobody else holds. A conflict is not logged: see
        :func:`in_own_transaction`.
        """
        self.env.cr.execute(
            "SELECT id FROM exact_webhook_subscription WHERE id = ANY(%s) FOR UPDATE SKIP LOCKED",
            [self.ids],
            log_exceptions=False,
        )
        return self.browse(row_id for (row_id,) in self.env.cr.fetchall())

    @api.model
    def _cron_messages(self):
        """The scheduled job, which a message wakes: queue a reading of what was told."""
        in_own_transaction(self.env, lambda env: env[self._name]._read_what_was_told())

    @api.model
    def _read_what_was_told(self):
        told = self.search([("is_unread", "=", True), ("wake_on", "<=", fields.Datetime.now())])
        told = told._lock()
        told.is_unread = False
        for division, subscriptions in told.grouped("division_id").items():
            kinds = [kind for each in subscriptions for kind in TOPICS[each.topic].kinds]
            division._read_as_wanted(dict.fromkeys(kinds))
