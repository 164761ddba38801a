# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from datetime import date, timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from .roles import check_operator

ACCOUNT_TYPES = {"20": "asset_receivable", "22": "liability_payable"}
# How far the dates of one payment may lie apart in two books.
WINDOW = timedelta(days=10)
CERTAIN = timedelta(days=3)  # and be taken for the same without a reference
# Thousands are booked at once: what is told of them is told by this addon.
QUIETLY = {"tracking_disable": True, "mail_create_nosubscribe": True}


class ExactCounterpart(models.Model):
    """Odoo's books follow Exact: each counterpart is a payment or an entry in the company's
    journal for it, or something that Odoo had already, and is reconciled with what it settles.

    Everything is derived from what Exact says now, so that it may be done again at any moment.
    """

    _inherit = "exact.counterpart"

    # -- a number of them ---------------------------------------------------------------------

    @api.model
    def _book_due(self, division, limit):
        """Have Odoo's books follow for some of what changed; whether there may be more."""
        changed, shares = self._due(division, limit), self.env["exact.share"]._due(division, limit)
        counterparts = changed | shares.counterpart_id
        between_documents = shares.filtered("other_move_id")
        self._follow_or_refuse(counterparts, between_documents)
        return len(changed) == limit or len(shares) == limit

    @api.model
    def _follow_or_refuse(self, counterparts, between_documents):
        """All at once; where Odoo refuses something, each on its own, and that one says why."""
        try:
            with self.env.cr.savepoint():
                counterparts._follow(between_documents)
            return
        except UserError as refusal:
            if len(counterparts) + len(between_documents) == 1:
                (counterparts or between_documents)._refused(str(refusal))
                return
        self.env.invalidate_all()
        nothing = between_documents.browse()
        for counterpart in counterparts:
            self._follow_or_refuse(counterpart, nothing)
        for share in between_documents:
            self._follow_or_refuse(counterparts.browse(), share)

    def _follow(self, between_documents):
        """Have Odoo's books say what Exact says.

        :raises UserError: Odoo forbids it, as for a locked period
        """
        wanted = self._wanted_of_each()
        changing = self.filtered(lambda each: each._is_to_change(wanted[each]))
        shares = self.share_ids.filtered(lambda share: share._is_outdated()) | between_documents
        (shares | changing.share_ids)._undo()
        for counterpart in changing:
            counterpart._change_booking(wanted[counterpart])
        self.filtered(lambda each: not each.item_id)._find_or_book(wanted)
        (self.filtered("item_id").share_ids | between_documents.exists())._settle()
        self.is_stale = False
        self.filtered(lambda each: each._is_forgotten()).unlink()

    def _is_forgotten(self):
        """Exact does not know it any more, and Odoo has nothing of it."""
        return not self.amount and not self.item_id and not self.share_ids

    def _refused(self, text):
        self.write({"state": "refused", "message": text, "is_stale": False})
        self.share_ids.filtered(lambda share: share.amount != share.booked_amount).message = text

    # -- what is to be booked -----------------------------------------------------------------

    def _wanted_of_each(self):
        """``{counterpart: its _wanted()}``"""
        return {each: each._wanted() for each in self}

    def _wanted(self):
        """What Odoo is to have of it: ``amount`` in its currency and ``balance`` in the company's,
        both debit positive, ``date``, ``account``, ``currency``; None for nothing.
        """
        currency = self._currency()
        amount = currency.round(
            sum(share._direction() * share.amount for share in self.share_ids) + self._open_money()
        )
        if not amount:
            return None
        rate = self.company_amount / self.amount if self.amount else 1
        return {
            "amount": amount,
            "balance": self.company_id.currency_id.round(amount * rate),
            "date": fields.Date.to_string(self.date),
            "account": self._owed_account().id,
            "currency": currency.id,
        }

    def _currency(self):
        currency = self._currencies().get(self.currency)
        if not currency or not currency.active:
            raise UserError(
                self.env._(
                    "The payment is in %s, which is not active in Odoo: activate this currency.",
                    self.currency,
                )
            )
        return currency

    def _open_money(self):
        """What is not matched with anything in Exact, debit positive; where the company books
        payments.
        """
        if not self.open_amount or not self._takes_open_money():
            return 0
        return self.open_amount * self.env["exact.settlement"]._sign(
            self.division_id, self.line_type
        )

    def _takes_open_money(self):
        company = self.company_id
        if company.exact_payment_mode != "full" or self.date < (
            company.exact_start_date or self.date
        ):
            return False
        mirrored = self.env["account.journal"]._exact_mirrored_since(self.division_id)
        if mirrored.get(self.journal_code, date.max) <= self.date:
            return False
        relation = self.env["exact.binding"]._of_exact_id(
            self.division_id, "crm/Accounts", self.account_exact_id
        )
        partner = relation and self.env["res.partner"].browse(relation.res_id).exists()
        return bool(partner) and partner.commercial_partner_id == self.partner_id

    def _owed_account(self):
        """The account on which the documents are owed, else the partner's."""
        accounts = self.share_ids.move_id._exact_owed_lines().account_id
        if len(accounts) > 1:
            raise UserError(
                self.env._(
                    "It settles documents on different accounts: %s. Book it by hand and "
                    "reconcile it.",
                    ", ".join(accounts.mapped("display_name")),
                )
            )
        partner = self.partner_id.with_company(self.company_id)
        name = "receivable" if self.line_type == "20" else "payable"
        return accounts or partner[f"property_account_{name}_id"]

    def _is_to_change(self, wanted):
        """Whether what Odoo has of it is not what it should have."""
        if not self.item_id:
            return False
        if self.is_own:
            return self.booked != wanted or self.item_id.parent_state != "posted"
        is_same = wanted and not self.item_id.currency_id.compare_amounts(
            self.item_id.amount_currency, wanted["amount"]
        )
        return not is_same or self.item_id.parent_state != "posted"

    # -- changing what is booked --------------------------------------------------------------

    def _change_booking(self, wanted):
        """Its shares are undone. What is Odoo's own is left as it is, and only let go of."""
        if not self.is_own:
            self.write({"item_id": False, "state": "new"})
            return
        move = self.item_id.move_id
        self._check_nothing_else_is_reconciled(move)
        if wanted and move.state == "posted" and not self._is_moved(wanted):
            self._rewrite(move, wanted)
        else:
            self._cancel(move)
            self.write({"item_id": False, "is_own": False, "booked": False, "state": "nothing"})

    def _is_moved(self, wanted):
        """What cannot be rewritten in place."""
        booked = self.booked
        return any(booked[name] != wanted[name] for name in ("account", "currency")) or (
            booked["amount"] > 0
        ) != (wanted["amount"] > 0)

    def _check_nothing_else_is_reconciled(self, move):
        items = move.line_ids
        others = (items.matched_debit_ids.debit_move_id | items.matched_credit_ids.credit_move_id)
        if others:
            raise UserError(
                self.env._(
                    "%(booking)s changed in Exact Online, but was reconciled in Odoo with "
                    "%(others)s. Undo that reconciliation, then press Try again.",
                    booking=move.display_name,
                    others=", ".join(others.move_id.mapped("display_name")),
                )
            )

    def _cancel(self, move):
        payment = move.origin_payment_id
        if payment:
            payment.action_cancel()
        else:
            move.button_cancel()
        (payment or move)._message_log(
            body=self.env._("Cancelled: Exact Online does not have it any more.")
        )

    def _rewrite(self, move, wanted):
        """Another amount or day: the same booking, with a trace."""
        payment = move.origin_payment_id
        if payment:
            payment.action_draft()
            payment.write(
                {"amount": abs(wanted["amount"]), "date": wanted["date"], "memo": self._memo()}
            )
        else:
            move.button_draft()
        move.write(
            {
                "date": wanted["date"],
                "line_ids": [
                    Command.update(item.id, values)
                    for item, values in zip(
                        self.item_id | (move.line_ids - self.item_id),
                        self._item_values(wanted),
                        strict=True,
                    )
                ],
            }
        )
        booking = payment or move
        booking.action_post()
        booking._message_log(body=self.env._("Changed along with Exact Online."))
        self._note_own(self.item_id, wanted)

    # -- what Odoo has already ----------------------------------------------------------------

    def _find_or_book(self, wanted):
        """Link each with what Odoo has of it, ask a person, leave it, or book it.

        :param wanted: see :meth:`_wanted_of_each`
        """
        candidates, to_book = self._candidates(wanted), self.browse()
        taken = self.env["account.move.line"]
        for counterpart in self:
            if not wanted[counterpart]:
                counterpart.write({"state": "nothing", "message": False})
                continue
            found = candidates[counterpart.id] - taken
            sure = counterpart._sure(found)
            if sure:
                taken |= sure
                counterpart._link(sure)
            elif found and not counterpart.is_no_duplicate:
                counterpart._ask(found)
            elif counterpart._is_paid_otherwise():
                counterpart._leave()
            else:
                to_book |= counterpart
        to_book._book(wanted)

    def _candidates(self, wanted):
        """``{id: journal items}`` that may be the same: of the same partner, account, currency and
        amount, about the same day, and no document's.
        """
        found = defaultdict(self.env["account.move.line"].browse)
        wanted = {each: wanted[each] for each in self if wanted[each]}
        if not wanted:
            return found
        dates = [each.date for each in wanted]
        items = self.env["account.move.line"].search(
            [
                ("company_id", "in", self.company_id.ids),
                ("account_id", "in", [values["account"] for values in wanted.values()]),
                ("partner_id.commercial_partner_id", "in", self.partner_id.ids),
                ("parent_state", "=", "posted"),
                ("move_id.move_type", "=", "entry"),
                ("date", ">=", min(dates) - WINDOW),
                ("date", "<=", max(dates) + WINDOW),
            ]
        )
        known = self.search([("item_id", "in", items.ids)]).item_id
        by_amount = defaultdict(self.env["account.move.line"].browse)
        for item in items - known:
            by_amount[_amount_key(item.partner_id.commercial_partner_id, item.account_id.id,
                                  item.currency_id, item.amount_currency)] |= item
        for each, values in wanted.items():
            currency = self.env["res.currency"].browse(values["currency"])
            key = _amount_key(each.partner_id, values["account"], currency, values["amount"])
            found[each.id] = by_amount[key].filtered(
                lambda item, each=each: abs(item.date - each.date) <= WINDOW
                and each._may_be(item)
            )
        return found

    def _may_be(self, item):
        """It is reconciled with nothing, or with what this settles; or it is the same entry."""
        if self.entry_id and self._is_same_entry(item.move_id):
            return True
        others = item.matched_debit_ids.debit_move_id | item.matched_credit_ids.credit_move_id
        return others.move_id <= self.share_ids.move_id

    def _is_same_entry(self, move):
        """Whether a journal entry of Odoo is this very entry of Exact."""
        return bool(
            self.env["exact.binding"]
            .sudo()
            .search_count(
                [
                    ("division_id", "=", self.division_id.id),
                    ("res_model", "=", "account.move"),
                    ("res_id", "=", move.id),
                    ("exact_id", "=", self.entry_id),
                ],
                limit=1,
            )
        )

    def _sure(self, candidates):
        """The one that it is beyond doubt: the same entry; reconciled with the same documents;
        with one of their references; or alone, and within few days.
        """
        if self.is_no_duplicate:
            return candidates.browse()
        for is_sure in (
            lambda item: self._is_same_entry(item.move_id),
            lambda item: bool(item.matched_debit_ids | item.matched_credit_ids),
            self._shares_reference,
            lambda item: len(candidates) == 1 and abs(item.date - self.date) <= CERTAIN,
        ):
            sure = candidates.filtered(is_sure)
            if len(sure) == 1:
                return sure
        return candidates.browse()

    def _shares_reference(self, item):
        theirs = " ".join(filter(None, (item.name, item.ref, item.move_id.ref)))
        documents = self.share_ids.move_id
        names = [*documents.mapped("name"), *documents.mapped("payment_reference"), self.reference]
        return any(name and name in theirs for name in names)

    def _link(self, item):
        self.write({"item_id": item.id, "is_own": False, "state": "linked", "message": False})

    def _ask(self, items):
        text = self.env._(
            "Odoo has a payment that may be this one: %s. Choose it, or book this one too.",
            ", ".join(items.move_id.mapped("display_name")),
        )
        self.write({"state": "ask", "message": text})
        self.share_ids.message = text

    def _is_paid_otherwise(self):
        """Less is open in Odoo of a document than this settles."""
        return any(
            share.currency_id.compare_amounts(
                abs(sum(share.move_id._exact_owed_lines().mapped("amount_residual_currency"))),
                share.amount,
            )
            < 0
            for share in self.share_ids.filtered(lambda share: not share.booked_amount)
        )

    def _leave(self):
        for share in self.share_ids:
            text = self.env._(
                "In Exact Online %(amount)s of it is settled by %(what)s. In Odoo it is paid by "
                "something else already, so nothing was booked.",
                amount=share.currency_id.format(share.amount),
                what=self.display_name,
            )
            if self.state != "left":
                share.move_id._message_log(body=text)
            share.message = text
        self.write({"state": "left", "message": self.share_ids[:1].message})

    def _is_this_one(self, item):
        """A person says which payment of Odoo this is."""
        check_operator(self.env)
        self.ensure_one()._check_is_asked()
        counterpart = self.sudo()
        if item not in counterpart._candidates(counterpart._wanted_of_each())[self.id]:
            raise UserError(self.env._("That payment is not one of those to choose from any more."))
        counterpart._link(item)
        counterpart._follow_anew()

    # -- booking ------------------------------------------------------------------------------

    def _book(self, wanted):
        """Book what Odoo does not have: money as payments, the rest as entries."""
        payments = self.filtered(lambda each: each.kind == "payment")
        payments._book_payments(wanted)
        (self - payments)._book_entries(wanted)

    def _book_payments(self, wanted):
        payments = self.env["account.payment"].with_context(**QUIETLY).create(
            [counterpart._payment_values(wanted[counterpart]) for counterpart in self]
        )
        payments.action_post()
        for counterpart, payment in zip(self, payments, strict=True):
            counterpart._note_own(payment._seek_for_lines()[1], wanted[counterpart])

    def _payment_values(self, wanted):
        direction = "outbound" if wanted["amount"] > 0 else "inbound"
        journal = self._journal()
        method = journal[f"{direction}_payment_method_line_ids"][:1]
        values = {
            "payment_type": direction,
            "partner_type": "customer" if self.line_type == "20" else "supplier",
            "partner_id": self.partner_id.id,
            "amount": abs(wanted["amount"]),
            "currency_id": wanted["currency"],
            "date": wanted["date"],
            "memo": self._memo(),
            "journal_id": journal.id,
            "payment_method_line_id": method.id,
            "destination_account_id": wanted["account"],
        }
        if wanted["currency"] != self.company_id.currency_id.id:
            values["force_balance"] = abs(wanted["balance"])  # Exact's rate, not Odoo's
        return values

    def _book_entries(self, wanted):
        for counterpart in self:
            owed, other = counterpart._item_values(wanted[counterpart])
            move = self.env["account.move"].with_context(**QUIETLY).create(
                {
                    "move_type": "entry",
                    "journal_id": counterpart._journal().id,
                    "date": wanted[counterpart]["date"],
                    "ref": counterpart._memo(),
                    "line_ids": [Command.create(owed), Command.create(other)],
                }
            )
            move.action_post()
            counterpart._note_own(move.line_ids[:1], wanted[counterpart])

    def _item_values(self, wanted):
        """The journal item of what is owed, and its other side."""
        both = {
            "name": self._memo(),
            "partner_id": self.partner_id.id,
            "currency_id": wanted["currency"],
        }
        return (
            {
                **both,
                "account_id": wanted["account"],
                "amount_currency": wanted["amount"],
                "balance": wanted["balance"],
            },
            {
                **both,
                "account_id": self._other_account().id,
                "amount_currency": -wanted["amount"],
                "balance": -wanted["balance"],
            },
        )

    def _other_account(self):
        """Where the other side goes: of a payment difference, the account it has in Exact or the
        company's for it; else the clearing account.
        """
        clearing = self._journal().default_account_id
        if self.kind == "payment":
            return clearing
        return self._account_in_exact() or (
            self.kind == "difference" and self.company_id.exact_difference_account_id or clearing
        )

    def _account_in_exact(self):
        """The account that is mapped to the one GL account of the entry in Exact which is not what
        is owed; none where the ledger was not read, or there are several.
        """
        lines = self.env["exact.ledger.line"].search(
            [("division_id", "=", self.division_id.id), ("entry_id", "=", self.entry_id)]
        )
        lines = lines.filtered(lambda line: line.exact_id != self.line_id)
        accounts = self.env["account.account"].with_company(self.company_id)._exact_mapped_to(
            lines.gl_account_id
        )
        return accounts if len(lines.gl_account_id) == len(accounts) == 1 else accounts.browse()

    def _memo(self):
        return " ".join(
            filter(None, (self.journal_code, self.entry_number, self.reference or self.description))
        )

    def _journal(self):
        journal = self.company_id.exact_payment_journal_id
        if not journal:
            raise UserError(
                self.env._(
                    "There is no journal to book payments in: choose one on the tab Exact Online "
                    "of the company %s.",
                    self.company_id.display_name,
                )
            )
        return journal

    def _note_own(self, item, wanted):
        self.write(
            {
                "item_id": item.id,
                "is_own": True,
                "booked": wanted,
                "state": "booked",
                "message": self._moved_text(item, fields.Date.to_date(wanted["date"])),
            }
        )

    def _moved_text(self, item, day):
        """Odoo books what falls in a locked period on the first day behind it."""
        return item.date != day and self.env._(
            "Booked on %(booked)s, as %(day)s lies in a period that is locked in Odoo.",
            booked=format_date(self.env, item.date),
            day=format_date(self.env, day),
        )


def _amount_key(partner, account, currency, amount):
    return partner.id, account, currency.id, currency.round(amount)
