# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A small threaded HTTP/1.1 server with keep-alive that can also cut a connection."""

import http.server
import io
import socket
import traceback
import urllib.parse

from .errors import ConnectionCut


class Server(http.server.ThreadingHTTPServer):
    """Serves one WSGI application on 127.0.0.1; port 0 picks a free one."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port, application):
        super().__init__(("127.0.0.1", port), _Handler)
        self.application = application

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def _serve(self):
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            self.send_error(411, "Send a Content-Length.")
            self.close_connection = True
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = {}

        def start_response(status, headers, _exc_info=None):
            reply["status"], reply["headers"] = status, headers

        try:
            chunks = self.server.application(self._environ(body), start_response)
            content = b"".join(chunks)
        except ConnectionCut:
            self._cut()
            return
        except Exception:
            traceback.print_exc()
            self._send("500 Internal Server Error", [("Content-Type", "text/plain")],
                       b"The simulator itself failed; its terminal shows where.")
            return
        self._send(reply["status"], reply["headers"], content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = _serve

    def _environ(self, body):
        path, _, query = self.path.partition("?")
        environ = {
            "REQUEST_METHOD": self.command, "SCRIPT_NAME": "", "QUERY_STRING": query,
            "PATH_INFO": urllib.parse.unquote(path, "iso-8859-1"),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": "127.0.0.1", "SERVER_PORT": str(self.server.server_port),
            "SERVER_PROTOCOL": self.request_version, "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(), "wsgi.multithread": True, "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                environ[f"HTTP_{key}"] = value
        return environ

    def _send(self, status, headers, content):
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        if int(code) != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.wfile.flush()

    def _cut(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_arguments):
        """No access log; --traffic-log keeps one."""
