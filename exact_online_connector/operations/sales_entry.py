# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import float_compare

from ..exact_api import odata
from .verdicts import Difference, Finding

RECEIVABLES = 20  # GL account types. administration-defaults.md §3.1
VAT = 24
YOUR_REF_LENGTH = 30  # administration-defaults.md §10
DESCRIPTION_LENGTH = 60
SALES_JOURNALS = ("20", "21")
LINES_THAT_TRAVEL = ("product", "rounding")

HEADER = ("EntryID", "EntryNumber", "Customer", "Journal", "EntryDate", "Currency", "AmountFC")
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


class ExactOperationSalesEntry(models.AbstractModel):
    """A customer invoice or credit note: ``salesentry/SalesEntries``. facts.md §4.6"""

    _name = "exact.operation.sales.entry"
    _inherit = ["exact.operation"]
    _description = "Sales entry"

    _resource = "salesentry/SalesEntries"
    _key = "EntryID"
    _select = (*HEADER, "YourRef")
    _priority = 40

    @api.model
    def _label(self, move):
        return move.name

    @api.model
    def _is_due(self, move):
        company = move.company_id
        return bool(
            move.move_type in ("out_invoice", "out_refund")
            and move.state == "posted"
            and company.exact_division_id
            and company.exact_send_invoices
            and (not company.exact_start_date or move.date >= company.exact_start_date)
        )

    @api.model
    def _withdrawn(self, move):
        if move.state == "posted":
            return None
        return self.env._("%s is not posted any more.", move.name)

    @api.model
    def _requires(self, move):
        yield "contact", move.commercial_partner_id
        if move.company_id.exact_attach_pdf:
            yield "document", move
            yield "attachment", self._of_kind("attachment")._file_of(move)

    # -- preflight ------------------------------------------------------------------------------

    @api.model
    def _preflight(self, move):
        return [
            *self._of_kind("contact")._account_findings(move.commercial_partner_id),
            *self._preflight_move(move),
            *self._preflight_journal(move),
            *self._preflight_payment_term(move),
            *self._preflight_lines(move),
            *self._preflight_total(move),
        ]

    @api.model
    def _preflight_move(self, move):
        findings = []
        if move.currency_id.name != self._division().currency:
            findings.append(
                Finding(
                    self.env._(
                        "%(number)s is in %(currency)s. Documents in another currency than the "
                        "administration's cannot be sent by this version.",
                        number=move.name,
                        currency=move.currency_id.name,
                    ),
                    move,
                )
            )
        if len(move.name or "") > YOUR_REF_LENGTH:
            findings.append(
                Finding(
                    self.env._(
                        "The number %(number)s is longer than the %(length)s characters that "
                        "Exact Online keeps.",
                        number=move.name,
                        length=YOUR_REF_LENGTH,
                    ),
                    move,
                )
            )
        return findings

    @api.model
    def _preflight_journal(self, move):
        journal = self._journal(move)
        if not journal:
            return [
                Finding(
                    self.env._(
                        "The journal %s has no Exact Online journal. Choose one on the journal.",
                        move.journal_id.name,
                    ),
                    move.journal_id,
                )
            ]
        if journal.type not in SALES_JOURNALS:
            return [
                Finding(
                    self.env._(
                        "%s is not a sales journal in Exact Online. Choose another one.",
                        journal.display_name,
                    ),
                    move.journal_id,
                )
            ]
        return self._preflight_alive(journal, move.journal_id)

    @api.model
    def _preflight_payment_term(self, move):
        term = move.invoice_payment_term_id
        if not term or not term.exact_payment_condition_id:
            return []
        return self._preflight_alive(term.exact_payment_condition_id, term)

    @api.model
    def _preflight_lines(self, move):
        findings = []
        for account in self._lines(move).account_id:
            gl_account = account.exact_gl_account_id
            if not gl_account:
                findings.append(
                    Finding(
                        self.env._(
                            "The account %s has no Exact Online GL account. Choose one on the "
                            "account.",
                            f"{account.code} {account.name}",
                        ),
                        account,
                    )
                )
                continue
            findings += self._preflight_alive(gl_account, account)
        for tax in self._lines(move).tax_ids:
            findings += self._preflight_tax(tax)
        for line in self._lines(move):
            findings += self._preflight_line(line)
        return findings

    @api.model
    def _preflight_tax(self, tax):
        vat_code = tax.exact_vat_code_id
        if not vat_code:
            return [
                Finding(
                    self.env._(
                        "The tax %s has no Exact Online VAT code. Choose one on the tax.",
                        tax.name,
                    ),
                    tax,
                )
            ]
        if vat_code.type == "I":
            return [
                Finding(
                    self.env._(
                        "VAT code %(code)s of the tax %(tax)s includes VAT in its amounts. "
                        "Choose a code that excludes VAT.",
                        code=vat_code.code,
                        tax=tax.name,
                    ),
                    tax,
                )
            ]
        if vat_code.direction == "P":
            return [
                Finding(
                    self.env._(
                        "VAT code %(code)s of the tax %(tax)s is for purchases.",
                        code=vat_code.code,
                        tax=tax.name,
                    ),
                    tax,
                )
            ]
        if tax.amount_type == "percent" and not self._computes_the_same(tax, vat_code):
            return [
                Finding(
                    self.env._(
                        "The tax %(tax)s is %(rate)s %%, its VAT code %(code)s is "
                        "%(percentage)s %%. Choose another code.",
                        tax=tax.name,
                        rate=tax.amount,
                        code=vat_code.code,
                        percentage=vat_code.percentage,
                    ),
                    tax,
                )
            ]
        return self._preflight_alive(vat_code, tax)

    @api.model
    def _computes_the_same(self, tax, vat_code):
        percentage = vat_code.percentage if vat_code.type == "E" else 0.0
        return float_compare(tax.amount, percentage, precision_digits=3) == 0

    @api.model
    def _preflight_line(self, line):
        if len(line.tax_ids) > 1:
            return [
                Finding(
                    self.env._(
                        "The line '%s' has several taxes, which this version cannot send.",
                        line.name or line.account_id.name,
                    ),
                    line.move_id,
                )
            ]
        code = self._code_without_vat()
        if not line.tax_ids and code:
            return self._preflight_alive(code, line.company_id)
        if not line.tax_ids:
            return [
                Finding(
                    self.env._(
                        "The line '%s' has no tax. Choose the company's VAT code for lines "
                        "without tax, or give the line a tax: without a code Exact Online would "
                        "take the account's own.",
                        line.name or line.account_id.name,
                    ),
                    line.company_id,
                )
            ]
        return []

    @api.model
    def _preflight_alive(self, mirror, mended_by):
        if mirror.division_id != self._division():
            text = self.env._(
                "%(name)s belongs to another administration, %(division)s. Choose one of this "
                "administration.",
                name=mirror.display_name,
                division=mirror.division_id.display_name,
            )
            return [Finding(text, mended_by)]
        if mirror.active and not mirror.is_blocked:
            return []
        text = (
            self.env._("%s is blocked in Exact Online. Choose another one.", mirror.display_name)
            if mirror.active
            else self.env._(
                "%s is no longer in Exact Online. Choose another one.", mirror.display_name
            )
        )
        return [Finding(text, mended_by)]

    @api.model
    def _preflight_total(self, move):
        """The lines that travel and their VAT must make the document's total."""
        total = self._total(move)
        sent = sum((amount + vat for _line, amount, vat in self._amounts(move)), start=Decimal(0))
        if sent == total:
            return []
        return [
            Finding(
                self.env._(
                    "The lines of %(number)s add up to %(sent)s, its total is %(total)s. It has "
                    "lines of a kind that this version cannot send.",
                    number=move.name,
                    sent=sent,
                    total=total,
                ),
                move,
            )
        ]

    # -- payload --------------------------------------------------------------------------------

    @api.model
    def _payload(self, move):
        payload = {
            "Customer": self._customer(move),
            "Journal": self._journal(move).code,
            "EntryDate": self._date(move.date),
            "DueDate": self._date(move.invoice_date_due),
            "Currency": move.currency_id.name,
            "YourRef": move.name,
            "Description": self._description_of(move),
            "PaymentReference": move.payment_reference,
            "PaymentCondition": move.invoice_payment_term_id.exact_payment_condition_id.code,
            "Document": self._document(move),
            "SalesEntryLines": [
                self._line_payload(line, amount, vat)
                for line, amount, vat in self._amounts(move)
                if amount or vat
            ],
        }
        return self._filled(payload)

    @api.model
    def _line_payload(self, line, amount, vat):
        vat_code = self._vat_code(line)
        payload = {
            "GLAccount": line.account_id.exact_gl_account_id.exact_id,
            "Description": (line.name or "").replace("\n", " ")[:DESCRIPTION_LENGTH],
            "VATCode": vat_code.code,
        }
        payload = self._filled(payload)
        payload["AmountFC"] = amount
        if vat_code.type == "E":
            payload["VATAmountFC"] = vat
        return payload

    @api.model
    def _description_of(self, move):
        return (move.ref or move.invoice_origin or move.partner_id.name or "")[:DESCRIPTION_LENGTH]

    @api.model
    def _journal(self, move):
        journal = move.journal_id
        if move.move_type == "out_refund" and journal.exact_credit_journal_id:
            return journal.exact_credit_journal_id
        return journal.exact_journal_id

    @api.model
    def _vat_code(self, line):
        return line.tax_ids.exact_vat_code_id[:1] or self._code_without_vat()

    @api.model
    def _code_without_vat(self):
        return self.env.company.exact_no_vat_code_id

    @api.model
    def _customer(self, move):
        return self._of_kind("contact")._exact_id(move.commercial_partner_id)

    @api.model
    def _document(self, move):
        return self._of_kind("document")._exact_id(move)

    @api.model
    def _lines(self, move):
        return move.line_ids.filtered(lambda line: line.display_type in LINES_THAT_TRAVEL)

    @api.model
    def _amounts(self, move):
        """``[(line, amount without VAT, VAT)]`` in the document's currency, as Decimals;
        negative on a credit note. Odoo's own tax lines, spread by Odoo over their base lines.
        """
        currency = move.currency_id
        base_lines, _tax_lines = move._get_rounded_base_and_tax_lines()
        sign = -1 if move.move_type == "out_refund" else 1
        vat = {
            base_line["record"]: sign
            * sum(tax["tax_amount_currency"] for tax in base_line["tax_details"]["taxes_data"])
            for base_line in base_lines
        }
        return [
            (
                line,
                self._amount(-line.amount_currency, currency),
                self._amount(vat.get(line, 0.0), currency),
            )
            for line in self._lines(move).sorted(lambda line: (line.sequence, line.id))
        ]

    @api.model
    def _total(self, move):
        """What the customer owes in the document's currency; negative on a credit note."""
        sign = -1 if move.move_type == "out_refund" else 1
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
            *self._compare(self.env._("Your reference"), move.name, remote["YourRef"]),
            *self._compare(self.env._("Customer"), self._customer(move), remote["Customer"]),
            *self._compare(
                self.env._("Journal"), self._journal(move).code, remote["Journal"].strip()
            ),
            *self._compare(self.env._("Date"), move.date, entry_date),
            *self._compare(self.env._("Currency"), move.currency_id.name, remote["Currency"]),
            *self._compare_amount(move, self.env._("Total"), self._total(move), remote["AmountFC"]),
        ]

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
        ledger = _Ledger(remote["ledger"], self._gl_types())
        return [
            *self._prove_header(move, ledger),
            *self._prove_accounts(move, ledger),
            *self._prove_vat(move, ledger),
            *self._compare_amount(move, self.env._("Total"), self._total(move), ledger.total()),
        ]

    @api.model
    def _proof_text(self, move):
        return self.env._(
            "Read back from Exact's ledger and equal to the cent: customer, journal, date, each "
            "account, VAT per code, document; total %(total)s %(currency)s, VAT %(vat)s.",
            total=self._total(move),
            currency=move.currency_id.name,
            vat=sum((vat for _line, _amount, vat in self._amounts(move)), start=Decimal(0)),
        )

    @api.model
    def _prove_header(self, move, ledger):
        first = ledger.receivable()
        if first is None:
            return [Difference(self.env._("Receivable"), self.env._("one line"), "")]
        return [
            *self._compare(self.env._("Customer"), self._customer(move), first["Account"]),
            *self._compare(
                self.env._("Journal"), self._journal(move).code, first["JournalCode"].strip()
            ),
            *self._compare(self.env._("Date"), move.date, odata.from_exact_date(first["Date"])),
            *self._compare(self.env._("Currency"), move.currency_id.name, first["Currency"]),
            *self._compare(self.env._("Your reference"), move.name, first["YourRef"]),
            *self._compare(self.env._("Document"), self._document(move), first["Document"]),
        ]

    @api.model
    def _prove_accounts(self, move, ledger):
        """Amounts without VAT per GL account and VAT code."""
        booked = ledger.bases()
        expected = defaultdict(Decimal)
        names = {}
        for line, amount, _vat in self._amounts(move):
            gl_account = line.account_id.exact_gl_account_id
            vat_code = self._vat_code(line)
            key = gl_account.exact_id, vat_code.code
            expected[key] += amount
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
    def _prove_vat(self, move, ledger):
        """VAT amounts per VAT code."""
        booked = ledger.vat()
        expected = defaultdict(Decimal)
        for line, _amount, vat in self._amounts(move):
            vat_code = self._vat_code(line)
            expected[vat_code.code] += vat
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


