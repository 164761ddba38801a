# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from collections import defaultdict
from pathlib import Path

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .payments_common import Books, PaymentsCase, words

# ``{pattern: what is booked after each of its rounds}``
BOOKED = json.loads((Path(__file__).parent / "payloads" / "payments_booked.json").read_text())
STATES = {"open": {"not_paid"}, "partly": {"partial"}, "settled": {"paid", "reversed"}}


@tagged("standard", "post_install", "-at_install")
class TestBookedPayments(PaymentsCase):
    """What is paid in Exact is booked in Odoo: the same is open of each document and partner."""

    mode = "full"

    def _settlements(self):
        """What is known and what is booked, without when it was learned."""
        items = self.env["account.move.line"].search([("company_id", "=", self.company.id)])
        return super()._settlements(), [
            (item.id, item.balance, item.amount_residual, item.date, item.parent_state)
            for item in items
        ]

    def assertStandsAs(self, pattern, moves, expected, where):
        for key, stands in expected.items():
            move = moves[key]
            told = f"{pattern.name}: {key}, {where}; {self._told(move)}"
            self.assertEqual(move.amount_residual, stands.open, told)
            self.assertIn(move.payment_state, STATES[stands.state], told)
            items = self._own_items(move).filtered("payment_id")
            if stands.kind == "payment" and stands.state == "settled":
                last = fields.Date.to_string(max(items.mapped("date")))
                self.assertEqual(last, stands.paid_on, told)

    def assertBooked(self, pattern, number, moves):
        """The journal items are those that are written out."""
        self.assertEqual(self._booked(moves), BOOKED[pattern.name][number], pattern.name)

    def _own_items(self, move):
        items = move._exact_owed_lines()
        return items.matched_debit_ids.debit_move_id | items.matched_credit_ids.credit_move_id

    def _told(self, move):
        return [
            move.exact_settlement_id.explanation,
            [(s.kind, s.amount, s.booked_amount, s.message) for s in move.exact_share_ids],
            [
                (c.display_name, c.state, c.message, c.amount, c.open_amount)
                for c in move.exact_share_ids.counterpart_id
            ],
        ]

    def assertOpenAsInExact(self, sign):
        """What each partner owes, or is owed, is in Odoo what it is in Exact."""
        PaymentsCase.assertOpenAsInExact(self, sign)
        ours, theirs = defaultdict(float), defaultdict(float)
        for item in self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_type", "in", ("asset_receivable", "liability_payable")),
                ("parent_state", "=", "posted"),
            ]
        ):
            kind = "20" if item.account_type == "asset_receivable" else "22"
            ours[item.partner_id.commercial_partner_id.name, kind] += item.balance
        bindings = self.env["exact.binding"].sudo().search([("resource", "=", "crm/Accounts")])
        names = {
            binding.exact_id: self.env["res.partner"].browse(binding.res_id).name
            for binding in bindings
        }
        items = self.simulator.control("GET", f"{self.division.code}/open-items")["open_items"]
        for item in items:
            theirs[names[item["Account"]], str(item["LineType"])] += item["AmountDC"]
        rounded = [
            {key: round(value, 2) for key, value in each.items() if round(value, 2)}
            for each in (ours, theirs)
        ]
        self.assertEqual(*rounded)

    def test_patterns_in_both_signs(self):
        self.walk_patterns()

    # -- what is booked -----------------------------------------------------------------------

    def _counterparts(self, move):
        return move.exact_share_ids.counterpart_id

    def _booking(self, move):
        """The journal entry by which a document was paid, as ``[(account code, balance)]``."""
        booking = self._own_items(move).move_id
        return sorted((item.account_id.code, item.balance) for item in booking.line_ids)

    def test_a_payment_is_booked_in_the_journal_made_for_it(self):
        move = self._paid_invoice(on=10)
        self._read()
        [payment] = move.matched_payment_ids or self._own_items(move).payment_id
        journal = self.company.exact_payment_journal_id
        self.assertEqual((journal.type, payment.journal_id), ("bank", journal))
        self.assertEqual(
            (payment.amount, payment.payment_type, payment.partner_type, payment.partner_id),
            (121.0, "inbound", "customer", move.partner_id),
        )
        self.assertEqual(fields.Date.to_string(payment.date), "2026-11-10")
        entry = self._counterparts(move)
        self.assertIn(entry.entry_number, payment.memo)
        self.assertIn(move.name, payment.memo)
        self.assertEqual(
            self._booking(move),
            sorted(
                [
                    (move._exact_owed_lines().account_id.code, -121.0),
                    (journal.default_account_id.code, 121.0),
                ]
            ),
        )
        self.assertEqual(move.payment_state, "paid", "in Enterprise too: no statement is awaited")
        self.assertTrue(payment.is_matched)

    def test_a_payment_in_part_awaits_nothing(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self._books(move).pay([("a", 50)], on=10)
        self._read()
        self.assertEqual(move.payment_state, "partial")
        self.assertEqual(self._own_items(move).payment_id.state, "paid", "the bank has it")

    def test_a_company_that_only_shows_again_books_nothing_more(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        by_hand = self._register(move, amount=100.0) | self._register(move, amount=21.0)
        self._books(move).pay(["a"], on=12)
        self._read()
        counterpart = self._counterparts(move)
        self.assertEqual(counterpart.state, "left")
        self.company.exact_payment_mode = "light"
        by_hand.action_cancel()
        counterpart.sudo()._try_refused_again()
        self._read()
        self.assertEqual((counterpart.state, move.payment_state), ("left", "not_paid"))
        self.company.exact_payment_mode = "full"
        self._read()
        self.assertEqual((counterpart.state, move.payment_state), ("booked", "paid"))

    def test_the_journal_is_made_once(self):
        journal = self.company.exact_payment_journal_id
        self.company.exact_payment_mode = "light"
        self.company.exact_payment_mode = "full"
        self.assertEqual(self.company.exact_payment_journal_id, journal)

    def test_a_write_off_goes_to_the_account_for_it(self):
        account = self.company_data["default_account_expense"]
        self.company.exact_difference_account_id = account
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        books = self._books(move)
        books.pay([("a", 120)], on=10)
        books.do("write-off", entry="a", on=11)
        self._read()
        self.assertEqual(move.payment_state, "paid")
        difference = self._counterparts(move).filtered(lambda each: each.kind == "difference")
        items = difference.item_id.move_id.line_ids - difference.item_id
        self.assertEqual([(i.account_id, i.balance) for i in items], [(account, 1.0)])

    # -- undone -------------------------------------------------------------------------------

    def test_unmatched_money_stays_with_the_partner_and_the_document_is_open_again(self):
        move = self._paid_invoice(on=10)
        self._read()
        payment = self._own_items(move).payment_id
        self._books(move).do("unmatch", entry="a")
        self._read()
        self.assertEqual((move.payment_state, move.amount_residual), ("not_paid", 121.0))
        self.assertEqual(payment.move_id.state, "posted")
        self.assertEqual(self._open_of(move.partner_id), 0.0)
        self.assertIn("no longer settled by", "".join(move.message_ids.mapped("body")))

    def _open_of(self, partner):
        items = self.env["account.move.line"].search(
            [
                ("partner_id", "=", partner.id),
                ("parent_state", "=", "posted"),
                ("account_type", "in", ("asset_receivable", "liability_payable")),
            ]
        )
        return round(sum(items.mapped("balance")), 2)

    def test_a_deleted_entry_of_the_bank_cancels_the_payment(self):
        move = self._paid_invoice(on=10)
        self._read()
        payment = self._own_items(move).payment_id
        entry = self._counterparts(move).entry_id
        self.simulator.control("DELETE", f"{self.division.code}/entries/{entry}", {})
        self._read()
        self.assertEqual(move.payment_state, "not_paid")
        self.assertEqual(payment.state, "canceled")
        notes = "".join(payment.message_ids.mapped("body"))
        self.assertIn("Exact Online does not have it", notes)

    def test_more_of_the_same_line_is_the_same_payment_with_another_amount(self):
        move, other = [self.invoice((100.0, self.tax(21))) for _number in range(2)]
        self.run_queue()
        binding = self._binding(other)
        exact_id, binding.exact_id = binding.exact_id, False  # Odoo does not know it yet
        books = Books(self, {"a": self._entry_id(move), "b": exact_id}, None)
        books.pay(["a", "b"], on=12, single_line=True)
        self._read()
        payment = self._own_items(move).payment_id
        self.assertEqual(payment.amount, 121.0, "only what settles documents of Odoo")
        binding.exact_id = exact_id
        self._read()
        self.assertEqual((payment.amount, payment.state), (242.0, payment.state))
        self.assertEqual({move.payment_state, other.payment_state}, {"paid"})
        self.assertEqual(self._own_items(other).payment_id, payment)

    def _binding(self, move):
        return self.env["exact.binding"].sudo().search(
            [("res_model", "=", "account.move"), ("res_id", "=", move.id)]
        )

    # -- never twice --------------------------------------------------------------------------

    def _register(self, move, amount=None, on="2026-11-10", reconcile=True, **values):
        """A payment that somebody registers in Odoo by hand."""
        journal = self.company_data["default_journal_bank"]
        if reconcile:
            wizard = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            )
            payments = wizard.create(
                {"journal_id": journal.id, "payment_date": on, "amount": amount or 121.0}
            )._create_payments()
        else:
            payments = self.env["account.payment"].create(
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": move.partner_id.id,
                    "amount": amount or 121.0,
                    "date": on,
                    "journal_id": journal.id,
                    **values,
                }
            )
            payments.action_post()
        return payments

    def _payments(self, move):
        return self.env["account.payment"].search(
            [("partner_id", "=", move.partner_id.id), ("state", "!=", "canceled")]
        )

    def test_a_payment_registered_by_hand_is_the_same(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        payment = self._register(move, on="2026-11-09")
        self._books(move).pay(["a"], on=12)
        self._read()
        self.assertEqual(self._payments(move), payment)
        counterpart = self._counterparts(move)
        self.assertEqual((counterpart.state, counterpart.payment_id), ("linked", payment))
        self.assertEqual(move.amount_residual, 0)
        self._books(move).do("unmatch", entry="a")
        self._read()
        self.assertEqual(move.amount_residual, 121.0, "unmatched there, so unreconciled here")
        self.assertEqual(payment.move_id.state, "posted", "it is not ours to cancel")

    def test_a_payment_by_hand_with_the_reference_is_reconciled(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        payment = self._register(move, on="2026-11-03", reconcile=False, memo=f"Paid {move.name}")
        self._books(move).pay(["a"], on=12)
        self._read()
        self.assertEqual(self._payments(move), payment)
        self.assertEqual(move.payment_state in ("paid", "in_payment"), True)

    def test_of_two_that_resemble_it_a_person_chooses(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        first, second = [
            self._register(move, on="2026-11-11", reconcile=False) for _number in range(2)
        ]
        self._books(move).pay(["a"], on=12)
        self._read()
        counterpart = self._counterparts(move)
        self.assertEqual((counterpart.state, move.amount_residual), ("ask", 121.0))
        self.assertIn(second.name, counterpart.message)
        self.assertEqual(counterpart.candidate_ids.payment_id, first | second)
        item = counterpart.candidate_ids.filtered(lambda each: each.payment_id == second)
        item.with_context(exact_counterpart_id=counterpart.id).action_exact_is_this_one()
        self.run_queue()
        self.env.invalidate_all()
        self.assertEqual((counterpart.state, counterpart.payment_id), ("linked", second))
        self.assertEqual(move.amount_residual, 0)
        self.assertEqual(self._payments(move), first | second)

    def test_none_of_those_that_resemble_it(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        others = self._register(move, on="2026-11-04", reconcile=False)
        self._books(move).pay(["a"], on=12)
        self._read()
        counterpart = self._counterparts(move)
        self.assertEqual(counterpart.state, "ask", "eight days apart, without a reference")
        counterpart.action_book_all_the_same()
        self.run_queue()
        self.env.invalidate_all()
        self.assertEqual((counterpart.state, move.amount_residual), ("booked", 0))
        self.assertEqual(self._payments(move), others | counterpart.payment_id)

    def test_a_document_paid_otherwise_is_left_with_a_note(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        payments = self._register(move, amount=100.0) | self._register(move, amount=21.0)
        self._books(move).pay(["a"], on=12)
        self._read()
        self.assertEqual(self._payments(move), payments)
        self.assertEqual(self._counterparts(move).state, "left")
        self.assertIn("paid by something else", "".join(move.message_ids.mapped("body")))
        notes = len(move.message_ids)
        self.env["exact.counterpart"].sudo()._try_refused_again()
        self.run_queue()
        self.assertEqual(len(move.message_ids), notes, "said once")

    # -- what Odoo forbids --------------------------------------------------------------------

    def test_a_locked_period_is_not_booked_in(self):
        locked = self._paid_invoice(on=10)
        self.company.fiscalyear_lock_date = "2026-10-31"
        self.company.fiscalyear_lock_date = "2026-11-15"
        self._read()
        counterpart = self._counterparts(locked)
        self.assertEqual((locked.amount_residual, counterpart.state), (0, "booked"))
        self.assertGreater(fields.Date.to_string(counterpart.item_id.date), "2026-11-15")
        self.assertIn("11/10/2026 lies in a period that is locked", counterpart.message)

    def test_what_is_locked_stays_and_the_others_go_on(self):
        locked, free = self._paid_invoice(on=10), self._paid_invoice(on=10)
        self._read()
        payment = self._own_items(locked).payment_id
        self.company.fiscalyear_lock_date = "2026-11-15"
        for move in (locked, free):
            entry = self._counterparts(move).entry_id
            if move == free:
                self._books(move).do("unmatch", entry="a")
            else:
                self.simulator.control("DELETE", f"{self.division.code}/entries/{entry}", {})
        self._read()
        self.assertEqual((locked.amount_residual, free.amount_residual), (0, 121.0))
        counterpart = self.env["exact.counterpart"].search(
            [("item_id", "in", payment.move_id.line_ids.ids)]
        )
        self.assertEqual((counterpart.state, payment.move_id.state), ("refused", "posted"))
        self.assertIn("lock", counterpart.message.lower())
        self.company.fiscalyear_lock_date = False
        counterpart.action_try_again()
        self.run_queue()
        self.env.invalidate_all()
        self.assertEqual((payment.state, locked.amount_residual), ("canceled", 121.0))

    def test_what_is_secured_by_a_hash_stays_and_the_others_go_on(self):
        secured, free = self._paid_invoice(on=10), self._paid_invoice(on=10)
        self._read()
        payment = self._own_items(secured).payment_id
        payment.journal_id.restrict_mode_hash_table = True
        payment.move_id.button_hash()
        self.assertTrue(payment.move_id.inalterable_hash)
        for move in (secured, free):
            entry = self._counterparts(move).entry_id
            self.simulator.control("DELETE", f"{self.division.code}/entries/{entry}", {})
        self._read()
        self.assertEqual(payment.move_id.state, "posted")
        counterpart = self.env["exact.counterpart"].search(
            [("item_id", "in", payment.move_id.line_ids.ids)]
        )
        self.assertEqual((counterpart.state, free.amount_residual), ("refused", 121.0))
        self.assertTrue(counterpart.message)

    def test_what_a_person_reconciled_with_it_is_respected(self):
        move, other = [self.invoice((100.0, self.tax(21))) for _number in range(2)]
        self.run_queue()
        self._books(move).pay([("a", 200)], on=10, name="bank")
        self._read()
        payment = self._own_items(move).payment_id
        self.assertEqual(payment.amount, 200.0)
        rest = self._counterparts(move).item_id
        (rest | other._exact_owed_lines()).reconcile()
        entry = self._counterparts(move).entry_id
        self.simulator.control("DELETE", f"{self.division.code}/entries/{entry}", {})
        self._read()
        counterpart = self.env["exact.counterpart"].search([("item_id", "=", rest.id)])
        self.assertEqual(counterpart.state, "refused")
        self.assertIn(other.name, counterpart.message)
        self.assertEqual(payment.move_id.state, "posted")
        self.assertEqual(other.amount_residual, 42.0)

    # -- per journal --------------------------------------------------------------------------

    def test_a_journal_may_differ_from_its_company(self):
        journal = self.company_data["default_journal_sale"].copy({"code": "SHOW"})
        journal.exact_is_sent = True
        journal.exact_attachment_policy = "none"
        journal.exact_journal_id = self.company_data["default_journal_sale"].exact_journal_id
        journal.exact_payment_mode = "light"
        move = self.invoice((100.0, self.tax(21)), journal_id=journal.id)
        self.run_queue()
        self._books(move).pay(["a"], on=10)
        self._read()
        self.assertEqual((move.exact_payment_state, move.payment_state), ("settled", "not_paid"))
        journal.exact_payment_mode = False
        self.run_queue()
        self.env.invalidate_all()
        self.assertEqual(move.payment_state, "paid", "the company's mode counts again")

    # -- with a bank that is mirrored ---------------------------------------------------------

    def _mirror_bank(self):
        """Odoo's bank journal mirrors Exact's; receivables are mapped."""
        receivable = self.company_data["default_account_receivable"]
        receivable.exact_gl_account_id = self.mirror("exact.gl.account", "400000")
        bank = self.company_data["default_journal_bank"]
        exact_bank = self.mirror("exact.journal", "501")
        bank.default_account_id.exact_gl_account_id = self.env["exact.gl.account"].search(
            [
                ("division_id", "=", self.division.id),
                ("exact_id", "=", exact_bank.gl_account_exact_id),
            ]
        )
        bank.write({"exact_journal_id": exact_bank.id, "exact_is_mirrored": True})
        return bank

    def _read_ledger(self):
        self.division.sudo()._read_ledger()
        self.run_queue()

    def test_a_mirrored_entry_of_the_bank_is_reconciled_and_no_payment_is_made(self):
        bank = self._mirror_bank()
        move = self._paid_invoice(on=10)
        self._read()
        self.assertEqual(move.payment_state, "not_paid", "its entry comes by the ledger")
        self._read_ledger()
        self._read()
        [item] = self._own_items(move)
        self.assertEqual((item.journal_id, move.amount_residual), (bank, 0))
        self.assertFalse(self._payments(move))
        self._books(move).do("unmatch", entry="a")
        self._read()
        self.assertEqual(move.amount_residual, 121.0)
        self.assertEqual(item.parent_state, "posted")

    def test_a_bank_that_is_mirrored_later_replaces_the_payments(self):
        move = self._paid_invoice(on=10)
        self._read()
        payment = self._own_items(move).payment_id
        bank = self._mirror_bank()
        self._read_ledger()
        self._read()
        self.assertEqual(payment.state, "canceled")
        self.assertEqual(self._own_items(move).journal_id, bank)
        self.assertEqual(self._open_of(move.partner_id), 0.0)

    # -- who may see and decide ---------------------------------------------------------------

    def _person(self, login, group, company=None):
        company = company or self.company
        return new_test_user(
            self.env,
            login,
            group,
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def _operator(self):
        return self._person("operator", "exact_online_connector.group_exact_operator")

    def _those_who_may_not(self):
        return (
            self._person("plain", "base.group_user"),
            self._person("looker", "exact_online_connector.group_exact_user"),
            self._person(
                "stranger",
                "exact_online_connector.group_exact_operator",
                self.env["res.company"].create({"name": "Another company"}),
            ),
        )

    def _asked(self):
        """A payment of Exact that two of Odoo resemble, and the journal items of these."""
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        for _number in range(2):
            self._register(move, on="2026-11-11", reconcile=False)
        self._books(move).pay(["a"], on=12)
        self._read()
        counterpart = self._counterparts(move)
        self.assertEqual(counterpart.state, "ask")
        return counterpart, counterpart.candidate_ids

    def test_only_an_operator_of_the_company_decides(self):
        counterpart, items = self._asked()
        for user in self._those_who_may_not():
            for decide in (
                counterpart.with_user(user).action_try_again,
                counterpart.with_user(user).action_book_all_the_same,
                self._this_one(items[0], counterpart, user),
            ):
                with self.subTest(user=user.login, button=decide), self.assertRaises(AccessError):
                    decide()
        self.run_queue()
        self.assertEqual((counterpart.state, counterpart.is_no_duplicate), ("ask", False))
        operator = self._operator()
        counterpart.with_user(operator).action_try_again()
        self._this_one(items[0], counterpart, operator)()
        self.run_queue()
        self.env.invalidate_all()
        self.assertEqual((counterpart.state, counterpart.item_id), ("linked", items[0]))

    def _this_one(self, item, counterpart, user):
        item = item.with_user(user).with_context(exact_counterpart_id=counterpart.id)
        return item.action_exact_is_this_one

    def test_nobody_writes_by_hand_what_exact_paid(self):
        counterpart, _items = self._asked()
        manager = self._person("manager", "exact_online_connector.group_exact_manager")
        operator = self._operator()
        for record in (counterpart, counterpart.share_ids):
            for user in (operator, manager):
                with self.subTest(model=record._name, user=user.login):
                    with self.assertRaises(AccessError):
                        record.with_user(user).write({"message": "crafted"})
                    with self.assertRaises(AccessError):
                        record.with_user(user).unlink()

    def test_another_company_sees_nothing_of_it(self):
        counterpart, _items = self._asked()
        *_others, stranger = self._those_who_may_not()
        for record in (counterpart, counterpart.share_ids):
            self.assertTrue(record)
            self.assertFalse(self.env[record._name].with_user(stranger).search([]), record._name)

    def test_what_is_decided_is_not_decided_again(self):
        """Somebody has the page still open when it was booked: it would be there twice."""
        counterpart, items = self._asked()
        counterpart.action_book_all_the_same()
        self.assertEqual((counterpart.state, counterpart.message), ("new", False))
        self.run_queue()
        self.env.invalidate_all()
        booked = counterpart.payment_id
        self.assertEqual(counterpart.state, "booked")
        with self.assertRaisesRegex(UserError, "decided in the meantime"):
            self._this_one(items[0], counterpart, self.env.user)()
        with self.assertRaisesRegex(UserError, "decided in the meantime"):
            counterpart.action_book_all_the_same()
        self.assertEqual((counterpart.payment_id, counterpart.is_own), (booked, True))

    def test_the_page_names_the_payment_of_odoo(self):
        move = self._paid_invoice(on=10)
        self._read()
        payment = self._own_items(move).payment_id
        for text in (move.exact_payment_why, move.exact_payment_story()["story"]):
            self.assertIn(f">{payment.name}</a> of 11/10/2026", words(text))
            self.assertIn(f'href="/odoo/account.payment/{payment.id}"', text)

    def test_the_page_says_what_is_to_be_decided(self):
        counterpart, items = self._asked()
        text = words(counterpart.share_ids.move_id.exact_payment_why)
        self.assertIn("Not all that Exact says is booked in Odoo.", text)
        self.assertIn("Odoo has a payment that may be this one", text)
        self.assertIn(f'href="/odoo/exact.counterpart/{counterpart.id}"', text)
        self.assertIn(items[0].move_id.name, text)

    def test_the_page_says_that_exact_knows_nothing_of_a_payment(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self._register(move)
        self._read()
        self.assertIn("of which Exact knows nothing", words(move.exact_payment_why))

    def test_salespeople_are_not_told_of_payments_of_odoo(self):
        self.env["ir.model.access"].sudo().create(
            {
                "name": "Documents, to look at",
                "model_id": self.env.ref("account.model_account_move").id,
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
            }
        )
        seller = self._person("seller", "base.group_user")
        paid = self._paid_invoice(on=10)
        self._read()
        counterpart, items = self._asked()
        names = (self._own_items(paid).move_id | items.move_id).mapped("name")
        for move in paid | counterpart.share_ids.move_id:
            told = move.with_user(seller).exact_payment_story()
            self.assertIn("was paid", told["story"])
            self.assertFalse(told["settlement_id"])
            for kept_back in (*names, "In Odoo:", "may be this one", "Simone Simulator"):
                self.assertNotIn(kept_back, told["story"])
