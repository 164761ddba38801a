# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A copy of the database never talks to Exact; the original goes on as if there were none."""

import subprocess

import pytest

from tests.environment import api

from .crew import crew
from .scene import Scene, copied_database
from .verdicts import assert_arrived_once


@pytest.fixture
def copy(scene):
    """A Scene on a copy (createdb -T) of the connected database, with an invoice to send."""
    [invoice] = scene.invoices()
    name = f"{scene.database}_copy"
    with copied_database(scene.database, name), crew(name) as workers:
        copied = Scene(name, workers)
        copied.exact = scene.exact
        yield copied
    scene.finish()
    assert scene.connection()["state"] == "connected"
    assert_arrived_once(scene, invoice)


def test_a_copy_does_not_call_exact(copy):
    seen = len(copy.exact.traffic())
    for _round in range(3):
        copy.work(workers=2)
    assert copy.exact.traffic(since=seen) == []
    assert copy.connection()["state"] == "copied"
    assert "copy" in copy.connection()["state_reason"]
    assert {item["state"] for item in copy.items("state <> 'done'")} <= {"blocked", "waiting"}


def test_a_copy_does_not_renew_the_token(scene, copy):
    scene.exact.advance(600)
    for each in (scene, copy):
        each.age_tokens(600)
    seen = len(copy.exact.traffic())
    copy.work()
    assert copy.exact.traffic(since=seen) == []


def test_a_neutralised_copy_holds_no_token(copy):
    subprocess.run(api.odoo_command("neutralize", "-d", copy.database), check=True,
                   env=api.odoo_environment(), capture_output=True, timeout=120)
    assert copy.sql("SELECT id FROM exact_connection_token") == []
    assert copy.connection()["state"] == "draft"
    seen = len(copy.exact.traffic())
    copy.work()
    assert copy.exact.traffic(since=seen) == []
