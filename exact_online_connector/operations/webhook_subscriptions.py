# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from urllib.parse import urlsplit

from odoo import api, models

from ..exact_api import NotFound, NotPermitted, Rejected
from ..models.exact_webhook_subscription import TOPICS
from .verdicts import Outcome

RESOURCE = "webhooks/WebhookSubscriptions"
SELECT = ("ID", "Topic", "CallbackURL", "ClientID")


class ExactOperationWebhookSubscriptions(models.AbstractModel):
    """Have Exact hold the subscriptions that an administration is to have. facts.md §6

    What it holds is read first, in one call, so that a step that died is taken up where it
    stopped: what is there already is not asked for again. A check that finds all in order costs
    that call alone.
    """

    _name = "exact.operation.webhook.subscriptions"
    _inherit = ["exact.operation"]
    _description = "Webhooks of the administration"

    _priority = 80

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _carry_out(self, client, division, step):
        if not division._wants_webhooks():
            self._end(client, division)
            return Outcome({}, "read")
        obstacle = division._obstacle_to_webhooks()
        if obstacle:
            return Outcome(dict.fromkeys(TOPICS, ("refused", obstacle)), "read")
        try:
            held = self._held(client, division)
        except NotPermitted as refusal:
            return Outcome(dict.fromkeys(TOPICS, self._not_permitted(refusal)), "read")
        standings = {
            topic: self._put_right(client, division, topic, held.get(topic, []))
            for topic in TOPICS
        }
        return Outcome(standings, "read")

    @api.model
    def _store(self, division, outcome, payload):
        self.env["exact.webhook.subscription"]._keep(division, outcome.remote)
        return self.env["exact.binding"]

    @api.model
    def _end(self, client, division):
        """Delete the subscriptions that send to this installation."""
        for rows in self._held(client, division).values():
            self._delete_rows(client, division, [row for row in rows if _is_ours(division, row)])

    @api.model
    def _held(self, client, division):
        """``{topic: subscriptions}`` that Exact shows of the topics that Odoo knows. One call."""
        held = {}
        for row in client.read(division.code, RESOURCE, select=SELECT):
            if row["Topic"] in TOPICS:
                held.setdefault(row["Topic"], []).append(row)
        return held

    @api.model
    def _put_right(self, client, division, topic, rows):
        """Have Exact send the messages of one topic here; ``(state, reason)`` of what became of
        it. What an earlier address of this Odoo had is replaced.
        """
        ours = [row for row in rows if _is_ours(division, row)]
        current = next((row for row in ours if row["CallbackURL"] == division.webhook_url), None)
        if current:
            self._delete_rows(client, division, [row for row in ours if row is not current])
            return "subscribed", False
        others = [row for row in rows if row not in ours and self._is_of_our_app(division, row)]
        if others and not self._takes_over(division, topic):
            return "elsewhere", self._elsewhere(others[0])
        try:
            self._delete_rows(client, division, ours + others)
            body = {"Topic": topic, "CallbackURL": division.webhook_url}
            client.post(division.code, RESOURCE, body)
        except NotPermitted as refusal:
            return self._not_permitted(refusal)
        except Rejected as refusal:
            return "refused", self._refused(refusal)
        return "subscribed", False

    @api.model
    def _takes_over(self, division, topic):
        return division.webhook_ids.filtered(lambda each: each.topic == topic).takes_over

    @api.model
    def _is_of_our_app(self, division, row):
        """Another app's subscription is left alone, and may stand beside ours."""
        return division.connection_id._is_own_app(row["ClientID"])

    @api.model
    def _delete_rows(self, client, division, rows):
        for row in rows:
            try:
                client.delete(division.code, RESOURCE, row["ID"])
            except NotFound:
                continue  # somebody else was faster

    @api.model
    def _elsewhere(self, row):
        address = urlsplit(row["CallbackURL"] or "")
        return self.env._(
            "With this app Exact Online sends these messages to another installation, %s, and "
            "never to two. Is that one still in use, then leave it so: Odoo asks Exact every "
            "quarter of an hour all the same. Else press “Send here instead”.",
            address.hostname or self.env._("at an unknown address"),
        )

    @api.model
    def _not_permitted(self, refusal):
        return "refused", self.env._(
            "The Exact user who connected, or the app, may not use webhooks for this: %s Give "
            "that right in Exact Online or in the app's registration, then press “Check now”. "
            "Odoo asks Exact every quarter of an hour all the same.",
            refusal,
        )

    @api.model
    def _refused(self, refusal):
        return self.env._(
            "Exact Online answers: “%s” If it says that its test message was not answered, "
            "Odoo's address cannot be reached from the internet. If it says that the data exists, "
            "another installation uses the same app. It is tried again each day; Odoo asks Exact "
            "every quarter of an hour all the same.",
            refusal,
        )


def _is_ours(division, row):
    """Whether a subscription sends to this connection, at its present or an earlier address."""
    path = urlsplit(row["CallbackURL"] or "").path
    return bool(division.webhook_url) and path == urlsplit(division.webhook_url).path
