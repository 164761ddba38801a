# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Who works in Dutch or French finds no English of this addon on its pages."""

import polib
import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.environment.translations import FOLDER

PAGES = (
    "exact_overview", "exact_connection", "exact_sync_queue", "exact_back_fill", "exact_agreement",
    "exact_counterpart", "exact_mirrored_entry", "exact_call", "exact_binding", "exact_journal",
    "exact_account", "exact_export",
)
# What a page itself says, and not the data that it shows.
WORDS = "button, label, th, h1, h2, h3, .nav-link, .o_exact_link, .o_view_nocontent p, .alert"
SHOWN = f"""() => [...document.querySelectorAll("{WORDS}")]
    .filter((element) => element.offsetParent !== null)
    .map((element) => element.innerText.trim())"""


def english(language):
    """The texts of this addon that are others in ``language``."""
    texts = polib.pofile(str(FOLDER / f"{language}.po"))
    return {text.msgid for text in texts if text.msgid != text.msgstr}


def english_on_the_page(person, texts):
    return sorted(texts.intersection(person.page.evaluate(SHOWN)))


@pytest.fixture(scope="module")
def invoices(office):
    """What this office sent so far."""
    return []


@pytest.fixture
def visitor(accountant, invoices):
    """Somebody who is yet to log in, where an invoice was sent before."""
    if not invoices:
        invoices.append(steps.post_draft_invoice(accountant))
    accountant.log_out()
    return accountant


@pytest.mark.parametrize(("login", "language"), [("boekhouder", "nl"), ("comptable", "fr")])
def test_no_page_speaks_english(visitor, login, language):
    texts, found = english(language), {}
    visitor.log_in(login)
    for page in PAGES:
        go_to(visitor, f"action-exact_online_connector.{page}_action")
        visitor.photograph(page)
        found[page] = english_on_the_page(visitor, texts)
    go_to(visitor, "action-exact_online_connector.exact_sync_queue_action")
    visitor.open_row("")
    visitor.photograph("item")
    found["item"] = english_on_the_page(visitor, texts)
    go_to(visitor, "companies/1")
    visitor.page.locator(".nav-link", has_text="Exact Online").click()
    visitor.photograph("company")
    found["company"] = english_on_the_page(visitor, texts)
    assert {page: shown for page, shown in found.items() if shown} == {}


def go_to(person, place):
    person.page.goto(f"{person.office.url}/odoo/{place}")
    expect(person.page.locator(".o_action_manager .o_view_controller").first).to_be_visible()
