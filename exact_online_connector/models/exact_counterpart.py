# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..operations.settlement import KINDS as KINDS_OF_TYPES
from ..operations.settlement import UNKNOWN
from . import bulk_rows
from .exact_ledger_line import EXACT_DECIMALS
from .exact_payment_term import LINE_TYPES
from .exact_settlement import KINDS
from .notification import SHOWN_ANEW, notification
from .roles import check_operator

# TransactionTypes of what bank and cash book, and of differences. facts.md §4.11
MONEY = (40, 82, 83)
STATES = [
    ("new", "Not looked at yet"),
    ("booked", "Booked"),
    ("linked", "Was in Odoo already"),
    ("ask", "Which payment is it?"),
    ("left", "Paid otherwise in Odoo"),
    ("refused", "Cannot be booked"),
    ("nothing", "Nothing to book"),
]
# What Exact tells of a ledger line by its payment terms.
FACTS = [
    "entry_id",
    "line_type",
    "entry_number",
    "journal_code",
    "date",
    "reference",
    "description",
    "currency",
    "account_exact_id",
    "amount",
    "company_amount",
    "open_amount",
]


class ExactCounterpart(models.Model):
    """What settled documents in Exact without being a document of Odoo: a line of the bank, a
    payment difference, ...; of one partner. And what Odoo's books have of it. facts.md §5

    Its amounts have Exact's own sign, which differs between administrations.
    """

    _name = "exact.counterpart"
    _description = "Exact Online Payment"
    _order = "date desc, entry_number desc, id desc"
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
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    line_id = fields.Char(
        string="Exact ID of the ledger line",
        required=True,
        readonly=True,
        help="Where Exact does not tell which line it was: of what it settled, and when.",
    )
    entry_id = fields.Char(string="Exact ID of the entry", readonly=True)
    line_type = fields.Selection(LINE_TYPES, string="Kind of account", readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    entry_number = fields.Char(string="Number in Exact", readonly=True)
    journal_code = fields.Char(string="Journal in Exact", readonly=True)
    date = fields.Date(readonly=True)
    reference = fields.Char(readonly=True)
    description = fields.Char(readonly=True)
    currency = fields.Char(string="Currency in Exact", readonly=True)
    account_exact_id = fields.Char(string="Exact ID of the relation", readonly=True)
    amount = fields.Float(string="Amount in Exact", digits=EXACT_DECIMALS, readonly=True)
    company_amount = fields.Float(
        string="Amount in company currency", digits=EXACT_DECIMALS, readonly=True
    )
    open_amount = fields.Float(
        digits=EXACT_DECIMALS, readonly=True, help="Not matched with anything in Exact."
    )
    is_outdated = fields.Boolean(readonly=True, help="Its terms changed since.")
    share_ids = fields.One2many("exact.share", "counterpart_id", string="Shares", readonly=True)

    state = fields.Selection(
        STATES, string="In Odoo", default="new", required=True, readonly=True, index=True
    )
    message = fields.Text(readonly=True, help="Why it is not booked.")
    is_stale = fields.Boolean(readonly=True, help="Odoo's books are to follow.")
    item_id = fields.Many2one(
        "account.move.line",
        string="Journal item",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="On the receivable or payable account: what documents are reconciled with.",
    )
    is_own = fields.Boolean(readonly=True, help="Booked for this, and so changed along with it.")
    booked = fields.Json(readonly=True, help="What was booked for this.")
    is_no_duplicate = fields.Boolean(
        readonly=True, help="A person said that no payment of Odoo is this one."
    )
    payment_id = fields.Many2one(related="item_id.payment_id", string="Payment in Odoo")
    currency_id = fields.Many2one("res.currency", compute="_compute_shown")
    shown_amount = fields.Monetary(string="Amount", compute="_compute_shown")
    settles = fields.Char(compute="_compute_shown")
    candidate_ids = fields.Many2many(
        "account.move.line", string="Resembles", compute="_compute_candidate_ids"
    )

    _line_uniq = models.Constraint(
        "UNIQUE(division_id, line_id, partner_id)",
        "A ledger line of Exact is kept once for each contact.",
    )
    _outdated_idx = models.Index("(division_id) WHERE is_outdated")
    _stale_idx = models.Index("(division_id) WHERE is_stale")

    @api.depends("entry_number", "journal_code", "kind")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for counterpart in self:
            counterpart.display_name = " ".join(
                filter(
                    None,
                    (
                        kinds.get(counterpart.kind),
                        counterpart.entry_number,
                        counterpart.journal_code and f"({counterpart.journal_code})",
                    ),
                )
            )

    @api.depends("currency", "amount", "share_ids")
    def _compute_shown(self):
        known = self._currencies()
        for counterpart in self:
            counterpart.currency_id = known.get(counterpart.currency)
            counterpart.shown_amount = abs(counterpart.amount)
            counterpart.settles = ", ".join(
                share.move_id.display_name for share in counterpart.share_ids if share.amount
            )

    def _currencies(self):
        names = list(set(self.mapped("currency")))
        currencies = self.env["res.currency"].with_context(active_test=False)
        return {currency.name: currency for currency in currencies.search([("name", "in", names)])}

    def _compute_candidate_ids(self):
        asking = self.filtered(lambda counterpart: counterpart.state == "ask").sudo()
        candidates = asking._candidates(asking._wanted_of_each())
        for counterpart in self:
            counterpart.candidate_ids = candidates[counterpart.id]

    # -- the mirror ---------------------------------------------------------------------------

    @api.model
    def _mark(self, division, term_ids):
        """Terms changed or are about to: what they tell is to be looked at anew."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE exact_counterpart SET is_outdated = true "
                "WHERE division_id = %(division)s AND is_outdated IS NOT TRUE AND line_id IN ("
                "    SELECT transaction_id FROM exact_payment_term"
                "    WHERE division_id = %(division)s AND exact_id = ANY(%(ids)s))",
                division=division.id,
                ids=list(term_ids),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _mark_all(self, division):
        """The mirror begins anew; what nothing tells in detail is derived from documents only."""
        self.search([("division_id", "=", division.id), ("entry_id", "!=", False)]).write(
            {"is_outdated": True}
        )

    @api.model
    def _catch_up(self, division):
        """Take from the mirror of payment terms what changed of ledger lines that are known, and
        the money of partners that is not matched with anything.
        """
        outdated = self.search([("division_id", "=", division.id), ("is_outdated", "=", True)])
        facts = self._facts(division, outdated.mapped("line_id"))
        for counterpart in outdated:
            counterpart._take_in(facts.get(counterpart.line_id))
        self._ensure(division, self._unmatched_money(division))

    def _take_in(self, facts):
        """Facts of the ledger line; None: it is gone."""
        facts = facts or {"amount": 0, "company_amount": 0, "open_amount": 0}
        changed = {
            name: value for name, value in facts.items() if _told(self[name]) != _told(value)
        }
        self.write({**changed, "is_outdated": False, "is_stale": self.is_stale or bool(changed)})

    @api.model
    def _has_news(self, division):
        """Whether there is something for :meth:`_catch_up`."""
        domain = [("division_id", "=", division.id), ("is_outdated", "=", True)]
        return bool(self.search_count(domain, limit=1) or self._unmatched_money(division, 1))

    @api.model
    def _ensure(self, division, wanted):
        """The counterparts of ledger lines; those that are not known yet are made.

        :param wanted: ``{(ledger line, partner id): facts}``; None where the terms tell them
        :return: ``{(ledger line, partner id): id}``
        """
        lines = list({line for line, _partner in wanted})
        domain = [("division_id", "=", division.id), ("line_id", "in", lines)]
        known = {(each.line_id, each.partner_id.id): each for each in self.search(domain)}
        for key, told in wanted.items():
            if told and key in known:
                known[key]._take_in(told)
        missing = [key for key in wanted if key not in known]
        facts = self._facts(division, [line for line, _partner in missing])
        self.flush_model()
        bulk_rows.insert(
            self,
            [
                {
                    "division_id": division.id,
                    "company_id": division.company_id.id,
                    "line_id": line,
                    "partner_id": partner,
                    "state": "new",
                    "is_stale": True,
                    **(wanted[line, partner] or facts[line]),
                }
                for line, partner in missing
            ],
        )
        return {(each.line_id, each.partner_id.id): each.id for each in self.search(domain)}

    @api.model
    def _facts(self, division, line_ids):
        """``{ledger line: what its payment terms tell}``"""
        self.env["exact.payment.term"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT transaction_id, min(transaction_type), min(transaction_entry_id),
                       min(line_type), min(entry_number), min(journal_code), min(entry_date),
                       min(coalesce(payment_reference, your_ref)), min(description),
                       min(currency), min(account_exact_id), sum(amount_fc), sum(amount_dc),
                       coalesce(sum(amount_fc) FILTER (WHERE status <> '50'), 0)
                FROM exact_payment_term WHERE division_id = %s AND transaction_id = ANY(%s)
                GROUP BY transaction_id
                """,
                division.id,
                list(line_ids),
            )
        )
        return {
            line: {
                "kind": KINDS_OF_TYPES.get(type_, UNKNOWN),
                **dict(zip(FACTS, facts, strict=True)),
            }
            for line, type_, *facts in self.env.cr.fetchall()
        }

    @api.model
    def _unmatched_money(self, division, limit=None):
        """``{(ledger line, partner id): None}`` of money and differences that were booked on a
        partner that Odoo knows, since documents travel, and are not matched and not known yet.
        """
        company = division.company_id
        if company.exact_payment_mode != "full":
            return {}
        self.flush_model()
        mirrored = self.env["account.journal"]._exact_mirrored_since(division)
        self.env.cr.execute(
            SQL(
                """
                SELECT DISTINCT term.transaction_id, partner.commercial_partner_id
                FROM exact_payment_term term
                JOIN exact_binding binding
                  ON binding.division_id = term.division_id AND binding.resource = 'crm/Accounts'
                 AND binding.exact_id = term.account_exact_id
                 AND binding.res_model = 'res.partner'
                JOIN res_partner partner ON partner.id = binding.res_id
                WHERE term.division_id = %s AND term.transaction_type IN %s
                  AND term.status <> '50' AND term.entry_date >= %s
                  AND NOT EXISTS (
                      SELECT FROM unnest(%s::text[], %s::date[]) AS mirrored (code, since)
                      WHERE code = term.journal_code AND since <= term.entry_date)
                  AND NOT EXISTS (
                      SELECT FROM exact_counterpart known
                      WHERE known.division_id = term.division_id
                        AND known.line_id = term.transaction_id
                        AND known.partner_id = partner.commercial_partner_id)
                LIMIT %s
                """,
                division.id,
                MONEY,
                company.exact_start_date or date.min,
                list(mirrored),
                list(mirrored.values()),
                limit,
            )
        )
        return dict.fromkeys(self.env.cr.fetchall())

    @api.model
    def _due(self, division, limit):
        """Counterparts that Odoo's books are to follow."""
        return self.search(
            [("division_id", "=", division.id), ("is_stale", "=", True)], limit=limit, order="id"
        )

    # -- buttons ------------------------------------------------------------------------------

    def action_try_again(self):
        """Have Odoo's books follow once more, now."""
        check_operator(self.env)
        self._follow_anew()
        return self._notify(self.env._("It is tried again within a minute."))

    def action_book_all_the_same(self):
        """None of the payments that resemble it is this one."""
        check_operator(self.env)
        self._check_is_asked()
        self.sudo().write({"is_no_duplicate": True, "state": "new", "message": False})
        self._follow_anew()
        return self._notify(self.env._("It is booked within a minute."))

    def _check_is_asked(self):
        """Another person may have answered, or Odoo may have booked it, since the page was opened.

        :raises UserError: it is no question any more
        """
        self.check_access("read")
        if any(counterpart.state != "ask" for counterpart in self):
            raise UserError(
                self.env._("This was decided in the meantime: reload the page to see how.")
            )

    @api.model
    def _notify(self, text):
        """Tell it beside the page, which is then shown as it is now."""
        return notification(text, "success", SHOWN_ANEW)

    def action_open_booking(self):
        """Open what Odoo has of it."""
        self.ensure_one()
        if not self.item_id:
            raise UserError(self.env._("It is not booked in Odoo."))
        return self.item_id.move_id.action_open_business_doc()

    @api.model
    def _try_refused_again(self):
        """What Odoo refused may be put right by now, and so may what was paid otherwise."""
        self.search([("state", "in", ("refused", "left"))])._follow_anew()

    def _follow_anew(self):
        self.check_access("read")
        everything = self.sudo()
        everything.is_stale = True
        everything.share_ids.message = False
        reconciliation = self.env["exact.operation"]._of_kind("reconciliation")
        for division in everything.division_id.filtered(reconciliation._is_due):
            self.env["exact.sync.queue"].sudo()._enqueue(
                "reconciliation", division, division.company_id
            )


def _told(value):
    """A value in one spelling."""
    if isinstance(value, (float, Decimal)):
        return round(Decimal(str(value)), 3)
    return value or None
