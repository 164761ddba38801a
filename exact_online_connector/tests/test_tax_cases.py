# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo import Command
from odoo.tests import tagged

from .common import PAYLOADS, ExactCase


class TaxCases(ExactCase):
    """Every tax of a chart: what is sent is written out in ``payloads/<chart>/``, a file each for
    the invoice and the credit note of a tax, and what the simulator computes and books of it by
    itself is proven to the cent.
    """

    codes = {}  # VAT code of Exact by tax of the chart
    more_codes = ()  # (code, like, percentage) that this administration was given besides its own
    accounts = ()  # GL accounts for revenue and cost

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code, like, percentage in cls.more_codes:
            cls.simulator.control(
                "POST",
                f"{cls.division.code}/vat-codes",
                {"code": code, "like": like, "percentage": percentage},
            )
        cls.division.action_refresh()
        cls.run_queue()
        revenue, cost = cls.accounts
        data = cls.company_data
        data["default_journal_purchase"].exact_is_sent = True
        data["default_account_revenue"].exact_gl_account_id = cls.mirror(
            "exact.gl.account", revenue
        )
        data["default_account_expense"].exact_gl_account_id = cls.mirror("exact.gl.account", cost)
        for name, code in cls.codes.items():
            tax = cls.chart(name)
            tax.active = True
            tax.exact_vat_code_id = cls.mirror("exact.vat.code", code)

    def setUp(self):
        super().setUp()
        for code, like, percentage in self.more_codes:
            self.simulator.control(
                "POST",
                f"{self.division.code}/vat-codes",
                {"code": code, "like": like, "percentage": percentage},
            )
        for name in ("default_journal_sale", "default_journal_purchase"):
            self.company_data[name].exact_attachment_policy = "none"
        self.customer.vat = False

    def _document(self, number, tax, *, is_credit_note=False):
        """Two lines of awkward amounts under one tax."""
        number = f"{'C' if is_credit_note else 'D'}/2026/{number:05}"
        is_sale = tax.type_tax_use == "sale"
        move_type = ("out_" if is_sale else "in_") + ("refund" if is_credit_note else "invoice")
        account = self.company_data[f"default_account_{'revenue' if is_sale else 'expense'}"]
        supplier = self.customer if is_sale else self.supplier()
        return self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": supplier.id,
                "invoice_date": "2026-11-05",
                "date": "2026-11-05",
                "invoice_date_due": "2026-12-05",
                "invoice_payment_term_id": False,
                **({"name": number} if is_sale else {"ref": number}),
                "payment_reference": "+++000/0000/00101+++",
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": text,
                            "price_unit": price,
                            "quantity": quantity,
                            "account_id": account.id,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                    for text, price, quantity in (("Goods", 33.33, 1), ("Thirds", 0.05, 3))
                ],
            }
        )

    def _payload_of(self, move):
        """Without what differs from run to run."""
        payload = self.payload_of(move)
        payload.pop(move._exact_operation()._party, None)
        payload.pop("Description", None)  # Odoo's own number of a bill
        return payload

    def _assert_every_tax(self, chart):
        files = (PAYLOADS / chart).glob("*.json")
        expected = {file.stem: json.loads(file.read_text()) for file in files}
        moves = {}
        for number, name in enumerate(self.codes, 1):
            for is_credit_note in (False, True):
                move = self._document(number, self.chart(name), is_credit_note=is_credit_note)
                moves[f"{name}{'_credit_note' if is_credit_note else ''}"] = move
        self.env["account.move"].union(*moves.values()).action_post()
        for name, move in moves.items():
            with self.subTest(case=name):
                self.assertEqual([each.text for each in move._exact_refusals()], [])
                self.assertEqual(self._payload_of(move), expected[name])
        self.assertEqual(moves.keys(), expected.keys(), "no case is left over")
        self.run_queue()
        for name, move in moves.items():
            with self.subTest(booked=name):
                item = self.item(move, move._exact_kind())
                self.assertEqual(item.state, "done", item.message)


