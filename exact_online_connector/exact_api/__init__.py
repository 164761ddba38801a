# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Client of the REST API of Exact Online. Plain Python, needs requests only.

>>> page = authorize_url(SITES["nl"].base_url, client_id, redirect_uri, state="a-random-text")
>>> token = exchange_code(SITES["nl"].base_url, client_id, client_secret, code, redirect_uri)
>>> client = ExactClient(SITES["nl"].base_url, lambda: token.access_token)
>>> division = client.me()["CurrentDivision"]
>>> customers = client.read(division, "crm/Accounts", select=["ID", "Name"],
...                         filter=odata.eq("Status", odata.text("C")), orderby="Name")
>>> for customer in customers:
...     print(customer["Name"])
>>> token = refresh(SITES["nl"].base_url, client_id, client_secret, token.refresh_token)
"""

from . import odata, webhook
from .client import ExactClient
from .errors import (
    ExactError,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    ReauthorisationNeeded,
    Rejected,
    TemporarilyUnavailable,
    TokenRefused,
    WaitUntil,
)
from .limits import Call, Limits, MemoryLimits, RateLimits
from .oauth import Token, authorize_url, exchange_code, refresh
from .request import is_loopback
from .sites import SITES, Site, account_card_url
from .wsgi import WsgiAdapter, in_process_session

__all__ = [
    "SITES",
    "Call",
    "ExactClient",
    "ExactError",
    "Limits",
    "MemoryLimits",
    "NotFound",
    "NotPermitted",
    "OutcomeUnknown",
    "RateLimits",
    "ReauthorisationNeeded",
    "Rejected",
    "Site",
    "TemporarilyUnavailable",
    "Token",
    "TokenRefused",
    "WaitUntil",
    "WsgiAdapter",
    "account_card_url",
    "authorize_url",
    "exchange_code",
    "in_process_session",
    "is_loopback",
    "odata",
    "refresh",
    "webhook",
]
