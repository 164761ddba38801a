# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The books of one administration, open in one transaction."""

import uuid
from functools import cached_property

from . import clock, texts
from .schema import PRIMARY_KEYS, TABLES
from .store import decode, encode
from .switches import DEFAULTS

USER_ID = "7a3c1f8e-5b1d-4c7e-9a55-0d2f6c1b8e01"
USER_NAME = "Simone Simulator"
TEMPLATE_ID = "00000000-1111-4222-8333-444444444444"
FIRST_TIMESTAMP = 1_000_000

# Tables that change rarely and are asked often.
_LISTS = {"Accounts", "Costcenters", "Costunits", "Currencies", "Divisions", "GLAccounts",
          "Journals", "PaymentConditions", "VATCodes"}
# Edm types that SQLite keeps in another form than Python.
_CONVERTED = {"Boolean", "DateTime", "Double"}

# What sync/Deleted calls the rows of a table.
_DELETED_TYPES = {
    "TransactionLines": 1,
    "Accounts": 2,
    "Addresses": 3,
    "DocumentAttachments": 4,
    "Contacts": 5,
    "Documents": 6,
    "GLAccounts": 7,
    "Items": 9,
    "PaymentTerms": 10,
    "BankAccounts": 48,
}


class Books:
    """Rows of one administration as dicts of Python values: Decimal, datetime, bool, int, str.

    Every write stamps Modified and the rowversion that the sync resources show as Timestamp, and
    notes an event for the webhooks in `events` as (table, action, key).
    """

    def __init__(self, connection, settings, division, *, author=(USER_ID, USER_NAME)):
        self.connection = connection
        self.settings = settings
        self.division = division
        self.author = author
        self.events = []
        self.damage = set()
        self._known = {}

    @cached_property
    def now(self):
        return self.settings.now()

    @cached_property
    def today(self):
        """Today in the Netherlands, as UTC midnight."""
        return clock.midnight(clock.dutch_wall_clock(self.now))

    @cached_property
    def company(self):
        """The row of system/Divisions of this administration."""
        return self.row("Divisions", self.division)

    def switch(self, name):
        return self.settings.get("switches", {}).get(name, DEFAULTS[name])

    def text(self, kind, *names):
        """A refusal in the user's language, e.g. text("mandatory", "Customer")."""
        return texts.refusal(kind, names, self.switch("language"))

    def row(self, table, key):
        """The row with that key, or None."""
        if key is None:
            return None
        return self.first(table, **{PRIMARY_KEYS[table][0]: key})

    def first(self, table, **equal):
        """A row with these values, or None; rows of lists are read once a transaction."""
        if table not in _LISTS:
            return next(iter(self.rows(table, limit=1, **equal)), None)
        wanted = tuple(equal.items())
        known = self._known.setdefault(table, {})
        if wanted not in known:
            known[wanted] = next(iter(self.rows(table, limit=1, **equal)), None)
        return known[wanted]

    def rows(self, table, where="", params=(), *, order="_row", limit=None, **equal):
        """All rows for which the columns have these values and `where` (SQL) holds."""
        columns = TABLES[table]
        conditions, values = ["_division = ?"], [self.division]
        for name, value in equal.items():
            conditions.append(f'"{name}" IS ?' if value is None else f'"{name}" = ?')
            values.append(encode(columns.get(name), value))
        if where:
            conditions.append(f"({where})")
            values.extend(params)
        sql = f'SELECT * FROM "{table}" WHERE {" AND ".join(conditions)} ORDER BY {order}'
        if limit:
            sql += f" LIMIT {limit}"
        cursor = self.connection.execute(sql, values)
        names = [each[0] for each in cursor.description]
        special = [(name, columns[name]) for name in names if columns.get(name) in _CONVERTED]
        found = []
        for raw in cursor:
            row = dict(zip(names, raw, strict=True))
            for name, kind in special:
                if row[name] is not None:
                    row[name] = decode(kind, row[name])
            found.append(row)
        return found

    def insert(self, table, values):
        """Store a new row and return it as given plus key and stamps."""
        columns = TABLES[table]
        row = dict(values)
        key = PRIMARY_KEYS[table][0]
        if row.get(key) is None and columns[key] == "Guid":
            row[key] = str(uuid.uuid4())
        self._stamp(row, columns, ("Created", "Modified"), ("Creator", "Modifier"))
        row["Division"] = self.division
        stored = {name: encode(columns.get(name), value) for name, value in row.items()
                  if name in columns or name.startswith("_")}
        stored["_division"] = self.division
        stored["_timestamp"] = self.next_number("timestamp", FIRST_TIMESTAMP)
        names = ", ".join(f'"{name}"' for name in stored)
        marks = ", ".join("?" * len(stored))
        self._known.pop(table, None)
        self.connection.execute(
            f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(stored.values())
        )
        self.events.append((table, "Create", row.get(key)))
        return row

    def update(self, table, key, **changes):
        """Change a row; it re-appears in the sync feed."""
        columns = TABLES[table]
        row = dict(changes)
        self._stamp(row, columns, ("Modified",), ("Modifier",))
        stored = {name: encode(columns.get(name), value) for name, value in row.items()}
        stored["_timestamp"] = self.next_number("timestamp", FIRST_TIMESTAMP)
        names = ", ".join(f'"{name}" = ?' for name in stored)
        self._known.pop(table, None)
        self.connection.execute(
            f'UPDATE "{table}" SET {names} WHERE _division = ? AND "{PRIMARY_KEYS[table][0]}" = ?',
            [*stored.values(), self.division, key],
        )
        self.events.append((table, "Update", key))

    def remove(self, table, key):
        """Delete a row and say so in sync/Deleted where Exact does."""
        self._known.pop(table, None)
        self.connection.execute(
            f'DELETE FROM "{table}" WHERE _division = ? AND "{PRIMARY_KEYS[table][0]}" = ?',
            (self.division, key),
        )
        self.events.append((table, "Delete", key))
        if table in _DELETED_TYPES:
            self.insert("Deleted", {
                "EntityType": _DELETED_TYPES[table], "EntityKey": key,
                "DeletedDate": clock.dutch_wall_clock(self.now), "DeletedBy": self.author[0],
            })

    def next_number(self, name, first=1):
        """Count up: the next number of a series of this administration."""
        self.connection.execute(
            "INSERT INTO counter (division, name, value) VALUES (?, ?, ?)"
            " ON CONFLICT (division, name) DO UPDATE SET value = value + 1",
            (self.division, name, first),
        )
        return self.connection.execute(
            "SELECT value FROM counter WHERE division = ? AND name = ?", (self.division, name)
        ).fetchone()[0]

    def restart_timestamps(self):
        """Number every row anew from 1, as after a move to another server (facts.md 4.12)."""
        counter = 0
        for table in TABLES:
            rows = self.connection.execute(
                f'SELECT _row FROM "{table}" WHERE _division = ? ORDER BY _timestamp',
                (self.division,),
            ).fetchall()
            for (row,) in rows:
                counter += 1
                self.connection.execute(
                    f'UPDATE "{table}" SET _timestamp = ? WHERE _row = ?', (counter, row))
        self.connection.execute(
            "UPDATE counter SET value = ? WHERE division = ? AND name = 'timestamp'",
            (counter, self.division))
        self.update("Divisions", self.division, DivisionMoveDate=self.today)

    def exists_elsewhere(self, table, key):
        """True when another administration has that key (facts.md 3.4, a GUID of another one)."""
        return self.connection.execute(
            f'SELECT 1 FROM "{table}" WHERE "{PRIMARY_KEYS[table][0]}" = ? AND _division <> ?',
            (key, self.division),
        ).fetchone() is not None

    def _stamp(self, row, columns, moments, authors):
        wall_clock = clock.dutch_wall_clock(self.now)
        for name in moments:
            if name in columns and row.get(name) is None:
                row[name] = wall_clock
        for name in authors:
            if name in columns:
                row[name], full_name = self.author
                if f"{name}FullName" in columns:
                    row[f"{name}FullName"] = full_name
