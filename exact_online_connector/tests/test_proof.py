# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal

from odoo import Command
from odoo.tests import tagged

from .test_agreement import AgreementCase

ENTRIES = ".*/(salesentry/SalesEntries|purchaseentry/PurchaseEntries)"
# A fault of Exact, and what the agreement report calls it.
FAULTS = {
    "drop_gl_link": "other_account",
    "lose_line": "other_amount",
    "change_vat": "other_vat",
    "lose_document_link": "other_document",
    "change_rate": "other_rate",
}


@tagged("standard", "post_install", "-at_install")
class TestProof(AgreementCase):
    """What Exact books otherwise than it was sent is seen, in words and with both figures."""

    def setUp(self):
        super().setUp()
        self.dollar = self.env.ref("base.USD")
        self.dollar.active = True
        self.set_rate(1.0872)
        self.company.exact_no_vat_code_id = self.mirror("exact.vat.code", "NO")
        for name, code in (("sale", "702"), ("purchase", "602")):
            journal = self.company_data[f"default_journal_{name}"]
            journal.exact_journal_id = self.mirror("exact.journal", code)
            journal.exact_credit_journal_id = False
            journal.exact_attachment_policy = "none"

    def set_rate(self, dollars):
        """How many dollars a euro is."""
        self.dollar.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {
                "currency_id": self.dollar.id,
                "name": "2026-01-01",
                "rate": dollars,
                "company_id": self.company.id,
            }
        )

    def document(self, move_type, fault=None):
        """An invoice, credit note or bill of two lines, 181.50; in dollars for a changed rate."""
        values = {"move_type": move_type}
        if fault == "change_rate":
            values["currency_id"] = self.dollar.id
        is_bill = move_type == "in_invoice"
        journal = self.company_data[f"default_journal_{'purchase' if is_bill else 'sale'}"]
        journal.exact_attachment_policy = "main" if fault == "lose_document_link" else "none"
        if not is_bill:
            tax = self.tax(21)
            return self.invoice((100.0, tax), (50.0, tax), **values)
        tax = self.chart("attn_VAT-IN-V81-21")
        move = self.bill((100.0, tax), (50.0, tax), ref=f"F-{fault}", post=False, **values)
        self.attach(move)
        move.action_post()
        return move

    def sent(self, move):
        self.run_queue()
        return self.item(move, move._exact_kind())

    def expected(self, move, fault):
        """Each figure that differs: what it is, in Odoo, in Exact."""
        sign = -1 if move.move_type == "out_refund" else 1
        account = "604000" if move.move_type == "in_invoice" else "700000"
        name = f"Account {account} (5)"

        def signed(*amounts):
            return [str(sign * Decimal(amount)) for amount in amounts]

        if fault == "drop_gl_link":
            return [
                (name, *signed("150.00", "100.00")),
                ("Account without account (5)", "0", *signed("50.00")),
            ]
        vat, total = "VAT of code 5", "Total"
        if fault == "lose_line":
            return [
                (name, *signed("150.00", "100.00")),
                (vat, *signed("31.50", "21.00")),
                (total, *signed("181.50", "121.00")),
            ]
        if fault == "change_vat":
            off = "31.49" if sign < 0 else "31.51"
            all_off = "181.49" if sign < 0 else "181.51"
            return [(vat, *signed("31.50", off)), (total, *signed("181.50", all_off))]
        if fault == "lose_document_link":
            paper = self.entry(move, "documents/Documents")
            return [("Document", paper, "-")]
        payload = move._exact_operation()._payload(move)
        self.assertEqual(payload["Rate"], Decimal("0.919793966152"))
        return [
            ("Exchange rate", "0.919793966152", self.booked_rate(move)),
            (f"{name} in EUR", *signed("137.97", "139.35")),
            (f"{vat} in EUR", *signed("28.97", "29.26")),
            (f"{total} in EUR", *signed("166.94", "168.61")),
        ]

    def booked_rate(self, move):
        [entry] = [
            each
            for each in self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
            if each["entry_id"] == self.entry(move, move._exact_operation()._resource)
        ]
        rate = entry["ledger_lines"][0]["ExchangeRate"]
        self.assertAlmostEqual(rate, 0.919793966152 * 1.01, places=6)
        return str(rate)

    def test_each_fault_of_exact_is_named_and_the_report_shows_it(self):
        kinds = {}
        for move_type in ("out_invoice", "out_refund", "in_invoice"):
            for fault, kind in FAULTS.items():
                with self.subTest(fault=fault, move_type=move_type):
                    self.simulator.control("DELETE", "faults")
                    self.fault(fault, "POST", ENTRIES)
                    move = self.document(move_type, fault)
                    item = self.sent(move)
                    self.assertEqual(item.state, "differs", item.message)
                    wanted = [
                        f"{name}: {odoo} in Odoo, {exact} in Exact"
                        for name, odoo, exact in self.expected(move, fault)
                    ]
                    self.assertEqual(item.message.splitlines(), wanted)
                    link = move._exact_entry_bindings()
                    self.assertEqual((link.proof_state, link.proof), ("differs", item.message))
                    self.assertTrue(link.compared_on)
                    self.assertFalse(link.proven_on)
                    self.assertEqual(move.exact_proof_state, "differs")
                    kinds[move.name] = {kind}
        report = self.compared()
        self.assertEqual(self.kinds(report), kinds)
        for row in report.document_ids:
            self.assertIn(" in Odoo, ", row.text)
        rate = report.document_ids.filtered(lambda row: row.kind == "other_rate")
        self.assertIn("Exchange rate: 0.91", rate[0].text)

    def test_put_right_in_exact_it_is_proven_and_the_figures_stay_with_the_link(self):
        self.fault("lose_document_link", "POST", ENTRIES)
        move = self.document("out_invoice", "lose_document_link")
        item = self.sent(move)
        self.assertEqual(item.state, "differs")
        paper = self.entry(move, "documents/Documents")
        self.in_exact("put", "salesentry/SalesEntries", self.entry(move), {"Document": paper})
        item.action_retry()
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)
        item.unlink()
        link = self.env["exact.binding"].browse(move.action_exact_proof()["res_id"])
        self.assertEqual(link.proof_state, "proven")
        self.assertEqual(link.proven_on, link.compared_on)
        self.assertEqual(
            link.proof.splitlines()[-3:],
            [
                "Account 700000 (5): 150.00 EUR",
                "VAT of code 5: 31.50 EUR",
                "Total: 181.50 EUR",
            ],
        )
        self.assertEqual(move.exact_proof_state, "proven")
        move.button_draft()
        move.invoice_line_ids[0].price_unit = 10
        move.action_post()
        self.fault("cut_before_commit", "GET", "TransactionLines", times="always")
        self.run_queue()
        self.assertEqual(link.proof_state, "open", "what was sent since is not compared yet")

    def test_a_document_that_vanished_from_exact_is_no_longer_proven(self):
        (move,) = self.booked(100)
        self.delete_in_exact(self.entry(move))
        move.action_exact_send()
        item = self.sent(move)
        self.assertEqual(item.state, "differs")
        self.assertEqual(move._exact_entry_bindings().proof_state, "differs")
        self.assertIn("not found", move._exact_entry_bindings().proof)

    # -- company currency -------------------------------------------------------------------------

    def awkward(self):
        """Dollars of which no rate brings Exact to Odoo's euros: five lines that are all rounded
        up, where Odoo rounds three, and one that leaves the rate no room.
        """
        self.set_rate(2.0)
        accounts = self.env["account.account"]
        for number, code in (("700901", "700000"), ("700902", "700100")):
            values = {"code": number, "name": number, "account_type": "income"}
            account = accounts.search([("code", "=", number)]) or accounts.create(values)
            account.exact_gl_account_id = self.mirror("exact.gl.account", code)
            accounts += account
        prices = [*[(10.01, accounts[0])] * 5, (1000.0, accounts[1])]
        return self.invoice(
            currency_id=self.dollar.id,
            invoice_line_ids=[
                Command.create(
                    {
                        "name": "Line",
                        "price_unit": price,
                        "account_id": account.id,
                        "tax_ids": [Command.clear()],
                    }
                )
                for price, account in prices
            ],
        )

    def test_cents_that_no_rate_avoids_are_told_and_the_report_knows_them(self):
        off = "Account 700100 (NO) in EUR: 499.98 in Odoo, 500.00 in Exact"
        kinds = {}
        for leftover, wanted in (
            ("party", [off, "Total in EUR: 525.03 in Odoo, 525.05 in Exact"]),
            ("first_line", ["Account 700000 (NO) in EUR: 25.05 in Odoo, 25.03 in Exact", off]),
        ):
            with self.subTest(leftover=leftover):
                self.switch(rate_remainder=leftover)
                move = self.awkward()
                self.assertEqual(move.amount_total_signed, 525.03)
                item = self.sent(move)
                self.assertEqual(item.state, "done", item.message)
                self.assertIn("As foreseen", item.evidence)
                self.assertEqual(item.evidence.splitlines()[-2:], wanted)
                link = move._exact_entry_bindings()
                self.assertIn(item.evidence.splitlines()[-1], link.proof)
                kinds[move.name] = {"told_cents"}
        plain = self.invoice((100.0, self.env["account.tax"]), currency_id=self.dollar.id)
        self.assertEqual(self.sent(plain).state, "done")
        self.assertFalse(plain._exact_entry_bindings().told)
        report = self.compared()
        self.assertEqual(self.kinds(report), kinds)
        told = "\n".join(report.document_ids.mapped("text"))
        self.assertIn("Total: 525.03 in Odoo, 525.05 in Exact", told)

    def test_a_cent_that_was_not_foreseen_differs(self):
        move = self.awkward()
        self.assertEqual(self.sent(move).state, "done")
        operation = move._exact_operation()
        own = move.with_env(operation.env)
        with self.enter_registry_test_mode():
            client = self.connection.sudo()._client()
            remote = operation._read_back(client, [self.entry(move)])[self.entry(move)]
        self.assertEqual(operation._prove(own, remote), [], "but for the cents that were told")
        row = next(row for row in remote["ledger"] if row["AmountDC"] == Decimal("-500"))
        row["AmountDC"] = Decimal("-500.01")
        differences = {each.name: (each.odoo, each.exact) for each in operation._prove(own, remote)}
        self.assertEqual(differences.pop("Account 700100 (NO) in EUR"), ("499.98", "500.01"))
        self.assertEqual(differences.keys(), {"Total in EUR"}, "the rate is as it was sent")

    def test_books_that_agree_in_every_kind_of_line_show_no_difference(self):
        moves = self.env["account.move"]
        for prices in ((33.33, 0.05, 99.99), (0.01, 0.02, 1234.56, -3.33), (10.0,)):
            moves += self.invoice(
                *((price, self.tax(21)) for price in prices), currency_id=self.dollar.id
            )
        for number, name in enumerate(("attn_VAT-IN-V82-CAR-EXC", "attn_VAT-IN-V81-21-CC")):
            tax = self.chart(name)
            tax.active = True
            tax.exact_vat_code_id = self.mirror("exact.vat.code", "5" if not number else "MA")
            for currency in (self.dollar, self.company.currency_id):
                moves += self.bill(
                    (99.99, tax), ref=f"F-{number}-{currency.name}", currency_id=currency.id
                )
        self.run_queue()
        self.assertEqual(set(moves.mapped("exact_state")), {"done"})
        report = self.compared()
        told = moves.filtered(lambda move: move._exact_entry_bindings().told)
        self.assertEqual(self.kinds(report), {move.name: {"told_cents"} for move in told})
        self.assertLess(len(told), 3)
        self.assertEqual((report.document_count, report.entry_count), (7, 7))
