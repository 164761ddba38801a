# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The WSGI application: which part of the simulator answers which path, and the traffic log."""

import json
import sqlite3

from werkzeug.wrappers import Request, Response

from . import attachments, oauth, seeds, wire
from .api import Api
from .control import Control
from .errors import ConnectionCut
from .pages import Pages
from .store import Settings, Store, create_tables, is_empty
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
        self._api = Api(self.store, enforce_limits=limits, courier=Courier())
        self._control = Control(self.store, limits, self.seed)
        self._pages = Pages(self.store)

    def _open_books(self):
        """Seed an empty database; a filled one keeps its content."""
        with self.store.writing() as connection:
            if is_empty(connection):
                self.seed(connection)

    def seed(self, connection, names=None):
        """Drop everything and plant the seeds."""
        create_tables(connection)
        seeds.plant(connection, names or self._seed_names)

    def __call__(self, environ, start_response):
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def _answer(self, request):
        path = request.path
        if path.startswith("/api/v1/"):
            return self._rest(request)
        if path == "/api/oauth2/token":
            return self._token(request)
        if path == "/api/oauth2/auth":
            response = oauth.authorize(request, self.store, self._auto_consent)
            self._note(request, None, response.status_code)
            return response
        if path == "/docs/SysAttachment.aspx":
            response = attachments.download(request, self.store)
            self._note(request, None, response.status_code)
            return response
        if path == "/simulator" or path.startswith("/simulator/"):
            return self._control.answer(request)
        return self._pages.answer(request)

    def _rest(self, request):
        root = request.root_url.rstrip("/")
        body = _body_for_log(request)
        try:
            answer = self._api.answer(request, root)
        except ConnectionCut:
            self._note(request, body, None)
            raise
        except sqlite3.OperationalError as error:
            self._note(request, body, 503)
            return Response(f"The simulator's database is busy: {error}", 503)
        self._note(request, body, answer.status)
        return _rendered(request, answer)

    def _token(self, request):
        document, status, headers = oauth.token(request, self.store)
        self._note(request, redacted(request.form), status)
        return _json(document, status, headers)

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


def _redacted_query(request):
    text = request.query_string.decode("ascii", "replace")
    return "<redacted>" if "/oauth2/" in request.path and "code=" in text else text


def _body_for_log(request):
    data = request.get_data()
    if not data:
        return None
    try:
        return json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")


def _rendered(request, answer):
    """An Answer as JSON, or as Atom when the client did not ask for JSON."""
    if answer.document is None:
        kind = answer.content_type or "text/plain"
        response = Response(answer.text or "", answer.status, content_type=kind)
        if answer.status == 204:
            del response.headers["Content-Type"]
    elif "json" in request.headers.get("Accept", ""):
        response = _json(answer.document, answer.status, {})
        if answer.is_broken:
            text = response.get_data()
            response.set_data(text[: len(text) // 2])
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
