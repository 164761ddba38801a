# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What Exact says, in English, Dutch and French (facts.md 3.5).

The English and Dutch forms of the kinds are recorded; the French ones, and labels that nobody
recorded, are made after their pattern.
"""

LANGUAGES = ("en", "nl", "fr")

# Kind -> sentence per language; {0}, {1} are the labels or values.
_KINDS = {
    "mandatory": ("Mandatory: {0}", "Verplicht: {0}", "Obligatoire: {0}"),
    "reference": ("Invalid reference: {0}", "Ongeldige referentie: {0}",
                  "Référence non valide: {0}"),
    "invalid": ("Invalid: {0}", "Ongeldig: {0}", "Non valide: {0}"),
    "not_allowed": ("Not allowed: {0}", "Niet toegestaan: {0}", "Non autorisé: {0}"),
    "in_use": ("In use: {0}", "In gebruik: {0}", "Utilisé: {0}"),
    "blocked": ("Blocked: {0}", "Geblokkeerd: {0}", "Bloqué: {0}"),
    "too_long": ("{0} - Maximum length: {1}", "{0} - Maximale lengte: {1}",
                 "{0} - Longueur maximale: {1}"),
    "above_zero": ("{0} - Must be greater than: 0", "{0} - Moet groter zijn dan: 0",
                   "{0} - Doit être supérieur à: 0"),
    "period_closed": ("Period is closed: {0} - {1}", "Periode is afgesloten: {0} - {1}",
                      "La période est clôturée: {0} - {1}"),
    "unknown_year": ("Unknown: Financial year (Period-date table)",
                     "Onbekend: Boekjaar (Periode-datumtabel)",
                     "Inconnu: Exercice (Table périodes-dates)"),
    "processed": ("Already processed", "Reeds verwerkt", "Déjà traité"),
    "exists": ("Data already exists", "Gegeven bestaat reeds", "Donnée déjà existante"),
    "bank_journal": ("Invalid journal. The journal must be a bank journal.",
                     "Ongeldig dagboek. Het dagboek moet een bankboek zijn.",
                     "Journal non valide. Le journal doit être un journal de banque."),
    "cash_journal": ("Invalid journal. The journal must be a cash journal.",
                     "Ongeldig dagboek. Het dagboek moet een kasboek zijn.",
                     "Journal non valide. Le journal doit être un journal de caisse."),
    "bank_balance": (
        "Opening balance plus all bank entry lines should result in the closing balance",
        "Het beginsaldo plus alle bankregels moet gelijk zijn aan het eindsaldo",
        "Le solde d'ouverture plus toutes les lignes doit donner le solde de clôture"),
    "out_of_balance": ("The entry is out of balance. Difference: {0}",
                       "De boeking is niet in evenwicht. Verschil: {0}",
                       "L'écriture n'est pas équilibrée. Différence: {0}"),
    "vat_number": ("Invalid check digit for VAT number.",
                   "Ongeldig controlecijfer voor btw-nummer.",
                   "Chiffre de contrôle non valide pour le numéro de TVA."),
    "receivable_account": (
        "The receivables account of the customer ({0}) is not the one of the sales journal ({1})",
        "De klantenrekening {0} is niet gelijk aan de rekening van het verkoopdagboek {1}",
        "Le compte client {0} n'est pas égal au compte du journal de vente {1}"),
    "payable_account": (
        "The payables account of the supplier ({0}) is not the one of the purchase journal ({1})",
        "De leveranciersrekening {0} is niet gelijk aan de rekening van het inkoopdagboek {1}",
        "Le compte fournisseur {0} n'est pas égal au compte du journal d'achat {1}"),
    "has_transactions": ("Deleting is not possible: there are transactions",
                         "Verwijderen is niet mogelijk: er zijn transacties",
                         "Suppression impossible: il y a des transactions"),
    "matched": ("Not allowed: the entry is matched", "Niet toegestaan: de boeking is afgeletterd",
                "Non autorisé: l'écriture est lettrée"),
    "vat_difference": ("VAT amount differs from the calculated amount: {0} instead of {1}",
                       "Btw-bedrag wijkt af van het berekende bedrag: {0} in plaats van {1}",
                       "Le montant de TVA diffère du montant calculé: {0} au lieu de {1}"),
    "webhook_endpoint": ("The callback URL did not answer the validation request",
                         "De callback-URL heeft het validatieverzoek niet beantwoord",
                         "L'URL de rappel n'a pas répondu à la demande de validation"),
}

# Label -> its names per language. A label that is missing here is shown as it is.
_LABELS = {
    "Account": ("Account", "Relatie", "Relation"),
    "Active": ("Active", "Actief", "Actif"),
    "AmountFC": ("Amount", "Bedrag", "Montant"),
    "Attachment": ("Attachment", "Bijlage", "Annexe"),
    "BankAccount": ("Bank account", "Bankrekening", "Compte bancaire"),
    "CallbackURL": ("Callback URL", "Callback-URL", "URL de rappel"),
    "Code": ("Code", "Code", "Code"),
    "CostCenter": ("Cost center", "Kostenplaats", "Centre de frais"),
    "CostUnit": ("Cost unit", "Kostendrager", "Unité de frais"),
    "Currency": ("Currency", "Valuta", "Devise"),
    "Customer": ("Customer", "Klant", "Client"),
    "CustomerType": ("Customer (Type)", "Klant (Type)", "Client (Type)"),
    "Description": ("Description", "Omschrijving", "Description"),
    "Document": ("Document", "Document", "Document"),
    "DocumentType": ("Document type", "Documenttype", "Type de document"),
    "EntryID": ("Entry", "Boeking", "Écriture"),
    "EntryNumber": ("Entry number", "Boekstuknummer", "Numéro d'écriture"),
    "FileName": ("File name", "Bestandsnaam", "Nom du fichier"),
    "FirstName": ("First name", "Voornaam", "Prénom"),
    "From": ("From", "Van", "De"),
    "GLAccount": ("G/L account", "Grootboekrekening", "Compte général"),
    "Journal": ("Journal", "Dagboek", "Journal"),
    "JournalCode": ("Journal", "Dagboek", "Journal"),
    "Journals": ("Journals", "Journals", "Journals"),
    "JournalType": ("Journal (type)", "Dagboek (soort)", "Journal (type)"),
    "LastName": ("Last name", "Achternaam", "Nom"),
    "Lines": ("Lines", "Regels", "Lignes"),
    "Name": ("Name", "Naam", "Nom"),
    "PaymentCondition": ("Payment condition", "Betalingsconditie", "Condition de paiement"),
    "PaymentReference": ("Payment reference", "Betalingskenmerk", "Référence de paiement"),
    "PrivatePercentage": ("Private use (%)", "Privégebruik (%)", "Usage privé (%)"),
    "PrivateUsePercentage": ("Private use (%)", "Privégebruik (%)", "Usage privé (%)"),
    "Rate": ("Exchange rate", "Wisselkoers", "Taux de change"),
    "SourceCurrency": ("Source currency", "Bronvaluta", "Devise source"),
    "Status": ("Status", "Status", "Statut"),
    "Subject": ("Subject", "Onderwerp", "Sujet"),
    "Supplier": ("Supplier", "Leverancier", "Fournisseur"),
    "SupplierType": ("Supplier (Type)", "Leverancier (Type)", "Fournisseur (Type)"),
    "To": ("To", "Tot", "À"),
    "Topic": ("Topic", "Onderwerp", "Sujet"),
    "Type": ("Type", "Type", "Type"),
    "VATCode": ("VAT code", "Btw-code", "Code TVA"),
    "VATNonDeductiblePercentage": ("Non-deductible VAT (%)", "Niet-aftrekbare btw (%)",
                                   "TVA non déductible (%)"),
    "VATPercentage": ("VAT percentage", "Btw-percentage", "Pourcentage de TVA"),
    "WithholdingAmountDC": ("Withholding tax amount", "Bedrag bronbelasting",
                            "Montant de la retenue à la source"),
    "WithholdingTaxAmountDC": ("Withholding tax amount", "Bedrag bronbelasting",
                               "Montant de la retenue à la source"),
    "WithholdingTaxPercentage": ("Withholding tax (%)", "Bronbelasting (%)",
                                 "Retenue à la source (%)"),
    "YourRef": ("Your ref.", "Uw ref.", "Votre réf."),
}

# System texts are stored in English and shown in the user's language.
_SYSTEM_TEXTS = {
    "Open": ("Openstaand", "Ouvert"),
    "Processed": ("Verwerkt", "Traité"),
    "Rejected": ("Afgewezen", "Rejeté"),
    "Sales entry": ("Verkoopboeking", "Écriture de vente"),
    "Sales credit note": ("Creditnota verkoop", "Note de crédit vente"),
    "Purchase entry": ("Inkoopboeking", "Écriture d'achat"),
    "Purchase credit note": ("Creditnota inkoop", "Note de crédit achat"),
    "Cash flow": ("Kasstroom", "Flux de trésorerie"),
    "Payment difference": ("Betalingsverschil", "Différence de paiement"),
    "Exchange rate difference": ("Koersverschil", "Différence de change"),
    "Other": ("Overig", "Autre"),
    "Sales invoice": ("Verkoopfactuur", "Facture de vente"),
    "Purchase invoice": ("Inkoopfactuur", "Facture d'achat"),
    "Miscellaneous": ("Diversen", "Divers"),
    "Customers": ("Klanten", "Clients"),
    "Suppliers": ("Leveranciers", "Fournisseurs"),
    "General": ("Algemeen", "Général"),
    "Closed": ("Afgesloten", "Clôturé"),
}


def refusal(kind, names, language):
    """The sentence of a refusal, e.g. refusal("mandatory", ("Customer",), "nl")."""
    position = LANGUAGES.index(language)
    labels = [_LABELS[name][position] if name in _LABELS else name for name in names]
    return _KINDS[kind][position].format(*labels)


def system_text(text, language):
    """A text of Exact itself (a status, a type) in the user's language."""
    if language == "en" or text not in _SYSTEM_TEXTS:
        return text
    return _SYSTEM_TEXTS[text][LANGUAGES.index(language) - 1]
