# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ExactCase

OPEN, PROCESSED, CLOSED = "open", "processed", "closed"
ENTRIES = ".*/salesentry/SalesEntries"


class LifeCase(ExactCase):
    """Documents that are in Exact, in each state in which Exact may hold them."""

    def booked(self, *lines, **values):
        """An invoice that is in Exact and proven."""
        move = self.invoice(*lines or [(100.0, self.tax(21))], **values)
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        return move

    def stands(self, move, state):
        """Let Exact's bookkeeper go on: process the entry, or close its period."""
        if state == PROCESSED:
            self.exact("process", {"entry": move.name})
        elif state == CLOSED:
            self.close(move.date)

    def close(self, date):
        """Close a month in Exact, and have that read."""
        self.exact("close-period", {"year": date.year, "period": date.month})
        self.division.action_refresh()
        self.run_queue()

    def exact(self, verb, body):
        return self.simulator.control("POST", f"{self.division.code}/{verb}", body)

    def all_entries(self, *numbers):
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        return [entry for entry in entries if entry["header"]["YourRef"] in numbers]

    def number_of(self, move):
        [entry] = self.entries(move)
        return entry["header"]["EntryNumber"]

    def change_lines(self, move, price=50.0):
        """Reset to draft, another price, post again."""
        move.button_draft()
        move.invoice_line_ids.price_unit = price
        move.action_post()

    def credit(self, move):
        """Reverse a document in Odoo, by its button, and send the credit note."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=move.ids)
            .create({"journal_id": move.journal_id.id, "date": fields.Date.today()})
        )
        credit = move.browse(wizard.reverse_moves()["res_id"])
        credit.action_post()
        self.run_queue()
        return credit

    def assert_done(self, move, state="done"):
        item = self.item(move)
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(move.exact_state, state)

    def assert_locked(self, move_or_item, words):
        item = move_or_item if move_or_item._name == "exact.sync.queue" else self.item(move_or_item)
        self.assertEqual((item.state, item.error_class), ("failed", "locked"), item.message)
        self.assertIn(words, item.message)
        self.assertIn("Reverse it", item.advice)


@tagged("standard", "post_install", "-at_install")
class TestLifeAfterPosting(LifeCase):
    # -- open -------------------------------------------------------------------------------------

    def test_a_changed_text_is_changed_in_place(self):
        move = self.booked()
        before, number = self.entries(move)[0]["entry_id"], self.number_of(move)
        move.payment_reference = "+++123/4567/89012+++"
        self.assertEqual(move.exact_state, "queued", "the badge does not lie meanwhile")
        self.run_queue()
        self.assert_done(move)
        [entry] = self.entries(move)
        self.assertEqual(entry["header"]["PaymentReference"], "+++123/4567/89012+++")
        self.assertEqual((entry["entry_id"], entry["header"]["EntryNumber"]), (before, number))

    def test_where_exact_lets_nothing_be_changed_it_is_replaced(self):
        move = self.booked()
        before, number = self.entries(move)[0]["entry_id"], self.number_of(move)
        self.fault("status", "PUT", ENTRIES, times="always", **REFUSAL)
        move.payment_reference = "another"
        self.run_queue()
        self.assert_done(move)
        [entry] = self.entries(move)
        self.assertEqual(entry["header"]["PaymentReference"], "another")
        self.assertEqual(entry["header"]["EntryNumber"], number, "the old number")
        self.assertNotEqual(entry["entry_id"], before)

    def test_where_exact_lets_nothing_be_changed_nor_removed_a_person_is_asked(self):
        move = self.booked()
        self.switch(put_entry="refused")
        move.payment_reference = "another"
        self.run_queue()
        self.assert_locked(move, "does not let")
        self.assertEqual(len(self.entries(move)), 1)

    def test_changed_amounts_replace_the_entry_under_its_number(self):
        move = self.booked()
        number = self.number_of(move)
        self.change_lines(move, 50.0)
        self.run_queue()
        self.assert_done(move)
        [entry] = self.entries(move)
        self.assertEqual(entry["header"]["AmountFC"], 60.5)
        self.assertEqual(entry["header"]["EntryNumber"], number)
        self.assertEqual(self.item(move).exact_number, str(number))

    def test_the_old_number_is_let_go_where_exact_does_not_take_it(self):
        move = self.booked()
        number = self.number_of(move)
        self.change_lines(move, 50.0)
        self.fault("status", "POST", ENTRIES, times="once", **REFUSAL)
        self.run_queue()
        self.assert_done(move)
        [entry] = self.entries(move)
        self.assertEqual(entry["header"]["AmountFC"], 60.5)
        self.assertNotEqual(entry["header"]["EntryNumber"], number)

    def test_the_file_is_replaced_not_left_beside_the_new_one(self):
        move = self.booked()
        [before] = self.entries(move)
        self.change_lines(move, 50.0)
        self.run_queue()
        self.assert_done(move)
        [entry] = self.entries(move)
        self.assertEqual(entry["document"]["ID"], before["document"]["ID"], "linked again")
        [attachment] = entry["attachments"]
        sent = move._exact_kept_pdf().raw
        self.assertEqual(attachment["sha256"], hashlib.sha256(sent).hexdigest())
        self.assertEqual(len(move._exact_kept_pdf()), 1)

    def test_a_draft_costs_no_call_and_its_badge_tells(self):
        move = self.booked()
        self.count_calls("*", ".*")
        move.button_draft()
        self.run_queue()
        self.assertEqual(self.calls_counted(), [0])
        self.assertEqual(move.exact_state, "changed")
        moves = self.env["account.move"]
        for state, found in (("changed", move), ("done", moves), (False, moves)):
            self.assertEqual(
                moves.search([("exact_state", "=", state), ("id", "=", move.id)]), found
            )
        self.assertIn("still in Exact Online", self._alert(move))

    def _alert(self, move):
        return move._get_alerts()["exact_online_held"]["message"]

    def test_a_cancelled_document_is_removed_with_its_document(self):
        move = self.booked()
        [entry] = self.entries(move)
        move.button_cancel()
        self.assertEqual(move.exact_state, "queued")
        self.run_queue()
        self.assert_done(move, "removed")
        self.assertEqual(self.entries(move), [])
        self.assertFalse(move.exact_number)
        self.assertEqual(self.item(move, "document").state, "done")
        counts = self.simulator.control("GET", "state")["divisions"][str(self.division.code)]
        self.assertEqual(counts["Documents"], self._documents_without(entry))
        self.assertEqual(move.search([("exact_state", "=", "removed")]), move)

    def _documents_without(self, entry):
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        documents = {each["document"]["ID"] for each in entries if each["document"]}
        self.assertNotIn(entry["document"]["ID"], documents)
        return self.seeded_documents

    def setUp(self):
        super().setUp()
        state = self.simulator.control("GET", "state")["divisions"][str(self.division.code)]
        self.seeded_documents = state["Documents"]

    def held_up(self):
        """An invoice whose document is in Exact, and whose entry waits: its file was refused."""
        refusal = {"error": {"code": "", "message": {"lang": "", "value": "Refused."}}}
        self.fault("status", "POST", "Attachments$", times="once", status=500, body=refusal)
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self.assertEqual(self.item(move).state, "waiting")
        self.assertEqual(self.documents(), self.seeded_documents + 1)
        return move

    def documents(self):
        state = self.simulator.control("GET", "state")["divisions"]
        return state[str(self.division.code)]["Documents"]

    def test_cancelled_before_it_is_booked_its_document_does_not_stay(self):
        move = self.held_up()
        move.button_cancel()
        self.run_queue()
        self.assertEqual(self.item(move).state, "cancelled", self.item(move).message)
        self.assertEqual(self.documents(), self.seeded_documents)

    def test_deleted_before_it_is_booked_its_document_does_not_stay(self):
        move = self.held_up()
        move.button_draft()
        self.run_queue()
        self.assertEqual(self.documents(), self.seeded_documents + 1, "a draft may come back")
        move.with_context(force_delete=True).unlink()
        self.run_queue()
        self.assertEqual(self.documents(), self.seeded_documents)

    def test_cancelled_then_posted_again_it_is_booked_anew_once(self):
        move = self.booked()
        number = self.number_of(move)
        move.button_cancel()
        self.run_queue()
        move.button_draft()
        move.action_post()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.number_of(move), number)
        [entry] = self.entries(move)
        self.assertEqual(len(entry["attachments"]), 1)

    def test_cancelled_and_posted_again_before_anything_went_it_stays(self):
        move = self.booked()
        [before] = self.entries(move)
        move.button_cancel()
        move.button_draft()
        move.action_post()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.entries(move)[0]["entry_id"], before["entry_id"])

    def test_a_deleted_document_is_removed(self):
        move = self.booked()
        item, number = self.item(move), move.name
        move.button_draft()
        move.with_context(force_delete=True).unlink()
        self.run_queue()
        item = self.env["exact.sync.queue"].search(
            [("operation", "=", "sales_entry"), ("res_id", "=", item.res_id)], limit=1
        )
        self.assertEqual((item.state, item.is_removal), ("done", True), item.message)
        self.assertEqual(self.all_entries(number), [])
        with self.assertRaisesRegex(UserError, "deleted"):
            item.action_open_record()

    def test_cancelled_before_it_is_proven_it_is_removed(self):
        move = self.booked()
        self.item(move).state = "sent"  # as it stands until the ledger is read
        move.button_cancel()
        self.run_queue()
        self.run_queue()
        self.assert_done(move, "removed")
        self.assertEqual(self.entries(move), [])

    def test_a_file_that_is_replaced_while_it_is_compared_troubles_nobody(self):
        move = self.booked()
        file = self.item(move._exact_kept_pdf(), "attachment")
        file.state = "sent"
        move.payment_reference = "another"
        self.run_queue()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(len(self.entries(move)[0]["attachments"]), 1)
        self.assertNotIn(file.state, ("failed", "differs"))

    def test_another_date_in_another_year_gets_another_number(self):
        move = self.booked()
        number = self.number_of(move)
        self.company.exact_start_date = False
        move.button_draft()
        move.write({"name": False, "invoice_date": self.day_of_next_year(move)})
        move.action_post()
        self.run_queue()
        self.assert_done(move)
        self.assertNotEqual(self.number_of(move), number)
        self.assertEqual(
            self.entries(move)[0]["header"]["ReportingYear"], move.invoice_date.year
        )

    def day_of_next_year(self, move):
        return move.invoice_date.replace(year=move.invoice_date.year + 1)

    def test_what_the_company_leaves_in_exact_stays_there_and_the_badge_tells(self):
        self.company.exact_removal = "leave"
        move = self.booked()
        move.button_cancel()
        self.run_queue()
        self.assertEqual(len(self.entries(move)), 1)
        self.assertEqual(move.exact_state, "changed")
        self.assertIn("still in Exact Online", self._alert(move))

    def test_a_renumbered_document_is_known_by_its_new_number(self):
        move = self.booked()
        [before] = self.entries(move)
        old = move.name
        move.name = f"INV/{move.date.year}/09999"
        self.run_queue()
        self.assert_done(move)
        [entry] = self.entries(move)
        self.assertEqual(entry["entry_id"], before["entry_id"])
        self.assertEqual(entry["document"]["Subject"], move.name)
        self.assertEqual(self.all_entries(old), [])

    def test_a_reversal_is_a_credit_note_that_travels(self):
        move = self.booked()
        credit = self.credit(move)
        self.assert_done(move)
        self.assert_done(credit)
        [entry] = self.entries(credit)
        self.assertEqual(entry["header"]["AmountFC"], -121.0)

    def test_what_somebody_removed_in_exact_is_not_booked_again_by_itself(self):
        move = self.booked()
        [entry] = self.entries(move)
        self.simulator.control("DELETE", f"{self.division.code}/entries/{entry['entry_id']}")
        move.payment_reference = "another"
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.error_class), ("failed", "not_found"))
        self.assertEqual(self.entries(move), [])

    # -- a bill -----------------------------------------------------------------------------------

    def test_a_bill_is_replaced_and_removed_too(self):
        self.map_purchases()
        move = self.bill((100.0, self.chart("attn_VAT-IN-V81-21")))
        self.attach(move)
        self.run_queue()
        move.button_draft()
        move.invoice_line_ids.price_unit = 50.0
        move.action_post()
        self.run_queue()
        item = self.item(move, "purchase_entry")
        self.assertEqual(item.state, "done", item.message)
        [entry] = self.all_entries(move.ref)
        self.assertEqual(abs(entry["header"]["AmountFC"]), move.amount_total)
        move.button_cancel()
        self.run_queue()
        self.assertEqual(self.all_entries(move.ref), [])
        self.assertEqual(move.exact_state, "removed")


REFUSAL = {
    "status": 500,
    "body": {"error": {"code": "", "message": {"lang": "", "value": "Niet toegestaan"}}},
}


@tagged("standard", "post_install", "-at_install")
class TestLockedInExact(LifeCase):
    """Processed there, or the period closed: nothing is sent before a person says so."""

    WORDS = {PROCESSED: "has processed", CLOSED: "closed for the journal"}

    def test_a_change_is_not_sent_and_reversed_when_a_person_says_so(self):
        for state in (PROCESSED, CLOSED):
            with self.subTest(state):
                self.open_periods()
                self._assert_change_is_reversed(state)

    def open_periods(self):
        today = fields.Date.today()
        self.exact("open-period", {"year": today.year, "period": today.month})
        self.division.action_refresh()
        self.run_queue()

    def _assert_change_is_reversed(self, state):
        move = self.booked()
        [old] = self.entries(move)
        self.stands(move, state)
        self.change_lines(move, 50.0)
        self.run_queue()
        self.assert_locked(move, self.WORDS[state])
        self.assertEqual(move.exact_state, "problem")
        [entry] = self.entries(move)
        for part in ("lines", "document", "attachments"):
            self.assertEqual(entry[part], old[part], "as it was")
        self.item(move).action_reverse()
        self.run_queue()
        self.assert_done(move)
        entries = {each["entry_id"]: each for each in self.entries(move)}
        self.assertEqual(len(entries), 2)
        self.assertEqual(entries.pop(old["entry_id"])["header"]["AmountFC"], 121.0)
        [new] = entries.values()
        self.assertEqual(new["header"]["AmountFC"], 60.5)
        self.assertNotEqual(new["document"]["ID"], old["document"]["ID"])
        [reversing] = self.all_entries(f"{move.name}-R")
        self.assertEqual(reversing["header"]["AmountFC"], -121.0)
        self.assertEqual(reversing["header"]["Journal"], "701", "that of credit notes")
        self.assertIn("was reversed in Exact Online by", self.item(move).evidence)
        for entry in (new, reversing):
            self.assert_in_open_period(entry, old, state)

    def assert_in_open_period(self, entry, old, state):
        period = entry["header"]["ReportingPeriod"], entry["header"]["ReportingYear"]
        was = old["header"]["ReportingPeriod"], old["header"]["ReportingYear"]
        if state == CLOSED:
            self.assertNotEqual(period, was)
        else:
            self.assertEqual(period, was)

    def test_what_is_cancelled_is_reversed_when_a_person_says_so(self):
        for state in (PROCESSED, CLOSED):
            with self.subTest(state):
                self.open_periods()
                move = self.booked()
                self.stands(move, state)
                move.button_cancel()
                self.run_queue()
                self.assert_locked(move, self.WORDS[state])
                self.item(move).action_reverse()
                self.run_queue()
                self.assert_done(move, "removed")
                both = self.all_entries(move.name, f"{move.name}-R")
                self.assertEqual([each["header"]["AmountFC"] for each in both], [121.0, -121.0])

    def test_what_is_deleted_is_reversed_when_a_person_says_so(self):
        move = self.booked()
        number = move.name
        self.stands(move, PROCESSED)
        move.button_draft()
        move.with_context(force_delete=True).unlink()
        self.run_queue()
        item = self.env["exact.sync.queue"].search([("error_class", "=", "locked")])
        self.assert_locked(item, "has processed")
        item.action_reverse()
        self.run_queue()
        self.assertEqual((item.state, item.is_removal), ("done", True), item.message)
        both = self.all_entries(number, f"{number}-R")
        self.assertEqual([each["header"]["AmountFC"] for each in both], [121.0, -121.0])

    def test_nothing_that_is_done_in_odoo_reaches_it(self):
        for state in (PROCESSED, CLOSED):
            for change in ("text", "number", "lines", "cancel", "delete"):
                with self.subTest(state=state, change=change):
                    self.open_periods()
                    move = self.booked()
                    name, before = move.name, self.entries(move)
                    self.stands(move, state)
                    before[0]["header"]["Status"] = 50 if state == PROCESSED else 20
                    getattr(self, f"_change_{change}")(move)
                    self.run_queue()
                    item = self.env["exact.sync.queue"].search(
                        [("operation", "=", "sales_entry"), ("res_id", "=", move.id)], limit=1
                    )
                    self.assert_locked(item, self.WORDS[state])
                    self.assertEqual(
                        [self._substance(entry) for entry in self.all_entries(name)],
                        [self._substance(entry) for entry in before],
                    )

    def _substance(self, entry):
        header = entry["header"]
        names = ("EntryID", "EntryNumber", "AmountFC", "PaymentReference", "Status")
        return [header[name] for name in names], entry["document"], entry["attachments"]

    def _change_text(self, move):
        move.payment_reference = "another"

    def _change_number(self, move):
        prefix, _slash, number = move.name.rpartition("/")
        move.name = f"{prefix}/{int(number) + 500:05}"

    def _change_lines(self, move):
        self.change_lines(move, 50.0)

    def _change_cancel(self, move):
        move.button_cancel()

    def _change_delete(self, move):
        move.button_draft()
        move.with_context(force_delete=True).unlink()

    def test_a_draft_tells_and_costs_no_call(self):
        for state in (PROCESSED, CLOSED):
            with self.subTest(state):
                self.open_periods()
                move = self.booked()
                self.stands(move, state)
                self.division.action_refresh()
                self.run_queue()
                move.button_draft()
                self.run_queue()
                self.assertEqual(move.exact_state, "changed")
                alert = move._get_alerts()["exact_online_held"]
                self.assertEqual(alert["level"], "warning")
                self.assertIn(self.WORDS[state], alert["message"])
                move.action_post()
                self.run_queue()
                self.assert_done(move)

    def test_its_credit_note_travels(self):
        for state in (PROCESSED, CLOSED):
            with self.subTest(state):
                self.open_periods()
                self.company.exact_closed_period = "first_open"
                move = self.booked()
                self.stands(move, state)
                credit = self.credit(move)
                self.assert_done(credit)
                self.assertEqual(self.entries(credit)[0]["header"]["AmountFC"], -121.0)
                self.assertEqual(len(self.entries(move)), 1)

    def test_a_change_that_is_undone_is_compared_and_done(self):
        move = self.booked()
        self.stands(move, PROCESSED)
        self.change_lines(move, 50.0)
        self.run_queue()
        self.assert_locked(move, "has processed")
        move.button_draft()
        self.assertIn("has processed", move._get_alerts()["exact_online_held"]["message"])
        move.invoice_line_ids.price_unit = 100.0
        move.action_post()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(len(self.entries(move)), 1)

    def test_a_removal_whose_answer_is_lost_is_known_of_a_draft_too(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("exact_online_connector.settle_seconds", 60)
        for effect, state in (("cut_after_commit", "removed"), ("cut_before_commit", "changed")):
            move = self.booked()
            self.fault(effect, "DELETE", ENTRIES, times="once")
            self.change_lines(move, 50.0)
            self.run_queue()
            self.assertEqual(self.item(move).state, "checking")
            move.button_draft()
            self.clock.tick(timedelta(minutes=10))
            self.run_queue()
            move.invalidate_recordset()
            self.assertEqual(move.exact_state, state, self.item(move).message)
            move.action_post()
            self.run_queue()
            self.assert_done(move)
            self.assertEqual([each["header"]["AmountFC"] for each in self.entries(move)], [60.5])

    def test_opened_again_in_exact_it_follows(self):
        move = self.booked()
        self.stands(move, CLOSED)
        self.change_lines(move, 50.0)
        self.run_queue()
        self.assert_locked(move, "closed for the journal")
        self.open_periods()
        self.item(move).action_retry()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.entries(move)[0]["header"]["AmountFC"], 60.5)

    def test_the_reversing_entrys_answer_is_lost_and_it_is_booked_once(self):
        move = self.booked()
        self.stands(move, PROCESSED)
        self.change_lines(move, 50.0)
        self.run_queue()
        self.fault("cut_after_commit", "POST", ENTRIES, times="once")
        self.item(move).action_reverse()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(len(self.all_entries(f"{move.name}-R")), 1)
        self.assertEqual(len(self.entries(move)), 2)

    def test_the_new_entrys_answer_is_lost_and_the_old_one_is_not_taken_for_it(self):
        move = self.booked()
        self.stands(move, PROCESSED)
        move.payment_reference = "another"  # in all that is looked at, old and new are equal
        self.run_queue()
        self.item(move).action_reverse()
        self.simulator.control("POST", "scopes", {"forbidden": ["documents/Documents"]})
        self.run_queue()
        self.assertEqual(len(self.all_entries(f"{move.name}-R")), 1, "so far")
        self.simulator.control("POST", "scopes", {"forbidden": []})
        self.fault("cut_before_commit", "POST", ENTRIES, times="once")
        self.item(move, "document").action_retry()
        self.run_queue()
        self.assert_done(move)
        references = sorted(
            each["header"]["PaymentReference"] or "" for each in self.entries(move)
        )
        self.assertIn("another", references)
        self.assertEqual(len(references), 2)

    def test_a_bill_is_reversed_too(self):
        self.map_purchases()
        move = self.bill((100.0, self.chart("attn_VAT-IN-V81-21")))
        self.run_queue()
        self.exact("process", {"entry": move.ref})
        move.button_draft()
        move.invoice_line_ids.price_unit = 50.0
        move.action_post()
        self.run_queue()
        item = self.item(move, "purchase_entry")
        self.assert_locked(item, "has processed")
        item.action_reverse()
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)
        total = sum(
            each["header"]["AmountFC"] for each in self.all_entries(move.ref, f"{move.ref}-R")
        )
        self.assertEqual(total, move.amount_total)
        [reversing] = self.all_entries(f"{move.ref}-R")
        self.assertEqual(reversing["header"]["Journal"], "601")

    def test_what_was_there_before_is_left_to_a_person(self):
        move = self.booked()
        self.env["exact.binding"].sudo().search(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
        ).adopted = True
        move.button_cancel()
        self.run_queue()
        self.assert_locked(move, "not booked from Odoo")
        with self.assertRaisesRegex(UserError, "reverse it in Exact"):
            self.item(move).action_reverse()
        self.assertEqual(len(self.entries(move)), 1)

    def test_a_company_may_forbid_it(self):
        self.company.exact_change_guard = "forbid"
        move = self.booked()
        processed = self.booked()
        self.stands(processed, PROCESSED)
        self.stands(move, CLOSED)
        for document, words in ((move, "closed for the journal"), (processed, "has processed")):
            for change in (document.button_draft, document.button_cancel):
                with self.assertRaisesRegex(UserError, words):
                    change()
            self.assertEqual(document.state, "posted")


@tagged("standard", "post_install", "-at_install")
class TestUndo(LifeCase):
    def undo(self, records):
        action = records.action_undo() if records._name != "account.move" else (
            records.action_exact_undo()
        )
        return self.env["exact.undo"].browse(action["res_id"])

    def test_what_exact_still_lets_go_is_removed_and_the_rest_is_listed(self):
        going, processed, closed, absent = (self.booked() for _number in range(4))
        self.stands(processed, PROCESSED)
        self.division.action_refresh()
        self.run_queue()
        absent.button_draft()
        absent.button_cancel()
        self.run_queue()
        linked = self.linked()
        undo = self.undo(going | processed | linked | absent)
        self.assertEqual(undo.to_remove_ids.move_id, going)
        reasons = {document.move_id: document.reason for document in undo.to_stay_ids}
        self.assertIn("has processed", reasons[processed])
        self.assertIn("not booked from Odoo", reasons[linked])
        self.assertIn("is not in Exact", reasons[absent])
        self.stands(closed, CLOSED)
        self.assertIn("closed for the journal", self.undo(closed).to_stay_ids.reason)
        undo.action_undo()
        self.run_queue()
        self.assert_locked(going, "closed for the journal")

    def linked(self):
        """A document that was linked to what is in Exact."""
        move = self.booked()
        self.env["exact.binding"].sudo().search(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
        ).adopted = True
        return move

    def test_undone_it_stays_out_until_somebody_sends_it_again(self):
        move = self.booked()
        links = self.env["exact.binding"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
        )
        self.assertEqual(self.undo(links).to_remove_ids.move_id, move)
        self.undo(self.item(move)).action_undo()
        self.run_queue()
        self.assert_done(move, "removed")
        self.assertEqual(self.entries(move), [])
        self.assertEqual(move.state, "posted")
        self.run_queue()
        move.payment_reference = "a change does not bring it back"
        self.run_queue()
        self.assertEqual(self.entries(move), [])
        move.action_exact_send()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(len(self.entries(move)), 1)

    def test_what_was_processed_meanwhile_is_not_removed_and_its_undo_can_be_called_off(self):
        move = self.booked()
        undo = self.undo(move)
        self.stands(move, PROCESSED)
        undo.action_undo()
        self.run_queue()
        self.assert_locked(move, "has processed")
        self.item(move).action_cancel()
        move.action_exact_send()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(len(self.entries(move)), 1)

    def test_a_back_fill_is_undone(self):
        journal = self.company_data["default_journal_sale"]
        journal.exact_mode = "button"
        moves = self.invoice((10.0, self.tax(21))) | self.invoice((20.0, self.tax(21)))
        fill = self.env["exact.back.fill"].create({"date_from": fields.Date.today()})
        fill.action_count()
        self.run_queue()
        fill.action_start()
        self.run_queue()
        self.assertEqual((fill.state, fill.done_count), ("done", 2))
        self.stands(moves[1], PROCESSED)
        self.undo(fill).action_undo()
        self.run_queue()
        self.assert_done(moves[0], "removed")
        self.assert_locked(moves[1], "has processed")
        self.assertEqual((fill.done_count, fill.failed_count, fill.left_out_count), (0, 1, 1))
        self.assertEqual(self.entries(moves[0]), [])


@tagged("standard", "post_install", "-at_install")
class TestClosedPeriod(LifeCase):
    """A document whose period was closed before it went."""

    def late(self):
        """An invoice of a month that is closed in Exact."""
        return self.invoice((100.0, self.tax(21)), invoice_date=self.day(2, 3))

    def day(self, month, day):
        return fields.Date.today().replace(month=month, day=day)

    def test_it_is_held_back(self):
        move = self.late()
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.cause), ("failed", "period_closed"))
        with self.assertRaisesRegex(UserError, "None of these"):
            item.action_use_first_open_period()

    def test_it_goes_to_the_first_open_period_with_its_own_date(self):
        self.company.exact_closed_period = "first_open"
        move = self.late()
        self.assertIn(f"is booked in {self.first_open()}", self.warning(move))
        self.run_queue()
        self.assert_done(move)
        self.assert_moved(move)
        self.close(self.day(4, 1))
        move.action_exact_send()
        self.run_queue()
        self.assert_done(move)
        self.assert_moved(move)

    def first_open(self):
        return f"{self.day(4, 1).year}-04"

    def warning(self, move):
        return "\n".join(finding.text for finding in move._exact_findings())

    def assert_moved(self, move):
        [entry] = self.entries(move)
        header = entry["header"]
        self.assertEqual(header["ReportingPeriod"], 4)
        self.assertEqual(header["EntryDate"][:10], str(self.day(2, 3)))

    def test_a_person_is_asked(self):
        self.company.exact_closed_period = "ask"
        move = self.late()
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.cause), ("failed", "period_closed_asks"))
        self.assertIn(self.first_open(), item.message)
        item.action_use_first_open_period()
        self.run_queue()
        self.assert_done(move)
        self.assert_moved(move)
