# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What can go wrong with a call, in classes that say what to do next."""

import re


class ExactError(Exception):
    """A call that did not succeed.

    messages: list of str, one per text (Exact joins its texts with CR LF)
    status: the HTTP status, None when there was no answer
    call: the limits.Call that was logged, None when nothing was logged
    """

    default = "Exact Online did not carry out the call."

    def __init__(self, messages=(), *, status=None, call=None):
        self.messages = split_messages(messages) or [self.default]
        self.status = status
        self.call = call
        super().__init__("; ".join(self.messages))

    def conceal(self, *secrets):
        """Star out each secret (str) in the texts, should Exact have quoted one."""
        for secret in filter(None, secrets):
            self.messages = [message.replace(secret, "***") for message in self.messages]
        self.args = ("; ".join(self.messages),)


class WaitUntil(ExactError):
    """Nothing was carried out; try again at `at`.

    at: aware datetime
    reason: "minute", "day" (call limits), "velocity" (too many errors) or "token"
    """

    def __init__(self, at, reason, messages=(), *, status=None, call=None):
        if at.tzinfo is None:
            raise ValueError("WaitUntil needs a moment with a time zone.")
        self.at = at
        self.reason = reason
        default = f"Exact Online takes no call before {at:%Y-%m-%d %H:%M:%S %Z} ({reason})."
        super().__init__(messages or default, status=status, call=call)


class ReauthorisationNeeded(ExactError):
    """The consent is void: a person must give it again."""

    default = "Exact Online no longer accepts this connection; a person must give consent again."


class TokenRefused(ExactError):
    """The access token was not accepted; nothing was carried out; get a new one."""

    default = "Exact Online did not accept the access token."


class Rejected(ExactError):
    """Exact refuses the data; nothing was carried out; the same data will be refused again.

    malformed: True when the request itself was wrong (HTTP 4xx), False when the books refuse it
    """

    default = "Exact Online refuses the data and gives no reason."

    def __init__(self, messages=(), *, malformed=False, status=None, call=None):
        self.malformed = malformed
        super().__init__(messages, status=status, call=call)


class NotPermitted(ExactError):
    """The user, the app or the licence lacks a right; nothing was carried out.

    reason: Exact's header Reason (facts.md §3.5), "scope" for the app's scope, "" when unknown
    """

    default = "Exact Online does not permit this call and gives no reason."

    def __init__(self, messages=(), *, reason="", status=None, call=None):
        self.reason = reason
        super().__init__(messages, status=status, call=call)


class NotFound(ExactError):
    """The resource or the record does not exist in this division."""

    default = "Exact Online does not know this record or this address."


class TemporarilyUnavailable(ExactError):
    """Nothing was carried out; try again later."""

    default = "Exact Online is not available at the moment."


class OutcomeUnknown(ExactError):
    """A write that may have been carried out: look it up before sending it again."""

    default = "It is unknown whether Exact Online carried this out."


def trouble(message, *, write, status=None):
    """The error for a call that failed on the way: only a write leaves its outcome unknown."""
    if write:
        return OutcomeUnknown(f"{message} It may have been carried out.", status=status)
    return TemporarilyUnavailable(message, status=status)


def split_messages(messages):
    """List of the non-empty lines of one text or of several, fit to be stored."""
    texts = [messages] if isinstance(messages, str) else messages
    lines = (line.strip() for text in texts for line in re.split(r"[\r\n]+", storable(text)))
    return [line for line in lines if line]


def storable(text):
    """The text without what a database refuses: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
