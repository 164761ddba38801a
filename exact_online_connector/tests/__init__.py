# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import (
    test_back_fill,
    test_connection,
    test_contact,
    test_limits,
    test_money,
    test_payloads,
    test_queue,
    test_roles,
    test_sales_entry,
    test_suggestions,
)
