# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who may call what, tried over Odoo's own path of a remote call. SECURITY.md"""

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import call_kw, get_public_method
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..operations.bookings import OWED, SALES
from .common import ExactCase
from .minimal_records import MinimalRecords

ADDON = "odoo.addons.exact_online_connector."
EMPLOYEE, USER, OPERATOR, MANAGER, NOBODY = range(5)
ROLES = {
    "an employee without a role": (EMPLOYEE, "base.group_user"),
    "an auditor": (USER, "account.group_account_readonly"),
    "who books invoices": (OPERATOR, "account.group_account_invoice"),
    "the accountant": (MANAGER, "account.group_account_manager"),
}
SYSTEM = "who runs Odoo"  # and has no role in Exact Online
STRANGER = "the accountant of another company"

ROW = {"write": MANAGER, "action_accept": MANAGER, "action_ignore": MANAGER}
ROW |= {"action_undo": MANAGER, "action_create_in_odoo": MANAGER}
MIRROR = {"action_drift_seen": MANAGER}
# The least of the roles that may call each public method.
LEAST = {
    "account.journal": {
        "create": MANAGER,
        "write": MANAGER,
        "action_exact_differing_items": USER,
        "action_exact_failed_items": USER,
        "action_exact_unsent": USER,
        "action_exact_waiting": USER,
        "action_exact_waiting_items": USER,
    },
    "account.move": {
        "create": OPERATOR,
        "write": OPERATOR,
        "unlink": OPERATOR,
        "button_cancel": OPERATOR,
        "action_exact_check": USER,
        "action_exact_ignore": OPERATOR,
        "action_exact_items": USER,
        "action_exact_link": OPERATOR,
        "action_exact_make_ready": OPERATOR,
        "action_exact_mend": USER,
        "action_exact_mirrored": USER,
        "action_exact_open": USER,
        "action_exact_proof": USER,
        "action_exact_send": OPERATOR,
        "action_exact_send_file": OPERATOR,
        "action_exact_send_now": OPERATOR,
        "action_exact_undo": MANAGER,
        "exact_payment_story": USER,
    },
    "account.move.line": {"write": OPERATOR, "action_exact_is_this_one": OPERATOR},
    "ir.attachment": {"create": EMPLOYEE, "write": OPERATOR, "unlink": OPERATOR},
    "res.company": {
        "write": NOBODY,
        "action_exact_connect": USER,
        "action_exact_set_up": MANAGER,
        "action_exact_webhooks_check": MANAGER,
        "action_exact_webhooks_off": MANAGER,
        "action_exact_webhooks_on": MANAGER,
    },
    "res.config.settings": {"action_exact_connect": NOBODY, "action_exact_set_up": NOBODY},
    "res.partner": {
        "create": NOBODY,  # but with Odoo's own right to edit contacts
        "write": NOBODY,
        "action_exact_items": USER,
        "action_exact_open": USER,
    },
    "res.partner.bank": {"create": NOBODY, "write": NOBODY},
    "exact.account": MIRROR,
    "exact.agreement": {
        "create": OPERATOR,
        "write": OPERATOR,
        "action_aging": USER,
        "action_certify": OPERATOR,
        "action_compare": OPERATOR,
        "action_differences": USER,
        "action_lines": USER,
        "action_print": USER,
        "action_read_aging": OPERATOR,
        "action_xlsx": USER,
    },
    "exact.agreement.aging": {"action_odoo": USER},
    "exact.agreement.document": {
        "action_open_entry": USER,
        "action_open_move": USER,
        "action_send": OPERATOR,
    },
    "exact.agreement.line": {"action_documents": USER, "action_exact": USER, "action_odoo": USER},
    "exact.back.fill": {
        "create": MANAGER,
        "write": MANAGER,
        "action_cancel": MANAGER,
        "action_count": MANAGER,
        "action_documents": USER,
        "action_items": USER,
        "action_pause": MANAGER,
        "action_resume": MANAGER,
        "action_start": MANAGER,
        "action_undo": MANAGER,
    },
    "exact.back.fill.candidate": {
        "action_accept": MANAGER,
        "action_open_move": USER,
        "action_skip": MANAGER,
    },
    "exact.back.fill.cause": {"action_documents": USER, "action_fix": USER},
    "exact.binding": {
        "action_open_record": USER,
        "action_release": MANAGER,
        "action_undo": MANAGER,
    },
    "exact.calibration.probe": {"unlink": NOBODY},
    "exact.connection": {
        "create": MANAGER,
        "write": MANAGER,
        "action_connect": MANAGER,
        "action_disconnect": MANAGER,
        "action_this_is_the_original": MANAGER,
    },
    "exact.closed.period": MIRROR,
    "exact.cost.center": MIRROR,
    "exact.cost.unit": MIRROR,
    "exact.counterpart": {
        "action_book_all_the_same": OPERATOR,
        "action_open_booking": USER,
        "action_try_again": OPERATOR,
    },
    "exact.currency": MIRROR,
    "exact.division": {
        "write": MANAGER,
        "action_calibrate": MANAGER,
        "action_measure": MANAGER,
        "action_open_probe_trouble": USER,
        "action_overview_reconnect": MANAGER,
        "action_overview_send_now": OPERATOR,
        "action_overview_trouble": USER,
        "action_read_accounts": MANAGER,
        "action_read_payments": MANAGER,
        "action_refresh": MANAGER,
        "action_remove_probes": MANAGER,
        "action_webhooks_check": MANAGER,
        "action_webhooks_off": MANAGER,
        "action_webhooks_on": MANAGER,
    },
    "exact.entry.link": {
        "write": OPERATOR,
        "action_accept": OPERATOR,
        "action_choose_another": OPERATOR,
        "action_search": OPERATOR,
        "action_search_number": OPERATOR,
    },
    "exact.entry.link.candidate": {"action_choose": OPERATOR},
    "exact.export": {
        "write": OPERATOR,
        "action_check": OPERATOR,
        "action_items": OPERATOR,
        "action_make_ready": OPERATOR,
        "action_send": OPERATOR,
    },
    "exact.export.cause": {"action_documents": OPERATOR, "action_fix": OPERATOR},
    "exact.financial.period": MIRROR,
    "exact.gl.account": MIRROR,
    "exact.initial.sync": {
        "write": MANAGER,
        "action_accept_certain": MANAGER,
        "action_back": MANAGER,
        "action_check": MANAGER,
        "action_connect": MANAGER,
        "action_continue": MANAGER,
        "action_create_shown_accounts": MANAGER,
        "action_export": MANAGER,
        "action_fill_in_certain": MANAGER,
        "action_import": MANAGER,
        "action_open_queue": MANAGER,
        "action_open_rows": MANAGER,
        "action_open_trouble": MANAGER,
        "action_past_documents": MANAGER,
        "action_refresh": MANAGER,
        "action_restart": MANAGER,
        "action_show_all": MANAGER,
        "action_show_used": MANAGER,
        "action_update_odoo": MANAGER,
        "action_use_administration": MANAGER,
    },
    "exact.initial.sync.check": {"action_mend": MANAGER},
    "exact.journal": MIRROR,
    "exact.match.account": ROW,
    "exact.match.analytic": ROW,
    "exact.match.candidate": {"action_choose": MANAGER},
    "exact.match.duplicate": {"action_merge": MANAGER},
    "exact.match.import": {"action_import": MANAGER},
    "exact.match.journal": ROW,
    "exact.match.partner": {**ROW, "action_open_candidates": MANAGER},
    "exact.match.payment.term": ROW,
    "exact.match.tax": ROW,
    "exact.measuring": {"action_measure": MANAGER},
    "exact.mirrored.entry": {
        "action_ledger_lines": USER,
        "action_mend": USER,
        "action_open_move": USER,
        "action_retry": OPERATOR,
    },
    "exact.payment.condition": MIRROR,
    "exact.sync.queue": {
        "action_cancel": OPERATOR,
        "action_ignore": OPERATOR,
        "action_make_ready": OPERATOR,
        "action_mend": USER,
        "action_open_record": USER,
        "action_read_lists": OPERATOR,
        "action_retry": OPERATOR,
        "action_retry_cause": OPERATOR,
        "action_retry_hopeful": OPERATOR,
        "action_reverse": OPERATOR,
        "action_send_now": OPERATOR,
        "action_support": USER,
        "action_undo": MANAGER,
        "action_use_first_open_period": OPERATOR,
        "action_would_pass": OPERATOR,
    },
    "exact.undo": {"action_undo": MANAGER},
    "exact.vat.code": MIRROR,
    "exact.webhook.subscription": {"action_take_over": MANAGER},
}
# Methods of what is no record: refused to everybody.
ABSTRACT = {
    "exact.match.mixin": {*ROW},
    "exact.mirror.mixin": {*MIRROR},
    "exact.sync.mixin": {"action_exact_items", "action_exact_open"},
}
# Who runs Odoo may do as Odoo lets him, and no more.
OF_SYSTEM = {
    ("ir.attachment", "create"),
    ("res.company", "write"),
    ("res.partner", "create"),
    ("res.partner", "write"),
    ("res.partner.bank", "create"),
    ("res.partner.bank", "write"),
}
# What is begun without a record; and of a contact that companies share, what one's own has of it.
OF_ALL_COMPANIES = {(model, "create") for model in LEAST}
OF_ALL_COMPANIES |= {("res.partner", "action_exact_items"), ("res.partner", "action_exact_open")}

