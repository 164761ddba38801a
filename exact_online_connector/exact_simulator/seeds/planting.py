# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Turns the tables of seeds into the books of each administration."""

import calendar
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from ..books import TEMPLATE_ID, Books
from ..resources.reference import journal_status
from ..schema import CODES
from ..store import Settings
from ..webhooks import TOPICS
from ..wire import account_code, country_code, vat_code
from . import belgium, common, netherlands, relations

NAMES = ("be", "nl", "empty")
_NAMESPACE = uuid.UUID("5e1f0a53-7a0b-4f3b-9c8e-e8ac70001e00")
# Template rows are older than the company (administration-defaults.md 0).
_TEMPLATE_DATE = datetime(2018, 3, 5, 9, 30, 1)
_CREDIT_SIDE = {22, 25, 27, 29, 35, 50, 52, 55, 60, 100, 110, 140, 160}
_RESULT_TYPES = range(110, 161)


def guid(division, table, code):
    """The fixed GUID of a seed row, e.g. guid(310101, "GLAccounts", "8000")."""
    return str(uuid.uuid5(_NAMESPACE, f"{division}/{table}/{str(code).strip()}"))


@dataclass(frozen=True)
class Profile:
    """One administration to plant."""

    division: int
    name: str
    country: str
    vat: str = ""
    template: str | None = None
    journals: tuple = ()
    vat_codes: tuple = ()
    blocked_vat_codes: tuple = ()
    chart: tuple = ()
    special_accounts: tuple = ()
    blocked_accounts: tuple = ()
    conditions: tuple = ()
    percentages: dict = field(default_factory=dict)
    default_condition: str | None = None
    relations: tuple = ()
    periods: int = 12
    next_year: bool = True
    missing_modules: str = ""


def _in_language(rows, position, text_at=1):
    """Rows with (Dutch, French) texts, in one language."""
    return tuple(
        tuple(value[position] if index == text_at else value for index, value in enumerate(row))
        for row in rows
    )


def _dutch_chart(with_long_tail):
    rows = [(*row[:4], None) for row in netherlands.CHART]
    if not with_long_tail:
        return tuple(rows)
    rows += [(*row[:4], None) for row in netherlands.ODOO_CHART]
    for prefix, name, kind, _ in netherlands.ODOO_RANGES:
        rows += [(f"{prefix}{step}00", f"{name} {step}", kind, None, None) for step in range(1, 10)]
    # Invented sub-accounts of every cost and revenue account: the long tail of a real chart.
    for code, name, kind, vat, _ in list(rows):
        if len(code) == 4 and kind in (111, 110, 121):
            rows += [(f"{int(code) + step:04}", f"{name} {step}", kind, vat, None)
                     for step in range(1, 8)]
    return _without_doubles(rows)


def _belgian_chart(position):
    rows = [row[:5] for row in _in_language(belgium.CHART, position)]
    for prefix, names, kind, letter, _ in belgium.RANGES:
        rows += [(f"{prefix}{step}00", f"{names[position]} {step}" if step else names[position],
                  kind, None, letter) for step in range(10)]
    return _without_doubles(rows)


def _without_doubles(rows):
    first = {}
    for row in rows:
        first.setdefault(row[0], row)
    return tuple(first.values())


def _shuffled(rows):
    return tuple((belgium.SHUFFLED.get(row[0], row[0]), *row[1:]) for row in rows)


def _shuffled_chart(rows):
    return tuple((*row[:3], belgium.SHUFFLED.get(row[3], row[3]), *row[4:]) for row in rows)


def _profiles(name):
    if name == "nl":
        dutch = {"country": "NL", "template": "NL_Base", "default_condition": "30",
                 "conditions": netherlands.CONDITIONS, "relations": relations.NL,
                 "percentages": netherlands.PERCENTAGES,
                 "special_accounts": netherlands.SPECIAL_ACCOUNTS,
                 "blocked_vat_codes": netherlands.BLOCKED_VAT_CODES,
                 "blocked_accounts": netherlands.BLOCKED_ACCOUNTS}
        return (
            Profile(310101, "Hollandse Handel B.V. (NL-A)", vat="80012301",
                    journals=netherlands.JOURNALS_A, vat_codes=netherlands.VAT_CODES,
                    chart=_dutch_chart(True), **dutch),
            Profile(310102, "Tulpen & Co B.V. (NL-B)", vat="80012401",
                    journals=netherlands.JOURNALS_B, vat_codes=netherlands.VAT_CODES_B,
                    chart=_dutch_chart(False), periods=13,
                    missing_modules="cost_analysis,invoicing,trade,project", **dutch),
            Profile(310103, "Oude Demo B.V. (NL-C)", vat="80012501", **dutch | {
                "journals": netherlands.JOURNALS_C, "vat_codes": netherlands.VAT_CODES_C,
                "template": None, "conditions": netherlands.CONDITIONS_C,
                "blocked_vat_codes": (), "next_year": False,
                "chart": tuple((*row[:3], None, None) for row in netherlands.CHART)}),
        )
    if name == "be":
        return tuple(_belgian_profile(position) for position in (0, 1))
    return (Profile(330101, "Lege administratie", "NL", periods=12),)


