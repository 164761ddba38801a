# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re
from collections import defaultdict

from odoo import Command

from .common import ExactCase
from .settlement_patterns import BILL, PATTERNS, REFUND, day

# Tables that the tests of payments fill.
FILLED = (
    "account_move",
    "account_move_line",
    "account_payment",
    "account_partial_reconcile",
    "exact_binding",
    "exact_call",
    "exact_counterpart",
    "exact_payment_term",
    "exact_settlement",
    "exact_share",
    "exact_sync_queue",
    "res_partner",
)


def words(html):
    """HTML without what sets numbers and words apart on the screen."""
    return " ".join(re.sub(r"</?(span|t|td|strong)\b[^>]*>", "", html).split())


class Books:
    """A bookkeeper at work on the documents of one pattern, in the simulator."""

    def __init__(self, case, entries, relation):
        self._case, self._names, self._relation = case, dict(entries), relation

    def pay(self, shares, *, on, name=None, **how):
        documents = [share if isinstance(share, tuple) else (share,) for share in shares]
        body = {
            "documents": [
                dict(zip(("entry", "amount"), (self._names[key], *amount), strict=False))
                for key, *amount in documents
            ],
            "date": day(on),
            **how,
        }
        if not shares:
            body["account"] = self._relation
        self._note(name, self._post("payments", body)["entry"])

    def do(self, path, *, on=None, name=None, batch=None, **body):
        for key, value in body.items():
            if key == "entries":
                body[key] = [self._names[each] for each in value]
            elif key in ("entry", "with", "invoice", "credit_note", "payment", "from", "to"):
                body[key] = self._names[value]
        if path == "delete":
            self._post(f"entries/{body['entry']}", {}, "DELETE")
            return
        if batch:
            path = path.replace("/", f"/{self._names[batch]}/")
        if on:
            body["date"] = day(on)
        self._note(name, self._post(path, body).get("batch"))

    def _note(self, name, value):
        if name:
            self._names[name] = value

    def _post(self, path, body, method="POST"):
        return self._case.simulator.control(method, f"{self._case.division.code}/{path}", body)


