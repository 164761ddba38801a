# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An accountant who has never seen the addon: from connected to every document booked."""

import re
from collections import Counter, namedtuple
from datetime import date, timedelta

import openpyxl
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

Company = namedtuple("Company", "name division administration memorial")
BELGIUM = Company("Demo Brussel BV", 320101, steps.BELGIAN, "800 Diversendagboek")
NETHERLANDS = Company("Demo Utrecht B.V.", 310101, steps.DUTCH, "90 Memoriaal")
DAYS = 70  # the demo's documents are younger
# types of Exact's entries: sales, credit notes, purchases
BOOKED = {20: 6, 21: 1, 30: 3}
STEPS = ("Checklist", "Journals", "Accounts", "Taxes", "Payment terms", "Contacts", "Start",
         "Past documents", "Done")
TO_MATCH = STEPS[1:6]


@pytest.fixture(scope="module")
def connected(chromium, office, tmp_path_factory):
    """Both companies are on one connection; nothing else is set up."""
    context = chromium.new_context(viewport={"width": 1366, "height": 900}, locale="en-US")
    admin = Person(context.new_page(), office, tmp_path_factory.mktemp("preparation"))
    admin.log_in("admin")
    admin.open_app()
    steps.begin_connection(admin)
    admin.press("Allow")
    admin.sees("Where this company's documents are booked")
    admin.open_menu("Exact Online", "Connections")
    admin.open_row("Connected")
    admin.choose("company_ids", NETHERLANDS.name)
    admin.press("Save manually")
    context.close()


@pytest.fixture
def newcomer(person, connected):
    person.page.set_viewport_size({"width": 1366, "height": 768})
    person.log_in("admin")
    person.open_app()
    return person


def test_the_belgian_company(newcomer, tmp_path):
    exact = Bookkeeper(newcomer.office.exact_url, BELGIUM.division)
    exact.open_months(DAYS)
    exact.enter_relation(Name="Bakkerij De Korenbloem", VATNumber="BE0451709204", Status="C",
                         Country="BE")
    exact.enter_relation(Name="Imprimerie du Canal", Email="compta@imprimerie-canal.example",
                         Postcode="1000", City="Brussel", Status="C", Country="BE")
    exact.enter_relation(Name="Imprimerie du Canal SRL", Postcode="1000", City="Brussel",
                         Status="C", Country="BE")

    choose_administration(newcomer, BELGIUM)
    match_journals(newcomer, BELGIUM)
    accept_accounts(newcomer)
    see_a_tax_refused(newcomer, "21% S", "1 Binnenland exclusief 6%")
    leave_and_come_back(newcomer)
    use_a_spreadsheet(newcomer, tmp_path)
    compare_a_contact(newcomer)
    start_with_purchases(newcomer)
    count_past_documents(newcomer)
    mend_the_cause(newcomer)
    send_past_documents(newcomer, BELGIUM, exact)
    go_through_again(newcomer, BELGIUM, exact)


def test_the_dutch_company(newcomer):
    exact = Bookkeeper(newcomer.office.exact_url, NETHERLANDS.division)
    exact.open_months(DAYS)
    exact.enter_relation(Name="Papier & Co", VATNumber="NL817341407B01", IsSupplier=True,
                         Country="NL")
    newcomer.switch_company(NETHERLANDS.name)

    choose_administration(newcomer, NETHERLANDS)
    match_journals(newcomer, NETHERLANDS)
    accept_accounts(newcomer)
    choose_accounts(newcomer, "4500")
    accept_what_is_certain(newcomer)
    go_on(newcomer, "Payment terms")
    accept_what_is_certain(newcomer)
    go_on(newcomer, "Contacts")
    accept_contacts(newcomer, "Papier & Co")
    start_with_purchases(newcomer)
    count_past_documents(newcomer)
    send_past_documents(newcomer, NETHERLANDS, exact)
    go_through_again(newcomer, NETHERLANDS, exact)


# -- the steps, in order --------------------------------------------------------------------------


def choose_administration(person, company):
    open_set_up(person, company.name)
    is_at(person, "Administration")
    person.choose("division_id", company.administration)
    person.press("Use this administration")
    is_at(person, "Checklist")
    expect(person.page.locator(".o_data_row", has_text="Not known yet")).to_have_count(
        0, timeout=LONG)
    person.sees("There is a sales journal")
    failed = person.page.locator(".o_data_row", has_text="Failed")
    expect(failed).to_have_count(1)
    expect(failed).to_contain_text("A VAT code for lines without tax is chosen")
    expect(failed.get_by_role("button", name="Go to Taxes")).to_be_visible()
    person.photograph("checked")


