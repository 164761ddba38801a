# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from odoo import api, models
from odoo.fields import Domain

from ..exact_api import odata
from .entry_lines import EntryLine
from .entry_reversal import MARK, reversed_line
from .exchange_rate import BASE, CHARGED, RATE_DECIMALS, TOTAL, VAT, Part
from .ledger import NONE, PAYABLE, RECEIVABLE, amount_of, code_of
from .purchase_entry import UNKNOWN
from .verdicts import Finding

TEXTS = ("line_section", "line_subsection", "line_note")
CENT = Decimal("0.01")
# What marks an entry as Odoo's own consequence of something else; the last one in Enterprise only.
MADE_BY_ODOO = (
    "tax_cash_basis_rec_id",
    "tax_cash_basis_origin_move_id",
    "exchange_diff_partial_ids",
    "origin_payment_id",
    "statement_line_id",
    "exact_mirrored_ids",
    "deferred_original_move_ids",
)
# What an entry of this kind has names of its own for. metadata GeneralJournalEntries
NAMES = {
    "Journal": "JournalCode",
    "Rate": "ExchangeRate",
    "ReportingYear": "FinancialYear",
    "ReportingPeriod": "FinancialPeriod",
}
STANDING = ("EntryID", "EntryNumber", "JournalCode", "Status", "FinancialYear", "FinancialPeriod")
FOUND = (
    "EntryID",
    "EntryNumber",
    "Description",
    "GLAccount",
    "AmountFC",
    "AmountDC",
    "VATCode",
    "CostCenter",
    "CostUnit",
    "Account",
    "JournalCode",
    "Date",
    "FinancialYear",
    "FinancialPeriod",
    "Currency",
    "ExchangeRate",
    "Document",
)


@dataclass(frozen=True)
class GeneralLine(EntryLine):
    """A line of a general journal entry: amounts are positive for debit, negative for credit.

    :param account_id: GUID of the partner's relation, None where none goes along
    """

    account_id: Any = None