@tagged("standard", "post_install", "-at_install")
class TestBelgianTaxes(TaxCases):
    accounts = ("700000", "604000")
    more_codes = (
        ("MD", "MA", 0.12),
        ("EB", "EA", 0.06),
        ("EC", "EA", 0.12),
        ("EE", "ES", 0.06),
        ("EF", "ES", 0.12),
        ("IA", "IM", 0.06),
        ("IB", "IM", 0.12),
    )
    codes = {
        "attn_VAT-OUT-21-L": "5",
        "attn_VAT-OUT-21-S": "5",
        "attn_VAT-OUT-12-S": "3",
        "attn_VAT-OUT-12-L": "3",
        "attn_VAT-OUT-06-S": "1",
        "attn_VAT-OUT-06-L": "1",
        "attn_VAT-OUT-00-S": "0",
        "attn_VAT-OUT-00-L": "0",
        "attn_VAT-OUT-00-CC": "MC",
        "attn_VAT-OUT-00-EU-S": "ED",
        "attn_VAT-OUT-00-EU-L": "EL",
        "attn_VAT-OUT-00-EU-T": "ET",
        "attn_VAT-OUT-00-ROW": "EX",
        "attn_VAT-IN-V81-21": "5",
        "attn_VAT-IN-V81-12": "3",
        "attn_VAT-IN-V81-06": "1",
        "attn_VAT-IN-V81-00": "0",
        "attn_TVA-21-inclus-dans-prix": "5",
        "attn_VAT-IN-V82-21-S": "5",
        "attn_VAT-IN-V82-21-G": "5",
        "attn_VAT-IN-V82-12-S": "3",
        "attn_VAT-IN-V82-12-G": "3",
        "attn_VAT-IN-V82-06-S": "1",
        "attn_VAT-IN-V82-06-G": "1",
        "attn_VAT-IN-V82-00-S": "0",
        "attn_VAT-IN-V82-00-G": "0",
        "attn_VAT-IN-V83-21": "5",
        "attn_VAT-IN-V83-12": "3",
        "attn_VAT-IN-V83-06": "1",
        "attn_VAT-IN-V83-00": "0",
        "attn_VAT-IN-V81-21-CC": "MA",
        "attn_VAT-IN-V81-12-CC": "MD",
        "attn_VAT-IN-V81-06-CC": "MB",
        "attn_VAT-IN-V81-00-CC": "0",
        "attn_VAT-IN-V82-21-CC": "MA",
        "attn_VAT-IN-V82-12-CC": "MD",
        "attn_VAT-IN-V82-06-CC": "MB",
        "attn_VAT-IN-V82-00-CC": "0",
        "attn_VAT-IN-V83-21-CC": "MA",
        "attn_VAT-IN-V83-12-CC": "MD",
        "attn_VAT-IN-V83-06-CC": "MB",
        "attn_VAT-IN-V83-00-CC": "0",
        "attn_VAT-IN-V82-CAR-EXC": "5",
        "attn_VAT-IN-V82-D35": "5",
        "attn_VAT-IN-V83-21-D35": "5",
        "attn_VAT-IN-V82-D85": "5",
        "attn_VAT-IN-V81-21-EU": "EA",
        "attn_VAT-IN-V81-12-EU": "EC",
        "attn_VAT-IN-V81-06-EU": "EB",
        "attn_VAT-IN-V81-00-EU": "0",
        "attn_VAT-IN-V82-21-EU-S": "ES",
        "attn_VAT-IN-V82-21-EU-G": "EA",
        "attn_VAT-IN-V82-21-EU-G-D50": "EA",
        "attn_VAT-IN-V82-21-EU-G-D35": "EA",
        "attn_VAT-IN-V82-21-EU-S-D50": "ES",
        "attn_VAT-IN-V82-21-EU-G-D35-ALRD-IN-BE": "EA",
        "attn_VAT-IN-V82-12-EU-S": "EF",
        "attn_VAT-IN-V82-12-EU-G": "EC",
        "attn_VAT-IN-V82-06-EU-S": "EE",
        "attn_VAT-IN-V82-06-EU-G": "EB",
        "attn_VAT-IN-V82-00-EU-S": "0",
        "attn_VAT-IN-V83-21-EU": "EA",
        "attn_VAT-IN-V82-00-EU-G": "0",
        "attn_VAT-IN-V83-12-EU": "EC",
        "attn_VAT-IN-V83-06-EU": "EB",
        "attn_VAT-IN-V83-00-EU": "0",
        "attn_VAT-IN-V81-21-ROW-CC": "IM",
        "attn_VAT-IN-V81-12-ROW-CC": "IB",
        "attn_VAT-IN-V81-06-ROW-CC": "IA",
        "attn_VAT-IN-V81-00-ROW-CC": "0",
        "attn_VAT-IN-V82-21-ROW-CC": "IM",
        "attn_VAT-IN-V82-12-ROW-CC": "IB",
        "attn_VAT-IN-V82-06-ROW-CC": "IA",
        "attn_VAT-IN-V82-00-ROW-CC": "0",
        "attn_VAT-IN-V83-21-ROW-CC": "IM",
        "attn_VAT-IN-V83-12-ROW-CC": "IB",
        "attn_VAT-IN-V83-06-ROW-CC": "IA",
        "attn_VAT-IN-V83-00-ROW-CC": "0",
        "attn_VAT-IN-V83-277-ROW-CC": "IM",
        "attn_VAT-IN-V81-21-ND": "5",
        "attn_VAT-IN-V81-12-ND": "3",
        "attn_VAT-IN-V81-06-ND": "1",
        "attn_VAT-IN-V82-S-ND": "5",
        "attn_VAT-IN-V82-12-S-ND": "3",
        "attn_VAT-IN-V82-06-S-ND": "1",
        "attn_VAT-IN-V83-IG-ND": "5",
        "attn_VAT-IN-V83-12-IG-ND": "3",
        "attn_VAT-IN-V83-06-IG-ND": "1",
    }

    def test_every_tax(self):
        self._assert_every_tax("belgian_taxes")


