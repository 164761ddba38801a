# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

from ..exact_api import NotPermitted, odata
from .verdicts import Outcome

BOOKED_IN = ("20", "21", "22", "23", "90")  # types of journals
JOURNALS_PER_CALL = 20
CLOSED = 1  # the XML of Exact has it the other way round. administration-defaults.md §7


class ExactOperationMasterData(models.AbstractModel):
    """An administration's lists, read into the local mirrors. facts.md §4.5"""

    _name = "exact.operation.master.data"
    _inherit = ["exact.operation"]
    _description = "Lists of the administration"

    _priority = 60

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _carry_out(self, client, division, step):
        lists = {}
        for mirror, resource, select, values in _LISTS:
            try:
                rows = client.read(division.code, resource, select=_properties(select))
                lists[mirror] = [values(row) for row in rows]
            except NotPermitted:
                if mirror not in _NOT_IN_EVERY_LICENCE:
                    raise
                lists[mirror] = []
        journals = [row["code"] for row in lists["exact.journal"] if row["type"] in BOOKED_IN]
        lists["exact.closed.period"] = self._closed_periods(client, division, journals)
        return Outcome(lists, "read")

    @api.model
    def _closed_periods(self, client, division, journals):
        """The periods that are closed for the journals that documents are booked in: a row per
        journal and period is listed, so those of the others are not asked for.
        """
        return [
            _closed_period(row)
            for some in odata.chunks(journals, JOURNALS_PER_CALL)
            for row in client.read(
                division.code,
                "read/financial/JournalStatusList",
                select=("Journal", "Year", "Period", "Status"),
                filter=odata.any_of("Journal", [odata.text(code) for code in some]),
            )
            if row["Status"] == CLOSED
        ]

    @api.model
    def _store(self, division, outcome, payload):
        for mirror, rows in outcome.remote.items():
            self.env[mirror]._store(division, rows)
        is_first = not division.refreshed_on
        division.refreshed_on = fields.Datetime.now()
        if is_first:
            self.env["exact.sync.queue"]._enqueue("calibration", division)
        self.env["exact.initial.sync"]._lists_were_read(division)
        return self.env["exact.binding"]


def _properties(text):
    return tuple(text.split())


def _journal(row):
    return {
        "exact_id": row["ID"],
        "code": row["Code"].strip(),
        "name": row["Description"],
        "is_blocked": row["IsBlocked"],
        "type": str(row["Type"]),
        "currency": row["Currency"],
        "allow_variable_currency": row["AllowVariableCurrency"],
        "allow_variable_rate": row["AllowVariableExchangeRate"],
        "allow_vat": row["AllowVAT"],
        "gl_account_exact_id": row["GLAccount"] or False,
        "bank_account": row["BankAccountIBAN"] or False,
    }


def _gl_account(row):
    return {
        "exact_id": row["ID"],
        "code": row["Code"].strip(),
        "name": row["Description"],
        "is_blocked": row["IsBlocked"],
        "type": row["Type"],
        "balance_side": row["BalanceSide"],
        "balance_type": row["BalanceType"],
        "vat_code": odata.strip_code(row["VATCode"] or "") or False,
    }


def _vat_code(row):
    return {
        "exact_id": row["ID"],
        "code": odata.strip_code(row["Code"]),
        "name": row["Description"],
        "is_blocked": row["IsBlocked"],
        "type": row["Type"],
        "direction": row["VATTransactionType"],
        # a fraction there, a percentage as people know it here
        "percentage": float(odata.parse_amount(row["Percentage"] or 0) * 100),
        "charged": row["Charged"],
        "eu_listing": row["EUSalesListing"] or "N",
    }


def _payment_condition(row):
    return {
        "exact_id": row["ID"],
        "code": row["Code"].strip(),
        "name": row["Description"],
        "days": row["PaymentDays"] or 0,
        "end_of_months": row["PaymentEndOfMonths"] or 0,
        "method": row["PaymentMethod"],
        # all of it is written as 1 or as 100
        "is_partial": (row["Percentage"] or 1) not in (1, 100),
    }


def _cost_center(row):
    return {**_code_and_name(row), "is_blocked": not row["Active"]}


def _code_and_name(row):
    return {
        "exact_id": row["ID"],
        "code": row["Code"].strip(),
        "name": row["Description"],
        "is_blocked": False,
    }


def _currency(row):
    return {
        "exact_id": row["Code"],
        "code": row["Code"].strip(),
        "name": row["Description"],
        "is_blocked": False,
    }


def _financial_period(row):
    return {
        "exact_id": row["ID"],
        "code": f"{row['FinYear']}-{row['FinPeriod']:02}",
        "year": row["FinYear"],
        "period": row["FinPeriod"],
        "start_date": odata.from_exact_date(row["StartDate"]),
        "end_date": odata.from_exact_date(row["EndDate"]),
    }


def _closed_period(row):
    journal = row["Journal"].strip()
    return {
        "exact_id": f"{journal}/{row['Year']}/{row['Period']}",  # the list has no key of its own
        "code": journal,
        "name": f"{row['Year']}-{row['Period']:02}",
        "year": row["Year"],
        "period": row["Period"],
    }


_NOT_IN_EVERY_LICENCE = {"exact.cost.center", "exact.cost.unit"}
_LISTS = (
    (
        "exact.journal",
        "financial/Journals",
        "ID Code Description Type IsBlocked Currency AllowVariableCurrency "
        "AllowVariableExchangeRate AllowVAT GLAccount BankAccountIBAN",
        _journal,
    ),
    (
        "exact.gl.account",
        "bulk/Financial/GLAccounts",
        "ID Code Description Type IsBlocked BalanceSide BalanceType VATCode",
        _gl_account,
    ),
    (
        "exact.vat.code",
        "vat/VATCodes",
        "ID Code Description Type VATTransactionType Percentage Charged EUSalesListing IsBlocked",
        _vat_code,
    ),
    (
        "exact.payment.condition",
        "cashflow/PaymentConditions",
        "ID Code Description PaymentDays PaymentEndOfMonths PaymentMethod Percentage",
        _payment_condition,
    ),
    ("exact.currency", "general/Currencies", "Code Description", _currency),
    ("exact.cost.center", "hrm/Costcenters", "ID Code Description Active", _cost_center),
    ("exact.cost.unit", "hrm/Costunits", "ID Code Description", _code_and_name),
    (
        "exact.financial.period",
        "financial/FinancialPeriods",
        "ID FinYear FinPeriod StartDate EndDate",
        _financial_period,
    ),
)
