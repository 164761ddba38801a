# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""A stand-in for Exact Online: its REST API, OAuth, webhooks and a small ledger, over SQLite."""

from .errors import ConnectionCut

__all__ = ["ConnectionCut", "create_app"]


def create_app(database, seeds=("be",), *, auto_consent=False, limits=True, traffic_log=None):
    """The simulator as a WSGI application; it may be mounted below any prefix.

    database      path of a SQLite file (kept when it holds books already) or ":memory:"
    seeds         which administrations an empty database starts with: "be", "nl", "empty"
    auto_consent  the consent page redirects at once instead of asking a person
    limits        enforce the rate limits
    traffic_log   path of a file that gets one JSON line a request

    A fault that cuts the connection raises ConnectionCut out of the WSGI call.
    """
    from .application import Simulator

    return Simulator(database, seeds, auto_consent=auto_consent, limits=limits,
                     traffic_log=traffic_log)
