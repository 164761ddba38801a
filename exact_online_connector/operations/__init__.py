# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import exact_operation

# isort: split  what follows inherits from it
from . import (
    account_ibans,
    account_partners,
    accounts,
    attachment,
    bank_account,
    contact,
    contact_child,
    contact_intake,
    document,
    entry,
    entry_links,
    master_data,
    partner_links,
    partner_matching,
    rights,
)

# isort: split  what the kinds of entries inherit from
from . import (
    entry_preflight,
    purchase_entry,
    sales_entry,
)

# isort: split  what follows inherits from contact_child
from . import (
    address,
    contact_person,
)
