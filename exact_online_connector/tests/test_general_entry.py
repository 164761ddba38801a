# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..exact_api.odata import from_exact_date
from .common import PAYLOADS, ExactCase, _Encoder

KIND = "general_entry"
ENTRIES = ".*/generaljournalentry/GeneralJournalEntries$"
DATE = "2026-11-05"


class GeneralEntryCase(ExactCase):
    """A company that sends the entries of its general journal."""

    def setUp(self):
        super().setUp()
        self.journal = self.company_data["default_journal_misc"]
        self.journal.exact_is_sent = True
        self.journal.exact_journal_id = self.mirror("exact.journal", "800")
        self.expense = self._mapped("default_account_expense", "604000")
        self.revenue = self._mapped("default_account_revenue", "700000")
        self.receivable = self._mapped("default_account_receivable", "400000")

    def _mapped(self, name, code):
        account = self.company_data[name]
        account.exact_gl_account_id = self.mirror("exact.gl.account", code)
        self.assertTrue(account.exact_gl_account_id, code)
        return account

    def entry(self, *lines, post=True, **values):
        """An entry of ``(account, balance[, values])`` lines, posted."""
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.journal.id,
                "date": DATE,
                "line_ids": [
                    Command.create(
                        {"account_id": account.id, "balance": balance, "name": "Text", **more}
                    )
                    for account, balance, more in ((*line, {})[:3] for line in lines)
                ],
                **{"name": "MISC/2026/11/0042", **values},
            }
        )
        if post:
            move.action_post()
        return move

    def two_lines(self, amount=100.0, **values):
        return self.entry((self.expense, amount), (self.revenue, -amount), **values)

    def general_entries(self, *moves):
        """What the simulator holds of general journals."""
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        numbers = [move.name for move in moves]
        return [
            entry
            for entry in entries
            if any((row["Description"] or "").split(" ")[0] in numbers for row in entry["lines"])
        ]

    def assert_done(self, move):
        item = self.item(move, KIND)
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(move.exact_state, "done")

    def assert_arrives(self, name, move):
        """It is sent exactly as is written out, and booked and proven so."""
        self.assertEqual([finding.text for finding in move._exact_refusals()], [])
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self._sent(move), json.loads((PAYLOADS / f"{name}.json").read_text()))

    def _sent(self, move):
        operation = move._exact_operation()
        wire = operation._wire(operation._payload(move.with_env(operation.env)))
        sent = json.loads(json.dumps(wire, cls=_Encoder))
        gl_accounts = self.env["exact.gl.account"].search([("division_id", "=", self.division.id)])
        codes = {row.exact_id: row.code for row in gl_accounts}
        for line in sent["GeneralJournalEntryLines"]:
            line["GLAccount"] = f"GUID of {codes[line['GLAccount']]}"
            if "Account" in line:
                self.assertEqual(line["Account"], self._customer_id())
                line["Account"] = "GUID of the customer"
        return sent

    def _customer_id(self):
        contact = self.env["exact.operation.contact"].sudo().with_company(self.company)
        return contact._exact_id(self.customer)

    def shares(self):
        """A third and two thirds over two cost centres."""
        places = self.env["exact.cost.center"].search(
            [("division_id", "=", self.division.id)], limit=2
        )
        plan = self.env["account.analytic.plan"].create({"name": "Places"})
        accounts = [
            self.env["account.analytic.account"].create(
                {"name": place.name, "plan_id": plan.id, "exact_cost_center_id": place.id}
            )
            for place in places
        ]
        return {str(accounts[0].id): 33.33, str(accounts[1].id): 66.67}

    def process(self, move):
        """Have Exact process its entry."""
        [entry] = self.general_entries(move)
        self.simulator.control(
            "POST", f"{self.division.code}/process", {"entry": entry["entry_id"]}
        )

    def reversing(self, move):
        """What the simulator holds as the reversal of an entry."""
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        [reversing] = [
            each
            for each in entries
            if any(f"{move.name}-R" in (row["Description"] or "") for row in each["lines"])
        ]
        return reversing

    def refusal(self, move):
        """The one sentence in which an entry is refused; nothing is sent of it."""
        self.count_calls("POST", ENTRIES)
        self.run_queue()
        item = self.item(move, KIND)
        self.assertEqual(item.state, "failed", item.message)
        self.assertEqual(self.calls_counted(), [0])
        return item.message


