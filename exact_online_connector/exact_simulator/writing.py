# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""POST, PUT and DELETE: what a body may hold, and how a resource without rules of its own is kept.

Resources with rules have a subclass of Writer under resources/.
"""

from . import percentages, wire
from .errors import Malformed, Refused
from .schema import PARENTS, find

# Documented as read-only, yet seen in accepted requests: ignored, or judged by the writer
# (facts.md 4.7 and 8).
_TOLERATED = {
    "SalesEntries": {"AmountDC", "Type"},
    "SalesEntryLines": {"AmountDC", "Type"},
    "PurchaseEntries": {"AmountDC", "Type"},
    "PurchaseEntryLines": {"AmountDC", "Type"},
    "GeneralJournalEntryLines": {"AmountDC"},
    "BankEntryLines": {"AmountDC"},
    "CashEntryLines": {"AmountDC"},
}
# A line without its amount is stored as 0.00 (recorded, facts.md 4.7).
_NOT_REALLY_MANDATORY = {"AmountFC"}
# The header's key is not asked of lines that come nested in it.
_NAMED_BY_HEADER = {"EntryID", "InvoiceID", "OrderID", "PurchaseOrderID", "GoodsReceiptID"}


def accepted(books, resource, body, creating):
    """The properties of a body as Python values; nested lines as lists of such dicts.

    Malformed (400) for an unknown or read-only property, a wrong type, or lines in a PUT.
    """
    values = {}
    for name, value in body.items():
        field = resource.fields.get(name)
        if field is None:
            raise Malformed(
                f"Error processing request stream. The property name '{name}' specified for type "
                f"'{resource.entity_type}' is not valid."
            )
        if field.type == "List":
            values[name] = _nested(books, name, value, creating)
            continue
        if not (field.create if creating else field.update):
            if name not in _TOLERATED.get(resource.table, ()):
                raise Malformed(
                    f"Error processing request stream. Property '{name}' is read-only."
                )
        values[name] = wire.accept(field, value)
    values = percentages.stored(books, resource.table, values)
    return _without_foreign_key(books, resource, values)


def _nested(books, name, value, creating):
    if not creating:
        raise Malformed(
            "Error processing request stream. Binding to new entities is not supported in an "
            "update; lines go in a POST only."
        )
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise Malformed(f"Error processing request stream. '{name}' should be a list of objects.")
    if name not in PARENTS:
        raise Malformed(f"Error processing request stream. '{name}' cannot be sent.")
    child = find(PARENTS[name][0])
    return [accepted(books, child, each, True) for each in value]


def _without_foreign_key(books, resource, values):
    """Drop the client's own key unless the switch says that Exact keeps it."""
    if books.switch("client_guid") != "honoured" and resource.fields[resource.key].type == "Guid":
        values.pop(resource.key, None)
    return values


def missing(books, resource, values, *, nested=False):
    """A text for each mandatory property that is absent or empty."""
    texts = []
    for field in resource.fields.values():
        if not field.mandatory or field.name in _NOT_REALLY_MANDATORY:
            continue
        if nested and field.name in _NAMED_BY_HEADER:
            continue
        if field.type == "List":
            if not values.get(field.name):
                texts.append(books.text("mandatory", "Lines"))
        elif values.get(field.name) in (None, ""):
            texts.append(books.text("mandatory", field.name))
    return texts


def limited(books, name, text, length, switch, problems):
    """A text cut to its length or refused, as the switch has it."""
    if not text or len(text) <= length or books.switch(switch) == "unlimited":
        return text
    if books.switch(switch) == "refuse":
        problems.append(books.text("too_long", name, str(length)))
        return text
    return text[:length]


class Writer:
    """Keeps a resource without rules of its own; subclasses add theirs.

    Each verb gets values from `accepted` and works in the transaction of the request.
    """

    # POST answers the stored record; crm/Accounts answers only the ID.
    replies_id_only = False

    def __init__(self, resource):
        self.resource = resource
        self.table = resource.table

    def create(self, books, values):
        """Store a new row and return its key; Refused with every reason at once."""
        problems = missing(books, self.resource, values) + self.problems(books, values, None)
        if problems:
            raise Refused(problems)
        lines = {name: values.pop(name) for name in list(values) if isinstance(values[name], list)}
        row = books.insert(self.table, self.completed(books, values, None))
        key = row[self.resource.key]
        for name, items in lines.items():
            child, column = PARENTS[name]
            for number, item in enumerate(items, 1):
                line = {**item, column: key}
                if "LineNumber" in find(child).fields:
                    line["LineNumber"] = number
                books.insert(find(child).table, line)
        return key

    def change(self, books, row, values):
        """Change a row; Refused when the result would be invalid."""
        problems = self.problems(books, values, row)
        for field in self.resource.fields.values():
            if field.mandatory and field.name in values and values[field.name] in (None, ""):
                problems.append(books.text("mandatory", field.name))
        if problems:
            raise Refused(problems)
        changes = self.completed(books, values, row)
        changes.pop(self.resource.key, None)
        books.update(self.table, row[self.resource.key], **changes)

    def remove(self, books, row):
        """Delete a row."""
        books.remove(self.table, row[self.resource.key])

    def problems(self, books, values, row):
        """Texts against the values; `row` is what is stored already, None for a new one."""
        return []

    def completed(self, books, values, row):
        """The values with what Exact fills in by itself."""
        return values
