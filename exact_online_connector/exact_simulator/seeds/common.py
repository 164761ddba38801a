# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Rows that every administration has. The last column is the evidence for the row."""

# Code, description, decimals of an amount.
CURRENCIES = (
    ("EUR", "Euro", "0.01", "recorded"),
    ("USD", "US dollar", "0.01", "documented"),
    ("GBP", "Pound sterling", "0.01", "documented"),
    ("CHF", "Swiss franc", "0.01", "documented"),
    ("JPY", "Japanese yen", "1", "documented"),
)

# Source currency, euro per unit.
EXCHANGE_RATES = (
    ("USD", "0.92", "invented"),
    ("GBP", "1.17", "invented"),
    ("CHF", "1.05", "invented"),
)

# ID, English description, creatable, category.
DOCUMENT_TYPES = (
    (10, "Sales invoice", True, 1, "recorded"),
    (20, "Purchase invoice", True, 1, "documented"),
    (31, "VAT return", False, 1, "inferred"),
    (32, "EU sales list", False, 1, "inferred"),
    (55, "Miscellaneous", True, 2, "documented"),
    (146, "Wage tax return", False, 1, "inferred"),
)
DOCUMENT_TYPE_CATEGORIES = ((1, "Financial", "invented"), (2, "General", "invented"))
DOCUMENT_CATEGORIES = (
    ("Customers", "recorded"), ("Suppliers", "invented"), ("General", "invented"),
)

TRANSACTION_SOURCES = (
    (1, "Manual entry", "invented"), (2, "Import", "invented"), (3, "API", "invented"),
)
FEATURES = (
    (1, "Base", "invented"), (2, "Account", "invented"), (3, "Banking", "invented"),
    (4, "MultiCurrency", "invented"), (5, "VAT", "invented"),
)

COST_CENTERS = (
    ("ADM", "Administration", "invented"), ("VERK", "Sales", "invented"),
    ("MAG", "Warehouse", "invented"), ("PROJ", "Projects", "invented"),
)
COST_UNITS = (
    ("A", "Product A", "invented"), ("B", "Product B", "invented"), ("X", "Other", "invented"),
)
