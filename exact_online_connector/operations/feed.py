# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Reading Exact's ``sync/`` resources a page a call, from a cursor on. facts.md §4.12

A cursor is kept as text: it may exceed what a database integer holds.
"""

from itertools import islice

from ..exact_api import NotPermitted, odata

PAGE = odata.BULK_PAGE
DELETED = ("Timestamp", "EntityType", "EntityKey")
BEGIN = 1  # the first reading asks for what is above


def page(client, division, resource, select, after):
    """The next rows of a resource that changed after the Timestamp ``after``. One call."""
    return list(islice(client.sync(division.code, resource, after, select=select), PAGE))


def deletions(client, division, known, entity_type, is_anew=False):
    """What was deleted since the last reading: a page of ``sync/Deleted``, one call. It needs a
    right of its own; that Exact's user lacks it must not stop the rest.

    :param known: the ``exact.feed`` that reads it
    :param entity_type: the kind of records. facts.md §4.12
    :return: what :meth:`exact.feed._note` takes, with the GUIDs in ``deleted``; whether that was
        all
    """
    if known._were_deletions_refused_today():
        return {}, True
    after = cursor(not is_anew and known.deleted_cursor)
    try:
        rows = page(client, division, "sync/Deleted", DELETED, after)
    except NotPermitted:
        return {"is_refused": True}, True
    deleted = [row["EntityKey"] for row in rows if row["EntityType"] == entity_type]
    answer = {"is_refused": False, "deleted": deleted, "deleted_cursor": last(rows, after)}
    return answer, not is_full(rows)


def is_full(rows):
    """Whether there may be more behind this page."""
    return len(rows) == PAGE


def cursor(text):
    """The Timestamp from which to go on."""
    return int(text or BEGIN)


def last(rows, after):
    """The cursor behind ``rows``."""
    return str(max([after, *(int(row["Timestamp"]) for row in rows)]))


def moved_on(client, division):
    """When the administration moved to another server, which voids its cursors. One call."""
    rows = client.read(
        division.code,
        "system/Divisions",
        select=("Code", "DivisionMoveDate"),
        filter=odata.eq("Code", odata.int32(division.code)),
    )
    moved = next((row["DivisionMoveDate"] for row in rows), None)
    return odata.from_exact_datetime(moved) or False
