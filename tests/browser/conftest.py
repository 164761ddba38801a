# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A browser for all tests, an office for each module, a person for each test."""

import os
import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import office as offices
from tests.browser import steps
from tests.browser.person import Person
from tests.environment import api, paths

ALBUMS = Path(os.environ.get("SCREENSHOTS", paths.SCREENSHOTS)).resolve()
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")


@pytest.fixture(scope="session")
def chromium():
    """The machine's own browser, without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=api.browser(), headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def office(request):
    """Odoo and the simulator, as after `make demo`; nobody is connected yet."""
    with offices.opened(f"{_name(request.module)}_{os.getpid()}") as running:
        yield running


@pytest.fixture
def person(request, chromium, office):
    """Somebody with a fresh browser. Afterwards nobody may have heard a complaint."""
    album = ALBUMS / _name(request.module)[len("test_"):] / _folder(request.node.name)
    shutil.rmtree(album, ignore_errors=True)
    album.mkdir(parents=True)
    known = len(office.complaints())
    context = chromium.new_context(viewport={"width": 1366, "height": 900}, locale="en-US",
                                   timezone_id="Europe/Brussels")
    visitor = Person(context.new_page(), office, album)
    yield visitor
    visitor.photograph("end")
    context.close()
    assert visitor.complaints == []
    assert office.complaints()[known:] == []


@pytest.fixture(scope="module")
def connected(office):
    """The administrations with which a company of this office is connected so far."""
    return []


@pytest.fixture
def accountant(person, connected):
    """Somebody whose company is connected, and mapped as far as is certain."""
    person.log_in("admin")
    person.open_app()
    if not connected:
        steps.connect(person, steps.BELGIAN)
        connected.append(steps.BELGIAN)
    return person


def _name(module):
    return module.__name__.rpartition(".")[2]


def _folder(test):
    return re.sub(r"\W+", "_", test.removeprefix("test_").lower()).strip("_")
