# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..wizards import exact_export
from .common import ExactCase


@tagged("standard", "post_install", "-at_install")
class TestExport(ExactCase):
    """A journal that sends by button only, and the export that sends its documents."""

    def setUp(self):
        super().setUp()
        self.journal = self.company_data["default_journal_sale"]
        self.journal.write({"exact_attachment_policy": "none", "exact_mode": "button"})

    def invoices(self, *prices, **values):
        return self.env["account.move"].union(
            *(self.invoice((price, self.tax(21)), **values) for price in prices)
        )

    def export(self, **values):
        return self.env["exact.export"].create(values)

    def sent(self, **values):
        """The documents that an export sends."""
        export = self.export(**values)
        export.action_send()
        return self.env["account.move"].browse(export.item_ids.mapped("res_id"))

    def calls_made(self):
        return self.env["exact.call"].search_count([])

    # -- which documents --------------------------------------------------------------------------

    def test_documents_are_chosen_by_their_kind(self):
        self.map_purchases()
        self.company_data["default_journal_purchase"].exact_mode = "button"
        tax = self.chart("attn_VAT-IN-V81-21")
        by_kind = {
            "has_invoices": self.invoices(1.0),
            "has_credit_notes": self.invoices(2.0, move_type="out_refund"),
            "has_bills": self.bill((3.0, tax), ref="B-1"),
            "has_refunds": self.bill((4.0, tax), ref="B-2", move_type="in_refund"),
            "has_receipts": self.invoices(5.0, move_type="out_receipt"),
            "has_entries": self.miscellaneous_entry(),
        }
        for kind, moves in by_kind.items():
            chosen = {other: other == kind for other in by_kind}
            self.assertEqual(self.sent(**chosen), moves, kind)

    def miscellaneous_entry(self):
        journal = self.company_data["default_journal_misc"]
        journal.write({"exact_is_sent": True, "exact_mode": "button"})
        journal.exact_journal_id = self.mirror("exact.journal", "900")
        debit = self.company_data["default_account_expense"]
        credit = self.company_data["default_account_revenue"]
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": journal.id,
                "line_ids": [
                    Command.create({"name": "a", "account_id": debit.id, "debit": 10.0}),
                    Command.create({"name": "b", "account_id": credit.id, "credit": 10.0}),
                ],
            }
        )
        entry.action_post()
        return entry

    def test_the_domain_says_what_the_operations_say(self):
        own, of_vat = self.miscellaneous_entry(), self.miscellaneous_entry()
        of_vat.tax_cash_basis_origin_move_id = own
        old = self.invoices(1.0, invoice_date=fields.Date.today() - timedelta(days=400))
        unsent = self.journal.copy({"code": "NOT", "exact_is_sent": False})
        unsent.exact_is_sent = False
        moves = own | of_vat | old | self.invoices(2.0) | self.invoices(3.0, journal_id=unsent.id)
        operations = self.env["exact.operation"].with_company(self.company)
        due = self.env["account.move"]
        for kind in moves._exact_operations:
            operation = operations._of_kind(kind)
            due |= moves.filtered(operation._is_in_scope)
            self.assertEqual(
                moves.search(
                    [("id", "in", moves.ids), *operation._scope_domain(self.company)]
                ),
                moves.filtered(operation._is_in_scope).sorted(),
                kind,
            )
        self.assertEqual(len(due), 2)

    def test_by_date_number_journal_and_contact(self):
        yesterday = fields.Date.today() - timedelta(days=1)
        first, second, third = self.invoices(1.0, 2.0, 3.0)
        before = self.invoices(4.0, invoice_date=yesterday)
        other_journal = self.journal.copy({"code": "OTH"})
        other_journal.write(
            {"exact_journal_id": self.journal.exact_journal_id.id, "exact_mode": "button"}
        )
        elsewhere = self.invoices(5.0, journal_id=other_journal.id)
        somebody = self.customer.copy({"name": "Somebody else", "vat": False})
        person = somebody.create({"name": "Her accountant", "parent_id": somebody.id})
        of_somebody = self.invoices(6.0, partner_id=person.id)
        found = self.export()
        self.assertEqual((found.match_count, found.to_send_count), (6, 6))
        for values, moves in (
            ({"date_to": yesterday}, before),
            ({"date_from": fields.Date.today(), "date_to": fields.Date.today()}, None),
            ({"number_from": second.name, "number_to": third.name}, second | third),
            ({"journal_ids": other_journal.ids}, elsewhere),
            ({"partner_ids": somebody.ids}, of_somebody),
        ):
            export = self.export(**values)
            expected = len(moves) if moves else 5
            self.assertEqual(export.match_count, expected, values)
        self.assertEqual(
            self.sent(number_to=str(first.sequence_number), journal_ids=self.journal.ids), first
        )

    def test_numbers_that_make_no_sense_are_told(self):
        move = self.invoices(1.0)
        export = self.export(number_from="INV", number_to=move.name)
        self.assertIn("INV is not the number of a document", export.trouble)
        export.number_from = "OTHER/2026/00001"
        self.assertIn("are two series", export.trouble)
        self.assertEqual(export.match_count, 0)

    def test_by_how_they_stand_there(self):
        done, failed, new, queued = self.invoices(1.0, 2.0, 3.0, 4.0)
        (done | failed).action_exact_send()
        account = self.company_data["default_account_revenue"]
        failed.button_draft()
        failed.invoice_line_ids.account_id = account.copy()
        failed.action_post()
        failed.action_exact_send()
        self.run_queue()
        self.assertEqual((done.exact_state, failed.exact_state), ("done", "problem"))
        queued.action_exact_send()
        self.invoices(5.0, post=False)
        self.journal.copy({"code": "NOT", "exact_is_sent": False})
        stays = self.invoices(
            6.0, journal_id=self.env["account.journal"].search([("code", "=", "NOT")]).id
        )
        self.assertFalse(stays.journal_id.exact_is_sent)
        export = self.export(state_there="all")
        self.assertEqual(
            [
                export.match_count,
                export.in_exact_count,
                export.under_way_count,
                export.to_send_count,
                export.excluded_count,
            ],
            [5, 1, 1, 2, 1],
        )
        self.assertEqual(self.export().to_send_count, 1)
        self.assertEqual(self.sent(state_there="failed"), failed)
        self.assertEqual(self.sent(), new)

    # -- checked before anything happens ----------------------------------------------------------

    def test_it_is_checked_without_a_call_and_causes_are_grouped(self):
        self.invoices(1.0, 2.0)
        unmapped = self.tax(6)
        held_back = self.env["account.move"].union(
            *(self.invoice((price, unmapped)) for price in (3.0, 4.0))
        )
        unmapped.exact_vat_code_id = False
        calls = self.calls_made()
        export = self.export()
        export.action_check()
        self.assertEqual((export.accepted_count, export.refused_count), (2, 2))
        [cause] = export.cause_ids
        self.assertEqual((cause.move_ids, cause.move_count), (held_back, 2))
        self.assertIn("has no Exact Online VAT code", cause.text)
        self.assertEqual(cause.fix, "Map the tax")
        self.assertEqual(cause.action_fix()["res_id"], unmapped.id)
        self.assertEqual(cause.action_documents()["domain"], [("id", "in", held_back.ids)])
        self.assertIn("2 documents would be accepted, 2 would be refused", export.status)
        self.assertEqual(self.calls_made(), calls)
        self.assertFalse(self.item(held_back[0]))
        export.action_send()
        self.assertIn("4 on the way to Exact Online. Of these, 2 will be held back", export.status)
        export.date_to = fields.Date.today()
        self.assertFalse(export.cause_ids, "it went for what was chosen before")
        self.assertEqual((export.checked_count, export.finished), (0, False))

    def test_what_does_not_fit_into_a_click_is_done_by_the_scheduled_job(self):
        moves = self.invoices(*range(1, 8))
        with (
            patch.object(exact_export, "CLICK_SECONDS", -1),
            patch.object(exact_export, "PORTION", 3),
        ):
            export = self.export()
            export.action_check()
            self.assertEqual((export.task, export.checked_count), ("check", 3))
            self.assertIn("Checked 3 of 7", export.status)
            self.run_queue()
            self.assertEqual((export.task, export.checked_count), (False, 7))
            self.assertIn("would accept all of these: 7", export.status)
            export.action_send()
            self.assertEqual((export.task, export.sent_count), ("send", 3))
        self.run_queue()
        self.assertEqual((export.task, export.sent_count), (False, 7))
        self.assertEqual(set(moves.mapped("exact_state")), {"done"})

    def test_the_form_counts_while_somebody_chooses(self):
        self.invoices(1.0, 2.0)
        self.invoices(3.0, move_type="out_refund")
        with Form(self.env["exact.export"]) as form:
            self.assertEqual(form.match_count, 3)
            form.has_credit_notes = False
            self.assertEqual((form.match_count, form.to_send_count), (2, 2))

    # -- sent -------------------------------------------------------------------------------------

    def test_it_is_sent_and_what_was_done_is_told(self):
        moves = self.invoices(1.0, 2.0)
        export = self.export()
        export.action_check()
        self.assertFalse(self.item(moves[0]), "nothing is sent before somebody says so")
        export.action_send()
        self.assertEqual(export.status, "2 on the way to Exact Online.")
        self.assertEqual(export.action_items()["domain"], [("id", "in", export.item_ids.ids)])
        self.assertEqual({item.res_id for item in export.item_ids}, set(moves.ids))
        self.run_queue()
        self.assertEqual(set(moves.mapped("exact_state")), {"done"})
        self.assertEqual([len(self.entries(move)) for move in moves], [1, 1])
        self.assertEqual(self.sent(state_there="all"), moves.browse(), "once")

    def test_what_was_undone_is_sent_when_it_is_chosen_again(self):
        move = self.invoices(1.0)
        self.sent()
        self.run_queue()
        move._exact_undo()
        self.run_queue()
        self.assertFalse(self.entries(move))
        self.assertEqual(self.sent(), move)
        self.run_queue()
        self.assertEqual(len(self.entries(move)), 1)

    def test_what_is_there_is_made_ready_again_and_not_booked_twice(self):
        moves = self.invoices(1.0, 2.0)
        self.sent()
        self.run_queue()
        export = self.export(state_there="all")
        self.assertEqual((export.in_exact_count, export.to_send_count), (2, 0))
        before = moves.mapped("exact_item_count")
        export.action_make_ready()
        self.assertIn("2 are compared with Exact Online again", export.status)
        self.assertEqual(set(export.item_ids.mapped("state")), {"ready"})
        self.run_queue()
        self.assertEqual(set(export.item_ids.mapped("state")), {"done"})
        self.assertGreater(moves.mapped("exact_item_count"), before)
        self.assertEqual([len(self.entries(move)) for move in moves], [1, 1])

    def test_who_may_export(self):
        self.invoices(1.0)
        group = "exact_online_connector.group_exact_"
        seer = new_test_user(
            self.env, "exporter", f"account.group_account_readonly,{group}user"
        )
        operator = new_test_user(
            self.env, "export_operator", f"account.group_account_invoice,{group}operator"
        )
        with self.assertRaises(AccessError):
            self.env["exact.export"].with_user(seer).create({})
        export = self.env["exact.export"].with_user(operator).create({})
        export.action_check()
        export.action_send()
        self.assertEqual(export.sent_count, 1)
        company = self.env["res.company"].create({"name": "Without administration"})
        with self.assertRaisesRegex(UserError, "no administration"):
            self.export(company_id=company.id).action_check()
