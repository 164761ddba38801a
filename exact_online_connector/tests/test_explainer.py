# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from contextlib import suppress
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, new_test_user, tagged

from ..exact_api import ReauthorisationNeeded, Rejected
from ..models import exact_sync_queue_outlook
from ..operations.explanations import cause_of, causes
from .common import ExactCase

# A text of Exact, the status it comes with, its cause, and what the button opens or does: the name
# of one of the test's records, or an action.
ANSWERS = (
    ("Forbidden", 403, "no_rights", "connection"),
    ("User division is not within division scope", 403, "no_rights", "connection"),
    ("Wrong Division", 403, "no_rights", "connection"),
    ("Document Type not allowed", 500, "wrong_user_type", "connection"),
    ("Periode is afgesloten: 2026 - 11", 500, "period_closed_there", "lists"),
    ("Period is closed: 2026 - 11", 500, "period_closed_there", "lists"),
    ("Période est clôturée : 2026 - 11", 500, "period_closed_there", "lists"),
    ("Onbekend: Boekjaar (Periode-datumtabel)", 500, "year_unknown", "lists"),
    ("Unknown: Fiscal year (Period-date table)", 500, "year_unknown", "lists"),
    ("Verplicht: Dagboek", 500, "journal_refused", "journal"),
    ("Mandatory: Journal", 500, "journal_refused", "journal"),
    ("Ongeldig: Dagboek (soort)", 500, "journal_refused", "journal"),
    ("Invalid: Journal (type)", 500, "journal_refused", "journal"),
    ("Invalid journal. The journal must be a sales journal.", 500, "journal_refused", "journal"),
    ("Verplicht: Betalingsconditie", 500, "payment_condition_refused", "term"),
    ("Verplicht: Vervaldatum", 500, "payment_condition_refused", "term"),
    ("Obligatoire : Condition de paiement", 500, "payment_condition_refused", "term"),
    ("Ongeldige referentie: Btw-code", 500, "vat_code_refused", "tax"),
    ("Ongeldig: Btw-percentage", 500, "vat_code_refused", "tax"),
    ("Niet toegestaan: Btw-code", 500, "vat_code_refused", "tax"),
    ("Référence non valide : Code TVA", 500, "vat_code_refused", "tax"),
    (
        "Invoer 17: Het bedrag van de BTW-regel met BTW code 5 komt niet overeen met het totaal",
        500,
        "vat_inclusive",
        "tax",
    ),
    (
        "De boeking is niet in evenwicht. Verschil EUR -0,01",
        500,
        "out_of_balance_there",
        "move",
    ),
    ("Entry is out of balance, difference EUR -0.01", 500, "out_of_balance_there", "move"),
    ("Ongeldig: Klant (Type)", 500, "not_a_customer", "role"),
    ("Invalid: Customer (Type)", 500, "not_a_customer", "role"),
    ("Ongeldig: Grootboekrekeningtype", 500, "gl_account_refused", "account"),
    ("Het grootboek 700000 is geblokkeerd", 500, "gl_account_refused", "account"),
    ("Grootboek 700000 niet gevonden", 500, "gl_account_refused", "account"),
    (
        "De klantenrekening 400100 is niet gelijk aan de rekening van het verkoopdagboek 400000",
        500,
        "control_account_differs",
        "journal",
    ),
    ("In gebruik: Boekstuknummer", 500, "already_there", "compare"),
    ("Bestaat reeds: 26700001", 500, "already_there", "compare"),
    ("Invoice number is already used", 500, "already_there", "compare"),
    ("Bestaat al INV 1 met boekstuknr 26700001, 26700002", 500, "several_there", "compare"),
    ("Gegeven bestaat reeds - Kostenplaats: ADM", 500, "dimension_refused", "analytic"),
    ("Niet toegestaan: Wisselkoers", 500, "exchange_rate_refused", "journal"),
    ("Not allowed: Exchange rate", 500, "exchange_rate_refused", "journal"),
    ("Niet toegestaan: Valuta", 500, "currency_refused", "journal"),
    ("Account verplicht: Code", 500, "contact_incomplete", "customer"),
    ("Name should not be empty", 500, "contact_incomplete", "customer"),
    ("Customer without address", 500, "contact_incomplete", "customer"),
    ("Invalid: Email", 500, "email_refused", "customer"),
    ("Invalid VAT number", 500, "vat_number_refused", "customer"),
    ("Niet herkende GUID-indeling", 400, "link_stale", "binding"),
    ("The relation may no longer exist", 500, "link_stale", "binding"),
    ("Please add a $select or a $top=1 statement", 400, "our_mistake", "support"),
    ("Error processing request stream. Binding to new entities", 400, "our_mistake", "support"),
    ("Betalingstermijn 12 Niet gevonden", 500, "match_in_closed_period", "move"),
)
# Texts that do not come as an answer to a document, or of which another one is tried above.
OTHER_TEXTS = (
    ("Old refresh token used.", "token_spent"),
    ("unauthorized_client", "token_spent"),
    ("The refresh token expired at 2026-10-01", "token_expired"),
    ("Rate limit exceeded: access_token not expired", "token_too_early"),
    ("Too many requests", "too_many_requests"),
    ("API rate limit exceeded after many errors", "too_many_errors"),
    ("Ongeldig: Leverancier (Type)", "not_a_supplier"),
    ("Invalid: Supplier (Type)", "not_a_supplier"),
    ("Reeds verwerkt", "processed_there"),
    ("Already processed", "processed_there"),
    ("Utilisé: Numéro d'écriture", "already_there"),
    ("Référence non valide: Centre de frais", "dimension_refused"),
    ("Non autorisé: Devise", "currency_refused"),
    ("Non valide: Fournisseur (Type)", "not_a_supplier"),
    ("L'écriture n'est pas équilibrée. Différence: 1.00", "out_of_balance_there"),
    ("Chiffre de contrôle non valide pour le numéro de TVA.", "vat_number_refused"),
    ("In use: Code", "already_there"),
    ("Verplicht: Factuur voor", "contact_incomplete"),
    ("Mandatory: Relationship", "contact_incomplete"),
    ("Mandatory: Diary", "journal_refused"),
    ("Invalid reference: Cost unit", "dimension_refused"),
    ("Ongeldige referentie: Journals", "journal_refused"),
    ("Division not accessible", "no_rights"),
    ("Forbidden - Application Scope Violated. Cannot read x", "no_rights"),
    ("BTW percentage is niet toegestaan", "vat_code_refused"),
    ("Ongeldig controlecijfer voor btw-nummer.", "vat_number_refused"),
    ("Wisselkoers – Moet groter zijn dan: 0", "exchange_rate_refused"),
    ("Already exists - Entry number: 12, Journal: 70", "already_there"),
    ("Opening balance plus all bank entry lines should result in the closing balance", None),
    ("Niet toegestaan", None),
    ("The journey is not allowed: it is too long", None),
)
SALES = "SalesEntries$"


