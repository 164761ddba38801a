# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What must be true when all has come to rest."""

from decimal import Decimal

CARRIERS = {"document", "attachment", "sales_entry"}


def assert_arrived_once(scene, *invoices):
    """Each invoice is booked once, to the cent, with one document and one file; all proven."""
    entries = scene.exact.entries(scene.division)
    carriers = scene.carriers()
    for invoice in invoices:
        booked = entries.get(invoice["name"], [])
        assert len(booked) == 1, f"{invoice['name']} is booked {len(booked)} times"
        [entry] = booked
        assert Decimal(str(entry["header"]["AmountFC"])) == Decimal(invoice["total"])
        assert entry["document"]["Subject"] == invoice["name"]
        assert len(entry["attachments"]) == 1
        items = carriers[invoice["name"]]
        assert {item["operation"] for item in items} == CARRIERS
        assert {item["state"] for item in items} == {"done"}, items


def assert_grown_by(before, after, **expected):
    """The administration's counts went up by exactly this."""
    grown = {kind: after[kind] - before[kind] for kind in expected}
    assert grown == expected, f"grown by {grown}, not by {expected}"


def was_found(item):
    """Whether its evidence says that it was looked up and found, not that Exact answered."""
    assert item["evidence"], item
    return item["evidence"].startswith(("Found in Exact", "Already in Exact"))
