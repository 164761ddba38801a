# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
import logging
import random
import re
import secrets
import time
from datetime import timedelta, timezone

from odoo import api, fields, models
from odoo.tools import consteq

from ..exact_api import (
    OutcomeUnknown,
    ReauthorisationNeeded,
    Rejected,
    TemporarilyUnavailable,
    WaitUntil,
    refresh,
)
from .own_transaction import in_own_transaction
from .secret import Secret, UnreadableSecret, keys_of

_logger = logging.getLogger(__name__)

# Exact refuses a renewal sooner than 570 s after the token was issued; it lives 600 s.
# facts.md §1
RENEW_BEFORE_EXPIRY = timedelta(seconds=30)
RENEW_NOT_BEFORE = timedelta(seconds=570)
REFRESH_TOKEN_LIFE = timedelta(days=30)
LOCK_NAMESPACE = 1_163_412_801
WEBHOOK_KEY = re.compile(r"[A-Za-z0-9_-]{32}")
SECRETS = ("client_secret", "webhook_secret", "access_token", "refresh_token")
LOCK_PATIENCE = 15.0  # seconds; Odoo ends a worker after 120 in all
SECRETS = (
    "client_secret",
    "access_token",
    "refresh_token",
    "consent_nonce",
    "webhook_secret",
    "webhook_key",
)


