# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from .exact_match_mixin import Suggestion

PORTION = 500  # links made in one transaction


class ExactMatchPartner(models.Model):
    """A customer or supplier and the relation that it is in Exact."""

    _name = "exact.match.partner"
    _inherit = ["exact.match.mixin"]
    _description = "Contact Match"
    _order = "state, is_certain, use_count desc, id"

    _is_one_to_one = True

    record_id = fields.Many2one("res.partner", string="Contact in Odoo", ondelete="cascade")
    vat = fields.Char(related="record_id.vat")
    zip = fields.Char(related="record_id.zip")
    city = fields.Char(related="record_id.city")
    mirror_id = fields.Many2one(
        "exact.account",
        string="Relation in Exact",
        domain="[('division_id', '=', division_id)]",
        ondelete="cascade",
    )
    mirror_vat = fields.Char(related="mirror_id.vat_number", string="VAT number in Exact")
    mirror_city = fields.Char(related="mirror_id.city", string="City in Exact")
    suggestion_id = fields.Many2one("exact.account", ondelete="set null")
    candidate_ids = fields.One2many("exact.match.candidate", "match_id", readonly=True)
    candidate_count = fields.Integer(string="Candidates", readonly=True)

    @api.model
    def _records(self, sync):
        """Contacts with documents in scope; every customer and supplier where asked for."""
        moves = self.env["account.move"]._read_group(
            [
                ("company_id", "=", sync.company_id.id),
                ("state", "=", "posted"),
                ("move_type", "in", self.env["account.move"].get_invoice_types()),
                *([("date", ">=", sync.exact_start_date)] if sync.exact_start_date else []),
            ],
            ["commercial_partner_id"],
            ["__count"],
        )
        used = dict(moves)
        if not sync.is_all_shown:
            return used
        partners = self._in_company(sync)
        partners = partners.search(partners._exact_scope(sync.company_id))
        return {**dict.fromkeys(partners, 0), **used}

    @api.model
    def _mirrors(self, sync):
        return self.env["exact.account"].sudo().search([("division_id", "=", sync.division_id.id)])

    @api.model
    def _suggest(self, sync, partners):
        """``{partner: candidates, the best first}``; see the ladder of exact.account."""
        found = self.env["exact.account"]._candidates(sync.division_id, partners)
        return {partner: found[partner.id] for partner in partners if found.get(partner.id)}

    def _values_of(self, candidates):
        best = candidates and candidates[0]
        suggestion = best and Suggestion(best.account, best.reason, best.is_certain)
        return {**super()._values_of(suggestion), "candidate_count": len(candidates or ())}

    @api.model
    def _refresh_own(self, sync):
        found = super()._refresh_own(sync)
        self._refresh_candidates(sync, found)
        return found

    @api.model
    def _refresh_candidates(self, sync, found):
        """Write down who might be meant, where that is doubtful."""
        doubtful = self.search([("sync_id", "=", sync.id), ("state", "=", "todo")]).filtered(
            lambda row: not row.is_certain and row.candidate_count
        )
        self.env["exact.match.candidate"].search([("match_id.sync_id", "=", sync.id)]).unlink()
        self.env["exact.match.candidate"].create(
            [
                {"match_id": row.id, "account_id": candidate.account.id, "reason": candidate.reason}
                for row in doubtful
                for candidate in found.get(row.record_id, ())
            ]
        )

    @api.model
    def _create_in_odoo(self, sync, account):
        operation = self.env["exact.operation.account.partners"].with_company(sync.company_id)
        ((_account, partner),) = operation._create_partners(account)
        return partner

    def action_open_candidates(self):
        """Compare a contact with each account that it might be."""
        self.ensure_one()
        return self._get_records_action(
            name=self.record_id.display_name,
            target="new",
            context={"dialog_size": "extra-large"},
        )

    # -- bindings are the mapping ---------------------------------------------------------------

    @api.model
    def _mappings(self, sync, partners):
        bindings = partners._exact_bindings(sync.division_id)
        bound = {binding.res_id: binding.exact_id for binding in bindings}
        accounts = {account.exact_id: account.id for account in self._mirrors(sync)}
        return {
            partner: {"mirror_id": accounts[bound[partner.id]]}
            for partner in partners
            if bound.get(partner.id) in accounts
        }

    def _store(self):
        """Link, without a call. What is linked already is left as it is."""
        return self.env["exact.binding"]._link(
            self.division_id,
            self.company_id,
            self.env["exact.operation.contact"]._resource,
            self._record(),
            self.mirror_id.exact_id,
            self.mirror_id.code,
        )

    def _take_back(self):
        self.record_id._exact_bindings(self.division_id)._unlink_from_exact()

    @api.model
    def _store_portion(self, sync):
        """Link a portion of what was chosen; whether there is more."""
        unsaved = self.search(
            [("sync_id", "=", sync.id), ("state", "=", "valid"), ("is_saved", "=", False)],
            limit=PORTION + 1,
        )
        unsaved[:PORTION]._save()
        return len(unsaved) > PORTION

    def _check_choice(self):
        """:raises UserError: when two contacts would become one account"""
        groups = self._read_group(
            [("sync_id", "in", self.sync_id.ids), ("mirror_id", "in", self.mirror_id.ids)],
            ["sync_id", "mirror_id"],
            ["record_id:recordset"],
            having=[("record_id:count_distinct", ">", 1)],
        )
        for _sync, account, partners in groups:
            raise UserError(self._shared_text(account, partners))

    @api.model
    def _shared_text(self, account, partners):
        return self.env._(
            "%(account)s of Exact Online would be %(count)s contacts of Odoo: %(partners)s. Merge "
            "these in Odoo, or choose another relation.",
            account=account.display_name,
            count=len(partners),
            partners=", ".join(partners.mapped("display_name")),
        )
