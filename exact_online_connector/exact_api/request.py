# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""One request to the REST API: where it goes and what it carries."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from .odata import guid, int64

# Kept readable, and short: Exact's servers limit the length of a query.
_SAFE = "$',()/:"
COUNT_SUFFIX = "/$count"
_RESOURCE = re.compile(r"[A-Za-z]+(/[A-Za-z]+)*")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Request:
    """method, the division's number (None for current/Me), the resource's name as in
    "crm/Accounts", the whole address and the body (a dict, None without one)."""

    method: str
    division: int | None
    resource: str
    url: str
    body: dict | None = None

    @property
    def write(self):
        """Whether it may change something in Exact."""
        return self.method != "GET"


def resource_url(base_url, division, resource, suffix="", options=None):
    """Address below /api/v1/.

    suffix: "", a `record_suffix` or COUNT_SUFFIX
    options: query options ("$filter") with plain text, None where not used
    """
    if not _RESOURCE.fullmatch(resource):
        raise ValueError(f"{resource!r} is not the name of a resource, such as crm/Accounts.")
    place = resource if division is None else f"{division}/{resource}"
    query = "&".join(
        f"{name}={quote(value, safe=_SAFE)}"
        for name, value in (options or {}).items()
        if value is not None
    )
    return f"{base_url}/api/v1/{place}{suffix}{query and '?' + query}"


def record_suffix(key):
    """What names one record: its key in brackets, a GUID or (an int) a number."""
    return f"({int64(key)[:-1] if isinstance(key, int) else guid(key)})"


def division_number(division):
    """A division's number as int. Refuses anything else: a call without an explicit division would
    reach whichever one the user looked at last (pitfalls.md 36)."""
    if not re.fullmatch(r"[1-9][0-9]*", str(division)):
        raise ValueError(f"{division!r} is not a division: give its number, such as 123456.")
    return int(division)


def selection(select):
    """Text of $select from names or from one text. Refuses an empty one: many resources demand it
    (facts.md §3.3)."""
    text = select if isinstance(select, str) else ",".join(select)
    if not text:
        raise ValueError("Name the properties to read: Exact refuses many lists without $select.")
    return text


def check_base_url(base_url):
    """The address without a final slash, refused unless it is an absolute http(s) address."""
    parts = parse_url(base_url or "")
    if parts.scheme not in _DEFAULT_PORTS or not parts.host or parts.query or parts.fragment:
        raise ValueError(
            f"{base_url!r} is not the address of an Exact Online site,"
            " such as https://start.exactonline.nl."
        )
    return base_url.rstrip("/")


def check_network_url(base_url):
    """The same, refused unless it is safe to send a token there over the network: https, or the
    simulator on this machine."""
    address = check_base_url(base_url)
    if parse_url(address).scheme != "https" and not is_loopback(address):
        raise ValueError(f"{base_url!r} is neither an https address nor one of this machine.")
    return address


def is_loopback(url):
    """Whether ``url`` is an http(s) address of this machine, read as `same_site` reads it."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        return False
    if parts.scheme not in _DEFAULT_PORTS or not parts.host or parts.auth:
        return False
    try:
        return ipaddress.ip_address(parts.host.strip("[]")).is_loopback
    except ValueError:
        return parts.host == "localhost"


def same_list(url, other):
    """Whether both addresses are pages of one list: same site, division and resource."""
    return same_site(url, other) and parse_url(url).path == parse_url(other).path


def same_site(url, base_url):
    """Whether a token for base_url may go to url: same scheme, host and port. Read by the parser
    that requests uses, so that both see the same host in a crooked address."""
    return _origin(url) == _origin(base_url)


def _origin(url):
    parts = parse_url(url)
    return parts.scheme, parts.host, parts.port or _DEFAULT_PORTS.get(parts.scheme)
