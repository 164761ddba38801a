# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A bookkeeper chooses herself what is sent, and links what is in Exact Online already."""

import re
from datetime import date, timedelta

from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.bookkeeper import Bookkeeper

DIVISION = 320101
CUSTOMER = "Garage Peeters"
OPEN_IN_EXACT = "button[name='action_exact_open']"
TWO_LAMPS = -89.82  # of the demo's credit note, without VAT
CREDITED_ON = date.today() - timedelta(days=9)


def test_exported_by_hand_and_linked_by_hand(person):
    exact = Bookkeeper(person.office.exact_url, DIVISION)
    exact.open_months(60)
    person.log_in("admin")
    person.open_app()
    steps.connect(person, steps.BELGIAN)

    export_invoice(person)
    [invoice] = [entry for entry in exact.entries() if entry["header"]["Type"] == 20]
    number = open_credit_note(person)
    for reference in ("Typed otherwise", number):
        book_credit_note(exact, invoice, reference)
    link_credit_note(person, number)
    assert len(exact.entries()) == 3, "nothing was sent"


def export_invoice(person):
    person.open_menu("Exact Online", "Export", title="Export to Exact Online")
    person.sees("Choose the documents, then press")
    for kind in ("has_credit_notes", "has_bills", "has_refunds", "has_receipts"):
        person.page.locator(f"div[name='{kind}'] input").uncheck()
    expect(person.page.locator("div[name='match_count']")).to_have_text("6")
    person.photograph("export")
    person.choose("partner_ids", CUSTOMER)
    expect(person.page.locator("div[name='match_count']")).to_have_text("1")
    person.press("Check these")
    person.sees("Exact Online would accept all of these: 1")
    person.photograph("checked")
    person.press("Send to Exact Online")
    person.sees("1 on the way to Exact Online.")
    person.photograph("sent")
    person.press("Open the queue items")
    person.waits_for(".o_data_row", re.compile("Sales entry.*Done"))
    person.photograph("items")
    person.open_row("Sales entry")
    person.press_stat("Open in Odoo")
    person.sees("Send again")
    person.photograph("invoice-in-exact")
    with person.page.expect_popup() as opened:
        person.page.locator(OPEN_IN_EXACT).click()
    expect(opened.value.get_by_text(number_of(person)).first).to_be_visible()
    opened.value.close()
    person.page.get_by_role("link", name=CUSTOMER).first.click()
    person.sees(CUSTOMER, within=".o_last_breadcrumb_item")
    expect(person.page.locator(OPEN_IN_EXACT)).to_be_visible()
    person.photograph("contact")


def open_credit_note(person):
    """Open the credit note that nobody sent; return its number."""
    person.open_menu("Customers", "Credit Notes")
    person.open_row(CUSTOMER)
    person.sees("Send now")
    person.photograph("credit-note-not-sent")
    return number_of(person)


def number_of(person):
    return person.page.locator("h1 [name='name']").inner_text().strip()


def book_credit_note(exact, invoice, reference):
    line = invoice["lines"][0]
    exact.book_sale(
        Customer=invoice["header"]["Customer"], Journal="701", EntryDate=str(CREDITED_ON),
        YourRef=reference, SalesEntryLines=[{
            "GLAccount": line["GLAccount"], "VATCode": line["VATCode"], "AmountFC": TWO_LAMPS}])


def link_credit_note(person, number):
    dialog = ".modal"
    person.press_stat("existing entry")
    equal = person.page.locator(f"{dialog} .o_data_row", has_text="Equal")
    expect(equal).to_be_visible()
    person.photograph("candidates")
    other = person.page.locator(f"{dialog} .o_data_row", has_text="Typed otherwise")
    other.get_by_role("button", name="It is this one").click()
    person.sees("This entry differs from the document", within=dialog)
    person.sees(f"Number: {number} in Odoo, Typed otherwise in Exact", within=dialog)
    person.photograph("it-differs")
    person.press("Choose another", within=dialog)
    equal.get_by_role("button", name="It is this one").click()
    person.sees(f"{number} is linked to")
    expect(person.page.locator(dialog)).to_have_count(0)
    expect(person.page.locator(steps.BADGE, has_text="In Exact")).to_be_visible()
    person.photograph("linked")
