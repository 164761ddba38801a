# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Entry numbers: two-digit year, journal, counter (facts.md 8, administration-defaults.md 1.4)."""


def next_entry_number(books, journal, year):
    """The next free entry number of a journal in a year, e.g. 26700001."""
    while True:
        counter = books.next_number(f"entry:{journal['Code']}:{year}")
        number = _composed(books, journal, year, counter)
        if not is_used(books, journal["Code"], number):
            return number


def _composed(books, journal, year, counter):
    code = journal["Code"]
    if code.isdigit() and len(code) == 2:
        return int(f"{year % 100}{code}{counter:04}")
    if code.isdigit() and len(code) == 3:
        # The counter grows to four digits behind 999 instead of running into the next journal.
        return int(f"{year % 100}{code}{counter:03}")
    position = [each["Code"] for each in books.rows("Journals", order="Code")].index(code) + 1
    return int(f"{year % 100}{position:02}{counter:04}")


def is_used(books, journal_code, number):
    """True when the journal has an entry of that number."""
    return books.connection.execute(
        'SELECT 1 FROM "Transactions" WHERE _division = ? AND "EntryNumber" = ?'
        ' AND "JournalCode" = ?', (books.division, number, journal_code),
    ).fetchone() is not None
