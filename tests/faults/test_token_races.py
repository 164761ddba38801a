# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Eight processes want a token all the time, and the clock runs: each time it dies, one of them
renews it, once, and all get the new one. The chain of refresh tokens, of which each works once,
is never broken.

`make test` lets it die 40 times, `make faults` 1,000 times (REFRESHES=).
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor

from .crew import step
from .test_tokens import TOKEN_LIFE, age, renewal_answers, stored

PROCESSES = 8
REFRESHES = int(os.environ.get("REFRESHES", 40))
A_RACE = 100  # renewals, while the same processes run
PATIENCE = 60.0


def test_each_time_the_token_dies_one_renews_it_and_the_chain_holds(scene, tmp_path):
    scene.crew.do(step("connect"))
    before = len(renewal_answers(scene))
    chain = [stored(scene)["access_token"]]
    for begin in range(0, REFRESHES, A_RACE):
        last = tmp_path / f"ended-{begin}"
        jobs = [[step("want_tokens", until=str(last))]] * PROCESSES
        with ThreadPoolExecutor(1) as pool:
            racing = pool.submit(scene.crew.race, *jobs)
            try:
                for _expiry in range(min(A_RACE, REFRESHES - begin)):
                    age(scene, TOKEN_LIFE)
                    chain.append(_next_token(scene, chain[-1]))
            finally:
                last.touch()
        for ended in racing.result():
            assert not ended.raised and not ended.signal, ended
            assert _is_in_order(ended.result, chain), "nobody got a token of another chain"
    answers = renewal_answers(scene)[before:]
    assert answers == [200] * REFRESHES
    assert len(set(chain)) == REFRESHES + 1
    assert scene.connection()["state"] == "connected"


def _next_token(scene, known):
    """The token that is stored once it is not the known one any more."""
    deadline = time.monotonic() + PATIENCE
    while (token := stored(scene)["access_token"]) == known:
        assert time.monotonic() < deadline, "nobody renewed it"
    return token


def _is_in_order(seen, chain):
    places = [chain.index(token) for token in seen]
    return bool(places) and places == sorted(places)
