# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

import requests

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestReach(ExactCase):
    """Both books lead to each other, and a person sends by hand what does not go by itself."""

    def setUp(self):
        super().setUp()
        self.journal = self.company_data["default_journal_sale"]
        self.journal.exact_attachment_policy = "none"
        self.parameters = self.env["ir.config_parameter"].sudo()

    def move_to(self, address):
        """Have the database answer at another address; a manager says that it is no copy."""
        self.parameters.set_param("web.base.url", address)
        self.connection.sudo().fingerprint = self.connection._current_fingerprint()

    # -- from Exact to Odoo -----------------------------------------------------------------------

    def test_an_entry_carries_the_address_of_its_document(self):
        self.move_to("https://books.example.com")
        move = self.invoice((100.0, self.tax(21)))
        self.map_purchases()
        bill = self.bill((50.0, self.chart("attn_VAT-IN-V81-21")))
        self.run_queue()
        for document in (move, bill):
            address = f"https://books.example.com/odoo/account.move/{document.id}"
            self.assertEqual(document.exact_state, "done")
            self.assertEqual(self.header(document)["ExternalLinkReference"], address)

    def header(self, move):
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        [header] = [
            entry["header"]
            for entry in entries
            if str(entry["header"]["EntryNumber"]) == move.exact_number
        ]
        return header

    def test_another_address_of_odoo_changes_nothing_that_is_booked(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        before = self.header(move)
        self.move_to("https://moved.example.com")
        self.count_calls("*", ".*salesentry")
        move.action_exact_send()
        self.run_queue()
        self.assertEqual(self.item(move).state, "done")
        self.assertEqual(self.calls_counted(), [0], "proven by the ledger alone")
        self.assertEqual(self.header(move), before)

    def test_a_replaced_entry_carries_the_address_too(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        move.button_draft()
        move.invoice_line_ids.price_unit = 10.0
        move.action_post()
        self.run_queue()
        self.assertTrue(self.header(move)["ExternalLinkReference"].endswith(f"/{move.id}"))
        self.assertEqual(self.header(move)["AmountFC"], move.amount_total)

    # -- from Odoo to Exact -----------------------------------------------------------------------

    def test_a_document_opens_its_document_in_exact_else_its_contact(self):
        contact = f"{self.simulator.url}/docs/CRMAccountCard.aspx?_Division_={self.division.code}"
        move = self.invoice((100.0, self.tax(21)))
        self.assertFalse(move.exact_url, "it is not there yet")
        with self.assertRaisesRegex(UserError, "not in Exact Online"):
            move.action_exact_open()
        self.run_queue()
        self.assertTrue(move.exact_url.startswith(contact), move.exact_url)
        self.assertEqual(self.customer.exact_url, move.exact_url)
        self.journal.exact_attachment_policy = "main"
        with_pdf = self.invoice((50.0, self.tax(21)))
        self.run_queue()
        address = with_pdf.action_exact_open()["url"]
        self.assertIn(f"{self.simulator.url}/docs/DocViewContent.aspx", address)
        for url, shown in ((address, with_pdf.name), (move.exact_url, "O&#39;Brien")):
            page = requests.get(url, timeout=20)
            self.assertEqual(page.status_code, 200)
            self.assertIn(shown, page.text)

    # -- by hand ----------------------------------------------------------------------------------

    def test_send_now_goes_ahead_of_everything_else(self):
        earlier = self.invoice((10.0, self.tax(21)))
        move = self.invoice((100.0, self.tax(21)))
        self.assertEqual(move.exact_offer, "send")
        triggers = self.env["ir.cron.trigger"].sudo()
        woken = triggers.search_count([])
        move.action_exact_send_now()
        self.assertGreater(triggers.search_count([]), woken)
        run = iter((True, True, False))  # it asks for its contact, which goes, then it goes
        with self.own_transactions():
            self.env["exact.sync.run"]._run(lambda: next(run, False))
        self.assertTrue(self.entries(move))
        self.assertFalse(self.entries(earlier))
        self.run_queue()
        self.assertEqual(earlier.exact_state, "done")

    def test_a_journal_that_sends_by_button_has_the_button(self):
        self.journal.exact_mode = "button"
        move = self.invoice((100.0, self.tax(21)))
        self.assertFalse(self.item(move))
        self.assertEqual(move.exact_offer, "send")
        move.action_exact_send_now()
        self.run_queue()
        move.invalidate_recordset()
        self.assertEqual((move.exact_state, move.exact_offer), ("done", "again"))

    def test_no_button_where_nothing_would_be_sent(self):
        draft = self.invoice((100.0, self.tax(21)), post=False)
        self.assertFalse(draft.exact_offer)
        self.journal.exact_is_sent = False
        move = self.invoice((100.0, self.tax(21)))
        self.assertFalse(move.exact_offer)
        with self.assertRaisesRegex(UserError, "Nothing is sent"):
            move.action_exact_send_now()

    def test_send_again_compares_and_what_was_changed_follows(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        writes = self.writes_made()
        move.action_exact_send_now()
        self.run_queue()
        self.assertEqual((self.item(move).state, self.writes_made()), ("done", writes))
        self.change_entry(move, {"YourRef": "typed over"})
        move.action_exact_send_now()
        self.run_queue()
        self.assertEqual(self.item(move).state, "differs", "somebody changed it in Exact")

    def writes_made(self):
        return self.env["exact.call"].search_count([("method", "!=", "GET")])

    def change_entry(self, move, values):
        """As a bookkeeper would, in Exact."""
        [entry] = self.entries(move)
        with self.enter_registry_test_mode():
            client = self.connection._client()
            client.put(self.division.code, "salesentry/SalesEntries", entry["entry_id"], values)

    # -- made ready again -------------------------------------------------------------------------

    def test_items_of_any_state_are_made_ready_again_and_nothing_is_booked_twice(self):
        self.fault("drop_gl_link", "POST", ".*/salesentry/SalesEntries", times="once")
        differs = self.invoice((10.0, self.tax(21)))
        done = self.invoice((20.0, self.tax(21)))
        self.run_queue()
        cancelled = self.invoice((30.0, self.tax(21)))
        self.item(cancelled).action_cancel()
        unmapped, code = self.tax(6), self.tax(6).exact_vat_code_id
        failed = self.invoice((40.0, unmapped))
        unmapped.exact_vat_code_id = False
        self.run_queue()
        moves = differs | done | cancelled | failed
        items = self.env["exact.sync.queue"].union(*map(self.item, moves))
        self.assertEqual(set(items.mapped("state")), {"differs", "done", "cancelled", "failed"})
        unmapped.exact_vat_code_id = code
        answer = (items | self.item(self.customer, "contact")).action_make_ready()
        self.assertIn("Made ready again: 5.", answer["params"]["message"])
        self.run_queue()
        states = [self.item(move).state for move in moves]
        self.assertEqual(states, ["differs", "done", "done", "done"])
        self.assertEqual([len(self.entries(move)) for move in moves], [1, 1, 1, 1])

    def test_what_cannot_be_made_ready_is_told(self):
        move = self.invoice((10.0, self.tax(21)))
        item = self.item(move)
        item.action_cancel()
        move.button_draft()
        answer = item.action_make_ready()
        self.assertIn("Left as they are: 1", answer["params"]["message"])
        self.assertEqual(self.item(move).state, "cancelled")

    def test_chosen_documents_are_made_ready_again(self):
        moves = self.invoice((10.0, self.tax(21))) | self.invoice((20.0, self.tax(21)))
        self.run_queue()
        self.journal.exact_is_sent = False
        new = self.invoice((30.0, self.tax(21)))
        answer = (moves | new).action_exact_make_ready()
        self.assertIn("Made ready again: 2.", answer["params"]["message"])
        self.assertIn("Left as they are: 1", answer["params"]["message"])
        self.run_queue()
        self.assertEqual(set(moves.mapped("exact_state")), {"done"})
        self.assertFalse(self.item(new))

    def test_only_an_operator_does_any_of_this(self):
        move = self.invoice((10.0, self.tax(21)))
        group = "exact_online_connector.group_exact_user"
        seer = new_test_user(self.env, "reader", f"account.group_account_readonly,{group}")
        for act in (
            move.with_user(seer).action_exact_send_now,
            move.with_user(seer).action_exact_make_ready,
            self.item(move).with_user(seer).action_make_ready,
        ):
            with self.assertRaises(AccessError):
                act()

    # -- linked to an existing entry --------------------------------------------------------------

    def booked_by_hand(self, *prices, **values):
        """Invoices that somebody booked in Exact by other means than this addon."""
        moves = self.env["account.move"].union(
            *(self.invoice((price, self.tax(21)), **values) for price in prices)
        )
        self.run_queue()
        self.assertEqual(set(moves.mapped("exact_state")), {"done"})
        self.env["exact.sync.queue"].sudo().search([]).unlink()
        bindings = self.env["exact.binding"].sudo().search([])
        (bindings - self.customer._exact_bindings()).unlink()
        moves.invalidate_recordset()
        return moves

    def link(self, move):
        """What its button opens, once Exact was searched."""
        self.assertTrue(move.exact_may_be_linked)
        link = self.env["exact.entry.link"].browse(move.action_exact_link()["res_id"])
        self.assertEqual(link.is_searching, not link.searched_on)
        self.run_queue()
        self.assertFalse(link.is_searching, link.status)
        return link

    def binding(self, move):
        return move._exact_entry_bindings().filtered("exact_id")

    def test_the_equal_entry_is_linked_and_nothing_is_sent(self):
        move, other = self.booked_by_hand(100.0, 50.0)
        [entry] = self.entries(move)
        writes = self.writes_made()
        link = self.link(move)
        likeliest = link.candidate_ids[0]
        self.assertEqual((likeliest.exact_id, likeliest.state), (entry["entry_id"], "certain"))
        [of_other] = link.candidate_ids - likeliest
        self.assertEqual(of_other.state, "doubtful", "of the same contact")
        self.assertIn("Total: 121.00 in Odoo, 60.50 in Exact", of_other.difference)
        answer = likeliest.action_choose()
        self.assertIn("Nothing was sent", answer["params"]["message"])
        self.assertEqual(self.binding(move).exact_id, entry["entry_id"])
        self.assertEqual(move.exact_number, str(entry["header"]["EntryNumber"]))
        self.assertIn("the same total", self.item(move).evidence)
        move.invalidate_recordset()
        self.assertEqual((move.exact_offer, move.exact_may_be_linked), ("again", False))
        move.action_exact_send_now()
        self.run_queue()
        self.assertEqual((move.exact_state, self.writes_made()), ("done", writes))
        self.assertTrue(other.exact_may_be_linked)

    def test_the_search_makes_no_call_before_the_queue_does(self):
        [move] = self.booked_by_hand(100.0)
        calls = self.env["exact.call"].search_count([])
        link = self.env["exact.entry.link"].browse(move.action_exact_link()["res_id"])
        self.assertTrue(link.is_searching)
        self.assertEqual(self.env["exact.call"].search_count([]), calls)
        self.run_queue()
        self.assertEqual(self.env["exact.call"].search_count([]), calls + 1)
        self.assertTrue(link.candidate_ids)

    def test_what_differs_is_linked_only_after_a_statement_of_it(self):
        [move] = self.booked_by_hand(100.0)
        self.change_entry(move, {"YourRef": "Webshop 4711"})
        link = self.link(move)
        [candidate] = link.candidate_ids
        self.assertEqual(candidate.state, "doubtful")
        candidate.action_choose()
        self.assertFalse(self.binding(move), "it is shown first")
        self.assertEqual(link.chosen_id, candidate)
        self.assertEqual(
            link.difference, f"Number: {move.name} in Odoo, Webshop 4711 in Exact"
        )
        link.action_choose_another()
        self.assertFalse(link.chosen_id)
        candidate.action_choose()
        link.action_accept()
        self.assertTrue(self.binding(move))
        self.assertIn("Webshop 4711", self.item(move).evidence)
        self.assertIn(self.env.user.name, self.item(move).evidence)

    def test_another_total_and_another_contact_is_another_document(self):
        [stranger] = self.booked_by_hand(100.0)
        stranger_number = self.entries(stranger)[0]["header"]["EntryNumber"]
        other = self.customer.copy({"name": "Another customer", "vat": "BE0428759497"})
        self.journal.exact_mode = "button"
        move = self.invoice((77.0, self.tax(21)), partner_id=other.id)
        link = self.link(move)
        self.assertFalse(link.candidate_ids)
        self.assertIn("holds no entry", link.status)
        link.number = str(stranger_number)
        link.action_search_number()
        self.run_queue()
        [candidate] = link.candidate_ids
        self.assertEqual(candidate.state, "refused")
        self.assertIn("Neither the contact nor the total is the same", candidate.difference)
        with self.assertRaisesRegex(UserError, "Neither the contact"):
            candidate.action_choose()
        self.assertFalse(self.binding(move))

    def test_it_is_found_by_the_number_that_a_person_types(self):
        [move] = self.booked_by_hand(100.0)
        number = str(self.entries(move)[0]["header"]["EntryNumber"])
        self.change_entry(move, {"YourRef": "typed otherwise"})
        link = self.link(move)
        link.number = "700/12"
        with self.assertRaisesRegex(UserError, "digits only"):
            link.action_search_number()
        link.number = f" {number} "
        link.action_search_number()
        self.run_queue()
        self.assertEqual(link.candidate_ids.mapped("exact_number"), [number])
        link.number = "999999"
        link.action_search_number()
        self.run_queue()
        self.assertFalse(link.candidate_ids)
        self.assertIn("no entry 999999", link.status)

    def test_the_ledger_that_was_read_is_asked_before_exact(self):
        [move] = self.booked_by_hand(100.0)
        [entry] = self.entries(move)
        self.env["exact.sync.queue"].sudo()._enqueue("ledger_lines", self.division, self.company)
        self.run_queue()
        calls = self.env["exact.call"].search_count([])
        link = self.link(move)
        self.assertTrue(link.is_of_mirror)
        self.assertEqual(self.env["exact.call"].search_count([]), calls)
        [candidate] = link.candidate_ids
        self.assertEqual((candidate.exact_id, candidate.state), (entry["entry_id"], "certain"))
        link.action_search()
        self.run_queue()
        self.assertFalse(link.is_of_mirror)
        self.assertEqual(link.candidate_ids.mapped("exact_id"), [entry["entry_id"]])
        self.assertEqual(self.env["exact.call"].search_count([]), calls + 1)

    def test_an_operator_links(self):
        [move] = self.booked_by_hand(100.0)
        self.change_entry(move, {"YourRef": "typed otherwise"})
        groups = "account.group_account_invoice,exact_online_connector.group_exact_operator"
        operator = new_test_user(self.env, "link_operator", groups)
        action = move.with_user(operator).action_exact_link()
        self.run_queue()
        link = self.env["exact.entry.link"].with_user(operator).browse(action["res_id"])
        link.number = str(self.entries_typed_otherwise()["header"]["EntryNumber"])
        link.action_search_number()
        self.run_queue()
        link.candidate_ids.action_choose()
        link.action_accept()
        self.assertTrue(self.binding(move))
        self.assertIn(operator.name, self.item(move).evidence)

    def entries_typed_otherwise(self):
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        return next(each for each in entries if each["header"]["YourRef"] == "typed otherwise")

    def test_a_contact_that_is_not_linked_yet_is_recognised_and_linked_along(self):
        [move] = self.booked_by_hand(100.0)
        bindings = self.customer._exact_bindings()
        account = bindings.exact_id
        bindings.unlink()
        self.link(move).candidate_ids.action_choose()
        self.assertEqual(self.customer._exact_bindings().exact_id, account)

    def test_a_contact_that_differs_is_not_linked_along(self):
        [move] = self.booked_by_hand(100.0)
        self.customer._exact_bindings().unlink()
        self.customer.vat = "BE0428759497"
        link = self.link(move)
        [candidate] = link.candidate_ids
        self.assertIn("Contact", candidate.difference)
        candidate.action_choose()
        link.action_accept()
        self.assertTrue(self.binding(move))
        self.assertFalse(self.customer._exact_bindings())

    def test_an_entry_of_another_document_is_refused(self):
        [move] = self.booked_by_hand(100.0)
        self.link(move).candidate_ids.action_choose()
        self.journal.exact_mode = "button"
        twin = self.invoice((100.0, self.tax(21)))
        [candidate] = self.link(twin).candidate_ids
        self.assertEqual(candidate.state, "refused")
        self.assertIn(f"linked to {move.display_name} already", candidate.difference)

    def test_what_failed_as_it_was_there_already_is_linked_and_leaves_the_queue(self):
        [move] = self.booked_by_hand(100.0)
        self.env["exact.binding"].sudo()._intend(
            self.division, self.company, "salesentry/SalesEntries", move, move.name
        )
        yesterday = fields.Date.to_string(move.date - timedelta(days=1))
        self.change_entry(move, {"EntryDate": yesterday})
        move.action_exact_send()
        self.run_queue()
        failed = self.item(move)
        self.assertEqual((failed.state, failed.error_class), ("failed", "conflict"))
        link = self.link(move)
        [candidate] = link.candidate_ids
        self.assertEqual(candidate.difference, f"Date: {move.date} in Odoo, {yesterday} in Exact")
        candidate.action_choose()
        link.action_accept()
        self.assertEqual(failed.state, "cancelled")
        self.assertTrue(self.binding(move))
        self.assertEqual(move.exact_state, "done")

    def test_a_bill_is_linked_by_the_number_of_its_supplier(self):
        self.map_purchases()
        bill = self.bill((50.0, self.chart("attn_VAT-IN-V81-21")))
        self.run_queue()
        self.assertEqual(bill.exact_state, "done", self.item(bill, "purchase_entry").message)
        number = bill.exact_number
        bindings = bill._exact_entry_bindings()
        self.item(bill, "purchase_entry").unlink()
        bindings.unlink()
        bill.invalidate_recordset()
        [candidate] = self.link(bill).candidate_ids
        self.assertEqual((candidate.exact_number, candidate.state), (number, "certain"))
        candidate.action_choose()
        self.assertTrue(self.binding(bill))

    def test_the_link_of_a_document_is_undone_as_before(self):
        [move] = self.booked_by_hand(100.0)
        self.link(move).candidate_ids.action_choose()
        self.binding(move)._unlink_from_exact()
        self.assertFalse(self.binding(move))

    def test_what_is_there_or_on_its_way_is_not_linked(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        move.invalidate_recordset()
        for document in (move, self.invoice((1.0, self.tax(21)), post=False)):
            self.assertFalse(document.exact_may_be_linked)
            with self.assertRaisesRegex(UserError, "Only a posted invoice"):
                document.action_exact_link()
