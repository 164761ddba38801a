# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import hash_sign, verify_hash_signed

from ..exact_api import (
    SITES,
    ExactClient,
    ReauthorisationNeeded,
    authorize_url,
    exchange_code,
    in_process_session,
    is_loopback,
)
from .exact_call import SharedLimits
from .exact_simulator import CLIENT_ID, CLIENT_SECRET, MOUNT, WEBHOOK_SECRET, simulator_app
from .own_transaction import in_own_transaction
from .roles import check_not_by_hand
from .secret import UnreadableSecret

RETURN_PATH = "/exact_online/oauth/return"
WEBHOOK_PATH = "/exact_online/webhook"
CONSENT_SCOPE = "exact_online_connector.consent"
CONSENT_HOURS = 1 / 4
SIMULATOR = "simulator"
IDENTITY = {"site", "simulator_url", "client_id"}
RECONNECT = "exact_online_connector.mail_activity_type_reconnect"


class ExactConnection(models.Model):
    """One registered app and one consent on one country site of Exact Online.

    Several companies may share it: one renewal of the token serves them all.
    """

    _name = "exact.connection"
    _description = "Exact Online Connection"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"

    name = fields.Char(required=True, default=lambda self: self.env._("Exact Online"))
    active = fields.Boolean(default=True)
    company_ids = fields.Many2many(
        "res.company",
        string="Companies",
        default=lambda self: self.env.company,
        required=True,
        help="The companies that may book through this connection.",
    )
    site = fields.Selection(
        selection="_selection_site",
        required=True,
        default="nl",
        tracking=True,
        help="The site where your accountant logs in to Exact Online. An app registration "
        "belongs to one site.",
    )
    simulator_url = fields.Char(
        string="Simulator address",
        default=lambda self: self._default_simulator_url(),
        help="Address of a simulator that runs on this machine, for example "
        "http://127.0.0.1:8070. Leave empty to use the one built into Odoo.",
    )
    client_id = fields.Char(
        string="Client ID",
        help="From the app registration in Exact's app centre. The simulator has its own.",
        copy=False,
    )
    client_secret = fields.Char(
        compute="_compute_client_secret",
        inverse="_inverse_client_secret",
        help="Kept where nobody can read it back. Fill it in again to replace it.",
        groups="exact_online_connector.group_exact_manager",
        copy=False,
    )
    has_client_secret = fields.Boolean(compute="_compute_client_secret")
    webhook_secret = fields.Char(
        compute="_compute_webhook_secret",
        inverse="_inverse_webhook_secret",
        help="From the app registration in Exact's app centre; only needed for webhooks. Kept "
        "where nobody can read it back. Fill it in again to replace it.",
        groups="exact_online_connector.group_exact_manager",
        copy=False,
    )
    has_webhook_secret = fields.Boolean(compute="_compute_webhook_secret")
    redirect_uri = fields.Char(
        string="Redirect address",
        compute="_compute_redirect_uri",
        help="Copy this address into the app registration in Exact's app centre.",
    )
    state = fields.Selection(
        [
            ("draft", "Not connected"),
            ("connected", "Connected"),
            ("reconnect", "Connect again"),
            ("copied", "Stopped: copied database"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    state_reason = fields.Char(readonly=True, copy=False)
    authorised_by = fields.Char(string="Connected as", readonly=True, copy=False)
    authorised_on = fields.Datetime(string="Connected on", readonly=True, copy=False)
    fingerprint = fields.Char(readonly=True, copy=False)
    refresh_token_expires_on = fields.Datetime(compute="_compute_refresh_token_days")
    refresh_token_days = fields.Integer(
        string="Days left",
        compute="_compute_refresh_token_days",
        help="After so many days without any call to Exact, somebody must connect again. Each "
        "call begins the count anew.",
    )
    division_ids = fields.One2many("exact.division", "connection_id", string="Administrations")

    @api.model
    def _selection_site(self):
        countries = [(key, site.name) for key, site in SITES.items()]
        return [*countries, (SIMULATOR, self.env._("Simulator (no Exact account needed)"))]

    @api.model
    def _default_simulator_url(self):
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param("exact_online_connector.simulator_url")

    # -- fields ---------------------------------------------------------------------------------

    def _compute_client_secret(self):
        tokens = self.env["exact.connection.token"].sudo()
        known = tokens.search([("connection_id", "in", self.ids), ("client_secret", "!=", False)])
        for connection in self:
            connection.client_secret = False
            connection.has_client_secret = connection in known.connection_id

    def _inverse_client_secret(self):
        tokens = self.env["exact.connection.token"]
        for connection in self.filtered("client_secret"):
            tokens._of(connection).client_secret = connection.client_secret.strip()

    def _compute_webhook_secret(self):
        tokens = self.env["exact.connection.token"].sudo()
        known = tokens.search([("connection_id", "in", self.ids), ("webhook_secret", "!=", False)])
        for connection in self:
            connection.webhook_secret = False
            connection.has_webhook_secret = connection in known.connection_id

    def _inverse_webhook_secret(self):
        tokens = self.env["exact.connection.token"]
        for connection in self.filtered("webhook_secret"):
            tokens._of(connection).webhook_secret = connection.webhook_secret.strip()

    def _compute_redirect_uri(self):
        self.redirect_uri = f"{self._odoo_url()}{RETURN_PATH}"

    def _compute_refresh_token_days(self):
        tokens = self.env["exact.connection.token"].sudo()
        rows = tokens.search([("connection_id", "in", self.ids)])
        expiry = {row.connection_id: row.refresh_token_expires_on for row in rows}
        for connection in self:
            expires_on = connection.state == "connected" and expiry.get(connection)
            connection.refresh_token_expires_on = expires_on
            left = expires_on - fields.Datetime.now() if expires_on else None
            connection.refresh_token_days = max(left.days, 0) if left else 0

    @api.onchange("site")
    def _onchange_site(self):
        if self.site == SIMULATOR:
            self.client_id = CLIENT_ID
            self.client_secret = CLIENT_SECRET
            self.webhook_secret = WEBHOOK_SECRET
        elif self.client_id == CLIENT_ID:
            self.client_id = self.client_secret = self.webhook_secret = False

    @api.constrains("site", "simulator_url")
    def _check_simulator_url(self):
        for connection in self.filtered("simulator_url"):
            if not is_loopback(connection.simulator_url):
                raise ValidationError(
                    self.env._(
                        "%s is not an address of this machine. The simulator is for trying and "
                        "training and is reached at 127.0.0.1 or localhost only.",
                        connection.simulator_url,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_settings_only(vals)
        return super().create(vals_list)

    @api.model
    def _check_settings_only(self, vals):
        states = {field.name for field in self._fields.values() if field.readonly and field.store}
        check_not_by_hand(self.env, states, vals)

    def write(self, vals):
        """What a token was given out for does not change under it.

        :raises AccessError: for what is no setting but a state, that Exact or a button changes
        """
        self._check_settings_only(vals)
        identity = IDENTITY & vals.keys()
        if any(
            connection.state != "draft" and connection[name] != vals[name]
            for connection in self
            for name in identity
        ):
            raise UserError(
                self.env._(
                    "Disconnect first: the tokens of this connection belong to its site and app."
                )
            )
        return super().write(vals)

    # -- addresses and clients ------------------------------------------------------------------

    def _base_url(self):
        """Where Exact is reached, without a slash at the end."""
        self.ensure_one()
        if self.site != SIMULATOR:
            return SITES[self.site].base_url
        if self.simulator_url:
            return self.simulator_url.rstrip("/")
        return f"{self._odoo_url()}{MOUNT}"

    @api.model
    def _odoo_url(self):
        """Where Odoo itself is reached, without a slash at the end."""
        return self.env["ir.config_parameter"].sudo().get_param("web.base.url")

    def _webhook_url(self):
        """Where Exact sends its messages; False before there were webhooks."""
        token = self.env["exact.connection.token"].sudo().search([("connection_id", "=", self.id)])
        key = token.webhook_key
        return key and f"{self._odoo_url()}{WEBHOOK_PATH}/{key}"

    def _is_own_app(self, client_id):
        """Whether a client ID, as Exact writes it, is this connection's."""
        return isinstance(client_id, str) and _bare(client_id) == _bare(self.client_id or "")

    def _session(self):
        """The session that reaches the simulator within Odoo; None where the network does."""
        if self.site != SIMULATOR or self.simulator_url:
            return None
        return in_process_session(self._base_url(), simulator_app(self.env.cr.dbname), MOUNT)

    def _client(self, item=None):
        """An :class:`exact_api.ExactClient` whose calls are budgeted and logged for ``item``.

        :raises ReauthorisationNeeded: when nobody is connected, or the database is a copy
        """
        self.ensure_one()
        self._refuse_copy()
        if self.state != "connected":
            raise ReauthorisationNeeded(self.state_reason or self.env._("Nobody is connected."))
        tokens = self.env["exact.connection.token"]
        return self._client_with(lambda: tokens._valid_access_token(self), item)

    def _client_with(self, access_token, item=None):
        return ExactClient(
            self._base_url(),
            access_token,
            session=self._session(),
            limits=SharedLimits(
                self.env, self.id, item.id if item else None, not item or item._is_by_hand()
            ),
        )

    def _farewell_client(self):
        """A client for what is left to say when nobody is connected any more.

        :raises ReauthorisationNeeded: when the last access token is gone
        """
        if self.state == "connected":
            return self._client()
        try:
            token = self.env["exact.connection.token"]._of(self)._usable_access_token()
        except UnreadableSecret as unreadable:
            raise ReauthorisationNeeded(str(unreadable)) from unreadable
        if not token:
            raise ReauthorisationNeeded(self.env._("Nobody is connected."))
        return self._client_with(lambda: token)

    # -- copied databases -----------------------------------------------------------------------

    def _current_fingerprint(self):
        """What tells this database from a copy of it: uuid, name and address."""
        parameters = self.env["ir.config_parameter"].sudo()
        return "|".join(
            (
                parameters.get_param("database.uuid") or "",
                self.env.cr.dbname,
                parameters.get_param("web.base.url") or "",
            )
        )

    def _is_live(self):
        """Whether somebody is connected, and this is the database that was."""
        return self.state == "connected" and self.fingerprint == self._current_fingerprint()

    def _refuse_copy(self):
        """:raises ReauthorisationNeeded: in a copy of the database that was connected"""
        if self.state != "connected" or self._is_live():
            return
        reason = self.env._(
            "This database's identity, name or address (system parameter web.base.url) changed "
            "since the connection was made. If it is a copy, leave it stopped: a copy that talks "
            "to Exact breaks the original's connection. If it was moved, say so here."
        )
        in_own_transaction(
            self.env, lambda env: env[self._name].browse(self.id)._stop("copied", reason)
        )
        raise ReauthorisationNeeded(reason)

    def action_this_is_the_original(self):
        """The manager states that the database was moved, not copied."""
        self.check_access("write")
        for connection in self.filtered(lambda c: c.state == "copied"):
            self.env["exact.sync.queue"]._doubt(connection)
            connection.sudo().write(
                {
                    "state": "connected",
                    "state_reason": False,
                    "fingerprint": connection._current_fingerprint(),
                }
            )
        self._wake_queue()

    # -- consent --------------------------------------------------------------------------------

    def action_connect(self):
        """Send the user's browser to Exact's consent page."""
        self.ensure_one()
        self.check_access("write")
        self._check_ready_to_connect()
        nonce = secrets.token_urlsafe(24)
        self.env["exact.connection.token"]._of(self).consent_nonce = nonce
        state = hash_sign(
            self.env(su=True),
            CONSENT_SCOPE,
            {
                "connection": self.id,
                "user": self.env.uid,
                "company": self.env.company.id,
                "nonce": nonce,
            },
            expiration_hours=CONSENT_HOURS,
        )
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": authorize_url(self._base_url(), self.client_id, self.redirect_uri, state),
        }

    def _check_ready_to_connect(self):
        missing = []
        if not self.client_id:
            missing.append(self.env._("the client ID"))
        if not self.env["exact.connection.token"]._of(self).client_secret:
            missing.append(self.env._("the client secret"))
        if missing:
            raise UserError(
                self.env._(
                    "Fill in %s first. You find it in Exact's app centre, where you register the "
                    "app.",
                    self.env._(" and ").join(missing),
                )
            )

    @api.model
    def _connection_of_consent(self, state):
        """The connection and company that a signed ``state`` was given out for.

        The nonce is spent by this look. Forged, expired, spent or somebody else's: refused.
        """
        try:
            values = verify_hash_signed(self.env(su=True), CONSENT_SCOPE, state or "")
        except ValueError:
            values = None
        connection = self.browse(values["connection"]).exists() if values else self.browse()
        valid = (
            connection
            and values["user"] == self.env.uid
            and self.env["exact.connection.token"]._spend_nonce(connection, values["nonce"])
        )
        if not valid:
            raise UserError(
                self.env._(
                    "This answer from Exact does not belong to a connection that you began in "
                    "the last quarter of an hour. Open the connection and press Connect again."
                )
            )
        return connection, self.env["res.company"].browse(values["company"])

    def _accept_consent(self, code):
        """Exchange the code for tokens, commit them at once, and list the administrations.

        :raises ExactError: when Exact refuses the code or cannot be reached
        """
        self.ensure_one()
        tokens = self.env["exact.connection.token"]
        token = exchange_code(
            self._base_url(),
            self.client_id,
            tokens._of(self).client_secret,
            code,
            self.redirect_uri,
            session=self._session(),
        )

        def store(env):
            connection = env[self._name].browse(self.id)
            values = tokens._values_of(token)
            if connection.state == "copied":
                values["webhook_key"] = tokens._new_webhook_key()  # the original keeps its own
            tokens._of_now(env, connection).write(values)
            if connection.state != "draft":
                env["exact.sync.queue"]._doubt(connection)
            connection.write(
                {
                    "state": "connected",
                    "state_reason": False,
                    "authorised_on": fields.Datetime.now(),
                    "fingerprint": connection._current_fingerprint(),
                }
            )

        in_own_transaction(self.env, store)
        self._list_divisions()
        self.invalidate_recordset()
        self._wake_queue()

    def _list_divisions(self):
        """Read who is connected and which administrations he reaches; commit both at once."""
        with self.env.registry.cursor() as cr:  # the caller's snapshot is not connected yet
            client = self.with_env(self.env(cr=cr))._client()
            me = client.me()
            rows = client.divisions(me["CurrentDivision"])

        def store(env):
            connection = env[self._name].browse(self.id)
            connection.authorised_by = " ".join(
                filter(None, (me.get("FullName"), me.get("Email") and f"<{me['Email']}>"))
            )
            env["exact.division"]._store(connection, rows)

        in_own_transaction(self.env, store)

    def action_disconnect(self):
        """Forget the tokens. What is queued waits until somebody connects again."""
        self.check_access("write")
        leaving = self.filtered(lambda connection: connection._leave_webhooks())
        for connection in self:
            self.env["exact.connection.token"]._of(connection).write(
                {
                    "refresh_token": False,
                    "refresh_token_expires_on": False,
                    "refresh_started_on": False,
                }
            )
        (self - leaving)._forget_access_token()
        self.activity_unlink([RECONNECT])
        self.sudo().write({"state": "draft", "state_reason": False, "fingerprint": False})

    def _forget_access_token(self):
        for connection in self:
            self.env["exact.connection.token"]._of(connection).write(
                {"access_token": False, "access_token_expires_on": False}
            )

    def _leave_webhooks(self):
        """Have Exact told that its messages are no longer wanted; whether there is a need to. The
        access token, which is good for ten minutes at most, is kept until then.
        """
        webhooks = self.sudo().division_ids.webhook_ids.filtered(
            lambda each: each.state in ("asked", "subscribed", "leaving")
        )
        if not webhooks or not self._is_live():
            return False
        webhooks.state = "leaving"
        self.env.ref("exact_online_connector.ir_cron_exact_webhooks").sudo()._trigger()
        return True

    def _stop(self, state, reason):
        """Stop, say why, and give somebody the task of connecting again."""
        for connection in self.filtered(lambda c: c.state == "connected"):
            connection.sudo().write({"state": state, "state_reason": reason})
            connection._give_task(reason)

    def _wake_queue(self):
        self.activity_unlink([RECONNECT])
        self.division_ids._check_webhooks()
        self.env["exact.sync.queue"]._wake()


def _bare(client_id):
    return client_id.strip("{} ").lower()
