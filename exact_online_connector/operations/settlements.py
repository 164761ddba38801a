# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import datetime
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..models.exact_settlement import as_text
from .settlement import EXCHANGE, Term, settlements
from .verdicts import Outcome

KINDS = ("sales_entry", "purchase_entry")
DOCUMENTS = 2_000  # of which the settlement is concluded at once
AMOUNTS = ("amount_fc", "amount_dc", "transaction_amount_fc")


class ExactOperationSettlements(models.AbstractModel):
    """Conclude from the mirror of payment terms what is open of documents, and what settled the
    rest. No call is made. How it is concluded: ``settlement.py``.
    """

    _name = "exact.operation.settlements"
    _inherit = ["exact.operation"]
    _description = "What is paid of documents"

    _priority = 61

    @api.model
    def _company(self, division):
        return division.company_id

    @api.model
    def _is_due(self, division):
        return bool(self._due(division, 1)) or self.env["exact.counterpart"]._has_news(division)

    @api.model
    def _carry_out(self, client, division, step):
        return Outcome({}, "read")

    @api.model
    def _store(self, division, outcome, payload):
        if not division._feed("payment_terms").is_read:
            return self.env["exact.binding"]  # its last page queues this again
        self.env["exact.counterpart"]._catch_up(division)
        due = self._due(division, DOCUMENTS)
        self._conclude(division, due)
        for following in ("settlements", "reconciliation"):
            if self._of_kind(following)._is_due(division):
                self.env["exact.sync.queue"]._enqueue(following, division, self.env.company)
                break
        return self.env["exact.binding"]

    @api.model
    def _due(self, division, limit):
        resources = [self._of_kind(kind)._resource for kind in KINDS]
        return self.env["exact.settlement"]._due(division, resources, limit)

    @api.model
    def _conclude(self, division, due):
        entries = {entry_id: (move, company) for move, company, entry_id in due if entry_id}
        terms, calls = self._terms(division, list(entries))
        concluded = settlements(entries, terms, self._offsets(division, terms))
        rows = [
            {
                "move_id": entries[entry_id][0],
                "company_id": entries[entry_id][1],
                "call_id": calls.get(entry_id),
                **_row(entry_id, settlement),
            }
            for entry_id, settlement in concluded.items()
        ]
        moves = [move for move, *_rest in due]
        self.env["exact.settlement"]._keep(division, moves, rows)
        by_move = {entries[entry_id][0]: each for entry_id, each in concluded.items()}
        self._share_out(division, self.env["account.move"].browse(moves), by_move)

    @api.model
    def _share_out(self, division, moves, concluded):
        """Keep what settles the documents of which payments are booked in Odoo.

        :param concluded: ``{move id: Settlement}``; none of a document that Exact holds no longer
        """
        moves = moves.exists().filtered(
            lambda move: move.id not in concluded or move._exact_payment_mode() == "full"
        )
        parts = [
            (move, part)
            for move in moves.filtered(lambda move: move.id in concluded)
            for part in concluded[move.id].parts
            if part.amount or part.kind != EXCHANGE  # Odoo books its own upon reconciling
        ]
        documents = self._documents(division, {part.entry_id for _move, part in parts})
        mirrored = self.env["account.journal"]._exact_mirrored_since(division)
        wanted, counterparts = {}, {}
        for move, part in parts:
            other = documents.get(part.entry_id)
            if other:
                key = (move.id, False, other.id)
                if other._exact_is_settled_itself() and other.id < move.id:
                    continue  # the other has the same share
            elif part.entry_date and part.entry_date >= mirrored.get(
                part.journal_code, datetime.date.max
            ):
                continue  # its entry comes by the ledger, or waits there
            else:
                line, facts = _line_of(part, concluded[move.id])
                counterpart = (line, move.commercial_partner_id.id)
                counterparts[counterpart] = facts
                key = (move.id, counterpart, False)
            _add(wanted, key, part)
        ids = self.env["exact.counterpart"]._ensure(division, counterparts)
        wanted = {
            (move, ids.get(counterpart, False), other): values
            for (move, counterpart, other), values in wanted.items()
        }
        self.env["exact.share"]._keep(division, division.company_id, moves.ids, wanted)

    @api.model
    def _documents(self, division, entry_ids):
        """``{entry id: document, or posted journal entry, of Odoo}``"""
        moves = self.env["exact.binding"]._moves_of(division, entry_ids)
        return {
            entry_id: move
            for entry_id, move in moves.items()
            if move.move_type != "entry" or move.state == "posted"
        }

    @api.model
    def _terms(self, division, entry_ids):
        """Terms of entries and all that may have been matched with them; and
        ``{entry id: call that told of it last}``.
        """
        columns = SQL(", ").join(
            SQL("round(%s, 3)::text", SQL.identifier("term", name))  # Exact's own approximate
            if name in AMOUNTS
            else SQL.identifier("term", name)
            for name in Term._fields
        )
        self.env.cr.execute(
            SQL(
                """
                WITH own AS MATERIALIZED (
                    SELECT * FROM exact_payment_term
                    WHERE division_id = %(division)s
                      AND transaction_entry_id = ANY(%(entries)s)),
                days AS MATERIALIZED (
                    SELECT DISTINCT account_exact_id, end_date FROM own
                    WHERE status = '50' AND account_exact_id IS NOT NULL),
                batches AS MATERIALIZED (
                    SELECT DISTINCT batch_code FROM own WHERE batch_code IS NOT NULL),
                others AS MATERIALIZED (
                    SELECT DISTINCT entry_id FROM own WHERE entry_id <> transaction_entry_id)
                SELECT term.call_id, %(columns)s FROM exact_payment_term term
                JOIN (
                    SELECT id FROM own
                    UNION
                    SELECT near.id FROM exact_payment_term near
                    JOIN days USING (account_exact_id, end_date)
                    WHERE near.division_id = %(division)s AND near.status = '50'
                    UNION
                    SELECT near.id FROM exact_payment_term near
                    JOIN batches USING (batch_code)
                    WHERE near.division_id = %(division)s AND near.status = '50'
                    UNION
                    SELECT near.id FROM exact_payment_term near
                    JOIN others ON others.entry_id = near.transaction_entry_id
                    WHERE near.division_id = %(division)s AND near.status = '50'
                ) AS chosen ON chosen.id = term.id
                ORDER BY term.due_date, term.exact_id
                """,
                division=division.id,
                entries=entry_ids,
                columns=columns,
            )
        )
        terms, calls = [], {}
        for call_id, *values in self.env.cr.fetchall():
            term = Term(*values)
            terms.append(term._replace(**{name: Decimal(getattr(term, name)) for name in AMOUNTS}))
            if call_id:
                entry_id = term.transaction_entry_id
                calls[entry_id] = max(call_id, calls.get(entry_id, 0))
        return terms, calls

    @api.model
    def _offsets(self, division, terms):
        """``{ledger line: the one it was matched with}``, where the ledger was read."""
        if not division._feed("ledger_lines"):
            return {}
        self.env.cr.execute(
            SQL(
                "SELECT exact_id, offset_exact_id FROM exact_ledger_line WHERE division_id = %s "
                "AND exact_id = ANY(%s) AND offset_exact_id IS NOT NULL",
                division.id,
                [term.transaction_id for term in terms],
            )
        )
        return dict(self.env.cr.fetchall())


