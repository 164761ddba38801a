# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""OAuth 2 as Exact does it (facts.md 1): consent, codes, and refresh tokens that rotate."""

import secrets
import urllib.parse

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from . import limits
from .books import USER_NAME
from .clock import from_milliseconds, milliseconds
from .errors import Unauthorized
from .pages import consent
from .store import Settings
from .switches import DEFAULTS

CLIENT_ID = "11111111-2222-3333-4444-555555555555"
CLIENT_SECRET = "simulator-secret"
CODE_LIFE = 3 * 60_000
ACCESS_LIFE = 600_000
EARLIEST_REFRESH = 570_000
REFRESH_LIFE = 30 * 86_400_000
TOKEN_CALLS_A_DAY = 200


class TokenRefused(Exception):
    """The token endpoint says no; the answer's status, OAuth error and description."""

    def __init__(self, status, error, description="", headers=None):
        super().__init__(f"{error}: {description}")
        self.status, self.error, self.description = status, error, description
        self.headers = headers or {}


def bare_client_id(text):
    """A client id without the braces that Exact shows it in."""
    return (text or "").strip().strip("{}").lower()


def authorize(request, store, auto_consent):
    """The consent page, or the redirect that ends it."""
    values = request.values
    if bare_client_id(values.get("client_id")) != CLIENT_ID:
        return Response("The client_id is unknown to this Exact Online.", 400)
    if values.get("response_type") != "code" or not values.get("redirect_uri"):
        return Response("The request needs response_type=code and a redirect_uri.", 400)
    if request.method == "POST" and request.form.get("decision") == "refuse":
        return _return_to(values, error="access_denied")
    if auto_consent or (request.method == "POST" and request.form.get("decision") == "allow"):
        return _return_to(values, code=_new_code(store, values["redirect_uri"]))
    page = _consent_page(store, values, request.script_root)
    return Response(page, mimetype="text/html")


def _return_to(values, **answer):
    if values.get("state") is not None:
        answer["state"] = values["state"]
    address = values["redirect_uri"]
    separator = "&" if "?" in address else "?"
    return redirect(address + separator + urllib.parse.urlencode(answer), 302)


def _new_code(store, redirect_uri):
    code = "simulator." + secrets.token_urlsafe(32)
    with store.writing() as connection:
        now = milliseconds(Settings(connection).now())
        connection.execute(
            "INSERT INTO authorization_code (code, client, redirect_uri, issued)"
            " VALUES (?, ?, ?, ?)", (code, CLIENT_ID, redirect_uri, now),
        )
    return code


def _consent_page(store, values, root):
    with store.reading() as connection:
        divisions = connection.execute(
            'SELECT "Code", "Description" FROM "Divisions" ORDER BY 1').fetchall()
    names = ("client_id", "redirect_uri", "response_type", "state")
    return consent.page(
        root=root, user=USER_NAME, divisions=divisions, address=values["redirect_uri"],
        parameters={name: values[name] for name in names if name in values})


def token(request, store):
    """Answer of the token endpoint: JSON and status, never with a secret in the log."""
    try:
        _check_form(request)
        with store.writing() as connection:
            # In a transaction of its own: refused calls count as well.
            exhausted = _count_call(connection, Settings(connection))
        if exhausted:
            raise TokenRefused(400, "access_denied", "Rate limit exceeded: daily token calls")
        with store.writing() as connection:
            document = _exchange(request.form, connection, Settings(connection))
        return document, 200, {}
    except TokenRefused as refusal:
        with store.writing() as connection:
            settings = Settings(connection)
            if _switch(settings, "error_velocity") == "on":
                limits.count_error(connection, settings.now(), CLIENT_ID, 0, "oauth2/token")
        document = {"error": refusal.error}
        if refusal.description:
            document["error_description"] = refusal.description
        return document, refusal.status, refusal.headers


def _check_form(request):
    if request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded":
        raise TokenRefused(400, "invalid_request", "The parameters belong in a form-encoded POST.")


def _count_call(connection, settings):
    """True when the day's token calls are used up."""
    if _switch(settings, "token_rules") == "off":
        return False
    budget = {"day": TOKEN_CALLS_A_DAY, "minute": TOKEN_CALLS_A_DAY}
    _, exhausted = limits.count_call(connection, settings.now(), CLIENT_ID, -1, budget)
    return exhausted is not None


