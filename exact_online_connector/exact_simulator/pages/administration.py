# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Pages of one administration, in an accountant's words."""

from decimal import Decimal

from markupsafe import Markup
from werkzeug.exceptions import NotFound

from .. import bookkeeping, ledger, matching, periods
from .general import open_totals
from .layout import (
    EMPTY,
    badge,
    choice,
    facts,
    field,
    form,
    join,
    link,
    money,
    section,
    table,
)

_PARTIES = {"SalesEntries": "CustomerName", "PurchaseEntries": "SupplierName"}
_LIST_LENGTH = 500
_TERM_STATUS = {
    matching.OPEN: badge("open"), matching.SELECTED: badge("selected for the bank"),
    matching.SENT: badge("sent to the bank"), matching.MATCHED: badge("matched", "good")}


def overview(books, _request, root):
    company = books.company
    receivable, payable = open_totals(books)
    journals = [
        (row["Code"], row["Description"], ledger_type(row["Type"]), row["GLAccountCode"],
         badge("blocked", "bad") if row["IsBlocked"] else EMPTY)
        for row in books.rows("Journals", order="Code")
    ]
    return {
        "title": company["Description"],
        "lead": f"Administration {books.division}, {company['Country'].strip()}, "
                f"{company['Currency']}, VAT number {company['VATNumber'] or '-'}.",
        "body": join((
            facts([("Customers owe", receivable + Decimal(0)),
                   ("Owed to suppliers", payable + Decimal(0)),
                   ("Bookings", _count(books, "Transactions")),
                   ("Relations", _count(books, "Accounts")),
                   ("GL accounts", _count(books, "GLAccounts")),
                   ("VAT codes", _count(books, "VATCodes"))]),
            section("Latest bookings", _entry_table(books, root, 10)),
            section("Journals", table(("Code", "Name", "Kind", "GL account", ""), journals,
                                      "This administration has no journals yet.")),
        )),
    }


def ledger_type(journal_type):
    return {10: "Cash", 12: "Bank", 16: "Payment service", 20: "Sales", 21: "Sales returns",
            22: "Purchases", 23: "Purchase returns", 90: "General"}.get(journal_type, journal_type)


def _count(books, name):
    return books.connection.execute(
        f'SELECT COUNT(*) FROM "{name}" WHERE _division = ?', (books.division,)).fetchone()[0]


def _base(books, root):
    return f"{root}/administration/{books.division}"


# --- relations ------------------------------------------------------------------------------------


def relations(books, _request, root):
    rows = [
        (row["Code"].strip(), link(f"{_base(books, root)}/relations/{row['ID']}", row["Name"]),
         _roles(row), row["VATNumber"], row["City"], row["Country"], row["Email"])
        for row in books.rows("Accounts", order="Code", limit=_LIST_LENGTH)
    ]
    return {"title": "Relations", "lead": "Customers, suppliers and prospects.",
            "body": table(("Code", "Name", "Role", "VAT number", "City", "Country", "E-mail"), rows,
                          "No relations yet.")}


def _roles(row):
    roles = []
    if row["Status"] == "C":
        roles.append(badge("customer", "good"))
    elif row["Status"] in ("P", "S"):
        roles.append(badge("prospect"))
    if row["IsSupplier"]:
        roles.append(badge("supplier"))
    if row["Blocked"]:
        roles.append(badge("blocked", "bad"))
    return join(roles)


def relation(books, _request, root, key):
    row = books.row("Accounts", key)
    if row is None:
        raise NotFound("There is no such relation.")
    banks = [(bank["BankAccount"], bank["BICCode"]) for bank in
             books.rows("BankAccounts", Account=key)]
    return {
        "title": row["Name"], "lead": f"Relation {row['Code'].strip()}",
        "body": join((
            facts([("Role", _roles(row)), ("Address", row["AddressLine1"]),
                   ("Postcode", row["Postcode"]), ("City", row["City"]),
                   ("Country", row["Country"]), ("VAT number", row["VATNumber"]),
                   ("Company number", row["ChamberOfCommerce"]), ("E-mail", row["Email"]),
                   ("Phone", row["Phone"])]),
            section("Open items", _item_table(books, root, row["ID"])),
            section("Bank accounts", table(("Account", "BIC"), banks, "None.")),
        )),
    }


# --- bookings -------------------------------------------------------------------------------------


def entries(books, _request, root):
    return {"title": "Bookings", "lead": "Every entry, the latest first.",
            "body": _entry_table(books, root, _LIST_LENGTH)}


