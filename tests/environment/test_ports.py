# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A busy or impossible port is said in one line that names the way out."""

import socket

import pytest

from tests.environment import ports
from tests.environment.console import Stop


@pytest.fixture
def busy_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_busy_port_that_was_asked_for_is_refused_in_one_line(busy_port):
    with pytest.raises(Stop, match=rf"^Port {busy_port} is busy: .*PORT=<port>\.$"):
        ports.choose("PORT", str(busy_port), 8069)


def test_a_busy_default_port_gives_way_to_the_next_free_one(busy_port):
    chosen = ports.choose("PORT", None, busy_port)
    assert chosen > busy_port
    assert ports.is_free(chosen)


def test_two_servers_never_get_the_same_port():
    first = ports.choose("PORT", None, 18069)
    assert ports.choose("SIMULATOR_PORT", None, 18069, taken=(first,)) != first


@pytest.mark.parametrize("given", ["abc", "0", "70000", "-1"])
def test_what_is_no_port_number_is_refused(given):
    with pytest.raises(Stop, match="is not a port number"):
        ports.choose("PORT", given, 8069)
