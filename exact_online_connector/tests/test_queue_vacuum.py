# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ..models import exact_sync_queue_vacuum
from .common import ExactCase

UNFINISHED = ("waiting", "ready", "failed", "blocked", "differs", "sending", "checking", "sent")


@tagged("standard", "post_install", "-at_install")
class TestQueueVacuum(ExactCase):
    def age(self, items, days=181):
        items.sudo().done_on = fields.Datetime.now() - timedelta(days=days)

    def vacuum(self):
        return self.env["exact.sync.queue"]._vacuum()

    def sent(self):
        """An invoice that is in Exact and proven, and its items."""
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        return move, self.env["exact.sync.queue"].sudo().search([("state", "=", "done")])

    def test_what_is_proven_leaves_and_its_proof_stays(self):
        move, items = self.sent()
        item = self.item(move)
        evidence, number = item.evidence, item.exact_number
        self.age(items, days=179)
        self.vacuum()
        self.assertTrue(item.exists(), "not before its time")
        self.age(items)
        calls = self.env["exact.call"].sudo().search_count([])
        self.vacuum()
        self.assertFalse(item.exists())
        self.env.invalidate_all()
        self.assertEqual((move.exact_state, move.exact_number), ("done", number))
        link = self.env["exact.operation"].sudo()._of_kind("sales_entry")._binding(move)
        self.assertEqual(link.proof_state, "proven")
        self.assertIn(evidence, link.history)
        self.assertEqual(self.env["exact.call"].sudo().search_count([]), calls, "the log stays")
        for state, found in (("done", move), ("problem", move.browse()), (False, move.browse())):
            domain = [("id", "=", move.id), ("exact_state", "=", state)]
            self.assertEqual(move.search(domain), found, state)
        move.action_exact_send()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done")
        self.assertEqual(len(self.entries(move)), 1)

    def test_what_is_not_finished_stays_however_old(self):
        item = self.item(self.sent()[0]).sudo()
        self.age(item)
        for state in UNFINISHED:
            item.state = state
            self.env.flush_all()
            self.vacuum()
            self.assertTrue(item.exists(), state)

    def test_the_only_one_to_tell_stays(self):
        move, items = self.sent()
        item = self.item(move).sudo()
        link = self.env["exact.operation"].sudo()._of_kind("sales_entry")._binding(move)
        lists = items.filtered(lambda each: each.operation == "master_data")[-1:]
        self.assertTrue(lists)
        self.age(items)
        for values in ({"proof_state": "differs"}, {"proof_state": "open"}, {"exact_id": False}):
            link.write(values)
            self.vacuum()
            self.assertTrue(item.exists(), values)
        self.assertTrue(lists.exists(), "the latest reading of the lists")
        lists.copy({"state": "done", "done_on": fields.Datetime.now()})
        self.vacuum()
        self.assertFalse(lists.exists())

    def test_what_was_cancelled_leaves_unless_it_may_be_booked(self):
        move = self.invoice((10.0, self.tax(21)))
        item = self.item(move).sudo()
        item.action_cancel()
        self.age(item)
        operation = self.env["exact.operation"].with_company(self.company)._of_kind("sales_entry")
        operation._intend(move)
        self.vacuum()
        self.assertTrue(item.exists())
        operation._binding(move).intended_on = False
        self.vacuum()
        self.assertFalse(item.exists())

    def test_people_say_how_long_and_it_goes_by_portions(self):
        move, items = self.sent()
        self.age(items, days=40)
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("exact_online_connector.queue_keep_days", "0")
        self.assertEqual(self.vacuum(), (0, False), "never")
        parameters.set_param("exact_online_connector.queue_keep_days", "30")
        with patch.object(exact_sync_queue_vacuum, "VACUUM_BATCH", 1):
            self.assertEqual(self.vacuum(), (1, True))
        self.vacuum()
        self.assertFalse(self.item(move))

    def test_the_log_is_kept_for_thirty_days(self):
        self.sent()
        calls = self.env["exact.call"].sudo().search([])
        old, young = calls[:2], calls[2:]
        self.assertTrue(young)
        old.started_on = fields.Datetime.now() - timedelta(days=31)
        young.started_on = fields.Datetime.now() - timedelta(days=29)
        self.env["exact.call"]._vacuum()
        self.assertEqual(calls.exists(), young)
