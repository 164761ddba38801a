# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Behaviour of Exact Online that nobody has recorded, made switchable.

The first option of each switch is the default: the documented side where there is one
(facts.md, administration-defaults.md).
"""

OPTIONS = {
    "language": ("en", "nl", "fr"),
    "vat_rounding": ("line", "code", "document"),
    "vat_override_tolerance": ("unlimited", "0.02", "0.10", "refuse"),
    "inclusive_amount": ("gross", "net"),
    "header_vat": ("ignored", "enforced"),
    "credit_note_type": ("21", "20"),
    "positive_credit_note": ("keep", "flip", "refuse"),
    "receivable_sign": ("ledger", "negative"),
    "receivables_list_sign": ("positive", "negative"),
    "post_status": ("201", "200"),
    "prefer_representation": ("on", "off"),
    "accounts_post_reply": ("id_only", "full"),
    "expires_in": ("string", "number"),
    "limit_headers_on_429": ("family", "none"),
    "velocity_status": ("403", "429"),
    "error_velocity": ("on", "off"),
    "token_rules": ("on", "off"),
    "client_guid": ("ignored", "honoured"),
    "payment_reference": ("as_sent", "strip", "refuse"),
    "your_ref_length": ("cut", "refuse", "unlimited"),
    "description_length": ("cut", "refuse", "unlimited"),
    "missing_module": ("forbidden", "empty", "licence"),
    "too_early_status": ("400", "401"),
    "put_entry": ("allowed", "refused"),
    "single_top_shape": ("bare", "results"),
    "filter_where_sync": ("optional", "mandatory"),
    "exchange_rate_rules": ("on", "off"),
    "post_reply_lines": ("deferred", "expanded"),
    "vat_number_check": ("on", "off"),
    "percentages": ("fraction", "whole"),
    "private_use": ("stored", "booked"),
    "rate_remainder": ("party", "first_line"),
    "instalments": ("one_term", "two_terms"),
    "rejected_entry": ("changeable", "fixed"),
    "batch_booking": ("one_line", "per_relation"),
    "document_in_use": ("refused", "removed"),
    "withholding": ("deducted", "stored"),
}

EXPLANATIONS = {
    "language": "Language of the user: of refusals and of system texts",
    "vat_rounding": "VAT is rounded per line, per VAT code or per document",
    "vat_override_tolerance": "How far a line's VATAmountFC may differ from Exact's own VAT",
    "inclusive_amount": "AmountFC of a line with an inclusive VAT code is gross or net",
    "header_vat": "VATAmountFC on the header corrects nothing, or the last taxed line",
    "credit_note_type": "Type of an entry with a negative total that was sent without Type",
    "positive_credit_note": "Type 21 or 31 sent with a positive total: kept, flipped or refused",
    "receivable_sign": "AmountDC of a customer's term: as in the ledger, or negative when he owes",
    "receivables_list_sign": "Amount of an open invoice in ReceivablesList",
    "post_status": "Status of a successful POST",
    "prefer_representation": "Whether 'Prefer: return=representation' is honoured",
    "accounts_post_reply": "POST crm/Accounts answers only the ID, or the whole record",
    "expires_in": "JSON type of expires_in",
    "limit_headers_on_429": "A 429 carries the headers of the exhausted window, or none",
    "velocity_status": "Status while an endpoint is blocked after too many errors",
    "error_velocity": "Whether more than ten errors an hour block an endpoint",
    "token_rules": "Whether refreshes before 570 s and more than 200 a day are refused",
    "client_guid": "Whether a key GUID sent by the client is used",
    "payment_reference": "Punctuation in PaymentReference: kept, stripped or refused",
    "your_ref_length": "YourRef longer than 30 characters",
    "description_length": "Description longer than 60 characters",
    "missing_module": "Answer of a resource that the licence lacks",
    "too_early_status": "Status of a refresh before 570 s",
    "put_entry": "Whether sales and purchase entries can be changed",
    "single_top_shape": "Shape of a list asked with a small $top",
    "filter_where_sync": "Whether a list of what a sync resource offers too needs a $filter",
    "exchange_rate_rules": "Whether Rate is held against the journal's flags",
    "post_reply_lines": "Lines in the reply to a POSTed entry",
    "vat_number_check": "Whether check digits of VAT numbers are verified",
    "percentages": "Half is 0.5 or 50 in percentages other than those of VAT codes",
    "private_use": "PrivateUsePercentage is only kept, or its share of the line and its VAT is "
                   "booked on the PrivateGLAccount",
    "rate_remainder": "Cents that conversion leaves over: on the customer's or supplier's ledger "
                      "line, or on the first line that is neither that nor VAT",
    "instalments": "A payment condition with a Percentage below all makes one term, or two: "
                   "that share after its days and the rest 30 days later",
    "rejected_entry": "Whether a rejected purchase entry may be changed, which opens it again, and "
                      "deleted",
    "batch_booking": "A bank books a batch as one line, which names no relation when there are "
                     "several, or as a line for each relation",
    "document_in_use": "Deleting a document that an entry shows is refused, or removes it from "
                       "the entry as well",
    "withholding": "Withholding tax lessens what the customer owes or the supplier is owed and is "
                   "booked on an account of its own, or its fields are only kept",
}

DEFAULTS = {name: options[0] for name, options in OPTIONS.items()}


def checked(changes):
    """The changes as text values; ValueError names the first that is no switch or no option."""
    result = {}
    for name, value in changes.items():
        if name not in OPTIONS:
            raise ValueError(f"There is no switch '{name}'. Choose from: {', '.join(OPTIONS)}.")
        if str(value) not in OPTIONS[name]:
            raise ValueError(f"Switch '{name}' takes {' or '.join(OPTIONS[name])}, not '{value}'.")
        result[name] = str(value)
    return result
