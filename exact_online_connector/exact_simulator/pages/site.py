# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which page answers which address, and what a form does before it returns to its page."""

import pathlib
import urllib.parse

from markupsafe import escape
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from .. import attachments
from ..books import Books
from ..store import Settings
from ..webhooks import deliveries
from . import administration, general
from .layout import frame

_STYLE = pathlib.Path(__file__).parent.parent / "static" / "simulator.css"
_A = "/administration/<int:division>"
# Address, page; the pages get the books (or None) and what the address holds.
_PAGES = (
    ("/", general.administrations),
    ("/switches", general.switch_page),
    ("/faults", general.fault_page),
    ("/clock", general.clock_page),
    (_A, administration.overview),
    (f"{_A}/relations", administration.relations),
    (f"{_A}/relations/<key>", administration.relation),
    (f"{_A}/entries", administration.entries),
    (f"{_A}/entries/<key>", administration.entry),
    (f"{_A}/documents/<key>", administration.document),
    (f"{_A}/open-items", administration.open_items),
    (f"{_A}/bank", administration.bank),
    (f"{_A}/periods", administration.periods_page),
)
_ACTIONS = {
    "/switches": general.set_switches,
    "/faults": general.change_faults,
    "/clock": general.move_clock,
    f"{_A}/entries/<key>": administration.act_on_entry,
    f"{_A}/bank": administration.book_payment,
    f"{_A}/periods": administration.set_period,
}


class Pages:
    """Answers what is neither API nor control."""

    def __init__(self, store, courier):
        self._store, self._courier = store, courier
        rules = [Rule(path, endpoint=("show", page), methods=["GET"]) for path, page in _PAGES]
        rules += [Rule(path, endpoint=("act", action), methods=["POST"])
                  for path, action in _ACTIONS.items()]
        rules += [
            Rule("/static/simulator.css", endpoint=("style", None)),
            Rule(f"{_A}/attachments/<key>", endpoint=("file", None)),
            Rule("/docs/DocViewContent.aspx", endpoint=("deep", "documents/{ID}")),
            Rule("/docs/CRMAccountCard.aspx", endpoint=("deep", "relations/{AccountID}")),
        ]
        self._map = Map(rules, strict_slashes=False)

    def answer(self, request):
        """The Response to a person's browser."""
        try:
            (kind, target), arguments = self._map.bind_to_environ(request.environ).match()
            return getattr(self, f"_{kind}")(request, target, **arguments)
        except HTTPException as error:
            return self._error(request, error)

    def _show(self, request, page, division=None, **arguments):
        with self._store.reading() as connection:
            settings = Settings(connection)
            books = _books(connection, settings, division)
            root = request.script_root
            content = page(books, request, root, **arguments)
            text = frame(
                root=root, menu=_menu(root, request.path, books), clock=settings.now(),
                message=request.args.get("message"), error=request.args.get("error"), **content)
        return Response(text, mimetype="text/html")

    def _act(self, request, action, division=None, **arguments):
        if _comes_from_elsewhere(request):
            return Response("This form belongs to another site.", 403)
        note, address = {}, request.script_root + request.path
        try:
            with self._store.writing() as connection:
                books = _books(connection, Settings(connection), division)
                note["message"], target = action(books, request.form, **arguments)
                parcels = deliveries(books, request.root_url.rstrip("/"))
            self._courier.send(parcels)
            if target:
                address = f"{request.script_root}/administration/{division}/{target}"
        except ValueError as error:
            note = {"error": str(error)}
        return redirect(f"{address}?{urllib.parse.urlencode(note)}", 303)

    def _style(self, _request, _target):
        return Response(_STYLE.read_bytes(), mimetype="text/css")

    def _file(self, request, _target, division, key):
        with self._store.reading() as connection:
            found = attachments.read(connection, division, key)
        if found is None:
            raise NotFound("There is no such attachment.")
        return attachments.response(*found, as_download=request.args.get("download") == "1")

    def _deep(self, request, target):
        """Exact's own addresses of a document or a relation."""
        values = {name: value.strip("{}").lower() for name, value in request.args.items()}
        try:
            path = f"/administration/{int(values['_Division_'])}/{target.format(**values)}"
        except (KeyError, ValueError):
            raise NotFound("This address is incomplete.") from None
        return redirect(request.script_root + path)

    def _error(self, request, error):
        text = frame(root=request.script_root, title=error.name, lead=error.description,
                     body=escape(""), menu=_menu(request.script_root, request.path, None),
                     clock=self._now())
        return Response(text, error.code, mimetype="text/html")

    def _now(self):
        with self._store.reading() as connection:
            return Settings(connection).now()


def _books(connection, settings, division):
    books = Books(connection, settings, division)
    if division is not None and books.company is None:
        raise NotFound(f"There is no administration {division}.")
    return books


def _menu(root, path, books):
    if books is None or books.division is None:
        pages = (("Administrations", "/"), ("Switches", "/switches"), ("Faults", "/faults"),
                 ("Clock", "/clock"))
    else:
        base = f"/administration/{books.division}"
        pages = (("Overview", base), ("Relations", f"{base}/relations"),
                 ("Bookings", f"{base}/entries"), ("Open items", f"{base}/open-items"),
                 ("Bank", f"{base}/bank"), ("Periods", f"{base}/periods"),
                 ("All administrations", "/"))
    return [(label, root + address, path.rstrip("/") == address.rstrip("/"))
            for label, address in pages]


def _comes_from_elsewhere(request):
    origin = request.headers.get("Origin")
    return bool(origin) and urllib.parse.urlsplit(origin).netloc != request.host
