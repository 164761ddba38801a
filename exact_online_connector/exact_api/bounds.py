# License LGPL-3.0 or later (https://www.gnu.org/licenses/lgpl).
"""What an answer may take at most: bytes and time, from its first byte to its last.

Neither requests nor http.client bounds them: their timeout begins anew with each byte, and they
read a line that has no end to its end. So it is done where the bytes come in, below them: whatever
the answer says of its length, however it is cut in pieces.
"""

import io
import time
import zlib
from http.client import HTTPResponse

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

LARGEST_ANSWER = 32 * 1024 * 1024  # bytes, unpacked
LARGEST_FRAME = 1024 * 1024  # bytes of headers and of what marks the pieces
LONGEST_ANSWER = 75.0  # seconds from the request's last byte on; Odoo ends a worker after 120
PACKING = "gzip"
_GZIP_BITS = 31


class OutOfBounds(Exception):
    """The answer is too much, takes too long, or is packed as nobody asked; str() says which."""


class BoundedAdapter(HTTPAdapter):
    """Sends over the network and reads no more of an answer than the bounds allow."""

    def __init__(self):
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        """As HTTPAdapter's, with connections that bound what they read."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy, **kwargs):
        """As HTTPAdapter's, with connections that bound what they read."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager


class _BoundedResponse(HTTPResponse):
    def __init__(self, sock, *args, **kwargs):
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_BoundedReader(sock, self.fp.detach()))


class _BoundedReader(io.RawIOBase):
    """The bytes of one answer, as they come out of the socket."""

    def __init__(self, sock, raw):
        self._sock, self._raw = sock, raw
        self._patience = sock.gettimeout()
        self._deadline = time.monotonic() + LONGEST_ANSWER
        self._bytes_left = LARGEST_ANSWER + LARGEST_FRAME

    def readable(self):
        return True

    def readinto(self, buffer):
        seconds_left = self._deadline - time.monotonic()
        if seconds_left <= 0:
            raise OutOfBounds(f"The answer took longer than {LONGEST_ANSWER:g} s.")
        is_last_wait = self._patience is None or seconds_left < self._patience
        self._sock.settimeout(seconds_left if is_last_wait else self._patience)
        try:
            received = self._raw.readinto(buffer)
        except TimeoutError:
            if is_last_wait:
                raise OutOfBounds(f"The answer took longer than {LONGEST_ANSWER:g} s.") from None
            raise
        self._bytes_left -= received
        if self._bytes_left < 0:
            raise too_large()
        return received

    def close(self):
        self._raw.close()
        super().close()


class _Http(HTTPConnection):
    response_class = _BoundedResponse


class _Https(HTTPSConnection):
    response_class = _BoundedResponse


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


_POOLS = {"http": _HttpPool, "https": _HttpsPool}


def unpacked(pieces, packing):
    """The bytes of the answer that came in ``pieces``, packed as its Content-Encoding says.

    A piece is unpacked no further than there is room for: a kilobyte may hold a megabyte, and
    that may be packed once more.

    :raises OutOfBounds: too large, packed otherwise than asked for, or not whole
    """
    packing = packing.strip().lower()
    if packing not in ("", "identity", PACKING):
        raise OutOfBounds("The answer is packed in another way than was asked for.")
    gzip = zlib.decompressobj(_GZIP_BITS) if packing == PACKING else None
    body, is_begun = bytearray(), False
    for piece in pieces:
        is_begun = True
        body += _unzipped(gzip, piece, LARGEST_ANSWER + 1 - len(body)) if gzip else piece
        if len(body) > LARGEST_ANSWER:
            raise too_large()
    if gzip and is_begun and not gzip.eof:
        raise OutOfBounds("The packed answer breaks off.")
    return bytes(body)


def _unzipped(gzip, piece, room):
    try:
        return gzip.decompress(piece, room)
    except zlib.error as error:
        raise OutOfBounds("The answer cannot be unpacked.") from error


def too_large():
    """The error of an answer of more than LARGEST_ANSWER bytes."""
    return OutOfBounds(
        f"The answer is larger than {LARGEST_ANSWER / 1024**2:g} MB and was not read."
    )
