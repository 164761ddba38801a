# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal

from odoo import api, fields, models

from ..models.exact_sync_mixin import INBOX, TROUBLE, UNDER_WAY
from . import bookings
from .bookings import BASE, OWED, PURCHASE, SALES, VAT, Part, Verdict, month_name
from .exchange_rate import CHARGED
from .verdicts import Finding, Outcome

# Which operation carries the documents of a direction.
KINDS = {SALES: "sales_entry", PURCHASE: "purchase_entry"}


class ExactOperationAgreement(models.AbstractModel):
    """Compare what Odoo and Exact booked in a range of months, once Exact's ledger is read. No
    call is made here, see ``ledger_lines.py``; how each side is read: ``agreement_sides.py``.
    """

    _name = "exact.operation.agreement"
    _inherit = ["exact.operation"]
    _description = "Agreement report"

    _priority = 75

    @api.model
    def _requires(self, report):
        division = self._division()
        if not division._feed("ledger_lines").is_read or self._is_being_read(division):
            yield "ledger_lines", division

    @api.model
    def _is_being_read(self, division):
        """Whether a reading is queued: what Exact holds by now is not known yet."""
        return bool(
            self.env["exact.sync.queue"].search_count(
                [
                    ("operation", "=", "ledger_lines"),
                    ("division_id", "=", division.id),
                    ("state", "not in", ("done", "cancelled")),
                ],
                limit=1,
            )
        )

    @api.model
    def _preflight(self, report):
        if self.env["exact.financial.period"]._are_read(self._division()):
            return []
        text = self.env._("The lists of the administration are not read yet.")
        return [Finding(text, self._division(), fix=self.env._("Read the lists"))]

    @api.model
    def _carry_out(self, client, report, step):
        return Outcome({}, "read")

    @api.model
    def _store(self, report, outcome, payload):
        report.division_id = self._division()
        report._take(*self._compared(report))
        return self.env["exact.binding"]

    @api.model
    def _compared(self, report):
        """The bookings of Odoo and of Exact in the report's months, and a :class:`Verdict` of each
        document that differs: ``(documents, entries, verdicts)``.
        """
        documents, entries, links = self._sides(report)
        pairs, missing, unknown = bookings.pairs(documents, entries, links)
        for document, entry in pairs:
            bookings.align(document, entry)
            if links.get(entry.key) != document.key:
                document.document = ""  # that of an entry which is no longer there
        months = report._months()
        documents, entries, unknown = (
            [each for each in side if each.period in months]
            for side in (documents, entries, unknown)
        )
        told = self._told_of([entry.key for _document, entry in pairs])
        meant = {**self._resembling(unknown), **links}
        verdicts = [
            *(Verdict(_kinds(*pair, told), *pair) for pair in pairs),
            *self._verdicts_without_entry(missing),
            *(
                Verdict(["missing_in_odoo"], None, entry, meant[entry.key])
                if entry.key in meant
                else Verdict(["by_hand"], None, entry)
                for entry in unknown
            ),
        ]
        return documents, entries, [
            verdict
            for verdict in verdicts
            if verdict.kinds and any(side.period in months for side in verdict.sides)
        ]

    @api.model
    def _verdicts_without_entry(self, documents):
        """What a person chose never to send is not missing: it is told as what it is."""
        moves = self.env["account.move"].browse([document.key for document in documents])
        kept = set(moves.filtered(lambda move: move.exact_state == "ignored").ids)
        return [
            Verdict(["not_to_be_sent" if each.key in kept else "missing_in_exact"], each)
            for each in documents
        ]

    @api.model
    def _told_of(self, entry_ids):
        """``{GUID: {part: (in Odoo, in Exact)}}`` of entries that were proven but for cents that no
        exchange rate could avoid.
        """
        bindings = self.env["exact.binding"].search_fetch(
            [
                ("division_id", "=", self._division().id),
                ("exact_id", "in", entry_ids),
                ("told", "!=", False),
            ],
            ["exact_id", "told"],
        )
        return {
            binding.exact_id: {
                _part_of(key): (Decimal(ours), Decimal(theirs))
                for key, ours, theirs in binding.told
                if key[0] != CHARGED
            }
            for binding in bindings
        }

    # -- explanations ---------------------------------------------------------------------------

    @api.model
    def _explanation(self, kind, verdict, parties):
        """What a difference is, in a sentence or two."""
        document, entry = verdict.document, verdict.entry
        if kind == "missing_in_exact":
            return self._missing_in_exact_text(document)
        if kind == "not_to_be_sent":
            return self._ignored_item(document).message
        if kind == "missing_in_odoo":
            return self._missing_in_odoo_text(verdict.move_id)
        if kind == "by_hand":
            return self.env._(
                "No document of Odoo is linked to it, and none has its reference %s.",
                entry.reference or "-",
            )
        if kind == "other_partner":
            found = [(self.env._("Contact"), parties[document.party][1], parties[entry.party][1])]
        else:
            found = getattr(self, f"_{kind}")(document, entry)
        return "\n".join(self._differs(*difference) for difference in found)

    @api.model
    def _missing_in_exact_text(self, document):
        item = self._newest_item(document)
        if item.state in TROUBLE:
            return self.env._("It stands in the queue and needs attention: %s", item.message or "")
        if item.state in UNDER_WAY:
            return self.env._("It is on its way to Exact Online.")
        if item.operation == INBOX and not item.is_removal:
            return self.env._(
                "Its document lies in Exact Online to be booked there. No entry of the same "
                "contact and total uses it yet; what does, is noted on the document."
            )
        binding = self.env["exact.binding"]._find(
            self._division(),
            self._of_kind(KINDS[document.direction])._resource,
            self.env["account.move"].browse(document.key),
        )
        if not binding.exact_id:
            return self.env._("It was never sent.")
        read_on = self._division()._feed("ledger_lines").read_on
        if item.done_on and read_on and item.done_on >= read_on:
            return self.env._("It was booked after Exact's ledger was read: compare again.")
        return self.env._("It was booked as %s, which is no longer there.", binding.code or "?")

    @api.model
    def _newest_item(self, document):
        return self._item_of(document, [("state", "!=", "cancelled")])

    @api.model
    def _ignored_item(self, document):
        return self._item_of(document, [("is_ignored", "=", True)])

    @api.model
    def _item_of(self, document, domain):
        """The newest queue item of a document that is of this domain, or none."""
        return self.env["exact.sync.queue"].search(
            [
                ("res_model", "=", "account.move"),
                ("res_id", "=", document.key),
                ("operation", "in", (KINDS[document.direction], INBOX)),
                ("division_id", "=", self._division().id),
                *domain,
            ],
            limit=1,
        )

    @api.model
    def _missing_in_odoo_text(self, move_id):
        if not move_id:
            return self.env._("Its reference is like Odoo's numbers, but no document bears it.")
        move = self.env["account.move"].browse(move_id).exists()
        if not move:
            return self.env._("It was booked from Odoo; its document was deleted in Odoo since.")
        if move.state == "posted":
            return self.env._("Exact Online holds %s more than once.", move.display_name)
        states = dict(move._fields["state"]._description_selection(self.env))
        return self.env._(
            "%(document)s is not posted in Odoo: its state is %(state)s.",
            document=move.display_name,
            state=states[move.state],
        )

    # -- ``[(name, in Odoo, in Exact)]`` of a kind of difference --------------------------------

    @api.model
    def _other_amount(self, document, entry):
        total = (self.env._("Total"), document.owed(), entry.owed())
        ours, theirs = document.without_vat(), entry.without_vat()
        return [total, (self.env._("Without VAT"), ours, theirs)] if ours != theirs else [total]

    @api.model
    def _other_vat(self, document, entry):
        names = {
            BASE: lambda code: self.env._("Base of code %s", code or "-"),
            VAT: lambda code: self.env._("VAT of code %s", code or "-"),
        }
        return [
            (names[kind](code), ours, theirs)
            for (kind, code), ours, theirs in _unequal(document.by_vat_code(), entry.by_vat_code())
        ]

    @api.model
    def _other_account(self, document, entry):
        unequal = _unequal(document.by_gl_account(), entry.by_gl_account())
        accounts = self.env["exact.gl.account"].with_context(active_test=False)
        found = accounts.search_fetch(
            [
                ("division_id", "=", self._division().id),
                ("exact_id", "in", [guid for (guid,), _ours, _theirs in unequal]),
            ],
            ["exact_id", "code"],
        )
        codes = {account.exact_id: account.code for account in found}
        return [
            (self.env._("Account %s", codes.get(guid, "?")), ours, theirs)
            for (guid,), ours, theirs in unequal
        ]

    @api.model
    def _other_rate(self, document, entry):
        ours, theirs = (each.rate() for each in (document, entry))
        named = self.env._("Exchange rate"), f"{ours or 0:.6f}", f"{theirs or 0:.6f}"
        return [named, *self._unlike(document, entry)]

    @api.model
    def _unlike(self, document, entry):
        names = {
            OWED: lambda part: self.env._("Total"),
            VAT: lambda part: self.env._("VAT of code %s", part.vat_code or "-"),
            BASE: lambda part: self.env._(
                "Account %s", f"{self._gl_code(part.gl_account)} ({part.vat_code or '-'})"
            ),
        }
        return [
            (names[part.kind](part), *amounts)
            for part, amounts in sorted(document.unlike(entry).items())
        ]

    @api.model
    def _gl_code(self, exact_id):
        return self._of_kind("sales_entry")._gl_code(exact_id)

    @api.model
    def _told_cents(self, document, entry):
        return self._unlike(document, entry)

    @api.model
    def _other_document(self, document, entry):
        return [(self.env._("Document"), document.document, entry.document or "-")]

    @api.model
    def _other_period(self, document, entry):
        sides = [
            f"{month_name(each.period)} ({fields.Date.to_string(each.date)})"
            for each in (document, entry)
        ]
        return [(self.env._("Period"), *sides)]

    @api.model
    def _other_journal(self, document, entry):
        return [(self.env._("Journal"), document.journal or "-", entry.journal or "-")]


def _kinds(document, entry, told):
    """The kinds of differences of a pair. What was told when it was proven is no other rate."""
    kinds = bookings.differences(document, entry)
    if document.unlike(entry) == told.get(entry.key):
        return ["told_cents" if kind == "other_rate" else kind for kind in kinds]
    return kinds


def _part_of(key):
    """What an amount of the proof is in the report."""
    kind, *rest = key
    if kind == BASE:
        gl_account, vat_code = rest
        return Part(BASE, vat_code or "", gl_account or "")
    return Part(VAT, rest[0] or "") if kind == VAT else Part(OWED)


def _unequal(ours, theirs):
    """``[(key, our amount, their amount)]`` where these are not equal; a dash for none."""
    return [
        (key, ours.get(key, "-"), theirs.get(key, "-"))
        for key in sorted(ours.keys() | theirs.keys())
        if ours.get(key) != theirs.get(key)
    ]
