# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An invoice that is in Exact is changed, reversed and undone, by people who read what happens."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.bookkeeper import Bookkeeper

DIVISION = 320101


@pytest.fixture
def invoice(person):
    """An invoice that is in Exact Online; its form is open."""
    person.log_in("admin")
    person.open_app()
    steps.connect(person, steps.BELGIAN)
    posted = steps.post_draft_invoice(person)
    person.waits_for(steps.BADGE, re.compile("In Exact"))
    return posted


def test_it_is_changed_then_reversed_then_undone(person, invoice):
    exact = Bookkeeper(person.office.exact_url, DIVISION)
    person.press("Reset to Draft")
    person.sees("It is still in Exact Online as")
    person.waits_for(steps.BADGE, re.compile("In Exact, changed since"))
    person.photograph("draft")
    change(person)
    person.waits_for(steps.BADGE, re.compile("In Exact$"))
    assert len(entries(exact, invoice)) == 1, "replaced"

    exact.process(invoice.number)
    person.press("Reset to Draft")
    change(person)
    person.waits_for(steps.BADGE, re.compile("Needs attention"))
    person.press_stat("Exact Online")
    person.open_row("Failed")
    person.sees("Exact Online has processed")
    person.photograph("processed")
    person.press("Reverse it")
    person.sees("A reversing entry is booked", within=".modal")
    person.photograph("reverse-it")
    person.press("Ok", within=".modal")
    person.waits_for(".o_statusbar_status .o_arrow_button_current", re.compile("Done"))
    person.photograph("reversed")
    assert len(entries(exact, invoice)) == 2
    assert len(entries(exact, invoice, "-R")) == 1

    person.page.locator(".o_cp_action_menus button").first.click()
    person.page.get_by_role("menuitem", name="Undo in Exact Online").click()
    person.sees("are removed from Exact Online", within=".modal")
    person.photograph("undo")
    person.press("Remove from Exact Online", within=".modal")
    expect(person.page.locator(".modal")).to_have_count(0)
    expect(person.page.locator(".o_data_row").first).to_be_visible()
    person.photograph("undo-queued")
    person.page.goto(f"{person.office.url}/odoo/action-account.action_move_out_invoice_type/"
                     f"{invoice.id}")
    person.waits_for(steps.BADGE, re.compile("Removed from Exact"))
    person.photograph("undone")
    assert len(entries(exact, invoice)) == 1, "what was reversed stays"


def test_the_company_decides(person):
    person.log_in("admin")
    person.open_app("Settings")
    person.page.goto(f"{person.office.url}/odoo/companies")
    person.open_row("Demo Brussel BV")
    person.page.get_by_role("tab", name="Exact Online").click()
    person.sees("When its period is closed in Exact")
    person.photograph("company")
    person.page.goto(f"{person.office.url}/odoo/action-account.action_account_config")
    setting = person.page.get_by_text("After booking", exact=True)
    setting.scroll_into_view_if_needed()
    expect(setting).to_be_visible()
    person.photograph("settings")


def change(person):
    """Take a line away from the draft and confirm it."""
    person.page.locator(".o_data_row .o_list_record_remove button").last.click()
    person.press("Save manually")
    person.press("Confirm")
    expect(person.page.locator(".o_statusbar_status .o_arrow_button_current",
                               has_text="Posted")).to_be_visible()


def entries(exact, invoice, mark=""):
    return [entry for entry in exact.entries()
            if entry["header"]["YourRef"] == invoice.number + mark]
