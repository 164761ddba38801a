# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import json
from datetime import timedelta

from odoo import fields, models
from odoo.tools import format_date, format_datetime

from .exact_sync_mixin import TROUBLE, UNDER_WAY
from .exact_sync_queue_figures import Depth
from .notification import LOADED_ANEW, notification
from .roles import check_manager, check_operator

DAYS = 14  # of the graph
CAUSES = 3
HOUR = timedelta(hours=1)
NOTHING = Depth(0, False)
# What a person looks at first, and in which colour.
TONES = {
    "failed": "danger",
    "differs": "danger",
    "blocked": "warning",
    "waiting": "body",
    "ready": "body",
    "sending": "body",
    "checking": "body",
    "sent": "body",
}
CONNECTION_TONES = {"connected": "success", "reconnect": "danger", "copied": "danger"}


class ExactDivision(models.Model):
    """The card of an administration on the overview: how it goes, and what to do.

    Whoever looks sees those of the companies that he works for at the moment.
    """

    _name = "exact.division"
    _inherit = ["exact.division"]

    overview = fields.Text(compute="_compute_overview", exportable=False)
    overview_states = fields.Text(compute="_compute_overview", exportable=False)
    overview_causes = fields.Text(compute="_compute_overview", exportable=False)
    overview_graph = fields.Text(compute="_compute_overview", exportable=False)

    def _compute_overview(self):
        """A fixed number of reads, however many administrations there are."""
        own = self.filtered(lambda division: division.company_id in self.env.companies)
        for name in ("overview", "overview_states", "overview_causes", "overview_graph"):
            (self - own)[name] = False
        queue, calls = self.env["exact.sync.queue"], self.env["exact.call"]
        depths, causes = queue._depths(own), queue._causes(own)
        counts = calls._counts(own, fields.Datetime.now() - HOUR)
        budgets = self.env["exact.call.budget"]._by_division(own)
        jobs, stopped = own._overview_jobs(), self._overview_stopped_jobs()
        since, days = self._overview_days()
        proven, sent = queue._proven_by_day(own, since), calls._sent_by_day(own, since)
        for division in own:
            depth = depths[division]
            division.overview = json.dumps(
                {
                    "company": division.company_id.name,
                    "connection": division._overview_connection(),
                    "oldest": division._overview_oldest(depth),
                    "trouble": sum(depth.get(state, NOTHING).count for state in TROUBLE),
                    "to_send": sum(
                        depth.get(state, NOTHING).count for state in ("waiting", "ready")
                    ),
                    "calls": {"hour": counts[division], **budgets[division]._overview()},
                    "is_idle": not any(
                        counts.get(day) for counts in (sent[division], proven[division])
                        for day in days
                    ),
                    "jobs": jobs[division],
                    "stopped": stopped,
                }
            )
            division.overview_states = json.dumps(division._overview_states(depth))
            division.overview_causes = json.dumps(division._overview_causes(causes[division]))
            division.overview_graph = json.dumps(
                self._overview_graph(days, proven[division], sent[division])
            )

    def _overview_connection(self):
        connection = self.connection_id.sudo()
        states = dict(connection._fields["state"]._description_selection(self.env))
        return {
            "state": connection.state,
            "words": states[connection.state],
            "reason": connection.state_reason or "",
            "tone": CONNECTION_TONES.get(connection.state, "warning"),
            "days": connection.refresh_token_days,
        }

    def _overview_oldest(self, depth):
        """Since when the oldest of what goes on by itself has been queued, in words."""
        moments = [depth[state].oldest_on for state in UNDER_WAY if state in depth]
        return format_datetime(self.env, min(moments), dt_format="short") if moments else ""

    def _overview_states(self, depth):
        """Links to what is in each state that something is in."""
        states = dict(
            self.env["exact.sync.queue"]._fields["state"]._description_selection(self.env)
        )
        return [
            {
                "words": states[state],
                "count": depth[state].count,
                "tone": tone,
                "domain": [("division_id", "=", self.id)],
                "context": {f"search_default_{state}": 1},
            }
            for state, tone in TONES.items()
            if state in depth
        ]

    def _overview_causes(self, causes):
        """Links to what fails for the most frequent causes."""
        return [
            {
                "words": cause.words,
                "count": cause.count,
                "tone": "danger",
                "domain": cause.domain,
                "context": {},
            }
            for cause in causes[:CAUSES]
        ]

    def _overview_days(self):
        """The moment at which the graph begins, and its days; both as the user's clock has it."""
        today = fields.Date.context_today(self)
        days = [today - timedelta(days=ago) for ago in reversed(range(DAYS))]
        # A day of margin: the user's days do not begin with those of UTC.
        return fields.Datetime.to_datetime(days[0] - timedelta(days=1)), days

    def _overview_graph(self, days, proven, sent):
        """What the widget draws: a bar a day, of what was sent and of what was proven."""
        series = ((self.env._("Sent"), sent), (self.env._("Proven"), proven))
        return [
            {
                "key": key,
                "title": "",
                "is_sample_data": False,
                "values": [
                    {
                        "label": format_date(self.env, day, date_format="d MMM"),
                        "value": counts.get(day, 0),
                        "type": "past",
                    }
                    for day in days
                ],
            }
            for key, counts in series
        ]

    def _overview_jobs(self):
        """``{division: [{name, when}]}`` of when each job did its work last."""
        run = self.env["exact.sync.run"].sudo().search([("ended_on", "!=", False)], limit=1)
        feeds = self.env["exact.feed"].sudo().search(
            [("division_id", "in", self.ids), ("read_on", "!=", False)]
        )
        kinds = dict(feeds._fields["kind"]._description_selection(self.env))
        webhooks = self.env["exact.webhook.subscription"].sudo()
        told = dict(
            webhooks._read_group(
                [("division_id", "in", self.ids)], ["division_id"], ["last_message_on:max"]
            )
        )
        return {
            division: [
                {"name": name, "when": format_datetime(self.env, moment, dt_format="short")}
                for name, moment in (
                    (self.env._("Queue"), run.ended_on),
                    (self.env._("Lists"), division.refreshed_on),
                    (self.env._("Processed entries"), division.status_read_on),
                    *(
                        (kinds[feed.kind], feed.read_on)
                        for feed in feeds
                        if feed.division_id == division
                    ),
                    (self.env._("Webhook"), told.get(division)),
                )
                if moment
            ]
            for division in self
        }

    def _overview_stopped_jobs(self):
        """The names of the addon's scheduled jobs that somebody, or Odoo after failures of a week,
        switched off.
        """
        own = self.env["ir.model.data"].sudo().search(
            [("module", "=", "exact_online_connector"), ("model", "=", "ir.cron")]
        )
        return (
            self.env["ir.cron"]
            .sudo()
            .search([("id", "in", own.mapped("res_id")), ("active", "=", False)])
            .mapped("name")
        )

    # -- what people do -------------------------------------------------------------------------

    def action_overview_trouble(self):
        """Open what needs a person, by cause."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "exact_online_connector.exact_sync_queue_trouble_action"
        )
        return {**action, "domain": [("division_id", "=", self.id)]}

    def action_overview_send_now(self):
        """Have what waits for its hour or for a pause go now. Exact's limits still hold."""
        self.ensure_one()
        self.check_access("read")
        check_operator(self.env)
        queue = self.env["exact.sync.queue"]
        waiting = queue.search(
            [
                ("division_id", "=", self.id),
                ("state", "in", ("waiting", "ready")),
                ("due_on", "!=", False),
            ]
        )
        waiting.action_retry()
        queue._wake()
        text = self.env._("On the way to Exact Online: %s.", len(waiting))
        return notification(text, "success", LOADED_ANEW)

    def action_overview_reconnect(self):
        """Go to Exact's consent page; to the connection where there is more to it."""
        self.ensure_one()
        self.check_access("read")
        check_manager(self.env)
        connection = self.connection_id
        if connection.state == "reconnect":
            return connection.action_connect()
        return connection._get_records_action(context={})
