# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An invoice that cannot be sent yet: the person reads why, mends it, retries, and it is done."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps


@pytest.fixture
def accountant(person):
    """The bookkeeper of a company that is connected and mapped, but for the tax of 21 %."""
    person.log_in("admin")
    person.open_app()
    steps.connect(person, steps.BELGIAN)
    person.log_out()
    person.log_in("accountant")
    person.open_app()
    open_tax(person)
    person.empty("exact_vat_code_id")
    person.press("Save manually")
    person.photograph("tax-without-code")
    return person


def open_tax(person):
    person.open_menu("Configuration", "Taxes")
    person.search("21%")
    person.open_row(re.compile("21%.*Sales"))


def test_a_missing_code_is_said_mended_and_retried(accountant):
    invoice = steps.post_draft_invoice(accountant)
    accountant.waits_for(steps.BADGE, re.compile("Needs attention"))
    accountant.photograph("needs-attention")
    accountant.press_stat("Exact Online")
    accountant.open_row("Failed")
    accountant.sees("has no Exact Online VAT code")
    accountant.sees("Nothing was sent. Mend this in Odoo, then press Retry.")
    accountant.photograph("failed")

    accountant.press("Mend")
    accountant.sees("21%", within=".o_last_breadcrumb_item")
    accountant.choose("exact_vat_code_id", "Binnenland exclusief 21%")
    accountant.press("Save manually")
    accountant.photograph("code-chosen")

    accountant.go_back_to(f"Sales entry {invoice.number}")
    accountant.press("Retry")
    accountant.waits_for(".o_statusbar_status .o_arrow_button_current", re.compile("Done"))
    accountant.photograph("done")
    expect(accountant.page.get_by_role("button", name="Retry")).to_have_count(0)
    steps.find_booking(accountant, steps.BELGIAN, invoice.number)
