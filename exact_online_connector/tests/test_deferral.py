# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command, fields, models
from odoo.exceptions import ValidationError
from odoo.orm.model_classes import add_to_registry
from odoo.tests import Form, tagged

from ..models.account_move_line import OWN
from .common import ExactCase

START, END = "2026-11-01", "2027-10-31"
DATES = {"invoice_date": "2026-11-05", "date": "2026-11-05", "invoice_date_due": "2026-12-05"}


@tagged("standard", "post_install", "-at_install")
class TestDeferral(ExactCase):
    """A line of an invoice or a bill is spread by Exact over the days that Odoo has on it."""

    def setUp(self):
        super().setUp()
        self.map_purchases()
        for name in ("default_journal_sale", "default_journal_purchase"):
            self.company_data[name].exact_attachment_policy = "none"

    def deferred(self, move, start=START, end=END):
        """``move``, whose first line is deferred, posted."""
        move.invoice_line_ids[0].write({"exact_deferral_start": start, "exact_deferral_end": end})
        move.action_post()
        return move

    def assert_done(self, move):
        item = self.item(move, move._exact_kind())
        self.assertEqual(item.state, "done", item.message)

    def days(self, move):
        """From and To of each line that the simulator holds."""
        [entry] = self.entries(move)
        return [
            tuple((row.get(name) or "")[:10] for name in ("From", "To")) for row in entry["lines"]
        ]

    # -- what is sent -----------------------------------------------------------------------------

    def test_a_bill_over_two_cost_centres(self):
        places = self.env["exact.cost.center"].search(
            [("division_id", "=", self.division.id)], limit=2
        )
        plan = self.env["account.analytic.plan"].create({"name": "Places"})
        accounts = self.env["account.analytic.account"].create(
            [
                {"name": place.name, "plan_id": plan.id, "exact_cost_center_id": place.id}
                for place in places
            ]
        )
        tax = self.chart("attn_VAT-IN-V81-21")
        move = self.bill(
            (1200.0, tax),
            (10.0, tax),
            post=False,
            name="BILL/2026/11/0001",
            invoice_payment_term_id=False,
            **DATES,
        )
        move.invoice_line_ids[0].analytic_distribution = {
            str(account.id): 50 for account in accounts
        }
        self.deferred(move)
        self.assert_payload("deferred_bill", move)
        self.run_queue()
        self.assert_done(move)

    def test_a_line_that_is_cut_is_spread_in_each_part(self):
        self.company.tax_calculation_rounding_method = "round_globally"
        self.switch(vat_override_tolerance="refuse")
        self.division.vat_override = "none"
        move = self.invoice(*[(0.12, self.tax(21))] * 3, post=False)
        self.deferred(move)
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.days(move), [(START, END)] * 2 + [("", "")] * 2)

    def test_another_day_follows(self):
        move = self.deferred(self.invoice((100.0, self.tax(21)), post=False))
        self.run_queue()
        [before] = self.entries(move)
        move.invoice_line_ids.exact_deferral_end = "2026-12-31"
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.days(move), [(START, "2026-12-31")])
        [after] = self.entries(move)
        self.assertEqual(after["header"]["EntryNumber"], before["header"]["EntryNumber"])

    # -- the dates --------------------------------------------------------------------------------

    def test_both_days_or_neither_and_in_order(self):
        line = self.invoice((100.0, self.tax(21)), post=False).invoice_line_ids
        for days, words in (
            ((START, False), "but not both"),
            ((False, END), "but not both"),
            ((END, START), "before the first"),
        ):
            with self.subTest(days), self.assertRaisesRegex(ValidationError, words):
                line.write(dict(zip(OWN, days, strict=True)))
        line.write({"exact_deferral_start": START, "exact_deferral_end": START})
        self.assertEqual(len(set(line._exact_deferral())), 1, "one day is a period too")

    def test_a_credit_note_has_the_days_and_a_copy_has_not(self):
        move = self.deferred(self.invoice((100.0, self.tax(21)), post=False))
        self.assertFalse(move.copy().invoice_line_ids._exact_deferral())
        credit_note = move._reverse_moves([{"invoice_date": "2026-11-06"}])
        credit_note.action_post()
        self.run_queue()
        self.assert_done(credit_note)
        self.assertEqual(self.days(credit_note), [(START, END)])

    def test_the_columns_are_there_where_the_company_is_connected(self):
        move = self.invoice((100.0, self.tax(21)), post=False)
        with Form(move) as form, form.invoice_line_ids.edit(0) as line:
            line.exact_deferral_start = START
            line.exact_deferral_end = END
        self.assertTrue(move.exact_takes_deferrals)
        self.company.exact_division_id = False
        self.assertFalse(self.env["account.move"].new({}).exact_takes_deferrals)

    # -- with Odoo Enterprise ---------------------------------------------------------------------

    def test_where_odoo_has_days_of_its_own_those_are_sent_and_what_it_spreads_stays(self):
        self._add_fields_of_enterprise()
        move = self.invoice((100.0, self.tax(21)), post=False)
        self.assertFalse(move.exact_takes_deferrals, "there is one pair to fill in")
        move.invoice_line_ids.write({"deferred_start_date": START, "deferred_end_date": END})
        move.action_post()
        journal = self.company_data["default_journal_misc"]
        journal.exact_is_sent = True
        accounts = self.company_data
        spread = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "ref": move.name,
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": balance})
                    for account, balance in (
                        (accounts["default_account_revenue"], 100.0),
                        (accounts["default_account_expense"], -100.0),
                    )
                ],
            }
        )
        spread.action_post()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.days(move), [(START, END)])
        self.assertFalse(self.item(spread, "general_entry"))
        operation = spread._exact_operation()
        text = operation._preflight(spread.with_env(operation.env))[0].text
        self.assertIn(f"made by Odoo to spread {move.name}", text)

    def _add_fields_of_enterprise(self):
        """Those that its module account_accountant adds, for this test."""

        class AccountMove(models.Model):
            _module = None
            _name = "account.move"
            _inherit = ["account.move"]

            deferred_original_move_ids = fields.Many2many(
                "account.move", compute="_compute_deferred_original_move_ids"
            )

            def _compute_deferred_original_move_ids(self):
                """Stored in Enterprise; here an entry names its original by its reference."""
                for move in self:
                    move.deferred_original_move_ids = move.search(
                        [("name", "=", move.ref or ""), ("state", "=", "posted")]
                    )

        class AccountMoveLine(models.Model):
            _module = None
            _name = "account.move.line"
            _inherit = ["account.move.line"]

            deferred_start_date = fields.Date()
            deferred_end_date = fields.Date()

        names = [AccountMove._name, AccountMoveLine._name]
        bases = {name: self.registry[name]._base_classes__ for name in names}

        def take_off():
            self.env.flush_all()
            for name, classes in bases.items():
                self.registry[name]._base_classes__ = classes
            self.registry._setup_models__(self.cr, names)

        self.addCleanup(take_off)
        for model in (AccountMove, AccountMoveLine):
            add_to_registry(self.registry, model)
        self.registry._setup_models__(self.cr, names)
        self.registry.init_models(self.cr, names, {})
