# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import random
from collections import defaultdict
from contextlib import contextmanager
from decimal import Decimal

from psycopg2.errors import UniqueViolation

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..exact_simulator.books import Books
from ..exact_simulator.resources import WRITERS
from ..exact_simulator.schema import RESOURCES
from ..exact_simulator.store import Settings
from ..exact_simulator.writing import accepted
from .common import ExactCase

BANK, CASH, GENERAL = "501", "570", "800"
DIFFERENCES = "890"  # where the simulator books payment differences
TYPES = {10: "asset_cash", 12: "asset_cash", 20: "asset_receivable", 22: "liability_payable"}
DAY = "2026-11-05"
FILLED = (
    "account_move",
    "account_move_line",
    "exact_binding",
    "exact_ledger_line",
    "exact_mirrored_entry",
)


class MirroredCase(ExactCase):
    """A company that mirrors its bank, cash and general journals, and has an account for each GL
    account of Exact.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.entries_mirrored = cls.env["exact.mirrored.entry"]
        for name in ("default_journal_sale", "default_journal_purchase"):
            cls.company_data[name].exact_attachment_policy = "none"
        cls.map_accounts()
        cls.bank = cls.mirrored_journal("default_journal_bank", BANK)
        cls.cash = cls.mirrored_journal("default_journal_cash", CASH)
        cls.general = cls.mirrored_journal("default_journal_misc", GENERAL)
        cls.differences = cls.another_journal("DIFF", DIFFERENCES)

    def setUp(self):
        """As an administration that lets the general journal for differences take currencies."""
        super().setUp()
        with self.books() as books:
            books.update(
                "Journals",
                books.first("Journals", Code=DIFFERENCES)["ID"],
                AllowVariableCurrency=True,
                AllowVariableExchangeRate=True,
            )

    @classmethod
    def map_accounts(cls):
        """Each GL account has one account of Odoo, but for those of the bank and cash journals."""
        accounts = cls.env["account.account"]
        own = {
            "400000": cls.company_data["default_account_receivable"],
            "440000": cls.company_data["default_account_payable"],
        }
        accounts.search([("exact_gl_account_id", "!=", False)]).exact_gl_account_id = False
        for gl_account in cls.env["exact.gl.account"].search(
            [("division_id", "=", cls.division.id)]
        ):
            if gl_account.code in ("550000", "570000"):
                continue
            account = own.get(gl_account.code) or accounts.create(
                {
                    "code": f"X{gl_account.code}",
                    "name": gl_account.name,
                    "account_type": TYPES.get(gl_account.type, "asset_current"),
                    "reconcile": gl_account.type in (20, 22),
                }
            )
            account.exact_gl_account_id = gl_account

    @classmethod
    def mirrored_journal(cls, name, code):
        journal = cls.company_data[name]
        journal.write(
            {"exact_journal_id": cls.mirror("exact.journal", code).id, "exact_is_mirrored": True}
        )
        return journal

    @classmethod
    def another_journal(cls, code, mirror, **values):
        """One more general journal that mirrors one of Exact."""
        return cls.env["account.journal"].create(
            {
                "name": f"Journal {code}",
                "code": code,
                "type": "general",
                "company_id": cls.company.id,
                "exact_journal_id": cls.mirror("exact.journal", mirror).id,
                "exact_is_mirrored": True,
                **values,
            }
        )

    def account(self, code):
        return self.env["account.account"].search(
            [("exact_gl_account_id", "=", self.mirror("exact.gl.account", code).id)]
        )

    # -- in Exact ---------------------------------------------------------------------------------

    def control(self, path, body=None, method="POST"):
        return self.simulator.control(method, f"{self.division.code}/{path}", body)

    @contextmanager
    def books(self):
        """The books of Exact, for what others than Odoo do there."""
        with self.simulator._app.store.writing() as connection:
            yield Books(connection, Settings(connection), self.division.code)

    def post(self, resource, payload):
        """Book in Exact as another app of the bookkeeper's would; its GUID."""
        with self.books() as books:
            values = accepted(books, RESOURCES[resource], payload, True)
            return WRITERS[resource].create(books, values)

    def gl(self, code):
        return self.mirror("exact.gl.account", code).exact_id

    def book_general(self, *lines, journal=GENERAL, on=DAY, **header):
        return self.post(
            "generaljournalentry/GeneralJournalEntries",
            {
                "JournalCode": journal,
                **header,
                "GeneralJournalEntryLines": [
                    {
                        "GLAccount": self.gl(code),
                        "AmountFC": Decimal(str(amount)),
                        "Date": on,
                        "Description": f"Line {number}",
                        **more,
                    }
                    for number, (code, amount, more) in enumerate(
                        ((*line, {})[:3] for line in lines), 1
                    )
                ],
            },
        )

    def book_money(self, *lines, journal=BANK, on=DAY, **header):
        is_cash = journal == CASH
        kind = "Cash" if is_cash else "Bank"
        return self.post(
            f"financialtransaction/{kind}Entries",
            {
                "JournalCode": journal,
                **header,
                f"{kind}EntryLines": [
                    {
                        "GLAccount": self.gl(code),
                        "AmountFC": Decimal(str(amount)),
                        "Date": on,
                        "Description": f"Line {number}",
                        **more,
                    }
                    for number, (code, amount, more) in enumerate(
                        ((*line, {})[:3] for line in lines), 1
                    )
                ],
            },
        )

    def delete(self, entry):
        self.control(f"entries/{entry}", method="DELETE")

    def edit(self, entry, *changes):
        """Change the ledger lines of an entry, as people do in Exact's own pages.

        :param changes: ``(line number, {property: value})``
        """
        with self.books() as books:
            rows = books.rows("TransactionLines", EntryID=entry)
            by_number = {row["LineNumber"]: row["ID"] for row in rows}
            for number, values in changes:
                books.update("TransactionLines", by_number[number], **values)

    def relation(self, partner=None):
        """The GUID of a customer's relation, which Odoo makes in Exact; or one Odoo does not know.
        """
        if partner is None:
            return self.post("crm/Accounts", {"Name": "Stranger", "Status": "C"})
        self.env["exact.sync.queue"]._enqueue("contact", partner, self.company)
        self.run_queue()
        return self.env["exact.binding"]._find(self.division, "crm/Accounts", partner).exact_id

    def ledger(self, journals=(BANK, CASH, GENERAL, DIFFERENCES)):
        """``{GL account: balance}`` of these journals in Exact."""
        sums = defaultdict(Decimal)
        for entry in self.control("entries", method="GET")["entries"]:
            for line in entry["ledger_lines"]:
                if line["JournalCode"] in journals:
                    sums[line["GLAccountCode"]] += Decimal(str(line["AmountDC"]))
        return {code: amount for code, amount in sums.items() if amount}

    # -- in Odoo ----------------------------------------------------------------------------------

    def read_news(self):
        self.env["exact.division"]._queue_mirrored_entries()
        self.run_queue()
        self.env.invalidate_all()
        trouble = self.env["exact.sync.queue"].search(
            [("state", "in", ("failed", "differs", "blocked"))]
        )
        self.assertFalse(trouble, trouble.mapped(lambda item: (item.name, item.message)))

    def read_again(self):
        """Replay the feed from its beginning."""
        self.division._feed("ledger_lines").sudo().write(
            {"cursor": False, "deleted_cursor": False}
        )
        self.division._read_ledger()
        self.run_queue()
        self.env.invalidate_all()

    def mirrored(self, entry):
        return self.entries_mirrored.search([("exact_id", "=", entry)])

    def move(self, entry):
        return self.mirrored(entry).move_id

    def posted(self, entry):
        return self.move(entry).filtered(lambda move: move.state == "posted")

    def lines_owed(self, moves, account_type="asset_receivable"):
        """What a contact owes by these entries, or is owed, and is still open."""
        return moves.line_ids.filtered(
            lambda line: line.parent_state == "posted"
            and line.account_type == account_type
            and line.partner_id
            and not line.reconciled
        )

    def trial_balance(self):
        """``{GL account: balance}`` of the mirrored journals in Odoo."""
        journals = self.env["account.journal"].search([("exact_is_mirrored", "=", True)])
        sums = defaultdict(Decimal)
        lines = self.env["account.move.line"].search(
            [("journal_id", "in", journals.ids), ("parent_state", "=", "posted")]
        )
        own = {
            journal.default_account_id: journal.exact_journal_id for journal in journals
        }
        for line in lines:
            code = line.account_id.exact_gl_account_id.code
            if not code:
                guid = own[line.account_id].gl_account_exact_id
                code = self.env["exact.gl.account"].search([("exact_id", "=", guid)]).code
            sums[code] += Decimal(str(line.balance))
        return {code: round(amount, 2) for code, amount in sums.items() if round(amount, 2)}

    def assertBooksAgree(self):
        self.assertEqual(self.trial_balance(), self.ledger())

    def snapshot(self):
        """All that is known, and when it was last touched."""
        return [
            (
                entry.exact_id,
                entry.state,
                entry.cause,
                entry.booked_digest,
                entry.line_map,
                entry.move_id.id,
                entry.move_id.name,
                entry.move_id.state,
                entry.move_id.write_date,
                len(entry.move_id.message_ids),
            )
            for entry in self.entries_mirrored.search([], order="exact_id")
        ]


