# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Secrets in the database: encrypted where whoever runs Odoo gives a key, which is not in it."""

import functools
import os

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import config

OPTION = "exact_online_token_key"
VARIABLE = "EXACT_ONLINE_TOKEN_KEY"
SEALED = "fernet:"


class UnreadableSecret(UserError):
    """The key with which a secret was encrypted is missing, or the key given is none."""


class Secret(fields.Char):
    """Text that is stored encrypted while there is a key, and plain while there is none.

    Several keys, separated by commas: the first encrypts, each of them decrypts.
    """

    def convert_to_column_insert(self, value, record, values=None, validate=True):
        plain = super().convert_to_column_insert(value, record, values, validate)
        keys = keys_of(record.env)
        if not plain or not keys or plain.startswith(SEALED):
            return plain
        return SEALED + keys.encrypt(plain.encode()).decode()

    def convert_to_record(self, value, record):
        """:raises UnreadableSecret: it was encrypted with a key that is not given"""
        text = super().convert_to_record(value, record)
        if not text or not text.startswith(SEALED):
            return text
        keys = keys_of(record.env)
        try:
            return keys.decrypt(text.removeprefix(SEALED).encode()).decode() if keys else _no_key()
        except InvalidToken:
            raise UnreadableSecret(
                record.env._(
                    "The tokens and secrets of Exact Online are encrypted in this database, and "
                    "Odoo was started without the key that opens them. Whoever runs Odoo sets it "
                    "as %(option)s in Odoo's configuration file, or as %(variable)s in its "
                    "environment. Where the key is lost, fill in the client secret (and the "
                    "webhook secret) again and connect again.",
                    option=OPTION,
                    variable=VARIABLE,
                )
            ) from None


def keys_of(env):
    """The keys that were given, as a MultiFernet; None without one.

    :raises UnreadableSecret: what was given is no Fernet key
    """
    try:
        return _keys(config.get(OPTION) or os.environ.get(VARIABLE) or "")
    except ValueError:
        raise UnreadableSecret(
            env._(
                "%(option)s (or %(variable)s) is no Fernet key. It is 32 random bytes in URL-safe "
                "base64; several are separated by commas.",
                option=OPTION,
                variable=VARIABLE,
            )
        ) from None


@functools.lru_cache
def _keys(text):
    keys = [Fernet(key.strip()) for key in text.split(",") if key.strip()]
    return MultiFernet(keys) if keys else None


def _no_key():
    raise InvalidToken
