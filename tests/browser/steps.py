# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What several people do: the first steps of somebody who sets up, and posting an invoice."""

import io
from collections import namedtuple

from playwright.sync_api import expect
from PyPDF2 import PdfReader

BELGIAN = "Vlaamse Waren BV (BE-nl)"
DUTCH = "Hollandse Handel B.V. (NL-A)"
Invoice = namedtuple("Invoice", "number id")
BADGE = "button.oe_stat_button:has-text('Exact Online')"


def begin_connection(person):
    """Make a connection with the site "Simulator" and go to its consent page."""
    person.open_menu("Exact Online", "Connections")
    person.press("New")
    person.choose("site", "Simulator")
    person.sees("The simulator is filled in already")
    person.photograph("new-connection")
    person.press("Connect")
    person.sees("Allow access to your administrations?")
    person.photograph("consent")


def choose_administration(person, name):
    """In the set-up: choose the administration, wait for its lists, map what is certain."""
    person.sees("Where this company's documents are booked")
    person.photograph("set-up")
    person.choose("division_id", name)
    person.press("Use this administration")
    person.sees("What must hold before documents can arrive")
    person.photograph("administration-chosen")
    fill_in_what_is_certain(person)


def fill_in_what_is_certain(person):
    """Press the button, which appears as soon as the lists were read."""
    person.press("Fill in what is certain")
    filled = person.page.locator(".o_notification", has_text="matches were filled in")
    expect(filled).to_be_visible()
    person.photograph("mapped")


def connect(person, administration):
    """Connect the current company from nothing, up to and including its mappings."""
    begin_connection(person)
    person.press("Allow")
    choose_administration(person, administration)


def post_draft_invoice(person):
    """Confirm today's draft; return its number and its ID."""
    person.open_menu("Customers", "Invoices")
    person.open_row("Draft")
    person.press("Confirm")
    expect(person.page.locator(".o_statusbar_status .o_arrow_button_current",
                               has_text="Posted")).to_be_visible()
    number = person.page.locator("h1 [name='name']").inner_text().strip()
    return Invoice(number, int(person.page.url.rstrip("/").rpartition("/")[2]))


def find_booking(person, administration, number):
    """Walk through Exact Online's own pages to the booking of an invoice."""
    person.page.goto(person.office.exact_url)
    person.page.get_by_role("link", name=administration).click()
    person.page.get_by_role("link", name="Bookings", exact=True).click()
    person.photograph("bookings")
    rows = person.page.locator("tr", has_text=number)
    expect(rows).to_have_count(1)
    rows.get_by_role("link").first.click()
    person.sees(number, within="main")
    person.photograph("booking")


def check_pdf(person, invoice):
    """Click the PDF of the booking: it opens, and is the very file that Odoo keeps."""
    person.page.get_by_role("link", name=".pdf").first.click()
    person.page.wait_for_url("**/attachments/**")
    person.photograph("pdf")
    booked = person.page.context.request.get(person.page.url)
    kept = person.page.context.request.get(
        f"{person.office.url}/web/content/account.move/{invoice.id}/exact_pdf_file")
    assert booked.headers["content-type"] == "application/pdf"
    assert booked.body() == kept.body()
    assert len(PdfReader(io.BytesIO(kept.body())).pages) == 1


def book_payment(person, invoice, amount):
    """Book money of the bank on Exact Online's own page of the invoice."""
    find_booking(person, BELGIAN, invoice.number)
    payment = person.page.locator("form", has=person.page.get_by_role(
        "button", name="Book a payment"))
    payment.get_by_label("Amount").fill(amount)
    payment.get_by_role("button", name="Book a payment").click()
    person.sees("The payment is booked.")
    person.photograph("payment-booked")


def read_what_was_paid(person):
    """Run the scheduled job as an administrator does who does not want to wait for it."""
    person.page.goto(f"{person.office.url}/odoo/action-base.ir_cron_act?debug=1")
    person.open_row("Exact Online: read what was paid")
    person.press("Run Manually")
    expect(person.page.locator(".o_form_view")).to_be_visible()


def open_invoice(person, invoice):
    person.page.goto(f"{person.office.url}/odoo/action-account.action_move_out_invoice_type/"
                     f"{invoice.id}?debug=0")