class _Ledger:
    """The ledger lines of one entry: what the customer owes is debit, revenue is credit."""

    def __init__(self, rows, gl_types):
        self._receivables, self._vat, self._bases = [], [], []
        for row in rows:
            kind = gl_types.get(row["GLAccount"])
            if kind == RECEIVABLES:
                self._receivables.append(row)
            elif kind == VAT and row["VATCode"]:
                self._vat.append(row)
            else:
                self._bases.append(row)

    def receivable(self):
        return self._receivables[0] if self._receivables else None

    def total(self):
        return sum((_amount_of(row) for row in self._receivables), start=Decimal(0))

    def bases(self):
        """``{(GL account, VAT code): amount}``"""
        return _sums(self._bases, lambda row: (row["GLAccount"], _code_of(row)))

    def vat(self):
        """``{VAT code: amount}``"""
        return _sums(self._vat, _code_of)

    def name(self, key):
        gl_account, vat_code = key
        return f"{gl_account or 'without account'} ({vat_code or '-'})"


def _sums(rows, key):
    sums = defaultdict(Decimal)
    for row in rows:
        sums[key(row)] -= _amount_of(row)
    return sums


def _amount_of(row):
    return odata.parse_amount(row["AmountFC"] or 0)


def _code_of(row):
    return odata.strip_code(row["VATCode"] or "")
