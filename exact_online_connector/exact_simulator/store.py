# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The simulator's SQLite database: one table for each kind of row, real columns, no floats.

Edm.Double is stored as an integer of 1e-8 units, so money stays exact and still sorts and filters
in SQL. Edm.DateTime is stored as milliseconds since 1970.
"""

import contextlib
import json
import os
import queue
import sqlite3
import threading
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from . import clock
from .schema import PRIMARY_KEYS, TABLES

SCALE = 10**8
_SQL_TYPES = {"String": "TEXT", "Guid": "TEXT", "Binary": "BLOB"}
_INDEXES = {
    "SalesEntries": ("YourRef", "EntryNumber", "Customer", "Document"),
    "SalesEntryLines": ("EntryID",),
    "PurchaseEntries": ("YourRef", "EntryNumber", "Supplier", "Document"),
    "PurchaseEntryLines": ("EntryID",),
    "BankEntryLines": ("EntryID",),
    "CashEntryLines": ("EntryID",),
    "GeneralJournalEntryLines": ("EntryID",),
    "TransactionLines": ("EntryID", "YourRef", "EntryNumber", "Account", "Document"),
    "Transactions": ("EntryNumber", "Document"),
    "PaymentTerms": ("TransactionEntryID", "TransactionID", "Account", "Document", "_match"),
    "Accounts": ("Code", "VATNumber", "ChamberOfCommerce", "Name"),
    "GLAccounts": ("Code",),
    "Journals": ("Code",),
    "VATCodes": ("Code",),
    "Documents": ("FinancialTransactionEntryID", "Account"),
    "DocumentAttachments": ("Document",),
    "BankAccounts": ("Account",),
    "Addresses": ("Account",),
    "Contacts": ("Account",),
}
# Columns that no client sees.
_HIDDEN = {
    "PaymentTerms": {"_match": "TEXT", "_instalment": "INTEGER"},
    "Divisions": {"_missing_modules": "TEXT", "_default_condition": "TEXT"},
}
_OWN_TABLES = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE counter (division INTEGER, name TEXT, value INTEGER, PRIMARY KEY (division, name));
CREATE TABLE authorization_code (code TEXT PRIMARY KEY, client TEXT, redirect_uri TEXT,
    issued INTEGER, used INTEGER DEFAULT 0);
CREATE TABLE token (access TEXT PRIMARY KEY, refresh TEXT UNIQUE, client TEXT, issued INTEGER,
    refresh_used INTEGER DEFAULT 0, revoked INTEGER DEFAULT 0);
CREATE TABLE usage (client TEXT, division INTEGER, span TEXT, start INTEGER, calls INTEGER,
    PRIMARY KEY (client, division, span));
CREATE TABLE failure (client TEXT, division INTEGER, endpoint TEXT, at INTEGER);
CREATE INDEX failure_key ON failure (client, division, endpoint);
CREATE TABLE block (client TEXT, division INTEGER, endpoint TEXT, until INTEGER, times INTEGER,
    PRIMARY KEY (client, division, endpoint));
CREATE TABLE fault (id INTEGER PRIMARY KEY AUTOINCREMENT, definition TEXT, seen INTEGER DEFAULT 0,
    used INTEGER DEFAULT 0);
"""


def encode(edm_type, value):
    """A Python value as SQLite keeps it; floats are refused."""
    if value is None:
        return None
    if edm_type == "Double":
        if isinstance(value, float):
            raise TypeError("Amounts are Decimal, never float.")
        return int((Decimal(value) * SCALE).to_integral_value(ROUND_HALF_UP))
    if edm_type == "DateTime":
        return clock.milliseconds(value)
    if edm_type == "Boolean":
        return int(value)
    return value


def decode(edm_type, value):
    """What SQLite keeps as a Python value: Decimal, datetime (naive UTC), bool, int, str."""
    if value is None:
        return None
    if edm_type == "Double":
        return Decimal(value) / SCALE
    if edm_type == "DateTime":
        return clock.from_milliseconds(value)
    if edm_type == "Boolean":
        return bool(value)
    return value


