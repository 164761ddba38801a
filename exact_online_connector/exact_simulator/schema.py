# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The resources of Exact Online and their fields, read from schema.json (data only)."""

import json
import pathlib
from dataclasses import dataclass, field, replace

_DATA = json.loads(pathlib.Path(__file__).with_name("schema.json").read_text(encoding="utf-8"))

CODES = _DATA["codes"]

# Several resources show the same rows: the plain, the bulk and the sync one of a kind by their
# common last name, these by decree.
_TABLES = {
    "cashflow/Receivables": "PaymentTerms",
    "cashflow/Payments": "PaymentTerms",
    "bulk/Cashflow/Receivables": "PaymentTerms",
    "bulk/Cashflow/Payments": "PaymentTerms",
    "system/AllDivisions": "Divisions",
    "system/GetMostRecentlyUsedDivisions": "Divisions",
    "read/crm/DefaultAddressForAccount": "Addresses",
}
_CONDITIONS = {
    "cashflow/Receivables": "LineType = 20",
    "bulk/Cashflow/Receivables": "LineType = 20",
    "cashflow/Payments": "LineType = 22",
    "bulk/Cashflow/Payments": "LineType = 22",
    "read/crm/DefaultAddressForAccount": "Main = 1",
}
_RENAMED = {"hrm/Divisions": {"HID": "Hid", "Main": "IsMainDivision"}}
_KEYS = {
    "read/crm/DefaultAddressForAccount": "ID",
    "read/financial/ReceivablesListByAccount": "HID",
    "read/financial/PayablesListByAccount": "HID",
    "read/logistics/StockPosition": "ItemId",
    "read/sync/Sync/SyncTimestamp": "TimeStampAsBigInt",
}
# Read through a query of their own instead of a table (see resources/lists.py).
COMPUTED = {
    "read/financial/ReceivablesList",
    "read/financial/ReceivablesListByAccount",
    "read/financial/PayablesList",
    "read/financial/PayablesListByAccount",
    "read/financial/AgingReceivablesList",
    "read/financial/AgingPayablesList",
    "read/financial/OutstandingInvoicesOverview",
    "financial/ReportingBalance",
}
# Lines hang below their header by this column.
PARENTS = {
    "SalesEntryLines": ("salesentry/SalesEntryLines", "EntryID"),
    "PurchaseEntryLines": ("purchaseentry/PurchaseEntryLines", "EntryID"),
    "BankEntryLines": ("financialtransaction/BankEntryLines", "EntryID"),
    "CashEntryLines": ("financialtransaction/CashEntryLines", "EntryID"),
    "GeneralJournalEntryLines": ("generaljournalentry/GeneralJournalEntryLines", "EntryID"),
    "TransactionLines": ("financialtransaction/TransactionLines", "EntryID"),
    "BankAccounts": ("crm/BankAccounts", "Account"),
    "Attachments": ("documents/DocumentAttachments", "Document"),
    "VATPercentages": ("vat/VatPercentages", "VATCodeID"),
    "SalesInvoiceLines": ("salesinvoice/SalesInvoiceLines", "InvoiceID"),
    "SalesOrderLines": ("salesorder/SalesOrderLines", "OrderID"),
    "PurchaseOrderLines": ("purchaseorder/PurchaseOrderLines", "PurchaseOrderID"),
    "PurchaseInvoiceLines": ("purchase/PurchaseInvoiceLines", "InvoiceID"),
    "GoodsReceiptLines": ("purchaseorder/GoodsReceiptLines", "GoodsReceiptID"),
    "GoodsDeliveryLines": ("salesorder/GoodsDeliveryLines", "EntryID"),
}
# Recorded names of entity types; the others follow the pattern of the first (facts.md 3.1).
_ENTITY_TYPES = {
    "SalesEntries": "SalesEntry",
    "PurchaseEntries": "PurchaseEntry",
    "TransactionLines": "Financial.TransactionLine",
    "Me": "System.Me",
}


