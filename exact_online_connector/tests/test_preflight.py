# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command, fields
from odoo.tests import tagged

from .common import ExactCase


class PreflightCase(ExactCase):
    def _assert_held_back(self, move, words, mend, cause, exact=None, operation="sales_entry"):
        """:param exact: what Exact answers to the same document sent past preflight"""
        self.count_calls("GET", "/api/v1/")
        self.count_calls("POST", "/api/v1/")
        self.run_queue()
        self.assertEqual(self.calls_counted()[-2:], [0, 0])
        item = self.item(move, operation)
        self.assertEqual((item.state, item.error_class), ("failed", "preflight"))
        self.assertIn(words, item.message)
        self.assertEqual((item.mend_model, item.mend_id), (mend._name, mend.id))
        self.assertEqual(item.action_mend()["res_id"], mend.id)
        self.assertEqual(item.cause, cause)
        [finding] = [row for row in move._exact_findings() if row.cause == cause]
        self.assertEqual((finding.severity, finding.mend), ("refused", mend))
        if exact:
            self.assertIn(exact, self.refused_by_exact(move, operation) or "accepted")


@tagged("standard", "post_install", "-at_install")
class TestPreflight(PreflightCase):
    """What Exact would refuse is told in words, without a call; and Exact really refuses it.

    Where a test says nothing of Exact's own answer, Exact is not known to refuse: it would book
    something else than Odoo has, which the comparison afterwards shows.
    """

    # -- journal and period ------------------------------------------------------------------------

    def test_unmapped_journal(self):
        move = self.invoice((100.0, self.tax(21)))
        journal = move.journal_id
        journal.exact_journal_id = False
        self._assert_held_back(
            move, "has no Exact Online journal", journal, "journal_not_mapped", "Mandatory: Journal"
        )

    def test_blocked_journal(self):
        move = self.invoice((100.0, self.tax(21)))
        move.journal_id.exact_journal_id = self.mirror("exact.journal", "709")
        self._assert_held_back(
            move,
            "is blocked in Exact Online",
            move.journal_id,
            "journal_blocked",
            "Blocked: Journal",
        )

    def test_journal_of_another_type(self):
        move = self.invoice((100.0, self.tax(21)))
        move.journal_id.exact_journal_id = self.mirror("exact.journal", "600")
        self._assert_held_back(
            move,
            "is not a sales journal",
            move.journal_id,
            "journal_of_wrong_type",
            "Invalid: Journal (type)",
        )

    def test_journal_of_another_currency(self):
        self.simulator_journal("USD1", Type=20, Currency="USD", GLAccount=self.gl_guid("400000"))
        move = self.invoice((100.0, self.tax(21)))
        move.journal_id.exact_journal_id = self.mirror("exact.journal", "USD1")
        self._assert_held_back(
            move, "takes USD only", move.journal_id, "journal_currency", "Not allowed: Currency"
        )

    def simulator_journal(self, code, **values):
        """Make a journal in Exact and read the lists again."""
        with self.enter_registry_test_mode():
            self.connection.sudo()._client().post(
                self.division.code,
                "financial/Journals",
                {"Code": code, "Description": code, **values},
            )
        self.division.action_refresh()
        self.run_queue()
        self.env.invalidate_all()

    def gl_guid(self, code):
        return self.mirror("exact.gl.account", code).exact_id

    def test_closed_period(self):
        today = fields.Date.today()
        move = self.invoice((100.0, self.tax(21)))
        where = {"year": today.year, "period": today.month, "journal": "700"}
        self.simulator.control("POST", f"{self.division.code}/close-period", where)
        self.division.action_refresh()
        self.run_queue()
        move.action_exact_send()
        self._assert_held_back(
            move,
            f"The period {today:%Y-%m} is closed for the journal 700",
            self.division,
            "period_closed",
            "Period is closed",
        )

    def test_year_that_exact_does_not_know(self):
        move = self.invoice((100.0, self.tax(21)), invoice_date="2099-01-15")
        self._assert_held_back(
            move,
            "Exact Online has no period for 2099-01-15",
            self.division,
            "period_unknown",
            "Unknown: Financial year",
        )

    def test_periods_that_were_never_read_hold_nothing_back(self):
        self.env["exact.financial.period"].sudo().search([]).unlink()
        move = self.invoice((100.0, self.tax(21)))
        self.assertEqual(move._exact_findings(), [])

    # -- accounts, taxes, payment terms ------------------------------------------------------------

    def test_unmapped_account(self):
        move = self.invoice((100.0, self.tax(21)))
        account = move.invoice_line_ids.account_id
        account.with_company(self.company).exact_gl_account_id = False
        self._assert_held_back(
            move,
            "has no Exact Online GL account",
            account,
            "account_without_gl_account",
            "Mandatory: G/L account",
        )

    def test_vanished_account(self):
        move = self.invoice((100.0, self.tax(21)))
        account = move.invoice_line_ids.account_id
        gl_account = account.with_company(self.company).exact_gl_account_id.sudo()
        gl_account.write({"active": False, "exact_id": "00000000-0000-4000-8000-00000000000d"})
        self._assert_held_back(
            move,
            "is no longer in Exact Online",
            account,
            "gl_account_gone",
            "Invalid reference: G/L account",
        )

    def test_blocked_account(self):
        move = self.invoice((100.0, self.tax(21)))
        account = move.invoice_line_ids.account_id
        account.with_company(self.company).exact_gl_account_id = self.env[
            "exact.gl.account"
        ].search([("division_id", "=", self.division.id), ("is_blocked", "=", True)], limit=1)
        self._assert_held_back(
            move,
            "is blocked in Exact Online",
            account,
            "gl_account_blocked",
            "Blocked: G/L account",
        )

    def test_unmapped_tax(self):
        """Without a code Exact would take the account's own."""
        tax = self.tax(21)
        move = self.invoice((100.0, tax))
        tax.exact_vat_code_id = False
        self._assert_held_back(move, "has no Exact Online VAT code", tax, "tax_without_code")

    def test_code_that_includes_vat(self):
        tax = self.tax(21)
        move = self.invoice((100.0, tax))
        tax.exact_vat_code_id = self.mirror("exact.vat.code", "6")
        self._assert_held_back(move, "includes VAT", tax, "tax_mismatch")

    def test_code_of_another_rate(self):
        tax = self.tax(21)
        move = self.invoice((100.0, tax))
        tax.exact_vat_code_id = self.tax(6).exact_vat_code_id
        self.switch(vat_override_tolerance="refuse")
        self._assert_held_back(
            move,
            "21.0 %, its VAT code 1 is 6.0 %",
            tax,
            "tax_mismatch",
            "VAT amount differs from the calculated amount",
        )

    def test_code_for_purchases_only(self):
        tax = self.tax(21)
        move = self.invoice((100.0, tax))
        tax.exact_vat_code_id = self.mirror("exact.vat.code", "MA")
        self._assert_held_back(
            move, "is for purchases", tax, "tax_mismatch", "Not allowed: VAT code"
        )

    def test_blocked_code(self):
        tax = self.tax(21)
        move = self.invoice((100.0, tax))
        code = tax.exact_vat_code_id
        self.simulator.control(
            "POST", f"{self.division.code}/block", {"kind": "vat_code", "code": code.code}
        )
        code.sudo().is_blocked = True
        self._assert_held_back(
            move, "is blocked in Exact Online", tax, "vat_code_blocked", "Not allowed: VAT code"
        )

    def test_payment_condition_that_is_gone(self):
        term = self.env.ref("account.account_payment_term_30days")
        move = self.invoice((100.0, self.tax(21)), invoice_payment_term_id=term.id)
        condition = term.with_company(self.company).exact_payment_condition_id.sudo()
        condition.write({"active": False, "code": "XX"})
        self._assert_held_back(
            move,
            "is no longer in Exact Online",
            term,
            "payment_condition_gone",
            "Invalid reference: Payment condition",
        )

    def test_a_payment_term_without_condition_is_told_but_holds_nothing_back(self):
        term = self.env.ref("account.account_payment_term_30days")
        term.with_company(self.company).exact_payment_condition_id = False
        move = self.invoice((100.0, self.tax(21)), invoice_payment_term_id=term.id)
        [finding] = move._exact_findings()
        self.assertEqual(
            (finding.severity, finding.cause), ("warning", "payment_term_without_condition")
        )
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)

    def test_mapping_of_another_administration(self):
        """Exact takes the GUID of another administration and stores nothing. pitfalls: 33"""
        move = self.invoice((100.0, self.tax(21)))
        other = self.connection.division_ids - self.division
        journal = move.journal_id.exact_journal_id.sudo().copy(
            {"division_id": other[0].id, "code": "700", "exact_id": "other", "type": "20"}
        )
        move.journal_id.exact_journal_id = journal
        self._assert_held_back(
            move,
            "belongs to another administration",
            move.journal_id,
            "journal_of_another_division",
        )

    # -- number, currency, lines -------------------------------------------------------------------

    def test_a_number_that_is_too_long(self):
        move = self.invoice((100.0, self.tax(21)), name=f"INV/{'9' * 30}")
        self.switch(your_ref_length="refuse")
        self._assert_held_back(
            move, "longer than the 30 characters", move, "number_too_long", "Maximum length: 30"
        )

    def test_a_number_that_another_document_has_in_exact(self):
        """Exact takes a number twice (facts.md §8): after a lost answer nobody could tell."""
        first = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        journal = first.journal_id.copy({"name": "Second", "code": "SEC"})
        journal.exact_journal_id = self.mirror("exact.journal", "700")
        move = self.invoice((50.0, self.tax(21)), name=first.name, journal_id=journal.id)
        self.assertEqual(move.name, first.name)
        self._assert_held_back(move, "is in Exact Online already", first, "number_taken")

    def test_a_draft_without_number_is_not_blamed_for_it(self):
        move = self.invoice((100.0, self.tax(21)), post=False)
        self.assertEqual([finding.text for finding in move._exact_findings()], [])

    def test_another_currency(self):
        dollar = self.env.ref("base.USD")
        dollar.active = True
        move = self.invoice((100.0, self.tax(21)), currency_id=dollar.id)
        self.assertIn("Not allowed: Currency", self.refused_by_exact(move))
        texts = {finding.cause: finding for finding in move._exact_findings()}
        self.assertIn("takes EUR only", texts["journal_currency"].text)
        self.assertIn("takes no exchange rate", texts["exchange_rate_of_exact"].text)
        move.journal_id.exact_journal_id = self.mirror("exact.journal", "702")
        self.assertEqual(move._exact_findings(), [])

    def test_line_without_tax_and_no_code_for_it(self):
        """Without a code Exact would take the account's own."""
        move = self.invoice((100.0, self.env["account.tax"]))
        self.company.exact_no_vat_code_id = False
        self._assert_held_back(move, "has no tax", self.company, "line_without_tax")

    def test_several_taxes_on_a_line(self):
        """A line of Exact has one code."""
        move = self.invoice((100.0, self.tax(21) + self.tax(6)))
        self._assert_held_back(move, "has one VAT code", move, "several_taxes")

    def test_sections_notes_and_empty_lines_do_not_hold_back(self):
        move = self.invoice((100.0, self.tax(21)), (0.0, self.tax(21)), post=False)
        move.invoice_line_ids = [
            Command.create({"display_type": "line_section", "name": "A section"}),
            Command.create({"display_type": "line_note", "name": "A note"}),
        ]
        move.action_post()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertEqual(len(self.entries(move)[0]["lines"]), 1)

    def test_a_document_before_the_start_date_is_told_and_not_due(self):
        move = self.invoice((100.0, self.tax(21)), post=False)
        self.company.exact_start_date = "2100-01-01"
        [finding] = move._exact_findings()
        self.assertEqual(
            (finding.severity, finding.cause, finding.mend),
            ("warning", "before_start_date", self.company),
        )
        move.action_post()
        self.assertFalse(self.item(move))

    # -- its contact -------------------------------------------------------------------------------

    def test_wrong_vat_number_of_the_customer(self):
        move = self.invoice((100.0, self.tax(21)))
        self.customer.with_context(no_vat_validation=True).vat = "BE0477472702"
        causes = [finding.cause for finding in move._exact_findings()]
        self.assertEqual(causes, ["contact_vat_number"], "of the document too")
        self.assertIn("Invalid check digit", self.contact_refused_by_exact())
        self.run_queue()
        item = self.item(self.customer, "contact")
        self.assertEqual((item.state, item.error_class), ("failed", "preflight"))
        self.assertIn("not a valid VAT number", item.message)
        self.assertEqual(item.cause, "contact_vat_number")
        self.assertEqual(move.exact_state, "problem", "the invoice waits for its customer")
        self.customer.vat = "BE0477472701"
        item.action_retry()
        self.run_queue()
        self.assertEqual(move.exact_state, "done")
        self.assertFalse(item.cause)

    def contact_refused_by_exact(self):
        kind = self.env["exact.operation.contact"].sudo().with_company(self.company)
        with self.enter_registry_test_mode():
            client = self.client_that_is_refused()
            with self.assertRaises(Exception) as refusal:
                kind._send(client, kind._payload(self.customer))
        return str(refusal.exception)

    def test_customer_without_country(self):
        """Exact takes the administration's own country, whose VAT rules then hold: a warning."""
        self.customer.country_id = False
        move = self.invoice((100.0, self.tax(21)))
        [finding] = move._exact_findings()
        self.assertEqual(
            (finding.cause, finding.severity), ("contact_without_country", "warning")
        )
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)

    def test_what_is_wrong_with_a_contact_that_is_in_exact_holds_no_document_back(self):
        self.invoice((100.0, self.tax(21)))
        self.run_queue()
        self.customer.country_id = False
        move = self.invoice((100.0, self.tax(21)))
        self.assertEqual(move._exact_findings(), [])
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)


