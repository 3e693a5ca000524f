"""FLAC: a header that says how many samples there are, and frames that say which they are."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from segue._files.soundness.body import Body
from segue._files.soundness.chunks import NO_SOUND

_TAIL = 1 << 18
"""Bytes at the end in which the last frame is looked for; frames of music are far smaller."""

_ACCIDENTS = 3
"""Frames at the end that are examined; one may be bytes of another that resemble a frame."""

_SIZES = {1: 192, **{code: 576 << code - 2 for code in range(2, 6)}}
_SIZES |= {code: 256 << code - 8 for code in range(8, 16)}


class _Frame(NamedTuple):
    """What the header of a frame says: its number, or its first sample; how many it holds."""

    number: int
    samples: int
    by_sample: bool


def flac(body: Body) -> str | None:
    """Whether there are frames, up to the last sample that the header announces."""
    place, last = 4, False
    while not last:
        head = body.read(place, 4)
        if len(head) < 4:
            return NO_SOUND
        last = bool(head[0] & 0x80)
        place += 4 + int.from_bytes(head[1:])
    sync = body.read(place, 2)
    if len(sync) < 2 or sync[0] != 0xFF or sync[1] & 0xFE != 0xF8:
        return NO_SOUND
    info = body.read(8, 34)
    first = body.read(place, 17)
    if _frame(first) is None:
        return "its first frame is damaged or cut off"
    total = int.from_bytes(info[13:18]) & (1 << 36) - 1
    if not total and body.assured:
        return None
    return _ends(body, place, first, int.from_bytes(info[:2]), total)


def _ends(body: Body, begin: int, first: bytes, block: int, total: int) -> str | None:
    """Whether the frames go up to the sample `total` (0: not known), and the last one is whole.
    `first` is the head of the first one, `block` how many samples each holds where all hold the
    same. A file in whose end no frame is found is taken to be whole."""
    start = max(begin, body.size - _TAIL)
    tail = body.read(start, body.size - start)
    last = None
    for place, frame in islice(_from_the_end(tail, first), _ACCIDENTS if total else 1):
        begins = frame.number * (1 if frame.by_sample else block)
        there = begins + (frame.samples if _is_whole(tail[place:]) else 0)
        if there > begins and there >= total:
            return None
        last = there if last is None else last
    if last is None:
        return None
    if not total:
        return "it is cut off: its last frame is not whole"
    return f"it is cut off: its header announces {total} samples, and {last} are there"


def _from_the_end(tail: bytes, first: bytes) -> Iterator[tuple[int, _Frame]]:
    """The frames that begin in the last bytes of a file, the last one first. What looks like one
    may be within another."""
    place = len(tail)
    while (place := tail.rfind(first[:2], 0, place + 1)) >= 0:
        head = tail[place : place + 17]
        found = _frame(head) if _alike(head, first) else None
        if found is not None:
            yield place, found


def _alike(head: bytes, first: bytes) -> bool:
    """Whether two frames have the same rate and size of samples: others are accidents."""
    same_rate = len(head) > 3 and (head[2] ^ first[2]) & 15 == 0
    return same_rate and (head[3] ^ first[3]) & 0x0E == 0


def _frame(head: bytes) -> _Frame | None:
    """The frame that begins here, if its header's checksum is right."""
    if len(head) < 6 or head[3] & 1:
        return None
    ones = 8 - (~head[4] & 0xFF).bit_length()  # its number is written as UTF-8 writes a letter
    at = 4 + max(ones, 1)
    size, rate = head[2] >> 4, head[2] & 15
    end = at + {6: 1, 7: 2}.get(size, 0) + {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if ones in (1, 8) or not size or len(head) <= end or _crc8(head[:end]) != head[end]:
        return None
    number = head[4] & (0x7F >> ones)
    for byte in head[5:at]:
        number = number << 6 | byte & 0x3F
    samples = _SIZES.get(size) or int.from_bytes(head[at : at + size - 5]) + 1
    return _Frame(number, samples, by_sample=bool(head[1] & 1))


def _is_whole(frame: bytes) -> bool:
    """Whether a frame ends in its checksum. What is not of FLAC may follow: a tag, or text; of
    other bytes it is more likely that the checksum is right by accident."""
    crc = 0
    for place, byte in enumerate(frame, 1):
        crc = _CRC16[crc >> 8 ^ byte] ^ (crc << 8 & 0xFFFF)
        if not crc and frame[place : place + 16].isascii():
            return True
    return False


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    top, mask = 1 << bits - 1, (1 << bits) - 1
    table = []
    for byte in range(256):
        crc = byte << bits - 8
        for _ in range(8):
            crc = (crc << 1 ^ polynomial) & mask if crc & top else crc << 1
        table.append(crc)
    return tuple(table)


_CRC8, _CRC16 = _table(0x07, 8), _table(0x8005, 16)
