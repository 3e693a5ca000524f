"""Read the body of a response: decompressed up to a limit, at a minimum speed, and, where it may
name a paid job, as far as it goes. Generators, as all of an attempt.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from segue._http.classify import counted, lost
from segue._http.deadline import TooSlow
from segue._http.decompress import BadEncoding, Inflating
from segue._http.response import Next, Rest, Try
from segue._http.retry import Tries
from segue.errors import ConnectionLost, ProtocolError
from segue.flow import Reply

BODY_LIMIT = 8 << 20
"""The most bytes of a JSON or text body that are read into memory, before and after inflating."""

SLOWEST = 1000.0
"""Bytes a second: a file that comes slower than this for a whole window fails."""

SLOWEST_STREAM = 50.0
"""The same for streamed audio: speech may need no more than a few hundred."""

WINDOW = 60.0
"""Seconds over which speed is measured, or the timeout if shorter."""

_SLICE = 1 << 16
"""Bytes that are inflated at once."""

_AUDIBLE = ("audio/", "video/", "image/", "application/octet-stream", "application/ogg")
_TEXTS = (b"{", b"[", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\0{", b"\0[", b"\0\0\0{")


def following(within: float | None = None) -> Try[bytes]:
    """The next bytes as sent; raise `ConnectionLost` when they do not come."""
    try:
        chunk: bytes = yield Next(within)
    except Exception as error:
        raise lost(error) from error
    return chunk


def encoding(reply: Reply) -> Inflating:
    """The decoder of a reply's body; raise `ProtocolError` for an unsupported encoding."""
    try:
        return Inflating(reply.headers)
    except BadEncoding as error:
        raise _unread(reply, f"{error}") from error


def filled(body: bytearray, reply: Reply, *, whatever: bool) -> Try[bool]:
    """Read a reply's body. With `whatever` a body of an audio type is read, too, if it begins as
    JSON does. Returns whether it was read; the received part is in `body` also where it raises."""
    inflating, came = encoding(reply), 0
    if whatever and reply.content_type.startswith(_AUDIBLE):
        while not body and (chunk := (yield from following())):
            came += len(chunk)
            _fill(body, inflating, chunk, reply)
        if body and not body.lstrip().startswith(_TEXTS):
            return False
    rest = bytearray()
    broken: Exception | None = None
    try:
        yield Rest(rest, BODY_LIMIT - came)
    except Exception as error:
        broken = error
    for at in range(0, len(rest), _SLICE):
        _fill(body, inflating, bytes(rest[at : at + _SLICE]), reply)
    if came + len(rest) > BODY_LIMIT:
        raise _too_long(reply)
    if broken is not None:
        raise lost(broken) from broken
    if not inflating.over:
        raise ConnectionLost("no whole answer came back: what is compressed ended early")
    return True


def _fill(body: bytearray, inflating: Inflating, chunk: bytes, reply: Reply) -> None:
    for piece in _inflated(inflating, chunk, reply):
        body += piece
        if len(body) > BODY_LIMIT:
            raise _too_long(reply)


def _too_long(reply: Reply) -> ProtocolError:
    return _unread(reply, f"the answer is longer than {BODY_LIMIT >> 20} MiB")


class Pace:
    """The speed of a body. Only the time of waiting for it counts."""

    def __init__(self, lowest: float, window: float) -> None:
        self.window = window
        self._lowest = lowest
        self._bytes, self._seconds, self._all = 0, 0.0, 0

    def following(self) -> Try[bytes]:
        """The next bytes; raise `ConnectionLost` if they come too slowly."""
        began = time.monotonic()
        try:
            chunk: bytes = yield Next(self.window)
        except TooSlow as error:
            raise self._too_slow() from error
        except Exception as error:
            raise lost(error) from error
        self._seconds += time.monotonic() - began
        self._bytes, self._all = self._bytes + len(chunk), self._all + len(chunk)
        if self._seconds >= self.window:
            if chunk and self._bytes < self._lowest * self._seconds:
                raise self._too_slow()
            self._bytes, self._seconds = 0, 0.0
        return chunk

    def _too_slow(self) -> ConnectionLost:
        return ConnectionLost(
            f"it came too slowly: less than {self._lowest:g} bytes a second for {self.window:g}"
            f" seconds, after {self._all} bytes",
            advice="try again later, or over another network",
        )


class Streamed:
    """A body that is passed on in pieces while it arrives."""

    def __init__(self, reply: Reply, *, limit: int, window: float) -> None:
        self._reply, self._limit = reply, limit
        self._inflating = encoding(reply)
        self._pace = Pace(SLOWEST_STREAM, window)
        self._ready: Iterator[bytes] = iter(())
        self._passed = 0

    def more(self, tries: Tries) -> Try[bytes]:
        """The next piece; empty at its end."""
        with counted(tries):
            while not (piece := next(self._ready, b"")):
                chunk = yield from self._pace.following()
                if not chunk:
                    break
                self._ready = _inflated(self._inflating, chunk, self._reply)
            self._passed += len(piece)
            if self._passed > self._limit:
                mb = self._limit // 1_000_000
                raise _unread(self._reply, f"the stream is larger than the limit of {mb} MB")
            if not piece and not self._inflating.over:
                raise ConnectionLost("no whole answer came back: what is compressed ended early")
        return piece


def _inflated(inflating: Inflating, chunk: bytes, reply: Reply) -> Iterator[bytes]:
    try:
        yield from inflating.pieces(chunk)
    except BadEncoding as error:
        raise _unread(reply, f"{error}") from error


def _unread(reply: Reply, why: str) -> ProtocolError:
    error = ProtocolError(why, status=reply.status)
    error.endpoint = reply.endpoint or None
    return error
