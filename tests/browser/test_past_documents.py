# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""An accountant who has just connected brings the past documents to Exact Online."""

import re

from playwright.sync_api import expect

from tests.browser import steps


def test_counted_checked_started_and_done(person):
    person.log_in("admin")
    person.open_app()
    steps.connect(person, steps.BELGIAN)

    person.open_menu("Exact Online", "Past documents")
    person.sees("Bring past documents to Exact Online")
    person.photograph("none-yet")
    person.press("New")
    person.sees("Choose the documents, then press")
    person.photograph("new")
    person.press("Count and check")
    person.waits_for(".o_statusbar_status .o_arrow_button_current", re.compile("Counted"))
    person.sees(re.compile("documents? .*would be accepted today"))
    person.sees(re.compile(r"About \d+ calls"))
    person.photograph("counted")

    person.press("Start")
    person.waits_for(".o_statusbar_status .o_arrow_button_current", re.compile("Done"))
    expect(person.page.locator("div[name='left_count']")).to_have_text("0")
    person.photograph("done")
    person.press_stat("Queue")
    expect(person.page.locator(".o_data_row", has_text="Sales entry").first).to_be_visible()
    person.photograph("queue")
