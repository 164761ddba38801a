# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .roles import check_user

# Of a queue item: it goes on by itself, or it needs a person.
UNDER_WAY = ("waiting", "ready", "sending", "checking", "sent")
TROUBLE = ("failed", "differs", "blocked")
INBOX = "inbox"  # the operation whose records lie in Exact to be booked there
DONE = ("done", "to_book")


class ExactSyncMixin(models.AbstractModel):
    """A record that travels: where it stands, as a badge, and a button to its queue items."""

    _name = "exact.sync.mixin"
    _description = "Travels to Exact Online"

    _exact_operations = ()  # kinds of which a record has one, whose state is the record's

    _exact_changed_domain = None  # what was changed since it was compared, of what is in Exact

    exact_state = fields.Selection(
        [
            ("queued", "On its way"),
            ("problem", "Needs attention"),
            ("done", "In Exact"),
            ("to_book", "To be booked there"),
            ("changed", "In Exact, changed since"),
            ("removed", "Removed from Exact"),
            ("ignored", "Not to be sent"),
        ],
        string="Exact Online",
        compute="_compute_exact_state",
        search="_search_exact_state",
        help="In Exact means: read back from Exact Online and found equal. To be booked there: "
        "its document and files lie in Exact, and the bookkeeper books it from them.",
    )
    exact_number = fields.Char(string="Number in Exact", compute="_compute_exact_state")
    exact_item_count = fields.Integer(compute="_compute_exact_state")
    exact_url = fields.Char(
        string="Open in Exact Online",
        compute="_compute_exact_url",
        groups="exact_online_connector.group_exact_user",
        exportable=False,
    )

    def _compute_exact_state(self):
        items = (
            self.env["exact.sync.queue"]
            .sudo()
            .search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "in", self.ids),
                    ("company_id", "in", self.env.companies.ids),
                ],
                order="id",
            )
        )
        by_record = items.grouped("res_id")
        links = self._exact_proven_links()
        for record in self:
            own = by_record.get(record.id, items.browse())
            main = own.filtered(lambda item: item.operation in self._exact_operations)
            current = main.filtered(lambda item: item.state != "cancelled" or item.is_ignored)[-1:]
            record.exact_item_count = len(own)
            link = not current and links.get(record.id)
            record.exact_state = "done" if link else _state_of(current)
            number = link.code if link else current.exact_number
            record.exact_number = not current.is_removal and number
            if record.exact_state in DONE and record._exact_is_changed():
                record.exact_state = "changed"

    def _exact_proven_links(self):
        """``{id of a record: its link}``: it is proven still when its items have left the queue."""
        links = self.env["exact.binding"].sudo()
        if not self.ids:
            return {}
        found = links.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("resource", "in", [resource for _kind, resource in self._exact_resources()]),
                ("company_id", "in", self.env.companies.ids),
                ("exact_id", "!=", False),
                ("proof_state", "=", "proven"),
            ],
            order="id",
        )
        return {link.res_id: link for link in found}

    @api.model
    def _exact_resources(self):
        """``[(kind, resource)]`` of the operations that leave a link."""
        operations = self.env["exact.operation"]
        pairs = [(kind, operations._of_kind(kind)._resource) for kind in self._exact_operations]
        return [pair for pair in pairs if pair[1]]

    def _exact_is_changed(self):
        domain = self._exact_changed_domain
        return bool(domain and self.filtered_domain(domain))

    @api.model
    def _search_exact_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        return Domain.OR(self._exact_state_domain(state) for state in value)

    @api.model
    def _exact_state_domain(self, state):
        """The records of one state."""
        stuck = SQL(
            """newest.state = 'waiting'
               AND COALESCE(needed.state IN %(trouble)s OR further.state IN %(trouble)s, false)""",
            trouble=TROUBLE,
        )
        if not state:
            return Domain("id", "not in", self._newest_items(SQL("true")))
        if state == "queued":
            found = SQL("newest.state IN %s AND NOT (%s)", UNDER_WAY, stuck)
        elif state == "problem":
            found = SQL("newest.state IN %s OR %s", TROUBLE, stuck)
        elif state == "ignored":
            found = SQL("newest.state = 'cancelled'")
        else:
            found = SQL(
                "newest.state = 'done' AND COALESCE(newest.is_removal, false) = %s",
                state == "removed",
            )
            if state in DONE:
                found = SQL(
                    "%s AND (newest.operation = %s) = %s", found, INBOX, state == "to_book"
                )
        domain = Domain("id", "in", self._newest_items(found))
        if state not in (*DONE, "changed"):
            return domain
        changed = Domain(self._exact_changed_domain or Domain.FALSE)
        return domain & (changed if state == "changed" else ~changed)

    @api.model
    def _newest_items(self, condition):
        """A sub-select of the ids whose newest item fulfils ``condition``; a proven link stands
        for the items that have left the queue.
        """
        self.env["exact.sync.queue"].flush_model()
        return SQL(
            """(SELECT newest.res_id
                FROM (SELECT DISTINCT ON (res_id) res_id, operation, state, waiting_for_id,
                                                    is_removal
                      FROM (SELECT id, res_id, operation, state, waiting_for_id, is_removal
                            FROM exact_sync_queue
                            WHERE res_model = %(model)s AND operation IN %(kinds)s
                              AND (state != 'cancelled' OR is_ignored)
                              AND company_id IN %(companies)s
                            UNION ALL
                            SELECT -id, res_id, 'link', 'done', NULL, false
                            FROM exact_binding
                            WHERE res_model = %(model)s AND resource IN %(resources)s
                              AND exact_id IS NOT NULL AND proof_state = 'proven'
                              AND company_id IN %(companies)s) AS told
                      ORDER BY res_id, id DESC) AS newest
                LEFT JOIN exact_sync_queue AS needed ON needed.id = newest.waiting_for_id
                LEFT JOIN exact_sync_queue AS further ON further.id = needed.waiting_for_id
                WHERE %(condition)s)""",
            model=self._name,
            kinds=self._exact_operations,
            resources=tuple(resource for _kind, resource in self._exact_resources()),
            companies=tuple(self.env.companies.ids),
            condition=condition,
        )

    def _compute_exact_url(self):
        for record in self:
            record.exact_url = record.sudo()._exact_address()

    def _exact_address(self):
        """Where a person sees it in Exact Online itself, or None."""
        return None

    def action_exact_open(self):
        """Open it in Exact Online's own pages."""
        self.ensure_one()
        check_user(self.env)
        self.check_access("read")
        address = self.sudo()._exact_address()
        if not address:
            raise UserError(self.env._("%s is not in Exact Online.", self.display_name))
        return {"type": "ir.actions.act_url", "url": address, "target": "new"}

    def action_exact_items(self):
        """Open this record's queue items."""
        self.ensure_one()
        check_user(self.env)
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Exact Online: %s", self.display_name),
            "res_model": "exact.sync.queue",
            "view_mode": "list,form",
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
        }


def _state_of(item):
    """The badge of an item; who waits for something in trouble is in trouble."""
    if not item:
        return False
    if item.state == "cancelled":
        return "ignored"
    if item.state == "done":
        in_exact = "to_book" if item.operation == INBOX else "done"
        return "removed" if item.is_removal else in_exact
    if item.state in TROUBLE or (
        item.waiting_for_id and _state_of(item.waiting_for_id) == "problem"
    ):
        return "problem"
    return "queued"
