# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command, fields
from odoo.tests import tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestContactIn(ExactCase):
    """What people change in Exact comes to Odoo as the company wants it, and does not go back."""

    def setUp(self):
        super().setUp()
        self.company.write({"exact_contact_direction": "both"})
        self.customer.property_payment_term_id = False
        self._read()
        self.garage = self.env["res.partner"].create(
            {
                "name": "Garage",
                "is_company": True,
                "city": "Mechelen",
                "phone": "+32 15 00 00 00",
                "country_id": self.env.ref("base.be").id,
                "customer_rank": 1,
            }
        )
        self.account = self._mirror("100")
        self.binding = self._link(self.garage, self.account)

    def _read(self):
        self.division.action_read_accounts()
        self.run_queue()
        self.division.invalidate_recordset()
        self.env.invalidate_all()

    def _mirror(self, code):
        return (
            self.env["exact.account"]
            .with_context(active_test=False)
            .search([("division_id", "=", self.division.id), ("code", "=", code)])
        )

    def _link(self, partner, account):
        return self.env["exact.binding"]._link(
            self.division, self.company, "crm/Accounts", partner, account.exact_id, account.code
        )

    def _in_exact(self, account=None, **values):
        """What somebody does in Exact: change a relation there."""
        account = account or self.account
        with self.enter_registry_test_mode():
            self.connection.sudo()._client().put(
                self.division.code, "crm/Accounts", account.exact_id, values
            )

    def _block(self, kind="block", code="100"):
        self.simulator.control(
            "POST", f"{self.division.code}/{kind}", {"kind": "account", "code": code}
        )

    def _row(self, code="100"):
        rows = self.simulator.control("GET", f"{self.division.code}/accounts")["accounts"]
        return next(row for row in rows if row["Code"].strip() == code)

    def _notes(self, partner):
        return "\n".join(str(message.body) for message in partner.message_ids)

    def _created(self, name):
        return self.env["res.partner"].search([("name", "=", name)])

    # -- one side changed -----------------------------------------------------------------------

    def test_what_changed_in_exact_is_taken_over_and_told(self):
        self._in_exact(
            City="Brugge",
            AddressLine1="Markt 7",
            Postcode="8000",
            Email="nieuw@garage.example",
            Country="NL",
            Language="NL",
        )
        self._read()
        self.assertEqual(
            (self.garage.city, self.garage.street, self.garage.zip, self.garage.email),
            ("Brugge", "Markt 7", "8000", "nieuw@garage.example"),
        )
        self.assertEqual(self.garage.country_id.code, "NL")
        self.assertEqual(self.garage.name, "Garage", "what Exact did not change is left alone")
        self.assertEqual(self.garage.phone, "+32 15 00 00 00")
        self.assertIn("Mechelen → Brugge", self._notes(self.garage))

    def test_what_was_taken_over_does_not_go_back(self):
        self._in_exact(City="Brugge", Website="garage.example")
        self._read()
        self.assertFalse(self.item(self.garage, "contact"))
        self.assertEqual(
            self.env["exact.operation.contact"]._digest_of(self.garage), self.binding.digest
        )

    def test_our_own_change_does_not_come_back(self):
        self.company.exact_contact_owner = "exact"
        self.garage.phone = "+32 15 11 11 11"
        self.run_queue()
        self.assertEqual(self._row()["Phone"], "+32 15 11 11 11")
        self.garage.phone = "+32 15 22 22 22"
        self._read()
        self.assertEqual(self.garage.phone, "+32 15 22 22 22")
        self.assertEqual(self._row()["Phone"], "+32 15 22 22 22")
        self.assertNotIn("Relation 100", self._notes(self.garage))

    def test_what_was_emptied_in_exact_is_emptied(self):
        self._in_exact(Email="een@garage.example")
        self._read()
        self._in_exact(Email=None)
        self._read()
        self.assertFalse(self.garage.email)

    def test_payment_terms_come_by_their_mapping(self):
        term = self.env.ref("account.account_payment_term_30days")
        self.assertTrue(term.exact_payment_condition_id)
        self._in_exact(PaymentConditionSales=term.exact_payment_condition_id.code)
        self._read()
        self.assertEqual(self.garage.property_payment_term_id, term)

    def test_odoo_leads_by_default(self):
        self.company.exact_contact_direction = "to_exact"
        self._in_exact(City="Brugge")
        self._read()
        self.assertEqual(self.garage.city, "Mechelen")

    def test_where_exact_leads_nothing_but_roles_goes_there(self):
        self.company.exact_contact_direction = "to_odoo"
        self.garage.city = "Luik"
        self.assertFalse(self.item(self.garage, "contact"))
        self.garage.supplier_rank = 1
        self.env["exact.sync.queue"]._enqueue("contact", self.garage, self.company)
        self.run_queue()
        item = self.item(self.garage, "contact")
        self.assertEqual(item.state, "done", item.message)
        self.assertTrue(self._row()["IsSupplier"])
        self.assertNotEqual(self._row()["City"], "Luik")

    # -- both sides changed ---------------------------------------------------------------------

    def test_both_changed_and_odoo_wins(self):
        self.garage.city = "Luik"
        self._in_exact(City="Brugge", Email="nieuw@garage.example")
        self.company.exact_contact_owner = "odoo"
        self._hold_contact()
        self._read()
        self.assertEqual(self.garage.city, "Luik")
        self.assertEqual(self.garage.email, "nieuw@garage.example", "that only Exact changed")
        self.assertIn("changed on both sides", self._notes(self.garage))
        self.item(self.garage, "contact").action_retry()
        self.run_queue()
        self.assertEqual((self._row()["City"], self._row()["Email"]), ("Luik", self.garage.email))

    def test_both_changed_and_exact_wins(self):
        self.garage.write({"city": "Luik", "phone": "+32 15 33 33 33"})
        self._in_exact(City="Brugge")
        self.company.exact_contact_owner = "exact"
        self._hold_contact()
        self._read()
        self.assertEqual(self.garage.city, "Brugge")
        self.assertEqual(self.garage.phone, "+32 15 33 33 33", "that only Odoo changed")
        self.assertIn("Luik → Brugge", self._notes(self.garage))
        self.item(self.garage, "contact").action_retry()
        self.run_queue()
        self.assertEqual(
            (self._row()["City"], self._row()["Phone"]), ("Brugge", "+32 15 33 33 33")
        )

    def test_each_group_of_fields_may_have_its_own_rule(self):
        self.garage.write({"city": "Luik", "phone": "+32 15 33 33 33"})
        self._in_exact(City="Brugge", Phone="+32 15 44 44 44")
        self.company.exact_contact_owner = "odoo"
        self.company.exact_address_owner = "exact"
        self._hold_contact()
        self._read()
        self.assertEqual((self.garage.city, self.garage.phone), ("Brugge", "+32 15 33 33 33"))

    def _hold_contact(self):
        """Let the feed be read before Odoo's own change goes out."""
        later = fields.Datetime.add(fields.Datetime.now(), hours=1)
        self.item(self.garage, "contact").write({"due_on": later})

    # -- what Odoo refuses ----------------------------------------------------------------------

    def test_a_vat_number_that_odoo_refuses_stops_nothing(self):
        self.switch(vat_number_check="off")
        other = self.env["res.partner"].create(
            {"name": "Other", "customer_rank": 1, "is_company": True}
        )
        self._link(other, self._mirror("103"))
        self._in_exact(VATNumber="BE0000000001", City="Brugge")
        self._in_exact(self._mirror("103"), City="Namen")
        self._read()
        self.assertEqual((self.garage.city, self.garage.vat), ("Brugge", False))
        self.assertIn("BE0000000001 is not valid", self._notes(self.garage))
        self.assertEqual(other.city, "Namen")

    # -- blocks and deletions -------------------------------------------------------------------

    def test_a_block_is_flagged_and_held_before_a_document(self):
        self._block()
        self._read()
        self.assertEqual(self.garage.exact_account_trouble, "blocked")
        self.assertIn("was blocked in Exact Online", self._notes(self.garage))
        self.customer = self.garage
        move = self.invoice((10.0, self.tax(21)))
        self.count_calls("POST", ".*/salesentry/SalesEntries")
        self.run_queue()
        self.assertEqual(self.item(move).error_class, "preflight")
        self.assertIn("is blocked in Exact Online", self.item(move).message)
        self.assertEqual(self.calls_counted(), [0])
        self._block("unblock")
        self._read()
        self.assertFalse(self.garage.exact_account_trouble)
        self.assertIn("no longer blocked", self._notes(self.garage))
        self.item(move).action_retry()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)

    def test_a_deletion_is_flagged_and_nothing_is_lost(self):
        with self.enter_registry_test_mode():
            self.connection.sudo()._client().delete(
                self.division.code, "crm/Accounts", self.account.exact_id
            )
        self._read()
        self.assertEqual(self.garage.exact_account_trouble, "deleted")
        self.assertTrue(self.garage.active)
        self.assertTrue(self.binding.exists().exact_id)
        self.assertIn("was deleted in Exact Online", self._notes(self.garage))

    def _tasks(self):
        return self.initial_sync().activity_ids

    def test_contacts_on_which_nothing_can_be_booked_are_one_task(self):
        other = self.env["res.partner"].create({"name": "Other", "is_company": True})
        self._link(other, self._mirror("101"))
        responsible = self.env.ref("base.user_admin")
        self.company.exact_responsible_id = responsible
        self._block()
        self._block(code="102")  # which is nobody's
        self._read()
        task = self._tasks()
        self.assertEqual(len(task), 1)
        self.assertEqual(task.user_id, responsible)
        self.assertIn("Garage (100) is blocked", task.note)
        self.assertIn(f'data-oe-id="{self.garage.id}"', task.note)
        self.assertNotIn("(102)", task.note)
        self._block(code="101")
        self._read()
        self.assertEqual(self._tasks(), task, "the same task tells it")
        self.assertIn("Other (101) is blocked", task.note)
        written = task.write_date
        self._read()
        self.assertEqual((self._tasks(), task.write_date), (task, written))
        self._block("unblock")
        self._read()
        self.assertNotIn("Garage", task.note)
        other.active = False
        self._read()
        self.assertFalse(self._tasks(), "nothing is left to do")

    def test_a_deleted_relation_is_a_task_until_its_link_is_released(self):
        with self.enter_registry_test_mode():
            self.connection.sudo()._client().delete(
                self.division.code, "crm/Accounts", self.account.exact_id
            )
        self._read()
        self.assertIn("Garage (100) was deleted", self._tasks().note)
        self.binding.action_release()
        self._read()
        self.assertFalse(self._tasks())

    # -- new relations --------------------------------------------------------------------------

    def test_missing_contacts_are_created_when_wanted(self):
        self.assertFalse(self._created("Brouwerij De Zwaan NV"))
        self.company.exact_create_partners = True
        sure = self.env["res.partner"].create(
            {
                "name": "Dumont",
                "is_company": True,
                "vat": self._mirror("103").vat_number,
                "country_id": self.env.ref("base.be").id,
            }
        )
        doubtful = self.env["res.partner"].create(
            {"name": "Anybody", "is_company": True, "ref": "104"}
        )
        self._read()
        self.assertEqual(self._mirror("103").partner_id, sure, "certain: linked")
        self.assertFalse(self._mirror("104").partner_id, "doubtful: left to a person")
        self.assertFalse(doubtful._exact_bindings())
        created = self._mirror("111").partner_id
        self.assertEqual(created.name, "Smith Trading Ltd")
        self.assertEqual((created.country_id.code, created.customer_rank), ("GB", 1))
        self.assertFalse(self._mirror("108").partner_id, "blocked")
        self.assertFalse(self._mirror("107").partner_id, "a prospect")
        self.assertEqual(self._mirror("100").partner_id, self.garage)
        self.assertFalse(self.item(created, "contact"), "nothing goes back")
        count = self.env["res.partner"].search_count([])
        self.division._feed("accounts").sudo().cursor = False
        self._read()
        self.assertEqual(self.env["res.partner"].search_count([]), count, "not created twice")

    def test_an_archived_contact_is_not_created_again(self):
        self.garage.action_archive()
        other = self.env["res.partner"].create(
            {
                "name": "Dumont",
                "is_company": True,
                "active": False,
                "vat": self._mirror("103").vat_number,
                "country_id": self.env.ref("base.be").id,
            }
        )
        self.company.exact_create_partners = True
        self._read()
        item = self.item(self.division, "account_partners")
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(self._mirror("100").partner_id, self.garage)
        self.assertFalse(self._mirror("103").partner_id)
        self.assertFalse(other._exact_bindings())

    def test_nothing_is_created_unless_wanted(self):
        count = self.env["res.partner"].search_count([])
        self._read()
        self.assertEqual(self.env["res.partner"].search_count([]), count)

    # -- IBANs ----------------------------------------------------------------------------------

    def test_ibans_are_asked_for_those_that_nothing_else_finds(self):
        iban = "BE71096123456769"
        body = {"Account": self._mirror("103").exact_id, "BankAccount": iban}
        with self.enter_registry_test_mode():
            self.connection.sudo()._client().post(self.division.code, "crm/BankAccounts", body)
        partner = self.env["res.partner"].create(
            {
                "name": "By IBAN",
                "is_company": True,
                "supplier_rank": 1,
                "bank_ids": [
                    Command.create({"acc_number": iban}),
                    Command.create({"acc_number": "BE68539007547034"}),
                ],
            }
        )
        self.count_calls("GET", ".*/crm/BankAccounts")
        for _times in range(2):
            self.env["exact.sync.queue"]._enqueue("account_ibans", self.division)
            self.run_queue()
        [candidate] = self.env["exact.account"]._candidates(self.division, partner)[partner.id]
        self.assertEqual((candidate.account.code, candidate.rung), ("103", "iban"))
        self.assertTrue(candidate.is_certain)
        self.assertEqual(self.calls_counted(), [1], "one call for all, and not asked again")
