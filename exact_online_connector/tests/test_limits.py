# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import datetime, timedelta, timezone

from freezegun import freeze_time

from odoo.tests import tagged

from ..exact_api import Call, RateLimits, WaitUntil
from ..models.exact_call import ERRORS_PER_HOUR
from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestLimits(ExactCase):
    def _take(self, count):
        """Take some calls; return what the last one was given."""
        for _number in range(count):
            taken = self.env["exact.call.budget"]._take(self.connection.id, 999)
        return taken

    def _learn(self, taken, **said):
        self.env["exact.call.budget"]._learn(
            self.connection.id, 999, RateLimits(**said), taken
        )

    def test_the_sixty_first_call_of_a_minute_waits_for_the_next_one(self):
        with freeze_time("2026-11-22 10:15:30"):
            self._take(60)
            with self.assertRaises(WaitUntil) as caught:
                self._take(1)
        self.assertEqual(str(caught.exception.at), "2026-11-22 10:16:00+00:00")
        with freeze_time("2026-11-22 10:16:01"):
            self._take(1)

    def test_the_call_after_the_last_one_of_a_day_waits_for_midnight_utc(self):
        with freeze_time("2026-11-22 10:15:30"):
            self._take(1)
            budget = self.env["exact.call.budget"].sudo().search([("division", "=", 999)])
            budget.day_used = budget.day_limit
            self.env.flush_all()
            with self.assertRaises(WaitUntil) as caught:
                self._take(1)
        self.assertEqual(caught.exception.reason, "day")
        self.assertEqual(str(caught.exception.at), "2026-11-23 00:00:00+00:00")

    def test_what_others_spend_is_learned_from_the_answers(self):
        with freeze_time("2026-11-22 10:15:30"):
            taken = self._take(1)
            self._learn(taken, minute_limit=60, minute_remaining=0)
            with self.assertRaises(WaitUntil):
                self._take(1)

    def test_what_another_spends_counts_beside_our_calls_under_way(self):
        """An answer to one worker does not know of the call that another one just took."""
        with freeze_time("2026-11-22 10:15:30"):
            answered = self._take(10)
            self._take(1)  # under way
            self._learn(answered, minute_limit=60, minute_remaining=60 - 10 - 3)
            self._take(60 - 11 - 3)
            with self.assertRaises(WaitUntil):
                self._take(1)

    def test_what_was_sent_over_the_turn_of_the_minute_counts_in_the_next_one(self):
        with freeze_time("2026-11-22 10:15:59"):
            over_the_turn = self._take(40)
        reset = datetime(2026, 11, 22, 10, 17, tzinfo=timezone.utc)
        with freeze_time("2026-11-22 10:16:01"):
            first = self._take(1)
            self._learn(over_the_turn, minute_limit=60, minute_remaining=59, minute_reset=reset)
            self._learn(first, minute_limit=60, minute_remaining=58, minute_reset=reset)
            self._take(58)
            with self.assertRaises(WaitUntil):
                self._take(1)

    def test_an_answer_about_a_minute_that_is_over_says_nothing(self):
        with freeze_time("2026-11-22 10:15:59"):
            late = self._take(60)
        reset = datetime(2026, 11, 22, 10, 16, tzinfo=timezone.utc)
        with freeze_time("2026-11-22 10:16:01"):
            self._take(1)
            self._learn(late, minute_limit=60, minute_remaining=0, minute_reset=reset)
            self._take(59)

    def test_another_agreement_is_learned_from_the_answers(self):
        with freeze_time("2026-11-22 10:15:30"):
            taken = self._take(1)
            self._learn(taken, minute_limit=100, minute_remaining=99)
            self._take(99)
            with self.assertRaises(WaitUntil):
                self._take(1)

    def test_the_tenth_error_of_an_hour_is_not_sent(self):
        now = datetime.now(timezone.utc)
        for number in range(ERRORS_PER_HOUR):
            self.env["exact.call"]._check_error_velocity(self.connection.id, 999, "crm/Accounts")
            call = Call(
                method="POST",
                resource="crm/Accounts",
                division=999,
                path="",
                query="",
                status=400,
                started_at=now - timedelta(minutes=30 - number),
                duration=0.1,
            )
            calls = self.env["exact.call"]
            calls._begin(self.connection.id, None, 999, "POST", "crm/Accounts")._end(call)
        with self.assertRaises(WaitUntil) as caught:
            self.env["exact.call"]._check_error_velocity(self.connection.id, 999, "crm/Accounts")
        self.assertEqual(caught.exception.reason, "velocity")
        wait = caught.exception.at - now
        self.assertAlmostEqual(wait.total_seconds(), 30 * 60, delta=2)
        self.env["exact.call"]._check_error_velocity(self.connection.id, 999, "crm/Contacts")

    def test_the_log_holds_every_call_and_no_secret(self):
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        calls = self.env["exact.call"].search([("item_id", "=", self.item(move).id)])
        self.assertEqual(
            sorted(calls.mapped("resource")),
            ["bulk/Financial/TransactionLines", "salesentry/SalesEntries"],
        )
        tokens = self.env["exact.connection.token"].sudo().search([])
        secrets = [tokens.access_token, tokens.refresh_token, tokens.client_secret]
        for call in self.env["exact.call"].search([]):
            text = str(call.read())
            for secret in secrets:
                self.assertNotIn(secret, text)
        uploads = self.env["exact.call"].search(
            [("resource", "=", "documents/DocumentAttachments")]
        )
        self.assertIn("bytes>", uploads.request)
