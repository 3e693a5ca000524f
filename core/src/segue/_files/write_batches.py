"""Pieces of a file that are gathered, to be written together: each writing is a way to a thread."""

from __future__ import annotations

import time

from segue._files.atomic import Landing

_LONGEST = 0.2
"""Seconds that a piece is held back at most, while others come."""


class Batch:
    """The received and unwritten bytes of a file, up to about `size`."""

    def __init__(self, landing: Landing, size: int) -> None:
        self._landing = landing
        self._size = size
        self._pieces: list[bytes] = []
        self._bytes = 0
        self._since = time.monotonic()

    def add(self, piece: bytes) -> bool:
        """Add a piece; whether it is time to write."""
        self._pieces.append(piece)
        self._bytes += len(piece)
        return self._bytes >= self._size or time.monotonic() - self._since > _LONGEST

    def write(self) -> None:
        """Write what there is, in order."""
        pieces, self._pieces, self._bytes = self._pieces, [], 0
        for piece in pieces:
            self._landing.write(piece)
        self._since = time.monotonic()
