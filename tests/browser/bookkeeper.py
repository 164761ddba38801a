# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Somebody who works in Exact Online itself, and sees all that was booked there."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import requests

# README.md of the simulator
CLIENT = {"client_id": "{11111111-2222-3333-4444-555555555555}"}
SECRET = {"client_secret": "simulator-secret"}
RETURN_TO = {"redirect_uri": "http://127.0.0.1/"}


class Bookkeeper:
    """Works in one administration of the simulator at `url`."""

    def __init__(self, url, division):
        self.url = url
        self.division = division

    def enter_relation(self, **values):
        """Enter a relation by the ordinary API, with a consent of her own."""
        self._enter("crm/Accounts", values)

    def book_sale(self, **values):
        """Book a sales entry by the ordinary API, with a consent of her own."""
        self._enter("salesentry/SalesEntries", values)

    def _enter(self, resource, values):
        reply = requests.post(
            f"{self.url}/api/v1/{self.division}/{resource}", json=values, timeout=30,
            headers={"Authorization": f"Bearer {self._token()}", "Accept": "application/json"})
        assert reply.status_code == 201, reply.text

    def open_months(self, days):
        """Open the periods of the last `days`, so that what was posted then may be booked."""
        months = {(day.year, day.month)
                  for day in (date.today() - timedelta(days=ago) for ago in range(days + 1))}
        for year, month in sorted(months):
            self._control("open-period", {"year": year, "period": month})

    def agree_on_calls(self, minute):
        """By agreement Exact allows so many calls a minute; Odoo learns it from the answers."""
        reply = requests.post(f"{self.url}/simulator/limits", json={"minute": minute}, timeout=30)
        assert reply.status_code == 200, reply.text

    def process(self, number):
        """Process the entry of this number: from now on it cannot be changed."""
        self._control("process", {"entry": number})

    def receive(self, number, amount):
        """Book money of the bank for so much of an invoice."""
        self._control("payments", {"documents": [{"entry": number, "amount": amount}]})

    def entries(self):
        """All entries with header and lines, as the simulator keeps them."""
        return self._control("entries")["entries"]

    def relations(self):
        """All relations, as the simulator keeps them."""
        return self._control("accounts")["accounts"]

    def _token(self):
        page = requests.post(
            f"{self.url}/api/oauth2/auth", allow_redirects=False, timeout=30,
            data={**CLIENT, **RETURN_TO, "response_type": "code", "decision": "allow"})
        (code,) = parse_qs(urlsplit(page.headers["Location"]).query)["code"]
        reply = requests.post(
            f"{self.url}/api/oauth2/token", timeout=30,
            data={**CLIENT, **SECRET, **RETURN_TO, "grant_type": "authorization_code",
                  "code": code})
        return reply.json()["access_token"]

    def _control(self, path, body=None):
        reply = requests.request("GET" if body is None else "POST", timeout=30, json=body,
                                 url=f"{self.url}/simulator/{self.division}/{path}")
        assert reply.status_code == 200, reply.text
        return reply.json()
