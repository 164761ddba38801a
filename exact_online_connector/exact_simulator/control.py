# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The control API under /simulator/: JSON, without authentication, for this machine only."""

import hashlib
import ipaddress
import json
from datetime import datetime
from decimal import Decimal

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Response

from . import batches, bookkeeping, clock, faults, ledger, limits, oauth, switches
from .books import Books
from .store import Settings
from .webhooks import deliveries

_D = "/simulator/<int:division>"
# Method, path, handler, what it does and takes.
_ROUTES = (
    ("GET", "/simulator/", "describe", "this description"),
    ("GET", "/simulator/state", "state", "clock, limits, counters, numbers of things"),
    ("POST", "/simulator/reset", "reset", "back to the seeds; {seeds: [...]} for others"),
    ("POST", "/simulator/remember", "remember", "keep a copy of everything, tokens too"),
    ("POST", "/simulator/recall", "recall", "back to what was remembered"),
    ("POST", "/simulator/clock", "set_clock", "{advance: seconds} or {set: ISO time}"),
    ("POST", "/simulator/limits", "set_limits", "{minute: n, day: n, enabled: bool}"),
    ("GET", "/simulator/switches", "list_switches", "every switch: value, options, meaning"),
    ("POST", "/simulator/switches", "set_switches", "{name: option, ...}"),
    ("GET", "/simulator/faults", "list_faults", "faults with how often they matched and struck"),
    ("POST", "/simulator/faults", "add_fault",
     "{effect, method, path (regex), times (once, always, n), probability, seed, seconds, status, "
     "body, headers}"),
    ("DELETE", "/simulator/faults", "clear_faults", "remove all faults"),
    ("DELETE", "/simulator/faults/<int:number>", "clear_fault", "remove one fault"),
    ("POST", "/simulator/tokens/revoke", "revoke_tokens", "forget every token"),
    ("POST", "/simulator/scopes", "set_scopes",
     "{forbidden: [resource, ...]} that answer 403 Application Scope Violated"),
    ("GET", "/simulator/divisions", "divisions", "the administrations"),
    ("GET", f"{_D}/entries", "entries",
     "every entry with header, lines, ledger_lines, document and attachments"),
    ("GET", f"{_D}/entries/<entry>", "entry", "one entry, likewise"),
    ("DELETE", f"{_D}/entries/<entry>", "delete_entry", "remove an entry, whatever its status"),
    ("GET", f"{_D}/accounts", "accounts", "relations"),
    ("GET", f"{_D}/open-items", "open_items", "outstanding terms in ledger sign"),
    ("GET", f"{_D}/terms", "terms", "all payment terms in ledger sign"),
    ("GET", f"{_D}/balances", "balances", "balance per GL account; their sum is zero"),
    ("POST", f"{_D}/payments", "pay",
     "{documents: [{entry, amount}], account, amount, date, journal, rate, single_line}"),
    ("POST", f"{_D}/refunds", "refund",
     "{entry, amount, date, journal}: pay a credit note or an over-payment back"),
    ("POST", f"{_D}/match", "match", "{entry, with, amount, date}: two entries of opposite sign"),
    ("POST", f"{_D}/credit", "credit", "{invoice, credit_note, amount, date}: as match"),
    ("POST", f"{_D}/write-off", "write_off", "{entry, amount, vat_code, date}"),
    ("POST", f"{_D}/exchange-difference", "exchange_difference", "{entry, amount, date}"),
    ("POST", f"{_D}/unmatch", "unmatch",
     "{entry, with}: undo the matches of an entry, or only those with another"),
    ("POST", f"{_D}/move-payment", "move_payment",
     "{payment, from, to, amount, date}: match a payment with another document"),
    ("POST", f"{_D}/batches", "select_batch",
     "{entries: [...]}: select their terms (status 30) for a direct debit or payment"),
    ("POST", f"{_D}/batches/<int:batch>/send", "send_batch", "send it to the bank (status 40)"),
    ("POST", f"{_D}/batches/<int:batch>/cancel", "cancel_batch", "dissolve it (status 20)"),
    ("POST", f"{_D}/batches/<int:batch>/book", "book_batch",
     "{date, journal}: one line of the bank for all of it (status 50)"),
    ("POST", f"{_D}/process", "process", "{entry}: status 20 to 50"),
    ("POST", f"{_D}/reject", "reject", "{entry}: a purchase entry's status 20 to 5"),
    ("POST", f"{_D}/close-period", "close_period", "{year, period, journal}; journal is optional"),
    ("POST", f"{_D}/open-period", "open_period", "{year, period, journal}; journal is optional"),
    ("POST", f"{_D}/block", "block", "{kind: journal|gl_account|vat_code|account, code}"),
    ("POST", f"{_D}/unblock", "unblock", "{kind: journal|gl_account|vat_code|account, code}"),
    ("POST", f"{_D}/vat-codes", "add_vat_code", "{code, like, percentage}: a code like another"),
    ("POST", f"{_D}/move", "move", "restart the timestamps, as after a move to another server"),
)
_COUNTED = ("SalesEntries", "PurchaseEntries", "BankEntries", "GeneralJournalEntries", "Accounts",
            "Documents", "DocumentAttachments", "GLAccounts", "PaymentTerms", "TransactionLines")


