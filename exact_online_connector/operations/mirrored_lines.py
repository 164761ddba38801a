# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

from odoo import api, models

CONTACTS = "crm/Accounts"
# Kinds of causes; what follows a colon in the key says which one.
GL_ACCOUNT, RELATION, LOCKED = "gl_account", "relation", "locked"
HASHED, INCOMPLETE = "hashed", "incomplete"


class Obstacle(Exception):
    """Why an entry of Exact cannot be booked as it is.

    :param key: by which it is known later whether it was mended
    :param cause: what many entries may have in common, as their heading
    :param text: the same, or more of this entry
    :param mend: the record in which it is put right
    """

    def __init__(self, key, cause, text=None, mend=None):
        super().__init__(text or cause)
        self.key, self.cause, self.text, self.mend = key, cause, text or cause, mend


class Known(NamedTuple):
    """What stands in Odoo for what ledger lines name, by GUIDs and codes of Exact."""

    gl_accounts: dict  # GUID: exact.gl.account
    accounts: dict  # GUID: account.account, one or several
    partners: dict  # GUID: res.partner
    currencies: dict  # code: res.currency
    analytic: dict  # (field, code): account.analytic.account, one or several


class Wanted(NamedTuple):
    """What an entry is to be in Odoo."""

    date: Any
    lines: dict  # Exact ID of the ledger line: values of a journal item
    lacking: Any  # an Obstacle that does not hold it up, or None


