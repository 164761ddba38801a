# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..operations import bookings
from ..operations.bookings import PURCHASE, SALES, month_name
from . import bulk_rows
from .exact_sync_mixin import TROUBLE, UNDER_WAY
from .roles import check_operator

QUEUE = "exact.sync.queue"
KIND = "agreement"
SETTINGS = {"company_id", "date_from", "date_to", "direction"}


class ExactAgreement(models.Model):
    """Do both books agree? What Odoo and Exact hold of some months, side by side, and the
    documents that explain each difference.

    Exact's side comes from the mirror of its ledger, which is brought up to date first: that and
    the comparison are items of the queue, so that nobody waits for it in a click.
    """

    _name = "exact.agreement"
    _inherit = ["mail.thread"]
    _description = "Exact Online Agreement Report"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    division_id = fields.Many2one(
        "exact.division", string="Administration", readonly=True, ondelete="cascade", copy=False
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._last_month()
    )
    date_to = fields.Date(
        string="Until",
        required=True,
        default=lambda self: self._last_month() + relativedelta(day=31),
    )
    direction = fields.Selection(
        [("both", "Sales and purchases"), (SALES, "Sales"), (PURCHASE, "Purchases")],
        string="What",
        required=True,
        default="both",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Comparing"), ("done", "Compared")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    status = fields.Char(compute="_compute_progress")
    read_count = fields.Integer(string="Ledger lines read", compute="_compute_progress")
    compared_on = fields.Datetime(readonly=True, copy=False)
    document_count = fields.Integer(string="Documents in Odoo", readonly=True, copy=False)
    entry_count = fields.Integer(string="Entries in Exact", readonly=True, copy=False)
    different_count = fields.Integer(
        string="Documents that differ", readonly=True, copy=False
    )
    odoo_sales = fields.Monetary(string="Sales in Odoo", readonly=True, copy=False)
    exact_sales = fields.Monetary(string="Sales in Exact", readonly=True, copy=False)
    odoo_purchases = fields.Monetary(string="Purchases in Odoo", readonly=True, copy=False)
    exact_purchases = fields.Monetary(string="Purchases in Exact", readonly=True, copy=False)
    aging_on = fields.Datetime(string="Aging read on", readonly=True, copy=False)
    aging_groups = fields.Char(string="Exact's groups", readonly=True, copy=False)
    aging_ids = fields.One2many("exact.agreement.aging", "agreement_id", readonly=True)
    are_deletions_refused = fields.Boolean(related="division_id.deletions_are_refused")
    verdict = fields.Char(compute="_compute_verdict")
    line_ids = fields.One2many("exact.agreement.line", "agreement_id", readonly=True)
    document_ids = fields.One2many("exact.agreement.document", "agreement_id", readonly=True)

    _dates_check = models.Constraint(
        "CHECK(date_from <= date_to)", "The first day must not lie after the last one."
    )

    @api.model
    def _last_month(self):
        """The first day of the month before this one."""
        return fields.Date.context_today(self) + relativedelta(months=-1, day=1)

    # -- what is shown ----------------------------------------------------------------------------

    @api.depends("date_from", "date_to", "company_id")
    def _compute_name(self):
        for report in self:
            first, last = (
                day and day.strftime("%Y-%m") for day in (report.date_from, report.date_to)
            )
            months = first if first == last else f"{first} - {last}"
            report.name = f"{report.company_id.name} {months}"

    @api.depends("state", "division_id")
    def _compute_progress(self):
        lines = self.env["exact.ledger.line"].sudo()
        for report in self:
            report.read_count = report.state == "running" and lines.search_count(
                [("division_id", "=", report.division_id.id)]
            )
            report.status = report._status_text()

    def _status_text(self):
        """What keeps it from going on, if anything."""
        if self.state != "running":
            return False
        if self.division_id.sudo().connection_id.state != "connected":
            return self.env._("Waits until somebody connects to Exact Online again.")
        items = self._items()
        if KIND not in items.mapped("operation"):
            return self.env._("It was taken out of the queue. Press Compare again.")
        reading = items.filtered(lambda item: item.operation != KIND and item.state == "waiting")
        held_up = items.filtered(lambda item: item.state in TROUBLE) or reading
        return held_up[:1].message

    def _items(self):
        """What the queue still holds of the reading and of this comparison."""
        return self.env[QUEUE].sudo().search(
            [
                ("division_id", "=", self.division_id.id),
                ("state", "in", TROUBLE + UNDER_WAY),
                "|",
                ("operation", "=", "ledger_lines"),
                "&",
                ("operation", "=", KIND),
                ("res_id", "=", self.id),
            ]
        )

    @api.depends("state", "different_count", "document_count", "entry_count")
    def _compute_verdict(self):
        for report in self:
            report.verdict = report.state == "done" and report._verdict_text()

    def _verdict_text(self):
        counts = {"documents": self.document_count, "entries": self.entry_count}
        if not self.different_count:
            return self.env._(
                "Both books agree. Documents in Odoo: %(documents)s, entries in Exact Online: "
                "%(entries)s, differences: none.",
                **counts,
            )
        return self.env._(
            "Documents that differ: %(different)s, of %(documents)s in Odoo and %(entries)s in "
            "Exact Online.",
            different=self.different_count,
            **counts,
        )

    # -- what people do ---------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for values in vals_list:
            self._check_settings_only(values)
        return super().create(vals_list)

    def write(self, vals):
        self._check_settings_only(vals)
        if not self.env.su and self.filtered(lambda report: report.state != "draft"):
            raise UserError(self.env._("It was compared already: make a new one for other months."))
        return super().write(vals)

    def _check_settings_only(self, values):
        """Figures come from the comparison alone."""
        if not self.env.su and set(values) - SETTINGS:
            raise AccessError(
                self.env._("Only the settings of an agreement report are filled in by hand.")
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_certified(self):
        if self.sudo().filtered("message_attachment_count"):
            raise UserError(
                self.env._(
                    "A report that holds a close certificate or other files is kept: it cannot be "
                    "deleted."
                )
            )

    def action_compare(self):
        """Read what is new in Exact's ledger, then compare; both by the scheduled job."""
        for report in self._for_operator():
            division = report.company_id.exact_division_id
            if not division:
                raise UserError(
                    self.env._(
                        "%s has no administration of Exact Online yet. Choose one in the set-up.",
                        report.company_id.name,
                    )
                )
            report.write({"state": "running", "division_id": division.id})
            if not report._months():
                raise UserError(
                    self.env._(
                        "Exact Online has no period that begins between these days. Choose whole "
                        "months of a year that exists there."
                    )
                )
            first_day, last_day = report._days()
            report.write({"date_from": first_day, "date_to": last_day})
            queue = self.env[QUEUE].sudo()
            division._read_ledger()
            queue._enqueue(KIND, report, report.company_id)

    def action_differences(self):
        """Open the documents that differ."""
        return self._open_parts("exact_agreement_document_action")

    def action_lines(self):
        """Open the totals of both sides."""
        return self._open_parts("exact_agreement_line_action")

    def action_read_aging(self):
        """Read what is outstanding in Exact today, by the scheduled job."""
        for report in self._for_operator():
            self.env[QUEUE].sudo()._enqueue("agreement_aging", report, report.company_id)

    def action_aging(self):
        """Open what is outstanding on both sides."""
        return self._open_parts("exact_agreement_aging_action")

    def _open_parts(self, action_name):
        """The window of this name, with the parts of this report alone."""
        self.ensure_one()
        self.check_access("read")
        action_name = f"exact_online_connector.{action_name}"
        action = self.env["ir.actions.act_window"]._for_xml_id(action_name)
        return {**action, "domain": [("agreement_id", "=", self.id)]}

    def _for_operator(self):
        """These reports with all rights, once it is sure that this may be done to them."""
        check_operator(self.env)
        self.check_access("read")
        return self.sudo()

    # -- what the comparison asks -----------------------------------------------------------------

    def _operation(self):
        """The comparison, for this company and administration."""
        operation = self.env["exact.operation"].sudo().with_company(self.company_id)
        division_id = self.division_id.id
        return operation.with_context(exact_division_id=division_id)._of_kind(KIND)

    def _directions(self):
        return (SALES, PURCHASE) if self.direction == "both" else (self.direction,)

    def _periods(self):
        """Exact's periods of the report: those that begin in its months."""
        return self.env["exact.financial.period"].search(
            [
                ("division_id", "=", self.division_id.id),
                ("start_date", ">=", self.date_from),
                ("start_date", "<=", self.date_to),
            ]
        )

    def _months(self):
        """``{(year, period)}`` of the report."""
        return {(period.year, period.period) for period in self._periods()}

    def _days(self):
        """First and last day of these periods."""
        periods = self._periods()
        return min(periods.mapped("start_date")), max(periods.mapped("end_date"))

    # -- what the comparison found ----------------------------------------------------------------

    def _take(self, documents, entries, verdicts):
        """Store the figures; see :meth:`exact.operation.agreement._compared`."""
        self.line_ids.unlink()
        self.document_ids.unlink()
        parties, mirrors = self._parties(documents, entries, verdicts), self._mirrors()
        line_ids = self._create_lines(documents, entries, parties, mirrors)
        self.env["exact.agreement.document"].create(
            [
                values
                for verdict in verdicts
                for values in self._document_values(verdict, line_ids, parties, mirrors)
            ]
        )
        self.write(
            {
                "state": "done",
                "compared_on": fields.Datetime.now(),
                "document_count": len(documents),
                "entry_count": len(entries),
                "different_count": len(verdicts),
                "odoo_sales": _owed(documents, SALES),
                "exact_sales": _owed(entries, SALES),
                "odoo_purchases": _owed(documents, PURCHASE),
                "exact_purchases": _owed(entries, PURCHASE),
            }
        )

    def _create_lines(self, documents, entries, parties, mirrors):
        """Store the totals of both sides; return ``{place: line id}``."""
        totals = defaultdict(lambda: [Decimal(0), Decimal(0)])
        for side, own in enumerate((documents, entries)):
            for booking in own:
                for place, amount in booking.places().items():
                    totals[place][side] += amount
        gl_accounts = bookings.gl_accounts(entries)
        places = sorted(totals, key=lambda place: _order(place, parties))
        rows = [
            {
                **self._place_values(place, mirrors, parties, gl_accounts),
                "position": position,
                "odoo_amount": totals[place][0],
                "exact_amount": totals[place][1],
                "difference": totals[place][1] - totals[place][0],
                "is_different": totals[place][0] != totals[place][1],
            }
            for position, place in enumerate(places)
        ]
        lines = self.env["exact.agreement.line"]
        bulk_rows.insert(lines, rows)
        found = lines.search_fetch([("agreement_id", "=", self.id)], ["position"])
        return {places[line.position]: line.id for line in found}

    def _place_values(self, place, mirrors, parties, gl_accounts):
        gl_account = gl_accounts.get((place.direction, place.part))
        return {
            **self._common_values(place.direction, place.journal, place.party, mirrors, parties),
            "period": month_name(place.period),
            "kind": place.part.kind,
            "vat_code_id": mirrors["exact.vat.code"].get(place.part.vat_code),
            "gl_account_id": mirrors["exact.gl.account"].get(
                place.part.gl_account or gl_account
            ),
            "key": [*place],
        }

    def _document_values(self, verdict, line_ids, parties, mirrors):
        """A row for each kind of difference of a document, with the totals that it explains."""
        document, entry, booking = verdict.document, verdict.entry, verdict.sides[0]
        ours, theirs = (side.places() if side else {} for side in (document, entry))
        touched = [
            line_ids[place]
            for place in ours.keys() | theirs.keys()
            if ours.get(place) != theirs.get(place) and place in line_ids
        ]
        odoo, exact = (side.owed() if side else Decimal(0) for side in (document, entry))
        move_id = document.key if document else verdict.move_id
        values = {
            **self._common_values(
                booking.direction, booking.journal, booking.party, mirrors, parties
            ),
            "number": document.number if document else entry.reference or entry.number,
            "date": booking.date,
            "move_id": self.env["account.move"].browse(move_id).exists().id,
            "entry_id": entry and entry.key,
            "exact_number": entry and entry.number,
            "odoo_amount": odoo,
            "exact_amount": exact,
            "difference": exact - odoo,
            "line_ids": [Command.set(touched)],
        }
        for kind in verdict.kinds:
            text = self._operation()._explanation(kind, verdict, parties)
            yield {**values, "kind": kind, "text": text}

    def _take_aging(self, rows, groups, names):
        """Store what is outstanding.

        :param rows: ``{(direction, party): (Odoo's amounts, Exact's amounts)}``, each by age
        :param groups: what Exact calls the ages
        :param names: ``{GUID: name}`` of Exact's relations
        """
        self.aging_ids.unlink()
        parties = self._operation()._names_of_parties(
            {party for _direction, party in rows}, names
        )
        self.env["exact.agreement.aging"].create(
            [
                {
                    **self._common_values(direction, None, party, {"exact.journal": {}}, parties),
                    **_by_age("odoo", odoo),
                    **_by_age("exact", exact),
                    "odoo_amount": sum(odoo),
                    "exact_amount": sum(exact),
                    "difference": sum(exact) - sum(odoo),
                }
                for (direction, party), (odoo, exact) in rows.items()
            ]
        )
        self.write({"aging_on": fields.Datetime.now(), "aging_groups": groups})

    def _common_values(self, direction, journal, party, mirrors, parties):
        partner_id, name = parties[party]
        return {
            "agreement_id": self.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "direction": direction,
            "journal_id": mirrors["exact.journal"].get(journal),
            "partner_id": partner_id,
            "party_name": name,
        }

    def _mirrors(self):
        """``{model: {how Exact names a record: its id}}``"""
        return {
            model: {
                row[name]: row.id
                for row in self.env[model]
                .with_context(active_test=False)
                .search_fetch(
                    [("division_id", "=", self.division_id.id)], [name], order="active, id"
                )
            }
            for model, name in (
                ("exact.journal", "code"),
                ("exact.vat.code", "code"),
                ("exact.gl.account", "exact_id"),
            )
        }

    def _parties(self, documents, entries, verdicts):
        """``{party of a booking: (contact id or None, name)}``"""
        sides = [side for verdict in verdicts for side in verdict.sides]
        return self._operation()._names_of_parties(
            {booking.party for booking in (*documents, *entries, *sides)}
        )



def _owed(side, direction):
    """The total with VAT; credit notes are negative."""
    return sum((each.owed() for each in side if each.direction == direction), Decimal(0))


def _by_age(side, amounts):
    return {f"{side}_age_{number}": amount for number, amount in enumerate(amounts, 1)}


def _order(place, parties):
    direction, period, journal, party, part = place
    return direction, period, journal, parties[party][1] or "", str(party), part
