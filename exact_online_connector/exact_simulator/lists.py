# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Resources that are a view of something else: open items, ageing, balances (facts.md 4.10)."""

from . import percentages
from .clock import milliseconds
from .schema import with_source
from .store import SCALE

_NEGATED = ("AmountDC", "AmountFC")


def shown(books, resource):
    """The resource as it is to be read in these books: its query and the signs of its amounts."""
    if resource.table == "PaymentTerms" and books.switch("receivable_sign") == "negative":
        signs = {name: f'(CASE WHEN "LineType" = 20 THEN -"{name}" ELSE "{name}" END)'
                 for name in _NEGATED}
        return with_source(resource, expressions=signs)
    shares = percentages.expressions(books, resource)
    if shares:
        return with_source(resource, expressions=shares)
    build = _QUERIES.get(resource.name)
    return with_source(resource, build(books)) if build else resource


def _open_items(line_type):
    def build(books):
        sign = 1 if line_type == 20 else -1
        if line_type == 20 and books.switch("receivables_list_sign") == "negative":
            sign = -1
        return f"""
            SELECT _division, _row AS "HID", "ID" AS "Id", "Account" AS "AccountId", "AccountCode",
              "AccountName", {sign} * "AmountFC" AS "Amount",
              CASE WHEN "Status" = 40 THEN {sign} * "AmountFC" ELSE 0 END AS "AmountInTransit",
              "Currency" AS "CurrencyCode", "Description", "DueDate", "InvoiceDate",
              "InvoiceNumber", "EntryNumber", "Journal" AS "JournalCode", "JournalDescription",
              "YourRef", 1 AS "ApprovalStatus"
            FROM "PaymentTerms" WHERE "LineType" = {line_type} AND "Status" <> 50"""
    return build


def _ageing(line_type):
    def build(books):
        today, day = milliseconds(books.today), 86_400_000
        sign = 1 if line_type == 20 else -1
        groups = ((1, 0, 30), (2, 30, 60), (3, 60, 90), (4, 90, 100_000))
        columns = ", ".join(
            f'{number} AS "AgeGroup{number}", \'{low}-{high}\' AS "AgeGroup{number}Description", '
            f'SUM(CASE WHEN ({today} - "DueDate") / {day} >= {low if low else -100_000} '
            f'AND ({today} - "DueDate") / {day} < {high} THEN {sign} * "AmountDC" ELSE 0 END) '
            f'AS "AgeGroup{number}Amount"'
            for number, low, high in groups
        )
        currency = books.company["Currency"]
        return f"""
            SELECT _division, "Account" AS "AccountId", "AccountCode", "AccountName", {columns},
              '{currency}' AS "CurrencyCode", SUM({sign} * "AmountDC") AS "TotalAmount"
            FROM "PaymentTerms" WHERE "LineType" = {line_type} AND "Status" <> 50
            GROUP BY _division, "Account\""""
    return build


def _overview(books):
    today = milliseconds(books.today)
    columns = []
    for prefix, condition in (("Outstanding", "1"), ("Overdue", f'"DueDate" < {today}')):
        for name, line_type, sign in (("Receivable", 20, 1), ("Payable", 22, -1)):
            chosen = f'"LineType" = {line_type} AND {condition}'
            columns.append(f'SUM(CASE WHEN {chosen} THEN {sign} * "AmountDC" ELSE 0 END)'
                           f' AS "{prefix}{name}InvoiceAmount"')
            columns.append(f'SUM(CASE WHEN {chosen} THEN {SCALE} ELSE 0 END)'
                           f' AS "{prefix}{name}InvoiceCount"')
    return f"""
        SELECT _division, '{books.company["Currency"]}' AS "CurrencyCode", {", ".join(columns)}
        FROM "PaymentTerms" WHERE "Status" <> 50 GROUP BY _division"""


def _balance(_books):
    return """
        SELECT MIN(line._row) AS "ID", line._division AS _division,
          SUM(line."AmountDC") AS "Amount",
          SUM(MIN(line."AmountDC", 0)) * -1 AS "AmountCredit",
          SUM(MAX(line."AmountDC", 0)) AS "AmountDebit", gl."BalanceType" AS "BalanceType",
          line."CostCenter" AS "CostCenterCode",
          line."CostCenterDescription" AS "CostCenterDescription",
          line."CostUnit" AS "CostUnitCode", line."CostUnitDescription" AS "CostUnitDescription",
          COUNT(*) AS "Count", line._division AS "Division", line."GLAccount" AS "GLAccount",
          line."GLAccountCode" AS "GLAccountCode",
          line."GLAccountDescription" AS "GLAccountDescription",
          line."FinancialPeriod" AS "ReportingPeriod", line."FinancialYear" AS "ReportingYear",
          line."Status" AS "Status", line."Type" AS "Type"
        FROM "TransactionLines" line LEFT JOIN "GLAccounts" gl
          ON gl._division = line._division AND gl."ID" = line."GLAccount"
        GROUP BY line._division, line."GLAccount", line."FinancialYear", line."FinancialPeriod",
          line."Type", line."Status", line."CostCenter", line."CostUnit\""""


_QUERIES = {
    "read/financial/ReceivablesList": _open_items(20),
    "read/financial/ReceivablesListByAccount": _open_items(20),
    "read/financial/PayablesList": _open_items(22),
    "read/financial/PayablesListByAccount": _open_items(22),
    "read/financial/AgingReceivablesList": _ageing(20),
    "read/financial/AgingPayablesList": _ageing(22),
    "read/financial/OutstandingInvoicesOverview": _overview,
    "financial/ReportingBalance": _balance,
}