# What is written of a record to see whether it may be: something that its people do write.
WRITES = {
    "account.journal": {"exact_description": "{number}"},
    "account.move": {"ref": "x"},
    "account.move.line": {"exact_deferral_start": False},
    "exact.agreement": {"date_to": "2026-11-30"},
    "exact.back.fill": {"date_to": "2026-11-30"},
    "exact.connection": {"name": "x"},
    "exact.division": {"vat_rounding": "line"},
    "exact.entry.link": {"number": "1"},
    "exact.initial.sync": {"exact_start_date": "2026-01-01"},
    "ir.attachment": {"description": "x"},
    "res.company": {"exact_start_date": "2026-01-01"},
    "res.partner": {"comment": "x"},
    "res.partner.bank": {"acc_holder_name": "x"},
}
# Of this addon's models: those that people write at all, wizards and settings.
WRITTEN = {
    "exact.agreement": OPERATOR,
    "exact.back.fill": MANAGER,
    "exact.connection": MANAGER,
    "exact.division": MANAGER,
    "exact.entry.link": OPERATOR,
    "exact.export": OPERATOR,
    "exact.export.cause": OPERATOR,
    "exact.initial.sync": MANAGER,
    "exact.initial.sync.check": MANAGER,
    "exact.match.account": MANAGER,
    "exact.match.analytic": MANAGER,
    "exact.match.candidate": MANAGER,
    "exact.match.duplicate": MANAGER,
    "exact.match.import": MANAGER,
    "exact.match.journal": MANAGER,
    "exact.match.partner": MANAGER,
    "exact.match.payment.term": MANAGER,
    "exact.match.tax": MANAGER,
    "exact.measuring": MANAGER,
    "exact.undo": MANAGER,
    "exact.undo.document": MANAGER,
}
# Of what people do write: fields that decide what is done, and are never theirs to write.
PROTECTED = {
    "account.move": {"exact_settlement_id": 1},
    "exact.agreement": {"state": "done", "verdict": "They agree.", "division_id": 1},
    "exact.back.fill": {"state": "running", "division_id": 1, "counted_until": 9},
    "exact.connection": {
        "state": "connected",
        "state_reason": "x",
        "fingerprint": "x",
        "authorised_by": "x",
        "authorised_on": "2026-11-01 09:00:00",
    },
    "exact.division": {"code": 1, "connection_id": 1, "has_webhooks": True},
    "exact.entry.link": {"division_id": 1, "move_id": 1, "operation": "contact", "chosen_id": 1},
    "res.partner.bank": {"exact_trusted_by_id": 2},
}


