# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models

# Fields of an administration that say how it computes and keeps.
RULES = (
    "vat_rounding",
    "vat_override",
    "vat_tolerance",
    "inclusive_amount",
    "percentages",
    "reference_format",
    "withholding",
    "your_ref_length",
    "description_length",
    "line_description_length",
    "payment_reference_length",
)


class ExactCalibrationFinding(models.Model):
    """What entries that people made in an administration, or probes, tell of one of its rules."""

    _name = "exact.calibration.finding"
    _description = "Calibration Finding"
    _order = "division_id, rule, source desc, id"

    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    rule = fields.Selection(
        [
            ("vat_rounding", "VAT is rounded"),
            ("vat_override", "A line's own VAT amount is taken"),
            ("inclusive_amount", "Amounts with a VAT code that includes VAT"),
            ("percentages", "Percentages of lines"),
            ("reference_format", "Payment references"),
            ("credit_notes", "Amounts of credit notes"),
            ("your_ref_length", "Length of Your ref."),
            ("description_length", "Length of descriptions"),
            ("line_description_length", "Length of descriptions of lines"),
            ("payment_reference_length", "Length of payment references"),
        ],
        required=True,
        readonly=True,
    )
    source = fields.Selection(
        [("entries", "Entries people made"), ("probes", "Probes")],
        string="Found by",
        required=True,
        readonly=True,
        default="entries",
    )
    found_on = fields.Datetime(string="Found on", readonly=True, default=fields.Datetime.now)
    finding = fields.Char(readonly=True)
    settings = fields.Json(readonly=True, help="What the rule's fields are to be, by this finding.")
    evidence = fields.Text(readonly=True)
    confidence = fields.Selection(
        [
            ("none", "Not shown"),
            ("contradicted", "They contradict each other"),
            ("guess", "It looks like it"),
            ("few", "By a single entry"),
            ("sure", "Sure"),
        ],
        required=True,
        readonly=True,
    )
    advice = fields.Char(string="What to do", compute="_compute_advice")

    _rule_uniq = models.Constraint(
        "UNIQUE(division_id, rule, source)", "A source finds one thing of a rule."
    )

    @api.depends(
        "confidence",
        "settings",
        "division_id.calibration_ids.settings",
        *(f"division_id.{rule}" for rule in RULES),
    )
    def _compute_advice(self):
        for finding in self:
            finding.advice = finding._advice()

    def _advice(self):
        """What an accountant should do about this finding; empty when nothing."""
        if self.confidence == "contradicted":
            return self.env._(
                "Look at these entries in Exact Online: one was probably typed in by hand, or the "
                "administration was changed in between. Then choose above what holds."
            )
        if self.confidence == "guess" and not self.settings:
            return self.env._(
                "Look at one of these texts in Exact Online. If its end is missing, fill in that "
                "length above."
            )
        if all(self.division_id[name] == value for name, value in (self.settings or {}).items()):
            return False
        if self._of_probes() - self:
            return self.env._(
                "Nothing: probes showed otherwise, and what Odoo sends is booked as a probe is."
            )
        return self.env._("It was set otherwise by hand, above. Put it right, or leave it so.")

    def _of_probes(self):
        """What probes found of the same rule, if anything."""
        return self.division_id.calibration_ids.filtered(
            lambda other: (other.rule, other.source) == (self.rule, "probes") and other.settings
        )
