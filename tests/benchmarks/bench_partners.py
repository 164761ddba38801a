# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""10,000 relations of Exact against 10,000 contacts of Odoo: calls, seconds and megabytes.

Half of the contacts have a relation's VAT number, a tenth its email, a tenth its name and
postcode; the rest have nothing in common. Aims: 15 calls at most to read the relations; less than
60 s and 300 MB to read the contacts and to match.
"""

import contextlib
import json
import pathlib
import tempfile

from tests.environment import api

COUNT = 10_000
SHELL = """
COUNT = %d
url, database = %r, %r
"""

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
    if number % 10 < 5:
        values |= {"vat": belgian(number), "country_id": belgium}
    elif number % 10 == 5:
        values["email"] = f"boek{number}@firma.example"
    elif number % 10 == 6:
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
import time
division = env.company.exact_division_id
calls = env["exact.call"].search_count([])
division.action_read_accounts()
env.cr.commit()
begin = time.perf_counter()
env["exact.sync.run"]._run()
seconds = time.perf_counter() - begin
env.cr.rollback()
env.invalidate_all()
items = env["exact.sync.queue"].search([("operation", "=", "accounts")])
assert division.accounts_are_read, items.mapped(lambda item: (item.state, item.message))
print("RESULT", json.dumps({
    "seconds": seconds, "calls": env["exact.call"].search_count([]) - calls,
    "accounts": env["exact.account"].search_count([]),
    "longest": max(item.done_on.timestamp() - item.create_date.timestamp()
                   for item in items)}))
"""

MATCH = """
import resource, time
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


def main():
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="bench_partners_"))
        file = pathlib.Path(folder, "exact.sqlite")
        exact = stack.enter_context(
            api.simulator(seeds=("be",), name="bench_partners", database=file))
        name = stack.enter_context(api.database("bench_partners", "addon"))
        head = "import json" + SHELL % (COUNT, exact.url, str(file))
        api.odoo_shell(name, head + PREPARE)
        read, match = (_result(api.odoo_shell(name, head + code)) for code in (READ, MATCH))
    print(f"Reading {read['accounts']} relations: {read['calls']} calls (aim: 15 at most), "
          f"{read['seconds']:.1f} s, {read['longest']:.1f} s in the longest item")
    print(f"Matching {match['partners']} contacts, reading them included: "
          f"{match['seconds']:.1f} s (aim: 60 at most), {match['megabytes']:.0f} MB more (aim: 300 "
          f"at most); {match['certain']} certain, {match['doubtful']} doubtful")


def _result(printed):
    return json.loads(printed.split("RESULT ", 1)[1].splitlines()[0])


if __name__ == "__main__":
    main()
