# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A bookkeeper books the bank in Exact; in Odoo the invoice says what was paid, and why."""

import re

from playwright.sync_api import expect

from tests.browser import steps

COMPANY = "Demo Brussel BV"
BADGE = "div[name='exact_payment_state'] button"
STORY = ".o_exact_payment_story"


def test_a_part_is_paid_in_exact_and_the_invoice_says_why_it_is_not_settled(person):
    person.log_in("admin")
    person.open_app()
    steps.connect(person, steps.BELGIAN)
    show_payments(person)
    person.open_app()
    invoice = steps.post_draft_invoice(person)
    person.waits_for(steps.BADGE, re.compile("In Exact"))

    steps.book_payment(person, invoice, "100")
    steps.read_what_was_paid(person)
    steps.open_invoice(person, invoice)
    person.waits_for(BADGE, re.compile("Partly paid in Exact"))
    person.photograph("badge")
    read_story(person)
    read_page(person)
    read_settlement(person)
    read_list(person, invoice)
    person.open_menu("Exact Online", "Payment terms of Exact")
    expect(person.page.locator(".o_data_row").first).to_be_visible()
    person.photograph("terms")
    person.open_menu("Exact Online", "Administrations")
    person.open_row("BE-nl")
    person.sees("Read from Exact")
    person.photograph("administration")


def show_payments(person):
    person.open_app("Settings")
    person.page.goto(f"{person.office.url}/odoo/companies")
    person.open_row(COMPANY)
    person.page.get_by_role("tab", name="Exact Online").click()
    person.choose("exact_payment_mode", "Show in Odoo what is paid in Exact")
    person.photograph("company")
    person.press("Save manually")
    expect(person.page.get_by_role("button", name="Save manually")).to_be_hidden()


def read_story(person):
    """By click and by keyboard; what is behind it stays as it was."""
    badge, story = person.page.locator(BADGE), person.page.locator(STORY)
    badge.click()
    expect(story).to_contain_text("is still open")
    expect(story).to_contain_text("Odoo's own books say")
    expect(story).to_contain_text(re.compile(r"100\.00\s.*was paid.*by entry \d+ in journal", re.S))
    expect(story).to_contain_text(re.compile(r"Odoo learned this on\s.*by\s+call\s+\d+", re.S))
    expect(story).not_to_contain_text("Payment terms in Exact")
    person.photograph("popover")
    person.page.keyboard.press("Escape")
    expect(story).to_have_count(0)
    for key in ("Enter", "Space"):
        badge.focus()
        badge.press(key)
        expect(story).to_be_visible()
        person.page.keyboard.press("Escape")
        expect(story).to_have_count(0)
    expect(badge).to_be_focused()


def read_page(person):
    person.page.get_by_role("tab", name="Why (not) paid").click()
    person.sees("What settled it")
    why = person.page.locator(".o_exact_why")
    why.scroll_into_view_if_needed()
    expect(why.get_by_text(re.compile("was paid"))).to_have_count(1)
    expect(why.get_by_text(re.compile("Odoo learned this on"))).to_be_visible()
    expect(why).to_contain_text("by Simone Simulator")
    person.photograph("why")


def read_settlement(person):
    """The button of the story leads to all that is known, and from there to the call."""
    person.page.locator(BADGE).click()
    person.press("More", within=STORY)
    person.sees("Payment terms in Exact", within=".o_form_view")
    expect(person.page.locator(STORY)).to_have_count(0)
    person.photograph("settlement")
    with person.page.expect_popup() as opened:
        person.page.get_by_role("link", name=re.compile(r"call\s+\d+")).click()
    expect(opened.value.locator("div[name='resource']")).to_have_text("sync/Cashflow/PaymentTerms")
    opened.value.close()


def read_list(person, invoice):
    person.open_app()
    person.open_menu("Customers", "Invoices")
    person.choose_filter("Partly paid in Exact")
    row = person.page.locator(".o_data_row", has_text=invoice.number)
    expect(row).to_have_count(1)
    person.page.locator(".o_optional_columns_dropdown button").click()
    person.page.get_by_role("menuitem", name="Payment in Exact", exact=True).click()
    person.page.keyboard.press("Escape")
    row.get_by_role("button", name="Partly paid in Exact").click()
    expect(person.page.locator(STORY)).to_contain_text("is still open")
    expect(person.page.locator(STORY)).to_have_css("opacity", "1")  # it has faded in
    person.photograph("popover-in-list")
    person.press("Close", within=STORY)
    expect(row).to_be_visible()
    row.get_by_role("button", name="Partly paid in Exact").press("Enter")
    expect(person.page.locator(STORY)).to_be_visible()
    person.page.keyboard.press("Escape")
    expect(row).to_be_visible()
    person.choose_filter("Payment in Exact")
    expect(person.page.locator(".o_group_header", has_text="Partly paid")).to_be_visible()
    person.photograph("list")
