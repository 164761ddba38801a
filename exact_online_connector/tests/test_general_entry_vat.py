# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command
from odoo.tests import tagged

from ..operations.general_entry import FOUND
from .test_general_entry import KIND, GeneralEntryCase


@tagged("standard", "post_install", "-at_install")
class TestGeneralEntryVAT(GeneralEntryCase):
    """Miscellaneous entries with VAT: Odoo's own VAT on the lines that carry it."""

    def setUp(self):
        super().setUp()
        self.map_purchases()
        self.journal.exact_journal_id = self.mirror("exact.journal", "890")
        self.bank = self._mapped("default_account_assets", "240000")
        self.purchase_21 = self.chart("attn_VAT-IN-V81-21")
        self.purchase_6 = self.chart("attn_VAT-IN-V81-06")
        self.reverse_charge = self.chart("attn_VAT-IN-V81-21-CC")

    def taxed(self, *lines, post=True, **values):
        """An entry of ``(account, balance, tax)`` lines with Odoo's own tax lines, and one on the
        bank for the rest.
        """
        move = self.entry(
            *((account, balance, {"tax_ids": tax.ids}) for account, balance, tax in lines),
            post=False,
            **values,
        )
        self._pay(move)
        if post:
            move.action_post()
        return move

    def _pay(self, move):
        """Have the bank take the rest, where Odoo put a line of its own for it too."""
        paid = move.line_ids.filtered(
            lambda line: line.account_id == self.bank or line.name == "Automatic Balancing Line"
        )
        owed = -sum((move.line_ids - paid).mapped("balance"))
        line = {"account_id": self.bank.id, "balance": owed, "name": "Paid"}
        first = Command.update(paid[0].id, line) if paid else Command.create(line)
        move.line_ids = [first, *map(Command.delete, paid[1:].ids)]

    # -- what is sent -----------------------------------------------------------------------------

    def test_sale(self):
        self.assert_arrives("general_vat_sale", self.taxed((self.revenue, -100.0, self.tax(21))))

    def test_purchase_of_two_rates(self):
        move = self.taxed(
            (self.expense, 89.0, self.purchase_21), (self.expense, 19.5, self.purchase_6)
        )
        self.assert_arrives("general_vat_purchase_of_two_rates", move)

    def test_one_tax_line_is_spread_over_its_lines_to_the_cent(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        move = self.taxed(*[(self.expense, 0.12, self.purchase_21)] * 3)
        self.assertEqual(move.line_ids.filtered("tax_line_id").balance, 0.08)
        self.assert_arrives("general_vat_spread", move)

    def test_where_exact_takes_its_own_vat_only_a_line_is_cut(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        self.switch(vat_override_tolerance="refuse")
        self.division.vat_override = "none"
        move = self.taxed(*[(self.expense, 0.12, self.purchase_21)] * 3)
        self.assert_arrives("general_vat_cut", move)

    def test_reverse_charge(self):
        move = self.taxed((self.expense, 100.0, self.reverse_charge))
        self.assert_arrives("general_vat_reverse_charge", move)

    def test_reversal_of_an_entry(self):
        move = self.taxed((self.revenue, -100.0, self.tax(21)))
        reversal = move._reverse_moves([{"date": move.date, "name": "MISC/2026/11/0043"}])
        reversal.action_post()
        self.assert_arrives("general_vat_reversal", reversal)

    def test_a_line_without_tax_does_not_take_the_code_of_its_account(self):
        move = self.taxed(
            (self.expense, 100.0, self.purchase_21), (self.revenue, -30.0, self.env["account.tax"])
        )
        self.assert_arrives("general_vat_untaxed_line", move)

    def test_foreign_currency(self):
        self._allow_currencies()
        usd = self.env.ref("base.USD")
        usd.active = True
        usd.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"name": "2026-01-01", "currency_id": usd.id, "rate": 1 / 0.92}
        )
        in_usd = {"currency_id": usd.id}
        move = self.entry(
            (
                self.expense,
                92.0,
                {"tax_ids": self.purchase_21.ids, "amount_currency": 100.0, **in_usd},
            ),
            post=False,
        )
        move.line_ids = [
            Command.create(
                {
                    "account_id": self.bank.id,
                    "balance": -111.32,
                    "amount_currency": -121.0,
                    "name": "Paid",
                    **in_usd,
                }
            )
        ]
        move.action_post()
        self.assert_arrives("general_vat_in_dollars", move)

    def _allow_currencies(self):
        """Somebody allows currencies on the general journal, in Exact itself."""
        journal = self.journal.exact_journal_id
        flags = {"AllowVariableCurrency": True, "AllowVariableExchangeRate": True}
        with self.enter_registry_test_mode():
            client = self.connection.sudo()._client()
            client.put(self.division.code, "financial/Journals", journal.exact_id, flags)
        self.division.action_refresh()
        self.run_queue()

    def test_cost_centres(self):
        move = self.entry(
            (
                self.expense,
                100.01,
                {"tax_ids": self.purchase_21.ids, "analytic_distribution": self.shares()},
            ),
            post=False,
        )
        self._pay(move)
        move.action_post()
        self.assert_arrives("general_vat_cost_centres", move)

    # -- what becomes of it -----------------------------------------------------------------------

    def test_a_change_of_the_tax_replaces_it(self):
        move = self.taxed((self.expense, 100.0, self.purchase_21))
        self.run_queue()
        [before] = self.general_entries(move)
        move.button_draft()
        move.line_ids.filtered("tax_ids").tax_ids = self.purchase_6
        self._pay(move)
        move.action_post()
        self.run_queue()
        self.assert_done(move)
        [after] = self.general_entries(move)
        self.assertEqual(after["header"]["EntryNumber"], before["header"]["EntryNumber"])
        self.assertEqual([row["AmountVATFC"] for row in after["lines"]][0], 6.0)

    def test_cancelled_it_is_removed(self):
        move = self.taxed((self.revenue, -100.0, self.tax(21)))
        self.run_queue()
        move.button_draft()
        move.button_cancel()
        self.run_queue()
        self.assertEqual(move.exact_state, "removed")
        self.assertFalse(self.general_entries(move))

    def test_processed_it_is_reversed_with_its_vat(self):
        move = self.taxed(
            (self.revenue, -100.0, self.tax(21)), (self.expense, 50.0, self.reverse_charge)
        )
        self.run_queue()
        self.assert_done(move)
        self.process(move)
        move.button_draft()
        move.line_ids[0].name = "Another text"
        move.action_post()
        self.run_queue()
        self.item(move, KIND).action_reverse()
        self.run_queue()
        self.assert_done(move)
        lines = self.reversing(move)["lines"]
        self.assertEqual(
            [(row.get("VATCode") or "").strip() for row in lines], ["5", "MA", ""], "as sent"
        )
        self.assertEqual([row["AmountFC"] for row in lines], [100.0, -50.0, -71.0])
        self.assertEqual([row["AmountVATFC"] for row in lines][:2], [21.0, -10.5])

    # -- the proof --------------------------------------------------------------------------------

    def test_the_proof_sees_another_vat(self):
        move = self.taxed(
            (self.revenue, -100.0, self.tax(21)), (self.expense, 50.0, self.reverse_charge)
        )
        self.run_queue()
        operation = move._exact_operation()
        move = move.with_env(operation.env)
        ledger = self._ledger(move)
        self.assertEqual(operation._prove(move, {"ledger": ledger}), [])
        places = {
            (row["GLAccountCode"].strip(), (row["VATCode"] or "").strip()): number
            for number, row in enumerate(ledger)
        }
        for place, change, name in (
            (("451000", "5"), {"AmountFC": "-20.99"}, "VAT of code 5"),
            (("451000", "5"), {"VATCode": "3  "}, "VAT of code 5"),
            (("700000", "5"), {"VATCode": "0  "}, "Account 700000 (5)"),
            (("700000", "5"), {"AmountFC": "-99.99"}, "Account 700000 (5)"),
            (("240000", ""), {"VATCode": "5  "}, "Account 240000"),
            (("451056", "MA"), {"AmountFC": "-10.49"}, "VAT of code MA"),
        ):
            with self.subTest(place, change=change):
                number = places[place]
                rows = [*ledger[:number], {**ledger[number], **change}, *ledger[number + 1 :]]
                differing = operation._prove(move, {"ledger": rows})
                self.assertTrue(any(name in each.name for each in differing), differing)

    def _ledger(self, move):
        with self.enter_registry_test_mode():
            client = self.connection.sudo()._client()
            return list(
                client.read(
                    self.division.code,
                    "bulk/Financial/TransactionLines",
                    select=(*FOUND, "GLAccountCode"),
                    filter=f"EntryID eq guid'{self.general_entries(move)[0]['entry_id']}'",
                )
            )

    # -- what is refused --------------------------------------------------------------------------

    def test_a_journal_without_vat_is_refused(self):
        self.journal.exact_journal_id = self.mirror("exact.journal", "800")
        move = self.taxed((self.expense, 100.0, self.purchase_21))
        self.assertIn("takes no VAT", self.refusal(move))

    def test_what_is_not_one_deductible_percentage_is_refused(self):
        half = self._mapped_as_21(self.chart("attn_VAT-IN-V82-CAR-EXC"))
        self.bank.reconcile = True
        on_payment = self._mapped_as_21(
            self.purchase_21.copy(
                {
                    "name": "On payment",
                    "tax_exigibility": "on_payment",
                    "cash_basis_transition_account_id": self.bank.id,
                }
            )
        )
        for number, (taxes, words) in enumerate(
            (
                (self.purchase_21 | self.purchase_6, "several taxes"),
                (on_payment, "cash basis"),
                (half, "partly deductible"),
            )
        ):
            with self.subTest(words):
                name = f"MISC/2026/11/100{number}"
                self._assert_refused(words, self.taxed((self.expense, 100.0, taxes), name=name))

    def test_tax_lines_that_do_not_belong_to_their_base_are_refused(self):
        vat_account = self.company_data["default_account_tax_purchase"]
        vat_account.exact_gl_account_id = self.mirror("exact.gl.account", "411000")
        part = self.purchase_21.invoice_repartition_line_ids.filtered("account_id")[:1]
        alone = self.entry(
            (vat_account, 21.0, {"tax_repartition_line_id": part.id}), (self.bank, -21.0)
        )
        self._assert_refused("the lines that carry that tax make 0", alone)
        on_vat = self.taxed((vat_account, 100.0, self.purchase_21), name="MISC/2026/11/1001")
        self._assert_refused("an account for VAT", on_vat)
        halves = self.by_hand(self.reverse_charge, 21.0, -42.0, number=1)
        self._assert_refused("tax lines of -42.00", halves)
        other_side = self.by_hand(self.purchase_21, -21.0, number=2)
        self._assert_refused("on the other side", other_side)

    def test_a_tax_amount_that_was_changed_by_hand_is_sent(self):
        """As Odoo has it: of a ticket of which the supplier rounded otherwise."""
        move = self.by_hand(self.purchase_21, 20.99)
        self.run_queue()
        self.assert_done(move)
        [entry] = self.general_entries(move)
        self.assertEqual(entry["lines"][0]["AmountVATFC"], 20.99)

    def test_grids_without_a_tax_are_refused(self):
        tags = self.purchase_21.invoice_repartition_line_ids.tag_ids
        move = self.entry((self.expense, 5.0, {"tax_tag_ids": tags.ids}), (self.bank, -5.0))
        self._assert_refused("tax grids but no tax", move)

    def _mapped_as_21(self, tax):
        tax.active = True
        tax.exact_vat_code_id = self.purchase_21.exact_vat_code_id
        return tax

    def by_hand(self, tax, *amounts, number=0):
        """An entry of 100.00 whose tax lines somebody filled in, one for each part of the tax."""
        parts = tax.invoice_repartition_line_ids.filtered("account_id")
        return self.entry(
            (self.expense, 100.0, {"tax_ids": tax.ids}),
            *(
                (part.account_id, amount, {"tax_repartition_line_id": part.id})
                for part, amount in zip(parts, amounts, strict=True)
            ),
            (self.bank, -100.0 - sum(amounts)),
            name=f"MISC/2026/11/200{number}",
        )

    def _assert_refused(self, words, move):
        self.assertIn(words, "\n".join(finding.text for finding in move._exact_refusals()))