def match_journals(person, company):
    go_on(person, "Journals")
    ignore_and_undo(person, "Cash Basis Taxes")
    pick(person, "Miscellaneous Operations", company.memorial)
    accept_what_is_certain(person)
    see_each_tab(person)
    expect(row(person, "Sales")).to_have_count(0)
    open_tab(person, "Valid")
    for journal in ("Sales", "Purchases", "Miscellaneous Operations"):
        expect(row(person, journal)).to_be_visible()


def accept_accounts(person):
    """Accept what is certain, and store it on the accounts before going on."""
    go_on(person, "Accounts")
    accept_what_is_certain(person)
    press_tool(person, "Update records in Odoo")
    person.sees("records were updated in Odoo")
    see_each_tab(person)
    open_tab(person, "To do")


def choose_accounts(person, code):
    """Choose an account of Exact for each that nothing resembles; go on to the taxes."""
    todo = person.page.locator(".o_exact_step .o_data_row")
    for _ in range(todo.count()):
        left = todo.count()
        pick(person, todo.first.locator("td[name=record_id]").inner_text(), code)
        person.press("Save manually")
        expect(todo).to_have_count(left - 1)
    person.photograph("chosen")
    go_on(person, "Taxes")


def see_a_tax_refused(person, tax, code):
    """A VAT code of another rate cannot be chosen; what was accepted stays."""
    go_on(person, "Taxes")
    accept_what_is_certain(person)
    see_each_tab(person)
    open_tab(person, "Valid")
    before = row(person, tax).inner_text()
    type_into(person, row(person, tax), code)
    person.sees("This does not fit", within=".modal")
    person.sees(re.compile("6"), within=".modal-body")
    person.photograph("refused")
    person.page.locator(".modal-footer .btn-primary").click()
    person.press("Discard all changes")
    expect(row(person, tax)).to_have_text(re.compile(re.escape(before.split()[-2])))


def leave_and_come_back(person):
    go_on(person, "Payment terms")
    person.log_out()
    person.log_in("admin")
    person.open_app()
    open_set_up(person, BELGIUM.name)
    is_at(person, "Payment terms")


def use_a_spreadsheet(person, folder):
    """Fill in one code that there is and one that there is not."""
    with person.page.expect_download() as download:
        press_tool(person, "Export")
    file = folder / "terms.xlsx"
    download.value.save_as(file)
    book = openpyxl.load_workbook(file)
    for line in book.active.iter_rows(min_row=2):
        if line[1].value in ("15 Days", "21 Days"):
            line[2].value = "30" if line[1].value == "15 Days" else "XX"
    book.save(file)
    press_tool(person, "Import")
    person.sees("fill in the column", within=".modal")
    person.page.locator(".modal input[type=file]").set_input_files(file)
    person.photograph("spreadsheet")
    person.press("Import", within=".modal")
    person.sees("Exact Online has no XX that can be chosen", within=".modal")
    person.photograph("not-understood")
    person.press("Close", within=".modal-footer")
    open_tab(person, "Valid")
    expect(row(person, "15 Days")).to_contain_text("30 dagen")
    open_tab(person, "To do")
    expect(row(person, "21 Days")).to_be_visible()


def compare_a_contact(person):
    go_on(person, "Contacts")
    person.photograph("being-compared")
    doubtful = row(person, "Imprimerie du Canal SRL")
    expect(doubtful).to_be_visible(timeout=LONG)
    person.photograph("compared")
    doubtful.get_by_role("button", name="Compare").click()
    person.sees("Which relation of Exact is", within=".modal")
    person.photograph("candidates")
    person.page.locator(".modal .o_data_row", has_text="compta@imprimerie-canal.example") \
        .get_by_role("button", name="This one").click()
    expect(doubtful).to_have_count(0)
    accept_contacts(person, "Bakkerij De Korenbloem")


def accept_contacts(person, certain):
    expect(row(person, certain)).to_be_visible(timeout=LONG)
    accept_what_is_certain(person)
    see_each_tab(person)
    open_tab(person, "Valid")
    person.sees(certain, within=".o_exact_step .o_data_row")


