# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The REST API of Exact Online: one class, every call with an explicit division."""

import base64
import logging
import time
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from itertools import islice
from urllib.parse import parse_qs, urljoin, urlsplit

from requests.auth import AuthBase

from . import transport, wire
from .answers import refusal
from .errors import ExactError, NotFound, TemporarilyUnavailable, TokenRefused, storable, trouble
from .limits import Call, MemoryLimits, RateLimits
from .odata import guid_text, int32, int64
from .request import (
    COUNT_SUFFIX,
    Request,
    check_base_url,
    check_network_url,
    division_number,
    record_suffix,
    resource_url,
    same_list,
    same_site,
    selection,
)

ME = (
    "UserID UserName FullName Email Language LanguageCode Legislation CurrentDivision"
    " DivisionCustomer DivisionCustomerCode DivisionCustomerName ServerTime ServerUtcOffset"
).split()
DIVISIONS = (
    "Code Hid Description Country Currency Legislation Status BlockingStatus Current"
    " IsMainDivision IsPracticeDivision IsDossierDivision VATNumber ChamberOfCommerceNumber"
    " Customer CustomerCode CustomerName DivisionMoveDate StartDate ArchiveDate Created Modified"
).split()
_EXCERPT = 500

_logger = logging.getLogger(__name__)


class ExactClient:
    """Calls to one country site with one person's consent.

    base_url: address of the site, such as SITES["nl"].base_url
    access_token: callable without arguments that returns a valid access token, asked before
        each call; what it raises passes through
    session: requests.Session to send with, without retries of its own. Without one, the address
        must be https or on this machine
    timeout: seconds, a single number, for connecting and for each wait on the network
    limits: a limits.Limits; a claim that succeeds is followed by one record
    language: such as "NL" or "FR-BE": the language of descriptions

    Each method raises the classes of errors.py, and ValueError before anything is sent when an
    argument cannot be right. A read never raises OutcomeUnknown. Nothing is ever repeated.
    Amounts come as Decimal or int; a float in a body is refused.
    """

    def __init__(
        self, base_url, access_token, *, session=None, timeout=30.0, limits=None, language=None
    ):
        check = check_network_url if session is None else check_base_url
        self.base_url = check(base_url)
        self._access_token = access_token
        self._session = transport.new_session(session)
        self._timeout = transport.check_timeout(timeout)
        self._limits = MemoryLimits() if limits is None else limits
        self._language = {"CustomDescriptionLanguage": language} if language else {}

    # --- reading ------------------------------------------------------------------------------

    def me(self):
        """The user who gave consent (current/Me). CurrentDivision is only what that user last
        looked at: good to reach `divisions`, never to book in."""
        url = resource_url(self.base_url, None, "current/Me", options={"$select": selection(ME)})
        return _present(self._call(Request("GET", None, "current/Me", url), wire.first))

    def divisions(self, division):
        """The administrations this user may enter; `division` is any one of them, as from `me`.
        Code is the number that every other call needs."""
        return list(self.read(division, "system/Divisions", select=DIVISIONS))

    def read(self, division, resource, *, select, filter=None, orderby=None, top=None):
        """Iterator of the records, page by page, each page one call when it is reached.

        select: names of the properties; filter: text made by odata.py; orderby: such as
        "EntryDate desc"; top: at most this many records
        """
        options = {
            "$select": selection(select),
            "$filter": filter,
            "$orderby": orderby,
            "$top": None if top is None else int32(top),
        }
        request = self._request("GET", division, resource, options=options)
        return islice(self._records(request), top)

    def sync(self, division, resource, timestamp, *, select):
        """Iterator of the records of a sync resource ("sync/...") that changed after `timestamp`
        (int), oldest first. The next cursor is the highest Timestamp received; a record may come
        twice (facts.md §4.12)."""
        if not resource.startswith("sync/"):
            raise ValueError(f"{resource} has no Timestamp: only resources below sync/ have one.")
        return self.read(
            division, resource, select=select, filter=f"Timestamp gt {int64(timestamp)}"
        )

    def get(self, division, resource, key, select=()):
        """The record with this key (a GUID, or an int where the key is a number).
        Raises NotFound when it is absent."""
        options = {"$select": selection(select)} if select else None
        request = self._request(
            "GET", division, resource, suffix=record_suffix(key), options=options
        )
        return _present(self._call(request, wire.first))

    def count(self, division, resource, filter=None):
        """How many records there are (that meet the filter)."""
        request = self._request(
            "GET", division, resource, suffix=COUNT_SUFFIX, options={"$filter": filter}
        )
        return self._call(request, wire.number)

    def download(self, url):
        """The bytes of an attachment, given its Url (facts.md §4.8). Refuses other sites."""
        if not same_site(url, self.base_url):
            raise ValueError(f"{url} does not lie on {self.base_url}: no token goes there.")
        parts = urlsplit(url)
        division = parse_qs(parts.query).get("_Division_", [""])[0]
        request = Request(
            "GET",
            int(division) if division.isdecimal() else None,
            parts.path.rpartition("/")[2],
            f"{url}{'&' if parts.query else '?'}Download=1",
        )
        return self._call(request, wire.file_content)

    # --- writing ------------------------------------------------------------------------------

    def post(self, division, resource, body):
        """The record as Exact stored it. crm/Accounts may answer its ID alone (facts.md §3.4), and
        the dict is empty when Exact answered 204."""
        return self._call(self._request("POST", division, resource, body=body), wire.stored)

    def put(self, division, resource, key, body):
        """Change the properties in `body`. Lines cannot be changed this way (facts.md §3.4)."""
        self._call(
            self._request("PUT", division, resource, suffix=record_suffix(key), body=body),
            wire.nothing,
        )

    def delete(self, division, resource, key):
        """Delete a record. Raises NotFound when it is absent."""
        self._call(
            self._request("DELETE", division, resource, suffix=record_suffix(key)), wire.nothing
        )

    def upload(self, division, document, file_name, content):
        """Attach a file (bytes) to a document (its GUID); returns the attachment's record."""
        if not isinstance(content, bytes) or not content:
            raise ValueError(f"{file_name} is empty or not bytes: there is nothing to attach.")
        body = {
            "Document": guid_text(document),
            "FileName": file_name,
            "Attachment": base64.b64encode(content).decode(),
        }
        return self.post(division, "documents/DocumentAttachments", body)

    # --- one call -----------------------------------------------------------------------------

    def _request(self, method, division, resource, *, body=None, **where):
        number = division_number(division)
        url = resource_url(self.base_url, number, resource, **where)
        return Request(method, number, resource, url, body)

    def _records(self, request):
        seen = set()
        while request:
            seen.add(request.url)
            records, following = self._call(request, wire.page)
            yield from records
            request = following and self._next_page(request, following, seen)

    def _next_page(self, request, following, seen):
        url = urljoin(request.url, following)
        if url in seen or not same_list(url, request.url):
            raise TemporarilyUnavailable(
                f"Exact Online's list of {request.resource} continues at an address that is not"
                " followed: it was read already, or is not of this list and administration."
            )
        return replace(request, url=url)

    def _call(self, request, understand):
        """understand(answer) of one request: token, budget, exchange, log."""
        data = None if request.body is None else wire.encode(request.body).encode()
        token = _sendable(self._access_token())
        self._limits.claim(request.division, request.method, request.resource)
        started_at, start = datetime.now(timezone.utc), time.monotonic()
        outcome = self._attempt(request, data, token, understand)
        call = _logged(request, outcome, token, started_at, time.monotonic() - start)
        self._limits.record(call)
        if outcome.error:
            outcome.error.call = call
            raise outcome.error
        return outcome.result

    def _attempt(self, request, data, token, understand):
        answer = None
        try:
            answer = transport.exchange(
                self._session,
                request.method,
                request.url,
                data=data,
                headers=self._headers(request),
                auth=_Bearer(token),
                timeout=self._timeout,
                write=request.write,
            )
            return _Outcome(answer, result=_understood(answer, understand, request.write))
        except ExactError as error:
            error.conceal(token)
            return _Outcome(answer, error=error)

    def _headers(self, request):
        headers = {"Accept": "application/json", **self._language}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if request.method == "POST":
            headers["Prefer"] = "return=representation"
        return headers


