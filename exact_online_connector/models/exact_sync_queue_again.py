# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .exact_sync_queue import IN_FLIGHT
from .notification import notification


class ExactSyncQueue(models.Model):
    """Items that a person makes ready again, whatever became of them.

    Each goes through all of the protocol: what is in Exact is looked at and proven again there,
    and only what differs from what was sent is sent.
    """

    _inherit = "exact.sync.queue"

    def action_make_ready(self):
        """Have these compared with Exact and, where needed, sent again. Never booked twice."""
        self._check_operator()
        idle = self.sudo().filtered(lambda item: item.state not in IN_FLIGHT)
        made = self.browse()
        for (company, kind, model), items in idle.grouped(
            lambda item: (item.company_id, item.operation, item.res_model)
        ).items():
            here = items.filtered_domain([("division_id", "=", company.exact_division_id.id)])
            records = self.env[model].sudo().browse(here.mapped("res_id")).exists()
            made += self._made_ready(kind, records, company)
        left = len(set(self.mapped(_key))) - len(made)
        text = self._made_ready_text(len(made), left)
        return notification(text, "warning" if left else "success")

    @api.model
    def _made_ready(self, kind, records, company):
        if kind in self.env["account.move"]._exact_operations:
            return records._exact_make_ready()
        return self.sudo()._enqueue(kind, records, company)

    @api.model
    def _made_ready_text(self, made, left):
        """What became of those that were chosen, in words."""
        text = self.env._(
            "Made ready again: %s. Each is compared with Exact Online, and sent again only where "
            "it differs.",
            made,
        )
        if not left:
            return text
        return self.env._(
            "%(text)s Left as they are: %(left)s, as they are on their way, not to be sent, or no "
            "longer there.",
            text=text,
            left=left,
        )


def _key(item):
    return item.operation, item.res_model, item.res_id
