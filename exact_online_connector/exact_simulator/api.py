# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The REST API: from a request to an answer, through every gate that Exact has."""

import re
from dataclasses import dataclass, field

from . import limits, lists, oauth, schema, wire
from .books import USER_ID, USER_NAME, Books
from .clock import milliseconds, parse_moment
from .errors import (
    ApiError,
    Forbidden,
    Malformed,
    NotFound,
    NotOffered,
)
from .odata import Query, literals, parse_query
from .reading import Reader, child_of, entity_document
from .resources import WRITERS
from .store import Settings
from .switches import DEFAULTS
from .webhooks import deliveries
from .writing import accepted

_PATH = re.compile(r"/api/v1/(?:(?P<division>\d+)/|(?=current/))(?P<rest>.+)$")
_REST = re.compile(
    r"(?P<resource>[A-Za-z/]+?)(?:\((?P<key>.*)\)(?:/(?P<child>[A-Za-z]+))?)?(?P<count>/\$count)?/?$"
)
_DAMAGES = {"drop_gl_link", "lose_line", "change_vat", "change_rate", "lose_document_link"}
# What a licence may lack, and the resources that then answer 403 (administration-defaults.md 8).
MODULES = {
    "cost_analysis": ("hrm/Costcenters", "hrm/Costunits"),
    "invoicing": ("salesinvoice/", "bulk/SalesInvoice/", "sync/SalesInvoice/"),
    "trade": ("salesorder/", "purchaseorder/", "inventory/", "sync/SalesOrder/",
              "sync/PurchaseOrder/", "sync/Inventory/", "read/logistics/"),
    "project": ("project/", "sync/Project/"),
}


@dataclass
class Target:
    """What the path of a request names."""

    division: int
    resource: schema.Resource
    key: str | None = None
    child: str | None = None
    count: bool = False


@dataclass
class Answer:
    """What goes back: a document (JSON or Atom), a text, or nothing."""

    status: int
    document: dict | None = None
    text: str | None = None
    headers: dict = field(default_factory=dict)


class Api:
    """Answers requests below /api/v1/."""

    def __init__(self, store, *, enforce_limits, courier):
        self._store = store
        self._enforce_limits = enforce_limits
        self._courier = courier

    def answer(self, request, root, effects=()):
        """Pass the gates, then do the work; every refusal becomes an Answer and is counted.

        `effects` are the faults that strike this request.
        """
        gate = _Gate(self._store, request, self._enforce_limits)
        try:
            gate.authenticate()
            gate.find_target()
            if "no_division_access" in effects:
                raise Forbidden("Forbidden", "NoDivisionAccess")
            gate.enter_division()
            gate.count()
            answer = self._work(gate.target, request, root, _DAMAGES & set(effects))
        except _Exhausted as exhausted:
            return Answer(429, text="", headers=exhausted.headers)
        except ApiError as refusal:
            gate.note_error(refusal.status)
            answer = Answer(refusal.status, wire.envelope(refusal.text), headers=refusal.headers)
        answer.headers = gate.headers | answer.headers
        return answer

    def _work(self, target, request, root, damage):
        transaction = self._store.reading if request.method == "GET" else self._store.writing
        with transaction() as connection:
            books = Books(connection, Settings(connection), target.division)
            books.damage = damage
            answer = _perform(books, target, request, root)
            parcels = deliveries(books, root) if books.events else []
        self._courier.send(parcels)
        return answer


class _Exhausted(Exception):
    def __init__(self, headers):
        super().__init__("The rate limit is exhausted.")
        self.headers = headers


