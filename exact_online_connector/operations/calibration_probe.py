# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from odoo import api, fields, models

from ..exact_api import NotFound, Rejected, odata
from .ledger import Ledger
from .probes import BASE, next_after, telling_amounts, vat_sent
from .verdicts import Finding, Outcome, Step

HEADER = (
    "EntryID",
    "EntryNumber",
    "Type",
    "AmountFC",
    "PaymentReference",
    "YourRef",
    "Description",
    "Document",
)
LINE = ("LineNumber", "AmountFC", "VATAmountFC", "VATCode", "Description")
TOLD_BY_LINES = ("rounding", "override", "inclusive", "deduction", "description")
HALF = Decimal("0.5")
FILL = "x"  # up to a length; a space at the end could be lost


@dataclass(frozen=True)
class Ingredients:
    """What a probe is made of: records of Odoo's mirrors, empty where there is none.

    :param code: a VAT code that excludes VAT, with a rate
    :param other_code: another one, with another rate
    :param inclusive_code: one that includes VAT
    """

    journal: Any
    gl_account: Any
    account: Any
    code: Any
    other_code: Any
    inclusive_code: Any


class ExactOperationProbe(models.AbstractModel):
    """A probe travels as any entry does, and in the end it is always gone from Exact.

    Three steps, each committed before the next: it is created, looked at, removed. Its intent
    stays until it is gone: as long as it may be in Exact no person can cancel it, and whatever
    is not known of it is looked up there by its own mark.
    """

    _name = "exact.operation.probe"
    _inherit = ["exact.operation"]
    _description = "Probe"
    _is_shared = True
    _is_linkable = False

    _key = "EntryID"
    _select = HEADER
    _priority = 96

    _entry_kind = None  # the operation whose entries it is like
    _journal_type = None  # of Odoo
    _account_types = ()  # of Odoo
    _direction = None  # of VAT codes

    @api.model
    def _label(self, probe):
        return probe.reference

    @api.model
    def _company(self, probe):
        return probe.division_id.company_id

    @api.model
    def _own_key(self, probe):
        return probe.reference

    # -- what is to be done ---------------------------------------------------------------------

    @api.model
    def _is_wanted(self, probe):
        return bool(
            probe.exists()
            and not probe.result
            and not probe.is_stopped
            and probe.division_id == self._division()
            and probe.division_id.is_test
        )

    @api.model
    def _task(self, probe):
        binding = self._binding(probe)
        if not binding.intended_on:
            return "send"
        if not self._is_wanted(probe):
            return "remove"
        return "look" if binding.exact_id else "send"

    @api.model
    def _withdrawn(self, probe):
        if self._is_wanted(probe):
            return None
        return self.env._("Probes are not booked any more: nothing of this one is in Exact Online.")

    @api.model
    def _is_unchanged(self, probe, binding):
        return False

    @api.model
    def _preflight(self, probe):
        if self._binding(probe).intended_on:
            return []
        return [Finding(text, probe.division_id) for text in self._missing(probe.division_id)]

    @api.model
    def _begin(self, probe, task):
        if task == "send":
            return super()._begin(probe, task)
        exact_id = self._binding(probe).exact_id or None
        return Step({}, exact_id=exact_id, outcome_unknown=True, task=task)

    # -- payload --------------------------------------------------------------------------------

    @api.model
    def _payload(self, probe):
        entry, made_of = self._entry(), self._ingredients(probe.division_id)
        size = probe.size or ""
        text = self.env._("Probe of Odoo, to be deleted")
        length = int(size) if probe.kind == "description" else len(text)
        payload = {
            entry._party: made_of.account.exact_id,
            "Journal": made_of.journal.code,
            "EntryDate": self._date(self._entry_date(made_of.journal)),
            "YourRef": probe.reference,
            "Description": text.ljust(length, FILL),
            entry._lines_property: [
                {
                    "GLAccount": made_of.gl_account.exact_id,
                    "Description": text.ljust(length, FILL),
                    **line,
                }
                for line in self._probe_lines(probe, made_of)
            ],
        }
        if probe.kind == "your_ref":
            payload["YourRef"] = probe.reference.ljust(int(size), FILL)
        if probe.kind == "reference":
            payload["PaymentReference"] = size
        return payload

    @api.model
    def _probe_lines(self, probe, made_of):
        plain = {"VATCode": made_of.code.code, "AmountFC": BASE}
        if probe.kind == "rounding":
            return self._lines_to_round(made_of.code | made_of.other_code)
        if probe.kind == "override":
            return [{**plain, "VATAmountFC": vat_sent(_rate(made_of.code), probe.size)}]
        if probe.kind == "credit":
            return [{**plain, "AmountFC": -BASE}]
        if probe.kind == "inclusive":
            return [{**plain, "VATCode": made_of.inclusive_code.code}]
        if probe.kind == "deduction":
            return [{**plain, "VATNonDeductiblePercentage": HALF}]
        return [plain]

    @api.model
    def _lines_to_round(self, codes):
        by_rate = {_rate(code): code.code for code in codes}
        return [
            {"VATCode": by_rate[rate], "AmountFC": amount}
            for amount, rate in telling_amounts(*by_rate)
        ]

    @api.model
    def _entry_date(self, journal):
        """Today, or the first day on which the journal is open."""
        today = fields.Date.context_today(self)
        period = self.env["exact.financial.period"]._first_open(journal, today)
        return max(today, period.start_date) if period else today

    # -- what it is made of ---------------------------------------------------------------------

    @api.model
    def _entry(self):
        return self._of_kind(self._entry_kind)

    @api.model
    def _ingredients(self, division):
        codes = self._codes(division, "E")
        other = codes.filtered(lambda code: code.percentage != codes[0].percentage)
        return Ingredients(
            journal=self._mapped_journal(division),
            gl_account=self._mapped_gl_account(division),
            account=self._usual_account(division),
            code=codes[:1],
            other_code=other[:1],
            inclusive_code=self._codes(division, "I")[:1],
        )

    @api.model
    def _usual_account(self, division):
        """A relation that Odoo books on, too; else any."""
        accounts = self.env["exact.account"]
        domain = [*_usable(division), *self._account_domain()]
        linked = accounts.search([*domain, ("partner_id", "!=", False)], order="code", limit=1)
        return linked or accounts.search(domain, order="code desc", limit=1)

    @api.model
    def _mapped_journal(self, division):
        journals = self.env["account.journal"].search(
            [("company_id", "=", self.env.company.id), ("type", "=", self._journal_type)]
        )
        return journals.exact_journal_id.filtered(
            lambda journal: journal.division_id == division
            and journal.active
            and not journal.is_blocked
            and journal.type in self._entry()._journal_types
            and journal.currency == division.currency
        )[:1]

    @api.model
    def _mapped_gl_account(self, division):
        accounts = self.env["account.account"].search(
            [
                ("company_ids", "in", self.env.company.ids),
                ("account_type", "in", self._account_types),
            ]
        )
        return accounts.exact_gl_account_id.filtered(
            lambda account: account.division_id == division
            and account.active
            and not account.is_blocked
        )[:1]

    @api.model
    def _codes(self, division, kind):
        """VAT codes of a type with a rate, those that a tax is mapped to first."""
        codes = self.env["exact.vat.code"].search(
            [
                *_usable(division),
                ("type", "=", kind),
                ("percentage", ">", 0),
                ("charged", "=", False),
                ("direction", "in", (self._direction, "B")),
            ]
        )
        taxes = self.env["account.tax"].search([("company_id", "=", self.env.company.id)])
        mapped = taxes.exact_vat_code_id
        return codes.sorted(lambda code: (code not in mapped, -code.percentage))

    @api.model
    def _missing(self, division):
        """What is lacking to book one of these probes, in sentences."""
        made_of = self._ingredients(division)
        texts = {
            self._no_journal_text(): made_of.journal,
            self._no_gl_account_text(): made_of.gl_account,
            self._no_account_text(): made_of.account,
            self.env._(
                "There is no VAT code that excludes VAT and has a rate. Read the lists again."
            ): made_of.code,
        }
        return [text for text, record in texts.items() if not record]

    # -- in Exact -------------------------------------------------------------------------------

    @api.model
    def _look_up(self, client, probe):
        """By its mark alone; where a longer text was sent, it begins with it."""
        mark = odata.text(self._key_sent(probe))
        if probe.kind == "your_ref":
            return self._read_where(client, f"startswith(YourRef,{mark}) eq true")
        return self._read_where(client, odata.eq("YourRef", mark))

    @api.model
    def _create(self, client, probe, step):
        """That Exact refuses it tells something, too; it is looked up all the same."""
        try:
            return super()._create(client, probe, step)
        except Rejected as refusal:
            if refusal.malformed:
                raise
            return Outcome({"refusal": " ".join(refusal.messages)}, "seen")

    @api.model
    def _look(self, client, probe, step):
        """What Exact made of it, in texts and numbers that JSON can hold."""
        division, entry = self._division(), self._entry()
        own = odata.eq(self._key, odata.guid(step.exact_id))
        header = next(iter(self._read_where(client, own)), None)
        if header is None:
            raise NotFound(self.env._("%s is no longer in Exact Online.", probe.reference))
        lines = ()
        if probe.kind in TOLD_BY_LINES:
            resource = self._resource.replace("Entries", "EntryLines")
            lines = client.read(division.code, resource, select=LINE, filter=own)
        seen = {
            "type": header["Type"],
            "total": str(header["AmountFC"]),
            "reference": header["PaymentReference"] or "",
            "your_ref": header["YourRef"] or "",
            "description": header["Description"] or "",
            "document": header["Document"] or False,
            **self._seen_of_lines(division, list(lines)),
        }
        if probe.kind == "deduction":
            rows = entry._read_back(client, [step.exact_id])[step.exact_id]["ledger"]
            ledger = Ledger(rows, entry._gl_types(), entry._control, entry._sign)
            seen["vat_claimed"] = str(sum(ledger.vat().values()))
        return Outcome(seen, "seen")

    @api.model
    def _seen_of_lines(self, division, lines):
        codes = {
            code.code: code
            for code in self.env["exact.vat.code"].search([("division_id", "=", division.id)])
        }
        seen = []
        for line in sorted(lines, key=lambda line: line["LineNumber"]):
            code = codes[odata.strip_code(line["VATCode"])]
            amounts = (line["AmountFC"], line["VATAmountFC"] or 0)
            seen.append([code.code, code.type, str(_rate(code)), *map(str, amounts)])
        return {"lines": seen, "texts": [line["Description"] or "" for line in lines]}

    @api.model
    def _remove(self, client, probe, step):
        """The entry, then the document that Exact made for it. facts.md §4.7"""
        if not step.exact_id:
            found = self._look_up(client, probe)
            if found:
                return Outcome(found[0], "found", self._evidence(found[0]))
            return Outcome({}, "removed", self.env._("Nothing of it is in Exact Online."))
        outcome = self._delete(client, probe, step)
        if probe.document:
            self._delete_document(client, probe.document)
        return outcome

    @api.model
    def _delete_document(self, client, document):
        try:
            client.delete(self._division().code, "documents/Documents", document)
        except NotFound:
            return

    # -- in Odoo --------------------------------------------------------------------------------

    @api.model
    def _number(self, remote):
        return str(remote["EntryNumber"]) if remote.get("EntryNumber") else None

    @api.model
    def _store(self, probe, outcome, payload):
        """Its intent stays: it is to go."""
        binding = super()._store(probe, outcome, payload)
        binding.intended_on = fields.Datetime.now()
        probe.write(
            {"entry_number": binding.code, "document": outcome.remote.get("Document") or False}
        )
        return binding

    @api.model
    def _note_seen(self, probe, remote):
        probe._note(remote)

    @api.model
    def _follow_departure(self, probe, outcome):
        """The next one, as long as there is something to learn."""
        division = probe.division_id
        if not probe.result or not division.is_test:
            return
        following = self._begin_next(division)
        division._conclude_probes(following.kind)
        if following:
            yield following._operation_kind(), following

    @api.model
    def _queue_next(self, division):
        probe = self._begin_next(division)
        self.env["exact.sync.queue"]._enqueue(probe._operation_kind(), probe)

    @api.model
    def _begin_next(self, division):
        """The next probe that is to be booked, or none."""
        probes = division.probe_ids
        if probes.filtered("is_stopped"):
            return probes.browse()
        following = next_after([probe._as_probe() for probe in probes], self._possible(division))
        if not following:
            return probes.browse()
        return probes._begin(division, *following, uuid.uuid4().hex[:10])

    @api.model
    def _possible(self, division):
        """The kinds of probes for which all that is needed is there."""
        sales, purchases = self._of_kind("sales_probe"), self._of_kind("purchase_probe")
        possible = {"rounding", "override", "credit", "reference", "your_ref", "description"}
        if sales._ingredients(division).inclusive_code:
            possible.add("inclusive")
        if not purchases._missing(division):
            possible.add("deduction")
        return possible


