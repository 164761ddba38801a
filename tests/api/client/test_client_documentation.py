# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The package reads as it says, and needs no more than it says."""

import ast
import doctest
import subprocess
import sys
from pathlib import Path

import exact_api
import pytest

PACKAGE = Path(exact_api.__file__).parent
MODULES = sorted(PACKAGE.glob("*.py"))
LICENCE = "# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl)."
# urllib3 comes with requests and is what requests' own errors wrap.
ALLOWED = set(sys.stdlib_module_names) | {"requests", "urllib3"}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_needs_requests_and_nothing_else(module):
    tree = ast.parse(module.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {name.name.partition(".")[0] for name in node.names} <= ALLOWED
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            assert node.module.partition(".")[0] in ALLOWED
        if isinstance(node, ast.ImportFrom) and node.level:
            assert node.level == 1


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_and_its_public_parts_say_what_they_are(module):
    tree = ast.parse(module.read_text())
    assert module.read_text().startswith(LICENCE + "\n")
    assert ast.get_docstring(tree)
    definitions = (ast.FunctionDef, ast.ClassDef)
    for owner in (tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))):
        for node in owner.body:
            if isinstance(node, definitions) and not node.name.startswith("_"):
                if not getattr(owner, "name", "").startswith("_"):
                    assert ast.get_docstring(node), f"{module.name}: {node.name}"


def test_the_package_can_be_imported_below_another_name(tmp_path):
    """As Odoo does: odoo.addons.exact_online_connector.exact_api."""
    (tmp_path / "outer").mkdir()
    (tmp_path / "outer" / "__init__.py").touch()
    (tmp_path / "outer" / "inner").symlink_to(PACKAGE)
    check = "import outer.inner as api, sys; assert 'exact_api' not in sys.modules; api.ExactClient"
    subprocess.run([sys.executable, "-c", check], cwd=tmp_path, check=True)


def test_the_example_of_the_package_is_code_about_this_package():
    (example,) = doctest.DocTestFinder(recurse=False).find(exact_api)
    assert 5 <= len(example.examples) <= 10
    for step in example.examples:
        tree = ast.parse(step.source)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id in {*exact_api.__all__, "print"}
