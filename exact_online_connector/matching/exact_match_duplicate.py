# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class ExactMatchDuplicate(models.Model):
    """One of several contacts, or relations, that share a VAT or company number."""

    _name = "exact.match.duplicate"
    _description = "Duplicate Contact or Relation"
    _order = "side desc, key, move_count desc, id"

    sync_id = fields.Many2one("exact.initial.sync", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="sync_id.company_id", store=True)
    side = fields.Selection(
        [("odoo", "Odoo"), ("exact", "Exact")], string="Found in", readonly=True
    )
    key = fields.Char(string="Number that they share", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True, ondelete="cascade")
    account_id = fields.Many2one(
        "exact.account", string="Relation", readonly=True, ondelete="cascade"
    )
    move_count = fields.Integer(string="Documents", readonly=True)

    def action_merge(self):
        """Open Odoo's own merging of the contacts that share the number of this one."""
        self.ensure_one()
        alike = self.search(
            [("sync_id", "=", self.sync_id.id), ("side", "=", "odoo"), ("key", "=", self.key)]
        )
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("base.action_partner_merge"),
            "context": {"active_model": "res.partner", "active_ids": alike.partner_id.ids},
        }

    @api.model
    def _refresh(self, sync):
        """List who is there more than once on one side, and what hangs on each."""
        self.search([("sync_id", "=", sync.id)]).unlink()
        contacts = self.env["res.partner"]._exact_duplicates(sync.company_id)
        relations = self.env["exact.account"]._duplicates(sync.division_id)
        doubled = self.env["res.partner"].union(*(group.records for group in contacts))
        bindings = doubled._exact_bindings(sync.division_id)
        linked = {binding.res_id: binding.exact_id for binding in bindings}
        accounts = self.env["exact.account"].search(
            [("division_id", "=", sync.division_id.id), ("exact_id", "in", list(linked.values()))]
        )
        by_guid = {account.exact_id: account.id for account in accounts}
        self.create(
            [
                *(
                    {
                        "sync_id": sync.id,
                        "side": "odoo",
                        "key": group.key,
                        "partner_id": partner.id,
                        "account_id": by_guid.get(linked.get(partner.id)),
                        "move_count": group.moves[partner.id],
                    }
                    for group in contacts
                    for partner in group.records
                ),
                *(
                    {
                        "sync_id": sync.id,
                        "side": "exact",
                        "key": group.key,
                        "account_id": account.id,
                        "partner_id": group.links[account.id].id,
                        "move_count": group.moves[account.id],
                    }
                    for group in relations
                    for account in group.records
                ),
            ]
        )
