# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo.tests import tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestContact(ExactCase):
    def _accounts(self, name):
        accounts = self.simulator.control("GET", f"{self.division.code}/accounts")["accounts"]
        return [account for account in accounts if account["Name"] == name]

    def _send(self, partner):
        self.customer = partner
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        return move

    def test_a_new_customer_is_created_with_all_that_is_known(self):
        self.customer.property_payment_term_id = self.env.ref("account.account_payment_term_30days")
        self._send(self.customer)
        [account] = self._accounts(self.customer.name)
        self.assertEqual(
            {
                name: account[name]
                for name in (
                    "Status",
                    "IsSupplier",
                    "AddressLine1",
                    "Postcode",
                    "City",
                    "VATNumber",
                    "Email",
                    "Phone",
                    "Language",
                    "PaymentConditionSales",
                )
            },
            {
                "Status": "C",
                "IsSupplier": False,
                "AddressLine1": "Grote Markt 1",
                "Postcode": "1000",
                "City": "Brussel",
                "VATNumber": "BE0477472701",
                "Email": "boekhouding@example.com",
                "Phone": "+32 2 555 12 12",
                "Language": "EN",
                "PaymentConditionSales": "30",
            },
        )
        self.assertEqual(account["Country"].strip(), "BE")
        item = self.item(self.customer, "contact")
        self.assertEqual(item.state, "done", item.message)
        self.assertEqual(item.exact_number, account["Code"].strip())

    def test_a_contact_person_is_booked_on_his_company(self):
        person = self.env["res.partner"].create(
            {"name": "Jan", "parent_id": self.customer.id, "type": "contact"}
        )
        move = self._send(person)
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertFalse(self._accounts("Jan"))

    def test_a_customer_that_is_there_is_linked_and_not_overwritten(self):
        self._send(self.customer)
        self.env["exact.binding"].sudo().search([("res_model", "=", "res.partner")]).unlink()
        self.customer.write({"street": "Another street 5", "name": "Another name"})
        move = self._send(self.customer)
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertFalse(self._accounts("Another name"), "neither created nor renamed")
        self.assertIn("nothing overwritten", self.item(self.customer, "contact").evidence)

    def test_a_customer_that_is_there_twice_is_a_conflict(self):
        accounts = self.simulator.control("GET", f"{self.division.code}/accounts")["accounts"]
        numbers = [account["VATNumber"] for account in accounts if account.get("VATNumber")]
        twice = next(number for number in numbers if numbers.count(number) > 1)
        partner = self.env["res.partner"].create(
            {"name": "Twice", "vat": twice, "country_id": self.env.ref("base.be").id}
        )
        move = self._send(partner)
        item = self.item(partner, "contact")
        self.assertEqual((item.state, item.error_class), ("failed", "conflict"))
        self.assertIn("2 times", item.message)
        self.assertEqual(move.exact_state, "problem")

    def test_a_lost_answer_does_not_create_a_customer_twice(self):
        self.fault("cut_after_commit", "POST", ".*/crm/Accounts", times="once")
        move = self._send(self.customer)
        self.run_queue()
        self.assertEqual(self.item(move).state, "done", self.item(move).message)
        self.assertEqual(len(self._accounts(self.customer.name)), 1)

    def test_a_change_follows_but_only_of_what_travels(self):
        self._send(self.customer)
        self.customer.comment = "not for Exact"
        self.assertEqual(self.item(self.customer, "contact").state, "done")
        self.customer.city = "Gent"
        self.assertEqual(self.item(self.customer, "contact").state, "ready")
        self.run_queue()
        self.assertEqual(self.item(self.customer, "contact").state, "done")
        [account] = self._accounts(self.customer.name)
        self.assertEqual(account["City"], "Gent")

    def test_a_supplier_that_becomes_a_customer_gets_the_role(self):
        self.switch(accounts_post_reply="full")
        self._send(self.customer)
        [account] = self._accounts(self.customer.name)
        self.customer.supplier_rank = 1
        self.customer.email = "new@example.com"
        self.run_queue()
        [account] = self._accounts(self.customer.name)
        self.assertTrue(account["IsSupplier"])
        self.assertEqual(account["Status"], "C")

    def test_only_trusted_bank_accounts_travel(self):
        self.env["res.partner.bank"].create(
            [
                {
                    "acc_number": "BE71096123456769",
                    "partner_id": self.customer.id,
                    "allow_out_payment": True,
                },
                {"acc_number": "BE68539007547034", "partner_id": self.customer.id},
            ]
        )
        self._send(self.customer)
        items = self.env["exact.sync.queue"].search([("operation", "=", "bank_account")])
        self.assertEqual(items.mapped("state"), ["done"])
        self.assertEqual(items.name.replace(" ", ""), "BE71096123456769")

    def test_two_contacts_of_odoo_are_not_one_account_unnoticed(self):
        self._send(self.customer)
        twin = self.customer.copy({"name": "A branch", "vat": self.customer.vat})
        move = self._send(twin)
        item = self.item(twin, "contact")
        self.assertEqual((item.state, item.error_class), ("failed", "conflict"))
        self.assertIn("is linked to it already", item.message)
        self.assertEqual(move.exact_state, "problem")

    def test_a_refused_contact_is_not_sent_again_by_each_invoice_of_it(self):
        self.fault(
            "status",
            "POST",
            ".*/crm/Accounts",
            times="always",
            status=500,
            body={"error": {"code": "", "message": {"lang": "", "value": "Invalid: Email"}}},
        )
        moves = self.env["account.move"]
        for _number in range(3):
            moves += self._send(self.customer)
        self.assertEqual(self.item(self.customer, "contact").state, "failed")
        self.assertEqual(moves.mapped("exact_state"), ["problem"] * 3)
        self.assertEqual(self.calls_counted(), [1])

    def test_the_list_of_invoices_is_searched_by_where_they_stand(self):
        done = self._send(self.customer)
        unmapped = self.tax(6)
        failed = self.invoice((10.0, unmapped))
        unmapped.exact_vat_code_id = False
        self.run_queue()
        queued = self.invoice((10.0, self.tax(21)))
        draft = self.invoice((10.0, self.tax(21)), post=False)
        for state, move in (
            ("done", done),
            ("problem", failed),
            ("queued", queued),
            (False, draft),
        ):
            self.assertEqual(move.exact_state, state)
            found = self.env["account.move"].search(
                [("exact_state", "=", state), ("id", "in", (done + failed + queued + draft).ids)]
            )
            self.assertEqual(found, move, state)

    def test_a_trusted_bank_account_that_comes_later_travels(self):
        self._send(self.customer)
        bank = self.env["res.partner.bank"].create(
            {"acc_number": "BE71096123456769", "partner_id": self.customer.id}
        )
        self.assertFalse(self.item(bank, "bank_account"))
        bank.allow_out_payment = True
        self.run_queue()
        self.assertEqual(self.item(bank, "bank_account").state, "done")
