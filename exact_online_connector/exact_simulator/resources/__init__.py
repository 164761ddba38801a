# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which rules hold for which resource; a resource that is missing here has none of its own."""

from ..schema import RESOURCES
from ..writing import Writer
from .accounts import AccountChildWriter, AccountWriter
from .bank import CashLineWriter, CashWriter
from .cashflow import TermWriter
from .documents import AttachmentWriter, DocumentWriter
from .entries import EntryLineWriter, EntryWriter
from .entry_draft import PURCHASES, SALES
from .general_journal import GeneralJournalLineWriter, GeneralJournalWriter
from .reference import (
    CodedWriter,
    ExchangeRateWriter,
    GLAccountWriter,
    JournalWriter,
    VATCodeWriter,
)
from .webhooks import SubscriptionWriter

_WRITERS = {
    "crm/Accounts": AccountWriter,
    "crm/Contacts": AccountChildWriter,
    "crm/BankAccounts": AccountChildWriter,
    "crm/Addresses": AccountChildWriter,
    "financial/Journals": JournalWriter,
    "financial/GLAccounts": GLAccountWriter,
    "financial/ExchangeRates": ExchangeRateWriter,
    "vat/VATCodes": VATCodeWriter,
    "cashflow/PaymentConditions": CodedWriter,
    "cashflow/Receivables": TermWriter,
    "cashflow/Payments": TermWriter,
    "hrm/Costcenters": CodedWriter,
    "hrm/Costunits": CodedWriter,
    "documents/Documents": DocumentWriter,
    "documents/DocumentAttachments": AttachmentWriter,
    "financialtransaction/BankEntries": CashWriter,
    "financialtransaction/BankEntryLines": CashLineWriter,
    "financialtransaction/CashEntries": CashWriter,
    "financialtransaction/CashEntryLines": CashLineWriter,
    "generaljournalentry/GeneralJournalEntries": GeneralJournalWriter,
    "generaljournalentry/GeneralJournalEntryLines": GeneralJournalLineWriter,
    "webhooks/WebhookSubscriptions": SubscriptionWriter,
}
WRITERS = {name: _WRITERS.get(name, Writer)(resource) for name, resource in RESOURCES.items()} | {
    "salesentry/SalesEntries": EntryWriter(RESOURCES["salesentry/SalesEntries"], SALES),
    "salesentry/SalesEntryLines": EntryLineWriter(RESOURCES["salesentry/SalesEntryLines"], SALES),
    "purchaseentry/PurchaseEntries": EntryWriter(
        RESOURCES["purchaseentry/PurchaseEntries"], PURCHASES),
    "purchaseentry/PurchaseEntryLines": EntryLineWriter(
        RESOURCES["purchaseentry/PurchaseEntryLines"], PURCHASES),
}
