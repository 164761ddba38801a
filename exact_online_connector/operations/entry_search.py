# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal

from odoo import api, fields, models

from ..exact_api import odata
from .entry_links import MARGIN, Entry, Match, days_of, merged
from .verdicts import Finding

MOST = 30  # candidates that a person looks through


class ExactOperationEntrySearch(models.AbstractModel):
    """Find the entry that one document is, among those that Exact holds; nothing is sent.

    What may be it: the entry of the number that a person typed; else what carries the document's
    number, and what is of its contact at about its date. The ledger that was read before is asked
    where there is one, else Exact: a call or two.
    """

    _name = "exact.operation.entry.search"
    _inherit = ["exact.operation.entry.links"]
    _description = "Search for the entry of a document"

    _priority = 0  # a person waits for it

    @api.model
    def _withdrawn(self, link):
        return None

    @api.model
    def _preflight(self, link):
        if self._partner_accounts() and self._journals(link):
            return []
        text = self.env._("The lists of the administration are not read yet.")
        return [Finding(text, self._division())]

    @api.model
    def _store(self, link, outcome, payload):
        self._note_found(link, **outcome.remote)
        link.write({"searched_on": fields.Datetime.now(), "is_of_mirror": False})
        return self.env["exact.binding"]

    @api.model
    def _documents(self, link):
        return link

    # -- reading ----------------------------------------------------------------------------------

    @api.model
    def _journals(self, link):
        """All that hold such documents: somebody may have chosen another one."""
        types = self._of_kind(link.operation)._journal_types
        journals = self.env["exact.journal"].with_context(active_test=False)
        return journals.search(
            [("division_id", "=", self._division().id), ("type", "in", types)]
        ).mapped("code")

    @api.model
    def _conditions(self, link, moves):
        if link.number:
            return [odata.eq("EntryNumber", odata.int32(int(link.number)))]
        account = self._linked_account(link.move_id)
        if not account:
            return super()._conditions(link, moves)
        numbers = odata.any_of("YourRef", [odata.text(each) for each in self._numbers(moves)])
        narrowed = f"({odata.eq('Account', odata.guid(account))} or {numbers})"
        return [*super()._conditions(link, moves), narrowed]

    @api.model
    def _search_mirror(self, link):
        """Take what the ledger holds that was read before; no call is made."""
        lines = self.env["exact.ledger.line"].search(self._mirror_domain(link))
        entries = merged(map(_entry_of, lines))
        accounts = self._known_accounts(self._unknown(link, entries))
        self._note_found(link, entries, accounts)

    @api.model
    def _mirror_domain(self, link):
        domain = [
            ("division_id", "=", self._division().id),
            ("journal_code", "in", self._journals(link)),
            ("gl_account_exact_id", "in", self._partner_accounts()),
        ]
        if link.number:
            return [*domain, ("entry_number", "=", link.number)]
        move, account = link.move_id, self._linked_account(link.move_id)
        days = days_of(move)
        domain += [("date", ">=", min(days) - MARGIN), ("date", "<=", max(days) + MARGIN)]
        if not account:
            return domain
        numbers = self._numbers(move)
        return [*domain, "|", ("account_exact_id", "=", account), ("your_ref", "in", numbers)]

    @api.model
    def _known_accounts(self, exact_ids):
        """``{exact_id: relation}`` as far as they were read before."""
        accounts = self.env["exact.account"].search(
            [("division_id", "=", self._division().id), ("exact_id", "in", list(exact_ids))]
        )
        return {
            account.exact_id: {
                "VATNumber": account.vat_number,
                "ChamberOfCommerce": account.company_number,
                "Name": account.name,
                "Postcode": account.postcode,
                "Country": account.country,
            }
            for account in accounts
        }

    # -- matching ---------------------------------------------------------------------------------

    @api.model
    def _matches(self, link, entries, accounts):
        """The entries that may be the document, the likeliest first."""
        move, days = link.move_id, days_of(link.move_id)
        matches = [
            Match(link, entry, self._differences(move, entry, accounts))
            for entry in entries
            if link.number or self._may_be(move, entry, accounts)
        ]
        matches.sort(
            key=lambda match: (
                len(match.differences),
                min(abs(match.entry.date - day) for day in days),
            )
        )
        return matches[:MOST]

    @api.model
    def _may_be(self, move, entry, accounts):
        return bool(
            entry.references & set(self._numbers(move))
            or self._is_same_total(move, entry)
            or self._is_like(move, entry, accounts)
        )

    @api.model
    def _is_same_total(self, move, entry):
        return (entry.currency, entry.amount) == (move.currency_id.name, self._owed(move))

    @api.model
    def _differences(self, move, entry, accounts):
        differences = super()._differences(move, entry, accounts)
        days = days_of(move)
        if entry.date not in days:
            differences.append(self._differs(self.env._("Date"), days[0], entry.date))
        return differences

    @api.model
    def _note_found(self, link, entries, accounts):
        matches = self._matches(link, entries, accounts)
        several = sum(not match.differences for match in matches) > 1
        link.candidate_ids.unlink()
        self.env["exact.entry.link.candidate"].create(
            [self._found(link, match, accounts, several) for match in matches]
        )

    @api.model
    def _found(self, link, match, accounts, several):
        """Values of a candidate: certain is what is equal in all."""
        move, entry, differences = link.move_id, match.entry, list(match.differences)
        is_same_contact = self._is_same_contact(move, entry, accounts)
        refusal = self._taken(match.document, entry)
        if not refusal and not is_same_contact and not self._is_same_total(move, entry):
            refusal = self.env._(
                "Neither the contact nor the total is the same: it is another document."
            )
        if several and not differences:
            differences.append(
                self.env._("Exact Online holds several entries that are equal to it.")
            )
        state = "doubtful" if differences else "certain"
        return {
            "link_id": link.id,
            "state": "refused" if refusal else state,
            "difference": "\n".join(filter(None, (refusal, *differences))),
            "is_same_contact": is_same_contact,
            **self._entry_values(entry),
        }


def _entry_of(line):
    """A line of the ledger that was read before."""
    return Entry(
        exact_id=line.entry_id,
        number=line.entry_number or "",
        reference=line.your_ref or "",
        references={line.your_ref, line.entry_number} - {False, ""},
        account=line.account_exact_id,
        account_code=line.account_code or "",
        account_name=line.account_name or "",
        currency=line.currency,
        date=line.date,
        amount=Decimal(str(line.amount_fc)),
    )
