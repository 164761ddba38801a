# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestConnectionExpiry(ExactCase):
    """Whoever is responsible is told in time, once, and by mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.responsible = new_test_user(
            cls.env, "responsible", email="responsible@example.com", company_id=cls.company.id
        )
        cls.company.exact_responsible_id = cls.responsible

    def setUp(self):
        super().setUp()
        self.token = self.env["exact.connection.token"]._of(self.connection)
        self.mails = 0

    def after(self, days):
        """``(tasks, mails since the last look)`` after the daily job so many days before the
        token dies.
        """
        dies_on = fields.Datetime.now() + timedelta(days=days, hours=1)
        self.token.refresh_token_expires_on = dies_on
        self.connection.invalidate_recordset()
        self.connection._cron_expiry()
        return self.told()

    def told(self):
        before, self.mails = self.mails, self.count_mails()
        return len(self.connection.activity_ids), self.mails - before

    def count_mails(self):
        sent_to = [("res_partner_id", "=", self.responsible.partner_id.id)]
        return self.env["mail.notification"].search_count(sent_to)

    def test_warned_two_weeks_one_week_and_two_days_before_once_each(self):
        expected = {20: (0, 0), 15: (0, 0), 14: (1, 1), 13: (1, 0), 8: (1, 0), 7: (1, 1)}
        expected |= {3: (1, 0), 2: (1, 1), 1: (1, 0), 0: (1, 0)}
        self.assertEqual({days: self.after(days) for days in expected}, expected)
        [task] = self.connection.activity_ids
        self.assertEqual(task.user_id, self.responsible)
        self.assertIn("in 2 days", str(task.note))
        self.assertEqual(task.date_deadline, fields.Date.today() + timedelta(days=2))

    def test_the_warning_closes_itself_once_exact_was_asked_again(self):
        self.assertEqual(self.after(6), (1, 1))
        self.assertEqual(self.after(30), (0, 0))
        self.assertEqual(self.after(14), (1, 1), "and begins anew")

    def test_a_lost_connection_is_one_task_and_one_mail(self):
        self.after(2)
        self.told()
        for _time in range(3):
            self.connection._stop("reconnect", "The consent was withdrawn.")
        self.assertEqual(self.told(), (1, 1))
        self.assertIn("withdrawn", str(self.connection.activity_ids.note))
        self.assertEqual(self.after(1), (1, 0), "of what is lost nobody is warned")
        self.give_consent()
        self.assertEqual(self.told(), (0, 0))
