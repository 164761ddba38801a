# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from .bookings import month_name
from .verdicts import Finding

ASKS = "period_closed_asks"


class ExactOperationEntryPeriod(models.AbstractModel):
    """In which period an entry is booked: that in which Odoo booked the document.

    Exact takes the period of the entry's date, unless year and period are sent along: they are
    where a bill's own date lies in another period than Odoo's accounting date, and where that
    period is closed in Exact and the entry moves to an open one. facts.md §8,
    administration-defaults.md §7
    """

    _name = "exact.operation.entry.period"
    _inherit = ["exact.operation.entry"]
    _description = "Entry in its period"
    _is_shared = True

    @api.model
    def _payload(self, move):
        return {**super()._payload(move), **self._reporting(move)}

    @api.model
    def _entry_date(self, move):
        """That of Odoo's books where the document's own lies in no period that Exact has."""
        own = super()._entry_date(move)
        return own if own == move.date or self._periods_of(own) else move.date

    @api.model
    def _periods_of(self, day):
        """Exact's periods of a day: none where it has none, or where none were read yet."""
        return self._periods()._of_date(self._division(), day)

    @api.model
    def _reporting(self, move):
        """Year and period where they are not those of the date. What is booked stays put."""
        stands_in = self._stands_in(move)
        if stands_in is not None:
            return stands_in
        period = self._moves_to(move) or self._booked_elsewhere(move)
        return {"ReportingYear": period.year, "ReportingPeriod": period.period} if period else {}

    @api.model
    def _stands_in(self, move):
        """Year and period that were sent, where the entry may stay in them; else None."""
        binding, journal = self._binding(move), self._journal(move)
        sent, entry_date = binding.exchanged or {}, self._entry_date(move)
        is_put = sent.get("EntryDate") == self._date(entry_date)
        if not binding.exact_id or not is_put or sent.get("Journal") != journal.code:
            return None
        if "ReportingPeriod" not in sent:
            return None if self._booked_elsewhere(move) else {}
        period, own = self._period_sent(sent), self._periods_of(move.date)
        has_moved = bool(own) and own._are_closed(journal) and period > max(map(_key, own))
        if period not in map(_key, own) and not has_moved:
            return None
        return {name: sent[name] for name in ("ReportingYear", "ReportingPeriod")}

    @api.model
    def _period_sent(self, sent):
        return sent["ReportingYear"], sent["ReportingPeriod"]

    @api.model
    def _booked_elsewhere(self, move):
        """The period in which Odoo booked the document, where its own date lies in another."""
        periods, entry_date = self._periods(), self._entry_date(move)
        if entry_date == move.date:
            return periods
        own = self._periods_of(move.date)
        if own == self._periods_of(entry_date):
            return periods
        is_open = own.filtered(lambda period: not period._are_closed(self._journal(move)))
        return (is_open or own)[:1]

    @api.model
    def _moves_to(self, move):
        """The first open period, where the document's own is closed and this is agreed to."""
        periods, journal = self._periods(), self._journal(move)
        found = self._periods_of(move.date)
        if not journal or not found or not found._are_closed(journal):
            return periods
        binding = self._binding(move)
        sent = binding.exchanged or {}
        is_agreed = (
            self.env.company.exact_closed_period == "first_open"
            or binding.uses_first_open_period
            or ("ReportingPeriod" in sent and self._period_sent(sent) not in map(_key, found))
        )
        return periods._first_open(journal, move.date) if is_agreed else periods

    @api.model
    def _prove_period(self, move, first):
        """Where Exact's periods were read: a date may lie in two, of which Exact chose one."""
        sent = self._reporting(move)
        if sent:
            expected = [self._period_sent(sent)]
        else:
            expected = [*map(_key, self._periods_of(self._entry_date(move)))]
        booked = first["FinancialYear"], first["FinancialPeriod"]
        if not expected or booked in expected:
            return []
        return self._compare(
            self.env._("Period"), month_name(expected[0]), all(booked) and month_name(booked)
        )

    # -- what a person is told --------------------------------------------------------------------

    @api.model
    def _preflight_period(self, move):
        return [*super()._preflight_period(move), *self._preflight_entry_date(move)]

    @api.model
    def _preflight_entry_date(self, move):
        """That the document's own date cannot be the entry's."""
        own = self._own_date(move)
        if self._entry_date(move) == own:
            return []
        text = self.env._(
            "Exact Online has no period for %(date)s, the date of %(number)s: it is booked under "
            "its accounting date there, %(accounting_date)s.",
            date=own,
            number=self._label(move),
            accounting_date=move.date,
        )
        return [Finding(text, move, "warning", "date_without_period")]

    @api.model
    def _preflight_closed_period(self, move, closed):
        """The period is closed: what the company, or a person, has decided for that case."""
        journal, moved_to = self._journal(move), self._moves_to(move)
        if moved_to:
            return [self._moves_finding(move, closed, moved_to)]
        names = {"period": closed.code, "journal": journal.display_name}
        first_open = self._periods()._first_open(journal, move.date)
        if self.env.company.exact_closed_period == "ask" and first_open:
            text = self.env._(
                "The period %(period)s is closed for the journal %(journal)s in Exact Online. It "
                "can be booked in %(first_open)s, the first open period: press the button for "
                "that on its queue item. Or have the period opened and read the lists again.",
                first_open=first_open.code,
                **names,
            )
            return [Finding(text, self._division(), cause=ASKS, fix=self._reading_fix())]
        text = self.env._(
            "The period %(period)s is closed for the journal %(journal)s in Exact Online. Have it "
            "opened there and read the lists again, or choose a later date.",
            **names,
        )
        return [
            Finding(text, self._division(), cause="period_closed", fix=self._reading_fix())
        ]

    @api.model
    def _moves_finding(self, move, closed, moved_to):
        text = self.env._(
            "The period %(period)s is closed in Exact Online: %(number)s is booked in "
            "%(first_open)s, with its own date.",
            period=closed.code,
            number=self._label(move),
            first_open=moved_to.code,
        )
        return Finding(text, move, "warning", "period_moved")

    @api.model
    def _reading_fix(self):
        return self.env._("Read the lists again")


def _key(period):
    return period.year, period.period

