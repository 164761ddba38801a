# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What people do in Odoo through a fault campaign: contacts, invoices, credit notes, bills, their
files, and later changes of all of these. One person acts at a time, by dice; workers are at it
meanwhile.
"""

import random

import requests

from odoo import Command, fields
from odoo.service.model import retrying

from odoo.addons.exact_online_connector.exact_api import ExactError

from . import steps

OURS = "Campaign"  # all contacts of a campaign are called so, with a number
PAYS = 7  # a customer pays one in so many invoices, and what he pays is not changed afterwards
KNOWN = 3  # documents a contact, about
CITIES = ("Gent", "Brugge", "Ieper", "Hasselt", "Aalst", "Mechelen", "Leuven", "Tienen")


def map_all(env):
    """Map what bills and credit notes need, as a person would on each form."""
    division = steps._belgian(env)
    company = division.company_id
    steps._map_bills(env, division)
    for kind, code in (("purchase", "601"), ("sale", "701")):
        journal = env["account.journal"].search(
            [("company_id", "=", company.id), ("type", "=", kind)], limit=1)
        journal.exact_credit_journal_id = _of_list(env, division, "exact.journal", code)
        journal.exact_is_sent = True
    company.exact_payment_mode = "light"
    purchase_tax(env).exact_vat_code_id = _of_list(env, division, "exact.vat.code", "5")
    env.cr.commit()


def act(env, seed, first, last):
    """Do the acts of these numbers; each in a transaction of its own, as Odoo does what people
    ask for. The same seed and number are the same act.
    """
    for number in range(first, last):
        dice = random.Random(f"{seed}:{number}")
        [chosen] = dice.choices(list(ACTS), list(ACTS.values()))
        state = dice.getstate()

        def once(chosen=chosen, dice=dice, state=state, number=number):
            dice.setstate(state)
            chosen(env, dice, number)

        retrying(once, env)
        env.invalidate_all()


def mend(env, entries):
    """Do what the advice of each item in trouble says, once Exact holds these entries no more:
    release their links, press Retry; connect again. Returns how many items that were.
    """
    bindings = env["exact.binding"].search([("exact_id", "in", entries)])
    bindings.action_release()
    if env["exact.connection"].search([]).state != "connected":
        _connect(env)
    items = env["exact.sync.queue"].search([("state", "in", ("failed", "differs"))])
    items.action_retry()
    env.cr.commit()
    return len(items)


def _connect(env):
    """Exact's pages fail as all else does: then a person tries again."""
    for _attempt in range(20):
        try:
            return steps.connect(env)
        except (requests.RequestException, ExactError, KeyError):
            env.cr.rollback()
            env.invalidate_all()
    raise TimeoutError("Exact's page of consent failed time and again.")


def _invoice(env, dice, number):
    _posted(env, dice, "out_invoice", number)


def _credit_note(env, dice, number):
    _posted(env, dice, "out_refund", number)


def _bill(env, dice, number):
    _posted(env, dice, "in_invoice", number)


def _refund(env, dice, number):
    _posted(env, dice, "in_refund", number)


def _change_contact(env, dice, number):
    partner = steps._customer(env, f"{OURS} {dice.randrange(number // KNOWN + 1)}")
    partner.write({"city": dice.choice(CITIES), "street": f"Kerkstraat {number}"})


def _change_document(env, dice, _number):
    move = _one_of(env, dice, "posted")
    if move:
        move.button_draft()
        move.invoice_line_ids.price_unit = dice.randrange(100, 90_000) / 100
        move.action_post()
        _give_file(move)


def _reset(env, dice, _number):
    move = _one_of(env, dice, "posted")
    if move:
        move.button_draft()


def _post_again(env, dice, _number):
    move = _one_of(env, dice, "draft")
    if move:
        move.action_post()
        _give_file(move)


def _cancel(env, dice, _number):
    move = _one_of(env, dice, "posted")
    if move:
        move.button_cancel()


def _read_payments(env, _dice, _number):
    env["exact.division"]._queue_payments()


def _read_relations(env, _dice, _number):
    steps._belgian(env).action_read_accounts()


ACTS = {
    _invoice: 34, _credit_note: 10, _bill: 12, _refund: 4, _change_contact: 14,
    _change_document: 14, _reset: 3, _post_again: 3, _cancel: 3, _read_payments: 2,
    _read_relations: 1,
}


def _posted(env, dice, move_type, number):
    is_sale = move_type.startswith("out")
    partner = steps._customer(env, f"{OURS} {dice.randrange(number // KNOWN + 1)}")
    taxes = [steps._tax(env.company, rate) for rate in steps.RATES] if is_sale else [
        purchase_tax(env)]
    account = steps._account(env.company) if is_sale else _expense(env)
    move = env["account.move"].create({
        "move_type": move_type,
        "partner_id": partner.id,
        "invoice_date": fields.Date.today(),
        "ref": f"{OURS}-{number}",
        "invoice_line_ids": [Command.create({
            "name": f"Work {line}",
            "price_unit": dice.randrange(1, 200_000) / 100,
            "account_id": account.id,
            "tax_ids": [Command.set(dice.choice(taxes).ids)],
        }) for line in range(dice.randrange(1, 4))],
    })
    move.action_post()
    _give_file(move)


def _give_file(move):
    if move.is_sale_document():
        steps._give_pdf(move)
    elif not move.message_main_attachment_id:
        move.message_main_attachment_id = move.env["ir.attachment"].create({
            "name": f"{move.ref}.pdf", "raw": f"%PDF-1.4\n% {move.ref}\n%%EOF\n".encode(),
            "mimetype": "application/pdf", "res_model": move._name, "res_id": move.id})


def _one_of(env, dice, state):
    """A document of the campaign that nobody pays; none when there is none yet."""
    moves = env["account.move"].search([
        ("partner_id.name", "=like", f"{OURS} %"), ("state", "=", state),
        ("move_type", "!=", "entry")], order="id")
    free = [move for move in moves if move.move_type != "out_invoice" or move.id % PAYS]
    return free and dice.choice(free)


def purchase_tax(env):
    return env["account.chart.template"].with_company(env.company).ref("attn_VAT-IN-V81-21")


def _expense(env):
    return env["account.account"].search(
        [("company_ids", "=", env.company.id), ("account_type", "=", "expense"),
         ("exact_gl_account_id", "!=", False)], limit=1)


def _of_list(env, division, model, code):
    return env[model].search([("division_id", "=", division.id), ("code", "=", code)])
