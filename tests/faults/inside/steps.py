# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What people and scheduled jobs do in Odoo. Each takes ``env`` and JSON values, returns these."""

import os
import random
import time
from datetime import date
from urllib.parse import parse_qs, urlsplit

import requests

from odoo import Command, fields
from odoo.service.model import retrying

from odoo.addons.exact_online_connector.models.exact_simulator import CLIENT_ID, CLIENT_SECRET
from odoo.addons.exact_online_connector.models.own_transaction import in_own_transaction
from odoo.addons.exact_online_connector.operations import feed, mirrored_entries

RATES = (21.0, 6.0)  # of Belgium


def set_up(env, url, divisions):
    """Connect and map companies as a person would: ``divisions`` is {company name: code}."""
    let_exact_settle(env, 0)
    companies = env["res.company"].search([("name", "in", list(divisions))])
    connection = env["exact.connection"].create(
        {
            "name": "Faults",
            "company_ids": companies.ids,
            "site": "simulator",
            "simulator_url": url,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
        }
    )
    connect(env, url)
    for company in companies:
        env = env(context={"allowed_company_ids": company.ids})
        division = connection.division_ids.filtered(
            lambda d, company=company: d.code == divisions[company.name]
        )
        sync = env["exact.initial.sync"]._of(company)
        sync.write({"division_id": division.id, "exact_start_date": _first_of_year()})
        sync.action_use_administration()
    env.cr.commit()
    work(env)
    for company in companies:
        sync = env["exact.initial.sync"].with_context(allowed_company_ids=company.ids)._of(company)
        sync.is_all_shown = True
        sync._fill_in_certain()


def connect(env, url=None):
    """Give consent: to the simulator at ``url``, which the connection then talks to."""
    connection = env["exact.connection"].search([])
    if url and url != connection.simulator_url:
        connection.action_disconnect()
        connection.simulator_url = url
    consent_page = connection.action_connect()["url"]
    env.cr.commit()
    answer = requests.get(consent_page, allow_redirects=False, timeout=20)
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    found, _company = connection._connection_of_consent(query["state"][0])
    found._accept_consent(query["code"][0])
    env.cr.commit()


def change_customer(env, customer, **values):
    """Change the customer of this name."""
    _customer(env, customer).write(values)
    env.cr.commit()


def read_relations(env):
    """Queue a reading of the relations of each administration."""
    env["res.company"].search([]).exact_division_id.action_read_accounts()
    env.cr.commit()


def queue_by_the_clock(env):
    """What the scheduled job does for lists, long after they were read."""
    env["exact.division"].search([]).refreshed_on = False
    env.cr.commit()
    env["exact.division"]._cron_refresh()
    env.cr.commit()


def read_payments(env, mode="light"):
    """Queue a reading of what was paid, for the Belgian company."""
    division = env["exact.division"].search([("code", "=", 320101)])
    if division.company_id.exact_payment_mode != mode:
        division.company_id.exact_payment_mode = mode
    env["exact.division"]._queue_payments()
    env.cr.commit()


def mirror_bank(env):
    """Have the Belgian company's bank journal mirror one of Exact, and map what it needs."""
    company = _belgian(env).company_id
    env = env(context={"allowed_company_ids": company.ids})
    bank = env["account.journal"].search(
        [("company_id", "=", company.id), ("type", "=", "bank")], limit=1)
    receivable = env["account.account"].search(
        [("company_ids", "in", company.ids), ("account_type", "=", "asset_receivable")], limit=1)
    division = [("division_id", "=", company.exact_division_id.id)]
    receivable.exact_gl_account_id = env["exact.gl.account"].search(
        [*division, ("code", "=", "400000")])
    journal = env["exact.journal"].search([*division, ("code", "=", "501")])
    bank.write({"exact_journal_id": journal.id, "exact_is_mirrored": True})
    env.cr.commit()


def read_mirrored(env):
    """Queue a reading of what was booked in mirrored journals, and of what was deleted."""
    env["exact.division"]._queue_mirrored_entries()
    _belgian(env)._read_ledger()
    env.cr.commit()


def small_batches(env, entries):
    """Book so many mirrored entries in one transaction, in this worker."""
    mirrored_entries.BATCH = entries


def switch_webhooks_on(env, secret):
    """Have Exact tell of the Belgian administration, whose payments the company wants to see."""
    division = _belgian(env)
    division.connection_id.webhook_secret = secret
    division.company_id.exact_payment_mode = "light"
    press(env, "exact.division", division.id, "action_webhooks_on")


