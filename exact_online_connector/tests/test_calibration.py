# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal
from itertools import product

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import ExactCase

LEVELS = ("line", "code", "document")


@tagged("standard", "post_install", "-at_install")
class TestCalibration(ExactCase):
    """How an administration computes is read off what people booked in it."""

    def setUp(self):
        super().setUp()
        self.map_purchases()
        self.company_data["default_journal_sale"].exact_attachment_policy = "none"
        self.customer_id = self._exact_id("exact.account", status="C")
        self.supplier_id = self._exact_id("exact.account", is_supplier=True)

    def _exact_id(self, model, **values):
        domain = [("division_id", "=", self.division.id), ("is_blocked", "=", False)]
        rows = self.env[model].search([*domain, *((name, "=", values[name]) for name in values)])
        return rows[:1].exact_id

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.division.action_read_accounts()
        cls.run_queue()

    def _book(self, *lines, is_bill=False, **header):
        """What a person books in Exact itself, who leaves the VAT to Exact."""
        gl_account = self.mirror("exact.gl.account", "604000" if is_bill else "700000").exact_id
        rows = [
            {"GLAccount": gl_account, "VATCode": code, "AmountFC": Decimal(str(amount)), **more}
            for amount, code, *rest in lines
            for more in (rest or [{}])
        ]
        kind = ("Supplier", self.supplier_id, "600", "purchaseentry/PurchaseEntries")
        if not is_bill:
            kind = ("Customer", self.customer_id, "700", "salesentry/SalesEntries")
        party, party_id, journal, resource = kind
        payload = {
            party: party_id,
            "Journal": journal,
            "EntryDate": "2026-11-10",
            resource.split("/")[0].replace("entry", "").capitalize() + "EntryLines": rows,
            **header,
        }
        with self.enter_registry_test_mode():
            self.connection.sudo()._client().post(self.division.code, resource, payload)

    def _calibrate(self):
        self.division.action_calibrate()
        self.run_queue()
        item = self.item(self.division, "calibration")
        self.assertEqual(item.state, "done", item.message)

    def _finding(self, rule):
        return self.division.calibration_ids.filtered(lambda row: row.rule == rule)

    def _entries_of_a_year(self):
        """Enough to tell all rules; the last two tell per code and per document apart."""
        for _time in range(2):
            self._book((0.12, "5"), (0.12, "5"), (0.12, "5"))
            self._book((0.12, "5"), (0.12, "5"), (0.07, "1"), (0.02, "1"))
            self._book((0.12, "5"), (0.08, "1"))
            self._book((10.07, "5"), (10.04, "3"))
            self._book((121, "6"))
            self._book((-50, "5"), PaymentReference="+++000/0000/00101+++", Journal="701")
            half = {"VATNonDeductiblePercentage": Decimal("0.5")}
            self._book((100, "5", half), is_bill=True)

    def test_every_way_of_computing_is_found(self):
        for level, amount in product(LEVELS, ("gross", "net")):
            with self.subTest(level=level, amount=amount):
                self.simulator.control("POST", "reset", {"seeds": self.seeds})
                self.give_consent()
                self.switch(vat_rounding=level, inclusive_amount=amount)
                self._entries_of_a_year()
                self.division.sudo().write({"vat_rounding": "line", "inclusive_amount": "unknown"})
                self._calibrate()
                self.assertEqual(self.division.vat_rounding, level)
                self.assertEqual(self.division.inclusive_amount, amount)
                self.assertEqual(self._finding("vat_rounding").confidence, "sure")
                self.assertEqual(self._finding("percentages").finding, "0.5 for half")
                self.assertEqual(self._finding("credit_notes").finding, "Negative")

    def test_how_references_are_kept(self):
        for switch, value in (("as_sent", "as_is"), ("strip", "plain")):
            with self.subTest(switch=switch):
                self.simulator.control("POST", "reset", {"seeds": self.seeds})
                self.give_consent()
                self.switch(payment_reference=switch)
                self._book((100, "5"), PaymentReference="+++000/0000/00101+++")
                self._calibrate()
                self.assertEqual(self.division.reference_format, value)
                self.assertEqual(self._finding("reference_format").confidence, "few")

    def test_nothing_is_concluded_from_nothing(self):
        self._calibrate()
        self.assertEqual(set(self.division.calibration_ids.mapped("confidence")), {"none"})
        self.assertEqual(self.division.vat_rounding, "line")
        self.assertEqual(self.division.calibrated_entries, 0)

    def test_what_contradicts_itself_changes_nothing(self):
        self._book((100, "5"), PaymentReference="+++000/0000/00101+++")
        self._book((100, "5"), PaymentReference="000000000202")
        self._calibrate()
        self.assertEqual(self._finding("reference_format").confidence, "contradicted")
        self.assertEqual(self.division.reference_format, "as_is")

    def test_contradictions_are_told_with_what_to_do(self):
        self._book((100, "5"), PaymentReference="+++000/0000/00101+++")
        self._book((100, "5"), PaymentReference="000000000202")
        self._calibrate()
        self.assertEqual(self.division.contradicted, "Payment references")
        self.assertIn("choose above", self._finding("reference_format").advice)
        self.assertIn("VAT is rounded", self.division.not_shown)

    def test_a_choice_that_differs_from_what_was_found_is_told(self):
        self._book((121, "6"))
        self._calibrate()
        self.assertFalse(self._finding("inclusive_amount").advice)
        self.division.inclusive_amount = "net"
        self.assertIn("by hand", self._finding("inclusive_amount").advice)

    def test_it_is_done_once_by_itself_when_the_lists_were_first_read(self):
        queue = self.env["exact.sync.queue"]
        domain = [("operation", "=", "calibration"), ("res_id", "=", self.division.id)]
        [item] = queue.search(domain)
        self.assertEqual(item.state, "done", item.message)
        self.assertGreater(item.priority, self.item(self.division, "master_data").priority)
        self.division.action_refresh()
        self.run_queue()
        self.assertEqual(queue.search(domain), item)

    def test_a_right_that_lacks_is_said_on_the_administration(self):
        self.simulator.control("POST", "scopes", {"forbidden": ["salesentry/SalesEntries"]})
        half = {"VATNonDeductiblePercentage": Decimal("0.5")}
        self._book((100, "5", half), is_bill=True)
        self._calibrate()
        self.assertIn("salesentry/SalesEntries", self.division.calibration_refused)
        self.assertEqual(self._finding("percentages").confidence, "few")
        self.assertFalse(self.initial_sync().trouble_item_id)
        self.simulator.control("POST", "scopes", {"forbidden": []})
        self._calibrate()
        self.assertFalse(self.division.calibration_refused)

    def test_the_longest_text_only_raises_a_length(self):
        self.switch(description_length="unlimited", your_ref_length="unlimited")
        line = {"Description": "x" * 90}
        self._book((100, "5", line), Description="y" * 130, YourRef="INV-1")
        self._calibrate()
        self.assertEqual(self.division.description_length, 130)
        self.assertEqual(self.division.line_description_length, 90)
        self.assertEqual(self.division.your_ref_length, 30)
        self.assertIn("lower bound", self._finding("description_length").finding)
        self.division.description_length = 200
        self._calibrate()
        self.assertEqual(self.division.description_length, 200)

    def test_texts_that_end_at_one_length_look_cut(self):
        self.switch(description_length="unlimited")
        for letter in "abc":
            self._book((100, "5"), Description=letter * 50)
        self._calibrate()
        finding = self._finding("description_length")
        self.assertEqual(finding.confidence, "guess")
        self.assertIn("its end is missing", finding.advice)
        self.assertEqual(self.division.description_length, 60)

    def test_texts_are_sent_as_long_as_they_are_kept(self):
        self.division.write(
            {
                "your_ref_length": 40,
                "description_length": 25,
                "line_description_length": 20,
                "payment_reference_length": 30,
            }
        )
        move = self.invoice((10.0, self.tax(21)), post=False)
        move.write({"name": "N" * 35, "ref": "r" * 70, "payment_reference": "p" * 70})
        move.invoice_line_ids.name = "l" * 70
        move.action_post()
        payload = self.payload_of(move)
        self.assertEqual(payload["YourRef"], "N" * 35)
        self.assertEqual(payload["Description"], "r" * 25)
        self.assertEqual(payload["PaymentReference"], "p" * 30)
        self.assertEqual(payload["SalesEntryLines"][0]["Description"], "l" * 20)
        causes = {finding.cause for finding in move._exact_operation()._preflight(move)}
        self.assertIn("payment_reference_too_long", causes)
        self.assertNotIn("number_too_long", causes)
        self.division.your_ref_length = 30
        causes = {finding.cause for finding in move._exact_operation()._preflight(move)}
        self.assertIn("number_too_long", causes)

    def test_what_odoo_made_is_no_evidence(self):
        """Odoo's entries carry Odoo's VAT."""
        self.invoice((0.12, self.tax(21)), (0.12, self.tax(21)), (0.12, self.tax(21)))
        self.run_queue()
        self._calibrate()
        self.assertEqual(self.division.calibrated_entries, 0)

    def test_a_handful_of_calls_and_nothing_written(self):
        self._entries_of_a_year()
        self.count_calls("GET", "Entr(ies|yLines)")
        self.count_calls("POST", "api/v1")
        self._calibrate()
        reads, writes = self.calls_counted()
        self.assertLessEqual(reads, 5)
        self.assertEqual(writes, 0)

    def test_only_rules_are_changed_by_hand(self):
        manager = new_test_user(
            self.env, "calibrating", "exact_online_connector.group_exact_manager,base.group_user"
        )
        division = self.division.with_user(manager)
        division.vat_rounding = "code"
        self.assertEqual(self.division.vat_rounding, "code")
        with self.assertRaises(AccessError):
            division.name = "Another"
        user = new_test_user(
            self.env, "looking", "exact_online_connector.group_exact_user,base.group_user"
        )
        with self.assertRaises(AccessError):
            self.division.with_user(user).vat_rounding = "line"
        with self.assertRaises(AccessError):
            self.division.with_user(user).action_calibrate()
