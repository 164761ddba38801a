# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import os

import pytest

from . import scene as scenes


@pytest.fixture(scope="session")
def prepared():
    """Name of a database with two connected and mapped companies, to be copied."""
    with scenes.prepared_database(f"faults_prepared_{os.getpid()}") as name:
        yield name


@pytest.fixture(scope="module")
def scene(prepared, request):
    """A copy of the prepared database for this module, with a simulator of its own."""
    name = request.module.__name__.rpartition(".test_")[2]
    with scenes.scene(prepared, name) as made:
        yield made
