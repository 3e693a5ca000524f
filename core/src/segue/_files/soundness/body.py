"""The bytes of a file that are not its tags, and how to step over those that players step over."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import BinaryIO, TypeAlias

from segue.containers import id3_length

_PADDING = 1 << 20
"""How many zero bytes before the sound are stepped over; encoders leave no more."""

_MOST_TAGS = 8
_APE = b"APETAGEX"


class Body:
    """A part of an open file, read by places that are counted from its beginning.

    `assured` says that the transport has proved that all of the file came. Without that, a file
    that ends within something is taken to be cut off.
    """

    def __init__(self, file: BinaryIO, start: int, end: int, *, assured: bool) -> None:
        self._file = file
        self._start = start
        self.size = max(end - start, 0)
        self.assured = assured

    def read(self, place: int, count: int) -> bytes:
        """Up to `count` bytes from `place` on; fewer at the end, none beyond it."""
        count = min(count, self.size - place)
        if place < 0 or count <= 0:
            return b""
        self._file.seek(self._start + place)
        return self._file.read(count)

    def number(self, place: int, count: int, *, little: bool = False) -> int:
        """The unsigned number in `count` bytes from `place` on."""
        return int.from_bytes(self.read(place, count), "little" if little else "big")

    def after(self, place: int) -> Body:
        """What comes from `place` on."""
        start = self._start + place
        return Body(self._file, start, self._start + self.size, assured=self.assured)


Check: TypeAlias = Callable[[Body], str | None]
"""Why a body of one container is no sound, or not all of it; None where it is."""


def untagged(file: BinaryIO, *, assured: bool) -> Body:
    """The body of a file without the tags before and behind it."""
    size = file.seek(0, os.SEEK_END)
    body = Body(file, 0, size, assured=assured)
    start, end = 0, size
    for _ in range(_MOST_TAGS):
        start += (step := _tag_before(body.read(start, 32)))
        if not step:
            break
    for _ in range(_MOST_TAGS):
        end -= (step := _tag_behind(body, end))
        if not step or end <= start:
            break
    return Body(file, start, end, assured=assured)


def unpadded(body: Body) -> Body:
    """The body without zero bytes before it."""
    head = body.read(0, _PADDING)
    return body.after(len(head) - len(head.lstrip(b"\0")))


def _tag_before(head: bytes) -> int:
    if head.startswith(_APE) and len(head) == 32:
        return 32 + int.from_bytes(head[12:16], "little")
    return id3_length(head)


def _tag_behind(body: Body, end: int) -> int:
    """How many bytes before `end` are a tag: ID3v1, its extension, APEv2, Lyrics3, ID3v2."""
    if body.read(end - 128, 3) == b"TAG":
        return 128
    if body.read(end - 227, 4) == b"TAG+":
        return 227
    foot = body.read(end - 32, 32)
    if foot.startswith(_APE):
        return int.from_bytes(foot[12:16], "little") + (32 if foot[23] & 0x80 else 0)
    if foot.endswith(b"LYRICS200") and foot[17:23].isdigit():
        return int(foot[17:23]) + 15
    if foot[22:25] == b"3DI":
        return id3_length(b"ID3" + foot[25:])
    return 0
