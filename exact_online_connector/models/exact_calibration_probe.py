# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from decimal import Decimal

from odoo import api, fields, models

from ..operations.calibration_evidence import KnownEntry, KnownLine
from ..operations.probes import Probe

KINDS = [
    ("rounding", "How VAT is rounded"),
    ("override", "Whether a VAT amount of our own is taken"),
    ("credit", "The sign of credit notes"),
    ("inclusive", "Amounts with a VAT code that includes VAT"),
    ("deduction", "How percentages are written"),
    ("reference", "How payment references are kept"),
    ("your_ref", "How long Your ref. is kept"),
    ("description", "How long descriptions are kept"),
]
OPERATIONS = {"deduction": "purchase_probe"}  # all others are sales


class ExactCalibrationProbe(models.Model):
    """A tiny entry in a test administration: booked, looked at and deleted at once.

    Its binding holds an intent from before it is booked until it is gone, so that whatever
    happens in between ends in a look-up by its own mark, and in its removal.
    """

    _name = "exact.calibration.probe"
    _description = "Calibration Probe"
    _order = "division_id, number"
    _rec_name = "reference"

    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    number = fields.Integer(readonly=True, required=True)
    kind = fields.Selection(KINDS, string="Measures", required=True, readonly=True)
    size = fields.Char(readonly=True, help="Euro, characters, or the text that was sent.")
    sent = fields.Char(
        string="Sent with", compute="_compute_sent", help="What is special about it."
    )
    reference = fields.Char(
        string="Mark", required=True, readonly=True, help="By which it is found in Exact."
    )
    result = fields.Selection(
        [("booked", "Booked and looked at"), ("refused", "Refused by Exact")], readonly=True
    )
    refusal = fields.Text(string="Exact's words", readonly=True)
    measured = fields.Json(readonly=True, help="What Exact made of it.")
    entry_number = fields.Char(string="Number in Exact", readonly=True)
    document = fields.Char(readonly=True, help="Exact ID of the document that Exact made for it.")
    is_stopped = fields.Boolean(readonly=True, help="A person stopped it.")
    standing = fields.Selection(
        [
            ("waiting", "Not booked"),
            ("left", "In Exact, or may be"),
            ("gone", "Deleted"),
            ("never", "Never booked"),
        ],
        string="Now",
        compute="_compute_standing",
    )

    @api.depends("kind", "size")
    def _compute_sent(self):
        for probe in self:
            probe.sent = self._sent_text(probe.kind, probe.size)

    @api.model
    def _sent_text(self, kind, size):
        if kind == "override":
            return self.env._("VAT that is %s off", size)
        if kind in ("your_ref", "description"):
            return self.env._("%s characters", size)
        return size or self.env._("Nothing special")

    def _compute_standing(self):
        bindings = self.env["exact.binding"].sudo().search(self._of_these())
        left = {binding.res_id for binding in bindings if binding.intended_on}
        for probe in self:
            gone = "gone" if probe.entry_number else "never"
            over = gone if probe.result or probe.is_stopped else "waiting"
            probe.standing = "left" if probe.id in left else over

    def _of_these(self):
        return [("res_model", "=", self._name), ("res_id", "in", self.ids)]

    def _operation_kind(self):
        return OPERATIONS.get(self.kind, "sales_probe")

    def _items(self):
        """The queue items that are not over yet."""
        return (
            self.env["exact.sync.queue"]
            .sudo()
            .search([*self._of_these(), ("state", "not in", ("done", "cancelled"))])
        )

    @api.model
    def _begin(self, division, kind, size, reference):
        """A probe that is not booked yet."""
        number = max(division.probe_ids.mapped("number"), default=0) + 1
        return self.sudo().create(
            {
                "division_id": division.id,
                "number": number,
                "kind": kind,
                "size": size,
                "reference": f"PROBE-{number}-{reference}",
            }
        )

    def _note(self, seen):
        """Write down what Exact refused, or made of it."""
        if "refusal" in seen:
            self.write({"result": "refused", "refusal": seen["refusal"]})
        else:
            self.write({"result": "booked", "measured": seen, "document": seen["document"]})

    def _as_probe(self):
        """What it tells, as :mod:`operations.probes` takes it."""
        seen = self.measured or {}
        return Probe(
            kind=self.kind,
            size=self.size or "",
            number=self.entry_number or self.reference,
            refusal=self.refusal or "",
            entry=self._entry(seen) if seen else None,
            vat_claimed=Decimal(seen.get("vat_claimed", 0)),
        )

    def _entry(self, seen):
        return KnownEntry(
            number=self.entry_number,
            type=seen["type"],
            total=Decimal(seen["total"]),
            reference=seen["reference"],
            your_ref=seen["your_ref"],
            description=seen["description"],
            lines=[
                KnownLine(code, kind, Decimal(rate), Decimal(amount), Decimal(vat))
                for code, kind, rate, amount, vat in seen["lines"]
            ],
            texts=seen["texts"],
        )

    def unlink(self):
        """With the probes go their bindings: what they bound is gone from Exact."""
        self.check_access("unlink")
        self.env["exact.binding"].sudo().search(self._of_these()).unlink()
        return super().unlink()
