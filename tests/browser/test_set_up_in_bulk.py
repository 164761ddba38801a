# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An accountant who works on many rows at once, and keeps cost centres."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.bookkeeper import Bookkeeper
from tests.browser.person import Person
from tests.browser.set_up import (
    LONG,
    accept_what_is_certain,
    go_on,
    is_at,
    open_set_up,
    open_tab,
    press_tool,
    row,
)

COMPANY = "Demo Brussel BV"
DIVISION = 320101
TWICE = "BE0403019261"
# name and reference in Odoo; Exact has a cost centre VERK, and one called Administration
ANALYTIC_ACCOUNTS = (("Shop", "VERK"), ("Administration", ""), ("Fleet", ""))


@pytest.fixture
def accountant(person, office, chromium, tmp_path):
    """Connected, with analytic accounting on: what the administrator of Odoo does for her."""
    context = chromium.new_context(viewport={"width": 1366, "height": 900}, locale="en-US")
    admin = Person(context.new_page(), office, tmp_path)
    admin.log_in("admin")
    admin.open_app()
    steps.begin_connection(admin)
    admin.press("Allow")
    admin.sees("Where this company's documents are booked")
    admin.open_menu("Configuration", "Settings")
    admin.page.locator("div[name='group_analytic_accounting'] input").check()
    with admin.page.expect_navigation():
        admin.press("Save")
    context.close()
    person.page.set_viewport_size({"width": 1366, "height": 768})
    person.log_in("accountant")
    person.open_app()
    return person


def test_many_at_once(accountant):
    exact = Bookkeeper(accountant.office.exact_url, DIVISION)
    for name in ("Dubbel BV", "Dubbel B.V."):
        exact.enter_relation(Name=name, VATNumber=TWICE, Status="C", Country="BE")
    for name, reference in ANALYTIC_ACCOUNTS:
        enter_analytic_account(accountant, name, reference)

    choose_administration(accountant)
    work_on_a_list(accountant)
    create_revenue_accounts(accountant)
    go_on(accountant, "Taxes")
    go_on(accountant, "Payment terms")
    see_who_is_there_twice(accountant)
    match_cost_centres(accountant)


# -- the steps, in order --------------------------------------------------------------------------


def enter_analytic_account(person, name, reference):
    person.open_menu("Configuration", "Analytic Accounts")
    person.press("New")
    person.page.locator("div[name='name'] input").fill(name)
    person.page.locator("div[name='code'] input").fill(reference)
    person.choose("plan_id", "Project")
    person.press("Save manually")
    expect(person.page.get_by_role("button", name="Save manually")).to_be_hidden()


def choose_administration(person):
    open_set_up(person, COMPANY)
    person.choose("division_id", steps.BELGIAN)
    person.press("Use this administration")
    is_at(person, "Checklist")
    person.sees("Fill in what is certain")
    go_on(person, "Journals")


def work_on_a_list(person):
    """Accept, ignore and undo on several rows that were selected."""
    press_tool(person, "Open as a list")
    person.sees("To do", within=".o_searchview .o_facet_value")
    person.photograph("list")
    select(person, "Sales", "Purchases")
    person.photograph("selected")
    person.press("Accept the suggestion", within=".o_control_panel")
    expect(line(person, "Purchases")).to_have_count(0)
    select(person, "Cash Basis Taxes", "Exchange Difference")
    person.press("Ignore", within=".o_control_panel")
    expect(line(person, "Cash Basis Taxes")).to_have_count(0)
    show_only(person, "Ignored")
    person.photograph("ignored-rows")
    select(person, "Cash Basis Taxes", "Exchange Difference")
    person.press("Undo", within=".o_control_panel")
    expect(line(person, "")).to_have_count(0)
    person.photograph("nothing-ignored")
    show_only(person, "Valid")
    expect(line(person, "Sales")).to_be_visible()
    expect(line(person, "Purchases")).to_be_visible()
    person.photograph("valid-rows")
    person.go_back_to(COMPANY)
    is_at(person, "Journals")
    open_tab(person, "Valid")
    expect(row(person, "Purchases")).to_be_visible()


def create_revenue_accounts(person):
    """Some accounts of one type, chosen by their codes."""
    go_on(person, "Accounts")
    accept_what_is_certain(person)
    open_tab(person, "Only in Exact")
    person.photograph("only-in-exact")
    button = person.page.get_by_role("button", name="Create these")
    everything = int(re.search(r"\d+", button.inner_text()).group())
    kind = person.page.locator("div[name='account_kind'] input")
    kind.click()
    person.page.locator(".o_select_menu_item", has_text="Revenue").click()
    expect(row(person, "700100")).to_be_visible()
    expect(row(person, "604000")).to_have_count(0)
    person.photograph("revenue")
    person.page.locator("div[name='account_code_from'] input").fill("700")
    person.page.locator("div[name='account_code_to'] input").fill("700")
    person.page.locator("div[name='account_code_to'] input").press("Tab")
    expect(row(person, "701000")).to_have_count(0)
    person.photograph("revenue-of-a-range")
    shown = int(re.search(r"\d+", button.inner_text()).group())
    assert 0 < shown < everything
    expect(row(person, "")).to_have_count(shown)
    button.click()
    person.sees("becomes an account in Odoo", within=".modal")
    person.photograph("asked")
    person.press("Create", within=".modal-footer")
    person.sees("5 accounts were created in Odoo and matched. Left out: 4")
    expect(row(person, "")).to_have_count(4)
    expect(kind).to_have_value("Revenue")
    person.photograph("created")
    open_tab(person, "Valid")
    expect(row(person, "700200 Verkopen uitvoer").first).to_be_visible()
    person.photograph("created-and-matched")


def see_who_is_there_twice(person):
    go_on(person, "Contacts")
    person.photograph("being-read")
    expect(person.page.locator(".progress-bar-animated")).to_have_count(0, timeout=LONG)
    tab = person.page.locator(".o_exact_step .nav-link", has_text="Duplicates")
    expect(tab).to_have_attribute("data-count", re.compile("[1-9]"))
    open_tab(person, "Duplicates")
    expect(row(person, TWICE)).to_have_count(2)
    expect(row(person, "")).to_have_count(int(tab.get_attribute("data-count")))
    person.photograph("duplicates")


def match_cost_centres(person):
    go_on(person, "Cost centres")
    expect(row(person, "Shop")).to_contain_text("VERK")
    accept_what_is_certain(person)
    row(person, "Administration").get_by_role("button", name="Accept").click()
    expect(row(person, "Administration")).to_have_count(0)
    row(person, "Fleet").get_by_role("button", name="Ignore").click()
    person.sees("Nothing is left to do here.")
    open_tab(person, "Valid")
    expect(row(person, "Shop")).to_contain_text("VERK")
    person.photograph("matched")
    press_tool(person, "Update records in Odoo")
    person.sees("2 records were updated in Odoo.")
    expect(person.page.get_by_role("button", name="Update records in Odoo")).to_be_hidden()
    person.photograph("stored")
    go_on(person, "Start")


# -- on a list ------------------------------------------------------------------------------------


def line(person, text):
    return person.page.locator(".o_list_view .o_data_row").filter(has_text=text)


def select(person, *texts):
    for text in texts:
        line(person, text).first.locator("input[type=checkbox]").first.check()


def show_only(person, name):
    """Put one filter in the place of those that are there."""
    for facet in person.page.locator(".o_searchview .o_facet_remove").all():
        facet.click()
    person.choose_filter(name)