def _belgian_profile(position):
    vat_codes = _in_language(belgium.VAT_CODES, position)
    chart = _belgian_chart(position)
    special = _in_language(belgium.SPECIAL_ACCOUNTS, position)
    if position:
        vat_codes, chart = _shuffled(vat_codes), _shuffled_chart(chart)
        special = _shuffled_chart(special)
    names = ("Vlaamse Waren BV (BE-nl)", "Produits Wallons SRL (BE-fr)")
    return Profile(
        320101 + position, names[position], "BE", vat=("04000123", "04000456")[position],
        template=("BE_Base_NL", "BE_Base_FR")[position],
        journals=_in_language(belgium.JOURNALS, position), vat_codes=vat_codes,
        blocked_vat_codes=belgium.BLOCKED_VAT_CODES, chart=chart, special_accounts=special,
        blocked_accounts=belgium.BLOCKED_ACCOUNTS,
        conditions=_in_language(belgium.CONDITIONS, position), default_condition="30",
        percentages=belgium.PERCENTAGES,
        relations=relations.BE, missing_modules="invoicing,trade,project" if position else "")


def plant(connection, names):
    """Plant the seeds of these names into empty tables."""
    settings = Settings(connection)
    profiles = [profile for name in names for profile in _profiles(name)]
    settings.set("current_division", profiles[0].division)
    settings.set("seeds", list(names))
    for hid, profile in enumerate(profiles, 1):
        _plant_administration(connection, settings, profile, hid, profile is profiles[0])


def _plant_administration(connection, settings, profile, hid, is_current):
    planter = _Planter(Books(connection, settings, profile.division, author=(TEMPLATE_ID, None)),
                       profile)
    planter.division(hid, is_current)
    planter.lists()
    planter.chart()
    planter.vat_codes()
    planter.journals()
    planter.conditions()
    planter.relations()
    planter.dimensions()
    planter.periods()


