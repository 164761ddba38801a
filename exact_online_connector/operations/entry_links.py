# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import chain

from odoo import api, fields, models

from ..exact_api import odata
from ..models.match_ladder import plain
from .contact import NAME_LENGTH
from .ledger import PAYABLE, RECEIVABLE
from .verdicts import Finding, Outcome

MARGIN = timedelta(days=31)  # a bookkeeper may have booked a document under another date
NEAR = timedelta(days=5)
LEDGER = (
    "EntryID",
    "EntryNumber",
    "InvoiceNumber",
    "YourRef",
    "Account",
    "AccountCode",
    "AccountName",
    "AmountFC",
    "Currency",
    "Date",
)


@dataclass
class Entry:
    """An entry of Exact, as its partner's lines in the ledger tell it."""

    exact_id: str
    number: str
    reference: str
    references: set
    account: str
    account_code: str
    account_name: str
    currency: str
    date: date
    amount: Decimal = Decimal(0)


@dataclass
class Match:
    """An entry that may be a document, and what speaks against it."""

    document: models.Model
    entry: Entry
    differences: list = field(default_factory=list)


class ExactOperationEntryLinks(models.AbstractModel):
    """Find past documents among the entries that Exact holds already; nothing is sent.

    The lines of receivables and payables in the ledger are read: a thousand entries a call,
    where the entries' own resources give sixty. facts.md §3.3, §4.11
    """

    _name = "exact.operation.entry.links"
    _inherit = ["exact.operation"]
    _description = "Search for past documents"

    _priority = 60

    @api.model
    def _withdrawn(self, back_fill):
        if back_fill.state == "running":
            return None
        return self.env._("%s was stopped.", back_fill.name)

    @api.model
    def _preflight(self, back_fill):
        unmapped = back_fill.document_ids.move_id.journal_id.filtered(
            lambda journal: not journal.exact_journal_id
        )
        findings = [
            Finding(
                self.env._(
                    "The journal %s has no Exact Online journal. Choose the one in which its "
                    "documents were booked.",
                    journal.name,
                ),
                journal,
            )
            for journal in unmapped
        ]
        if not self._partner_accounts():
            text = self.env._("The lists of the administration are not read yet.")
            findings.append(Finding(text, self._division()))
        return findings

    @api.model
    def _carry_out(self, client, search, step):
        entries = self._read_entries(client, search)
        accounts = self._read_accounts(client, sorted(self._unknown(search, entries)))
        return Outcome({"entries": entries, "accounts": accounts}, "read")

    @api.model
    def _documents(self, back_fill):
        """What is searched for: records with a document and Exact's resource for it."""
        return back_fill.document_ids

    @api.model
    def _unknown(self, search, entries):
        """GUIDs of the relations of which it is to be told whether they are a contact."""
        return {
            match.entry.account
            for match in self._matches(self._documents(search), entries, {})
            if not self._linked_account(match.document.move_id)
        }

    @api.model
    def _store(self, back_fill, outcome, payload):
        matches = self._matches(back_fill.document_ids, **outcome.remote)
        back_fill.candidate_ids.unlink()
        self.env["exact.back.fill.candidate"].create(self._candidates(back_fill, matches))
        back_fill.read_on = fields.Datetime.now()
        return self.env["exact.binding"]

    # -- reading ----------------------------------------------------------------------------------

    @api.model
    def _read_entries(self, client, search):
        moves = self._documents(search).move_id
        if not moves:
            return []
        rows = client.read(
            self._division().code,
            "bulk/Financial/TransactionLines",
            select=LEDGER,
            filter=odata.both(
                odata.any_of("JournalCode", [odata.text(code) for code in self._journals(search)]),
                odata.any_of("GLAccount", [odata.guid(each) for each in self._partner_accounts()]),
                *self._conditions(search, moves),
            ),
        )
        return merged(map(_entry, rows))

    @api.model
    def _conditions(self, search, moves):
        days = [day for move in moves for day in days_of(move)]
        return [
            f"Date ge {odata.datetime_(min(days) - MARGIN)}",
            f"Date le {odata.datetime_(max(days) + MARGIN)}",
        ]

    @api.model
    def _journals(self, search):
        """Codes of Exact's journals in which to look."""
        journals = self._documents(search).move_id.journal_id
        return sorted(
            set((journals.exact_journal_id | journals.exact_credit_journal_id).mapped("code"))
        )

    @api.model
    def _partner_accounts(self):
        """GUIDs of the GL accounts on which customers and suppliers stand."""
        accounts = self.env["exact.gl.account"].with_context(active_test=False)
        return accounts.search(
            [
                ("division_id", "=", self._division().id),
                ("type", "in", (RECEIVABLE, PAYABLE)),
            ]
        ).mapped("exact_id")

    @api.model
    def _read_accounts(self, client, exact_ids):
        """``{exact_id: account of Exact}``"""
        contact, accounts = self._of_kind("contact"), {}
        for some in odata.chunks(exact_ids, odata.LONGEST_CHAIN):
            accounts |= contact._read_back(client, some)
        return accounts

    # -- matching ---------------------------------------------------------------------------------

    @api.model
    def _matches(self, documents, entries, accounts):
        """Each entry that carries a document's number; where none does, each of the same amount
        and contact at about the same date.
        """
        by_reference, by_amount = defaultdict(list), defaultdict(list)
        for entry in entries:
            by_amount[entry.currency, entry.amount].append(entry)
            for reference in entry.references:
                by_reference[plain(reference)].append(entry)
        matches = []
        for document in documents:
            move = document.move_id
            found = {
                entry.exact_id: entry
                for entry in chain.from_iterable(
                    by_reference.get(plain(number), ()) for number in self._numbers(move)
                )
            } or {
                entry.exact_id: entry
                for entry in by_amount.get((move.currency_id.name, self._owed(move)), ())
                if any(abs(entry.date - day) <= NEAR for day in days_of(move))
                and self._is_like(move, entry, accounts)
                and not self._taken(document, entry)
            }
            matches += [
                Match(document, entry, self._differences(move, entry, accounts))
                for entry in found.values()
            ]
        return matches

    @api.model
    def _candidates(self, back_fill, matches):
        """Values of the candidates; certain is what is equal and has no rival."""
        equal = [match for match in matches if not match.differences]
        rivals = defaultdict(set)
        for match in equal:
            rivals[match.document.id].add(match.entry.exact_id)
            rivals[match.entry.exact_id].add(match.document.id)
        certain = {
            match.document.id
            for match in equal
            if len(rivals[match.document.id]) == 1 and len(rivals[match.entry.exact_id]) == 1
        }
        return [
            self._candidate(back_fill, match, rivals)
            for match in matches
            if not match.differences or match.document.id not in certain
        ]

    @api.model
    def _candidate(self, back_fill, match, rivals):
        entry, differences = match.entry, list(match.differences)
        if not differences and len(rivals[match.document.id]) > 1:
            differences.append(
                self.env._("Exact Online holds several entries that are equal to it.")
            )
        elif not differences and len(rivals[entry.exact_id]) > 1:
            differences.append(self.env._("Several documents of Odoo are equal to this entry."))
        taken = self._taken(match.document, entry)
        state = "doubtful" if differences else "certain"
        return {
            "back_fill_id": back_fill.id,
            "document_id": match.document.id,
            "state": "refused" if taken else state,
            "difference": taken or "\n".join(differences),
            **self._entry_values(entry),
        }

    @api.model
    def _entry_values(self, entry):
        """What a candidate keeps of an entry."""
        return {
            "exact_id": entry.exact_id,
            "exact_number": entry.number,
            "exact_reference": entry.reference,
            "exact_date": entry.date,
            "exact_account_id": entry.account,
            "exact_account_code": entry.account_code,
            "exact_account_name": entry.account_name,
            "exact_amount": f"{entry.amount:.2f} {entry.currency}",
        }

    @api.model
    def _taken(self, document, entry):
        return self.env["exact.back.fill.candidate"]._taken(
            self._division(), document.resource, entry.exact_id, document.move_id
        )

    @api.model
    def _differences(self, move, entry, accounts):
        """What speaks against it, in words."""
        differences = []
        if not entry.references & set(self._numbers(move)):
            differences.append(
                self._differs(
                    self.env._("Number"),
                    " / ".join(self._numbers(move)),
                    entry.reference or entry.number,
                )
            )
        if not self._is_same_contact(move, entry, accounts):
            differences.append(
                self._differs(
                    self.env._("Contact"),
                    move.commercial_partner_id.display_name,
                    f"{entry.account_name} ({entry.account_code})",
                )
            )
        if entry.currency != move.currency_id.name:
            differences.append(
                self._differs(self.env._("Currency"), move.currency_id.name, entry.currency)
            )
        if entry.amount != self._owed(move):
            differences.append(
                self._differs(self.env._("Total"), self._owed(move), f"{entry.amount:.2f}")
            )
        return differences

    @api.model
    def _numbers(self, move):
        """Under which numbers a bookkeeper may have booked it: never made by stripping one."""
        return [move.name] if move.is_sale_document() else [*filter(None, (move.ref, move.name))]

    @api.model
    def _owed(self, move):
        """What the contact owes, in the document's currency and the ledger's sign."""
        lines = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
        return self._amount(sum(lines.mapped("amount_currency")), move.currency_id)

    @api.model
    def _linked_account(self, move):
        return self._of_kind("contact")._exact_id(move.commercial_partner_id)

    @api.model
    def _is_same_contact(self, move, entry, accounts):
        linked = self._linked_account(move)
        if linked:
            return linked == entry.account
        remote = accounts.get(entry.account)
        return bool(remote) and self._of_kind("contact")._is_same(
            move.commercial_partner_id, remote
        )

    @api.model
    def _is_like(self, move, entry, accounts):
        """Whether it may be the same contact, by name where nothing better is known."""
        name = (move.commercial_partner_id.name or "")[:NAME_LENGTH]
        return self._is_same_contact(move, entry, accounts) or plain(name) == plain(
            entry.account_name
        )


def merged(lines):
    """One entry of its lines, each an :class:`Entry` with the amount of one line."""
    entries = {}
    for line in lines:
        entry = entries.setdefault(line.exact_id, replace(line, amount=Decimal(0)))
        # Exact's amounts may carry more decimals than a currency has
        entry.amount = round(entry.amount + line.amount, 3)
    return list(entries.values())


def days_of(move):
    """Under which dates a bookkeeper may have booked it."""
    return [*filter(None, (move.invoice_date, move.date))]


def _entry(row):
    """A line of the ledger."""
    number = str(row["EntryNumber"] or "")
    references = {row["YourRef"], number, str(row["InvoiceNumber"] or "")}
    return Entry(
        exact_id=row["EntryID"],
        number=number,
        reference=row["YourRef"] or "",
        references=references - {None, ""},
        account=row["Account"],
        account_code=odata.strip_code(row["AccountCode"]),
        account_name=row["AccountName"] or "",
        currency=row["Currency"],
        date=odata.from_exact_date(row["Date"]),
        amount=odata.parse_amount(row["AmountFC"] or 0),
    )
