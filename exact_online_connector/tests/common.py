# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
import os
import socket
import threading
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import requests
from freezegun import freeze_time
from hypothesis import HealthCheck, settings

from odoo import Command, fields
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..exact_api import Rejected
from ..exact_simulator import create_app
from ..exact_simulator.server import Server
from ..models.exact_simulator import CLIENT_ID, CLIENT_SECRET

BELGIAN = 320101
TODAY = "2026-11-26 09:00:00"  # the documents of these tests are dated in that month
PAYLOADS = Path(__file__).parent / "payloads"
# A verdict depends on neither chance nor the speed of the machine.
REPRODUCIBLE = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


COMPILED = {}  # Odoo's templates


def compile_once(qweb):
    """Odoo forgets after each test what it compiled of its templates, which no test changes: most
    of the time that a print takes.
    """
    compile_template = qweb._generate_code_uncached

    def compiled(self, template):
        if not isinstance(template, int):
            return compile_template(self, template)
        names = self._get_template_cache_keys()
        key = template, tuple(self.env.context.get(name) or False for name in names)
        if key not in COMPILED:
            COMPILED[key] = compile_template(self, template)
        return COMPILED[key]

    return patch.object(qweb, "_generate_code_uncached", compiled)


class _Encoder(json.JSONEncoder):
    def default(self, value):
        return float(value) if isinstance(value, Decimal) else super().default(value)


class Simulator:
    """A simulator on a real socket, in a thread of the test's process."""

    def __init__(self, name, seeds=("be",)):
        folder = os.environ.get("EXACT_TRAFFIC")
        log = Path(folder) / f"{name}-{os.getpid()}.jsonl" if folder else None
        self._app = create_app(
            ":memory:", seeds=seeds, auto_consent=True, limits=False, traffic_log=log
        )
        self.start(0)
        self.url = self._server.address

    def start(self, port):
        self._server = Server(port, self._app)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @contextmanager
    def out_of_reach(self):
        """Cut the network; afterwards it is there again, at the same address."""
        port = int(self.url.rpartition(":")[2])
        self.stop()
        with socket.socket() as place:  # held without listening: nobody else gets the port
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            place.bind(("127.0.0.1", port))
            try:
                yield
            finally:
                self.start(port)

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def control(self, method, path, body=None):
        """Call the control API; return its JSON."""
        answer = requests.request(method, f"{self.url}/simulator/{path}", json=body, timeout=20)
        answer.raise_for_status()
        return answer.json()