class ExactOperationGeneralEntry(models.AbstractModel):
    """A miscellaneous entry: ``generaljournalentry/GeneralJournalEntries``.
    administration-defaults.md §11.3

    Exact has neither a date, a reference nor a description of such an entry as a whole: they go
    along on each line, and the number that Odoo gave begins each line's description. By that it
    is found again. What is noted of it has the names of other entries; see :meth:`_wire`.

    VAT is Odoo's own of each line that carries a tax; Odoo's tax lines stay behind, as Exact makes
    the VAT lines itself. What cannot be told so is refused in ``general_entry_vat.py``.
    """

    _name = "exact.operation.general.entry"
    _inherit = ["exact.operation.entry.reversal"]
    _description = "Miscellaneous entry"
    _is_shared = False

    _resource = "generaljournalentry/GeneralJournalEntries"

    _move_types = ("entry",)
    _lines_property = "GeneralJournalEntryLines"
    _journal_types = ("90",)
    _address_property = None
    _control = NONE
    _sign = -1  # debit is positive, as in Odoo's journal items and in Exact's ledger

    @api.model
    def _is_in_scope(self, move):
        return bool(
            super()._is_in_scope(move)
            and move.journal_id.type == "general"
            and not self._made_by_odoo(move)
            and not self._spreads(move)
        )

    @api.model
    def _scope_domain(self, company):
        known = self.env["account.move"]._fields
        return Domain.AND(
            [
                super()._scope_domain(company),
                Domain("journal_id.type", "=", "general"),
                *(Domain(name, "=", False) for name in MADE_BY_ODOO if name in known),
            ]
        )

    @api.model
    def _made_by_odoo(self, move):
        """Why an entry is Odoo's own consequence of a payment, in words; None when it is not."""
        reasons = {
            self.env._("the VAT of a payment (cash basis)"): (
                move.tax_cash_basis_rec_id or move.tax_cash_basis_origin_move_id
            ),
            self.env._("an exchange difference"): move.exchange_diff_partial_ids,
            self.env._("a payment"): move.origin_payment_id or move.statement_line_id,
            self.env._("an entry of Exact Online itself"): move.sudo().exact_mirrored_ids,
        }
        return next((reason for reason, source in reasons.items() if source), None)

    @api.model
    def _spreads(self, move):
        """The documents whose cost or revenue this entry spreads; Odoo Enterprise makes those."""
        is_known = "deferred_original_move_ids" in move._fields
        return move.deferred_original_move_ids if is_known else move.browse()

    @api.model
    def _requires(self, move):
        for partner in self._partners(move):
            if not self._of_kind("contact")._is_in_exact(partner):
                yield "contact", partner
        yield from self._required_files(move)

    @api.model
    def _has_file(self, move):
        """What somebody attached; an entry without a file needs none."""
        return super()._has_file(move) and bool(self._of_kind("attachment")._kept_files(move))

    @api.model
    def _is_credit_note(self, move):
        return False

    @api.model
    def _own_date(self, move):
        return move.date

    @api.model
    def _currency(self, move):
        """That of its lines: Odoo lets it differ from the entry's own."""
        return self._items(move).currency_id[:1] or move.currency_id

    # -- lines ------------------------------------------------------------------------------------

    @api.model
    def _items(self, move):
        """Odoo's journal items that hold an amount."""
        return move.line_ids.filtered(
            lambda line: line.display_type not in TEXTS
            and not (line.currency_id.is_zero(line.amount_currency) and not line.balance)
        )

    @api.model
    def _lines(self, move):
        return self._items(move).filtered(lambda line: not line.tax_repartition_line_id)

    @api.model
    def _lines_of(self, line, taxes):
        partner = line.partner_id.commercial_partner_id
        account_id = self._of_kind("contact")._exact_id(partner) if partner else None
        for entry_line in super()._lines_of(line, taxes):
            description = entry_line.description or line.move_id.ref or ""
            values = {**vars(entry_line), "description": description}
            yield GeneralLine(**values, account_id=account_id)

    @api.model
    def _is_owed(self, line):
        """Whether Exact keeps the line's GL account per relation."""
        return line.account_id.exact_gl_account_id.type in (RECEIVABLE, PAYABLE)

    @api.model
    def _partners(self, move):
        """Whoever must be in Exact: receivables and payables are somebody's. Others go along
        where they are there.
        """
        owed = self._lines(move).filtered(self._is_owed)
        return owed.partner_id.commercial_partner_id

    # -- payload ----------------------------------------------------------------------------------

    @api.model
    def _payload(self, move):
        payload = {
            "Journal": self._journal(move).code,
            "EntryDate": self._date(self._entry_date(move)),
            "YourRef": self._your_ref(move),
            "Currency": self._currency(move).name,
            "Rate": self._rate(move),
            "Document": self._document(move),
            self._lines_property: [self._line_payload(line) for line in self._lines_to_send(move)],
        }
        return {**self._filled(payload), **self._reporting(move)}

    @api.model
    def _line_payload(self, line):
        payload = {
            "GLAccount": line.account.exact_gl_account_id.exact_id,
            "Account": line.account_id,
            "Description": line.description.replace("\n", " "),
            "VATCode": line.vat_code.code,
            "CostCenter": line.cost_center.code,
            "CostUnit": line.cost_unit.code,
        }
        payload = {**self._filled(payload), "AmountFC": self._amount_sent(line)}
        if line.own_vat is not None:
            payload["AmountVATFC"] = line.own_vat
        return payload

    @api.model
    def _send(self, client, payload):
        return super()._send(client, self._wire(payload))

    @api.model
    def _wire(self, payload):
        """What is noted of an entry as Exact takes it: date, number and document on each line."""
        entry = {NAMES.get(name, name): value for name, value in payload.items()}
        entry_date, number = entry.pop("EntryDate"), entry.pop("YourRef")
        entry.pop("Description", None)
        length = self._division().line_description_length
        document = {name: entry.pop(name) for name in ("Document",) if name in entry}
        entry[self._lines_property] = [
            {
                **line,
                **document,
                "Date": entry_date,
                "Description": f"{number} {line.get('Description', '')}"[:length].strip(),
            }
            for line in payload[self._lines_property]
        ]
        return entry

    @api.model
    def _own_rate(self, move):
        """By the entry's own amounts in both currencies."""
        lines = self._items(move)
        foreign = sum(abs(_decimal(line.amount_currency)) for line in lines)
        home = sum(abs(_decimal(line.balance)) for line in lines)
        return round(home / foreign, RATE_DECIMALS) if foreign else None

    @api.model
    def _ledger_parts(self, move):
        """Exact makes the VAT lines of each line by themselves."""
        return [part for line in self._lines_to_send(move) for part in self._parts_of(line)]

    @api.model
    def _parts_of(self, line):
        code = line.vat_code.code or ""
        yield Part(self._base_key(line), line.base)
        if line.vat:
            yield Part((VAT, code), line.vat)
        if line.is_charged:
            yield Part((VAT, code), -line.vat)
            yield Part((CHARGED, code), abs(line.vat), is_line=False)

    @api.model
    def _base_key(self, line):
        gl_account = line.account.exact_gl_account_id
        return BASE, gl_account.exact_id, line.account_id, line.vat_code.code or ""

    @api.model
    def _wanted(self, move):
        wanted = defaultdict(Decimal, {TOTAL: Decimal(0)})
        for line in self._entry_lines(move):
            code = line.vat_code.code or ""
            wanted[self._base_key(line)] += line.base_dc
            wanted[VAT, code] += line.owed_vat_dc
            if line.is_charged:
                wanted[CHARGED, code] += abs(line.vat_dc)
        return dict(wanted)

    @api.model
    def _figures(self, move, remote, name):
        """All but what is charged adds up to nothing."""
        ledger, booked = self._ledger(remote).by(name), defaultdict(Decimal)
        for row in ledger.lines():
            key = BASE, row["GLAccount"], row["Account"], code_of(row)
            booked[key] += ledger.amount_of(row)
        booked |= {(VAT, code): amount for code, amount in ledger.vat().items()}
        booked[TOTAL] = sum(booked.values())
        for code in {line.vat_code.code for line in self._entry_lines(move) if line.is_charged}:
            booked[CHARGED, code] = ledger.charged(code)
        return dict(booked)

    @api.model
    def _name_of(self, key):
        if key[0] != BASE:
            return super()._name_of(key)
        return self.env._("Account %s", self._place_name(self._gl_code(key[1]), key[1:]))

    # -- what Exact would refuse ------------------------------------------------------------------

    @api.model
    def _preflight(self, move):
        return [
            *self._preflight_made_by_odoo(move),
            *self._preflight_spreads(move),
            *self._preflight_start_date(move),
            *self._preflight_currency(move),
            *self._preflight_number(move),
            *self._preflight_journal(move),
            *self._preflight_period(move),
            *self._preflight_accounts(move),
            *self._preflight_partners(move),
            *self._preflight_vat(move),
            *self._preflight_amounts(move),
            *self._preflight_files(move),
        ]

    @api.model
    def _preflight_made_by_odoo(self, move):
        reason = self._made_by_odoo(move)
        if not reason:
            return []
        text = self.env._(
            "%(number)s was made by Odoo for %(reason)s. It stays in Odoo: Exact Online books its "
            "own once the payment is known there.",
            number=self._label(move),
            reason=reason,
        )
        return [Finding(text, move, cause="made_by_odoo")]

    @api.model
    def _preflight_spreads(self, move):
        originals = self._spreads(move)
        if not originals:
            return []
        text = self.env._(
            "%(number)s was made by Odoo to spread %(originals)s. It stays in Odoo: Exact Online "
            "spreads by the dates that go along with the document itself.",
            number=self._label(move),
            originals=", ".join(originals.mapped("display_name")),
        )
        return [Finding(text, move, cause="made_by_odoo")]

    @api.model
    def _preflight_partners(self, move):
        findings = [
            finding
            for partner in self._lines(move).partner_id.commercial_partner_id
            if partner in self._partners(move) or self._of_kind("contact")._is_in_exact(partner)
            for finding in self._of_kind("contact")._account_findings(partner)
        ]
        for line in self._lines(move).filtered(self._is_owed):
            if line.partner_id:
                continue
            text = self.env._(
                "The line '%(line)s' on %(account)s has no contact. Exact Online keeps that "
                "account per relation: choose whose it is, or another account.",
                line=line.name or self._label(move),
                account=line.account_id.display_name,
            )
            fix = self.env._("Choose a contact")
            findings.append(Finding(text, move, cause="line_without_partner", fix=fix))
        return findings

    @api.model
    def _preflight_amounts(self, move):
        """One currency, one rate, nothing in the company's currency alone."""
        lines, label = self._items(move), self._label(move)
        if len(lines) < 2:
            text = self.env._("%s has no amounts: there is nothing to book.", label)
            return [Finding(text, move, cause="no_amounts")]
        if len(lines.currency_id) > 1:
            text = self.env._(
                "%(number)s has lines in several currencies: %(currencies)s. An entry in Exact "
                "Online has one. Make an entry of each currency.",
                number=label,
                currencies=", ".join(lines.currency_id.mapped("name")),
            )
            return [Finding(text, move, cause="several_currencies")]
        difference = sum(line.base + line.owed_vat for line in self._entry_lines(move))
        if difference:
            text = self.env._(
                "The lines of %(number)s and their VAT add up to %(difference)s %(currency)s. "
                "Exact Online takes an entry that adds up to nothing in its own currency.",
                number=label,
                difference=difference,
                currency=self._currency(move).name,
            )
            return [Finding(text, move, cause="out_of_balance")]
        return self._preflight_one_rate(move)

    @api.model
    def _preflight_one_rate(self, move):
        rate = self._own_rate(move)
        off = [
            line
            for line in self._items(move)
            if rate is None
            or abs(_decimal(line.amount_currency) * rate - _decimal(line.balance)) > CENT
        ]
        if not off:
            return []
        text = self.env._(
            "The lines of %(number)s are converted at several rates, or have an amount in "
            "%(home)s only ('%(line)s'). An entry in Exact Online has one rate. Make an entry of "
            "each rate.",
            number=self._label(move),
            home=move.company_currency_id.name,
            line=off[0].name or off[0].account_id.display_name,
        )
        return [Finding(text, move, cause="several_rates")]

    # -- look-up and proof ------------------------------------------------------------------------

    @api.model
    def _own_key(self, move):
        """Journal, date and number as they are sent: all three may be changed in Odoo while an
        answer is lost.
        """
        journal = self._journal(move).code or UNKNOWN
        return f"{journal} {self._date(move.date)} {self._your_ref(move) or ''}"

    @api.model
    def _look_up(self, client, move):
        """The entries of that journal and day are read, and told apart here: that a description
        can be searched by its beginning is not documented.
        """
        journal, entry_date, number = self._key_sent(move).split(" ", 2)
        journal = self._journal(move).code if journal == UNKNOWN else journal
        return self._booked_as(client, journal, entry_date, number)

    @api.model
    def _booked_as(self, client, journal, entry_date, number):
        rows = client.read(
            self._division().code,
            "bulk/Financial/TransactionLines",
            select=FOUND,
            filter=odata.both(
                odata.eq("JournalCode", odata.text(journal)),
                odata.eq("Date", odata.datetime_(date.fromisoformat(entry_date))),
            ),
        )
        entries = defaultdict(list)
        for row in rows:
            entries[row["EntryID"]].append(row)
        return [
            {"EntryID": exact_id, "EntryNumber": ledger[0]["EntryNumber"], "ledger": ledger}
            for exact_id, ledger in entries.items()
            if any(_begins_with(row["Description"], number) for row in ledger)
        ]

    @api.model
    def _conflicts(self, move, remote):
        return self._prove(move, remote)

    @api.model
    def _prove(self, move, remote):
        """On which of its two accounts Exact puts the VAT of a code that serves sales and
        purchases alike is not documented: VAT is proven per code.
        """
        rows, lines = remote["ledger"], self._entry_lines(move)
        ledger = self._ledger(remote)
        amounts = [
            *self._prove_accounts(move, lines, ledger.lines()),
            *self._prove_vat(move, lines, ledger),
            *self._prove_charged(move, lines, ledger),
            *self._prove_cost_places(move, lines, ledger),
            *self._prove_debit(move, lines, ledger.lines()),
        ]
        return [
            *self._prove_header(move, rows),
            *self._prove_document(move, ledger.lines()),
            *(amounts or self._prove_company_currency(move, remote)),
        ]

    @api.model
    def _prove_header(self, move, ledger):
        journals = {row["JournalCode"].strip() for row in ledger}
        dates = {str(odata.from_exact_date(row["Date"])) for row in ledger}
        currencies = {row["Currency"] for row in ledger}
        return [
            *self._compare(
                self.env._("Journal"), self._journal(move).code, ", ".join(sorted(journals))
            ),
            *self._compare(
                self.env._("Date"), self._date(move.date), ", ".join(sorted(dates))
            ),
            *self._compare(
                self.env._("Currency"), self._currency(move).name, ", ".join(sorted(currencies))
            ),
            *self._prove_period(move, ledger[0]),
        ]

    @api.model
    def _prove_document(self, move, rows):
        document = self._document(move)
        if not document:
            return []
        return [
            difference
            for found in {row["Document"] for row in rows}
            for difference in self._compare(self.env._("Document"), document, found)
        ]

    @api.model
    def _prove_accounts(self, move, lines, rows):
        """Debit less credit without VAT, per GL account, relation and VAT code."""
        expected, booked, names = defaultdict(Decimal), defaultdict(Decimal), {}
        for line in lines:
            gl_account = line.account.exact_gl_account_id
            key = gl_account.exact_id, line.account_id, line.vat_code.code or ""
            expected[key] += line.base
            names[gl_account.exact_id] = gl_account.code
        for row in rows:
            booked[row["GLAccount"], row["Account"], code_of(row)] += amount_of(row)
        return self._compare_amounts(
            move,
            expected,
            booked,
            lambda key: self.env._("Account %s", self._place_name(names.get(key[0]), key)),
        )

    @api.model
    def _place_name(self, code, key):
        name = code or key[0] or "?"
        return f"{name} ({key[2]})" if key[2] else name

    @api.model
    def _prove_charged(self, move, lines, ledger):
        """As of other entries, but Exact makes the VAT of each line by itself."""
        expected = defaultdict(Decimal)
        for line in lines:
            if line.is_charged:
                expected[line.vat_code.code] += abs(line.vat)
        return [
            difference
            for code, vat in expected.items()
            for difference in self._compare_amount(
                move, self.env._("Reverse charge of code %s", code), vat, ledger.charged(code)
            )
        ]

    @api.model
    def _prove_debit(self, move, lines, rows):
        """Debit without VAT: two lines that undo each other on one account are there as well."""
        debit = sum((line.base for line in lines if line.base > 0), start=Decimal(0))
        booked = sum((max(amount_of(row), Decimal(0)) for row in rows), start=Decimal(0))
        return self._compare_amount(move, self.env._("Total"), debit, booked)

    @api.model
    def _proof_text(self, move):
        lines, rounding = self._entry_lines(move), self._rounding_text(move)
        proof = self.env._(
            "Read back from Exact's ledger and equal to the cent: journal, date, period, each "
            "account, contact and cost centre, VAT per code, document; debit without VAT %(debit)s "
            "%(currency)s, VAT %(vat)s.",
            debit=sum((line.base for line in lines if line.base > 0), start=Decimal(0)),
            currency=self._currency(move).name,
            vat=sum((line.owed_vat for line in lines), start=Decimal(0)),
        )
        return f"{proof} {rounding}" if rounding else proof

    @api.model
    def _wrong_journal_text(self, journal):
        return self.env._(
            "%s is not a general journal in Exact Online. Choose another one.",
            journal.display_name,
        )

    # -- what becomes of it -----------------------------------------------------------------------

    @api.model
    def _put(self, client, exact_id, changes):
        """Exact knows no change of such an entry, it is removed and booked anew; but a document
        may be told which entry it belongs to. facts.md §4.8
        """
        document = changes.get("Document")
        if changes.keys() != {"Document"} or not document:
            return not changes
        client.put(
            self._division().code,
            self._of_kind("document")._resource,
            document,
            {"FinancialTransactionEntryID": exact_id},
        )
        return True

    @api.model
    def _standing(self, client, exact_id):
        condition = odata.eq(self._key, odata.guid(exact_id))
        rows = client.read(
            self._division().code, self._resource, select=STANDING, filter=condition
        )
        usual = {name: usual for usual, name in NAMES.items()}
        return next(
            ({usual.get(name, name): value for name, value in row.items()} for row in rows), None
        )

    @api.model
    def _reversing(self, binding):
        sent, journal = binding.exchanged, self._reversing_journal(binding.exchanged["Journal"])
        entry_date = self._reversing_date(journal, sent)
        return {
            **{name: sent[name] for name in ("Currency", "Rate") if name in sent},
            "Journal": journal.code,
            "EntryDate": self._date(entry_date),
            "YourRef": sent["YourRef"] + MARK,
            self._lines_property: [reversed_line(line) for line in sent[self._lines_property]],
        }

    @api.model
    def _find_reversing(self, client, payload):
        return self._booked_as(
            client, payload["Journal"], payload["EntryDate"], payload["YourRef"]
        )


def _decimal(amount):
    return Decimal(str(amount))


def _begins_with(description, number):
    return (description or "") == number or (description or "").startswith(f"{number} ")