class Control:
    """Answers the control API; `seed(connection, names)` puts the seeds back."""

    def __init__(self, store, limits_enforced, seed, courier):
        self.store, self.limits_enforced, self.seed = store, limits_enforced, seed
        self.courier = courier
        self._map = Map([Rule(path, endpoint=name, methods=[method])
                         for method, path, name, _ in _ROUTES], strict_slashes=False)

    def answer(self, request):
        """A JSON response; 400 with {"error": …} when the request makes no sense."""
        if not _is_local(request.remote_addr):
            return _json({"error": "The control API answers this machine only."}, 403)
        try:
            name, arguments = self._map.bind_to_environ(request.environ).match()
            body = json.loads(request.get_data() or b"{}", parse_float=Decimal)
            if not isinstance(body, dict):
                raise ValueError("Send a JSON object.")
            call = _Call(self, request.root_url.rstrip("/"))
            return _json(getattr(call, name)(body, **arguments))
        except HTTPException as error:
            return _json({"error": error.description}, error.code)
        except KeyError as error:
            return _json({"error": f"{error} is missing."}, 400)
        except ValueError as error:
            return _json({"error": str(error)}, 400)


class _Call:
    """One request: a method for each route, which gets the body and returns a document."""

    def __init__(self, control, root):
        self._store, self._limits_enforced = control.store, control.limits_enforced
        self._seed, self._courier, self._root = control.seed, control.courier, root

    # --- the simulator as a whole ---------------------------------------------------------------

    def describe(self, _body):
        return {
            "what": "A simulator of Exact Online. See README.md beside its code.",
            "routes": [{"method": method, "path": path, "does": does}
                       for method, path, _, does in _ROUTES],
            "effects": faults.EFFECTS,
            "entry": "An entry is named by its EntryID, its entry number or its YourRef.",
        }

    def state(self, _body):
        with self._store.reading() as connection:
            settings = Settings(connection)
            configured = settings.get("limits", {})
            usage = [
                {"client": client, "division": division, "span": span, "calls": calls,
                 "start": clock.from_milliseconds(start).isoformat()}
                for client, division, span, start, calls in connection.execute(
                    "SELECT client, division, span, start, calls FROM usage")
            ]
            return {
                "clock": settings.now().isoformat(timespec="milliseconds"),
                "limits": limits.DOCUMENTED | {"enabled": self._limits_enforced} | configured,
                "usage": usage,
                "blocked": [
                    {"division": division, "endpoint": endpoint, "times": times,
                     "until": clock.from_milliseconds(until).isoformat()}
                    for _, division, endpoint, until, times in connection.execute(
                        "SELECT * FROM block")
                ],
                "tokens": connection.execute("SELECT COUNT(*) FROM token").fetchone()[0],
                "divisions": {
                    str(code): {table: _count(connection, table, code) for table in _COUNTED}
                    for (code,) in connection.execute('SELECT "Code" FROM "Divisions"').fetchall()
                },
            }

    def reset(self, body):
        with self._store.writing() as connection:
            names = body.get("seeds") or Settings(connection).get("seeds")
            self._seed(connection, tuple(names))
        return {"reset": True}

    def remember(self, _body):
        self._store.remember()
        return {"remembered": True}

    def recall(self, _body):
        if not self._store.recall():
            raise ValueError("Nothing was remembered yet: POST remember first.")
        return {"recalled": True}

    def set_clock(self, body):
        with self._store.writing() as connection:
            settings = Settings(connection)
            if "advance" in body:
                offset = settings.get("clock_offset", 0) + float(body["advance"])
            else:
                moment = clock.parse_moment(body["set"])
                offset = (moment - clock.real_time()).total_seconds()
            settings.set("clock_offset", offset)
            return {"clock": settings.now().isoformat(timespec="milliseconds")}

    def set_limits(self, body):
        for name in body:
            if name not in ("minute", "day", "enabled"):
                raise ValueError(f"Limits have no '{name}'.")
        with self._store.writing() as connection:
            settings = Settings(connection)
            chosen = settings.get("limits", {}) | {
                name: bool(value) if name == "enabled" else int(value)
                for name, value in body.items()}
            settings.set("limits", chosen)
            connection.execute("DELETE FROM usage")
        return chosen

    def list_switches(self, _body):
        with self._store.reading() as connection:
            chosen = Settings(connection).get("switches", {})
        return {name: {"value": chosen.get(name, options[0]), "options": options,
                       "meaning": switches.EXPLANATIONS[name]}
                for name, options in switches.OPTIONS.items()}

    def set_switches(self, body):
        with self._store.writing() as connection:
            settings = Settings(connection)
            settings.set("switches", settings.get("switches", {}) | switches.checked(body))
        return {name: each["value"] for name, each in self.list_switches({}).items()}

    def list_faults(self, _body):
        with self._store.reading() as connection:
            return {"faults": faults.listed(connection)}

    def add_fault(self, body):
        definition = json.loads(json.dumps(body, default=float))
        with self._store.writing() as connection:
            return faults.add(connection, definition)

    def clear_faults(self, _body):
        with self._store.writing() as connection:
            return {"removed": faults.remove(connection)}

    def clear_fault(self, _body, number):
        with self._store.writing() as connection:
            return {"removed": faults.remove(connection, number)}

    def revoke_tokens(self, _body):
        with self._store.writing() as connection:
            oauth.revoke_all(connection)
        return {"revoked": True}

    def set_scopes(self, body):
        with self._store.writing() as connection:
            Settings(connection).set("forbidden_resources", list(body["forbidden"]))
        return {"forbidden": body["forbidden"]}

    def divisions(self, _body):
        with self._store.reading() as connection:
            rows = connection.execute(
                'SELECT "Code", "Description", trim("Country"), "Currency", "TemplateCode"'
                ' FROM "Divisions" ORDER BY 1').fetchall()
        names = ("code", "name", "country", "currency", "template")
        return {"divisions": [dict(zip(names, row, strict=True)) for row in rows]}

    # --- one administration -----------------------------------------------------------------------

    def _read(self, division, work):
        with self._store.reading() as connection:
            return work(_books(connection, division))

    def _write(self, division, work):
        with self._store.writing() as connection:
            books = _books(connection, division)
            result = work(books)
            parcels = deliveries(books, self._root)
        self._courier.send(parcels)
        return result

    def entries(self, _body, division):
        return self._read(division, lambda books: {
            "entries": [entry_in_full(books, row) for row in books.rows("Transactions")]})

    def entry(self, _body, division, entry):
        return self._read(division, lambda books: entry_in_full(
            books, books.row("Transactions", bookkeeping.find_entry(books, entry))))

    def delete_entry(self, _body, division, entry):
        self._write(division, lambda books: bookkeeping.delete_entry(books, entry))
        return {"deleted": entry}

    def accounts(self, _body, division):
        return self._read(division, lambda books: {
            "accounts": [_visible(row) for row in books.rows("Accounts", order="Code")]})

    def open_items(self, _body, division):
        return self._read(division, lambda books: {
            "open_items": [_visible(row) for row in bookkeeping.open_items(books)]})

    def terms(self, _body, division):
        return self._read(division, lambda books: {
            "terms": [_visible(row) for row in books.rows("PaymentTerms")]})

    def balances(self, _body, division):
        def work(books):
            totals = {}
            for line in books.rows("TransactionLines"):
                code = line["GLAccountCode"]
                totals[code or "(none)"] = totals.get(code or "(none)", 0) + line["AmountDC"]
            return {"balances": totals}
        return self._read(division, work)

    def pay(self, body, division):
        known = {"account", "amount", "date", "journal", "rate", "single_line", "description"}
        unknown = set(body) - known - {"documents"}
        if unknown:
            raise ValueError(f"A payment has no '{sorted(unknown)[0]}'.")
        documents = [(each["entry"], each.get("amount")) for each in body.pop("documents", [])]
        return {"entry": self._write(
            division, lambda books: bookkeeping.pay(books, documents, **body))}

    def refund(self, body, division):
        return {"entry": self._write(division, lambda books: bookkeeping.refund(
            books, body["entry"], amount=body.get("amount"), date=body.get("date"),
            journal=body.get("journal")))}

    def match(self, body, division):
        return self._match(body, division, body["entry"], body["with"])

    def credit(self, body, division):
        return self._match(body, division, body["invoice"], body["credit_note"])

    def _match(self, body, division, entry, other):
        return {"match": self._write(division, lambda books: bookkeeping.match(
            books, entry, other, amount=body.get("amount"), date=body.get("date")))}

    def move_payment(self, body, division):
        return {"match": self._write(division, lambda books: bookkeeping.move(
            books, body["payment"], body["from"], body["to"], amount=body.get("amount"),
            date=body.get("date")))}

    def select_batch(self, body, division):
        return {"batch": self._write(
            division, lambda books: batches.select(books, body["entries"]))}

    def send_batch(self, _body, division, batch):
        self._write(division, lambda books: batches.send(books, batch))
        return {"sent": batch}

    def cancel_batch(self, _body, division, batch):
        self._write(division, lambda books: batches.cancel(books, batch))
        return {"cancelled": batch}

    def book_batch(self, body, division, batch):
        return {"entry": self._write(division, lambda books: batches.book(
            books, batch, date=body.get("date"), journal=body.get("journal")))}

    def write_off(self, body, division):
        return {"entry": self._write(division, lambda books: bookkeeping.write_off(
            books, body["entry"], amount=body.get("amount"), vat=body.get("vat_code"),
            date=body.get("date")))}

    def exchange_difference(self, body, division):
        return {"entry": self._write(division, lambda books: bookkeeping.exchange_difference(
            books, body["entry"], amount=body.get("amount"), date=body.get("date")))}

    def unmatch(self, body, division):
        return {"undone": self._write(
            division, lambda books: bookkeeping.unmatch(
                books, body["entry"], body.get("with")))}

    def process(self, body, division):
        self._write(division, lambda books: bookkeeping.process(books, body["entry"]))
        return {"processed": body["entry"]}

    def reject(self, body, division):
        self._write(division, lambda books: bookkeeping.reject(books, body["entry"]))
        return {"rejected": body["entry"]}

    def close_period(self, body, division):
        return self._set_period(body, division, False)

    def open_period(self, body, division):
        return self._set_period(body, division, True)

    def _set_period(self, body, division, is_open):
        return {"changed": self._write(division, lambda books: bookkeeping.set_period(
            books, is_open=is_open, year=body["year"], period=body.get("period"),
            journal=body.get("journal")))}

    def block(self, body, division):
        return self._set_blocked(body, division, True)

    def unblock(self, body, division):
        return self._set_blocked(body, division, False)

    def _set_blocked(self, body, division, is_blocked):
        self._write(division, lambda books: bookkeeping.set_blocked(
            books, body["kind"], body["code"], is_blocked))
        return {"blocked": is_blocked}

    def add_vat_code(self, body, division):
        self._write(division, lambda books: bookkeeping.add_vat_code(
            books, body["code"], body["like"], Decimal(str(body["percentage"]))))
        return {"added": body["code"]}

    def move(self, _body, division):
        self._write(division, lambda books: books.restart_timestamps())
        return {"moved": division}


