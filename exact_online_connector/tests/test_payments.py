# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from ..operations import feed
from .payments_common import PaymentsCase, words
from .settlement_patterns import day


@tagged("standard", "post_install", "-at_install")
class TestPayments(PaymentsCase):
    """What is paid in Exact shows in Odoo, as it is, and why; Odoo's own books stay untouched."""

    def assertStandsAs(self, pattern, moves, expected, where):
        for key, stands in expected.items():
            settlement = moves[key].exact_settlement_id
            told = f"{pattern.name}: {key}, {where}; {settlement.explanation}"
            self.assertEqual(
                (settlement.state, settlement.open_amount),
                (stands.state, stands.open),
                told,
            )
            paid_on = settlement.paid_on and fields.Date.to_string(settlement.paid_on)
            self.assertEqual(paid_on or None, stands.paid_on, told)
            self.assertFalse(settlement.explanation["missing"], told)
            if stands.kind:
                self.assertEqual(settlement.kind, stands.kind, told)
                kinds = sorted({part["kind"] for part in settlement.explanation["parts"]})
                self.assertEqual(kinds, sorted(stands.kinds), told)
                nameless = [p for p in settlement.explanation["parts"] if not p["entry_id"]]
                self.assertFalse(nameless, told)
            self.assertEqual(moves[key].amount_residual, moves[key].amount_total, told)

    def test_patterns_in_both_signs(self):
        made = self.walk_patterns()
        for _pattern, moves in made:
            for move in moves.values():
                self.assertIn("Payment terms in Exact", move.exact_payment_why)

    # -- the feed ---------------------------------------------------------------------------------

    def test_a_reading_that_brings_nothing_is_one_call(self):
        self._paid_invoice()
        self._read()
        calls = self.env["exact.call"].search_count([])
        self._read()
        self.assertEqual(self.env["exact.call"].search_count([]) - calls, 1)

    def test_page_by_page_the_cursor_moves_with_its_rows(self):
        moves = [self._paid_invoice() for _number in range(3)]
        with patch.object(feed, "PAGE", 2):
            self._read()
        self.assertEqual({move.exact_payment_state for move in moves}, {"settled"})
        self.assertTrue(self._feed().is_read)

    def test_a_moved_administration_is_read_anew(self):
        move = self._paid_invoice()
        self._read()
        self.simulator.control("POST", f"{self.division.code}/move")
        self._books(move).do("unmatch", entry="a")
        self._feed().moved_asked_on = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        self._read()
        self.assertEqual(move.exact_payment_state, "open")

    def test_a_missing_right_to_see_deletions_stops_nothing(self):
        move = self._paid_invoice()
        self.simulator.control("POST", "scopes", {"forbidden": ["sync/Deleted"]})
        self._read()
        self.assertTrue(self.division.deletions_are_refused)
        self.assertEqual(move.exact_payment_state, "settled")

    # -- what is shown ----------------------------------------------------------------------------

    def test_it_is_shown_where_the_company_wants_it_and_the_document_is_there(self):
        move = self._paid_invoice()
        self._read()
        self.assertEqual(move.exact_payment_state, "settled")
        self.company.exact_payment_mode = "none"
        self.assertFalse(move.exact_payment_state)
        self.company.exact_payment_mode = "light"
        self.assertEqual(move.exact_payment_state, "settled")
        self.assertEqual(move.payment_state, "not_paid", "nothing is booked in Odoo")
        moves = self.env["account.move"]
        self.assertIn(move, moves.search([("exact_payment_state", "=", "settled")]))
        groups = moves._read_group(
            [("id", "=", move.id)], ["exact_payment_state"], ["__count"]
        )
        self.assertEqual(groups, [("settled", 1)])
        self.assertFalse(move.copy().exact_payment_state)

    def test_what_is_linked_later_is_shown_with_the_next_reading(self):
        move = self._paid_invoice()
        binding = self.env["exact.binding"].sudo().search(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
        )
        exact_id, binding.exact_id = binding.exact_id, False
        self._read()
        self.assertFalse(move.exact_payment_state)
        binding.exact_id = exact_id
        self._read()
        self.assertEqual(move.exact_payment_state, "settled")
        binding.exact_id = False
        self._read()
        self.assertFalse(move.exact_payment_state)

    def _seller(self):
        """Somebody without a role for Exact, or for invoices."""
        return new_test_user(
            self.env,
            "seller",
            "base.group_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )

    def _let_read_documents(self):
        self.env["ir.model.access"].sudo().create(
            {
                "name": "Documents, to look at",
                "model_id": self.env.ref("account.model_account_move").id,
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
            }
        )

    def test_salespeople_see_the_badge_and_the_date(self):
        move = self._paid_invoice()
        self._read()
        shown = move.with_user(self._seller())
        self._let_read_documents()
        [values] = shown.read(["exact_payment_state", "exact_paid_on", "exact_open_amount"])
        self.assertEqual(values["exact_payment_state"], "settled")
        self.assertEqual(fields.Date.to_string(values["exact_paid_on"]), "2026-11-10")
        self.assertNotIn("exact_payment_why", shown.fields_get())
        self.assertEqual(
            shown.search([("exact_payment_state", "=", "settled"), ("id", "=", move.id)]), shown
        )

    def test_the_page_says_which_payment_it_was(self):
        move = self._paid_invoice()
        self._read()
        part, *_others = move.exact_settlement_id.explanation["parts"]
        text = move.exact_payment_why
        for expected in (part["entry_number"], "was paid", "Odoo learned this on", "PaymentTerms"):
            self.assertIn(expected, text)
        with Form(move) as form:
            self.assertEqual(form.exact_payment_state, "settled")

    def test_the_badge_tells_the_story_in_short(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self._books(move).pay([("a", 21)], on=10)
        self._read()
        told = move.exact_payment_story()
        settlement = move.exact_settlement_id
        [part] = settlement.explanation["parts"]
        for expected in (
            "Partly paid in Exact",
            "100.00",
            "is still open",
            "Odoo's own books say",
            "121.00",
            "21.00",
            "was paid",
            "11/10/2026",
            f"by entry {part['entry_number']} in journal {part['journal']}",
            "Odoo learned this on",
            f"/odoo/exact.call/{settlement.call_id.id}",
        ):
            self.assertIn(expected, words(told["story"]))
        self.assertNotIn("Payment terms in Exact", told["story"])
        self.assertEqual(told["settlement_id"], settlement.id, "More opens it")
        self.assertIn("Payment terms in Exact", settlement.why)

    def test_salespeople_are_told_the_story_without_who_and_by_which_call(self):
        move = self._paid_invoice()
        self._read()
        shown = move.with_user(self._seller())
        with self.assertRaises(AccessError):
            shown.exact_payment_story()
        self._let_read_documents()
        told = shown.exact_payment_story()
        self.assertIn("was paid", told["story"])
        self.assertIn("Odoo learned this on", told["story"])
        for kept_back in ("exact.call", "PaymentTerms", "Payment terms", "Simone Simulator"):
            self.assertNotIn(kept_back, told["story"])
        self.assertFalse(told["settlement_id"])
        self.company.exact_payment_mode = "none"
        self.assertIn("Nothing is known any more", shown.exact_payment_story()["story"])

    def test_what_exact_says_is_shown_as_text(self):
        move = self._paid_invoice()
        self._read()
        settlement, typed = move.exact_settlement_id.sudo(), "<img src=x onerror=alert(1)>"
        [part], [term] = settlement.explanation["parts"], settlement.explanation["terms"]
        names = ("reference", "entry_number", "journal")
        settlement.explanation = {
            **settlement.explanation,
            "parts": [{**part, **dict.fromkeys(names, typed)}],
            "terms": [{**term, "modifier": typed, "batch": typed}],
        }
        for text in (move.exact_payment_why, move.exact_payment_story()["story"]):
            self.assertNotIn("<img", text)
            self.assertIn("&lt;img src=x", text)

    def test_the_page_says_who_and_when(self):
        move = self._paid_invoice()
        self._read()
        [known] = self.env["exact.payment.term"].search(
            [("transaction_entry_id", "=", self._entry_id(move))]
        )
        self.assertEqual(known.modifier_name, "Simone Simulator")
        changed_on = known.modified_on.strftime("%m/%d/%Y")
        self.assertIn(f"{changed_on} by Simone Simulator", words(move.exact_payment_why))

    def test_what_terms_do_not_tell_the_ledger_may(self):
        """Two invoices and two credit notes of one amount, matched on one day in pairs."""
        moves = [
            self.invoice((100.0, self.tax(21)), move_type=kind)
            for kind in ("out_invoice", "out_invoice", "out_refund", "out_refund")
        ]
        self.run_queue()
        entries = [self._entry_id(move) for move in moves]
        for invoice, credit_note in ((0, 3), (1, 2)):
            body = {"entry": entries[invoice], "with": entries[credit_note], "date": day(13)}
            self.simulator.control("POST", f"{self.division.code}/match", body)
        self._read()
        for move in moves:
            [part] = move.exact_settlement_id.explanation["parts"]
            self.assertEqual((part["kind"], part["entry_id"]), ("credit", None), "not guessed")
            self.assertIn("by an entry that cannot be told", move.exact_payment_why)
        self.env["exact.sync.queue"]._enqueue("ledger_lines", self.division)
        self.run_queue()
        self._read()
        for move, other in zip(moves, (3, 2, 1, 0), strict=True):
            [part] = move.exact_settlement_id.explanation["parts"]
            self.assertEqual((part["kind"], part["entry_id"]), ("credit", entries[other]))

    def test_another_company_sees_none_of_it(self):
        self._paid_invoice()
        self._read()
        other = self.env["res.company"].create({"name": "Another company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "base.group_user,exact_online_connector.group_exact_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for model in ("exact.settlement", "exact.payment.term", "exact.feed"):
            rows = self.env[model].search([])
            self.assertTrue(rows)
            self.assertFalse(rows.with_user(stranger).search([]))
            with self.assertRaises(AccessError):
                rows.with_user(stranger).read(["division_id"])
            with self.assertRaises(AccessError):
                rows.with_user(self.env.user).write({"division_id": False})

    # -- the nightly check ------------------------------------------------------------------------

    def _check(self):
        self.env["exact.division"].sudo()._queue_open_items()
        self.run_queue()
        self.env.invalidate_all()
        items = self.env["exact.sync.queue"].search([("operation", "=", "open_items")])
        self.assertEqual(set(items.mapped("state")), {"done"}, items.mapped("message"))
        return "\n".join(filter(None, items.mapped("evidence")))

    def test_the_night_finds_what_the_feed_missed(self):
        self.map_purchases()
        paid, missed = [self.invoice((100.0, self.tax(21))) for _number in range(2)]
        bill = self.bill((100.0, self.chart("attn_VAT-IN-V81-21")))
        unseen = self.invoice((50.0, self.tax(21)))
        self.run_queue()
        self._books(paid).pay(["a"], on=10)
        self._read()
        self.env["exact.payment.term"].search(
            [("transaction_entry_id", "=", self._entry_id(unseen))]
        ).sudo().unlink()
        unseen.exact_settlement_id.sudo().unlink()
        for move in (missed, bill):
            self._books(move).pay([("a", 21)], on=12)
        self._feed().cursor = "999999999"
        for sign, switch in (("positive", "ledger"), ("negative", "negative")):
            self.switch(receivables_list_sign=sign, receivable_sign=switch)
            evidence = self._check()
            if sign == "positive":
                self.assertIn("of 2 documents not all payments had been seen", evidence)
                self.assertIn("Open items of suppliers: of 1 documents", evidence)
                self.assertIn("had not been seen", "".join(missed.message_ids.mapped("body")))
                self.assertNotIn("had not been seen", "".join(paid.message_ids.mapped("body")))
        for move, left in ((missed, 100), (bill, 100), (unseen, 60.5), (paid, 0)):
            self.assertEqual(move.exact_open_amount, left)

    def test_a_night_without_findings_costs_two_calls_more(self):
        self._paid_invoice()
        self._read()
        calls = self.env["exact.call"].search_count([])
        self.assertFalse(self._check())
        self.assertEqual(self.env["exact.call"].search_count([]) - calls, 3)
