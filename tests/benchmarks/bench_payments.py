# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Learning that 10,000 invoices were paid, each by a line of the bank of its own; shown only, and
booked in Odoo.

Aims: at most 25 calls, 10 minutes and 600 MB; a reading that brings nothing is 1 call and takes
less than a second.
"""

from tests.benchmarks.bench_agreement import CONNECT
from tests.benchmarks.printed import bench, result

COUNT = 10_000

# One invoice is made as people do, and copied in the database's own tongue.
FILL = """
from datetime import datetime
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid5
from psycopg2.extras import execute_values
from odoo.addons.exact_online_connector.exact_simulator.books import Books
from odoo.addons.exact_online_connector.exact_simulator.store import Settings, Store

company, division = env.company, env.company.exact_division_id
company.exact_payment_mode = MODE
guid = lambda *parts: str(uuid5(NAMESPACE_URL, "/".join(map(str, parts))))
partner = env["res.partner"].create({"name": "Party", "is_company": True})
account = env["account.account"].search([
    ("company_ids", "in", company.ids), ("account_type", "=", "income")], limit=1)
template = env["account.move"].create({
    "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-05-01",
    "invoice_line_ids": [(0, 0, {"name": "Line", "price_unit": 100, "quantity": 1,
                                 "account_id": account.id, "tax_ids": [(5,)]})]})
template.action_post()
env["exact.sync.queue"].search([]).unlink()
env.flush_all()
env.cr.execute("CREATE TEMP TABLE bench (n int, name text, entry text)")
execute_values(env.cr._obj, "INSERT INTO bench VALUES %s", [
    (n, f"INV/BENCH/{n:05}", guid("entry", n)) for n in range(COUNT)], page_size=5000)
env.cr.execute("ALTER TABLE bench ADD COLUMN move int")
env.cr.execute("UPDATE bench SET move = nextval('account_move_id_seq')")
env.cr.execute("SELECT column_name FROM information_schema.columns "
               "WHERE table_name = 'account_move' AND table_schema = 'public'")
own = {"id": "bench.move", "name": "bench.name", "sequence_number": "bench.n + 100",
       "access_token": "NULL"}
names = [name for (name,) in env.cr.fetchall()]
env.cr.execute(
    "INSERT INTO account_move (%s) SELECT %s FROM account_move JOIN bench ON account_move.id = %d"
    % (", ".join(f'"{name}"' for name in names),
       ", ".join(own.get(name, f'account_move."{name}"') for name in names), template.id))
env.cr.execute("SELECT column_name FROM information_schema.columns "
               "WHERE table_name = 'account_move_line' AND table_schema = 'public'")
names = [name for (name,) in env.cr.fetchall() if name != "id"]
own = {"move_id": "bench.move", "move_name": "bench.name"}
env.cr.execute(
    "INSERT INTO account_move_line (%s) SELECT %s FROM account_move_line line "
    "JOIN bench ON line.move_id = %d"
    % (", ".join(f'"{name}"' for name in names),
       ", ".join(own.get(name, f'line."{name}"') for name in names), template.id))
env.cr.execute(
    "INSERT INTO exact_binding (division_id, company_id, resource, res_model, res_id, exact_id, "
    "code, proof_state) "
    "SELECT %s, %s, 'salesentry/SalesEntries', 'account.move', move, entry, n::text, 'proven' "
    "FROM bench", [division.id, company.id])
env.cr.execute("ANALYZE account_move, account_move_line, exact_binding")

with Store(database).writing() as connection:
    books = Books(connection, Settings(connection), 320101)
    owed = books.first("GLAccounts", Code="400000")
    for n in range(COUNT):
        amount = Decimal(100)
        party = n % 500
        common = {
            "LineType": 20, "Status": 50, "IsFullyPaid": True, "Currency": "EUR", "RateFC": 1,
            "EndDate": datetime(2026, 6, 1), "LastPaymentDate": datetime(2026, 6, 1),
            "Account": guid("relation", party), "AccountName": f"Party {party}",
            "GLAccount": owed["ID"], "YourRef": f"INV/BENCH/{n:05}", "InvoiceNumber": n}
        for entry, type_, sign, journal, date in (
                (guid("entry", n), 20, 1, "700", datetime(2026, 5, 1)),
                (guid("bank"), 40, -1, "550", datetime(2026, 6, 1))):
            books.insert("PaymentTerms", {
                **common, "EntryID": entry, "TransactionEntryID": entry,
                "TransactionID": guid("line", type_, n), "TransactionType": type_,
                "EntryNumber": 26_000_000 + n if type_ == 20 else 26_900_001, "Journal": journal,
                "EntryDate": date, "DueDate": date, "AmountDC": sign * amount,
                "AmountFC": sign * amount, "TransactionAmountDC": sign * amount,
                "TransactionAmountFC": sign * amount})
"""

READ = """
env["exact.division"]._queue_payments()
measured = run_queue()
trouble = env["exact.sync.queue"].search([("state", "!=", "done")])
assert not trouble, trouble.mapped(lambda item: (item.state, item.message))
refused = env["exact.counterpart"].search([("state", "not in", ("booked", "linked"))])
assert not refused, (len(refused), refused[0].state, refused[0].message)
paid = env["account.move"].search([("exact_payment_state", "=", "settled")])
print("RESULT", json.dumps({
    **measured, "paid": len(paid),
    "explained": sum(bool(each.explanation["parts"][0]["entry_id"])
                     for each in paid.exact_settlement_id),
    "booked": sum(move.payment_state == "paid" and not move.amount_residual for move in paid)}))
"""


def main():
    for mode in ("light", "full"):
        measure(mode)


def measure(mode):
    with bench(f"bench_payments_{mode}", COUNT=COUNT, MODE=mode) as shell:
        for code in (CONNECT, FILL):
            shell(code)
        first, second = (result(shell(READ)) for _run in range(2))
    for title, run, aim in (("first", first, "25 calls, 600 s"), ("second", second, "1 call, 1 s")):
        print(f"Mode {mode}, {title} run: {run['paid']} of {COUNT} paid, {run['explained']} with "
              f"the entry of the bank, {run['booked']} booked; {run['calls']} calls, "
              f"{run['seconds']:.2f} s, {run['megabytes']:.0f} MB in all (aim: {aim}, 600 MB at "
              "most)")


if __name__ == "__main__":
    main()
