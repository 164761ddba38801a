# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The agreement report on 20,000 documents, with 12 differences of each kind.

Aims: it finds all and invents none; the first run costs 1 call per 1,000 ledger lines plus 5 at
most, the second 3 at most; a run takes less than 60 s and 500 MB.
"""

from tests.benchmarks.printed import bench, result

COUNT, SEEDED = 20_000, 12

CONNECT = """
import requests
from urllib.parse import parse_qs, urlsplit
from odoo.addons.exact_online_connector.models.exact_simulator import CLIENT_ID, CLIENT_SECRET

company = env.company
if company.chart_template != "be_comp":
    env["account.chart.template"].try_loading("be_comp", company, install_demo=False)
env["ir.config_parameter"].set_param("exact_online_connector.settle_seconds", "0")
connection = env["exact.connection"].create({
    "name": "Bench", "company_ids": company.ids, "site": "simulator", "simulator_url": url,
    "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
consent = requests.get(connection.action_connect()["url"], allow_redirects=False, timeout=20)
answer = parse_qs(urlsplit(consent.headers["Location"]).query)
env.cr.commit()
connection._accept_consent(answer["code"][0])
env.cr.commit()  # the snapshot is older than the administrations
env.invalidate_all()
sync = env["exact.initial.sync"].browse(company.action_exact_set_up()["res_id"])
sync.write({
    "division_id": connection.division_ids.filtered(lambda each: each.code == 320101).id,
    "exact_start_date": "2026-01-01"})
sync.action_use_administration()
env.cr.commit()
env["exact.sync.run"]._run()
env.cr.rollback()
env.invalidate_all()
sync.is_all_shown = True
sync._fill_in_certain()
env.cr.commit()
"""

# One invoice and one bill are made as people do, and copied in the database's own tongue.
FILL = """
from decimal import Decimal
from odoo.tools import SQL
from odoo.addons.exact_online_connector.exact_simulator import clock
from odoo.addons.exact_online_connector.exact_simulator.books import Books
from odoo.addons.exact_online_connector.exact_simulator.store import Settings, Store
from datetime import date, datetime
from uuid import NAMESPACE_URL, uuid5

company, division = env.company, env.company.exact_division_id
mirror = lambda model, code: env[model].search([
    ("division_id", "=", division.id), ("code", "=", code)])
journals = {
    kind: env["account.journal"].search([("company_id", "=", company.id), ("type", "=", kind)],
                                        limit=1)
    for kind in ("sale", "purchase")}
journals["sale"].exact_journal_id = mirror("exact.journal", "700")
journals["purchase"].write({
    "exact_is_sent": True, "exact_journal_id": mirror("exact.journal", "600").id})
taxes = {kind: env["account.tax"].search([
    ("company_id", "=", company.id), ("type_tax_use", "=", kind), ("amount", "=", 21),
    ("amount_type", "=", "percent")], limit=1) for kind in journals}
for tax in taxes.values():
    tax.exact_vat_code_id = mirror("exact.vat.code", "5")
accounts = {kind: env["account.account"].search([
    ("company_ids", "in", company.ids), ("account_type", "=", type_)], limit=1)
    for kind, type_ in (("sale", "income"), ("purchase", "expense"))}
GL = {"sale": "700000", "purchase": "604000"}
for kind, account in accounts.items():
    account.exact_gl_account_id = mirror("exact.gl.account", GL[kind])
guid = lambda *parts: str(uuid5(NAMESPACE_URL, "/".join(map(str, parts))))
partners = env["res.partner"].with_context(tracking_disable=True).create(
    [{"name": f"Party {number}", "is_company": True} for number in range(500)])
env["exact.binding"].create([{
    "division_id": division.id, "company_id": company.id, "resource": "crm/Accounts",
    "res_model": "res.partner", "res_id": partner.id, "exact_id": guid("relation", number),
} for number, partner in enumerate(partners)])
templates = {}
for kind, move_type in (("sale", "out_invoice"), ("purchase", "in_invoice")):
    move = env["account.move"].create({
        "move_type": move_type, "partner_id": partners[0].id, "invoice_date": "2026-05-01",
        "date": "2026-05-01", "ref": "template", "journal_id": journals[kind].id,
        "invoice_line_ids": [(0, 0, {"name": "Line", "price_unit": 100, "quantity": 1,
            "account_id": accounts[kind].id, "tax_ids": [(6, 0, taxes[kind].ids)]})]})
    move.action_post()
    templates[kind] = move
env.flush_all()

KINDS = ("missing_in_exact missing_in_odoo other_amount other_vat other_account other_partner "
         "other_period other_journal by_hand").split()
def seeded(number):
    kind, rest = divmod(number, COUNT // len(KINDS))
    return KINDS[kind] if kind < len(KINDS) and rest < SEEDED else None

cents = lambda amount: amount.quantize(Decimal("0.01"))
documents, expected = [], {}
for number in range(COUNT):
    kind = "purchase" if number % 10 > 6 else "sale"
    base = Decimal(50 + number % 997) + Decimal(number % 100) / 100
    document = {
        "n": number, "kind": kind, "party": number % 500, "month": 1 + number % 12,
        "base": base, "vat": cents(base * 21 / 100), "seed": seeded(number),
        "name": f"{'INV' if kind == 'sale' else 'BILL'}/BENCH/{number:05}",
        "ref": f"F-{number:05}", "entry": guid("entry", number)}
    documents.append(document)
    if document["seed"]:
        name = document["name"]
        if document["seed"] in ("by_hand", "missing_in_odoo"):
            name = f"HAND-{number}" if document["seed"] == "by_hand" else (
                document["name"] if kind == "sale" else document["ref"])
        expected[name] = document["seed"]

# -- Odoo
env.cr.execute("CREATE TEMP TABLE bench (n int, kind text, partner int, day date, base numeric, "
               "vat numeric, seed text, name text, ref text, entry text, template int)")
from psycopg2.extras import execute_values
execute_values(env.cr._obj, "INSERT INTO bench VALUES %s", [
    (d["n"], d["kind"], partners[d["party"]].id, date(2026, d["month"], 15), d["base"], d["vat"],
     d["seed"], d["name"], d["ref"], d["entry"], templates[d["kind"]].id)
    for d in documents if d["seed"] != "by_hand"], page_size=5000)
env.cr.execute("ALTER TABLE bench ADD COLUMN move int")
env.cr.execute("UPDATE bench SET move = nextval('account_move_id_seq')")
def copy(table, source, overrides):
    env.cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s "
                   "AND table_schema = 'public'", [table])
    names = [name for (name,) in env.cr.fetchall() if name != "id" or "id" in overrides]
    values = [overrides.get(name, f'"{table}"."{name}"') for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    env.cr.execute(f'INSERT INTO "{table}" ({columns}) SELECT {", ".join(values)} FROM {source}')
copy("account_move", "account_move JOIN bench ON bench.template = account_move.id", {
    "id": "bench.move", "name": "bench.name",
    "ref": "CASE WHEN bench.kind = 'purchase' THEN bench.ref END",
    "date": "bench.day", "invoice_date": "bench.day", "invoice_date_due": "bench.day",
    "partner_id": "bench.partner", "commercial_partner_id": "bench.partner",
    "state": "CASE WHEN bench.seed = 'missing_in_odoo' THEN 'draft' ELSE 'posted' END",
    "sequence_number": "bench.n + 100", "access_token": "NULL"})
AMOUNT = ("CASE account_move_line.display_type WHEN 'payment_term' THEN bench.base + bench.vat "
          "WHEN 'tax' THEN bench.vat ELSE bench.base END * sign(account_move_line.balance)")
copy("account_move_line", "account_move_line JOIN bench ON bench.template = move_id", {
    "move_id": "bench.move", "move_name": "bench.name", "date": "bench.day",
    "partner_id": "bench.partner", "balance": AMOUNT, "amount_currency": AMOUNT,
    "debit": f"GREATEST({AMOUNT}, 0)", "credit": f"-LEAST({AMOUNT}, 0)"})
env.cr.execute("INSERT INTO account_move_line_account_tax_rel "
    "(account_move_line_id, account_tax_id) "
    "SELECT line.id, CASE bench.kind WHEN 'sale' THEN %s ELSE %s END FROM account_move_line line "
    "JOIN bench ON bench.move = line.move_id WHERE line.display_type = 'product'",
    [taxes["sale"].id, taxes["purchase"].id])
env.cr.execute("INSERT INTO exact_binding (division_id, company_id, resource, res_model, res_id, "
    "exact_id, code, proof_state) "
    "SELECT %s, %s, CASE kind WHEN 'sale' THEN 'salesentry/SalesEntries' "
    "ELSE 'purchaseentry/PurchaseEntries' END, 'account.move', move, entry, n::text, 'proven' "
    "FROM bench",
    [division.id, company.id])
env["account.move"].browse([move.id for move in templates.values()]).button_draft()
env["exact.sync.queue"].search([]).unlink()
env.cr.execute("ANALYZE account_move, account_move_line, exact_binding")

# -- Exact
with Store(database).writing() as connection:
    books = Books(connection, Settings(connection), 320101)
    gl = lambda code: books.first("GLAccounts", Code=code)
    owed_to = {"sale": gl("400000"), "purchase": gl("440000")}
    code = books.first("VATCodes", Code="5") or books.first("VATCodes", Code="5  ")
    vat_account = {"sale": books.row("GLAccounts", code["GLToPay"]),
                   "purchase": books.row("GLAccounts", code["GLToClaim"])}
    for d in documents:
        if d["seed"] == "missing_in_exact":
            continue
        seed, kind, sign = d["seed"], d["kind"], 1 if d["kind"] == "sale" else -1
        base, vat = d["base"], d["vat"]
        vat_code, month, party = "5", d["month"], d["party"]
        if seed == "other_amount":
            base, vat = base + 10, cents((base + 10) * 21 / 100)
        if seed == "other_vat":
            vat_code, vat = "1", cents(base * 6 / 100)
        if seed == "other_period":
            month = month % 12 + 1
        if seed == "other_partner":
            party = (party + 1) % 500
        journal = "700" if kind == "sale" else "600"
        if seed == "other_journal":
            journal = "702" if kind == "sale" else "602"
        account = GL[kind]
        if seed == "other_account":
            account = "700100" if kind == "sale" else "610000"
        reference = d["name"] if kind == "sale" else d["ref"]
        if seed == "by_hand":
            reference = f"HAND-{d['n']}"
        header = {
            "EntryID": d["entry"], "EntryNumber": 26_000_000 + d["n"], "YourRef": reference,
            "Type": 20 if kind == "sale" else 30, "Status": 20, "Currency": "EUR",
            "Date": datetime(2026, month, 15), "FinancialYear": 2026, "FinancialPeriod": month,
            "JournalCode": journal, "Account": guid("relation", party), "ExchangeRate": 1,
            "AccountCode": f"{1000 + party:>18}", "AccountName": f"Party {party}"}
        lines = ((owed_to[kind], base + vat, None), (gl(account), -base, vat_code),
                 (vat_account[kind], -vat, vat_code))
        for number, (gl_account, amount, its_code) in enumerate(lines):
            books.insert("TransactionLines", {
                **header, "LineNumber": number, "GLAccount": gl_account["ID"],
                "GLAccountCode": gl_account["Code"], "VATCode": its_code,
                "AmountDC": sign * amount, "AmountFC": sign * amount})
env["ir.config_parameter"].set_param("bench.expected", json.dumps(expected))
"""

COMPARE = """
report = env["exact.agreement"].search([]) or env["exact.agreement"].create(
    {"date_from": "2026-01-01", "date_to": "2026-12-31"})
report.action_compare()
measured = run_queue()
item = env["exact.sync.queue"].search([("operation", "=", "agreement")], limit=1)
assert report.state == "done", (item.state, item.message, report.status)
expected = json.loads(env["ir.config_parameter"].get_param("bench.expected"))
found = sorted((row.number, row.kind) for row in report.document_ids)
unexplained = report.line_ids.filtered(
    lambda line: line.is_different != bool(line.document_ids))
print("RESULT", json.dumps({
    **measured,
    "lines": env["exact.ledger.line"].search_count([]), "totals": len(report.line_ids),
    "documents": report.document_count, "entries": report.entry_count,
    "seeded": len(expected), "found": len(set(found) & set(expected.items())),
    "invented": len(set(found) - set(expected.items())), "unexplained": len(unexplained),
    "odd": sorted(set(found) ^ set(expected.items()))[:5]}))
"""


def main():
    with bench("bench_agreement", COUNT=COUNT, SEEDED=SEEDED) as shell:
        for code in (CONNECT, FILL):
            shell(code)
        first, second = (result(shell(COMPARE)) for _run in range(2))
    print(f"{first['documents']} documents in Odoo, {first['entries']} entries and "
          f"{first['lines']} ledger lines in Exact, {first['totals']} totals")
    for title, run, aim in (("First", first, -(-first["lines"] // 1000) + 5),
                            ("Second", second, 3)):
        print(f"{title} run: {run['found']} of {run['seeded']} seeded differences found, "
              f"{run['invented']} invented, {run['unexplained']} totals unexplained {run['odd']}; "
              f"{run['calls']} calls (aim: {aim} at most), {run['seconds']:.1f} s (aim: 60 at "
              f"most), {run['megabytes']:.0f} MB in all (aim: 500 at most)")


if __name__ == "__main__":
    main()
