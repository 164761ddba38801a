# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import exact_operation
from . import explainer
from . import cause_labels

# isort: split  what follows inherits from it
from . import (
    account_ibans,
    account_partners,
    accounts,
    agreement,
    agreement_aging,
    attachment,
    bank_account,
    calibration,
    contact,
    contact_child,
    contact_intake,
    document,
    entry_lines,
    entry_links,
    entry_search,
    export,
    ledger_lines,
    master_data,
    mirrored_lines,
    open_items,
    partner_links,
    partner_matching,
    payment_terms,
    reconciliation,
    rights,
    settlements,
    webhook_subscriptions,
)

# isort: split  what the kinds of entries inherit from, each from the one before
from . import entry_withholding
from . import entry_rate
from . import entry
from . import entry_preflight
from . import entry_explainer
from . import entry_period
from . import entry_change
from . import entry_address
from . import entry_reversal

# isort: split
from . import (
    calibration_probe,
    entry_status,
    general_entry,
    general_entry_vat,
    purchase_entry,
    sales_entry,
)

# isort: split  what inherits from mirrored_lines
from . import mirrored_entries

# isort: split  what inherits from document
from . import inbox
from . import inbox_bookings

# isort: split  what follows inherits from contact_child
from . import (
    address,
    contact_person,
)

# isort: split  what each side of the agreement report booked
from . import agreement_sides
