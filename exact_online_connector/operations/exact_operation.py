# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib
import json
from decimal import Decimal

from odoo import api, fields, models

from ..exact_api import odata
from .verdicts import Conflict, Difference, Outcome

PREFIX = "exact.operation."


class ExactOperation(models.AbstractModel):
    """One thing that travels between Odoo and Exact: at most one write each.

    To add a kind, inherit this model as ``exact.operation.<kind>`` and fill in its verbs. The
    queue knows these and nothing else. All run with the item's company as ``env.company``.
    """

    _name = "exact.operation"
    _description = "Exact Online Operation"

    _resource = None  # Exact's resource, None when nothing is created there
    _key = "ID"  # property that holds the GUID
    _select = ()  # properties that look-up and proof need
    _complete_with = None  # property that only a complete answer has filled in
    _priority = 50  # lower goes first
    _looks_up_first = False  # look for it in Exact before it is created the first time
    _is_shared = False  # only there for kinds to inherit from

    # -- verbs ----------------------------------------------------------------------------------

    @api.model
    def _label(self, record):
        """What a person calls the record."""
        return record.display_name

    @api.model
    def _company(self, record):
        """The company in whose name the record travels, where the caller does not say so."""
        return record.company_id

    @api.model
    def _is_due(self, record):
        """Whether the record should be in Exact, by the company's settings."""
        return True

    @api.model
    def _withdrawn(self, record):
        """Why there is nothing to send any more, in words; None as long as there is."""
        return None

    @api.model
    def _requires(self, record):
        """Yield ``(kind, record)`` of what must be in Exact first, in order."""
        return ()

    @api.model
    def _follow_ups(self, record):
        """``(kind, record)`` pairs to queue once this is in Exact."""
        return ()

    @api.model
    def _preflight(self, record):
        """Findings: why Exact would refuse the record. No call is made."""
        return []

    @api.model
    def _payload(self, record):
        """What to send: a pure function of the record and its mappings."""
        return {}

    @api.model
    def _own_key(self, record):
        """What Exact is given of the record by which it can be found again."""
        return self._label(record)

    @api.model
    def _look_up(self, client, record):
        """Records of Exact that carry the key that was last sent; see :meth:`_key_sent`."""
        return []

    @api.model
    def _send(self, client, payload):
        """Create the record in Exact and return what Exact answered."""
        return client.post(self._division().code, self._resource, payload)

    @api.model
    def _update(self, client, record, step):
        """The record is in Exact already and differs from what was sent last."""
        raise Conflict(
            self.env._(
                "%s is already in Exact Online and was changed in Odoo since. It cannot be "
                "changed there by this version: correct it in Exact, or undo the change.",
                self._label(record),
            ),
            [],
        )

    @api.model
    def _conflicts(self, record, remote):
        """Differences that forbid to take ``remote``, found by our key, for the record."""
        return self._prove(record, remote)

    @api.model
    def _is_complete(self, remote):
        """Whether an answer holds all that the proof needs."""
        return remote.get(self._complete_with) is not None

    @api.model
    def _read_back(self, client, exact_ids):
        """Read what Exact stored: ``{exact_id: remote}``; for up to 40 GUIDs."""
        rows = self._read_where(
            client, odata.any_of(self._key, [odata.guid(exact_id) for exact_id in exact_ids])
        )
        return {row[self._key]: row for row in rows}

    @api.model
    def _prove(self, record, remote):
        """Differences between the record and what Exact stored; empty when equal."""
        return []

    @api.model
    def _proof_text(self, record):
        """What the proof showed, in words, for whoever asks later."""
        return self.env._("Read back from Exact Online and equal.")

    @api.model
    def _number(self, remote):
        """Exact's own number or code of the record, as a person knows it."""
        return None

    # -- the protocol ---------------------------------------------------------------------------

    @api.model
    def _carry_out(self, client, record, step):
        """Talk to Exact; write nothing in Odoo.

        :raises Conflict: when Exact holds something alike that is not equal
        :raises ExactError: whatever the client raises
        """
        if step.exact_id:
            return self._update(client, record, step)
        if step.outcome_unknown or self._looks_up_first:
            found = self._look_up(client, record)
            if found:
                return self._adopt(client, record, found, step)
        return Outcome(self._send(client, step.payload), "created")

    @api.model
    def _adopt(self, client, record, found, step):
        """Take what is in Exact under our own key for the record, when it is one and equal."""
        equal = [remote for remote in found if not self._conflicts(record, remote)]
        if len(equal) == 1:
            return Outcome(equal[0], "found", self._evidence(equal[0]))
        raise Conflict(self._conflict_text(record, found, equal), found)

    @api.model
    def _evidence(self, remote):
        return self.env._(
            "Found in Exact (%s) by our own key and equal; not sent again.",
            self._number(remote) or remote[self._key],
        )

    @api.model
    def _conflict_text(self, record, found, equal):
        label = self._label(record)
        if len(equal) > 1:
            return self.env._(
                "Exact Online holds %(label)s %(count)s times: %(numbers)s. Remove the ones too "
                "many there, then retry.",
                label=label,
                count=len(equal),
                numbers=", ".join(str(self._number(remote) or "?") for remote in equal),
            )
        remote = found[0]
        differences = "\n".join(
            self.env._(
                "%(name)s: %(odoo)s in Odoo, %(exact)s in Exact",
                name=difference.name,
                odoo=difference.odoo,
                exact=difference.exact,
            )
            for difference in self._conflicts(record, remote)
        )
        return self.env._(
            "Exact Online already holds %(label)s as %(number)s, but it is not the same:\n"
            "%(differences)s",
            label=label,
            number=self._number(remote) or remote[self._key],
            differences=differences,
        )

    @api.model
    def _store(self, record, outcome, payload):
        """Write down what Exact answered; return the binding, where there is one."""
        self._let_go_of_deleted(outcome.remote[self._key])
        binding = self._binding(record)
        binding.ensure_one()
        values = {"exact_id": outcome.remote[self._key], "intended_on": False}
        number = self._number(outcome.remote)
        if number:
            values["code"] = number
        if outcome.how == "adopted":
            values["adopted"] = True
        values["digest"] = self._digest(payload)
        binding.write(values)
        return binding

    @api.model
    def _let_go_of_deleted(self, exact_id):
        """What Exact holds may still be linked to a record that was deleted in Odoo."""
        taken = self.env["exact.binding"]._of_exact_id(
            self._division(), self._resource, exact_id
        )
        if taken and not taken._living_record():
            taken._let_go()
            taken.flush_recordset()

    # -- links without a call -------------------------------------------------------------------

    @api.model
    def _link_values(self, record, exact_id):
        """Values of a binding that links ``record`` to what is in Exact already."""
        return {"digest": self._digest_of(record)}

    @api.model
    def _linked(self, record):
        """The record was linked: queue what is to be put right in Exact, if anything."""

    @api.model
    def _hanging(self, binding):
        """What hangs on a link and forbids to undo it, in words; None when nothing does."""
        return None

    # -- shared by the verbs --------------------------------------------------------------------

    @api.model
    def _read_where(self, client, condition):
        return list(
            client.read(
                self._division().code, self._resource, select=self._select, filter=condition
            )
        )

    @api.model
    def _division(self):
        """The administration that the queue item was made for."""
        division_id = self.env.context.get("exact_division_id")
        return self.env["exact.division"].browse(division_id) or self.env.company.exact_division_id

    @api.model
    def _intend(self, record):
        """Note, for the caller to commit, that the record is about to be created in Exact."""
        self.env["exact.binding"]._intend(
            self._division(), self.env.company, self._resource, record, self._own_key(record)
        )

    @api.model
    def _key_sent(self, record):
        """The key under which Exact may hold the record, whatever it is called by now."""
        return self._binding(record).own_key or self._own_key(record)

    @api.model
    def _binding(self, record):
        return self.env["exact.binding"]._find(self._division(), self._resource, record)

    @api.model
    def _exact_id(self, record):
        return self._binding(record).exact_id or None

    @api.model
    def _is_in_place(self, record):
        """Whether what requires the record can go."""
        return self._is_in_exact(record)

    @api.model
    def _is_in_exact(self, record):
        return bool(self._exact_id(record))

    @api.model
    def _of_kind(self, kind):
        """The operation ``kind``; KeyError for what is none, so that nothing can be crafted."""
        return self.env[PREFIX + kind.replace("_", ".")]

    @api.model
    def _of_resource(self, resource):
        """The operation that creates records of ``resource``; KeyError when there is none."""
        for kind, _description in self._kinds():
            operation = self._of_kind(kind)
            if operation._resource == resource:
                return operation
        raise KeyError(resource)

    @api.model
    def _kinds(self):
        """``[(kind, description)]`` of every operation of this registry."""
        return [
            (name.removeprefix(PREFIX).replace(".", "_"), self.env[name]._description)
            for name in sorted(self.env.registry)
            if name.startswith(PREFIX) and not self.env[name]._is_shared
        ]

    @api.model
    def _digest_of(self, record):
        return self._digest(self._payload(record))

    @api.model
    def _digest(self, payload):
        content = json.dumps(payload, sort_keys=True, default=_canonical)
        return hashlib.sha256(content.encode()).hexdigest()

    @api.model
    def _compare(self, name, odoo, exact):
        """A list of one difference, or of none."""
        if (odoo or None) == (exact or None):
            return []
        return [Difference(name, str(odoo or ""), str(exact or ""))]

    @api.model
    def _filled(self, values):
        """``values`` without what Odoo leaves empty (False, None or an empty text)."""
        return {name: value for name, value in values.items() if value not in (False, None, "")}

    @api.model
    def _amount(self, value, currency):
        """An amount of ``currency`` as Exact takes it: a Decimal of its number of decimals."""
        return exact_decimal(currency.round(value), currency.decimal_places)

    @api.model
    def _date(self, value):
        return fields.Date.to_string(value) if value else None


def _canonical(value):
    """Bytes are digested, everything else is taken as text."""
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else str(value)


def exact_decimal(value, places):
    """``value``, already rounded to ``places`` decimals, as a Decimal that prints so."""
    return Decimal(f"{value:.{places}f}") + 0
