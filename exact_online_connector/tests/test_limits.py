# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time

from odoo.tests import tagged

from ..exact_api import Call, RateLimits, WaitUntil
from ..models.exact_call import ERRORS_PER_HOUR
from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestLimits(ExactCase):
    def _take(self, count):
        for _number in range(count):
            self.env["exact.call.budget"]._take(self.connection.id, 999)

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
            self._take(1)
            self.env["exact.call.budget"]._learn(
                self.connection.id, 999, RateLimits(minute_limit=60, minute_remaining=0)
            )
            with self.assertRaises(WaitUntil):
                self._take(1)

    def test_another_agreement_is_learned_from_the_answers(self):
        with freeze_time("2026-11-22 10:15:30"):
            self._take(1)
            self.env["exact.call.budget"]._learn(
                self.connection.id, 999, RateLimits(minute_limit=100, minute_remaining=99)
            )
            self._take(99)
            with self.assertRaises(WaitUntil):
                self._take(1)

    def test_the_tenth_error_of_an_hour_is_not_sent(self):
        from datetime import datetime, timedelta, timezone

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
