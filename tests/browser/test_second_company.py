# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A second company joins the connection that the first one made, in its own administration."""

import re

from playwright.sync_api import expect

from tests.browser import steps

FIRST, SECOND = "Demo Brussel BV", "Demo Utrecht B.V."


def test_a_dutch_company_books_through_the_connection_of_the_belgian_one(person):
    person.log_in("admin")
    person.open_app()
    steps.connect(person, steps.BELGIAN)

    person.open_menu("Exact Online", "Connections")
    person.open_row("Connected")
    person.choose("company_ids", SECOND)
    person.press("Save manually")
    person.switch_company(SECOND)
    person.photograph("second-company")
    person.open_menu("Exact Online", "Set up", title=SECOND)
    steps.choose_administration(person, steps.DUTCH)

    invoice = steps.post_draft_invoice(person)
    person.waits_for(steps.BADGE, re.compile("In Exact"))
    person.photograph("in-exact")
    person.open_menu("Exact Online", "Queue")
    expect(person.page.locator(".o_data_row", has_text=FIRST)).to_have_count(0)

    steps.find_booking(person, steps.DUTCH, invoice.number)
    steps.check_pdf(person, invoice)
