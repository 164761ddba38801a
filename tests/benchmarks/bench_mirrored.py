# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Mirroring 10,000 ledger lines of a bank journal as entries of Odoo, two to four lines each.

Aims: one call for each 1,000 lines and two more, 10 minutes and 600 MB; a reading that brings
nothing is 1 call and takes less than a second.
"""

import contextlib
import pathlib
import tempfile

from tests.benchmarks.bench_agreement import CONNECT
from tests.benchmarks.printed import result
from tests.environment import api

COUNT = 10_000
SHELL = """
import json
COUNT = %d
url, database = %r, %r
"""

FILL = """
from datetime import datetime
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5
from odoo.addons.exact_online_connector.exact_simulator.books import Books
from odoo.addons.exact_online_connector.exact_simulator.store import Settings, Store

company, division = env.company, env.company.exact_division_id
guid = lambda *parts: str(uuid5(NAMESPACE_URL, "/".join(map(str, parts))))
gl = {each.code: each for each in env["exact.gl.account"].search(
    [("division_id", "=", division.id)])}
for code, kind in (("400000", "asset_receivable"), ("658000", "expense")):
    account = env["account.account"].search(
        [("company_ids", "in", company.ids), ("account_type", "=", kind)], limit=1)
    account.exact_gl_account_id = gl[code]
bank = env["account.journal"].search(
    [("company_id", "=", company.id), ("type", "=", "bank")], limit=1)
bank.write({"exact_is_mirrored": True, "exact_mirrored_from": "2026-01-01",
            "exact_journal_id": env["exact.journal"].search(
                [("division_id", "=", division.id), ("code", "=", "501")]).id})
env["exact.sync.queue"].search([]).unlink()

with Store(database).writing() as connection:
    books = Books(connection, Settings(connection), 320101)
    written = entry = 0
    while written < COUNT:
        entry += 1
        parts = [Decimal(50 + (entry * 7 + part) % 997) + Decimal(entry % 100) / 100
                 for part in range(1 + entry % 3)]
        lines = [("550000", sum(parts)), *(
            ("400000" if number == 0 else "658000", -part) for number, part in enumerate(parts))]
        for number, (code, amount) in enumerate(lines):
            books.insert("TransactionLines", {
                "ID": guid("line", entry, number), "EntryID": guid("entry", entry),
                "EntryNumber": 26_900_000 + entry, "LineNumber": number, "Type": 40, "Status": 20,
                "Date": datetime(2026, 1 + entry % 9, 1 + entry % 28), "FinancialYear": 2026,
                "FinancialPeriod": 1 + entry % 9, "JournalCode": "501", "Currency": "EUR",
                "GLAccount": gl[code].exact_id, "GLAccountCode": code, "AmountDC": amount,
                "AmountFC": amount, "Description": f"Payment {entry}", "ExchangeRate": 1})
            written += 1
"""

READ = """
import resource, time
calls = env["exact.call"].search_count([])
env["exact.division"]._queue_mirrored_entries()
env.cr.commit()
begin = time.perf_counter()
env["exact.sync.run"]._run()
seconds = time.perf_counter() - begin
env.cr.rollback()
env.invalidate_all()
trouble = env["exact.sync.queue"].search([("state", "!=", "done")])
assert not trouble, trouble.mapped(lambda item: (item.state, item.message))
entries = env["exact.mirrored.entry"].search([])
env.cr.execute("SELECT count(*), sum(line.debit)::text FROM account_move_line line "
               "JOIN account_journal journal ON journal.id = line.journal_id "
               "WHERE journal.exact_is_mirrored AND line.parent_state = 'posted'")
lines, debit = env.cr.fetchone()
env.cr.execute("SELECT sum(round(greatest(amount_dc, 0)::numeric, 2))::text "
               "FROM exact_ledger_line WHERE journal_code = '501'")
[theirs] = env.cr.fetchone()
print("RESULT", json.dumps({
    "seconds": seconds, "calls": env["exact.call"].search_count([]) - calls, "lines": lines,
    "entries": len(entries), "booked": len(entries.filtered(lambda e: e.state == "booked")),
    "is_equal": debit == theirs,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def main():
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench_mirrored_"))
        file = pathlib.Path(folder, "exact.sqlite")
        exact = stack.enter_context(
            api.simulator(seeds=("be",), name="bench_mirrored", database=file))
        name = stack.enter_context(api.database("bench_mirrored", "addon"))
        head = SHELL % (COUNT, exact.url, str(file))
        for code in (CONNECT, FILL):
            api.odoo_shell(name, head + code)
        first, second = (result(api.odoo_shell(name, head + READ)) for _run in range(2))
    for title, run, aim in (("First", first, "13 calls, 600 s"), ("Second", second, "1 call, 1 s")):
        same = "the same" if run["is_equal"] else "ANOTHER"
        print(f"{title} run: {run['booked']} of {run['entries']} entries booked, {run['lines']} "
              f"lines, {same} total as in Exact; {run['calls']} calls, {run['seconds']:.2f} s, "
              f"{run['megabytes']:.0f} MB in all (aim: {aim}, 600 MB at most)")


if __name__ == "__main__":
    main()
