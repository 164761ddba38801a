# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

SALES, PURCHASE = "20", "22"


class ExactInitialSyncCheck(models.Model):
    """One line of the checklist: what must hold in Exact before documents can arrive."""

    _name = "exact.initial.sync.check"
    _description = "Exact Online Check"
    _order = "sequence, id"

    sync_id = fields.Many2one("exact.initial.sync", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="sync_id.company_id", store=True)
    sequence = fields.Integer(readonly=True)
    name = fields.Char(string="Check", readonly=True)
    state = fields.Selection(
        [("passed", "Passed"), ("failed", "Failed"), ("unknown", "Not known yet")], readonly=True
    )
    advice = fields.Char(string="What to do", readonly=True)
    place = fields.Selection(
        [
            ("connection", "Connection"),
            ("administration", "Administration"),
            ("tax", "Taxes"),
        ],
        readonly=True,
        help="Where it is mended; empty when that is in Exact Online itself.",
    )

    @api.model
    def _refresh(self, sync):
        """Make the list as it is now. No call is made."""
        known = sync.check_ids.grouped("name")
        for sequence, (name, passed, advice, place) in enumerate(self._checks(sync)):
            values = {
                "sequence": sequence,
                "state": "unknown" if passed is None else "passed" if passed else "failed",
                "advice": False if passed else advice,
                "place": place,
            }
            if name in known:
                known.pop(name).write(values)
            else:
                self.create({"sync_id": sync.id, "name": name, **values})
        for check in known.values():
            check.unlink()

    @api.model
    def _checks(self, sync):
        """Yield ``(name, whether it passed or None, what to do, place)``."""
        division = sync.division_id
        yield self._check_connection(division)
        yield self._check_currency(sync)
        yield self._check_lists(division)
        yield self._check_rights(division)
        if division.refreshed_on:
            yield self._check_journal(division, SALES, self.env._("a sales journal"))
            yield self._check_journal(division, PURCHASE, self.env._("a purchase journal"))
            yield self._check_periods(sync)
            yield self._check_payment_conditions(division)
            yield self._check_code_without_vat(sync)

    @api.model
    def _check_connection(self, division):
        connection = division.connection_id
        return (
            self.env._("Somebody is connected"),
            connection.state == "connected",
            connection.state_reason or self.env._("Open the connection and press Connect."),
            "connection",
        )

    @api.model
    def _check_currency(self, sync):
        return (
            self.env._("The administration keeps its books in the company's currency"),
            sync.division_id.currency == sync.company_id.currency_id.name,
            self.env._(
                "The administration is in %(exact)s, the company in %(odoo)s. Choose another "
                "administration.",
                exact=sync.division_id.currency,
                odoo=sync.company_id.currency_id.name,
            ),
            "administration",
        )

    @api.model
    def _check_lists(self, division):
        item = (
            self.env["exact.sync.queue"]
            .sudo()
            .search(
                [("operation", "=", "master_data"), ("division_id", "=", division.id)],
                limit=1,
            )
        )
        failed = item.state == "failed"
        return (
            self.env._("Journals, ledger accounts, VAT codes and payment conditions were read"),
            bool(division.refreshed_on) or (False if failed else None),
            item.message if failed else self.env._("They are being read. This takes seconds."),
            False,
        )

    @api.model
    def _check_rights(self, division):
        missing = division.missing_rights
        return (
            self.env._("The user who connected may book, and the licence covers it"),
            not missing if division.rights_checked_on else None,
            missing
            and self.env._(
                "Have an administrator of Exact Online give the user these rights, or switch the "
                "scope on in the app registration: %s",
                missing,
            )
            or self.env._("Press Check now."),
            False,
        )

    @api.model
    def _check_journal(self, division, kind, name):
        found = self.env["exact.journal"].sudo().search_count(
            [("division_id", "=", division.id), ("type", "=", kind), ("is_blocked", "=", False)]
        )
        return (
            self.env._("There is %s", name),
            bool(found),
            self.env._("Make %s in Exact Online, then press Check now.", name),
            False,
        )

    @api.model
    def _check_periods(self, sync):
        today = fields.Date.context_today(self)
        first = min(sync.exact_start_date or today, today)
        periods = self.env["exact.financial.period"].sudo().search(
            [
                ("division_id", "=", sync.division_id.id),
                ("end_date", ">=", first),
                ("start_date", "<=", today),
            ],
            order="start_date",
        )
        complete = bool(periods) and periods[0].start_date <= first and (
            max(periods.mapped("end_date")) >= today
        )
        return (
            self.env._("The financial years exist, from the start date until today"),
            complete,
            self.env._(
                "Have your accountant make the years from %(first)s to %(last)s in Exact Online.",
                first=first.year,
                last=today.year,
            ),
            False,
        )

    @api.model
    def _check_payment_conditions(self, division):
        found = self.env["exact.payment.condition"].sudo().search_count(
            [("division_id", "=", division.id)]
        )
        return (
            self.env._("There is a payment condition"),
            bool(found),
            self.env._("Make a payment condition in Exact Online, then press Check now."),
            False,
        )

    @api.model
    def _check_code_without_vat(self, sync):
        return (
            self.env._("A VAT code for lines without tax is chosen"),
            bool(sync.exact_no_vat_code_id),
            self.env._("Choose it in the step Taxes. Exact needs one on each line."),
            "tax",
        )

    # -- what people do -------------------------------------------------------------------------

    def action_mend(self):
        """Lead to where this is mended."""
        self.ensure_one()
        if self.place == "connection":
            return self.sync_id.action_connect()
        return self.sync_id._go_to(self.place)
