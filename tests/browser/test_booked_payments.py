# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a bookkeeper books of the bank in Exact is booked in Odoo; in doubt a person chooses."""

import re
from datetime import date

import pytest
from playwright.sync_api import expect

from tests.browser import set_up, steps
from tests.browser.bookkeeper import Bookkeeper

DIVISION, COMPANY, CUSTOMER = 320101, "Demo Brussel BV", "Bakkerij De Korenbloem BV"
TOTAL, REST = "606.53", "506.53"
BOOKED = "Book in Odoo what is paid in Exact"
BADGE = "div[name='exact_payment_state'] button"
STORY = ".o_exact_payment_story"


@pytest.fixture
def accountant(accountant, office):
    Bookkeeper(office.exact_url, DIVISION).agree_on_calls(300)
    return accountant


def test_a_part_the_rest_and_the_way_back(accountant):
    switch_on_in_the_set_up(accountant)
    read_company(accountant)
    accountant.open_app()
    invoice = steps.post_draft_invoice(accountant)
    accountant.waits_for(steps.BADGE, re.compile("In Exact"))

    steps.book_payment(accountant, invoice, "100")
    steps.read_what_was_paid(accountant)
    invoice_stands_as(accountant, invoice, "Partial", REST)
    read_why(accountant)
    read_payment(accountant, invoice)

    steps.book_payment(accountant, invoice, REST)
    steps.read_what_was_paid(accountant)
    invoice_stands_as(accountant, invoice, "Paid", "0.00")
    read_payments_of_exact(accountant, invoice)

    steps.find_booking(accountant, steps.BELGIAN, invoice.number)
    accountant.press("Undo the matching")
    accountant.sees("The matching is undone.")
    steps.read_what_was_paid(accountant)
    invoice_is_open(accountant, invoice)
    accountant.sees(re.compile("is no longer settled by.* it was unreconciled here"),
                    within=".o-mail-Chatter")
    accountant.photograph("open-again")


def test_which_of_two_payments_it_is_a_person_says(accountant):
    switch_on_in_the_company(accountant)
    invoice = post_another_invoice(accountant)
    accountant.waits_for(steps.BADGE, re.compile("In Exact"))
    for _number in range(2):
        register_payment(accountant)

    steps.book_payment(accountant, invoice, TOTAL)
    steps.read_what_was_paid(accountant)
    open_payments_of_exact(accountant)
    steps.open_invoice(accountant, invoice)
    accountant.waits_for(BADGE, re.compile("Paid in Exact"))
    accountant.page.get_by_role("tab", name="Why (not) paid").click()
    accountant.sees("Odoo has a payment that may be this one", within=".o_exact_why")
    expect(accountant.page.get_by_role("link", name="See what to do")).to_be_visible()
    accountant.photograph("why-not-paid")

    open_payments_of_exact(accountant)
    accountant.photograph("to-decide")
    accountant.open_row("Which payment is it?")
    offered = accountant.page.locator("div[name='candidate_ids'] .o_data_row")
    expect(offered).to_have_count(2)
    accountant.photograph("which-one")
    offered.last.get_by_role("button", name="It is this one").click()
    expect(accountant.page.locator("div[name='candidate_ids']")).to_be_hidden()
    accountant.photograph("chosen")
    invoice_stands_as(accountant, invoice, re.compile("Paid|In Payment"), "0.00")


# -- switching it on ------------------------------------------------------------------------------

def switch_on_in_the_set_up(person):
    person.open_app()
    set_up.open_set_up(person, COMPANY)
    choice = person.page.locator("div[name='exact_payment_mode']")
    for _step in range(8):
        if choice.is_visible():
            break
        at = person.page.locator(".o_statusbar_status .o_arrow_button_current").inner_text()
        person.press("Continue")
        expect(person.page.locator(".o_statusbar_status .o_arrow_button_current")
               ).not_to_have_text(at)
    person.choose("exact_payment_mode", BOOKED)
    person.photograph("start")
    save(person)


def switch_on_in_the_company(person):
    open_tab(person)
    if person.page.locator("div[name='exact_payment_mode'] input").input_value() != BOOKED:
        person.choose("exact_payment_mode", BOOKED)
        save(person)


def save(person):
    person.press("Save manually")
    expect(person.page.get_by_role("button", name="Save manually")).to_be_hidden()


def open_tab(person):
    person.page.goto(f"{person.office.url}/odoo/companies")
    person.open_row(COMPANY)
    person.page.get_by_role("tab", name="Exact Online").click()
    expect(person.page.locator("div[name='exact_payment_mode']")).to_be_visible()


