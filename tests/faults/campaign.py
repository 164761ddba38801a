# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A fault campaign: people work in Odoo and four workers carry out the queue, while everything
around them fails.

It goes on in rounds of some seconds, until so many operations are finished; each queue item is
one. In each round people do what their dice say (tests/faults/inside/people.py), four worker
processes empty the queue, one of them is killed by SIGKILL, and 15 % of all calls are struck by a
fault of the simulator. Between two rounds a person mends what the queue says that a person must
mend, customers pay, and now and then the clocks jump by more than an hour, Exact's a little more
or less than Odoo's. Once, every token is lost, and once the administration moves to another
server of Exact. PostgreSQL is restarted twice, once by force, where the campaign may do so.

The dice of people, kills, jumps and faults come from one seed. Which call a fault strikes depends
on the order in which processes happen to run: the same seed is the same campaign, not the same
interleaving.

Left out: `change_rate`, as all is in euro.
"""

import contextlib
import itertools
import random
import threading
import time
from dataclasses import dataclass, field

from tests.environment import postgres

from .crew import step

WORKERS = 4
ROUND = 4.0  # seconds
ACTS_A_ROUND = 16
BACKLOG = 150  # items, with which people wait for the workers
PATIENCE = 20  # rounds without faults after which something is stuck
SETTLE = 2  # seconds until a lost answer is looked up; a call takes a fraction of one
JUMP = 3700  # seconds: more than the hour in which Exact counts errors
JUMP_EVERY = 5  # rounds
APART = 20  # seconds, by which the clocks may jump differently
PAID_A_ROUND = 2
PAYS = 7  # as in people.py
COMPANY = "Demo Brussel BV"
PENDING = "('waiting', 'ready', 'sending', 'checking', 'sent', 'failed', 'blocked', 'differs')"
GONE = ("OperationalError", "InterfaceError", "DatabaseError", "AdminShutdown", "CrashShutdown")


def _error(text):
    return {"error": {"code": "", "message": {"lang": "", "value": text}}}


def _status(status, body):
    return {"effect": "status", "status": status, "body": body}


# {fault: how many of 100 calls it strikes}: 15 in all, of whatever calls there are.
OF_ANY_CALL = (
    ({"effect": "delay", "seconds": 0.1}, 2.0),
    ({"effect": "cut_before_commit"}, 3.0),
    ({"effect": "cut_after_commit"}, 3.0),
    ({"effect": "wrong_json"}, 2.0),
    (_status(500, _error("A problem has occurred. Please contact support.")), 2.0),
    (_status(503, "<html><body>Service Unavailable</body></html>"), 2.0),
    (_status(400, _error("Bad Request - Error in query syntax.")), 0.3),
    (_status(404, ""), 0.2),
    (_status(429, ""), 0.2),
    ({"effect": "no_division_access"}, 0.3),
)
# Of what Exact books, so much is booked wrong: 15 in all.
OF_ENTRIES = (
    ({"effect": "drop_gl_link"}, 3.0),
    ({"effect": "lose_line"}, 4.0),
    ({"effect": "change_vat"}, 4.0),
    ({"effect": "lose_document_link"}, 4.0),
)
ONCE = (
    ({"effect": "token_loss", "path": "Entries"}, 2.0),
    ({"effect": "division_moved", "path": "sync"}, 50.0),
)


@dataclass
class Told:
    """What happened, to be printed and judged."""

    rounds: int = 0
    acts: int = 0
    kills: int = 0
    restarts: int = 0
    jumps: int = 0
    mended: int = 0
    consents: int = 0
    struck: dict = field(default_factory=dict)
    mended_items: set = field(default_factory=set, repr=False)
    doubted_items: set = field(default_factory=set, repr=False)  # pending at a new consent


class Campaign:
    """One campaign on a scene."""

    def __init__(self, scene, seed, operations, restarts=0):
        self.scene, self.seed, self.operations = scene, seed, operations
        self.told = Told()
        self._dice = random.Random(seed)
        self._restarts = itertools.islice(itertools.cycle(("fast", "immediate")), restarts)
        self._restart_at = [operations * (number + 1) // (restarts + 1)
                            for number in range(restarts)]
        self._paid = set()

    def run(self):
        """All of it, until the queue is at rest; returns what happened."""
        # A commit that PostgreSQL answered is kept over a crash, as it is with its usual settings.
        self.scene.change(f'ALTER DATABASE "{self.scene.database}" SET synchronous_commit = on')
        self.scene.crew.do(step("let_exact_settle", seconds=SETTLE), step("map_all"))
        self._let_it_rain()
        while self._finished() < self.operations:
            self._round()
        self._note_struck()
        self._come_to_rest()
        return self.told

    # -- one round --------------------------------------------------------------------------------

    def _round(self):
        self.told.rounds += 1
        first = self.told.acts
        self.told.acts += ACTS_A_ROUND if len(self._pending()) < BACKLOG else 0
        doomed = self._dice.randrange(WORKERS)
        jobs = [[step("act", seed=self.seed, first=first, last=self.told.acts)]]
        for worker in range(WORKERS):
            dies = [step("die_after", seconds=self._dice.uniform(0.3, ROUND))]
            jobs.append([*(dies if worker == doomed else ()), step("work_for", seconds=ROUND)])
        with self._restarting() as is_restarted:
            ends = self.scene.crew.race(*jobs)
        for ended in ends:
            expected = is_restarted and any(name in ended.raised for name in GONE)
            assert not ended.raised or expected, ended.raised
        self.told.kills += sum(bool(ended.signal) for ended in ends)
        self._mend()
        self._customers_pay()
        if self.told.rounds % JUMP_EVERY == 0:
            self._jump()

    @contextlib.contextmanager
    def _restarting(self):
        due = bool(self._restart_at) and self._finished() >= self._restart_at[0]
        if not due:
            yield False
            return
        self._restart_at.pop(0)
        self.told.restarts += 1
        timer = threading.Timer(ROUND / 2, postgres.restart, [next(self._restarts)])
        timer.start()
        yield True
        timer.join()

    def _jump(self):
        """An hour passes for both sides, but not quite the same for each. What a killed worker
        had asked for is carried out by then.
        """
        time.sleep(SETTLE)
        self.told.jumps += 1
        self.scene.exact.advance(JUMP + self._dice.randrange(-APART, APART))
        self.scene.age(JUMP)

    # -- what people do outside of Odoo, and with what is in trouble ------------------------------

    def _mend(self):
        """Take what is booked wrong out of Exact, then do in Odoo what the advice says."""
        wrong = self.scene.sql("""
            SELECT item.id, binding.exact_id FROM exact_sync_queue item
            JOIN exact_binding binding ON binding.res_model = item.res_model
                AND binding.res_id = item.res_id AND binding.division_id = item.division_id
                AND binding.resource LIKE '%Entries' AND binding.exact_id IS NOT NULL
            WHERE item.state = 'differs' AND item.operation LIKE '%entry'""")
        entries = [row["exact_id"] for row in wrong]
        for entry in entries:
            self.scene.exact.control("DELETE", f"{self.scene.division}/entries/{entry}")
        wrong += self._remove_strangers()
        self.told.mended_items |= {row["id"] for row in wrong}
        if self.scene.connection()["state"] != "connected":
            self.told.consents += 1
            self.told.doubted_items |= {item["id"] for item in self._pending()}
        self.told.mended += self.scene.crew.do(step("mend", entries=entries))

    def _remove_strangers(self):
        """What was booked while the answer was lost, and is not what the document is by now."""
        strangers = self.scene.sql("""
            SELECT item.id,
                   CASE WHEN move.move_type LIKE 'out%' THEN move.name ELSE move.ref END AS ref
            FROM exact_sync_queue item JOIN account_move move ON move.id = item.res_id
            WHERE item.state = 'failed' AND item.error_class = 'conflict'
              AND item.operation LIKE '%entry'""")
        entries = self.scene.exact.entries(self.scene.division) if strangers else {}
        for stranger in strangers:
            for entry in entries.get(stranger["ref"], ()):
                self.scene.exact.control(
                    "DELETE", f"{self.scene.division}/entries/{entry['header']['EntryID']}")
        return strangers

    def _customers_pay(self):
        """Some of what is proven and never changed again is paid in full."""
        rows = self.scene.sql(f"""
            SELECT move.name FROM exact_sync_queue item
            JOIN account_move move ON move.id = item.res_id
            JOIN res_partner partner ON partner.id = move.partner_id
            WHERE item.operation = 'sales_entry' AND item.state = 'done'
              AND move.move_type = 'out_invoice' AND move.id % {PAYS} = 0
              AND move.state = 'posted' AND partner.name LIKE 'Campaign %'
            ORDER BY move.id""")
        unpaid = [row["name"] for row in rows if row["name"] not in self._paid]
        for name in unpaid[:PAID_A_ROUND]:
            self.scene.exact.control("POST", f"{self.scene.division}/payments",
                                     {"documents": [{"entry": name}]})
            self._paid.add(name)

    # -- faults -----------------------------------------------------------------------------------

    def _let_it_rain(self):
        faults = [({"path": "/api/", **fault}, chance) for fault, chance in OF_ANY_CALL]
        faults += [({"path": "Entries$", "method": "POST", **fault}, chance)
                   for fault, chance in OF_ENTRIES]
        faults = [({"times": "always", **fault}, chance) for fault, chance in faults] + list(ONCE)
        for number, (fault, chance) in enumerate(faults):
            self.scene.exact.fault(
                probability=chance / 100, seed=self.seed * 100 + number, **fault)

    def _note_struck(self):
        for fault in self.scene.exact.clear_faults():
            name = " ".join(filter(None, (fault["effect"], str(fault.get("status", "")))))
            self.told.struck[name] = self.told.struck.get(name, 0) + fault["used"]

    # -- the end ----------------------------------------------------------------------------------

    def _come_to_rest(self):
        """The weather is fine, and people see to what is left for them."""
        self.scene.crew.do(step("read_payments"))
        for _round in range(PATIENCE):
            self._jump()
            self._mend()
            self.scene.work(WORKERS)
            if not self._pending():
                return
        told = ("id", "operation", "res_id", "state", "error_class", "message", "evidence")
        stuck = [{name: item[name] for name in told} for item in self._pending()]
        raise AssertionError("Stuck:\n" + "\n".join(map(str, stuck)))

    def _pending(self):
        return self.scene.items(f"state IN {PENDING}")

    def _finished(self):
        [row] = self.scene.sql(
            "SELECT count(*) AS number FROM exact_sync_queue WHERE state IN ('done', 'cancelled')")
        return row["number"]
