# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import (
    exact_entry_link,
    exact_export,
    exact_initial_sync,
    exact_initial_sync_check,
    exact_match_import,
    exact_measuring,
    exact_undo,
)
