# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import Counter

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import html2plaintext

from ..matching.exact_match_account import CREATED_KINDS
from ..models.exact_sync_mixin import TROUBLE, UNDER_WAY
from ..models.note import note_of
from ..models.notification import SHOWN_ANEW, notification

ANALYTIC = "analytic.group_analytic_accounting"
# The company's own settings that are shown here; the company keeps them.
SETTINGS = (
    "exact_start_date",
    "exact_scheduled_hour",
    "exact_no_vat_code_id",
    "exact_responsible_id",
    "exact_contact_direction",
    "exact_contact_owner",
    "exact_create_contacts",
    "exact_create_partners",
    "exact_payment_mode",
)
DRIFT = "exact_online_connector.mail_activity_type_drift"
CONTACT_TROUBLE = "exact_online_connector.mail_activity_type_contact_trouble"
# Operations that a page waits for, in the order in which they go.
AWAITED = ("rights", "master_data", "partner_links", "accounts", "partner_matching")
# Steps in which records of Odoo are matched with records of Exact.
MATCHES = {
    "journal": "exact.match.journal",
    "account": "exact.match.account",
    "tax": "exact.match.tax",
    "payment_term": "exact.match.payment.term",
    "partner": "exact.match.partner",
    "analytic": "exact.match.analytic",
}


def _matches(kind, state):
    """The rows of a step that are in one state."""
    return fields.One2many(MATCHES[kind], "sync_id", domain=[("state", "=", state)])


