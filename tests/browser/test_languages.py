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


@pytest.fixture
def office_at_work(accountant, connected):
    """A company that is connected and sent an invoice; nobody is logged in."""
    if "invoice" not in connected:
        steps.post_draft_invoice(accountant)
        connected.append("invoice")
    accountant.log_out()
    return accountant


@pytest.mark.parametrize(("login", "language"), [("boekhouder", "nl"), ("comptable", "fr")])
def test_no_page_speaks_english(office_at_work, login, language):
    person, texts, found = office_at_work, english(language), {}
    person.log_in(login)
    for page in PAGES:
        go_to(person, f"action-exact_online_connector.{page}_action")
        person.photograph(page)
        found[page] = english_on_the_page(person, texts)
    go_to(person, "action-exact_online_connector.exact_sync_queue_action")
    person.open_row("")
    person.photograph("item")
    found["item"] = english_on_the_page(person, texts)
    go_to(person, "companies/1")
    person.page.locator(".nav-link", has_text="Exact Online").click()
    person.photograph("company")
    found["company"] = english_on_the_page(person, texts)
    assert {page: shown for page, shown in found.items() if shown} == {}


def go_to(person, place):
    person.page.goto(f"{person.office.url}/odoo/{place}")
    expect(person.page.locator(".o_action_manager .o_view_controller").first).to_be_visible()
