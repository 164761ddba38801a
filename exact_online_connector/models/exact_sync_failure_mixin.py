# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import random
from datetime import timedelta

from odoo import api, fields, models

from ..exact_api import (
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    ReauthorisationNeeded,
    Rejected,
    TemporarilyUnavailable,
    TokenRefused,
    WaitUntil,
)
from ..operations.explanations import is_refusal
from ..operations.verdicts import Conflict, Locked

FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
PATIENCE = 8  # attempts after which a person is asked
# Exact may still be at work on a request whose answer was lost.
SETTLE_PARAMETER = "exact_online_connector.settle_seconds"
SETTLE_SECONDS = 120
PROCESSED = "processed_there"  # the cause of a refusal that is a lock, where it is in Exact
CARRIED_NOTHING_OUT = (
    WaitUntil,
    TokenRefused,
    ReauthorisationNeeded,
    TemporarilyUnavailable,
    NotPermitted,
    NotFound,
)
# What says something of the administration or the way to it, not of the one item.
CONCERNS_ALL = (WaitUntil, TokenRefused, ReauthorisationNeeded, TemporarilyUnavailable)


class ExactSyncFailureMixin(models.AbstractModel):
    """What becomes of a queue item when something goes wrong: a cause, words, what to do."""

    _name = "exact.sync.failure.mixin"
    _description = "Failures of Exact Online Queue Items"

    attempts = fields.Integer(string="Failed attempts", readonly=True)
    error_class = fields.Selection(
        [
            ("preflight", "Not ready to be sent"),
            ("rejected", "Refused by Exact"),
            ("not_permitted", "Not permitted"),
            ("not_found", "No longer in Exact"),
            ("conflict", "Already there, but different"),
            ("unavailable", "Exact cannot be reached"),
            ("unknown", "Answer lost"),
            ("limit", "Limit reached"),
            ("connection", "Connection"),
            ("locked", "Can no longer be changed there"),
            ("differs", "Booked, but different"),
            ("internal", "Fault in this addon"),
        ],
        string="Kind of trouble",
        readonly=True,
    )
    message = fields.Text(readonly=True)
    advice = fields.Text(string="What to do", readonly=True)
    cause = fields.Char(
        string="Key of the cause",
        readonly=True,
        index=True,
        help="The same for all items that the check held back, or Exact refused, for one reason.",
    )
    mend_model = fields.Char(readonly=True)
    mend_id = fields.Many2oneReference(model_field="mend_model", readonly=True)
    refused_digest = fields.Char(readonly=True, help="Of what was sent when it was not taken.")

    def _fail(self, error, step=None):
        """Write down an error in words, and what follows from it.

        What certainly was not carried out loses the intent of this step; an intent that was
        there before stays, whatever became of the look-up. Everything else is looked up before
        it is sent again.
        """
        if step and not step.outcome_unknown and _was_not_carried_out(error):
            self._forget_intent()
        sent = step and step.payload
        self.refused_digest = self._operation()._digest(sent) if sent else False
        handlers = {
            WaitUntil: self._fail_limit,
            TokenRefused: self._fail_token,
            ReauthorisationNeeded: self._fail_connection,
            TemporarilyUnavailable: self._fail_unavailable,
            OutcomeUnknown: self._fail_unknown,
            Rejected: self._fail_rejected,
            NotPermitted: self._fail_not_permitted,
            NotFound: self._fail_not_found,
            Locked: self._fail_locked,
            Conflict: self._fail_conflict,
        }
        for error_type, handler in handlers.items():
            if isinstance(error, error_type):
                return handler(error)
        return self._fail_internal(error)

    def _fail_limit(self, error):
        self._change(
            "waiting",
            due_on=error.at.replace(tzinfo=None, microsecond=0),
            error_class="limit",
            message=self._limit_text(error.reason),
            advice=False,
        )

    def _limit_text(self, reason):
        """Why nothing is sent for a while, by the reason of a :class:`WaitUntil`."""
        if reason == "velocity":
            return self.env._(
                "Exact refused too many calls of this kind within an hour. Before it blocks them, "
                "no more are sent until the hour is over; then this goes on by itself. Mend what "
                "else failed."
            )
        return self.env._("Exact's limit is reached; this goes on by itself.")

    def _fail_token(self, error):
        """A token that is not yet due and refused again and again lacks a right. facts.md §1"""
        if self.attempts + 1 >= PATIENCE:
            return self._fail_not_permitted(error)
        self.env["exact.connection.token"]._refused(self.division_id.connection_id)
        return self._fail_unavailable(error)

    def _fail_connection(self, error):
        explained = self._operation()._explain(self._record(), error.messages)
        self._change("blocked", **self._without_connection(str(error), next(iter(explained), None)))

    def _without_connection(self, message, finding=None):
        """Values of what waits until somebody connects.

        :param finding: the :class:`Finding` of what Exact said, where it said why
        """
        advice = self.env._("Open the connection and press Connect. Nothing is lost.")
        label = self.env._("Nobody is connected")
        because = finding or self._operation()._of_connection(False, "", label)
        return {
            "error_class": "connection",
            "message": message,
            "advice": "\n".join(filter(None, (because.text, advice))),
            **self._because(because),
        }

    def _block(self):
        """The connection stopped before the turn of these items came."""
        for _owner, items in self.grouped(lambda item: (item.division_id, item.company_id)).items():
            first = items[0]._in_context()
            message = first.env._(
                "Nobody is connected to Exact Online: this is sent as soon as somebody connects."
            )
            items.write({"state": "blocked", **first._without_connection(message)})

    def _unblock(self):
        """Somebody connected: what held these items up is forgotten."""
        self.write(
            {
                "state": "ready",
                "due_on": fields.Datetime.now(),
                "error_class": False,
                "message": False,
                "advice": False,
                "cause_label": False,
                **dict.fromkeys(self._because_names(), False),
            }
        )

    def _fail_unavailable(self, error):
        self.attempts += 1
        self._change(
            "waiting",
            due_on=fields.Datetime.now() + self._pause(),
            error_class="unavailable",
            message=str(error),
            advice=self.env._("Nothing to do: it is tried again by itself."),
        )

    def _fail_unknown(self, error):
        """The answer was lost: look it up once Exact must be done with it."""
        self.attempts += 1
        if self.attempts >= PATIENCE:
            return self._ask_a_person(
                "unknown",
                str(error),
                self.env._(
                    "Exact's answer was lost time and again. Look in Exact Online whether it is "
                    "booked. Retry looks it up there before anything is sent again."
                ),
            )
        return self._change(
            "checking",
            due_on=fields.Datetime.now() + self._settle_time(),
            error_class="unknown",
            message=str(error),
            advice=self.env._(
                "Exact may have booked this. It is looked up there before anything is sent again."
            ),
        )

    def _fail_rejected(self, error):
        self.attempts += 1
        operation, record = self._operation(), self._record()
        findings = operation._explain(record, error.messages)
        processed = next((each for each in findings if each.cause == PROCESSED), None)
        if processed and operation._resource and operation._is_in_exact(record):
            return self._hold_locked(processed.text, is_processed=True)
        if not findings:
            return self._ask_about_unknown(error.messages)
        closing = self.env._("Mend the cause, then press Retry.")
        return self._ask_a_person(
            "rejected",
            "\n".join(error.messages),
            "\n".join([*dict.fromkeys(finding.text for finding in findings), closing]),
            next((finding for finding in findings if finding.fix), findings[0]),
        )

    def _ask_about_unknown(self, messages):
        """Words of Exact that are not in the table: they are shown as they are, and grouped."""
        operation, record = self._operation(), self._record()
        self._ask_a_person(
            "rejected",
            "\n".join(messages),
            self.env._(
                "Exact Online refused this. Mend the cause, then press Retry. This addon does not "
                "know these words yet: below is what was sent, and the text for support holds all "
                "of it."
            ),
            label=operation._anonymous(record, messages[0]),
        )

    def _fail_not_permitted(self, error):
        self.attempts += 1
        operation = self._operation()
        findings = operation._explain(self._record(), error.messages)
        finding = next(iter(findings), None) or operation._explain_no_rights(None, "")
        self._ask_a_person(
            "not_permitted",
            "\n".join(error.messages),
            finding.text,
            finding,
        )

    def _fail_not_found(self, error):
        self.attempts += 1
        operation, record = self._operation(), self._record()
        finding = operation._explain_gone(record) if record else None
        self._ask_a_person(
            "not_found",
            "\n".join(error.messages),
            finding.text if finding else self.env._("Cancel this item."),
            finding,
        )

    def _fail_conflict(self, error):
        self.attempts += 1
        finding = None
        if error.candidates and self._is_of_entry():
            finding = self._operation()._explain_already_there(self._record(), "")
        self._ask_a_person(
            "conflict",
            str(error),
            self.env._("Nothing was sent. Make both sides equal, then retry."),
            finding,
            self._class_label("conflict"),
        )

    def _is_of_entry(self):
        """Whether it carries a document, which may be linked to an entry that is in Exact."""
        return self.operation in self.env["account.move"]._exact_operations and self._record()

    def _fail_locked(self, error):
        self.attempts += 1
        self._hold_locked(str(error), error.is_processed)

    def _hold_locked(self, text, is_processed):
        """Exact holds it as it was: nothing was carried out, so no intent is left."""
        self._own_binding().write({"intended_on": False, "is_processed": is_processed})
        self._ask_a_person(
            "locked",
            text,
            self.env._(
                "Nothing was sent. Reverse it: a reversing entry in the first open period takes "
                "it out of the books of Exact Online, and what Odoo holds now is booked anew. Or "
                "undo the change in Odoo, or have it opened again in Exact (and the lists read "
                "again, where it is its period), then press Retry."
            ),
        )

    def _fail_internal(self, error):
        """A fault of ours. An intent stays: Retry looks up before it sends."""
        self.attempts += 1
        finding = self.env["exact.operation"]._explain_our_mistake(None, "")
        self._ask_a_person(
            "internal",
            f"{type(error).__name__}: {error}",
            self.env._("This is a fault in the addon. Copy the text for support and report it."),
            finding,
        )

    def _ask_a_person(self, error_class, message, advice, finding=None, label=None):
        """Stop until a person acts.

        :param finding: the :class:`Finding` that says where it is mended; else in the record
        :param label: the cause in a few words, where the finding's is not meant
        """
        values = self._because(finding)
        if label:
            values["cause_label"] = label
        self._change("failed", error_class=error_class, message=message, advice=advice, **values)

    def _hold_back(self, findings):
        """Preflight found why Exact would refuse it: nothing was sent."""
        first = next((finding for finding in findings if finding.mend), findings[0])
        self._change(
            "failed",
            error_class="preflight",
            message="\n".join(finding.text for finding in findings),
            advice=self.env._("Nothing was sent. Mend this in Odoo, then press Retry."),
            **self._because(first),
        )

    def _recover(self):
        """The worker died: nobody knows whether its last call was carried out."""
        for item in self:
            item.attempts += 1
            text = item.env._("The worker stopped in the middle of this.")
            if item.attempts >= PATIENCE:
                item._fail_internal(RuntimeError(text))
            elif item._has_intent():
                item._change(
                    "checking",
                    due_on=fields.Datetime.now() + item._settle_time(),
                    error_class="unknown",
                    message=text,
                )
            else:
                item._change(
                    "waiting",
                    due_on=fields.Datetime.now() + item._pause(),
                    error_class="unavailable",
                    message=text,
                )

    def _pause(self):
        """Twice as long after each attempt, less up to half of it by chance."""
        longest = min(FIRST_PAUSE * 2 ** min(self.attempts, 10), LONGEST_PAUSE)
        return longest * random.uniform(0.5, 1.0)

    def _settle_time(self):
        """How long Exact may need to end what it may be doing; longer after each attempt."""
        seconds = self._settle_seconds() * 2 ** min(self.attempts - 1, 5)
        return min(timedelta(seconds=seconds), LONGEST_PAUSE)

    @api.model
    def _settle_seconds(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return int(parameters.get_param(SETTLE_PARAMETER, SETTLE_SECONDS))


def _was_not_carried_out(error):
    """Whether Exact certainly did nothing. Its refusals come with status 500, as do its own
    breakdowns, whose texts are not known in every language: what is in no words that are known to
    refuse is looked up all the same.
    """
    if isinstance(error, Rejected):
        return error.malformed or is_refusal(error.messages)
    return isinstance(error, CARRIED_NOTHING_OUT)
