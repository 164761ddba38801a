# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One HTTP request and its answer. Never repeated, no redirect followed: a second request could
book twice, and a redirect could carry a token elsewhere."""

import math
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from .bounds import PACKING, BoundedAdapter, OutOfBounds, unpacked
from .errors import trouble

_CHUNK = 64 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back: HTTP status, headers (case-insensitive) and the whole body (bytes)."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self):
        """The body as text, for eyes and logs."""
        return self.body.decode("utf-8-sig", errors="replace")


def exchange(session, method, url, *, data, headers, auth, timeout, write):
    """Send one request and read its Answer.

    timeout: seconds of each wait; a single number, since Odoo's test harness compares it with one.
        The whole answer has LONGEST_ANSWER seconds and LARGEST_ANSWER bytes.
    write: whether a request that was sent but not answered may have changed something
    Raises TemporarilyUnavailable when nothing can have been carried out, else OutcomeUnknown.
    """
    request, settings = _prepared(session, method, url, data, headers, auth)
    host = urlsplit(url).netloc
    response = None
    try:
        with session.send(request, timeout=timeout, allow_redirects=False, **settings) as response:
            return Answer(response.status_code, response.headers, _read(response))
    except OutOfBounds as error:
        status = None if response is None else response.status_code
        raise trouble(str(error), write=write, status=status) from error
    except (requests.RequestException, HTTPError) as error:  # older requests let HTTPError through
        if _never_sent(error):
            raise trouble(f"No connection to {host} could be made.", write=False) from error
        if isinstance(error, requests.Timeout):
            raise trouble(f"{host} did not answer within {timeout:g} s.", write=write) from error
        raise trouble(f"The connection to {host} broke.", write=write) from error


def _prepared(session, method, url, data, headers, auth):
    """The request and its settings (proxies, certificates). A step of its own, since requests
    raises the same classes for a request it cannot send and for an answer it cannot read."""
    headers = {"Accept-Encoding": PACKING, **headers}
    request = requests.Request(method, url, data=data, headers=headers, auth=auth)
    try:
        prepared = session.prepare_request(request)
        settings = session.merge_environment_settings(prepared.url, {}, True, None, None)
    except requests.RequestException as error:
        raise trouble(f"The request cannot be sent: {error}", write=False) from error
    prepared.register_hook("response", _ignore_redirect)
    return prepared, settings


def _ignore_redirect(response, **_settings):
    # requests works out the next request even when it may not follow, and fails on odd addresses.
    response.headers.pop("Location", None)


def _read(response):
    pieces = response.raw.stream(_CHUNK, decode_content=False)
    body = unpacked(pieces, response.headers.get("Content-Encoding", ""))
    if not _is_whole(response):
        raise requests.ConnectionError("The answer is shorter or longer than it says.")
    return body


def _is_whole(response):
    # urllib3 before version 2 takes a cut-off answer for a whole one.
    length = response.headers.get("Content-Length")
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    return length is None or chunked or length.strip() == str(response.raw.tell())


def _never_sent(error):
    """Whether the request failed before its first byte left: no address, no connection or no
    trusted certificate."""
    before = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)
    return any(isinstance(cause, before) for cause in _causes(error))


def _causes(error):
    yield error
    inner = (*error.args, getattr(error, "reason", None), getattr(error, "original_error", None))
    for cause in inner:
        if isinstance(cause, BaseException):
            yield from _causes(cause)


def check_timeout(timeout):
    """The timeout, refused unless it is a positive number of seconds."""
    number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    if not number or not 0 < timeout < math.inf:
        raise ValueError(f"The timeout must be a positive number of seconds, not {timeout!r}.")
    return timeout


def new_session(session=None):
    """The session to send with. A given one is refused when it would repeat requests by itself;
    how much of an answer it reads from the network is for its adapters to bound."""
    if session is None:
        session, bounded = requests.Session(), BoundedAdapter()
        session.mount("https://", bounded)
        session.mount("http://", bounded)
    for prefix, adapter in session.adapters.items():
        retries = getattr(adapter, "max_retries", None)
        if retries is not None and retries.total:
            raise ValueError(f"The session repeats failed calls to {prefix}: set max_retries=0.")
    return session
