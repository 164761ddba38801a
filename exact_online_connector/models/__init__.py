# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import exact_mirror_mixin, exact_sync_failure_mixin, exact_sync_mixin

# isort: split  what follows inherits from these
from . import (
    account_account,
    account_journal,
    account_move,
    account_payment_term,
    account_tax,
    exact_back_fill,
    exact_back_fill_document,
    exact_back_fill_candidate,
    exact_binding,
    exact_call,
    exact_call_budget,
    exact_connection,
    exact_connection_token,
    exact_division,
    exact_gl_account,
    exact_journal,
    exact_payment_condition,
    exact_sync_queue,
    exact_sync_run,
    exact_vat_code,
    res_company,
    res_config_settings,
    res_partner,
    res_partner_bank,
)
