# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Tokens and secrets are in one table and nowhere else, encrypted where there is a key."""

import logging
import os
from contextlib import contextmanager
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import AccessError, UserError
from odoo.modules.module import get_module_path
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..exact_api import ExactError, ReauthorisationNeeded
from ..models.secret import SEALED, VARIABLE
from .common import ExactCase

TOKENS = "exact_connection_token"
SECRETS = ("client_secret", "webhook_secret", "access_token", "refresh_token")
LOUD = ("odoo.addons.exact_online_connector", "urllib3", "requests")


class Listener(logging.Handler):
    """Keeps all that is logged, tracebacks included."""

    def __init__(self):
        super().__init__(logging.NOTSET)
        self.said = []

    def emit(self, record):
        self.said.append(f"{self.format(record)} {record.args!r}")


@tagged("standard", "post_install", "-at_install")
class TestSecrets(ExactCase):
    @classmethod
    def connect(cls):
        with patch.dict(os.environ):
            os.environ.pop(VARIABLE, None)
            connection = super().connect()
        connection.webhook_secret = "simulator-webhook-secret"
        return connection

    def setUp(self):
        super().setUp()
        self.startPatcher(patch.dict(os.environ))
        os.environ.pop(VARIABLE, None)
        self.known = set()
        self.note_secrets()

    # -- steps ------------------------------------------------------------------------------------

    def note_secrets(self):
        """Remember what must be seen nowhere."""
        token = self.env["exact.connection.token"].sudo()._of(self.connection)
        self.known |= {token[name] for name in SECRETS if token[name]}

    def call_exact(self, seconds=590):
        """Make a call so many seconds later; return the error in which it ends. After ten minutes,
        less a bit, the token is renewed for it.

        Not by the queue: where a test runs its job, what is committed beside it goes with it.
        """
        self.clock.tick(seconds)
        with self.own_transactions():
            try:
                self.connection._client().me()
            except ExactError as error:
                return error
        return None

    def stored(self):
        """What the table holds, past the ORM."""
        self.env.flush_all()
        self.env.cr.execute(f"SELECT {', '.join(SECRETS)} FROM {TOKENS}")
        return dict(zip(SECRETS, self.env.cr.fetchone(), strict=True))

    def tables_that_tell(self):
        """The tables, but that of the tokens, in which a secret is."""
        self.env.flush_all()
        self.env.cr.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        telling = []
        for (table,) in self.env.cr.fetchall():
            if table == TOKENS:
                continue
            self.env.cr.execute(
                f'SELECT FROM "{table}" one WHERE one::text LIKE ANY(%s) LIMIT 1',
                [[f"%{secret}%" for secret in self.known]],
            )
            telling += [table] if self.env.cr.rowcount else []
        return telling

    @contextmanager
    def listening(self):
        """Give a list of all that is logged."""
        listener, loggers = Listener(), [logging.getLogger(name) for name in LOUD]
        levels = [logger.level for logger in loggers]
        logging.getLogger().addHandler(listener)
        for logger in loggers:
            logger.setLevel(logging.DEBUG)
        try:
            yield listener.said
        finally:
            logging.getLogger().removeHandler(listener)
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)

    # -- nothing leaves ---------------------------------------------------------------------------

    def test_no_secret_is_logged_or_stored_elsewhere_from_consent_to_refusal(self):
        with self.listening() as said:
            self.give_consent()
            self.note_secrets()
            self.call_exact()
            self.note_secrets()
            token = self.env["exact.connection.token"].sudo()._of(self.connection)
            quoting = {"error": {"code": "", "message": {"value": token.access_token}}}
            self.fault("status", "GET", ".*/Me", status=500, body=quoting)
            errors = [self.call_exact(seconds=1)]
            self.fault("token_loss", "GET", ".*/Me")
            errors += [self.call_exact(), self.call_exact()]
            self.assertIsInstance(errors[-1], ReauthorisationNeeded)
            self.connection.sudo()._stop("reconnect", str(errors[-1]))
            self.connection.client_secret = "another-secret"
            self.note_secrets()
            with self.assertRaises(ExactError) as caught:
                self.give_consent()
        self.assertGreater(len(self.known), 4)
        errors.append(caught.exception)
        text = "\n".join([*said, *map(str, errors), *map(repr, errors)])
        self.assertIn("/api/oauth2/token", text, "it is listened to")
        self.assertIn("***", text, "Exact's answer quoted them")
        self.assertEqual([secret for secret in self.known if secret in text], [])
        self.assertEqual(self.tables_that_tell(), [])

    def test_nobody_reads_or_exports_a_secret(self):
        token = self.env["exact.connection.token"].sudo()._of(self.connection)
        for user in (self.env.user, self.env.ref("base.user_admin")):
            for name in (*SECRETS, "consent_nonce", "webhook_key"):
                with self.assertRaises(AccessError):
                    token.with_user(user).read([name])
            with self.assertRaises(UserError):
                token.with_user(user).export_data([*SECRETS])
        names = [name for name, field in self.connection._fields.items() if field.exportable]
        self.connection.invalidate_recordset()
        told = [self.connection.read(), self.connection.export_data(names)]
        told += [self.connection.copy().read(), self.env["exact.call"].search([]).read()]
        for secret in self.known:
            self.assertNotIn(secret, str(told))

    def test_a_copy_of_the_connection_is_connected_to_nothing(self):
        copy = self.connection.copy()
        self.assertEqual(copy.state, "draft")
        self.assertFalse(copy.client_id or copy.has_client_secret or copy.has_webhook_secret)

    def test_a_neutralised_database_holds_no_secret(self):
        with open(f"{get_module_path('exact_online_connector')}/data/neutralize.sql") as file:
            self.env.flush_all()
            self.env.cr.execute(file.read())
        self.env.cr.execute(f"SELECT FROM {TOKENS}")
        self.assertFalse(self.env.cr.rowcount)
        self.assertEqual(self.tables_that_tell(), [])

    # -- encrypted at rest ------------------------------------------------------------------------

    def use_keys(self, *keys):
        os.environ[VARIABLE] = ", ".join(keys)
        self.env.invalidate_all()

    def sealed(self):
        return {name for name, value in self.stored().items() if value.startswith(SEALED)}

    def assert_asks_to_connect_again(self, words):
        self.assertEqual(self.connection.state, "reconnect")
        self.assertIn(words, self.connection.state_reason)
        self.division.action_read_accounts()
        self.run_queue()
        item = self.item(self.division, "accounts")
        self.assertEqual((item.state, item.attempts), ("blocked", 0))

    def test_without_a_key_they_are_as_they_came(self):
        self.assertFalse(self.sealed())
        self.call_exact()
        self.assertFalse(self.sealed())

    def test_with_a_key_they_are_encrypted_from_the_next_renewal_on(self):
        self.use_keys(Fernet.generate_key().decode())
        self.call_exact()
        self.note_secrets()
        self.assertEqual(self.sealed(), {*SECRETS})
        for secret in self.known:
            self.assertNotIn(secret, str(self.stored()))
        self.assertIsNone(self.call_exact())
        self.assertEqual(self.connection.state, "connected")

    def test_a_connection_begun_with_a_key_is_encrypted_at_once(self):
        self.use_keys(Fernet.generate_key().decode())
        self.connection.client_secret = self.connection.client_secret or "simulator-secret"
        self.connection.webhook_secret = "simulator-webhook-secret"
        self.give_consent()
        self.assertEqual(self.sealed(), {*SECRETS})

    @mute_logger("odoo.addons.exact_online_connector.models.exact_sync_run")
    def test_when_the_key_is_missing_somebody_is_told_and_nothing_is_lost(self):
        self.use_keys(Fernet.generate_key().decode())
        self.call_exact()
        before = self.stored()
        for keys in ((), (Fernet.generate_key().decode(),)):
            self.connection.sudo().state = "connected"
            self.use_keys(*keys)
            self.call_exact()
            self.assert_asks_to_connect_again("exact_online_token_key")
            self.assertEqual(self.stored(), before)
            with self.assertRaisesRegex(UserError, "exact_online_token_key"):
                self.connection.action_connect()
        self.connection.client_secret = "simulator-secret"
        self.give_consent()
        self.assertEqual(self.connection.state, "connected")

    def test_a_key_that_is_none_stops_before_a_token_is_spent(self):
        self.call_exact()
        before = self.stored()
        self.use_keys("too short")
        self.call_exact()
        self.assert_asks_to_connect_again("is no Fernet key")
        self.assertEqual(self.stored(), before)

    def test_keys_are_changed_one_after_the_other(self):
        old, new = (Fernet.generate_key().decode() for _key in range(2))
        self.use_keys(old)
        self.call_exact()
        self.use_keys(new, old)
        self.call_exact()
        self.use_keys(new)
        self.call_exact()
        self.assertEqual(self.connection.state, "connected")
        self.assertEqual(self.sealed(), {*SECRETS})
        opened = Fernet(new).decrypt(self.stored()["client_secret"].removeprefix(SEALED).encode())
        self.assertEqual(opened, b"simulator-secret")

    def test_a_webhook_whose_secret_cannot_be_read_is_refused(self):
        self.use_keys(Fernet.generate_key().decode())
        token = self.env["exact.connection.token"].sudo()._of(self.connection)
        token._ensure_webhook_key()
        token._seal()
        self.env.flush_all()
        self.use_keys()
        with self.assertLogs("odoo.addons.exact_online_connector", "WARNING"):
            connection, secret = token._webhook_of_key(token.webhook_key)
        self.assertEqual((connection, secret), (self.connection, False))
