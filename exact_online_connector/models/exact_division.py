# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models

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
    vat_number = fields.Char(readonly=True)
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
    rights_checked_on = fields.Datetime(readonly=True)
    missing_rights = fields.Char(
        readonly=True, help="What the user who gave consent may not do there."
    )
    accounts_cursor = fields.Char(readonly=True, help="Timestamp up to which relations were read.")
    deleted_cursor = fields.Char(readonly=True, help="Timestamp up to which deletions were read.")
    moved_on = fields.Datetime(
        readonly=True, help="When Exact moved the administration; its timestamps begin anew then."
    )
    accounts_read_count = fields.Integer(string="Relations read", readonly=True)
    accounts_refreshed_on = fields.Datetime(string="Relations read on", readonly=True)
    accounts_are_read = fields.Boolean(
        string="All relations were read", readonly=True, help="Off while the reading goes on."
    )
    deletions_are_refused = fields.Boolean(
        readonly=True, help="Exact does not tell which relations were deleted."
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

    @api.model
    def _cron_refresh(self):
        """The scheduled job: queue a reading of the lists that companies book with."""
        companies = self.env["res.company"].search(
            [
                ("exact_division_id.connection_id.state", "=", "connected"),
                "|",
                ("exact_division_id.refreshed_on", "=", False),
                ("exact_division_id.refreshed_on", "<", fields.Datetime.now() - FRESH),
            ]
        )
        self.env["exact.sync.queue"]._enqueue("master_data", companies.exact_division_id)

    def action_refresh(self):
        """Queue a reading of the administration's lists."""
        self.connection_id.check_access("write")
        self.env["exact.sync.queue"]._enqueue("master_data", self)

    # -- relations ------------------------------------------------------------------------------

    def action_read_accounts(self):
        """Queue a reading of the relations that are new or changed."""
        self.connection_id.check_access("write")
        self.env["exact.sync.queue"]._enqueue("accounts", self)

    @api.model
    def _cron_accounts(self):
        """The scheduled job: queue a reading for each company that wants to know. One that failed
        waits for a person.
        """
        divisions = self.search([("connection_id.state", "=", "connected")])
        failed = self.env["exact.sync.queue"].search(
            [("operation", "=", "accounts"), ("state", "=", "failed")]
        )
        wanted = (divisions - failed.division_id).filtered(lambda each: each._wants_accounts())
        self.env["exact.sync.queue"]._enqueue("accounts", wanted)

    def _wants_accounts(self):
        """Whether it is time to read relations: always where their changes are taken over, once a
        day where they were only matched, as then just blocks and deletions matter.
        """
        company = self.company_id
        if not company or company.exact_contact_direction != "to_exact":
            return bool(company)
        read_on = self.accounts_refreshed_on
        return bool(read_on) and read_on < fields.Datetime.now() - timedelta(days=1)

    def _note_accounts_read(self, answer):
        """Move the cursors past what was stored in this transaction."""
        values = {
            "accounts_cursor": answer["cursor"],
            "moved_on": answer["moved_on"],
            "accounts_are_read": answer["is_last"],
            "accounts_refreshed_on": fields.Datetime.now(),
            "accounts_read_count": self.env["exact.account"].search_count(
                [("division_id", "=", self.id)]
            ),
        }
        if "deleted_cursor" in answer:
            values["deleted_cursor"] = answer["deleted_cursor"]
        if "deleted" in answer:
            values["deletions_are_refused"] = answer.get("is_refused", False)
        self.write(values)
