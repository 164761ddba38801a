# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from itertools import takewhile

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..operations.verdicts import refusals
from .notification import SHOWN_ANEW, notification

MOST = 1000  # items that are looked at within one request
HOPEFUL = ("passes", "changed")


class ExactSyncQueue(models.Model):
    """Whether what failed would pass by now: told without a call.

    What preflight held back it can judge again. What Exact refused only Exact can tell, unless
    what would be sent is another thing than what it refused.
    """

    _name = "exact.sync.queue"
    _inherit = ["exact.sync.queue"]

    outlook = fields.Selection(
        [
            ("passes", "Would pass"),
            ("refused", "Still held back"),
            ("changed", "Changed since it was refused"),
            ("unknown", "Only Exact can tell"),
        ],
        string="Would it pass now?",
        readonly=True,
    )
    outlook_note = fields.Char(string="Why", readonly=True)

    def action_would_pass(self):
        """Judge these anew, or all that failed where none are chosen, and show which would pass.

        Of very many, those that were not looked at yet come first: asked again, they follow.
        """
        self._check_operator()
        domain = [("state", "=", "failed"), ("company_id", "in", self.env.companies.ids)]
        if self:
            domain += [("id", "in", self.ids)]
        looked_at = self.search(domain, order="outlook NULLS FIRST, id DESC", limit=MOST)
        if not looked_at:
            raise UserError(self.env._("Nothing failed: there is nothing to look at."))
        left = self.search_count(domain) - len(looked_at)
        for item in looked_at.sudo():
            item._in_context()._look_ahead()
        return self._tell_outlook() if len(self) == 1 else self._show_outlook(looked_at, left)

    def _look_ahead(self):
        """Note whether this item would pass, and why not."""
        operation = self._operation()
        record = operation.env[self.res_model].browse(self.res_id)
        if operation._task(record) != "send":
            return self._note_outlook("unknown", self.env._("It is to leave Exact Online."))
        if not operation._is_wanted(record) or operation._withdrawn(record):
            note = self.env._("There is nothing to send any more: it leaves the queue.")
            return self._note_outlook("passes", note)
        refused = self._still_refused(operation, record)
        if refused and self.error_class == "preflight":
            self._hold_back(refused)
        if refused:
            return self._note_outlook("refused", refused[0].text)
        if self.error_class == "preflight":
            return self._note_outlook("passes", self.env._("Nothing holds it back any more."))
        if self.refused_digest and self.refused_digest != operation._digest_of(record):
            note = self.env._("What is sent now is not what was refused. Exact decides.")
            return self._note_outlook("changed", note)
        note = self.env._("What is sent is what was refused. It passes only if Exact changed.")
        return self._note_outlook("unknown", note)

    def _still_refused(self, operation, record):
        """What preflight finds in the record, and in the contacts that go before it. What else
        goes before may have to be made first, such as a print: that is not looked at.
        """
        findings = [*operation._preflight(record)]
        for kind, contact in takewhile(_is_contact, operation._requires(record)):
            ahead = operation._of_kind(kind)
            if not ahead._is_in_place(contact):
                findings += ahead._preflight(contact)
        return refusals(findings)

    def _note_outlook(self, outlook, note):
        self.write({"outlook": outlook, "outlook_note": note})

    def _tell_outlook(self):
        """Of one item, without leaving it."""
        outlooks = dict(self._fields["outlook"]._description_selection(self.env))
        text = f"{outlooks[self.outlook]}: {self.outlook_note}"
        kind = "success" if self.outlook in HOPEFUL else "warning"
        return notification(text, kind, SHOWN_ANEW)

    @api.model
    def _show_outlook(self, items, left):
        """The items with what was noted of them, and a button that retries those with hope.

        :param left: how many failed ones were not looked at
        """
        view = self.env.ref("exact_online_connector.exact_sync_queue_view_list_outlook")
        text = self._outlook_text(items)
        if left:
            text += " " + self.env._("Not looked at yet: %s. Ask again for these.", left)
        found = {
            "type": "ir.actions.act_window",
            "name": self.env._("Would they pass now?"),
            "res_model": self._name,
            "domain": [("id", "in", items.ids)],
            "views": [(view.id, "list"), (False, "kanban"), (False, "form")],
            "context": {"group_by": "outlook"},
        }
        return notification(text, "info", found)

    @api.model
    def _outlook_text(self, items):
        counts = {key: len(same) for key, same in items.grouped("outlook").items()}
        passes = counts.pop("passes", 0)
        texts = {
            "refused": self.env._("Still held back: %s.", counts.get("refused")),
            "changed": self.env._("Changed since Exact refused it: %s.", counts.get("changed")),
            "unknown": self.env._("Only Exact can tell: %s.", counts.get("unknown")),
        }
        first = self.env._("%(passes)s of %(all)s would pass now.", passes=passes, all=len(items))
        return " ".join((first, *(texts[key] for key in texts if key in counts)))

    def action_retry_hopeful(self):
        """Retry those of these that would pass or were changed since; of all where none are
        chosen.
        """
        self._check_operator()
        domain = [
            ("state", "=", "failed"),
            ("outlook", "in", HOPEFUL),
            ("company_id", "in", self.env.companies.ids),
        ]
        items = self.filtered_domain(domain) if self else self.search(domain)
        if not items:
            raise UserError(self.env._("None of these would pass."))
        return self._retry_and_tell(items)


def _is_contact(needed):
    kind, _record = needed
    return kind == "contact"
