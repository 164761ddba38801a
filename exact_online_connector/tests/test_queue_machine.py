# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta, timezone

from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import sampled_from

from odoo import fields
from odoo.tests import tagged

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
from ..models.exact_sync_queue import IN_FLIGHT, PENDING
from .common import REPRODUCIBLE, ExactCase

# What becomes of an item that a call ends in this way.
FATE = {
    WaitUntil: "waiting",
    TokenRefused: "waiting",
    TemporarilyUnavailable: "waiting",
    ReauthorisationNeeded: "blocked",
    OutcomeUnknown: "checking",
    Rejected: "failed",
    NotPermitted: "failed",
    NotFound: "failed",
    ValueError: "failed",
}


class Model:
    """The queue of one record: at most one item that is pending, and an older one in flight."""

    pending = flying = None
    is_connected, is_intended = True, False

    def land(self, state):
        """What was in flight is pending again, unless a newer one knows all that it knew."""
        self.flying = None
        self.pending = self.pending or (state if state in PENDING else None)

    def claim(self):
        if self.is_connected and self.flying in (None, "checking"):
            is_taken = self.flying or self.pending in ("waiting", "ready")
            self.pending = self.pending if self.flying or not is_taken else None
            self.flying = "sending" if is_taken else None


class QueueMachine(RuleBasedStateMachine):
    """The queue's own steps beside those of the model."""

    def __init__(self, case):
        super().__init__()
        self.case, self.env, self.record = case, case.env, case.customer
        self.items = self.env["exact.sync.queue"].sudo()
        self.runs = self.env["exact.sync.run"].sudo()
        self.binding = self.env["exact.binding"]._find_or_create(
            case.division, case.company, "crm/Accounts", self.record
        )
        self.model = Model()
        self._savepoint = self.env.cr.savepoint(flush=True)

    def teardown(self):
        self._savepoint.rollback()
        self._savepoint.close()
        self.env.invalidate_all()

    @initialize()
    def begin(self):
        self.change()

    @rule()
    def change(self):
        self.items._enqueue("contact", self.record, self.case.company)
        self.model.pending = "ready"

    @rule()
    def claim(self):
        """When all waiting is over."""
        self._rows().write({"due_on": fields.Datetime.now(), "attempts": 0})
        self.env.flush_all()
        self.runs.create({})._claim()
        self.env.invalidate_all()
        self.model.claim()

    def _is_sending(self):
        return self.model.flying == "sending"

    @precondition(_is_sending)
    @rule()
    def intend(self):
        self.binding.intended_on = fields.Datetime.now()
        self.model.is_intended = True

    @precondition(_is_sending)
    @rule(error_type=sampled_from(list(FATE)))
    def fail(self, error_type):
        is_limit = error_type is WaitUntil
        error = WaitUntil(self.case.later(), "minute") if is_limit else error_type("Whatever.")
        self._flying()._fail(error)
        if FATE[error_type] == "checking":
            self.model.flying = "checking"
        else:
            self.model.land(FATE[error_type])

    @precondition(_is_sending)
    @rule()
    def die(self):
        self._flying()._recover()
        if self.model.is_intended:
            self.model.flying = "checking"
        else:
            self.model.land("waiting")

    @precondition(_is_sending)
    @rule()
    def succeed(self):
        self.binding.intended_on = False
        self._flying()._change("sent", run_id=False, due_on=fields.Datetime.now())
        self.model.flying, self.model.is_intended = "sent", False

    @precondition(lambda self: self.model.flying == "sent")
    @rule(is_equal=sampled_from([True, False]))
    def compare(self, is_equal):
        self._flying()._close() if is_equal else self._flying()._change("differs")
        self.model.land("done" if is_equal else "differs")

    @rule()
    def retry(self):
        self._rows().action_retry()
        self.model.pending = self.model.pending and "ready"

    @precondition(lambda self: self.model.pending and not self.model.is_intended)
    @rule()
    def cancel(self):
        self._rows().filtered(lambda item: item.state in PENDING).action_cancel()
        self.model.pending = None

    @rule(is_connected=sampled_from([True, False]))
    def connect(self, is_connected):
        self.case.connection.sudo().state = "connected" if is_connected else "reconnect"
        self.env.flush_all()
        self.runs._block_and_release()
        self.env.invalidate_all()
        self.model.is_connected = is_connected
        before, after = ("blocked", "ready") if is_connected else ("ready", "blocked")
        self.model.pending = after if self.model.pending == before else self.model.pending

    @invariant()
    def both_say_the_same(self):
        rows = self._rows().mapped("state")
        pending = [state for state in rows if state in PENDING]
        flying = [state for state in rows if state in IN_FLIGHT]
        expected = self.model.pending, self.model.flying
        self.case.assertEqual([pending, flying], [[state] if state else [] for state in expected])

    def _rows(self):
        return self.items.search(
            [
                ("res_model", "=", self.record._name),
                ("res_id", "=", self.record.id),
                ("state", "in", PENDING + IN_FLIGHT),
            ]
        )

    def _flying(self):
        return self._rows().filtered(lambda item: item.state in IN_FLIGHT)


@tagged("standard", "post_install", "-at_install")
class TestQueueMachine(ExactCase):
    def test_the_queue_goes_from_state_to_state_as_its_model(self):
        few = settings(REPRODUCIBLE, max_examples=40, stateful_step_count=20)
        with self.own_transactions():
            run_state_machine_as_test(lambda: QueueMachine(self), settings=few)

    def later(self):
        return (fields.Datetime.now() + timedelta(minutes=1)).replace(tzinfo=timezone.utc)
