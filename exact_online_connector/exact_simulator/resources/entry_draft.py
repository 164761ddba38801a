# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Sales and purchase entries before they are stored: judged, completed, their VAT computed."""

import calendar
import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from .. import clock, ledger, numbering, periods, vat
from ..books import Books
from ..errors import Refused
from ..percentages import is_share
from ..schema import CODES, RESOURCES
from ..wire import vat_code
from ..writing import limited, missing
from . import currency, withholding
from .dimensions import complete_dimensions

YOUR_REF_LENGTH = 30
DESCRIPTION_LENGTH = 60
_GUID = re.compile(r"\{?[0-9a-f]{8}-", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[^0-9A-Za-z]")


@dataclass(frozen=True)
class Kind:
    """What tells sales from purchases; `sign` is that of the party's ledger line."""

    table: str
    lines: str
    party: str
    journal_types: tuple
    invoice_type: int
    sign: int
    direction: str
    gl_of_party: str
    gl_mismatch: str
    condition_of_party: str
    vat_account: str
    document_type: int

    @property
    def credit_type(self):
        return self.invoice_type + 1


SALES = Kind("SalesEntries", "SalesEntryLines", "Customer", (20, 21), 20, 1, "S", "GLAR",
             "receivable_account", "PaymentConditionSales", "GLToPay", 10)
PURCHASES = Kind("PurchaseEntries", "PurchaseEntryLines", "Supplier", (22, 23), 30, -1, "P",
                 "GLAP", "payable_account", "PaymentConditionPurchase", "GLToClaim", 20)


# Share of a purchase line -> its default on the GL account.
SHARES = {"VATNonDeductiblePercentage": "VATNonDeductiblePercentage",
          "PrivateUsePercentage": "PrivatePercentage"}


@dataclass
class Draft:
    """An entry while it is judged: the client's values and the rows that they refer to."""

    books: Books
    kind: Kind
    values: dict
    problems: list
    party: dict | None = None
    journal: dict | None = None
    condition: dict | None = None

    def refuse(self, kind, *names):
        self.problems.append(self.books.text(kind, *names))


# --- the header ---------------------------------------------------------------------------------


def complete_header(draft):
    """Judge the header and fill in what the client left to Exact."""
    books, values = draft.books, draft.values
    draft.journal = _journal(draft)
    draft.party = _party(draft)
    values["EntryDate"] = clock.midnight(values.get("EntryDate") or books.today)
    values["ReportingYear"], values["ReportingPeriod"] = periods.resolved(
        books, draft.journal, values["EntryDate"], values.get("ReportingYear"),
        values.get("ReportingPeriod"), draft.problems)
    values["Currency"], values["Rate"] = currency.resolved(
        books, draft.journal, values.get("Currency"), values.get("Rate"), values["EntryDate"],
        draft.problems, is_stored=bool(values.get("EntryID")))
    _complete_condition(draft)
    _complete_texts(draft)
    withholding.complete_header(draft)
    if draft.party:
        values[draft.kind.party + "Name"] = draft.party["Name"]
    if draft.journal:
        values["JournalDescription"] = draft.journal["Description"]
    values.setdefault("Status", 20)
    values["StatusDescription"] = ledger.status_name(values["Status"])
    values["Reversal"] = bool(values.get("Reversal"))
    values["ProcessNumber"] = values.get("ProcessNumber") or 0


def _journal(draft):
    code = draft.values.get("Journal")
    if not code:
        return None
    journal = draft.books.first("Journals", Code=code)
    if journal is None:
        draft.refuse("reference", "Journals" if _GUID.match(code) else "Journal")
    elif journal["Type"] not in draft.kind.journal_types:
        draft.refuse("invalid", "JournalType")
    elif journal["IsBlocked"]:
        draft.refuse("blocked", "Journal")
    return journal


def _party(draft):
    kind, books = draft.kind, draft.books
    key = draft.values.get(kind.party)
    if not key:
        return None
    party = books.row("Accounts", key)
    if party is None:
        draft.refuse("reference", kind.party)
        return None
    is_allowed = party["Status"] == "C" if kind is SALES else party["IsSupplier"]
    if not is_allowed:
        draft.refuse("invalid", f"{kind.party}Type")
    if party["Blocked"]:
        draft.refuse("blocked", kind.party)
    own, journal_gl = party[kind.gl_of_party], draft.journal and draft.journal["GLAccount"]
    if own and journal_gl and own != journal_gl:
        codes = [(books.row("GLAccounts", each) or {}).get("Code", "?")
                 for each in (own, journal_gl)]
        draft.refuse(kind.gl_mismatch, *codes)
    return party


def _complete_condition(draft):
    books, values, kind = draft.books, draft.values, draft.kind
    code = (values.get("PaymentCondition") or (draft.party or {}).get(kind.condition_of_party)
            or books.company["_default_condition"])
    if not code:
        draft.refuse("mandatory", "PaymentCondition")
        return
    condition = books.first("PaymentConditions", Code=code)
    if condition is None:
        draft.refuse("reference", "PaymentCondition")
        return
    draft.condition = condition
    values["PaymentCondition"] = code
    values["PaymentConditionDescription"] = condition["Description"]
    values["PaymentConditionPaymentMethod"] = condition["PaymentMethod"]
    due = values.get("DueDate") or due_date(condition, values["EntryDate"])
    values["DueDate"] = clock.midnight(due)


def due_date(condition, date):
    """First to the end of the month so many months ahead, then so many days on (4.)."""
    months = condition["PaymentEndOfMonths"] or 0
    if months:
        total = date.year * 12 + date.month - 1 + months
        year, month = total // 12, total % 12 + 1
        date = date.replace(year=year, month=month, day=calendar.monthrange(year, month)[1])
    return date + timedelta(days=condition["PaymentDays"] or 0)


def _complete_texts(draft):
    books, values = draft.books, draft.values
    values["YourRef"] = limited(books, "YourRef", values.get("YourRef"), YOUR_REF_LENGTH,
                                "your_ref_length", draft.problems)
    values["Description"] = limited(books, "Description", values.get("Description"),
                                    DESCRIPTION_LENGTH, "description_length", draft.problems)
    reference, rule = values.get("PaymentReference"), books.switch("payment_reference")
    if reference and rule != "as_sent" and _PUNCTUATION.search(reference):
        if rule == "refuse":
            draft.refuse("invalid", "PaymentReference")
        values["PaymentReference"] = _PUNCTUATION.sub("", reference)


def judge_number(draft):
    """An entry number that the client chose must be free in its journal."""
    number, journal = draft.values.get("EntryNumber"), draft.journal
    if number and journal and numbering.is_used(draft.books, journal["Code"], number):
        draft.refuse("in_use", "EntryNumber")
    if not number:
        draft.values["EntryNumber"] = None


# --- the lines ----------------------------------------------------------------------------------


def complete_line(draft, line):
    """Judge a line; the rows it refers to are kept as `_gl` and `_code`."""
    books = draft.books
    values = {name: value for name, value in line.items() if not name.startswith("_")}
    draft.problems += [
        text for text in missing(books, RESOURCES[_line_resource(draft.kind)], values, nested=True)
        if text not in draft.problems
    ]
    gl_account = _gl_account(draft, values)
    code = _vat_code(draft, values, gl_account)
    complete_dimensions(books, values, gl_account, draft.problems)
    _complete_deferral(draft, values)
    _complete_shares(draft, values, gl_account)
    withholding.complete_line(values)
    percentage = values.get("VATPercentage")
    if percentage is not None and percentage <= 0 and "ID" not in values:
        draft.refuse("invalid", "VATPercentage")
    values["AmountFC"] = vat.cents(values.get("AmountFC") or 0)
    values["Description"] = limited(books, "Description", values.get("Description"),
                                    DESCRIPTION_LENGTH, "description_length", draft.problems)
    if code:
        values |= {"VATCode": code["Code"], "VATCodeDescription": code["Description"]}
    values["_code"], values["_gl"] = code, gl_account
    return values


def _line_resource(kind):
    return "salesentry/SalesEntryLines" if kind is SALES else "purchaseentry/PurchaseEntryLines"


def _gl_account(draft, values):
    key = values.get("GLAccount")
    if not key:
        return None
    row = draft.books.row("GLAccounts", key)
    if row is None:
        if not draft.books.exists_elsewhere("GLAccounts", key):
            draft.refuse("reference", "GLAccount")
        # The GUID of another administration is accepted and stored as null.
        values["GLAccount"] = None
        return None
    if row["IsBlocked"]:
        draft.refuse("blocked", "GLAccount")
    values |= {"GLAccountCode": row["Code"], "GLAccountDescription": row["Description"]}
    return row


def _vat_code(draft, values, gl_account):
    code = values.get("VATCode") or (gl_account or {}).get("VATCode")
    if not code:
        return None
    row = draft.books.first("VATCodes", Code=vat_code(code))
    if row is None:
        draft.refuse("reference", "VATCode")
        return None
    if row["IsBlocked"] or row["VATTransactionType"] not in ("B", draft.kind.direction):
        draft.refuse("not_allowed", "VATCode")
    return row


def _complete_deferral(draft, values):
    """A period over which to spread the line has two ends."""
    start, end = (day and clock.midnight(day) for day in (values.get("From"), values.get("To")))
    if start and end and end < start:
        draft.refuse("invalid", "To")
    elif bool(start) != bool(end):
        draft.refuse("mandatory", "To" if start else "From")
    values |= {"From": start, "To": end}


def _complete_shares(draft, values, gl_account):
    """What of a purchase may not be claimed: as sent, else as its GL account has it (2.5)."""
    if draft.kind is not PURCHASES:
        return
    for field, default in SHARES.items():
        share = values.get(field)
        if share is None:
            share = (gl_account or {}).get(default)
        if share is not None and not is_share(share):
            draft.refuse("invalid", field)
        values[field] = share


# --- amounts and type ---------------------------------------------------------------------------


def settle_amounts(draft, lines):
    """VAT, totals and type; Refused when an override or the sign is not allowed."""
    books, values = draft.books, draft.values
    taxed = [_taxed(line) for line in lines]
    vat.compute(taxed, rounding=books.switch("vat_rounding"),
                inclusive=books.switch("inclusive_amount"))
    beyond = vat.apply_overrides(taxed, books.switch("vat_override_tolerance"))
    if beyond:
        raise Refused([books.text("vat_difference", str(sent), str(own)) for sent, own in beyond])
    if values.get("VATAmountFC") is not None and books.switch("header_vat") == "enforced":
        vat.enforce_header(taxed, values["VATAmountFC"])
    if "change_vat" in books.damage:
        next((each for each in taxed if each.vat), taxed[0]).vat += vat.CENT
    total = _total(taxed)
    sign = _decide_type(draft, total)
    if sign < 0:
        withholding.turn(values, lines)
    for line, each in zip(lines, taxed, strict=True):
        _fill_line(line, each, values, sign)
    reverse = sum(each.vat for each in taxed if each.is_reverse_charge)
    values["AmountFC"] = total * sign - withholding.deducted(draft, lines, total * sign)
    values["AmountDC"] = vat.cents(values["AmountFC"] * values["Rate"])
    values["VATAmountFC"] = (sum((each.vat for each in taxed), vat.ZERO) - reverse) * sign
    values["VATAmountDC"] = vat.cents(values["VATAmountFC"] * values["Rate"])
    values["TypeDescription"] = CODES["Transaction.Type"][str(values["Type"])]


def _taxed(line):
    code = line["_code"]
    percentage = line.get("VATPercentage")
    if "LineNumber" in line or not percentage:
        percentage = (code or {}).get("Percentage") or Decimal(0)
    override = line.get("VATAmountFC")
    return vat.TaxedLine(line["AmountFC"], code, percentage, override)


def _total(taxed):
    return sum((each.base + (vat.ZERO if each.is_reverse_charge else each.vat)
                for each in taxed), vat.ZERO)


def _decide_type(draft, total):
    """Set Type; -1 when the amounts have to change sign for it."""
    books, values, kind = draft.books, draft.values, draft.kind
    sent = values.get("Type")
    if sent is None:
        is_credit = total < 0 and books.switch("credit_note_type") == "21"
        values["Type"] = kind.credit_type if is_credit else kind.invoice_type
        return 1
    if sent not in (kind.invoice_type, kind.credit_type):
        raise Refused([books.text("invalid", "Type")])
    if sent == kind.credit_type and total > 0:
        rule = books.switch("positive_credit_note")
        if rule == "refuse":
            raise Refused([books.text("not_allowed", "AmountFC")])
        return -1 if rule == "flip" else 1
    return 1


def _fill_line(line, taxed, values, sign):
    rate = values["Rate"]
    line["AmountFC"] = line["AmountFC"] * sign
    line["AmountDC"] = vat.cents(line["AmountFC"] * rate)
    line["VATAmountFC"], line["VATBaseAmountFC"] = taxed.vat * sign, taxed.base * sign
    line["VATAmountDC"] = vat.cents(line["VATAmountFC"] * rate)
    line["VATBaseAmountDC"] = vat.cents(line["VATBaseAmountFC"] * rate)
    line["VATPercentage"] = taxed.percentage
    line["Type"] = values["Type"]


def apply_damage(draft, lines):
    """Store something else than was sent, as faults ask for it."""
    damage = draft.books.damage
    if "drop_gl_link" in damage:
        lines[-1] |= {"GLAccount": None, "GLAccountCode": None, "GLAccountDescription": None,
                      "_gl": None}
    if "lose_document_link" in damage:
        draft.values["Document"] = None
    if "lose_line" in damage and len(lines) > 1:
        lines.pop()
