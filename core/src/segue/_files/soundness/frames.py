"""Containers that are nothing but frames, one after the other: MPEG audio (MP3), AAC as ADTS, AC-3,
AMR. A frame says how long it is, and a sound is a whole frame that is followed by its like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from segue._files.soundness.body import Body
from segue.containers import container_of, mpeg_frame

_SCANNED = 1 << 16
"""Bytes at the beginning in which frames are looked for."""

_ENOUGH = 3
"""Frames in a row that are no accident."""

_SYNC = re.compile(rb"\xff(?=[\xe0-\xff])|\x0b(?=\x77)")
_XING = re.compile(b"Xing|Info")
_CUT = "it is cut off: its last frame is not whole"
_NOTE_ALONE = "it holds an encoder's note, and no frame of sound"


def mp3(body: Body) -> str | None:
    """Frames of MPEG audio, as many as the encoder's note in the first one announces."""
    start = first_frame(body, mpeg_frame)
    free = start is None and free_frame(body)
    if start is None and not free:
        return "it begins like MP3, but holds no whole frame of it"
    body = body.after(start or 0)
    length = free or mpeg_frame(body.read(0, 4))
    if (note := _announced(body.read(0, length))) is None:
        return None if body.assured or free else _cut_within(body, mpeg_frame)
    return _unlike_note(body, *note) if body.size > length else _NOTE_ALONE


def _unlike_note(body: Body, count: int, size: int) -> str | None:
    """Why there is less than an encoder has noted: so many frames, so many bytes; 0 where it does
    not say. Of its bytes, it may have counted those of tags, too."""
    if (size and body.size >= size) or not (size or count):
        return None
    there = sum(1 for _ in _walked(body, mpeg_frame))
    if count and there >= count and not (size and _cut_within(body, mpeg_frame)):
        return None
    if size:
        return f"it is cut off: its first frame announces {size} bytes, and {body.size} are there"
    return f"it is cut off: its first frame announces {count} frames, and {there} are there"


def aac(body: Body) -> str | None:
    """AAC as ADTS; or as ADIF, which has a head and no frames that could be counted."""
    if body.read(0, 4) == b"ADIF":
        return None if body.size > 64 else "it has a header, and no sound after it"
    if first_frame(body, adts_frame) != 0:
        return "it begins like AAC, but holds no whole frame of it"
    return None if body.assured else _cut_within(body, adts_frame)


def ac3(body: Body) -> str | None:
    """AC-3 and E-AC-3."""
    if first_frame(body, ac3_frame) != 0:
        return "it begins like AC-3, but holds no whole frame of it"
    return None if body.assured else _cut_within(body, ac3_frame)


def amr(body: Body) -> str | None:
    """AMR: a line, and frames; the shortest frame is one byte, for silence."""
    head = body.read(0, 9).find(b"\n") + 1
    return None if body.size > head + 1 else "it has a header, and no sound after it"


def first_frame(body: Body, length_of: Callable[[bytes], int]) -> int | None:
    """Where frames begin: at the beginning, if a whole one is there, with its like, a tag, zeros
    or nothing after it; else where several follow each other."""
    if _stands_alone(body, length_of):
        return 0
    head = body.read(0, _SCANNED)
    places = (found.start() for found in _SYNC.finditer(head))
    return next((place for place in places if _in_a_row(body, place, length_of)), None)


def free_frame(body: Body) -> int:
    """The length of the frames at the beginning, where they are MPEG audio of a free bit rate:
    their headers do not say it, but all have the same, up to a byte (ISO 11172-3, 2.4.2.3);
    0 where there are none."""
    head = body.read(0, _SCANNED)
    if container_of(head) != "mp3" or head[2] & 0xF0:
        return 0
    alike = re.compile(re.escape(head[:2]) + b"[%c%c]" % (head[2] & ~2, head[2] | 2), re.DOTALL)
    for found in alike.finditer(head, 24):
        length = found.start()
        places = (2 * length - 1, 2 * length, 2 * length + 1)
        if any(alike.match(head, place) for place in places):
            return length
    return 0


def adts_frame(head: bytes) -> int:
    """The length of the ADTS frame that begins here; 0 where none does."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return 0
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length if length > 7 else 0


_AC3 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)


def ac3_frame(head: bytes) -> int:
    """The length of the AC-3 or E-AC-3 frame that begins here (ATSC A/52); 0 where none does."""
    if len(head) < 6 or head[:2] != b"\x0b\x77":
        return 0
    if head[5] >> 3 > 10:  # E-AC-3 says its length in words
        return (((head[2] & 7) << 8 | head[3]) + 1) * 2
    code, rate = head[4] & 63, head[4] >> 6
    if rate == 3 or code >= 2 * len(_AC3):
        return 0
    kilobits = _AC3[code >> 1]
    if rate == 1:  # 44.1 kHz, where every other frame is a word longer
        return (kilobits * 96_000 // 44_100 + (code & 1)) * 2
    return kilobits * (6 if rate == 2 else 4)


def _stands_alone(body: Body, length_of: Callable[[bytes], int]) -> bool:
    length = length_of(body.read(0, 8))
    if not length or length > body.size:
        return False
    after = body.read(length, 8)
    return len(after) < 8 or length_of(after) > 0 or not any(after)


def _in_a_row(body: Body, place: int, length_of: Callable[[bytes], int]) -> bool:
    for _ in range(_ENOUGH):
        length = length_of(body.read(place, 8))
        if not length or place + length > body.size:
            return False
        place += length
    return True


def _walked(body: Body, length_of: Callable[[bytes], int]) -> Iterator[int]:
    """Where each whole frame ends, until there is none."""
    place = 0
    while length := length_of(body.read(place, 8)):
        place += length
        if place > body.size:
            return
        yield place


def _cut_within(body: Body, length_of: Callable[[bytes], int]) -> str | None:
    """Whether the last frame lacks its end. Unknown where frames stop before the end."""
    rest = body.read(max(_walked(body, length_of), default=0), 8)
    return _CUT if rest and (length_of(rest) or rest[0] == 0xFF) else None


def _announced(frame: bytes) -> tuple[int, int] | None:
    """How many frames and bytes the encoder's note in a first frame announces; 0 where it does
    not say, None without such a note."""
    if mark := _XING.search(frame[:64]):
        flags = int.from_bytes(frame[mark.end() : mark.end() + 4])
        fields = [_known(frame, at) for at in (mark.end() + 4, mark.end() + 8)]
        count = fields.pop(0) if flags & 1 else 0
        return count, fields[0] if flags & 2 else 0
    if frame[36:40] == b"VBRI":
        return _known(frame, 50), _known(frame, 46)
    return None


def _known(frame: bytes, place: int) -> int:
    """A number of the note; 0 where the encoder has left it open."""
    number = int.from_bytes(frame[place : place + 4])
    return 0 if number == 0xFFFF_FFFF else number
