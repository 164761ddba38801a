# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..models.match_ladder import name_postcode_key
from .common import ExactCase

IBAN = "BE71096123456769"


@tagged("standard", "post_install", "-at_install")
class TestMatchLadder(ExactCase):
    """Contacts find their relations rung by rung; only what is certain is called so."""

    def setUp(self):
        super().setUp()
        self.accounts = self.env["exact.account"].sudo()
        self.number = 0

    def _account(self, **values):
        self.number += 1
        rows = [
            {
                "exact_id": f"00000000-0000-0000-0000-{self.number:012}",
                "code": f"9{self.number:05}",
                "name": f"Relation {self.number}",
                "status": "C",
                **values,
            }
        ]
        [(account, _before)] = self.accounts._upsert(self.division, rows)
        return account

    def _partner(self, **values):
        return self.env["res.partner"].create(
            {"name": f"Contact {self.number}", "is_company": True, "customer_rank": 1, **values}
        )

    def _match(self, *partners):
        partners = self.env["res.partner"].union(*partners)
        return self.accounts._candidates(self.division, partners)

    def _assert_one(self, partner, account, rung, is_certain):
        [candidate] = self._match(partner)[partner.id]
        self.assertEqual(
            (candidate.account, candidate.rung, candidate.is_certain), (account, rung, is_certain)
        )
        self.assertTrue(candidate.reason)
        return candidate

    # -- rungs ----------------------------------------------------------------------------------

    def test_nothing_in_common_is_no_candidate(self):
        self._account()
        partner = self._partner()
        self.assertEqual(self._match(partner), {partner.id: []})

    def test_what_is_linked_stays_so(self):
        account, partner = self._account(), self._partner()
        self._account(vat_key="BE0477472701")
        partner.vat = "BE0477472701"
        self._link(partner, account)
        self._assert_one(partner, account, "binding", True)

    def test_an_equal_code_is_doubtful(self):
        account = self._account()
        self._assert_one(self._partner(ref=account.code), account, "code", False)

    def test_an_equal_vat_number_is_certain(self):
        account = self._account(vat_key="BE0477472701")
        partner = self._partner(vat="BE 0477.472.701", country_id=self.env.ref("base.be").id)
        self._assert_one(partner, account, "vat", True)

    def test_an_equal_company_number_is_certain(self):
        account = self._account(company_key="80372580", country="NL")
        partner = self._partner(
            company_registry="80372580", country_id=self.env.ref("base.nl").id
        )
        self._assert_one(partner, account, "company_number", True)

    def test_a_belgian_company_number_is_in_the_vat_number(self):
        account = self._account(company_key="477472701", country="BE")
        partner = self._partner(vat="BE0477472701", country_id=self.env.ref("base.be").id)
        self._assert_one(partner, account, "company_number", True)

    def test_an_equal_iban_is_certain(self):
        account, partner = self._account(), self._partner()
        self._give_iban(partner)
        self.assertFalse(self._match(partner)[partner.id])
        self.env["exact.account.bank"].sudo()._store(
            self.division, [IBAN], [(IBAN, account.exact_id)]
        )
        self._assert_one(partner, account, "iban", True)

    def test_an_equal_email_is_doubtful(self):
        account = self._account(email="Info@Zwaan.example")
        self._assert_one(self._partner(email="info@zwaan.example"), account, "email", False)

    def test_an_equal_name_and_postcode_are_doubtful(self):
        account = self._account(name="Müller & Söhne G.m.b.H.", postcode="9000")
        partner = self._partner(name="Muller Sohne", zip="9000")
        self._assert_one(partner, account, "name_postcode", False)
        self.assertEqual(
            name_postcode_key("De Zwaan N.V.", "1234 ab"), name_postcode_key("de zwaan", "1234AB")
        )
        self.assertFalse(name_postcode_key("De Zwaan", ""))

    # -- certain or doubtful ----------------------------------------------------------------------

    def test_the_certain_one_comes_first(self):
        by_code, by_vat = self._account(), self._account(vat_key="BE0477472701")
        partner = self._partner(ref=by_code.code, vat="BE0477472701")
        found = self._match(partner)[partner.id]
        self.assertEqual([c.account for c in found], [by_vat, by_code])
        self.assertEqual([c.is_certain for c in found], [True, False])

    def test_two_relations_with_the_number_are_doubtful_and_both_listed(self):
        both = [self._account(vat_key="BE0477472701") for _n in range(2)]
        partner = self._partner(vat="BE0477472701")
        found = self._match(partner)[partner.id]
        self.assertCountEqual([c.account for c in found], both)
        self.assertFalse(any(c.is_certain for c in found))

    def test_two_contacts_for_one_relation_are_doubtful(self):
        account = self._account(vat_key="BE0477472701")
        partners = [self._partner(vat="BE0477472701") for _n in range(2)]
        for own in self._match(*partners).values():
            self.assertEqual([(c.account, c.is_certain) for c in own], [(account, False)])

    def test_two_numbers_that_lead_to_two_relations_are_doubtful(self):
        self._account(vat_key="NL803725803B01")
        self._account(company_key="80372580")
        partner = self._partner(vat="NL803725803B01", company_registry="80372580")
        found = self._match(partner)[partner.id]
        self.assertEqual([c.is_certain for c in found], [False, False])

    def test_an_iban_of_another_vat_number_is_doubtful(self):
        account = self._account(vat_key="BE0403401934")
        partner = self._partner(vat="BE0477472701")
        self._give_iban(partner)
        self.env["exact.account.bank"].sudo()._store(
            self.division, [IBAN], [(IBAN, account.exact_id)]
        )
        self._assert_one(partner, account, "iban", False)

    def test_what_is_linked_to_another_contact_is_doubtful(self):
        account = self._account(vat_key="BE0477472701")
        self._link(self._partner(), account)
        partner = self._partner(vat="BE0477472701")
        candidate = self._assert_one(partner, account, "vat", False)
        self.assertIn("linked to another contact", candidate.reason)

    def test_at_most_five_are_listed(self):
        for _n in range(9):
            self._account(email="info@group.example")
        partner = self._partner(email="info@group.example")
        self.assertEqual(len(self._match(partner)[partner.id]), 5)

    def test_relations_that_were_deleted_or_lie_elsewhere_are_none(self):
        gone = self._account(vat_key="BE0477472701")
        self.accounts._mark_deleted(self.division, [gone.exact_id])
        elsewhere = self.connection.division_ids - self.division
        self.accounts._upsert(
            elsewhere[:1], [{"exact_id": "x", "code": "1", "vat_key": "BE0477472701"}]
        )
        partner = self._partner(vat="BE0477472701")
        self.assertFalse(self._match(partner)[partner.id])

    # -- duplicates ---------------------------------------------------------------------------

    def test_duplicates_are_told_on_both_sides_with_what_hangs_on_each(self):
        self.division.action_read_accounts()
        self.run_queue()
        groups = self.accounts._duplicates(self.division)
        [garage] = [g for g in groups if "101" in g.records.mapped("code")]
        self.assertEqual(garage.records.mapped("code"), ["101", "102"])
        self.env["account.move"].search([("partner_id", "=", self.customer.id)])
        twin = self.customer.copy({"vat": self.customer.vat, "customer_rank": 1})
        self.invoice((10.0, self.tax(21)))
        self._link(self.customer, garage.records[0])
        [group] = self.env["res.partner"]._exact_duplicates(self.company)
        self.assertEqual(group.records, self.customer + twin)
        self.assertEqual(group.moves, {self.customer.id: 1, twin.id: 0})
        self.assertEqual(group.links, {self.customer.id: "101", twin.id: False})
        [garage] = [
            g for g in self.accounts._duplicates(self.division) if g.records == garage.records
        ]
        self.assertEqual(garage.moves[garage.records[0].id], 1)
        self.assertEqual(garage.links[garage.records[0].id], self.customer)

    # -- links ----------------------------------------------------------------------------------

    def test_linking_makes_no_call_and_sends_nothing(self):
        account, partner = self._account(), self._partner(city="Gent")
        self.count_calls("GET", ".*")
        self.count_calls("POST|PUT", ".*")
        self._link(partner, account)
        self.assertEqual(self.calls_counted(), [0, 0])
        self.assertFalse(self.item(partner, "contact"))
        partner.comment = "does not travel"
        self.assertFalse(self.item(partner, "contact"))
        self.assertEqual(account.partner_id, partner)
        mine = [("division_id", "=", self.division.id)]
        other = self._account()
        for domain, found in (
            ([("partner_id", "=", False)], other),
            ([("partner_id", "!=", False)], account),
            ([("partner_id", "=", partner.id)], account),
            ([("partner_id", "!=", partner.id)], other),
        ):
            self.assertEqual(self.accounts.search(mine + domain), found, domain)

    def test_after_linking_only_what_changed_travels(self):
        account, partner = self._real("100"), self._partner(city="Gent", phone="+32 1 23")
        self._link(partner, account)
        partner.phone = "+32 4 56"
        self.run_queue()
        item = self.item(partner, "contact")
        self.assertEqual(item.state, "done", item.message)
        row = self._row("100")
        self.assertEqual(row["Phone"], "+32 4 56")
        self.assertEqual((row["Name"], row["City"]), (account.name, account.city))

    def test_a_role_that_the_relation_lacks_is_put(self):
        account = self._real("106")
        self.assertEqual((account.status, account.is_supplier), ("A", False))
        partner = self._partner(customer_rank=0, supplier_rank=1)
        self._link(partner, account)
        self.run_queue()
        item = self.item(partner, "contact")
        self.assertEqual(item.state, "done", item.message)
        self.assertTrue(self._row("106")["IsSupplier"])
        self.assertEqual(self._row("106")["Name"], account.name)

    def test_what_is_taken_is_refused_in_words(self):
        account, partner = self._account(), self._partner()
        self._link(partner, account)
        with self.assertRaisesRegex(UserError, "Undo that first"):
            self._link(self._partner(), account)
        with self.assertRaisesRegex(UserError, "Undo that first"):
            self._link(partner, self._account())
        partner.unlink()
        other = self._partner()
        self._link(other, account)
        self.assertEqual(account.partner_id, other)

    def test_a_link_is_undone_until_something_hangs_on_it(self):
        account, partner = self._real("100"), self._partner(vat="BE0403401934")
        self._link(partner, account)._unlink_from_exact()
        self.assertFalse(account.partner_id)
        binding = self._link(partner, account)
        self.customer = partner
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        with self.assertRaisesRegex(UserError, "not undone"):
            binding._unlink_from_exact()

    def test_what_odoo_created_there_is_not_unlinked(self):
        self.invoice((10.0, self.tax(21)))
        self.run_queue()
        with self.assertRaisesRegex(UserError, "created in Exact Online from Odoo"):
            self.customer._exact_bindings()._unlink_from_exact()

    def _link(self, partner, account):
        return self.env["exact.binding"]._link(
            self.division,
            self.company,
            "crm/Accounts",
            partner,
            account.exact_id,
            account.code,
        )

    def _give_iban(self, partner):
        partner.bank_ids = [Command.create({"acc_number": IBAN})]

    def _real(self, code):
        """A relation that is in the simulator too."""
        self.division.action_read_accounts()
        self.run_queue()
        return self.accounts.search(
            [("division_id", "=", self.division.id), ("code", "=", code)]
        )

    def _row(self, code):
        rows = self.simulator.control("GET", f"{self.division.code}/accounts")["accounts"]
        return next(row for row in rows if row["Code"].strip() == code)
