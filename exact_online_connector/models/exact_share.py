# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter

from odoo import api, fields, models
from odoo.tools import SQL

from . import bulk_rows
from .exact_ledger_line import EXACT_DECIMALS
from .exact_settlement import KINDS


class ExactShare(models.Model):
    """What of a document was settled by one counterpart, or set off against another document: as
    Exact says, and as far as Odoo's books say the same. Of companies that book payments only.

    What Exact says no longer is kept with the amount 0 until Odoo's books follow.
    """

    _name = "exact.share"
    _description = "Exact Online Share of a Document"
    _order = "date, id"
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
    counterpart_id = fields.Many2one(
        "exact.counterpart",
        string="Settled by",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    other_move_id = fields.Many2one(
        "account.move",
        string="Set off against",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    kind = fields.Selection(KINDS, readonly=True)
    date = fields.Date(string="Matched on", readonly=True)
    currency_id = fields.Many2one(related="move_id.currency_id")
    amount = fields.Float(
        digits=EXACT_DECIMALS, readonly=True, help="In Exact, in the document's currency; positive."
    )
    booked_amount = fields.Float(
        digits=EXACT_DECIMALS, readonly=True, help="What of it is reconciled in Odoo."
    )
    message = fields.Char(readonly=True, help="Why it is not reconciled.")

    _document_idx = models.Index("(division_id, move_id)")
    _due_idx = models.Index("(division_id) WHERE amount <> booked_amount AND message IS NULL")

    # -- what Exact says ----------------------------------------------------------------------

    @api.model
    def _keep(self, division, company, move_ids, wanted):
        """Take in what settles documents.

        :param wanted: ``{(move id, counterpart id, other move id): dict of kind, date, amount}``,
            one of the latter two ids False
        """
        known = {
            (share.move_id.id, share.counterpart_id.id, share.other_move_id.id): share
            for share in self.search(
                [("division_id", "=", division.id), ("move_id", "in", move_ids)]
            )
        }
        for key, share in known.items():
            share._want(wanted.get(key))
        self.flush_model()
        bulk_rows.insert(
            self,
            [
                {
                    "division_id": division.id,
                    "company_id": company.id,
                    "move_id": move,
                    "counterpart_id": counterpart or None,
                    "other_move_id": other or None,
                    "booked_amount": 0,
                    **values,
                }
                for (move, counterpart, other), values in wanted.items()
                if (move, counterpart, other) not in known
            ],
        )

    def _want(self, values):
        """Exact says something else of this share, or the same, or (None) nothing any more."""
        if values is None and not self.booked_amount:
            self.counterpart_id.is_stale = True
            self.unlink()
        elif values is None:
            self.write({"amount": 0, "message": False})
        elif self.currency_id.compare_amounts(self.amount, float(values["amount"])):
            self.write({**values, "message": False})

    @api.model
    def _due(self, division, limit):
        """Shares that Odoo's books are to follow."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM exact_share WHERE division_id = %s AND amount <> booked_amount "
                "AND message IS NULL ORDER BY id LIMIT %s",
                division.id,
                limit,
            )
        )
        return self.browse([share for (share,) in self.env.cr.fetchall()])

    @api.model
    def _look_again(self, division, entry_ids):
        """What is reconciled with these entries of Exact, which Odoo has, may be undone by now."""
        moves = self.env["exact.settlement"]._documents(division, entry_ids)
        self.search([("other_move_id", "in", moves.ids), ("amount", "!=", 0)]).write(
            {"booked_amount": 0, "message": False}
        )

    # -- Odoo's books -------------------------------------------------------------------------

    def _direction(self):
        """-1 where what settles it is a credit on the receivable or payable account, else 1."""
        return -1 if self.move_id.is_inbound() else 1

    def _sides(self):
        """The journal items of the document, and of what settled it, that are reconciled with each
        other. The items of a document are those of what is owed, the one due first in front.
        """
        own = self.move_id._exact_owed_lines()
        if self.counterpart_id:
            return own, self.counterpart_id.item_id
        others = self.other_move_id._exact_owed_lines()
        return own, others.filtered(
            lambda line: line.account_id in own.account_id
            and line.partner_id.commercial_partner_id == self.move_id.commercial_partner_id
        )

    def _is_outdated(self):
        return bool(self.booked_amount) and bool(
            self.currency_id.compare_amounts(self.amount, self.booked_amount)
        )

    def _undo(self):
        """Undo what is reconciled, and leave a trace on the documents. What Exact does not say any
        more is let go of.
        """
        partials, notes = self.env["account.partial.reconcile"], {}
        for share in self.filtered("booked_amount"):
            found = share._partials()
            partials |= found
            if found:
                notes.setdefault(share.move_id, []).append(share._undone_text())
        partials.unlink()
        for move, texts in notes.items():
            for text in texts:
                move._message_log(body=text)
        self.write({"booked_amount": 0})
        gone = self.filtered(lambda share: not share.amount)
        gone.unlink()

    def _partials(self):
        """By which both sides are reconciled with each other in Odoo."""
        own, others = self._sides()
        return (own.matched_debit_ids | own.matched_credit_ids).filtered(
            lambda partial: (partial.debit_move_id | partial.credit_move_id) & others
        )

    def _settled_by(self):
        return self.counterpart_id.display_name or self.other_move_id.display_name

    def _undone_text(self):
        return self.env._(
            "In Exact Online %(amount)s of this document is no longer settled by %(what)s: it was "
            "unreconciled here.",
            amount=self.currency_id.format(self.booked_amount),
            what=self._settled_by(),
        )

    def _settle(self):
        """Reconcile, and note how far that went."""
        self._adopt()
        together, one_by_one = self._pairs()
        if together:
            self.env["account.move.line"]._reconcile_plan(together)
        for lines, amount in one_by_one:
            lines._exact_reconcile(amount)

    def _adopt(self):
        """What is reconciled already, as of a payment that a person registered."""
        for share in self.filtered(lambda share: share.amount and not share.booked_amount):
            own, _others = share._sides()
            partials = share._partials()
            share.booked_amount = sum(
                partial.debit_amount_currency
                if partial.debit_move_id in own
                else partial.credit_amount_currency
                for partial in partials
            )

    def _pairs(self):
        """What to reconcile: pairs of journal items that have nothing to do with each other and
        that Odoo reconciles for as much as is left of them; and the rest as ``(pair, amount)``, in
        order. Notes what will be booked.
        """
        left, pairs = Counter(), []
        for share in self.filtered(lambda share: share._missing() > 0):
            own, others = share._sides()
            for line in own | others:
                left.setdefault(line, abs(line.amount_residual_currency))
            taken = share._take(own, others, left, pairs)
            share._note_taken(taken)
        used = Counter(line for lines, _amount, _all in pairs for line in lines)
        together, one_by_one = [], []
        for lines, amount, is_all in pairs:
            if is_all and all(used[line] == 1 for line in lines):
                together.append(lines)
            else:
                one_by_one.append((lines, amount))
        return together, one_by_one

    def _missing(self):
        return self.currency_id.round(self.amount - self.booked_amount)

    def _take(self, own, others, left, pairs):
        """Spread the share over the journal items; what could be placed."""
        still = self._missing()
        for line in own:
            for other in others:
                amount = min(still, left[line], left[other])
                if self.currency_id.compare_amounts(amount, 0) <= 0:
                    continue
                is_all = not self.currency_id.compare_amounts(amount, min(left[line], left[other]))
                pairs.append((line | other, amount, is_all))
                still -= amount
                left[line] -= amount
                left[other] -= amount
        return self.currency_id.round(self.amount - still)

    def _note_taken(self, taken):
        missing = self.currency_id.round(self.amount - taken)
        message = missing and self.env._(
            "Exact Online settled %(amount)s of it by %(what)s; in Odoo %(missing)s of that is not "
            "open any more.",
            amount=self.currency_id.format(self.amount),
            what=self._settled_by(),
            missing=self.currency_id.format(missing),
        )
        if message and message != self.message:
            self.move_id._message_log(body=message)
        self.write({"booked_amount": taken, "message": message or False})
