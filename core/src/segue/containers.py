"""Detect audio containers by their first bytes: an HTML page or JSON is not a track. `soundness`
checks whether a file is complete.

The table is ours: libraries that detect file types know fewer of these (filetype), or match marks
anywhere and weigh the extension (puremagic); none checks whether any sound follows.

Names, media types and extensions may be wrong; the bytes are not. Two traps in practice: some
vendors put an ID3 tag in front of FLAC, and MP3 and AAC share a sync word.
"""

from __future__ import annotations

import codecs

COMMON = ("mp3", "wav", "flac", "ogg", "m4a", "aac", "webm", "aiff")
"""The containers that most players play, and most vendors send."""

AUDIO = (
    *COMMON,
    *("mp4", "mka", "caf", "w64", "au", "amr", "ac3", "wma", "wv", "ape", "dsf", "dff"),
    *("tta", "mpc", "ofr", "shn", "ra", "voc", "xm", "mid"),
)
"""The containers that a track or a stem can come in; each is its own file extension."""

ALIASES = {
    "oga": "ogg",
    "opus": "ogg",
    "spx": "ogg",
    "aif": "aiff",
    "aifc": "aiff",
    "bwf": "wav",
    "wave": "wav",
    "m4b": "m4a",
    "m4r": "m4a",
    "snd": "au",
    "asf": "wma",
    "weba": "webm",
}
"""Other extensions of the same containers: a file that has one of them retains it."""

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
    "audio/vorbis": "ogg",
    "audio/aac": "aac",
    "audio/aacp": "aac",
    "audio/mp4": "m4a",
    "audio/x-m4a": "m4a",
    "audio/m4a": "m4a",
    "audio/webm": "webm",
    "audio/x-matroska": "mka",
    "audio/matroska": "mka",
    "audio/aiff": "aiff",
    "audio/x-aiff": "aiff",
    "audio/x-caf": "caf",
    "audio/basic": "au",
    "audio/amr": "amr",
    "audio/amr-wb": "amr",
    "audio/ac3": "ac3",
    "audio/eac3": "ac3",
    "audio/x-ms-wma": "wma",
    "audio/x-wavpack": "wv",
    "audio/x-ape": "ape",
    "audio/x-dsf": "dsf",
}
"""The container of a media type; the bytes take precedence."""

BESIDE = frozenset(
    {"txt", "lrc", "srt", "vtt", "json", "csv", "abc", "musicxml", "mid"}
    | {"png", "jpg", "webp", "gif", "pdf", "mp4", "webm", "zip"}
)
"""The extensions that a file beside the music may have. A vendor cannot choose another: opening a
file must not execute it."""

HEAD = 64
"""The bytes that `container_of` needs, after any ID3 tag."""

