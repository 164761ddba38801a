# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What Exact would refuse is seen before it is sent, and bills go once somebody says so."""

import re

from playwright.sync_api import expect

from tests.browser import steps

REFUSAL = ".alert:has-text('Exact Online would refuse this')"


def test_a_draft_says_what_is_missing_and_leads_to_it(accountant):
    accountant.open_menu("Configuration", "Taxes")
    accountant.search("21%")
    accountant.open_row(re.compile("21%.*Sales"))
    accountant.empty("exact_vat_code_id")
    accountant.press("Save manually")

    accountant.open_menu("Customers", "Invoices")
    accountant.open_row("Draft")
    accountant.sees("Exact Online would refuse this: The tax 21%")
    accountant.photograph("draft-with-banner")
    title = accountant.page.locator(".o_last_breadcrumb_item").inner_text().strip()
    accountant.page.locator(REFUSAL).get_by_text("Map the tax").click()
    accountant.sees("21%", within=".o_last_breadcrumb_item")
    accountant.choose("exact_vat_code_id", "Binnenland exclusief 21%")
    accountant.press("Save manually")
    accountant.photograph("tax-mapped")

    accountant.go_back_to(title.split("\n")[0])
    expect(accountant.page.locator(REFUSAL)).to_have_count(0)
    accountant.photograph("draft-without-banner")


def test_bills_are_switched_on_checked_mended_and_sent(accountant):
    accountant.open_menu("Configuration", "Journals")
    accountant.open_row("Purchase")
    accountant.page.get_by_role("tab", name="Exact Online").click()
    accountant.page.locator("div[name='exact_is_sent'] input").check()
    accountant.press("Save manually")
    accountant.photograph("journal")

    accountant.open_menu("Vendors", "Bills")
    accountant.page.locator("thead .o_list_record_selector input").check()
    choose_action(accountant, "Check for Exact Online")
    accountant.sees("2 would be accepted, 1 would be refused")
    accountant.photograph("refused")
    bills = accountant.page.locator(".o_last_breadcrumb_item").inner_text().strip()

    row = accountant.page.locator(".o_data_row", has_text="BILL").last
    row.get_by_role("button", name="Put right").click()
    accountant.choose("exact_gl_account_id", "602000")
    accountant.press("Save manually")
    accountant.photograph("account-mapped")
    accountant.go_back_to(bills.split("\n")[0])
    expect(row.locator("[name='exact_refusal']")).to_have_text("")
    accountant.photograph("one-is-right")

    row.locator("[name='partner_id']").click()
    expect(accountant.page.locator(".o_form_view")).to_be_visible()
    choose_action(accountant, "Send to Exact Online")
    accountant.sees("1 on the way to Exact Online.")
    accountant.waits_for(steps.BADGE, re.compile("In Exact"))
    accountant.photograph("bill-in-exact")


def choose_action(person, name):
    """Pick an entry of the Action menu, the cog."""
    person.page.locator(".o_cp_action_menus button:has(.fa-cog)").first.click()
    person.page.locator(".o-dropdown--menu").get_by_text(name, exact=True).click()
