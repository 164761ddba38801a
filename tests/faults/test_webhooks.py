# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Exact tells a running Odoo that the bank was booked: the invoice is paid without any asking."""

import hashlib
import hmac
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.environment import api, ports
from tests.environment.suites import odoo_complaints

from .crew import step
from .exact import Exact
from .scene import copied_scene

SECRET = "simulator-webhook-secret"
APP = "{11111111-2222-3333-4444-555555555555}"
TERMS = "sync/Cashflow/PaymentTerms"
# The jobs that ask by the clock, without which all must work here.
ASKING = ("_cron_payments", "_cron_accounts", "_cron_open_items", "_cron_refresh")
PATIENCE = 60.0


@pytest.fixture(scope="module")
def odoo(prepared):
    """A Scene with a running Odoo whose jobs ask Exact nothing by themselves; `.url`, `.log`."""
    port = ports.free_port()
    name = f"webhooks_{os.getpid()}"
    with api.simulator(name="faults_webhooks") as running, copied_scene(prepared, name) as scene:
        api.set_addresses(scene.database, f"http://127.0.0.1:{port}", running.url)
        scene.exact = Exact(running)
        scene.crew.do(step("connect", url=running.url))
        jobs = " OR ".join(f"code LIKE '%{job}%'" for job in ASKING)
        scene.change(f"""UPDATE ir_cron SET active = false WHERE ir_actions_server_id IN
                         (SELECT id FROM ir_act_server WHERE {jobs})""")
        with api.odoo_server(scene.database, port=port, cron_threads=1) as server:
            scene.server = server
            yield scene
    assert odoo_complaints(server.log.read_text(errors="replace")) == []


@pytest.fixture
def subscribed(odoo):
    """The same, when Exact knows where to send its messages."""
    odoo.crew.do(step("switch_webhooks_on", secret=SECRET))
    wait_until(lambda: len(webhooks(odoo, "state = 'subscribed'")) == 6)
    return odoo


def test_a_payment_booked_in_exact_shows_at_once(subscribed):
    [invoice] = subscribed.invoices()
    wait_until(lambda: [item["state"] for item in entries(subscribed, invoice)] == ["done"])
    [entry] = subscribed.exact.entries(subscribed.division)[invoice["name"]]
    body = {"documents": [{"entry": entry["entry_id"]}]}
    began = time.monotonic()
    subscribed.exact.control("POST", f"{subscribed.division}/payments", body)
    wait_until(lambda: settled(subscribed, invoice))
    print(f"\nPaid in Exact, shown in Odoo after {time.monotonic() - began:.1f} s")
    [webhook] = webhooks(subscribed, "topic = 'BankEntries'")
    assert webhook["last_message_on"]


def test_a_bank_statement_of_five_hundred_lines_is_one_reading(subscribed):
    subscribed.change("UPDATE exact_webhook_subscription SET is_unread = false, wake_on = NULL")
    subscribed.change("DELETE FROM ir_cron_trigger")
    readings = len(subscribed.exact.traffic(path=TERMS))
    address = subscribed.sql("SELECT webhook_key FROM exact_connection_token")[0]["webhook_key"]
    url = f"{subscribed.server.url}/exact_online/webhook/{address}"
    began = time.monotonic()
    with ThreadPoolExecutor(16) as bank:
        statuses = set(bank.map(lambda line: send(url, message(subscribed, line)), range(500)))
    print(f"\n500 messages, 16 at a time: {time.monotonic() - began:.1f} s")
    assert statuses == {200}
    wait_until(lambda: len(subscribed.exact.traffic(path=TERMS)) > readings)
    time.sleep(3)
    assert len(subscribed.exact.traffic(path=TERMS)) == readings + 1
    [webhook] = webhooks(subscribed, "topic = 'BankEntries'")
    triggers = subscribed.sql(f"""SELECT id FROM ir_cron_trigger
                                  WHERE call_at >= '{webhook["last_message_on"]}'""")
    assert len(triggers) <= 1 + len(subscribed.sql("SELECT id FROM ir_cron WHERE active"))


def message(scene, line):
    content = json.dumps({
        "Topic": "BankEntries", "ClientId": APP, "Division": scene.division, "Action": "Create",
        "Key": f"00000000-0000-4000-8000-{line:012}", "EventCreatedOn": "2026-01-06T16:26:08.587"})
    digest = hmac.new(SECRET.encode(), content.encode(), hashlib.sha256).hexdigest().upper()
    return f'{{"Content":{content},"HashCode":"{digest}"}}'


def send(url, body):
    headers = {"Content-Type": "application/json"}
    return requests.post(url, data=body, headers=headers, timeout=60).status_code


def wait_until(is_so):
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline, "It never came to that."
        time.sleep(0.2)


def webhooks(scene, where):
    return scene.sql(f"SELECT * FROM exact_webhook_subscription WHERE {where}")


def entries(scene, invoice):
    return scene.items(f"operation = 'sales_entry' AND res_id = {invoice['id']}")


def settled(scene, invoice):
    return scene.sql(f"""SELECT id FROM exact_settlement
                         WHERE move_id = {invoice['id']} AND state = 'settled'""")
