# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""facts.md 1: consent, codes, tokens."""

import requests
from simulator_driver import CLIENT, RETURN_TO, ROOT, SECRET, Exact


def refresh(server, pair, **options):
    return server.token(grant_type="refresh_token", refresh_token=pair["refresh_token"], **options)


def test_consent_returns_the_state_as_it_was_given(fresh):
    assert fresh.consent(state="a b/ü&c")["state"] == "a b/ü&c"


def test_client_id_works_without_braces(fresh):
    assert "code" in fresh.consent(client_id=CLIENT.strip("{}"))


def test_unknown_client_gets_no_consent_page(fresh):
    reply = requests.get(f"{fresh.url}/api/oauth2/auth", params={
        "client_id": "{99999999-2222-3333-4444-555555555555}", "redirect_uri": RETURN_TO,
        "response_type": "code"}, allow_redirects=False, headers={"X-Expected-Refusal": "true"})
    assert reply.status_code == 400


def test_code_gives_a_pair_that_opens_the_api(fresh):
    pair = fresh.tokens()
    assert pair["token_type"] == "bearer"
    assert pair["expires_in"] == "600"
    reply = requests.get(f"{fresh.url}/api/v1/current/Me", headers={
        "Authorization": f"Bearer {pair['access_token']}", "Accept": "application/json"})
    assert reply.json()["d"]["results"][0]["CurrentDivision"] == 320101


def test_expires_in_can_be_a_number(fresh):
    fresh.control("switches", {"expires_in": "number"})
    assert fresh.tokens()["expires_in"] == 600


def test_code_works_once(fresh):
    form = {"grant_type": "authorization_code", "code": fresh.consent()["code"],
            "redirect_uri": RETURN_TO}
    assert fresh.token(**form).status_code == 200
    again = fresh.token(**form, refused=True)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_code_dies_after_three_minutes(fresh):
    code = fresh.consent()["code"]
    fresh.control("clock", {"advance": 181})
    reply = fresh.token(grant_type="authorization_code", code=code, redirect_uri=RETURN_TO,
                        refused=True)
    assert reply.status_code == 400


def test_wrong_secret_is_refused(fresh):
    reply = fresh.token(grant_type="authorization_code", code=fresh.consent()["code"],
                        redirect_uri=RETURN_TO, client_secret="wrong", refused=True)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_client")


def test_parameters_must_be_form_encoded(fresh):
    reply = requests.post(f"{fresh.url}/api/oauth2/token", headers={"X-Expected-Refusal": "true"},
                          json={"client_id": CLIENT, "client_secret": SECRET})
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


def test_refresh_before_570_seconds_is_refused_and_harmless(fresh):
    pair = fresh.tokens()
    fresh.control("clock", {"advance": 560})
    reply = refresh(fresh, pair, refused=True)
    assert reply.status_code == 400
    assert reply.json() == {"error": "access_denied", "error_description":
                            "Rate limit exceeded: access_token not expired"}
    assert reply.headers["Reason"].startswith("TooEarlyToRefreshTokens:")
    fresh.control("clock", {"advance": 11})
    assert refresh(fresh, pair).status_code == 200


def test_old_refresh_token_is_dead_at_once(fresh):
    pair = fresh.tokens()
    fresh.control("clock", {"advance": 571})
    assert refresh(fresh, pair).status_code == 200
    reply = refresh(fresh, pair, refused=True)
    assert reply.status_code == 401
    assert reply.json() == {"error": "unauthorized_client",
                            "error_description": "Old refresh token used."}


def test_new_consent_ends_the_earlier_chain(fresh):
    first = fresh.tokens()
    fresh.tokens()
    fresh.control("clock", {"advance": 571})
    assert refresh(fresh, first, refused=True).status_code == 401


def test_refresh_token_dies_after_thirty_days(fresh):
    pair = fresh.tokens()
    fresh.control("clock", {"advance": 30 * 86400 + 60})
    reply = refresh(fresh, pair, refused=True)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_grant")


def test_two_hundred_token_calls_a_day(fresh):
    fresh.control("switches", {"error_velocity": "off"})
    for _ in range(200):
        fresh.token(grant_type="refresh_token", refresh_token="unknown", refused=True)
    reply = fresh.token(grant_type="authorization_code", code=fresh.consent()["code"],
                        redirect_uri=RETURN_TO, refused=True)
    assert "daily" in reply.json()["error_description"]
    fresh.control("clock", {"advance": 86400})
    assert fresh.tokens()


def test_access_token_dies_after_600_seconds(fresh):
    exact = Exact(fresh)
    fresh.control("clock", {"advance": 599})
    assert exact.get("current/Me").status_code == 200
    fresh.control("clock", {"advance": 2})
    reply = exact.get("current/Me", refused=True)
    assert reply.status_code == 401
    assert "expired" in reply.headers["WWW-Authenticate"]


def test_log_holds_no_secret(fresh, running):
    pair = fresh.tokens()
    folder = ROOT / ".work" / "traffic"
    log = (folder / "simulator_suite.jsonl").read_text()
    assert "/api/oauth2/token" in log
    assert pair["access_token"] not in log and pair["refresh_token"] not in log
    assert SECRET not in log
