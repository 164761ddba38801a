# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from itertools import repeat

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.exact_back_fill import PORTION, RESERVE
from .common import ExactCase

DAY_LIMIT = 60


class BackFillCase(ExactCase):
    """A company that posted documents before it connected; to print them takes too long here."""

    def setUp(self):
        super().setUp()
        self.company_data["default_journal_sale"].exact_attachment_policy = "none"

    def past(self, *prices, tax=None, **values):
        """Invoices that were posted when the company had no administration yet."""
        self.company.exact_division_id = False
        moves = self.env["account.move"]
        for price in prices:
            moves += self.invoice(
                (price, self.tax(21) if tax is None else tax), post=False, **values
            )
        moves.action_post()
        self.company.exact_division_id = self.division
        return moves

    def customers(self, count):
        country = self.env.ref("base.be").id
        return self.env["res.partner"].create(
            [
                {"name": f"Past customer {number}", "zip": f"{number}", "country_id": country}
                for number in range(count)
            ]
        )

    def give_pdf(self, moves):
        moves.journal_id.exact_attachment_policy = "main"
        self.env["ir.attachment"].create(
            [
                {
                    "name": f"{move.name.replace('/', '_')}.pdf",
                    "raw": f"%PDF-1.4 {move.name}".encode(),
                    "res_model": move._name,
                    "res_id": move.id,
                    "res_field": "invoice_pdf_report_file",
                }
                for move in moves
            ]
        )
        moves.invalidate_recordset()

    def back_fill(self, **values):
        return self.env["exact.back.fill"].create(values)

    def counted(self, **values):
        fill = self.back_fill(**values)
        fill.action_count()
        self.run_queue()
        self.assertEqual(fill.state, "ready", fill.note)
        return fill

    def steps(self):
        """What the scheduled job does for past documents, without the queue's own work."""
        with self.enter_registry_test_mode():
            while self.env["exact.back.fill"]._take_steps():
                pass

    def work(self, items):
        """A run that has time for so many items."""
        time_left = iter([*repeat(True, items - 1), *repeat(False, 20)])
        with self.enter_registry_test_mode():
            self.env["exact.sync.run"]._run(lambda: next(time_left))

    def calls_made(self):
        return self.env["exact.call"].search_count([("division", "=", self.division.code)])

    def writes_made(self):
        return self.env["exact.call"].search_count([("method", "!=", "GET")])