class ExactInitialSync(models.Model):
    """The way of a company from connected to mapped. Left and resumed at any time; run again,
    it changes nothing that was decided.
    """

    _name = "exact.initial.sync"
    _description = "Exact Online Initial Sync"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _rec_name = "company_id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    step = fields.Selection(
        [
            ("administration", "Administration"),
            ("checklist", "Checklist"),
            ("journal", "Journals"),
            ("account", "Accounts"),
            ("tax", "Taxes"),
            ("payment_term", "Payment terms"),
            ("partner", "Contacts"),
            ("analytic", "Cost centres"),
            ("start", "Start"),
            ("past", "Past documents"),
            ("done", "Done"),
        ],
        default="administration",
        required=True,
    )
    connection_ids = fields.Many2many("exact.connection", compute="_compute_connection_ids")
    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        compute="_compute_division_id",
        inverse="_inverse_division_id",
        domain="[('connection_id', 'in', connection_ids)]",
    )
    refreshed_on = fields.Datetime(compute="_compute_refreshed_on", string="Lists read on")
    is_busy = fields.Boolean(compute="_compute_busy_with", help="Something is read from Exact.")
    busy_with = fields.Char(compute="_compute_busy_with", help="The operation that is under way.")
    trouble_item_id = fields.Many2one("exact.sync.queue", compute="_compute_busy_with")
    trouble_text = fields.Text(compute="_compute_busy_with")
    links_to_make_count = fields.Integer(compute="_compute_link_progress")
    links_made_count = fields.Integer(compute="_compute_link_progress")
    link_progress = fields.Float(compute="_compute_link_progress")
    is_all_shown = fields.Boolean(
        string="Show everything", help="Also what no document of the last year uses."
    )
    is_step_settled = fields.Boolean(
        compute="_compute_is_step_settled", help="What comes next is to continue."
    )
    accounts_read_count = fields.Integer(compute="_compute_refreshed_on")
    has_analytic = fields.Boolean(compute="_compute_has_analytic")
    check_ids = fields.One2many("exact.initial.sync.check", "sync_id", readonly=True)

    exact_start_date = fields.Date(
        string="Send documents from",
        compute="_compute_settings",
        readonly=False,
        help="Documents before this date stay in Odoo.",
    )
    exact_scheduled_hour = fields.Float(
        string="Scheduled documents go at", compute="_compute_settings", readonly=False
    )
    exact_no_vat_code_id = fields.Many2one(
        "exact.vat.code",
        string="VAT code for lines without tax",
        compute="_compute_settings",
        readonly=False,
        domain="[('division_id', '=', division_id), ('type', 'in', ('N', 'B'))]",
    )
    exact_responsible_id = fields.Many2one(
        "res.users",
        string="Responsible",
        compute="_compute_settings",
        readonly=False,
        help="Gets a task when the connection stops or something mapped changes in Exact.",
    )

    exact_contact_direction = fields.Selection(
        selection=lambda self: self._selection_of("exact_contact_direction"),
        string="Changes of contacts travel",
        compute="_compute_settings",
        readonly=False,
    )
    exact_contact_owner = fields.Selection(
        selection=lambda self: self._selection_of("exact_contact_owner"),
        string="When both sides changed the same",
        compute="_compute_settings",
        readonly=False,
    )
    exact_create_contacts = fields.Boolean(
        string="Create in Exact the contacts that are missing there",
        compute="_compute_settings",
        readonly=False,
    )
    exact_create_partners = fields.Boolean(
        string="Create in Odoo the relations that are missing here",
        compute="_compute_settings",
        readonly=False,
    )
    exact_payment_mode = fields.Selection(
        selection=lambda self: self._selection_of("exact_payment_mode"),
        string="Payments",
        compute="_compute_settings",
        readonly=False,
        help="What Odoo does with the payments that your bookkeeper books in Exact Online. Showing "
        "them changes nothing in Odoo's own books. Booking them makes a payment in Odoo of each "
        "line of the bank that settles a document; the journal for it is made for you.",
    )
    sent_journal_ids = fields.One2many(
        "exact.match.journal",
        "sync_id",
        domain=[
            ("record_id", "!=", False),
            "|",
            "&",
            ("state", "=", "valid"),
            ("type", "=", "general"),
            ("type", "in", ("sale", "purchase")),
        ],
    )
    back_fill_id = fields.Many2one("exact.back.fill", compute="_compute_back_fill")
    back_fill_state = fields.Selection(
        selection=lambda self: self._selection_of("state", "exact.back.fill"),
        compute="_compute_back_fill",
    )
    back_fill_progress = fields.Float(
        string="Progress of past documents", compute="_compute_back_fill"
    )
    back_fill_score = fields.Text(compute="_compute_back_fill")
    back_fill_forecast = fields.Text(compute="_compute_back_fill")

    todo_count = fields.Integer(string="To do", compute="_compute_counts")
    valid_count = fields.Integer(string="Valid", compute="_compute_counts")
    ignored_count = fields.Integer(string="Ignored", compute="_compute_counts")
    exact_only_count = fields.Integer(string="Only in Exact", compute="_compute_counts")
    certain_count = fields.Integer(string="Certain", compute="_compute_counts")
    duplicate_count = fields.Integer(string="Duplicates", compute="_compute_duplicate_count")
    unsaved_count = fields.Integer(string="Not yet in Odoo", compute="_compute_counts")
    progress = fields.Integer(compute="_compute_counts")

    journal_todo_ids = _matches("journal", "todo")
    journal_valid_ids = _matches("journal", "valid")
    journal_ignored_ids = _matches("journal", "ignored")
    journal_exact_only_ids = _matches("journal", "exact_only")
    account_todo_ids = _matches("account", "todo")
    account_valid_ids = _matches("account", "valid")
    account_ignored_ids = _matches("account", "ignored")
    account_kind = fields.Selection(CREATED_KINDS, string="Type")
    account_code_from = fields.Char(string="Codes from")
    account_code_to = fields.Char(string="Codes to")
    account_exact_only_ids = fields.Many2many(
        "exact.match.account", compute="_compute_account_exact_only_ids"
    )
    account_shown_count = fields.Integer(compute="_compute_account_exact_only_ids")
    tax_todo_ids = _matches("tax", "todo")
    tax_valid_ids = _matches("tax", "valid")
    tax_ignored_ids = _matches("tax", "ignored")
    tax_exact_only_ids = _matches("tax", "exact_only")
    payment_term_todo_ids = _matches("payment_term", "todo")
    payment_term_valid_ids = _matches("payment_term", "valid")
    payment_term_ignored_ids = _matches("payment_term", "ignored")
    payment_term_exact_only_ids = _matches("payment_term", "exact_only")
    partner_todo_ids = _matches("partner", "todo")
    partner_valid_ids = _matches("partner", "valid")
    partner_ignored_ids = _matches("partner", "ignored")
    partner_exact_only_ids = _matches("partner", "exact_only")
    duplicate_ids = fields.One2many("exact.match.duplicate", "sync_id", readonly=True)
    analytic_todo_ids = _matches("analytic", "todo")
    analytic_valid_ids = _matches("analytic", "valid")
    analytic_ignored_ids = _matches("analytic", "ignored")
    analytic_exact_only_ids = _matches("analytic", "exact_only")

    _company_uniq = models.Constraint(
        "UNIQUE(company_id)", "This company's initial sync was begun already: go on with that one."
    )

    # -- fields ---------------------------------------------------------------------------------

    @api.depends("company_id")
    def _compute_connection_ids(self):
        for sync in self:
            sync.connection_ids = self.env["exact.connection"].search(
                [("company_ids", "in", sync.company_id.ids), ("state", "!=", "draft")]
            )

    @api.depends("company_id.exact_division_id")
    def _compute_division_id(self):
        for sync in self:
            sync.division_id = sync.company_id.exact_division_id

    @api.depends("division_id")
    def _compute_refreshed_on(self):
        for sync in self:
            sync.refreshed_on = sync.division_id.refreshed_on
            sync.accounts_read_count = sync.division_id.accounts_read_count

    def _inverse_division_id(self):
        for sync in self.filtered("division_id"):
            if sync.division_id not in sync.connection_ids.division_ids:
                raise UserError(
                    self.env._("Choose an administration of one of this company's connections.")
                )
            if sync.company_id.exact_division_id != sync.division_id:
                sync.company_id.sudo().exact_division_id = sync.division_id
                sync._forget_matches()

    @api.model
    def _selection_of(self, name, model="res.company"):
        return self.env[model]._fields[name]._description_selection(self.env)

    def _compute_back_fill(self):
        for sync in self:
            fill = self.env["exact.back.fill"].search(
                [("company_id", "=", sync.company_id.id), ("state", "!=", "cancelled")], limit=1
            )
            sync.back_fill_id = fill
            sync.back_fill_state = fill.state
            sync.back_fill_progress = fill.progress
            sync.back_fill_score = fill.score
            sync.back_fill_forecast = fill.forecast

    @api.depends(*(f"company_id.{name}" for name in SETTINGS))
    def _compute_settings(self):
        for sync in self:
            for name in SETTINGS:
                sync[name] = sync.company_id[name]

    def _compute_busy_with(self):
        items = (
            self.env["exact.sync.queue"]
            .sudo()
            .search(
                [
                    ("company_id", "in", self.company_id.ids),
                    ("operation", "in", AWAITED),
                    ("state", "in", UNDER_WAY + TROUBLE),
                ]
            )
        )
        for sync in self:
            own = items.filtered(lambda item, sync=sync: item.company_id == sync.company_id)
            trouble = own.filtered(lambda item: item.state in TROUBLE)[:1]
            sync.trouble_item_id = trouble
            sync.trouble_text = "\n".join(filter(None, [trouble.message, trouble.advice]))
            # what waits for one that failed does not go on by itself
            going_on = [] if trouble else own.mapped("operation")
            sync.busy_with = min(going_on, key=AWAITED.index, default=False)
            sync.is_busy = bool(sync.busy_with)

    @api.depends("busy_with")
    def _compute_link_progress(self):
        """How far the linking of the contacts is that were accepted."""
        for sync in self:
            counts = {}
            if sync.busy_with == "partner_links":
                groups = self.env["exact.match.partner"]._read_group(
                    [("sync_id", "=", sync.id), ("state", "=", "valid")], ["is_saved"], ["__count"]
                )
                counts = dict(groups)
            sync.links_made_count = counts.get(True, 0)
            sync.links_to_make_count = sum(counts.values())
            sync.link_progress = 100 * sync.links_made_count / (sync.links_to_make_count or 1)

    @api.depends("step")
    def _compute_is_step_settled(self):
        for sync in self:
            sync.is_step_settled = sync.step != "past" or sync.back_fill_state in (
                "running",
                "paused",
                "done",
            )

    def _compute_has_analytic(self):
        self.has_analytic = self.env.user.has_group(ANALYTIC)

    @api.depends("step")
    def _compute_counts(self):
        for sync in self:
            counts = sync._counts()
            sync.todo_count = counts["todo"]
            sync.valid_count = counts["valid"]
            sync.ignored_count = counts["ignored"]
            sync.exact_only_count = counts["exact_only"]
            sync.certain_count = counts["certain"]
            sync.unsaved_count = counts["unsaved"]
            total = sync.todo_count + sync.valid_count + sync.ignored_count
            sync.progress = 100 * (total - sync.todo_count) // total if total else 0

    @api.depends("duplicate_ids")
    def _compute_duplicate_count(self):
        for sync in self:
            sync.duplicate_count = len(sync.duplicate_ids)

    @api.depends("step", "account_kind", "account_code_from", "account_code_to")
    def _compute_account_exact_only_ids(self):
        """The GL accounts that Odoo lacks, of the chosen type and codes."""
        for sync in self:
            rows = self.env["exact.match.account"]
            if sync.step == "account":
                rows = rows._exact_only(
                    sync._origin, sync.account_kind, sync.account_code_from, sync.account_code_to
                )
            sync.account_exact_only_ids = rows
            sync.account_shown_count = len(rows)

    def _counts(self):
        """How many rows of the current step are in each state, certain, and not yet saved."""
        counts = Counter()
        if self.step not in MATCHES:
            return counts
        groups = self._rows()._read_group(
            [("sync_id", "=", self.id)], ["state", "is_certain", "is_saved"], ["__count"]
        )
        for state, is_certain, is_saved, count in groups:
            counts[state] += count
            counts["certain"] += count if state == "todo" and is_certain else 0
            counts["unsaved"] += count if state == "valid" and not is_saved else 0
        return counts

    def _rows(self):
        """The model of the current step's rows."""
        return self.env[MATCHES[self.step]]

    # -- from step to step ----------------------------------------------------------------------

    @api.model
    def _of(self, company):
        """The initial sync of ``company``, begun when there is none."""
        sync = self.search([("company_id", "=", company.id)])
        return sync or self.create({"company_id": company.id})

    def _steps(self):
        """The steps that this company has, in order."""
        steps = [step for step, _label in self._fields["step"].selection]
        return steps if self.has_analytic else [step for step in steps if step != "analytic"]

    def action_continue(self):
        """Save what was chosen and go to the next step."""
        self._check_may_leave()
        self._save_matches()
        self._go(1)

    def action_back(self):
        """Go to the step before."""
        self._go(-1)

    def _go(self, direction):
        steps = self._steps()
        position = steps.index(self.step) + direction
        self._go_to(steps[max(0, min(position, len(steps) - 1))])

    def _go_to(self, step):
        self.step = step
        self._enter()

    def _check_may_leave(self):
        if self.step == "administration" and not self.division_id:
            raise UserError(self.env._("Choose the administration first."))
        if self.step == "checklist":
            self._check_lists_are_read()

    def _check_lists_are_read(self):
        if not self.refreshed_on:
            raise UserError(
                self.env._(
                    "The lists of %s are still being read. Go on in a moment.",
                    self.division_id.name,
                )
            )

    def _enter(self):
        """Make the current step's rows or checks as they are now."""
        if self.step == "checklist":
            self._begin_reading_once()
            self.env["exact.initial.sync.check"]._refresh(self)
        elif self.step == "partner":
            self._begin_matching_partners()
        elif self.step in MATCHES and self.refreshed_on:
            self._rows()._refresh(self)

    def _begin_reading_once(self):
        if not self.refreshed_on:
            self.division_id.action_refresh()

    def _begin_matching_partners(self):
        queue = self.env["exact.sync.queue"]
        queue._enqueue("accounts", self.division_id, self.company_id)
        queue._enqueue("partner_matching", self, self.company_id)

    def _forget_matches(self):
        """Another administration: what was chosen in the old one has no meaning in it."""
        for model in MATCHES.values():
            self.env[model].search([("sync_id", "in", self.ids)]).unlink()

    @api.model
    def _lists_were_read(self, division):
        """Show what was read, and tell the responsible what changed of what is mapped."""
        sync = self._checklist_changed(division)
        if not sync:
            return
        if sync.step in MATCHES and sync.step != "partner":
            sync._rows()._refresh(sync)
        sync._report_drift()

    @api.model
    def _checklist_changed(self, division):
        """Make the checklist anew; return the initial sync of the administration's company."""
        sync = self.search([("company_id", "=", division.company_id.id)])
        if sync:
            self.env["exact.initial.sync.check"]._refresh(sync)
        return sync

    # -- what people do in a step ---------------------------------------------------------------

    def action_connect(self):
        """Open this company's connection, or a new one."""
        return self.company_id.action_exact_connect()

    def action_restart(self):
        """Go through all steps once more, from the checklist on."""
        self._go_to("checklist")

    def action_open_queue(self):
        """Open what is on its way and what needs attention."""
        self.check_access("read")
        return self.env["ir.actions.act_window"]._for_xml_id(
            "exact_online_connector.exact_sync_queue_action"
        )

    def action_open_trouble(self):
        """Open what stopped, with its advice."""
        return self.trouble_item_id._get_records_action(context={})

    def action_show_all(self):
        """Show also what no document of the last year uses."""
        self.is_all_shown = True

    def action_show_used(self):
        """Show only what documents use."""
        self.is_all_shown = False

    def action_use_administration(self):
        """Book this company's documents in the chosen administration; read its lists."""
        self._check_may_leave()
        self.action_check()
        self._go(1)

    def action_refresh(self):
        """Read the lists from Exact anew: one call a list."""
        if self.step == "partner":
            return self._begin_matching_partners()
        return self.division_id.action_refresh()

    def action_check(self):
        """Read the lists, and ask Exact what the user who gave consent may do."""
        self.division_id.action_refresh()
        self.env["exact.sync.queue"]._enqueue("rights", self.division_id)

    def action_accept_certain(self):
        """Take all suggestions of this step that are beyond doubt."""
        rows = self._rows()
        rows.search(
            [("sync_id", "=", self.id), ("state", "=", "todo"), ("is_certain", "=", True)]
        ).action_accept()
        if self.step == "tax":
            self._suggest_code_without_vat()

    def action_update_odoo(self):
        """Store this step's matches on the records of Odoo."""
        saved = self._save_matches()
        if self.step == "partner":
            text = self.env._("%s contacts are being linked.", saved)
        else:
            text = self.env._("%s records were updated in Odoo.", saved)
        return notification(text, "success", SHOWN_ANEW)

    def _save_matches(self):
        if self.step not in MATCHES:
            return 0
        if self.step == "partner":
            return self._begin_linking_partners()
        return self._rows().search([("sync_id", "=", self.id), ("state", "=", "valid")])._save()

    def _begin_linking_partners(self):
        """Linking thousands takes longer than a click may; return how many will be linked."""
        unsaved = self.env["exact.match.partner"].search_count(
            [("sync_id", "=", self.id), ("state", "=", "valid"), ("is_saved", "=", False)]
        )
        if unsaved:
            self.env["exact.sync.queue"]._enqueue("partner_links", self, self.company_id)
        return unsaved

    def action_create_shown_accounts(self):
        """Make an account in Odoo of each GL account that is shown, and match the two. What is
        suggested for an account that Odoo has is left to that one.
        """
        rows = self.account_exact_only_ids
        todo = rows.search([("sync_id", "=", self.id), ("state", "=", "todo")])
        mirrors = rows._creatable(self, rows.mirror_id - todo.suggestion_id)
        rows.filtered(lambda row: row.mirror_id in mirrors).action_create_in_odoo()
        created = self.env._("%s accounts were created in Odoo and matched.", len(mirrors))
        if len(mirrors) == len(rows):
            return notification(created, "success", SHOWN_ANEW)
        left_out = self.env._(
            "Left out: %s, as Odoo has an account of that code or no such type. Press “Show also "
            "what is not used” and match them on the first tab.",
            len(rows) - len(mirrors),
        )
        return notification(f"{created} {left_out}", "warning", SHOWN_ANEW)

    def action_open_rows(self):
        """This step's rows as a list, to search and to work on many at once."""
        return {
            "type": "ir.actions.act_window",
            "name": dict(self._fields["step"]._description_selection(self.env))[self.step],
            "res_model": MATCHES[self.step],
            "view_mode": "list,form",
            "domain": [("sync_id", "=", self.id)],
            "context": {"search_default_todo": 1},
            "help": Markup("<p class='o_view_nocontent_smiling_face'>%s</p><p>%s</p>")
            % (
                self.env._("Nothing is in this state"),
                self.env._("Take the filter away to see the others."),
            ),
        }

    def action_export(self):
        """This step's rows as a spreadsheet, to fill in and import again."""
        return self.env["exact.match.import"]._export(self)

    def action_import(self):
        """Ask for a spreadsheet that was filled in."""
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Import matches"),
            "res_model": "exact.match.import",
            "view_mode": "form",
            "target": "new",
            "context": {"default_sync_id": self.id},
        }

    def action_past_documents(self):
        """Count what was posted before, check it and see what it costs; nothing is sent yet."""
        back_fill = self.back_fill_id or self.env["exact.back.fill"].create(
            {
                "company_id": self.company_id.id,
                **({"date_from": self.exact_start_date} if self.exact_start_date else {}),
            }
        )
        if back_fill.state == "draft":
            back_fill.action_count()
        return back_fill._get_records_action(context={})

    def write(self, vals):
        """The company keeps its settings, also where its manager may not write the company."""
        self.check_access("write")
        settings = {name: vals[name] for name in SETTINGS if name in vals}
        if settings:
            self.company_id.sudo().write(settings)
        result = super().write({name: vals[name] for name in vals.keys() - settings.keys()})
        if "is_all_shown" in vals:
            for sync in self:
                sync._enter()
        return result

    # -- all at once ----------------------------------------------------------------------------

    def action_fill_in_certain(self):
        """Take what is beyond doubt in every step but the contacts."""
        self._check_lists_are_read()
        filled = self._fill_in_certain()
        self.env["exact.initial.sync.check"]._refresh(self)
        text = self.env._("%s matches were filled in.", filled)
        return notification(text, "success" if filled else "info", SHOWN_ANEW)

    def _fill_in_certain(self):
        """Map what is unmapped and certain; return the number of records of Odoo changed."""
        filled = 0
        for kind, model in MATCHES.items():
            if kind == "partner" or kind not in self._steps():
                continue
            rows = self.env[model]
            rows._refresh_own(self)
            own = rows.search([("sync_id", "=", self.id), ("record_id", "!=", False)])
            own.filtered(lambda row: row.state == "todo" and row.is_certain)._accept()
            filled += own._save()
        return filled + self._suggest_code_without_vat()

    def _suggest_code_without_vat(self):
        if self.exact_no_vat_code_id:
            return 0
        codes = (
            self.env["exact.vat.code"]
            .sudo()
            .search(
                [
                    ("division_id", "=", self.division_id.id),
                    ("is_blocked", "=", False),
                    ("type", "=", "N"),
                    ("direction", "in", ("S", "B")),
                ]
            )
        )
        if len(codes) != 1:
            return 0
        self.exact_no_vat_code_id = codes
        return 1

    # -- tasks ----------------------------------------------------------------------------------

    def _drifted(self):
        """Records of Exact that are mapped and changed since."""
        domain = [("division_id", "=", self.division_id.id), ("drift", "!=", False)]
        everything = self.sudo().with_context(active_test=False).env
        return [
            row
            for model in MATCHES.values()
            for row in everything[self.env[model]._fields["mirror_id"].comodel_name].search(domain)
            if row._is_mapped()
        ]

    def _report_drift(self):
        """One task that lists what changed, until somebody has looked at all of it."""
        self._keep_task(
            DRIFT,
            self.env._("Changed in Exact Online since it was mapped:"),
            [f"{row.display_name}: {row.drift}" for row in self._drifted()],
        )

    @api.model
    def _relations_were_read(self, division):
        """Tell the responsible on which contacts nothing can be booked in Exact."""
        sync = self.search([("company_id", "=", division.company_id.id)])
        accounts = (
            self.env["exact.account"]
            .with_context(active_test=False)
            .search(
                [
                    ("division_id", "=", division.id),
                    ("partner_id", "!=", False),
                    "|",
                    ("active", "=", False),
                    ("is_blocked", "=", True),
                ]
            )
        )
        contacts = self.env["exact.operation"]._of_kind("contact")
        findings = [
            finding
            for partner in accounts.partner_id.filtered("active")
            for finding in contacts._account_findings(partner)
        ]
        sync._keep_task(
            CONTACT_TROUBLE,
            self.env._("Nothing can be booked on these contacts in Exact Online:"),
            [
                Markup("%s %s") % (finding.text, finding.mend._get_html_link(finding.fix))
                for finding in findings
            ],
        )

    def _keep_task(self, activity_type, head, lines):
        """Have one task of a type for the responsible that says these lines; none ends it."""
        if not self:
            return
        tasks = self.activity_search([activity_type])
        if not lines:
            tasks.unlink()
            return
        note = note_of(head, lines)
        if not tasks:
            responsible = self.company_id.exact_responsible_id or self.create_uid
            self.activity_schedule(activity_type, note=note, user_id=responsible.id)
        elif html2plaintext(tasks[0].note) != html2plaintext(note):
            tasks.note = note