@tagged("standard", "post_install", "-at_install")
class TestPreflightOfBills(PreflightCase):
    """The same for bills, and what only bills have."""

    def setUp(self):
        super().setUp()
        self.map_purchases()
        self.goods = self.chart("attn_VAT-IN-V81-21")

    def _assert_bill_held_back(self, move, words, mend, cause, exact=None):
        self._assert_held_back(move, words, mend, cause, exact, operation="purchase_entry")

    def test_a_bill_without_reference(self):
        """Exact takes it; yet after a lost answer nobody could find it there."""
        move = self.bill((100.0, self.goods), ref=False)
        self._assert_bill_held_back(
            move, "has no bill reference", move, "bill_without_reference"
        )

    def test_a_bill_that_was_entered_twice(self):
        """Exact takes a supplier's number twice. facts.md §8"""
        first = self.bill((100.0, self.goods))
        self.run_queue()
        move = self.bill((100.0, self.goods), partner_id=first.partner_id.id)
        self._assert_bill_held_back(move, "is in Exact Online already", first, "number_taken")

    def test_a_sales_journal_for_bills(self):
        move = self.bill((100.0, self.goods))
        move.journal_id.exact_journal_id = self.mirror("exact.journal", "700")
        self._assert_bill_held_back(
            move,
            "is not a purchase journal",
            move.journal_id,
            "journal_of_wrong_type",
            "Invalid: Journal (type)",
        )

    def test_a_code_for_sales_only(self):
        move = self.bill((100.0, self.goods))
        self.goods.exact_vat_code_id = self.mirror("exact.vat.code", "EL")
        self._assert_bill_held_back(
            move, "is for sales", self.goods, "tax_mismatch", "Not allowed: VAT code"
        )

    def test_a_contact_that_is_no_supplier_in_exact(self):
        """The queue makes it one first; past the queue Exact refuses."""
        move = self.bill((100.0, self.goods))
        move.commercial_partner_id.sudo().supplier_rank = 0
        self.assertIn("Invalid: Supplier (Type)", self.refused_by_exact(move, "purchase_entry"))