def _line_of(part, settlement):
    """``(ledger line, facts)`` of what settled a part: facts where its terms do not tell them."""
    if part.line_id:
        return part.line_id, None
    own = settlement.terms[0]
    total = sum(abs(term.amount_fc) for term in settlement.terms)
    rate = sum(abs(term.amount_dc) for term in settlement.terms) / total
    return f"{own.transaction_entry_id}/{part.kind}/{part.date}", {
        "kind": part.kind,
        "entry_id": None,
        "line_type": own.line_type,
        "entry_number": None,
        "journal_code": None,
        "date": part.date,
        "reference": own.your_ref or own.invoice_number,
        "description": None,
        "currency": own.currency,
        "account_exact_id": own.account_exact_id,
        "amount": part.amount,
        "company_amount": part.amount * rate,
        "open_amount": 0,
    }


def _add(wanted, key, part):
    """One share of each document and what settled it, whatever the days."""
    known = wanted.get(key)
    if known:
        known["amount"] += part.amount
    else:
        wanted[key] = {"kind": part.kind, "date": part.date, "amount": part.amount}


def _row(entry_id, settlement):
    """A settlement as fields of the model."""
    first = settlement.terms[0]
    return {
        "entry_id": entry_id,
        "journal_code": first.journal_code,
        "entry_number": first.entry_number,
        "state": settlement.state,
        "kind": settlement.kind,
        "paid_on": settlement.paid_on,
        "open_amount": settlement.open_fc,
        "open_company_amount": settlement.open_dc,
        "explanation": {
            "parts": [_part(part) for part in settlement.parts],
            "terms": [_term(term) for term in settlement.terms],
            "missing": as_text(settlement.missing) if settlement.missing else None,
        },
    }


def _part(part):
    return {
        "kind": part.kind,
        "amount": as_text(part.amount),
        "amount_dc": as_text(part.amount_dc) if part.amount_dc else None,
        "date": _day(part.date),
        "line_id": part.line_id,
        "entry_id": part.entry_id,
        "entry_number": part.entry_number,
        "journal": part.journal_code,
        "reference": part.reference,
        "entry_date": _day(part.entry_date),
    }


def _term(term):
    return {
        "exact_id": term.exact_id,
        "amount": as_text(abs(term.amount_fc)),
        "status": term.status,
        "due_date": _day(term.due_date),
        "end_date": _day(term.end_date),
        "last_payment_date": _day(term.last_payment_date),
        "batch": term.batch_code,
        "modified_on": _day(term.modified_on),
        "modifier": term.modifier_name,
    }


def _day(value):
    return value.isoformat() if value else None
