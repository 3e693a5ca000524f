"""Audio containers, told by their first bytes: an HTML page or JSON is not a track.

Names, types and extensions of files lie; the bytes do not. Two traps that are met in practice:
some vendors put an ID3 tag in front of FLAC, and the sync word of MP3 is shared with AAC.
"""

from __future__ import annotations

AUDIO = ("mp3", "wav", "flac", "ogg", "m4a", "aac", "webm", "aiff")
"""The containers that a track or a stem can come in; each is its own file extension."""

HEAD = 64
"""How many bytes `container_of` wants to see, after any ID3 tag."""

_FIXED = (
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"\x1a\x45\xdf\xa3", "webm"),
    (b"MThd", "mid"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"PK\x03\x04", "zip"),
)


def container_of(head: bytes) -> str | None:
    """The container that a file's first bytes belong to, or None. `head` begins past ID3."""
    for magic, name in _FIXED:
        if head.startswith(magic):
            return name
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[4:8] == b"ftyp":
        return "mp4" if head[8:12] in (b"avc1", b"mp41") else "m4a"
    return _mpeg(head)


def id3_length(head: bytes) -> int:
    """How many bytes an ID3v2 tag at the start takes, its footer included; 0 without one."""
    if len(head) < 10 or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:10]):
        return 0
    size = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
    footer = 10 if head[5] & 0x10 else 0
    return 10 + size + footer


def _mpeg(head: bytes) -> str | None:
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 0b11
    if layer == 0:
        return "aac" if head[1] & 0xF0 == 0xF0 else None
    reserved = head[1] >> 3 & 0b11 == 0b01 or head[2] >> 4 == 0b1111
    return None if reserved or head[2] >> 2 & 0b11 == 0b11 else "mp3"
