# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..operations.mirrored_entries import CHANGED
from ..operations.mirrored_lines import GL_ACCOUNT, HASHED, INCOMPLETE, LOCKED, RELATION
from .roles import check_operator

USER = "exact_online_connector.group_exact_user"
# Of ledger lines: closing and opening of a year, which Odoo does without entries, and budgets.
# administration-defaults.md §6
NO_ENTRIES = (310, *range(320, 329), 3000)
# What of a ledger line is in the entry here. Matching and processing do not touch it.
CONTENT = (
    "exact_id line_number date gl_account_exact_id account_exact_id amount_dc amount_fc currency "
    "description cost_center cost_unit"
).split()


class ExactMirroredEntry(models.Model):
    """An entry of Exact that is to be an entry here, in a journal that is mirrored: booked, or why
    it is not.

    What Exact holds of it is known by the digest of its ledger lines. It is due when that is
    another than what was booked, and when what held it up was mended.
    """

    _name = "exact.mirrored.entry"
    _description = "Exact Online Mirrored Entry"
    _order = "date desc, number desc, id desc"
    _rec_name = "number"
    _log_access = False

    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    exact_id = fields.Char(string="Exact ID of the entry", required=True, readonly=True)
    number = fields.Char(string="Number in Exact", readonly=True)
    journal_code = fields.Char(string="Journal in Exact", readonly=True)
    journal_id = fields.Many2one(
        "account.journal", required=True, readonly=True, ondelete="cascade"
    )
    date = fields.Date(readonly=True, help="The last one of its lines' dates.")
    amount = fields.Monetary(string="Debit", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("booked", "Booked"),
            ("left", "Left as it was"),
            ("gone", "Deleted in Exact"),
        ],
        default="waiting",
        required=True,
        readonly=True,
        help="Left as it was: Exact changed or deleted it, and Odoo's entry may not be changed.",
    )
    cause = fields.Char(readonly=True, help="What holds it up, as others may have it too.")
    cause_key = fields.Char(readonly=True, help="By which it is known that the cause was mended.")
    message = fields.Text(readonly=True)
    mend_model = fields.Char(readonly=True)
    mend_id = fields.Many2oneReference(model_field="mend_model", readonly=True)
    move_id = fields.Many2one(
        "account.move",
        string="Entry in Odoo",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    line_map = fields.Json(
        readonly=True, help="Which journal item is which ledger line: by the latter's Exact ID."
    )
    digest = fields.Char(readonly=True, help="Of what Exact holds; empty when it was deleted.")
    booked_digest = fields.Char(readonly=True, help="Of what the entry in Odoo holds.")
    is_due = fields.Boolean(readonly=True)

    _exact_id_uniq = models.Constraint(
        "UNIQUE(division_id, exact_id)", "An entry of Exact is mirrored once."
    )
    _due_idx = models.Index("(division_id, id) WHERE is_due")
    _waiting_idx = models.Index("(division_id, cause_key) WHERE cause_key IS NOT NULL")

    @api.depends("number", "journal_code")
    def _compute_display_name(self):
        for entry in self:
            entry.display_name = entry._in_words()

    def _in_words(self):
        return self.env._(
            "Entry %(number)s of journal %(journal)s",
            number=self.number or "?",
            journal=self.journal_code or "?",
        )

    # -- what is due ----------------------------------------------------------------------------

    @api.model
    def _take_stock(self, division):
        """The ledger was read: note the entries that are new, changed or gone in Exact, and those
        whose counterpart somebody reset, cancelled or deleted here.
        """
        self.env.flush_all()
        parameters = {
            "division": division.id,
            "company": division.company_id.id,
            "start": division.company_id.exact_start_date or None,
            "none": NO_ENTRIES,
            "ours": self._pushed(division),
            "content": SQL(", ").join(SQL.identifier("line", name) for name in CONTENT),
        }
        self._note_held(parameters)
        self._note_gone(parameters)
        self._note_touched(parameters)
        self.invalidate_model(flush=False)

    @api.model
    def _pushed(self, division):
        """A sub-select of the entries that Odoo books in Exact, or booked and reversed there."""
        operation = self.env["exact.operation"]._of_kind("mirrored_entries")
        return SQL(
            """(SELECT exact_id FROM exact_binding
                WHERE division_id = %(division)s AND exact_id IS NOT NULL
                  AND res_model = 'account.move' AND resource <> %(resource)s
                UNION ALL
                SELECT jsonb_array_elements_text(left_behind) FROM exact_binding
                WHERE division_id = %(division)s AND res_model = 'account.move'
                  AND jsonb_typeof(left_behind) = 'array')""",
            division=division.id,
            resource=operation._mirrored_resource,
        )

    def _ours(self, division):
        """The Exact IDs, among those of these entries, of what Odoo itself booked there."""
        self.env["exact.binding"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT exact_id FROM %s AS pushed WHERE exact_id = ANY(%s)",
                self._pushed(division),
                self.mapped("exact_id"),
            )
        )
        return {exact_id for (exact_id,) in self.env.cr.fetchall()}

    @api.model
    def _note_held(self, parameters):
        self.env.cr.execute(
            SQL(
                """
                WITH held AS MATERIALIZED (
                    SELECT line.entry_id, journal.id AS journal, journal.code,
                           max(line.entry_number) AS number, max(line.date) AS date,
                           round(sum(greatest(line.amount_dc, 0))::numeric, 2) AS amount,
                           md5(string_agg(ROW(%(content)s)::text, '' ORDER BY line.exact_id))
                               AS digest,
                           bool_or(line.date >= journal.start) AS is_in_time
                    FROM exact_ledger_line line
                    JOIN (
                        SELECT own.id, theirs.code,
                               COALESCE(own.exact_mirrored_from, %(start)s, '-infinity') AS start
                        FROM account_journal own
                        JOIN exact_journal theirs ON theirs.id = own.exact_journal_id
                        WHERE own.company_id = %(company)s AND own.exact_is_mirrored
                          AND theirs.division_id = %(division)s
                    ) AS journal ON journal.code = line.journal_code
                    WHERE line.division_id = %(division)s
                      AND COALESCE(line.type, 0) NOT IN %(none)s
                    GROUP BY line.entry_id, journal.id, journal.code)
                INSERT INTO exact_mirrored_entry AS known
                    (division_id, company_id, exact_id, number, journal_code, journal_id, date,
                     amount, digest, state, is_due)
                SELECT %(division)s, %(company)s, entry_id, number, code, journal, date, amount,
                       digest, 'waiting', true
                FROM held
                WHERE entry_id NOT IN %(ours)s
                  AND (is_in_time OR EXISTS (
                          SELECT FROM exact_mirrored_entry known
                          WHERE known.division_id = %(division)s
                            AND known.exact_id = held.entry_id))
                ON CONFLICT (division_id, exact_id) DO UPDATE SET
                    number = excluded.number, journal_code = excluded.journal_code,
                    date = excluded.date, amount = excluded.amount, digest = excluded.digest,
                    journal_id = CASE WHEN known.move_id IS NULL THEN excluded.journal_id
                                      ELSE known.journal_id END,
                    is_due = true
                WHERE known.digest IS DISTINCT FROM excluded.digest
                """,
                **parameters,
            )
        )

    @api.model
    def _note_gone(self, parameters):
        """What never was booked is forgotten."""
        self.env.cr.execute(
            SQL(
                """
                WITH gone AS MATERIALIZED (
                    SELECT known.id FROM exact_mirrored_entry known
                    WHERE known.division_id = %(division)s AND known.digest IS NOT NULL
                      AND (known.exact_id IN %(ours)s OR NOT EXISTS (
                              SELECT FROM exact_ledger_line line
                              WHERE line.division_id = known.division_id
                                AND line.entry_id = known.exact_id))),
                forgotten AS (
                    DELETE FROM exact_mirrored_entry known USING gone
                    WHERE known.id = gone.id AND known.move_id IS NULL)
                UPDATE exact_mirrored_entry known SET digest = NULL, is_due = true
                FROM gone WHERE known.id = gone.id AND known.move_id IS NOT NULL
                """,
                **parameters,
            )
        )

    @api.model
    def _note_touched(self, parameters):
        self.env.cr.execute(
            SQL(
                """
                UPDATE exact_mirrored_entry known SET is_due = true
                FROM exact_mirrored_entry own
                LEFT JOIN account_move move ON move.id = own.move_id
                JOIN account_journal journal ON journal.id = own.journal_id
                WHERE known.id = own.id AND own.division_id = %(division)s
                  AND own.state = 'booked' AND journal.exact_is_mirrored
                  AND move.state IS DISTINCT FROM 'posted'
                """,
                **parameters,
            )
        )

    @api.model
    def _retry_mended(self, division):
        """Have what waits be tried again, but for what is known to wait for the same still."""
        held = [("division_id", "=", division.id), ("cause_key", "!=", False)]
        keys = [key for key, in self._read_group(held, ["cause_key"])]
        mended = [key for key in keys if self._is_mended(division, key)]
        self.search([*held, ("cause_key", "in", mended)]).write({"is_due": True})

    @api.model
    def _is_mended(self, division, key):
        """Whether the cause may be gone. Of what cannot be known it may be."""
        kind, _colon, value = key.partition(":")
        company = division.company_id
        if kind in (HASHED, INCOMPLETE):
            return False  # only another change in Exact helps
        if kind == GL_ACCOUNT:
            operation = self.env["exact.operation"].with_company(company)._of_kind(
                "mirrored_entries"
            )
            return operation._is_mapped(division, value)
        if kind == RELATION:
            binding = self.env["exact.binding"]._of_exact_id(division, "crm/Accounts", value)
            return bool(binding._living_record())
        if kind == LOCKED:
            return value != str(company._get_user_fiscal_lock_date(self.env["account.journal"]))
        return True

    @api.model
    def _due(self, division, limit=None):
        """Due entries, oldest first."""
        return self.search(
            [
                ("division_id", "=", division.id),
                ("is_due", "=", True),
                ("journal_id.exact_is_mirrored", "=", True),
            ],
            order="date, number, id",
            limit=limit,
        )

    @api.model
    def _forget(self, journals):
        """These journals mirror nothing any more, or another one: what waits of them is let go."""
        self.search([("journal_id", "in", journals.ids), ("move_id", "=", False)]).unlink()
        over = journals.filtered(lambda journal: not journal.exact_is_mirrored)
        left = self.search([("journal_id", "in", over.ids), ("state", "=", "left")])
        left.move_id.activity_unlink([CHANGED])

    # -- what became of it ----------------------------------------------------------------------

    def _note(self, state, obstacle=None, **values):
        """Write down what became of it.

        :param obstacle: what holds it up, or is lacking from what was booked
        """
        mend = obstacle.mend if obstacle else None
        self._change(
            {
                "state": state,
                "is_due": False,
                "cause": obstacle.cause if obstacle else False,
                "cause_key": obstacle.key if obstacle else False,
                "message": obstacle.text if obstacle else False,
                "mend_model": mend._name if mend else False,
                "mend_id": mend.id if mend else False,
                **values,
            }
        )

    def _change(self, values):
        changed = {name: value for name, value in values.items() if self._value(name) != value}
        if changed:
            self.write(changed)

    def _value(self, name):
        value = self[name]
        return value.id if self._fields[name].type == "many2one" else value

    # -- what people do -------------------------------------------------------------------------

    def action_retry(self):
        """Try these again now; what Exact holds by then is read first."""
        self.check_access("read")
        check_operator(self.env)
        entries = self.sudo().filtered(lambda entry: entry.state in ("waiting", "left"))
        entries.write({"is_due": True})
        for division in entries.division_id:
            division._read_ledger()

    def action_mend(self):
        """Open the place in which the cause is put right."""
        self.ensure_one()
        self.check_access("read")
        kind, _colon, value = (self.cause_key or "").partition(":")
        if kind == GL_ACCOUNT:
            return self._action_map(value)
        if not self.mend_id:
            raise UserError(self.message or self.env._("There is nothing to mend."))
        return self.env[self.mend_model].browse(self.mend_id)._get_records_action(context={})

    def _action_map(self, gl_account):
        """The accounts, of which one is to be mapped to this GL account."""
        gl_account = self.env["exact.gl.account"].search(
            [("division_id", "=", self.division_id.id), ("exact_id", "=", gl_account)]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Which account is %s of Exact?", gl_account.display_name),
            "res_model": "account.account",
            "view_mode": "list,form",
            "domain": [("company_ids", "in", self.company_id.ids)],
            "context": {
                "allowed_company_ids": self.company_id.ids,
                "default_exact_gl_account_id": gl_account.id,
                "default_name": gl_account.name,
            },
            "help": escape(  # it is shown as HTML
                self.env._(
                    "Open the account and choose %s as its Exact Online GL account. The waiting "
                    "entries are booked by the next run.",
                    gl_account.display_name,
                )
            ),
        }

    def action_open_move(self):
        """Open the entry in Odoo."""
        self.ensure_one()
        if not self.move_id:
            raise UserError(self.env._("It is not booked in Odoo."))
        return self.move_id._get_records_action(context={})

    def action_ledger_lines(self):
        """Open what Exact holds of it."""
        lines = self.env["exact.ledger.line"].search(
            [
                ("division_id", "in", self.division_id.ids),
                ("entry_id", "in", self.mapped("exact_id")),
            ]
        )
        return lines._open(self.env._("In Exact's ledger"))
