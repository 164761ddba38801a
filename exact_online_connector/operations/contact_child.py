# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from odoo import api, models

from ..exact_api import odata
from ..models.match_ladder import plain
from .verdicts import Outcome


class ExactContactChild(models.AbstractModel):
    """What hangs on a contact that is in Exact already: its persons and addresses."""

    _name = "exact.contact.child"
    _inherit = ["exact.operation"]
    _description = "Hangs on a Contact"

    _looks_up_first = True
    _types = ()  # of res.partner
    _recognised_by = ()  # properties that tell one child from its siblings

    @api.model
    def _company(self, child):
        return child.company_id or self.env.company

    @api.model
    def _is_of_kind(self, child):
        """Whether a contact travels this way."""
        return child.type in self._types and child.commercial_partner_id != child

    @api.model
    def _is_due(self, child):
        """As soon as its contact is in Exact, and whenever what travels was changed."""
        return (
            self._is_of_kind(child)
            and child.active
            and self.env.company.exact_contact_direction != "to_odoo"
            and bool(self._account(child))
            and self._binding(child).digest != self._digest_of(child)
        )

    @api.model
    def _withdrawn(self, child):
        if self._is_of_kind(child):
            return None
        return self.env._("%s belongs to its company in another way by now.", child.name or "?")

    @api.model
    def _requires(self, child):
        yield "contact", child.commercial_partner_id

    @api.model
    def _account(self, child):
        return self._of_kind("contact")._exact_id(child.commercial_partner_id)

    @api.model
    def _look_up(self, client, child):
        """Those of its contact that are the same by what tells siblings apart."""
        rows = self._read_where(client, odata.eq("Account", odata.guid(self._account(child))))
        return [row for row in rows if not self._differences(child, row, self._recognised_by)]

    @api.model
    def _adopt(self, client, child, found, step):
        """Take the one that is there and make it equal."""
        remote = found[0]
        if self._differences(child, remote, self._select):
            client.put(self._division().code, self._resource, remote["ID"], step.payload)
            remote = {"ID": remote["ID"]}
        return Outcome(remote, "found", self._found_text())

    @api.model
    def _found_text(self):
        return self.env._("Already in Exact Online; linked to it.")

    @api.model
    def _update(self, client, child, step):
        client.put(self._division().code, self._resource, step.exact_id, step.payload)
        return Outcome({"ID": step.exact_id}, "updated")

    @api.model
    def _prove(self, child, remote):
        return self._differences(child, remote, self._select)

    @api.model
    def _differences(self, child, remote, names):
        payload = self._payload(child)
        return [
            difference
            for name in names
            if name in payload
            for difference in self._compare(name, plain(payload[name]), plain(remote[name]))
        ]
