"""Containers that are made of chunks with a name and a length: WAV and its kin, AIFF, CAF, Wave64,
Sun audio, MIDI, ASF. The chunk with the samples says how many there are to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from segue._files.soundness.body import Body

NO_SOUND = "it has a header, and no sound after it"

_OPEN = ((0x7FFF_0000, 0x8000_0000), (0xFFFF_0000, 0xFFFF_FFFF))
"""Lengths that encoders write when they cannot know: ffmpeg's 0xFFFFFFFF, SoX's 0x7FFFF000, and
those beside them. 0 is another."""

_LONGEST = 1 << 48
"""Bytes that no file has: what exceeds it in 64 bits is not known either."""


_SAMPLES = (b"data", b"SSND", b"fmt ", b"COMM")
"""The chunks without which nothing is played."""


class Chunk(NamedTuple):
    """A chunk: its name, where its content begins, and how long it says that is."""

    name: bytes
    place: int
    size: int


def cut(announced: int, there: int) -> str:
    """Why a file whose header announces more than is there is refused."""
    return f"it is cut off: its header announces {announced} bytes of sound, and {there} are there"


def wav(body: Body) -> str | None:
    """RIFF, RIFX (big-endian), RF64 and BW64 (whose lengths are in the chunk `ds64`)."""
    little, wide = body.read(0, 4) != b"RIFX", 0
    form = False
    for chunk in _chunks(body, 12, little=little):
        if chunk.name == b"ds64":
            wide = body.number(chunk.place + 8, 8, little=True)
        form = form or (chunk.name == b"fmt " and chunk.size >= 14)
        if chunk.name == b"data":
            size = wide if wide and chunk.size == 0xFFFF_FFFF else chunk.size
            if not form:
                return "it does not say of what form"
            return _samples(body, chunk.place, size, little=little)
    return NO_SOUND


def _samples(body: Body, place: int, size: int, *, little: bool) -> str | None:
    there = body.size - place
    if size == 0 and body.number(4, 4, little=little) + 8 == body.size:
        there = 0  # it is whole, so what follows are other chunks
    if there <= 0:
        return NO_SOUND
    if size == 0 or any(least <= size <= most for least, most in _OPEN):
        return None
    return cut(size, there) if size > there else None


def aiff(body: Body) -> str | None:
    """AIFF and AIFC: big-endian chunks, the samples in `SSND` after 8 bytes."""
    for chunk in _chunks(body, 12, little=False):
        if chunk.name == b"SSND":
            return _samples(body, chunk.place + 8, max(chunk.size - 8, 0), little=False)
    return NO_SOUND


def caf(body: Body) -> str | None:
    """Apple's Core Audio Format: lengths of 64 bits; -1 for one that goes on to the end."""
    place = 8
    while len(head := body.read(place, 12)) == 12:
        size = int.from_bytes(head[4:], "big", signed=True)
        if head[:4] == b"data":
            size = body.size - place - 12 if size == -1 else size
            return _all_of(body, Chunk(b"data", place + 12, size), 4)
        place += 12 + max(size, 0)
    return NO_SOUND


def wave64(body: Body) -> str | None:
    """Sony's Wave64: names of 16 bytes, and lengths of 64 bits that count the head as well."""
    place = 40
    while len(head := body.read(place, 24)) == 24:
        size = int.from_bytes(head[16:], "little")
        if head[:4] == b"data":
            size = body.size - place if size > _LONGEST else size
            return _all_of(body, Chunk(b"data", place + 24, size - 24), 0)
        place += max(size + -size % 8, 24)
    return NO_SOUND


def sun(body: Body) -> str | None:
    """AU, or SND: where the samples begin and how many there are, if that is known."""
    place, size = body.number(4, 4), body.number(8, 4)
    there = body.size - place
    if place < 24 or there <= 0:
        return NO_SOUND
    return cut(size, there) if size != 0xFFFF_FFFF and size > there else None


def midi(body: Body) -> str | None:
    """A standard MIDI file: tracks with events in them."""
    heard = False
    for chunk in _chunks(body, 0, little=False, even=False):
        if chunk.place + chunk.size > body.size:
            return cut(chunk.size, body.size - chunk.place)
        heard = heard or (chunk.name == b"MTrk" and chunk.size > 4)  # 4: an end and nothing else
    return None if heard else "no track of it has an event"


_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")


def asf(body: Body) -> str | None:
    """ASF, or WMA: objects with names of 16 bytes; the data object has a head of 50."""
    place = 0
    while len(head := body.read(place, 24)) == 24:
        size = int.from_bytes(head[16:], "little")
        if head[:16] == _ASF_DATA:
            size = size if size > 50 else body.size - place  # a stream announces its head alone
            return _all_of(body, Chunk(b"data", place, size), 50)
        place += max(size, 24)
    return NO_SOUND


def _all_of(body: Body, chunk: Chunk, head: int) -> str | None:
    """Whether a chunk has more than its own `head`, and all of that is there."""
    there = body.size - chunk.place
    if min(chunk.size, there) <= head:
        return NO_SOUND
    return cut(chunk.size - head, there - head) if chunk.size > there else None


def _chunks(body: Body, place: int, *, little: bool, even: bool = True) -> Iterator[Chunk]:
    """The chunks from `place` on; each begins at an `even` place where that is the rule, which
    some writers do not know."""
    while len(head := body.read(place, 8)) == 8:
        size = int.from_bytes(head[4:], "little" if little else "big")
        yield Chunk(head[:4], place + 8, size)
        place += 8 + size
        if even and size % 2 and body.read(place, 4) not in _SAMPLES:
            place += 1