def _exchange(form, connection, settings):
    if limits.blocked_until(connection, settings.now(), CLIENT_ID, 0, "oauth2/token"):
        status = int(_switch(settings, "velocity_status"))
        raise TokenRefused(status, "access_denied", "Too many errors; blocked for an hour.")
    if (bare_client_id(form.get("client_id")) != CLIENT_ID
            or not secrets.compare_digest(
                form.get("client_secret", "").encode(), CLIENT_SECRET.encode())):
        raise TokenRefused(400, "invalid_client")
    now = milliseconds(settings.now())
    if form.get("grant_type") == "authorization_code":
        _use_code(connection, form, now)
    elif form.get("grant_type") == "refresh_token":
        _use_refresh_token(connection, settings, form.get("refresh_token", ""), now)
    else:
        raise TokenRefused(400, "unsupported_grant_type")
    return _issue(connection, settings, now)


def _use_code(connection, form, now):
    row = connection.execute(
        "SELECT issued, used, redirect_uri FROM authorization_code WHERE code = ?",
        (form.get("code", ""),),
    ).fetchone()
    if row is None or row[1] or now - row[0] > CODE_LIFE:
        raise TokenRefused(400, "invalid_grant", "The code is unknown, used or expired.")
    if row[2] != form.get("redirect_uri"):
        raise TokenRefused(400, "invalid_grant", "The redirect_uri is not the one of the consent.")
    connection.execute("UPDATE authorization_code SET used = 1 WHERE code = ?", (form["code"],))
    # A new consent of the same user and app ends the chain of an earlier one.
    connection.execute("UPDATE token SET refresh_used = 1 WHERE client = ?", (CLIENT_ID,))


def _use_refresh_token(connection, settings, refresh, now):
    row = connection.execute(
        "SELECT issued, refresh_used, revoked FROM token WHERE refresh = ?", (refresh,)
    ).fetchone()
    if row is None or row[2]:
        raise TokenRefused(400, "invalid_grant", "The refresh token is unknown.")
    issued, used, _ = row
    if used:
        raise TokenRefused(401, "unauthorized_client", "Old refresh token used.")
    if now - issued > REFRESH_LIFE:
        expired = from_milliseconds(issued + REFRESH_LIFE).isoformat(timespec="seconds")
        raise TokenRefused(400, "invalid_grant", f"The refresh token expired at {expired}")
    if now - issued < EARLIEST_REFRESH and _switch(settings, "token_rules") == "on":
        raise TokenRefused(
            int(_switch(settings, "too_early_status")), "access_denied",
            "Rate limit exceeded: access_token not expired",
            {"Reason": "TooEarlyToRefreshTokens: the access token has not expired"},
        )
    connection.execute("UPDATE token SET refresh_used = 1 WHERE refresh = ?", (refresh,))


def _issue(connection, settings, now):
    access, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
    connection.execute(
        "INSERT INTO token (access, refresh, client, issued) VALUES (?, ?, ?, ?)",
        (access, refresh, CLIENT_ID, now),
    )
    seconds = ACCESS_LIFE // 1000
    as_text = _switch(settings, "expires_in") == "string"
    return {"access_token": access, "token_type": "bearer",
            "expires_in": str(seconds) if as_text else seconds, "refresh_token": refresh}


def _switch(settings, name):
    return settings.get("switches", {}).get(name, DEFAULTS[name])


def client_of(connection, now, authorization):
    """The client whose access token this is.

    Unauthorized when there is none, with the client as `client` when it is known but expired.
    """
    scheme, _, access = (authorization or "").partition(" ")
    row = None
    if scheme.lower() == "bearer":
        row = connection.execute(
            "SELECT client, issued, revoked FROM token WHERE access = ?", (access.strip(),)
        ).fetchone()
    if row is None:
        raise Unauthorized("Unauthorized", headers={"WWW-Authenticate": "Bearer"})
    client, issued, revoked = row
    if revoked or milliseconds(now) - issued >= ACCESS_LIFE:
        refusal = Unauthorized("Unauthorized", headers={
            "WWW-Authenticate": 'Bearer error="invalid_token", '
                                'error_description="The%20message%20expired."'})
        refusal.client = client
        raise refusal
    return client


def revoke_all(connection):
    """Forget every token, as when the user's password changed."""
    connection.execute("UPDATE token SET revoked = 1")
