# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from .exact_sync_queue import PENDING
from .notification import SHOWN_ANEW, notification

FAILED = ("failed", "differs", "blocked")


class ExactSyncQueue(models.Model):
    """What holds items up: a cause that many may have in common, in words, and a button that
    mends it. What was mended is retried for all of them together.
    """

    _name = "exact.sync.queue"
    _inherit = ["exact.sync.queue"]

    cause_label = fields.Char(
        string="Cause", readonly=True, help="In a few words; many items may have it in common."
    )
    fix = fields.Char(readonly=True, help="The text of the button that mends the cause.")
    mend_action = fields.Selection(
        [
            ("compare", "Look up what Exact holds"),
            ("lists", "Read the administration's lists, then retry"),
            ("role", "Give the contact its role in Exact, then retry"),
            ("support", "Show the text for support"),
        ],
        readonly=True,
        help="What the button does where it does not open a record.",
    )
    cause_count = fields.Integer(
        string="Held up by the same cause", compute="_compute_cause_count"
    )

    _cause_idx = models.Index(
        "(company_id, cause_label) WHERE state IN ('failed', 'differs', 'blocked')"
    )

    @api.depends("cause_label", "state", "company_id")
    def _compute_cause_count(self):
        counts = {
            (company.id, label): count
            for company, label, count in self._read_group(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("cause_label", "in", self.mapped("cause_label")),
                    ("state", "in", FAILED),
                ],
                ["company_id", "cause_label"],
                ["__count"],
            )
        }
        for item in self:
            is_held_up = item.cause_label and item.state in FAILED
            key = item.company_id.id, item.cause_label
            item.cause_count = counts.get(key, 0) if is_held_up else 0

    # -- noting it --------------------------------------------------------------------------------

    def _change(self, state, **values):
        """What holds an item up is known as long as the kind of trouble is."""
        if "error_class" in values:
            label = self._class_label(values["error_class"])
            nothing = {**dict.fromkeys(self._because_names(), False), "cause_label": label}
            values = {**nothing, **values}
        return super()._change(state, **values)

    @api.model
    def _because_names(self):
        """The fields that say why, and of what is foreseen of that."""
        return (
            "cause",
            "fix",
            "mend_action",
            "mend_id",
            "mend_model",
            "outlook",
            "outlook_note",
        )

    def _because(self, finding=None):
        """Values that say what holds an item up and where it is mended: as a :class:`Finding`
        says, else in the record that travels.
        """
        record = self._record()
        if finding is None:
            return {
                "mend_model": record._name if record else False,
                "mend_id": record.id,
                "fix": record and self.env._("Open it in Odoo"),
            }
        mend = finding.mend
        values = {
            "cause": finding.cause,
            "mend_model": mend._name if mend else False,
            "mend_id": mend.id if mend else False,
            "mend_action": finding.action or False,
            "fix": finding.fix or (mend and self.env._("Open %s", mend.display_name)),
        }
        label = finding.label or self._operation()._cause_label(record, finding)
        return {**values, "cause_label": label} if label else values

    @api.model
    def _class_label(self, error_class):
        """A kind of trouble in words, or False."""
        return dict(self._fields["error_class"]._description_selection(self.env)).get(
            error_class, False
        )

    # -- mending it -------------------------------------------------------------------------------

    def action_mend(self):
        """Open the record that mends the cause, or do what does."""
        self.ensure_one()
        self.check_access("read")
        if self.mend_action:
            return getattr(self, f"_mend_by_{self.mend_action}")()
        if not self.mend_model:
            raise UserError(self.message or self.env._("There is nothing to mend."))
        return self.env[self.mend_model].browse(self.mend_id)._get_records_action(context={})

    def _mend_by_compare(self):
        return self.env[self.mend_model].browse(self.mend_id).action_exact_link()

    def _mend_by_lists(self):
        return self.action_read_lists()

    def _mend_by_role(self):
        """Exact lacks a role that Odoo took for granted: it is given before this is retried."""
        self._check_operator()
        item = self.sudo()
        contact = item.env[item.mend_model].browse(item.mend_id)
        item._operation()._of_kind("contact")._note_lacking(contact, item.cause)
        self.action_retry()

    def _mend_by_support(self):
        return self.action_support()

    def action_read_lists(self):
        """Read the lists of the administrations; these wait for them and are judged by them."""
        self._check_operator()
        items = self.sudo().filtered(lambda item: item.state in PENDING)
        items.division_id._read_lists()
        for item in items:
            item._in_context()._wait_for("master_data", item.division_id)
        self._wake()

    def action_retry_cause(self):
        """Make ready all that is held up by what holds these up, each in its own company."""
        self._check_operator()
        items = self.browse()
        for company, held_up in self.filtered("cause_label").grouped("company_id").items():
            items |= self.search(
                [
                    ("company_id", "=", company.id),
                    ("cause_label", "in", held_up.mapped("cause_label")),
                    ("state", "in", FAILED),
                ]
            )
        return self._retry_and_tell(items)

    def _retry_and_tell(self, items):
        items.action_retry()
        text = self.env._("%s items are tried again.", len(items))
        return notification(text, "success", SHOWN_ANEW)

    def action_send_now(self):
        """Send these ahead of everything else."""
        self._check_operator()
        self.sudo().filtered(lambda item: item.state in PENDING)._hasten()
        return self._retry_and_tell(self.filtered(lambda item: item.state in PENDING))
