# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import exact_operation

# isort: split  what follows inherits from it
from . import (
    attachment,
    bank_account,
    contact,
    document,
    entry_links,
    master_data,
    sales_entry,
)
