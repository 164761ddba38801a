# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What is built once is complete or absent, and is built again when what went in changed."""

import subprocess
import sys

import pytest

from tests.environment import paths
from tests.environment.build import build_once, digest, tree_digest

TWO_AT_ONCE = """
import sys, time
from pathlib import Path
from tests.environment.build import build_once

def build(scratch):
    with open(sys.argv[1] + ".builds", "a") as builds:
        builds.write("x")
    time.sleep(0.5)

build_once(Path(sys.argv[1]), build)
"""


def test_an_interrupted_build_leaves_nothing_and_is_resumed(tmp_path):
    target = tmp_path / "odoo"

    def interrupted(scratch):
        (scratch / "half").write_text("")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_once(target, interrupted)
    assert not target.exists()

    build_once(target, lambda scratch: (scratch / "whole").write_text(""))
    assert [file.name for file in target.iterdir()] == ["whole"]


def test_what_is_there_is_not_built_again(tmp_path):
    target = tmp_path / "odoo"
    target.mkdir()
    build_once(target, lambda scratch: pytest.fail("built again"))


def test_two_processes_build_only_once(tmp_path):
    target = tmp_path / "shared"
    line = [sys.executable, "-c", TWO_AT_ONCE, str(target)]
    for process in [subprocess.Popen(line, cwd=paths.ROOT) for _number in range(2)]:
        assert process.wait() == 0
    assert (tmp_path / "shared.builds").read_text() == "x"


def test_a_digest_changes_with_a_file_and_not_with_its_tests(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "move.py").write_text("one")
    before = tree_digest(tmp_path)

    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_move.py").write_text("a test")
    assert tree_digest(tmp_path) == before

    (tmp_path / "models" / "move.py").write_text("two")
    assert tree_digest(tmp_path) != before


def test_a_digest_tells_apart_where_one_part_ends():
    assert digest("ab", "c") != digest("a", "bc")
