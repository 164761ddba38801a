# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Somebody who looks at the overview in the morning, and gets from a figure to what to do."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def failing(accountant):
    """An invoice that waits as the tax of 21 % has no code any more."""
    accountant.open_menu("Configuration", "Taxes")
    accountant.search("21%")
    accountant.open_row(re.compile("21%.*Sales"))
    accountant.empty("exact_vat_code_id")
    accountant.press("Save manually")
    invoice = steps.post_draft_invoice(accountant)
    accountant.waits_for(steps.BADGE, re.compile("Needs attention"))
    return invoice


def test_before_anything_is_set_up_the_overview_says_what_to_do(person):
    person.log_in("admin")
    person.open_app()
    person.open_menu("Exact Online", "Overview")
    person.sees("No company books in Exact Online yet")
    person.photograph("nothing-set-up")
    person.page.locator(".o_view_nocontent").get_by_text("Set up").click()
    person.sees("Connect")
    person.photograph("set-up")


def test_from_a_figure_to_the_item_and_its_mend(accountant, failing):
    accountant.open_menu("Exact Online", "Overview")
    card = accountant.page.locator(".o_exact_overview .o_kanban_record").first
    expect(card.get_by_text("Connected", exact=True)).to_be_visible()
    accountant.sees("Nothing was sent in these days.")
    accountant.photograph("overview")
    card.locator(".o_exact_link", has_text="VAT code").click()
    accountant.sees(failing.number)
    accountant.go_back_to("Overview")
    card.locator(".o_exact_link", has_text="Failed").click()
    accountant.photograph("failed-items")
    accountant.open_row(failing.number)
    accountant.sees("has no Exact Online VAT code")
    accountant.photograph("item")

    accountant.page.goto(f"{accountant.office.url}/odoo/accounting")
    journal = accountant.page.locator(".o_kanban_record", has=accountant.page.locator(
        "[name='exact_online']")).first
    expect(journal.get_by_text("1 Failed")).to_be_visible()
    accountant.photograph("odoos-own-dashboard")
    journal.get_by_text("1 Failed").click()
    accountant.open_row(failing.number)
    accountant.press("Map the tax")
    accountant.choose("exact_vat_code_id", "Binnenland exclusief 21%")
    accountant.press("Save manually")
    accountant.go_back_to(f"Sales entry {failing.number}")
    accountant.press("Retry")
    accountant.waits_for(".o_statusbar_status .o_arrow_button_current", re.compile("Done"))

    accountant.page.goto(f"{accountant.office.url}/odoo/exact-overview")
    accountant.waits_for(".o_exact_overview", re.compile("found equal there"))
    expect(card.locator("canvas")).to_be_visible()
    accountant.photograph("all-is-well")
    accountant.page.set_viewport_size(PHONE)
    accountant.page.reload()
    expect(card.locator("canvas")).to_be_visible()
    accountant.photograph("on-a-phone")


def test_the_log_of_calls_is_counted_in_a_graph_and_a_pivot(accountant):
    accountant.page.goto(
        f"{accountant.office.url}/odoo/action-exact_online_connector.exact_call_action")
    accountant.sees("system/Divisions")
    accountant.photograph("calls")
    for view in ("graph", "pivot"):
        accountant.page.locator(f".o_switch_view.o_{view}").click()
        expect(accountant.page.locator(f".o_{view}_view")).to_be_visible()
        accountant.photograph(f"calls-{view}")
