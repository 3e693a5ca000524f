"""Audio containers, told by their first bytes: an HTML page or JSON is not a track.

Names, types and extensions of files lie; the bytes do not. Two traps that are met in practice:
some vendors put an ID3 tag in front of FLAC, and the sync word of MP3 is shared with AAC.
"""

from __future__ import annotations

import codecs

AUDIO = ("mp3", "wav", "flac", "ogg", "m4a", "aac", "webm", "aiff")
"""The containers that a track or a stem can come in; each is its own file extension."""

MEDIA_TYPES = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/wave": "wav",
    "audio/x-wav": "wav",
    "audio/vnd.wave": "wav",
    "audio/flac": "flac",
    "audio/x-flac": "flac",
    "audio/ogg": "ogg",
    "audio/opus": "ogg",
    "audio/aac": "aac",
    "audio/mp4": "m4a",
    "audio/webm": "webm",
}
"""The container that a media type announces; the bytes have the last word."""

BESIDE = frozenset(
    {"txt", "lrc", "srt", "vtt", "json", "csv", "abc", "musicxml", "mid"}
    | {"png", "jpg", "webp", "gif", "pdf", "mp4", "webm", "zip"}
)
"""The extensions that a file beside the music may have. No vendor chooses another: a file that is
opened by a click must be none that runs."""

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
    (b"GIF8", "gif"),
    (b"%PDF-", "pdf"),
)
_TEXTS = frozenset({"txt", "lrc", "srt", "vtt", "json", "csv", "abc", "musicxml"})


def extension(told: str) -> str:
    """The extension that is told for a file, if it is one of a fixed list; else `bin`."""
    told = told.lower()
    told = "jpg" if told == "jpeg" else told
    return told if told in BESIDE or told in AUDIO else "bin"


def container_beside(head: bytes, told: str) -> str:
    """The extension of a file that is no music: by its first bytes, else as told, if it is text
    and that is an extension of text."""
    if (found := container_of(head)) is not None:
        return found
    if not _is_text(head):
        return "bin"
    told = extension(told)
    return told if told in _TEXTS else "txt"


def container_of(head: bytes) -> str | None:
    """The container that a file's first bytes belong to, or None. `head` begins past ID3."""
    for magic, name in _FIXED:
        if head.startswith(magic):
            return name
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
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


def mp3_frame(head: bytes) -> int:
    """The length in bytes of the MP3 frame that begins here; 0 where none does, or where its
    header leaves it open. Layer III only (ISO 11172-3, 13818-3 and the MPEG-2.5 extension)."""
    if _mpeg(head[:4]) != "mp3" or head[1] >> 1 & 0b11 != 0b01:
        return 0
    first = head[1] >> 3 & 0b11 == 0b11  # MPEG-1; else MPEG-2 or 2.5
    rate = _RATES[head[2] >> 2 & 0b11] >> (0 if first else 1 if head[1] >> 4 & 1 else 2)
    kilobits = (_KILOBITS if first else _KILOBITS_2)[head[2] >> 4]
    return (144_000 if first else 72_000) * kilobits // rate + (head[2] >> 1 & 1 if kilobits else 0)


_RATES = (44_100, 48_000, 32_000)
_KILOBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def _mpeg(head: bytes) -> str | None:
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 0b11
    if layer == 0:
        return "aac" if head[1] & 0xF0 == 0xF0 else None
    reserved = head[1] >> 3 & 0b11 == 0b01 or head[2] >> 4 == 0b1111
    return None if reserved or head[2] >> 2 & 0b11 == 0b11 else "mp3"


def _is_text(head: bytes) -> bool:
    """Whether a file's first bytes are text; a letter may be cut at their end."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\r\n\f\ufeff" for letter in text)
