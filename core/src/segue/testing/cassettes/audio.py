"""Cut long audio to a short valid file, by the containers' own rules and without decoding: a few
frames are enough for a cassette. Pure.

A file of a container that cannot be cut here, or that is broken, is returned unchanged.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from itertools import takewhile

from segue.containers import HEAD, container_of, id3_length

LONGEST = 12_000
"""Bytes; shorter audio is returned unchanged."""

_RATES = {  # kbit/s of layer III, by the header's index: MPEG 1, and MPEG 2 and 2.5
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_SAMPLES = (44_100, 48_000, 32_000)


def trimmed(audio: bytes, longest: int = LONGEST) -> bytes:
    """At most about `longest` bytes from the beginning of an audio file, as a whole file."""
    if len(audio) <= longest:
        return audio
    tag = audio[: id3_length(audio[:HEAD])]
    body = audio[len(tag) :]
    cut = _CUTS.get(container_of(body[:HEAD]) or "")
    try:
        return tag + cut(body, longest) if cut else audio
    except (IndexError, struct.error):  # not the container that its first bytes say
        return audio


def _wav(audio: bytes, longest: int) -> bytes:
    """The chunk `fmt `, and as much of `data` as fits, in whole samples."""
    at, form = 12, b""
    while at + 8 <= len(audio):
        name, size = struct.unpack_from("<4sI", audio, at)
        start, size = at + 8, min(size, len(audio) - at - 8)
        if name == b"fmt ":
            form = audio[at : start + size]
        if name == b"data" and form:
            step = max(struct.unpack_from("<H", form, 20)[0], 1)
            kept = min(size, longest) // step * step
            data = b"data" + struct.pack("<I", kept) + audio[start : start + kept]
            inner = b"WAVE" + form + data + bytes(kept % 2)
            return b"RIFF" + struct.pack("<I", len(inner)) + inner
        at = start + size + size % 2
    return audio


def _mp3(audio: bytes, longest: int) -> bytes:
    """Whole frames, without one that holds their number (Xing, VBRI): it would be wrong."""
    at = kept = 0
    while at + 4 <= len(audio) and (size := _mp3_frame(audio[at : at + 4])):
        if at - kept + size > longest:
            break
        if at == 0 and any(mark in audio[:size] for mark in (b"Xing", b"Info", b"VBRI")):
            kept = size
        at += size
    return audio[kept:at] or audio


def _mp3_frame(head: bytes) -> int:
    """The length of a frame in bytes; 0 when it is none of layer III."""
    if container_of(head) != "mp3" or head[1] >> 1 & 0b11 != 0b01:
        return 0
    version = head[1] >> 3 & 0b11  # 3: MPEG 1, 2: MPEG 2, 0: MPEG 2.5
    rate = _SAMPLES[head[2] >> 2 & 0b11] >> (0 if version == 3 else 1 if version == 2 else 2)
    kbits = _RATES[version == 3][head[2] >> 4]
    return (144_000 if version == 3 else 72_000) * kbits // rate + (head[2] >> 1 & 1)


def _flac(audio: bytes, longest: int) -> bytes:
    """STREAMINFO, with another total and without a checksum, and whole frames."""
    at, last = 4, False
    while not last:
        last, size = bool(audio[at] & 0x80), int.from_bytes(audio[at + 1 : at + 4])
        at += 4 + size
    starts = list(takewhile(lambda start: start - at <= longest, _flac_frames(audio, at)))
    if len(starts) < 2:
        return audio
    info = bytearray(audio[8:42])
    blocks = {int.from_bytes(info[:2]), int.from_bytes(info[2:4])}
    total = blocks.pop() * (len(starts) - 1) if len(blocks) == 1 else 0  # 0: not known
    info[13] &= 0xF0
    info[14:18] = total.to_bytes(4)
    info[18:34] = bytes(16)
    return b"fLaC\x80\x00\x00\x22" + info + audio[at : starts[-1]]


def _flac_frames(audio: bytes, at: int) -> list[int]:
    """Where frames begin: at a sync code whose header's checksum is right."""
    sync, found = audio[at : at + 2], []
    while (at := audio.find(sync, at)) >= 0:
        if _is_flac_frame(audio[at : at + 17]):
            found.append(at)
        at += 1
    return found


def _is_flac_frame(head: bytes) -> bool:
    if len(head) < 17 or head[3] & 1:
        return False
    ones = f"{head[4]:08b}".find("0")  # the frame's number, written as UTF-8 writes a character
    size = 4 + max(ones, 1)
    size += {6: 1, 7: 2}.get(head[2] >> 4, 0) + {12: 1, 13: 2, 14: 2}.get(head[2] & 15, 0)
    return _crc(head[:size], 0x07, 8) == head[size]


def _ogg(audio: bytes, longest: int) -> bytes:
    """Whole pages, one with sound at least; the last one says that it is."""
    at, start = 0, 0
    while audio[at : at + 4] == b"OggS":
        count = audio[at + 26]
        size = 27 + count + sum(audio[at + 27 : at + 27 + count])
        if at + size > longest and any(audio[start + 6 : start + 14]):  # its time is not 0
            break
        start, at = at, at + size
    page = bytearray(audio[start:at])
    page[5] |= 4
    page[22:26] = bytes(4)
    page[22:26] = _crc(page, 0x04C11DB7, 32).to_bytes(4, "little")
    return audio[:start] + page


def _crc(data: bytes | bytearray, polynomial: int, bits: int) -> int:
    top, mask, crc = 1 << (bits - 1), (1 << bits) - 1, 0
    for byte in data:
        crc ^= byte << (bits - 8)
        for _ in range(8):
            crc = ((crc << 1) ^ polynomial) & mask if crc & top else crc << 1
    return crc


_CUTS: Mapping[str, Callable[[bytes, int], bytes]] = {
    "wav": _wav,
    "mp3": _mp3,
    "flac": _flac,
    "ogg": _ogg,
}
