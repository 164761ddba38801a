# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..operations import feed
from .common import ExactCase

LINES = ".*/sync/Financial/TransactionLines"


@tagged("standard", "post_install", "-at_install")
class TestLedgerLines(ExactCase):
    """The mirror of Exact's ledger is complete, current and moves only with what it read."""

    def _read(self):
        self.env["exact.sync.queue"]._enqueue("ledger_lines", self.division)
        self.run_queue()
        self.division.invalidate_recordset()

    def _feed(self):
        return self.division._feed("ledger_lines")

    def _mirror(self):
        return self.env["exact.ledger.line"].search([("division_id", "=", self.division.id)])

    def _in_exact(self):
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        return {line["ID"]: line for entry in entries for line in entry["ledger_lines"]}

    def _book(self, *prices):
        moves = [self.invoice((price, self.tax(21))) for price in prices]
        self.run_queue()
        return moves

    def _delete(self, move):
        (entry,) = self.entries(move)
        entry_id = entry["header"]["EntryID"]
        self.simulator.control("DELETE", f"{self.division.code}/entries/{entry_id}")

    def assertMirrorIsEqual(self):
        theirs, ours = self._in_exact(), self._mirror()
        self.assertEqual(set(ours.mapped("exact_id")), set(theirs))
        for line in ours:
            row = theirs[line.exact_id]
            self.assertEqual(
                (line.entry_id, line.journal_code, line.year, line.period, line.your_ref or None),
                (
                    row["EntryID"],
                    row["JournalCode"],
                    row["FinancialYear"],
                    row["FinancialPeriod"],
                    row.get("YourRef"),
                ),
            )
            self.assertEqual(line.gl_account_id.code, row["GLAccountCode"])
            self.assertEqual(line.vat_code or "", (row.get("VATCode") or "").strip())
            self.assertEqual(Decimal(str(line.amount_dc)), Decimal(str(row["AmountDC"])))

    def test_all_lines_are_read_as_they_are(self):
        self._book(100, 49.99)
        self._read()
        self.assertGreaterEqual(len(self._mirror()), 6)
        self.assertMirrorIsEqual()
        self.assertTrue(self._feed().is_read)

    def test_page_by_page_and_then_only_what_changed(self):
        self._book(10, 20, 30)
        self.count_calls("GET", LINES)
        with patch.object(feed, "PAGE", 4):
            self._read()
        self.assertMirrorIsEqual()
        first = self.calls_counted()[0]
        self.assertEqual(first, len(self._mirror()) // 4 + 1)
        self._book(40)
        self._read()
        self.assertMirrorIsEqual()
        self.assertEqual(self.calls_counted()[0], first + 1)

    def test_what_was_deleted_or_changed_in_exact_follows(self):
        gone, changed = self._book(10, 20)
        self._read()
        self._delete(gone)
        self.simulator.control(
            "POST", f"{self.division.code}/process", {"entry": changed.name}
        )
        self._read()
        self.assertMirrorIsEqual()
        lines = self._mirror().filtered(lambda line: line.your_ref == changed.name)
        self.assertEqual(set(lines.mapped("status")), {"50"})

    def test_more_deletions_than_a_page_are_read_before_the_lines(self):
        moves = self._book(10, 20, 30, 40)
        with patch.object(feed, "PAGE", 3):
            self._read()
            for move in moves[1:]:
                self._delete(move)
            self._read()
        self.assertMirrorIsEqual()
        self.assertTrue(self._feed().is_read)

    def test_the_cursor_moves_only_with_its_rows(self):
        self._book(10)
        self._read()
        before = self._feed().cursor, self._feed().deleted_cursor
        self.env.cr.execute(
            "ALTER TABLE exact_ledger_line ADD CONSTRAINT low CHECK (amount_dc < 500) NOT VALID"
        )
        self._book(700)
        with self.assertLogs("odoo.addons.exact_online_connector.models.exact_sync_run"):
            with mute_logger("odoo.sql_db"):
                self._read()
        self.assertEqual(
            (self._feed().cursor, self._feed().deleted_cursor), before
        )
        self.env.cr.execute("ALTER TABLE exact_ledger_line DROP CONSTRAINT low")
        self.item(self.division, "ledger_lines").action_retry()
        self.run_queue()
        self.assertMirrorIsEqual()

    def test_a_missing_right_to_see_deletions_is_told_and_stops_nothing(self):
        self._book(10)
        self.simulator.control("POST", "scopes", {"forbidden": ["sync/Deleted"]})
        self._read()
        self.assertTrue(self.division.deletions_are_refused)
        self.assertMirrorIsEqual()
        self.count_calls("GET", ".*/sync/Deleted")
        self._read()
        self.assertEqual(self.calls_counted(), [0], "asked for once a day")

    def test_a_moved_administration_is_read_anew(self):
        gone, _kept = self._book(10, 20)
        self._read()
        self._delete(gone)
        self.simulator.control("POST", f"{self.division.code}/move")
        self._read()
        self.assertMirrorIsEqual()

    def test_after_a_long_time_it_is_read_anew(self):
        gone, _kept = self._book(10, 20)
        self._read()
        self._delete(gone)
        last_year = fields.Datetime.subtract(fields.Datetime.now(), days=70)
        cursor = "99999999"  # Exact has forgotten that it was deleted
        self._feed().sudo().write({"read_on": last_year, "deleted_cursor": cursor})
        self._read()
        self.assertMirrorIsEqual()

    def test_another_company_sees_none_of_it(self):
        self._book(10)
        self._read()
        other = self.env["res.company"].create({"name": "Another company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "base.group_user,exact_online_connector.group_exact_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        lines = self._mirror()
        self.assertFalse(lines.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            lines.with_user(stranger).read(["amount_dc"])
