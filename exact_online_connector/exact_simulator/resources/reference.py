# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Lists that an administration is set up with: journals, accounts, VAT codes (facts.md 4.5)."""

from decimal import Decimal

from ..errors import Refused
from ..percentages import is_share
from ..schema import CODES
from ..wire import vat_code
from ..writing import Writer


class CodedWriter(Writer):
    """Rows with a code that is unique in the administration."""

    def problems(self, books, values, row):
        code = values.get("Code")
        if not code:
            return []
        other = books.first(self.table, Code=self.stored_code(code))
        if other and (row is None or other["ID"] != row["ID"]):
            return [books.text("in_use", "Code")]
        return []

    def stored_code(self, code):
        return code

    def completed(self, books, values, row):
        if values.get("Code"):
            values = {**values, "Code": self.stored_code(values["Code"])}
        return values


class JournalWriter(CodedWriter):
    def problems(self, books, values, row):
        texts = super().problems(books, values, row)
        if row is None:
            texts += [books.text("mandatory", name) for name in ("Code", "Description", "Type")
                      if not values.get(name)]
        key = values.get("GLAccount")
        if key and books.row("GLAccounts", key) is None:
            texts.append(books.text("reference", "GLAccount"))
        is_sales = (values.get("Type") or (row or {}).get("Type")) == 20
        if is_sales and not (key or (row or {}).get("GLAccount")):
            texts.append(books.text("mandatory", "GLAccount"))
        return texts

    def completed(self, books, values, row):
        values = super().completed(books, values, row)
        gl_account = books.row("GLAccounts", values.get("GLAccount"))
        if gl_account:
            values |= {"GLAccountCode": gl_account["Code"], "GLAccountType": gl_account["Type"],
                       "GLAccountDescription": gl_account["Description"]}
        if row is None:
            values = {"Currency": books.company["Currency"], "IsBlocked": False, "AllowVAT": False,
                      "AllowVariableCurrency": False, "AllowVariableExchangeRate": False,
                      "AutoSave": False, "PaymentServiceProvider": 0, **values}
        return values

    def create(self, books, values):
        key = super().create(books, values)
        journal = books.row("Journals", key)
        for period in books.rows("FinancialPeriods"):
            books.insert("JournalStatusList", journal_status(journal, period))
        return key

    def remove(self, books, row):
        if books.first("Transactions", JournalCode=row["Code"]):
            raise Refused([books.text("has_transactions")])
        super().remove(books, row)


def journal_status(journal, period, status=0):
    """The row that keeps whether a journal is open in a period."""
    return {
        "Journal": journal["Code"], "Year": period["FinYear"], "Period": period["FinPeriod"],
        "JournalDescription": journal["Description"], "JournalType": journal["Type"],
        "JournalTypeDescription": CODES["Journal.Type"].get(str(journal["Type"])),
        "Status": status, "StatusDescription": "Closed" if status else "Open",
    }


class GLAccountWriter(CodedWriter):
    def problems(self, books, values, row):
        texts = super().problems(books, values, row)
        code = values.get("VATCode")
        if code and books.first("VATCodes", Code=vat_code(code)) is None:
            texts.append(books.text("reference", "VATCode"))
        for name in ("VATNonDeductibleGLAccount", "PrivateGLAccount"):
            if values.get(name) and books.row("GLAccounts", values[name]) is None:
                texts.append(books.text("reference", "GLAccount"))
        for name in ("VATNonDeductiblePercentage", "PrivatePercentage"):
            if values.get(name) is not None and not is_share(values[name]):
                texts.append(books.text("invalid", name))
        return texts

    def completed(self, books, values, row):
        values = super().completed(books, values, row)
        if values.get("VATCode"):
            values["VATCode"] = vat_code(values["VATCode"])
        if values.get("Type") is not None:
            values["TypeDescription"] = CODES["GLAccount.Type"].get(str(values["Type"]))
        if row is None:
            values = {"Type": 90, "BalanceSide": "D", "BalanceType": "B", "IsBlocked": False,
                      "UseCostcenter": 0, "UseCostunit": 0, "Matching": False, **values}
        return values

    def remove(self, books, row):
        if books.first("TransactionLines", GLAccount=row["ID"]):
            raise Refused([books.text("has_transactions")])
        super().remove(books, row)


class VATCodeWriter(CodedWriter):
    def stored_code(self, code):
        return vat_code(code)

    def problems(self, books, values, row):
        texts = super().problems(books, values, row)
        if len((values.get("Code") or "").strip()) > 3:
            texts.append(books.text("invalid", "Code"))
        return texts

    def completed(self, books, values, row):
        values = super().completed(books, values, row)
        if row is None:
            values = {"Type": "E", "VATTransactionType": "B", "EUSalesListing": "N",
                      "IsBlocked": False, "Charged": False, "CalculationBasis": 1, "VatMargin": 0,
                      "ExcludeVATListing": 0, "VatDocType": "P", **values}
            values.setdefault("Percentage", Decimal(0))
        return values


class ExchangeRateWriter(Writer):
    def problems(self, books, values, row):
        texts = []
        currency = values.get("SourceCurrency")
        if currency and books.row("Currencies", currency) is None:
            texts.append(books.text("reference", "SourceCurrency"))
        if "Rate" in values and not (values["Rate"] and values["Rate"] > 0):
            texts.append(books.text("above_zero", "Rate"))
        return texts

    def completed(self, books, values, row):
        values = dict(values)
        if row is None:
            values.setdefault("StartDate", books.today)
            values["TargetCurrency"] = books.company["Currency"]
        return values
