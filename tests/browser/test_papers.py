# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Bills that the bookkeeper books in Exact from the scan, and bookings that lack their document."""

import io
import re

from playwright.sync_api import expect
from PyPDF2 import PdfWriter

from tests.browser import steps
from tests.browser.test_bills import choose_action

POLICIES = ("Booking without document", "Booking with the PDF",
            "Booking with the PDF and all attachments", "PDF only, to be booked in Exact")


def scan():
    """A file as a scanner makes it."""
    content, writer = io.BytesIO(), PdfWriter()
    writer.add_blank_page(width=595, height=842)
    writer.write(content)
    return {"name": "scan.pdf", "mimeType": "application/pdf", "buffer": content.getvalue()}


def open_journal(person, name):
    person.open_menu("Configuration", "Journals")
    person.open_row(name)
    person.page.get_by_role("tab", name="Exact Online").click()


def test_a_bill_goes_as_pdf_only_once_its_file_is_attached(accountant):
    open_journal(accountant, "Purchase")
    accountant.page.locator("div[name='exact_is_sent'] input").check()
    for policy in POLICIES:
        accountant.choose("exact_attachment_policy", policy)
        accountant.photograph(re.sub(r"\W+", "-", policy.lower()))
    accountant.sees("Nothing is booked.")
    accountant.press("Save manually")

    accountant.open_menu("Vendors", "Bills")
    accountant.open_row("BILL")
    accountant.sees("Attach the bill's file")
    accountant.photograph("bill-without-file")
    choose_action(accountant, "Send to Exact Online")
    accountant.waits_for(steps.BADGE, re.compile("Needs attention"))
    accountant.photograph("needs-its-file")
    accountant.page.locator(".o-mail-Chatter input[type='file']").first.set_input_files(scan())
    accountant.waits_for(steps.BADGE, re.compile("To be booked there"))
    accountant.photograph("lies-in-exact")

    accountant.press_stat("Exact Online")
    accountant.sees("Document to be booked in Exact")
    accountant.photograph("queue-items")
    accountant.open_menu("Vendors", "Bills")
    accountant.choose_filter("Exact: to be booked there")
    expect(accountant.page.locator(".o_data_row")).to_have_count(1)
    accountant.photograph("filtered")


def test_a_booking_without_document_is_found_and_gets_it(accountant):
    open_journal(accountant, "Sales")
    accountant.choose("exact_attachment_policy", "Booking without document")
    accountant.press("Save manually")
    accountant.photograph("sales-journal")
    invoice = steps.post_draft_invoice(accountant)
    accountant.waits_for(steps.BADGE, re.compile("In Exact"))
    open_journal(accountant, "Sales")
    accountant.choose("exact_attachment_policy", "Booking with the PDF")
    accountant.page.get_by_role("textbox", name="Description").hover()
    accountant.photograph("description")
    accountant.press("Save manually")

    accountant.open_menu("Exact Online", "Bookings without document")
    row = accountant.page.locator(".o_data_row", has_text=invoice.number)
    expect(row).to_be_visible()
    expect(row).to_contain_text("Ready to be sent")
    accountant.photograph("without-document")
    row.get_by_role("button", name="Send the file").click()
    accountant.sees("1 on the way to Exact Online.")
    accountant.photograph("on-the-way")
    accountant.waits_for(".o_view_nocontent", re.compile("Every booking has its document"))
    accountant.photograph("every-booking-has-its-document")
