# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a bookkeeper meets every day: queue, company, partner, lists, and a stopped connection."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.bookkeeper import Bookkeeper
from tests.browser.person import Person

COMPANY, CUSTOMER = "Demo Brussel BV", "Bakkerij De Korenbloem BV"
MENUS = ("Queue", "Connections", "Administrations", "Journals", "GL Accounts", "VAT Codes",
         "Payment Conditions", "Periods", "Closed Periods", "Calls", "Links", "Runs")


@pytest.fixture(scope="module")
def invoice(chromium, office, tmp_path_factory):
    """An invoice that is in Exact Online, of a company that is connected and mapped."""
    context = chromium.new_context(viewport={"width": 1366, "height": 900}, locale="en-US")
    admin = Person(context.new_page(), office, tmp_path_factory.mktemp("preparation"))
    admin.log_in("admin")
    admin.open_app()
    steps.connect(admin, steps.BELGIAN)
    posted = steps.post_draft_invoice(admin)
    admin.waits_for(steps.BADGE, re.compile("In Exact"))
    context.close()
    return posted


@pytest.fixture
def accountant(person, invoice):
    person.log_in("accountant")
    person.open_app()
    return person


def test_the_queue_is_searched_grouped_and_shown_as_cards(accountant, invoice):
    accountant.open_menu("Exact Online", "Queue")
    rows = accountant.page.locator(".o_data_row")
    expect(rows.filter(has_text="Sales entry")).to_have_count(1)
    accountant.photograph("list")

    accountant.choose_filter("Needs attention")
    expect(rows).to_have_count(0)
    accountant.photograph("nothing-needs-attention")
    accountant.search(CUSTOMER)
    expect(rows).to_have_count(1)

    accountant.choose_filter("State")
    expect(accountant.page.locator(".o_group_header", has_text="Done")).to_be_visible()
    accountant.photograph("grouped")

    accountant.page.locator(".o_cp_switch_buttons .o_kanban").click()
    accountant.sees(CUSTOMER, within=".o_kanban_record")
    accountant.photograph("cards")


def test_an_item_leads_to_its_record_and_its_calls(accountant, invoice):
    accountant.open_menu("Exact Online", "Queue")
    accountant.open_row("Sales entry")
    accountant.photograph("item")
    accountant.press_stat("Open in Odoo")
    accountant.sees(invoice.number, within="h1")
    accountant.press_stat("Compared with Exact")
    accountant.sees(re.compile(r"Total: \d+\.\d\d EUR"), within=".o_form_sheet")
    accountant.photograph("proof")
    accountant.go_back_to(f"Sales entry {invoice.number}")
    accountant.press_stat("Calls")
    accountant.open_row("POST")
    accountant.sees("Sent", within=".o_form_sheet")
    accountant.photograph("call")


def test_invoices_and_customer_say_where_they_stand(accountant, invoice):
    accountant.open_menu("Customers", "Invoices")
    row = accountant.page.locator(".o_data_row", has_text=invoice.number)
    expect(row.locator(".badge", has_text="In Exact")).to_be_visible()
    accountant.photograph("invoices")
    accountant.choose_filter("Not in Exact Online")
    expect(row).to_have_count(0)

    accountant.open_menu("Customers", "Customers")
    accountant.search(CUSTOMER)
    accountant.open_row(CUSTOMER)
    accountant.sees("In Exact", within=steps.BADGE)
    accountant.photograph("customer")
    accountant.press_stat("Exact Online")
    accountant.sees("Contact", within=".o_data_row")


def test_the_company_shows_its_books_and_their_health(person, invoice):
    person.log_in("admin")
    person.open_app("Settings")
    person.page.get_by_text("Update Info").click()
    person.page.get_by_role("tab", name="Exact Online").click()
    person.sees(steps.BELGIAN, within=".o_form_sheet")
    person.sees("Simone Simulator", within=".o_form_sheet")
    person.photograph("company")


def test_every_list_opens_with_its_rows(accountant):
    for entry in MENUS:
        accountant.open_menu("Exact Online", entry)
        expect(accountant.page.locator(".o_data_row").first).to_be_visible()
        accountant.photograph(entry.lower().replace(" ", "-"))


def test_how_an_administration_computes_is_measured_in_one_for_tests(accountant):
    Bookkeeper(accountant.office.exact_url, 320101).agree_on_calls(minute=300)
    accountant.open_menu("Exact Online", "Administrations")
    accountant.open_row(steps.BELGIAN)
    page = accountant.page
    accountant.sees("VAT is rounded", within=".o_form_sheet")
    accountant.photograph("rules")
    page.get_by_role("tab", name="What was found").click()
    accountant.sees("Entries looked at", within=".o_form_sheet")
    accountant.photograph("found-by-entries")
    accountant.press("Read the relations")
    accountant.waits_for("div[name='accounts_read_count']", re.compile("[1-9]"))
    page.get_by_role("tab", name="Measuring").click()
    measure = page.get_by_role("button", name="Measure with probes", exact=True)
    expect(measure).to_have_count(0)
    accountant.photograph("not-for-tests")

    page.locator("div[name='is_test'] input").check()
    page.get_by_role("button", name="Save manually").click()
    measure.click()
    accountant.sees("entries are booked in", within=".modal-dialog")
    accountant.photograph("confirmation")
    accountant.press("Book and delete these probes", within=".modal-footer")
    page.get_by_role("tab", name="Measuring").click()
    accountant.photograph("measuring")
    accountant.waits_for("div[name='measured_on']", re.compile(r"\d"))
    page.get_by_role("tab", name="Measuring").click()
    accountant.photograph("measured")
    page.get_by_role("tab", name="What was found").click()
    accountant.sees("Probes", within=".o_data_row")
    accountant.photograph("found-by-probes")


def test_what_is_posted_while_disconnected_is_sent_after_connecting_again(accountant, invoice):
    accountant.open_menu("Exact Online", "Connections")
    accountant.open_row("Connected")
    accountant.press("Disconnect")
    accountant.press("Ok", within=".modal-footer")
    expect(accountant.page.get_by_role("button", name="Connect", exact=True)).to_be_visible()
    accountant.photograph("disconnected")

    accountant.open_menu("Customers", "Invoices")
    accountant.open_row(invoice.number)
    accountant.press("Credit Note")
    accountant.press("Reverse", within=".modal-footer")
    accountant.press("Confirm")
    expect(accountant.page.locator(steps.BADGE)).to_be_visible()
    credit_note = accountant.page.url
    accountant.waits_for(steps.BADGE, re.compile("Needs attention"))
    accountant.press_stat("Exact Online")
    accountant.open_row("Connection stopped")
    accountant.sees("this is sent as soon as somebody connects")
    accountant.photograph("credit-note-waits")

    accountant.press("Open the connection")
    accountant.press("Connect")
    accountant.press("Allow")
    accountant.sees("What must hold before documents can arrive")
    accountant.page.goto(credit_note)
    accountant.waits_for(steps.BADGE, re.compile("In Exact"))
    accountant.photograph("credit-note-in-exact")
