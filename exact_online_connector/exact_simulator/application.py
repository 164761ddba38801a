# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The WSGI application: which part of the simulator answers which path, and the traffic log."""

import json
import time

from werkzeug.wrappers import Request, Response

from . import attachments, faults, oauth, seeds, wire
from .api import Api
from .control import Control
from .errors import ConnectionCut
from .pages.site import Pages
from .store import Settings, Store, complete_tables, create_tables, is_empty
from .traffic import TrafficLog, redacted
from .webhooks import Courier


class Simulator:
    """A stand-in for Exact Online. See create_app for the arguments."""

    def __init__(self, database, seed_names=("be",), *, auto_consent=False, limits=True,
                 traffic_log=None):
        self.store = Store(database)
        self._seed_names = tuple(seed_names)
        self._auto_consent = auto_consent
        self._traffic = TrafficLog(traffic_log) if traffic_log else None
        self._open_books()
        courier = Courier()
        self._api = Api(self.store, enforce_limits=limits, courier=courier)
        self._control = Control(self.store, limits, self.seed, courier)
        self._pages = Pages(self.store, courier)

    def _open_books(self):
        """Seed an empty database; a filled one keeps its content."""
        with self.store.writing() as connection:
            if is_empty(connection):
                self.seed(connection)
            else:
                complete_tables(connection)

    def seed(self, connection, names=None):
        """Drop everything and plant the seeds."""
        create_tables(connection)
        seeds.plant(connection, names or self._seed_names)

    def __call__(self, environ, start_response):
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request):
        path = request.path
        if path.startswith(("/api/", "/docs/SysAttachment")):
            return self._observed(request)
        if path == "/simulator" or path.startswith("/simulator/"):
            return self._control.answer(request)
        return self._pages.answer(request)

    def _observed(self, request):
        """What a client of Exact asks: struck by faults, and logged however it ends."""
        body = _body_for_log(request) if self._traffic else None
        status = None
        try:
            response = self._with_faults(request)
            status = response.status_code
            return response
        finally:
            self._note(request, body, status)

    def _with_faults(self, request):
        struck = faults.strike_request(self.store, request.method, request.path)
        if "delay" in struck:
            time.sleep(struck["delay"].get("seconds", 1))
        if "cut_before_commit" in struck:
            raise ConnectionCut("The connection was cut before anything was stored.")
        if "status" in struck:
            return _given_answer(struck["status"])
        response = self._handled(request, struck)
        if "cut_after_commit" in struck:
            raise ConnectionCut("The connection was cut after everything was stored.")
        if "wrong_json" in struck:
            text = response.get_data()
            response.set_data(text[: len(text) // 2])
        return response

    def _handled(self, request, struck):
        path = request.path
        if path.startswith("/api/v1/"):
            return _rendered(request, self._api.answer(
                request, request.root_url.rstrip("/"), set(struck)))
        if path == "/api/oauth2/token":
            return _json(*oauth.token(request, self.store))
        if path == "/api/oauth2/auth":
            return oauth.authorize(request, self.store, self._auto_consent)
        if path == "/docs/SysAttachment.aspx":
            return attachments.download(request, self.store)
        return Response("Not found.", 404)

    def _note(self, request, body, status):
        if self._traffic is None:
            return
        with self.store.reading() as connection:
            at = Settings(connection).now().isoformat(timespec="milliseconds")
        self._traffic.note(
            method=request.method, path=request.path,
            query=_redacted_query(request), body=body, status=status, at=at,
            expected_refusal=request.headers.get("X-Expected-Refusal", "").lower() == "true",
        )


def _given_answer(fault):
    """The answer that a fault prescribes."""
    body = fault.get("body", "")
    headers = {str(name): str(value) for name, value in fault.get("headers", {}).items()}
    kind = headers.pop("Content-Type", None)
    if not isinstance(body, str):
        body, kind = json.dumps(body), kind or "application/json"
    if kind is None:
        kind = "text/html" if body.lstrip().startswith("<") else "text/plain"
    response = Response(body, fault.get("status", 500))
    response.headers["Content-Type"] = kind
    response.headers.extend(headers)
    return response


def _redacted_query(request):
    text = request.query_string.decode("utf-8", "replace")
    return "<redacted>" if "/oauth2/" in request.path and "code=" in text else text


def _body_for_log(request):
    if request.mimetype == "application/x-www-form-urlencoded":
        return redacted(request.form) or None
    data = request.get_data()
    if not data:
        return None
    if request.path.startswith("/api/oauth2/"):
        return "<redacted>"
    try:
        return json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")


def _rendered(request, answer):
    """An Answer as JSON, or as Atom when the client did not ask for JSON."""
    if answer.document is None:
        response = Response(answer.text or "", answer.status, content_type="text/plain")
        if answer.status == 204:
            del response.headers["Content-Type"]
    elif "json" in request.headers.get("Accept", ""):
        response = _json(answer.document, answer.status, {})
    else:
        text = wire.atom(answer.document, request.path.rsplit("/", 1)[-1])
        response = Response(text, answer.status, content_type="application/atom+xml; charset=utf-8")
    response.autocorrect_location_header = False
    response.headers.extend(answer.headers)
    return response


def _json(document, status, headers):
    response = Response(json.dumps(document), status,
                        content_type="application/json; charset=utf-8")
    response.headers.extend(headers)
    return response