def answer(text):
    """The body in which Exact says this."""
    return {"error": {"code": "", "message": {"lang": "", "value": text}}}


@tagged("standard", "post_install", "-at_install")
class TestExplanations(BaseCase):
    """Which cause a text tells, whatever stands around it."""

    def test_each_text_has_its_cause(self):
        for text, cause in (*((text, cause) for text, _s, cause, _t in ANSWERS), *OTHER_TEXTS):
            with self.subTest(text):
                self.assertEqual(cause_of(text), cause)
                self.assertEqual(cause_of(f"  {text.upper()} "), cause)

    def test_each_cause_is_tried(self):
        tried = {cause for _t, _s, cause, _target in ANSWERS} | {cause for _t, cause in OTHER_TEXTS}
        self.assertEqual(set(causes()) - tried, set())


@tagged("standard", "post_install", "-at_install")
class TestExplainer(ExactCase):
    """From Exact's answer to the place where it is mended, and to what that frees."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.company_data["default_journal_sale"]
        cls.account = cls.company_data["default_account_revenue"]
        group = "exact_online_connector.group_exact_user"
        cls.seer = new_test_user(cls.env, "seer", f"base.group_user,{group}")

    def failing(self, text, move=None, status=500):
        """The item of a document to which Exact answers so."""
        move = move or self.invoice((100.0, self.tax(21)))
        self.fault("status", "POST", SALES, times="once", status=status, body=answer(text))
        self.run_queue()
        item = self.item(move)
        self.assertEqual(item.state, "failed", item.message)
        return item

    def refused(self, text):
        """The same with the call in the log: in a test, a run that fails takes its calls along."""
        item = self.failing(text)
        operation = item._operation()
        self.fault("status", "POST", SALES, times="once", status=500, body=answer(text))
        payload = operation._payload(item._record())
        with self.enter_registry_test_mode(), suppress(Rejected):  # assertRaises would roll back
            operation._send(self.connection.sudo()._client(item), payload)
        return item

    # -- what a text means ------------------------------------------------------------------------

    def test_from_each_text_to_what_mends_it(self):
        term = self.env["account.payment.term"].search(
            [("exact_payment_condition_id", "!=", False)], limit=1
        )
        place = self.env["exact.cost.center"].search(
            [("division_id", "=", self.division.id)], limit=1
        )
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        analytic = self.env["account.analytic.account"].create(
            {"name": place.name, "plan_id": plan.id, "exact_cost_center_id": place.id}
        )
        move = self.invoice((100.0, self.tax(21)), post=False, invoice_payment_term_id=term.id)
        move.invoice_line_ids.analytic_distribution = {str(analytic.id): 100}
        move.action_post()
        targets = {
            "connection": self.connection,
            "journal": self.journal,
            "term": term,
            "tax": self.tax(21),
            "move": move,
            "account": self.account,
            "analytic": analytic,
            "customer": self.customer,
        }
        self.failing("First of all the contact and the file", move).action_retry()
        for text, status, cause, target in ANSWERS:
            with self.subTest(text):
                item = self.failing(text, move, status)
                self.assertEqual((item.cause, item.message), (cause, text))
                self.assertGreater(len(item.advice), 40)
                self.assertTrue(item.cause_label)
                if target == "binding":
                    targets["binding"] = self.customer._exact_bindings(self.division)
                self._assert_mends(item, target, targets.get(target))
                item.action_retry()

    def _assert_mends(self, item, target, record):
        self.assertTrue(item.fix)
        if record is not None:
            action = item.action_mend()
            self.assertEqual((action["res_model"], action["res_id"]), (record._name, record.id))
        elif target == "compare":
            link = item.action_mend()
            self.assertEqual(link["res_model"], "exact.entry.link")
            opened = self.env["exact.entry.link"].browse(link["res_id"])
            self.assertEqual(opened.move_id.id, item.res_id)
        elif target == "support":
            self.assertEqual(item.action_mend()["name"], "Copy for support")
        elif target == "lists":
            item.action_mend()
            self.assertEqual(item.state, "waiting")
            self.assertEqual(item.waiting_for_id.operation, "master_data")
            item.waiting_for_id.unlink()
        else:
            self.assertEqual((target, item.mend_action), ("role", "role"))
            self.assertEqual((item.mend_model, item.mend_id), ("res.partner", self.customer.id))

    def test_of_several_texts_each_is_explained_and_the_first_with_a_fix_is_the_cause(self):
        item = self.failing(
            "Something new\r\nOngeldige referentie: Btw-code\r\nVerplicht: Dagboek"
        )
        self.assertEqual(item.message.count("\n"), 2)
        self.assertEqual(item.cause, "vat_code_refused")
        self.assertIn("VAT code", item.advice)
        self.assertIn("journal", item.advice)

    def test_the_code_that_exact_names_decides_what_is_opened(self):
        six, purchases = self.tax(6), self.mirror("exact.gl.account", "604000")
        self.company_data["default_account_expense"].exact_gl_account_id = purchases
        move = self.invoice((100.0, self.tax(21)), (10.0, six))
        item = self.failing(f"Niet toegestaan: Btw-code {six.exact_vat_code_id.code}", move)
        self.assertEqual(item.action_mend()["res_id"], six.id)
        self.assertIn(six.name, item.cause_label)
        item.action_retry()
        item = self.failing("Grootboek 604000 niet gevonden", move)
        opened = self.env["account.account"].browse(item.action_mend()["res_id"])
        self.assertEqual(opened.exact_gl_account_id, purchases, "though it is on no line")

    def test_without_a_payment_term_the_contact_is_opened(self):
        move = self.invoice((100.0, self.tax(21)), invoice_payment_term_id=False)
        item = self.failing("Verplicht: Betalingsconditie", move)
        self.assertEqual(item.action_mend()["res_model"], "res.partner")

    def test_who_is_no_customer_in_exact_is_made_one(self):
        """By a relation that was a customer when it was linked, and no longer is."""
        prospect = self.env["exact.account"].search(
            [("division_id", "=", self.division.id), ("status", "=", "P")], limit=1
        )
        if not prospect:
            self.division.action_read_accounts()
            self.run_queue()
            prospect = self.env["exact.account"].search(
                [("division_id", "=", self.division.id), ("status", "=", "P")], limit=1
            )
        partner = self.env["res.partner"].create(
            {"name": "Was a customer", "country_id": self.env.ref("base.be").id}
        )
        binding = self.env["exact.binding"]._link(
            self.division, self.company, "crm/Accounts", partner, prospect.exact_id, prospect.code
        )
        move = self.invoice((100.0, self.tax(21)), partner_id=partner.id)
        self.env["exact.sync.queue"].sudo().search([("operation", "=", "contact")]).unlink()
        operation = self.env["exact.operation"].with_company(self.company)._of_kind("contact")
        known = operation._payload(partner)
        binding.write({"exchanged": known, "digest": operation._digest(known)})
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.state, item.cause), ("failed", "not_a_customer"), item.message)
        item.action_mend()
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)

    def test_a_period_that_exact_closed_meanwhile_is_learned_by_the_button(self):
        today = fields.Date.today()
        move = self.invoice((100.0, self.tax(21)))
        where = {"year": today.year, "period": today.month, "journal": "700"}
        self.simulator.control("POST", f"{self.division.code}/close-period", where)
        self.run_queue()
        item = self.item(move)
        self.assertEqual((item.error_class, item.cause), ("rejected", "period_closed_there"))
        item.action_mend()
        self.run_queue()
        self.assertEqual((item.error_class, item.cause), ("preflight", "period_closed"))
        self.simulator.control("POST", f"{self.division.code}/open-period", where)
        item.action_read_lists()
        self.run_queue()
        self.assertEqual(item.state, "done", item.message)

    def test_what_exact_has_processed_is_a_lock(self):
        move = self.invoice((100.0, self.tax(21)))
        self.run_queue()
        item = self.item(move)
        item._fail(Rejected("Reeds verwerkt"))
        self.assertEqual((item.state, item.error_class), ("failed", "locked"))
        self.assertIn("Reverse it", item.advice)

    def test_a_connection_that_another_installation_used_up(self):
        item = self.item(self.invoice((100.0, self.tax(21))))
        item._fail(ReauthorisationNeeded("unauthorized_client: Old refresh token used."))
        self.assertEqual((item.state, item.cause), ("blocked", "token_spent"))
        self.assertIn(self.connection.fingerprint[:12], item.advice)
        self.assertEqual(item.action_mend()["res_id"], self.connection.id)

    def test_a_known_refusal_carried_nothing_out_others_may_have(self):
        """What is certain can be cancelled, and costs no look-up when it is retried."""
        certain = self.failing("Ongeldige referentie: Btw-code")
        self.assertFalse(certain._has_intent())
        certain.action_cancel()
        for text in ("Bestaat reeds", "Nieuwe woorden"):
            with self.subTest(text):
                self.assertTrue(self.failing(text)._has_intent())

    def test_unknown_words_are_shown_whole_with_what_was_sent(self):
        item = self.refused("Iets nieuws van Exact")
        move = self.env["account.move"].browse(item.res_id)
        self.assertEqual(item.message, "Iets nieuws van Exact")
        self.assertEqual(item.cause_label, "Iets nieuws van Exact")
        self.assertIn(f'"YourRef": "{move.name}"', item.sent_content)
        twin = self.failing("Iets nieuws van Exact")
        self.assertEqual(twin.cause_count, 2)

    def test_the_text_for_support_holds_everything_but_secrets(self):
        item = self.refused("Iets nieuws van Exact")
        secrets = self.env["exact.connection.token"].sudo()._of(self.connection)
        item.message = f"{item.message} {secrets.refresh_token} {secrets.client_secret}"
        action = item.action_support()
        self.assertEqual((action["res_model"], action["target"]), ("exact.sync.queue", "new"))
        text = item.support_text
        for part in ("19.0", "sales_entry", "salesentry/SalesEntries", "500", "Iets nieuws van"):
            self.assertIn(part, text)
        self.assertIn(item.name, text)
        for secret in (secrets.refresh_token, secrets.client_secret, secrets.access_token):
            self.assertNotIn(secret, text)

    # -- what one mend frees ----------------------------------------------------------------------

    def held_back(self, *taxes):
        """Items of documents whose taxes lack a VAT code, and the codes by tax."""
        moves = self.env["account.move"].union(*(self.invoice((10.0, tax)) for tax in taxes))
        codes = {tax: tax.exact_vat_code_id for tax in taxes}
        for tax in codes:
            tax.exact_vat_code_id = False
        self.run_queue()
        items = self.env["exact.sync.queue"].union(*(self.item(move) for move in moves))
        self.assertEqual(set(items.mapped("state")), {"failed"})
        return items, codes

    def test_items_are_grouped_by_a_cause_in_words(self):
        six, high = self.tax(6), self.tax(21)
        self.held_back(six, six, high)
        groups = self.env["exact.sync.queue"]._read_group(
            [("state", "=", "failed")], ["cause_label"], ["__count"]
        )
        self.assertEqual(
            dict(groups),
            {
                f"VAT code missing for tax {six.display_name}": 2,
                f"VAT code missing for tax {high.display_name}": 1,
            },
        )

    def test_what_has_one_cause_is_retried_together(self):
        six, high = self.tax(6), self.tax(21)
        items, codes = self.held_back(six, six, high)
        self.assertEqual(items.mapped("cause_count"), [2, 2, 1])
        six.exact_vat_code_id = codes[six]
        items[0].action_retry_cause()
        self.assertEqual(items.mapped("state"), ["ready", "ready", "failed"])
        self.run_queue()
        self.assertEqual(items.mapped("state"), ["done", "done", "failed"])
        self.assertEqual(items.mapped("cause_label")[0], False)
        self.assertFalse(items[0].fix or items[0].mend_id)

    def test_of_what_failed_it_is_told_without_a_call_what_would_pass(self):
        six, twelve = self.tax(6), self.tax(12)
        same = self.failing("Iets nieuws")
        changed = self.failing("Ongeldige referentie: Journals")
        (mended, held_back), codes = self.held_back(six, twelve)
        six.exact_vat_code_id = codes[six]
        self.env["account.move"].browse(changed.res_id).ref = "Another reference"
        self.count_calls("GET", "/api/v1/")
        self.count_calls("POST", "/api/v1/")
        action = self.env["exact.sync.queue"].action_would_pass()
        self.assertEqual(self.calls_counted()[-2:], [0, 0])
        self.assertEqual(
            [item.outlook for item in (mended, held_back, same, changed)],
            ["passes", "refused", "unknown", "changed"],
        )
        self.assertIn(twelve.name, held_back.outlook_note)
        self.assertIn("1 of 4 would pass now", action["params"]["message"])
        self.env["exact.sync.queue"].action_retry_hopeful()
        self.assertEqual(
            [item.state for item in (mended, held_back, same, changed)],
            ["ready", "failed", "failed", "ready"],
        )

    def test_of_very_many_those_that_were_not_looked_at_follow(self):
        items, _codes = self.held_back(self.tax(6), self.tax(21), self.tax(12))
        queue = self.env["exact.sync.queue"]
        with patch.object(exact_sync_queue_outlook, "MOST", 2):
            text = queue.action_would_pass()["params"]["message"]
            self.assertIn("Not looked at yet: 1.", text)
            self.assertEqual(len(items.filtered("outlook")), 2)
            queue.action_would_pass()
        self.assertEqual(len(items.filtered("outlook")), 3)

    def test_only_what_was_chosen_is_looked_at(self):
        items, _codes = self.held_back(self.tax(6), self.tax(21))
        items[0].action_would_pass()
        self.assertEqual(items.mapped("outlook"), ["refused", False])
        items[0].action_cancel()
        with self.assertRaisesRegex(UserError, "Nothing failed"):
            items[0].action_would_pass()

    def test_a_document_that_is_ignored_is_never_sent_and_says_so(self):
        items, codes = self.held_back(self.tax(6))
        move = self.env["account.move"].browse(items.res_id)
        items.action_ignore()
        for tax, code in codes.items():
            tax.exact_vat_code_id = code
        self.assertEqual((items.state, move.exact_state), ("cancelled", "ignored"))
        ignored = [("exact_state", "=", "ignored")]
        self.assertEqual(self.env["account.move"].search(ignored), move)
        move.button_draft()
        move.action_post()
        self.run_queue()
        move.invalidate_recordset()
        self.assertEqual((self.entries(move), move.exact_state), ([], "ignored"))
        self.assertFalse(move._exact_refusals())
        items.action_make_ready()
        self.run_queue()
        move.invalidate_recordset()
        self.assertEqual(move.exact_state, "done", self.item(move).message)
        self.assertEqual(len(self.entries(move)), 1)
        text = move.action_exact_ignore()["params"]["message"]
        self.assertIn("Left as they are: 1", text)
        self.assertEqual(move.exact_state, "done")

    def test_a_document_that_was_never_queued_can_be_ignored(self):
        self.journal.exact_mode = "button"
        move = self.invoice((10.0, self.tax(21)))
        move.action_exact_ignore()
        self.assertEqual(move.exact_state, "ignored")
        move.action_exact_send_now()
        self.run_queue()
        move.invalidate_recordset()
        self.assertEqual(move.exact_state, "done")

    def test_only_documents_are_ignored(self):
        item = self.env["exact.sync.queue"].sudo()._enqueue("contact", self.customer, self.company)
        with self.assertRaisesRegex(UserError, "Only documents"):
            item.action_ignore()

    def test_send_now_goes_ahead(self):
        first = self.item(self.invoice((10.0, self.tax(21))))
        second = self.item(self.invoice((10.0, self.tax(21))))
        second.action_send_now()
        self.env.flush_all()
        run = self.env["exact.sync.run"].sudo().create({})
        self.assertEqual(run._claim(), second.id)
        self.assertEqual(first.state, "ready")

    def test_whoever_only_sees_does_none_of_this(self):
        item = self.refused("Ongeldig: Klant (Type)").with_user(self.seer)
        self.assertIn("customer", item.advice)
        self.assertTrue(item.action_support())
        self.assertTrue(item.support_text and item.sent_content)
        for name in (
            "action_ignore",
            "action_mend",
            "action_read_lists",
            "action_retry_cause",
            "action_retry_hopeful",
            "action_send_now",
            "action_would_pass",
        ):
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(item, name)()
