# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..operations.probes import conclusions
from .exact_calibration_finding import RULES
from .roles import check_manager

TROUBLE = ("failed", "differs", "blocked")


class ExactDivision(models.Model):
    """What no entry shows is measured with probes, in an administration that a manager marked as
    one for tests. administration-defaults.md §13
    """

    _name = "exact.division"
    _inherit = ["exact.division", "mail.thread"]

    is_test = fields.Boolean(
        string="This is a test administration",
        help="Nobody keeps real books in it: Odoo may book probes there, and delete them at once.",
    )
    measured_on = fields.Datetime(string="Measured with probes on", readonly=True)
    probe_ids = fields.One2many("exact.calibration.probe", "division_id", readonly=True)
    probes_left = fields.Char(
        compute="_compute_probes", help="Probes that are in Exact, or may be, and are to go."
    )
    is_measuring = fields.Boolean(compute="_compute_probes")
    probe_trouble = fields.Text(compute="_compute_probes")

    @api.depends("probe_ids.result", "probe_ids.entry_number")
    def _compute_probes(self):
        for division in self:
            probes, items = division.probe_ids, division.probe_ids._items()
            left = probes.filtered(lambda probe: probe.standing == "left")
            trouble = items.filtered(lambda item: item.state in TROUBLE)[:1]
            division.probes_left = ", ".join(each.entry_number or each.reference for each in left)
            division.is_measuring = bool(items - trouble)
            division.probe_trouble = "\n".join(filter(None, (trouble.message, trouble.advice)))

    def action_measure(self):
        """Say what would be booked and deleted, and ask for a yes."""
        self._check_may_measure()
        return self.env["exact.measuring"]._open(self)

    def _measure(self):
        """Queue the first probe; each one queues the next when it is gone."""
        self._check_may_measure()
        self.sudo().probe_ids.unlink()
        self._operation()._queue_next(self)

    def _check_may_measure(self):
        """:raises UserError: where probes may not be booked, or some are still about"""
        check_manager(self.env)
        self.check_access("write")
        if not self.is_test:
            raise UserError(
                self.env._(
                    "Probes are booked in a test administration only. Tick “This is a test "
                    "administration” first, if nobody keeps real books in %s.",
                    self.name,
                )
            )
        if self.is_measuring or self.probes_left:
            raise UserError(
                self.env._(
                    "The probes of last time are not all gone yet. Wait, or stop them and have "
                    "them deleted."
                )
            )
        missing = self._operation()._missing(self)
        if missing:
            raise UserError("\n".join(missing))

    def _operation(self):
        operation = self.env["exact.operation"].sudo().with_company(self.company_id)
        return operation.with_context(exact_division_id=self.id)._of_kind("sales_probe")

    def action_remove_probes(self):
        """Stop measuring; what is in Exact, or may be, is looked up by its mark and deleted."""
        check_manager(self.env)
        self.check_access("write")
        probes = self.sudo().probe_ids
        probes.filtered(lambda probe: not probe.result).is_stopped = True
        about = probes.filtered(lambda probe: probe.standing == "left" or probe._items())
        for probe in about:
            self.env["exact.sync.queue"]._enqueue(probe._operation_kind(), probe)

    def action_open_probe_trouble(self):
        """Open the queue item that stopped, with what to do."""
        trouble = self.probe_ids._items().filtered(lambda item: item.state in TROUBLE)
        return trouble[:1].sudo(False)._get_records_action(context={})

    def _conclude_probes(self, under_way):
        """Use what the probes of each kind tell that is over.

        :param under_way: the kind of the next probe, None after the last one
        """
        over = [
            probe._as_probe()
            for probe in self.probe_ids
            if probe.result and probe.kind != under_way
        ]
        findings = {}
        for shown in conclusions(over).values():
            findings |= self._findings_of(shown)
        self._keep_findings("probes", findings)
        if not under_way:
            self.measured_on = fields.Datetime.now()

    def _findings_of(self, shown):
        """``{rule: values of a finding}`` by the probes of one kind."""
        rules = dict(shown.rules)
        tolerance = rules.pop("vat_tolerance", None)
        evidence = "\n".join(self._told_by(probe) for probe in shown.probes)
        findings = {}
        for rule, value in rules.items():
            findings[rule] = {"evidence": evidence, "confidence": "sure" if value else "none"}
            if value:
                findings[rule]["finding"] = self._label_of(rule, value)
            if value and rule in RULES:
                findings[rule]["settings"] = self._settings_by(rule, value)
        if tolerance is not None:
            findings["vat_override"]["settings"]["vat_tolerance"] = tolerance
            findings["vat_override"]["finding"] = self._override_label(tolerance, shown.rules)
        return findings

    def _override_label(self, tolerance, rules):
        label = self._label_of("vat_override", rules["vat_override"])
        return f"{label}: {tolerance:.2f}" if tolerance else label

    def _told_by(self, probe):
        """What became of a probe, in words."""
        sent = self.probe_ids._sent_text(probe.kind, probe.size)
        if probe.refusal:
            return self.env._("%(sent)s: refused, “%(words)s”", sent=sent, words=probe.refusal)
        return self.env._("%(sent)s: booked as %(number)s", sent=sent, number=probe.number)

    def write(self, vals):
        """That an administration is one for tests is told in its history, and by whom."""
        changed = self.filtered(lambda each: each.is_test != vals.get("is_test", each.is_test))
        result = super().write(vals)
        texts = {
            True: self.env._("Marked as a test administration: probes may be booked in it."),
            False: self.env._("No longer a test administration: no probe is booked in it."),
        }
        for division in changed:
            division._message_log(body=texts[division.is_test])
        return result
