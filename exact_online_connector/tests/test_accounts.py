# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..operations import feed
from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestAccounts(ExactCase):
    """The mirror of Exact's relations is complete, current and moves only with what it read."""

    def _read(self):
        self.division.action_read_accounts()
        self.run_queue()
        self.division.invalidate_recordset()

    def _client(self):
        """The raw client: what somebody does in Exact itself."""
        return self.connection.sudo()._client()

    def _change_in_exact(self, account, **values):
        with self.enter_registry_test_mode():
            self._client().put(self.division.code, "crm/Accounts", account.exact_id, values)

    def _in_exact(self):
        return self.simulator.control("GET", f"{self.division.code}/accounts")["accounts"]

    def _mirror(self, code):
        return (
            self.env["exact.account"]
            .with_context(active_test=False)
            .search([("division_id", "=", self.division.id), ("code", "=", code)])
        )

    def _feed(self):
        return self.division._feed("accounts")

    def _items(self):
        return self.env["exact.sync.queue"].search([("operation", "=", "accounts")])

    def test_all_relations_are_read_as_they_are(self):
        self._read()
        theirs = {row["Code"].strip(): row for row in self._in_exact() if row["Type"] != "D"}
        ours = self.env["exact.account"].search([("division_id", "=", self.division.id)])
        self.assertEqual(set(ours.mapped("code")), set(theirs))
        for account in ours:
            row = theirs[account.code]
            self.assertEqual(
                (account.exact_id, account.name, account.status, account.is_supplier),
                (row["ID"], row["Name"], row["Status"], row["IsSupplier"]),
            )
            self.assertEqual(account.is_blocked, row["Blocked"])
            self.assertEqual(account.vat_number or None, row.get("VATNumber"))
        self.assertEqual(self.division.accounts_read_count, len(ours))
        self.assertTrue(self._feed().is_read)

    def test_page_by_page_each_in_an_item_of_its_own(self):
        with patch.object(feed, "PAGE", 4):
            self._read()
        pages = -(-len(self._in_exact()) // 4)
        items = self._items()
        self.assertGreaterEqual(len(items), pages)
        self.assertEqual(set(items.mapped("state")), {"done"})
        self.assertEqual(
            self.division.accounts_read_count,
            len([row for row in self._in_exact() if row["Type"] != "D"]),
        )

    def test_the_cursor_moves_only_with_its_rows(self):
        self._read()
        before = self._feed().cursor, self._feed().deleted_cursor
        self.simulator.control(
            "POST", f"{self.division.code}/block", {"kind": "account", "code": "100"}
        )
        self.env.cr.execute(
            "ALTER TABLE exact_account ADD CONSTRAINT no_block CHECK (NOT is_blocked) NOT VALID"
        )
        self._change_in_exact(self._mirror("101"), City="Not stored")
        with self.assertLogs("odoo.addons.exact_online_connector.models.exact_sync_run"):
            with mute_logger("odoo.sql_db"):
                self._read()
        self.assertEqual((self._feed().cursor, self._feed().deleted_cursor), before)
        self.assertNotEqual(self._mirror("101").city, "Not stored")
        self.env.cr.execute("ALTER TABLE exact_account DROP CONSTRAINT no_block")
        self._items()[0].action_retry()
        self.run_queue()
        self.division.invalidate_recordset()
        self.assertNotEqual(self._feed().cursor, before[0])
        self.assertTrue(self._mirror("100").is_blocked)

    def test_what_was_deleted_is_marked_and_kept(self):
        self._read()
        account = self._mirror("107")
        with self.enter_registry_test_mode():
            self._client().delete(self.division.code, "crm/Accounts", account.exact_id)
        self._read()
        self.assertFalse(account.active)
        self.assertEqual(self._mirror("107"), account)

    def test_a_missing_right_to_see_deletions_is_told_and_stops_nothing(self):
        self.simulator.control("POST", "scopes", {"forbidden": ["sync/Deleted"]})
        self._read()
        self.assertTrue(self.division.deletions_are_refused)
        self.assertEqual(self._items().mapped("state"), ["done"])
        self.assertTrue(self._feed().is_read)
        self.count_calls("GET", ".*/sync/Deleted")
        self._read()
        self.assertEqual(self.calls_counted(), [0], "asked for once a day")
        self.simulator.control("POST", "scopes", {"forbidden": []})
        yesterday = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        self._feed().sudo().deletions_asked_on = yesterday
        self._read()
        self.assertEqual(self.calls_counted(), [1])
        self.assertFalse(self.division.deletions_are_refused)

    def test_a_reading_that_exact_forbids_is_left_to_a_person(self):
        self.company.exact_contact_direction = "both"
        self.simulator.control("POST", "scopes", {"forbidden": ["sync/CRM/Accounts"]})
        self._read()
        self.assertEqual(self._items().mapped("error_class"), ["not_permitted"])
        self.count_calls("GET", ".*/sync/CRM/Accounts")
        self.env["exact.division"]._queue_accounts()
        self.run_queue()
        self.assertEqual(self.calls_counted(), [0])
        self.simulator.control("POST", "scopes", {"forbidden": []})
        self._items().action_retry()
        self.run_queue()
        self.assertEqual(self._items().mapped("state"), ["done"])

    def test_a_moved_administration_is_read_anew(self):
        self._read()
        account = self._mirror("100")
        self.simulator.control("POST", f"{self.division.code}/move")
        self._change_in_exact(account, City="Brugge")
        self._read()
        self.assertEqual(account.city, "Brugge")

    def test_nothing_changed_means_nothing_written(self):
        self._read()
        before = self._mirror("100").write_date
        self._feed().sudo().cursor = False
        self._read()
        self.assertEqual(self._mirror("100").write_date, before)

    def test_another_company_sees_none_of_it(self):
        self._read()
        other = self.env["res.company"].create({"name": "Another company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "base.group_user,exact_online_connector.group_exact_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.env["exact.account.bank"].sudo().create(
            {"division_id": self.division.id, "iban": "BE71096123456769"}
        )
        for model in ("exact.account", "exact.account.bank"):
            rows = self.env[model].search([("division_id", "=", self.division.id)], limit=1)
            self.assertTrue(rows)
            self.assertFalse(self.env[model].with_user(stranger).search([]))
            with self.assertRaises(AccessError):
                rows.with_user(stranger).read(["division_id"])
            with self.assertRaises(AccessError):
                rows.with_user(stranger).write({"division_id": self.division.id})

    def test_the_scheduled_job_reads_for_those_who_want_to_know(self):
        self.env["exact.division"]._queue_accounts()
        self.assertFalse(self._items(), "Odoo leads, and the relations were never matched")
        now = fields.Datetime.now()
        values = {"division_id": self.division.id, "kind": "accounts", "is_read": True}
        feed = self.env["exact.feed"].sudo().create(values)
        for hours, count in ((23, 0), (25, 1)):
            feed.read_on = now - timedelta(hours=hours)
            self.env["exact.division"]._queue_accounts()
            self.assertEqual(len(self._items()), count, "matched once: read once a day")
        self._items().sudo().unlink()
        self.company.exact_contact_direction = "both"
        self.env["exact.division"]._queue_accounts()
        self.assertEqual(self._items().mapped("state"), ["ready"])
        self.connection.action_disconnect()
        self._items().sudo().unlink()
        self.env["exact.division"]._queue_accounts()
        self.assertFalse(self._items())
