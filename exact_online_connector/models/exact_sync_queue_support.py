# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import fields, models, release


class ExactSyncQueue(models.Model):
    """All that support needs to know of an item, as a text to copy. No secret is in it."""

    _name = "exact.sync.queue"
    _inherit = ["exact.sync.queue"]

    sent_content = fields.Text(
        string="What was sent",
        compute="_compute_sent_content",
        help="The content of the latest request that was to write something, as the log has it.",
    )
    support_text = fields.Text(compute="_compute_support_text")

    def _latest_call(self):
        """The call that says most of what went wrong: the latest write, else the latest."""
        calls = self.sudo().call_ids.filtered(lambda call: not call.under_way)
        return calls.filtered(lambda call: call.method != "GET")[:1] or calls[:1]

    def _compute_sent_content(self):
        for item in self:
            item.sent_content = item._concealed(item._latest_call().request)

    def _compute_support_text(self):
        for item in self:
            item.support_text = item._concealed(item._support_lines())

    def _concealed(self, text):
        tokens = self.env["exact.connection.token"].sudo()
        return text and tokens._of(self.division_id.sudo().connection_id)._conceal(text)

    def _support_lines(self):
        call, division = self._latest_call(), self.division_id.sudo()
        module = self.env["ir.module.module"].sudo()._get("exact_online_connector")
        facts = {
            "Odoo": release.version,
            "exact_online_connector": module.installed_version,
            "site": division.connection_id._base_url(),
            "administration": division.code,
            "item": self.id,
            "operation": self.operation,
            "record": f"{self.res_model} {self.res_id}",
            "state": f"{self.state}, {self.error_class or '-'}, {self.cause or '-'}",
            "failed attempts": self.attempts,
            "request": f"{call.method} {call.resource}" if call else "-",
            "query": call.query or "-",
            "sent on": f"{call.started_on} UTC" if call else "-",
            "status": call.status or "-",
        }
        parts = {
            "messages": self.message,
            "sent": call.request,
            "answered": call.answer,
        }
        lines = [f"{name}: {value}" for name, value in facts.items()]
        lines += [f"\n{name}:\n{text}" for name, text in parts.items() if text]
        return "\n".join(lines)

    def action_support(self):
        """Show the text for support, with a button that copies it."""
        self.ensure_one()
        self.check_access("read")
        view = self.env.ref("exact_online_connector.exact_sync_queue_view_support")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Copy for support"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view.id, "form")],
            "target": "new",
        }
