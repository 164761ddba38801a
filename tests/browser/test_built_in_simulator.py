# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Whoever installs the addon alone tries everything with the simulator that lives inside Odoo."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import steps


@pytest.fixture
def visitor(person):
    """Somebody in whose Odoo no simulator runs beside it: consent and pages are Odoo's own."""
    person.office.exact_url = f"{person.office.url}/exact_online/simulator"
    person.log_in("admin")
    person.open_app()
    return person


def test_everything_works_inside_odoo(visitor):
    visitor.open_menu("Exact Online", "Connections")
    visitor.press("New")
    visitor.choose("site", "Simulator")
    visitor.empty("simulator_url")
    visitor.photograph("built-into-odoo")
    visitor.press("Connect")
    visitor.sees("Allow access to your administrations?")
    assert visitor.page.url.startswith(visitor.office.exact_url)
    visitor.photograph("consent")
    visitor.press("Allow")
    steps.choose_administration(visitor, steps.BELGIAN)

    invoice = steps.post_draft_invoice(visitor)
    visitor.waits_for(steps.BADGE, re.compile("In Exact"))

    steps.find_booking(visitor, steps.BELGIAN, invoice.number)
    entry = visitor.page.url
    steps.check_pdf(visitor, invoice)

    visitor.page.goto(entry)
    visitor.press("Book a payment")
    visitor.sees("matched", within="dl")
    visitor.photograph("paid")
    follow_every_link(visitor)


def follow_every_link(visitor):
    """Every page of the menus opens, below Odoo's own address."""
    for label in ("Overview", "Relations", "Bookings", "Open items", "Bank", "Periods",
                  "All administrations", "Switches", "Faults", "Clock"):
        visitor.page.locator("nav").get_by_role("link", name=label, exact=True).click()
        assert visitor.page.url.startswith(visitor.office.exact_url)
        expect(visitor.page.locator("main h1")).to_be_visible()
        visitor.photograph(label.lower().replace(" ", "-"))
