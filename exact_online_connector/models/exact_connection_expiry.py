# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from markupsafe import escape

from odoo import api, models

from .exact_connection import RECONNECT

WARN_AT = (14, 7, 2)  # days before a refresh token dies that nobody used


class ExactConnection(models.Model):
    """Warnings while it is still time: a refresh token that is not used dies after 30 days."""

    _inherit = "exact.connection"

    @api.model
    def _cron_expiry(self):
        """The scheduled job: warn of what dies soon; a warning that is no longer true is closed."""
        for connection in self.search([("state", "=", "connected")]):
            connection._warn_of_expiry()

    def _warn_of_expiry(self):
        """One activity, and with it one mail, at each of the moments."""
        token = self.env["exact.connection.token"]._of(self)
        days = self.refresh_token_days
        stage = min((stage for stage in WARN_AT if days <= stage), default=0)
        if stage == token.warned_at_days:
            return
        is_later = stage and (not token.warned_at_days or stage < token.warned_at_days)
        token.warned_at_days = stage
        self.activity_unlink([RECONNECT])
        if is_later:
            self._give_task(self._expiry_text(), token.refresh_token_expires_on.date())

    def _expiry_text(self):
        return self.env._(
            "Exact Online has not been asked anything for weeks. Unless it is, the connection is "
            "lost in %s days: see whether Odoo's scheduled jobs run, or press Connect again.",
            self.refresh_token_days,
        )

    def _give_task(self, note, deadline=None):
        """An activity of whoever is responsible, who gets a mail of it; instead of an earlier
        one.
        """
        self.activity_unlink([RECONNECT])
        responsible = self.company_ids.exact_responsible_id[:1] or self.create_uid
        language = {"lang": responsible.lang} if responsible.lang else {}
        self.with_context(**language).activity_schedule(
            RECONNECT, date_deadline=deadline, note=escape(note), user_id=responsible.id
        )
