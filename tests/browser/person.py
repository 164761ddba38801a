# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Somebody at a screen: clicks what she sees, waits for what should appear, and notes faults."""

import re
import time

from playwright.sync_api import TimeoutError as NotShown
from playwright.sync_api import expect

SECONDS_FOR_A_PAGE = 30
SECONDS_FOR_THE_JOB = 60
expect.set_options(timeout=SECONDS_FOR_A_PAGE * 1000)
# An icon is broken when its class draws nothing, its font did not load, or its picture is empty.
BROKEN_ICONS = """() => {
    const drawn = (element) => {
        const content = getComputedStyle(element, "::before").content;
        return content !== "none" && content !== "normal";
    };
    const visible = (element) => element.offsetParent !== null;
    const icons = [...document.querySelectorAll(".fa, .oi, .o_button_icon")]
        .filter((element) => visible(element) && !drawn(element))
        .map((element) => element.className);
    const images = [...document.images]
        .filter((image) => visible(image) && image.complete && !image.naturalWidth)
        .map((image) => image.src);
    const fonts = [...document.fonts].filter((font) => font.status === "error")
        .map((font) => `font ${font.family}`);
    return [...icons, ...images, ...fonts];
}"""


class Person:
    """One browser window. `album` is the folder for its screenshots."""

    def __init__(self, page, office, album):
        self.page = page
        self.office = office
        self.complaints = []
        self._album = album
        self._pictures = 0
        page.set_default_timeout(SECONDS_FOR_A_PAGE * 1000)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("response", self._check_answer)
        page.on("requestfailed", self._check_failure)

    # -- what the browser itself complains about --------------------------------------------------

    def _hear(self, message):
        address = message.location["url"]
        # Beside a PDF, Chromium asks each server for an icon of which no page speaks.
        if message.type == "error" and not address.endswith("/favicon.ico"):
            self.complaints.append(f"console: {message.text} ({address})")

    def _check_answer(self, response):
        if response.status >= 400:
            self.complaints.append(f"answer {response.status}: {response.url}")

    def _check_failure(self, request):
        # Leaving a page aborts what it was still asking for.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"no answer ({request.failure}): {request.url}")

    def photograph(self, name):
        """Keep a picture of the screen; note icons and images that are broken on it."""
        self.complaints += [f"broken icon on {name}: {icon}"
                            for icon in self.page.evaluate(BROKEN_ICONS)]
        self._pictures += 1
        self.page.screenshot(path=self._album / f"{self._pictures:02}-{name}.png")

    # -- going somewhere --------------------------------------------------------------------------

    def log_in(self, login):
        """Log in to Odoo; the password of the demo's people is their login."""
        self.page.goto(f"{self.office.url}/web/login")
        self.page.get_by_label("Email").fill(login)
        self.page.get_by_label("Password").fill(login)
        self.page.get_by_role("button", name="Log in", exact=True).click()
        expect(self.page.locator(".o_main_navbar")).to_be_visible()

    def log_out(self):
        self.page.locator(".o_user_menu button").click()
        self.page.get_by_role("menuitem", name="Log out").click()
        expect(self.page.get_by_label("Password")).to_be_visible()

    def open_app(self, name="Invoicing"):
        self.page.locator(".o_navbar_apps_menu button").click()
        self.page.locator(".o_app").get_by_text(name, exact=True).click()
        expect(self.page.locator(".o_menu_brand", has_text=name)).to_be_visible()

    def open_menu(self, section, entry, title=None):
        """Open an entry of a menu in the bar at the top; its page bears `title`, or its name."""
        self.page.locator(".o_menu_sections").get_by_text(section, exact=True).click()
        self.page.get_by_role("menuitem", name=entry, exact=True).click()
        expect(self.page.locator(".o_control_panel .active, .o_last_breadcrumb_item")
               .filter(has_text=title or entry).first).to_be_visible()

    def switch_company(self, name):
        """Work for another company, by the switch at the top right."""
        self.page.locator(".o_switch_company_menu button").click()
        other = self.page.locator(".o_switch_company_item, [data-company-id]")
        with self.page.expect_event("load"):  # the web client starts anew
            other.filter(has_text=name).locator(".log_into").click()
        expect(self.page.locator(".o_switch_company_menu", has_text=name)).to_be_visible()

    def go_back_to(self, title):
        """Return to an earlier page by its name at the top left."""
        self.page.locator(".breadcrumb").get_by_text(title, exact=True).click()
        expect(self.page.locator(".o_last_breadcrumb_item", has_text=title)).to_be_visible()

    def open_row(self, text):
        """Open the first row of a list that shows `text`."""
        self.page.locator(".o_data_row").filter(has_text=text).first.click()
        expect(self.page.locator(".o_form_view")).to_be_visible()

    # -- acting -----------------------------------------------------------------------------------

    def press(self, name, within="body"):
        self.page.locator(within).get_by_role("button", name=name, exact=True).click()

    def press_stat(self, name):
        """Press one of the buttons with figures above a form."""
        self.page.locator(".oe_stat_button", has_text=name).click()

    def choose(self, field, text, within="body"):
        """Pick `text` from the list of a selection field or of a link to another record."""
        box = self.page.locator(within).locator(f"div[name='{field}'] input").first
        box.click()
        offered = self.page.locator(
            ".o-dropdown-item, .o-autocomplete--dropdown-item, .o_select_menu_item")
        expect(offered.first).to_be_visible()
        if not self.page.locator(".o_select_menu_item").filter(has_text=text).count():
            box.fill(text)  # not all records are offered, but all options are
        offered.filter(has_text=text).first.click()

    def empty(self, field):
        """Take the content of a field away."""
        box = self.page.locator(f"div[name='{field}'] input").first
        box.fill("")
        box.press("Tab")

    def search(self, text):
        """Look for `text` in a list, in place of what was looked for before."""
        for facet in self.page.locator(".o_searchview .o_facet_remove").all():
            facet.click()
        box = self.page.locator(".o_searchview_input")
        box.fill(text)
        box.press("Enter")
        expect(self.page.locator(".o_searchview .o_facet_value", has_text=text)).to_be_visible()

    def choose_filter(self, name):
        """Pick a filter or a grouping from the menu of the search field."""
        self.page.locator(".o_searchview_dropdown_toggler").click()
        self.page.locator(".o_search_bar_menu").get_by_role("menuitemcheckbox", name=name,
                                                            exact=True).click()
        self.page.keyboard.press("Escape")
        expect(self.page.locator(".o_searchview .o_facet_value", has_text=name)).to_be_visible()

    # -- seeing -----------------------------------------------------------------------------------

    def sees(self, text, within="body"):
        """Fail unless `text` (a string or a pattern) is shown or appears soon."""
        expect(self.page.locator(within).get_by_text(text).first).to_be_visible()

    def waits_for(self, selector, text=re.compile("")):
        """Look again, as a person does with F5, until the scheduled job has brought `text`."""
        wanted = self.page.locator(selector).filter(has_text=text).first
        deadline = time.monotonic() + SECONDS_FOR_THE_JOB
        while time.monotonic() < deadline:
            try:
                return wanted.wait_for(timeout=1500)
            except NotShown:
                self.page.reload()
        return expect(wanted).to_be_visible()
