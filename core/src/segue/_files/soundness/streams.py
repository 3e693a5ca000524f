"""Ogg, WavPack, Monkey's Audio and DSF: pages, blocks and headers that count what is to follow."""

from __future__ import annotations

from collections.abc import Iterator

from segue._files.soundness.body import Body
from segue._files.soundness.chunks import NO_SOUND, cut

_EVER = 0xFFFF_FFFF
_CUT = "it is cut off within its last page"


def ogg(body: Body) -> str | None:
    """Pages of Vorbis, Opus, Speex or FLAC: one with sound at least, the last one whole. That it
    calls itself the last is only insisted on where the transport proves nothing."""
    place, heard, last = 0, False, False
    while len(head := body.read(place, 27)) == 27 and head[:4] == b"OggS":
        lengths = body.read(place + 27, head[26])
        size = 27 + head[26] + sum(lengths)
        if len(lengths) < head[26] or place + size > body.size:
            return _CUT if heard else NO_SOUND
        position = int.from_bytes(head[6:14], "little", signed=True)
        heard, last = heard or (position > 0 and any(lengths)), bool(head[5] & 4)
        place += size
    if not heard:
        return NO_SOUND
    rest = body.read(place, 4)
    if rest and b"OggS".startswith(rest):
        return _CUT
    return None if last or body.assured else "it is cut off: none of its pages is the last one"


def wavpack(body: Body) -> str | None:
    """Blocks, each with its place among the samples; the first says how many there are."""
    total, reached = 0, 0
    for head, whole in _blocks(body):
        if not whole:
            return "it is cut off within a block" if reached else NO_SOUND
        total = total or int.from_bytes(head[12:16], "little")
        count = int.from_bytes(head[20:24], "little")
        reached = max(reached, int.from_bytes(head[16:20], "little") + count) if count else reached
    if not reached:
        return NO_SOUND
    if total != _EVER and reached < total:
        return f"it is cut off: its header announces {total} samples, and {reached} are there"
    return None


def _blocks(body: Body) -> Iterator[tuple[bytes, bool]]:
    place = 0
    while len(head := body.read(place, 32)) == 32 and head[:4] == b"wvpk":
        place += 8 + int.from_bytes(head[4:8], "little")
        yield head, place <= body.size


def monkeys(body: Body) -> str | None:
    """Monkey's Audio: since version 3.98 its descriptor says how long each of its parts is."""
    if body.number(4, 2, little=True) < 3980:
        return None if body.size > 128 else NO_SOUND
    parts = [body.number(place, 4, little=True) for place in (8, 12, 16, 20)]
    sound = body.number(24, 4, little=True) | body.number(28, 4, little=True) << 32
    there = body.size - sum(parts)
    if not sound or there <= 0:
        return NO_SOUND
    return cut(sound, there) if sound > there else None


def dsf(body: Body) -> str | None:
    """DSF: its head says how long the file is."""
    size, head = body.number(12, 8, little=True), 28 + body.number(32, 8, little=True) + 12
    if body.size <= head:
        return NO_SOUND
    metadata = body.number(20, 8, little=True)  # an ID3 tag at the end, which is stepped over
    sound = metadata or size
    return cut(sound, body.size) if sound > body.size else None


def some(body: Body) -> str | None:
    """A container that is not taken apart here: more than a header, at least."""
    return None if body.size > 64 else NO_SOUND
