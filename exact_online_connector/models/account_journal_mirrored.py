# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import date

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .roles import check_user

# Types of Exact's journals whose entries fit a journal of Odoo. administration-defaults.md §1
FITTING = {
    "bank": ("12", "16"),
    "credit": ("12", "16"),
    "cash": ("10",),
    "general": ("90",),
}
SETTINGS = {"exact_is_mirrored", "exact_mirrored_from", "exact_journal_id"}


class AccountJournal(models.Model):
    """A journal whose entries come from Exact: it is mirrored or sent, never both."""

    _name = "account.journal"
    _inherit = ["account.journal"]

    exact_is_mirrored = fields.Boolean(
        string="Mirror from Exact Online",
        copy=False,
        help="Each entry that is booked in this journal of Exact Online appears here as a journal "
        "entry, with the accounts that are mapped and the same amounts, and follows what becomes "
        "of it there. Nothing of this journal is sent to Exact. VAT comes as plain amounts on its "
        "account, without taxes of Odoo: the VAT return is made in Exact Online.",
    )
    exact_mirrored_from = fields.Date(
        string="From",
        copy=False,
        help="Entries of earlier dates stay in Exact. Empty: the date from which the company "
        "sends documents.",
    )
    exact_waiting_count = fields.Integer(compute="_compute_exact_waiting_count")

    _exact_mirrored_uniq = models.UniqueIndex(
        "(exact_journal_id) WHERE exact_is_mirrored",
        "Another journal mirrors this journal of Exact Online already.",
    )

    def _compute_exact_waiting_count(self):
        entries = self.env["exact.mirrored.entry"].sudo()
        held = [("journal_id", "in", self.ids), ("state", "in", ("waiting", "left"))]
        counts = dict(entries._read_group(held, ["journal_id"], ["__count"]))
        for journal in self:
            journal.exact_waiting_count = counts.get(journal, 0)

    @api.constrains("exact_is_mirrored", "exact_is_sent", "exact_journal_id", "type", "company_id")
    def _check_exact_mirrored(self):
        for journal in self.filtered("exact_is_mirrored"):
            reason = journal._exact_mirrored_refusal()
            if reason:
                raise ValidationError(reason)

    def _exact_mirrored_refusal(self):
        """Why this journal cannot be mirrored, in words; None when it can."""
        mirror = self.exact_journal_id
        if self.type not in FITTING:
            return self.env._(
                "%s is neither a bank, a cash nor a general journal: only those are mirrored from "
                "Exact Online.",
                self.display_name,
            )
        if self.exact_is_sent:
            return self.env._(
                "The entries of %s are sent to Exact Online: they cannot come from there as well. "
                "Choose one of the two.",
                self.display_name,
            )
        if not mirror or mirror.division_id != self.company_id.sudo().exact_division_id:
            return self.env._(
                "Choose the journal of Exact Online that %s mirrors.", self.display_name
            )
        if mirror.type not in FITTING[self.type]:
            kinds = dict(mirror._fields["type"]._description_selection(self.env))
            return self.env._(
                "%(theirs)s is a journal of the type %(kind)s in Exact Online, which does not fit "
                "%(ours)s. Choose another one.",
                theirs=mirror.display_name,
                kind=kinds.get(mirror.type, mirror.type),
                ours=self.display_name,
            )
        return None

    @api.onchange("exact_is_mirrored")
    def _onchange_exact_is_mirrored(self):
        if self.exact_is_mirrored:
            self.exact_is_sent = False
        return self._exact_direction_warning()

    @api.onchange("exact_is_sent")
    def _onchange_exact_is_sent(self):
        if self.exact_is_sent and self.exact_is_mirrored:
            self.exact_is_mirrored = False
            return self._exact_direction_warning()
        return None

    def _exact_direction_warning(self):
        """What becomes of the entries that are there when the direction changes."""
        text = self._exact_direction_text()
        return text and {
            "warning": {"title": self.env._("Entries that are there already"), "message": text}
        }

    def _exact_direction_text(self):
        moves = self.env["account.move"].sudo()
        own = [("journal_id", "=", self._origin.id), ("state", "=", "posted")]
        mirrored = moves.search_count([*own, ("exact_mirrored_ids", "!=", False)])
        if self.exact_is_mirrored:
            start = self.exact_mirrored_from or self.company_id.exact_start_date
            since = [("date", ">=", start)] if start else []
            count = moves.search_count([*own, *since, ("exact_mirrored_ids", "=", False)])
            return count and self.env._(
                "This journal holds %s entries of Odoo's own in that time. They stay as they are: "
                "what was sent to Exact Online from here does not come back, but what somebody "
                "booked on both sides would be here twice. Begin after them, or cancel them.",
                count,
            )
        return mirrored and self.env._(
            "This journal holds %s entries that came from Exact Online. They stay as they are, "
            "are never sent there, and no longer follow what becomes of them in Exact.",
            mirrored,
        )

    @api.model_create_multi
    def create(self, vals_list):
        journals = super().create(vals_list)
        journals._exact_read_ledger()
        return journals

    def write(self, vals):
        result = super().write(vals)
        if SETTINGS & vals.keys():
            self.env["exact.mirrored.entry"].sudo()._forget(self)
            self._exact_read_ledger()
        return result

    @api.model
    def _exact_mirrored_since(self, division):
        """``{code of a journal of Exact: day}`` from which on its entries appear in Odoo."""
        company = division.company_id
        journals = self.search(
            [("company_id", "=", company.id), ("exact_is_mirrored", "=", True)]
        ).filtered(lambda journal: journal.exact_journal_id.division_id == division)
        return {
            journal.exact_journal_id.code: journal.exact_mirrored_from
            or company.exact_start_date
            or date.min
            for journal in journals
        }

    def _exact_read_ledger(self):
        """Have what is mirrored looked for anew."""
        mirrored = self.filtered("exact_is_mirrored")
        mirrored.company_id.sudo().exact_division_id._read_ledger()

    def action_exact_waiting(self):
        """Open the entries of Exact that wait, by what holds them up."""
        check_user(self.env)
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "exact_online_connector.exact_mirrored_entry_action"
        )
        return {
            **action,
            "domain": [("journal_id", "in", self.ids)],
            "context": {"search_default_waiting": 1, "search_default_by_cause": 1},
        }