class _Gate:
    """Token, division, licence, budget and error velocity of one request."""

    def __init__(self, store, request, enforce_limits):
        self._store, self._request = store, request
        self._enforce_limits = enforce_limits
        self._client = None
        self.target = None
        self.headers = {}

    def authenticate(self):
        with self._store.reading() as connection:
            self._settings = Settings(connection)
            self._now = self._settings.now()
            try:
                self._client = oauth.client_of(
                    connection, self._now, self._request.headers.get("Authorization"))
            except ApiError as refusal:
                self._client = getattr(refusal, "client", None)
                if self._client:
                    # An expired token counts as an error of the endpoint that was asked.
                    self.find_target()
                raise

    @property
    def _endpoint(self):
        return self.target.resource.name if self.target else self._request.path

    def find_target(self):
        self.target = parse_path(self._request.path)

    def enter_division(self):
        target = self.target
        with self._store.reading() as connection:
            until = limits.blocked_until(
                connection, self._now, self._client, target.division, self._endpoint)
            row = connection.execute(
                'SELECT _missing_modules, "BlockingStatus" FROM "Divisions" WHERE "Code" = ?',
                (target.division,),
            ).fetchone()
        if until:
            raise ApiError("API rate limit exceeded after many errors",
                           status=int(self._switch("velocity_status")))
        if target.division and row is None:
            raise Forbidden("Division not accessible", "NoDivisionAccess")
        if row and row[1]:
            raise Forbidden("Forbidden", "DivisionBlocked")
        if row and row[0]:
            self._check_licence(row[0].split(","))
        if target.resource.name in self._settings.get("forbidden_resources", []):
            raise Forbidden("Forbidden - Application Scope Violated. Cannot read "
                            f"{target.resource.scope}.")

    def _check_licence(self, missing):
        name = self.target.resource.name
        if not any(name.startswith(prefix) for module in missing for prefix in MODULES[module]):
            return
        rule = self._switch("missing_module")
        if rule == "empty" and self._request.method == "GET":
            return
        raise Forbidden("Forbidden", "LicenseExpired" if rule == "licence" else None)

    def count(self):
        configured = self._settings.get("limits", {})
        if not configured.get("enabled", self._enforce_limits):
            self.headers = limits.unenforced(self._now)
            return
        budget = limits.DOCUMENTED | {
            span: configured[span] for span in ("minute", "day") if span in configured}
        with self._store.writing() as connection:
            self.headers, exhausted = limits.count_call(
                connection, self._now, self._client, self.target.division, budget)
        if exhausted:
            silent = self._switch("limit_headers_on_429") == "none"
            raise _Exhausted({} if silent else exhausted.headers)

    def note_error(self, status):
        """Count an error answer for the velocity rule (not those of a blocked endpoint)."""
        if self._client is None or status not in limits.COUNTED_ERRORS:
            return
        if self._switch("error_velocity") == "off":
            return
        division = self.target.division if self.target else 0
        with self._store.writing() as connection:
            if not limits.blocked_until(
                    connection, self._now, self._client, division, self._endpoint):
                limits.count_error(connection, self._now, self._client, division, self._endpoint)

    def _switch(self, name):
        return self._settings.get("switches", {}).get(name, DEFAULTS[name])


def parse_path(path):
    """What a path names; NotFound when Exact has no such resource."""
    outer = _PATH.match(path)
    inner = _REST.match(outer["rest"]) if outer else None
    if inner is None:
        raise NotFound("Resource not found.")
    name = inner["resource"]
    resource = schema.RESOURCES.get(name) or schema.find(name)
    if resource is None:
        raise NotFound(f"Resource not found for the segment '{name.split('/')[-1]}'.")
    return Target(int(outer["division"] or 0), resource, inner["key"], inner["child"],
                  bool(inner["count"]))


def _perform(books, target, request, root):
    resource = target.resource
    if resource.table == "Me":
        return Answer(200, _me(books, resource, request, root))
    if request.method not in resource.methods:
        raise NotOffered(f"The method '{request.method}' is not offered by {resource.name}.")
    if request.method == "GET":
        return _get(books, target, request, root)
    if request.method == "POST":
        return _post(books, target, request, root)
    return _put_or_delete(books, target, request, root)


def _get(books, target, request, root):
    resource = lists.shown(books, target.resource)
    if resource.entity == "SyncTimestamp":
        return Answer(200, _sync_timestamp(books, target, request))
    if target.child:
        child, column = child_of(resource, target.child)
        child = lists.shown(books, child)
        key = literals(target.key)[0][1].value
        query = parse_query(_query_string(request), child)
        return Answer(200, Reader(books, child, query, root).below(column, key).list())
    query = parse_query(_query_string(request), resource)
    reader = Reader(books, resource, query, root)
    if resource.entity.endswith("ByAccount") or resource.entity == "DefaultAddressForAccount":
        _narrow_to_account(reader, resource, query)
    if _is_unlicensed(books, resource):
        reader.below("_division", -1)
    if target.count:
        return Answer(200, text=str(reader.count()))
    if target.key is not None:
        return Answer(200, reader.one(target.key))
    _check_filter(books, resource, query)
    return Answer(200, reader.list())


def _check_filter(books, resource, query):
    """Refuse a whole list of what a sync resource offers, where the switch says so (facts.md 2)."""
    if books.switch("filter_where_sync") == "optional" or query.filter or resource.is_sync:
        return
    if resource.table in schema.SYNCED_TABLES:
        raise Malformed("Please add a $filter to the query string.")


def _narrow_to_account(reader, resource, query):
    """Functions with a parameter accountId=guid'…'."""
    text = query.plain.get("accountId")
    if text:
        column = "Account" if resource.entity.startswith("Default") else "AccountId"
        reader.below(column, literals(text)[0][1].value)


def _is_unlicensed(books, resource):
    """With the switch on "empty", a module that the licence lacks reads as an empty list."""
    missing = (books.company or {}).get("_missing_modules") or ""
    return any(resource.name.startswith(prefix)
               for module in missing.split(",") if module for prefix in MODULES[module])


