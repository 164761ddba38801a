# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What a request is refused with: the status, the text and the headers of the answer."""


class ApiError(Exception):
    """An answer that is not a success; `status` and `text` as Exact would send them."""

    status = 500

    def __init__(self, text, *, headers=None, status=None):
        super().__init__(text)
        self.text = text
        self.headers = dict(headers or {})
        if status is not None:
            self.status = status


class Malformed(ApiError):
    """The request cannot be read: query syntax, JSON, an unknown property (facts.md 3.5)."""

    status = 400


class Unauthorized(ApiError):
    """No token, an unknown one, or one that has expired."""

    status = 401


class Forbidden(ApiError):
    """The user or the app has no right here; `reason` goes into the header Reason."""

    status = 403

    def __init__(self, text, reason=None):
        super().__init__(text, headers={"Reason": reason} if reason else None)


class NotFound(ApiError):
    """Unknown resource or key."""

    status = 404


class NotOffered(ApiError):
    """The resource exists, the method does not."""

    status = 405


class Refused(ApiError):
    """Business validation failed: HTTP 500 with the texts joined by CR LF (facts.md 3.5)."""

    status = 500

    def __init__(self, texts):
        self.texts = list(texts)
        super().__init__("\r\n".join(self.texts))


class ConnectionCut(Exception):
    """A fault cut the connection: the caller gets no answer at all.

    In server mode the TCP connection is closed; in-process this exception leaves the WSGI call.
    """
