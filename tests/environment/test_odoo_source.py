# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""ODOO=<folder> is used first, and refused in one line when it holds no Odoo 19."""

import pytest

from tests.environment import odoo_source
from tests.environment.console import Stop


def make_odoo(package, series):
    (package / "modules").mkdir(parents=True)
    (package / "release.py").write_text(f"version_info = ({series}, 0, 0, FINAL, 0, '')\n")


@pytest.mark.parametrize("layout", ["odoo", "usr/lib/python3/dist-packages/odoo", "."])
def test_a_checkout_an_unpacked_package_and_the_package_itself_are_found(
        tmp_path, monkeypatch, layout):
    folder = tmp_path / "odoo"
    make_odoo(folder / layout, 19)
    monkeypatch.setenv("ODOO", str(folder))
    assert odoo_source.find().package == (folder / layout).resolve()


def test_a_folder_without_odoo_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO", str(tmp_path))
    with pytest.raises(Stop, match=r"^ODOO=.* holds no Odoo: name the folder of a checkout"):
        odoo_source.find()


def test_another_series_is_refused(tmp_path, monkeypatch):
    make_odoo(tmp_path / "odoo", 18)
    monkeypatch.setenv("ODOO", str(tmp_path))
    with pytest.raises(Stop, match=r"is Odoo 18\.0: this addon needs Odoo 19\.0"):
        odoo_source.find()
