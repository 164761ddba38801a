# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Databases copied from templates: about a second each, filestore included.

Layers, each named after a digest of what went in: `base` (Odoo's accounting with the Belgian and
the Dutch chart), `addon` (this addon installed in it); on that one `demo` (the two demo companies)
and `charts` (the companies in which the addon's own tests work).
"""

import contextlib
import os
import shutil
from datetime import date

from . import odoo_process, odoo_source, paths, postgres
from .build import digest, lock, tree_digest
from .console import step

BASE_MODULES = "account,l10n_be,l10n_nl"
DEMO_COMPANIES = paths.ENVIRONMENT / "demo_companies.py"
CHART_COMPANIES = paths.ENVIRONMENT / "chart_companies.py"
PREFIX = "exact_online_template"
KEPT_PER_LAYER = 2
# Nothing shall leave this machine from a database for tests or demonstration.
QUIET = """
env["ir.cron"].search([("model_id.model", "in", ["publisher_warranty.contract",
    "account_edi_proxy_client.user", "iap.account"])]).active = False
"""


def addon_digest():
    """Digest of the addon's files, without its tests."""
    return tree_digest(paths.ADDON)


# Odoo compiles these when they are first asked for, in each copy of a database anew.
WEB_CLIENT = """
assets = env["ir.qweb"]
for bundle in ("web.assets_web", "web.assets_frontend_minimal", "web.assets_frontend_lazy"):
    assets._get_asset_bundle(bundle, css=False, js=True).js()
for bundle in ("web.assets_web", "web.assets_web_print", "web.assets_frontend"):
    assets._get_asset_bundle(bundle, css=True, js=False).css()
env.cr.commit()
"""


@contextlib.contextmanager
def database(name, template="addon"):
    """A database `name`, copied from a template layer; dropped at the end. Yields the name.

    A leftover of the same name is replaced. Give each test process a name of its own.
    """
    create(name, template)
    try:
        yield name
    finally:
        drop(name)


def create(name, template="addon"):
    """Make the database `name` a fresh copy of a template layer."""
    source = template_database(template)
    drop(name)
    _copy(source, name)


def drop(name):
    """Remove a database with its filestore, whoever is connected to it."""
    postgres.query(postgres.running(), f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(paths.FILESTORE / name, ignore_errors=True)


def exists(name):
    """Is there a database `name`?"""
    return bool(postgres.query(
        postgres.running(), f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def template_database(layer):
    """Name of the database that holds `layer`; it is built when it is not there."""
    name = _name(layer)
    if exists(name):
        return name
    with lock(f"template-{layer}"):
        if not exists(name):
            _build(layer, name)
            _drop_old(layer, name)
    return name


def _name(layer):
    parts = [odoo_source.find().identity, BASE_MODULES, QUIET]
    if layer != "base":
        parts.append(addon_digest())
    if layer == "charts":
        parts.append(CHART_COMPANIES)
    if layer == "demo":
        # its invoices are dated in the last weeks
        parts += [DEMO_COMPANIES, WEB_CLIENT, date.today()]
    return f"{PREFIX}_{layer}_{digest(*parts)}"


def _build(layer, name):
    """Build in another database and rename it, so that `name` is complete or absent."""
    scratch = f"{name}_partial"
    drop(scratch)
    if layer == "base":
        odoo_process.run_to_end(scratch, f"Make a database with {BASE_MODULES} (about a minute)",
                                "-i", BASE_MODULES)
        odoo_process.run_code(scratch, "Switch off what would call Odoo's own services", QUIET)
    elif layer == "addon":
        create(scratch, "base")
        odoo_process.run_to_end(scratch, "Install the addon", "-i", paths.ADDON_NAME)
    elif layer == "demo":
        create(scratch, "addon")
        odoo_process.run_code(scratch, "Make the demo companies",
                              DEMO_COMPANIES.read_text())
        odoo_process.run_code(scratch, "Compile the web client, once for all copies", WEB_CLIENT)
    elif layer == "charts":
        create(scratch, "addon")
        odoo_process.run_code(scratch, "Make the companies of the addon's tests",
                              CHART_COMPANIES.read_text())
    # Without statistics PostgreSQL takes charts of accounts for small: seconds for one look-up.
    postgres.query(postgres.running(), "VACUUM ANALYZE", database=scratch)
    _rename(scratch, name)


def _rename(old, new):
    server = postgres.running()
    shutil.rmtree(paths.FILESTORE / new, ignore_errors=True)
    if (paths.FILESTORE / old).exists():
        (paths.FILESTORE / old).rename(paths.FILESTORE / new)
    postgres.query(server, f'ALTER DATABASE "{old}" RENAME TO "{new}"')


def _copy(source, name):
    step(f"Copy the template database to {name}")
    postgres.query(postgres.running(), f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    folder = paths.FILESTORE / source
    if folder.exists():
        # Odoo never changes a stored file, it only adds and removes: hard links are copies.
        shutil.copytree(folder, paths.FILESTORE / name, copy_function=os.link)
    _give_own_identity(name)


def _give_own_identity(name):
    """Odoo tells databases apart by this uuid; two copies must not share it."""
    postgres.query(postgres.running(), "UPDATE ir_config_parameter SET value = gen_random_uuid() "
                                       "WHERE key = 'database.uuid'", database=name)


def _drop_old(layer, newest):
    """Keep this layer's newest template and the one before it."""
    names = postgres.query(
        postgres.running(),
        f"SELECT datname FROM pg_database WHERE datname ~ '^{PREFIX}_{layer}_[0-9a-f]+$' "
        f"AND datname <> '{newest}' ORDER BY oid DESC")
    for name in names[KEPT_PER_LAYER - 1:]:
        drop(name)
