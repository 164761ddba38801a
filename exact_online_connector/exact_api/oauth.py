# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Consent and tokens (facts.md §1). A refresh token works once: nothing here is ever repeated."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from . import transport
from .errors import ReauthorisationNeeded, Rejected, TemporarilyUnavailable, WaitUntil, trouble
from .limits import RateLimits, wait_after_429
from .request import check_base_url, check_network_url

TOKEN_LIFE = 600
_SECRETS = ("client_secret", "code", "refresh_token")
# When the token's age is unknown: long enough that repeated tries stay below the error limit.
_TOO_EARLY_WAIT = timedelta(minutes=2)


@dataclass(frozen=True)
class Token:
    """A fresh pair. The refresh token replaces the one that was used: store it at once.

    expires_in: life of the access token in seconds, from its issue
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


def authorize_url(base_url, client_id, redirect_uri, state, force_login=False):
    """Address of the page on which a person gives consent. Exact sends the browser back to
    redirect_uri with `code` and `state`. force_login: ask for the login even when signed in."""
    query = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "state": state,
        "force_login": "1" if force_login else "0",
    }
    # Slashes and colons stay as they are: Exact compares redirect_uri literally (facts.md §1).
    pairs = "&".join(f"{name}={quote(value, safe='/:')}" for name, value in query.items())
    return f"{check_base_url(base_url)}/api/oauth2/auth?{pairs}"


def exchange_code(
    base_url, client_id, client_secret, code, redirect_uri, *, session=None, timeout=30.0
):
    """The first Token, for the code of a consent; a code works once and for about 3 minutes.

    Raises ReauthorisationNeeded (code used or too old), Rejected (client id, secret or redirect
    address), WaitUntil, TemporarilyUnavailable (nothing happened) or OutcomeUnknown.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": client_id,
        "client_secret": client_secret,
    }
    return _ask_token(base_url, form, session, timeout)


def refresh(base_url, client_id, client_secret, refresh_token, *, session=None, timeout=60.0):
    """The next Token. Exact refuses before 570 s of the current one have passed: WaitUntil with
    reason "token". Raises as `exchange_code`; after OutcomeUnknown the refresh token may or may
    not have been used up."""
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": client_id,
        "client_secret": client_secret,
    }
    return _ask_token(base_url, form, session, timeout)


def _ask_token(base_url, form, session, timeout):
    check = check_network_url if session is None else check_base_url
    answer = transport.exchange(
        transport.new_session(session),
        "POST",
        f"{check(base_url)}/api/oauth2/token",
        data=form,
        headers={"Accept": "application/json"},
        auth=_no_authorization,
        timeout=transport.check_timeout(timeout),
        write=True,
    )
    if answer.status in (200, 201):
        return _token(_json_object(answer))
    error = _refusal(answer)
    error.conceal(*(form.get(name) for name in _SECRETS))
    raise error


def _no_authorization(request):
    # Without this, requests would send the password of a .netrc file to Exact.
    return request


def _json_object(answer):
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _token(content):
    access_token, refresh_token = content.get("access_token"), content.get("refresh_token")
    if not all(isinstance(token, str) and token for token in (access_token, refresh_token)):
        raise trouble("Exact Online's answer holds no token.", write=True, status=200)
    # Exact sends a number or text. Anything else is no reason to lose a pair that works once.
    life = str(content.get("expires_in"))
    return Token(access_token, refresh_token, int(life) if life.isdecimal() else TOKEN_LIFE)


def _refusal(answer):
    """The error that a refused token request stands for; 400 and 401 mean the same here."""
    now, status, content = datetime.now(timezone.utc), answer.status, _json_object(answer)
    error, text = content.get("error"), content.get("error_description") or ""
    words = f"{text} {answer.headers.get('Reason', '')}".lower()
    if status == 429:
        wait = wait_after_429(RateLimits.from_headers(answer.headers), now)
        return WaitUntil(wait.at, "token", status=status)
    if status == 503:  # asking again is worth it: were the token spent, consent is needed anyway
        return TemporarilyUnavailable(status=status)
    if not 400 <= status < 500 or not isinstance(error, str):
        return trouble(
            f"Exact Online gave no token (HTTP {status}) and no readable reason.",
            write=True,
            status=status,
        )
    sentence = f"{error}: {text}" if text else error
    if "not expired" in words or "tooearlytorefresh" in words:
        return WaitUntil(now + _TOO_EARLY_WAIT, "token", sentence, status=status)
    if error in ("invalid_grant", "unauthorized_client") or "refresh token" in words:
        return ReauthorisationNeeded(sentence, status=status)
    return Rejected(
        f"Exact Online gave no token ({sentence}). Compare the client id, the client secret and"
        " the redirect address with the app's registration on this country site.",
        malformed=True,
        status=status,
    )