def _entry_table(books, root, limit):
    rows = []
    for row in books.rows("Transactions", order="_row DESC", limit=limit):
        header = _header(books, row["EntryID"])
        rows.append((
            link(f"{_base(books, root)}/entries/{row['EntryID']}", row["EntryNumber"]),
            row["Date"], row["JournalCode"], row["TypeDescription"], header.get("party"),
            header.get("YourRef") or row["Description"], _with_currency(header),
            row["StatusDescription"], _settled(books, row["EntryID"]),
            _pdf_links(books, root, row["Document"])))
    return table(("Entry", "Date", "Journal", "Kind", "Relation", "Your ref.", ">Amount",
                  "Status", "Settled", "PDF"), rows, "Nothing has been booked yet.")


def _with_currency(header):
    amount = header.get("AmountFC")
    return None if amount is None else f"{header['Currency']} {money(amount)}"


def _header(books, entry_id):
    name = ledger.header_table(books, entry_id)
    if name is None:
        return {}
    header = books.row(name, entry_id)
    header["party"] = header.get(_PARTIES.get(name))
    header.setdefault("AmountFC", None)
    if name in ("BankEntries", "CashEntries"):
        header["AmountFC"] = header["ClosingBalanceFC"] - header["OpeningBalanceFC"]
        lines = books.rows(ledger.ENTRY_TABLES[name], EntryID=entry_id)
        header["party"] = ", ".join(dict.fromkeys(
            line["AccountName"] for line in lines if line["AccountName"]))
    return header


def _settled(books, entry_id):
    terms = books.rows("PaymentTerms", TransactionEntryID=entry_id)
    if not terms:
        return EMPTY
    left = sum(term["AmountFC"] for term in terms if term["Status"] != matching.MATCHED)
    if not left:
        return badge("matched", "good")
    is_partial = any(term["Status"] == matching.MATCHED for term in terms)
    label = "partly, open" if is_partial else "open"
    return Markup("{} {}").format(badge(label, "part" if is_partial else ""), money(abs(left)))


def _pdf_links(books, root, key):
    if not key:
        return EMPTY
    files = books.connection.execute(
        'SELECT "ID", "FileName" FROM "DocumentAttachments" WHERE _division = ?'
        ' AND "Document" = ?', (books.division, key)).fetchall()
    return Markup(" ").join(
        link(f"{_base(books, root)}/attachments/{file}", name) for file, name in files)


def entry(books, _request, root, key):
    row = books.row("Transactions", key)
    if row is None:
        raise NotFound("There is no such booking.")
    header = _header(books, key)
    return {
        "title": f"{row['TypeDescription']} {row['EntryNumber']}",
        "lead": f"Journal {row['JournalCode']} {row['JournalDescription']}",
        "body": join((
            facts([("Relation", header.get("party")), ("Date", row["Date"]),
                   ("Due", header.get("DueDate")), ("Your ref.", header.get("YourRef")),
                   ("Description", row["Description"]),
                   ("Payment reference", header.get("PaymentReference")),
                   ("Amount", header.get("AmountFC")), ("of which VAT", header.get("VATAmountFC")),
                   ("Withholding tax", header.get("WithholdingTaxAmountDC")),
                   ("Currency", header.get("Currency")), ("Rate", _rate(header)),
                   ("Period", f"{row['FinancialYear']} - {row['FinancialPeriod']}"),
                   ("Status", row["StatusDescription"]), ("Settled", _settled(books, key)),
                   ("Document", row["DocumentSubject"]),
                   ("PDF", _pdf_links(books, root, row["Document"]))]),
            section("Lines", _line_table(books, key)),
            section("Ledger", _ledger_table(books, key)),
            section("Payment terms", _term_table(books, key)),
            section("What would you like to do?", _actions(books, root, key)),
        )),
    }


def _rate(header):
    rate = header.get("Rate") or header.get("ExchangeRate")
    return f"{rate.normalize():f}" if rate and rate != 1 else None


def _line_table(books, key):
    name = ledger.header_table(books, key)
    rows = [
        (line["LineNumber"], f"{line['GLAccountCode'] or '-'} {line['GLAccountDescription'] or ''}",
         line["Description"], line.get("VATCode"), line["AmountFC"],
         line.get("VATAmountFC", line.get("AmountVATFC")))
        for line in books.rows(ledger.ENTRY_TABLES[name], EntryID=key, order="LineNumber")
    ] if name else []
    return table((">#", "GL account", "Description", "VAT code", ">Amount", ">VAT"), rows,
                 "No lines.")


