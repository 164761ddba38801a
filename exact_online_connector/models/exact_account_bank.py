# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models


class ExactAccountBank(models.Model):
    """Whose IBAN it is in Exact, of the IBANs that were asked for: no feed brings them."""

    _name = "exact.account.bank"
    _description = "Bank Account of an Exact Online Relation"
    _rec_name = "iban"
    _order = "division_id, iban"

    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    iban = fields.Char(string="IBAN", required=True, readonly=True)
    account_exact_id = fields.Char(
        string="Relation", readonly=True, help="Its Exact ID; empty when no relation has it."
    )

    _iban_uniq = models.UniqueIndex(
        "(division_id, iban, account_exact_id)", "A relation has a bank account once."
    )

    @api.model
    def _ibans(self, division):
        """``{Exact ID of a relation: (IBAN, ...)}``"""
        groups = self._read_group(
            [("division_id", "=", division.id), ("account_exact_id", "!=", False)],
            ["account_exact_id"],
            ["iban:array_agg"],
        )
        return {exact_id: tuple(set(ibans)) for exact_id, ibans in groups}

    @api.model
    def _asked(self, division):
        """The IBANs that need not be asked for again."""
        rows = self.search_fetch([("division_id", "=", division.id)], ["iban"])
        return set(rows.mapped("iban"))

    @api.model
    def _store(self, division, asked, owners):
        """Keep an answer: ``owners`` are ``(IBAN, Exact ID of the relation)`` of those found."""
        found = {iban for iban, _exact_id in owners}
        rows = [*owners, *((iban, False) for iban in asked if iban not in found)]
        self.search([("division_id", "=", division.id), ("iban", "in", list(asked))]).unlink()
        self.create(
            [
                {"division_id": division.id, "iban": iban, "account_exact_id": exact_id}
                for iban, exact_id in dict.fromkeys(rows)
            ]
        )
