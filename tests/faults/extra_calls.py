# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Calls that nothing made necessary, counted from Odoo's log of all calls.

A call that failed, or whose worker died before it noted the answer, is *disturbed*. Disturbed
calls are what faults cost, and so is what follows from them: the look-up of what a disturbed
write may have done, and the same calls over again. What is left are *extra* calls, of two kinds:

- a repetition: the same question or the same write of the same queue item as one that was
  answered before, with neither a disturbed call nor a write between the two;
- a needless look-up: a search for an entry, document or file by our own key although no write of
  that item was disturbed and nobody released its link.

What was pending when somebody connected again is looked up once, as the database may have been
restored. Not seen here is what a death makes necessary without a disturbed call: a worker that
dies after its answer was noted, and before what follows from it was. Whoever counts allows one
call a death.
"""

from collections import defaultdict

WRITES = ("POST", "PUT", "DELETE")
LOOKED_UP = ("SalesEntries", "PurchaseEntries", "Documents", "DocumentAttachments")
KEYS = ("YourRef", "Subject", "Document")


def extra(calls, mended, doubted):
    """Those of these calls, oldest first, that are extra.

    calls: rows of exact_call; mended: ids of items that a person had sent anew; doubted: of those
    that were pending at a new consent
    """
    by_item = defaultdict(list)
    for call in calls:
        if call["item_id"] and call["item_id"] not in mended:
            by_item[call["item_id"]].append(call)
    return [call for item, of_item in by_item.items()
            for call in _extra_of(of_item, item in doubted)]


def _extra_of(calls, is_doubted):
    """Of one item's."""
    answered, was_write_disturbed, found = set(), is_doubted, []
    for call in calls:
        if _is_disturbed(call):
            answered.clear()
            was_write_disturbed |= call["method"] in WRITES
            continue
        same = (call["method"], call["resource"], call["query"], call["request"])
        if same in answered or (_is_look_up(call) and not was_write_disturbed):
            found.append(call)
        if call["method"] in WRITES:
            answered.clear()
        answered.add(same)
    return found


def _is_disturbed(call):
    return bool(call["under_way"] or call["error"])


def _is_look_up(call):
    return (
        call["method"] == "GET"
        and call["resource"].rpartition("/")[2] in LOOKED_UP
        and any(f"{key}%20eq" in call["query"] or f"{key}+eq" in call["query"] for key in KEYS)
    )
