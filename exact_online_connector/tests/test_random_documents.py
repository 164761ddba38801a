# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import os
from collections import defaultdict
from decimal import Decimal

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.tests import tagged

from .common import REPRODUCIBLE, ExactCase

DOCUMENTS = int(os.environ.get("DOCUMENTS", "240"))
AT_ONCE = 20
OWED, VAT = (20, 22), 24  # types of GL accounts

LINE = st.fixed_dictionaries(
    {
        "price": st.integers(-4_000, 40_000).map(lambda cents: cents / 100),
        "quantity": st.sampled_from([1, 2, 3, 0.5, 7, 1.333]),
        "discount": st.sampled_from([0, 0, 7.5, 33.33]),
        "tax": st.integers(0, 5),
        "places": st.sampled_from([None, None, (50, 50), (33.33, 33.33), (12.5,)]),
    }
)
DOCUMENT = st.fixed_dictionaries(
    {
        "move_type": st.sampled_from(["out_invoice", "out_refund", "in_invoice", "in_refund"]),
        "currency": st.sampled_from(["EUR", "EUR", "USD"]),
        "lines": st.lists(LINE, min_size=1, max_size=6),
    }
)


@tagged("standard", "post_install", "-at_install")
class TestRandomDocuments(ExactCase):
    """Whatever is posted is booked by the simulator, which computes VAT by itself, to the cent:
    per GL account, in VAT and in total. DOCUMENTS=2000 makes so many.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        dollar = cls.env.ref("base.USD")
        dollar.active = True
        dollar.rate_ids.unlink()
        cls.env["res.currency.rate"].create(
            {"currency_id": dollar.id, "name": "2026-01-01", "rate": 1.0872}
        )

    def setUp(self):
        super().setUp()
        self.map_purchases()
        for name, code in (("sale", "702"), ("purchase", "602")):
            journal = self.company_data[f"default_journal_{name}"]
            journal.exact_attachment_policy = "none"
            journal.exact_journal_id = self.mirror("exact.journal", code)
            journal.exact_credit_journal_id = False
        self._map_taxes()
        self._map_places()
        self.number = 0
        # both contacts are in Exact before the first document
        self.bill((1.0, self.chart("attn_VAT-IN-V81-21")), ref="FIRST")
        self.invoice((1.0, self.tax(21)))
        self.run_queue()

    def _map_taxes(self):
        included = self.tax(21).copy(
            {"name": "21% included", "price_include_override": "tax_included"}
        )
        included.exact_vat_code_id = self.tax(21).exact_vat_code_id
        nothing = self.env["account.tax"]
        self.taxes = {
            "out": [self.tax(21), self.tax(6), self.tax(12), included, nothing, self.tax(21)],
            "in": [],
        }
        for name, code in (
            ("attn_VAT-IN-V81-21", "5"),
            ("attn_VAT-IN-V81-06", "1"),
            ("attn_VAT-IN-V81-21-CC", "MA"),
            ("attn_VAT-IN-V82-CAR-EXC", "5"),
            ("attn_VAT-IN-V81-21-ND", "5"),
            ("attn_VAT-IN-V82-D35", "5"),
        ):
            tax = self.chart(name)
            tax.active = True
            tax.exact_vat_code_id = self.mirror("exact.vat.code", code)
            self.taxes["in"].append(tax)

    def _map_places(self):
        plan = self.env["account.analytic.plan"].create({"name": "Places"})
        centers = self.env["exact.cost.center"].search([("division_id", "=", self.division.id)])
        self.places = [
            self.env["account.analytic.account"].create(
                {"name": center.name, "plan_id": plan.id, "exact_cost_center_id": center.id}
            )
            for center in centers[:2]
        ]

    def _values(self, document):
        self.number += 1
        way = document["move_type"].split("_")[0]
        account = self.company_data[f"default_account_{'revenue' if way == 'out' else 'expense'}"]
        first = {"price": 90_000, "quantity": 1, "discount": 0, "tax": 0, "places": None}
        return {
            "move_type": document["move_type"],
            "partner_id": (self.customer if way == "out" else self.supplier()).id,
            "invoice_date": "2026-11-05",
            "date": "2026-11-05",
            "invoice_payment_term_id": False,
            "currency_id": self.env.ref(f"base.{document['currency']}").id,
            "ref": f"R-{self.number}",
            "invoice_line_ids": [
                Command.create(
                    {
                        "name": "Line",
                        "price_unit": line["price"],
                        "quantity": line["quantity"],
                        "discount": line["discount"],
                        "account_id": account.id,
                        "tax_ids": [Command.set(self.taxes[way][line["tax"]].ids)],
                        "analytic_distribution": self._distribution(line["places"]),
                    }
                )
                for line in [first, *document["lines"]]  # so that nothing is owed the other way
            ],
        }

    def _distribution(self, shares):
        return shares and {
            str(account.id): share for account, share in zip(self.places, shares, strict=False)
        }

    def _book(self, moves):
        """Send documents with the client alone; return their ledger lines in Exact by document."""
        with self.enter_registry_test_mode():
            client = self.connection.sudo()._client()
            entries = {}
            for move in moves:
                operation = move._exact_operation().sudo().with_company(self.company)
                payload = operation._payload(move.sudo().with_company(self.company))
                entries[operation._send(client, payload)["EntryID"]] = move
            rows = operation._read_back(client, list(entries))
        return {move: rows[exact_id]["ledger"] for exact_id, move in entries.items()}

    def _in_odoo(self, move, name="amount_currency"):
        """What the journal items say, per GL account, of VAT and of what is owed."""
        amounts = defaultdict(Decimal)
        for line in move.line_ids:
            amount = Decimal(str(line[name])).quantize(Decimal("0.01"))
            if line.display_type == "payment_term":
                amounts["owed"] += amount
            elif line.tax_line_id and line.account_id != line.move_id.invoice_line_ids.account_id:
                amounts["VAT"] += amount
            else:
                amounts[line.account_id.exact_gl_account_id.exact_id] += amount
        return {key: amount for key, amount in amounts.items() if amount}

    def _in_exact(self, ledger, name="AmountFC"):
        gl_accounts = self.env["exact.gl.account"].search([("division_id", "=", self.division.id)])
        types = {row.exact_id: row.type for row in gl_accounts}
        amounts = defaultdict(Decimal)
        for row in ledger:
            amount = Decimal(str(row[name])).quantize(Decimal("0.01"))
            kind = types[row["GLAccount"]]
            key = "owed" if kind in OWED else "VAT" if kind == VAT else row["GLAccount"]
            amounts[key] += amount
        return {key: amount for key, amount in amounts.items() if amount}

    @settings(
        REPRODUCIBLE,
        max_examples=max(1, DOCUMENTS // AT_ONCE),
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(
        st.lists(DOCUMENT, min_size=AT_ONCE, max_size=AT_ONCE),
        st.sampled_from(["round_globally", "round_per_line"]),
    )
    def test_both_books_agree(self, documents, method):
        self.company.tax_calculation_rounding_method = method
        moves = self.env["account.move"].create([self._values(each) for each in documents])
        moves.action_post()
        # all is one transaction, in which PostgreSQL gathers no statistics by itself
        self.env.cr.execute("ANALYZE account_move, account_move_line")
        for move in moves:
            self.assertEqual([finding.text for finding in move._exact_refusals()], [])
        for move, ledger in self._book(moves).items():
            self.assertEqual(self._in_exact(ledger), self._in_odoo(move), move.name)
            operation = move._exact_operation().sudo().with_company(self.company)
            differences = operation._prove(move, {"ledger": ledger})
            self.assertEqual([each for each in differences if each.name != "Document"], [])
            own, exact = self._in_odoo(move, "balance"), self._in_exact(ledger, "AmountDC")
            if operation._told(move, {"ledger": ledger}):
                self.assertEqual(move.currency_id.name, "USD")
                off = max(abs(own[key] - exact[key]) for key in own)
                self.assertLess(off, Decimal("0.06"), "cents between accounts and VAT codes")
            else:
                self.assertEqual(own, exact, f"{move.name} in the company's currency")
