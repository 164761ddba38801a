# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""cashflow/Receivables and cashflow/Payments: only three texts of a term may be changed."""

from ..writing import Writer


class TermWriter(Writer):
    """PUT of Description, PaymentMethod and PaymentReference; all else is read-only."""

    def problems(self, books, values, row):
        if values.get("PaymentMethod") not in (None, "B", "I", "K", "V"):
            return [books.text("invalid", "PaymentMethod")]
        return []
