# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Faults on demand: what the simulator does wrong on purpose, and when."""

import json
import random
import re

from . import oauth
from .books import Books
from .store import Settings

EFFECTS = {
    "delay": "wait `seconds` before the request is handled",
    "cut_before_commit": "close the connection without an answer; nothing was stored",
    "cut_after_commit": "close the connection without an answer; everything was stored",
    "status": "answer `status` with `body` (text or JSON) and `headers`; nothing was stored",
    "wrong_json": "handle the request, answer JSON that breaks off in the middle",
    "drop_gl_link": "store the entry, the GL account of its last line as null",
    "lose_line": "store the entry without its last line",
    "change_vat": "store the entry, the VAT of its first taxed line one cent higher",
    "change_rate": "store an entry in foreign currency, its rate one percent higher",
    "lose_document_link": "store the entry without its Document",
    "token_loss": "revoke every token, then go on",
    "division_moved": "restart the timestamps of the administration, then go on",
    "no_division_access": "answer 403 with Reason: NoDivisionAccess",
}
_DIVISION = re.compile(r"/api/v1/(\d+)/")
_KEYS = {"method", "path", "effect", "times", "probability", "seed", "seconds", "status", "body",
         "headers"}


def checked(definition):
    """A fault as it is stored; ValueError says what is wrong with it."""
    unknown = set(definition) - _KEYS
    if unknown:
        raise ValueError(f"A fault has no '{sorted(unknown)[0]}'. It has: {sorted(_KEYS)}.")
    if definition.get("effect") not in EFFECTS:
        raise ValueError(f"'effect' must be one of: {', '.join(EFFECTS)}.")
    try:
        re.compile(definition.get("path", ""))
    except re.error as error:
        raise ValueError(f"'path' is no regular expression: {error}.") from None
    times = definition.get("times", "once")
    if times not in ("once", "always") and not (isinstance(times, int) and times > 0):
        raise ValueError("'times' is 'once', 'always' or a number above 0.")
    probability = definition.get("probability", 1)
    if not isinstance(probability, (int, float)) or not 0 <= probability <= 1:
        raise ValueError("'probability' lies between 0 and 1.")
    return {"method": "*", "path": "", "times": times, "probability": probability, "seed": 0,
            **definition}


def add(connection, definition):
    """Store a fault and return it with its id."""
    stored = checked(definition)
    cursor = connection.execute(
        "INSERT INTO fault (definition) VALUES (?)", (json.dumps(stored),)
    )
    return {"id": cursor.lastrowid, "seen": 0, "used": 0, **stored}


def listed(connection):
    """All faults with how often they matched (`seen`) and struck (`used`)."""
    rows = connection.execute("SELECT id, definition, seen, used FROM fault ORDER BY id")
    return [
        {"id": number, "seen": seen, "used": used, **json.loads(definition)}
        for number, definition, seen, used in rows
    ]


def remove(connection, number=None):
    """Delete one fault, or all of them."""
    if number is None:
        return connection.execute("DELETE FROM fault").rowcount
    return connection.execute("DELETE FROM fault WHERE id = ?", (number,)).rowcount


def strike_request(store, method, path):
    """The faults that strike a request, {effect: fault}; those that only change state have."""
    with store.reading() as connection:
        if not any_match(listed(connection), method, path):
            return {}
    with store.writing() as connection:
        struck = {fault["effect"]: fault for fault in strike(connection, method, path)}
        if "token_loss" in struck:
            oauth.revoke_all(connection)
        division = _DIVISION.match(path)
        if "division_moved" in struck and division:
            Books(connection, Settings(connection), int(division[1])).restart_timestamps()
    return struck


def any_match(faults, method, path):
    """True when some fault might strike this request."""
    return any(_matches(fault, method, path) for fault in faults)


def strike(connection, method, path):
    """The faults that strike this request, counted as used."""
    struck = []
    for fault in listed(connection):
        if not _matches(fault, method, path):
            continue
        dice = random.Random(f"{fault['seed']}:{fault['seen']}")
        hit = dice.random() < fault["probability"]
        connection.execute(
            "UPDATE fault SET seen = seen + 1, used = used + ? WHERE id = ?", (hit, fault["id"])
        )
        if hit:
            struck.append(fault)
    return struck


def _matches(fault, method, path):
    times = {"once": 1, "always": None}.get(fault["times"], fault["times"])
    if times is not None and fault["used"] >= times:
        return False
    if fault["method"] not in ("*", method):
        return False
    return re.search(fault["path"], path) is not None
