# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""salesentry and purchaseentry: invoices and credit notes (facts.md 4.6, 4.7, 8)."""

import calendar
import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from .. import clock, ledger, matching, numbering, periods, vat
from ..books import Books
from ..errors import Refused
from ..ledger import Posting
from ..schema import CODES, RESOURCES
from ..wire import vat_code
from ..writing import Writer, limited, missing

YOUR_REF_LENGTH = 30
DESCRIPTION_LENGTH = 60
_GUID = re.compile(r"\{?[0-9a-f]{8}-", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[^0-9A-Za-z]")
_CHANGEABLE = {"YourRef", "Description", "Document", "PaymentReference", "PaymentCondition",
               "OrderNumber", "ExternalLinkReference", "InvoiceNumber", "EntryDate", "DueDate",
               "Rate", "Reversal", "BatchNumber", "ProcessNumber", "GAccountAmountFC",
               "VATAmountFC"}


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


class EntryWriter(Writer):
    """Headers with their lines; every change of substance posts the entry anew."""

    def __init__(self, resource, kind):
        super().__init__(resource)
        self.kind = kind

    def create(self, books, values):
        draft = Draft(books, self.kind, dict(values), missing(books, self.resource, values))
        lines = draft.values.pop(self.kind.lines, None) or []
        _complete_header(draft)
        stored_lines = [_complete_line(draft, line) for line in lines]
        _judge_number(draft)
        if draft.problems:
            raise Refused(draft.problems)
        header = draft.values
        _settle_amounts(draft, stored_lines)
        if header.get("EntryNumber") is None:
            header["EntryNumber"] = numbering.next_entry_number(
                books, draft.journal, header["ReportingYear"])
        if header.get("InvoiceNumber") is None:
            header["InvoiceNumber"] = header["EntryNumber"]
        _apply_damage(draft, stored_lines)
        header = books.insert(self.kind.table, header)
        _link(draft, header)
        _store_lines(books, self.kind, header, stored_lines)
        _post(books, self.kind, header)
        return header["EntryID"]

    def change(self, books, row, values):
        _check_changeable(books, row)
        changes = {name: value for name, value in values.items()
                   if not (name in row and row[name] == value)}
        forbidden = sorted(set(changes) - _CHANGEABLE - {"Type", "AmountDC"})
        if forbidden:
            raise Refused([books.text("not_allowed", forbidden[0])])
        if set(changes) <= {"Document"}:
            if changes:
                _relink(books, row, changes["Document"])
            return
        self._repost(books, row, changes)

    def _repost(self, books, row, changes):
        kind = self.kind
        if matching.is_matched(books, row["EntryID"]):
            raise Refused([books.text("matched")])
        values = {name: row[name] for name in RESOURCES[self.resource.name].fields
                  if name in row and not name.startswith("_")}
        if "EntryDate" in changes:
            values |= {"ReportingYear": None, "ReportingPeriod": None, "DueDate": None}
        if "PaymentCondition" in changes:
            values["DueDate"] = None
        values |= changes
        draft = Draft(books, kind, values, [])
        _complete_header(draft)
        lines = [_complete_line(draft, line)
                 for line in books.rows(kind.lines, EntryID=row["EntryID"], order="LineNumber")]
        if draft.problems:
            raise Refused(draft.problems)
        _settle_amounts(draft, lines)
        _restore(books, kind, row["EntryID"], draft.values, lines)
        if "Document" in changes:
            _relink(books, row, changes["Document"])

    def remove(self, books, row):
        _check_changeable(books, row)
        if matching.is_matched(books, row["EntryID"]):
            raise Refused([books.text("matched")])
        ledger.delete_entry(books, row["EntryID"])


class EntryLineWriter(Writer):
    """Lines on their own: the way to change an entry's lines (facts.md 4.6)."""

    def __init__(self, resource, kind):
        super().__init__(resource)
        self.kind = kind

    def create(self, books, values):
        problems = missing(books, self.resource, values)
        header = books.row(self.kind.table, values.get("EntryID"))
        if values.get("EntryID") and header is None:
            problems.append(books.text("reference", "EntryID"))
        if problems:
            raise Refused(problems)
        lines = self._lines(books, header)
        before = {line["ID"] for line in lines}
        self._repost(books, header, [*lines, values])
        return next(line["ID"] for line in self._lines(books, header) if line["ID"] not in before)

    def change(self, books, row, values):
        header = books.row(self.kind.table, row["EntryID"])
        changed = {**row, **values}
        if "VATAmountFC" not in values:
            changed["VATAmountFC"] = None
        self._repost(books, header, [changed if line["ID"] == row["ID"] else line
                                     for line in self._lines(books, header)])

    def remove(self, books, row):
        header = books.row(self.kind.table, row["EntryID"])
        rest = [line for line in self._lines(books, header) if line["ID"] != row["ID"]]
        if rest:
            self._repost(books, header, rest)
            return
        # Deleting the last line deletes the entry.
        _check_changeable(books, header)
        ledger.delete_entry(books, header["EntryID"])

    def _lines(self, books, header):
        return books.rows(self.kind.lines, EntryID=header["EntryID"], order="LineNumber")

    def _repost(self, books, header, lines):
        _check_changeable(books, header)
        if matching.is_matched(books, header["EntryID"]):
            raise Refused([books.text("matched")])
        draft = Draft(books, self.kind, dict(header), [])
        _complete_header(draft)
        stored = [_complete_line(draft, line) for line in lines]
        if draft.problems:
            raise Refused(draft.problems)
        draft.values.pop("VATAmountFC", None)
        _settle_amounts(draft, stored)
        _restore(books, self.kind, header["EntryID"], draft.values, stored)


def _check_changeable(books, row):
    if books.switch("put_entry") == "refused":
        raise Refused([books.text("not_allowed", "EntryID")])
    if row["Status"] == 50:
        raise Refused([books.text("processed")])
    if not periods.is_open(books, row["Journal"], row["ReportingYear"], row["ReportingPeriod"]):
        raise Refused([books.text("period_closed", str(row["ReportingYear"]),
                                  str(row["ReportingPeriod"]))])


# --- the header ---------------------------------------------------------------------------------


def _complete_header(draft):
    books, values = draft.books, draft.values
    draft.journal = _journal(draft)
    draft.party = _party(draft)
    values["EntryDate"] = clock.midnight(values.get("EntryDate") or books.today)
    values["ReportingYear"], values["ReportingPeriod"] = periods.resolved(
        books, draft.journal, values["EntryDate"], values.get("ReportingYear"),
        values.get("ReportingPeriod"), draft.problems)
    _complete_currency(draft)
    _complete_condition(draft)
    _complete_texts(draft)
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


def _complete_currency(draft):
    books, values, journal = draft.books, draft.values, draft.journal
    home = books.company["Currency"]
    currency = values.get("Currency") or (journal and journal["Currency"]) or home
    values["Currency"] = currency
    if books.first("Currencies", Code=currency) is None:
        draft.refuse("reference", "Currency")
        return
    if journal and currency != journal["Currency"] and not journal["AllowVariableCurrency"]:
        draft.refuse("not_allowed", "Currency")
    values["Rate"] = exchange_rate(draft, home, currency, values.get("Rate"))


def exchange_rate(draft, home, currency, sent):
    """Company currency per unit of the entry's currency (administration-defaults.md 11.4)."""
    if currency == home:
        if sent not in (None, 0, 1):
            draft.refuse("not_allowed", "Rate")
        return Decimal(1)
    is_variable = bool(draft.journal and draft.journal["AllowVariableExchangeRate"])
    if draft.books.switch("exchange_rate_rules") == "on":
        if is_variable and not sent:
            draft.refuse("above_zero", "Rate")
        elif not is_variable and sent and not draft.values.get("EntryID"):
            draft.refuse("not_allowed", "Rate")
    if sent:
        return sent
    date = draft.values.get("EntryDate") or draft.books.today
    for row in draft.books.rows("ExchangeRates", order="StartDate DESC", SourceCurrency=currency):
        if row["StartDate"] <= date:
            return row["Rate"]
    if not is_variable:
        draft.refuse("above_zero", "Rate")
    return Decimal(1)


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


def _judge_number(draft):
    number, journal = draft.values.get("EntryNumber"), draft.journal
    if number and journal and numbering.is_used(draft.books, journal["Code"], number):
        draft.refuse("in_use", "EntryNumber")
    if not number:
        draft.values["EntryNumber"] = None


# --- the lines ----------------------------------------------------------------------------------


def _complete_line(draft, line):
    books = draft.books
    values = {name: value for name, value in line.items() if not name.startswith("_")}
    draft.problems += [
        text for text in missing(books, RESOURCES[_line_resource(draft.kind)], values, nested=True)
        if text not in draft.problems
    ]
    gl_account = _gl_account(draft, values)
    code = _vat_code(draft, values, gl_account)
    _check_dimensions(draft, values, gl_account)
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


def _check_dimensions(draft, values, gl_account):
    for field, table, usage, default in (
            ("CostCenter", "Costcenters", "UseCostcenter", "Costcenter"),
            ("CostUnit", "Costunits", "UseCostunit", "Costunit")):
        code = values.get(field) or (gl_account or {}).get(default)
        if not code:
            if gl_account and gl_account[usage] == 1:
                draft.refuse("mandatory", field)
            continue
        row = draft.books.first(table, Code=code)
        if row is None:
            draft.refuse("reference", field)
            continue
        values |= {field: code, f"{field}Description": row["Description"]}


# --- amounts and type ---------------------------------------------------------------------------


def _settle_amounts(draft, lines):
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
    for line, each in zip(lines, taxed, strict=True):
        _fill_line(line, each, values, sign)
    reverse = sum(each.vat for each in taxed if each.is_reverse_charge)
    values["AmountFC"] = total * sign
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


def _apply_damage(draft, lines):
    damage = draft.books.damage
    if "drop_gl_link" in damage:
        lines[-1] |= {"GLAccount": None, "GLAccountCode": None, "GLAccountDescription": None,
                      "_gl": None}
    if "lose_document_link" in damage:
        draft.values["Document"] = None
    if "lose_line" in damage and len(lines) > 1:
        lines.pop()
        amounts = [line["VATBaseAmountFC"] + line["VATAmountFC"] for line in lines]
        draft.values["AmountFC"] = sum(amounts, vat.ZERO)
        draft.values["AmountDC"] = vat.cents(draft.values["AmountFC"] * draft.values["Rate"])


# --- storing and posting ------------------------------------------------------------------------


def _link(draft, header):
    """Fill the document's number and subject; a purchase entry makes a document of its own."""
    books, kind = draft.books, draft.kind
    document = books.row("Documents", header.get("Document"))
    if header.get("Document") and document is None:
        if not books.exists_elsewhere("Documents", header["Document"]):
            raise Refused([books.text("reference", "Document")])
    is_lost = "lose_document_link" in books.damage
    if document is None and kind is PURCHASES and not header.get("Document") and not is_lost:
        document = _own_document(draft, header)
    header |= {"Document": document and document["ID"],
               "DocumentNumber": document and document["HID"],
               "DocumentSubject": document and document["Subject"]}
    books.update(kind.table, header["EntryID"], Document=header["Document"],
                 DocumentNumber=header["DocumentNumber"],
                 DocumentSubject=header["DocumentSubject"])
    if document:
        books.update("Documents", document["ID"], FinancialTransactionEntryID=header["EntryID"])


def _own_document(draft, header):
    from .documents import complete_document

    subject = header.get("Description") or f"{header['TypeDescription']}: {header['EntryNumber']}"
    values = complete_document(draft.books, {
        "Subject": subject, "Type": draft.kind.document_type, "DocumentDate": header["EntryDate"],
        "Account": header[draft.kind.party], "Currency": header["Currency"],
        "AmountFC": header["AmountFC"],
    })
    return draft.books.insert("Documents", values)


def _relink(books, row, key):
    document = books.row("Documents", key)
    if key and document is None and not books.exists_elsewhere("Documents", key):
        raise Refused([books.text("reference", "Document")])
    if "lose_document_link" in books.damage:
        document = None
    ledger.link_document(books, row["EntryID"], document)
    if document:
        books.update("Documents", document["ID"], FinancialTransactionEntryID=row["EntryID"])


def _store_lines(books, kind, header, lines):
    for number, line in enumerate(lines, 1):
        stored = {name: value for name, value in line.items() if not name.startswith("_")}
        stored |= {"EntryID": header["EntryID"], "LineNumber": number}
        line["ID"] = books.insert(kind.lines, stored)["ID"]


def _restore(books, kind, entry_id, values, lines):
    """Replace what is stored of an entry by new values and post it again."""
    ledger.unpost(books, entry_id)
    for line in books.rows(kind.lines, EntryID=entry_id):
        books.remove(kind.lines, line["ID"])
    changes = {name: value for name, value in values.items()
               if not name.startswith("_") and name not in (
                   "EntryID", "Created", "Modified", "Creator", "CreatorFullName", "Modifier",
                   "ModifierFullName", "Division")}
    books.update(kind.table, entry_id, **changes)
    header = books.row(kind.table, entry_id)
    _store_lines(books, kind, header, lines)
    _post(books, kind, header)


def _post(books, kind, header):
    party = books.row("Accounts", header[kind.party])
    journal = books.first("Journals", Code=header["Journal"])
    condition = books.first("PaymentConditions", Code=header["PaymentCondition"]) or {}
    control = party[kind.gl_of_party] or journal["GLAccount"]
    lines = books.rows(kind.lines, EntryID=header["EntryID"], order="LineNumber")
    postings = [Posting(books.row("GLAccounts", control), kind.sign * header["AmountFC"],
                        account=party)]
    vat_by_code = {}
    for line in lines:
        code = line["VATCode"] and books.first("VATCodes", Code=line["VATCode"])
        postings.append(_line_posting(books, kind, line, code, party))
        if line["VATAmountFC"]:
            key = line["VATCode"] or ""
            vat_by_code.setdefault(key, [code, Decimal(0)])[1] += line["VATAmountFC"]
    for code, amount in vat_by_code.values():
        postings += _vat_postings(books, kind, code, amount)
    entry = {
        **header, "Date": header["EntryDate"], "JournalCode": header["Journal"],
        "FinancialYear": header["ReportingYear"], "FinancialPeriod": header["ReportingPeriod"],
        "ExchangeRate": header["Rate"], "PaymentMethod": condition.get("PaymentMethod"),
        "PaymentDays": condition.get("PaymentDays"),
    }
    ledger.post(books, entry, postings)


def _line_posting(books, kind, line, code, party):
    gl_account = books.row("GLAccounts", line["GLAccount"])
    # The party is named on every line, yet only a receivable or payable line opens a term.
    is_control = gl_account and gl_account["Type"] in (ledger.RECEIVABLE, ledger.PAYABLE)
    extra = {name: line[name] for name in (
        "CostCenter", "CostCenterDescription", "CostUnit", "CostUnitDescription", "Notes",
        "Quantity", "Description") if line[name] is not None}
    if not is_control:
        extra |= {"Account": party["ID"], "AccountCode": party["Code"],
                  "AccountName": party["Name"]}
    if code:
        extra |= {"AmountVATFC": -kind.sign * line["VATAmountFC"],
                  "AmountVATBaseFC": -kind.sign * line["VATBaseAmountFC"],
                  "VATPercentage": line["VATPercentage"]}
    base = line["VATBaseAmountFC"]
    return Posting(gl_account, -kind.sign * base, account=party if is_control else None,
                   vat_code=code, extra=extra)


def _vat_postings(books, kind, code, amount):
    """The VAT line of a code; a reverse charge is both owed and claimed and adds up to nothing."""
    if not amount:
        return []
    signed = -kind.sign * amount
    own = Posting(_vat_account(books, code, kind.vat_account), signed, vat_code=code)
    if not (code and code["Charged"]):
        return [own]
    return [own, Posting(_vat_account(books, code, "GLToPay"), -signed, vat_code=code)]


def _vat_account(books, code, field):
    key = code and code[field]
    return books.row("GLAccounts", key) if key else books.first("GLAccounts", Type=24)
