# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

QUEUED = ("waiting", "ready", "sending", "checking", "sent")
PROBLEM = ("failed", "differs", "blocked")


class ExactSyncMixin(models.AbstractModel):
    """A record that travels: where it stands, as a badge, and a button to its queue items."""

    _name = "exact.sync.mixin"
    _description = "Travels to Exact Online"

    _exact_operation = None  # kind of the operation whose state is the record's

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
            main = own.filtered(lambda item: item.operation == self._exact_operation)
            current = main.filtered(lambda item: item.state != "cancelled")[-1:]
            record.exact_item_count = len(own)
            record.exact_state = _state_of(current)
            record.exact_number = current.exact_number

    @api.model
    def _search_exact_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        states = {"queued": QUEUED, "problem": PROBLEM, "done": ("done",)}
        wanted = [state for name in value if name for state in states[name]]
        queue = self.env["exact.sync.queue"].sudo()
        base = [("res_model", "=", self._name), ("operation", "=", self._exact_operation)]
        found = queue.search([*base, ("state", "in", wanted)])
        if "problem" in value:
            found |= queue.search([*base, ("state", "=", "waiting")]).filtered(
                lambda item: _state_of(item) == "problem"
            )
        found = found.mapped("res_id")
        if False not in value:
            return [("id", "in", found)]
        known = queue.search([*base, ("state", "!=", "cancelled")]).mapped("res_id")
        return ["|", ("id", "in", found), ("id", "not in", known)]

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
