# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import base64
import io
from collections import Counter
from datetime import date

import openpyxl

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestInitialSync(ExactCase):
    def rows(self, step):
        """The rows of a step, as they are after it was entered."""
        sync = self.initial_sync()
        sync.step = step
        sync._enter()
        return sync._rows().search([("sync_id", "=", sync.id)])

    def row_of(self, record, step):
        return self.rows(step).filtered(lambda row: row.record_id == record)

    def unmapped(self, record, field):
        record[field] = False
        model = {"tax": "exact.match.tax", "account": "exact.match.account"}
        self.env[model["tax" if record._name == "account.tax" else "account"]].search(
            [("record_id", "=", record.id)]
        ).unlink()
        return record

    # -- what is certain --------------------------------------------------------------------------

    def test_what_is_certain_is_filled_in_once(self):
        journal = self.company_data["default_journal_sale"]
        self.assertEqual(journal.exact_journal_id.code, "700")
        self.assertEqual(journal.exact_credit_journal_id.code, "701")
        purchases = self.company_data["default_journal_purchase"]
        self.assertEqual(purchases.exact_journal_id.code, "600")
        self.assertEqual(purchases.exact_credit_journal_id.code, "601")
        self.assertEqual(self.tax(21).exact_vat_code_id.code, "5")
        self.assertEqual(self.tax(6).exact_vat_code_id.code, "1")
        self.assertEqual(self.initial_sync()._fill_in_certain(), 0, "twice changes nothing")

    def test_what_a_person_chose_is_kept(self):
        tax = self.tax(21)
        other = self.env["exact.vat.code"].search(
            [("division_id", "=", self.division.id), ("code", "=", "1")]
        )
        tax.exact_vat_code_id = other
        self.initial_sync()._fill_in_certain()
        self.assertEqual(tax.exact_vat_code_id, other)

    def test_nothing_is_certain_for_zero_percent(self):
        zero = self.env["account.tax"].search(
            [
                ("company_id", "=", self.company.id),
                ("type_tax_use", "=", "sale"),
                ("amount", "=", 0),
            ]
        )
        self.assertTrue(zero)
        self.assertFalse(zero.exact_vat_code_id)

    def test_codes_are_of_no_importance(self):
        """The same administration with other VAT codes is mapped to the same codes' meaning."""
        codes = self.env["exact.vat.code"].sudo().search([("division_id", "=", self.division.id)])
        tax = self.tax(21)
        meant = tax.exact_vat_code_id
        for number, code in enumerate(codes):
            code.code = f"Z{number}"
        self.unmapped(tax, "exact_vat_code_id")
        self.initial_sync()._fill_in_certain()
        self.assertEqual(tax.exact_vat_code_id, meant)

    # -- a step -----------------------------------------------------------------------------------

    def test_a_step_shows_both_sides_and_why(self):
        account = self.company_data["default_account_revenue"]
        self.unmapped(account, "exact_gl_account_id")
        row = self.row_of(account, "account")
        self.assertEqual(row.state, "todo")
        self.assertEqual(row.suggestion_id.code, account.code.ljust(6, "0"))
        self.assertTrue(row.is_certain)
        self.assertIn("Same code", row.reason)
        only = self.rows("account").filtered(lambda row: row.state == "exact_only")
        self.assertGreater(len(only), 100)
        self.assertNotIn(account.with_company(self.company).exact_gl_account_id, only.mirror_id)

    def test_what_is_owed_is_mapped_by_its_type_for_mirrored_journals(self):
        """Dutch charts number it the other way round: 1300 is creditors here, debtors there."""
        receivable = self.company_data["default_account_receivable"]
        payable = self.company_data["default_account_payable"]
        bank = self.company_data["default_journal_bank"]
        self.initial_sync().is_all_shown = False
        for account in (receivable, payable, bank.default_account_id):
            self.unmapped(account, "exact_gl_account_id")
        self.assertFalse(self.row_of(receivable, "account"), "documents do without")
        payable.code = "400900"
        receivable.code = "440000"  # of creditors in Exact
        bank.exact_journal_id = self.mirror("exact.journal", "501")
        bank.exact_is_mirrored = True
        rows = self.rows("account")
        for account, code in ((receivable, "400000"), (payable, "440000")):
            row = rows.filtered(lambda row, account=account: row.record_id == account)
            self.assertEqual((row.suggestion_id.code, row.is_certain), (code, True), row.reason)
        row = rows.filtered(lambda row: row.record_id == bank.default_account_id)
        self.assertEqual((row.suggestion_id.code, row.reason), ("550000", "Account of journal 501"))
        self.initial_sync()._fill_in_certain()
        self.assertEqual(receivable.exact_gl_account_id.code, "400000")

    def test_matches_are_a_draft_until_odoo_is_updated(self):
        account = self.company_data["default_account_revenue"]
        self.unmapped(account, "exact_gl_account_id")
        row = self.row_of(account, "account")
        row.action_accept()
        self.assertEqual((row.state, row.is_saved), ("valid", False))
        self.assertFalse(account.exact_gl_account_id)
        self.initial_sync().action_update_odoo()
        self.assertEqual(account.exact_gl_account_id, row.mirror_id)
        self.assertTrue(row.is_saved)
        row.action_undo()
        self.assertEqual(row.state, "todo")
        self.assertFalse(account.exact_gl_account_id, "undone in Odoo as well")

    def test_an_ignored_record_stays_ignored_until_it_is_undone(self):
        account = self.company_data["default_account_revenue"]
        self.unmapped(account, "exact_gl_account_id")
        row = self.row_of(account, "account")
        row.action_ignore()
        self.initial_sync()._fill_in_certain()
        self.assertEqual(row.state, "ignored")
        self.assertFalse(account.exact_gl_account_id)
        row.action_undo()
        self.assertEqual(row.state, "todo")

    def test_entering_a_step_twice_changes_nothing(self):
        for step in ("journal", "account", "tax", "payment_term"):
            before = self.rows(step).sorted("id").read(load=None)
            self.env.invalidate_all()
            self.assertEqual(self.rows(step).sorted("id").read(load=None), before, step)

    def test_only_accounts_in_use_are_shown_until_all_are_asked_for(self):
        sync = self.initial_sync()
        sync.is_all_shown = False
        few = self.rows("account").filtered(lambda row: row.state == "todo")
        sync.is_all_shown = True
        many = self.rows("account").filtered(lambda row: row.state == "todo")
        self.assertLess(len(few), 5)
        self.assertGreater(len(many), 20)

    def test_only_taxes_in_use_are_shown_until_all_are_asked_for(self):
        sync = self.initial_sync()
        self.env["exact.match.tax"].search([("sync_id", "=", sync.id)]).unlink()
        taxes = self.env["account.tax"].search(
            [("company_id", "=", self.company.id), ("type_tax_use", "=", "sale")]
        )
        of_company = self.company.account_sale_tax_id
        of_product = (taxes - of_company)[0]
        self.product_a.taxes_id = of_product
        sync.is_all_shown = False
        shown = self.rows("tax").record_id
        self.assertLessEqual(of_company | of_product, shown)
        self.assertLess(len(shown & taxes), len(taxes))
        sync.action_show_all()
        self.assertLessEqual(taxes, self.rows("tax").record_id)

    def test_a_record_of_exact_is_found_as_it_is_shown(self):
        journal = self.company_data["default_journal_sale"].exact_journal_id
        for text in (journal.display_name, journal.code, journal.name[:4], f"{journal.code} Ver"):
            found = dict(self.env["exact.journal"].name_search(text))
            self.assertIn(journal.id, found, text)
        self.assertNotIn(journal.id, dict(self.env["exact.journal"].name_search("701 Ver")))

    def test_analytic_accounts_become_cost_centres(self):
        center = self.env["exact.cost.center"].search([("division_id", "=", self.division.id)])[0]
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create(
            {"name": "Whatever", "code": center.code.lower(), "plan_id": plan.id}
        )
        row = self.row_of(account, "analytic")
        self.assertEqual((row.suggestion_id, row.is_certain), (center, True))
        row.action_accept()
        self.initial_sync().action_update_odoo()
        self.assertEqual(account.with_company(self.company).exact_cost_center_id, center)

    # -- refusals ---------------------------------------------------------------------------------

    def test_a_vat_code_that_computes_something_else_is_refused(self):
        row = self.row_of(self.tax(21), "tax")
        before = row.mirror_id
        codes = self.env["exact.vat.code"].search([("division_id", "=", self.division.id)])
        wrong = {
            "another rate": codes.filtered(lambda c: c.type == "E" and c.percentage == 6.0),
            "inclusive": codes.filtered(lambda c: c.type == "I"),
            "reverse charge": codes.filtered("charged"),
            "purchases only": codes.filtered(lambda c: c.direction == "P"),
        }
        for why, candidates in wrong.items():
            self.assertTrue(candidates, why)
            with self.subTest(why), self.assertRaises(UserError):
                row.mirror_id = candidates[0]
        row.invalidate_recordset()
        self.assertEqual(row.mirror_id, before)

    def test_a_journal_of_another_type_is_refused(self):
        row = self.row_of(self.company_data["default_journal_sale"], "journal")
        purchase = self.env["exact.journal"].search(
            [("division_id", "=", self.division.id), ("type", "=", "22")], limit=1
        )
        with self.assertRaisesRegex(UserError, "Purchase"):
            row.mirror_id = purchase

    def test_a_code_alone_does_not_make_debtors_of_creditors(self):
        account = self.company_data["default_account_revenue"]
        debtors = self.env["exact.gl.account"].search(
            [("division_id", "=", self.division.id), ("type", "=", 20)], limit=1
        )
        debtors.sudo().code = account.code
        self.unmapped(account, "exact_gl_account_id")
        row = self.row_of(account, "account")
        self.assertNotEqual(row.suggestion_id, debtors)
        with self.assertRaisesRegex(UserError, "balance sheet"):
            row.mirror_id = debtors

    # -- from Exact -------------------------------------------------------------------------------

    def test_an_account_that_only_exact_has_is_made_in_odoo(self):
        only = self.rows("account").filtered(
            lambda row: row.state == "exact_only" and row.mirror_kind == "110"
        )[0]
        only.action_create_in_odoo()
        self.assertEqual(only.record_id.account_type, "income")
        self.assertEqual(only.record_id.code, only.mirror_id.code)
        self.assertEqual(only.state, "valid")
        self.assertTrue(only.is_saved)

    def show_exact_only(self, kind=False, first=False, last=False):
        """What the step shows of what only Exact has, by type and range of codes."""
        self.rows("account")
        sync = self.initial_sync()
        sync.write({"account_kind": kind, "account_code_from": first, "account_code_to": last})
        self.env.invalidate_all()
        return sync.account_exact_only_ids

    def test_accounts_of_a_type_and_range_are_made_at_once(self):
        everything = self.show_exact_only()
        revenue = self.show_exact_only("110")
        self.assertEqual(set(revenue.mapped("mirror_kind")), {"110"})
        self.assertLess(len(revenue), len(everything))
        shown = self.show_exact_only("110", "700", "702")
        codes = shown.mapped("mirror_code")
        self.assertTrue(codes)
        self.assertLess(len(codes), len(revenue))
        self.assertEqual({code[:3] for code in codes} - {"700", "701", "702"}, set())
        self.assertEqual(codes, sorted(codes))
        self.initial_sync().action_create_shown_accounts()
        self.assertEqual(set(shown.record_id.mapped("account_type")), {"income"})
        self.assertEqual(shown.record_id.mapped("code"), codes)
        self.assertEqual(shown.record_id.exact_gl_account_id, shown.mirror_id)
        self.assertEqual(set(shown.mapped("state")), {"valid"})
        self.assertFalse(self.show_exact_only("110", "700", "702"))
        self.assertEqual(
            set((revenue - shown).mapped("state")), {"exact_only"}, "the others are left alone"
        )

    def test_a_range_may_be_open_at_either_end(self):
        codes = self.show_exact_only().mapped("mirror_code")
        self.assertEqual(
            self.show_exact_only(first="7").mapped("mirror_code"), [c for c in codes if c >= "7"]
        )
        self.assertEqual(
            self.show_exact_only(last="1").mapped("mirror_code"), [c for c in codes if c < "2"]
        )

    def test_what_cannot_be_made_is_left_out_and_told(self):
        account = self.company_data["default_account_revenue"]
        self.unmapped(account, "exact_gl_account_id")
        account.write({"name": "Verkopen uitvoer", "code": "799999"})
        suggested = self.row_of(account, "account").suggestion_id
        shown = self.show_exact_only("110", "70", "70")
        self.assertIn(suggested, shown.mirror_id)
        taken, archived = shown.filtered(lambda row: row.mirror_id != suggested)[:2]
        for row, is_active in ((taken, True), (archived, False)):
            self.env["account.account"].create(
                {
                    "name": "Mine",
                    "code": row.mirror_code,
                    "account_type": "income",
                    "active": is_active,
                }
            )
        told = self.initial_sync().action_create_shown_accounts()["params"]
        self.assertEqual(told["type"], "warning")
        self.assertIn(f"{len(shown) - 3} accounts were created", told["message"])
        self.assertIn("Left out: 3", told["message"])
        left = shown.filtered(lambda row: not row.record_id)
        self.assertEqual(left.mirror_id, taken.mirror_id | archived.mirror_id | suggested)

    def test_a_payment_term_made_in_odoo_falls_due_as_in_exact(self):
        condition = self.env["exact.payment.condition"].search(
            [("division_id", "=", self.division.id), ("end_of_months", "=", 1)], limit=1
        )
        self.assertTrue(condition)
        alike = self.rows("payment_term").filtered(lambda row: row.mirror_id == condition)
        alike.action_undo()
        row = self.env["exact.match.payment.term"].search(
            [("mirror_id", "=", condition.id), ("state", "=", "exact_only")]
        )
        row.action_create_in_odoo()
        line = row.record_id.line_ids
        for day in (date(2027, 1, 17), date(2027, 2, 28), date(2027, 12, 31)):
            with self.subTest(day=day):
                self.assertEqual(line._get_due_date(day), condition._due_date(day))

    def test_a_tax_is_never_made_by_guess(self):
        only = self.rows("tax").filtered(lambda row: row.state == "exact_only")[:1]
        self.assertTrue(only)
        with self.assertRaisesRegex(UserError, "by hand"):
            only.action_create_in_odoo()

    # -- spreadsheets -----------------------------------------------------------------------------

    def test_a_spreadsheet_goes_out_and_comes_in_again(self):
        account = self.company_data["default_account_revenue"]
        self.unmapped(account, "exact_gl_account_id")
        row = self.row_of(account, "account")
        other = self.env["exact.gl.account"].search(
            [
                ("division_id", "=", self.division.id),
                ("type", "=", 110),
                ("code", "!=", row.suggestion_id.code),
            ],
            limit=1,
        )
        sync = self.initial_sync()
        book = openpyxl.load_workbook(
            io.BytesIO(self.env["exact.match.import"]._spreadsheet(sync))
        )
        sheet = book.active
        line = next(line for line in sheet.iter_rows(min_row=2) if line[0].value == row.id)
        self.assertEqual(line[2].value, row.suggestion_id.code, "what is certain is filled in")
        line[2].value = int(other.code)
        sheet.append([row.id, "unknown code", "NONE"])
        sheet.append([999999999, "unknown row", other.code])
        content = io.BytesIO()
        book.save(content)
        wizard = self.env["exact.match.import"].create(
            {"sync_id": sync.id, "file": base64.b64encode(content.getvalue())}
        )
        wizard.action_import()
        self.assertEqual(row.mirror_id, other)
        self.assertIn("NONE", wizard.not_understood)
        self.assertIn("999999999", wizard.not_understood)
        self.assertEqual(len(wizard.not_understood.splitlines()), 2)

    def test_a_file_of_another_kind_is_refused_in_words(self):
        sync = self.initial_sync()
        sync.step = "account"
        wizard = self.env["exact.match.import"].create(
            {"sync_id": sync.id, "file": base64.b64encode(b"Name;Code\nA;1\n")}
        )
        with self.assertRaisesRegex(UserError, "first column"):
            wizard.action_import()

    # -- reading ----------------------------------------------------------------------------------

    def test_running_it_again_costs_one_call_a_list_and_changes_nothing(self):
        sync = self.initial_sync()
        sync.step = "account"
        sync._enter()
        codes = self.tax(21).exact_vat_code_id, self.tax(6).exact_vat_code_id
        self.count_calls("GET", ".*")
        sync.action_refresh()
        self.run_queue()
        calls = self.env["exact.call"].sudo().search([], limit=self.calls_counted()[0])
        pages = Counter(calls.mapped("resource"))
        self.assertGreater(pages.pop("read/financial/JournalStatusList"), 1, "60 rows a page")
        self.assertEqual(set(pages.values()), {1})
        self.assertEqual(sync._fill_in_certain(), 0)
        self.assertEqual((self.tax(21).exact_vat_code_id, self.tax(6).exact_vat_code_id), codes)

    def read_lists_after(self, kind, verb, code):
        """Have somebody block, or unblock, something in Exact; read the lists anew."""
        self.simulator.control(
            "POST", f"{self.division.code}/{verb}", {"kind": kind, "code": code}
        )
        with self.enter_registry_test_mode():
            self.division.action_refresh()
        self.run_queue()
        self.env.invalidate_all()

    def test_what_changed_since_it_was_mapped_becomes_one_task(self):
        sync = self.initial_sync()
        journal = self.company_data["default_journal_sale"].exact_journal_id
        account = self.company_data["default_account_revenue"].exact_gl_account_id
        self.read_lists_after("journal", "block", journal.code)
        task = sync.activity_ids
        self.assertEqual(len(task), 1)
        self.assertIn(f"{journal.display_name}: It was blocked", task.note)
        written = task.write_date
        self.read_lists_after("journal", "block", journal.code)
        self.assertEqual((sync.activity_ids, task.write_date), (task, written), "nothing new")
        self.read_lists_after("gl_account", "block", account.code)
        self.assertEqual(sync.activity_ids, task)
        self.assertIn(account.display_name, task.note)
        self.read_lists_after("journal", "unblock", journal.code)
        (journal | self.env["exact.journal"]).action_drift_seen()
        account.action_drift_seen()
        self.read_lists_after("journal", "unblock", journal.code)
        self.assertFalse(sync.activity_ids)

    def test_the_checklist_says_what_to_do(self):
        sync = self.initial_sync()
        sync.action_check()
        self.run_queue()
        checks = {check.name: check for check in sync.check_ids}
        failed = sync.check_ids.filtered(lambda check: check.state != "passed")
        self.assertFalse(failed.mapped("name"))
        self.simulator.control("POST", "scopes", {"forbidden": ["salesentry/SalesEntries"]})
        sync.action_check()
        self.run_queue()
        failed = sync.check_ids.filtered(lambda check: check.state == "failed")
        self.assertEqual(len(failed), 1)
        self.assertIn("salesentry/SalesEntries", failed.advice)
        self.assertEqual(set(checks), {check.name for check in sync.check_ids})

    # -- contacts ---------------------------------------------------------------------------------

    def relation(self, **values):
        """Make a relation in Exact; return its GUID."""
        with self.enter_registry_test_mode():
            client = self.connection._client()
            answer = client.post(self.division.code, "crm/Accounts", {"Status": "C", **values})
        return answer["ID"]

    def test_contacts_are_matched_and_linked_without_a_call_each(self):
        exact_id = self.relation(Name="Someone else entirely", VATNumber="BE0477472701")
        self.relation(Name="Bakkerij", Postcode="9000")
        self.relation(Name="Bakkerij", Postcode="9000")
        bakery = self.env["res.partner"].create({"name": "Bakkerij BV", "zip": "9000"})
        self.invoice((10.0, self.tax(21)))
        self.invoice((10.0, self.tax(21)), partner_id=bakery.id)
        self.env["exact.sync.queue"].sudo().search([]).unlink()
        sync = self.initial_sync()
        sync.step = "payment_term"
        sync.action_continue()
        self.assertEqual(sync.step, "partner")
        self.assertEqual((sync.is_busy, sync.busy_with), (True, "accounts"))
        self.run_queue()
        self.env.invalidate_all()
        self.assertFalse(sync.is_busy or sync.busy_with)
        known = self.row_of(self.customer, "partner")
        self.assertEqual(known.suggestion_id.exact_id, exact_id)
        self.assertTrue(known.is_certain)
        doubtful = self.row_of(bakery, "partner")
        self.assertFalse(doubtful.is_certain)
        self.assertEqual(len(doubtful.candidate_ids), 2)
        self.assertTrue(all(doubtful.candidate_ids.mapped("reason")))
        sync.action_accept_certain()
        doubtful.candidate_ids[0].action_choose()
        self.count_calls("(POST|PUT)", ".*")
        sync.action_update_odoo()
        self.env.invalidate_all()
        self.assertEqual(sync.busy_with, "partner_links")
        self.assertEqual((sync.links_made_count, sync.links_to_make_count), (0, 2))
        known._save()
        self.env.invalidate_all()
        self.assertEqual(sync.link_progress, 50.0)
        self.run_queue()
        self.env.invalidate_all()
        self.assertEqual(self.calls_counted(), [0])
        self.assertTrue(known.is_saved and doubtful.is_saved)
        bindings = self.env["exact.binding"].search([("res_model", "=", "res.partner")])
        self.assertEqual(
            dict(zip(bindings.mapped("res_id"), bindings.mapped("exact_id"), strict=True)),
            {self.customer.id: exact_id, bakery.id: doubtful.mirror_id.exact_id},
        )

    def test_a_reading_that_stopped_is_told_instead_of_waited_for(self):
        self.simulator.control("POST", "scopes", {"forbidden": ["sync/CRM/Accounts"]})
        sync = self.initial_sync()
        sync.step = "partner"
        sync._enter()
        self.run_queue()
        self.env.invalidate_all()
        self.assertFalse(sync.is_busy, "the comparison waits for what failed")
        item = self.env["exact.sync.queue"].browse(sync.action_open_trouble()["res_id"])
        self.assertEqual((item.operation, item.state), ("accounts", "failed"))
        self.assertTrue(item.message and item.advice)
        self.assertEqual(sync.trouble_text, f"{item.message}\n{item.advice}")
        self.simulator.control("POST", "scopes", {"forbidden": []})
        item.action_retry()
        self.env.invalidate_all()
        self.assertTrue(sync.is_busy)
        self.assertFalse(sync.trouble_text)

    def test_two_contacts_do_not_become_one_relation(self):
        self.relation(Name="Bakkerij", Postcode="9000")
        bakeries = self.env["res.partner"].create(
            [{"name": "Bakkerij", "zip": "9000"}, {"name": "Bakkerij BV", "zip": "9000"}]
        )
        for bakery in bakeries:
            self.invoice((10.0, self.tax(21)), partner_id=bakery.id)
        self.env["exact.sync.queue"].sudo().search([]).unlink()
        sync = self.initial_sync()
        sync.step = "partner"
        sync._enter()
        self.run_queue()
        self.env.invalidate_all()
        rows = self.env["exact.match.partner"].search([("record_id", "in", bakeries.ids)])
        self.assertEqual(len(rows.suggestion_id), 1)
        self.assertFalse(any(rows.mapped("is_certain")))
        rows[0].action_accept()
        with self.assertRaisesRegex(UserError, "Merge these"):
            rows[1].mirror_id = rows[0].mirror_id

    def test_who_is_there_twice_is_shown_with_what_hangs_on_each(self):
        twin = self.customer.copy({"vat": self.customer.vat, "name": "The same again"})
        twin.customer_rank = 1
        self.invoice((10.0, self.tax(21)))
        self.env["exact.sync.queue"].sudo().search([]).unlink()
        self.relation(Name="One", VATNumber="BE0403019261")
        self.relation(Name="One again", VATNumber="BE0403019261")
        sync = self.initial_sync()
        sync.step = "partner"
        sync._enter()
        self.run_queue()
        self.env.invalidate_all()
        self.assertEqual(sync.duplicate_count, len(sync.duplicate_ids))
        contacts = sync.duplicate_ids.filtered(lambda row: row.side == "odoo")
        self.assertEqual(contacts.partner_id, self.customer | twin)
        self.assertEqual(contacts.mapped("move_count"), [1, 0])
        action = contacts[1].action_merge()
        merge = self.env[action["res_model"]].with_context(**action["context"]).create({})
        self.assertEqual(merge.partner_ids, self.customer | twin)
        relations = sync.duplicate_ids.filtered(lambda row: "One" in (row.account_id.name or ""))
        self.assertEqual(len(relations), 2)

    def test_a_contact_is_made_of_a_relation_and_linked_with_it(self):
        sync = self.initial_sync()
        self.relation(Name="Nieuwe Klant BV", VATNumber="BE0403019261", City="Gent")
        sync.step = "partner"
        sync._enter()
        self.run_queue()
        rows = self.env["exact.match.partner"].search([("sync_id", "=", sync.id)])
        row = rows.filtered(lambda row: row.mirror_id.name == "Nieuwe Klant BV")
        self.assertEqual(row.state, "exact_only")
        row.action_create_in_odoo()
        self.assertEqual(row.record_id.name, "Nieuwe Klant BV")
        self.assertEqual(row.record_id.city, "Gent")
        self.assertEqual((row.state, row.is_saved), ("valid", True))
        self.assertEqual(row.mirror_id.partner_id, row.record_id)

    # -- the way ----------------------------------------------------------------------------------

    def test_a_failed_check_leads_to_where_it_is_mended(self):
        sync = self.initial_sync()
        sync.step = "checklist"
        sync.exact_no_vat_code_id = False
        sync._enter()
        failed = sync.check_ids.filtered(lambda check: check.state == "failed")
        self.assertEqual(failed.place, "tax")
        failed.action_mend()
        self.assertEqual(sync.step, "tax")

    def test_what_was_accepted_and_not_stored_is_counted(self):
        account = self.company_data["default_account_revenue"]
        self.unmapped(account, "exact_gl_account_id")
        self.row_of(account, "account").action_accept()
        sync = self.initial_sync()
        self.env.invalidate_all()
        self.assertEqual(sync.unsaved_count, 1)
        sync.action_update_odoo()
        self.env.invalidate_all()
        self.assertEqual(sync.unsaved_count, 0)

    def test_the_type_of_an_account_is_told_in_words(self):
        account = self.env["exact.gl.account"].sudo().search(
            [("division_id", "=", self.division.id), ("type", "=", 110)], limit=1
        )
        kinds = dict(account._fields["kind"]._description_selection(self.env))
        self.assertEqual(kinds[account.kind], "Revenue")
        account.sudo().type = 9999  # one that Exact adds some day
        self.assertFalse(account.kind)

    # -- companies --------------------------------------------------------------------------------

    def test_each_company_has_one_and_sees_only_its_own(self):
        sync = self.initial_sync()
        self.assertEqual(self.initial_sync(), sync)
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids = [Command.link(other.id)]
        theirs = self.env["exact.initial.sync"].with_context(allowed_company_ids=other.ids)
        self.assertNotEqual(theirs._of(other), sync)
        self.env.flush_all()
        user = self.env.user
        rows = self.env["exact.match.account"].with_user(user)
        self.assertFalse(rows.with_context(allowed_company_ids=other.ids).search([]))
        self.assertTrue(rows.with_context(allowed_company_ids=self.company.ids).search([]))
