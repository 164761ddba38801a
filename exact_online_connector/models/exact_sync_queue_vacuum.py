# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

KEEP_PARAMETER = "exact_online_connector.queue_keep_days"
KEEP_DAYS = 180
VACUUM_BATCH = 2_000


class ExactSyncQueue(models.Model):
    """What has long been finished leaves the queue. What proves it stays on its link, with what
    became of it, a line an item.

    An item stays as long as it is the only one to tell something: of a document, contact or file
    until its link is proven; of a reading the latest one; of past documents always, as their
    progress is counted by their items.
    """

    _name = "exact.sync.queue"
    _inherit = ["exact.sync.queue"]

    @api.autovacuum
    def _vacuum(self):
        """By policy: the system parameter says after how many days, 0 means never."""
        days = self._keep_days()
        old = self.sudo()._long_finished(days) if days > 0 else self.browse()
        old._archive()
        old.unlink()
        return len(old), len(old) == VACUUM_BATCH

    @api.model
    def _keep_days(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return int(parameters.get_param(KEEP_PARAMETER, KEEP_DAYS))

    @api.model
    def _long_finished(self, days):
        """A number of items that nobody needs any more."""
        self.flush_model()
        self.env["exact.binding"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT item.id
                FROM exact_sync_queue item
                LEFT JOIN (VALUES %(resources)s) AS kind (operation, resource)
                       ON kind.operation = item.operation
                WHERE item.state IN ('done', 'cancelled')
                  AND item.done_on < %(before)s
                  AND item.back_fill_id IS NULL
                  AND CASE
                      WHEN item.state = 'cancelled' THEN NOT EXISTS (
                          SELECT FROM exact_binding link
                          WHERE link.division_id = item.division_id
                            AND link.resource = kind.resource
                            AND link.res_model = item.res_model AND link.res_id = item.res_id
                            AND link.intended_on IS NOT NULL)
                      WHEN kind.resource IS NULL THEN EXISTS (
                          SELECT FROM exact_sync_queue newer
                          WHERE newer.res_model = item.res_model AND newer.res_id = item.res_id
                            AND newer.operation = item.operation
                            AND newer.division_id = item.division_id
                            AND newer.state = 'done' AND newer.id > item.id)
                      ELSE EXISTS (
                          SELECT FROM exact_binding link
                          WHERE link.division_id = item.division_id
                            AND link.resource = kind.resource
                            AND link.res_model = item.res_model AND link.res_id = item.res_id
                            AND link.exact_id IS NOT NULL AND link.proof_state = 'proven')
                      END
                ORDER BY item.done_on
                LIMIT %(limit)s
                """,
                resources=SQL(", ").join(
                    SQL("(%s, %s)", kind, resource) for kind, resource in self._resources()
                ),
                before=fields.Datetime.now() - timedelta(days=days),
                limit=VACUUM_BATCH,
            )
        )
        return self.browse(item_id for (item_id,) in self.env.cr.fetchall())

    @api.model
    def _resources(self):
        """``[(kind, resource)]`` of the operations that leave a link."""
        operations = self.env["exact.operation"]._all()
        return [(each._kind(), each._resource) for each in operations if each._resource]

    def _archive(self):
        """Keep on the link what an auditor asks for: when what became of it, in words."""
        for item in self.filtered(lambda item: item.state == "done" and item.evidence):
            link = item._own_binding()
            number = f" {item.exact_number}" if item.exact_number else ""
            told = f"{fields.Datetime.to_string(item.done_on)} UTC{number}: {item.evidence}"
            link.history = "\n".join(filter(None, (link.history, told)))