class ExactOperationMirroredEntries(models.AbstractModel):
    """From ledger lines of Exact to journal items: accounts, contacts and analytic accounts by
    their mapping alone, amounts as they are. See ``mirrored_entries.py``.
    """

    _name = "exact.operation.mirrored.entries"
    _inherit = ["exact.operation"]
    _description = "Entries mirrored from Exact"

    # -- what stands for what -------------------------------------------------------------------

    @api.model
    def _known(self, division, lines):
        """Read at once what stands for all that these ledger lines name."""
        gl_accounts = self.env["exact.gl.account"].with_context(active_test=False).search(
            [
                ("division_id", "=", division.id),
                ("exact_id", "in", list(set(lines.mapped("gl_account_exact_id")))),
            ]
        )
        return Known(
            {each.exact_id: each for each in gl_accounts},
            self._accounts(gl_accounts),
            self._contacts(division, set(lines.mapped("account_exact_id"))),
            {each.name: each for each in self.env["res.currency"].search([])},
            self._analytic_accounts(division),
        )

    @api.model
    def _accounts(self, gl_accounts):
        accounts = self.env["account.account"].with_context(active_test=False).search(
            [
                *self.env["account.account"]._check_company_domain(self.env.company),
                ("exact_gl_account_id", "in", gl_accounts.ids),
            ]
        )
        return accounts.grouped(lambda account: account.exact_gl_account_id.exact_id)

    @api.model
    def _contacts(self, division, relations):
        bindings = self.env["exact.binding"].search(
            [
                ("division_id", "=", division.id),
                ("resource", "=", CONTACTS),
                ("res_model", "=", "res.partner"),
                ("exact_id", "in", list(relations - {False})),
            ]
        )
        partners = self.env["res.partner"].browse(bindings.mapped("res_id")).exists()
        alive = {partner.id: partner for partner in partners}
        return {
            binding.exact_id: alive[binding.res_id]
            for binding in bindings
            if binding.res_id in alive
        }

    @api.model
    def _analytic_accounts(self, division):
        found = defaultdict(self.env["account.analytic.account"].browse)
        for field in ("exact_cost_center_id", "exact_cost_unit_id"):
            for account in self.env["account.analytic.account"].search([(field, "!=", False)]):
                if account[field].division_id == division:
                    found[field, account[field].code] += account
        return found

    @api.model
    def _is_mapped(self, division, gl_account):
        """Whether an account of the company stands for this GL account, as far as can be told.

        :param gl_account: GUID
        """
        mirror = self.env["exact.gl.account"].with_context(active_test=False).search(
            [("division_id", "=", division.id), ("exact_id", "=", gl_account)]
        )
        accounts = self._accounts(mirror).get(gl_account, self.env["account.account"])
        return bool(self._main(accounts))

    @api.model
    def _main(self, accounts):
        """The one that takes mirrored entries, or none as long as that is not certain."""
        in_use = accounts.filtered("active") or accounts
        chosen = in_use.filtered("exact_takes_mirrored")
        return next((each for each in (in_use, chosen) if len(each) == 1), accounts.browse())

    # -- one entry ------------------------------------------------------------------------------

    @api.model
    def _wanted(self, entry, lines, known):
        """What the entry is to be in Odoo.

        :raises Obstacle: why it cannot be that
        """
        date = max(lines.mapped("date"))
        wanted = {line.exact_id: self._values(entry, line, known) for line in lines}
        left = self.env.company.currency_id.round(sum(v["balance"] for v in wanted.values()))
        if left:
            cause = self.env._("The lines that were read of it do not add up to zero")
            text = self.env._(
                "The lines that were read of it do not add up to zero: %s is left. Exact may be "
                "at work on it; it is looked at again once more of it is read.",
                self.env.company.currency_id.format(left),
            )
            raise Obstacle(f"{INCOMPLETE}:", cause, text)
        return Wanted(date, wanted, self._lacking(lines, known))

    @api.model
    def _values(self, entry, line, known):
        """A journal item of a ledger line, debit positive in both currencies."""
        home = self.env.company.currency_id
        currency = self._currency(line, known) if line.currency else home
        balance = home.round(line.amount_dc)
        account = self._account(entry, line, known)
        partner = known.partners.get(line.account_exact_id)
        return {
            "account_id": account.id,
            "partner_id": partner.id if partner else False,
            "name": line.description or entry.number or "",
            "currency_id": currency.id,
            "amount_currency": balance if currency == home else currency.round(line.amount_fc),
            "balance": balance,
            "date_maturity": line.date,
            "analytic_distribution": self._distribution(line, known),
        }

    @api.model
    def _currency(self, line, known):
        currency = known.currencies.get(line.currency)
        if currency:
            return currency
        inactive = self.env["res.currency"].with_context(active_test=False).search(
            [("name", "=", line.currency)]
        )
        text = self.env._("Currency %s is not active in Odoo", line.currency)
        raise Obstacle(f"currency:{line.currency}", text, mend=inactive or None)

    @api.model
    def _account(self, entry, line, known):
        """The account that stands for the line's GL account. That of the journal itself is the
        journal's own account where nothing else stands for it.
        """
        accounts = known.accounts.get(line.gl_account_exact_id, self.env["account.account"])
        account = self._main(accounts)
        journal = entry.journal_id
        if not account and line.gl_account_exact_id == journal.exact_journal_id.gl_account_exact_id:
            account = journal.default_account_id
            if not account:
                text = self.env._("Journal %s has no account of its own", journal.display_name)
                raise Obstacle(f"journal:{journal.id}", text, mend=journal)
        if not account:
            raise self._unmapped(line.gl_account_exact_id, accounts, known)
        if not account.active:
            text = self.env._("Account %s is archived", account.display_name)
            raise Obstacle(f"archived:{account.id}", text, mend=account)
        return account

    @api.model
    def _unmapped(self, guid, accounts, known):
        gl_account = known.gl_accounts.get(guid)
        name = gl_account.display_name if gl_account else "?"
        if not accounts:
            cause = self.env._("GL account %s has no account in Odoo", name)
            text = self.env._(
                "GL account %s has no account in Odoo. Open the account that it is, and choose it "
                "there as its Exact Online GL account.",
                name,
            )
            return Obstacle(f"{GL_ACCOUNT}:{guid}", cause, text)
        cause = self.env._("GL account %s has several accounts in Odoo", name)
        text = self.env._(
            "GL account %(name)s has several accounts in Odoo: %(accounts)s. Tick on one of them "
            "that it takes the entries which come from Exact Online.",
            name=name,
            accounts=", ".join(accounts.mapped("display_name")),
        )
        return Obstacle(f"{GL_ACCOUNT}:{guid}", cause, text)

    @api.model
    def _distribution(self, line, known):
        """All on the analytic accounts that certainly are its cost centre and cost unit; False
        where there is none.
        """
        places = (
            ("exact_cost_center_id", line.cost_center),
            ("exact_cost_unit_id", line.cost_unit),
        )
        found = [known.analytic[place] for place in places if place in known.analytic]
        accounts = [account for account in found if len(account) == 1]
        if len({account.root_plan_id for account in accounts}) < len(accounts):
            accounts = accounts[:1]  # Odoo takes one of each plan
        return {",".join(str(each.id) for each in accounts): 100.0} if accounts else False

    @api.model
    def _lacking(self, lines, known):
        """That relations have no contact in Odoo: their lines go without one."""
        strangers = {
            line.account_exact_id: line.account_name or line.account_code or "?"
            for line in lines
            if line.account_exact_id and line.account_exact_id not in known.partners
        }
        if not strangers:
            return None
        cause = self.env._("Relation %s has no contact in Odoo", next(iter(strangers.values())))
        text = self.env._(
            "Booked without contact on the lines of %s, which no contact of Odoo is linked to. "
            "Link it, and the entry follows.",
            ", ".join(strangers.values()),
        )
        return Obstacle(f"{RELATION}:{next(iter(strangers))}", cause, text)


def amount_text(amount, currency):
    """An amount as a person reads it, for a note."""
    return f"{Decimal(str(currency.round(amount))):.{currency.decimal_places}f} {currency.name}"
