# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What several people do in the set-up: go from step to step, and work on the rows of a step."""

import re

from playwright.sync_api import expect

from tests.browser.person import SECONDS_FOR_THE_JOB

LONG = 1000 * 3 * SECONDS_FOR_THE_JOB


def open_set_up(person, company):
    """Open the set-up of the company of this name, which is the current one."""
    person.open_menu("Exact Online", "Set up", title=company)


def go_on(person, step):
    """Continue; the next step must be `step`."""
    person.press("Continue")
    is_at(person, step)


def is_at(person, step, timeout=None):
    """The status bar shows `step`."""
    here = person.page.locator(".o_statusbar_status .o_arrow_button_current", has_text=step)
    expect(here).to_be_visible(timeout=timeout)
    person.photograph(step.lower().replace(" ", "-"))


def press_tool(person, name):
    """Press one of the buttons with an icon above the tabs."""
    person.page.locator(".o_form_sheet").get_by_role("button", name=name).click()


def row(person, text):
    """The rows of the open tab that show `text`."""
    return person.page.locator(".o_exact_step .o_data_row").filter(has_text=text)


def open_tab(person, name):
    """Open a tab of the current step."""
    person.page.locator(".o_exact_step .nav-link", has_text=name).click()
    expect(person.page.locator(".o_exact_step .nav-link.active", has_text=name)).to_be_visible()


def accept_what_is_certain(person):
    """Press the button at the top, which stands out as long as something is certain."""
    button = person.page.get_by_role("button", name="Accept all certain")
    expect(button).to_have_class(re.compile("btn-primary"))
    button.click()
    expect(button).to_be_hidden()
