# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re

from odoo import api, fields, models

from ..models.match_ladder import plain
from .exact_match_mixin import CHOOSABLE, Suggestion

CREDIT_NOTES = re.compile(r"cr[eé]dit|retour", re.IGNORECASE)
# Types of Exact's journals by Odoo's. facts.md §4.5
TYPES = {
    "sale": ("20",),
    "purchase": ("22",),
    "bank": ("12", "16"),
    "cash": ("10",),
    "credit": ("12", "16"),
    "general": ("90",),
}
CREDIT_NOTE_TYPES = {"sale": ("20", "21"), "purchase": ("22", "23")}
ODOO_TYPES = {exact: odoo for odoo, types in reversed(TYPES.items()) for exact in types}
CODE_LENGTH = 5


class ExactMatchJournal(models.Model):
    """A journal, and where credit notes are kept apart the one for these."""

    _name = "exact.match.journal"
    _inherit = ["exact.match.mixin"]
    _description = "Journal Match"
    _order = "state, type desc, id"  # sales and purchases first

    _mapping = "exact_journal_id"
    _suggested = {
        "mirror_id": "suggestion_id",
        "credit_mirror_id": "credit_suggestion_id",
    }

    record_id = fields.Many2one("account.journal", string="Journal in Odoo", ondelete="cascade")
    type = fields.Selection(related="record_id.type", store=True)
    mirror_id = fields.Many2one(
        "exact.journal",
        string="Journal in Exact",
        domain=CHOOSABLE,
        ondelete="cascade",
    )
    mirror_type = fields.Selection(related="mirror_id.type", string="Type in Exact")
    suggestion_id = fields.Many2one("exact.journal", ondelete="set null")
    credit_mirror_id = fields.Many2one(
        "exact.journal",
        string="For credit notes",
        domain=CHOOSABLE,
        ondelete="set null",
        help="Only where the administration keeps credit notes in a journal of their own.",
    )
    credit_suggestion_id = fields.Many2one(
        "exact.journal", string="Suggestion for credit notes", ondelete="set null"
    )

    exact_is_sent = fields.Boolean(related="record_id.exact_is_sent", readonly=False)
    exact_mode = fields.Selection(related="record_id.exact_mode", readonly=False)
    exact_attachment_policy = fields.Selection(
        related="record_id.exact_attachment_policy", readonly=False
    )

    @api.model
    def _records(self, sync):
        journals = self.env["account.journal"].search([("company_id", "=", sync.company_id.id)])
        return dict.fromkeys(journals, 0)

    @api.model
    def _suggest_for(self, journal, mirrors):
        fitting = mirrors.filtered(lambda mirror: mirror.type in TYPES[journal.type])
        iban = journal.bank_account_id.sanitized_acc_number
        same_iban = iban and fitting.filtered(lambda m: plain(m.bank_account) == iban)
        if same_iban:
            return Suggestion(same_iban[0], self.env._("Same IBAN"), len(same_iban) == 1)
        everyday = fitting - self._for_credit_notes(fitting)
        # one kept apart for foreign currencies is not for everyday
        everyday = everyday.filtered(lambda m: not m.allow_variable_currency) or everyday
        if len(everyday) == 1:
            kind = self._type_label(everyday.type)
            reason = self.env._("The only journal of type %s", kind)
            return Suggestion(everyday, reason, journal.type != "general")
        for name, same in (
            (self.env._("Same code"), lambda m: m.code == journal.code),
            (self.env._("Same name"), lambda m: plain(m.name) == plain(journal.name)),
        ):
            found = everyday.filtered(same)
            if len(found) == 1:
                return Suggestion(found, name, False)
        return None

    @api.model
    def _for_credit_notes(self, mirrors):
        return mirrors.filtered(
            lambda mirror: mirror.type in ("21", "23") or CREDIT_NOTES.search(mirror.name or "")
        )

    def _values_of(self, suggestion):
        values = super()._values_of(suggestion)
        credit = self.browse().credit_mirror_id
        if suggestion:
            credit = self._credit_journal_beside(suggestion.mirror)
        return {**values, "credit_suggestion_id": credit.id}

    @api.model
    def _credit_journal_beside(self, mirror):
        """The one journal for credit notes of what ``mirror`` is for, or none."""
        kind = ODOO_TYPES.get(mirror.type)
        candidates = self._for_credit_notes(
            self.env["exact.journal"]
            .sudo()
            .search(
                [
                    ("division_id", "=", mirror.division_id.id),
                    ("type", "in", CREDIT_NOTE_TYPES.get(kind, ())),
                    ("is_blocked", "=", False),
                ]
            )
        )
        return candidates if len(candidates) == 1 else candidates.browse()

    @api.model
    def _mappings(self, sync, journals):
        return {
            journal: {
                "mirror_id": journal.exact_journal_id.id,
                "credit_mirror_id": journal.exact_credit_journal_id.id,
            }
            for journal in journals
            if journal.exact_journal_id
        }

    def _store(self):
        self._record().write(
            {
                "exact_journal_id": self.mirror_id.id,
                "exact_credit_journal_id": self.credit_mirror_id.id,
            }
        )

    def _take_back(self):
        self._record().write({"exact_journal_id": False, "exact_credit_journal_id": False})

    @api.model
    def _taken(self, sync):
        own = self.search([("sync_id", "=", sync.id), ("record_id", "!=", False)])
        return own.mirror_id | own.credit_mirror_id

    @api.model
    def _refusal(self, journal, mirror):
        types = TYPES[journal.type] + CREDIT_NOTE_TYPES.get(journal.type, ())
        if mirror.type in types:
            return None
        return self.env._(
            "%(mirror)s is a journal of type %(type)s in Exact Online. The journal %(journal)s "
            "needs one of type %(wanted)s.",
            mirror=mirror.display_name,
            type=self._type_label(mirror.type),
            journal=journal.name,
            wanted=" / ".join(map(self._type_label, types)),
        )

    @api.model
    def _type_label(self, journal_type):
        """A type of Exact's journals in the user's language."""
        types = self.env["exact.journal"]._fields["type"]
        return dict(types._description_selection(self.env))[journal_type]

    @api.model
    def _create_in_odoo(self, sync, mirror):
        journals = self.env["account.journal"].with_company(sync.company_id)
        code = mirror.code[:CODE_LENGTH]
        if journals.search_count([("company_id", "=", sync.company_id.id), ("code", "=", code)]):
            return None
        return journals.create(
            {
                "name": mirror.name or mirror.code,
                "code": code,
                "type": ODOO_TYPES.get(mirror.type) or _credit_type(mirror.type),
                "company_id": sync.company_id.id,
            }
        )


def _credit_type(exact_type):
    return next(odoo for odoo, types in CREDIT_NOTE_TYPES.items() if exact_type in types)
