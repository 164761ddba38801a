# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import ExactCase

IBAN = "BE71096123456769"


@tagged("standard", "post_install", "-at_install")
class TestContactOut(ExactCase):
    """What hangs on a contact follows it to Exact; merges and archiving lose nothing."""

    def _send(self, partner=None):
        self.customer = partner or self.customer
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        return move

    def _rows(self, resource, *select):
        binding = self.customer._exact_bindings().filtered(
            lambda binding: binding.company_id == self.company
        )
        with self.enter_registry_test_mode():
            rows = list(
                self.connection.sudo()
                ._client()
                .read(self.division.code, resource, select=("ID", "Account", *select))
            )
        return [row for row in rows if row["Account"] == binding.exact_id]

    def _child(self, **values):
        return self.env["res.partner"].create({"parent_id": self.customer.id, **values})

    # -- persons and addresses ------------------------------------------------------------------

    def test_persons_and_addresses_follow_their_contact(self):
        person = self._child(
            name="Jan van der Berg", type="contact", email="jan@example.com", function="Buyer"
        )
        self._child(name="Mononym", type="contact")
        self._child(
            name="Depot", type="delivery", street="Kade 1", zip="2000", city="Antwerpen"
        )
        self._child(name="Books", type="invoice", street="Laan 2", zip="9000", city="Gent")
        self._child(name="Nowhere", type="delivery")
        self._child(name="Secret", type="other", street="Pad 3")
        self._send()
        persons = self._rows(
            "crm/Contacts", "FirstName", "LastName", "Email", "JobTitleDescription"
        )
        self.assertCountEqual(
            [
                (row["FirstName"], row["LastName"], row["Email"], row["JobTitleDescription"])
                for row in persons
            ],
            [
                ("Jan", "van der Berg", "jan@example.com", "Buyer"),
                ("Mononym", "-", None, None),
            ],
        )
        addresses = self._rows("crm/Addresses", "Type", "AddressLine1", "Postcode", "City")
        self.assertCountEqual(
            [(a["Type"], a["AddressLine1"], a["Postcode"], a["City"]) for a in addresses],
            [(4, "Kade 1", "2000", "Antwerpen"), (3, "Laan 2", "9000", "Gent")],
        )
        items = self.env["exact.sync.queue"].search(
            [("operation", "in", ("contact_person", "address"))]
        )
        self.assertEqual(items.mapped("state"), ["done"] * 4, items.mapped("message"))
        person.function = "Chief"
        person.comment = "does not travel"
        self.run_queue()
        persons = self._rows("crm/Contacts", "FirstName", "JobTitleDescription")
        self.assertIn("Chief", [p["JobTitleDescription"] for p in persons])
        self.assertEqual(len(persons), 2)
        self.assertEqual(self.item(person, "contact_person").state, "done")

    def test_nothing_hangs_on_a_contact_that_is_not_there(self):
        person = self._child(name="Jan Berg", type="contact")
        person.function = "Buyer"
        self.assertFalse(self.item(person, "contact_person"))

    def test_a_person_that_is_there_is_linked_and_made_equal(self):
        self._send()
        exact_id = self.customer._exact_bindings().exact_id
        body = {"Account": exact_id, "FirstName": "Jan", "LastName": "Berg"}
        with self.enter_registry_test_mode():
            self.connection.sudo()._client().post(self.division.code, "crm/Contacts", body)
        person = self._child(name="Jan Berg", type="contact", email="jan@example.com")
        self.run_queue()
        item = self.item(person, "contact_person")
        self.assertEqual(item.state, "done", item.message)
        rows = self._rows("crm/Contacts", "FirstName", "Email")
        self.assertEqual([row["Email"] for row in rows], ["jan@example.com"])

    def test_a_lost_answer_does_not_create_a_person_twice(self):
        self._send()
        self.fault("cut_after_commit", "POST", ".*/crm/Contacts", times="once")
        person = self._child(name="Jan Berg", type="contact")
        self.run_queue()
        self.run_queue()
        self.assertEqual(self.item(person, "contact_person").state, "done")
        self.assertEqual(len(self._rows("crm/Contacts")), 1)

    # -- roles ----------------------------------------------------------------------------------

    def test_a_document_waits_for_the_role_that_it_needs(self):
        self.customer.write({"customer_rank": 0, "supplier_rank": 1})
        self.env["exact.sync.queue"]._enqueue("contact", self.customer, self.company)
        self.run_queue()
        [row] = self._accounts(self.customer.name)
        self.assertEqual((row["Status"], row["IsSupplier"]), ("A", True))
        self._send()
        [row] = self._accounts(self.customer.name)
        self.assertEqual((row["Status"], row["IsSupplier"]), ("C", True))

    def test_who_creates_no_contacts_is_told_to_link_them(self):
        self.company.exact_create_contacts = False
        move = self.invoice((10.0, self.tax(21)))
        self.count_calls("POST", ".*/crm/Accounts")
        self.run_queue()
        item = self.item(self.customer, "contact")
        self.assertEqual((item.state, item.error_class), ("failed", "preflight"))
        self.assertIn("Link it", item.message)
        self.assertEqual(self.calls_counted(), [0])
        self.assertEqual(move.exact_state, "problem")

    def _accounts(self, name):
        accounts = self.simulator.control("GET", f"{self.division.code}/accounts")["accounts"]
        return [account for account in accounts if account["Name"] == name]

    def test_what_is_emptied_in_odoo_is_emptied_in_exact(self):
        self._send()
        self.customer.write({"phone": False, "email": False})
        self.run_queue()
        [row] = self._accounts(self.customer.name)
        self.assertFalse(row.get("Phone") or row.get("Email"))
        self.assertEqual(self.item(self.customer, "contact").state, "done")

    def test_a_term_that_odoo_no_longer_knows_is_left_as_it_is(self):
        self.customer.property_payment_term_id = self.env.ref("account.account_payment_term_30days")
        self._send()
        self.customer.property_payment_term_id = False
        self.run_queue()
        self.assertEqual(self.item(self.customer, "contact").state, "done")
        [row] = self._accounts(self.customer.name)
        self.assertEqual(row["PaymentConditionSales"], "30")

    def test_many_edits_are_one_change(self):
        self._send()
        self.count_calls("PUT", ".*/crm/Accounts")
        for city in ("Gent", "Brugge", "Namen"):
            self.customer.city = city
        self.run_queue()
        self.assertEqual(self.calls_counted(), [1])

    def test_whoever_keeps_contacts_needs_no_role_of_this_addon(self):
        self.customer.property_payment_term_id = self.env.ref("account.account_payment_term_30days")
        self._send()
        child = self._child(name="Jan Berg", type="contact")
        self.run_queue()
        keeper = new_test_user(self.env, "keeper", "base.group_user,base.group_partner_manager")
        self.customer.with_user(keeper).city = "Gent"
        child.with_user(keeper).function = "Buyer"
        self.assertEqual(self.item(self.customer, "contact").state, "ready")
        self.run_queue()
        self.assertEqual(self.item(self.customer, "contact").state, "done")
        self.assertEqual(self.item(child, "contact_person").state, "done")

    # -- bank accounts --------------------------------------------------------------------------

    def test_who_trusted_a_bank_account_is_told_when_it_goes(self):
        self._send()
        bank = self.env["res.partner.bank"].create(
            {"acc_number": IBAN, "partner_id": self.customer.id, "allow_out_payment": False}
        )
        self.assertFalse(self.item(bank, "bank_account"))
        bank.allow_out_payment = True
        notes = "\n".join(str(message.body) for message in self.customer.message_ids)
        self.assertIn("BE71…6769", notes)
        self.assertNotIn(IBAN, notes.replace(" ", ""))
        self.assertIn(self.env.user.name, notes)
        self.assertEqual(bank.exact_trusted_by_id, self.env.user)
        self.run_queue()
        self.assertEqual(self.item(bank, "bank_account").state, "done")

    def test_a_user_without_the_right_sends_no_bank_account(self):
        self._send()
        user = new_test_user(
            self.env, "clerk", "base.group_partner_manager,account.group_account_invoice"
        )
        self.assertFalse(user.has_group("account.group_validate_bank_account"))
        bank = (
            self.env["res.partner.bank"]
            .with_user(user)
            .create({"acc_number": IBAN, "partner_id": self.customer.id, "allow_out_payment": True})
        )
        self.assertFalse(bank.sudo().exact_trusted_by_id)
        self.assertFalse(self.item(bank, "bank_account"))

    # -- merge, archive, delete -----------------------------------------------------------------

    def test_a_merge_hands_the_link_to_the_one_that_stays(self):
        self._send()
        exact_id = self.customer._exact_bindings().exact_id
        stays = self.customer.copy({"name": "Stays", "vat": self.customer.vat})
        self._merge(self.customer, stays)
        self.assertFalse(self.customer.exists())
        self.assertEqual(stays._exact_bindings().exact_id, exact_id)
        self._send(stays)
        self.assertEqual(len(self._accounts("Stays")), 1)

    def test_a_merge_of_two_that_are_linked_keeps_one_and_says_so(self):
        self._send()
        other = self.env["res.partner"].create(
            {"name": "Other", "is_company": True, "customer_rank": 1}
        )
        gone, stays = self.customer, other
        self._send(other)
        kept = stays._exact_bindings().exact_id
        code = gone._exact_bindings().code
        self._merge(gone, stays)
        self.assertEqual(stays._exact_bindings().exact_id, kept)
        notes = "\n".join(str(message.body) for message in stays.message_ids)
        self.assertIn(f"{code} is no longer", notes)

    def _merge(self, gone, stays):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((gone + stays).ids, stays)

    def test_archiving_deletes_nothing_in_exact(self):
        self._send()
        self.customer.action_archive()
        self.run_queue()
        [row] = self._accounts(self.customer.name)
        self.assertFalse(row["Blocked"])
        self.assertTrue(self.customer._exact_bindings().exact_id)

    def test_a_deleted_contact_breaks_no_look_up(self):
        partner = self.customer.copy({"name": "Short lived", "vat": False, "ref": False})
        self.env["exact.sync.queue"]._enqueue("contact", partner, self.company)
        self.run_queue()
        binding = partner._exact_bindings()
        exact_id = binding.exact_id
        partner.unlink()
        self.division.action_read_accounts()
        self.run_queue()
        again = self.env["res.partner"].create(
            {"name": "Short lived", "is_company": True, "customer_rank": 1}
        )
        again.write({"zip": "1000", "country_id": self.env.ref("base.be").id})
        self.env["exact.account"]._candidates(self.division, again)
        self._send(again)
        self.assertEqual(again._exact_bindings().exact_id, exact_id)
        self.assertTrue(binding.exists(), "kept for whoever audits")
        self.assertFalse(binding.exact_id)

    def test_merged_bank_accounts_break_nothing(self):
        self._send()
        values = {"acc_number": IBAN, "allow_out_payment": True}
        bank = self.env["res.partner.bank"].create({**values, "partner_id": self.customer.id})
        self.run_queue()
        self.assertEqual(self.item(bank, "bank_account").state, "done")
        stays = self.customer.copy({"name": "Stays", "vat": self.customer.vat})
        own = self.env["res.partner.bank"].create({**values, "partner_id": stays.id})
        self._merge(self.customer, stays)
        bank = (bank + own).exists()
        self.env["exact.sync.queue"]._enqueue("bank_account", bank, self.company)
        self.run_queue()
        item = self.item(bank, "bank_account")
        self.assertEqual(item.state, "done", item.message)

    # -- two companies --------------------------------------------------------------------------

    def test_a_contact_of_two_companies_is_in_each_administration(self):
        other = self.env["res.company"].create(
            {
                "name": "Second",
                "country_id": self.env.ref("base.be").id,
                "currency_id": self.company.currency_id.id,
            }
        )
        second = self.connection.division_ids.filtered(lambda d: d.code == 320102)
        self.connection.company_ids = [Command.link(other.id)]
        other.exact_division_id = second
        self._send()
        self.env["exact.sync.queue"]._enqueue("contact", self.customer, other)
        self.run_queue()
        bindings = self.customer._exact_bindings()
        self.assertEqual(bindings.division_id, self.division + second)
        self.assertEqual(len(set(bindings.mapped("exact_id"))), 2)
        self.customer.city = "Gent"
        self.run_queue()
        for code in (self.division.code, second.code):
            accounts = self.simulator.control("GET", f"{code}/accounts")["accounts"]
            [row] = [row for row in accounts if row["Name"] == self.customer.name]
            self.assertEqual(row["City"], "Gent")