def entry_in_full(books, transaction):
    """One entry with everything that hangs on it, as plain JSON values."""
    entry_id = transaction["EntryID"]
    table = ledger.header_table(books, entry_id)
    header = books.row(table, entry_id) if table else transaction
    document = books.row("Documents", transaction["Document"])
    return {
        "entry_id": entry_id, "kind": table, "type": transaction["Type"],
        "header": _visible(header),
        "lines": [_visible(row) for row in books.rows(
            ledger.ENTRY_TABLES[table], EntryID=entry_id, order="LineNumber")] if table else [],
        "ledger_lines": [_visible(row) for row in books.rows(
            "TransactionLines", EntryID=entry_id, order="LineNumber")],
        "terms": [_visible(row) for row in books.rows(
            "PaymentTerms", TransactionEntryID=entry_id)],
        "document": document and _visible(document),
        "attachments": [
            {"id": row["ID"], "file_name": row["FileName"], "size": len(row["Attachment"]),
             "sha256": hashlib.sha256(row["Attachment"]).hexdigest()}
            for row in books.rows("DocumentAttachments", Document=document["ID"])
        ] if document else [],
    }


def _books(connection, division):
    books = Books(connection, Settings(connection), division)
    if books.company is None:
        raise ValueError(f"There is no administration {division}.")
    return books


def _visible(row):
    return {name: value for name, value in row.items()
            if not name.startswith("_") and value is not None}


def _count(connection, table, division):
    return connection.execute(
        f'SELECT COUNT(*) FROM "{table}" WHERE _division = ?', (division,)).fetchone()[0]


def _is_local(address):
    if not address:
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _plain(value):
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _json(document, status=200):
    return Response(json.dumps(document, default=_plain), status, mimetype="application/json")
