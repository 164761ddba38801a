# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_datetime

from .exact_sync_mixin import TROUBLE, UNDER_WAY
from .exact_sync_queue_figures import Depth

PERIODS = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
EARLY = timedelta(hours=1)  # the scheduled job does not run at the same minute each day
NOTHING = Depth(0, False)
ROLE = "exact_online_connector.group_exact_user"


class ResCompany(models.Model):
    """The digest: a mail that says how it went with Exact, for whoever does not look himself."""

    _name = "res.company"
    _inherit = ["res.company"]

    exact_digest = fields.Selection(
        [("none", "Never"), ("daily", "Every day"), ("weekly", "Every week")],
        string="Mail a digest",
        default="none",
        required=True,
        help="What was sent and proven, what fails and why, and how the connection is.",
    )
    exact_digest_user_ids = fields.Many2many(
        "res.users",
        relation="exact_digest_user_rel",
        string="Digest to",
        domain="[('company_ids', 'in', id), ('share', '=', False)]",
        help="Empty: to the responsible.",
    )
    exact_digest_sent_on = fields.Datetime(string="Last digest", readonly=True, copy=False)

    @api.model
    def _cron_exact_digest(self):
        """The scheduled job: mail the digest of each company for which it is time."""
        companies = self.search(
            [("exact_digest", "!=", "none"), ("exact_division_id", "!=", False)]
        )
        companies.filtered(lambda company: company._exact_digest_is_due())._exact_send_digest()

    def _exact_digest_is_due(self):
        last = self.exact_digest_sent_on
        now = fields.Datetime.now()
        return not last or last <= now - PERIODS[self.exact_digest] + EARLY

    def _exact_send_digest(self):
        """Put a mail to each reader into Odoo's outbox, in his language and by his clock."""
        now = fields.Datetime.now()
        for company in self:
            since = company.exact_digest_sent_on or now - PERIODS[company.exact_digest]
            for user in company._exact_digest_readers():
                reader = company.with_context(
                    lang=user.lang, tz=user.tz, allowed_company_ids=company.ids
                )
                self.env["mail.mail"].sudo().create(reader._exact_digest_mail(user, since))
            company.exact_digest_sent_on = now

    def _exact_digest_readers(self):
        """Only those who may see it in Odoo too."""
        users = self.exact_digest_user_ids or self.exact_responsible_id
        return users.filtered(
            lambda user: (
                user.active
                and user.email
                and user.has_group(ROLE)
                and self in user.sudo().company_ids
            )
        )

    def _exact_digest_mail(self, user, since):
        values = self._exact_digest_values(since)
        return {
            "subject": self._exact_digest_subject(values),
            "body_html": self.env["ir.qweb"]._render(
                "exact_online_connector.digest_mail", values
            ),
            "email_from": self.email_formatted or user.email_formatted,
            "recipient_ids": [fields.Command.link(user.partner_id.id)],
            "auto_delete": True,
        }

    def _exact_digest_subject(self, values):
        if values["connection"]["state"] != "connected":
            return self.env._("Exact Online, %s: connect again", self.name)
        if values["trouble"]:
            return self.env._(
                "Exact Online, %(company)s: %(count)s need attention",
                company=self.name,
                count=values["trouble"],
            )
        return self.env._("Exact Online, %s: all is well", self.name)

    def _exact_digest_values(self, since):
        """What the mail says.

        :param since: a naive UTC moment, from which on what was sent and proven counts
        """
        division, queue = self.exact_division_id, self.env["exact.sync.queue"]
        depth = queue._depths(division)[division]
        causes = queue._causes(division)[division]
        return {
            "company": self,
            "since": format_datetime(self.env, since, dt_format="short"),
            "connection": division._overview_connection(),
            "sent": self.env["exact.call"]._count_sent(division, since),
            "proven": queue._count_proven(division, since),
            "failed": depth.get("failed", NOTHING).count + depth.get("blocked", NOTHING).count,
            "differs": depth.get("differs", NOTHING).count,
            "waiting": sum(depth.get(state, NOTHING).count for state in UNDER_WAY),
            "oldest": division._overview_oldest(depth),
            "trouble": sum(depth.get(state, NOTHING).count for state in TROUBLE),
            "causes": [
                (cause.words, cause.count, self._exact_digest_link(cause)) for cause in causes
            ],
            "overview_url": self._exact_digest_url("exact_overview_action"),
        }

    def _exact_digest_link(self, cause):
        """To the item itself where there is one, else to all that need a person."""
        if cause.count == 1:
            return f"{self.get_base_url()}/odoo/exact.sync.queue/{cause.oldest_id}"
        return self._exact_digest_url("exact_sync_queue_trouble_action")

    def _exact_digest_url(self, action):
        return f"{self.get_base_url()}/odoo/action-exact_online_connector.{action}"