def is_own(field):
    """Whether something may be written into a field that Odoo does not fill itself."""
    is_odoos = field.name in ("id", "create_uid", "create_date", "write_uid", "write_date")
    return field.store and not field.compute and not is_odoos


class Undone(Exception):
    """To leave a savepoint as it was before."""


@tagged("standard", "post_install", "-at_install")
class TestRoles(ExactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {name: cls.person(name, group) for name, (_rank, group) in ROLES.items()}
        cls.users[SYSTEM] = cls.person(SYSTEM, "base.group_system")
        cls.other_company = cls.env["res.company"].create({"name": "Another company"})
        cls.users[STRANGER] = cls.person(
            STRANGER, "account.group_account_manager", cls.other_company
        )

    @classmethod
    def person(cls, name, group, company=None):
        company = company or cls.company
        return new_test_user(
            cls.env,
            name.replace(" ", "_"),
            f"base.group_user,{group}",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def setUp(self):
        super().setUp()
        move = self.invoice((10.0, self.tax(21)))
        self.run_queue()
        file = {"name": "x.pdf", "raw": b"%PDF", "res_model": move._name, "res_id": move.id}
        account = {"acc_number": "BE71096123456769", "partner_id": self.customer.id}
        self.records = MinimalRecords(
            self.company,
            self.connection,
            self.division,
            self.customer,
            move,
            move.line_ids[0],
            self.company_data["default_journal_sale"],
            self.company_data["default_account_revenue"],
            self.env["res.partner.bank"].create(account),
            self.env["ir.attachment"].create(file),
            exact__agreement__line={"key": [SALES, [2026, 11], "70", "x", [OWED]]},
            exact__entry__link={"operation": "sales_entry", "resource": "salesentry/SalesEntries"},
            exact__match__partner={"record_id": self.customer.id},
        )
        self.initial_sync().sudo().step = "journal"

    def reached(self, user, model, method, *args):
        """Whether ``user`` gets past all checks when calling ``method`` of the record that there is
        of ``model`` over RPC; a text where neither is so. Nothing of what it does remains.
        """
        as_user = self.env[model].with_user(user)
        owner = self.users["the accountant"] if user == self.users[STRANGER] else user
        if not getattr(get_public_method(as_user, method), "_api_model", False):
            args = (self.records.of(as_user.with_user(owner)).ids, *args)
        context = {"exact_counterpart_id": self.records.of(self.env["exact.counterpart"]).id}
        self.env.flush_all()
        self.env.invalidate_all()
        try:
            with self.env.cr.savepoint():
                call_kw(as_user, method, args, {"context": context})
                self.env.flush_all()
                raise Undone()
        except AccessError:
            return False
        except (Undone, UserError, IntegrityError) as outcome:
            return True if not isinstance(outcome, MissingError) else "there is no record"
        except Exception as crash:
            return repr(crash)
        finally:
            self.env.invalidate_all()

    def written(self, model, method):
        """The arguments of a call of ``method`` of ``model``."""
        if method == "create":
            return [[{}]]
        return [WRITES.get(model) or self.anything(model)] if method == "write" else []

    def anything(self, model):
        """Some value of some field."""
        fields = [field for field in self.env[model]._fields.values() if is_own(field)]
        return {min(fields, key=lambda field: bool(field.required)).name: False}

    # -- each public method -----------------------------------------------------------------------

    def test_each_public_method_has_a_verdict(self):
        found = {model: methods for model in self.registry if (methods := self.public(model))}
        written = {model: set(methods) for model, methods in {**LEAST, **ABSTRACT}.items()}
        self.assertEqual(found, written)

    def public(self, model):
        """Names of the methods that this addon gives to ``model`` and that RPC may call."""
        record = self.env[model]
        names = {
            name
            for origin in type(record).mro()
            if origin.__module__.startswith(ADDON)
            for name, value in vars(origin).items()
            if not name.startswith("_") and callable(value)
        }
        return {name for name in names if self.is_public(record, name)}

    def is_public(self, record, name):
        try:
            return bool(get_public_method(record, name))
        except AccessError:
            return False

    @mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_each_role_may_do_what_is_written_and_no_more(self):
        wrong = []
        for model, methods in LEAST.items():
            for method, least in methods.items():
                verdicts = {name: rank >= least for name, (rank, _group) in ROLES.items()}
                verdicts[SYSTEM] = (model, method) in OF_SYSTEM
                verdicts[STRANGER] = (model, method) in OF_ALL_COMPANIES and least <= MANAGER
                args = self.written(model, method)
                wrong += [
                    f"{model}.{method} by {name}: {reached}"
                    for name, verdict in verdicts.items()
                    if (reached := self.reached(self.users[name], model, method, *args)) != verdict
                ]
        self.assertEqual(wrong, [])

    @mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_rule")
    def test_what_is_no_record_has_nothing_to_call(self):
        for model, methods in ABSTRACT.items():
            for method in methods:
                args = [{}] if method == "write" else []
                for user in self.users.values():
                    with self.assertRaises(Exception, msg=f"{model}.{method}") as caught:
                        call_kw(self.env[model].with_user(user), method, [[1], *args], {})
                    self.assertIsInstance(caught.exception, (AccessError, KeyError))

    # -- nothing is crafted -----------------------------------------------------------------------

    def models(self):
        """Names of this addon's models that have a table."""
        return [
            name
            for name, model in self.registry.items()
            if name.startswith("exact.") and not model._abstract and model._auto
        ]

    @mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_rule", "odoo.models.unlink")
    def test_what_the_addon_keeps_is_written_by_nobody(self):
        wrong = []
        for model in self.models():
            least = WRITTEN.get(model, NOBODY)
            refused = [name for name, (rank, _group) in ROLES.items() if rank < least]
            for name in (*refused, SYSTEM, STRANGER):
                crafts = ["write", "unlink"] if name == STRANGER else ["write", "unlink", "create"]
                wrong += [
                    f"{model}.{method} by {name}"
                    for method in crafts
                    if self.reached(self.users[name], model, method, *self.written(model, method))
                ]
        self.assertEqual(wrong, [])

    @mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_rule")
    def test_what_decides_is_not_written_by_those_who_write_the_rest(self):
        groups = "account.group_account_manager,base.group_partner_manager"
        manager, wrong = self.person("who writes all the rest", groups), []
        for model, values in PROTECTED.items():
            self.assertIs(self.reached(manager, model, "write", WRITES[model]), True, model)
            for field, value in values.items():
                crafts = [("write", {field: value}), ("create", [{field: value}])]
                wrong += [
                    f"{model}.{field}: {method}"
                    for method, args in crafts
                    if self.reached(manager, model, method, args)
                ]
        self.assertEqual(wrong, [])

    def test_an_administration_of_others_is_not_taken(self):
        with self.assertRaisesRegex(UserError, "administration of one of this company"):
            self.other_company.sudo().exact_division_id = (
                self.connection.division_ids - self.division
            )[:1]
        sync = self.env["exact.initial.sync"].with_user(self.users[STRANGER])
        with self.assertRaisesRegex(UserError, "administration of one of this company"):
            sync._of(self.other_company).division_id = self.division

    # -- other companies, and secrets -------------------------------------------------------------

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_another_company_sees_nothing(self):
        for model in self.models():
            record = self.records.of(self.env[model])
            self.env.flush_all()
            as_stranger = record.with_user(self.users[STRANGER])
            self.env.invalidate_all()
            with self.assertRaises(AccessError, msg=model):
                as_stranger.read()
            if as_stranger.browse().has_access("read"):
                self.assertFalse(as_stranger.search([]), model)
                self.assertFalse(as_stranger.search_count([]), model)
                self.assertEqual(as_stranger._read_group([], [], ["__count"]), [(0,)], model)

    def test_each_model_has_a_company_rule(self):
        ruled = set(self.env["ir.rule"].search([]).model_id.mapped("model"))
        self.assertEqual(
            set(self.models()) - ruled, {"exact.connection.token"}, "which nobody can read at all"
        )
