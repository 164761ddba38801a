# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from odoo import api, fields, models

from .exact_match_mixin import CHOOSABLE, Suggestion

WORD = re.compile(r"\w{2,}")


class ExactMatchTax(models.Model):
    """A tax, for sales or for purchases, and the VAT code that computes the same."""

    _name = "exact.match.tax"
    _inherit = ["exact.match.mixin"]
    _description = "Tax Match"
    _order = "state, type_tax_use, use_count desc, id"

    _mapping = "exact_vat_code_id"

    record_id = fields.Many2one("account.tax", string="Tax in Odoo", ondelete="cascade")
    type_tax_use = fields.Selection(related="record_id.type_tax_use", store=True)
    amount = fields.Float(related="record_id.amount", digits=(16, 4))
    tax_description = fields.Html(related="record_id.description")
    mirror_id = fields.Many2one(
        "exact.vat.code",
        string="VAT code in Exact",
        domain=CHOOSABLE,
        ondelete="cascade",
    )
    suggestion_id = fields.Many2one("exact.vat.code", ondelete="set null")

    @api.model
    def _records(self, sync):
        """Taxes of posted lines, products and the company; all where all were asked for."""
        taxes = self.env["account.tax"].with_company(sync.company_id)
        scope = [
            ("company_id", "=", sync.company_id.id),
            ("type_tax_use", "in", ("sale", "purchase")),
        ]
        used = self._used(sync)
        if sync.is_all_shown:
            own = taxes.search(scope)
        else:
            company = sync.company_id
            defaults = company.account_sale_tax_id, company.account_purchase_tax_id
            shown = taxes.union(*used, *defaults, *self._of_products(company))
            # products are shared: their taxes of other companies are not for this one's eyes
            found = taxes.with_context(active_test=False).search([("id", "in", shown.ids), *scope])
            own = taxes.browse(found.ids)
        return {tax: used.get(tax, 0) for tax in own}

    @api.model
    def _of_products(self, company):
        products = self.env["product.template"].with_company(company).sudo()
        return [
            tax
            for name in ("taxes_id", "supplier_taxes_id")
            for (tax,) in products._read_group([(name, "!=", False)], [name])
        ]

    @api.model
    def _used(self, sync):
        groups = self.env["account.move.line"]._read_group(
            [
                ("company_id", "=", sync.company_id.id),
                ("parent_state", "=", "posted"),
                ("display_type", "in", ("product", "rounding")),
                ("tax_ids", "!=", False),
            ],
            ["tax_ids"],
            ["__count"],
        )
        return dict(groups)

    @api.model
    def _suggest_for(self, tax, codes):
        """The code that computes the same. Of several for 0 % none is certain: they differ in
        what they mean for the VAT return, and that only a person knows.
        """
        fitting = codes.filtered(lambda code: not self._refusal(tax, code))
        everyday = fitting.filtered(lambda code: code.eu_listing == "N" and code.type == "E")
        if tax.amount and len(everyday) == 1:
            return Suggestion(everyday, self._reason(tax), True)
        if tax.amount and len(fitting) == 1:
            return Suggestion(fitting, self._reason(tax), True)
        if not fitting:
            return None
        ranked = sorted(fitting, key=lambda code: -_alike(tax, code))
        if not _alike(tax, ranked[0]):
            return None
        reason = self.env._("Computes the same, and has the most words in common")
        return Suggestion(ranked[0], reason, False)

    @api.model
    def _reason(self, tax):
        return self.env._(
            "The only code for %(use)s of %(rate)g %%",
            use=dict(tax._fields["type_tax_use"]._description_selection(self.env))[
                tax.type_tax_use
            ].lower(),
            rate=abs(tax.amount),
        )

    @api.model
    def _refusal(self, tax, code):
        return self.env["exact.vat.code"]._tax_mismatch(tax, code)


def _alike(tax, code):
    return len(_words(tax.name, tax.description) & _words(code.name))


def _words(*texts):
    return {word for text in texts for word in WORD.findall(str(text or "").lower())}
