# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models

from .own_transaction import in_own_transaction

FRESH = timedelta(hours=12)  # lists that were read so lately are not read again by themselves


class ExactDivision(models.Model):
    """One administration that a connection reaches."""

    _name = "exact.division"
    _description = "Exact Online Administration"
    _order = "name, code"
    _rec_names_search = ["name", "code"]

    connection_id = fields.Many2one("exact.connection", required=True, ondelete="cascade")
    code = fields.Integer(
        required=True, readonly=True, help="The number that stands in every address of Exact."
    )
    name = fields.Char(required=True, readonly=True)
    currency = fields.Char(readonly=True)
    country = fields.Char(readonly=True)
    vat_number = fields.Char(string="VAT number", readonly=True)
    company_number = fields.Char(readonly=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", compute="_compute_company_id", search="_search_company_id"
    )
    refreshed_on = fields.Datetime(
        string="Lists read on",
        readonly=True,
        help="When journals, ledger accounts, VAT codes and payment conditions were last read.",
    )
    status_read_on = fields.Datetime(
        readonly=True, help="When it was last read which entries Exact has processed."
    )
    rights_checked_on = fields.Datetime(readonly=True)
    missing_rights = fields.Char(
        readonly=True, help="What the user who gave consent may not do there."
    )
    feed_ids = fields.One2many("exact.feed", "division_id", string="What is read", readonly=True)
    accounts_read_count = fields.Integer(
        string="Relations read", compute="_compute_accounts_read_count"
    )
    deletions_are_refused = fields.Boolean(
        compute="_compute_deletions_are_refused", help="Exact does not tell what was deleted."
    )
    minute_remaining = fields.Integer(string="Calls left this minute", compute="_compute_remaining")
    day_remaining = fields.Integer(string="Calls left today", compute="_compute_remaining")

    _code_uniq = models.Constraint(
        "UNIQUE(connection_id, code)", "A connection lists an administration once."
    )

    @api.depends("name", "code")
    def _compute_display_name(self):
        for division in self:
            division.display_name = f"{division.name} ({division.code})"

    def _compute_company_id(self):
        companies = self.env["res.company"].sudo().search([("exact_division_id", "in", self.ids)])
        for division in self:
            division.company_id = companies.filtered(
                lambda c, division=division: c.exact_division_id == division
            )[:1]

    def _search_company_id(self, operator, value):
        companies = self.env["res.company"].sudo().search([("id", operator, value)])
        return [("id", "in", companies.exact_division_id.ids)]

    def _compute_remaining(self):
        budgets = self.env["exact.call.budget"].sudo()
        for division in self:
            budget = budgets._of(division.connection_id.id, division.code)
            remaining = budget._remaining()
            division.minute_remaining, division.day_remaining = remaining

    def _compute_accounts_read_count(self):
        accounts = self.env["exact.account"]
        for division in self:
            division.accounts_read_count = accounts.search_count(
                [("division_id", "=", division.id)]
            )

    @api.depends("feed_ids.deletions_are_refused")
    def _compute_deletions_are_refused(self):
        for division in self:
            division.deletions_are_refused = any(
                division.feed_ids.mapped("deletions_are_refused")
            )

    def _feed(self, kind):
        """How far a feed of this administration was read; none as long as nothing was."""
        return self.env["exact.feed"]._of(self, kind)

    @api.model
    def _store(self, connection, rows):
        """Upsert ``system/Divisions`` rows; what is no longer reached is archived."""
        known = {
            division.code: division
            for division in self.with_context(active_test=False).search(
                [("connection_id", "=", connection.id)]
            )
        }
        seen = self.browse()
        for row in rows:
            values = {
                "name": row["Description"],
                "currency": row["Currency"],
                "country": (row["Country"] or "").strip(),
                "vat_number": row["VATNumber"],
                "company_number": row["ChamberOfCommerceNumber"],
                "active": True,
            }
            division = known.get(row["Code"])
            if division:
                division.write(values)
            else:
                division = self.create(
                    {"connection_id": connection.id, "code": row["Code"], **values}
                )
            seen |= division
        (connection.division_ids - seen).active = False

    # -- scheduled jobs: begun anew where a worker changes the same rows at the same time ---------

    @api.model
    def _cron_refresh(self):
        in_own_transaction(self.env, lambda env: env[self._name]._queue_lists())

    @api.model
    def _cron_accounts(self):
        in_own_transaction(self.env, lambda env: env[self._name]._queue_accounts())

    @api.model
    def _cron_payments(self):
        in_own_transaction(self.env, lambda env: env[self._name]._queue_payments())

    @api.model
    def _cron_mirrored_entries(self):
        in_own_transaction(self.env, lambda env: env[self._name]._queue_mirrored_entries())

    @api.model
    def _cron_open_items(self):
        in_own_transaction(self.env, lambda env: env[self._name]._queue_open_items())

    @api.model
    def _queue_lists(self):
        """Queue a reading of the lists that companies book with, where it is time."""
        companies = self.env["res.company"].search(
            [
                ("exact_division_id.connection_id.state", "=", "connected"),
                "|",
                ("exact_division_id.refreshed_on", "=", False),
                ("exact_division_id.refreshed_on", "<", fields.Datetime.now() - FRESH),
            ]
        )
        companies.exact_division_id._read_lists()

    def action_refresh(self):
        """Queue a reading of the administration's lists."""
        self.connection_id.check_access("write")
        self._read_lists()

    def _read_lists(self):
        """With the status of what was booked, which decides as a closed period does, and the
        ledger where the bookkeeper may have booked what Odoo sent as PDF only.
        """
        queue = self.env["exact.sync.queue"]
        queue._enqueue("master_data", self)
        queue._enqueue("entry_status", self.filtered(lambda division: division._holds_entries()))
        queue._enqueue("ledger_lines", self.filtered(lambda each: each._awaits_bookings()))

    def _awaits_bookings(self):
        operation = self.env["exact.operation"].with_context(exact_division_id=self.id)
        return operation._of_kind("inbox")._is_awaited()

    def _holds_entries(self):
        bindings = self.env["exact.binding"].sudo()
        mirrored = self.env["exact.operation"]._of_kind("mirrored_entries")
        held = [
            ("division_id", "=", self.id),
            ("res_model", "=", "account.move"),
            ("resource", "!=", mirrored._mirrored_resource),
            ("exact_id", "!=", False),
        ]
        return bool(bindings.search_count(held, limit=1))

    # -- relations ------------------------------------------------------------------------------

    def action_read_accounts(self):
        """Queue a reading of the relations that are new or changed."""
        self.connection_id.check_access("write")
        self.env["exact.sync.queue"]._enqueue("accounts", self)

    @api.model
    def _queue_accounts(self):
        """Queue a reading of relations for each company that wants to know. One that failed waits
        for a person.
        """
        divisions = self.search([("connection_id.state", "=", "connected")])
        failed = self.env["exact.sync.queue"].search(
            [("operation", "=", "accounts"), ("state", "=", "failed")]
        )
        wanted = (divisions - failed.division_id).filtered(lambda each: each._wants_accounts())
        self.env["exact.sync.queue"]._enqueue("accounts", wanted)

    def action_read_payments(self):
        """Queue a reading of what was paid since the last one."""
        self.connection_id.check_access("write")
        self.env["exact.sync.queue"]._enqueue("payment_terms", self)

    @api.model
    def _queue_payments(self):
        """Queue a reading of what was paid for each company that wants to know. One that failed
        waits for a person.
        """
        self.env["exact.sync.queue"]._enqueue("payment_terms", self._awaiting("payment_terms"))

    def _read_ledger(self):
        """Queue a reading of the ledger, and of what was deleted in it."""
        feeds = self.feed_ids.filtered(lambda feed: feed.kind == "ledger_lines" and feed.is_brief)
        feeds.sudo().is_brief = False
        self.env["exact.sync.queue"].sudo()._enqueue("ledger_lines", self)

    @api.model
    def _queue_mirrored_entries(self):
        """Queue a brief reading of the ledger for each company of which journals are mirrored. One
        that is under way or failed is left alone.
        """
        journals = self.env["account.journal"].search([("exact_is_mirrored", "=", True)])
        queue = self.env["exact.sync.queue"]
        for division in journals.company_id.exact_division_id:
            is_connected = division.connection_id.state == "connected"
            if is_connected and not queue._is_pending("ledger_lines", division):
                division._feed("ledger_lines").sudo().is_brief = True
                queue._enqueue("ledger_lines", division)

    @api.model
    def _queue_open_items(self):
        """Queue a check of what is open by Exact's own lists. One that is under way or failed is
        left alone.
        """
        queue, feeds = self.env["exact.sync.queue"], self.env["exact.feed"]
        self._queue_payments()
        self.env["exact.counterpart"]._try_refused_again()
        for division in self._awaiting("open_items"):
            for kind in ("receivables_list", "payables_list"):
                if not queue._is_pending("open_items", division._feed(kind)):
                    queue._enqueue("open_items", feeds._begin_anew(division, kind))

    def _awaiting(self, kind):
        """The administrations whose companies want to know of payments, without those of which an
        item of this kind failed.
        """
        journals = self.env["account.journal"].search(
            [("exact_payment_mode", "in", ("light", "full"))]
        )
        companies = journals.company_id | self.env["res.company"].search(
            [("exact_payment_mode", "!=", "none")]
        )
        failed = self.env["exact.sync.queue"].search(
            [("operation", "=", kind), ("state", "=", "failed")]
        )
        return companies.exact_division_id.filtered(
            lambda division: division.connection_id.state == "connected"
        ) - failed.division_id

    def _wants_accounts(self):
        """Whether it is time to read relations: always where their changes are taken over, once a
        day where they were only matched, as then just blocks and deletions matter.
        """
        company = self.company_id
        if not company or company.exact_contact_direction != "to_exact":
            return bool(company)
        read_on = self._feed("accounts").read_on
        return bool(read_on) and read_on < fields.Datetime.now() - timedelta(days=1)
