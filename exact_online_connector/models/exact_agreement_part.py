# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..operations.bookings import BASE, OWED, PURCHASE, SALES, VAT
from .roles import check_operator

DIRECTIONS = [(SALES, "Sales"), (PURCHASE, "Purchases")]


class ExactAgreementPart(models.AbstractModel):
    """A row of an agreement report, made by it alone and gone with it."""

    _name = "exact.agreement.part"
    _description = "Part of an Exact Online Agreement Report"

    agreement_id = fields.Many2one(
        "exact.agreement", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    direction = fields.Selection(DIRECTIONS, readonly=True)
    journal_id = fields.Many2one("exact.journal", string="Journal in Exact", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Contact", readonly=True)
    party_name = fields.Char(string="Customer or supplier", readonly=True)
    odoo_amount = fields.Monetary(string="In Odoo", readonly=True, help="Debit positive.")
    exact_amount = fields.Monetary(string="In Exact", readonly=True, help="Debit positive.")
    difference = fields.Monetary(readonly=True, help="Exact less Odoo.")


class ExactAgreementLine(models.Model):
    """What both sides come to in a period, journal, VAT code, GL account and contact."""

    _name = "exact.agreement.line"
    _inherit = ["exact.agreement.part"]
    _description = "Exact Online Agreement Line"
    _order = "agreement_id, position"
    _rec_name = "period"
    _log_access = False

    position = fields.Integer(readonly=True)
    period = fields.Char(readonly=True, help="Of Exact: year and number.")
    kind = fields.Selection(
        [(BASE, "Revenue or cost"), (VAT, "VAT"), (OWED, "Receivable or payable")],
        string="What it is",
        readonly=True,
    )
    vat_code_id = fields.Many2one("exact.vat.code", string="VAT code", readonly=True)
    gl_account_id = fields.Many2one(
        "exact.gl.account",
        string="GL account",
        readonly=True,
        help="Exact itself chooses those of VAT and of what is owed: only shown, not compared.",
    )
    is_different = fields.Boolean(readonly=True)
    document_ids = fields.Many2many(
        "exact.agreement.document", string="Explained by", readonly=True
    )
    key = fields.Json(readonly=True, help="By which the lines of both sides are found again.")

    def action_documents(self):
        """Open the documents that explain the difference."""
        return self.document_ids._open(self.env._("What explains the difference"))

    def action_odoo(self):
        """Open the journal items of Odoo."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("%s in Odoo", self.period),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [("id", "in", self._operation()._items_of(self))],
            "context": {"create": False},
        }

    def action_exact(self):
        """Open the ledger lines of Exact."""
        self.ensure_one()
        lines = self._operation()._ledger_lines_of(self)
        return lines._open(self.env._("%s in Exact Online", self.period))

    def _operation(self):
        self.check_access("read")
        return self.agreement_id._operation()


class ExactAgreementDocument(models.Model):
    """A document that is not the same on both sides, and in what."""

    _name = "exact.agreement.document"
    _inherit = ["exact.agreement.part"]
    _description = "Difference between Odoo and Exact Online"
    _order = "agreement_id, kind, id"
    _rec_name = "number"

    kind = fields.Selection(
        [
            ("missing_in_exact", "Missing in Exact"),
            ("not_to_be_sent", "Not to be sent"),
            ("missing_in_odoo", "Missing in Odoo"),
            ("by_hand", "In Exact by hand"),
            ("other_amount", "Other amount"),
            ("other_vat", "Other VAT"),
            ("other_account", "Other GL account"),
            ("other_partner", "Other contact"),
            ("other_period", "Other period"),
            ("other_journal", "Other journal"),
            ("other_document", "Document missing or other"),
            ("other_rate", "Other exchange rate"),
            ("told_cents", "Cents of the exchange rate, known before"),
        ],
        string="What differs",
        required=True,
        readonly=True,
    )
    number = fields.Char(readonly=True)
    date = fields.Date(readonly=True)
    move_id = fields.Many2one(
        "account.move", string="Document", readonly=True, ondelete="set null", index=True
    )
    entry_id = fields.Char(string="Exact ID of the entry", readonly=True)
    exact_number = fields.Char(string="Number in Exact", readonly=True)
    text = fields.Text(string="Explanation", readonly=True)
    advice = fields.Text(string="What to do", compute="_compute_advice")
    line_ids = fields.Many2many("exact.agreement.line", readonly=True)

    @api.depends("kind")
    def _compute_advice(self):
        advice = {
            "missing_in_exact": self.env._("Send it, or mend what holds it back in the queue."),
            "not_to_be_sent": self.env._(
                "Nothing is wrong: a person chose this. If it should be in Exact Online after "
                "all, make the document ready again."
            ),
            "missing_in_odoo": self.env._("Remove the entry in Exact, or post the document again."),
            "by_hand": self.env._("Enter it in Odoo and link it, or remove it in Exact."),
            "other_amount": self.env._("Correct the amount where it is wrong."),
            "other_vat": self.env._("Correct the VAT code or amount where it is wrong."),
            "other_account": self.env._("Correct the GL account in Exact, or the mapping."),
            "other_partner": self.env._("Correct the relation in Exact, or the contact's link."),
            "other_period": self.env._("Move the entry in Exact, or leave it and note why."),
            "other_journal": self.env._("Move the entry in Exact, or mend the journal's mapping."),
            "other_document": self.env._(
                "Link the document to the entry in Exact, or send the entry again."
            ),
            "other_rate": self.env._("Correct the exchange rate in Exact, or in Odoo."),
            "told_cents": self.env._(
                "Nothing is wrong: no exchange rate avoids it. Leave it, or book the cents."
            ),
        }
        for document in self:
            document.advice = advice[document.kind]

    def action_send(self):
        """Send the documents that are missing in Exact."""
        check_operator(self.env)
        missing = self.filtered(lambda document: document.kind == "missing_in_exact")
        if not missing.move_id:
            raise UserError(self.env._("Choose documents that are missing in Exact."))
        return missing.move_id.action_exact_send()

    def action_open_move(self):
        """Open the document in Odoo."""
        self.ensure_one()
        return self.move_id._get_records_action(context={})

    def action_open_entry(self):
        """Open the lines of the entry in Exact's ledger."""
        self.ensure_one()
        self.check_access("read")
        lines = self.env["exact.ledger.line"].search(
            [
                ("division_id", "=", self.agreement_id.division_id.id),
                ("entry_id", "=", self.entry_id),
            ]
        )
        return lines._open(self.env._("Entry %s in Exact Online", self.exact_number))

    def _open(self, title):
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": self._name,
            "view_mode": "list",
            "domain": [("id", "in", self.ids)],
        }


class ExactAgreementAging(models.Model):
    """What a customer or supplier has outstanding on both sides, by age: in Odoo by days past the
    due date, in Exact by its own groups.
    """

    _name = "exact.agreement.aging"
    _inherit = ["exact.agreement.part"]
    _description = "Aging in Odoo and Exact Online"
    _order = "direction desc, party_name, id"
    _rec_name = "party_name"

    odoo_amount = fields.Monetary(help="Positive: outstanding.")
    exact_amount = fields.Monetary(help="Positive: outstanding.")
    odoo_age_1 = fields.Monetary(string="Odoo < 30", readonly=True)
    exact_age_1 = fields.Monetary(string="Exact 1", readonly=True)
    odoo_age_2 = fields.Monetary(string="Odoo 30-59", readonly=True)
    exact_age_2 = fields.Monetary(string="Exact 2", readonly=True)
    odoo_age_3 = fields.Monetary(string="Odoo 60-89", readonly=True)
    exact_age_3 = fields.Monetary(string="Exact 3", readonly=True)
    odoo_age_4 = fields.Monetary(string="Odoo 90+", readonly=True)
    exact_age_4 = fields.Monetary(string="Exact 4", readonly=True)

    def action_odoo(self):
        """Open the open items of Odoo."""
        self.ensure_one()
        kind = "asset_receivable" if self.direction == SALES else "liability_payable"
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Open items of %s", self.party_name),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "=", self.partner_id.id),
                ("account_id.account_type", "=", kind),
                ("parent_state", "=", "posted"),
                ("amount_residual", "!=", 0),
            ],
            "context": {"create": False},
        }