def read_company(person):
    """The company has a journal for it, made by the switch."""
    open_tab(person)
    person.page.locator("div[name='exact_payment_mode']").scroll_into_view_if_needed()
    expect(person.page.locator("div[name='exact_payment_journal_id'] input")
           ).to_have_value(re.compile("Exact Online"))
    person.photograph("company")


# -- documents and payments -----------------------------------------------------------------------

def post_another_invoice(person):
    """The same as the one of today, once more."""
    person.open_app()
    person.open_menu("Customers", "Invoices")
    person.open_row(TOTAL)
    person.page.locator(".o_cp_action_menus button.o-dropdown").first.click()
    person.page.get_by_role("menuitem", name="Duplicate").click()
    expect(person.page.get_by_role("button", name="Confirm", exact=True)).to_be_visible()
    person.press("Confirm")
    expect(person.page.locator(".o_statusbar_status .o_arrow_button_current",
                               has_text="Posted")).to_be_visible()
    number = person.page.locator("h1 [name='name']").inner_text().strip()
    return steps.Invoice(number, int(person.page.url.rstrip("/").rpartition("/")[2]))


def register_payment(person):
    """By hand, as of somebody who looks at the bank's own page; for no invoice in particular."""
    person.open_app()
    person.open_menu("Customers", "Payments")
    person.press("New")
    person.choose("partner_id", CUSTOMER)
    person.page.locator("div[name='amount'] input").fill(TOTAL)
    person.choose("journal_id", "Bank")
    person.press("Confirm")
    expect(person.page.get_by_role("button", name="Confirm", exact=True)).to_be_hidden()


# -- looking --------------------------------------------------------------------------------------

def open_payments_of_exact(person):
    """What a person has to decide comes there once Odoo's books followed."""
    person.open_app()
    person.open_menu("Exact Online", "Payments from Exact")
    person.waits_for(".o_data_row", re.compile(re.escape("Which payment is it?")))


def invoice_stands_as(person, invoice, state, residual):
    """By Odoo's own ribbon and its own amount due."""
    steps.open_invoice(person, invoice)
    person.waits_for(".ribbon", state)
    expect(person.page.locator("[name='amount_residual']")).to_contain_text(residual)
    person.photograph("invoice")


def invoice_is_open(person, invoice):
    steps.open_invoice(person, invoice)
    person.waits_for("[name='amount_residual']", re.compile(re.escape(TOTAL)))
    person.waits_for(BADGE, re.compile("Open in Exact"))
    expect(person.page.locator("[name='amount_residual']")).to_contain_text(TOTAL)
    expect(person.page.locator(".ribbon:visible")).to_have_count(0)


def read_why(person):
    """The story and the page name the payment that Odoo has of it."""
    person.page.locator(BADGE).click()
    story = person.page.locator(STORY)
    expect(story).to_contain_text(re.compile(r"100\.00\s.*was paid", re.S))
    expect(story).to_contain_text(re.compile(r"In Odoo:\s+PEXACT/"))
    expect(story).to_have_css("opacity", "1")  # it has faded in
    person.photograph("popover")
    person.press("Close", within=STORY)
    person.page.get_by_role("tab", name="Why (not) paid").click()
    link = person.page.locator(".o_exact_why a", has_text="PEXACT/")
    expect(link).to_be_visible()
    person.page.locator(".o_exact_why").scroll_into_view_if_needed()
    person.photograph("why")
    person.page.goto(person.office.url + link.get_attribute("href"))


def read_payment(person, invoice):
    """Odoo's payment says by which line of Exact it came."""
    expect(person.page.locator("div[name='journal_id']")).to_contain_text("Exact Online")
    expect(person.page.locator("div[name='amount']")).to_contain_text("100.00")
    expect(person.page.locator("div[name='memo'] input")
           ).to_have_value(re.compile(re.escape(invoice.number)))
    expect(person.page.locator("div[name='date']")).to_contain_text(f"{date.today():%b} ")
    link = person.page.locator("div[name='exact_counterpart_id'] a")
    expect(link).to_contain_text(re.compile(r"\d{3,}"))
    person.photograph("payment")
    link.click()
    person.sees("What it settles")
    person.sees(invoice.number, within="div[name='share_ids']")
    person.photograph("payment-of-exact")


def read_payments_of_exact(person, invoice):
    """Nothing needs a person; without the filter all payments are there."""
    person.open_app()
    person.open_menu("Exact Online", "Payments from Exact")
    person.sees("No payment of Exact needs you")
    person.photograph("nothing-to-decide")
    person.page.locator(".o_searchview .o_facet_remove").click()
    rows = person.page.locator(".o_data_row", has_text=invoice.number)
    expect(rows).to_have_count(2)
    person.photograph("payments-of-exact")
