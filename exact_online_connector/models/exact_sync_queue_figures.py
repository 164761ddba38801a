# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from collections import namedtuple

from odoo import api, models

from .exact_sync_mixin import TROUBLE, UNDER_WAY

Depth = namedtuple("Depth", "count oldest_on")
Cause = namedtuple("Cause", "words count domain oldest_id")


class ExactSyncQueue(models.Model):
    """What the overview and the digest count: one grouped read for all administrations, of which
    each finds what its company's items are.
    """

    _name = "exact.sync.queue"
    _inherit = ["exact.sync.queue"]

    _done_idx = models.Index("(division_id, operation, done_on) WHERE state = 'done'")

    @api.model
    def _of_divisions(self, divisions):
        """A domain, not of what another company queued in an administration that it left."""
        return [
            ("division_id", "in", divisions.ids),
            ("company_id", "in", divisions.company_id.ids),
        ]

    @api.model
    def _depths(self, divisions):
        """``{division: {state: Depth}}`` of what is not finished; the moment is in UTC."""
        depths = {division: {} for division in divisions}
        for division, state, count, oldest_on in self.sudo()._read_group(
            [*self._of_divisions(divisions), ("state", "in", UNDER_WAY + TROUBLE)],
            ["division_id", "state"],
            ["__count", "create_date:min"],
        ):
            depths[division][state] = Depth(count, oldest_on)
        return depths

    @api.model
    def _causes(self, divisions):
        """``{division: [Cause]}`` of what needs a person, the most frequent first."""
        found = {division: {} for division in divisions}
        for division, label, error_class, count, oldest_id in self.sudo()._read_group(
            [*self._of_divisions(divisions), ("state", "in", TROUBLE)],
            ["division_id", "cause_label", "error_class"],
            ["__count", "id:min"],
        ):
            words, told_by = self._cause_in_words(label, error_class)
            domain = [("division_id", "=", division.id), ("state", "in", TROUBLE), told_by]
            known = found[division].get(words, Cause(words, 0, domain, oldest_id))
            found[division][words] = known._replace(
                count=known.count + count, oldest_id=min(known.oldest_id, oldest_id)
            )
        return {
            division: sorted(causes.values(), key=lambda cause: (-cause.count, cause.oldest_id))
            for division, causes in found.items()
        }

    @api.model
    def _cause_in_words(self, label, error_class):
        """``(words, condition)`` of items: their cause, else what they have in common."""
        if label:
            return label, ("cause_label", "=", label)
        classes = dict(self._fields["error_class"]._description_selection(self.env))
        return classes.get(error_class, "?"), ("error_class", "=", error_class)

    @api.model
    def _proven_by_day(self, divisions, since):
        """``{division: {day: count}}`` of what was found equal in Exact, by the user's days.

        :param since: a naive UTC moment
        """
        proven = {division: {} for division in divisions}
        for division, day, count in self.sudo()._read_group(
            self._proven(divisions, since), ["division_id", "done_on:day"], ["__count"]
        ):
            proven[division][day.date()] = count
        return proven

    @api.model
    def _count_proven(self, divisions, since):
        """How many items were found equal in Exact since a naive UTC moment."""
        return self.sudo().search_count(self._proven(divisions, since))

    @api.model
    def _proven(self, divisions, since):
        return [
            *self._of_divisions(divisions),
            ("state", "=", "done"),
            ("operation", "in", self.env["exact.operation"]._kinds_created()),
            ("done_on", ">=", since),
        ]