class ExactConnectionToken(models.Model):
    """The secrets of one connection.

    A table of its own, because the token is renewed in transactions of its own while the caller
    may hold locks on the connection. Nobody reads it but the superuser's code: there are no
    access rights for any group, so no view, export or RPC call can show a secret. Against who
    reads the database itself, or a copy of it, they are encrypted where there is a key.
    """

    _name = "exact.connection.token"
    _description = "Exact Online Token"
    _log_access = False
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "exact.connection", required=True, ondelete="cascade", index=True
    )
    client_secret = Secret(prefetch=False, copy=False)
    access_token = Secret(prefetch=False, copy=False)
    access_token_issued_on = fields.Datetime(copy=False)
    access_token_expires_on = fields.Datetime(copy=False)
    refresh_token = Secret(prefetch=False, copy=False)
    refresh_token_expires_on = fields.Datetime(copy=False)
    refresh_started_on = fields.Datetime(
        copy=False,
        help="Set and committed before Exact is asked for a new token, emptied with its answer. "
        "Found set by somebody who holds the lock, it means that the answer was lost.",
    )
    warned_at_days = fields.Integer(
        copy=False, help="So many days before it dies unused the latest warning of that was given."
    )
    consent_nonce = Secret(prefetch=False, copy=False)
    webhook_secret = Secret(prefetch=False, copy=False)
    webhook_key = fields.Char(
        copy=False,
        index=True,
        help="Part of the address to which Exact sends its messages: nobody guesses it.",
    )

    _connection_uniq = models.Constraint(
        "UNIQUE(connection_id)", "A connection has one set of tokens."
    )

    @api.model
    def _of(self, connection):
        """The token row of ``connection``, made when missing."""
        token = self.sudo().search([("connection_id", "=", connection.id)])
        return token or self.sudo().create({"connection_id": connection.id})

    def _conceal(self, text):
        """Star out each secret in a text, should anything have quoted one."""
        for name in SECRETS:
            text = text.replace(self[name], "***") if self[name] else text
        return text

    def _ensure_webhook_key(self):
        if not self.webhook_key:
            self.webhook_key = self._new_webhook_key()

    @api.model
    def _new_webhook_key(self):
        return secrets.token_urlsafe(24)

    @api.model
    def _webhook_of_key(self, key):
        """``(connection, webhook secret)`` to whose address a message came; empty when unknown."""
        token = self.browse()
        if WEBHOOK_KEY.fullmatch(key):
            wanted = [("webhook_key", "=", key)]
            token = self.sudo().search_fetch(wanted, ["connection_id", "webhook_secret"], limit=1)
        try:
            return token.connection_id, token.webhook_secret
        except UnreadableSecret as unreadable:
            _logger.warning("A message to the webhook of Exact Online is refused: %s", unreadable)
            return token.connection_id, False

    @api.model
    def _valid_access_token(self, connection):
        """Return an access token that is good for at least half a minute.

        Renews it when due, with at most one renewal under way in the whole installation
        (design.md §4.5).

        :raises ReauthorisationNeeded: a person must give consent again
        :raises WaitUntil: Exact says that it is too early
        :raises TemporarilyUnavailable: Exact cannot be reached, or another worker renews
        """
        try:
            keys_of(self.env)  # a new token that could not be stored would be lost
            token = in_own_transaction(
                self.env, lambda env: env[self._name]._of(connection)._usable_access_token()
            )
            return token or self._renew(connection)
        except UnreadableSecret as unreadable:
            raise self._lost(connection, str(unreadable)) from unreadable

    @api.model
    def _of_now(self, env, connection):
        """The token row in ``env``, locked: a conflict shows here and not in a statement that
        carries a secret, which Odoo would log.
        """
        token = env[self._name]._of(env[connection._name].browse(connection.id))
        env.cr.execute(
            "SELECT FROM exact_connection_token WHERE id = %s FOR UPDATE",
            [token.id],
            log_exceptions=False,
        )
        return token

    def _usable_access_token(self):
        expires_on = self.access_token_expires_on
        if expires_on and expires_on - RENEW_BEFORE_EXPIRY > fields.Datetime.now():
            return self.access_token
        return None

    @api.model
    def _renew(self, connection):
        """Wait for the installation-wide lock, then renew unless somebody else just did.

        The lock is held by a transaction of its own while others commit beside it: a killed
        process frees it, and what is read after taking it is never stale.
        """
        patience = time.monotonic() + LOCK_PATIENCE
        while time.monotonic() < patience:
            with self.env.registry.cursor() as lock:
                lock.execute(
                    "SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_NAMESPACE, connection.id]
                )
                if lock.fetchone()[0]:
                    return self._renew_under_lock(connection)
            time.sleep(random.uniform(0.1, 0.3))
        raise TemporarilyUnavailable("Another worker is still renewing the access token.")

    @api.model
    def _renew_under_lock(self, connection):
        access_token, request = in_own_transaction(
            self.env, lambda env: self._of_now(env, connection)._begin_renewal()
        )
        if access_token:
            return access_token
        if not request:
            raise self._lost(
                connection,
                self.env._(
                    "A new token was asked for, but the answer never arrived. The old one may "
                    "be spent, so it is not tried again."
                ),
            )
        spent = request["refresh_token"]
        try:
            token = refresh(session=connection._session(), **request)
        except (WaitUntil, TemporarilyUnavailable):
            self._end_renewal(connection, spent, {})
            raise
        except ReauthorisationNeeded as error:
            raise self._lost(connection, str(error), answered=True) from error
        except Rejected as error:
            raise self._lost(
                connection,
                self.env._("Exact does not accept the app's id or secret: %s", error),
                answered=True,
            ) from error
        except OutcomeUnknown as error:
            raise self._lost(
                connection,
                self.env._(
                    "Exact's answer to the request for a new token was lost (%s). The old one "
                    "may be spent, so it is not tried again.",
                    error,
                ),
            ) from error
        self._end_renewal(connection, spent, self._values_of(token))
        return token.access_token

    def _begin_renewal(self):
        """``(usable token, None)``, ``(None, arguments of refresh())`` or ``(None, None)``."""
        usable = self._usable_access_token()
        if usable:
            return usable, None
        if self.refresh_started_on or not self.refresh_token:
            return None, None
        self._refuse_too_early()
        self.refresh_started_on = fields.Datetime.now()
        return None, {
            "base_url": self.connection_id._base_url(),
            "client_id": self.connection_id.client_id,
            "client_secret": self.client_secret,
            "refresh_token": self.refresh_token,
        }

    def _refuse_too_early(self):
        """:raises WaitUntil: Exact would refuse a renewal of so young a token, as an error"""
        if not self.access_token_issued_on:
            return
        earliest = self.access_token_issued_on + RENEW_NOT_BEFORE
        if earliest > fields.Datetime.now():
            raise WaitUntil(earliest.replace(tzinfo=timezone.utc), "token")

    @api.model
    def _end_renewal(self, connection, spent, values):
        """Store what came of the renewal, unless somebody connected or disconnected meanwhile."""

        def store(env):
            token = self._of_now(env, connection)
            if token.refresh_token == spent:
                token.write({"refresh_started_on": False, **values})
                token._seal()

        in_own_transaction(self.env, store)

    def _seal(self):
        """Store the secrets anew, under the first of the keys that are given now."""
        for name in SECRETS:
            try:
                secret = self[name]
            except UnreadableSecret:  # of a key that is lost: it stays until it is filled in again
                continue
            self.invalidate_recordset([name])  # or it would be no change to the ORM
            self[name] = secret

    @api.model
    def _values_of(self, token):
        """What to store of an :class:`exact_api.Token` that was just issued."""
        now = fields.Datetime.now()
        return {
            "access_token": token.access_token,
            "access_token_issued_on": now,
            "access_token_expires_on": now + timedelta(seconds=token.expires_in),
            "refresh_token": token.refresh_token,
            "refresh_token_expires_on": now + REFRESH_TOKEN_LIFE,
            "refresh_started_on": False,
        }

    @api.model
    def _lost(self, connection, reason, answered=False):
        """Note that a person must connect again; return the error to raise."""

        def note(env):
            if answered:
                self._of_now(env, connection).refresh_started_on = False
            env[connection._name].browse(connection.id)._stop("reconnect", reason)

        in_own_transaction(self.env, note)
        return ReauthorisationNeeded(reason)

    @api.model
    def _refused(self, connection):
        """Exact did not accept the access token: let the next call renew it, when that is due."""
        in_own_transaction(
            self.env,
            lambda env: self._of_now(env, connection).write(
                {"access_token_expires_on": fields.Datetime.now()}
            ),
        )

    @api.model
    def _spend_nonce(self, connection, nonce):
        """Whether ``nonce`` is the one last given out for ``connection``; it works once."""

        def spend(env):
            token = self._of_now(env, connection)
            if not token.consent_nonce or not consteq(token.consent_nonce, nonce):
                return False
            token.consent_nonce = False
            return True

        return in_own_transaction(self.env, spend)