def _query_string(request):
    return request.query_string.decode("utf-8", "replace")


def _post(books, target, request, root):
    resource = target.resource
    if target.key is not None:
        raise Malformed("Bad Request - Error in query syntax.")
    body = wire.parse_body(request.get_data())
    values = accepted(books, resource, body, creating=True)
    writer = WRITERS[resource.name]
    key = writer.create(books, values)
    status = int(books.switch("post_status"))
    expand = ()
    if books.switch("post_reply_lines") == "expanded":
        expand = [name for name, each in resource.fields.items() if each.type == "List"]
    document = entity_document(books, resource, key, root, expand)
    is_full = not writer.replies_id_only or books.switch("accounts_post_reply") == "full"
    if not (is_full or _wants_representation(books, request)):
        document = {"d": {name: value if name in ("__metadata", resource.key) else None
                          for name, value in document["d"].items()}}
    return Answer(status, document, headers={"Location": document["d"]["__metadata"]["uri"]})


def _wants_representation(books, request):
    return (books.switch("prefer_representation") == "on"
            and "return=representation" in request.headers.get("Prefer", ""))


def _put_or_delete(books, target, request, root):
    resource = target.resource
    if target.key is None:
        raise Malformed("Bad Request - Error in query syntax.")
    document = Reader(books, resource, Query(), root).one(target.key)
    row = books.row(resource.table, document["d"][resource.key])
    writer = WRITERS[resource.name]
    if request.method == "DELETE":
        writer.remove(books, row)
        return Answer(204, text="")
    body = wire.parse_body(request.get_data())
    values = accepted(books, resource, body, creating=False)
    values.pop(resource.key, None)
    writer.change(books, row, values)
    if _wants_representation(books, request):
        return Answer(200, entity_document(books, resource, row[resource.key], root))
    return Answer(204, text="")


def _me(books, resource, request, root):
    if request.method != "GET":
        raise NotOffered("The method is not offered.")
    query = parse_query(_query_string(request), resource)
    division = books.settings.get("current_division")
    language = books.switch("language")
    first, last = USER_NAME.split()
    values = {
        "UserID": USER_ID, "CurrentDivision": division, "AccountingDivision": division,
        "FullName": USER_NAME, "FirstName": first, "LastName": last, "Initials": "S.",
        "UserName": "simone.simulator", "Email": "simone@example.com", "Gender": "V",
        "Language": language.upper(),
        "LanguageCode": {"en": "en-GB", "nl": "nl-NL", "fr": "fr-FR"}[language],
        "Legislation": "1", "ServerTime": f"/Date({milliseconds(books.now)})/",
        "ServerUtcOffset": 1.0, "PackageCode": "EOLAPPCENTER", "IsClientUser": False,
        "IsEmployeeSelfServiceUser": False, "IsMyFirmLiteUser": False, "IsMyFirmPortalUser": False,
        "IsStarterUser": False, "IsOEIMigrationMandatory": False, "DivisionCustomerCode": None,
    }
    entity = {"__metadata": {"uri": f"{root}/api/v1/current/Me(guid'{USER_ID}')",
                             "type": resource.entity_type}}
    entity |= {name: values.get(name) for name in query.select or resource.fields}
    return {"d": {"results": [entity]}}


def _sync_timestamp(books, target, request):
    """The first timestamp at or after a moment: a start cursor for a sync resource."""
    parameters = dict(request.args)
    if target.key:
        parameters |= {name: literal.value for name, literal in literals(target.key)}
    try:
        modified = parameters["modified"]
        if isinstance(modified, str):
            modified = milliseconds(parse_moment(modified.removeprefix("datetime").strip("'")))
        endpoint = parameters["endPoint"].strip("'")
    except (KeyError, ValueError):
        raise Malformed("The parameters 'modified' and 'endPoint' are needed.") from None
    table = "PaymentTerms" if endpoint == "PaymentTerms" else endpoint
    if table not in schema.TABLES or "Modified" not in schema.TABLES[table]:
        raise Malformed(f"'{endpoint}' is no sync end point.")
    (stamp,) = books.connection.execute(
        f'SELECT MIN(_timestamp) FROM "{table}" WHERE _division = ? AND "Modified" >= ?',
        (books.division, modified),
    ).fetchone()
    if stamp is None:
        (stamp,) = books.connection.execute(
            f'SELECT MAX(_timestamp) FROM "{table}" WHERE _division = ?', (books.division,)
        ).fetchone()
    return {"d": {"results": [{"Modified": f"/Date({modified})/", "API": endpoint,
                               "TimeStampAsBigInt": str(stamp or 1)}]}}
