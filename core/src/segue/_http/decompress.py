"""Decode the content encoding of a response in small pieces. HTTP libraries inflate a chunk whole,
and a few thousand bytes can become gigabytes. Pure.

The consumer can stop at any piece; and data before damage is yielded before the error. One encoding
at most is decoded, of those in `ACCEPTED`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress

ACCEPTED = "gzip, deflate"
"""The `Accept-Encoding` of requests."""

PIECE = 1 << 16
"""The most bytes of one piece."""

_GZIP = b"\x1f\x8b"
_ANY_ENVELOPE = zlib.MAX_WBITS | 32
_NO_ENVELOPE = -zlib.MAX_WBITS


class BadEncoding(Exception):
    """The body's encoding is not one that was requested, or the body is not of that encoding."""


class Inflating:
    """The decoder of one body: it takes encoded chunks, and yields pieces of at most `PIECE`
    bytes."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._encoding = _encoding(headers.get("content-encoding", ""))
        self._engine: zlib._Decompress | None = None
        self._held = b""

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """Decode a chunk; raises `BadEncoding`."""
        if not self._encoding:
            yield chunk
            return
        chunk, self._held = self._held + chunk, b""
        if self._engine is None:
            if len(chunk) < len(_GZIP):
                self._held = chunk
                return
            self._engine = zlib.decompressobj(_window(self._encoding, chunk))
        while chunk:
            before = self._engine.copy()
            try:
                piece, rest = self._inflated(self._engine, chunk)
            except zlib.error as error:
                if whole := _up_to_damage(before, chunk):
                    yield whole
                raise BadEncoding(f"the compressed answer is damaged ({error})") from error
            chunk = rest
            if piece:
                yield piece

    @property
    def over(self) -> bool:
        """Whether a body that ends here is complete."""
        return self._engine.eof if self._engine else not self._held

    def _inflated(self, engine: zlib._Decompress, chunk: bytes) -> tuple[bytes, bytes]:
        """A piece, and the rest of the chunk."""
        if engine.eof:
            if not chunk.startswith(_GZIP):  # something behind the end: no decoder minds
                self._held = chunk if chunk == _GZIP[:1] else b""
                return b"", b""
            engine = self._engine = zlib.decompressobj(_ANY_ENVELOPE)
        piece = engine.decompress(chunk, PIECE)
        if len(piece) == PIECE and not engine.unconsumed_tail:
            piece += engine.decompress(b"", PIECE)  # what it holds back of a full piece
        return piece, engine.unconsumed_tail or engine.unused_data


def _up_to_damage(engine: zlib._Decompress, chunk: bytes) -> bytes:
    """The decoded part of a chunk before its damage: zlib discards it, so this decodes byte by
    byte."""
    whole = b""
    with suppress(zlib.error):
        for byte in chunk:
            whole += engine.decompress(bytes((byte,)), PIECE)
            if len(whole) >= PIECE:
                break
    return whole


def _encoding(header: str) -> str:
    """The one encoding in a `Content-Encoding`; empty for none."""
    names = [name for part in header.lower().split(",") if (name := part.strip())]
    names = [name for name in names if name != "identity"]
    if len(names) > 1 or not {*names} <= {"gzip", "x-gzip", "deflate"}:
        raise BadEncoding(f"the answer is encoded as {', '.join(names)[:60]!r}, which is refused")
    return names[0] if names else ""


def _window(encoding: str, start: bytes) -> int:
    """Zlib's `wbits`. Some servers send `deflate` without its envelope (RFC 9110, 8.4.1.2)."""
    enveloped = start.startswith(_GZIP) or (
        start[0] & 0x0F == zlib.DEFLATED and int.from_bytes(start[:2]) % 31 == 0
    )
    return _ANY_ENVELOPE if enveloped or encoding != "deflate" else _NO_ENVELOPE
