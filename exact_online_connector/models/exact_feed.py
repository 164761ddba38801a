# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class ExactFeed(models.Model):
    """How far one of Exact's ``sync/`` resources was read in one administration, or a list that is
    read page by page. facts.md §4.12

    A cursor is kept as text: it may exceed what a database integer holds.
    """

    _name = "exact.feed"
    _description = "Exact Online Feed"
    _rec_name = "kind"
    _order = "division_id, kind"
    _log_access = False

    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    kind = fields.Selection(
        [
            ("accounts", "Relations"),
            ("ledger_lines", "Ledger"),
            ("payment_terms", "Payments"),
            ("receivables_list", "Open items of customers"),
            ("payables_list", "Open items of suppliers"),
        ],
        string="What is read",
        required=True,
        readonly=True,
        help="The operation that reads it.",
    )
    cursor = fields.Char(readonly=True, help="Timestamp up to which it was read.")
    deleted_cursor = fields.Char(readonly=True, help="Timestamp up to which deletions were read.")
    began_on = fields.Datetime(
        readonly=True, help="Of a list that is read anew each time: when this reading began."
    )
    doubted = fields.Json(
        readonly=True, help="Entries of Exact that the list says something else of than is known."
    )
    moved_on = fields.Datetime(
        readonly=True, help="When Exact moved the administration; its timestamps begin anew then."
    )
    moved_asked_on = fields.Datetime(readonly=True)
    read_on = fields.Datetime(string="Last read on", readonly=True)
    is_brief = fields.Boolean(
        readonly=True,
        help="The next reading asks for deletions only when something came, or once a day.",
    )
    is_read = fields.Boolean(
        string="Complete", readonly=True, help="Off while the reading goes on."
    )
    deletions_are_refused = fields.Boolean(
        readonly=True, help="Exact does not tell what was deleted."
    )
    deletions_asked_on = fields.Datetime(readonly=True)

    _kind_uniq = models.Constraint(
        "UNIQUE(division_id, kind)", "An administration has each feed once."
    )

    @api.model
    def _of(self, division, kind):
        """The feed of a kind; none as long as nothing was read."""
        return self.search([("division_id", "=", division.id), ("kind", "=", kind)])

    def _were_deletions_refused_today(self):
        """A right that Exact's user lacks is asked for once a day."""
        return self.deletions_are_refused and is_today(self.deletions_asked_on)

    @api.model
    def _begin_anew(self, division, kind):
        """Begin a reading of a list from its start; the feed."""
        feed = self._of(division, kind) or self.create({"division_id": division.id, "kind": kind})
        feed.write(
            {"began_on": fields.Datetime.now(), "cursor": False, "is_read": False, "doubted": []}
        )
        return feed

    @api.model
    def _note(self, division, kind, answer):
        """Move the cursors past what is stored in this transaction.

        :param answer: of what was asked: ``moved_on``; ``is_refused`` and ``deleted_cursor`` of
            the deletions; ``cursor`` and ``is_last`` of the rows. ``is_anew`` begins again.
        """
        now = fields.Datetime.now()
        values = {"read_on": now}
        if answer.get("is_last"):
            values["is_brief"] = False
        if "moved_on" in answer:
            values |= {"moved_on": answer["moved_on"], "moved_asked_on": now}
        if "is_refused" in answer:
            values |= {"deletions_are_refused": answer["is_refused"], "deletions_asked_on": now}
        if answer.get("is_anew"):
            values |= {"cursor": False, "deleted_cursor": False, "is_read": False}
        if "deleted_cursor" in answer:
            values["deleted_cursor"] = answer["deleted_cursor"]
        if "cursor" in answer:
            values |= {"cursor": answer["cursor"], "is_read": answer["is_last"]}
        feed = self._of(division, kind)
        if feed:
            feed.write(values)
        else:
            self.create({"division_id": division.id, "kind": kind, **values})


def is_today(moment):
    """Whether a moment, or False, lies in the day that it is now, in UTC."""
    return bool(moment) and moment.date() == fields.Datetime.now().date()