class PaymentsCase(ExactCase):
    """Documents in Exact, a bookkeeper who settles them, and Odoo that reads what was paid."""

    mode = "light"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.exact_payment_mode = cls.mode
        journals = cls.company_data["default_journal_sale"], cls.company_data[
            "default_journal_purchase"
        ]
        for journal in journals:
            journal.exact_attachment_policy = "none"

    # -- steps ------------------------------------------------------------------------------------

    def _read(self, runs=1):
        for _run in range(runs):
            self.env["exact.division"]._queue_payments()
            self.run_queue()
        self.env.invalidate_all()
        self.analyze(FILLED)
        trouble = self.env["exact.sync.queue"].search(
            [("state", "in", ("failed", "differs", "blocked"))]
        )
        self.assertFalse(trouble, trouble.mapped(lambda item: (item.name, item.message)))

    def _read_again(self):
        """Replay the feed from its beginning."""
        self._feed().write({"cursor": False, "deleted_cursor": False})
        self._read()

    def _feed(self):
        return self.division._feed("payment_terms").sudo()

    def _partner(self, name):
        return self.env["res.partner"].create(
            {"name": name, "is_company": True, "country_id": self.env.ref("base.be").id}
        )

    def _paid_invoice(self, on=10, **how):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self._books(move).pay(["a"], on=on, **how)
        return move

    def _books(self, move):
        return Books(self, {"a": self._entry_id(move)}, None)

    def _entry_id(self, move):
        return move._exact_operation()._exact_id(move)

    def _settlements(self):
        """What is known, without when it was learned."""
        return {
            settlement.move_id: (
                settlement.state,
                settlement.open_amount,
                settlement.open_company_amount,
                settlement.paid_on,
                settlement.kind,
                settlement.explanation,
                settlement.learned_on,
                settlement.call_id,
            )
            for settlement in self.env["exact.settlement"].search([])
        }

    # -- the table --------------------------------------------------------------------------------

    def _dollar(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        dollar.rate_ids = [
            Command.clear(),
            Command.create({"name": "2020-01-01", "rate": 1.25, "company_id": self.company.id}),
        ]
        journal = self.company_data["default_journal_sale"].copy({"code": "USDX"})
        journal.exact_is_sent = True
        journal.exact_attachment_policy = "none"
        journal.exact_journal_id = self.mirror("exact.journal", "702")
        return {"currency_id": dollar.id, "journal_id": journal.id}

    def _half_now(self):
        term = self.env["account.payment.term"].create(
            {
                "name": "Half now",
                "exact_payment_condition_id": self.mirror("exact.payment.condition", "2T").id,
                "line_ids": [
                    Command.create({"value": "percent", "value_amount": 50, "nb_days": days})
                    for days in (30, 60)
                ],
            }
        )
        return {"invoice_payment_term_id": term.id}

    def _make_documents(self):
        """``[(pattern, {key: move})]``, booked in Exact."""
        dollar, half_now = self._dollar(), self._half_now()
        made = []
        for number, pattern in enumerate(PATTERNS):
            values = dollar if pattern.options.get("currency") else {}
            values = half_now if pattern.options.get("instalments") else values
            partners, moves = {}, {}
            for key, kind in pattern.documents.items():
                own = key if pattern.options.get("relations") else ""
                if own not in partners:
                    partners[own] = self._partner(f"Pattern {number}{own}")
                is_bill = kind in (BILL, REFUND)
                tax = self.chart("attn_VAT-IN-V81-21") if is_bill else self.tax(21)
                reference = {"ref": f"F-{number}{key}"} if is_bill else {}
                moves[key] = (self.bill if is_bill else self.invoice)(
                    (100.0, tax),
                    move_type=kind,
                    partner_id=partners[own].id,
                    **{"invoice_payment_term_id": False, **values, **reference},
                )
            made.append((pattern, moves))
        self.analyze(FILLED)
        self.run_queue()
        self.analyze(FILLED)
        return made

    def walk_patterns(self):
        """All patterns, round by round, each read in both signs; see :meth:`assertStandsAs`."""
        self.map_purchases()
        self.switch(instalments="two_terms")
        made = self._make_documents()
        unsent = [move.name for _p, moves in made for move in moves.values()
                  if not self._entry_id(move)]
        self.assertFalse(unsent)
        books = [
            Books(
                self,
                {key: self._entry_id(move) for key, move in moves.items()},
                self.env["exact.binding"]
                ._find(self.division, "crm/Accounts", next(iter(moves.values())).partner_id)
                .exact_id,
            )
            for _pattern, moves in made
        ]
        for number in range(max(len(pattern.rounds) for pattern in PATTERNS)):
            expected = []
            for (pattern, moves), own in zip(made, books, strict=True):
                if number < len(pattern.rounds):
                    step, stands = pattern.rounds[number]
                    step(own)
                    expected.append((pattern, moves, stands))
            for sign, switch in ((1, "ledger"), (-1, "negative")):
                self.switch(receivable_sign=switch)
                with self.subTest(round=number, sign=switch):
                    self._read() if sign == 1 else self._read_again()
                    for pattern, moves, stands in expected:
                        with self.subTest(pattern=pattern.name):
                            self.assertStandsAs(pattern, moves, stands, f"round {number}, {switch}")
                            self.assertBooked(pattern, number, moves)
                    self.assertOpenAsInExact(sign)
            self.switch(receivable_sign="ledger")
            self._read_again()
        before = self._settlements()
        self._read_again()
        self.assertEqual(self._settlements(), before, "a replay changes nothing")
        return made

    def assertBooked(self, pattern, number, moves):
        """Nothing is booked in Odoo of what is paid in Exact, unless the company wants it."""
        self.assertFalse(self._booked(moves), pattern.name)

    def _booked(self, moves):
        """What was booked for the partners of documents, a line for each journal entry."""
        entries = self.env["account.move.line"].search(
            [
                ("partner_id", "in", [move.partner_id.id for move in moves.values()]),
                ("parent_state", "=", "posted"),
                ("move_id.move_type", "=", "entry"),
            ]
        ).move_id
        return sorted(self._booked_text(entry) for entry in entries)

    def _booked_text(self, entry):
        kind = "payment" if entry.origin_payment_id else "entry"
        items = sorted(self._item_text(item) for item in entry.line_ids)
        return f"{entry.date} {kind}: {', '.join(items)}"

    def _item_text(self, item):
        names = {"asset_receivable": "customers", "liability_payable": "suppliers"}
        clearing = self.company.exact_payment_journal_id.default_account_id
        name = "clearing" if item.account_id == clearing else item.account_id.code
        text = f"{names.get(item.account_type, name)} {item.balance:.2f}"
        if item.currency_id == self.company.currency_id:
            return text
        return f"{text} ({item.currency_id.name} {item.amount_currency:.2f})"

    def assertOpenAsInExact(self, sign):
        """What is open adds up for each relation as in Exact."""
        ours, theirs = defaultdict(float), defaultdict(float)
        for term in self.env["exact.payment.term"].search([("status", "!=", "50")]):
            factor = sign if term.line_type == "20" else 1
            ours[term.account_exact_id, term.line_type] += factor * term.amount_fc
        items = self.simulator.control("GET", f"{self.division.code}/open-items")["open_items"]
        for item in items:
            theirs[item.get("Account") or False, str(item["LineType"])] += item["AmountFC"]
        rounded = [
            {key: round(value, 2) for key, value in each.items() if round(value, 2)}
            for each in (ours, theirs)
        ]
        self.assertEqual(*rounded)
