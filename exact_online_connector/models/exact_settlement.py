# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from . import bulk_rows

USER = "exact_online_connector.group_exact_user"
STATES = [
    ("open", "Open in Exact"),
    ("partly", "Partly paid in Exact"),
    ("settled", "Paid in Exact"),
]
KINDS = [
    ("payment", "Payment"),
    ("credit", "Credit note"),
    ("difference", "Payment difference"),
    ("exchange", "Exchange difference"),
    ("journal", "General journal"),
    ("unknown", "Not told by Exact"),
]
# Fields of a document that show its settlement.
SHOWN = [
    "exact_settlement_id",
    "exact_payment_state",
    "exact_paid_on",
    "exact_open_amount",
    "exact_settlement_kind",
    "exact_payment_why",
]
# LineType of Exact's terms: documents of Odoo.
MOVE_TYPES = {
    "20": ("out_invoice", "out_refund", "out_receipt"),
    "22": ("in_invoice", "in_refund", "in_receipt"),
}


class ExactSettlement(models.Model):
    """What is open in Exact of a document that Odoo knows there, and what settled the rest.

    A conclusion from the mirror of payment terms, drawn by ``operations/settlements.py``. Odoo's
    own books are not touched by it.
    """

    _name = "exact.settlement"
    _description = "Exact Online Settlement"
    _order = "id desc"
    _rec_name = "entry_number"
    _log_access = False

    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    move_id = fields.Many2one(
        "account.move",
        string="Document",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    entry_id = fields.Char(string="Exact ID of the entry", required=True, readonly=True)
    journal_code = fields.Char(string="Journal in Exact", readonly=True)
    entry_number = fields.Char(string="Number in Exact", readonly=True)
    state = fields.Selection(STATES, string="Payment in Exact", required=True, readonly=True)
    kind = fields.Selection(KINDS, string="Settled by", readonly=True, help="Most of it.")
    paid_on = fields.Date(
        string="Paid on", readonly=True, help="Day of the last payment, else of the last match."
    )
    currency_id = fields.Many2one(related="move_id.currency_id")
    company_currency_id = fields.Many2one(related="move_id.company_currency_id")
    open_amount = fields.Monetary(string="Open in Exact", readonly=True)
    open_company_amount = fields.Monetary(
        string="Open in company currency", currency_field="company_currency_id", readonly=True
    )
    explanation = fields.Json(
        readonly=True, help="The terms, and what settled them as far as it can be told."
    )
    learned_on = fields.Datetime(readonly=True, help="When Odoo learned that it stands so.")
    call_id = fields.Many2one(
        "exact.call",
        string="Learned by",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    is_stale = fields.Boolean(readonly=True, help="Something it rests on changed since.")
    listed_amount = fields.Float(
        readonly=True, help="Open by the list of open items of the last check, in Exact's sign."
    )
    listed_on = fields.Datetime(readonly=True)
    why = fields.Html(string="Why (not) paid", compute="_compute_why", sanitize=False)

    _move_uniq = models.Constraint(
        "UNIQUE(division_id, move_id)", "A document has one settlement in an administration."
    )
    _entry_idx = models.Index("(division_id, entry_id)")
    _stale_idx = models.Index("(division_id) WHERE is_stale")
    _number_idx = models.Index("(division_id, journal_code, entry_number)")

    # -- in words -------------------------------------------------------------------------------

    def _compute_why(self):
        for settlement in self:
            settlement.why = settlement._tell()

    def _tell(self, is_short=False):
        """How it stands and why, as HTML in the user's language. What Exact says is text in it.

        :param is_short: without the payment terms
        """
        self.ensure_one()
        return self.env["ir.qweb"]._render(
            "exact_online_connector.settlement_why",
            {
                **self.explanation,
                "settlement": self,
                "is_short": is_short,
                "shows_call": bool(self.call_id) and self.env.user.has_group(USER),
                **self._in_words(),
            },
        )

    def _in_words(self):
        """Functions by which the page shows what was kept as JSON."""
        statuses = dict(self.env["exact.payment.term"]._fields["status"]._description_selection(
            self.env
        ))
        return {
            "amount": lambda text: self.currency_id.format(float(text)),
            "company_amount": lambda text: self.company_currency_id.format(float(text)),
            "day": lambda text: fields.Date.to_date(text),
            "status": lambda code: statuses.get(code, code),
            "is_telling": lambda text: text and text not in (self.entry_number, self.move_id.name),
            "differs": self.currency_id.compare_amounts(
                self.open_amount, self.move_id.amount_residual
            ),
            "books": self.move_id._exact_payment_mode() == "full",
            "shows_bookings": self.env.user.has_group(USER),
            "share_of": self._share_of,
        }

    def _share_of(self, part):
        """What Odoo's books have of a part; none where they need nothing of it."""
        line = part.get("line_id") or f"{self.entry_id}/{part['kind']}/{part['date']}"
        documents = self._documents(self.division_id, [part["entry_id"]])
        shares = self.env["exact.share"].sudo().search(
            [
                ("amount", "!=", 0),
                "|",
                ("move_id", "=", self.move_id.id),
                ("other_move_id", "=", self.move_id.id),
            ]
        )
        return shares.filtered(
            lambda share: share.counterpart_id.line_id == line
            or not share.counterpart_id
            and (share.move_id | share.other_move_id) & documents
        )[:1]

    # -- what is to be concluded anew -----------------------------------------------------------

    @api.model
    def _mark(self, division, exact_ids):
        """Terms changed or are about to: mark the documents of which these tell something.

        These are their own documents, and those that may have been matched with them: of the
        same relation on the same day, or in the same batch.
        """
        if not exact_ids:
            return
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH changed AS MATERIALIZED (
                    SELECT transaction_entry_id, account_exact_id, end_date, batch_code
                    FROM exact_payment_term
                    WHERE division_id = %(division)s AND exact_id = ANY(%(ids)s)),
                days AS MATERIALIZED (
                    SELECT DISTINCT account_exact_id, end_date FROM changed
                    WHERE end_date IS NOT NULL),
                batches AS MATERIALIZED (
                    SELECT DISTINCT batch_code FROM changed WHERE batch_code IS NOT NULL)
                UPDATE exact_settlement SET is_stale = true
                WHERE division_id = %(division)s AND is_stale IS NOT TRUE AND entry_id IN (
                    SELECT transaction_entry_id FROM changed
                    UNION
                    SELECT term.transaction_entry_id FROM exact_payment_term term
                    JOIN days USING (account_exact_id, end_date)
                    WHERE term.division_id = %(division)s
                    UNION
                    SELECT term.transaction_entry_id FROM exact_payment_term term
                    JOIN batches USING (batch_code)
                    WHERE term.division_id = %(division)s)
                """,
                division=division.id,
                ids=exact_ids,
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _mark_all(self, division):
        """The mirror begins anew."""
        self.search([("division_id", "=", division.id)]).write({"is_stale": True})

    @api.model
    def _mark_unexplained(self, division):
        """The ledger was read, which may tell what payment terms alone do not."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE exact_settlement SET is_stale = true WHERE division_id = %s "
                "AND explanation @? '$.parts[*] ? (@.entry_id == null)'",
                division.id,
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _due(self, division, resources, limit):
        """``[(move id, company id, entry id)]`` of documents whose settlement is to be concluded
        anew, or for the first time; the entry id is None where Exact holds the document no longer.

        :param resources: in which documents are that have terms
        """
        self.flush_model()
        self.env["exact.binding"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT binding.res_id, binding.company_id, binding.exact_id
                FROM exact_binding binding
                JOIN account_move move ON move.id = binding.res_id
                LEFT JOIN exact_settlement known ON known.division_id = binding.division_id
                                                AND known.move_id = binding.res_id
                WHERE binding.division_id = %(division)s AND binding.res_model = 'account.move'
                  AND binding.resource IN %(resources)s AND binding.exact_id IS NOT NULL
                  AND (known.is_stale OR known.entry_id <> binding.exact_id
                       OR known.id IS NULL AND EXISTS (
                           SELECT FROM exact_payment_term term
                           WHERE term.division_id = binding.division_id
                             AND term.transaction_entry_id = binding.exact_id))
                UNION ALL
                SELECT known.move_id, known.company_id, NULL
                FROM exact_settlement known
                WHERE known.division_id = %(division)s AND NOT EXISTS (
                    SELECT FROM exact_binding binding
                    WHERE binding.division_id = known.division_id
                      AND binding.resource IN %(resources)s
                      AND binding.res_model = 'account.move'
                      AND binding.res_id = known.move_id AND binding.exact_id IS NOT NULL)
                LIMIT %(limit)s
                """,
                division=division.id,
                resources=tuple(resources),
                limit=limit,
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _keep(self, division, move_ids, rows):
        """Take in what was concluded of documents: dicts of this model's fields. What says the
        same as before is left as it was learned; of documents without a row nothing is kept.
        """
        known = {
            settlement.move_id.id: settlement
            for settlement in self.search(
                [("division_id", "=", division.id), ("move_id", "in", move_ids)]
            )
        }
        concluded = {row["move_id"] for row in rows}
        gone = [settlement.id for move, settlement in known.items() if move not in concluded]
        changed = [
            {"division_id": division.id, "learned_on": fields.Datetime.now(), **row}
            for row in rows
            if not known.get(row["move_id"], self)._says(row)
        ]
        self.browse(gone).unlink()
        bulk_rows.upsert(self, changed, ("division_id", "move_id"))
        self.env.cr.execute(
            SQL(
                "UPDATE exact_settlement SET is_stale = false "
                "WHERE is_stale AND division_id = %s AND move_id = ANY(%s)",
                division.id,
                move_ids,
            )
        )
        self.invalidate_model(flush=False)
        self._show(move_ids)

    def _says(self, row):
        return bool(self) and (self.entry_id, self.explanation) == (
            row["entry_id"],
            row["explanation"],
        )

    # -- shown on the documents -----------------------------------------------------------------

    @api.model
    def _show(self, move_ids):
        """Have documents show how they stand in their company's administration, where the
        company wants that. Nothing else of them is written, so nothing forbids it.
        """
        self.env["account.move"].flush_model(["exact_settlement_id"])
        self.env["res.company"].flush_model(["exact_payment_mode", "exact_division_id"])
        self.env["account.journal"].flush_model(["exact_payment_mode"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE account_move SET exact_settlement_id = shown.settlement
                FROM (
                    SELECT move.id, settlement.id AS settlement
                    FROM account_move move
                    JOIN account_journal journal ON journal.id = move.journal_id
                    LEFT JOIN (
                        exact_settlement settlement
                        JOIN res_company company
                          ON company.id = settlement.company_id
                         AND company.exact_division_id = settlement.division_id
                    ) ON settlement.move_id = move.id
                     AND COALESCE(journal.exact_payment_mode, company.exact_payment_mode) <> 'none'
                    WHERE move.id = ANY(%s)) AS shown
                WHERE shown.id = account_move.id
                  AND account_move.exact_settlement_id IS DISTINCT FROM shown.settlement
                """,
                move_ids,
            )
        )
        self.env["account.move"].invalidate_model(SHOWN, flush=False)

    @api.model
    def _show_of(self, companies):
        """The companies changed what they want to see, or their administration."""
        settlements = self.search([("company_id", "in", companies.ids)])
        self._show(settlements.move_id.ids)

    @api.model
    def _conclude_anew(self, moves):
        """The mode of these documents changed: what is booked of their payments follows."""
        settlements = self.search([("move_id", "in", moves.ids)])
        settlements.is_stale = True
        for division in settlements.division_id:
            self.env["exact.sync.queue"]._enqueue("settlements", division, division.company_id)

    @api.model
    def _entries_changed(self, division, entry_ids):
        """These entries of Exact were booked, changed or removed in Odoo: what is reconciled with
        them is looked at anew.
        """
        self.env["exact.share"]._look_again(division, entry_ids)
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE exact_settlement SET is_stale = true
                WHERE division_id = %s AND EXISTS (
                    SELECT FROM jsonb_array_elements(explanation -> 'parts') part
                    WHERE part ->> 'entry_id' = ANY(%s))
                """,
                division.id,
                entry_ids,
            )
        )
        self.invalidate_model(flush=False)
        if self.env["exact.operation"]._of_kind("settlements")._is_due(division):
            self.env["exact.sync.queue"]._enqueue("settlements", division, division.company_id)

    @api.model
    def _sign(self, division, line_type):
        """1 or -1: by which amounts of terms become debit positive, as documents show that Odoo
        knows. facts.md §5
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT sign(term.amount_fc) * CASE
                    WHEN move.move_type IN ('out_invoice', 'in_refund', 'out_receipt') THEN 1
                    ELSE -1 END
                FROM exact_settlement known
                JOIN account_move move ON move.id = known.move_id
                JOIN exact_payment_term term ON term.division_id = known.division_id
                                            AND term.transaction_entry_id = known.entry_id
                WHERE known.division_id = %s AND term.line_type = %s AND term.amount_fc <> 0
                ORDER BY known.id DESC LIMIT 1
                """,
                division.id,
                line_type,
            )
        )
        [sign] = self.env.cr.fetchone() or [0]
        return int(sign)

    # -- the list of open items -----------------------------------------------------------------

    @api.model
    def _note_listed(self, division, amounts, began_on):
        """Add what a page of the list of open items says.

        :param amounts: ``{(journal code, entry number): amount in Exact's sign}``
        :param began_on: when this reading of the list began: older amounts do not count
        """
        for (journal, number), amount in amounts.items():
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE exact_settlement SET
                        listed_amount = %(amount)s + CASE WHEN listed_on = %(began)s
                                                     THEN listed_amount ELSE 0 END,
                        listed_on = %(began)s
                    WHERE division_id = %(division)s AND journal_code = %(journal)s
                      AND entry_number = %(number)s
                    """,
                    amount=amount,
                    began=began_on,
                    division=division.id,
                    journal=journal,
                    number=number,
                )
            )
        self.invalidate_model(flush=False)

    @api.model
    def _unlike_list(self, division, began_on, line_type):
        """The settlements that are not open for what the list of open items says."""
        settlements = self.search(
            [
                ("division_id", "=", division.id),
                ("move_id.move_type", "in", MOVE_TYPES[line_type]),
                "|",
                ("listed_on", "=", began_on),
                ("state", "!=", "settled"),
            ]
        )
        return settlements.filtered(lambda each: each._is_unlike_list(began_on))

    def _is_unlike_list(self, began_on):
        """Signs are Exact's: only sizes are compared. facts.md §5"""
        if self.explanation["missing"]:
            return True
        listed = self.listed_amount if self.listed_on == began_on else 0.0
        return self.currency_id.compare_amounts(abs(listed), abs(self.open_amount)) != 0

    @api.model
    def _without(self, division, line_type):
        """The entries of documents of which no term was ever seen, although they owe something."""
        self.env["exact.binding"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT binding.exact_id FROM exact_binding binding
                JOIN account_move move ON move.id = binding.res_id
                WHERE binding.division_id = %(division)s AND binding.res_model = 'account.move'
                  AND binding.exact_id IS NOT NULL AND move.move_type IN %(types)s
                  AND binding.resource IN ('salesentry/SalesEntries',
                                           'purchaseentry/PurchaseEntries')
                  AND move.amount_total <> 0
                  AND NOT EXISTS (SELECT FROM exact_settlement known
                                  WHERE known.division_id = binding.division_id
                                    AND known.move_id = binding.res_id)
                """,
                division=division.id,
                types=MOVE_TYPES[line_type],
            )
        )
        return [entry_id for (entry_id,) in self.env.cr.fetchall()]

    @api.model
    def _documents(self, division, entry_ids):
        """The documents of Odoo that these entries of Exact are."""
        moves = self.env["exact.binding"]._moves_of(division, entry_ids)
        return self.env["account.move"].union(*moves.values())


def as_text(amount):
    """A Decimal as the JSON keeps it, equal amounts in one spelling."""
    return f"{Decimal(amount).quantize(Decimal('0.001')):f}"
