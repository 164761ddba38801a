# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""Work that must be committed at once, whatever becomes of the caller's transaction."""

import random
import time

from psycopg2 import DatabaseError, InterfaceError, OperationalError, errors

CONFLICTS = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    errors.UniqueViolation,  # somebody else inserted it first: see it, then decide anew
)
ATTEMPTS = 12
CONNECTION_LOST = ("08", "57P")  # classes of PostgreSQL's codes: connections, shut-downs


def is_database_gone(error):
    """Whether the connection to PostgreSQL was lost, not refused what was asked. A rollback tells
    so as a plain DatabaseError, without a code.
    """
    code = getattr(error, "pgcode", None) or "08"
    is_of_server = isinstance(error, OperationalError) or type(error) is DatabaseError
    return isinstance(error, InterfaceError) or (
        is_of_server and code.startswith(CONNECTION_LOST)
    )


def in_own_transaction(env, work):
    """Call ``work(env)`` in a transaction of its own, commit it and return its result.

    The environment given to ``work`` acts as superuser, keeps user, company and language of
    ``env`` and sees what is committed now, not what the caller's snapshot saw. Odoo's isolation
    is REPEATABLE READ: a row changed by another worker ends in a conflict, upon which the work
    is begun anew, so it must not reach outside the database.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with env.registry.cursor() as cr:
                return work(env(cr=cr, su=True))
        except CONFLICTS:
            if attempt == ATTEMPTS:
                raise
            time.sleep(random.uniform(0.005, 0.02) * attempt)
