# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Thousands of rows in one statement, for models that keep nothing but what they are given."""

import json

from odoo.tools import SQL

BATCH = 5_000


def insert(model, rows):
    """Store new rows: dicts of stored fields, all with the same names."""
    _insert(model, rows, SQL())


def upsert(model, rows, key):
    """Store rows, in place of those that are equal in the fields ``key``; these have a unique
    index. A row may not come twice.
    """
    if not rows:
        return
    changes = SQL(", ").join(
        SQL("%(name)s = excluded.%(name)s", name=SQL.identifier(name))
        for name in rows[0]
        if name not in key
    )
    _insert(model, rows, SQL("ON CONFLICT (%s) DO UPDATE SET %s", _names(key), changes))


def _insert(model, rows, conflict):
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        model.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s "
                "FROM jsonb_to_recordset(%s::jsonb) AS incoming (%s) %s",
                SQL.identifier(model._table),
                _names(some[0]),
                _names(some[0]),
                json.dumps(some, default=str),  # dates and Decimals
                SQL(", ").join(_definition(model, name) for name in some[0]),
                conflict,
            )
        )
    model.invalidate_model(flush=False)


def _names(names):
    return SQL(", ").join(map(SQL.identifier, names))


def _definition(model, name):
    # a type is no value: it stands in the statement as the field has it
    return SQL(f"%s {model._fields[name].column_type[1]}", SQL.identifier(name))