def _ledger_table(books, key):
    rows, debit, credit = [], Decimal(0), Decimal(0)
    for line in books.rows("TransactionLines", EntryID=key, order="LineNumber"):
        amount = line["AmountDC"]
        debit, credit = debit + max(amount, 0), credit + max(-amount, 0)
        rows.append((f"{line['GLAccountCode'] or '-'} {line['GLAccountDescription'] or ''}",
                     line["AccountName"], line["VATCode"], amount if amount > 0 else None,
                     -amount if amount < 0 else None))
    rows.append((Markup("<b>Total</b>"), None, None, debit, credit))
    return table(("GL account", "Relation", "VAT code", ">Debit", ">Credit"), rows, "")


def _term_table(books, key):
    rows = [
        (term["DueDate"], term["AmountFC"], term["Currency"],
         _TERM_STATUS.get(term["Status"]),
         term["LastPaymentDate"], term["EndDate"])
        for term in books.rows("PaymentTerms", TransactionEntryID=key)
    ]
    return table(("Due", ">Amount", "", "Status", "Last payment", "Settled on"), rows,
                 "This booking makes nothing payable.")


def _actions(books, root, key):
    address = f"{_base(books, root)}/entries/{key}"
    left = abs(matching.outstanding(books, key))
    forms = []
    if left:
        amount = field("Amount", "amount", f"{left:.2f}")
        forms.append(form(address, "Book a payment", join((
            amount, field("Date", "date", f"{books.today:%Y-%m-%d}", kind="date"))),
            kind="primary", hidden=[("action", "pay")]))
        forms.append(form(address, "Write off", amount, hidden=[("action", "write-off")]))
        others = _counterparts(books, key)
        if others:
            forms.append(form(address, "Match", choice("With", "other", others),
                              hidden=[("action", "credit")]))
    if matching.is_matched(books, key):
        forms.append(form(address, "Undo the matching", hidden=[("action", "unmatch")]))
    if books.row("Transactions", key)["Status"] == 20:
        forms.append(form(address, "Process", hidden=[("action", "process")]))
    forms.append(form(address, "Delete", kind="bad", hidden=[("action", "delete")]))
    return Markup('<div class="actions">{}</div>').format(join(forms))


def _counterparts(books, key):
    """Open items of the same relation with the opposite sign."""
    own = next(iter(matching.open_terms(books, key)), None)
    if own is None:
        return []
    return [(term["TransactionEntryID"], f"{term['EntryNumber']}  {money(term['AmountFC'])}")
            for term in books.rows("PaymentTerms", '"Status" <> 50', Account=own["Account"])
            if term["AmountFC"] * own["AmountFC"] < 0]


def act_on_entry(books, values, key):
    """Do what the form asks; the message, and where to go (None: back to the page)."""
    action, amount = values.get("action"), values.get("amount")
    if action == "pay":
        bookkeeping.pay(books, [(key, amount)], date=values.get("date"))
        return "The payment is booked.", None
    if action == "write-off":
        bookkeeping.write_off(books, key, amount=amount)
        return "The difference is written off.", None
    if action == "credit":
        bookkeeping.match(books, key, values.get("other"))
        return "The items are matched.", None
    if action == "unmatch":
        bookkeeping.unmatch(books, key)
        return "The matching is undone.", None
    if action == "process":
        bookkeeping.process(books, key)
        return "The booking is processed.", None
    if action == "delete":
        bookkeeping.delete_entry(books, key)
        return "The booking is deleted.", "entries"
    raise ValueError("This form asks for nothing.")


def document(books, _request, root, key):
    row = books.row("Documents", key)
    if row is None:
        raise NotFound("There is no such document.")
    booking = row["FinancialTransactionEntryID"]
    return {
        "title": row["Subject"], "lead": f"Document {row['HID']}, {row['TypeDescription']}",
        "body": facts([
            ("Relation", row["AccountName"]), ("Date", row["DocumentDate"]),
            ("Files", _pdf_links(books, root, key)),
            ("Booking", link(f"{_base(books, root)}/entries/{booking}", "open") if booking
             else None)]),
    }


# --- open items, bank, periods --------------------------------------------------------------------


def open_items(books, _request, root):
    receivable, payable = open_totals(books)
    return {"title": "Open items",
            "lead": f"Customers owe {money(receivable)}, suppliers are owed {money(payable)}.",
            "body": _item_table(books, root)}


