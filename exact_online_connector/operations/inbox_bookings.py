# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from dataclasses import dataclass

from odoo import api, models
from odoo.tools import SQL

from .ledger import PAYABLE, RECEIVABLE
from .verdicts import Difference

# Types of entries by the operation that books such documents. facts.md §4.6, §4.7
TYPES = {"sales_entry": (20, 21), "purchase_entry": (30, 31)}


@dataclass(frozen=True)
class Booked:
    """An entry of Exact that uses a document, as its partner's lines in the ledger tell it.

    :param total: what is owed, in the ledger's sign, as a Decimal
    """

    exact_id: str
    number: str
    type: int
    account: str
    account_name: str
    currency: str
    total: object


class ExactOperationInbox(models.AbstractModel):
    """What the bookkeeper booked from a document that Odoo sent: found in the ledger that was
    read, by the document that its lines name. No call is made.
    """

    _inherit = "exact.operation.inbox"

    @api.model
    def _link_booked(self):
        """Link documents to the entries that were booked from them; tell of those that differ."""
        for binding, lines in self._used():
            move = self.env["account.move"].browse(binding.res_id).exists()
            if move.state == "posted":
                self._link_or_tell(move, binding, lines)

    @api.model
    def _is_awaited(self):
        """Whether a document lies in Exact of which no entry is linked."""
        self.env["exact.binding"].flush_model()
        self.env.cr.execute(SQL("SELECT EXISTS (%s)", self._unbooked(SQL("document.id"))))
        return self.env.cr.fetchone()[0]

    @api.model
    def _used(self):
        """``[(binding of the document, ledger lines that name it)]`` of what is not linked."""
        self.env["exact.binding"].flush_model()
        self.env["exact.ledger.line"].flush_model()
        documents = self._unbooked(SQL("document.id, document.division_id, document.exact_id"))
        self.env.cr.execute(
            SQL(
                """SELECT document.id, array_agg(line.id ORDER BY line.id)
                   FROM (%s) AS document
                   JOIN exact_ledger_line AS line ON line.division_id = document.division_id
                                                 AND line.document_exact_id = document.exact_id
                   GROUP BY document.id ORDER BY document.id""",
                documents,
            )
        )
        bindings, lines = self.env["exact.binding"], self.env["exact.ledger.line"]
        return [
            (bindings.browse(binding_id), lines.browse(line_ids))
            for binding_id, line_ids in self.env.cr.fetchall()
        ]

    @api.model
    def _unbooked(self, columns):
        """SELECT of the documents that were sent without an entry and are linked to none."""
        return SQL(
            """SELECT %s FROM exact_binding AS document
               WHERE document.division_id = %s AND document.resource = %s
                 AND document.is_document_only AND document.exact_id IS NOT NULL
                 AND NOT EXISTS (
                     SELECT FROM exact_binding AS entry
                     WHERE entry.division_id = document.division_id
                       AND entry.res_model = document.res_model
                       AND entry.res_id = document.res_id
                       AND entry.resource != document.resource AND entry.exact_id IS NOT NULL)""",
            columns,
            self._division().id,
            self._resource,
        )

    @api.model
    def _link_or_tell(self, move, binding, lines):
        entries = self._entries_of(move, lines)
        equal = [entry for entry in entries if not self._differences(move, entry)]
        if len(equal) == 1:
            self._link(move, equal[0])
            return
        text = self._several_text(equal) if equal else self._unequal_text(move, entries)
        if text and text != binding.noted:
            binding.noted = text
            move._message_log(body=text)

    @api.model
    def _entries_of(self, move, lines):
        """The entries of these lines, by what they leave open with a relation."""
        gl_types, owed = self._entry(move)._gl_types(), defaultdict(list)
        for line in lines:
            if gl_types.get(line.gl_account_exact_id) in (RECEIVABLE, PAYABLE):
                owed[line.entry_id].append(line)
        return [
            Booked(
                exact_id=entry_id,
                number=own[0].entry_number or "?",
                type=own[0].type,
                account=own[0].account_exact_id,
                account_name=own[0].account_name or "?",
                currency=own[0].currency,
                total=self._amount(sum(line.amount_fc for line in own), move.currency_id),
            )
            for entry_id, own in owed.items()
        ]

    @api.model
    def _differences(self, move, entry):
        """What speaks against an entry: its kind, contact, currency, total, or another document."""
        contact = self._of_kind("contact")._binding(move.commercial_partner_id)
        owed = self._of_kind("entry_links")._owed(move)
        differences = self._compare(self.env._("Currency"), move.currency_id.name, entry.currency)
        if entry.account != contact.exact_id:
            ours = move.commercial_partner_id.display_name
            differences.append(Difference(self.env._("Contact"), ours, entry.account_name))
        if entry.total != owed:
            total = Difference(self.env._("Total"), str(abs(owed)), str(abs(entry.total)))
            differences.append(total)
        if entry.type not in TYPES[move._exact_entry_kind()]:
            kind = self.env._("another kind of entry")
            ours = self._entry(move)._in_words()
            differences.append(Difference(self.env._("Kind"), ours, kind))
        taken = self._taken_by(move, entry)
        if taken:
            name = self.env._("Document")
            differences.append(Difference(name, move.display_name, taken.display_name))
        return differences

    @api.model
    def _taken_by(self, move, entry):
        """The other document that the entry is linked to, or none."""
        resource = self._entry(move)._resource
        bindings = self.env["exact.binding"]
        return bindings._of_exact_id(self._division(), resource, entry.exact_id)._living_record()

    @api.model
    def _link(self, move, entry):
        """Nothing is sent: what the bookkeeper booked is the document's entry."""
        booking = self._entry(move)
        text = self.env._(
            "Booked in Exact Online as %(number)s from the document that Odoo sent: the same "
            "contact, the same total (%(total)s %(currency)s). Linked to it; nothing was sent.",
            number=entry.number,
            total=abs(entry.total),
            currency=entry.currency,
        )
        company = self.env.company
        self.env["exact.binding"]._link(
            self._division(), company, booking._resource, move, entry.exact_id, entry.number
        )
        self.env["exact.sync.queue"]._note_linked(booking, move, company, entry.number, text)
        move._message_log(body=text)

    @api.model
    def _unequal_text(self, move, entries):
        """Both sides of what differs, of each entry; None where no entry owes anybody anything."""
        texts = [
            self.env._(
                "Booked in Exact Online as %(number)s from the document that Odoo sent, but not "
                "as in Odoo: %(differences)s. It is not linked. Correct either side: it is "
                "linked once both are the same.",
                number=entry.number,
                differences="; ".join(
                    self._differs(each.name, each.odoo or "-", each.exact or "-")
                    for each in self._differences(move, entry)
                ),
            )
            for entry in entries
        ]
        return "\n".join(texts) or None

    @api.model
    def _several_text(self, entries):
        return self.env._(
            "Booked more than once in Exact Online from the document that Odoo sent: %s. None is "
            "linked. Remove the ones too many there.",
            ", ".join(entry.number for entry in entries),
        )
