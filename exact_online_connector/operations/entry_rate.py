# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import defaultdict
from decimal import Decimal

from odoo import api, models

from ..exact_api import odata
from .exchange_rate import BASE, CHARGED, RATE_DECIMALS, TOTAL, VAT, Part, choose, unlike
from .verdicts import Difference

SAME_RATE = Decimal("1e-6")  # relative: Exact may keep fewer decimals than were sent


class ExactOperationEntryRate(models.AbstractModel):
    """An entry's amounts in the company's currency: the rate that goes along, and their proof.

    What no rate can bring about is foreseen and told; all else is a difference. See
    ``exchange_rate.py``.
    """

    _name = "exact.operation.entry.rate"
    _inherit = ["exact.operation.entry.withholding"]
    _description = "Amounts of an entry in the company's currency"
    _is_shared = True

    @api.model
    def _rate(self, move):
        """Company currency per unit of the document's, where the journal takes one.
        administration-defaults.md §11.4
        """
        conversion = self._conversion(move)
        return conversion and conversion.rate

    @api.model
    def _conversion(self, move):
        """The :class:`Conversion` of a document in another currency, where Odoo's rate goes
        along; else None.
        """
        if self._is_home(move) or not self._journal(move).allow_variable_rate:
            return None
        return choose(self._ledger_parts(move), self._wanted(move), self._own_rate(move))

    @api.model
    def _is_home(self, move):
        """Whether the document is in the administration's currency."""
        return self._currency(move).name == self._division().currency

    @api.model
    def _own_rate(self, move):
        return round(1 / Decimal(str(move.invoice_currency_rate)), RATE_DECIMALS)

    @api.model
    def _ledger_parts(self, move):
        """The :class:`Part` of each ledger line that Exact makes of what is sent."""
        parts, vat, charged = [], defaultdict(Decimal), defaultdict(Decimal)
        for line in self._lines_to_send(move):
            code = line.vat_code.code
            key = (BASE, line.account.exact_gl_account_id.exact_id, code)
            parts += [Part(key, amount) for amount in (line.base, line.not_deductible) if amount]
            vat[code] += line.vat - line.not_deductible
            if line.is_charged:
                charged[code] += line.vat
        parts += [Part((VAT, code), amount) for code, amount in vat.items()]
        for code, amount in charged.items():
            parts.append(Part((VAT, code), -amount))
            parts.append(Part((CHARGED, code), abs(amount), is_line=False))
        return parts

    @api.model
    def _wanted(self, move):
        """``{key of a part: amount in the company's currency}`` as Odoo has it."""
        wanted, charged = defaultdict(Decimal), defaultdict(Decimal)
        for line in self._entry_lines(move):
            code = line.vat_code.code
            gl_account = line.account.exact_gl_account_id.exact_id
            wanted[BASE, gl_account, code] += line.base_dc + line.not_deductible_dc
            wanted[VAT, code] += line.owed_vat_dc - line.not_deductible_dc
            if line.is_charged:
                charged[CHARGED, code] += line.vat_dc
        wanted |= {key: abs(amount) for key, amount in charged.items()}
        total = self._sign * move.amount_total_signed
        wanted[TOTAL] = self._amount(total, move.company_currency_id)
        return dict(wanted)

    @api.model
    def _booked(self, move, remote):
        """The same as Exact has it. Its amounts may carry more decimals than the currency has."""
        currency = move.company_currency_id
        return {
            key: self._amount(float(amount), currency)
            for key, amount in self._figures(move, remote, "AmountDC").items()
        }

    @api.model
    def _figures(self, move, remote, name):
        """``{key of a part: amount}`` of Exact's ledger.

        :param name: ``AmountFC``, or ``AmountDC`` for the company's currency
        """
        ledger = self._ledger(remote).by(name)
        booked = {(BASE, *key): amount for key, amount in ledger.bases().items()}
        for code, amount in ledger.vat().items():
            booked[VAT, code] = amount
        for code in {line.vat_code.code for line in self._entry_lines(move) if line.is_charged}:
            booked[CHARGED, code] = ledger.charged(code)
        booked[TOTAL] = ledger.total()
        return booked

    # -- the proof --------------------------------------------------------------------------------

    @api.model
    def _prove_company_currency(self, move, remote):
        """Each account, the VAT per code and the total in the company's currency, where Exact did
        not choose the rate. What was foreseen is no difference: see :meth:`_told`.
        """
        conversion = self._conversion(move)
        if conversion is None and not self._is_home(move):
            return []
        wanted = self._wanted(move)
        booked = self._without_withheld(move, wanted, self._booked(move, remote))
        off = unlike(wanted, booked)
        if not off or (conversion and conversion.foresees(booked)):
            return []
        return [
            *self._prove_rate(conversion, remote["ledger"][0]),
            *(
                Difference(self._name_dc(move, key), str(odoo), str(exact))
                for key, (odoo, exact) in off.items()
            ),
        ]

    @api.model
    def _prove_rate(self, conversion, row):
        """The rate is named where it made the amounts differ: by itself it is no amount."""
        sent = conversion.rate if conversion else Decimal(1)
        rate = odata.parse_amount(row["ExchangeRate"] or 0)
        if abs(rate - sent) <= sent * SAME_RATE:
            return []
        return [Difference(self.env._("Exchange rate"), f"{sent:f}", f"{rate:f}")]

    @api.model
    def _told(self, move, remote):
        conversion = self._conversion(move)
        return unlike(conversion.wanted, self._booked(move, remote)) if conversion else {}

    @api.model
    def _told_text(self, move, remote):
        off = self._told(move, remote)
        if not off:
            return None
        lines = [
            self._differs(self._name_dc(move, key), odoo, exact)
            for key, (odoo, exact) in off.items()
        ]
        intro = self.env._(
            "No exchange rate brings Exact Online, which converts line by line, to all of Odoo's "
            "amounts. As foreseen, these are apart:"
        )
        return "\n".join((intro, *lines))

    @api.model
    def _figures_text(self, move, remote):
        """What was compared, figure by figure."""
        figures, booked = self._figures(move, remote, "AmountFC"), self._booked(move, remote)
        return "\n".join(
            self._figure_text(move, self._name_of(key), amount, booked.get(key))
            for key, amount in figures.items()
            if amount
        )

    @api.model
    def _figure_text(self, move, name, amount, booked):
        currency = self._currency(move)
        text = f"{name}: {self._amount(float(amount), currency)} {currency.name}"
        return text if self._is_home(move) else f"{text}, {booked} {move.company_currency_id.name}"

    @api.model
    def _name_dc(self, move, key):
        """What an amount in the company's currency is called."""
        return self.env._(
            "%(name)s in %(currency)s",
            name=self._name_of(key),
            currency=move.company_currency_id.name,
        )

    @api.model
    def _name_of(self, key):
        kind, *rest = key
        if kind == BASE:
            gl_account, code = rest
            number = self._gl_code(gl_account)
            return self.env._("Account %s", f"{number} ({code or '-'})")
        if kind == VAT:
            return self.env._("VAT of code %s", rest[0] or "?")
        if kind == CHARGED:
            return self.env._("Reverse charge of code %s", rest[0])
        return self.env._("Total")

    @api.model
    def _gl_code(self, exact_id):
        accounts = self.env["exact.gl.account"].with_context(active_test=False)
        found = accounts.search(
            [("division_id", "=", self._division().id), ("exact_id", "=", exact_id)], limit=1
        )
        return found.code or exact_id or self.env._("without account")
