# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An accountant has Exact tell Odoo at once of what the bookkeeper books."""

import re
import time

from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.bookkeeper import Bookkeeper
from tests.browser.person import SECONDS_FOR_THE_JOB

DIVISION, COMPANY = 320101, "Demo Brussel BV"
ROWS = "div[name='exact_webhook_ids'] .o_data_row"


def test_exact_tells_of_a_payment_and_the_invoice_shows_it(person):
    person.log_in("admin")
    person.open_app()
    steps.connect(person, steps.BELGIAN)
    invoice = steps.post_draft_invoice(person)
    person.waits_for(steps.BADGE, re.compile("In Exact"))

    person.open_app()
    person.open_menu("Exact Online", "Connections")
    person.open_row("Exact Online")
    person.sees("A webhook secret is kept already")
    person.photograph("connection")

    open_tab(person)
    person.choose("exact_payment_mode", "Show in Odoo what is paid in Exact")
    person.press("Save manually")
    expect(person.page.get_by_role("button", name="Save manually")).to_be_hidden()
    open_tab(person)
    person.sees("nothing is missed either way")
    show(person, "Switch webhooks on")
    person.photograph("before")
    person.press("Switch webhooks on")
    expect(person.page.locator(ROWS)).to_have_count(6)
    waits_in_tab(person, "Bank entries", "No message came yet")
    expect(person.page.get_by_text("/exact_online/webhook/")).to_be_visible()
    show(person, "Switch webhooks off")
    person.photograph("subscribed")

    Bookkeeper(person.office.exact_url, DIVISION).receive(invoice.number, None)
    person.page.goto(f"{person.office.url}/odoo/action-account.action_move_out_invoice_type/"
                     f"{invoice.id}")
    person.waits_for("div[name='exact_payment_state']", re.compile("Paid in Exact"))
    person.photograph("paid")
    open_tab(person)
    waits_in_tab(person, "Bank entries", "It works")
    show(person, "Switch webhooks off")
    person.photograph("works")
    person.press("Switch webhooks off")
    expect(person.page.get_by_role("button", name="Switch webhooks on")).to_be_visible()
    deadline = time.monotonic() + SECONDS_FOR_THE_JOB
    while person.page.locator(ROWS).count() and time.monotonic() < deadline:
        open_tab(person)
    expect(person.page.locator(ROWS)).to_have_count(0)
    person.photograph("off")


def open_tab(person):
    person.page.goto(f"{person.office.url}/odoo/companies")
    person.open_row(COMPANY)
    person.page.get_by_role("tab", name="Exact Online").click()
    expect(person.page.get_by_text("By webhooks Exact Online tells")).to_be_visible()


def show(person, button):
    person.page.get_by_role("button", name=button, exact=True).scroll_into_view_if_needed()


def waits_in_tab(person, topic, text):
    """Look again until the scheduled job has brought `text` to the row of a topic."""
    row = person.page.locator(ROWS).filter(has_text=topic).filter(has_text=text)
    deadline = time.monotonic() + SECONDS_FOR_THE_JOB
    while not row.count() and time.monotonic() < deadline:
        open_tab(person)
        person.page.wait_for_timeout(1000)
    expect(row).to_be_visible()
