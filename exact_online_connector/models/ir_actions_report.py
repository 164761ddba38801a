# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models


class IrActionsReport(models.Model):
    """A print that Odoo keeps does not follow its document to Exact."""

    _inherit = "ir.actions.report"

    def _prepare_pdf_report_attachment_vals_list(self, report, streams):
        prints = super()._prepare_pdf_report_attachment_vals_list(report, streams)
        return [{**values, "exact_is_print": True} for values in prints]
