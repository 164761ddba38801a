# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""10,000 relations of Exact against 10,000 contacts of Odoo: calls, seconds and megabytes.

Eight of ten contacts have a relation's VAT number, one its email, one its name and postcode.
Aims: 15 calls at most to read the relations; less than 60 s and 300 MB to read the contacts and to
match; less than 2 s for each click on the result.
"""

from tests.benchmarks.printed import bench, result

COUNT = 10_000

PREPARE = """
import requests
from urllib.parse import parse_qs, urlsplit
from odoo.addons.exact_online_connector.exact_simulator.books import Books
from odoo.addons.exact_online_connector.exact_simulator.store import Settings, Store
from odoo.addons.exact_online_connector.models.exact_simulator import CLIENT_ID, CLIENT_SECRET

def belgian(number):
    digits = f"{10_000_000 + number:08}"[:8]
    digits = "0" + digits[1:]
    return f"BE{digits}{97 - int(digits) % 97:02}"

with Store(database).writing() as books_connection:
    books = Books(books_connection, Settings(books_connection), 320101)
    for number in range(COUNT):
        books.insert("Accounts", {
            "Code": f"{500_000 + number:>18}", "Name": f"Firma {number} N.V.", "Status": "C",
            "IsSupplier": False, "Blocked": False, "Type": "A", "Country": "BE",
            "VATNumber": belgian(number), "Email": f"boek{number}@firma.example",
            "Postcode": str(1000 + number % 9000), "City": "Gent",
        })

belgium = env.ref("base.be").id
def contact(number):
    values = {"name": f"Contact {number}", "is_company": True, "customer_rank": 1}
    if number % 10 < 8:
        values |= {"vat": belgian(number), "country_id": belgium}
    elif number % 10 == 8:
        values["email"] = f"boek{number}@firma.example"
    else:
        values |= {"name": f"Firma {number}", "zip": str(1000 + number % 9000)}
    return values

env["res.partner"].with_context(tracking_disable=True, no_vat_validation=True).create(
    [contact(number) for number in range(COUNT)])
connection = env["exact.connection"].create({
    "name": "Bench", "company_ids": env.company.ids, "site": "simulator", "simulator_url": url,
    "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET})
consent = requests.get(connection.action_connect()["url"], allow_redirects=False, timeout=20)
answer = parse_qs(urlsplit(consent.headers["Location"]).query)
env.cr.commit()
connection._accept_consent(answer["code"][0])
env.cr.commit()  # the snapshot is older than the administrations
env.invalidate_all()
env.company.exact_division_id = connection.division_ids.filtered(lambda d: d.code == 320101)
"""

READ = """
division = env.company.exact_division_id
division.action_read_accounts()
measured = run_queue()
items = env["exact.sync.queue"].search([("operation", "=", "accounts")])
assert division._feed("accounts").is_read, items.mapped(lambda item: (item.state, item.message))
print("RESULT", json.dumps({
    **measured,
    "accounts": env["exact.account"].search_count([]),
    "longest": max(item.done_on.timestamp() - item.create_date.timestamp()
                   for item in items)}))
"""

MATCH = """
division = env.company.exact_division_id
scope = env["res.partner"]._exact_scope(env.company)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begin = time.perf_counter()
partners = env["res.partner"].search(scope)
candidates = env["exact.account"]._candidates(division, partners)
seconds = time.perf_counter() - begin
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("RESULT", json.dumps({
    "seconds": seconds, "megabytes": (after - before) / 1024, "partners": len(partners),
    "certain": sum(any(each.is_certain for each in own) for own in candidates.values()),
    "doubtful": sum(bool(own) and not own[0].is_certain for own in candidates.values())}))
"""

CLICK = """
env["account.move"]  # loaded before the clock starts
sync = env["exact.initial.sync"].create({"company_id": env.company.id, "is_all_shown": True})
sync.step = "partner"
rows = env["exact.match.partner"]
shown = {kind: {"fields": {"reason": {}, "state": {}}, "limit": 40}
         for kind in ("partner_todo_ids", "partner_valid_ids", "partner_exact_only_ids")}

def seconds_of(action):
    env.invalidate_all()
    begin = time.perf_counter()
    action()
    env.flush_all()
    return time.perf_counter() - begin

result = {
    "rows": seconds_of(lambda: rows._refresh(sync)),
    "page": seconds_of(lambda: sync.web_read(shown)),
    "accept": seconds_of(sync.action_accept_certain),
    "accepted": rows.search_count([("sync_id", "=", sync.id), ("state", "=", "valid")]),
    "ignore": seconds_of(lambda: rows.search(
        [("sync_id", "=", sync.id), ("state", "=", "todo")]).action_ignore()),
    "export": seconds_of(sync.action_export),
    "update": seconds_of(sync.action_update_odoo),
    "again": seconds_of(lambda: rows._refresh(sync)),
    "undo": seconds_of(lambda: rows.search(
        [("sync_id", "=", sync.id), ("record_id", "!=", False)]).action_undo()),
}
import base64
spreadsheet = base64.b64encode(env["exact.match.import"]._spreadsheet(sync))
wizard = env["exact.match.import"].create({"sync_id": sync.id, "file": spreadsheet})
result["import"] = seconds_of(wizard.action_import)
assert wizard.accepted_count >= 8000, wizard.not_understood
env.cr.rollback()
print("RESULT", json.dumps(result))
"""


def main():
    with bench("bench_partners", COUNT=COUNT) as shell:
        shell(PREPARE)
        read, match, click = (result(shell(code)) for code in (READ, MATCH, CLICK))
    print(f"Reading {read['accounts']} relations: {read['calls']} calls (aim: 15 at most), "
          f"{read['seconds']:.1f} s, {read['longest']:.1f} s in the longest item")
    print(f"Matching {match['partners']} contacts, reading them included: "
          f"{match['seconds']:.1f} s (aim: 60 at most), {match['megabytes']:.0f} MB more (aim: 300 "
          f"at most); {match['certain']} certain, {match['doubtful']} doubtful")
    print(f"In the queue: the step's rows {click['rows']:.1f} s, once more {click['again']:.1f} s")
    print(f"In a click (aim: 2 s at most): showing the page {click['page']:.2f} s, accepting "
          f"{click['accepted']} certain ones {click['accept']:.2f} s, ignoring the rest "
          f"{click['ignore']:.2f} s, Update {click['update']:.2f} s, undoing all "
          f"{click['undo']:.2f} s, a spreadsheet out {click['export']:.2f} s and in "
          f"{click['import']:.2f} s")


if __name__ == "__main__":
    main()