_FIXED = (
    (b"fLaC", "flac"),
    (b"OggS", "ogg"),
    (b"\x1a\x45\xdf\xa3", "webm"),
    (b"ADIF", "aac"),
    (b"caff", "caf"),
    (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00", "w64"),
    (b".snd", "au"),
    (b"#!AMR", "amr"),
    (b"\x0b\x77", "ac3"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c", "wma"),
    (b"wvpk", "wv"),
    (b"MAC ", "ape"),
    (b"DSD ", "dsf"),
    (b"FRM8", "dff"),
    (b"TTA1", "tta"),
    (b"TTA2", "tta"),
    (b"MPCK", "mpc"),
    (b"MP+", "mpc"),
    (b"OFR ", "ofr"),
    (b"ajkg", "shn"),
    (b".ra\xfd", "ra"),
    (b".RMF", "ra"),
    (b"Creative Voice File\x1a", "voc"),
    (b"Extended Module: ", "xm"),
    (b"MThd", "mid"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"PK\x03\x04", "zip"),
    (b"GIF8", "gif"),
    (b"%PDF-", "pdf"),
)
_WAVES = (b"RIFF", b"RIFX", b"RF64", b"BW64")
_BOXES = frozenset(
    {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"sidx", b"pnot"}
)
"""The boxes that an MP4 or QuickTime file may begin with."""

_TEXTS = frozenset({"txt", "lrc", "srt", "vtt", "json", "csv", "abc", "musicxml"})


def extension(stated: str) -> str:
    """A stated extension, if it is one of a fixed list; else `bin`."""
    stated = stated.lower()
    stated = "jpg" if stated == "jpeg" else stated
    return stated if stated in BESIDE or stated in AUDIO else "bin"


def container_beside(head: bytes, stated: str) -> str:
    """The extension of a file that is no music: by its first bytes, else as stated, if it is text
    and that is an extension of text."""
    if (found := container_of(head)) is not None:
        return found
    if not is_text(head):
        return "bin"
    stated = extension(stated)
    return stated if stated in _TEXTS else "txt"


def container_of(head: bytes) -> str | None:
    """The container of a file with these first bytes, or None. `head` begins past ID3."""
    for magic, name in _FIXED:
        if head.startswith(magic):
            return name
    if head[:4] in _WAVES and head[8:12] == b"WAVE":
        return "wav"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if head[4:8] in _BOXES and (
        int.from_bytes(head[:4]) >= 8 or head[:4] in (bytes(4), b"\0\0\0\1")
    ):
        return "mp4" if head[8:12] in (b"avc1", b"mp41") else "m4a"
    return _mpeg(head)


def id3_length(head: bytes) -> int:
    """The length in bytes of an ID3v2 tag at the start, its footer included; 0 without one."""
    if len(head) < 10 or head[:3] != b"ID3" or any(byte & 0x80 for byte in head[6:10]):
        return 0
    size = (head[6] << 21) | (head[7] << 14) | (head[8] << 7) | head[9]
    footer = 10 if head[5] & 0x10 else 0
    return 10 + size + footer


def mp3_frame(head: bytes) -> int:
    """The length in bytes of the MP3 frame that begins here; 0 where none does, or where its
    header leaves it open. Layer III only (ISO 11172-3, 13818-3 and the MPEG-2.5 extension)."""
    return mpeg_frame(head) if len(head) > 1 and head[1] >> 1 & 0b11 == 0b01 else 0


def mpeg_frame(head: bytes) -> int:
    """The same for all layers of MPEG audio."""
    if _mpeg(head[:4]) != "mp3" or len(head) < 4:
        return 0
    first, layer = head[1] >> 3 & 0b11 == 0b11, 4 - (head[1] >> 1 & 0b11)
    rate = _RATES[head[2] >> 2 & 0b11] >> (0 if first else 1 if head[1] >> 4 & 1 else 2)
    bits, padding = _BITS[first, layer][head[2] >> 4] * 1000, head[2] >> 1 & 1
    if not bits:
        return 0
    if layer == 1:
        return (12 * bits // rate + padding) * 4
    return (144 if first or layer == 2 else 72) * bits // rate + padding


_RATES = (44_100, 48_000, 32_000)
_KILOBITS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KILOBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_BITS = {  # kbit/s by MPEG-1 or not, and by the layer
    (True, 1): tuple(range(0, 449, 32)),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): _KILOBITS,
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): _KILOBITS_2,
    (False, 3): _KILOBITS_2,
}


def _mpeg(head: bytes) -> str | None:
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer = head[1] >> 1 & 0b11
    if layer == 0:
        return "aac" if head[1] & 0xF0 == 0xF0 else None
    reserved = head[1] >> 3 & 0b11 == 0b01 or head[2] >> 4 == 0b1111
    return None if reserved or head[2] >> 2 & 0b11 == 0b11 else "mp3"


def is_text(head: bytes) -> bool:
    """Whether a file's first bytes are text; a letter may be cut at their end."""
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return all(letter.isprintable() or letter in "\t\r\n\f\ufeff" for letter in text)
