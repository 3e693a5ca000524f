"""Containers that hold others: MP4 and QuickTime (boxes), Matroska and WebM (EBML)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from segue._files.soundness.body import Body
from segue._files.soundness.chunks import NO_SOUND

_INDEX = 8 << 20
"""Bytes of an index (`moov`, `Tracks`) that are read; of a song it takes a hundredth of that."""

_SOUND, _PICTURE = re.compile(rb"hdlr.{8}soun", re.DOTALL), re.compile(rb"hdlr.{8}vide", re.DOTALL)
_CODEC = re.compile(rb"\x86[\x81-\xff]A_")  # CodecID, its length, and the letter of audio
_VIDEO = re.compile(rb"\x86[\x81-\xff]V_")


class Box(NamedTuple):
    """A box: its name, where its content begins, where it ends by its own word."""

    name: bytes
    place: int
    end: int


def mp4(body: Body) -> str | None:
    """An index with a track of sound (or fragments that have theirs elsewhere), media data, and
    every box as long as it says."""
    names, silent = set(), False
    for box in _boxes(body):
        if box.end > body.size:
            short = f"{box.end - box.place} bytes, and {body.size - box.place} are there"
            return f"it is cut off: its box {box.name.decode('latin-1')!r} announces {short}"
        if box.name == b"moov":
            index = body.read(box.place, min(box.end - box.place, _INDEX))
            silent = b"hdlr" in index and not _SOUND.search(index)  # some are compressed
        if box.name != b"mdat" or box.end > box.place:
            names.add(box.name)
    if b"mdat" not in names:
        return NO_SOUND
    if not names & {b"moov", b"moof"}:
        return "it is cut off: it has no index (moov)"
    return "it has no track of sound" if silent else None


def has_picture(body: Body) -> bool:
    """Whether an MP4 has a track of pictures: then it is a film."""
    found = (box for box in _boxes(body) if box.name == b"moov")
    return any(
        _PICTURE.search(body.read(box.place, min(box.end - box.place, _INDEX))) for box in found
    )


def _boxes(body: Body) -> Iterator[Box]:
    place = 0
    while len(head := body.read(place, 8)) == 8:
        size, content = int.from_bytes(head[:4]), place + 8
        if size == 1:
            size, content = body.number(content, 8), content + 8
        if size == 0:  # it goes on to the end
            size = body.size - place
        fits = place + size <= body.size
        if size < content - place or not (fits or head[4:].strip(b"\xa9").isalnum()):
            return  # no box, but what comes behind the last one
        yield Box(head[4:], content, place + size)
        place += size


_SEGMENT, _CLUSTER, _TRACKS = 0x18538067, 0x1F43B675, 0x1654AE6B
_LEVEL_1 = frozenset({0x114D9B74, 0x1549A966, _TRACKS, _CLUSTER, 0x1C53BB6B, 0x1941A469})
_LEVEL_1 |= {0x1043A770, 0x1254C367, 0xEC, 0xBF}


def matroska(body: Body) -> str | None:
    """A segment with a track of sound and a cluster, each as long as it says."""
    place = _after_head(body)
    segment = _element(body, place)
    if segment is None or segment[0] != _SEGMENT:
        return NO_SOUND
    _, place, end = segment
    if end is not None and end > body.size:
        return f"it is cut off: it announces {end - place} bytes, and {body.size - place} are there"
    silent, heard = False, False
    while (found := _element(body, place)) is not None and found[0] in _LEVEL_1:
        name, place, end = found
        if end is not None and end > body.size:
            return "it is cut off within an element" if heard else NO_SOUND
        if name == _TRACKS and end is not None:
            silent = not _CODEC.search(body.read(place, min(end - place, _INDEX)))
        if name == _CLUSTER:
            heard = heard or (body.size if end is None else end) - place > 0
            if end is None:  # of unknown length, as live streams have: nothing more is known
                break
        if end is None:
            break
        place = end
    if not heard:
        return NO_SOUND
    return "it has no track of sound" if silent else None


def is_webm(body: Body) -> bool:
    """Whether a Matroska file calls itself WebM."""
    return b"matroska" not in body.read(0, _after_head(body))


def _after_head(body: Body) -> int:
    head = _element(body, 0)
    return head[2] if head is not None and head[2] is not None else 0


def _element(body: Body, place: int) -> tuple[int, int, int | None] | None:
    """An EBML element: its id, where its content begins, and its end; None for an unknown one."""
    head = body.read(place, 12)
    if not head or not head[0]:
        return None
    width = 9 - head[0].bit_length()
    rest = head[width:]
    if width > 4 or not rest or not rest[0]:
        return None
    wide = 9 - rest[0].bit_length()
    size = int.from_bytes(rest[:wide]) & (1 << 7 * wide) - 1
    content = place + width + wide
    unknown = size == (1 << 7 * wide) - 1
    return int.from_bytes(head[:width]), content, None if unknown else content + size