@dataclass(frozen=True)
class Field:
    """One property: its Edm type without the prefix, and on which verbs it may be sent."""

    name: str
    type: str
    key: bool = False
    mandatory: bool = False
    create: bool = False
    update: bool = False


@dataclass(frozen=True)
class Resource:
    """One resource of the API: where its rows lie and how they are shown."""

    name: str
    methods: tuple
    page_size: int
    scope: str
    webhook: bool
    fields: dict = field(repr=False)
    table: str
    condition: str
    keys: tuple
    renamed: dict = field(default_factory=dict)
    expressions: dict = field(default_factory=dict)
    query: str = ""

    @property
    def source(self):
        """What to SELECT from: a table, or a query of its own that yields _division too."""
        return f"({self.query})" if self.query else f'"{self.table}"'

    @property
    def key(self):
        return self.keys[0]

    @property
    def is_sync(self):
        return self.name.startswith("sync/")

    @property
    def is_bulk(self):
        return self.name.startswith("bulk/")

    @property
    def entity(self):
        return self.name.rsplit("/", 1)[-1]

    @property
    def entity_type(self):
        return "Exact.Web.Api.Models." + _ENTITY_TYPES.get(self.entity, _singular(self.entity))

    def column(self, name):
        """The SQL of a property."""
        if name == "Timestamp" and self.is_sync:
            return "_timestamp"
        if name in self.expressions:
            return self.expressions[name]
        return f'"{self.renamed.get(name, name)}"'


def with_source(resource, query="", expressions=None):
    """The resource, read through another query or other expressions."""
    return replace(resource, query=query, expressions=expressions or resource.expressions)


def _singular(name):
    if name.endswith("ies"):
        return name[:-3] + "y"
    if name.endswith("sses"):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def _field(name, flags):
    edm_type, *words = flags.split()
    return Field(name, edm_type, **{word: True for word in words})


def _keys(name, fields):
    if name.startswith("sync/"):
        return ("Timestamp",)
    if name in _KEYS:
        return (_KEYS[name],)
    return tuple(each.name for each in fields.values() if each.key) or ("ID",)


def _resource(name, data):
    fields = {field_name: _field(field_name, flags) for field_name, flags in data["fields"].items()}
    return Resource(
        name=name,
        methods=tuple(data["methods"]),
        page_size=data["page"],
        scope=data["scope"],
        webhook=data["webhook"],
        fields=fields,
        table=_TABLES.get(name, name.rsplit("/", 1)[-1]),
        condition=_CONDITIONS.get(name, ""),
        keys=_keys(name, fields),
        renamed=_RENAMED.get(name, {}),
    )


RESOURCES = {name: _resource(name, data) for name, data in _DATA["resources"].items()}
_BY_LOWER_NAME = {name.lower(): resource for name, resource in RESOURCES.items()}


def find(name):
    """The resource of that name, whatever its case; None when Exact has no such resource."""
    return _BY_LOWER_NAME.get(name.strip("/").lower())


def _tables():
    tables = {}
    for resource in RESOURCES.values():
        if resource.name in COMPUTED:
            continue
        columns = tables.setdefault(resource.table, {})
        for each in resource.fields.values():
            if each.type != "List" and not (each.name == "Timestamp" and resource.is_sync):
                columns.setdefault(resource.renamed.get(each.name, each.name), each.type)
    return tables


# Table -> column -> Edm type. A table holds every property that any of its resources shows.
TABLES = _tables()


def _primary_keys(table):
    for resource in RESOURCES.values():
        if resource.table == table and not resource.is_sync and resource.name not in COMPUTED:
            return tuple(resource.renamed.get(key, key) for key in resource.keys)
    return ("ID",)


# Table -> its key columns, unique within a division.
PRIMARY_KEYS = {table: _primary_keys(table) for table in TABLES}

# Tables that a sync resource shows.
SYNCED_TABLES = {resource.table for resource in RESOURCES.values() if resource.is_sync}
