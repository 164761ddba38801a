# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ExactCase

SECRETS = ("client_secret", "access_token", "refresh_token", "consent_nonce", "webhook_secret")


@tagged("standard", "post_install", "-at_install")
class TestRoles(ExactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = "exact_online_connector.group_exact_"
        cls.seer = new_test_user(cls.env, "seer", f"base.group_user,{group}user")
        cls.operator = new_test_user(cls.env, "operator", f"base.group_user,{group}operator")
        cls.manager = new_test_user(cls.env, "manager", f"base.group_user,{group}manager")
        cls.other_company = cls.env["res.company"].create({"name": "Another company"})
        cls.stranger = new_test_user(
            cls.env,
            "stranger",
            f"base.group_user,{group}manager",
            company_id=cls.other_company.id,
            company_ids=[Command.set(cls.other_company.ids)],
        )

    def test_a_user_sees_but_does_not_retry(self):
        item = self.item(self.invoice((10.0, self.tax(21)))).with_user(self.seer)
        self.assertEqual(item.state, "ready")
        with self.assertRaises(AccessError):
            item.action_retry()
        with self.assertRaises(AccessError):
            item.action_cancel()

    def test_an_operator_retries_but_does_not_connect(self):
        item = self.item(self.invoice((10.0, self.tax(21)))).with_user(self.operator)
        item.action_cancel()
        self.assertEqual(item.state, "cancelled")
        with self.assertRaises(AccessError):
            self.connection.with_user(self.operator).action_connect()
        with self.assertRaises(AccessError):
            self.connection.with_user(self.operator).action_disconnect()
        with self.assertRaises(AccessError):
            self.connection.with_user(self.operator).action_this_is_the_original()
        with self.assertRaises(AccessError):
            self.division.with_user(self.operator).action_refresh()

    def test_nobody_writes_the_queue_by_hand(self):
        item = self.item(self.invoice((10.0, self.tax(21))))
        for user in (self.seer, self.operator, self.manager):
            with self.assertRaises(AccessError):
                item.with_user(user).write({"state": "done"})
            with self.assertRaises(AccessError):
                item.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.env["exact.sync.queue"].with_user(user).create(
                    {
                        "name": "crafted",
                        "operation": "sales_entry",
                        "res_model": "account.move",
                        "res_id": 1,
                        "company_id": self.company.id,
                        "division_id": self.division.id,
                    }
                )

    def test_nobody_reads_a_secret(self):
        token = (
            self.env["exact.connection.token"]
            .sudo()
            .search([("connection_id", "=", self.connection.id)])
        )
        self.assertTrue(token.refresh_token)
        for user in (self.seer, self.operator, self.manager, self.env.ref("base.user_admin")):
            for field in SECRETS:
                with self.assertRaises(AccessError):
                    token.with_user(user).read([field])
            with self.assertRaises(UserError):
                token.with_user(user).export_data(["refresh_token"])
        self.assertFalse(self.connection.with_user(self.manager).client_secret)

    def test_another_company_sees_nothing(self):
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        for model in (
            "exact.connection",
            "exact.division",
            "exact.journal",
            "exact.gl.account",
            "exact.vat.code",
            "exact.payment.condition",
            "exact.binding",
            "exact.sync.queue",
            "exact.sync.run",
            "exact.call",
            "exact.call.budget",
        ):
            rows = self.env[model].with_user(self.env.ref("base.user_root")).search([])
            self.assertTrue(rows, f"{model} holds rows")
            self.assertFalse(self.env[model].with_user(self.stranger).search([]), model)
        with self.assertRaises(AccessError):
            self.item(move).with_user(self.stranger).action_retry()
        with self.assertRaises(AccessError):
            self.connection.with_user(self.stranger).action_connect()

    def test_a_manager_does_not_set_up_another_company(self):
        sync = self.env["exact.initial.sync"].with_user(self.stranger)._of(self.other_company)
        with self.assertRaisesRegex(Exception, "administration of one of this company"):
            sync.division_id = self.division

    def test_each_model_has_a_company_rule(self):
        models = self.env["ir.model"].search(
            [("model", "=like", "exact.%"), ("abstract", "=", False)]
        )
        ruled = self.env["ir.rule"].search([]).model_id
        self.assertEqual(
            set((models - ruled).mapped("model")),
            {"exact.connection.token"},
            "which nobody can read at all",
        )