class _Planter:
    def __init__(self, books, profile):
        self._books, self._profile = books, profile

    def _add(self, table, code, values, *, key="ID"):
        stamps = {"Created": _TEMPLATE_DATE, "Modified": _TEMPLATE_DATE}
        if key == "ID":
            values = {"ID": guid(self._profile.division, table, code), **values}
        return self._books.insert(table, {**stamps, **values})

    def _guid(self, table, code):
        return guid(self._profile.division, table, code) if code else None

    def division(self, hid, is_current):
        profile = self._profile
        example = relations.Relation("", "", profile.country, "", vat=profile.vat)
        self._books.insert("Divisions", {
            "Code": profile.division, "Hid": hid, "Description": profile.name, "Status": 1,
            "BlockingStatus": 0, "IsMainDivision": False, "Current": is_current,
            "Country": country_code(profile.country), "Legislation": country_code(profile.country),
            "CountryDescription": {"NL": "Netherlands", "BE": "Belgium"}[profile.country],
            "Currency": "EUR", "CurrencyDescription": "Euro", "TemplateCode": profile.template,
            "VATNumber": relations.vat_number(example), "CustomerCode": account_code(hid),
            "CustomerName": profile.name, "StartDate": _TEMPLATE_DATE,
            "ChamberOfCommerceNumber": profile.vat, "CreatorFullName": "Exact Online",
            "IsDossierDivision": False, "IsHRDivision": False, "IsPracticeDivision": False,
            "_missing_modules": profile.missing_modules,
            "_default_condition": profile.default_condition,
        })

    def lists(self):
        add = self._add
        for code, description, precision, _ in common.CURRENCIES:
            add("Currencies", code, {
                "Code": code, "Description": description, "AmountPrecision": Decimal(precision),
                "PricePrecision": Decimal(precision)}, key="Code")
        for currency, rate, _ in common.EXCHANGE_RATES:
            add("ExchangeRates", currency, {
                "SourceCurrency": currency, "TargetCurrency": "EUR", "Rate": Decimal(rate),
                "StartDate": datetime(2020, 1, 1)})
        for number, description, creatable, category, _ in common.DOCUMENT_TYPES:
            add("DocumentTypes", number, {
                "ID": number, "Description": description, "DocumentIsCreatable": creatable,
                "DocumentIsDeletable": creatable, "DocumentIsUpdatable": creatable,
                "DocumentIsViewable": True, "TypeCategory": category})
        for number, description, _ in common.DOCUMENT_TYPE_CATEGORIES:
            add("DocumentTypeCategories", number, {"ID": number, "Description": description})
        for description, _ in common.DOCUMENT_CATEGORIES:
            add("DocumentCategories", description, {"Description": description})
        for number, description, _ in common.TRANSACTION_SOURCES:
            add("GLTransactionSources", number, {"ID": number, "Description": description})
        for number, description in CODES["Transaction.Type"].items():
            add("GLTransactionTypes", number, {"ID": int(number), "Description": description})
        for topic in TOPICS:
            add("WebhookTopics", topic, {"Topic": topic, "Description": topic}, key="Topic")
        for number, description, _ in common.FEATURES:
            add("AvailableFeatures", number, {"ID": number, "Description": description})

    def chart(self):
        for code, description, kind, vat, letter in self._profile.chart:
            self._gl_account(code, description, kind, vat, letter, {})
        for code, description, kind, vat, letter, rules, _ in self._profile.special_accounts:
            self._gl_account(code, description, kind, vat, letter, self._rules(rules))

    def _rules(self, rules):
        """How a GL account wants its dimensions, and what of its VAT is lost or private."""
        is_licensed = "cost_analysis" not in self._profile.missing_modules
        share = {name: Decimal(rules[name]) for name in ("non_deductible", "private")
                 if name in rules}
        return {
            "UseCostcenter": int(is_licensed and "cost_center" in rules),
            "UseCostunit": int(is_licensed and "cost_unit" in rules),
            "VATNonDeductiblePercentage": share.get("non_deductible"),
            "VATNonDeductibleGLAccount": self._guid(
                "GLAccounts", rules.get("non_deductible_account")),
            "PrivatePercentage": share.get("private"),
            "PrivateGLAccount": self._guid("GLAccounts", rules.get("private_account")),
        }

    def _gl_account(self, code, description, kind, vat, letter, rules):
        profile = self._profile
        known = {row[0].strip() for row in profile.vat_codes}
        self._add("GLAccounts", code, {
            "Code": code, "Description": description, "Type": kind,
            "TypeDescription": CODES["GLAccount.Type"][str(kind)],
            "BalanceSide": "C" if kind in _CREDIT_SIDE else "D",
            "BalanceType": "W" if kind in _RESULT_TYPES else "B",
            "VATCode": vat_code(vat) if vat in known else None, "VATGLAccountType": letter,
            "IsBlocked": code in profile.blocked_accounts, "UseCostcenter": 0,
            "UseCostunit": 0, "Matching": kind in (20, 22), "Compress": False,
            "SearchCode": description[:20].upper(), "ExcludeVATListing": 0,
            "RevalueCurrency": False, **rules})

    def vat_codes(self):
        for code, text, kind, way, rate, listing, charged, pay, claim, _ in self._profile.vat_codes:
            row = self._add("VATCodes", code, {
                "Code": vat_code(code), "Description": text, "Type": kind,
                "VATTransactionType": way, "Percentage": Decimal(rate), "EUSalesListing": listing,
                "Charged": charged, "GLToPay": self._guid("GLAccounts", pay), "GLToPayCode": pay,
                "GLToClaim": self._guid("GLAccounts", claim), "GLToClaimCode": claim,
                "CalculationBasis": 1, "ExcludeVATListing": 0, "VatDocType": "P", "VatMargin": 0,
                "IsBlocked": code in self._profile.blocked_vat_codes,
                "IntraStat": listing == "L", "Country": country_code(self._profile.country),
                "AccountCode": account_code("0000000") if kind != "N" else None})
            self._add("VatPercentages", code, {
                "VATCodeID": row["ID"], "LineNumber": 1, "Percentage": Decimal(rate), "Type": 0,
                "StartDate": datetime(2000, 1, 1)})

    def journals(self):
        gl_types = {row[0]: row[2] for row in self._profile.chart}
        gl_names = {row[0]: row[1] for row in self._profile.chart}
        for code, description, kind, gl_code, flags, _ in self._profile.journals:
            iban = flags.get("IBAN")
            self._add("Journals", code, {
                "Code": code, "Description": description, "Type": kind, "Currency": "EUR",
                "CurrencyDescription": "Euro", "GLAccount": self._guid("GLAccounts", gl_code),
                "GLAccountCode": gl_code, "GLAccountType": gl_types.get(gl_code),
                "GLAccountDescription": gl_names.get(gl_code),
                "AllowVariableCurrency": bool(flags.get("currencies")),
                "AllowVariableExchangeRate": bool(flags.get("currencies")),
                "AllowVAT": bool(flags.get("vat")), "AutoSave": False,
                "IsBlocked": bool(flags.get("blocked")), "PaymentServiceProvider": 0,
                "BankAccountIBAN": iban,
                "BankAccountCountry": country_code(iban[:2]) if iban else None,
                "BankAccountIncludingMask": " ".join(
                    iban[at:at + 4] for at in range(0, len(iban), 4)) if iban else None,
                "BankAccountUseSEPA": bool(iban), "BankAccountUseSepaDirectDebit": bool(iban)})

    def conditions(self):
        for code, description, days, months, method, _ in self._profile.conditions:
            self._add("PaymentConditions", code, {
                "Code": code, "Description": description, "PaymentDays": days,
                "PaymentEndOfMonths": months, "PaymentMethod": method,
                "Percentage": Decimal(self._profile.percentages.get(code, 1)),
                "DiscountPercentage": Decimal(0), "DiscountPaymentDays": 0})

    def relations(self):
        if self._profile.relations:
            tax = {"NL": "Belastingdienst", "BE": "FOD Financiën"}[self._profile.country]
            self._add("Accounts", "0000000", {
                "Code": account_code("0000000"), "Name": tax, "Status": "A", "IsSupplier": True,
                "Type": "A", "Blocked": False, "IsSales": False,
                "Country": self._profile.country})
        for number, relation in enumerate(self._profile.relations, 1):
            self._relation(number, relation)

    def _relation(self, number, relation):
        account = self._add("Accounts", relation.code, {
            "Code": account_code(relation.code), "Name": relation.name,
            "Status": relation.status, "IsSales": relation.status == "C",
            "IsSupplier": relation.supplier, "Type": "A", "Country": relation.country,
            "City": relation.city, "AddressLine1": f"Marktplein {number}",
            "Postcode": "1000 AA" if relation.country == "NL" else "1000",
            "VATNumber": relations.vat_number(relation), "ChamberOfCommerce": relation.vat or None,
            "Email": relation.email or None, "Blocked": relation.blocked,
            "Language": "FR" if self._profile.template == "BE_Base_FR" else "NL",
            "SearchCode": relation.name.upper()[:20], "InvoicingMethod": 2,
            "StartDate": _TEMPLATE_DATE})
        if relation.supplier:
            banks = {"BE": ("BE", "539", f"{number:07}"), "NL": ("NL", "ABNA", f"{number:010}")}
            iban = relations.iban(*banks.get(relation.country, banks["NL"]))
            self._add("BankAccounts", relation.code, {
                "Account": account["ID"], "AccountName": relation.name, "BankAccount": iban,
                "IBAN": iban, "BankAccountHolderName": relation.name, "Main": True, "Type": "A",
                "TypeDescription": "Account (default)", "Blocked": False})

    def dimensions(self):
        if "cost_analysis" in self._profile.missing_modules or not self._profile.chart:
            return
        for code, description, _ in common.COST_CENTERS:
            self._add("Costcenters", code,
                      {"Code": code, "Description": description, "Active": True})
        for code, description, _ in common.COST_UNITS:
            self._add("Costunits", code, {"Code": code, "Description": description})

    def periods(self):
        year = self._books.today.year
        years = [year - 1, year] + ([year + 1] if self._profile.next_year else [])
        journals = self._books.rows("Journals")
        for each in years:
            for period, start, end in _period_dates(each, self._profile.periods):
                row = self._add("FinancialPeriods", f"{each}/{period}", {
                    "FinYear": each, "FinPeriod": period, "StartDate": start, "EndDate": end})
                for journal in journals:
                    closed = _is_closed(self._books.today, start, journal["Type"])
                    self._books.insert("JournalStatusList", journal_status(journal, row, closed))


def _period_dates(year, count):
    """(period, first day, last day); a thirteenth period is 31 December alone."""
    for month in range(1, 13):
        last = datetime(year, month, calendar.monthrange(year, month)[1])
        if month == 12 and count == 13:
            yield 12, datetime(year, 12, 1), last - timedelta(days=1)
            yield 13, last, last
        else:
            yield month, datetime(year, month, 1), last


def _is_closed(today, start, journal_type):
    """1 for a period that is closed: last year, and of this year the first quarter for invoices.

    In the first quarter December stays open, so that recent invoices can always be booked.
    """
    if today.month <= 3:
        return int(start < datetime(today.year - 1, 12, 1))
    if start.year < today.year:
        return 1
    is_first_quarter = start.year == today.year and start.month <= 3
    return int(is_first_quarter and journal_type in (20, 21, 22, 23))
