# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from ..models.exact_gl_account import KINDS
from ..models.match_ladder import plain
from .exact_match_mixin import CHOOSABLE, Suggestion

# GL account types that fit the Odoo account types. administration-defaults.md §3.1
FITTING_TYPES = {
    "income": {110, 140, 160},
    "income_other": {110, 140, 160},
    "expense": {111, *range(120, 127), 130, 150},
    "expense_other": {111, *range(120, 127), 130, 150},
    "expense_direct_cost": {111, *range(120, 127)},
    "expense_depreciation": {*range(120, 127)},
    "asset_current": {21, 26, 32, 40, 90},
    "asset_prepayments": {21, 26},
    "asset_fixed": {30, 35},
    "asset_non_current": {30, 32, 35},
    "liability_current": {25, 27, 29, 60, 90, 100},
    "liability_non_current": {55, 60},
    "asset_receivable": {20},
    "liability_payable": {22},
    "asset_cash": {10, 12, 16},
    "liability_credit_card": {14},
}
# Their codes say little: 1300 is creditors in Odoo's Dutch chart, debtors in Exact's. ibid. §3.2
BY_ROLE = ("asset_receivable", "liability_payable", "asset_cash", "liability_credit_card")
# The Odoo account type that is made of a GL account's.
ODOO_TYPES = {
    110: "income",
    140: "income_other",
    160: "income_other",
    111: "expense_direct_cost",
    **dict.fromkeys((*range(120, 127), 130, 150), "expense"),
    21: "asset_prepayments",
    26: "asset_prepayments",
    32: "asset_current",
    30: "asset_fixed",
}
# The types of GL accounts of which accounts are made, in words.
CREATED_KINDS = [
    (str(number), dict(KINDS)[str(number)]) for number in ODOO_TYPES if str(number) in dict(KINDS)
]
LOOK_BACK = relativedelta(years=1)


