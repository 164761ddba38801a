# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A connected company: its database, its workers, and the Exact Online it books in."""

import contextlib
import json
import os
import shutil
import time
import uuid

from tests.environment import api, paths, postgres
from tests.environment.databases import drop

from .crew import crew, step
from .exact import Exact

BRUSSELS, UTRECHT = "Demo Brussel BV", "Demo Utrecht B.V."
DIVISIONS = {BRUSSELS: 320101, UTRECHT: 310101}
ROUNDS = 100


class Scene:
    """What a test has before it: Odoo's side in `crew` and `sql`, Exact's side in `exact`."""

    division = DIVISIONS[BRUSSELS]

    def __init__(self, database, workers):
        self.database = database
        self.crew = workers
        self.exact = None

    def sql(self, query):
        """The rows of a SELECT as dicts."""
        rows = postgres.query(
            postgres.running(), f"SELECT json_agg(row) FROM ({query}) AS row", self.database)
        return json.loads("".join(rows) or "null") or []

    def change(self, statement):
        """Carry out an INSERT, UPDATE or DELETE."""
        postgres.query(postgres.running(), statement, self.database)

    def wait_until_locked(self, table, patience=10.0):
        """Wait until a transaction that changes rows of a table is under way."""
        deadline = time.monotonic() + patience
        while not self.sql(f"""
                SELECT pid FROM pg_locks WHERE relation = '{table}'::regclass AND granted
                AND mode = 'RowExclusiveLock'"""):
            assert time.monotonic() < deadline, f"nobody changes {table}"
            time.sleep(0.02)

    def invoices(self, count=1, customer=None, **values):
        """Post invoices, to a customer that Exact does not know when none is named.

        Returns [{id, name, total}].
        """
        customer = customer or new_name()
        return self.crew.do(step("invoices", count=count, customer=customer, **values))

    def items(self, where="true"):
        """Queue items, oldest first."""
        return self.sql(f"SELECT * FROM exact_sync_queue WHERE {where} ORDER BY id")

    def carriers(self):
        """{invoice's number: the items that carry it, its document and its file}."""
        items = self.sql(f"""
            SELECT move.name AS invoice, item.*
            FROM exact_sync_queue item
            LEFT JOIN ir_attachment file
                   ON item.res_model = 'ir.attachment' AND file.id = item.res_id
            JOIN exact_division division ON division.id = item.division_id
            JOIN account_move move
              ON item.res_model = 'account.move' AND move.id = item.res_id
              OR file.res_model = 'account.move' AND move.id = file.res_id
            WHERE item.state <> 'cancelled' AND division.code = {self.division}
            ORDER BY item.id""")
        found = {}
        for item in items:
            found.setdefault(item["invoice"], []).append(item)
        return found

    def cursors(self, kind):
        """Up to where a feed and its deletions were read; None before it was."""
        rows = self.sql(f"""
            SELECT feed.* FROM exact_feed feed
            JOIN exact_division division ON division.id = feed.division_id
            WHERE feed.kind = '{kind}' AND division.code = {self.division}""")
        return (rows[0]["cursor"], rows[0]["deleted_cursor"]) if rows else None

    def items_of(self, invoice):
        """The items that carry an invoice: {operation: item}, the newest of each."""
        return {item["operation"]: item for item in self.carriers()[invoice["name"]]}

    def story(self, move_id):
        """All that became of a document and its files, a line each: links, items and calls. For
        whoever looks for the cause of a failed test.
        """
        its_own = f"""(
            res_model = 'account.move' AND res_id = {move_id} OR res_model = 'ir.attachment'
            AND res_id IN (SELECT id FROM ir_attachment
                           WHERE res_model = 'account.move' AND res_id = {move_id}
                           UNION SELECT res_id FROM exact_binding
                           WHERE res_model = 'ir.attachment' AND part_of IN (
                               SELECT exact_id FROM exact_binding
                               WHERE res_model = 'account.move' AND res_id = {move_id})))"""
        links = self.sql(f"""
            SELECT resource, res_id, exact_id, code, own_key, part_of, intended_on, history
            FROM exact_binding WHERE {its_own} ORDER BY id""")
        items = self.sql(f"""
            SELECT id, operation, res_id, name, state, message, evidence
            FROM exact_sync_queue WHERE {its_own} ORDER BY id""")
        of_items = ", ".join(str(item["id"]) for item in items) or "0"
        calls = self.sql(f"""
            SELECT item_id, id, started_on, method, resource, query, status, error, answer
            FROM exact_call WHERE item_id IN ({of_items}) ORDER BY id""")
        return "\n".join(str({key: value for key, value in row.items() if value})
                         for row in (*links, *items, *calls))

    def make_due(self):
        """What waits for its moment is due now."""
        self.crew.do(step("make_due"))

    def age_tokens(self, seconds):
        """Let Odoo believe that its tokens are so much older."""
        self.change(f"""
            UPDATE exact_connection_token SET
                access_token_issued_on = access_token_issued_on - interval '{seconds} seconds',
                access_token_expires_on = access_token_expires_on - interval '{seconds} seconds'
            """)

    def age(self, seconds):
        """Let so much time pass for Odoo: of tokens, of calls and budgets, of what waits."""
        self.age_tokens(seconds)
        earlier = f"- interval '{seconds} seconds'"
        self.change(f"""
            UPDATE exact_call SET started_on = started_on {earlier};
            UPDATE exact_call_budget SET minute = minute {earlier},
                                         paused_until = paused_until {earlier};
            UPDATE exact_sync_queue SET due_on = due_on {earlier}
            WHERE due_on IS NOT NULL AND state IN ('waiting', 'ready', 'checking', 'sent')
            """)

    def work(self, workers=1):
        """Let workers empty the queue as far as it is due, all at once."""
        for ended in self.crew.race(*[[step("work")]] * workers):
            assert not ended.raised and not ended.signal, ended

    def finish(self, workers=1):
        """Work, again and again, until nothing is under way. Returns the number of rounds."""
        under_way = "state IN ('waiting', 'ready', 'sending', 'checking', 'sent')"
        for number in range(1, ROUNDS + 1):
            self.crew.do(step("take_stock"), step("make_due"))
            self.work(workers)
            if not self.items(under_way):
                return number
        raise AssertionError(f"Still under way after {ROUNDS} rounds: {self.items(under_way)}")

    def connection(self):
        """The connection's row."""
        [connection] = self.sql("SELECT * FROM exact_connection")
        return connection


