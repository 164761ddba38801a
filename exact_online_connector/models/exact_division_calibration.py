# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..operations.calibration_evidence import Length
from .exact_calibration_finding import RULES

# What is kept of a text for certain, until more is known. administration-defaults.md §10
YOUR_REF_LENGTH = 30
DESCRIPTION_LENGTH = 60
PAYMENT_REFERENCE_LENGTH = 60
SHORTEST = 20  # a number must be found again in what is kept of it
MOST_NUMBERS = 5  # of entries, named as evidence


class ExactDivision(models.Model):
    """How this administration computes and keeps what is sent: nobody has written that down, so
    each answer is a field, with the documented one as its default. administration-defaults.md §13
    """

    _inherit = "exact.division"
    _set_by_people = frozenset((*RULES, "is_test"))  # all else comes from Exact

    vat_rounding = fields.Selection(
        [("line", "Per line"), ("code", "Per VAT code"), ("document", "Per document")],
        string="VAT is rounded",
        default="line",
        required=True,
        help="Three lines of 0.12 at 21 %: 0.03 each makes 0.09, over all of them it is 0.08.",
    )
    vat_override = fields.Selection(
        [
            ("any", "Whatever Odoo computed"),
            ("limited", "Within a tolerance"),
            ("none", "Not at all"),
        ],
        string="A line's own VAT amount is taken",
        default="any",
        required=True,
        help="Odoo sends its own VAT with each line. Where Exact takes no other amount than its "
        "own, lines are cut so that the VAT lands, or the document is held back.",
    )
    vat_tolerance = fields.Float(
        string="Tolerance per line", digits=(6, 2), help="In the document's currency."
    )
    inclusive_amount = fields.Selection(
        [("unknown", "Not known"), ("gross", "VAT included"), ("net", "VAT excluded")],
        string="Amounts with a VAT code that includes VAT",
        default="unknown",
        required=True,
        help="While it is not known, such codes are not used.",
    )
    percentages = fields.Selection(
        [("fraction", "0.5 for half"), ("whole", "50 for half")],
        string="Percentages of lines are written as",
        default="fraction",
        required=True,
        help="Of VAT that is only partly deductible.",
    )
    reference_format = fields.Selection(
        [("as_is", "As printed, +++000/0000/00101+++"), ("plain", "Without punctuation")],
        string="Payment references are kept",
        default="as_is",
        required=True,
        help="Payments are recognised by them when bank statements are imported in Exact.",
    )
    your_ref_length = fields.Integer(
        string="Your ref.",
        default=YOUR_REF_LENGTH,
        required=True,
        help="Characters. It holds the document's number; a longer one is held back.",
    )
    description_length = fields.Integer(
        string="Description",
        default=DESCRIPTION_LENGTH,
        required=True,
        help="Characters of the document's description that are sent.",
    )
    line_description_length = fields.Integer(
        string="Descriptions of lines",
        default=DESCRIPTION_LENGTH,
        required=True,
        help="Characters of each line's description that are sent.",
    )
    payment_reference_length = fields.Integer(
        string="Payment reference",
        default=PAYMENT_REFERENCE_LENGTH,
        required=True,
        help="Characters of it that are sent; a document with a longer one is warned of.",
    )
    withholding = fields.Selection(
        [("deducted", "Deducted from what is owed"), ("stored", "Kept with the entry only")],
        string="Withholding tax of a sale is",
        default="deducted",
        required=True,
    )

    calibration_ids = fields.One2many(
        "exact.calibration.finding", "division_id", string="Findings", readonly=True
    )
    shown_finding_ids = fields.One2many(
        "exact.calibration.finding",
        "division_id",
        domain=["|", ("confidence", "!=", "none"), ("evidence", "!=", False)],
        readonly=True,
    )
    not_shown = fields.Char(
        compute="_compute_findings", help="The rules of which nothing is known yet."
    )
    calibrated_on = fields.Datetime(string="Entries looked at on", readonly=True)
    calibrated_entries = fields.Integer(
        string="Entries looked at", readonly=True, help="Made by people in Exact, not by Odoo."
    )
    calibration_refused = fields.Char(
        readonly=True, help="What of the entries the user who gave consent may not read."
    )
    contradicted = fields.Char(
        compute="_compute_findings", help="The rules on which what was found is at odds."
    )

    _length_check = models.Constraint(
        f"CHECK(LEAST(your_ref_length, description_length, line_description_length, "
        f"payment_reference_length) >= {SHORTEST})",
        f"A length is {SHORTEST} characters or more: documents are found again by such texts.",
    )

    @api.depends("calibration_ids.confidence")
    def _compute_findings(self):
        labels = dict(self.calibration_ids._fields["rule"]._description_selection(self.env))
        for division in self:
            findings = division.calibration_ids.grouped("confidence")
            at_odds, known = findings.get("contradicted", ()), division.calibration_ids
            none = findings.get("none", known.browse())
            unknown = set(none.mapped("rule")) - set((known - none).mapped("rule"))
            division.contradicted = "; ".join(labels[row.rule] for row in at_odds)
            division.not_shown = "; ".join(labels[rule] for rule in labels if rule in unknown)

    def action_calibrate(self):
        """Queue a look at the latest entries that people made in Exact; none is written."""
        self.check_access("write")
        self.env["exact.sync.queue"]._enqueue("calibration", self)

    def _calibrated(self, shown, count, refused=""):
        """Keep what entries show, and use what they show without contradiction, unless probes
        settled it.

        :param shown: ``{rule: {value: numbers of the entries that show it}}``
        :param refused: what could not be read, for want of a right
        """
        self._keep_findings("entries", {rule: self._finding(rule, shown[rule]) for rule in shown})
        self.write(
            {
                "calibrated_on": fields.Datetime.now(),
                "calibrated_entries": count,
                "calibration_refused": refused,
            }
        )

    def _keep_findings(self, source, findings):
        """Replace what this source found of these rules, and use it.

        :param findings: ``{rule: values of a finding}``
        """
        own = self.calibration_ids.filtered(lambda each: each.source == source)
        own.filtered(lambda each: each.rule in findings).unlink()
        kept = self.env["exact.calibration.finding"].create(
            [
                {"division_id": self.id, "rule": rule, "source": source, **values}
                for rule, values in findings.items()
            ]
        )
        for finding in kept:
            if finding.settings and not finding._of_probes() - finding:
                self.write(finding.settings)

    def _finding(self, rule, values):
        """The fields of a finding: what was found, by which entries, how sure."""
        if not values:
            return {"confidence": "none"}
        numbers = [number for entries in values.values() for number in dict.fromkeys(entries)]
        found = {
            "finding": " / ".join(self._label_of(rule, value) for value in values),
            "evidence": self.env._("Entries %s", ", ".join(numbers[:MOST_NUMBERS])),
            "confidence": _confidence(values, numbers),
        }
        if len(values) == 1 and rule in RULES:
            found["settings"] = self._settings_by(rule, *values)
        return found

    def _settings_by(self, rule, value):
        """What a rule is to be by what was found: ``{field: value}``, or None to leave it.

        That a text is kept so long says that shorter ones are, too, so it only ever raises the
        length; only where it is seen to end may the length be lower.
        """
        if not isinstance(value, Length):
            return {rule: value}
        is_limit = value.how in ("cut", "refused")
        if not is_limit and value.characters <= self[rule]:
            return None
        return {rule: max(value.characters, SHORTEST)}

    def _label_of(self, rule, value):
        if isinstance(value, Length):
            return self._label_of_length(value)
        labels = {
            "negative": self.env._("Negative"),
            "positive": self.env._("Positive"),
        }
        if rule in RULES:
            labels = dict(self._fields[rule]._description_selection(self.env))
        return labels[value]

    def _label_of_length(self, length):
        texts = {
            "seen": self.env._(
                "At least %s characters: a lower bound, which only ever raises the length",
                length.characters,
            ),
            "looks_cut": self.env._("%s characters: several texts end there", length.characters),
            "cut": self.env._("%s characters: the rest is cut off", length.characters),
            "refused": self.env._(
                "At least %s characters: longer ones were refused", length.characters
            ),
        }
        return texts[length.how]

    def write(self, vals):
        """People change these rules; everything else comes from Exact.

        :raises AccessError: for anything else
        """
        if not self.env.su and vals.keys() - self._set_by_people:
            raise AccessError(
                self.env._("What is read from Exact Online is not changed by hand in Odoo.")
            )
        return super().write(vals)


def _confidence(values, numbers):
    if len(values) > 1:
        return "contradicted"
    (value,) = values
    if isinstance(value, Length):
        return "guess" if value.how == "looks_cut" else "sure"
    return "sure" if len(numbers) > 1 else "few"