class ExactMatchAccount(models.Model):
    """A ledger account that documents are booked on."""

    _name = "exact.match.account"
    _inherit = ["exact.match.mixin"]
    _description = "Ledger Account Match"

    _mapping = "exact_gl_account_id"

    record_id = fields.Many2one("account.account", string="Account in Odoo", ondelete="cascade")
    account_type = fields.Selection(related="record_id.account_type")
    mirror_id = fields.Many2one(
        "exact.gl.account",
        string="GL account in Exact",
        domain=CHOOSABLE,
        ondelete="cascade",
    )
    mirror_code = fields.Char(related="mirror_id.code", store=True, string="Code in Exact")
    mirror_kind = fields.Selection(related="mirror_id.kind", store=True, string="Type in Exact")
    suggestion_id = fields.Many2one("exact.gl.account", ondelete="set null")

    @api.model
    def _records(self, sync):
        """Accounts of lines and journals; each account of the chart where all were asked for."""
        accounts = self._in_company(sync)
        used = self._used(sync)
        fitting = [("account_type", "in", list(FITTING_TYPES))]
        if sync.is_all_shown:
            own = accounts.search([("company_ids", "parent_of", sync.company_id.ids), *fitting])
        else:
            journals = self.env["account.journal"].search(
                [
                    ("company_id", "=", sync.company_id.id),
                    ("type", "in", ("sale", "purchase")),
                ]
            )
            own = accounts.union(*used, journals.default_account_id, self._mirrored(sync))
            own = own.filtered(lambda account: account.account_type in FITTING_TYPES)
        return {account: used.get(account, 0) for account in own.sorted("code")}

    @api.model
    def _mirrored(self, sync):
        """What entries of mirrored journals are booked on: the journal's account, what is owed."""
        accounts = self._journals_of_money(sync).filtered("exact_is_mirrored").default_account_id
        return accounts and accounts | self._owed(sync)

    @api.model
    def _journals_of_money(self, sync):
        return self.env["account.journal"].search(
            [
                ("company_id", "=", sync.company_id.id),
                ("type", "in", ("bank", "cash", "credit", "general")),
                ("exact_journal_id", "!=", False),
            ]
        )

    @api.model
    def _owed(self, sync):
        """The accounts on which contacts owe, and are owed, where nothing else is chosen."""
        partner = sync.company_id.partner_id.with_company(sync.company_id)
        return partner.property_account_receivable_id | partner.property_account_payable_id

    @api.model
    def _used(self, sync):
        lines = self.env["account.move.line"].with_company(sync.company_id)
        groups = lines._read_group(
            [
                ("company_id", "=", sync.company_id.id),
                ("parent_state", "=", "posted"),
                ("display_type", "in", ("product", "rounding")),
                ("journal_id.type", "in", ("sale", "purchase")),
                ("date", ">=", fields.Date.today() - LOOK_BACK),
            ],
            ["account_id"],
            ["__count"],
        )
        return dict(groups)

    @api.model
    def _suggest(self, sync, accounts):
        mirrors = self._mirrors(sync)
        by_code = mirrors.grouped("code")
        by_trimmed = mirrors.grouped(lambda mirror: mirror.code.rstrip("0"))
        by_name = mirrors.grouped(lambda mirror: plain(mirror.name))
        suggestions = self._suggest_by_role(sync, accounts, mirrors)
        for account in accounts.filtered(lambda each: each.account_type not in BY_ROLE):
            code = account.code or "-"
            for reason, found, is_certain in (
                (self.env._("Same code"), by_code.get(code), True),
                (
                    self.env._("Same code, but for zeros at the end"),
                    by_trimmed.get(code.rstrip("0")),
                    True,
                ),
                (self.env._("Same name"), by_name.get(plain(account.name)), False),
            ):
                fitting = found and found.filtered(
                    lambda mirror, account=account: self._fits(account, mirror)
                )
                if fitting:
                    suggestions[account] = Suggestion(
                        fitting[0], reason, is_certain and len(fitting) == 1
                    )
                    break
        return suggestions

    @api.model
    def _suggest_by_role(self, sync, accounts, mirrors):
        """``{account: Suggestion}`` of what is owed, where Exact has one GL account of its type;
        and of money, where its journal is mapped.
        """
        suggestions = {}
        for account in accounts & self._owed(sync):
            fitting = mirrors.filtered(lambda mirror, account=account: self._fits(account, mirror))
            if len(fitting) == 1:
                reason = self.env._("The only one of its type")
                suggestions[account] = Suggestion(fitting, reason, True)
        by_exact_id = mirrors.grouped("exact_id")
        for journal in self._journals_of_money(sync):
            account, exact_journal = journal.default_account_id, journal.exact_journal_id
            found = by_exact_id.get(exact_journal.gl_account_exact_id)
            if found and account in accounts and account.account_type in BY_ROLE:
                reason = self.env._("Account of journal %s", exact_journal.code)
                suggestions[account] = Suggestion(found, reason, True)
        return suggestions

    @api.model
    def _fits(self, account, mirror):
        return mirror.type in FITTING_TYPES.get(account.account_type, ())

    @api.model
    def _refusal(self, account, mirror):
        """A code alone may mean the opposite: 1300 is creditors here and debtors there."""
        if self._fits(account, mirror) or _side(account) == mirror.balance_type:
            return None
        return self.env._(
            "%(account)s is an account of the %(odoo)s, %(mirror)s one of the %(exact)s in Exact "
            "Online. Choose another one.",
            account=account.display_name,
            odoo=self._name_of_side(_side(account)),
            mirror=mirror.display_name,
            exact=self._name_of_side(mirror.balance_type),
        )

    @api.model
    def _name_of_side(self, side):
        return self.env._("balance sheet") if side == "B" else self.env._("profit and loss")

    @api.model
    def _exact_only(self, sync, kind, first, last):
        """Rows of ``sync`` that only Exact has, ordered by code.

        :param kind: one of ``CREATED_KINDS``; empty for all types
        :param first: lowest code, or how it begins; empty for no limit. So is ``last``:
            ``70`` to ``74`` holds 749000 as well
        """
        domain = [("sync_id", "=", sync.id), ("state", "=", "exact_only")]
        if kind:
            domain.append(("mirror_kind", "=", kind))
        first, last = (first or "").strip(), (last or "").strip()
        rows = self.search(domain).filtered(
            lambda row: first <= row.mirror_code and row.mirror_code[: len(last)] <= last
        )
        return rows.sorted("mirror_code")

    @api.model
    def _create_in_odoo(self, sync, mirror):
        if not self._creatable(sync, mirror):
            return None
        return self._in_company(sync).create(
            {
                "name": mirror.name or mirror.code,
                "code": mirror.code,
                "account_type": ODOO_TYPES[mirror.type],
                "company_ids": [fields.Command.set(sync.company_id.ids)],
            }
        )

    @api.model
    def _creatable(self, sync, mirrors):
        """Those of which an account can be made: Odoo has such a type, and the code is free. An
        equal code may be another account: 700100 is sales within the EU here, services there.
        """
        accounts = self._in_company(sync).with_context(active_test=False)
        taken = accounts.search(
            [
                ("code", "in", mirrors.mapped("code")),
                ("company_ids", "parent_of", sync.company_id.ids),
            ]
        )
        codes = set(taken.mapped("code"))
        return mirrors.filtered(lambda each: each.type in ODOO_TYPES and each.code not in codes)


def _side(account):
    return "W" if account.internal_group in ("income", "expense") else "B"
