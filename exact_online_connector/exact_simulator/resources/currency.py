# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Currency and exchange rate of an entry, held against its journal's flags.

administration-defaults.md 11.4: a rate is company currency per unit of the entry's currency.
"""

from decimal import Decimal

_RATE_STEP = Decimal("1E-8")


def resolved(books, journal, currency, rate, date, problems, *, is_stored=False):
    """(currency, rate) to book in, from what the client sent, the journal and the rate table.

    `is_stored` when the rate may be one that Exact had filled in itself.
    """
    currency = currency or (journal and journal["Currency"]) or books.company["Currency"]
    if books.first("Currencies", Code=currency) is None:
        problems.append(books.text("reference", "Currency"))
        return currency, Decimal(1)
    if journal and currency != journal["Currency"] and not journal["AllowVariableCurrency"]:
        problems.append(books.text("not_allowed", "Currency"))
    if currency == books.company["Currency"]:
        if rate not in (None, 0, 1):
            problems.append(books.text("not_allowed", "Rate"))
        return currency, Decimal(1)
    is_variable = bool(journal and journal["AllowVariableExchangeRate"])
    if books.switch("exchange_rate_rules") == "on":
        if is_variable and not rate:
            problems.append(books.text("above_zero", "Rate"))
        elif not is_variable and rate and not is_stored:
            problems.append(books.text("not_allowed", "Rate"))
    rate = rate or _listed_rate(books, currency, date)
    if not rate and not is_variable:
        problems.append(books.text("above_zero", "Rate"))
    return currency, _damaged(books, rate or Decimal(1))


def _damaged(books, rate):
    """The rate, one percent higher when a fault asks for it."""
    if "change_rate" not in books.damage:
        return rate
    return (rate * Decimal("1.01")).quantize(_RATE_STEP)


def _listed_rate(books, currency, date):
    for row in books.rows("ExchangeRates", order="StartDate DESC", SourceCurrency=currency):
        if row["StartDate"] <= date:
            return row["Rate"]
    return None