def small_pages(env, rows):
    """Let Exact's feeds come in pages of so many rows, in this worker."""
    feed.PAGE = rows


def compare(env):
    """Queue an agreement report of the Belgian company over the year."""
    division = env["exact.division"].search([("code", "=", 320101)])
    year = date.today().year
    report = env["exact.agreement"].search([]) or env["exact.agreement"].create({
        "company_id": division.company_id.id,
        "date_from": date(year, 1, 1), "date_to": date(year, 12, 31)})
    report.action_compare()
    env.cr.commit()


def invoices(env, count, customer, company=None, seed=1):
    """Post invoices of two lines to the customer of this name, made when there is none.

    Each has a small PDF as its legal document.

    :return: ``[{id, name, total}]``, the total in euro as text with two decimals
    """
    company = env["res.company"].search([("name", "=", company)]) if company else env.company
    env = env(context={"allowed_company_ids": company.ids})
    dice = random.Random(seed)
    taxes = [_tax(company, rate) for rate in RATES]
    account = _account(company)
    partner = _customer(env, customer)
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": f"Work at {tax.amount:g} %",
                            "price_unit": dice.randrange(1, 200_000) / 100,
                            "account_id": account.id,
                            "tax_ids": [Command.set(tax.ids)],
                        }
                    )
                    for tax in taxes
                ],
            }
            for _number in range(count)
        ]
    )
    moves.action_post()
    _give_pdf(moves)
    return [
        {"id": move.id, "name": move.name, "total": f"{move.amount_total:.2f}"} for move in moves
    ]


def change_invoice(env, invoice, price):
    """Reset an invoice to draft, give its lines another price and post it again; what it is then,
    as :func:`invoices` has it.
    """
    move = env["account.move"].browse(invoice)

    def change():
        move.button_draft()
        move.invoice_line_ids.price_unit = price
        move.action_post()
        _give_pdf(move)

    retrying(change, env)  # as Odoo does with all that people do
    return {"id": move.id, "name": move.name, "total": f"{move.amount_total:.2f}"}


def cancel_invoice(env, invoice):
    """Cancel an invoice."""
    env["account.move"].browse(invoice).button_cancel()


def mark_as_test(env):
    """Have the Belgian administration be one for tests, of which all is known that probes need;
    what was measured before is forgotten.
    """
    division = _belgian(env)
    division.is_test = True
    if not env["exact.account"].search_count([("division_id", "=", division.id)], limit=1):
        division.action_read_accounts()
        env.cr.commit()
        work(env)
    _map_bills(env, division)
    division.probe_ids.unlink()
    division.calibration_ids.unlink()
    env.cr.commit()


def measure(env):
    """Press the button, and say yes."""
    _belgian(env)._measure()
    env.cr.commit()


def stop_measuring(env):
    """Stop it."""
    press(env, "exact.division", _belgian(env).id, "action_remove_probes")


def past_invoices(env, company, **values):
    """Post invoices, as :func:`invoices`, at a time when the company had no administration yet."""
    owner = env["res.company"].search([("name", "=", company)])
    division = owner.exact_division_id
    owner.exact_division_id = False
    posted = invoices(env, company=company, **values)
    owner.exact_division_id = division
    env.cr.commit()
    return posted


def back_fill(env, company):
    """Have the company's documents of today counted and checked; return the back-fill's id."""
    owner = env["res.company"].search([("name", "=", company)])
    fills = env(context={"allowed_company_ids": owner.ids})["exact.back.fill"]
    fill = fills.create({"date_from": fields.Date.today()})
    press(env, "exact.back.fill", fill.id, "action_count")
    work(env)
    return fill.id


def press(env, model, record, button):
    """Press a button of a record."""
    getattr(env[model].browse(record), button)()
    env.cr.commit()


def work(env, items=None):
    """What the scheduled job does: one run over the queue, with time for so many items."""
    if items is None:
        env["exact.sync.run"]._run()
        return
    time_left = iter([True] * (items - 1))
    env["exact.sync.run"]._run(lambda: next(time_left, False))