@tagged("standard", "post_install", "-at_install")
class TestMirroredEntries(MirroredCase):
    """What is booked in a mirrored journal of Exact is in Odoo, to the cent, once, and follows."""

    def assertLinesAs(self, move, *expected):
        """``(GL account, balance, amount in currency)`` of each line, in Exact's order."""
        lines = [
            (line.account_id.exact_gl_account_id.code, line.balance, line.amount_currency)
            for line in move.line_ids.sorted("id")
        ]
        self.assertEqual(lines, list(expected))

    # -- booked -----------------------------------------------------------------------------------

    def test_bank_cash_and_general_entries_appear_to_the_cent(self):
        money = self.book_money(("612000", -12.34), ("613000", -100.01))
        cash = self.book_money(("612000", -0.99), journal=CASH)
        general = self.book_general(("612000", 33.33), ("613000", -33.33))
        self.read_news()
        for entry, journal in ((money, self.bank), (cash, self.cash), (general, self.general)):
            move = self.move(entry)
            self.assertEqual(
                (move.state, move.move_type, move.journal_id, move.date),
                ("posted", "entry", journal, fields.Date.to_date(DAY)),
            )
            self.assertEqual(move.ref, self.mirrored(entry).number)
        bank_side = self.bank.default_account_id
        self.assertEqual(
            [(line.account_id, line.balance) for line in self.move(money).line_ids.sorted("id")],
            [
                (bank_side, -112.35),
                (self.account("612000"), 12.34),
                (self.account("613000"), 100.01),
            ],
        )
        self.assertLinesAs(self.move(general), ("612000", 33.33, 33.33), ("613000", -33.33, -33.33))
        self.assertEqual(self.move(general).line_ids.mapped("name"), ["Line 1", "Line 2"])
        self.assertBooksAgree()

    def test_dollars_keep_their_amounts_and_exacts_rate(self):
        self.env.ref("base.USD").active = True
        entry = self.book_general(
            ("612000", 100.01),
            ("613000", -100.01),
            journal=DIFFERENCES,
            Currency="USD",
            ExchangeRate=Decimal("0.9234"),
        )
        self.read_news()
        move = self.move(entry)
        self.assertLinesAs(move, ("612000", 92.35, 100.01), ("613000", -92.35, -100.01))
        self.assertEqual(move.line_ids.currency_id.name, "USD")
        self.assertBooksAgree()

    def _dollar_invoice(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        dollar.rate_ids = [
            Command.clear(),
            Command.create({"name": "2020-01-01", "rate": 1.25, "company_id": self.company.id}),
        ]
        journal = self.company_data["default_journal_sale"].copy({"code": "USDX"})
        journal.write(
            {
                "exact_is_sent": True,
                "exact_attachment_policy": "none",
                "exact_journal_id": self.mirror("exact.journal", "702").id,
            }
        )
        return self._sent_invoice(currency_id=dollar.id, journal_id=journal.id)

    def _sent_invoice(self, **values):
        account = self.company_data["default_account_revenue"]
        account.exact_gl_account_id = self.mirror("exact.gl.account", "700000")
        move = self.invoice((100.0, self.tax(21)), **values)
        self.run_queue()
        self.assertEqual(move.exact_state, "done")
        return move, move._exact_operation()._exact_id(move)

    def test_a_dollar_invoice_paid_at_another_rate_brings_its_exchange_difference(self):
        move, exact_id = self._dollar_invoice()
        bank = self.control(
            "payments",
            {"documents": [{"entry": exact_id}], "date": "2026-11-10", "rate": 0.9},
        )["entry"]
        self.read_news()
        owed = self.lines_owed(self.posted(bank))
        self.assertEqual(owed.partner_id, move.partner_id)
        self.assertEqual((owed.amount_currency, owed.balance), (-121.0, -108.9))
        difference = self.entries_mirrored.search([("journal_code", "=", DIFFERENCES)]).move_id
        line = self.lines_owed(difference)
        self.assertEqual((line.amount_currency, line.balance), (0.0, 12.1))
        self.assertBooksAgree()

    def test_payments_write_offs_and_refunds_name_the_partner(self):
        move, exact_id = self._sent_invoice()
        bank = self.control(
            "payments",
            {"documents": [{"entry": exact_id, "amount": 100}], "date": "2026-11-10"},
        )["entry"]
        self.control("write-off", {"entry": exact_id, "date": "2026-11-11"})
        over = self.control(
            "payments",
            {"account": self.relation(self.customer), "amount": 30, "date": "2026-11-12"},
        )["entry"]
        refund = self.control("refunds", {"entry": over, "date": "2026-11-13"})["entry"]
        self.read_news()
        for entry, balance in ((bank, -100.0), (over, -30.0), (refund, 30.0)):
            owed = self.lines_owed(self.posted(entry))
            self.assertEqual((owed.partner_id, owed.mapped("balance")), (self.customer, [balance]))
            self.assertFalse(self.lines_owed(self.move(entry), "liability_payable"))
        self.assertFalse(self.mirrored(exact_id))
        self.assertBooksAgree()
        self.assertEqual(move.payment_state, "not_paid", "nothing is reconciled here")

    def test_vat_comes_as_a_plain_amount_whatever_taxes_the_accounts_have(self):
        self.account("612000").tax_ids = self.chart("attn_VAT-IN-V81-21")
        entry = self.book_general(
            ("612000", 100, {"VATCode": "5"}), ("613000", -121), journal=DIFFERENCES
        )
        self.read_news()
        move = self.move(entry)
        self.assertEqual(sorted(move.line_ids.mapped("balance")), [-121.0, 21.0, 100.0])
        self.assertFalse(move.line_ids.tax_ids)
        self.assertBooksAgree()

    def test_a_cost_centre_becomes_the_analytic_account_that_it_is(self):
        place = self.env["exact.cost.center"].search(
            [("division_id", "=", self.division.id)], limit=1
        )
        plan = self.env["account.analytic.plan"].create({"name": "Places"})
        account = self.env["account.analytic.account"].create(
            {"name": place.name, "plan_id": plan.id, "exact_cost_center_id": place.id}
        )
        entry = self.book_general(("612000", 10, {"CostCenter": place.code}), ("613000", -10))
        self.read_news()
        spread = self.move(entry).line_ids.mapped("analytic_distribution")
        self.assertEqual(spread, [{str(account.id): 100.0}, False])

    def test_only_what_is_of_the_start_date_or_later(self):
        self.general.exact_mirrored_from = "2026-11-05"
        early = self.book_general(("612000", 10), ("613000", -10), on="2026-11-04")
        late = self.book_general(("612000", 10), ("613000", -10), on="2026-11-05")
        self.read_news()
        self.assertFalse(self.mirrored(early))
        self.assertEqual(self.move(late).state, "posted")
        self.general.exact_mirrored_from = "2026-11-01"
        self.run_queue()
        self.assertEqual(self.move(early).state, "posted")

    def test_year_end_entries_stay_there(self):
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.edit(entry, (0, {"Type": 310}), (1, {"Type": 310}))
        self.read_news()
        self.assertFalse(self.mirrored(entry))

    # -- once -------------------------------------------------------------------------------------

    def test_a_replay_of_the_feed_changes_nothing(self):
        self.book_money(("612000", -12.34))
        self.book_general(("612000", 33.33), ("613000", -33.33))
        self.read_news()
        before = self.snapshot()
        self.read_again()
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(len(before), 2)

    def test_matching_and_processing_touch_nothing(self):
        _move, exact_id = self._sent_invoice()
        bank = self.control(
            "payments", {"documents": [{"entry": exact_id}], "date": "2026-11-10"}
        )["entry"]
        self.read_news()
        before = self.snapshot()
        self.control("unmatch", {"entry": exact_id})
        self.control("process", {"entry": bank})
        self.read_news()
        self.assertEqual(self.snapshot(), before)

    def test_a_quiet_run_is_one_call(self):
        self.book_money(("612000", -12.34))
        self.read_news()
        self.count_calls("GET", ".*")
        self.read_news()
        self.assertEqual(self.calls_counted(), [1])
        self.book_money(("612000", -1))
        self.read_news()
        self.assertEqual(self.calls_counted(), [3], "the lines and what was deleted")
        self.assertFalse(self.env["exact.sync.queue"].search([("state", "!=", "done")]))

    def test_what_odoo_sent_never_comes_back(self):
        journal = self._sent_journal()
        move = self._pushed(journal)
        self.run_queue()
        self.assertEqual(move.exact_state, "done", self.item(move, "general_entry").message)
        self.read_news()
        self.assertFalse(self.entries_mirrored.search([]))

    def _sent_journal(self):
        """Another journal of Odoo, which is sent to the journal that is mirrored elsewhere."""
        return self.another_journal("SENT", GENERAL, exact_is_mirrored=False, exact_is_sent=True)

    def _pushed(self, journal):
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "date": DAY,
                "line_ids": [
                    Command.create({"account_id": self.account(code).id, "balance": balance})
                    for code, balance in (("612000", 10.0), ("613000", -10.0))
                ],
            }
        )
        move.action_post()
        return move

    def test_what_odoo_sent_does_not_come_back_when_the_answer_was_lost(self):
        move = self._pushed(self._sent_journal())
        self.env["ir.config_parameter"].sudo().set_param(
            "exact_online_connector.settle_seconds", "3600"
        )
        self.fault(
            "cut_after_commit", "POST", ".*/GeneralJournalEntries$", times="once"
        )
        self.run_queue()
        self.assertEqual(self.item(move, "general_entry").state, "checking")
        self.read_news()
        waiting = self.entries_mirrored.search([])
        self.assertEqual((waiting.state, waiting.move_id.id), ("waiting", False))
        self.item(move, "general_entry").due_on = fields.Datetime.now()
        self.run_queue()
        self.assertEqual(move.exact_state, "done")
        self.read_news()
        self.read_again()
        self.assertFalse(self.entries_mirrored.search([]))

    def test_what_came_from_exact_is_never_sent_there(self):
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        self.general.write({"exact_is_mirrored": False, "exact_is_sent": True})
        move = self.move(entry)
        operation = move._exact_operation()
        self.assertFalse(operation._is_due(move))
        scope = self.env["account.move"].search(operation._scope_domain(self.company))
        self.assertNotIn(move, scope)
        move.button_draft()
        move.action_post()
        self.assertFalse(move.exact_state)

    # -- changed ----------------------------------------------------------------------------------

    def test_a_changed_amount_account_and_date_follow_under_the_same_number(self):
        entry = self.book_money(("612000", -10), ("613000", -20))
        self.read_news()
        move = self.move(entry)
        name, account = move.name, self.mirror("exact.gl.account", "613000")
        new_day = fields.Datetime.to_datetime("2026-11-20")
        self.edit(
            entry,
            (0, {"AmountDC": Decimal(-35), "AmountFC": Decimal(-35), "Date": new_day}),
            (1, {"AmountDC": Decimal(15), "AmountFC": Decimal(15), "Date": new_day,
                 "GLAccount": account.exact_id, "GLAccountCode": account.code}),
        )
        self.read_news()
        self.assertEqual((move.state, move.name, str(move.date)), ("posted", name, "2026-11-20"))
        self.assertEqual(
            [(line.account_id.exact_gl_account_id.code, line.balance) for line in move.line_ids],
            [(False, -35.0), ("613000", 15.0), ("613000", 20.0)],
        )
        body = move.message_ids[0].body
        for text in ("changed in Exact Online", "2026-11-20", "10.00 EUR", "15.00 EUR", "613000"):
            self.assertIn(text, body)
        self.assertBooksAgree()

    def test_a_line_added_or_removed_follows(self):
        entry = self.book_money(("612000", -10), ("613000", -20))
        self.read_news()
        move = self.move(entry)
        name = move.name
        self.post(
            "financialtransaction/BankEntryLines",
            {"EntryID": entry, "GLAccount": self.gl("612000"), "AmountFC": Decimal("-7.77"),
             "Date": DAY},
        )
        self.read_news()
        self.assertEqual(len(move.line_ids), 4)
        self.assertEqual((move.state, move.name), ("posted", name))
        self.assertBooksAgree()
        last = max(
            line["LineNumber"]
            for each in self.control("entries", method="GET")["entries"]
            for line in each["ledger_lines"]
            if line["EntryID"] == entry
        )
        with self.books() as books:
            rows = {row["LineNumber"]: row for row in books.rows("TransactionLines", EntryID=entry)}
            books.remove("TransactionLines", rows[last]["ID"])
            books.update(
                "TransactionLines", rows[0]["ID"], AmountDC=Decimal(-30), AmountFC=Decimal(-30)
            )
        self.read_news()
        self.assertEqual(len(move.line_ids), 3)
        self.assertEqual((move.state, move.name), ("posted", name))
        self.assertIn("Line removed", move.message_ids[0].body)
        self.assertBooksAgree()

    def test_a_date_of_another_month_gets_a_number_of_that_month(self):
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        move = self.move(entry)
        for day in ("2026-10-20", "2026-11-05"):
            moment = fields.Datetime.to_datetime(day)
            self.edit(entry, (0, {"Date": moment}), (1, {"Date": moment}))
            self.read_news()
            self.assertEqual((move.state, str(move.date)), ("posted", day))
            self.assertTrue(move._sequence_matches_date())

    def _reconciled(self):
        """``(invoice, its payment in Odoo, the payment's entry in Exact)``, reconciled by hand."""
        move, exact_id = self._sent_invoice()
        bank = self.control(
            "payments", {"documents": [{"entry": exact_id}], "date": "2026-11-10"}
        )["entry"]
        self.read_news()
        payment = self.move(bank)
        owed = self.lines_owed(payment)
        owed += move.line_ids.filtered(lambda line: line.account_type == "asset_receivable")
        owed.reconcile()
        self.assertIn(move.payment_state, ("paid", "in_payment"))
        return move, payment, bank

    def test_a_reconciled_entry_is_freed_when_it_is_changed(self):
        move, payment, bank = self._reconciled()
        self.edit(
            bank,
            (0, {"AmountDC": Decimal(100), "AmountFC": Decimal(100)}),
            (1, {"AmountDC": Decimal(-100), "AmountFC": Decimal(-100)}),
        )
        self.read_news()
        self.assertEqual((payment.state, move.payment_state), ("posted", "not_paid"))
        for each in (move, payment):
            self.assertTrue(
                any("reconciliation" in (message.body or "") for message in each.message_ids)
            )
        self.assertBooksAgree()

    def test_a_reconciled_entry_is_freed_when_it_is_deleted(self):
        move, payment, bank = self._reconciled()
        self.delete(bank)
        self.edit_anything()
        self.read_news()
        self.assertEqual((payment.state, move.payment_state), ("cancel", "not_paid"))
        self.assertIn("was deleted in Exact Online", payment.message_ids[0].body)
        self.assertFalse(self.posted(bank))
        self.assertEqual(self.mirrored(bank).state, "gone")
        self.assertBooksAgree()

    def edit_anything(self):
        """Something else happens in Exact: only then a brief reading asks what was deleted."""
        self.book_money(("612000", -0.01))

    def test_a_deletion_alone_is_seen_within_a_day(self):
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        self.delete(entry)
        self.read_news()
        self.assertEqual(self.move(entry).state, "posted")
        feed = self.division._feed("ledger_lines").sudo()
        feed.deletions_asked_on = fields.Datetime.subtract(feed.deletions_asked_on, days=1)
        self.read_news()
        self.assertEqual(self.move(entry).state, "cancel")

    def test_what_is_deleted_before_it_was_booked_leaves_nothing(self):
        self.account("612000").exact_gl_account_id = False
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        self.assertEqual(self.mirrored(entry).state, "waiting")
        self.delete(entry)
        self.edit_anything()
        self.read_news()
        self.assertFalse(self.mirrored(entry))

    def test_what_somebody_undid_in_odoo_is_made_good(self):
        entries = [self.book_general(("612000", n), ("613000", -n)) for n in (1, 2, 3)]
        self.read_news()
        reset, cancelled, deleted = (self.move(entry) for entry in entries)
        reset.button_draft()
        cancelled.button_cancel()
        deleted.button_draft()
        deleted.with_context(force_delete=True).unlink()
        self.edit_anything()
        self.read_news()
        for entry in entries:
            self.assertEqual(self.move(entry).state, "posted")
        self.assertEqual(self.move(entries[0]), reset)
        self.assertBooksAgree()

    # -- what may not be changed ------------------------------------------------------------------

    def _change(self, entry):
        self.edit(
            entry,
            (0, {"AmountDC": Decimal(11), "AmountFC": Decimal(11)}),
            (1, {"AmountDC": Decimal(-11), "AmountFC": Decimal(-11)}),
        )

    def assertLeft(self, entry, words):
        mirrored, move = self.mirrored(entry), self.move(entry)
        self.assertEqual((mirrored.state, move.state), ("left", "posted"))
        self.assertIn(words, mirrored.message)
        self.assertEqual(sorted(move.line_ids.mapped("balance")), [-10.0, 10.0])
        self.assertEqual(len(move.activity_ids), 1)
        self.assertIn(words, move.activity_ids.note)
        before = len(move.message_ids)
        self.edit_anything()
        self.read_news()
        self.assertEqual((len(move.activity_ids), len(move.message_ids)), (1, before))

    def test_a_date_in_a_locked_period_waits_until_it_is_open(self):
        self.company.fiscalyear_lock_date = "2026-11-10"
        locked = self.book_general(("612000", 10), ("613000", -10))
        open_ = self.book_general(("612000", 10), ("613000", -10), on="2026-11-11")
        self.read_news()
        waiting = self.mirrored(locked)
        self.assertEqual((waiting.state, self.mirrored(open_).state), ("waiting", "booked"))
        self.assertIn("locked until 2026-11-10", waiting.message)
        self.assertEqual(waiting.action_mend()["res_model"], "res.company")
        self.company.fiscalyear_lock_date = False
        self.read_news()
        self.assertEqual(str(self.move(locked).date), DAY)
        self.assertBooksAgree()

    def test_what_is_changed_in_a_locked_period_is_left_with_a_task(self):
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        self.company.fiscalyear_lock_date = "2026-11-10"
        self._change(entry)
        self.read_news()
        self.assertLeft(entry, "locked until 2026-11-10")
        self.company.fiscalyear_lock_date = False
        self.read_news()
        self.assertEqual(self.mirrored(entry).state, "booked")
        self.assertFalse(self.move(entry).activity_ids)
        self.assertBooksAgree()

    def test_what_is_secured_by_a_hash_is_left_with_a_task(self):
        self.general.restrict_mode_hash_table = True
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        self.assertTrue(self.move(entry).inalterable_hash)
        self._change(entry)
        self.read_news()
        self.assertLeft(entry, "secured by a hash")

    def test_what_is_deleted_and_secured_by_a_hash_is_reversed(self):
        self.general.restrict_mode_hash_table = True
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        self.delete(entry)
        self.edit_anything()
        self.read_news()
        move = self.move(entry)
        self.assertEqual(self.mirrored(entry).state, "gone")
        self.assertEqual((move.state, move.reversal_move_ids.state), ("posted", "posted"))
        self.assertIn(move.reversal_move_ids.name, move.message_ids[0].body)
        self.assertBooksAgree()
        before = self.snapshot()
        self.read_again()
        self.assertEqual(self.snapshot(), before)

    def test_what_is_deleted_in_a_locked_period_is_reversed_on_the_first_open_day(self):
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        self.company.fiscalyear_lock_date = "2026-11-10"
        self.delete(entry)
        self.edit_anything_after("2026-11-12")
        self.read_news()
        reversal = self.move(entry).reversal_move_ids
        self.assertEqual((str(reversal.date), reversal.state), ("2026-11-11", "posted"))
        self.assertBooksAgree()

    def edit_anything_after(self, day):
        self.book_money(("612000", -0.01), on=day)

    def test_a_restrictive_audit_trail_stops_no_run(self):
        self.company.restrictive_audit_trail = True
        changed = self.book_general(("612000", 10), ("613000", -10))
        gone = self.book_general(("612000", 20), ("613000", -20))
        self.read_news()
        self._change(changed)
        self.delete(gone)
        self.read_news()
        self.assertIn(self.mirrored(changed).state, ("booked", "left"))
        self.assertEqual(self.mirrored(gone).state, "gone")
        self.assertBooksAgree()

    # -- what waits -------------------------------------------------------------------------------

    def test_an_account_without_counterpart_waits_and_comes_by_itself_once_it_is_mapped(self):
        account = self.account("580000")
        account.exact_gl_account_id = False
        waiting = [self.book_general(("580000", n), ("613000", -n)) for n in (1, 2, 3)]
        fine = self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        self.assertEqual(self.move(fine).state, "posted", "one that waits stops no other")
        rows = self.entries_mirrored.search([("state", "=", "waiting")])
        self.assertEqual(set(rows.mapped("exact_id")), set(waiting))
        [(cause, count)] = rows._read_group([("id", "in", rows.ids)], ["cause"], ["__count"])
        self.assertIn("GL account 580000", cause)
        self.assertIn("has no account in Odoo", cause)
        self.assertEqual(count, 3)
        self.assertEqual(rows[0].action_mend()["res_model"], "account.account")
        self.assertEqual(self.general.exact_waiting_count, 3)
        before = self.snapshot()
        self.read_news()
        self.assertEqual(self.snapshot(), before, "nothing is tried before it is mended")
        account.exact_gl_account_id = self.mirror("exact.gl.account", "580000")
        self.read_news()
        self.assertEqual(set(rows.mapped("state")), {"booked"})
        self.assertFalse(any(rows.mapped("cause")))
        self.assertBooksAgree()

    def test_of_several_accounts_the_one_that_is_chosen_takes_it(self):
        other = self.account("580000").copy()
        other.exact_gl_account_id = self.mirror("exact.gl.account", "580000")
        entry = self.book_general(("580000", 10), ("613000", -10))
        self.read_news()
        self.assertIn("several accounts", self.mirrored(entry).cause)
        other.exact_takes_mirrored = True
        self.read_news()
        self.assertIn(other, self.move(entry).line_ids.account_id)

    def test_a_journal_without_account_waits(self):
        account, self.bank.default_account_id = self.bank.default_account_id, False
        entry = self.book_money(("612000", -10))
        self.read_news()
        waiting = self.mirrored(entry)
        self.assertIn("has no account of its own", waiting.message)
        self.assertEqual(waiting.action_mend()["res_id"], self.bank.id)
        self.bank.default_account_id = account
        self.read_news()
        self.assertEqual(self.move(entry).state, "posted")

    def test_an_archived_account_waits(self):
        account = self.account("612000")
        account.active = False
        entry = self.book_money(("612000", -10))
        self.read_news()
        waiting = self.mirrored(entry)
        self.assertIn("is archived", waiting.message)
        self.assertEqual(waiting.action_mend()["res_id"], account.id)
        account.active = True
        waiting.action_retry()
        self.run_queue()
        self.assertEqual(self.move(entry).state, "posted")

    def test_a_currency_that_is_not_active_waits(self):
        krona = self.env.ref("base.SEK")
        krona.active = False
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.edit(entry, (0, {"Currency": "SEK"}), (1, {"Currency": "SEK"}))
        self.read_news()
        self.assertIn("SEK is not active", self.mirrored(entry).message)
        self.assertEqual(self.mirrored(entry).action_mend()["res_id"], krona.id)
        krona.active = True
        self.read_news()
        self.assertEqual(self.move(entry).line_ids.currency_id, krona)

    def test_what_is_not_complete_waits_for_the_rest(self):
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.edit(entry, (0, {"AmountDC": Decimal(11)}))
        self.read_news()
        self.assertIn("do not add up to zero", self.mirrored(entry).message)
        self.edit(entry, (0, {"AmountDC": Decimal(10)}))
        self.read_news()
        self.assertEqual(self.move(entry).state, "posted")

    def test_one_that_odoo_refuses_waits_with_its_words_and_stops_no_other(self):
        account = self.account("580000")
        account.currency_id = self.env.ref("base.USD")
        refused = self.book_general(("580000", 1), ("613000", -1))
        fine = [self.book_general(("612000", n), ("613000", -n)) for n in (2, 3)]
        self.read_news()
        self.assertEqual({self.move(entry).state for entry in fine}, {"posted"})
        waiting = self.mirrored(refused)
        self.assertEqual((waiting.state, waiting.cause), ("waiting", "Odoo refuses it"))
        self.assertTrue(waiting.message)
        account.currency_id = False
        self.read_news()
        self.assertEqual(waiting.state, "booked")
        self.assertBooksAgree()

    def test_a_stranger_is_told_and_the_line_follows_once_it_is_linked(self):
        relation = self.relation()
        entry = self.book_general(("400000", 10, {"Account": relation}), ("613000", -10))
        self.read_news()
        mirrored, move = self.mirrored(entry), self.move(entry)
        self.assertEqual((mirrored.state, move.state), ("booked", "posted"))
        self.assertFalse(move.line_ids.partner_id)
        self.assertIn("Stranger", mirrored.message)
        self.assertIn("Stranger", move.message_ids[0].body)
        partner = self.env["res.partner"].create({"name": "Known by now"})
        bindings = self.env["exact.binding"]
        bindings._find_or_create(
            self.division, self.company, "crm/Accounts", partner
        ).exact_id = relation
        self.read_news()
        self.assertEqual(move.line_ids.partner_id, partner)
        self.assertEqual((mirrored.state, mirrored.cause), ("booked", False))

    # -- settings ---------------------------------------------------------------------------------

    def test_a_journal_is_sent_or_mirrored_and_fits(self):
        cases = (
            (self.general, {"exact_is_sent": True}, "are sent to Exact Online"),
            (self.bank, {"exact_journal_id": self.mirror("exact.journal", CASH).id}, "fit"),
            (self.bank, {"exact_journal_id": False}, "Choose the journal"),
            (
                self.company_data["default_journal_sale"],
                {"exact_is_mirrored": True},
                "only those are mirrored",
            ),
        )
        for journal, values, words in cases:
            with self.subTest(words), self.assertRaisesRegex(ValidationError, words):
                journal.write(values)
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.another_journal("TWO", GENERAL)

    def test_a_change_of_direction_is_explained_on_the_form(self):
        self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        warned = self.general._onchange_exact_is_sent()
        self.assertFalse(warned)
        with Form(self.general) as form:
            form.exact_is_sent = True
            self.assertFalse(form.exact_is_mirrored)
        self.assertTrue(self.general.exact_is_sent)
        self.assertIn("1 entries that came from Exact", self.general._exact_direction_text())
        self.assertFalse(self.move_of_general().exact_state)

    def move_of_general(self):
        return self.entries_mirrored.search([("journal_id", "=", self.general.id)]).move_id

    def test_the_entry_opens_from_the_journal_entry_and_back(self):
        entry = self.book_general(("612000", 10), ("613000", -10))
        self.read_news()
        move, mirrored = self.move(entry), self.mirrored(entry)
        self.assertEqual(
            move.exact_mirrored_name, f"Entry {mirrored.number} of journal {GENERAL}"
        )
        self.assertEqual(move.action_exact_mirrored()["res_id"], mirrored.id)
        self.assertEqual(mirrored.action_open_move()["res_id"], move.id)
        self.assertEqual(len(mirrored.action_ledger_lines()["domain"][0][2]), 2)
        with Form(move):
            pass

    def test_the_agreement_report_knows_no_difference(self):
        self._sent_invoice()
        self.book_money(("612000", -10))
        self.book_general(("700000", -10), ("613000", 10))
        self.read_news()
        report = self.env["exact.agreement"].create(
            {"date_from": "2026-11-01", "date_to": "2026-11-30"}
        )
        report.action_compare()
        self.run_queue()
        report.invalidate_recordset()
        self.assertEqual((report.state, report.different_count), ("done", 0))
        self.assertEqual((report.document_count, report.entry_count), (1, 1))

    def test_another_company_sees_none(self):
        self.book_money(("612000", -10))
        self.read_news()
        other = self.env["res.company"].create({"name": "Another company"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "base.group_user,exact_online_connector.group_exact_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        entries = self.entries_mirrored.search([])
        self.assertTrue(entries)
        self.assertFalse(entries.with_user(stranger).search([]))
        with self.assertRaises(AccessError):
            entries.with_user(stranger).action_retry()
        with self.assertRaises(AccessError):
            entries.with_user(stranger).read(["message"])


@tagged("standard", "post_install", "-at_install")
class TestRandomMirroredEntries(MirroredCase):
    """Whatever is booked, changed and deleted: after each round both trial balances are equal."""

    SEED, ROUNDS, ENTRIES = 20261126, 5, 60
    CODES = ("400000", "440000", "580000", "612000", "613000", "451000", "658000", "743000")

    def test_trial_balances_are_equal_after_each_round(self):
        self.env.ref("base.USD").active = True
        dice, self.booked = random.Random(self.SEED), []
        self.relations = [self.relation(self.customer), self.relation()]
        for number in range(self.ROUNDS):
            for _entry in range(self.ENTRIES):
                self._book_one(dice)
            for _change in range(10):
                self._change_one(dice)
            for entry in dice.sample(self.booked, 5):
                self.booked.remove(entry)
                self.delete(entry)
            self.read_news()
            with self.subTest(round=number):
                self.assertBooksAgree()
                booked = self.entries_mirrored.search([("state", "=", "booked")])
                self.assertEqual(set(booked.mapped("exact_id")), set(self.booked))
            self.analyze(FILLED)
        before = self.snapshot()
        self.read_again()
        self.assertEqual(self.snapshot(), before, "a replay changes nothing")

    def _book_one(self, dice):
        amounts = [dice.randrange(-100_000, 100_000) / 100 for _line in range(dice.randrange(1, 6))]
        lines = [(dice.choice(self.CODES), amount, self._more(dice)) for amount in amounts]
        on = f"2026-{dice.randrange(9, 12):02}-{dice.randrange(1, 28):02}"
        journal = dice.choice((BANK, CASH, GENERAL, DIFFERENCES))
        if journal in (BANK, CASH):
            entry = self.book_money(*lines, journal=journal, on=on)
        else:
            currency = {}
            if journal == DIFFERENCES and dice.random() < 0.5:
                rate = Decimal(dice.randrange(7000, 12000)) / 10_000
                currency = {"Currency": "USD", "ExchangeRate": rate}
            rest = -round(sum(amounts), 2)
            entry = self.book_general(*lines, ("613000", rest), journal=journal, on=on, **currency)
        self.booked.append(entry)

    def _more(self, dice):
        return {"Account": dice.choice(self.relations)} if dice.random() < 0.3 else {}

    def _change_one(self, dice):
        """Move an amount from one line to another, which keeps the entry in balance."""
        entry, amount = dice.choice(self.booked), Decimal(dice.randrange(1, 10_000)) / 100
        with self.books() as books:
            rows = books.rows("TransactionLines", EntryID=entry, order="LineNumber")
            if rows[0]["Currency"] != "EUR" or len(rows) < 2:
                return
            for row, sign in zip(rows, (1, -1), strict=False):
                changed = {
                    name: row[name] + sign * amount for name in ("AmountDC", "AmountFC")
                }
                books.update("TransactionLines", row["ID"], **changed)
