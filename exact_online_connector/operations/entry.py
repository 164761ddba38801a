# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

from odoo import api, models

from ..exact_api import odata
from .ledger import Ledger
from .verdicts import Difference

DESCRIPTION_LENGTH = 60  # administration-defaults.md §10
LINES_THAT_TRAVEL = ("product", "rounding")

HEADER = ("EntryID", "EntryNumber", "Journal", "EntryDate", "Currency", "AmountFC", "YourRef")
LEDGER = (
    "EntryID",
    "LineNumber",
    "GLAccount",
    "VATCode",
    "AmountFC",
    "Account",
    "JournalCode",
    "Date",
    "Currency",
    "YourRef",
    "Document",
)


class LineAmounts(NamedTuple):
    """What a line comes to in the document's currency, as Decimals; negative on a credit note."""

    line: Any
    base: Decimal
    vat: Decimal
    is_charged: bool  # reverse charge: the VAT is both to be paid and to be claimed

    @property
    def owed_vat(self):
        """The VAT that is part of the document's total."""
        return Decimal(0) if self.is_charged else self.vat


class ExactOperationEntry(models.AbstractModel):
    """What the entries of sales and purchases have in common. facts.md §4.6, §4.7

    What Exact would refuse is told in ``entry_preflight.py``.
    """

    _name = "exact.operation.entry"
    _inherit = ["exact.operation"]
    _description = "Entry"
    _is_shared = True

    _key = "EntryID"
    _priority = 40

    _move_types = ()  # the invoice and its credit note
    _party = None  # property that holds the customer or supplier
    _lines_property = None
    _journal_types = ()  # of Exact
    _control = None  # type of the GL account that holds what is owed
    _sign = 1  # of what is owed, in Odoo's journal items and in Exact's ledger

    @api.model
    def _label(self, move):
        return move.name or move.display_name

    @api.model
    def _is_due(self, move):
        return move.state == "posted" and self._is_in_scope(move)

    @api.model
    def _is_in_scope(self, move):
        """Whether the document is sent once it is posted, by its journal's and company's word."""
        company = move.company_id
        return bool(
            move.move_type in self._move_types
            and company.exact_division_id
            and move.journal_id.exact_is_sent
            and not self._is_too_old(move)
        )

    @api.model
    def _is_too_old(self, move):
        start = move.company_id.exact_start_date
        return bool(start and move.date < start)

    @api.model
    def _withdrawn(self, move):
        if move.state == "posted":
            return None
        return self.env._("%s is not posted any more.", move.name)

    @api.model
    def _requires(self, move):
        yield "contact", move.commercial_partner_id
        if self._has_file(move):
            yield "document", move
            yield "attachment", self._of_kind("attachment")._file_of(move)

    @api.model
    def _has_file(self, move):
        """Whether a file goes along with the document."""
        return move.journal_id.exact_attachment_policy != "none"

    # -- payload --------------------------------------------------------------------------------

    @api.model
    def _payload(self, move):
        payload = {
            self._party: self._party_of(move),
            "Journal": self._journal(move).code,
            "EntryDate": self._date(move.date),
            "DueDate": self._date(move.invoice_date_due),
            "Currency": move.currency_id.name,
            "YourRef": self._your_ref(move),
            "Description": self._description_of(move)[:DESCRIPTION_LENGTH],
            "PaymentReference": move.payment_reference,
            "PaymentCondition": move.invoice_payment_term_id.exact_payment_condition_id.code,
            "Document": self._document(move),
            self._lines_property: [
                self._line_payload(amounts)
                for amounts in self._amounts(move)
                if amounts.base or amounts.vat
            ],
        }
        return self._filled(payload)

    @api.model
    def _line_payload(self, amounts):
        line, vat_code = amounts.line, self._vat_code(amounts.line)
        payload = {
            "GLAccount": line.account_id.exact_gl_account_id.exact_id,
            "Description": (line.name or "").replace("\n", " ")[:DESCRIPTION_LENGTH],
            "VATCode": vat_code.code,
        }
        payload = self._filled(payload)
        payload["AmountFC"] = amounts.base
        if vat_code.type == "E":
            payload["VATAmountFC"] = amounts.vat
        return payload

    @api.model
    def _your_ref(self, move):
        """The number by which the document is known to whoever did not make the entry."""
        return move.name if move.name != "/" else False

    @api.model
    def _description_of(self, move):
        return move.ref or move.invoice_origin or move.partner_id.name or ""

    @api.model
    def _is_credit_note(self, move):
        return move.move_type == self._move_types[-1]

    @api.model
    def _journal(self, move):
        journal = move.journal_id
        if self._is_credit_note(move) and journal.exact_credit_journal_id:
            return journal.exact_credit_journal_id
        return journal.exact_journal_id

    @api.model
    def _vat_code(self, line):
        return line.tax_ids.exact_vat_code_id[:1] or self._code_without_vat()

    @api.model
    def _code_without_vat(self):
        return self.env.company.exact_no_vat_code_id

    @api.model
    def _party_of(self, move):
        return self._of_kind("contact")._exact_id(move.commercial_partner_id)

    @api.model
    def _document(self, move):
        return self._of_kind("document")._exact_id(move)

    @api.model
    def _lines(self, move):
        return move.line_ids.filtered(lambda line: line.display_type in LINES_THAT_TRAVEL)

    @api.model
    def _amounts(self, move):
        """A :class:`LineAmounts` for each line that travels, in the order of the document.

        Odoo's own tax lines, spread by Odoo over their base lines.
        """
        currency = move.currency_id
        base_lines, _tax_lines = move._get_rounded_base_and_tax_lines()
        sign = -1 if self._is_credit_note(move) else 1
        taxes = {
            base_line["record"]: base_line["tax_details"]["taxes_data"] for base_line in base_lines
        }
        return [
            LineAmounts(
                line,
                self._amount(-self._sign * line.amount_currency, currency),
                self._amount(sign * _vat_of(taxes.get(line, ())), currency),
                any(_is_reversed(tax) for tax in taxes.get(line, ())),
            )
            for line in self._lines(move).sorted(lambda line: (line.sequence, line.id))
        ]

    @api.model
    def _total(self, move):
        """What is owed in the document's currency; negative on a credit note."""
        sign = -1 if self._is_credit_note(move) else 1
        return self._amount(sign * move.amount_total, move.currency_id)

    # -- look-up and proof ----------------------------------------------------------------------

    @api.model
    def _look_up(self, client, move):
        """By our number alone: what else changed meanwhile is told as a conflict."""
        return self._read_where(client, odata.eq("YourRef", odata.text(self._key_sent(move))))

    @api.model
    def _conflicts(self, move, remote):
        entry_date = odata.from_exact_date(remote["EntryDate"])
        return [
            *self._compare(
                self.env._("Your reference"), self._your_ref(move), remote["YourRef"]
            ),
            *self._compare(self._party_label(), self._party_of(move), remote[self._party]),
            *self._compare(
                self.env._("Journal"), self._journal(move).code, remote["Journal"].strip()
            ),
            *self._compare(self.env._("Date"), move.date, entry_date),
            *self._compare(self.env._("Currency"), move.currency_id.name, remote["Currency"]),
            *self._compare_amount(move, self.env._("Total"), self._total(move), remote["AmountFC"]),
        ]

    @api.model
    def _party_label(self):
        return self.env._("Contact")

    @api.model
    def _is_complete(self, remote):
        """Exact's answer has no lines, and only the ledger shows what was really booked."""
        return "ledger" in remote

    @api.model
    def _read_back(self, client, exact_ids):
        """The ledger lines of each entry, one call for all."""
        rows = client.read(
            self._division().code,
            "bulk/Financial/TransactionLines",
            select=LEDGER,
            filter=odata.any_of("EntryID", [odata.guid(exact_id) for exact_id in exact_ids]),
        )
        entries = defaultdict(list)
        for row in rows:
            entries[row["EntryID"]].append(row)
        return {
            exact_id: {"EntryID": exact_id, "ledger": ledger}
            for exact_id, ledger in entries.items()
        }

    @api.model
    def _prove(self, move, remote):
        ledger = Ledger(remote["ledger"], self._gl_types(), self._control, self._sign)
        amounts = self._amounts(move)
        return [
            *self._prove_header(move, ledger),
            *self._prove_accounts(move, amounts, ledger),
            *self._prove_vat(move, amounts, ledger),
            *self._prove_charged(move, amounts, ledger),
            *self._compare_amount(move, self.env._("Total"), self._total(move), ledger.total()),
        ]

    @api.model
    def _proof_text(self, move):
        return self.env._(
            "Read back from Exact's ledger and equal to the cent: %(party)s, journal, date, each "
            "account, VAT per code, document; total %(total)s %(currency)s, VAT %(vat)s.",
            party=self._party_label().lower(),
            total=self._total(move),
            currency=move.currency_id.name,
            vat=sum((amounts.owed_vat for amounts in self._amounts(move)), start=Decimal(0)),
        )

    @api.model
    def _prove_header(self, move, ledger):
        first = ledger.control_line()
        if first is None:
            return [Difference(self.env._("What is owed"), self.env._("one line"), "")]
        return [
            *self._compare(self._party_label(), self._party_of(move), first["Account"]),
            *self._compare(
                self.env._("Journal"), self._journal(move).code, first["JournalCode"].strip()
            ),
            *self._compare(self.env._("Date"), move.date, odata.from_exact_date(first["Date"])),
            *self._compare(self.env._("Currency"), move.currency_id.name, first["Currency"]),
            *self._compare(self.env._("Your reference"), self._your_ref(move), first["YourRef"]),
            *self._prove_document(move, first),
        ]

    @api.model
    def _prove_document(self, move, first):
        """Exact makes a document of its own for an entry that came without one. facts.md §4.7"""
        document = self._document(move)
        if not document:
            return []
        return self._compare(self.env._("Document"), document, first["Document"])

    @api.model
    def _prove_accounts(self, move, amounts, ledger):
        """Amounts without VAT per GL account and VAT code."""
        booked = ledger.bases()
        expected = defaultdict(Decimal)
        names = {}
        for line, base, _vat, _is_charged in amounts:
            gl_account = line.account_id.exact_gl_account_id
            vat_code = self._vat_code(line)
            key = gl_account.exact_id, vat_code.code
            expected[key] += base
            names[key] = f"{gl_account.code} ({vat_code.code})"
        return [
            difference
            for key in {**expected, **booked}
            for difference in self._compare_amount(
                move,
                self.env._("Account %s", names.get(key) or ledger.name(key)),
                expected.get(key, Decimal(0)),
                booked.get(key, Decimal(0)),
            )
        ]

    @api.model
    def _prove_vat(self, move, amounts, ledger):
        """VAT amounts per VAT code."""
        booked = ledger.vat()
        expected = defaultdict(Decimal)
        for line_amounts in amounts:
            expected[self._vat_code(line_amounts.line).code] += line_amounts.owed_vat
        return [
            difference
            for code in {**expected, **booked}
            for difference in self._compare_amount(
                move,
                self.env._("VAT of code %s", code or "?"),
                expected.get(code, Decimal(0)),
                booked.get(code, Decimal(0)),
            )
        ]

    @api.model
    def _prove_charged(self, move, amounts, ledger):
        """Reverse charge: as much VAT to be paid as to be claimed, per VAT code."""
        expected = defaultdict(Decimal)
        for line_amounts in amounts:
            if line_amounts.is_charged:
                expected[self._vat_code(line_amounts.line).code] += line_amounts.vat
        return [
            difference
            for code, vat in expected.items()
            for difference in self._compare_amount(
                move, self.env._("Reverse charge of code %s", code), abs(vat), ledger.charged(code)
            )
        ]

    @api.model
    def _compare_amount(self, move, name, odoo, exact):
        """Exact's amounts may carry more decimals than the currency has: round, then compare."""
        currency = move.currency_id
        exact = self._amount(float(odata.parse_amount(exact or 0)), currency)
        if odoo == exact:
            return []
        return [Difference(name, str(odoo), str(exact))]

    @api.model
    def _gl_types(self):
        accounts = self.env["exact.gl.account"].with_context(active_test=False)
        rows = accounts.search([("division_id", "=", self._division().id)])
        return {row.exact_id: row.type for row in rows}

    @api.model
    def _number(self, remote):
        return str(remote["EntryNumber"]) if remote.get("EntryNumber") else None


def _vat_of(taxes):
    """The VAT of a line; of a reverse charge the half that is to be claimed."""
    return sum(tax["tax_amount_currency"] for tax in taxes if not _is_reversed(tax))


def _is_reversed(tax):
    """Whether this is the half of a reverse charge that is to be paid. Odoo writes it as a
    negative part of the one tax, or as a negative tax beside it in a group.
    """
    return tax["is_reverse_charge"] or tax["tax"].amount < 0