def new_name():
    """A customer's name that was never used."""
    return f"Customer {uuid.uuid4().hex[:12]}"


@contextlib.contextmanager
def prepared_database(name):
    """A database with two companies that are connected and mapped. Yields its name."""
    with api.database(name, template="demo"):
        with api.simulator(name="faults_set_up") as running, crew(name) as workers:
            workers.do(step("set_up", url=running.url, divisions=DIVISIONS))
        yield name


@contextlib.contextmanager
def scene(source, name, **simulator):
    """A Scene on a copy of the prepared database `source`, connected to a simulator of its own."""
    with api.simulator(name=f"faults_{name}", **simulator) as running:
        with copied_scene(source, name) as made:
            made.exact = Exact(running)
            made.crew.do(step("connect", url=running.url))
            yield made


@contextlib.contextmanager
def copied_scene(source, name):
    """A Scene on a copy of the prepared database `source`, with no Exact to connect to."""
    database = f"faults_{name}_{os.getpid()}"
    with copied_database(source, database), crew(database) as workers:
        yield Scene(database, workers)


@contextlib.contextmanager
def copied_database(source, name):
    """A plain copy (createdb -T) of a database and its files, as a person would make it."""
    drop(name)
    postgres.query(postgres.running(), f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    if (paths.FILESTORE / source).exists():
        shutil.copytree(paths.FILESTORE / source, paths.FILESTORE / name, copy_function=os.link)
    try:
        yield name
    finally:
        drop(name)
