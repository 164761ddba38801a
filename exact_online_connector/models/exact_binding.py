# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError

_logger = logging.getLogger(__name__)


class ExactBinding(models.Model):
    """This Odoo record is that Exact record, in one administration.

    Before something is created in Exact the binding is committed without an Exact ID: the
    intent. Found so later, it says that the outcome is unknown and must be looked up.
    """

    _name = "exact.binding"
    _description = "Exact Online Binding"
    _order = "id desc"

    division_id = fields.Many2one(
        "exact.division",
        string="Administration",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    res_model = fields.Char(required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Record ID", model_field="res_model", required=True, readonly=True
    )
    resource = fields.Char(required=True, readonly=True)
    exact_id = fields.Char(string="Exact ID", readonly=True)
    code = fields.Char(
        string="Exact number", readonly=True, help="Account code or entry number in Exact."
    )
    intended_on = fields.Datetime(
        readonly=True,
        help="Set before the record is created in Exact, emptied with the answer.",
    )
    own_key = fields.Char(
        readonly=True, help="By which the record is looked up in Exact when an answer was lost."
    )
    digest = fields.Char(readonly=True, help="Of what was last sent.")
    adopted = fields.Boolean(
        readonly=True, help="It was in Exact before; its particulars are kept as they are there."
    )
    roles = fields.Char(
        readonly=True, help="What Exact was told that a contact is: C customer, S supplier."
    )
    proven_on = fields.Datetime(readonly=True)
    url = fields.Char(string="Open in Exact", readonly=True)

    _record_uniq = models.UniqueIndex(
        "(division_id, resource, res_model, res_id)",
        "A record is bound once per administration and resource.",
    )
    _exact_id_uniq = models.UniqueIndex(
        "(division_id, resource, exact_id) WHERE exact_id IS NOT NULL",
        "Another record of this database is already bound to this record of Exact.",
    )
    _lookup_idx = models.Index("(res_model, res_id)")

    @api.depends("resource", "code", "exact_id")
    def _compute_display_name(self):
        for binding in self:
            binding.display_name = f"{binding.resource} {binding.code or binding.exact_id or '?'}"

    @api.model
    def _find(self, division, resource, record):
        return self.sudo().search(
            [
                ("division_id", "=", division.id),
                ("resource", "=", resource),
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
            ]
        )

    @api.model
    def _of_exact_id(self, division, resource, exact_id):
        """The binding of a record of Exact, or none."""
        return self.sudo().search(
            [
                ("division_id", "=", division.id),
                ("resource", "=", resource),
                ("exact_id", "=", exact_id),
            ]
        )

    @api.model
    def _intend(self, division, company, resource, record, own_key):
        """Note, for the caller to commit, that ``record`` is about to be created in Exact.

        An intent whose outcome is unknown stays as it is, with the key that was sent.
        """
        binding = self._find(division, resource, record)
        if binding.intended_on:
            return binding
        if not binding:
            binding = self.sudo().create(
                {
                    "division_id": division.id,
                    "company_id": company.id,
                    "resource": resource,
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
        binding.write({"intended_on": fields.Datetime.now(), "own_key": own_key})
        return binding

    def action_release(self):
        """The record of Exact is gone or the wrong one: look for it anew at the next attempt."""
        if not self.env.user.has_group("exact_online_connector.group_exact_manager"):
            raise AccessError(
                self.env._("Only people with the Exact Online role Manager can do this.")
            )
        self.check_access("read")
        for binding in self.sudo():
            binding.write(
                {
                    "exact_id": False,
                    "code": False,
                    "digest": False,
                    "proven_on": False,
                    "adopted": False,
                    "roles": False,
                    "intended_on": fields.Datetime.now(),
                }
            )
            _logger.info(
                "%s of %s,%s released by %s",
                binding.resource,
                binding.res_model,
                binding.res_id,
                self.env.user.login,
            )

    def action_open_record(self):
        """Open the Odoo record."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
