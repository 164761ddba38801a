# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""The ledger lines of sales and purchase entries (administration-defaults.md 2.1, 2.5, 3.4)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from .. import ledger
from ..ledger import Posting
from ..vat import cents
from . import withholding
from .dimensions import COLUMNS as DIMENSIONS

_SECOND_INSTALMENT = timedelta(days=30)


def post_entry(books, kind, header):
    """Post a stored entry with its stored lines."""
    party = books.row("Accounts", header[kind.party])
    journal = books.first("Journals", Code=header["Journal"])
    condition = books.first("PaymentConditions", Code=header["PaymentCondition"]) or {}
    control = party[kind.gl_of_party] or journal["GLAccount"]
    own = Posting(books.row("GLAccounts", control), kind.sign * header["AmountFC"], account=party,
                  instalments=_instalments(books, condition, header))
    entry = {
        **header, "Date": header["EntryDate"], "JournalCode": header["Journal"],
        "FinancialYear": header["ReportingYear"], "FinancialPeriod": header["ReportingPeriod"],
        "ExchangeRate": header["Rate"], "PaymentMethod": condition.get("PaymentMethod"),
        "PaymentDays": condition.get("PaymentDays"),
    }
    lines = books.rows(kind.lines, EntryID=header["EntryID"], order="LineNumber")
    postings = [own, *_line_and_vat_postings(books, kind, lines, party),
                *withholding.postings(books, kind, header, lines)]
    if header["Rate"] != 1 and books.switch("rate_remainder") == "party":
        _leave_remainder_to(own, postings, header["Rate"])
    ledger.post(books, entry, postings)
    if own.amount_dc != kind.sign * header["AmountDC"]:
        books.update(kind.table, header["EntryID"], AmountDC=kind.sign * own.amount_dc)


def _instalments(books, condition, header):
    """(share, due date) of each term when the condition asks for only a part at first."""
    share = condition.get("Percentage")
    if books.switch("instalments") == "one_term" or not share or not 0 < share < 1:
        return ()
    due = header["DueDate"]
    return (share, due), (1 - share, due + _SECOND_INSTALMENT)


def _leave_remainder_to(party, postings, rate):
    """Every other line is its amount times the rate; the customer or supplier takes the rest."""
    others = [each for each in postings if each is not party]
    for posting in others:
        if posting.amount_dc is None:
            posting.amount_dc = cents(posting.amount * rate)
    party.amount_dc = -sum((each.amount_dc for each in others), Decimal(0))


def _line_and_vat_postings(books, kind, lines, party):
    postings, vat_by_code = [], {}
    for line in lines:
        code = line["VATCode"] and books.first("VATCodes", Code=line["VATCode"])
        split = _split(books, line)
        postings += _line_postings(books, kind, line, code, party, split)
        if line["VATAmountFC"]:
            total = vat_by_code.setdefault(line["VATCode"] or "", _VATTotal(code))
            total.full += line["VATAmountFC"]
            total.booked += split.vat
    for total in vat_by_code.values():
        postings += _vat_postings(books, kind, total)
    return postings


@dataclass
class _Split:
    """Where a line's base and VAT go; what is neither private nor claimed is a cost."""

    base: Decimal
    private: Decimal
    non_deductible: Decimal
    vat: Decimal


def _split(books, line):
    """Sales lines have neither share. The private share is taken first, of base and VAT alike."""
    base, vat = line["VATBaseAmountFC"], line["VATAmountFC"]
    private_share = Decimal(0)
    if books.switch("private_use") == "booked":
        private_share = line.get("PrivateUsePercentage") or private_share
    private_base, private_vat = cents(base * private_share), cents(vat * private_share)
    left = vat - private_vat
    lost = cents(left * (line.get("VATNonDeductiblePercentage") or 0))
    return _Split(base - private_base, private_base + private_vat, lost, left - lost)


def _line_postings(books, kind, line, code, party, split):
    gl_account = books.row("GLAccounts", line["GLAccount"])
    # The party is named on every line, yet only a receivable or payable line opens a term.
    is_control = gl_account and gl_account["Type"] in (ledger.RECEIVABLE, ledger.PAYABLE)
    extra = {name: line[name] for name in (*DIMENSIONS, "Notes", "Quantity", "Description")
             if line[name] is not None}
    named = {"Account": party["ID"], "AccountCode": party["Code"], "AccountName": party["Name"]}
    own = Posting(gl_account, -kind.sign * split.base, account=party if is_control else None,
                  vat_code=code, extra=extra if is_control else extra | named)
    postings = [own]
    for amount, field in ((split.private, "PrivateGLAccount"),
                          (split.non_deductible, "VATNonDeductibleGLAccount")):
        if amount:
            other = books.row("GLAccounts", (gl_account or {}).get(field)) or gl_account
            postings.append(Posting(other, -kind.sign * amount, vat_code=code,
                                    extra=extra | named))
    if code:
        own.extra = own.extra | {
            "AmountVATFC": -kind.sign * line["VATAmountFC"],
            "AmountVATBaseFC": -kind.sign * line["VATBaseAmountFC"],
            "VATPercentage": line["VATPercentage"]}
    return postings


@dataclass
class _VATTotal:
    """VAT of the lines with one code: all of it, and what is to be paid or claimed."""

    code: dict | None
    full: Decimal = Decimal(0)
    booked: Decimal = Decimal(0)


def _vat_postings(books, kind, total):
    """The VAT line of a code; a reverse charge is owed in full, whatever of it may be claimed."""
    code, postings = total.code, []
    if total.booked:
        postings.append(Posting(vat_account(books, code, kind.vat_account),
                                -kind.sign * total.booked, vat_code=code))
    if code and code["Charged"] and total.full:
        postings.append(Posting(vat_account(books, code, "GLToPay"), kind.sign * total.full,
                                vat_code=code))
    return postings


def vat_account(books, code, field):
    """The GL account of a VAT code (GLToPay or GLToClaim), else the first one for VAT."""
    return books.row("GLAccounts", code and code[field]) or books.first("GLAccounts", Type=24)
