# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Fixtures for suites that start their own processes. Odoo is not imported here."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.environment import api

# A verdict depends on neither chance nor the speed of the machine.
settings.register_profile(
    "reproducible", deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("reproducible")


@pytest.fixture(scope="module")
def simulator(request):
    """A simulator with a Belgian and a Dutch seed of its own; `.url` is its address."""
    with api.simulator(name=_name(request)) as running:
        yield running


@pytest.fixture(scope="module")
def addon_database(request):
    """Name of a fresh database with the addon installed."""
    with api.database(f"{_name(request)}_{os.getpid()}") as name:
        yield name


@pytest.fixture(scope="module")
def demo_database(request):
    """Name of a fresh database with the addon and the two demo companies."""
    with api.database(f"{_name(request)}_demo_{os.getpid()}", template="demo") as name:
        yield name


@pytest.fixture(scope="module")
def odoo_server(addon_database):
    """An Odoo server on `addon_database`; `.url` is its address."""
    with api.odoo_server(addon_database) as running:
        yield running


@pytest.fixture(scope="module")
def demo_server(demo_database):
    """An Odoo server on `demo_database`; `.url` is its address."""
    with api.odoo_server(demo_database) as running:
        yield running


def _name(request):
    return request.module.__name__.rpartition(".")[2]
