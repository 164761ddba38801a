# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from freezegun import freeze_time
from psycopg2.errors import UniqueViolation

from odoo.exceptions import UserError, ValidationError
from odoo.modules.module import get_module_path
from odoo.tests import tagged
from odoo.tests.common import new_test_user
from odoo.tools import mute_logger

from ..exact_api import ReauthorisationNeeded
from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestConnection(ExactCase):
    def _state_of(self, connection):
        from urllib.parse import parse_qs, urlsplit

        return parse_qs(urlsplit(connection.action_connect()["url"]).query)["state"][0]

    def _look(self, state, user=None):
        with self.enter_registry_test_mode():
            connections = self.env["exact.connection"].with_user(user or self.env.user)
            return connections._connection_of_consent(state)

    def test_connected_as_whom_and_what_is_left(self):
        self.assertEqual(self.connection.state, "connected")
        self.assertIn("Simone", self.connection.authorised_by)
        self.assertIn(self.connection.refresh_token_days, (29, 30))
        self.assertEqual(self.company.exact_connection_state, "connected")
        self.assertTrue(self.company.exact_minute_remaining)
        self.assertTrue(self.company.exact_day_remaining)

    def test_the_state_works_once(self):
        state = self._state_of(self.connection)
        self.assertEqual(self._look(state)[0], self.connection)
        with self.assertRaises(UserError):
            self._look(state)

    def test_the_state_works_for_its_user_only(self):
        state = self._state_of(self.connection)
        other = new_test_user(
            self.env, "other", "base.group_user,exact_online_connector.group_exact_manager"
        )
        with self.assertRaises(UserError):
            self._look(state, other)

    def test_the_state_expires(self):
        with freeze_time("2026-11-22 10:00:00"):
            state = self._state_of(self.connection)
        with freeze_time("2026-11-22 10:16:00"), self.assertRaises(UserError):
            self._look(state)

    def test_a_forged_state_is_refused(self):
        state = self._state_of(self.connection)
        for forged in ("", "x", state[:-4] + "AAAA", state + "A", "AQ" * 40):
            with self.assertRaises(UserError):
                self._look(forged)

    def test_site_and_app_do_not_change_under_the_tokens(self):
        for values in ({"site": "be"}, {"simulator_url": False}, {"client_id": "x"}):
            with self.assertRaisesRegex(UserError, "Disconnect first"):
                self.connection.write(values)
        self.connection.action_disconnect()
        self.connection.site = "be"

    def test_the_simulator_is_on_this_machine_only(self):
        self.connection.action_disconnect()
        for url in ("http://example.com", "http://10.0.0.1:8070", "ftp://localhost", "localhost"):
            with self.assertRaisesRegex(ValidationError, "not an address of this machine"):
                self.connection.simulator_url = url

    def test_a_missing_secret_is_asked_for(self):
        connection = self.env["exact.connection"].create({"name": "New", "client_id": "x"})
        with self.assertRaisesRegex(UserError, "the client secret"):
            connection.action_connect()

    def test_a_copied_database_stops(self):
        self.env["ir.config_parameter"].sudo().set_param("database.uuid", "another")
        with self.enter_registry_test_mode():
            self._assert_no_client()
        self.assertEqual(self.connection.state, "copied")
        self.assertTrue(self.connection.activity_ids, "somebody is told")
        self.connection.action_this_is_the_original()
        self.assertEqual(self.connection.state, "connected")
        with self.enter_registry_test_mode():
            self.connection._client()

    def _assert_no_client(self):
        # not assertRaises: Odoo's rolls back what was committed beside it
        try:
            self.connection._client()
        except ReauthorisationNeeded:
            return
        self.fail("A copy of the database got a client.")

    def test_a_neutralised_database_holds_no_token(self):
        with open(f"{get_module_path('exact_online_connector')}/data/neutralize.sql") as file:
            self.env.flush_all()
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertFalse(self.env["exact.connection.token"].sudo().search([]))
        self.assertEqual(self.connection.state, "draft")

    def test_disconnect_forgets_the_tokens_and_keeps_the_queue(self):
        move = self.invoice((10.0, self.tax(21)))
        self.connection.action_disconnect()
        token = self.env["exact.connection.token"].sudo().search([])
        self.assertFalse(token.access_token or token.refresh_token)
        self.run_queue()
        self.assertEqual(self.item(move).state, "blocked")

    def test_several_companies_share_one_connection(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.connection.company_ids += other
        self.env.user.company_ids += other
        division = (self.connection.division_ids - self.division)[:1]
        sync = self.env["exact.initial.sync"].with_context(allowed_company_ids=other.ids)._of(other)
        sync.division_id = division
        sync.action_use_administration()
        self.assertEqual(other.exact_connection_id, self.connection)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            other.exact_division_id = self.division
            self.env.flush_all()

    def test_lists_are_mirrored_and_what_vanished_is_archived(self):
        gone = (
            self.env["exact.journal"]
            .sudo()
            .create({"division_id": self.division.id, "exact_id": "gone", "code": "GONE"})
        )
        with self.enter_registry_test_mode():
            self.division.action_refresh()
        self.run_queue()
        self.assertFalse(gone.active)
        self.assertGreaterEqual(
            self.env["exact.gl.account"].search_count([("division_id", "=", self.division.id)]), 350
        )
        types = self.env["exact.vat.code"].search([("division_id", "=", self.division.id)])
        self.assertEqual(set(types.mapped("type")), {"E", "I", "B", "N"})
        self.assertEqual(types.filtered(lambda code: code.code == "5").percentage, 21.0)
