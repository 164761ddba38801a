# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""crm: relations, contacts, bank accounts and addresses (facts.md 4.3, 4.4)."""

import re

from ..errors import Refused
from ..wire import account_code, vat_code
from ..writing import Writer

# Where a relation's name or code is shown on rows of other tables.
_SHOWN_NAMES = {
    "SalesEntries": (("Customer", "CustomerName", "Name"),),
    "PurchaseEntries": (("Supplier", "SupplierName", "Name"),),
    "PaymentTerms": (("Account", "AccountName", "Name"), ("Account", "AccountCode", "Code")),
    "BankAccounts": (("Account", "AccountName", "Name"),),
    "Documents": (("Account", "AccountName", "Name"), ("Account", "AccountCode", "Code")),
}
_REFERENCES = {
    "GLAccountSales": "GLAccounts", "GLAccountPurchase": "GLAccounts", "GLAR": "GLAccounts",
    "GLAP": "GLAccounts", "InvoiceAccount": "Accounts", "Parent": "Accounts",
    "MainContact": "Contacts",
}
_CODES = {
    "PaymentConditionSales": ("PaymentConditions", "PaymentCondition"),
    "PaymentConditionPurchase": ("PaymentConditions", "PaymentCondition"),
    "SalesVATCode": ("VATCodes", "VATCode"),
    "PurchaseVATCode": ("VATCodes", "VATCode"),
    "SalesCurrency": ("Currencies", "Currency"),
    "PurchaseCurrency": ("Currencies", "Currency"),
}


def is_valid_vat_number(number):
    """Check digits of Dutch and Belgian VAT numbers; others are taken as they are."""
    plain = re.sub(r"[^0-9A-Z]", "", number.upper())
    if plain.startswith("BE"):
        digits = plain[2:].rjust(10, "0")
        return (len(digits) == 10 and digits.isdigit() and digits[0] in "01"
                and 97 - int(digits[:8]) % 97 == int(digits[8:]))
    if plain.startswith("NL"):
        return _is_valid_dutch(plain)
    return True


def _is_valid_dutch(plain):
    if not re.fullmatch(r"NL\d{9}B\d{2}", plain):
        return False
    digits = [int(each) for each in plain[2:11]]
    weighted = sum(w * d for w, d in zip(range(9, 1, -1), digits, strict=False)) % 11
    as_number = "".join(str(ord(each) - 55) if each.isalpha() else each for each in plain)
    return weighted == digits[8] or int(as_number) % 97 == 1


class AccountWriter(Writer):
    replies_id_only = True

    def problems(self, books, values, row):
        texts = self._reference_problems(books, values)
        code = values.get("Code")
        if code is not None and code.strip():
            texts += self._code_problems(books, code, row)
        if values.get("Status") not in (None, "A", "S", "P", "C"):
            texts.append(books.text("invalid", "Status"))
        number = values.get("VATNumber")
        if number and books.switch("vat_number_check") == "on" and not is_valid_vat_number(number):
            texts.append(books.text("vat_number"))
        return texts

    @staticmethod
    def _code_problems(books, code, row):
        if not code.strip().isdigit() or len(code.strip()) > 18:
            return [books.text("invalid", "Code")]
        other = books.first("Accounts", Code=account_code(code))
        if other and (row is None or other["ID"] != row["ID"]):
            return [books.text("in_use", "Code")]
        return []

    @staticmethod
    def _reference_problems(books, values):
        texts = []
        for name, table in _REFERENCES.items():
            key = values.get(name)
            if key and books.row(table, key) is None:
                if books.exists_elsewhere(table, key):
                    values[name] = None
                else:
                    texts.append(books.text("reference", name))
        for name, (table, label) in _CODES.items():
            code = values.get(name)
            if not code:
                continue
            stored = vat_code(code) if table == "VATCodes" else code
            if books.first(table, Code=stored) is None:
                texts.append(books.text("reference", label))
        return texts

    def completed(self, books, values, row):
        values = dict(values)
        for name in ("SalesVATCode", "PurchaseVATCode"):
            if values.get(name):
                values[name] = vat_code(values[name])
        if (values.get("Code") or "").strip():
            values["Code"] = account_code(values["Code"])
        elif row is None:
            values["Code"] = _next_code(books)
        else:
            values.pop("Code", None)
        if row is None:
            values = {"Status": "A", "Blocked": False, "IsSupplier": False, "Type": "A",
                      "StartDate": books.today, "IsPurchase": False,
                      "Country": (books.company["Country"] or "").strip(), **_given(values)}
        status = values.get("Status") or (row or {}).get("Status")
        values["IsSales"] = status == "C"
        return values

    def change(self, books, row, values):
        super().change(books, row, values)
        account = books.row("Accounts", row["ID"])
        if account["Name"] == row["Name"] and account["Code"] == row["Code"]:
            return
        for table, shown in _SHOWN_NAMES.items():
            for key, column, source in shown:
                books.connection.execute(
                    f'UPDATE "{table}" SET "{column}" = ? WHERE _division = ? AND "{key}" = ?',
                    (account[source], books.division, account["ID"]),
                )

    def remove(self, books, row):
        for table, column in (("SalesEntries", "Customer"), ("PurchaseEntries", "Supplier"),
                              ("TransactionLines", "Account")):
            if books.first(table, **{column: row["ID"]}):
                raise Refused([books.text("has_transactions")])
        for table in ("BankAccounts", "Addresses", "Contacts"):
            for child in books.rows(table, Account=row["ID"]):
                books.remove(table, child["ID"])
        books.remove("Accounts", row["ID"])


def _given(values):
    return {name: value for name, value in values.items() if value is not None}


def _next_code(books):
    (highest,) = books.connection.execute(
        'SELECT MAX(CAST("Code" AS INTEGER)) FROM "Accounts" WHERE _division = ?'
        ' AND length(trim("Code")) < 10', (books.division,),
    ).fetchone()
    return account_code((highest or 0) + 1)


class AccountChildWriter(Writer):
    """Contacts, bank accounts and addresses: rows that belong to a relation."""

    def problems(self, books, values, row):
        key = values.get("Account")
        if key and books.row("Accounts", key) is None:
            return [books.text("reference", "Account")]
        return []

    def completed(self, books, values, row):
        account = books.row("Accounts", values.get("Account") or (row or {}).get("Account"))
        values = {**values, "AccountName": account and account["Name"]}
        if self.table == "BankAccounts":
            first = books.first("BankAccounts", Account=account["ID"]) is None
            return {"Type": "A", "TypeDescription": "Account", "Blocked": False,
                    "Main": first, **values} if row is None else values
        if self.table == "Contacts":
            names = (values.get(name) or (row or {}).get(name)
                     for name in ("FirstName", "MiddleName", "LastName"))
            values["FullName"] = " ".join(name for name in names if name)
        return values
