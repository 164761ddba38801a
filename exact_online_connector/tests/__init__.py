# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import (
    test_accounts,
    test_connection,
    test_contact,
    test_contact_in,
    test_contact_out,
    test_initial_sync,
    test_limits,
    test_match_ladder,
    test_money,
    test_payloads,
    test_queue,
    test_roles,
    test_sales_entry,
)
