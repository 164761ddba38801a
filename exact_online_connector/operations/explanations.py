# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What Exact's texts mean: a cause for each text that is known, in whatever language it comes.

Exact answers in the language of the user who connected. Dutch and English texts were recorded or
are documented; those in French were made after their pattern. What each cause means for a record,
and where it is mended: ``explainer.py``.
"""

import re
import unicodedata

GAP = "…"  # in a text of the table: anything may stand here, such as a code
_PLACE = re.compile(r"^\w+ \d+ *: *")  # "Invoer 17: ", of one of several entries
_AROUND = ".,:;()[]'\"-–"  # what may stand around a code

# The first that matches counts, so that the particular goes before the general.
SENTENCES = (
    # -- the connection and its rights
    ("token_spent", ("old refresh token used", "unauthorized_client", "invalid_grant")),
    ("token_expired", ("the refresh token expired", "refresh token … expired")),
    ("token_too_early", ("access_token not expired", "access token not expired")),
    ("wrong_user_type", ("document type not allowed", "documenttype niet toegestaan")),
    (
        "too_many_errors",
        ("rate limit exceeded after many errors", "too many errors"),
    ),
    ("too_many_requests", ("too many requests", "rate limit exceeded", "te veel verzoeken")),
    (
        "no_rights",
        (
            "division is not within division scope",
            "wrong division",
            "division not accessible",
            "application scope violated",
            "forbidden",
        ),
    ),
    # -- our own mistakes
    (
        "our_mistake",
        (
            "please add a $select",
            "error processing request stream",
            "should be a valid top-level resource object",
            "error encountered in converting the value",
        ),
    ),
    # -- periods
    (
        "match_in_closed_period",
        (
            "betalingstermijn … niet gevonden",
            "payment term … not found",
            "terme de paiement … introuvable",
        ),
    ),
    (
        "period_closed_there",
        (
            "periode is afgesloten",
            "period is closed",
            "periode … is afgesloten",
            "period … is closed",
            "periode est cloturee",
            "periode … cloturee",
        ),
    ),
    (
        "year_unknown",
        (
            "boekjaar (periode-datumtabel)",
            "fiscal year (period-date table)",
            "financial year (period-date table)",
            "exercice (table",
        ),
    ),
    # -- what is there already
    (
        "several_there",
        ("bestaat al … met boekstuknr … ,", "already exists … with entry numbers … ,"),
    ),
    (
        "already_there",
        (
            "in gebruik: boekstuknummer",
            "in use: entry number",
            "utilise: numero de piece",
            "utilise: numero d'ecriture",
            "in gebruik: code",
            "in use: code",
            "utilise: code",
            "bestaat al … boekstuknr",
            "already exists … entry number",
            "invoice number is already used",
            "factuurnummer is al gebruikt",
            "invoice number … already … used",
        ),
    ),
    (
        "dimension_refused",
        (
            "gegeven bestaat reeds … kostenplaats",
            "gegeven bestaat reeds … kostendrager",
            "gegeven bestaat reeds",
            "data already exists",
            "donnee existe deja",
        ),
    ),
    ("already_there", ("bestaat reeds", "already exists", "existe deja")),
    ("processed_there", ("reeds verwerkt", "already processed", "deja traite")),
    # -- amounts and VAT
    (
        "vat_inclusive",
        (
            "btw-regel … komt niet overeen",
            "btw regel … komt niet overeen",
            "vat line … does not match",
            "ligne tva … ne correspond pas",
        ),
    ),
    (
        "out_of_balance_there",
        (
            "niet in evenwicht",
            "not in balance",
            "out of balance",
            "n'est pas en equilibre",
            "n'est pas equilibree",
        ),
    ),
    (
        "vat_code_refused",
        (
            "btw percentage is niet toegestaan",
            "btw-percentage is niet toegestaan",
            "vat percentage is not allowed",
        ),
    ),
    (
        "vat_number_refused",
        (
            "controlecijfer voor btw-nummer",
            "check digit … vat number",
            "chiffre de controle … numero de tva",
            "invalid vat number",
            "ongeldig btw-nummer",
            "numero de tva non valide",
        ),
    ),
    (
        "exchange_rate_refused",
        (
            "wisselkoers - moet groter zijn dan",
            "exchange rate - must be greater than",
            "taux de change - doit etre superieur",
        ),
    ),
    # -- accounts and journals
    (
        "control_account_differs",
        (
            "klantenrekening … niet gelijk aan de rekening van het verkoopdagboek",
            "leveranciersrekening … niet gelijk aan de rekening van het inkoopdagboek",
            "account of the customer … not equal … account of the sales journal",
            "receivables account … differs … sales journal",
            "compte client … n'est pas egal au compte du journal de ventes",
        ),
    ),
    (
        "gl_account_refused",
        (
            "grootboek … geblokkeerd",
            "grootboek … niet gevonden",
            "g/l account … blocked",
            "g/l account … not found",
            "gl account … blocked",
            "gl account … not found",
            "compte general … bloque",
            "compte general … introuvable",
        ),
    ),
    (
        "journal_refused",
        (
            "invalid journal",
            "journal must be a",
            "ongeldig dagboek",
            "dagboek moet een … zijn",
            "journal non valide",
        ),
    ),
    # -- contacts
    (
        "contact_incomplete",
        (
            "account verplicht",
            "account mandatory",
            "name should not be empty",
            "naam mag niet leeg zijn",
            "customer without address",
            "klant zonder adres",
            "client sans adresse",
        ),
    ),
    ("email_refused", ("invalid email", "ongeldig e-mailadres", "invalid e-mail")),
    (
        "link_stale",
        (
            "niet herkende guid",
            "unrecognized guid",
            "guid should contain 32 digits",
            "format guid non reconnu",
            "relation may no longer exist",
            "relatie bestaat mogelijk niet meer",
            "ongeldige referentie: klant",
            "ongeldige referentie: leverancier",
            "ongeldige referentie: relatie",
            "invalid reference: customer",
            "invalid reference: supplier",
            "invalid reference: account",
            "reference non valide: client",
            "reference non valide: fournisseur",
        ),
    ),
)

MAY_BE_THERE = ("already_there", "several_there")  # by our own hand, when an answer was lost

# "Kind: subject", such as "Ongeldige referentie: Btw-code".
KINDS = (
    "verplicht",
    "mandatory",
    "obligatoire",
    "ongeldig",
    "ongeldige referentie",
    "invalid",
    "invalid reference",
    "non valide",
    "invalide",
    "reference non valide",
    "reference invalide",
    "onbekend",
    "unknown",
    "inconnu",
    "niet toegestaan",
    "not allowed",
    "non autorise",
    "non permis",
    "geblokkeerd",
    "blocked",
    "bloque",
    "niet gevonden",
    "not found",
    "introuvable",
)
SUBJECTS = (
    ("journal_refused", ("dagboek", "journal", "diary")),
    (
        "year_unknown",
        ("boekjaar", "periode", "fiscal year", "financial year", "period", "exercice"),
    ),
    (
        "payment_condition_refused",
        (
            "betalingsconditie",
            "vervaldatum",
            "payment condition",
            "due date",
            "condition de paiement",
            "date d'echeance",
        ),
    ),
    ("vat_number_refused", ("btw-nummer", "vat number", "numero de tva")),
    ("vat_code_refused", ("btw", "vat code", "vat percentage", "code tva", "pourcentage de tva")),
    ("not_a_customer", ("klant (type)", "customer (type)", "client (type)")),
    ("not_a_supplier", ("leverancier (type)", "supplier (type)", "fournisseur (type)")),
    (
        "gl_account_refused",
        (
            "grootboek",
            "type grootboekrekening",
            "g/l account",
            "gl account",
            "general ledger",
            "type de compte general",
            "compte general",
        ),
    ),
    (
        "dimension_refused",
        (
            "kostenplaats",
            "kostendrager",
            "cost center",
            "cost centre",
            "cost unit",
            "centre de couts",
            "centre de frais",
            "unite d'oeuvre",
            "unite de frais",
        ),
    ),
    ("exchange_rate_refused", ("wisselkoers", "exchange rate", "taux de change")),
    ("currency_refused", ("valuta", "currency", "devise")),
    ("email_refused", ("e-mail", "email")),
    (
        "contact_incomplete",
        (
            "relatie",
            "relationship",
            "relation",
            "factuur voor",
            "besteld door",
            "invoice to",
            "ordered by",
            "klant",
            "leverancier",
            "customer",
            "supplier",
            "client",
            "fournisseur",
            "naam",
            "name",
            "nom",
            "adres",
            "address",
            "adresse",
            "code",
        ),
    ),
)


def cause_of(text):
    """The cause that one of Exact's texts tells, a key of the tables above; None if unknown."""
    said = plain_text(text)
    for cause, sentences in SENTENCES:
        if any(_says(said, sentence) for sentence in sentences):
            return cause
    kind, colon, subject = said.partition(":")
    if not colon or kind.strip() not in KINDS:
        return None
    return next(
        (cause for cause, subjects in SUBJECTS if subject.strip().startswith(subjects)), None
    )


def is_refusal(messages):
    """Whether these texts say for certain that nothing was carried out."""
    return bool({cause_of(text) for text in messages} - {None, *MAY_BE_THERE})


def causes():
    """Every cause of the tables, once."""
    return list(dict.fromkeys(cause for cause, _texts in (*SENTENCES, *SUBJECTS)))


def words_of(text):
    """The set of words and codes in one of Exact's texts, as it writes them."""
    return {word.strip(_AROUND) for word in _PLACE.sub("", text).split()}


def plain_text(text):
    """A text in one spelling: lower case, no accents, single spaces, plain dashes and quotes,
    and without the number of the entry that it is about.
    """
    decomposed = unicodedata.normalize("NFKD", text).casefold().replace("œ", "oe")
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    for odd, usual in (("–", "-"), ("—", "-"), ("’", "'"), (" :", ":")):
        letters = letters.replace(odd, usual)
    return _PLACE.sub("", " ".join(letters.split()))


def _says(said, sentence):
    """Whether the parts of ``sentence`` stand in ``said``, in order."""
    place = 0
    for part in sentence.split(GAP):
        found = said.find(part.strip(), place)
        if found < 0:
            return False
        place = found + len(part.strip())
    return True