@tagged("standard", "post_install", "-at_install")
class TestBackFill(BackFillCase):
    # -- counted and checked before anything is sent ----------------------------------------------

    def test_only_what_was_posted_and_is_neither_there_nor_on_its_way_counts(self):
        past = self.past(10.0, 20.0)
        booked = self.invoice((30.0, self.tax(21)))
        self.run_queue()
        self.invoice((40.0, self.tax(21)))  # queued
        self.invoice((50.0, self.tax(21)), post=False)
        last_year = fields.Date.today() - timedelta(days=400)
        self.past(60.0, invoice_date=last_year)
        other_journal = past.journal_id.copy({"code": "OTH"})
        elsewhere = self.past(70.0, journal_id=other_journal.id)
        fill = self.counted(journal_ids=past.journal_id.ids)
        self.assertEqual(fill.document_ids.move_id, past)
        self.assertEqual(self.item(booked).state, "done")
        everywhere = self.counted(date_from=last_year)
        self.assertEqual(
            everywhere.document_ids.move_id,
            past | elsewhere,
            "documents before the start date stay in Odoo",
        )

    def test_counting_makes_no_call_and_sends_nothing(self):
        self.past(*range(10, 65))
        calls = self.calls_made()
        fill = self.back_fill()
        fill.action_count()
        self.assertEqual(fill.state, "counting", "the click only asks for it")
        self.run_queue()
        self.assertEqual((fill.state, fill.document_count), ("ready", 55))
        self.assertEqual(fill.accepted_count, 55)
        self.assertEqual(self.calls_made(), calls)
        self.assertIn("All 55 documents would be accepted today", fill.score)

    def test_the_forecast_is_what_it_costs(self):
        partners = self.customers(6)
        moves = self.env["account.move"]
        for partner in partners:
            moves += self.past(*range(10, 14), partner_id=partner.id)
        self.give_pdf(moves)
        fill = self.counted()
        self.assertEqual((fill.document_count, fill.pdf_count), (24, 24))
        self.assertEqual(fill.contact_count, 6)
        self.assertEqual(fill.minute_estimate, -(-fill.call_estimate // self.minute_limit()))
        self.assertEqual(fill.day_estimate, 1)
        self.count_calls("*", "/api/v1/")
        fill.action_start()
        self.run_queue()
        self.assertEqual((fill.state, fill.done_count), ("done", 24))
        [made] = self.calls_counted()
        self.assertAlmostEqual(fill.call_estimate, made, delta=made / 50)
        self.assertEqual(fill.progress, 100.0)

    def minute_limit(self):
        return self.env["exact.call.budget"].sudo()._of(self.connection.id, 320101).minute_limit

    def test_what_holds_documents_back_is_grouped_by_its_cause(self):
        self.past(*range(10, 15))
        unmapped = self.tax(6)
        code = unmapped.exact_vat_code_id
        with_tax = self.past(*range(20, 23), tax=unmapped)
        unmapped.exact_vat_code_id = False
        dollar = self.env.ref("base.USD")
        dollar.active = True
        in_dollars = self.past(30.0, 31.0, currency_id=dollar.id)
        wrong = self.customers(1)
        wrong.with_context(no_vat_validation=True).vat = "BE0477472702"
        of_wrong = self.past(40.0, partner_id=wrong.id)
        fill = self.counted()
        self.assertEqual((fill.document_count, fill.accepted_count), (11, 5))
        self.assertIn("Of 11 documents 5 would be accepted today; these 3 causes", fill.score)
        causes = {cause.document_ids.move_id: cause for cause in fill.cause_ids}
        self.assertEqual(set(causes), {with_tax, in_dollars, of_wrong})
        self.assertEqual(causes[with_tax].document_count, 3)
        self.assertEqual(causes[with_tax].action_fix()["res_id"], unmapped.id)
        self.assertEqual(causes[of_wrong].action_fix()["res_id"], wrong.id)
        [foreign] = fill.cause_ids.filtered(lambda cause: cause.key.startswith("journal_currency"))
        self.assertIn("takes EUR only", foreign.text)
        self.assertEqual(foreign.action_fix()["res_id"], in_dollars.journal_id.id)
        unmapped.exact_vat_code_id = code
        fill.action_count()
        self.run_queue()
        self.assertEqual((fill.accepted_count, len(fill.cause_ids)), (8, 2))

    def test_an_empty_back_fill_says_so(self):
        fill = self.counted()
        self.assertIn("Nothing to send", fill.score)

    # -- sent when nothing else is to be sent -----------------------------------------------------

    def test_past_documents_go_in_portions_and_new_ones_first(self):
        past = self.past(*range(10, 10 + PORTION + 5))
        self.give_pdf(past)
        fill = self.counted()
        fill.action_start()
        self.steps()
        self.assertEqual(len(fill.item_ids), PORTION, "no more at a time")
        self.assertEqual(fill.left_count, 5)
        self.work(6)
        new = self.invoice((99.0, self.tax(21)))
        self.work(5)  # document and file wait for their turn each: the entry, twice, and these
        self.assertIn(self.item(new).state, ("sent", "done"))
        self.assertTrue(fill.under_way_count, "the past ones are not all there yet")

    def assert_booked_once(self, moves):
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        numbers = [entry["header"]["YourRef"] for entry in entries]
        times = {name: numbers.count(name) for name in moves.mapped("name")}
        self.assertEqual(set(times.values()), {1}, times)

    def test_the_contact_that_a_new_invoice_needs_is_no_longer_late(self):
        self.past(10.0)
        fill = self.counted()
        fill.action_start()
        self.steps()
        self.work(1)
        contact = self.item(self.customer, "contact")
        self.assertTrue(contact.priority >= 200)
        new = self.invoice((20.0, self.tax(21)))
        self.work(1)
        self.assertLess(contact.priority, self.item(new).priority)
        fill.action_pause()
        self.assertNotEqual(contact.state, "cancelled")
        self.run_queue()
        self.assertEqual(self.item(new).state, "done")

    def test_pause_takes_effect_at_once_and_resume_loses_nothing(self):
        past = self.past(*range(10, 18))
        self.give_pdf(past)
        fill = self.counted()
        fill.action_start()
        self.work(12)
        done = fill.done_count + fill.under_way_count
        fill.action_pause()
        self.assertEqual(fill.state, "paused")
        self.assertIn("Paused by", fill.status)
        writes = self.writes_made()
        self.run_queue()
        self.assertEqual(self.writes_made(), writes)
        self.assertGreater(fill.left_count, 0)
        self.assertEqual(fill.left_count + fill.done_count, 8)
        self.assertLessEqual(fill.done_count, done)
        fill.action_resume()
        self.run_queue()
        self.assertEqual((fill.state, fill.done_count), ("done", 8))
        self.assert_booked_once(past)

    def test_what_may_be_booked_does_not_leave_the_queue(self):
        [move] = self.past(10.0)
        self.give_pdf(move)
        fill = self.counted()
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("exact_online_connector.settle_seconds", "100")
        self.fault("cut_after_commit", "POST", ".*/documents/Documents$", times="once")
        fill.action_start()
        self.run_queue()
        document = self.item(move, "document")
        self.assertEqual(document.state, "checking")
        fill.action_pause()
        self.assertEqual(document.state, "checking")
        document.state = "failed"
        fill.action_resume()
        self.steps()
        fill.action_pause()
        self.assertEqual(document.state, "failed", "its outcome is unknown")
        document.action_retry()
        fill.action_resume()
        self.run_queue()
        self.assertEqual((fill.state, self.item(move).state), ("done", "done"))
        self.assertEqual(len(self.entries(move)), 1)

    def test_cancelled_for_good_it_sends_nothing_more(self):
        self.give_pdf(self.past(*range(10, 16)))
        fill = self.counted()
        fill.action_start()
        self.work(5)
        fill.action_cancel()
        writes = self.writes_made()
        self.run_queue()
        self.assertEqual(self.writes_made(), writes)
        self.assertEqual(fill.state, "cancelled")
        with self.assertRaisesRegex(UserError, "not possible any more"):
            fill.action_resume()
        again = self.counted()
        again.action_start()
        self.run_queue()
        self.assertEqual(again.state, "done", "the others can be sent by a new one")
        self.assertEqual(again.done_count + fill.done_count, 6 + fill.done_count)

    def test_what_a_person_cancels_in_the_queue_is_left_out(self):
        past = self.past(10.0, 20.0)
        fill = self.counted()
        fill.action_start()
        self.steps()
        self.item(past[0]).action_cancel()
        self.run_queue()
        self.assertEqual((fill.state, fill.done_count, fill.left_out_count), ("done", 1, 1))
        self.assertFalse(self.entries(past[0]))

    def test_one_that_fails_delays_no_other(self):
        unmapped = self.tax(6)
        bad = self.past(*range(10, 12 + PORTION), tax=unmapped)
        good = self.past(99.0)
        unmapped.exact_vat_code_id = False
        fill = self.counted()
        fill.action_start()
        self.run_queue()
        self.assertEqual(self.item(good).state, "done")
        self.assertEqual((fill.failed_count, fill.done_count), (len(bad), 1))
        self.assertEqual(fill.state, "done", "all that it can do is done")

    def test_a_share_of_the_day_is_kept_for_new_documents(self):
        past = self.past(*range(10, 26))
        self.give_pdf(past)
        self.let_a_day_have(DAY_LIMIT)
        fill = self.counted()
        self.assertEqual(fill.day_estimate, 2)
        self.assertIn("spread over 2 days", fill.forecast)
        fill.action_start()
        self.run_queue()
        budget = self.env["exact.call.budget"].sudo()._of(self.connection.id, self.division.code)
        self.assertEqual(fill.state, "running")
        self.assertGreaterEqual(budget._remaining()[1], DAY_LIMIT * RESERVE)
        self.assertIn("Continues tomorrow", fill.status)
        trigger = self.env["ir.cron.trigger"].sudo().search([("call_at", "=", fill.resumes_on)])
        self.assertTrue(trigger, "by itself")
        new = self.invoice((99.0, self.tax(21)))
        self.run_queue()
        self.assertEqual(self.item(new).state, "done", "new ones are sent today")
        budget.day = budget.day - timedelta(days=1)
        self.simulator.control("POST", "limits", {"enabled": False})
        self.run_queue()
        self.assertEqual((fill.state, fill.done_count), ("done", 16))
        self.assertFalse(fill.status)

    def let_a_day_have(self, calls):
        self.simulator.control(
            "POST", "limits", {"enabled": True, "day": calls, "minute": 100_000}
        )
        self.division.action_refresh()
        self.run_queue()

    def test_without_a_connection_it_waits(self):
        self.past(10.0)
        fill = self.counted()
        self.connection._stop("reconnect", "gone")
        fill.action_start()
        self.run_queue()
        self.assertFalse(fill.item_ids)
        self.assertIn("connects to Exact Online again", fill.status)

    def test_it_stops_when_the_company_moves_to_another_administration(self):
        self.past(10.0)
        fill = self.counted()
        fill.action_start()
        self.steps()
        self.company.exact_division_id = self.connection.division_ids[0]
        self.assertNotEqual(self.company.exact_division_id, self.division)
        self.steps()
        self.assertEqual((fill.state, fill.left_count), ("paused", 1))
        self.assertIn("another administration", fill.status)

    # -- who may do what --------------------------------------------------------------------------

    def test_only_a_manager_starts_and_nobody_sets_the_state(self):
        group = "exact_online_connector.group_exact_"
        operator = new_test_user(self.env, "past", f"base.group_user,{group}operator")
        manager = new_test_user(self.env, "past_manager", f"base.group_user,{group}manager")
        fill = self.counted()
        with self.assertRaises(AccessError):
            fill.with_user(operator).action_start()
        with self.assertRaises(AccessError):
            fill.with_user(manager).write({"state": "running"})
        with self.assertRaises(AccessError):
            fill.with_user(manager).create({"state": "running"})
        fill.with_user(manager).date_from = fields.Date.today()
        self.assertEqual(fill.state, "draft", "what is chosen anew is counted anew")
        fill.with_user(manager).action_count()
        self.assertEqual(fill.state, "counting")

    def test_another_company_sees_nothing_of_it(self):
        unmapped = self.tax(6)
        self.past(10.0, tax=unmapped)
        unmapped.exact_vat_code_id = False
        fill = self.counted()
        company = self.env["res.company"].create({"name": "Another company"})
        stranger = new_test_user(
            self.env,
            "past_stranger",
            "base.group_user,exact_online_connector.group_exact_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for model in ("exact.back.fill", "exact.back.fill.document", "exact.back.fill.cause"):
            self.assertTrue(self.env[model].search([]), model)
            self.assertFalse(self.env[model].with_user(stranger).search([]), model)
        with self.assertRaises(AccessError):
            fill.with_user(stranger).action_start()


@tagged("standard", "post_install", "-at_install")
class TestLinkOnly(BackFillCase):
    def booked_by_hand(self, *prices, **values):
        """Past invoices that somebody booked in Exact with other means than this addon."""
        moves = self.past(*prices, **values)
        moves.action_exact_send()
        self.run_queue()
        self.assertEqual(set(moves.mapped("exact_state")), {"done"})
        self.env["exact.sync.queue"].sudo().search([]).unlink()
        self.env["exact.binding"].sudo().search([]).unlink()
        return moves

    def linked(self, **values):
        fill = self.counted(how="link", **values)
        fill.action_start()
        self.run_queue()
        return fill

    def binding(self, move):
        return self.env["exact.binding"].search(
            [("res_model", "=", move._name), ("res_id", "=", move.id), ("exact_id", "!=", False)]
        )

    def change_entry(self, move, **values):
        """As a bookkeeper would, in Exact."""
        [entry] = self.entries(move)
        with self.enter_registry_test_mode():
            client = self.connection._client()
            client.put(self.division.code, "salesentry/SalesEntries", entry["entry_id"], values)

    def test_what_is_certainly_there_is_linked_and_nothing_is_sent(self):
        moves = self.booked_by_hand(10.0, 20.0) | self.booked_by_hand(
            30.0, move_type="out_refund"
        )
        missing = self.past(40.0)
        writes, calls = self.writes_made(), self.calls_made()
        fill = self.linked()
        self.assertEqual(self.writes_made(), writes)
        self.assertLessEqual(self.calls_made() - calls, fill.call_estimate)
        self.assertEqual(fill.state, "done")
        self.assertIn("3 documents are linked, 0 are doubtful, 1 were not found", fill.status)
        for move in moves:
            [entry] = self.entries(move)
            self.assertEqual(self.binding(move).exact_id, entry["entry_id"])
            self.assertTrue(self.binding(move).adopted)
            self.assertEqual(move.exact_state, "done")
            self.assertEqual(move.exact_number, str(entry["header"]["EntryNumber"]))
            self.assertIn("nothing was sent", self.item(move).evidence)
        self.assertTrue(self.env["exact.operation.contact"]._is_in_exact(self.customer))
        self.assertFalse(self.binding(missing))
        moves.action_exact_send()
        self.run_queue()
        self.assertEqual(self.writes_made(), writes, "not even when a person asks for it")

    def test_what_differs_is_left_to_a_person(self):
        [move, other] = self.booked_by_hand(10.0, 20.0)
        self.change_entry(move, YourRef=move.name.replace("/", "-"))
        fill = self.linked()
        self.assertTrue(self.binding(other))
        self.assertFalse(self.binding(move))
        [candidate] = fill.doubtful_ids
        self.assertEqual((candidate.move_id, candidate.state), (move, "doubtful"))
        self.assertIn("Number", candidate.difference)
        self.assertIn("1 are doubtful", fill.status)
        to_send = self.counted()
        self.assertFalse(to_send.document_ids, "it may be there already")
        self.assertIn("doubtful whether they are in Exact Online already: 1", to_send.score)
        writes = self.writes_made()
        candidate.action_accept()
        self.assertTrue(self.binding(move))
        self.assertIn("Number", self.item(move).evidence)
        self.assertIn(self.env.user.name, self.item(move).evidence)
        self.assertFalse(fill.doubtful_ids)
        self.run_queue()
        self.assertEqual(self.writes_made(), writes)

    def test_another_total_or_contact_is_a_difference(self):
        [move, other] = self.booked_by_hand(10.0, 20.0)
        move.button_draft()
        move.invoice_line_ids.price_unit = 11.0
        self.company.exact_division_id = False
        move.action_post()
        self.company.exact_division_id = self.division
        self.customer.vat = "BE0428759497"
        fill = self.linked()
        self.assertFalse(self.binding(move) | self.binding(other))
        by_move = {candidate.move_id: candidate.difference for candidate in fill.doubtful_ids}
        self.assertIn("Total: 13.31 in Odoo, 12.10 in Exact", by_move[move])
        self.assertEqual(by_move[other].count("\n"), 0)
        self.assertIn("Contact", by_move[other])
        fill.doubtful_ids.action_skip()
        self.assertFalse(fill.doubtful_ids)
        self.assertEqual(self.counted().document_count, 2, "what is not there can be sent")
        self.assertFalse(self.binding(move) | self.binding(other))

    def test_without_its_number_it_is_found_by_amount_and_contact(self):
        [move] = self.booked_by_hand(10.0)
        self.change_entry(move, YourRef="Webshop 4711")
        fill = self.linked()
        self.assertEqual(fill.doubtful_ids.exact_reference, "Webshop 4711")
        self.assertFalse(self.binding(move))

    def test_two_equal_entries_are_left_to_a_person(self):
        [move] = self.booked_by_hand(10.0)
        again = self.booked_again(move)
        fill = self.linked()
        self.assertEqual(len(fill.doubtful_ids), 2)
        self.assertIn("several entries", fill.doubtful_ids[0].difference)
        chosen = fill.doubtful_ids.filtered(lambda each: each.exact_id == again)
        chosen.action_accept()
        self.assertEqual(self.binding(move).exact_id, again)
        self.assertFalse(fill.doubtful_ids, "the other one is settled too")

    def booked_again(self, move):
        """Book the invoice once more; return the entry's ID."""
        [first] = self.entries(move)
        operation = self.env["exact.operation.sales.entry"].with_company(self.company)
        payload = {**operation._payload(move), "Customer": first["header"]["Customer"]}
        with self.enter_registry_test_mode():
            client = self.connection._client()
            return client.post(self.division.code, "salesentry/SalesEntries", payload)["EntryID"]

    def test_an_entry_that_is_linked_elsewhere_is_refused_in_words(self):
        [move] = self.booked_by_hand(10.0)
        [entry] = self.entries(move)
        [other] = self.past(10.0)
        self.env["exact.binding"].sudo().create(
            {
                "division_id": self.division.id,
                "company_id": self.company.id,
                "resource": "salesentry/SalesEntries",
                "res_model": "account.move",
                "res_id": other.id,
                "exact_id": entry["entry_id"],
            }
        )
        fill = self.linked()
        [candidate] = fill.doubtful_ids
        self.assertEqual(candidate.state, "refused")
        self.assertIn(f"linked to {other.display_name} already", candidate.difference)
        with self.assertRaisesRegex(UserError, "linked to"):
            candidate.action_accept()
        self.assertFalse(self.binding(move))

    def test_a_journal_without_mapping_is_told(self):
        [move] = self.booked_by_hand(10.0)
        move.journal_id.exact_journal_id = False
        calls = self.calls_made()
        fill = self.linked()
        self.assertEqual(self.calls_made(), calls)
        self.assertIn("has no Exact Online journal", fill.status)

    def test_paused_while_it_searches_it_goes_on_later(self):
        [move] = self.booked_by_hand(10.0)
        fill = self.counted(how="link")
        fill.action_start()
        fill.action_pause()
        calls = self.calls_made()
        self.run_queue()
        self.assertEqual(self.calls_made(), calls)
        fill.action_resume()
        self.run_queue()
        self.assertEqual(fill.state, "done")
        self.assertTrue(self.binding(move))

    def test_only_a_manager_accepts(self):
        [move] = self.booked_by_hand(10.0)
        self.change_entry(move, YourRef="Webshop 4711")
        fill = self.linked()
        group = "exact_online_connector.group_exact_operator"
        operator = new_test_user(self.env, "linker", f"base.group_user,{group}")
        with self.assertRaises(AccessError):
            fill.doubtful_ids.with_user(operator).action_accept()
