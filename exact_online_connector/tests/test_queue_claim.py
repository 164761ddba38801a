# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from ..exact_api import WaitUntil
from ..models.exact_call_budget import Reserved
from ..models.exact_sync_queue import PAST_DOCUMENT, URGENT
from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestQueueClaim(ExactCase):
    """Which item a worker takes, with nothing sent."""

    def setUp(self):
        super().setUp()
        self.run = self.env["exact.sync.run"].sudo()._begin()
        self.other = (self.connection.division_ids - self.division)[0]

    def queued(self, count, division=None, priority=40, **values):
        division = division or self.division
        return self.env["exact.sync.queue"].sudo().create(
            [
                {
                    "name": f"INV/{number}",
                    "operation": "sales_entry",
                    "company_id": self.company.id,
                    "division_id": division.id,
                    "res_model": "account.move",
                    "res_id": 1_000_000 + number + priority * 1000,
                    "priority": priority,
                    **values,
                }
                for number in range(count)
            ]
        )

    def claimed(self, count):
        """The items that the next claims take."""
        self.env.flush_all()
        ids = [self.run._claim() for _number in range(count)]
        self.env.invalidate_all()
        return self.env["exact.sync.queue"].sudo().browse(filter(None, ids))

    def test_administrations_take_turns_however_long_ones_queue_is(self):
        self.queued(20)
        self.queued(3, self.other)
        first, second, *_rest = divisions = self.claimed(6).mapped(
            lambda item: [item.division_id.id]
        )
        self.assertNotEqual(first, second)
        self.assertEqual(divisions, [first, second] * 3)

    def test_the_next_run_goes_on_with_the_next_administration(self):
        self.queued(5)
        self.queued(5, self.other)
        served = self.claimed(1).division_id
        self.run = self.env["exact.sync.run"].sudo()._begin()
        self.assertNotEqual(self.claimed(1).division_id, served)

    def test_what_a_person_waits_for_goes_first_and_past_documents_last(self):
        late = self.queued(1, priority=PAST_DOCUMENT)
        usual = self.queued(2, self.other)
        urgent = self.queued(1, self.other, priority=URGENT)
        self.assertEqual(self.claimed(4).ids, (urgent + usual + late).ids)

    def test_a_reading_gets_its_turn_beside_documents_without_end(self):
        reading = self.queued(1, priority=60)
        self.queued(20)
        self.assertIn(reading, self.claimed(5))

    def test_past_documents_get_no_turn_of_the_kind(self):
        late = self.queued(1, priority=PAST_DOCUMENT)
        self.queued(20)
        self.assertNotIn(late, self.claimed(10))

    def test_the_claim_finds_its_way_past_what_is_finished(self):
        """By its own index, and not through all that was ever queued."""
        self.env.cr.execute(
            """
            INSERT INTO exact_sync_queue (name, operation, company_id, division_id, res_model,
                                          res_id, state, priority, due_on, done_on)
            SELECT 'INV/' || n, 'sales_entry', %s, %s, 'account.move', 2000000 + n,
                   CASE WHEN n > 1000 THEN 'done' ELSE 'ready' END, 40,
                   timestamp '2026-11-01', timestamp '2026-11-02'
            FROM generate_series(1, 10000) AS n
            """,
            [self.company.id, self.division.id],
        )
        self.env.cr.execute("ANALYZE exact_sync_queue")
        for condition, order, index in (
            (SQL("true"), SQL("item.priority, item.id"), "_claim_idx"),
            (SQL("item.priority < 200"), SQL("item.id"), "_oldest_idx"),
        ):
            self.env.cr.execute(
                SQL("EXPLAIN %s", self.run._claim_statement(condition, order))
            )
            plan = "\n".join(line for (line,) in self.env.cr.fetchall())
            self.assertIn(f"exact_sync_queue{index} on exact_sync_queue item", plan)
            self.assertNotIn("Seq Scan on exact_sync_queue", plan)

    def test_what_is_left_is_kept_for_people(self):
        """Five calls of a minute and a hundred of a day."""
        usual, by_hand = self.queued(1), self.queued(1, priority=URGENT)
        budget = self.env["exact.call.budget"].sudo()._of(self.connection.id, self.division.code)
        budget.write({"minute_limit": 60, "day_limit": 5000, "day_used": 0})
        self.clock.tick(timedelta(minutes=1))
        with self.own_transactions():
            for call in range(55):
                self._spend(usual, call)
            with self.assertRaises(Reserved):
                self._spend(usual)
            for call in range(55, 60):
                self._spend(by_hand, call)
            with self.assertRaisesRegex(WaitUntil, "minute"):
                self._spend(by_hand)
        budget.day_used = 4900
        self.clock.tick(timedelta(minutes=1))
        with self.own_transactions():
            with self.assertRaises(Reserved):
                self._spend(usual)
            self._spend(by_hand)

    def _spend(self, item, resource="crm/Accounts"):
        client = self.connection.sudo()._client(item)
        client._limits.claim(self.division.code, "GET", str(resource))

    def test_the_pause_that_keeps_calls_for_people_does_not_stop_them(self):
        self.queued(2)
        by_hand = self.queued(1, priority=URGENT)
        until = fields.Datetime.now() + timedelta(minutes=1)
        budgets = self.env["exact.call.budget"].sudo()
        budgets._pause(self.division, until, is_limit=True, is_reserve=True)
        self.assertEqual(self.claimed(1), by_hand)
        self.assertFalse(self.run._claim())
        budgets._pause(self.division, until, is_limit=True)
        self.queued(1, priority=URGENT, name="Another", res_id=7)
        self.assertFalse(self.claimed(1))
