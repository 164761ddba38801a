# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from .account_move import USER
from .exact_sync_mixin import UNDER_WAY

# What the card counts of the queue.
QUEUED = {
    "waiting": UNDER_WAY,
    "failed": ("failed", "blocked"),
    "differs": ("differs",),
}
JOURNAL = SQL.identifier("account_move", "journal_id")
STATE = SQL.identifier("exact_sync_queue", "state")


class AccountJournal(models.Model):
    """Where the documents of a journal stand in Exact, on its card of Odoo's own dashboard."""

    _name = "account.journal"
    _inherit = ["account.journal"]

    def _get_journal_dashboard_data_batched(self):
        dashboard_data = super()._get_journal_dashboard_data_batched()
        if self.env.user.has_group(USER):
            self._fill_exact_dashboard_data(dashboard_data)
        return dashboard_data

    def _fill_exact_dashboard_data(self, dashboard_data):
        """Two grouped reads for all journals: of the queue, and of what nobody has queued."""
        travelling = self.filtered(
            lambda journal: journal.exact_is_sent and journal.company_id.sudo().exact_division_id
        )
        if not travelling:
            return
        queued, unsent = travelling._exact_queued_counts(), travelling._exact_unsent_counts()
        for journal in travelling:
            dashboard_data[journal.id]["exact"] = {
                "to_send": unsent.get(journal.id, 0),
                **{
                    key: sum(queued.get((journal.id, state), 0) for state in states)
                    for key, states in QUEUED.items()
                },
            }

    def _exact_queued_counts(self):
        """``{(journal ID, state): count}`` of the queue items that are not finished."""
        states = [state for states in QUEUED.values() for state in states]
        query = self._exact_queued(states)
        query.groupby = SQL("%s, %s", JOURNAL, STATE)
        rows = self.env.execute_query(query.select(JOURNAL, STATE, SQL("COUNT(*)")))
        return {(journal_id, state): count for journal_id, state, count in rows}

    def _exact_unsent_counts(self):
        """``{journal ID: count}`` of the documents that wait for a person to send them."""
        by_button = self.filtered(lambda journal: journal.exact_mode == "button")
        if not by_button:
            return {}
        query = by_button._exact_unsent()
        query.groupby = JOURNAL
        return dict(self.env.execute_query(query.select(JOURNAL, SQL("COUNT(*)"))))

    def _exact_queued(self, states):
        """A query of the queue items in these states of the documents of these journals."""
        query = self.env["exact.sync.queue"].sudo()._search(
            [
                ("res_model", "=", "account.move"),
                ("state", "in", states),
                ("company_id", "in", self.env.companies.ids),
            ]
        )
        query.add_join(
            "JOIN",
            "account_move",
            "account_move",
            SQL(
                "%s = %s AND %s = ANY(%s)",
                SQL.identifier("account_move", "id"),
                SQL.identifier("exact_sync_queue", "res_id"),
                JOURNAL,
                self.ids,
            ),
        )
        return query

    def _exact_unsent(self):
        """A query of the documents of these journals that are to be in Exact and neither are there
        nor queued.
        """
        moves, operation = self.env["account.move"].sudo(), self.env["exact.operation"]
        in_scope = Domain.OR(
            Domain("company_id", "=", company.id) & operation._of_kind(kind)._scope_domain(company)
            for company in self.company_id.sudo() & self.env.companies
            for kind in moves._exact_entry_operations
        )
        self.env["exact.binding"].sudo().flush_model()
        self.env["exact.sync.queue"].flush_model()
        query = moves._search(
            Domain("journal_id", "in", self.ids) & Domain("state", "=", "posted") & in_scope
        )
        query.add_where(
            SQL(
                """NOT EXISTS (
                       SELECT FROM exact_binding binding
                       WHERE binding.res_model = 'account.move'
                         AND binding.res_id = %(move)s
                         AND (binding.exact_id IS NOT NULL OR binding.is_unwanted))
                   AND NOT EXISTS (
                       SELECT FROM exact_sync_queue item
                       WHERE item.res_model = 'account.move'
                         AND item.res_id = %(move)s
                         AND item.state NOT IN ('done', 'cancelled'))""",
                move=SQL.identifier("account_move", "id"),
            )
        )
        return query

    # -- what people click ----------------------------------------------------------------------

    def action_exact_unsent(self):
        """Open the documents of this journal that somebody is to send by the button."""
        self._exact_check_reader()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("To send to Exact Online"),
            "res_model": "account.move",
            "views": [[False, "list"], [False, "kanban"], [False, "form"]],
            "domain": [("id", "in", list(self._exact_unsent()))],
        }

    def action_exact_waiting_items(self):
        """Open what is on its way."""
        return self._exact_open_items("waiting", self.env._("On the way to Exact Online"))

    def action_exact_failed_items(self):
        """Open what failed, with why and what to do."""
        return self._exact_open_items("failed", self.env._("Failed at Exact Online"))

    def action_exact_differing_items(self):
        """Open what is booked, but not as in Odoo."""
        return self._exact_open_items("differs", self.env._("Different in Exact Online"))

    def _exact_check_reader(self):
        self.check_access("read")
        self.env["exact.sync.queue"].check_access("read")

    def _exact_open_items(self, key, name):
        self._exact_check_reader()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "exact.sync.queue",
            "views": [[False, "list"], [False, "kanban"], [False, "form"]],
            "domain": [("id", "in", list(self._exact_queued(QUEUED[key])))],
        }
