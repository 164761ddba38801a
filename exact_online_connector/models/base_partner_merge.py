# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
# Odoo's own wizard, extended: pylint: disable=no-wizard-in-models
from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Merged contacts leave their links to Exact to the one that stays."""
        result = super()._update_reference_fields(src_partners, dst_partner)
        self.env["exact.binding"]._merge(src_partners, dst_partner)
        self.env["exact.sync.queue"]._merge(src_partners, dst_partner)
        return result
