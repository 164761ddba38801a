# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..exact_api import account_card_url
from .roles import check_manager

_logger = logging.getLogger(__name__)

RELATIONS = "crm/Accounts"


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
    exchanged = fields.Json(
        readonly=True,
        help="Of a contact: each property as both sides last knew it. Of an entry: what was last "
        "sent. What differs now is a change of Odoo's.",
    )
    travelled = fields.Json(readonly=True, help="Of a contact: the properties that were sent.")
    part_of = fields.Char(
        readonly=True, index="btree_not_null", help="Of a file: the Exact ID of its document."
    )
    is_document_only = fields.Boolean(
        string="To be booked there",
        readonly=True,
        help="Of a document: it was sent without an entry, to be booked in Exact from its files.",
    )
    noted = fields.Text(
        readonly=True, help="Of a document: what was noted of an entry that uses it; noted once."
    )
    left_behind = fields.Json(
        readonly=True,
        help="Exact IDs of what was the record's and was reversed: never taken for it again.",
    )
    reversal = fields.Json(
        readonly=True, help="The reversing entry that a person asked for, until it is booked."
    )
    is_unwanted = fields.Boolean(
        readonly=True,
        help="It was undone: it is not to be in Exact before somebody sends it again.",
    )
    seen_open = fields.Char(
        readonly=True, help="Digest of the change for which Exact was seen to let it be changed."
    )
    is_processed = fields.Boolean(
        string="Processed in Exact", readonly=True, help="As far as was read."
    )
    uses_first_open_period = fields.Boolean(
        string="In the first open period",
        readonly=True,
        help="A person agreed to book it in the first open period, as its own is closed.",
    )
    proof_state = fields.Selection(
        [("open", "Not yet compared"), ("proven", "Equal"), ("differs", "Differs")],
        string="Proof",
        default="open",
        required=True,
        readonly=True,
        help="What was read back from Exact Online and compared since it was last sent.",
    )
    compared_on = fields.Datetime(readonly=True)
    proven_on = fields.Datetime(
        string="Last found equal on", readonly=True, help="What it is now may be another matter."
    )
    proof = fields.Text(string="What was compared", readonly=True)
    told = fields.Json(
        readonly=True,
        help="Cents in the company's currency that no exchange rate could avoid, as they were "
        "foreseen and told: what it is, in Odoo, in Exact.",
    )
    history = fields.Text(
        readonly=True, help="What became of it, of queue items that were long finished and removed."
    )
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
    def _find_or_create(self, division, company, resource, record):
        return self._find(division, resource, record) or self.sudo().create(
            {
                "division_id": division.id,
                "company_id": company.id,
                "resource": resource,
                "res_model": record._name,
                "res_id": record.id,
            }
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
    def _moves_of(self, division, exact_ids):
        """``{exact id: document or journal entry of Odoo}``, of whatever resource."""
        bindings = self.sudo().search(
            [
                ("division_id", "=", division.id),
                ("res_model", "=", "account.move"),
                ("exact_id", "in", list(exact_ids)),
            ]
        )
        moves = self.env["account.move"].browse(bindings.mapped("res_id")).exists()
        known = {move.id: move for move in moves}
        return {
            binding.exact_id: known[binding.res_id]
            for binding in bindings
            if binding.res_id in known
        }

    @api.model
    def _intend(self, division, company, resource, record, own_key):
        """Note, for the caller to commit, that ``record`` is about to be created in Exact.

        An intent whose outcome is unknown stays as it is, with the key that was sent.
        """
        binding = self._find_or_create(division, company, resource, record)
        if not binding.intended_on:
            binding.write({"intended_on": fields.Datetime.now(), "own_key": own_key})
        return binding

    @api.model
    def _link(self, division, company, resource, record, exact_id, code):
        """Link ``record`` to what is in Exact already, without a call; only its later changes
        travel. Where the operation has something to put right there, it is queued.

        :raises UserError: when either is linked already
        """
        self._refuse_taken(division, resource, record, exact_id)
        operation = (
            self.env["exact.operation"]
            .sudo()
            .with_company(company)
            .with_context(exact_division_id=division.id)
            ._of_resource(resource)
        )
        record = operation.env[record._name].browse(record.id)
        binding = self._find_or_create(division, company, resource, record)
        binding.write(
            {
                "exact_id": exact_id,
                "code": code,
                "adopted": True,
                "intended_on": False,
                **operation._link_values(record, exact_id),
            }
        )
        operation._linked(record)
        return binding

    @api.model
    def _refuse_taken(self, division, resource, record, exact_id):
        own = self._find(division, resource, record)
        if own.intended_on and self.env["exact.sync.queue"]._is_being_sent(division, record):
            raise UserError(
                self.env._(
                    "%s is being sent to Exact Online at this moment. Try again in a minute.",
                    record.display_name,
                )
            )
        if own.exact_id and own.exact_id != exact_id:
            raise UserError(
                self.env._(
                    "%(record)s is linked to %(code)s of Exact Online already. Undo that first.",
                    record=record.display_name,
                    code=own.code or own.exact_id,
                )
            )
        taken = self._of_exact_id(division, resource, exact_id) - own
        other = taken._living_record()
        if other:
            raise UserError(
                self.env._(
                    "%(code)s of Exact Online is linked to %(other)s already. Undo that first, or "
                    "merge the two in Odoo.",
                    code=taken.code or taken.exact_id,
                    other=other.display_name,
                )
            )
        taken._let_go()

    def _note_proof(self, state, text, told=None):
        """Write down what a comparison showed.

        :param told: ``{key: (in Odoo, in Exact)}`` of what was foreseen to be apart
        """
        now = fields.Datetime.now()
        values = {"proof_state": state, "compared_on": now, "proof": text}
        if state == "proven":
            values["proven_on"] = now
        pairs = [[list(key), *map(str, pair)] for key, pair in (told or {}).items()]
        self.write({**values, "told": pairs or False})

    def _living_record(self):
        """The Odoo record of this binding, none when it was deleted."""
        return self and self.env[self.res_model].sudo().browse(self.res_id).exists()

    def _address(self):
        """Where a person opens it in Exact Online; None where no address is known. facts.md §10"""
        if self.url or self.resource != RELATIONS or not self.exact_id:
            return self.url or None
        division = self.division_id.sudo()
        return account_card_url(division.connection_id._base_url(), division.code, self.exact_id)

    def _let_go(self):
        """The record was deleted in Odoo: what is in Exact may be linked to another one."""
        self.write(
            {"exact_id": False, "digest": False, "intended_on": False, "proof_state": "open"}
        )

    def _leave_behind(self):
        """What is in Exact stays there and is the record's no longer."""
        for binding in self:
            left_behind = [*(binding.left_behind or ()), binding.exact_id]
            binding.write({"left_behind": left_behind, "code": False, "exchanged": False})
        self._let_go()

    def _unlink_from_exact(self):
        """Undo links to what was in Exact before, as long as nothing hangs on them there.

        :raises UserError: when one was created from Odoo, or something hangs on it
        """
        for binding in self.sudo():
            binding._refuse_hanging()
        self.sudo().unlink()

    def _refuse_hanging(self):
        if not self.adopted:
            raise UserError(
                self.env._(
                    "%s was created in Exact Online from Odoo: its link is not undone.",
                    self.display_name,
                )
            )
        operation = self.env["exact.operation"]._of_resource(self.resource)
        reason = operation._hanging(self)
        if reason:
            raise UserError(reason)

    @api.model
    def _merge(self, sources, destination):
        """Records were merged in Odoo: their links are the destination's, unless it has its own,
        which stays; what is let go is told.
        """
        bindings = self.sudo().search(
            [("res_model", "=", sources._name), ("res_id", "in", sources.ids)]
        )
        for binding in bindings:
            own = self._find(binding.division_id, binding.resource, destination)
            if own.exact_id or own.intended_on:
                binding._tell_let_go(own, destination)
                binding.unlink()
                continue
            own.unlink()
            binding.res_id = destination.id
            binding.flush_recordset()

    def _tell_let_go(self, own, destination):
        if self.exact_id == own.exact_id or not self.exact_id:
            return
        destination._message_log(
            body=self.env._(
                "Merged contacts were two relations of Exact Online: %(kept)s stays linked, "
                "%(other)s is no longer. Merge them there too.",
                kept=own.code or own.exact_id or "?",
                other=self.code or self.exact_id,
            )
        )

    def action_release(self):
        """The record of Exact is gone or the wrong one: look for it anew at the next attempt."""
        check_manager(self.env)
        self.check_access("read")
        for binding in self.sudo():
            binding.write(
                {
                    "exact_id": False,
                    "code": False,
                    "digest": False,
                    "proof_state": "open",
                    "proven_on": False,
                    "adopted": False,
                    "exchanged": False,
                    "travelled": False,
                    "reversal": False,
                    "is_unwanted": False,
                    "is_processed": False,
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

    def action_undo(self):
        """Take the documents of these links out of Exact again, after a look at what that is."""
        moves = self.filtered(lambda binding: binding.res_model == "account.move").mapped("res_id")
        return self.env["account.move"].browse(moves).exists().action_exact_undo()

    def action_open_record(self):
        """Open the Odoo record."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id)._get_records_action(context={})