class _Bearer(AuthBase):
    """Set as `auth`, not as a header: requests would let a .netrc file overrule the header."""

    def __init__(self, token):
        self._token = token

    def __call__(self, request):
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


@dataclass(frozen=True)
class _Outcome:
    answer: transport.Answer | None
    result: object = None
    error: ExactError | None = None


def _sendable(token):
    # requests would quote an odd token in its error text.
    if not isinstance(token, str) or not token or not all("!" <= char <= "~" for char in token):
        raise TokenRefused("There is no usable access token; nothing was sent.")
    return token


def _understood(answer, understand, write):
    error = refusal(answer, write=write, now=datetime.now(timezone.utc))
    if error:
        raise error
    try:
        return understand(answer)
    except wire.Unreadable as unreadable:
        raise trouble(str(unreadable), write=write, status=answer.status) from None


def _present(record):
    if record is None:
        raise NotFound()
    return record


def _logged(request, outcome, token, started_at, duration):
    answer, error = outcome.answer, outcome.error
    parts = urlsplit(request.url)
    excerpt = ""
    if answer and (error or request.write):
        excerpt = storable(answer.text.replace(token, "***"))[:_EXCERPT]
    call = Call(
        method=request.method,
        resource=request.resource,
        division=request.division,
        path=parts.path,
        query=parts.query,
        status=answer.status if answer else getattr(error, "status", None),
        started_at=started_at,
        duration=duration,
        rate=RateLimits.from_headers(answer.headers) if answer else None,
        error=type(error).__name__ if error else "",
        message=str(error) if error else "",
        request=_without_attachments(request.body),
        answer=excerpt,
    )
    _logger.debug(
        "%s %s: %s in %.3f s", call.method, call.path, call.error or call.status, duration
    )
    return call


def _without_attachments(body):
    """The body with the content of attachments replaced by its size."""
    if isinstance(body, dict):
        return {
            name: _size(value) if name == "Attachment" else _without_attachments(value)
            for name, value in body.items()
        }
    return [_without_attachments(item) for item in body] if isinstance(body, list) else body


def _size(encoded):
    if not isinstance(encoded, str):
        return encoded
    return f"<{len(encoded) * 3 // 4 - encoded[-2:].count('=')} bytes>"