@tagged("standard", "post_install", "-at_install")
class TestBanner(ExactCase):
    """Whoever looks at a document sees what Exact would refuse, and where it is put right."""

    def _alerts(self, move, user=None):
        move.invalidate_recordset()
        alerts = move.with_user(user or self.env.user).alerts or {}
        return [row for key, row in sorted(alerts.items()) if key.startswith("exact_online")]

    def test_a_draft_says_what_would_be_refused_and_opens_what_mends_it(self):
        tax = self.tax(21)
        move = self.invoice((100.0, tax), post=False)
        self.assertEqual(self._alerts(move), [])
        tax.exact_vat_code_id = False
        [alert] = self._alerts(move)
        self.assertIn("Exact Online would refuse this: The tax 21%", alert["message"])
        self.assertEqual(alert["action_text"], "Map the tax")
        self.assertEqual(
            (alert["action"]["res_model"], alert["action"]["res_id"]), ("account.tax", tax.id)
        )
        self.assertEqual(move.action_exact_mend()["res_id"], tax.id)

    def test_a_posted_document_says_so_until_it_is_booked(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        move.journal_id.exact_journal_id = False
        self.assertEqual(self._alerts(move), [], "it is in Exact")

    def test_what_is_not_sent_has_no_banner(self):
        tax = self.tax(21)
        tax.exact_vat_code_id = False
        move = self.invoice((100.0, tax), post=False)
        move.journal_id.exact_is_sent = False
        self.assertEqual(self._alerts(move), [])

    def test_only_people_of_accounting_see_it(self):
        tax = self.tax(21)
        tax.exact_vat_code_id = False
        move = self.invoice((100.0, tax), post=False)
        seller = self.env["res.users"].create(
            {
                "name": "No accountant",
                "login": "no-accountant",
                "company_id": self.company.id,
                "company_ids": self.company.ids,
                "group_ids": [Command.set(self.env.ref("base.group_user").ids)],
            }
        )
        self.assertEqual(len(self._alerts(move)), 1)
        self.assertNotIn("exact_online_0", move.with_user(seller).sudo()._get_alerts())

    def test_a_document_that_is_being_typed_is_not_judged(self):
        tax = self.tax(21)
        tax.exact_vat_code_id = False
        move = self.invoice((100.0, tax), post=False)
        self.assertEqual(move.new(origin=move)._exact_refusals(), [])

    def test_the_check_counts_and_shows_the_refused_ones(self):
        tax = self.tax(21)
        good = self.invoice((100.0, self.tax(6)), post=False)
        bad = self.invoice((100.0, tax), post=False)
        old = self.invoice((100.0, tax), post=False)
        old.journal_id = old.journal_id.copy({"name": "Not sent", "code": "NOT"})
        old.journal_id.exact_is_sent = False
        tax.exact_vat_code_id = False
        self.count_calls("GET", "/api/v1/")
        action = (good + bad + old).action_exact_check()
        self.assertEqual(
            action["name"], "1 would be accepted, 1 would be refused, 1 not to be sent"
        )
        self.assertEqual(action["domain"], [("id", "in", bad.ids)])
        self.assertIn("has no Exact Online VAT code", bad.exact_refusal)
        notification = good.action_exact_check()
        self.assertIn("1 would be accepted", notification["params"]["message"])
        self.assertEqual(self.calls_counted(), [0])
