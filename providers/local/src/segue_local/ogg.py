"""Gives an Ogg stream a serial number of our choice, as its pages go by.

libsndfile draws the serial number at random, so that equal music would give unequal files. A
page's header (RFC 3533, section 6) holds the serial number at byte 14 and a checksum at byte 22.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

_HEADER = 27
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Pages:
    """Collects written bytes into pages."""

    def __init__(self, serial: int) -> None:
        """Take the serial number that all pages shall have."""
        self._serial = struct.pack("<I", serial & 0xFFFFFFFF)
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The pages that those bytes complete, renumbered."""
        self._waiting += data
        while size := self._complete():
            page = bytes(self._waiting[:size])
            del self._waiting[:size]
            yield self._renumbered(page)

    def _complete(self) -> int:
        """The length of the first page, or 0 while it is not all there."""
        if len(self._waiting) < _HEADER:
            return 0
        segments = self._waiting[26]
        if len(self._waiting) < _HEADER + segments:
            return 0
        size = _HEADER + segments + sum(self._waiting[_HEADER : _HEADER + segments])
        return size if len(self._waiting) >= size else 0

    def _renumbered(self, page: bytes) -> bytes:
        plain = page[:14] + self._serial + page[18:22] + bytes(4) + page[26:]
        return plain[:22] + struct.pack("<I", checksum(plain)) + plain[26:]


def checksum(page: bytes) -> int:
    """Ogg's CRC-32: zlib's polynomial with all bits mirrored, from zero, and not inverted."""
    mirrored = zlib.crc32(page.translate(_REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
