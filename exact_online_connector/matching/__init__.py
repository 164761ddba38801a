# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from . import exact_match_mixin

# isort: split  what follows inherits from it
from . import (
    exact_match_account,
    exact_match_analytic,
    exact_match_candidate,
    exact_match_duplicate,
    exact_match_journal,
    exact_match_partner,
    exact_match_payment_term,
    exact_match_tax,
)