class Store:
    """Connections to one database: a file, or ':memory:' shared by all threads of the process."""

    def __init__(self, database):
        self.database = str(database)
        self._in_memory = self.database == ":memory:"
        self._opening = threading.Lock()
        self._remembered = None
        self._forget_connections()
        if self._in_memory:
            self._idle.put(self._open())

    def _forget_connections(self):
        self._process = os.getpid()
        self._idle = queue.LifoQueue()

    def _open(self):
        connection = sqlite3.connect(
            self.database, timeout=30, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _take(self):
        if self._in_memory:
            return self._idle.get()
        with self._opening:
            # A connection must not cross a fork.
            if self._process != os.getpid():
                self._forget_connections()
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return self._open()

    @contextlib.contextmanager
    def _transaction(self, begin):
        connection = self._take()
        try:
            connection.execute(begin)
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        finally:
            self._idle.put(connection)

    def reading(self):
        """A transaction that sees one state of the books."""
        return self._transaction("BEGIN")

    def writing(self):
        """A transaction that may write; writers wait for each other, also across processes."""
        return self._transaction("BEGIN IMMEDIATE")

    def remember(self):
        """Keep a copy of everything as it is now, in this process's memory."""
        connection = self._take()
        try:
            self._remembered = self._remembered or sqlite3.connect(
                ":memory:", check_same_thread=False
            )
            connection.backup(self._remembered)
        finally:
            self._idle.put(connection)

    def recall(self):
        """Put back what was remembered; False when nothing was."""
        if self._remembered is None:
            return False
        connection = self._take()
        try:
            self._remembered.backup(connection)
        finally:
            self._idle.put(connection)
        return True

    def close(self):
        while not self._idle.empty():
            self._idle.get_nowait().close()


def is_empty(connection):
    """True for a database without the simulator's tables."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'setting'").fetchone()
    return found is None


def create_tables(connection):
    """Create every table of the simulator, dropping what is there."""
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall():
        connection.execute(f'DROP TABLE "{name}"')
    for statement in _OWN_TABLES.split(";"):
        if statement.strip():
            connection.execute(statement)
    for table, columns in TABLES.items():
        _create_table(connection, table, columns)


def complete_tables(connection):
    """Add what a database of an older simulator lacks; its rows stay."""
    for table, columns in TABLES.items():
        there = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
        if not there:
            _create_table(connection, table, columns)
            continue
        for name, kind in _definitions(table, columns).items():
            if name not in there:
                connection.execute(f'ALTER TABLE "{table}" ADD COLUMN "{name}" {kind}')


def _definitions(table, columns):
    """Column -> SQL type, the hidden ones included."""
    kinds = {name: _SQL_TYPES.get(kind, "INTEGER") for name, kind in columns.items()}
    return kinds | _HIDDEN.get(table, {})


def _create_table(connection, table, columns):
    definitions = ["_row INTEGER PRIMARY KEY", "_division INTEGER", "_timestamp INTEGER"]
    definitions += [f'"{name}" {kind}' for name, kind in _definitions(table, columns).items()]
    connection.execute(f'CREATE TABLE "{table}" ({", ".join(definitions)})')
    keys = ", ".join(f'"{key}"' for key in PRIMARY_KEYS[table])
    connection.execute(f'CREATE UNIQUE INDEX "{table}_key" ON "{table}" (_division, {keys})')
    connection.execute(f'CREATE INDEX "{table}_time" ON "{table}" (_division, _timestamp)')
    for column in _INDEXES.get(table, ()):
        connection.execute(
            f'CREATE INDEX "{table}_{column}" ON "{table}" (_division, "{column}")'
        )


class Settings:
    """What holds for the whole simulator: clock, switches, limits. Read once a transaction."""

    def __init__(self, connection):
        self._connection = connection
        rows = connection.execute("SELECT name, value FROM setting").fetchall()
        self._values = {name: json.loads(value) for name, value in rows}

    def get(self, name, default=None):
        return self._values.get(name, default)

    def set(self, name, value):
        self._values[name] = value
        self._connection.execute(
            "INSERT INTO setting (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )

    def now(self):
        """The simulator's time as naive UTC, in whole milliseconds."""
        moment = clock.real_time() + timedelta(seconds=self.get("clock_offset", 0))
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