@tagged("standard", "post_install", "-at_install")
class TestDutchTaxes(TaxCases):
    chart_template = "nl"
    administration = 310101
    seeds = ("nl",)
    accounts = ("8000", "7000")
    more_codes = (("IL", "IV", 0.09), ("IC", "IG", 0.09), ("IE", "ID", 0.09), ("IO", "IB", 0.09))
    codes = {
        "btw_0": "0",
        "btw_9": "1",
        "btw_21": "2",
        "btw_overig": "2",
        "btw_0_d": "0",
        "btw_9_d": "1",
        "btw_21_d": "2",
        "btw_overig_d": "2",
        "btw_9_buy": "1",
        "btw_21_buy": "2",
        "btw_overig_buy": "2",
        "btw_9_buy_d": "1",
        "btw_21_buy_d": "2",
        "btw_overig_buy_d": "2",
        "btw_verk_0": "VV",
        "btw_ink_0": "IV",
        "btw_I_9": "IC",
        "btw_I_21": "IG",
        "btw_X0_producten": "7",
        "btw_X0_ABC_levering": "7",
        "btw_X0_diensten": "8",
        "btw_X2": "7",
        "btw_I_9_d": "IE",
        "btw_I_21_d": "ID",
        "btw_E1_9": "IO",
        "btw_E2": "IB",
        "btw_E_overig": "IB",
        "btw_X1": "6",
        "btw_X3": "6",
        "btw_E1_d_9": "IO",
        "btw_E2_d": "IB",
    }

    def test_every_tax(self):
        self._assert_every_tax("dutch_taxes")
