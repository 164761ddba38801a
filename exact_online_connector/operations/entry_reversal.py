# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact_api import odata
from .entry_withholding import WITHHOLDING
from .ledger import amount_of, code_of
from .verdicts import Conflict, Outcome, Step

MARK = "-R"  # behind the number, by which the reversing entry is found again
CENT = Decimal("0.005")
# What the reversing entry has in common with the entry that it takes out of the books.
IN_COMMON = ("Currency", "Rate", "PaymentCondition")


class ExactOperationEntryReversal(models.AbstractModel):
    """An entry that can no longer be changed is taken out of the books by a reversing entry.

    It is made of what was sent and proven, not of the document, which may have changed or be
    deleted by now, and stands in the first open period: both entries add up to nothing on each
    account and VAT code. What Odoo holds now is then booked anew, beside them.
    """

    _name = "exact.operation.entry.reversal"
    _inherit = ["exact.operation.entry.change"]
    _description = "Entry that can be reversed"
    _is_shared = True

    # -- what a person asks for -----------------------------------------------------------------

    @api.model
    def _ask_reversal(self, move):
        """Note the reversing entry that is to be booked.

        :raises UserError: when it cannot be known what to reverse, or there is no open period
        """
        binding = self._binding(move)
        if binding.adopted or not binding.exact_id or not binding.exchanged:
            raise UserError(
                self.env._(
                    "%s was not booked from Odoo: reverse it in Exact Online.", binding.code or "?"
                )
            )
        binding.write({"reversal": self._reversing(binding), "uses_first_open_period": True})

    @api.model
    def _reversing(self, binding):
        """What to send, of what was sent."""
        sent, journal = binding.exchanged, self._reversing_journal(binding.exchanged["Journal"])
        entry_date = self._reversing_date(journal, sent)
        reference = sent.get("YourRef") or binding.code
        length = self._division().your_ref_length - len(MARK)
        return {
            **{name: sent[name] for name in IN_COMMON if name in sent},
            **reversed_line({name: sent[name] for name in WITHHOLDING if name in sent}),
            self._party: sent[self._party],
            "Journal": journal.code,
            "EntryDate": self._date(entry_date),
            "DueDate": self._date(entry_date),
            "YourRef": reference[:length] + MARK,
            "Description": self.env._("Reversal of %s", binding.code),
            self._lines_property: [reversed_line(line) for line in sent[self._lines_property]],
        }

    @api.model
    def _reversing_journal(self, code):
        """Of an invoice that of its credit notes, and the other way round, where Odoo has two."""
        mirror = self.env["exact.journal"].search(
            [("division_id", "=", self._division().id), ("code", "=", code)]
        )
        journals = self.env["account.journal"].search(
            [
                ("company_id", "=", self.env.company.id),
                "|",
                ("exact_journal_id", "=", mirror.id),
                ("exact_credit_journal_id", "=", mirror.id),
            ]
        )
        pairs = {
            (journal.exact_journal_id, journal.exact_credit_journal_id) for journal in journals
        }
        others = {
            credit if invoices == mirror else invoices for invoices, credit in pairs if credit
        }
        return others.pop() if len(others) == 1 else mirror

    @api.model
    def _reversing_date(self, journal, sent):
        """A day of the first open period, from the one on in which the entry stands."""
        entry_date = begin = fields.Date.to_date(sent["EntryDate"])
        if "ReportingPeriod" in sent:
            stands_in = self._periods()._of_number(self._division(), *self._period_sent(sent))
            begin = stands_in.start_date or entry_date
        period = self._periods()._first_open(journal, begin)
        if not period:
            raise UserError(
                self.env._(
                    "No period is open for the journal %(journal)s in Exact Online from "
                    "%(date)s on. Have one opened there and read the lists again.",
                    journal=journal.display_name,
                    date=begin,
                )
            )
        return min(max(entry_date, period.start_date), period.end_date)

    # -- in Exact -------------------------------------------------------------------------------

    @api.model
    def _begin(self, move, task):
        if task != "reverse":
            return super()._begin(move, task)
        binding = self._binding(move)
        step = Step(
            self._restored(binding.reversal),
            exact_id=binding.exact_id,
            outcome_unknown=bool(binding.intended_on),
            task=task,
        )
        binding._intend(
            self._division(), self.env.company, self._resource, move, step.payload["YourRef"]
        )
        return step

    @api.model
    def _carry_out(self, client, move, step):
        if step.task == "reverse":
            return self._reverse(client, move, step)
        return super()._carry_out(client, move, step)

    @api.model
    def _reverse(self, client, move, step):
        """Book the reversing entry, unless it is there, and prove that both add up to nothing.

        :raises Conflict: when they do not; it is looked up, not booked again
        """
        found = self._find_reversing(client, step.payload) if step.outcome_unknown else []
        remote = found[0] if found else self._send(client, step.payload)
        left_over = self._left_over(client, step.exact_id, remote[self._key])
        binding = self._binding(move)
        if left_over:
            raise Conflict(
                self.env._(
                    "%(reversal)s, which reverses %(number)s in Exact Online, does not undo it: "
                    "%(accounts)s is left over. Correct it there.",
                    reversal=self._number(remote),
                    number=binding.code,
                    accounts=left_over,
                ),
                found,
            )
        text = self.env._(
            "%(number)s was reversed in Exact Online by %(reversal)s of %(date)s; together they "
            "add up to nothing on each account, VAT per code. Match the two there.",
            number=binding.code,
            reversal=self._number(remote),
            date=step.payload["EntryDate"],
        )
        return Outcome(remote, "reversed", text)

    @api.model
    def _find_reversing(self, client, payload):
        return self._read_where(
            client,
            odata.both(
                odata.eq("YourRef", odata.text(payload["YourRef"])),
                odata.eq(self._party, odata.guid(payload[self._party])),
                odata.eq("Journal", odata.text(payload["Journal"])),
            ),
        )

    @api.model
    def _left_over(self, client, *exact_ids):
        """Amounts that the ledger lines of entries do not bring to nothing, in words."""
        entries = self._read_back(client, exact_ids)
        sums, gl_types = defaultdict(Decimal), self._gl_types()
        for entry in entries.values():
            for row in entry["ledger"]:
                sums[self._place(row, gl_types)] += amount_of(row)
        if len(entries) < len(exact_ids):
            return self.env._("an entry")
        return ", ".join(str(amount) for amount in sums.values() if abs(amount) > CENT)

    @api.model
    def _place(self, row, gl_types):
        """Where a ledger line stands, and the line that undoes it."""
        return row["GLAccount"], code_of(row)

    @api.model
    def _restored(self, values):
        """A noted entry as it is sent."""
        lines = [_with_decimals(line) for line in values[self._lines_property]]
        return {**_with_decimals(values), self._lines_property: lines}

    @api.model
    def _depart(self, move, outcome):
        if outcome.how == "reversed":
            self._leave_behind(move, outcome.remote[self._key])
        return super()._depart(move, outcome)

    @api.model
    def _leave_behind(self, move, reversing):
        """Both entries stay in Exact, and the document with its files: they show what was booked.
        What is booked anew gets a document of its own.
        """
        document, binding = self._of_kind("document"), self._binding(move)
        files = self._of_kind("attachment")._bindings_of(document._exact_id(move))
        (binding | document._binding(move) | files).filtered("exact_id")._leave_behind()
        binding.write({"left_behind": [*binding.left_behind, reversing], "reversal": False})


def _with_decimals(values):
    return {
        name: Decimal(value) if isinstance(value, str) and _is_number(name) else value
        for name, value in values.items()
    }


def reversed_line(line):
    """A line as it was sent, with each amount on the other side."""
    return {
        name: str(-Decimal(value)) if _is_amount(name) else value for name, value in line.items()
    }


def _is_amount(name):
    return "Amount" in name


def _is_number(name):
    return _is_amount(name) or name in (
        "Rate",
        "Quantity",
        "VATNonDeductiblePercentage",
        "WithholdingTaxPercentage",
    )
