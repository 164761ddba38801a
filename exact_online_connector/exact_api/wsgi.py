# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Calls to a WSGI application inside this process, such as the simulator within Odoo."""

import io
import sys
import time
from urllib.parse import unquote_to_bytes, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse


def in_process_session(base_url, app, script_name=""):
    """A session whose calls below `base_url` go to a WSGI app; see :class:`WsgiAdapter`. It has no
    other way out: a call to anywhere else fails."""
    session = requests.Session()
    session.adapters.clear()
    session.mount(base_url, WsgiAdapter(app, script_name))
    return session


class WsgiAdapter(HTTPAdapter):
    """Adapter that calls a WSGI app directly: `session.mount(base_url, WsgiAdapter(app))`.

    script_name: the path of base_url, when it has one: the app sees only what follows it
    An exception out of the app whose class is named ConnectionCut becomes
    requests.ConnectionError, as if the socket had closed without an answer; an answer that takes
    longer than the timeout becomes requests.ReadTimeout.
    """

    def __init__(self, app, script_name=""):
        super().__init__(max_retries=0)
        self._app = app
        self._script_name = script_name.rstrip("/")

    def send(self, request, stream=False, timeout=None, verify=True, cert=None, proxies=None):
        """The app's answer as a requests.Response. `timeout` is a number of seconds or None."""
        start = time.monotonic()
        try:
            raw = _run(self._app, self._environ(request))
        except Exception as error:
            if type(error).__name__ != "ConnectionCut":
                raise
            raise requests.ConnectionError(str(error), request=request) from error
        if timeout is not None and time.monotonic() - start > timeout:
            raise requests.ReadTimeout(f"No answer within {timeout:g} s.", request=request)
        response = self.build_response(request, raw)
        if not stream:
            response.content  # noqa: B018  (reads the body, as HTTPAdapter would)
        return response

    def _environ(self, request):
        parts = urlsplit(request.url)
        path = unquote_to_bytes(parts.path.removeprefix(self._script_name))
        body = request.body or b""
        body = body.encode() if isinstance(body, str) else body
        return {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": self._script_name,
            # WSGI wants the decoded bytes of the path in a str of latin-1.
            "PATH_INFO": path.decode("latin-1"),
            "QUERY_STRING": parts.query,
            "SERVER_NAME": parts.hostname,
            "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": parts.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **_header_variables(request.headers, parts.netloc, len(body)),
        }


def _header_variables(headers, host, length):
    variables = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    variables["CONTENT_TYPE"] = variables.pop("HTTP_CONTENT_TYPE", "")
    variables.pop("HTTP_CONTENT_LENGTH", None)
    variables["CONTENT_LENGTH"] = str(length)
    return {"HTTP_HOST": host, **variables}


def _run(app, environ):
    """Run the app to its end; return urllib3's response, as HTTPAdapter gets it from a socket."""
    started, written = [], io.BytesIO()

    def start_response(status, headers, exc_info=None):
        started[:] = [int(status.split()[0]), headers]
        return written.write

    chunks = app(environ, start_response)
    try:
        for chunk in chunks:
            written.write(chunk)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = started
    return HTTPResponse(
        body=io.BytesIO(written.getvalue()),
        headers=headers,
        status=status,
        preload_content=False,
    )
