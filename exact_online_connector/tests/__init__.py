# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import (
    test_connection,
    test_contact,
    test_journal_settings,
    test_limits,
    test_lists,
    test_money,
    test_payloads,
    test_preflight,
    test_purchase_entry,
    test_queue,
    test_roles,
    test_sales_entry,
    test_suggestions,
    test_tax_mismatch,
)
