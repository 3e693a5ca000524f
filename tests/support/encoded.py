"""Whole files of many containers, as encoders and vendors make them: by soundfile where it can, and
else by the rules of the container."""

from __future__ import annotations

import io
import struct
from functools import cache

import numpy as np
import soundfile
from sounds import mpeg, wave

TONE = np.sin(np.arange(44_100) * 0.05)[:, None].repeat(2, 1) / 2


@cache
def encoded(form: str, subtype: str) -> bytes:
    """A second of a tone."""
    file = io.BytesIO()
    rate = 48_000 if subtype == "OPUS" else 44_100
    soundfile.write(file, TONE, rate, format=form, subtype=subtype)
    return file.getvalue()


def tag(size: int = 100) -> bytes:
    """An ID3v2 tag."""
    return b"ID3\x04\x00\x00" + bytes([0, 0, size >> 7, size & 127]) + bytes(size)


def ape_tag(*, head: bool) -> bytes:
    """An APEv2 tag of no items: before the sound, or behind it."""
    flags = (1 << 31) | ((1 << 29) if head else 0)
    one = b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, flags) + bytes(8)
    other = b"APETAGEX" + struct.pack("<IIII", 2000, 32, 0, (1 << 31) * head) + bytes(8)
    return one + other if head else other


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


HANDLER = box(b"hdlr", bytes(8) + b"soun" + bytes(13))
MOOV = box(b"moov", box(b"trak", box(b"mdia", HANDLER)))
FILM = box(b"moov", box(b"trak", HANDLER.replace(b"soun", b"vide")) + box(b"trak", HANDLER))
SILENT = box(b"moov", box(b"trak", HANDLER.replace(b"soun", b"vide")))
MDAT = box(b"mdat", bytes(range(256)) * 8)


def brand(name: bytes) -> bytes:
    return box(b"ftyp", name + bytes(4) + name)


def element(name: str, content: bytes, *, unknown: bool = False) -> bytes:
    size = b"\x01" + b"\xff" * 7 if unknown else (1 << 56 | len(content)).to_bytes(8)
    return bytes.fromhex(name) + size + content


def matroska(kind: bytes, *, unknown: bool = False, codec: bytes = b"A_OPUS") -> bytes:
    head = element("1A45DFA3", b"\x42\x82" + bytes([0x80 | len(kind)]) + kind)
    tracks = element("1654AE6B", element("AE", b"\x86" + bytes([0x80 | len(codec)]) + codec))
    cluster = element("1F43B675", b"\xe7\x81\x00" + element("A3", bytes(500)), unknown=unknown)
    return head + element("18538067", tracks + cluster, unknown=unknown)


def adts(frames: int = 3) -> bytes:
    """Frames of AAC of 200 bytes each."""
    return (
        bytes([0xFF, 0xF1, 0x50, 0x80, 200 >> 3, (200 & 7) << 5 | 0x1F, 0xFC]) + bytes(193)
    ) * frames


