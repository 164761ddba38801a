# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import os
import random
from collections import defaultdict

from odoo import Command
from odoo.tests import tagged

from .payments_common import FILLED, PaymentsCase

DOCUMENTS = int(os.environ.get("DOCUMENTS", "300"))
ROUNDS, STEPS = 3, 60
KINDS = ["out_invoice"] * 6 + ["out_refund"] * 2 + ["in_invoice"] * 3 + ["in_refund"]


@tagged("standard", "post_install", "-at_install")
class TestRandomPayments(PaymentsCase):
    """Whatever a bookkeeper does with payments in Exact, in whatever order: the same is open of
    each document in Odoo, and of each partner. DOCUMENTS=3000 makes so many.
    """

    mode = "full"

    def setUp(self):
        super().setUp()
        self.map_purchases()
        self.chance = random.Random(20261127)
        self.bank, self.matched = [], []

    # -- documents --------------------------------------------------------------------------------

    def _make(self):
        """``{entry: document}``, booked in Exact, of some partners."""
        partners = [self._partner(f"Party {number}") for number in range(12)]
        moves = self.env["account.move"].create(
            [self._values(number, partners) for number in range(DOCUMENTS)]
        )
        moves.action_post()
        self.analyze(FILLED)
        self.run_queue()
        self.analyze(FILLED)
        made = {self._entry_id(move): move for move in moves}
        self.assertNotIn(None, made)
        return made

    def _values(self, number, partners):
        kind = self.chance.choice(KINDS)
        is_sale = kind.startswith("out")
        tax = self.tax(21) if is_sale else self.chart("attn_VAT-IN-V81-21")
        account = self.company_data[f"default_account_{'revenue' if is_sale else 'expense'}"]
        line = {
            "name": "Line",
            "price_unit": self.chance.randrange(1_000, 90_000) / 100,
            "account_id": account.id,
            "tax_ids": [Command.set(tax.ids)],
        }
        return {
            "move_type": kind,
            "partner_id": self.chance.choice(partners).id,
            "invoice_date": "2026-11-02",
            "date": "2026-11-02",
            "ref": f"R-{number}",
            "invoice_payment_term_id": False,
            "invoice_line_ids": [Command.create(line)],
        }

    # -- what a bookkeeper does -------------------------------------------------------------------

    def _post(self, path, **body):
        return self.simulator.control("POST", f"{self.division.code}/{path}", body)

    def _open(self):
        """``{entry: what is open}`` and ``{entry: (relation, kind)}``, as Exact has it now."""
        amounts, whose = defaultdict(float), {}
        items = self.simulator.control("GET", f"{self.division.code}/open-items")["open_items"]
        for item in items:
            entry = item["TransactionEntryID"]
            amounts[entry] += item["AmountFC"]
            whose[entry] = (item["Account"], item["LineType"])
        return {entry: round(amount, 2) for entry, amount in amounts.items()}, whose

    def _step(self, documents):
        amounts, whose = self._open()
        still = [entry for entry in documents if amounts.get(entry)]
        do = self.chance.choice(
            [self._pay] * 4 + [self._match] * 3 + [self._write_off, self._unmatch, self._delete]
        )
        do(still, amounts, whose)

    def _day(self):
        return f"2026-11-{self.chance.randrange(3, 26):02}"

    def _pay(self, still, amounts, whose):
        if not still:
            return
        first = self.chance.choice(still)
        alike = [
            entry
            for entry in still
            if whose[entry] == whose[first] and (amounts[entry] > 0) == (amounts[first] > 0)
        ]
        chosen = self.chance.sample(alike, min(len(alike), self.chance.choice([1, 1, 1, 2, 3])))
        shares = [
            {"entry": entry, "amount": self._share(abs(amounts[entry]), len(chosen))}
            for entry in chosen
        ]
        answer = self._post(
            "payments",
            documents=shares,
            date=self._day(),
            single_line=self.chance.random() < 0.5,
        )
        self.bank.append(answer["entry"])
        self.matched += chosen

    def _share(self, amount, several):
        factor = self.chance.choice([1, 1, 0.5, 0.31] + ([1.2] if several == 1 else []))
        return round(amount * factor, 2)

    def _match(self, still, amounts, whose):
        """A credit note, or money of the bank, with a document."""
        pairs = [
            (one, other)
            for one in still
            for other in amounts
            if whose[one] == whose[other] and amounts[one] > 0 > amounts[other]
        ]
        if pairs:
            one, other = self.chance.choice(pairs)
            amount = self._share(min(amounts[one], -amounts[other]), 2)
            self._post("match", **{"entry": one, "with": other}, amount=amount, date=self._day())
            self.matched += [one, other]

    def _write_off(self, still, amounts, whose):
        if still:
            entry = self.chance.choice(still)
            amount = min(abs(amounts[entry]), self.chance.choice([0.01, 1.5, 20]))
            self._post("write-off", entry=entry, amount=amount, date=self._day())
            self.matched.append(entry)

    def _unmatch(self, still, amounts, whose):
        if self.matched:
            self._post("unmatch", entry=self.chance.choice(self.matched))

    def _delete(self, still, amounts, whose):
        if self.bank:
            entry = self.bank.pop(self.chance.randrange(len(self.bank)))
            self.simulator.control("DELETE", f"{self.division.code}/entries/{entry}", {})

    # -- both books -------------------------------------------------------------------------------

    def _owed_in_odoo(self):
        owed = defaultdict(float)
        for item in self.env["account.move.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("account_type", "in", ("asset_receivable", "liability_payable")),
                ("parent_state", "=", "posted"),
            ]
        ):
            kind = 20 if item.account_type == "asset_receivable" else 22
            owed[item.partner_id.commercial_partner_id, kind] += item.balance
        return _rounded(owed)

    def _owed_in_exact(self, amounts, whose):
        bindings = self.env["exact.binding"].sudo().search([("resource", "=", "crm/Accounts")])
        partners = {
            binding.exact_id: self.env["res.partner"].browse(binding.res_id)
            for binding in bindings
        }
        owed = defaultdict(float)
        for entry, amount in amounts.items():
            relation, kind = whose[entry]
            owed[partners[relation], kind] += amount
        return _rounded(owed)

    def assertBooksAgree(self, documents, where):
        amounts, whose = self._open()
        for entry, move in documents.items():
            told = [(s.kind, s.amount, s.booked_amount, s.message) for s in move.exact_share_ids]
            self.assertEqual(
                round(move.amount_residual, 2), abs(amounts.get(entry, 0)), (where, move.name, told)
            )
        ours, theirs = self._owed_in_odoo(), self._owed_in_exact(amounts, whose)
        for key in ours.keys() | theirs.keys():
            self.assertEqual(ours.get(key, 0), theirs.get(key, 0), (where, *key, self._of(key[0])))

    def _of(self, partner):
        """What Odoo has of a partner's payments, for whoever reads a failure."""
        return [
            (each.display_name, each.state, each.amount, each.open_amount, each.message,
             each.share_ids.mapped("amount"))
            for each in self.env["exact.counterpart"].search([("partner_id", "=", partner.id)])
        ]

    def _books(self):
        items = self.env["account.move.line"].search([("company_id", "=", self.company.id)])
        return [
            (item.id, item.balance, item.amount_residual, item.date, item.parent_state)
            for item in items
        ]

    def test_the_same_is_open_on_both_sides(self):
        documents = self._make()
        for number in range(ROUNDS):
            for _step in range(STEPS):
                self._step(documents)
            self._read()
            self.assertBooksAgree(documents, f"round {number}")
        before = self._books()
        self._read_again()
        self.assertEqual(self._books(), before, "a replay changes nothing")
        self.switch(receivable_sign="negative")
        self._read_again()
        self.assertEqual(self._books(), before, "nor does another sign")


def _rounded(amounts):
    return {key: round(amount, 2) for key, amount in amounts.items() if round(amount, 2)}
