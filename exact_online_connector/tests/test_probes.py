# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ExactCase

# What Exact may do, and what a measured administration then says of it.
ROUNDING = ("line", "code", "document")
OVERRIDE = {
    "unlimited": ("any", 0.0),
    "0.02": ("limited", 0.01),
    "0.10": ("limited", 0.10),
    "refuse": ("none", 0.0),
}
REFERENCE = {"as_sent": "as_is", "strip": "plain", "refuse": "plain"}
YOUR_REF = {"cut": 30, "refuse": 30, "unlimited": 60}
DESCRIPTION = {"cut": 60, "refuse": 60, "unlimited": 255}
GROUP = "base.group_user,exact_online_connector.group_exact_"


def combinations():
    """Each way of rounding with each tolerance; the other switches turn beside them."""
    for number, (rounding, override) in enumerate(
        (rounding, override) for rounding in ROUNDING for override in OVERRIDE
    ):
        yield {
            "vat_rounding": rounding,
            "vat_override_tolerance": override,
            "inclusive_amount": ("gross", "net")[number % 2],
            "percentages": ("fraction", "whole")[number // 2 % 2],
            "payment_reference": list(REFERENCE)[number % 3],
            "your_ref_length": list(YOUR_REF)[number // 4],
            "description_length": list(DESCRIPTION)[(number + number // 4) % 3],
            "credit_note_type": ("21", "20")[number % 2],
        }


@tagged("standard", "post_install", "-at_install")
class TestProbes(ExactCase):
    """What no entry shows is measured in a test administration, and nothing stays behind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.division.action_read_accounts()
        cls.run_queue()
        cls.map_purchases(cls)
        cls.company_data["default_journal_sale"].exact_attachment_policy = "none"
        cls.division.is_test = True

    def _measure(self):
        action = self.division.action_measure()
        self.env[action["res_model"]].browse(action["res_id"]).action_measure()
        self.run_queue()
        self.division.invalidate_recordset()

    def _books(self):
        """All that is in Exact, numbers aside."""
        counts = self.simulator.control("GET", "state")["divisions"]
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        balances = self.simulator.control("GET", f"{self.division.code}/balances")
        return counts, entries, balances

    def _set_to_nothing_known(self):
        division = self.division.sudo()
        division.calibration_ids.unlink()
        division.write(
            {
                "vat_rounding": "line",
                "vat_override": "any",
                "vat_tolerance": 0,
                "inclusive_amount": "unknown",
                "percentages": "fraction",
                "reference_format": "as_is",
                "your_ref_length": 30,
                "description_length": 60,
                "line_description_length": 60,
            }
        )

    def _finding(self, rule):
        return self.division.calibration_ids.filtered(
            lambda row: (row.rule, row.source) == (rule, "probes")
        )

    def _assert_found(self, options):
        division = self.division
        override, tolerance = OVERRIDE[options["vat_override_tolerance"]]
        self.assertEqual(division.vat_rounding, options["vat_rounding"])
        self.assertEqual(division.vat_override, override)
        self.assertAlmostEqual(division.vat_tolerance, tolerance)
        self.assertEqual(division.inclusive_amount, options["inclusive_amount"])
        self.assertEqual(division.percentages, options["percentages"])
        self.assertEqual(division.reference_format, REFERENCE[options["payment_reference"]])
        self.assertEqual(division.your_ref_length, YOUR_REF[options["your_ref_length"]])
        length = DESCRIPTION[options["description_length"]]
        self.assertEqual(division.description_length, length)
        self.assertEqual(division.line_description_length, length)
        self.assertEqual(self._finding("credit_notes").finding, "Negative")
        self.assertEqual(set(division.calibration_ids.mapped("confidence")), {"sure"})
        self.assertFalse(any(division.calibration_ids.mapped("advice")))

    def _assert_land_or_are_held_back(self):
        high, low = self.tax(21), self.tax(6)
        moves = (
            self.invoice((0.12, high), (0.12, high), (0.12, high)),
            self.invoice((33.33, high), (19.99, low), (-5.0, high)),
        )
        self.run_queue()
        for move in moves:
            item = self.item(move)
            if item.state != "done":
                self.assertEqual(item.error_class, "preflight", item.message)
                self.assertIn("too much VAT", item.message)

    def test_every_way_of_computing_and_keeping_is_measured(self):
        for options in combinations():
            with self.subTest(**options):
                self.switch(**options)
                self._set_to_nothing_known()
                before = self._books()
                self._measure()
                self.assertFalse(self.division.probe_trouble)
                self.assertFalse(self.division.is_measuring)
                self._assert_found(options)
                self.assertEqual(self._books(), before, "nothing stays behind")
                self.assertEqual(
                    set(self.division.probe_ids.mapped("standing")) - {"gone", "never"}, set()
                )
                self._assert_land_or_are_held_back()

    def test_probes_outweigh_what_people_booked(self):
        self.switch(payment_reference="strip")
        self._measure()
        division = self.division.sudo()
        division._calibrated({"reference_format": {"as_is": ["24700001", "24700002"]}}, 2)
        self.assertEqual(division.reference_format, "plain")
        by_entries = division.calibration_ids.filtered(
            lambda row: row.source == "entries" and row.settings
        )
        self.assertIn("probes showed otherwise", by_entries.advice)

    def test_few_refusals_and_no_error_that_counts(self):
        self.switch(
            vat_override_tolerance="refuse",
            payment_reference="refuse",
            your_ref_length="refuse",
            description_length="refuse",
        )
        self._measure()
        refused = self.division.probe_ids.filtered("refusal")
        self.assertLessEqual(len(refused), 4)
        self.assertLessEqual(len(self.division.probe_ids), 12)
        calls = self.env["exact.call"].search([("item_id.res_model", "=", refused._name)])
        self.assertEqual(set(calls.mapped("status")) - {200, 201, 204, 500}, set())
        self.assertIn(refused[0].refusal, self._finding("vat_override").evidence)

    def test_where_not_even_a_plain_probe_is_taken_it_ends(self):
        journal = self.mirror("exact.journal", "700")
        self.simulator.control(
            "POST", f"{self.division.code}/block", {"kind": "journal", "code": journal.code}
        )
        self._measure()
        self.assertEqual(self.division.probe_ids.mapped("result"), ["refused"])
        self.assertEqual(self._finding("vat_rounding").confidence, "none")
        self.assertIn("locked", self._finding("vat_rounding").evidence)

    def test_what_exact_does_not_let_be_deleted_is_shown_until_it_is(self):
        before = self._books()
        self.switch(put_entry="refused")
        self._measure()
        [probe] = self.division.probe_ids
        self.assertEqual(self.division.probes_left, probe.entry_number)
        self.assertIn("Not allowed", self.division.probe_trouble)
        item = self.item(probe, "sales_probe")
        with self.assertRaisesRegex(UserError, "not cancelled"):
            item.action_cancel()
        with self.assertRaisesRegex(UserError, "not all gone"):
            self.division.action_measure()
        self.switch(put_entry="allowed")
        self.division.action_remove_probes()
        self.run_queue()
        self.division.invalidate_recordset()
        self.assertFalse(self.division.probes_left)
        self.assertEqual(self._books(), before)

    def test_stopped_in_between_nothing_stays(self):
        before = self._books()
        action = self.division.action_measure()
        self.env[action["res_model"]].browse(action["res_id"]).action_measure()
        self.fault("cut_after_commit", "POST", "SalesEntries$")
        with self.own_transactions():
            once = iter([False])
            self.env["exact.sync.run"]._run(lambda: next(once, False))
        self.division.invalidate_recordset()
        self.assertEqual(self.division.probes_left, self.division.probe_ids.reference)
        self.division.is_test = False
        self.run_queue()
        self.division.invalidate_recordset()
        self.assertFalse(self.division.probes_left)
        self.assertEqual(self._books(), before)
        self.assertEqual(len(self.division.probe_ids), 1)

    def test_what_is_lacking_is_said(self):
        relations = self.env["exact.account"].sudo()
        relations.search([("division_id", "=", self.division.id)]).active = False
        with self.assertRaisesRegex(UserError, "No customer of this administration"):
            self.division.action_measure()
        self.env["account.journal"].search([]).exact_journal_id = False
        with self.assertRaisesRegex(UserError, "No sales journal"):
            self.division.action_measure()

    def test_only_in_a_test_administration_and_only_by_a_manager(self):
        for role in ("user", "operator", "manager"):
            user = new_test_user(self.env, f"probing {role}", GROUP + role)
            division = self.division.with_user(user)
            self.division.is_test = True
            with self.subTest(role=role):
                if role == "manager":
                    division.is_test = False
                    with self.assertRaisesRegex(UserError, "test administration only"):
                        division.action_measure()
                    division.is_test = True
                    self.assertEqual(division.action_measure()["res_model"], "exact.measuring")
                    continue
                for refused in (division.action_measure, division.action_remove_probes):
                    with self.assertRaises(AccessError):
                        refused()
                with self.assertRaises(AccessError):
                    division.is_test = False
        told = self.division.message_ids.mapped("body")
        self.assertTrue(any("No longer a test administration" in body for body in told))
        self.assertFalse(self.division.probe_ids)

    def test_the_confirmation_says_what_will_happen(self):
        action = self.division.action_measure()
        plan = self.env[action["res_model"]].browse(action["res_id"]).plan
        for text in ("15 entries", "700", "600", "700000", "604000"):
            self.assertIn(text, plan)
