# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Subscriptions: what Exact holds, and what a person reads of it."""

import http.server
import threading
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.module import get_module_path
from odoo.tests import new_test_user, tagged
from odoo.tools import config

from ..models.exact_simulator import WEBHOOK_SECRET
from ..models.exact_webhook_subscription import TOPICS
from .common import ExactCase

RESOURCE = "webhooks/WebhookSubscriptions"
ELSEWHERE = "/another/installation"
REFUSAL = {"error": {"code": "", "message": {"lang": "", "value": "Invalid: Topic"}}}


class Listener(http.server.ThreadingHTTPServer):
    """An address that answers Exact, and keeps ``(path, body)`` of what it was sent."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.heard = 200, []
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        self.shutdown()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.heard.append((self.path, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        """Nothing on the terminal."""


@tagged("standard", "post_install", "-at_install")
class TestWebhooks(ExactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "exact_online_connector.group_exact_"
        cls.operator = new_test_user(cls.env, "operator", f"base.group_user,{group}operator")
        cls.manager = new_test_user(cls.env, "manager", f"base.group_user,{group}manager")

    def setUp(self):
        super().setUp()
        self.listener = self.listen()
        self.move_to(self.listener.url)
        self.connection.sudo().fingerprint = self.connection._current_fingerprint()
        self.connection.webhook_secret = WEBHOOK_SECRET

    def listen(self):
        listener = Listener()
        self.addCleanup(listener.end)
        return listener

    def move_to(self, url):
        self.env["ir.config_parameter"].sudo().set_param("web.base.url", url)

    def client(self):
        return self.connection.sudo()._client()

    def held(self):
        """{topic: callback address} that Exact holds."""
        with self.enter_registry_test_mode():
            rows = list(
                self.client().read(self.division.code, RESOURCE, select=("Topic", "CallbackURL"))
            )
        self.assertEqual(len({row["Topic"] for row in rows}), len(rows), "no topic twice")
        return {row["Topic"]: row["CallbackURL"] for row in rows}

    def subscribe_elsewhere(self, topic):
        """As another installation with the same app would."""
        body = {"Topic": topic, "CallbackURL": self.listener.url + ELSEWHERE}
        with self.enter_registry_test_mode():
            self.client().post(self.division.code, RESOURCE, body)

    def remove(self, topic):
        """As a person would in Exact."""
        with self.enter_registry_test_mode():
            client = self.client()
            for row in client.read(self.division.code, RESOURCE, select=("ID", "Topic")):
                if row["Topic"] == topic:
                    client.delete(self.division.code, RESOURCE, row["ID"])

    def switch_on(self):
        self.company.action_exact_webhooks_on()
        self.run_queue()

    def daily(self):
        """What the scheduled job does each day; the calls that it cost: [(method, status)]."""
        latest = self.env["exact.call"].search([], limit=1).id
        with self.own_transactions():
            self.env["exact.division"]._cron_webhooks()
        self.run_queue()
        calls = self.env["exact.call"].search([("id", ">", latest)], order="id")
        return [(call.method, call.resource) for call in calls]

    def states(self):
        return {each.topic: each.state for each in self.division.webhook_ids}

    def of(self, topic):
        return self.division.webhook_ids.filtered(lambda each: each.topic == topic)

    # -- on and off -------------------------------------------------------------------------------

    def test_nothing_is_called_in_the_click_and_then_each_topic_is_subscribed(self):
        calls = self.env["exact.call"].search_count([])
        self.company.action_exact_webhooks_on()
        self.assertEqual(self.env["exact.call"].search_count([]), calls)
        self.assertEqual(set(self.states().values()), {"asked"})
        self.assertIn("within a minute", self.of("Accounts").explanation)
        self.run_queue()
        url = self.division.webhook_url
        self.assertEqual(self.held(), dict.fromkeys(TOPICS, url))
        path = url.removeprefix(self.listener.url)
        self.assertEqual(self.listener.heard, [(path, b"")] * len(TOPICS), "tried with empty ones")
        self.assertGreaterEqual(len(path.rpartition("/")[2]), 32, "which nobody guesses")
        self.assertEqual(self.states(), dict.fromkeys(TOPICS, "subscribed"))
        self.assertTrue(self.of("Accounts").subscribed_on)
        self.assertIn("No message came yet", self.of("Accounts").explanation)
        self.assertEqual(self.item(self.division, "webhook_subscriptions").state, "done")

    def test_a_day_on_which_all_is_in_order_costs_one_call(self):
        self.switch_on()
        since = self.of("Accounts").subscribed_on
        self.assertEqual(self.daily(), [("GET", RESOURCE)])
        self.assertEqual(self.of("Accounts").subscribed_on, since)

    def refused(self):
        """The topic that Exact refuses while webhooks are switched on; the others are taken."""
        self.fault("status", "POST", f".*/{RESOURCE}.*", times="once", status=400, body=REFUSAL)
        self.switch_on()
        [topic] = [topic for topic, state in self.states().items() if state == "refused"]
        return topic

    def test_a_topic_that_is_refused_is_told_and_asked_for_again_the_next_day(self):
        topic = self.refused()
        self.assertEqual(set(self.held()), set(TOPICS) - {topic})
        self.assertIn("“Invalid: Topic”", self.of(topic).explanation)
        self.assertEqual(self.daily(), [("GET", RESOURCE), ("POST", RESOURCE)])
        self.assertEqual(self.of(topic).state, "subscribed")

    def test_without_webhooks_the_day_costs_no_call(self):
        self.assertEqual(self.daily(), [])

    def test_what_is_missing_is_subscribed_again_the_next_day(self):
        self.switch_on()
        self.remove("BankEntries")
        self.daily()
        self.assertEqual(set(self.held()), set(TOPICS))

    def test_switched_off_all_is_ended_and_no_message_is_taken(self):
        self.switch_on()
        content = self.content()
        self.assertTrue(self.taken(content))
        self.company.action_exact_webhooks_off()
        self.assertFalse(self.taken(content), "from this moment on")
        self.assertEqual(set(self.states().values()), {"leaving"})
        self.run_queue()
        self.assertEqual(self.held(), {})
        self.assertFalse(self.division.webhook_ids)
        self.assertEqual(self.daily(), [])

    def test_off_and_on_again_before_the_queue_came_to_it(self):
        self.switch_on()
        self.company.action_exact_webhooks_off()
        self.switch_on()
        self.assertEqual(set(self.held()), set(TOPICS))
        self.assertEqual(self.of("Accounts").state, "subscribed")

    def test_a_lost_answer_is_looked_up_and_nothing_is_asked_for_twice(self):
        self.fault("cut_after_commit", "POST", f".*/{RESOURCE}", times="once")
        self.switch_on()
        self.assertEqual(set(self.held()), set(TOPICS))
        self.assertEqual(self.of("BankEntries").state, "subscribed")
        self.assertEqual(len(self.listener.heard), len(TOPICS))

    # -- somebody else's --------------------------------------------------------------------------

    def test_another_installations_subscription_is_left_and_told_of(self):
        self.subscribe_elsewhere("BankEntries")
        self.switch_on()
        self.assertEqual(self.held()["BankEntries"], self.listener.url + ELSEWHERE)
        webhook = self.of("BankEntries")
        self.assertEqual(webhook.state, "elsewhere")
        self.assertIn("127.0.0.1", webhook.explanation)
        self.assertIn("Send here instead", webhook.explanation)
        self.assertNotIn(("POST", RESOURCE), self.daily()[:-1], "only what is refused")
        self.assertEqual(self.of("CashEntries").state, "subscribed")

    def test_it_is_taken_over_when_a_person_says_so(self):
        self.subscribe_elsewhere("BankEntries")
        self.switch_on()
        self.of("BankEntries").with_user(self.manager).action_take_over()
        self.run_queue()
        self.assertEqual(self.held()["BankEntries"], self.division.webhook_url)
        self.assertEqual(self.of("BankEntries").state, "subscribed")

    def test_what_is_refused_and_comes_all_the_same_is_nothing_to_worry_about(self):
        """Exact may not show what another person's consent of the same app subscribed."""
        topic = self.refused()
        self.hear(topic)
        self.fault("status", "POST", f".*/{RESOURCE}.*", times="once", status=400, body=REFUSAL)
        self.daily()
        self.assertIn("Messages come all the same", self.of(topic).explanation)

    def test_switched_off_what_is_another_installations_stays(self):
        self.subscribe_elsewhere("BankEntries")
        self.switch_on()
        self.company.action_exact_webhooks_off()
        self.run_queue()
        self.assertEqual(self.held(), {"BankEntries": self.listener.url + ELSEWHERE})

    def test_another_apps_subscription_is_not_ours_to_touch(self):
        operation = self.env["exact.operation"]._of_kind("webhook_subscriptions")
        for client_id, is_ours in (
            ("11111111-2222-3333-4444-555555555555", True),
            ("{11111111-2222-3333-4444-555555555555}", True),
            ("99999999-2222-3333-4444-555555555555", False),
            (None, False),
        ):
            row = {"ClientID": client_id}
            self.assertIs(operation._is_of_our_app(self.division, row), is_ours)

    # -- addresses --------------------------------------------------------------------------------

    def test_odoo_moved_and_is_subscribed_at_its_new_address(self):
        self.switch_on()
        moved = self.listen()
        self.move_to(moved.url)
        self.connection.sudo().state = "copied"  # as the next call would have found
        self.connection.action_this_is_the_original()
        self.run_queue()
        self.assertEqual(self.held(), dict.fromkeys(TOPICS, self.division.webhook_url))
        self.assertTrue(self.division.webhook_url.startswith(moved.url))
        self.assertEqual(len(moved.heard), len(TOPICS))

    def test_an_address_that_does_not_answer_is_told_in_words(self):
        self.listener.status = 404
        self.switch_on()
        self.assertEqual(set(self.states().values()), {"refused"})
        self.assertIn("cannot be reached", self.of("Accounts").explanation)
        self.assertIn("every quarter of an hour", self.of("Accounts").explanation)
        self.assertEqual(self.item(self.division, "webhook_subscriptions").state, "done")
        self.listener.status = 200
        self.company.action_exact_webhooks_check()
        self.run_queue()
        self.assertEqual(self.of("Accounts").state, "subscribed")
        self.assertFalse(self.of("Accounts").reason)

    def test_where_exact_cannot_reach_odoo_this_is_said_to_be_normal(self):
        self.connection.sudo().state = "draft"
        self.connection.site = "nl"
        for url, is_reachable in (
            ("http://odoo.example.com", False),
            ("https://localhost:8069", False),
            ("https://192.168.1.20", False),
            ("https://odoo", False),
            ("https://erp.company.local", False),
            ("https://odoo.example.com", True),
        ):
            self.move_to(url)
            self.division.invalidate_recordset()
            obstacle = self.division.webhook_obstacle
            self.assertEqual(not obstacle, is_reachable, url)
            if not is_reachable:
                self.assertIn("this is normal", obstacle)
                with self.assertRaisesRegex(UserError, "this is normal"):
                    self.company.action_exact_webhooks_on()
        self.assertFalse(self.division.has_webhooks)

    def test_the_simulator_reaches_this_machine_only(self):
        self.assertFalse(self.division.webhook_obstacle)
        self.move_to("https://odoo.example.com")
        self.division.invalidate_recordset()
        self.assertIn("within this machine only", self.division.webhook_obstacle)

    def test_a_missing_secret_is_asked_for(self):
        self.env["exact.connection.token"].sudo().search([]).webhook_secret = False
        with self.assertRaisesRegex(UserError, "webhook secret is missing"):
            self.company.action_exact_webhooks_on()

    def test_a_missing_right_is_told_in_words_and_stops_nothing(self):
        self.fault("status", "GET", f".*/{RESOURCE}.*", times="always", status=403)
        self.switch_on()
        self.assertEqual(set(self.states().values()), {"refused"})
        self.assertIn("may not use webhooks", self.of("Accounts").explanation)
        self.assertEqual(self.item(self.division, "webhook_subscriptions").state, "done")

    def test_several_databases_at_one_address_are_warned_of(self):
        self.assertFalse(self.division.webhook_warning)
        self.division.invalidate_recordset()
        with patch.dict(config._runtime_options, {"dbfilter": ".*"}):
            self.assertIn("does not tell which", self.division.webhook_warning)
        self.division.invalidate_recordset()
        own = self.env.cr.dbname
        with patch.dict(config._runtime_options, {"dbfilter": f"^{own}$"}):
            self.assertFalse(self.division.webhook_warning)

    # -- the end of a connection ------------------------------------------------------------------

    def test_disconnected_exact_is_told_by_the_scheduled_job_and_connected_told_again(self):
        self.switch_on()
        self.connection.action_disconnect()
        token = self.env["exact.connection.token"].sudo().search([])
        self.assertFalse(token.refresh_token, "at once")
        with self.own_transactions():
            self.env["exact.division"]._cron_webhooks()
        self.assertFalse(token.access_token)
        self.assertEqual(self.connection.state, "draft")
        self.assertFalse(self.division.webhook_ids)
        self.give_consent()
        self.assertTrue(self.division.has_webhooks)
        latest = self.env["exact.call"].search([], limit=1).id
        self.run_queue()
        calls = self.env["exact.call"].search([("id", ">", latest), ("resource", "=", RESOURCE)])
        self.assertNotIn("DELETE", calls.mapped("method"), "none was left")
        self.assertEqual(set(self.held()), set(TOPICS))

    def test_disconnecting_waits_for_nobody(self):
        self.switch_on()
        with self.simulator.out_of_reach():
            self.connection.action_disconnect()
            with self.own_transactions():
                self.env["exact.division"]._cron_webhooks()
        token = self.env["exact.connection.token"].sudo().search([])
        self.assertFalse(token.access_token or token.refresh_token)
        self.assertFalse(self.taken(self.content()))

    def test_a_company_that_moved_to_another_administration_leaves_none_behind(self):
        self.switch_on()
        self.company.exact_division_id = False
        self.daily()
        self.assertEqual(self.held(), {})
        self.assertFalse(self.division.has_webhooks)

    # -- copies -----------------------------------------------------------------------------------

    def test_a_copied_database_calls_nobody_and_takes_no_message(self):
        self.switch_on()
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "another")
        self.assertFalse(self.taken(self.content()))
        self.assertEqual(self.daily(), [])
        self.assertEqual(self.item(self.division, "webhook_subscriptions").state, "blocked")

    def test_a_copy_that_is_connected_for_itself_leaves_the_originals_alone(self):
        self.switch_on()
        original = self.held()
        key = self.division.webhook_url.rpartition("/")[2]
        self.connection.sudo().state = "copied"
        self.move_to(self.listen().url)
        self.give_consent()
        self.run_queue()
        self.assertEqual(self.held(), original)
        self.assertEqual(self.of("Accounts").state, "elsewhere")
        self.assertNotIn(key, self.division.webhook_url)

    def test_a_neutralised_database_has_neither_secret_nor_webhooks(self):
        self.switch_on()
        with open(f"{get_module_path('exact_online_connector')}/data/neutralize.sql") as file:
            self.env.flush_all()
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertFalse(self.division.has_webhooks or self.division.webhook_ids)
        self.assertFalse(self.connection.has_webhook_secret)
        self.assertEqual(self.daily(), [])

    # -- messages ---------------------------------------------------------------------------------

    def content(self, topic="BankEntries", **values):
        """The signed part of a message, as Exact sends it."""
        return {
            "Topic": topic,
            "ClientId": "{11111111-2222-3333-4444-555555555555}",
            "Division": self.division.code,
            "Action": "Update",
            "Key": "1aa3e000-0000-4000-8000-000000000001",
            "EventCreatedOn": "2026-11-26T09:00:00.123",
            **values,
        }

    def taken(self, content):
        """The subscription that a message is taken for."""
        return self.env["exact.webhook.subscription"].sudo()._of_message(self.connection, content)

    def hear(self, topic="BankEntries"):
        with self.own_transactions():
            self.taken(self.content(topic))._hear()

    def triggers(self, cron="webhook_messages"):
        cron = self.env.ref(f"exact_online_connector.ir_cron_exact_{cron}")
        return self.env["ir.cron.trigger"].sudo().search([("cron_id", "=", cron.id)])

    def read_what_was_told(self):
        """As the scheduled job does once it is woken; what it queued."""
        queued = self.env["exact.sync.queue"].search([])
        with self.own_transactions():
            self.env["exact.webhook.subscription"]._cron_messages()
        return set((self.env["exact.sync.queue"].search([]) - queued).mapped("operation"))

    def test_a_message_has_its_administration_read_and_no_other(self):
        self.company.exact_payment_mode = "light"
        self.switch_on()
        for topic, kinds in (
            ("BankEntries", {"payment_terms"}),
            ("CashEntries", {"payment_terms"}),
            ("FinancialTransactions", {"payment_terms"}),
        ):
            self.hear(topic)
            self.assertEqual(self.read_what_was_told(), kinds, topic)
            self.assertTrue(self.of(topic).last_message_on)
            self.run_queue()
        self.assertIn("It works", self.of("BankEntries").explanation)
        self.assertIn("Nothing to do", self.of("Accounts").explanation, "the secret is right")

    def test_what_the_company_does_not_want_to_know_is_not_read(self):
        self.switch_on()
        for topic in TOPICS:
            self.hear(topic)
        self.assertEqual(self.read_what_was_told(), set(), "no payments, contacts or entries yet")
        self.company.exact_contact_direction = "both"
        with self.own_transactions():
            self.of("Accounts").sudo().write({"is_unread": True})
        self.assertEqual(self.read_what_was_told(), {"accounts"})

    def test_what_was_booked_there_has_its_status_read(self):
        self.switch_on()
        self.invoice((10.0, self.tax(21)))
        self.run_queue()
        self.hear("SalesEntries")
        self.assertEqual(self.read_what_was_told(), {"entry_status"})

    def test_five_hundred_messages_wake_it_once_and_once_more_a_minute_later(self):
        self.company.exact_payment_mode = "light"
        self.switch_on()
        before = self.triggers()
        for _line in range(250):
            self.hear()
        self.assertEqual(len(self.triggers() - before), 1)
        self.assertEqual(self.read_what_was_told(), {"payment_terms"})
        self.run_queue()
        for _line in range(250):
            self.hear()
        [first, second] = (self.triggers() - before).sorted("call_at")
        self.assertEqual(second.call_at - first.call_at, timedelta(minutes=1))
        self.assertEqual(self.read_what_was_told(), set(), "not before that minute is over")
        self.of("BankEntries").sudo().wake_on = fields.Datetime.now()
        self.assertEqual(self.read_what_was_told(), {"payment_terms"}, "what came last is read")

    def test_only_messages_of_this_app_administration_and_topic_are_taken(self):
        self.switch_on()
        self.assertEqual(self.taken(self.content()), self.of("BankEntries"))
        for values in (
            {"ClientId": "99999999-2222-3333-4444-555555555555"},
            {"ClientId": None},
            {"ClientId": ["11111111-2222-3333-4444-555555555555"]},
            {"Division": 1},
            {"Division": str(self.division.code)},
            {"Division": 2**63},
            {"Division": -1},
            {"Division": None},
            {"Division": float(self.division.code)},
            {"Division": True},
            {"topic": "Documents"},
            {"topic": ""},
            {"topic": ["BankEntries"]},
            {"topic": None},
        ):
            self.assertFalse(self.taken(self.content(**values)), values)
        self.assertFalse(self.taken({}))

    def test_an_old_message_does_no_more_than_a_new_one(self):
        self.switch_on()
        for year in (1990, 2020, 2026, 2100):
            with self.own_transactions():
                self.taken(self.content(EventCreatedOn=f"{year}-01-01T00:00:00"))._hear()
        self.assertLessEqual(len(self.triggers()), 1)

    # -- who may ----------------------------------------------------------------------------------

    def test_a_manager_switches_webhooks_and_an_operator_does_not(self):
        for action in ("on", "off", "check"):
            with self.assertRaises(AccessError):
                getattr(self.division.with_user(self.operator), f"action_webhooks_{action}")()
        self.company.with_user(self.manager).action_exact_webhooks_on()
        self.run_queue()
        webhook = self.of("Accounts")
        self.assertEqual(webhook.with_user(self.operator).state, "subscribed")
        with self.assertRaises(AccessError):
            webhook.with_user(self.operator).action_take_over()
        self.company.with_user(self.manager).action_exact_webhooks_off()

    def test_nobody_writes_what_exact_holds_by_hand(self):
        self.switch_on()
        webhook = self.of("Accounts").with_user(self.manager)
        for act in (
            lambda: webhook.write({"state": "refused"}),
            lambda: webhook.unlink(),
            lambda: webhook.create({"division_id": self.division.id, "topic": "Accounts"}),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_another_company_neither_sees_nor_takes_over(self):
        self.switch_on()
        other = self.env["res.company"].create({"name": "Another company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "base.group_user,exact_online_connector.group_exact_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        webhooks = self.env["exact.webhook.subscription"].with_user(stranger)
        self.assertFalse(webhooks.search([]))
        with self.assertRaises(AccessError):
            self.of("Accounts").with_user(stranger).action_take_over()
        with self.assertRaises(AccessError):
            self.division.with_user(stranger).action_webhooks_off()

    def test_the_secret_is_written_and_never_read(self):
        self.assertTrue(self.connection.has_webhook_secret)
        connection = self.connection.with_user(self.manager)
        self.assertFalse(connection.webhook_secret)
        self.assertEqual(connection.read(["webhook_secret"])[0]["webhook_secret"], False)
        with self.assertRaises(AccessError):
            self.connection.with_user(self.operator).read(["webhook_secret"])
        token = self.env["exact.connection.token"].with_user(self.manager)
        with self.assertRaises(AccessError):
            token.search_read([], ["webhook_secret"])
        connection.name = "Renamed"
        self.assertTrue(self.connection.has_webhook_secret, "saving the form keeps it")
