# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The walk of somebody who has never seen this addon, from the first login to the booking."""

import re

from tests.browser import steps


def test_refusing_consent_leads_back_to_the_connection(person):
    person.log_in("admin")
    person.open_app()
    steps.begin_connection(person)
    person.press("Refuse")
    person.sees("Not connected")
    person.photograph("refused")
    person.page.get_by_role("link", name="Back to the connections").click()
    person.sees("Not connected", within=".o_data_row")


def test_connect_choose_post_and_find_the_booking_with_its_pdf(person):
    person.log_in("admin")
    person.open_app()
    person.open_menu("Exact Online", "Queue")
    person.sees("Nothing is queued")
    person.photograph("empty-queue")

    steps.connect(person, steps.BELGIAN)
    invoice = steps.post_draft_invoice(person)
    person.sees("On its way", within=steps.BADGE)
    person.photograph("posted")

    person.waits_for(steps.BADGE, re.compile("In Exact"))
    person.photograph("in-exact")
    person.open_menu("Exact Online", "Queue")
    person.waits_for(f".o_data_row:has-text('Sales entry'):has-text('{invoice.number}')",
                     re.compile("Done"))
    person.photograph("queue-done")

    steps.find_booking(person, steps.BELGIAN, invoice.number)
    person.sees("606.53", within="main")
    steps.check_pdf(person, invoice)