def work_for(env, seconds):
    """Run the scheduled job again and again for so long. Nothing waits for its moment, but for
    limits of Exact and for what Exact may still be at work on.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        in_own_transaction(env, _hasten)
        if not env["exact.sync.run"]._run(lambda: time.monotonic() < end):
            time.sleep(0.2)


def _hasten(env):
    now = fields.Datetime.now()
    env.cr.execute(
        """UPDATE exact_sync_queue SET due_on = %s
           WHERE due_on > %s AND state IN ('waiting', 'ready', 'sent')
             AND error_class IS DISTINCT FROM 'limit'""", [now, now])
    env.cr.execute(
        "UPDATE exact_call_budget SET paused_until = NULL "
        "WHERE paused_until > %s AND NOT COALESCE(is_limit, false)", [now])


def let_exact_settle(env, seconds):
    """How long to wait before an unknown outcome is looked up."""
    parameters = env["ir.config_parameter"]
    parameters.set_param("exact_online_connector.settle_seconds", str(seconds))


def wait_for(env, operation, state, patience=60.0):
    """Wait until another worker has brought an item of this kind to this state."""
    wanted = [("operation", "=", operation), ("state", "=", state)]
    deadline = time.monotonic() + patience
    while not env["exact.sync.queue"].search_count(wanted):
        env.cr.rollback()  # to see what is committed now
        if time.monotonic() > deadline:
            raise TimeoutError(f"No {operation} came to the state {state}.")
        time.sleep(0.02)
    env.cr.rollback()


def take_stock(env):
    """What each run begins with: take up what dead workers left behind."""
    env["exact.sync.run"]._take_stock()
    env.cr.commit()


def make_due(env):
    """Let all waiting be over: that of items for their moment, that of an administration."""
    now = fields.Datetime.now()
    waiting = env["exact.sync.queue"].search([("due_on", ">", now)])
    waiting.due_on = now
    env["exact.call.budget"].search([("paused_until", ">", now)]).paused_until = False
    env.cr.commit()


def retry(env, state):
    """Press Retry on all items of a state."""
    env["exact.sync.queue"].search([("state", "=", state)]).action_retry()


def access_token(env):
    """An access token as the client gets it; what is raised instead, by the class's name."""
    connection = env["exact.connection"].search([])
    try:
        return env["exact.connection.token"]._valid_access_token(connection)
    except Exception as error:
        return type(error).__name__


def want_tokens(env, until):
    """Ask for an access token all the time, until there is this file; the different ones that
    came, in their order.
    """
    connection = env["exact.connection"].search([])
    seen = []
    while not os.path.exists(until):
        token = env["exact.connection.token"]._valid_access_token(connection)
        if token not in seen[-1:]:
            seen.append(token)
        time.sleep(random.uniform(0, 0.02))
    return seen


def _customer(env, name):
    values = {"name": name, "country_id": env.ref("base.be").id, "is_company": True}
    partners = env["res.partner"]
    return partners.search([("name", "=", name)], limit=1) or partners.create(values)


def _belgian(env):
    division = env["exact.division"].search([("code", "=", 320101)])
    return division.with_company(division.company_id)


def _map_bills(env, division):
    mirrors = {
        "account.journal": ("type", "purchase", "exact_journal_id", "exact.journal", "600"),
        "account.account": (
            "account_type", "expense", "exact_gl_account_id", "exact.gl.account", "604000"),
    }
    for model, (field, kind, mapping, mirror, code) in mirrors.items():
        company = "company_ids" if model == "account.account" else "company_id"
        record = env[model].with_company(division.company_id).search(
            [(company, "=", division.company_id.id), (field, "=", kind)], limit=1)
        record[mapping] = env[mirror].search(
            [("division_id", "=", division.id), ("code", "=", code)])


def _first_of_year():
    return fields.Date.today().replace(month=1, day=1)


def _tax(company, rate):
    return company.env["account.tax"].search(
        [
            ("company_id", "=", company.id),
            ("type_tax_use", "=", "sale"),
            ("amount", "=", rate),
            ("exact_vat_code_id", "!=", False),
        ],
        limit=1,
    )


def _account(company):
    accounts = company.env["account.account"].with_company(company)
    return accounts.search(
        [
            ("company_ids", "=", company.id),
            ("account_type", "=", "income"),
            ("exact_gl_account_id", "!=", False),
        ],
        limit=1,
    )


def _give_pdf(moves):
    moves.env["ir.attachment"].create(
        [
            {
                "name": f"{move.name.replace('/', '_')}.pdf",
                "raw": f"%PDF-1.4\n% {move.name} {move.amount_total:.2f}\n%%EOF\n".encode(),
                "mimetype": "application/pdf",
                "res_model": move._name,
                "res_id": move.id,
                "res_field": "invoice_pdf_report_file",
            }
            for move in moves
        ]
    )
    moves.invalidate_recordset(["invoice_pdf_report_id", "invoice_pdf_report_file"])
