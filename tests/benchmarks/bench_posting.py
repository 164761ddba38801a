# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""How much longer posting 200 invoices takes with the addon installed and connected.

The same invoices in two databases, one without the addon, posted one by one as people do, in
turns: the ratio of the two medians. The aim is 1.10 at most.
"""

import contextlib
import statistics

from tests.benchmarks.printed import result
from tests.environment import api

INVOICES, ROUNDS = 200, 3

PREPARE = """
company = env.company
if company.chart_template != "be_comp":
    env["account.chart.template"].try_loading("be_comp", company, install_demo=False)
env["res.partner"].create({"name": "Bench customer", "country_id": env.ref("base.be").id})
if "exact.connection" in env:
    connection = env["exact.connection"].create({"name": "Bench", "site": "nl"})
    connection.state = "connected"
    division = env["exact.division"].create(
        {"connection_id": connection.id, "code": 1, "name": "Bench", "currency": "EUR"}
    )
    company.exact_division_id = division
env.cr.commit()
"""

POST = """
import json, time
company = env.company
partner = env["res.partner"].search([("name", "=", "Bench customer")])
tax = company.account_sale_tax_id
account = env["account.account"].search([("account_type", "=", "income")], limit=1)
moves = env["account.move"].create([{
    "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-11-02",
    "invoice_line_ids": [
        (0, 0, {"name": f"Line {n}", "price_unit": 10.0 + n, "account_id": account.id,
                "tax_ids": [(6, 0, tax.ids)]}) for n in range(5)],
} for _ in range(%d)])
env.cr.commit()
seconds = []
for move in moves:
    begin = time.perf_counter()
    move.action_post()
    env.cr.commit()
    seconds.append(time.perf_counter() - begin)
queued = "exact.sync.queue" in env and env["exact.sync.queue"].search_count([])
print("RESULT", json.dumps({"seconds": seconds, "queued": queued}))
"""


def main():
    seconds = {"without": [], "with": []}
    queued = 0
    with contextlib.ExitStack() as stack:
        names = {
            "without": stack.enter_context(api.database("bench_posting_without", "base")),
            "with": stack.enter_context(api.database("bench_posting_with", "addon")),
        }
        for name in names.values():
            api.odoo_shell(name, PREPARE)
        for _round in range(ROUNDS):
            for kind, name in names.items():
                printed = api.odoo_shell(name, POST % (INVOICES // ROUNDS + 1))
                figures = result(printed)
                seconds[kind] += figures["seconds"]
                queued = max(queued, figures["queued"])
    without, with_addon = (statistics.median(seconds[kind]) for kind in ("without", "with"))
    print(f"Posting one invoice of 5 lines, median of {len(seconds['with'])}: "
          f"{without * 1000:.1f} ms without the addon, {with_addon * 1000:.1f} ms with it "
          f"connected ({queued} queued): ratio {with_addon / without:.3f} (aim: 1.10 at most)")


if __name__ == "__main__":
    main()
