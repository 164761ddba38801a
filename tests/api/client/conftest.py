# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import sys
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
for folder in (HERE, HERE.parents[2] / "exact_online_connector"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

from exact_api import ExactClient  # noqa: E402
from scripted_server import ScriptedServer  # noqa: E402

settings.register_profile("no clock", deadline=None)
settings.load_profile("no clock")


class Book:
    """Limits that allow everything and keep what they are told."""

    def __init__(self):
        self.claims = []
        self.calls = []

    def claim(self, division, method, resource):
        self.claims.append((division, method, resource))

    def record(self, call):
        self.calls.append(call)


@pytest.fixture
def token():
    return "stampNL001.a-very-secret-access-token"


@pytest.fixture
def server():
    scripted = ScriptedServer()
    yield scripted
    scripted.close()


@pytest.fixture
def book():
    return Book()


@pytest.fixture
def client(server, book, token):
    return ExactClient(server.url, lambda: token, limits=book, timeout=30)