class ExactOperationSalesProbe(models.AbstractModel):
    """A probe among the sales."""

    _name = "exact.operation.sales.probe"
    _inherit = ["exact.operation.probe"]
    _description = "Sales probe"
    _is_shared = False

    _resource = "salesentry/SalesEntries"
    _entry_kind = "sales_entry"
    _journal_type = "sale"
    _account_types = ("income",)
    _direction = "S"

    @api.model
    def _account_domain(self):
        return [("status", "=", "C")]

    @api.model
    def _no_journal_text(self):
        return self.env._(
            "No sales journal is mapped to a sales journal of this administration in its own "
            "currency. Map one."
        )

    @api.model
    def _no_gl_account_text(self):
        return self.env._("No revenue account is mapped to a GL account. Map one.")

    @api.model
    def _no_account_text(self):
        return self.env._(
            "No customer of this administration is known. Press “Read the relations”; where there "
            "is none, make one in Exact Online first."
        )


class ExactOperationPurchaseProbe(models.AbstractModel):
    """A probe among the purchases."""

    _name = "exact.operation.purchase.probe"
    _inherit = ["exact.operation.probe"]
    _description = "Purchase probe"
    _is_shared = False

    _resource = "purchaseentry/PurchaseEntries"
    _entry_kind = "purchase_entry"
    _journal_type = "purchase"
    _account_types = ("expense", "expense_direct_cost")
    _direction = "P"

    @api.model
    def _account_domain(self):
        return [("is_supplier", "=", True)]

    @api.model
    def _no_journal_text(self):
        return self.env._(
            "No purchase journal is mapped to a purchase journal of this administration in its own "
            "currency."
        )

    @api.model
    def _no_gl_account_text(self):
        return self.env._("No expense account is mapped to a GL account.")

    @api.model
    def _no_account_text(self):
        return self.env._("No supplier of this administration is known.")


def _usable(division):
    return [("division_id", "=", division.id), ("is_blocked", "=", False)]


def _rate(code):
    return Decimal(str(code.percentage)) / 100
