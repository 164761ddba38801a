# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.tools import SQL

QUEUED = ("waiting", "ready", "sending", "checking", "sent")
PROBLEM = ("failed", "differs", "blocked")


class ExactSyncMixin(models.AbstractModel):
    """A record that travels: where it stands, as a badge, and a button to its queue items."""

    _name = "exact.sync.mixin"
    _description = "Travels to Exact Online"

    _exact_operations = ()  # kinds of which a record has one, whose state is the record's

    exact_state = fields.Selection(
        [("queued", "On its way"), ("problem", "Needs attention"), ("done", "In Exact")],
        string="Exact Online",
        compute="_compute_exact_state",
        search="_search_exact_state",
        help="In Exact means: read back from Exact Online and found equal.",
    )
    exact_number = fields.Char(string="Number in Exact", compute="_compute_exact_state")
    exact_item_count = fields.Integer(compute="_compute_exact_state")

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
        for record in self:
            own = by_record.get(record.id, items.browse())
            main = own.filtered(lambda item: item.operation in self._exact_operations)
            current = main.filtered(lambda item: item.state != "cancelled")[-1:]
            record.exact_item_count = len(own)
            record.exact_state = _state_of(current)
            record.exact_number = current.exact_number

    @api.model
    def _search_exact_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = {"queued": QUEUED, "problem": PROBLEM, "done": ("done",)}
        wanted = tuple(state for name in value if name for state in states[name])
        found = self._newest_items(
            SQL(
                """newest.state IN %(wanted)s AND NOT (newest.state = 'waiting' AND %(stuck)s)
                   OR newest.state = 'waiting' AND %(stuck)s AND 'failed' IN %(wanted)s""",
                wanted=wanted or ("",),
                stuck=SQL(
                    "COALESCE(needed.state IN %s OR further.state IN %s, false)", PROBLEM, PROBLEM
                ),
            )
        )
        if False not in value:
            return [("id", "in", found)]
        return ["|", ("id", "in", found), ("id", "not in", self._newest_items(SQL("true")))]

    @api.model
    def _newest_items(self, condition):
        """A sub-select of the ids whose newest item fulfils ``condition``."""
        return SQL(
            """(SELECT newest.res_id
                FROM (SELECT DISTINCT ON (res_id) res_id, state, waiting_for_id
                      FROM exact_sync_queue
                      WHERE res_model = %s AND operation IN %s AND state != 'cancelled'
                        AND company_id IN %s
                      ORDER BY res_id, id DESC) AS newest
                LEFT JOIN exact_sync_queue AS needed ON needed.id = newest.waiting_for_id
                LEFT JOIN exact_sync_queue AS further ON further.id = needed.waiting_for_id
                WHERE %s)""",
            self._name,
            self._exact_operations,
            tuple(self.env.companies.ids),
            condition,
        )

    def action_exact_items(self):
        """Open this record's queue items."""
        self.ensure_one()
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
    if item.state == "done":
        return "done"
    if item.state in PROBLEM or (
        item.waiting_for_id and _state_of(item.waiting_for_id) == "problem"
    ):
        return "problem"
    return "queued"
