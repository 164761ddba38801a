# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import re
from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import html2plaintext

from ..exact_api import odata
from .entry_description import filled_in, lines_filled_in
from .entry_lines import vat_of
from .ledger import Ledger
from .verdicts import Difference

PUNCTUATION = re.compile(r"[^0-9A-Za-z]")

HEADER = ("EntryID", "EntryNumber", "Journal", "EntryDate", "Currency", "AmountFC", "YourRef")
LEDGER = (
    "EntryID",
    "LineNumber",
    "GLAccount",
    "VATCode",
    "AmountFC",
    "AmountDC",
    "CostCenter",
    "CostUnit",
    "Account",
    "JournalCode",
    "Date",
    "FinancialYear",
    "FinancialPeriod",
    "Currency",
    "ExchangeRate",
    "YourRef",
    "Document",
)


class ExactOperationEntry(models.AbstractModel):
    """What the entries of sales and purchases have in common. facts.md §4.6, §4.7

    Its lines come from ``entry_lines.py``, its rate from ``entry_rate.py``; what Exact would
    refuse is told in ``entry_preflight.py``.
    """

    _name = "exact.operation.entry"
    _inherit = ["exact.operation.entry.rate"]
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
    def _scope_domain(self, company):
        """The same as a domain, of a company's documents."""
        domain = Domain("move_type", "in", self._move_types) & Domain(
            "journal_id.exact_is_sent", "=", True
        )
        start = company.exact_start_date
        return domain & Domain("date", ">=", start) if start else domain

    @api.model
    def _is_too_old(self, move):
        start = move.company_id.exact_start_date
        return bool(start and move.date < start)

    @api.model
    def _successor(self, move):
        """Its journal may send the document only by now; what is booked stays booked."""
        kind = move.exists() and move._exact_kind()
        return kind if kind and kind != self._kind() else None

    @api.model
    def _withdrawn(self, move):
        if move.state == "posted":
            return None
        return self.env._("%s is not posted any more.", move.name)

    @api.model
    def _requires(self, move):
        yield "contact", move.commercial_partner_id
        yield from self._required_files(move)

    @api.model
    def _required_files(self, move):
        if self._has_file(move):
            yield "document", move
            for file in self._of_kind("attachment")._files_of(move):
                yield "attachment", file

    @api.model
    def _has_file(self, move):
        """Whether a file goes along with the document."""
        return move.journal_id.exact_attachment_policy != "none"

    # -- payload --------------------------------------------------------------------------------

    @api.model
    def _payload(self, move):
        division = self._division()
        payload = {
            self._party: self._party_of(move),
            "Journal": self._journal(move).code,
            "EntryDate": self._date(self._entry_date(move)),
            "DueDate": self._due_date(move),
            "Currency": self._currency(move).name,
            "Rate": self._rate(move),
            "YourRef": self._your_ref(move),
            "Description": self._description_sent(move)[: division.description_length],
            "PaymentReference": self._payment_reference(move),
            "PaymentCondition": move.invoice_payment_term_id.exact_payment_condition_id.code,
            "Document": self._document(move),
            **self._withholding(move),
            self._lines_property: self._lines_payload(move),
        }
        return self._filled(payload)

    @api.model
    def _lines_payload(self, move):
        """The first line has the notes: the entry as a whole has none. metadata SalesEntries"""
        lines = [self._line_payload(line) for line in self._lines_to_send(move)]
        template = move.journal_id.exact_notes
        notes = template and lines_filled_in(template, self._description_texts(move))
        if notes and lines:
            lines[0]["Notes"] = notes
        return lines

    @api.model
    def _line_payload(self, line):
        length = self._division().line_description_length
        start, end = line.deferral or (None, None)
        payload = {
            "GLAccount": line.account.exact_gl_account_id.exact_id,
            "Description": line.description.replace("\n", " ")[:length],
            "VATCode": line.vat_code.code,
            "CostCenter": line.cost_center.code,
            "CostUnit": line.cost_unit.code,
            "From": self._date(start),
            "To": self._date(end),
        }
        payload = self._filled(payload)
        payload["AmountFC"] = self._amount_sent(line)
        if line.own_vat is not None:
            payload["VATAmountFC"] = line.own_vat
        if line.not_deductible_share:
            payload["VATNonDeductiblePercentage"] = self._percentage_sent(line.not_deductible_share)
        return payload

    @api.model
    def _amount_sent(self, line):
        """A code that includes VAT takes the gross amount, where the administration does."""
        is_gross = line.vat_code.type == "I" and self._division().inclusive_amount == "gross"
        return line.base + line.vat if is_gross else line.base

    @api.model
    def _percentage_sent(self, share):
        """Half of the VAT is 0.5 or 50, as the administration reads it."""
        return share * 100 if self._division().percentages == "whole" else share

    @api.model
    def _own_date(self, move):
        """That of the document: of a bill, the supplier's. Due date and VAT listing go by it."""
        return move.invoice_date or move.date

    @api.model
    def _entry_date(self, move):
        """Where Odoo booked it in another period than that of its own date, see
        ``entry_period.py``.
        """
        return self._own_date(move)

    @api.model
    def _due_date(self, move):
        """Left to Exact where its payment condition makes the instalments."""
        condition = move.invoice_payment_term_id.exact_payment_condition_id
        if condition and self._is_in_instalments(move):
            return None
        return self._date(move.invoice_date_due)

    @api.model
    def _is_in_instalments(self, move):
        return len(move.invoice_payment_term_id.line_ids) > 1

    @api.model
    def _currency(self, move):
        """The currency of the document's amounts."""
        return move.currency_id

    @api.model
    def _payment_reference(self, move):
        return self._reference_kept(move)[: self._division().payment_reference_length]

    @api.model
    def _reference_kept(self, move):
        """The payment reference as the administration keeps it, however long."""
        reference = move.payment_reference or ""
        if self._division().reference_format == "plain":
            return PUNCTUATION.sub("", reference)
        return reference

    @api.model
    def _your_ref(self, move):
        """The number by which the document is known to whoever did not make the entry."""
        return move.name if move.name != "/" else False

    @api.model
    def _description_sent(self, move):
        """By the journal's template; where there is none, or it gives nothing, the usual one."""
        template = move.journal_id.exact_description
        text = template and filled_in(template, self._description_texts(move))
        return text or self._description_of(move)

    @api.model
    def _description_texts(self, move):
        return {
            "origin": move.invoice_origin or "",
            "reference": move.ref or "",
            "number": self._label(move),
            "partner": move.partner_id.name or "",
            "salesperson": move.invoice_user_id.name or "",
            "narration": html2plaintext(move.narration or "", include_references=False),
        }

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
        return vat_of(line.tax_ids).exact_vat_code_id[:1] or self._code_without_vat()

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
            *self._compare(self.env._("Date"), self._entry_date(move), entry_date),
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
        """Not proven is over which days a line is spread: ledger lines have no From and To
        (metadata TransactionLines). That Exact was sent them is, by the digest of what was sent.
        """
        ledger = self._ledger(remote)
        lines = self._entry_lines(move)
        amounts = [
            *self._prove_accounts(move, lines, ledger),
            *self._prove_vat(move, lines, ledger),
            *self._prove_charged(move, lines, ledger),
            *self._prove_cost_places(move, lines, ledger),
            *self._compare_amount(move, self.env._("Total"), self._total(move), ledger.total()),
        ]
        return [
            *self._prove_header(move, ledger),
            *(amounts or self._prove_company_currency(move, remote)),
        ]

    @api.model
    def _ledger(self, remote):
        return Ledger(remote["ledger"], self._gl_types(), self._control, self._sign)

    @api.model
    def _proof_text(self, move):
        rounding = self._rounding_text(move)
        proof = self.env._(
            "Read back from Exact's ledger and equal to the cent: %(party)s, journal, date, "
            "period, each account, VAT per code, document; total %(total)s %(currency)s, VAT "
            "%(vat)s.",
            party=self._party_label().lower(),
            total=self._total(move),
            currency=move.currency_id.name,
            vat=sum((line.owed_vat for line in self._entry_lines(move)), start=Decimal(0)),
        )
        return f"{proof} {rounding}" if rounding else proof

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
            *self._compare(
                self.env._("Date"), self._entry_date(move), odata.from_exact_date(first["Date"])
            ),
            *self._prove_period(move, first),
            *self._compare(self.env._("Currency"), move.currency_id.name, first["Currency"]),
            *self._compare(self.env._("Your reference"), self._your_ref(move), first["YourRef"]),
            *self._prove_document(move, first),
        ]

    @api.model
    def _prove_period(self, move, first):
        """The differences of year and period from those that were asked for; see
        ``entry_period.py``.
        """
        return []

    @api.model
    def _prove_document(self, move, first):
        """Exact makes a document of its own for an entry that came without one. facts.md §4.7"""
        document = self._document(move)
        if not document:
            return []
        return self._compare(self.env._("Document"), document, first["Document"])

    @api.model
    def _prove_accounts(self, move, lines, ledger):
        """Amounts without VAT per GL account and VAT code; what is not deductible is a cost."""
        expected = defaultdict(Decimal)
        names = {}
        for line in lines:
            gl_account = line.account.exact_gl_account_id
            key = gl_account.exact_id, line.vat_code.code
            expected[key] += line.base + line.not_deductible
            names[key] = f"{gl_account.code} ({line.vat_code.code})"
        return self._compare_amounts(
            move,
            expected,
            self._without_withheld(move, expected, ledger.bases()),
            lambda key: self.env._("Account %s", names.get(key) or ledger.name(key)),
        )

    @api.model
    def _prove_vat(self, move, lines, ledger):
        """VAT amounts per VAT code."""
        expected = defaultdict(Decimal)
        for line in lines:
            expected[line.vat_code.code] += line.owed_vat - line.not_deductible
        return self._compare_amounts(
            move, expected, ledger.vat(), lambda code: self.env._("VAT of code %s", code or "?")
        )

    @api.model
    def _prove_charged(self, move, lines, ledger):
        """Reverse charge: the VAT to be paid, per VAT code; what is claimed of it is in the VAT."""
        expected = defaultdict(Decimal)
        for line in lines:
            if line.is_charged:
                expected[line.vat_code.code] += line.vat
        return [
            difference
            for code, vat in expected.items()
            for difference in self._compare_amount(
                move, self.env._("Reverse charge of code %s", code), abs(vat), ledger.charged(code)
            )
        ]

    @api.model
    def _prove_cost_places(self, move, lines, ledger):
        """Amounts without VAT per cost centre and cost unit."""
        expected = defaultdict(Decimal)
        for line in lines:
            if line.cost_center or line.cost_unit:
                key = line.cost_center.code or "", line.cost_unit.code or ""
                expected[key] += line.base + line.not_deductible
        return self._compare_amounts(
            move,
            expected,
            ledger.cost_places(),
            lambda key: self.env._("Cost centre %s", " / ".join(filter(None, key))),
        )

    @api.model
    def _compare_amounts(self, move, expected, booked, name):
        """The differences over the keys of either side."""
        return [
            difference
            for key in {**expected, **booked}
            for difference in self._compare_amount(
                move, name(key), expected.get(key, Decimal(0)), booked.get(key, Decimal(0))
            )
        ]

    @api.model
    def _compare_amount(self, move, name, odoo, exact):
        """Exact's amounts may carry more decimals than the currency has: round, then compare."""
        currency = self._currency(move)
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
