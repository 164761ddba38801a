# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""/docs/SysAttachment.aspx: the bytes of an attachment (facts.md 4.8)."""

import mimetypes
import urllib.parse

from werkzeug.wrappers import Response

from . import oauth
from .errors import ApiError
from .store import Settings


def download(request, store):
    """The file for the bearer of a valid token; 401 without one, 404 for an unknown ID."""
    with store.reading() as connection:
        try:
            oauth.client_of(connection, Settings(connection).now(),
                            request.headers.get("Authorization"))
        except ApiError as refusal:
            return Response(refusal.text, refusal.status, refusal.headers)
        division = request.args.get("_Division_", "")
        found = read(connection, division, request.args.get("ID", ""))
    if found is None:
        return Response("Attachment not found.", 404)
    return response(*found, as_download=request.args.get("Download") == "1")


def read(connection, division, key):
    """(file name, bytes) or None."""
    return connection.execute(
        'SELECT "FileName", "Attachment" FROM "DocumentAttachments" WHERE _division = ?'
        ' AND "ID" = ?', (division, key.strip("{}").lower()),
    ).fetchone()


def response(name, content, *, as_download):
    """A file to open or to download."""
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if not as_download and kind != "application/pdf":
        kind = "application/octet-stream"
    way = "attachment" if as_download else "inline"
    quoted = urllib.parse.quote(name)
    return Response(content, content_type=kind, headers={
        "Content-Disposition": f"{way}; filename*=UTF-8''{quoted}",
        "X-Content-Type-Options": "nosniff"})
