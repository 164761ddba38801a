# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import timedelta

from lxml import html

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..operations.mirrored_entries import CHANGED
from .common import ExactCase

ROLE = "exact_online_connector.group_exact_"


class OverviewCase(ExactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.company_data["default_journal_sale"]
        cls.journal.exact_attachment_policy = "none"
        cls.operator = new_test_user(
            cls.env, "operator", f"base.group_user,{ROLE}operator", **cls.of_company()
        )
        cls.seer = new_test_user(
            cls.env, "seer", f"base.group_user,{ROLE}user", **cls.of_company()
        )

    @classmethod
    def of_company(cls):
        return {
            "company_id": cls.company.id,
            "company_ids": [Command.set(cls.company.ids)],
            "email": "reader@example.com",
        }

    def held_back(self, *prices):
        """Invoices that are held back as their tax has no VAT code; their items."""
        tax = self.tax(21)
        tax.exact_vat_code_id = False
        moves = [self.invoice((price, tax)) for price in prices]
        self.run_queue()
        items = self.env["exact.sync.queue"].browse([self.item(move).id for move in moves])
        self.assertEqual(set(items.mapped("state")), {"failed"})
        return items

    def differ(self):
        """An invoice that somebody changed in Exact; its item."""
        move = self.invoice((100.0, self.tax(6)))
        self.run_queue()
        self.item(move).write({"state": "differs", "error_class": "differs", "message": "x: 1, 2"})
        return self.item(move)


@tagged("standard", "post_install", "-at_install")
class TestOverview(OverviewCase):
    """What people see of the queue without opening it, and how they get from there to the item."""

    def card(self, name="overview", user=None):
        division = self.division.with_user(user or self.env.user)
        division.invalidate_recordset()
        return json.loads(division[name])

    def opened(self, links, words):
        """The items that the link of these words opens."""
        [link] = [link for link in links if words in link["words"]]
        items = self.env["exact.sync.queue"].search(link["domain"])
        self.assertGreaterEqual(len(items), link["count"])
        return items

    # -- the card ---------------------------------------------------------------------------------

    def test_the_card_leads_from_its_counts_to_the_items(self):
        proven = self.invoice((50.0, self.tax(6)))
        failed, differs = self.held_back(10.0, 20.0), self.differ()
        card = self.card(user=self.seer)
        self.assertEqual((card["company"], card["trouble"]), (self.company.name, 3))
        self.assertEqual(card["connection"]["state"], "connected")
        self.assertGreater(card["connection"]["days"], 0)
        states = {link["words"]: link["count"] for link in self.card("overview_states")}
        self.assertEqual(states, {"Failed": 2, "Differs": 1})
        [first, second] = self.card("overview_causes")
        self.assertEqual(first["words"], "VAT code missing for tax 21%")
        self.assertEqual((first["count"], second["count"]), (2, 1))
        causes = self.card("overview_causes", self.seer)
        self.assertEqual(self.opened(causes, "VAT code"), failed)
        self.assertEqual(self.opened(causes, "Booked, but different"), differs)
        self.assertEqual(proven.exact_state, "done")
        other = self.env["res.company"].create({"name": "Had this administration before"})
        failed[0].sudo().company_id = other
        self.assertEqual(self.card()["trouble"], 2, "what another company left in it is not its")

    def test_the_graph_shows_what_was_sent_and_proven_on_each_of_fourteen_days(self):
        before = [series["values"][-1]["value"] for series in self.card("overview_graph")]
        self.invoice((50.0, self.tax(6)))
        self.run_queue()
        sent, proven = self.card("overview_graph")
        self.assertEqual((proven["key"], sent["key"]), ("Proven", "Sent"))
        self.assertEqual((len(proven["values"]), len(sent["values"])), (14, 14))
        self.assertEqual(proven["values"][-1]["label"], "26 Nov")
        self.assertEqual(proven["values"][0]["label"], "13 Nov")
        today = [series["values"][-1]["value"] for series in (sent, proven)]
        self.assertEqual(
            [now - then for now, then in zip(today, before, strict=True)],
            [2, 2],
            "the invoice and its contact, and none of what is only read",
        )
        self.clock.tick(timedelta(days=13))
        self.assertEqual(self.card("overview_graph")[0]["values"][0]["value"], today[1])
        self.assertFalse(self.card()["is_idle"])
        self.clock.tick(timedelta(days=1))
        self.assertTrue(self.card()["is_idle"])

    def test_the_card_tells_calls_limits_and_jobs(self):
        self.invoice((50.0, self.tax(6)))
        self.run_queue()
        card = self.card()
        calls = self.env["exact.call"].search_count(
            [("division", "=", self.division.code), ("started_on", ">=", "2026-11-26 08:00:05")]
        )
        self.assertEqual(card["calls"]["hour"], calls)
        self.assertGreater(calls, 1)
        self.assertEqual(card["calls"]["day"], self.division.day_remaining)
        self.assertLess(card["calls"]["day"], card["calls"]["day_limit"])
        jobs = {job["name"]: job["when"] for job in card["jobs"]}
        self.assertIn("Queue", jobs)
        self.assertTrue(jobs["Lists"])
        self.assertEqual(card["stopped"], [])
        self.env.ref("exact_online_connector.ir_cron_exact_lists").sudo().active = False
        [stopped] = self.card()["stopped"]
        self.assertIn("read the lists", stopped)

    def test_more_administrations_cost_no_more_reads(self):
        self.held_back(10.0)
        divisions = self.division
        self.reads(divisions)
        before = self.reads(divisions)
        for code in (1, 2, 3):
            company = self.env["res.company"].create({"name": f"Company {code}"})
            self.env.user.company_ids += company
            self.connection.company_ids += company
            company.exact_division_id = self.env["exact.division"].sudo().create(
                {"connection_id": self.connection.id, "code": code, "name": f"Books {code}"}
            )
            divisions += company.exact_division_id.sudo(False)
        divisions = divisions.with_context(allowed_company_ids=divisions.company_id.ids)
        self.reads(divisions)
        self.assertLessEqual(self.reads(divisions), before)
        self.assertEqual(json.loads(divisions[-1].overview)["company"], "Company 3")

    def reads(self, divisions):
        self.env.flush_all()
        self.env.invalidate_all()
        count = self.env.cr.sql_log_count
        divisions.mapped("overview")
        return self.env.cr.sql_log_count - count

    def test_whoever_does_not_work_for_the_company_sees_no_figures(self):
        other = self.env["res.company"].create({"name": "Shares the connection"})
        self.connection.company_ids += other
        stranger = new_test_user(
            self.env,
            "stranger",
            f"base.group_user,{ROLE}manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.held_back(10.0)
        division = self.division.with_user(stranger).with_company(other)
        self.assertTrue(division.name, "it is in the list of administrations")
        for name in ("overview", "overview_states", "overview_causes", "overview_graph"):
            self.assertFalse(division[name])
        shown = self.env["exact.division"].with_user(stranger).search(
            [("company_id", "in", other.ids)]
        )
        self.assertFalse(shown)

    def test_send_now_sends_what_waits_for_its_hour(self):
        self.journal.exact_mode = "scheduled"
        move = self.invoice((50.0, self.tax(6)))
        self.assertEqual(self.item(move).state, "waiting")
        self.assertEqual(self.card()["to_send"], 1)
        self.assertTrue(self.card()["oldest"])
        with self.assertRaises(AccessError):
            self.division.with_user(self.seer).action_overview_send_now()
        self.division.with_user(self.operator).action_overview_send_now()
        self.run_queue()
        self.assertEqual(move.exact_state, "done")
        self.assertEqual((self.card()["to_send"], self.card()["oldest"]), (0, ""))

    def test_a_lost_connection_is_said_and_mended_from_the_card(self):
        self.connection._stop("reconnect", "Exact refused the token.")
        card = self.card()
        self.assertEqual(card["connection"]["state"], "reconnect")
        self.assertEqual(card["connection"]["reason"], "Exact refused the token.")
        address = self.division.action_overview_reconnect()["url"]
        self.assertIn("/api/oauth2/auth", address)
        with self.assertRaisesRegex(UserError, "role Manager"):
            self.division.with_user(self.operator).action_overview_reconnect()

    def test_what_needs_a_person_opens_by_cause(self):
        items = self.held_back(10.0)
        action = self.division.with_user(self.seer).action_overview_trouble()
        self.assertEqual(self.env["exact.sync.queue"].search(action["domain"]) & items, items)
        self.assertIn("search_default_by_cause", action["context"])

    # -- Odoo's own dashboard ---------------------------------------------------------------------

    def journal_card(self, user=None):
        journal = self.journal.with_user(user or self.env.user)
        journal.invalidate_recordset()
        return json.loads(journal.kanban_dashboard).get("exact")

    def test_a_journal_says_where_its_documents_stand(self):
        self.assertEqual(
            self.journal_card(), {"to_send": 0, "waiting": 0, "failed": 0, "differs": 0}
        )
        self.invoice((50.0, self.tax(6)))  # is sent, proven and nobody's concern any more
        failed, differs = self.held_back(10.0, 20.0), self.differ()
        self.journal.exact_mode = "button"
        unsent = self.invoice((30.0, self.tax(6)))
        self.invoice((30.0, self.tax(6)), invoice_date="2025-12-31")  # before the company's start
        self.journal.exact_mode = "scheduled"
        waiting = self.invoice((40.0, self.tax(6)))
        self.assertEqual(self.journal_card()["to_send"], 0, "it is not a person who sends these")
        self.journal.exact_mode = "button"
        self.assertEqual(
            self.journal_card(), {"to_send": 1, "waiting": 1, "failed": 2, "differs": 1}
        )
        for action, records in (
            (self.journal.action_exact_failed_items(), failed),
            (self.journal.action_exact_differing_items(), differs),
            (self.journal.action_exact_waiting_items(), self.item(waiting)),
            (self.journal.action_exact_unsent(), unsent),
        ):
            found = self.env[action["res_model"]].search(action["domain"])
            self.assertEqual(found, records, action["name"])
        bank = self.company_data["default_journal_bank"]
        self.assertNotIn("exact", json.loads(bank.kanban_dashboard))

    def test_a_journal_says_nothing_to_who_has_no_role(self):
        self.held_back(10.0)
        clerk = new_test_user(self.env, "clerk", "base.group_user", **self.of_company())
        journal = self.journal.with_user(clerk).sudo()
        data = journal._get_journal_dashboard_data_batched()
        self.assertNotIn("exact", data[journal.id])

    # -- the log ----------------------------------------------------------------------------------

    def test_a_call_says_who_made_it_and_how_it_went(self):
        move = self.invoice((50.0, self.tax(6)))
        self.run_queue()
        call = self.env["exact.call"].search(
            [("item_id", "=", self.item(move).id), ("method", "=", "POST")]
        )
        self.assertEqual((call.resource, call.status), ("salesentry/SalesEntries", 201))
        self.assertEqual((call.user_id, call.caller), (self.env.user, self.env.user.name))
        self.assertIn("AmountFC", call.request)
        self.assertTrue(call.answer)

    def test_a_scheduled_job_is_nobody(self):
        calls = self.env["exact.call"].with_user(self.env.ref("base.user_root"))
        call = calls._begin(self.connection.id, None, 1, "GET", "current/Me")
        self.assertEqual(call.caller, "Scheduled job")

    def test_calls_are_kept_as_long_as_the_settings_say(self):
        calls = self.env["exact.call"].sudo()
        calls.search([]).unlink()
        for days in (2, 20, 40):
            call = calls._begin(self.connection.id, None, 1, "GET", "current/Me")
            call.started_on = fields.Datetime.now() - timedelta(days=days)
        calls._vacuum()
        self.assertEqual(len(calls.search([])), 2, "30 days where nobody says otherwise")
        settings = self.env["res.config.settings"].create({"exact_call_days": 7})
        settings.execute()
        calls._vacuum()
        self.assertEqual(len(calls.search([])), 1)
        with self.assertRaisesRegex(ValidationError, "one day at least"):
            self.env["res.config.settings"].create({"exact_call_days": 0})

    # -- tasks close themselves -------------------------------------------------------------------

    def test_the_task_to_connect_again_ends_when_the_connection_is_given_up(self):
        self.connection._stop("reconnect", "gone")
        self.assertTrue(self.connection.activity_ids)
        self.connection.action_disconnect()
        self.assertFalse(self.connection.activity_ids)

    def test_the_task_of_a_change_ends_when_the_last_one_was_looked_at(self):
        sync = self.initial_sync()
        journal, account = self.journal.exact_journal_id, self.mirror(
            "exact.gl.account", "604000"
        )
        self.company_data["default_account_expense"].exact_gl_account_id = account
        journal.sudo().drift = "It was blocked in Exact Online."
        account.sudo().drift = "It was blocked in Exact Online."
        sync._report_drift()
        self.assertEqual(len(sync.activity_ids), 1)
        journal.action_drift_seen()
        self.assertEqual(len(sync.activity_ids), 1)
        self.assertNotIn(journal.display_name, sync.activity_ids.note)
        account.action_drift_seen()
        self.assertFalse(sync.activity_ids)

    def test_the_task_of_a_change_ends_when_nothing_is_mapped_to_it_any_more(self):
        sync = self.initial_sync()
        journal = self.journal.exact_journal_id
        journal.sudo().drift = "It was blocked in Exact Online."
        sync._report_drift()
        self.assertTrue(sync.activity_ids)
        self.journal.exact_journal_id = False
        self.journal.exact_credit_journal_id = False
        sync._report_drift()
        self.assertFalse(sync.activity_ids)

    def test_the_task_of_a_mirrored_entry_ends_with_it(self):
        general = self.company_data["default_journal_misc"]
        for end in ("cancel", "no longer mirrored"):
            move = self.env["account.move"].create({"journal_id": general.id})
            entry = self.env["exact.mirrored.entry"].sudo().create(
                {
                    "division_id": self.division.id,
                    "company_id": self.company.id,
                    "exact_id": end,
                    "journal_id": general.id,
                    "move_id": move.id,
                    "state": "left",
                }
            )
            move.activity_schedule(CHANGED, user_id=self.env.uid)
            if end == "cancel":
                move.button_cancel()
            else:
                entry._forget(general)
            self.assertFalse(move.activity_ids, end)


@tagged("standard", "post_install", "-at_install")
class TestDigest(OverviewCase):
    """A mail that says how it went, to whoever wants it, and to nobody else."""

    def setUp(self):
        super().setUp()
        self.company.write(
            {
                "exact_digest": "daily",
                "exact_responsible_id": self.seer.id,
                "exact_digest_sent_on": False,
            }
        )

    def mails(self):
        """What the scheduled job puts into the outbox."""
        outbox = self.env["mail.mail"].sudo()
        before = outbox.search([])
        self.env["res.company"]._cron_exact_digest()
        return outbox.search([]) - before

    def text(self, mail):
        return " ".join(html.fromstring(mail.body_html).text_content().split())

    def test_the_digest_counts_and_links_to_the_causes(self):
        self.invoice((50.0, self.tax(6)))
        failed = self.held_back(10.0, 20.0)
        differs = self.differ()
        mail = self.mails()
        self.assertEqual(mail.recipient_ids, self.seer.partner_id)
        self.assertEqual(
            mail.subject, f"Exact Online, {self.company.name}: 3 need attention"
        )
        text = self.text(mail)
        proven = self.env["exact.sync.queue"].search_count(
            [("state", "=", "done"), ("exact_number", "!=", False)]
        )
        self.assertIn(f"{proven + 1} {proven} 0 2 1 Sent Proven On their way Failed Differ", text)
        self.assertIn(failed[0].cause_label, text)
        links = html.fromstring(mail.body_html).xpath("//a/@href")
        self.assertTrue(links[0].endswith("exact_sync_queue_trouble_action"))
        self.assertTrue(links[1].endswith(f"/odoo/exact.sync.queue/{differs.id}"))
        self.assertIn("connection is good for", text)

    def test_nothing_is_sent_where_nobody_wants_it_or_before_it_is_time(self):
        self.company.exact_digest = "none"
        self.assertFalse(self.mails())
        self.company.exact_digest = "weekly"
        self.assertTrue(self.mails())
        self.clock.tick(timedelta(days=6))
        self.assertFalse(self.mails())
        self.clock.tick(timedelta(hours=23, minutes=30))
        self.assertTrue(self.mails())
        self.assertFalse(self.mails(), "once")

    def test_it_goes_to_the_chosen_readers_who_may_see_it(self):
        clerk = new_test_user(self.env, "clerk", "base.group_user", **self.of_company())
        self.company.exact_digest_user_ids = self.operator + clerk
        self.assertEqual(self.mails().recipient_ids, self.operator.partner_id)

    def test_it_says_that_nothing_is_sent_without_connection(self):
        self.connection._stop("reconnect", "Exact refused <b>the token</b>.")
        mail = self.mails()
        self.assertIn("connect again", mail.subject)
        self.assertIn("Exact refused <b>the token</b>.", self.text(mail), "as text")

    def test_it_is_in_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("nl_NL")
        self.seer.lang = "nl_NL"
        company = self.env["res.company"].browse(self.company.id)
        seen = []

        def mail(reader, user, since):
            seen.append((reader.env.lang, user))
            return {"subject": "x", "body_html": "x"}

        self.patch(type(company), "_exact_digest_mail", mail)
        self.mails()
        self.assertEqual(seen, [("nl_NL", self.seer)])
