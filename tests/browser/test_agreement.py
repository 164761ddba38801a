# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An auditor asks whether both books agree, and why not."""

import re
from datetime import date
from pathlib import Path

from playwright.sync_api import expect

from tests.browser import steps


def test_compared_looked_into_and_certified(person):
    person.log_in("admin")
    person.open_app()
    steps.connect(person, steps.BELGIAN)
    invoice = steps.post_draft_invoice(person)
    person.waits_for(steps.BADGE, re.compile("In Exact"))

    person.open_menu("Exact Online", "Agreement reports")
    person.sees("Do both books agree?")
    person.photograph("none-yet")
    person.press("New")
    person.sees("Choose the months, then press")
    choose_this_year(person)
    person.photograph("new")
    person.press("Compare")
    person.waits_for(".o_statusbar_status .o_arrow_button_current", re.compile("Compared"))
    person.sees(re.compile(r"Documents that differ: \d+, of \d+ in Odoo and 1 in Exact"))
    person.photograph("compared")
    report = person.page.locator(".o_last_breadcrumb_item").inner_text().strip().split("\n")[0]

    person.press_stat("Differences")
    person.sees("What differs", within=".o_last_breadcrumb_item")
    row = person.page.locator(".o_data_row", has_text="Missing in Exact").first
    expect(row).to_be_visible()
    expect(person.page.locator(".o_data_row", has_text=invoice.number)).to_have_count(0)
    person.photograph("differences")
    person.go_back_to(report)
    person.press_stat("Totals")
    person.sees("Totals of both books", within=".o_last_breadcrumb_item")
    person.choose_filter("Different")
    person.photograph("totals-that-differ")
    person.page.locator(".o_data_row").get_by_role("button", name="Why").first.click()
    person.sees("What explains the difference", within=".o_last_breadcrumb_item")
    expect(person.page.locator(".o_data_row", has_text="Missing in Exact")).to_have_count(1)
    person.photograph("why")
    person.go_back_to("Totals of both books")
    person.page.locator(".o_switch_view.o_pivot").click()
    expect(person.page.locator(".o_pivot table")).to_be_visible()
    person.photograph("pivot")
    person.open_menu("Exact Online", "Agreement reports")
    person.page.locator(".o_data_row").first.click()
    person.press("Close certificate")
    person.sees("Both books do not agree yet")
    person.press("Ok", within=".modal")
    expect(person.page.locator(".o-mail-Message", has_text="Certified by")).to_be_visible()
    person.photograph("certified")
    assert downloaded(person, "Print").startswith(b"%PDF")
    assert downloaded(person, "Spreadsheet").startswith(b"PK")
    person.press("Read aging")
    person.waits_for(".oe_stat_button", re.compile("Aging"))
    person.press_stat("Aging")
    person.sees("Exact 1")
    person.photograph("aging")


def downloaded(person, button):
    """What a button brings to the person's own machine."""
    with person.page.expect_download() as download:
        person.press(button)
    return Path(download.value.path()).read_bytes()


def choose_this_year(person):
    """The demo's documents are of the last months."""
    for field, day in (("date_from", date.today().replace(month=1, day=1)),
                       ("date_to", date.today())):
        person.page.locator(f"div[name='{field}']").locator("button, input").first.click()
        box = person.page.locator(f"div[name='{field}'] input")
        box.fill(day.strftime("%m/%d/%Y"))
        box.press("Tab")
