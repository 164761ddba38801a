# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Financial periods and which journal is open in them (administration-defaults.md 7)."""

from . import clock

OPEN, CLOSED = 0, 1


def period_of(books, date):
    """(year, period) of a date, or None when the year was never created."""
    moment = clock.milliseconds(clock.midnight(date))
    return books.connection.execute(
        'SELECT "FinYear", "FinPeriod" FROM "FinancialPeriods" WHERE _division = ?'
        ' AND "StartDate" <= ? AND "EndDate" >= ? ORDER BY "FinPeriod" DESC LIMIT 1',
        (books.division, moment, moment),
    ).fetchone()


def exists(books, year, period):
    """True when the period-date table has that period."""
    return books.first("FinancialPeriods", FinYear=year, FinPeriod=period) is not None


def is_open(books, journal_code, year, period):
    """True unless the period is closed for that journal."""
    row = books.connection.execute(
        'SELECT "Status" FROM "JournalStatusList" WHERE _division = ? AND "Journal" = ?'
        ' AND "Year" = ? AND "Period" = ?', (books.division, journal_code, year, period),
    ).fetchone()
    return row is None or row[0] == OPEN


def set_status(books, status, year, period=None, journal=None):
    """Close or open a period, or the whole year, for one journal or all; the number of rows."""
    conditions, params = '_division = ? AND "Year" = ?', [books.division, year]
    for column, value in (("Period", period), ("Journal", journal)):
        if value is not None:
            conditions += f' AND "{column}" = ?'
            params.append(value)
    label = "Closed" if status == CLOSED else "Open"
    return books.connection.execute(
        f'UPDATE "JournalStatusList" SET "Status" = ?, "StatusDescription" = ? WHERE {conditions}',
        [status, label, *params],
    ).rowcount


def resolved(books, journal, date, year, period, problems):
    """(year, period) to book in; adds a text to `problems` when there is none or it is closed.

    The date decides unless the client named a period; date and period need not agree.
    """
    found = period_of(books, date)
    if found is None:
        problems.append(books.text("unknown_year"))
        return None, None
    year, period = year or found[0], period or found[1]
    if not exists(books, year, period):
        problems.append(books.text("unknown_year"))
    elif journal and not is_open(books, journal["Code"], year, period):
        problems.append(books.text("period_closed", str(year), str(period)))
    return year, period