@tagged("standard", "post_install", "-at_install")
class TestGeneralEntry(GeneralEntryCase):
    """Miscellaneous entries of the general journals that a company chooses to send."""

    # -- what is sent -----------------------------------------------------------------------------

    def test_two_lines(self):
        self.assert_arrives("general_two_lines", self.two_lines())

    def test_three_lines_without_texts(self):
        move = self.entry(
            (self.expense, 0.1, {"name": False}),
            (self.expense, 0.2, {"name": "Second\nline " + "x" * 80}),
            (self.revenue, -0.3, {"name": False}),
        )
        self.assert_arrives("general_three_lines", move)

    def test_a_receivable_brings_its_partner_to_exact_first(self):
        move = self.entry(
            (self.receivable, 50.0, {"partner_id": self.customer.id}), (self.revenue, -50.0)
        )
        self.assert_arrives("general_receivable", move)
        [entry] = self.general_entries(move)
        accounts = {row["GLAccountCode"].strip(): row.get("AccountName") for row in entry["lines"]}
        self.assertEqual(accounts["400000"], self.customer.name)

    def test_cost_centres(self):
        move = self.entry(
            (self.expense, 100.01, {"analytic_distribution": self.shares()}),
            (self.revenue, -100.01),
        )
        self.assert_arrives("general_cost_centres", move)

    def test_foreign_currency_at_the_entrys_own_rate(self):
        """Of the seeded general journals none takes a currency, so this one is not booked."""
        self.journal.exact_journal_id.sudo().write(
            {"allow_variable_currency": True, "allow_variable_rate": True}
        )
        usd = self.env.ref("base.USD")
        usd.active = True
        move = self.entry(
            (self.expense, 92.0, {"currency_id": usd.id, "amount_currency": 100.0}),
            (self.revenue, -92.0, {"currency_id": usd.id, "amount_currency": -100.0}),
        )
        self.assertEqual([finding.text for finding in move._exact_refusals()], [])
        self.assertEqual(
            self._sent(move), json.loads((PAYLOADS / "general_in_dollars.json").read_text())
        )

    # -- its files --------------------------------------------------------------------------------

    def test_its_file_goes_before_it_and_is_named_on_each_line(self):
        move = self.two_lines(post=False)
        file = self.attach(move, "valuation.pdf")
        move.action_post()
        self.run_queue()
        self.assert_done(move)
        [entry] = self.general_entries(move)
        document, attachments = self._documents(move)
        self.assertEqual((document["Type"], document["Account"]), (55, None))
        self.assertEqual(str(from_exact_date(document["DocumentDate"])), DATE)
        self.assertEqual([each["FileName"] for each in attachments], [file.name])
        self.assertEqual([row["Document"] for row in entry["lines"]], [document["ID"]] * 2)
        self.assertEqual([row["Document"] for row in entry["ledger_lines"]], [document["ID"]] * 2)

    def test_all_its_files_go_where_the_journal_says_so(self):
        self.journal.exact_attachment_policy = "all"
        move = self.two_lines(post=False)
        self.attach(move, "second.pdf", b"%PDF-1.4 second")
        self.attach(move, "first.pdf")
        move.partner_id = self.customer
        move.action_post()
        self.run_queue()
        self.assert_done(move)
        document, attachments = self._documents(move)
        self.assertEqual(document["Account"], self._customer_id())
        self.assertEqual(
            sorted(each["FileName"] for each in attachments), ["first.pdf", "second.pdf"]
        )

    def test_without_a_file_no_more_calls_are_made(self):
        self.count_calls("GET|POST", ".*/documents/")
        move = self.two_lines()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(self.calls_counted(), [0])

    def test_a_file_that_comes_later_is_linked_to_the_entry_as_it_stands(self):
        move = self.two_lines()
        self.run_queue()
        [before] = self.general_entries(move)
        self.attach(move, "valuation.pdf")
        self.run_queue()
        self.assert_done(move)
        [after] = self.general_entries(move)
        self.assertEqual(after["entry_id"], before["entry_id"])
        document, _attachments = self._documents(move)
        self.assertEqual({row["Document"] for row in after["ledger_lines"]}, {document["ID"]})

    def test_the_proof_sees_that_the_document_is_lost(self):
        move = self.two_lines(post=False)
        self.attach(move)
        move.action_post()
        self.run_queue()
        [entry] = self.general_entries(move)
        operation = move._exact_operation()
        rows = [{**row, "Document": None} for row in entry["ledger_lines"]]
        names = [each.name for each in operation._prove_document(move, rows)]
        self.assertEqual(names, ["Document"])

    def _documents(self, move):
        """The document of an entry in Exact, and its attachments."""
        document = self.env["exact.binding"].search(
            [("res_model", "=", move._name), ("res_id", "=", move.id), ("code", "!=", False)]
        ).filtered(lambda binding: binding.resource == "documents/Documents")
        with self.enter_registry_test_mode():
            client = self.connection.sudo()._client()
            where = f"Document eq guid'{document.exact_id}'"
            return client.get(
                self.division.code,
                "documents/Documents",
                document.exact_id,
                select=("ID", "Subject", "Type", "Account", "DocumentDate"),
            ), list(
                client.read(
                    self.division.code,
                    "documents/DocumentAttachments",
                    select=("ID", "FileName"),
                    filter=where,
                )
            )

    # -- which entries go -------------------------------------------------------------------------

    def test_only_of_journals_that_are_chosen(self):
        other = self.journal.copy({"code": "OTH", "exact_is_sent": False})
        self.assertFalse(other.exact_is_sent, "off unless somebody says so")
        self.assertFalse(self.item(self.two_lines(journal_id=other.id, name="OTH/1"), KIND))
        self.assertTrue(self.item(self.two_lines(), KIND))

    def test_what_odoo_makes_of_a_payment_stays_in_odoo(self):
        origin = self.invoice((100.0, self.tax(21)))
        move = self.two_lines(tax_cash_basis_origin_move_id=origin.id)
        self.assertFalse(self.item(move, KIND))
        operation = move._exact_operation()
        text = operation._preflight(move.with_env(operation.env))[0].text
        self.assertIn("cash basis", text)

    def test_an_exchange_difference_stays_in_odoo(self):
        move = self.two_lines(post=False)
        lines = self.two_lines(name="MISC/2026/11/0001").line_ids
        self.env["account.partial.reconcile"].create(
            {
                "debit_move_id": lines[0].id,
                "credit_move_id": lines[1].id,
                "amount": 1.0,
                "exchange_move_id": move.id,
            }
        )
        move.action_post()
        self.assertFalse(self.item(move, KIND))

    # -- once -------------------------------------------------------------------------------------

    def test_a_lost_answer_does_not_book_it_twice(self):
        self.fault("cut_after_commit", "POST", ENTRIES, times="once")
        move = self.two_lines()
        self.run_queue()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(len(self.general_entries(move)), 1)
        self.assertIn("Found in Exact", self.item(move, KIND).evidence)

    def test_another_entry_of_that_day_is_not_taken_for_it(self):
        first = self.two_lines()
        self.run_queue()
        self.fault("cut_before_commit", "POST", ENTRIES, times="once")
        move = self.two_lines(name="MISC/2026/11/004")
        self.run_queue()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(len(self.general_entries(move)), 1)
        self.assertEqual(len(self.general_entries(first)), 1)

    # -- what becomes of it -----------------------------------------------------------------------

    def test_a_change_replaces_it_under_its_number(self):
        move = self.two_lines()
        self.run_queue()
        [before] = self.general_entries(move)
        move.button_draft()
        move.line_ids[0].name = "Another text"
        move.action_post()
        self.run_queue()
        self.assert_done(move)
        [after] = self.general_entries(move)
        self.assertNotEqual(after["entry_id"], before["entry_id"])
        self.assertEqual(after["header"]["EntryNumber"], before["header"]["EntryNumber"])

    def test_cancelled_it_is_removed(self):
        move = self.two_lines()
        self.run_queue()
        move.button_draft()
        move.button_cancel()
        self.run_queue()
        self.assertEqual(move.exact_state, "removed")
        self.assertFalse(self.general_entries(move))

    def test_processed_it_is_reversed_when_somebody_asks(self):
        move = self.two_lines()
        self.run_queue()
        self.process(move)
        move.button_draft()
        move.line_ids[0].name = "Another text"
        move.action_post()
        self.run_queue()
        item = self.item(move, KIND)
        self.assertEqual((item.state, item.error_class), ("failed", "locked"), item.message)
        self.fault("cut_after_commit", "POST", ENTRIES, times="once")
        item.action_reverse()
        self.run_queue()
        self.run_queue()
        self.assert_done(move)
        self.assertEqual(len(self.general_entries(move)), 2)
        lines = self.reversing(move)["lines"]
        amounts = {row["GLAccountCode"].strip(): row["AmountFC"] for row in lines}
        self.assertEqual(amounts, {"604000": -100.0, "700000": 100.0})

    # -- the proof --------------------------------------------------------------------------------

    def test_the_proof_sees_another_amount_account_and_date(self):
        move = self.two_lines()
        self.run_queue()
        operation = move._exact_operation()
        move = move.with_env(operation.env)
        lines = [
            {
                "GLAccount": account.exact_gl_account_id.exact_id,
                "Account": None,
                "AmountFC": amount,
                "AmountDC": amount,
                "JournalCode": "800",
                "VATCode": None,
                "Document": None,
                "Date": "/Date(1793836800000)/",
                "FinancialYear": 2026,
                "FinancialPeriod": 11,
                "Currency": "EUR",
                "CostCenter": None,
                "CostUnit": None,
            }
            for account, amount in ((self.expense, "100"), (self.revenue, "-100"))
        ]
        self.assertEqual(operation._prove(move, {"ledger": lines}), [])
        for change, name in (
            ({"AmountFC": "99.99"}, "Account 604000"),
            ({"Account": "11111111-1111-1111-1111-111111111111"}, "Account 604000"),
            ({"Date": "/Date(1793923200000)/"}, "Date"),
            ({"FinancialPeriod": 12}, "Period"),
            ({"JournalCode": "880"}, "Journal"),
            ({"Currency": "USD"}, "Currency"),
            ({"CostCenter": "001"}, "Cost centre"),
        ):
            with self.subTest(change):
                differing = operation._prove(move, {"ledger": [{**lines[0], **change}, lines[1]]})
                self.assertTrue(any(name in each.name for each in differing), differing)

    # -- what is refused --------------------------------------------------------------------------

    def test_a_receivable_without_partner_is_refused(self):
        move = self.entry((self.receivable, 50.0), (self.revenue, -50.0))
        self.assertIn("has no contact", self.refusal(move))

    def test_a_journal_of_another_type_is_refused(self):
        self.journal.exact_journal_id = self.mirror("exact.journal", "700")
        self.assertIn("not a general journal", self.refusal(self.two_lines()))

    def test_a_journal_that_is_not_mapped_is_refused(self):
        self.journal.exact_journal_id = False
        self.assertIn("has no Exact Online journal", self.refusal(self.two_lines()))

    def test_an_account_that_is_not_mapped_is_refused_before_posting_where_chosen(self):
        self.company.exact_refuse_posting = True
        self.revenue.exact_gl_account_id = False
        with self.assertRaisesRegex(UserError, "has no Exact Online GL account"):
            self.two_lines()

    def test_several_currencies_are_refused(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        move = self.entry(
            (self.expense, 92.0, {"currency_id": usd.id, "amount_currency": 100.0}),
            (self.revenue, -92.0),
        )
        self.assertIn("several currencies", self.refusal(move))

    def test_a_closed_period_is_refused(self):
        self.simulator.control(
            "POST", f"{self.division.code}/close-period", {"year": 2026, "period": 11}
        )
        self.division.action_refresh()
        self.run_queue()
        self.assertIn("is closed", self.refusal(self.two_lines()))