@tagged("standard", "post_install", "-at_install")
class ExactCase(AccountTestInvoicingCommon):
    """A Belgian company that is connected to a freshly seeded simulator and mapped."""

    chart_template = "be_comp"
    administration = BELGIAN
    seeds = ("be",)

    @classmethod
    def setup_independent_company(cls, **kwargs):
        """The company that was made of this chart beforehand; where there is none, a new one."""
        made = cls.env["res.company"].search([("name", "=", f"Company of {cls.chart_template}")])
        cls.env.user.company_ids += made
        return made or super().setup_independent_company(**kwargs)

    @classmethod
    def setUpClass(cls):
        # Odoo's and the simulator's. It stands still: how long a test takes is nobody's to say.
        cls.clock = cls.startClassPatcher(freeze_time(TODAY))
        super().setUpClass()
        cls.startClassPatcher(compile_once(cls.registry["ir.qweb"]))
        parameters = cls.env["ir.config_parameter"].sudo()
        parameters.set_param("exact_online_connector.settle_seconds", "0")
        cls.env.user.group_ids += cls.env.ref("exact_online_connector.group_exact_manager")
        cls.company = cls.env.company
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "O'Brien & Co 100% café",
                "is_company": True,
                "street": "Grote Markt 1",
                "zip": "1000",
                "city": "Brussel",
                "country_id": cls.env.ref("base.be").id,
                "vat": "BE0477472701",
                "email": "boekhouding@example.com",
                "phone": "+32 2 555 12 12",
                "lang": "en_US",
            }
        )
        cls.simulator = Simulator(cls.__name__, cls.seeds)
        cls.addClassCleanup(cls.simulator.stop)
        cls.connection = cls.connect()
        cls.division = cls.choose_division()
        cls.simulator.control("POST", "remember")
        cls.prepared_on = fields.Datetime.now()

    def setUp(self):
        super().setUp()
        self.clock.move_to(self.prepared_on)
        self.simulator.control("POST", "recall")

    # -- steps that a person takes ----------------------------------------------------------------

    @classmethod
    @contextmanager
    def own_transactions(cls):
        """Have transactions of their own take part in the test's, as Odoo does in a test."""
        cls.env.flush_all()
        cls.registry_patches = cls._registry_test_mode_patches(cr=cls.cr, registry=cls.registry)
        for patcher in cls.registry_patches:
            patcher.start()
        cls._registry_patched = True
        try:
            yield
        finally:
            cls.registry_leave_test_mode()
            cls.env.invalidate_all()

    @classmethod
    def connect(cls):
        """Make a connection and give consent."""
        cls.connection = cls.env["exact.connection"].create(
            {
                "name": "Test",
                "company_ids": cls.company.ids,
                "site": "simulator",
                "simulator_url": cls.simulator.url,
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
            }
        )
        cls.give_consent()
        return cls.connection

    @classmethod
    def give_consent(cls):
        """Give consent in the simulator, as the browser would."""
        consent = requests.get(
            cls.connection.action_connect()["url"], allow_redirects=False, timeout=20
        )
        query = requests.utils.urlparse(consent.headers["Location"]).query
        answer = dict(pair.split("=", 1) for pair in query.split("&"))
        with cls.own_transactions():
            found, company = cls.env["exact.connection"]._connection_of_consent(
                requests.utils.unquote(answer["state"])
            )
            found._accept_consent(requests.utils.unquote(answer["code"]))
        assert (found, company) == (cls.connection, cls.company)

    @classmethod
    def choose_division(cls):
        """Choose the administration, read its lists, fill in what is certain."""
        division = cls.connection.division_ids.filtered(lambda d: d.code == cls.administration)
        sync = cls.initial_sync()
        sync.write(
            {
                "division_id": division.id,
                "exact_start_date": fields.Date.today().replace(month=1, day=1),
            }
        )
        sync.action_use_administration()
        cls.run_queue()
        sync.is_all_shown = True
        sync._fill_in_certain()
        return division

    @classmethod
    def run_queue(cls):
        """Run the scheduled job, a second after what went before."""
        cls.clock.tick()
        with cls.own_transactions():
            cls.env["exact.sync.run"]._run()

    @classmethod
    def analyze(cls, tables):
        """Gather statistics of tables: all is one transaction, in which PostgreSQL does not."""
        cls.env.flush_all()
        cls.env.cr.execute(SQL("ANALYZE %s", SQL(", ").join(map(SQL.identifier, tables))))

    @classmethod
    def initial_sync(cls):
        """The company's initial sync, as its button opens it."""
        action = cls.company.action_exact_set_up()
        return cls.env[action["res_model"]].browse(action["res_id"])

    def invoice(self, *lines, move_type="out_invoice", post=True, **values):
        """An invoice of ``(price, tax)`` lines, posted."""
        move = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.customer.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": f"Line {number}",
                            "price_unit": price,
                            "quantity": 1,
                            "account_id": self.company_data["default_account_revenue"].id,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                    for number, (price, tax) in enumerate(lines, 1)
                ],
                **values,
            }
        )
        if post:
            move.action_post()
        return move

    def tax(self, percent):
        """The sale tax of so many percent that is mapped."""
        return self.env["account.tax"].search(
            [
                ("company_id", "=", self.company.id),
                ("type_tax_use", "=", "sale"),
                ("amount", "=", percent),
                ("exact_vat_code_id", "!=", False),
            ],
            limit=1,
        )

    # -- what is seen ----------------------------------------------------------------------------

    def item(self, record, operation="sales_entry"):
        return (
            self.env["exact.sync.queue"]
            .sudo()
            .search(
                [
                    ("res_model", "=", record._name),
                    ("res_id", "=", record.id),
                    ("operation", "=", operation),
                ],
                limit=1,
            )
        )

    def entries(self, move):
        """The entries that the simulator holds under the invoice's number."""
        entries = self.simulator.control("GET", f"{self.division.code}/entries")["entries"]
        return [entry for entry in entries if entry["header"]["YourRef"] == move.name]

    def switch(self, **options):
        self.simulator.control("POST", "switches", options)

    def fault(self, effect, method, path, **how):
        self.simulator.control(
            "POST", "faults", {"effect": effect, "method": method, "path": path, **how}
        )

    def count_calls(self, method, path):
        """Have the simulator count the calls of a kind from now on; see :meth:`calls_counted`."""
        self.fault("delay", method, path, times="always", seconds=0)

    def calls_counted(self):
        faults = self.simulator.control("GET", "faults")["faults"]
        return [fault["used"] for fault in faults]

    def payload_of(self, move):
        """What is sent of a document, as JSON has it, with GL accounts by their codes."""
        operation = move._exact_operation()
        payload = json.loads(json.dumps(operation._payload(move), cls=_Encoder))
        gl_accounts = self.env["exact.gl.account"].search([("division_id", "=", self.division.id)])
        codes = {row.exact_id: row.code for row in gl_accounts}
        for line in payload[operation._lines_property]:
            line["GLAccount"] = f"GUID of {codes[line['GLAccount']]}"
        return payload

    def assert_payload(self, name, move):
        """A document is sent exactly as it is written out in ``payloads/<name>.json``."""
        self.assertEqual([finding.text for finding in move._exact_refusals()], [])
        self.assertEqual(
            self.payload_of(move), json.loads((PAYLOADS / f"{name}.json").read_text())
        )

    # -- bills -----------------------------------------------------------------------------------

    def map_purchases(self):
        """Switch bills on and map what they need, as a person would on each form."""
        journal = self.company_data["default_journal_purchase"]
        journal.exact_is_sent = True
        journal.exact_journal_id = self.mirror("exact.journal", "600")
        journal.exact_credit_journal_id = self.mirror("exact.journal", "601")
        for name, code in (
            ("attn_VAT-IN-V81-21", "5"),
            ("attn_VAT-IN-V82-21-S", "5"),
            ("attn_VAT-IN-V81-06", "1"),
            ("attn_VAT-IN-V81-21-CC", "MA"),
        ):
            self.chart(name).exact_vat_code_id = self.mirror("exact.vat.code", code)
        self.company_data["default_account_expense"].exact_gl_account_id = self.mirror(
            "exact.gl.account", "604000"
        )

    @classmethod
    def mirror(cls, model, code):
        """The row of one of the administration's lists that has this code."""
        return cls.env[model].search([("division_id", "=", cls.division.id), ("code", "=", code)])

    @classmethod
    def chart(cls, name):
        """A record of the company's chart of accounts."""
        return cls.env["account.chart.template"].with_company(cls.company).ref(name)

    def supplier(self, **values):
        """The supplier of bills, or another one of these values."""
        usual = {
            "name": "Papeterie Lefèvre & Fils",
            "is_company": True,
            "zip": "5000",
            "city": "Namur",
            "country_id": self.env.ref("base.be").id,
            "vat": "BE0719335667",
        }
        partners = self.env["res.partner"]
        known = partners.search([("name", "=", usual["name"])], limit=1)
        return (not values and known) or partners.create({**usual, **values})

    def bill(self, *lines, move_type="in_invoice", post=True, **values):
        """A bill of ``(price, tax)`` lines on the default expense account, posted."""
        move = self.invoice(
            move_type=move_type,
            post=False,
            **{"partner_id": self.supplier().id, "ref": "F-20871", **values},
            invoice_line_ids=[
                Command.create(
                    {
                        "name": f"Line {number}",
                        "price_unit": price,
                        "account_id": self.company_data["default_account_expense"].id,
                        "tax_ids": [Command.set(tax.ids)],
                    }
                )
                for number, (price, tax) in enumerate(lines, 1)
            ],
        )
        if post:
            move.action_post()
        return move

    def attach(self, move, name="original.pdf", raw=b"%PDF-1.4 as the supplier sent it"):
        """A file that came with a bill."""
        file = self.env["ir.attachment"].create(
            {"name": name, "raw": raw, "res_model": move._name, "res_id": move.id}
        )
        move.message_main_attachment_id = file
        return file

    def refused_by_exact(self, move, operation="sales_entry"):
        """Send a document past preflight with the client alone; what Exact says to it.

        Its contact is brought to Exact first, as the queue does.
        """
        kind = self.env["exact.operation"].sudo().with_company(self.company)._of_kind(operation)
        partner = move.commercial_partner_id
        if not kind._of_kind("contact")._is_in_place(partner):
            self.env["exact.sync.queue"]._enqueue("contact", partner, self.company)
            self.run_queue()
        with self.enter_registry_test_mode():
            client = self.client_that_is_refused()
            try:
                kind._send(client, kind._payload(move.sudo().with_company(self.company)))
            except Rejected as refusal:
                return "\n".join(refusal.messages)
        return None

    def client_that_is_refused(self):
        """A client whose requests the log marks as meant to be refused."""
        client = self.connection.sudo()._client()
        client._session.headers["X-Expected-Refusal"] = "true"
        return client
