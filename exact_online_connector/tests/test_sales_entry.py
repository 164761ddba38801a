# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from .common import ExactCase


class TestSalesEntry(ExactCase):
    def test_posted_invoice_is_booked_with_its_pdf_and_proven(self):
        move = self.invoice((100.0, self.tax(21)), (19.99, self.tax(6)))
        self.run_queue()
        item = self.item(move)
        self.assertEqual(item.state, "done", item.message)
        [entry] = self.entries(move)
        self.assertEqual(entry, None)
