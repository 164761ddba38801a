# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Percentages whose unit nobody has recorded: kept as fractions, spoken as the switch has it.

Only vat/VATCodes is recorded, with fractions (administration-defaults.md 2.1); it is not here.
"""

_FIELDS = {
    "GLAccounts": ("VATNonDeductiblePercentage", "PrivatePercentage",
                   "ExpenseNonDeductiblePercentage"),
    "PaymentConditions": ("Percentage", "DiscountPercentage"),
    "SalesEntries": ("WithholdingTaxPercentage",),
    "PurchaseEntryLines": ("VATNonDeductiblePercentage", "PrivateUsePercentage"),
}


def _are_whole(books, table):
    return table in _FIELDS and books.switch("percentages") == "whole"


def stored(books, table, values):
    """What a client sent, with these percentages as fractions."""
    if not _are_whole(books, table):
        return values
    return values | {name: values[name] / 100 for name in _FIELDS[table]
                     if values.get(name) is not None}


def expressions(books, resource):
    """Column -> SQL for the percentages that are not shown as they are kept."""
    if not _are_whole(books, resource.table):
        return {}
    return {name: f'("{name}" * 100)' for name in _FIELDS[resource.table]
            if name in resource.fields}


def is_share(value):
    """True for a fraction from nothing to all."""
    return 0 <= value <= 1