def rifx() -> bytes:
    form = struct.pack(">4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16_000, 2, 16)
    return (
        b"RIFX"
        + struct.pack(">I", 36 + 200)
        + b"WAVE"
        + form
        + struct.pack(">4sI", b"data", 200)
        + bytes(200)
    )


def bw64() -> bytes:
    wide = b"ds64" + struct.pack("<IQQQI", 28, 72 + 200, 200, 100, 0)
    plain = wave(bytes(200), announced=0xFFFF_FFFF)
    return b"BW64" + plain[4:12] + wide + plain[12:]


def asf() -> bytes:
    head = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + struct.pack("<QIBB", 30, 0, 1, 2)
    data = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c") + struct.pack("<Q", 450)
    return head + data + bytes(426)


def wavpack(total: int = 44_100) -> bytes:
    block = (
        b"wvpk"
        + struct.pack("<IHBBIIIII", 24 + 400, 0x410, 0, 0, total, 0, 22_050, 0, 0)
        + bytes(400)
    )
    return block + block.replace(
        struct.pack("<II", 0, 22_050), struct.pack("<II", 22_050, 22_050), 1
    )


def monkeys() -> bytes:
    sizes = struct.pack("<HHIIIIIII", 3990, 0, 52, 24, 8, 0, 900, 0, 0)
    return b"MAC " + sizes + bytes(16) + bytes(24 + 8) + bytes(900)


def dsf() -> bytes:
    body = (
        b"fmt "
        + struct.pack("<Q", 52)
        + bytes(40)
        + b"data"
        + struct.pack("<Q", 12 + 4096)
        + bytes(4096)
    )
    return b"DSD " + struct.pack("<QQQ", 28, 28 + len(body), 0) + body


def midi() -> bytes:
    events = bytes.fromhex("00 90 3c 40 60 80 3c 40 00 ff 2f 00")
    return (
        b"MThd"
        + struct.pack(">IHHH", 6, 0, 1, 96)
        + b"MTrk"
        + struct.pack(">I", len(events))
        + events
    )


def ac3() -> bytes:
    return (b"\x0b\x77\x00\x00\x00\x40" + bytes(122)) * 3  # 32 kbit/s at 48 kHz: 128 bytes


def free_mpeg(frames: int = 4) -> bytes:
    """Frames of MP3 whose headers leave their length open: 500 bytes, and one with padding."""
    head = b"\xff\xfb\x00\x64"
    return (head + bytes(496)) * (frames - 1) + b"\xff\xfb\x02\x64" + bytes(497)


def noted(count: int | None = None, size: int | None = None) -> bytes:
    """An MP3 whose encoder's note announces other numbers of frames and bytes."""
    body = bytearray(encoded("MP3", "MPEG_LAYER_III"))
    mark = body.index(b"Xing") if b"Xing" in body else body.index(b"Info")
    if count is not None:
        body[mark + 8 : mark + 12] = count.to_bytes(4)
    if size is not None:
        body[mark + 12 : mark + 16] = size.to_bytes(4)
    return bytes(body)


def endless(body: bytes, *places: tuple[int, bytes]) -> bytes:
    """The body as an encoder streams it: with other bytes where its lengths are."""
    streamed = bytearray(body)
    for place, said in places:
        streamed[place : place + len(said)] = said
    return bytes(streamed)


def flac_without_length() -> bytes:
    body = encoded("FLAC", "PCM_16")
    return endless(body, (21, bytes([body[21] & 0xF0])), (22, bytes(4)))


def chunk(name: bytes, content: bytes) -> bytes:
    return name + struct.pack("<I", len(content)) + content


def unpadded() -> bytes:
    """A WAV with an odd chunk, and no byte after it to make it even."""
    plain = wave(bytes(200))
    return plain[:36] + chunk(b"LIST", b"INFOx") + plain[36:]


_AIFF, _W64 = encoded("AIFF", "PCM_16"), encoded("W64", "PCM_16")
_SSND, _DATA = _AIFF.index(b"SSND"), _W64.index(b"data\xf3\xac")

WHOLE = {
    "WAV": ("wav", wave(bytes(200))),
    "WAV of 24 bits": ("wav", encoded("WAVEX", "PCM_24")),
    "WAV streamed by ffmpeg": ("wav", wave(bytes(200), announced=0xFFFF_FFFF)),
    "WAV streamed by SoX": ("wav", wave(bytes(200), announced=0x7FFF_F000)),
    "WAV with lengths of 0": ("wav", wave(bytes(200), announced=0)),
    "WAV with a list behind": ("wav", wave(bytes(200)) + b"LIST\x04\x00\x00\x00INFO"),
    "WAV with an ID3v1 tag": ("wav", wave(bytes(200)) + b"TAG" + bytes(125)),
    "RF64": ("wav", encoded("RF64", "PCM_16")),
    "BW64": ("wav", bw64()),
    "RIFX": ("wav", rifx()),
    "Wave64": ("w64", encoded("W64", "PCM_16")),
    "AIFF": ("aiff", encoded("AIFF", "PCM_16")),
    "AIFF streamed by ffmpeg": ("aiff", endless(_AIFF, (4, bytes(4)), (_SSND + 4, bytes(4)))),
    "AIFF of unknown length": ("aiff", endless(_AIFF, (_SSND + 4, b"\xff" * 4))),
    "Wave64 streamed by ffmpeg": (
        "w64", endless(_W64, (16, b"\xff" * 8), (_DATA + 16, b"\xff" * 7 + b"\x7f"))
    ),
    "WAV with an odd chunk, padded": ("wav", wave(bytes(200))[:36] + chunk(b"JUNK", b"x") + b"\0"
                                      + wave(bytes(200))[36:]),
    "WAV with an odd chunk, not padded": ("wav", unpadded()),
    "CAF": ("caf", encoded("CAF", "PCM_16")),
    "CAF with ALAC": ("caf", encoded("CAF", "ALAC_16")),
    "AU": ("au", encoded("AU", "PCM_16")),
    "AU of unknown length": ("au", b".snd\x00\x00\x00\x18\xff\xff\xff\xff" + bytes(12) + bytes(99)),
    "FLAC": ("flac", encoded("FLAC", "PCM_16")),
    "FLAC without a length": ("flac", flac_without_length()),
    "FLAC before text of any length": ("flac", encoded("FLAC", "PCM_16") + b"\r\n--boundary--"),
    "FLAC of 24 bits": ("flac", encoded("FLAC", "PCM_24")),
    "FLAC behind an ID3 tag": ("flac", tag() + encoded("FLAC", "PCM_16")),
    "FLAC behind three ID3 tags": ("flac", tag() * 3 + encoded("FLAC", "PCM_16")),
    "FLAC before an ID3v1 tag": ("flac", encoded("FLAC", "PCM_16") + b"TAG" + bytes(125)),
    "Vorbis": ("ogg", encoded("OGG", "VORBIS")),
    "Opus": ("ogg", encoded("OGG", "OPUS")),
    "two Oggs in a row": ("ogg", encoded("OGG", "VORBIS") * 2),
    "MP3": ("mp3", encoded("MP3", "MPEG_LAYER_III")),
    "MP3 whose note counts its tags": ("mp3", noted(size=99_999)),
    "MP3 whose note is open, of unknown length": ("mp3", noted(0xFFFF_FFFF, 0xFFFF_FFFF)),
    "MP3 of a free bit rate, without a length": ("mp3", free_mpeg()),
    "MP3 of a free bit rate behind a tag": ("mp3", tag() + free_mpeg()),
    "MP3 without a note": ("mp3", mpeg()),
    "MP3 behind a tag": ("mp3", tag() + mpeg()),
    "MP3 behind an APE tag": ("mp3", ape_tag(head=True) + mpeg()),
    "MP3 behind two kinds of tag": ("mp3", tag() + ape_tag(head=True) + mpeg()),
    "MP3 before all tags": ("mp3", mpeg() + ape_tag(head=False) + b"TAG" + bytes(125)),
    "MP3 behind zeros": ("mp3", bytes(1000) + mpeg()),
    "MP3 behind many zeros": ("mp3", tag() + bytes(200_000) + mpeg()),
    "MP3 behind a tag and zeros": ("mp3", tag() + bytes(500) + mpeg()),
    "MP3 before zeros": ("mp3", mpeg() + bytes(500)),
    "MP3 behind what is none": ("mp3", b"\x01junk" + mpeg(4)),
    "MP2": ("mp3", (b"\xff\xfd\x80\x00" + bytes(413)) * 3 + bytes(20)),
    "AAC": ("aac", adts()),
    "AAC behind a tag": ("aac", tag() + adts()),
    "ADIF": ("aac", b"ADIF" + bytes(300)),
    "AC-3": ("ac3", ac3()),
    "AMR": ("amr", b"#!AMR\n" + b"\x3c" + bytes(31)),
    "AMR-WB": ("amr", b"#!AMR-WB\n" + b"\x3c" + bytes(31)),
    **{
        f"MP4 of brand {name.decode()}": ("m4a", brand(name) + MOOV + MDAT)
        for name in (b"M4A ", b"isom", b"mp41", b"mp42", b"dash", b"qt  ", b"avc1", b"iso5")
    },
    "MP4 with its index behind": ("m4a", brand(b"isom") + box(b"free") + MDAT + MOOV),
    "MP4 with its index first": ("m4a", MOOV + MDAT),
    "MP4 with its data first": ("m4a", MDAT + MOOV),
    "MP4 with wide first": ("m4a", box(b"wide") + MDAT + MOOV),
    "MP4 with free first": ("m4a", box(b"free", bytes(8)) + brand(b"isom") + MOOV + MDAT),
    "MP4 in segments": ("m4a", box(b"styp", b"msdh" + bytes(4)) + box(b"moof", bytes(8)) + MDAT),
    "MP4 with data to the end": ("m4a", brand(b"isom") + MOOV + bytes(4) + b"mdat" + bytes(99)),
    "MP4 with a long length": (
        "m4a", brand(b"isom") + MOOV + b"\0\0\0\1mdat" + struct.pack(">Q", 16 + 99) + bytes(99)
    ),
    "MP4 with an odd box": ("m4a", brand(b"isom") + box(b"ab c", b"?") + MOOV + MDAT),
    "QuickTime with a compressed index": (
        "m4a", brand(b"qt  ") + MDAT + box(b"moov", box(b"cmov", bytes(200)))
    ),
    "a film": ("mp4", brand(b"isom") + FILM + MDAT),
    "WebM": ("webm", matroska(b"webm")),
    "WebM of unknown length": ("webm", matroska(b"webm", unknown=True)),
    "Matroska": ("mka", matroska(b"matroska")),
    "WMA": ("wma", asf()),
    "WMA streamed by ffmpeg": ("wma", endless(asf(), (46, struct.pack("<Q", 50)))),
    "WavPack": ("wv", wavpack()),
    "WavPack of unknown length": ("wv", wavpack(0xFFFF_FFFF)),
    "Monkey's Audio": ("ape", monkeys()),
    "DSF": ("dsf", dsf()),
    "MIDI": ("mid", midi()),
    "True Audio": ("tta", b"TTA1" + bytes(99)),
}  # fmt: skip
"""The container of each, and the file."""

SENT = {
    "mp3": encoded("MP3", "MPEG_LAYER_III"),
    "flac": encoded("FLAC", "PCM_24"),
    "wav": encoded("WAV", "PCM_16"),
    "ogg": encoded("OGG", "VORBIS"),
    "aiff": encoded("AIFF", "PCM_16"),
}
"""What soundfile writes, by its container."""
M4A = brand(b"M4A ") + MOOV + MDAT
