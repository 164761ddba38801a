# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Invoices that cannot be sent yet: the person reads why, mends it once, retries all of that cause,
and they are done.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps

CAUSE = re.compile("VAT code missing for tax 21%")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1366, "height": 900}


@pytest.fixture
def accountant(person):
    """The bookkeeper of a company that is connected and mapped, but for the tax of 21 %."""
    person.log_in("admin")
    person.open_app()
    steps.connect(person, steps.BELGIAN)
    person.log_out()
    person.log_in("accountant")
    person.open_app()
    open_tax(person)
    person.empty("exact_vat_code_id")
    person.press("Save manually")
    person.photograph("tax-without-code")
    return person


def open_tax(person):
    person.open_menu("Configuration", "Taxes")
    person.search("21%")
    person.open_row(re.compile("21%.*Sales"))


def duplicate(person):
    """Make another invoice like the one that is open, and post it."""
    person.page.locator(".o_cp_action_menus button").first.click()
    person.page.get_by_role("menuitem", name="Duplicate").click()
    expect(person.page.locator(".o_last_breadcrumb_item", has_text="Draft")).to_be_visible()
    person.press("Confirm")
    expect(person.page.locator(".o_statusbar_status .o_arrow_button_current",
                               has_text="Posted")).to_be_visible()
    return person.page.locator("h1 [name='name']").inner_text().strip()


def open_causes(person):
    """The queue, what needs attention, grouped by its cause."""
    person.open_menu("Exact Online", "Queue")
    person.choose_filter("Needs attention")
    person.choose_filter("Cause")


def look_on_a_phone(person):
    """The queue as cards, each with its cause and the button that mends it."""
    person.page.set_viewport_size(PHONE)
    person.page.reload()
    card = person.page.locator(".o_kanban_record", has_text=CAUSE).first
    expect(card.get_by_role("button", name="Map the tax")).to_be_visible()
    card.scroll_into_view_if_needed()
    person.photograph("on-a-phone")
    person.page.set_viewport_size(DESK)
    person.page.reload()


def test_a_cause_is_said_mended_and_all_that_it_holds_up_retried(accountant):
    invoice = steps.post_draft_invoice(accountant)
    accountant.waits_for(steps.BADGE, re.compile("Needs attention"))
    accountant.photograph("needs-attention")
    twin = duplicate(accountant)
    accountant.waits_for(steps.BADGE, re.compile("Needs attention"))

    accountant.open_menu("Exact Online", "Queue")
    look_on_a_phone(accountant)
    open_causes(accountant)
    group = accountant.page.locator(".o_group_header", has_text=CAUSE)
    expect(group).to_contain_text("2")
    accountant.photograph("causes")
    group.click()
    accountant.open_row(invoice.number)
    accountant.sees("has no Exact Online VAT code")
    accountant.sees("Nothing was sent. Mend this in Odoo, then press Retry.")
    accountant.photograph("failed")
    accountant.press("Copy for support")
    accountant.sees("exact_online_connector: 19.0", within=".modal")
    accountant.photograph("for-support")
    accountant.press("Close", within=".modal-footer")
    expect(accountant.page.locator(".modal")).to_have_count(0)

    accountant.page.keyboard.press("Alt+q")  # what "Map the tax" is, by the keyboard
    accountant.sees("21%", within=".o_last_breadcrumb_item")
    accountant.choose("exact_vat_code_id", "Binnenland exclusief 21%")
    accountant.press("Save manually")
    accountant.photograph("code-chosen")

    accountant.go_back_to("Queue")
    accountant.press("Would they pass now?")
    accountant.sees("2 of 2 would pass now", within=".o_notification")
    accountant.sees("Would pass", within=".o_group_header")
    accountant.photograph("would-pass")
    accountant.go_back_to("Queue")
    accountant.page.locator(".o_data_row", has_text=invoice.number).get_by_role("checkbox").check()
    accountant.photograph("what-can-be-done-with-the-chosen")
    accountant.page.keyboard.press("Alt+y")  # Retry all of this cause
    accountant.sees("2 items are tried again.", within=".o_notification")
    accountant.open_menu("Exact Online", "Queue")
    for number in (invoice.number, twin):
        accountant.waits_for(".o_data_row", re.compile(f"{number}.*Sales entry.*Done"))
    accountant.photograph("all-done")
    accountant.open_row(re.compile(f"{twin}.*Sales entry"))
    accountant.photograph("done")
    expect(accountant.page.get_by_role("button", name="Retry")).to_have_count(0)
    steps.find_booking(accountant, steps.BELGIAN, twin)