def _item_table(books, root, account=None):
    wanted = {"Account": account} if account else {}
    rows = [
        (link(f"{_base(books, root)}/entries/{term['TransactionEntryID']}", term["EntryNumber"]),
         "customer" if term["LineType"] == ledger.RECEIVABLE else "supplier", term["AccountName"],
         term["YourRef"], term["InvoiceDate"], term["DueDate"], term["AmountFC"], term["Currency"],
         badge("overdue", "bad") if term["DueDate"] < books.today else EMPTY)
        for term in books.rows("PaymentTerms", '"Status" <> 50', order="DueDate",
                               limit=_LIST_LENGTH, **wanted)
    ]
    return table(("Entry", "", "Relation", "Your ref.", "Date", "Due", ">Open", "", ""), rows,
                 "Nothing is outstanding.")


def bank(books, _request, root):
    address = f"{_base(books, root)}/bank"
    journals = [(row["Code"], f"{row['Code']} {row['Description']}")
                for row in books.rows("Journals", order="Code") if row["Type"] in (12, 16)]
    parties = [(row["ID"], f"{row['Code'].strip()} {row['Name']}")
               for row in books.rows("Accounts", order="Code", limit=_LIST_LENGTH)]
    fields = join((
        choice("Bank", "journal", journals), choice("Relation", "account", parties),
        field("Amount", "amount", hint="121.00, or -121.00 for money paid out"),
        field("Date", "date", f"{books.today:%Y-%m-%d}", kind="date"),
        field("Description", "description"),
    ))
    rows = [
        (link(f"{_base(books, root)}/entries/{row['EntryID']}", row["EntryNumber"]),
         row["JournalCode"], row["JournalDescription"], row["OpeningBalanceFC"],
         row["ClosingBalanceFC"] - row["OpeningBalanceFC"], row["ClosingBalanceFC"])
        for row in books.rows("BankEntries", order="_row DESC", limit=_LIST_LENGTH)
    ]
    return {
        "title": "Bank",
        "lead": "To pay an invoice, open its booking. Money without an invoice is booked here and "
                "stays open on the relation.",
        "body": join((
            section("Money on account", form(address, "Book", fields, kind="primary")),
            section("Statements", table(
                ("Entry", "Journal", "", ">Opening", ">Change", ">Closing"), rows,
                "No money has moved yet.")),
        )),
    }


def book_payment(books, values):
    try:
        amount = Decimal(values.get("amount", ""))
    except ArithmeticError:
        raise ValueError("Fill in an amount, for example 121.00.") from None
    bookkeeping.pay(books, [], account=values.get("account"), amount=amount,
                    date=values.get("date"), journal=values.get("journal"),
                    description=values.get("description") or None)
    return "The payment is booked.", None


def periods_page(books, request, root):
    years = [year for (year,) in books.connection.execute(
        'SELECT DISTINCT "Year" FROM "JournalStatusList" WHERE _division = ? ORDER BY 1',
        (books.division,))]
    chosen = request.args.get("year", "")
    year = int(chosen) if chosen.isdigit() else books.today.year
    status = {(row["Journal"], row["Period"]): row["Status"]
              for row in books.rows("JournalStatusList", Year=year)}
    numbers = sorted({period for _, period in status})
    address = f"{_base(books, root)}/periods?year={year}"
    rows = [
        (code, *(_period_button(address, year, period, code, status.get((code, period)))
                 for period in numbers))
        for code in sorted({journal for journal, _ in status})
    ]
    whole = ("all", *(join((_period_form(address, year, period, "", "close"),
                            _period_form(address, year, period, "", "open")))
                      for period in numbers))
    picker = Markup(" ").join(
        link(f"{_base(books, root)}/periods?year={each}", each) for each in years)
    return {
        "title": f"Periods of {year}",
        "lead": "In a closed period a journal takes no bookings. Click to close or open.",
        "body": join((
            Markup("<p>Year: {}</p>").format(picker),
            table(("Journal", *(str(number) for number in numbers)), [whole, *rows],
                  "This year has not been created."))),
    }


def _period_button(address, year, period, journal, status):
    if status == periods.CLOSED:
        return _period_form(address, year, period, journal, "open", "closed", "bad")
    return _period_form(address, year, period, journal, "close", "open", "good")


def _period_form(address, year, period, journal, action, label=None, kind="small"):
    return form(address, label or action, kind=kind, hidden=[
        ("action", action), ("year", year), ("period", period), ("journal", journal)])


def set_period(books, values):
    bookkeeping.set_period(
        books, is_open=values.get("action") == "open", year=values.get("year"),
        period=values.get("period"), journal=values.get("journal") or None)
    word = "open" if values.get("action") == "open" else "closed"
    return f"Period {values.get('period')} of {values.get('year')} is {word}.", None
