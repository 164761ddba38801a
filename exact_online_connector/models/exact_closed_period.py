# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models


class ExactClosedPeriod(models.Model):
    """The closed rows of ``read/financial/JournalStatusList``: in Exact a period is closed for
    one journal and may be open for another. administration-defaults.md §7
    """

    _name = "exact.closed.period"
    _inherit = ["exact.mirror.mixin"]
    _description = "Exact Online Closed Period"
    _order = "division_id, year desc, period desc, code"

    code = fields.Char(string="Journal")
    year = fields.Integer(readonly=True)
    period = fields.Integer(readonly=True)
