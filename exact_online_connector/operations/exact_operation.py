# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import hashlib
import json
from decimal import Decimal

from odoo import api, fields, models

from ..exact_api import NotFound, odata
from .verdicts import Conflict, Difference, Outcome, Step

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
    _is_linkable = True  # records of Odoo may be linked to what is in Exact already

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
    def _successor(self, record):
        """The kind that carries the record by now, where it is another one; or None."""
        return None

    @api.model
    def _withdrawn(self, record):
        """Why there is nothing to send any more, in words; None as long as there is."""
        return None

    @api.model
    def _is_wanted(self, record):
        """Whether Exact is to hold the record, which may be deleted in Odoo by now."""
        return bool(record.exists())

    @api.model
    def _task(self, record):
        """What is to be done: ``send`` it, ``remove`` it from Exact, or ``reverse`` it there."""
        return "send"

    @api.model
    def _is_to_be_seen(self, record):
        """Whether to ``look`` how it stands in Exact before what it requires is changed there."""
        return False

    @api.model
    def _requires(self, record):
        """Yield ``(kind, record)`` of what must be in Exact first, in order."""
        return ()

    @api.model
    def _follow_ups(self, record):
        """``(kind, record)`` pairs to queue once this is in Exact."""
        return ()

    @api.model
    def _late(self, record):
        """Yield ``(kind, record)`` of what came after the record and has its own place beside it
        in Exact, in order.
        """
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
    def _closed_lock(self, record):
        """Why what is in Exact cannot be changed any more, where no call is needed to know."""
        return None

    @api.model
    def _is_unchanged(self, record, binding):
        """Whether Exact was sent all of the record as it is now."""
        return binding.digest == self._digest_of(record)

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
    def _look(self, client, record, step):
        """See whether what is in Exact lets itself be changed."""
        return Outcome({}, "seen")

    @api.model
    def _note_seen(self, record, remote):
        """Write down that it does, as the record is now."""

    @api.model
    def _remove(self, client, record, step):
        """Remove from Exact what was created there."""
        return self._delete(client, record, step)

    @api.model
    def _delete(self, client, record, step):
        """It may be asked for again without harm."""
        try:
            client.delete(self._division().code, self._resource, step.exact_id)
        except NotFound:
            return Outcome({}, "removed", self._removal_text(record, was_gone=True))
        return Outcome({}, "removed", self._removal_text(record))

    @api.model
    def _removal_text(self, record, was_gone=False):
        binding = self._binding(record)
        number = binding.code or binding.exact_id
        if was_gone:
            return self.env._("%s was no longer in Exact Online.", number)
        return self.env._("Removed from Exact Online: %s.", number)

    @api.model
    def _depart(self, record, outcome):
        """Write down that what Exact held is the record's no longer; return the binding."""
        binding = self._binding(record)
        binding.write(
            {
                "exact_id": False,
                "digest": False,
                "intended_on": False,
                "proof_state": "open",
                "proven_on": False,
            }
        )
        return binding

    @api.model
    def _follow_withdrawal(self, record):
        """``(kind, record)`` pairs to queue when there is nothing to send any more."""
        return ()

    @api.model
    def _follow_departure(self, record, outcome):
        """``(kind, record)`` pairs to queue once this is gone from Exact."""
        return ()

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
    def _told(self, record, remote):
        """``{key: (in Odoo, in Exact)}`` of what the proof takes as equal, as it was foreseen."""
        return {}

    @api.model
    def _told_text(self, record, remote):
        """The same in words; None where nothing is apart."""
        return None

    @api.model
    def _figures_text(self, record, remote):
        """The figures that were compared, a line each; None where there are none."""
        return None

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
        if step.task == "look":
            return self._look(client, record, step)
        if step.task == "remove":
            return self._remove(client, record, step)
        if step.task == "search":
            return self._search(client, record, step)
        if step.exact_id:
            return self._update(client, record, step)
        if step.outcome_unknown or self._looks_up_first:
            found = self._find(client, record)
            if found:
                return self._adopt(client, record, found, step)
        return self._create(client, record, step)

    @api.model
    def _find(self, client, record):
        """What Exact holds under our own key, but for what the record left behind there."""
        left_behind = self._binding(record).left_behind or ()
        found = self._look_up(client, record)
        return [remote for remote in found if remote[self._key] not in left_behind]

    @api.model
    def _search(self, client, record, step):
        """See what became of a write whose answer was lost, and which is not wanted any more."""
        found = self._find(client, record)
        if found:
            return self._adopt(client, record, found, step)
        return Outcome({}, "settled", self.env._("Looked for in Exact Online: it is not there."))

    @api.model
    def _create(self, client, record, step):
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
            self._differs(difference.name, difference.odoo, difference.exact)
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
    def _differs(self, name, odoo, exact):
        """What a field is on both sides, in words."""
        return self.env._(
            "%(name)s: %(odoo)s in Odoo, %(exact)s in Exact", name=name, odoo=odoo, exact=exact
        )

    @api.model
    def _store(self, record, outcome, payload):
        """Write down what Exact answered; return the binding, where there is one."""
        self._let_go_of_deleted(outcome.remote[self._key])
        binding = self._binding(record)
        binding.ensure_one()
        values = {
            "exact_id": outcome.remote[self._key],
            "intended_on": False,
            "proof_state": "open",
        }
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
    def _begin(self, record, task):
        """Note, for the caller to commit, what cannot be asked for twice; return the step."""
        payload = self._payload(record) if task == "send" else {}
        if not self._resource:
            return Step(payload)
        binding = self._binding(record)
        if binding.exact_id:
            return Step(payload, exact_id=binding.exact_id, task=task)
        outcome_unknown = bool(binding.intended_on)
        self._intend(record)
        return Step(payload, outcome_unknown=outcome_unknown)

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
        for operation in self._all():
            if operation._resource == resource and operation._is_linkable:
                return operation
        raise KeyError(resource)

    @api.model
    def _kind(self):
        """What the queue calls this operation."""
        return self._name.removeprefix(PREFIX).replace(".", "_")

    @api.model
    def _kinds(self):
        """``[(kind, what it is in the user's language)]`` of every operation."""
        operations, models = self._all(), self.env["ir.model"].sudo()
        named = models.browse([models._get_id(operation._name) for operation in operations])
        return [(each._kind(), model.name) for each, model in zip(operations, named, strict=True)]

    @api.model
    def _all(self):
        """Every operation of this registry."""
        return [
            self.env[name]
            for name in sorted(self.env.registry)
            if name.startswith(PREFIX) and not self.env[name]._is_shared
        ]

    @api.model
    def _in_words(self):
        """What it carries, in the user's language."""
        return self.env["ir.model"].sudo()._get(self._name).name

    @api.model
    def _kinds_created(self):
        """The kinds that create something in Exact; the others read there, or change it."""
        return [operation._kind() for operation in self._all() if operation._resource]

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