def start_with_purchases(person):
    go_on(person, "Start")
    first = date.today() - timedelta(days=DAYS)
    person.page.locator("div[name='exact_start_date'] input").fill(first.strftime("%m/%d/%Y"))
    person.page.locator(".o_data_row", has_text="Purchases") \
        .locator("td[name='exact_is_sent'] input").check()
    person.photograph("purchases-too")


def count_past_documents(person):
    go_on(person, "Past documents")
    person.press("Count and check past documents")
    is_at(person, "Counted", timeout=LONG)
    person.sees(re.compile(r"Of \d+ documents|All \d+ documents"))


def mend_the_cause(person):
    """An account without a GL account: the button leads to it; then all would be accepted."""
    cause = person.page.locator("div[name='cause_ids'] .o_data_row")
    expect(cause).to_contain_text("613310")
    cause.get_by_role("button", name="Mend").click()
    person.sees("Account Name")
    person.choose("exact_gl_account_id", "613000")
    person.photograph("mended")
    person.press("Save manually")
    expect(person.page.get_by_role("button", name="Save manually")).to_be_hidden()
    person.go_back_to("Past documents")
    person.press("Count again")
    person.sees("All 10 documents would be accepted today.")
    person.photograph("counted-again")


def send_past_documents(person, company, exact):
    person.press("Start")
    is_at(person, "Running")
    is_at(person, "Done", timeout=LONG)
    person.go_back_to(company.name)
    is_at(person, "Past documents")
    person.press("Continue")
    person.sees("Your set-up is complete")
    person.photograph("done")
    assert Counter(entry["type"] for entry in exact.entries()) == BOOKED
    person.press("Open the queue")
    check_queue(person)


def check_queue(person):
    """Each document is proven, and nothing waits for a person."""
    rows = person.page.locator(".o_data_row")
    expect(rows.filter(has_text="Sales entry").filter(has_text="Done")).to_have_count(7)
    expect(rows.filter(has_text="Purchase entry").filter(has_text="Done")).to_have_count(3)
    person.photograph("queue")
    person.choose_filter("Needs attention")
    expect(rows).to_have_count(0)


def go_through_again(person, company, exact):
    """Once more from the checklist to the end: nothing is left to store, nothing is booked."""
    before = exact.entries(), exact.relations()
    open_set_up(person, company.name)
    person.press("Go through it again")
    is_at(person, "Checklist")
    expect(person.page.locator(".o_data_row", has_text="Failed")).to_have_count(0)
    for step in STEPS[1:]:
        go_on(person, step)
        if step == "Contacts":
            expect(person.page.locator(".progress-bar-animated")).to_have_count(0, timeout=LONG)
        if step in TO_MATCH:
            open_tab(person, "Valid")
            expect(person.page.get_by_role("button", name="Update records in Odoo")).to_be_hidden()
    assert (exact.entries(), exact.relations()) == before


# -- what is done in several steps ----------------------------------------------------------------


def see_each_tab(person):
    """Photograph the tabs; what the title counts is what is there."""
    for name in ("Only in Exact", "Ignored", "Valid", "To do"):
        open_tab(person, name)
        counted = int(person.page.locator(".o_exact_step .nav-link.active")
                      .get_attribute("data-count"))
        expect(person.page.locator(".o_exact_step .o_data_row")).to_have_count(min(counted, 40))
        expect(person.page.locator(".o_exact_empty")).to_have_count(0 if counted else 1)
        person.photograph(name.lower().replace(" ", "-"))


def ignore_and_undo(person, text):
    row(person, text).get_by_role("button", name="Ignore").click()
    open_tab(person, "Ignored")
    row(person, text).get_by_role("button", name="Undo").click()
    expect(row(person, text)).to_have_count(0)
    open_tab(person, "To do")
    expect(row(person, text)).to_be_visible()


def pick(person, text, wanted):
    """Search the list of Exact for the code of `wanted`; choose it for the row of `text`."""
    type_into(person, row(person, text), wanted)
    person.photograph("picked")


def type_into(person, line, wanted):
    line.locator("td[name='mirror_id']").click()
    line = person.page.locator(".o_exact_step .o_selected_row")
    line.locator("td[name='mirror_id'] input").fill(wanted.partition(" ")[0])  # the code
    person.page.locator(".o-autocomplete--dropdown-item", has_text=wanted).first.click()
