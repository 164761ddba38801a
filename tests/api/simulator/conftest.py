# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One simulator for the suite, back at its seeds for each module."""

import pytest
from simulator_driver import ROOT, Books, Exact, Server


def _serve(name, log):
    arguments = ["--database", ":memory:", "--seed", "be,nl", "--auto-consent", "--no-limits"]
    if log:
        folder = ROOT / ".work" / "traffic"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"simulator_{name}.jsonl"
        file.unlink(missing_ok=True)
        arguments += ["--traffic-log", str(file)]
    return Server(*arguments)


@pytest.fixture(scope="session")
def running():
    server = _serve("suite", log=True)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def running_unlogged():
    """For requests that the reference calls impossible, yet were seen to be accepted."""
    server = _serve("unlogged", log=False)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def server(running):
    """The simulator, back at its seeds for this module; errors do not add up to a block."""
    return _reset(running)


@pytest.fixture(scope="module")
def unlogged_server(running_unlogged):
    return _reset(running_unlogged)


def _reset(running):
    running.control("reset", {})
    running.control("switches", {"error_velocity": "off"})
    return running


@pytest.fixture(scope="module")
def exact(server):
    return Exact(server)


@pytest.fixture(scope="module")
def unlogged_exact(unlogged_server):
    return Exact(unlogged_server)


@pytest.fixture
def books(exact):
    """The Belgian administration, to invoice and to pay in."""
    return Books(exact)


@pytest.fixture
def fresh(running):
    """The simulator at its seeds for one test, for tests that move the clock or count."""
    running.control("reset", {})
    yield running
    running.control("reset", {})


@pytest.fixture
def switched(server):
    """Set switches for one test."""
    yield from _switching(server)


@pytest.fixture
def switched_unlogged(unlogged_server):
    yield from _switching(unlogged_server)


def _switching(server):
    before = {name: each["value"] for name, each in server.control("switches").items()}
    yield lambda **changes: server.control("switches", changes)
    server.control("switches", before)
