# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestQueue(ExactCase):
    def test_one_pending_row_per_record_and_operation(self):
        move = self.invoice((10.0, self.tax(21)))
        move.button_draft()
        move.action_post()
        items = self.env["exact.sync.queue"].search(
            [("res_id", "=", move.id), ("res_model", "=", move._name)]
        )
        self.assertEqual(items.mapped("state"), ["ready"])

    def test_a_change_while_sending_makes_a_new_row_that_goes_after_it(self):
        move = self.invoice((10.0, self.tax(21)))
        first = self.item(move)
        first.state = "sending"
        self.env.flush_all()
        move.action_exact_send()
        second = self.item(move)
        self.assertNotEqual(first, second)
        run = self.env["exact.sync.run"].sudo().create({})
        self.assertFalse(run._claim(), "the older one is still under way")
        first.state = "done"
        self.env.flush_all()
        self.assertEqual(run._claim(), second.id)

    def test_a_failed_row_beside_a_newer_one_yields(self):
        move = self.invoice((10.0, self.tax(21)))
        first = self.item(move)
        first.state = "sending"
        self.env.flush_all()
        move.action_exact_send()
        first._fail(ValueError("whatever"))
        self.assertEqual(first.state, "cancelled")
        self.assertEqual(self.item(move).state, "ready")

    def test_a_failed_row_delays_no_other(self):
        unmapped = self.tax(6)
        bad = self.invoice((10.0, unmapped))
        good = self.invoice((10.0, self.tax(21)))
        unmapped.exact_vat_code_id = False
        self.run_queue()
        self.assertEqual(self.item(bad).state, "failed")
        self.assertEqual(self.item(good).state, "done", self.item(good).message)

    def test_what_waits_for_a_limit_burns_no_attempt(self):
        self.simulator.control("POST", "limits", {"enabled": True, "minute": 1})
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        waiting = self.env["exact.sync.queue"].search([("error_class", "=", "limit")])
        self.assertTrue(waiting)
        self.assertEqual(set(waiting.mapped("attempts")), {0})
        self.assertTrue(all(item.due_on > fields.Datetime.now() for item in waiting))
        calls = self.env["exact.call"].search_count([])
        waiting.action_retry()
        self.run_queue()
        self.assertEqual(
            self.env["exact.call"].search_count([]), calls, "not even when a person presses Retry"
        )
        self.simulator.control("POST", "limits", {"enabled": False})
        self.env["exact.call.budget"].sudo().search([]).write(
            {"minute_limit": 1000, "minute_used": 0, "paused_until": False}
        )
        waiting.action_retry()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)

    def test_a_dead_connection_blocks_and_burns_nothing(self):
        self.simulator.control("POST", "tokens/revoke")
        self._let_token_expire()
        move = self.invoice((10.0, self.tax(21)))
        self.connection._stop("reconnect", "gone")
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.attempts), ("blocked", 0))
        self.assertEqual(item.cause_label, "Nobody is connected")
        self.assertEqual(item.fix, "Open the connection")
        self.assertEqual(item.action_mend()["res_id"], self.connection.id)
        self.assertEqual(move.exact_state, "problem")
        self.assertTrue(self.connection.activity_ids, "somebody is told")
        with self.enter_registry_test_mode():
            consent = self._new_code()
            self.connection._accept_consent(consent)
        self.assertFalse(self.connection.activity_ids, "and the task closes itself")
        self.run_queue()
        self.assertEqual((item.state, item.cause_label), ("done", False), item.message)

    def _let_token_expire(self):
        self.env["exact.connection.token"].sudo().search([]).access_token_expires_on = (
            fields.Datetime.now() - timedelta(minutes=1)
        )

    def _new_code(self):
        import requests

        consent = requests.get(
            self.connection.action_connect()["url"], allow_redirects=False, timeout=20
        )
        query = requests.utils.urlparse(consent.headers["Location"]).query
        return requests.utils.unquote(dict(p.split("=", 1) for p in query.split("&"))["code"])

    def test_retry_and_cancel(self):
        move = self.invoice((10.0, self.env["account.tax"]))
        self.company.exact_no_vat_code_id = False
        self.run_queue()
        item = self.item(move)
        self.assertEqual(item.state, "failed")
        item.action_cancel()
        self.assertEqual(item.state, "cancelled")
        self.assertFalse(move.exact_state)
        move.action_exact_send()
        self.assertEqual(self.item(move).state, "ready", "it can be queued again")

    def test_what_may_be_booked_cannot_be_cancelled(self):
        item = self.item(self.invoice((10.0, self.tax(21))))
        item.state = "checking"
        with self.assertRaisesRegex(UserError, "may be booked"):
            item.action_cancel()

    def test_a_deleted_record_is_cancelled_in_words(self):
        move = self.invoice((10.0, self.tax(21)))
        item = self.item(move)
        move.button_draft()
        move.with_context(force_delete=True).unlink()
        self.run_queue()
        self.assertEqual(item.state, "cancelled")
        self.assertIn("deleted", item.message)

    def test_an_item_of_another_administration_is_not_sent(self):
        item = self.item(self.invoice((10.0, self.tax(21))))
        self.company.exact_division_id = self.connection.division_ids - self.division
        self.run_queue()
        self.assertEqual(item.state, "cancelled")
        self.assertIn("another administration", item.message)

    def test_what_a_dead_worker_left_is_looked_up_first(self):
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        item = self.item(move)
        binding = (
            self.env["exact.binding"]
            .search(
                [("res_model", "=", "account.move"), ("resource", "=", "salesentry/SalesEntries")]
            )
            .sudo()
        )
        # as it stands after a kill between Exact's answer and its commit
        binding.write({"exact_id": False, "intended_on": fields.Datetime.now(), "digest": False})
        item.write({"state": "sending", "run_id": self.env["exact.sync.run"].sudo().create({}).id})
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(len(self.entries(move)), 1)

    def test_the_cron_sends_and_proves(self):
        move = self.invoice((10.0, self.tax(21)))
        with self.enter_registry_test_mode():
            self.env.ref("exact_online_connector.ir_cron_sync").method_direct_trigger()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)

    def test_a_draft_invoice_leaves_the_queue(self):
        move = self.invoice((10.0, self.tax(21)))
        item = self.item(move)
        move.button_draft()
        self.run_queue()
        self.assertEqual(item.state, "cancelled")
        self.assertIn("not posted", item.message)

    def test_an_invoice_withdrawn_while_its_answer_is_lost_is_looked_for(self):
        """Found, a draft's entry waits for what becomes of it, and a cancelled one's goes."""
        for cut, is_booked in (("cut_after_commit", True), ("cut_before_commit", False)):
            for cancelled in (False, True):
                with self.subTest(cut=cut, cancelled=cancelled):
                    self._withdrawn_while_lost(cut, is_booked, cancelled)

    def _withdrawn_while_lost(self, cut, is_booked, cancelled):
        move = self.invoice((10.0, self.tax(21)))
        self.fault(cut, "POST", ".*/salesentry/SalesEntries", times="once")
        self.env["ir.config_parameter"].sudo().set_param(
            "exact_online_connector.settle_seconds", "100"
        )
        self.run_queue()
        item = self.item(move)
        self.assertEqual(item.state, "checking")
        with self.assertRaisesRegex(UserError, "may be booked"):
            item.action_cancel()
        move.button_draft()
        if cancelled:
            move.button_cancel()
        self.clock.tick(timedelta(minutes=10))
        self.run_queue()
        self.assertEqual(len(self.entries(move)), int(is_booked and not cancelled))
        if cancelled:
            return
        self.assertEqual(item.state, "done" if is_booked else "cancelled", item.message)
        self.assertFalse(item._has_intent())
        move.action_post()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertEqual(len(self.entries(move)), 1)

    def test_retry_does_not_cut_short_the_wait_after_a_lost_answer(self):
        item = self.item(self.invoice((10.0, self.tax(21))))
        later = fields.Datetime.now() + timedelta(minutes=2)
        item.write({"state": "checking", "due_on": later})
        item.action_retry()
        self.assertEqual((item.state, item.due_on), ("checking", later.replace(microsecond=0)))

    def test_an_answer_that_is_lost_again_and_again_is_a_persons_task(self):
        move = self.invoice((10.0, self.tax(21)))
        self.fault("cut_before_commit", "POST", ".*/salesentry/SalesEntries", times="always")
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.error_class), ("failed", "unknown"))
        self.simulator.control("DELETE", "faults")
        item.action_retry()
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(len(self.entries(move)), 1)

    def test_a_link_to_what_is_gone_is_released_and_made_anew(self):
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        [entry] = self.entries(move)
        self.simulator.control("DELETE", f"{self.division.code}/entries/{entry['entry_id']}")
        move.action_exact_send()
        self.run_queue()
        item = self.item(move)
        self.assertEqual(item.state, "differs")
        self.assertIn("not found", item.message)
        self.env["exact.binding"].search(
            [("res_model", "=", "account.move"), ("resource", "=", "salesentry/SalesEntries")]
        ).action_release()
        item.action_retry()
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(len(self.entries(move)), 1)

    def test_what_cannot_be_read_back_is_told_and_not_asked_for_ever(self):
        move = self.invoice((10.0, self.tax(21)))
        self.simulator.control("POST", "scopes", {"forbidden": ["bulk/Financial/TransactionLines"]})
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.error_class), ("failed", "not_permitted"))
        self.simulator.control("POST", "scopes", {"forbidden": []})
        item.action_retry()
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(len(self.entries(move)), 1)

    def test_a_refused_token_does_not_hammer_the_token_endpoint(self):
        self.simulator.control("POST", "tokens/revoke")
        self.count_calls("POST", ".*/oauth2/token")
        self.count_calls("GET", ".*/crm/Accounts")
        first, second = self.invoice((10.0, self.tax(21))), self.invoice((20.0, self.tax(21)))
        self.run_queue()
        self.run_queue()
        self.assertEqual(self.calls_counted(), [0, 1], "one call is refused, then all wait")
        self.assertEqual(self.connection.state, "connected", "no renewal was tried too early")
        self.assertEqual({first.exact_state, second.exact_state}, {"queued"})

    def test_connecting_again_keeps_the_key_under_which_an_answer_was_lost(self):
        move = self.invoice((10.0, self.tax(21)))
        operation = self.env["exact.operation.sales.entry"].with_company(self.company)
        operation._intend(move)
        sent = move.name
        move.name = "INV/2026/99999"
        self.env["exact.sync.queue"]._doubt(self.connection)
        self.assertEqual(operation._key_sent(move), sent)

    def test_each_pause_is_about_twice_the_last_one_and_never_quite_the_same(self):
        item = self.item(self.invoice((10.0, self.tax(21))))
        for attempt, longest in ((0, 15), (1, 30), (2, 60), (3, 120), (9, 3600), (50, 3600)):
            item.attempts = attempt
            pauses = {item._pause().total_seconds() for _pause in range(20)}
            self.assertGreater(len(pauses), 1, "not all workers come back at the same moment")
            self.assertTrue(all(longest / 2 <= pause <= longest for pause in pauses), pauses)

    def test_what_kills_each_worker_is_left_to_a_person(self):
        item = self.item(self.invoice((10.0, self.tax(21))))
        for _death in range(8):
            run = self.env["exact.sync.run"].sudo().create({})
            item.sudo().write({"state": "sending", "run_id": run.id})
            self.env.flush_all()
            run._take_stock()
        self.assertEqual((item.state, item.error_class), ("failed", "internal"))

    def test_without_a_database_nothing_is_held_against_the_item(self):
        item = self.item(self.invoice((10.0, self.tax(21))))
        for kind in (psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.DatabaseError):
            gone = kind("server closed the connection unexpectedly")
            with (
                patch.object(type(item), "_carry_out", side_effect=gone),
                self.assertRaises(kind),
            ):
                self.run_queue()
            self.assertFalse(item.error_class, item.message)
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)

    def test_before_exact_blocks_calls_they_wait_and_say_so(self):
        items = [self.item(self.invoice((10.0, self.tax(21)))) for _number in range(2)]
        calls = self.env["exact.call"].sudo()
        nine = [(number, "salesentry/SalesEntries") for number in range(9)]
        for minutes, resource in nine:
            call = calls._begin(
                self.connection.id, None, self.division.code, "POST", resource
            )
            begun_on = fields.Datetime.now() - timedelta(minutes=minutes)
            call.write({"under_way": False, "status": 400, "started_on": begun_on})
        self.run_queue()
        for item in items:
            self.assertEqual((item.state, item.attempts), ("waiting", 0))
            self.assertIn("Before it blocks them", item.message)
        self.clock.tick(timedelta(hours=1))
        self.run_queue()
        self.assertEqual([item.state for item in items], ["done", "done"], items[0].message)
