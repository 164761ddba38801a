# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Starts a simulator as a process of its own and drives it over real HTTP."""

import os
import pathlib
import subprocess
import sys
import urllib.parse

import requests

ROOT = pathlib.Path(__file__).resolve().parents[3]
PROGRAM = ROOT / "exact_online_connector" / "exact_simulator"
CLIENT = "{11111111-2222-3333-4444-555555555555}"
SECRET = "simulator-secret"
RETURN_TO = "http://127.0.0.1:9/return"
NL, NL_B, NL_C, BE, BE_FR = 310101, 310102, 310103, 320101, 320102


class Server:
    """A running simulator; `control` speaks JSON with its control API."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [sys.executable, str(PROGRAM), "--port", "0", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"})
        line = self.process.stdout.readline().strip()
        assert line.startswith("listening on http://127.0.0.1:"), (
            line + self.process.stderr.read())
        self.url = line.removeprefix("listening on ")
        self.http = requests.Session()

    def stop(self):
        self.process.terminate()
        errors = self.process.communicate(timeout=20)[1]
        return self.process.returncode, errors

    def control(self, path, body=None, *, method=None, status=200):
        method = method or ("GET" if body is None else "POST")
        reply = self.http.request(method, f"{self.url}/simulator/{path}", json=body)
        assert reply.status_code == status, reply.text
        return reply.json()

    def consent(self, **parameters):
        """The code and state that the consent page returns with."""
        reply = self.http.get(f"{self.url}/api/oauth2/auth", allow_redirects=False, params={
            "client_id": CLIENT, "redirect_uri": RETURN_TO, "response_type": "code",
            **parameters})
        assert reply.status_code == 302, reply.text
        query = urllib.parse.urlsplit(reply.headers["Location"]).query
        return dict(urllib.parse.parse_qsl(query))

    def token(self, *, refused=False, **form):
        return self.http.post(
            f"{self.url}/api/oauth2/token",
            data={"client_id": CLIENT, "client_secret": SECRET, **form},
            headers={"X-Expected-Refusal": "true"} if refused else {})

    def tokens(self):
        """A fresh pair by way of consent."""
        reply = self.token(grant_type="authorization_code", code=self.consent()["code"],
                           redirect_uri=RETURN_TO)
        assert reply.status_code == 200, reply.text
        return reply.json()


class Exact:
    """A plain client: paths below /api/v1/, replies of requests."""

    def __init__(self, server):
        self.server = server
        self.http = requests.Session()
        self.http.headers["Accept"] = "application/json"
        self.log_in()

    def log_in(self):
        self.http.headers["Authorization"] = f"Bearer {self.server.tokens()['access_token']}"

    def request(self, method, path, *, refused=False, headers=None, **options):
        extra = {"X-Expected-Refusal": "true"} if refused else {}
        reply = self.http.request(method, f"{self.server.url}/api/v1/{path}",
                                  headers={**extra, **(headers or {})}, **options)
        if refused:
            assert reply.status_code >= 400, reply.text
        return reply

    def get(self, path, *, refused=False, headers=None, **query):
        options = {f"${name}": value for name, value in query.items()}
        return self.request("GET", path, refused=refused, params=options, headers=headers)

    def rows(self, path, **query):
        reply = self.get(path, **query)
        assert reply.status_code == 200, reply.text
        found = reply.json()["d"]
        return found["results"] if isinstance(found, dict) and "results" in found else found

    def post(self, path, body, **options):
        return self.request("POST", path, json=body, **options)

    def created(self, path, body):
        reply = self.post(path, body)
        assert reply.status_code == 201, reply.text
        return reply.json()["d"]

    def put(self, path, body, **options):
        return self.request("PUT", path, json=body, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)

    def texts(self, path, body, *, method="POST", status=500):
        """The texts of a refusal."""
        reply = self.request(method, path, json=body, refused=True)
        assert reply.status_code == status, reply.text
        return reply.json()["error"]["message"]["value"].split("\r\n")

    def id_of(self, path, condition, key="ID"):
        (row,) = self.rows(path, filter=condition, select=key)
        return row[key]

    def relation(self, division, code):
        return self.id_of(f"{division}/crm/Accounts", f"trim(Code) eq '{code}'")

    def gl(self, division, code):
        return self.id_of(f"{division}/financial/GLAccounts", f"Code eq '{code}'")

    def invoice(self, division=BE, *amounts, **header):
        """A body for a sales entry of one line an amount."""
        customer, gl_account = ("100", "700000") if division in (BE, BE_FR) else ("1", "8000")
        journal = {NL: "70", NL_B: "80", NL_C: "50"}.get(division, "700")
        line = header.pop("line", {})
        gl_id = self.gl(division, gl_account)
        return {"Customer": self.relation(division, customer), "Journal": journal,
                "SalesEntryLines": [{"GLAccount": gl_id, "AmountFC": amount, **line}
                                    for amount in amounts or (100,)], **header}

    def bill(self, division=BE, *amounts, **header):
        supplier, gl_account = ("104", "604000") if division in (BE, BE_FR) else ("5", "7000")
        journal = {NL: "60", NL_B: "70"}.get(division, "600")
        line = header.pop("line", {})
        gl_id = self.gl(division, gl_account)
        return {"Supplier": self.relation(division, supplier), "Journal": journal,
                "PurchaseEntryLines": [{"GLAccount": gl_id, "AmountFC": amount, **line}
                                       for amount in amounts or (100,)], **header}


class Books:
    """What became of the money in one administration, and what its bookkeeper does."""

    TERMS = "sync/Cashflow/PaymentTerms"
    COLUMNS = ("ID,TransactionEntryID,TransactionID,TransactionType,AmountDC,AmountFC,Status,"
               "IsFullyPaid,LineType,LastPaymentDate,EndDate,Timestamp,YourRef,EntryID")

    def __init__(self, exact, division=BE):
        self.exact, self.division = exact, division

    def invoice(self, *amounts, **header):
        return self.exact.created(f"{self.division}/salesentry/SalesEntries",
                                  self.exact.invoice(self.division, *amounts, **header))["EntryID"]

    def bill(self, *amounts, **header):
        return self.exact.created(f"{self.division}/purchaseentry/PurchaseEntries",
                                  self.exact.bill(self.division, *amounts, **header))["EntryID"]

    def terms(self, entry):
        found = self.exact.rows(f"{self.division}/{self.TERMS}", filter="Timestamp gt 1L",
                                select=self.COLUMNS)
        return sorted((row for row in found if row["TransactionEntryID"] == entry),
                      key=lambda row: row["Status"])

    def pay(self, *documents, **options):
        return self.do("payments", documents=[
            {"entry": entry, "amount": amount} for entry, amount in documents], **options)["entry"]

    def do(self, action, **body):
        return self.exact.server.control(f"{self.division}/{action}", body)

    def refused(self, action, **body):
        """The sentence with which the control API refuses."""
        return self.exact.server.control(f"{self.division}/{action}", body, status=400)["error"]

    def entry(self, entry):
        return self.exact.server.control(f"{self.division}/entries/{entry}")

    def ledger(self, entry):
        return {(line["GLAccountCode"], line["AmountDC"], line["Type"])
                for line in self.entry(entry)["ledger_lines"]}

    def sum_of_all(self):
        return sum(self.exact.server.control(f"{self.division}/balances")["balances"].values())
