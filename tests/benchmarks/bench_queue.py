# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A queue with 1,000,000 finished items and as many calls in the log: how long a worker needs to
claim an item, and a person to open the views. The aims: 5 ms and 1 s at most.

ROWS=<number> makes it smaller.
"""

import os

from tests.benchmarks.printed import result
from tests.environment import api

ROWS = int(os.environ.get("ROWS", 1_000_000))
CLAIM_AIM, VIEW_AIM = 0.005, 1.0

FILL = """
import json, time
begin = time.perf_counter()
connection = env["exact.connection"].create({"name": "Bench", "site": "nl"})
connection.state = "connected"
divisions = env["exact.division"].create([
    {"connection_id": connection.id, "code": code, "name": f"Bench {code}", "currency": "EUR"}
    for code in (1, 2)])
env.company.exact_division_id = divisions[0]
values = {"rows": rows, "company": env.company.id, "first": divisions[0].id,
          "second": divisions[1].id, "connection": connection.id}
env.flush_all()
insert = '''
    INSERT INTO exact_sync_queue (name, operation, res_model, res_id, state, priority, due_on,
                                  done_on, attempts, company_id, division_id, create_date,
                                  write_date, message, evidence, exact_number)
    SELECT 'INV/' || n, (array['contact', 'document', 'attachment', 'sales_entry'])[1 + n %% 4],
           (array['res.partner', 'account.move', 'ir.attachment', 'account.move'])[1 + n %% 4],
           n / 4, {state}, (array[70, 20, 10, 40])[1 + n %% 4], now() at time zone 'utc' - n * step,
           now() at time zone 'utc' - n * step, 0, %(company)s, %(first)s,
           now() at time zone 'utc' - n * step, now() at time zone 'utc' - n * step, null,
           'Read back from Exact Online and equal.', '26' || n
    FROM generate_series(1, {number}) AS n, (SELECT interval '30 seconds' AS step) AS pace'''
env.cr.execute(insert.format(state="'done'", number="%(rows)s"), values)
live = "(array['ready', 'waiting', 'failed', 'ready'])[1 + n %% 4]"
env.cr.execute(insert.format(state=live, number="2000"), values)
env.cr.execute('''
    INSERT INTO exact_call (connection_id, division, item_id, started_on, method, resource, status,
                            duration)
    SELECT %(connection)s, 1, first.id + n - 1, now() at time zone 'utc' - n * interval '2 seconds',
           'POST', 'salesentry/SalesEntries', CASE n %% 100 WHEN 0 THEN 400 ELSE 201 END, 0.1
    FROM generate_series(1, %(rows)s) AS n, (SELECT min(id) AS id FROM exact_sync_queue) AS first
    ''', values)
env.cr.commit()
env.cr._cnx.autocommit = True
env.cr.execute("VACUUM ANALYZE exact_sync_queue")
env.cr.execute("VACUUM ANALYZE exact_call")
env.cr._cnx.autocommit = False
print("RESULT", json.dumps({"seconds": time.perf_counter() - begin}))
"""

CLAIM = """
import json, re, time
from odoo.tools import SQL
runs = env["exact.sync.run"]
run = runs.create({})
statement = run._claim_statement(SQL("true"), SQL("item.priority, item.id"))
env.cr.execute(SQL("EXPLAIN %s", statement))
plan = [line for (line,) in env.cr.fetchall()]
env.cr.commit()
seconds = []
for _claim in range(100):
    begin = time.perf_counter()
    with env.registry.cursor() as cr:
        assert run.with_env(env(cr=cr))._claim()
    seconds.append(time.perf_counter() - begin)
rest = []
for _run in range(5):
    begin = time.perf_counter()
    runs._take_stock()
    runs._outlook()
    env.cr.commit()
    rest.append(time.perf_counter() - begin)
print("RESULT", json.dumps({"seconds": seconds, "rest": sorted(rest)[2], "plan": plan}))
"""

VIEWS = """
import json, time
env = env(user=env.ref("base.user_admin"))
env.user.group_ids += env.ref("exact_online_connector.group_exact_manager")
env.cr.commit()

def opened(model, kind, domain=(), group_by=()):
    '''Seconds from a click until the server has answered all that the web client asks.'''
    env[model].get_views([(False, kind), (False, "search")])  # Odoo caches it for all
    env.invalidate_all()
    begin = time.perf_counter()
    views = env[model].get_views([(False, kind), (False, "search")])
    names = views["views"][kind]["arch"]
    fields = [name for name in views["models"][model]["fields"] if f'name="{name}"' in names]
    shown = {name: {"fields": {"display_name": {}}} if env[model]._fields[name].type == "many2one"
             else {} for name in fields if env[model]._fields[name].type != "one2many"}
    domain = list(domain)
    if group_by:
        env[model].formatted_read_group(domain, list(group_by), ["__count"])
    elif kind == "form":
        env[model].search(domain, limit=1).web_read(shown)
    else:
        env[model].web_search_read(domain, shown, limit=80, count_limit=10001)
    return time.perf_counter() - begin

trouble = [("state", "in", ("failed", "differs", "blocked"))]
under_way = [("state", "in", ("waiting", "ready", "sending", "checking", "sent"))]
queue, calls = "exact.sync.queue", "exact.call"
print("RESULT", json.dumps({
    "queue": opened(queue, "list"),
    "queue, cards": opened(queue, "kanban"),
    "queue, needs attention": opened(queue, "list", trouble),
    "queue, on its way": opened(queue, "list", under_way),
    "queue, done": opened(queue, "list", [("state", "=", "done")]),
    "queue, bookings": opened(queue, "list", [("operation", "=", "sales_entry")]),
    "queue by state": opened(queue, "list", group_by=["state"]),
    "queue needing attention, by message": opened(queue, "list", trouble, ["message"]),
    "an item": opened(queue, "form"),
    "an item of a million ago": opened(queue, "form", [("name", "=", "INV/1")]),
    "log": opened(calls, "list"),
    "log, errors": opened(calls, "list", [("error", "!=", False)]),
    "log of an item": opened(calls, "list", [("item_id", "=", env[queue].search([], limit=1).id)]),
    "company": opened("res.company", "form", [("id", "=", env.company.id)]),
    "invoices needing attention": opened("account.move", "list", [("exact_state", "=", "problem")]),
}))
"""


def main():
    with api.database("bench_queue", "addon") as name:
        filled = result(api.odoo_shell(name, f"rows = {ROWS}\n{FILL}"))
        print(f"{ROWS} finished items and calls in {filled['seconds']:.0f} s")
        claim = result(api.odoo_shell(name, CLAIM))
        views = result(api.odoo_shell(name, VIEWS))
    seconds = sorted(claim["seconds"])
    median, worst = seconds[len(seconds) // 2], seconds[-1]
    print("\n".join(line.strip() for line in claim["plan"] if "Scan" in line))
    print(f"A claim: median {median * 1000:.2f} ms, longest {worst * 1000:.2f} ms "
          f"(aim: {CLAIM_AIM * 1000:.0f} ms at most); what a run begins with: "
          f"{claim['rest'] * 1000:.0f} ms")
    for view, taken in views.items():
        print(f"  {taken * 1000:6.0f} ms  {view}")
    print(f"The longest takes {max(views.values()):.2f} s (aim: {VIEW_AIM:.0f} s at most)")
    assert "exact_sync_queue_claim_idx" in "".join(claim["plan"]), claim["plan"]


if __name__ == "__main__":
    main()
