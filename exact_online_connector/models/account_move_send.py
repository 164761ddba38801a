# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models


class AccountMoveSend(models.AbstractModel):
    """What Odoo makes for a customer (prints, UBL, copies for a mail) does not follow its document
    to Exact.
    """

    _inherit = "account.move.send"

    @api.model
    def _generate_and_send_invoices(self, moves, **kwargs):
        makes = self.with_context(exact_prints=True)
        return super(AccountMoveSend, makes)._generate_and_send_invoices(
            moves.with_context(exact_prints=True), **kwargs
        )
