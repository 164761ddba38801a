# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Which relation of Exact is which contact of Odoo: plain dictionaries, no database.

Both sides are reduced to :class:`Traits`; :func:`climb` compares them rung by rung.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass

RUNGS = ("binding", "code", "vat", "company_number", "iban", "email", "name_postcode")
STRONG = ("vat", "company_number", "iban")
MOST = 5  # candidates of one contact
# Numbers shorter than this are no company numbers but what somebody typed.
SHORTEST_NUMBER = 6
LEGAL_FORMS = frozenset(
    "bv bvba nv sa sas sasu sarl srl sprl scrl cvba cv vof vzw asbl snc comm commv gcv maatschap "
    "gmbh ag kg ohg ug gbr ltd limited plc llp llc inc corp co company spa sl slu se ev eu".split()
)


@dataclass(frozen=True, slots=True)
class Traits:
    """What a contact or a relation is recognised by; empty where it has none."""

    id: int
    code: str = ""
    vat: str = ""
    company_number: str = ""
    ibans: tuple = ()
    email: str = ""
    name_postcode: str = ""
    country: str = ""

    def keys(self, rung):
        if rung == "iban":
            return self.ibans
        key = getattr(self, rung)
        return (key,) if key else ()


@dataclass(frozen=True, slots=True)
class Match:
    """A relation that may be a contact. ``doubt`` says why it is not certain, None when it is."""

    account_id: int
    rung: str
    doubt: str | None = None


def climb(partners, accounts, linked):
    """``{partner id: [Match]}``, best first, at most :data:`MOST` each.

    :param partners: Traits of the contacts
    :param accounts: Traits of all relations of the administration
    :param linked: ``{account id: partner id}`` of what is linked already
    """
    accounts = {account.id: account for account in accounts}
    account_of = {partner_id: account_id for account_id, partner_id in linked.items()}
    indexes = {rung: _index(accounts.values(), rung) for rung in RUNGS[1:]}
    unlinked, matches = [], {}
    for partner in partners:
        if partner.id in account_of:
            matches[partner.id] = [Match(account_of[partner.id], "binding")]
        else:
            unlinked.append(partner)
    found = {partner.id: _reached(partner, indexes) for partner in unlinked}
    claims = _claims(found)
    for partner in unlinked:
        reached = found[partner.id]
        own = [
            Match(
                account_id,
                rungs[0],
                _doubt(partner, accounts[account_id], rungs, reached, claims, indexes, linked),
            )
            for account_id, rungs in reached.items()
        ]
        own.sort(key=lambda match: (match.doubt is not None, RUNGS.index(match.rung)))
        matches[partner.id] = own[:MOST]
    return matches


def _index(accounts, rung):
    index = defaultdict(list)
    for account in accounts:
        for key in account.keys(rung):
            index[key].append(account.id)
    return index


def _reached(partner, indexes):
    """``{account id: [rungs that lead there, strongest evidence first]}``"""
    reached = {}
    for rung, index in indexes.items():
        for key in partner.keys(rung):
            for account_id in index.get(key, ())[: MOST + 1]:
                reached.setdefault(account_id, []).append(rung)
    return {
        account_id: sorted(rungs, key=lambda rung: (rung not in STRONG, RUNGS.index(rung)))
        for account_id, rungs in reached.items()
    }


def _claims(found):
    """``{account id: number of contacts that reach it by a strong rung}``"""
    claims = defaultdict(int)
    for reached in found.values():
        for account_id, rungs in reached.items():
            if rungs[0] in STRONG:
                claims[account_id] += 1
    return claims


def _doubt(partner, account, rungs, reached, claims, indexes, linked):
    if account.id in linked:
        return "linked"
    if rungs[0] not in STRONG:
        return "weak"
    if _contradict(partner, account, rungs[0]):
        return "contradiction"
    if not any(_is_alone(account, rung, indexes) for rung in rungs if rung in STRONG):
        return "several_accounts"
    if sum(others[0] in STRONG for others in reached.values()) > 1:
        return "several_accounts"
    if claims[account.id] > 1:
        return "several_partners"
    return None


def _is_alone(account, rung, indexes):
    """Whether no other relation has the numbers that this one has."""
    return all(len(indexes[rung][key]) == 1 for key in account.keys(rung))


def _contradict(partner, account, rung):
    """Whether another number or the country differs; an equal VAT number outweighs these."""
    if rung == "vat":
        return False
    pairs = (
        (partner.vat, account.vat),
        (partner.company_number, account.company_number),
        (partner.country, account.country),
    )
    return any(ours and theirs and ours != theirs for ours, theirs in pairs)


# -- keys ------------------------------------------------------------------------------------------


def plain(value):
    """Upper-case letters and digits alone, as two spellings of a number are compared."""
    return "".join(char for char in str(value or "") if char.isalnum()).upper()


def vat_key(number, country):
    """A VAT number with its country, in one spelling; empty for what is none."""
    key = plain(number)
    if len(key) < SHORTEST_NUMBER:
        return ""
    if key[0].isdigit() and country:
        key = f"{country}{key}"
    if key.startswith("BE") and key[2:].isdigit():
        key = f"BE{key[2:]:0>10}"
    return key


def company_key(number, vat, country):
    """Digits of a company number without leading zeros. A Belgian one is in the VAT number."""
    digits = "".join(char for char in str(number or "") if char.isdigit())
    if len(digits) < SHORTEST_NUMBER and country in ("BE", "") and vat.startswith("BE"):
        digits = vat[2:]
    digits = digits.lstrip("0")
    return digits if len(digits) >= SHORTEST_NUMBER else ""


def name_postcode_key(name, postcode):
    """A name without accents, punctuation and legal form, with the postcode; both or nothing."""
    text = unicodedata.normalize("NFKD", name or "").casefold().replace(".", "")
    text = "".join(char for char in text if not unicodedata.combining(char))
    words = re.findall(r"[^\W_]+", text)
    core = "".join(word for word in words if word not in LEGAL_FORMS)
    postcode = plain(postcode)
    return f"{core} {postcode}" if core and postcode else ""
