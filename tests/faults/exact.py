# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a test does with a simulator and sees in it, from outside of Odoo."""

import json
import re
import time

import requests

from tests.environment import paths

WRITES = {
    "contact": "crm/Accounts",
    "document": "documents/Documents",
    "attachment": "documents/DocumentAttachments",
    "sales_entry": "salesentry/SalesEntries",
}


class Exact:
    """A running simulator: its control API and its traffic."""

    def __init__(self, running):
        self.url = running.url
        self._traffic = paths.TRAFFIC / running.log.with_suffix(".jsonl").name

    def control(self, method, path, body=None):
        """Call the control API; return its JSON."""
        answer = requests.request(method, f"{self.url}/simulator/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def fault(self, effect, method="*", path="", **values):
        """Switch a fault on; it strikes once unless `times` says otherwise."""
        fault = {"effect": effect, "method": method, "path": path, **values}
        return self.control("POST", "faults", fault)

    def clear_faults(self):
        """Switch all faults off; return what they were and how often each struck."""
        faults = self.control("GET", "faults")["faults"]
        self.control("DELETE", "faults")
        return faults

    def advance(self, seconds):
        """Move the simulator's clock."""
        self.control("POST", "clock", {"advance": seconds})

    def counts(self, division):
        """Numbers of things per kind in one administration."""
        return self.control("GET", "state")["divisions"][str(division)]

    def entries(self, division):
        """{YourRef: [entry, ...]} of an administration, each with its document and attachments."""
        found = {}
        for entry in self.control("GET", f"{division}/entries")["entries"]:
            found.setdefault(entry["header"].get("YourRef"), []).append(entry)
        return found

    def accounts(self, division, name):
        """The relations of this name."""
        accounts = self.control("GET", f"{division}/accounts")["accounts"]
        return [account for account in accounts if account["Name"] == name]

    def traffic(self, since=0, method=None, path=""):
        """Logged requests, oldest first, after the first `since` ones."""
        lines = self._traffic.read_text().splitlines() if self._traffic.exists() else []
        calls = [json.loads(line) for line in lines[since:]]
        return [
            call for call in calls
            if method in (None, call["method"]) and re.search(path, call["path"])
        ]

    def wait_for(self, calls, method, path, patience=60.0):
        """Wait until so many requests of this kind are logged in all."""
        deadline = time.monotonic() + patience
        while len(self.traffic(method=method, path=path)) < calls:
            assert time.monotonic() < deadline, f"{method} {path} never came"
            time.sleep(0.05)
