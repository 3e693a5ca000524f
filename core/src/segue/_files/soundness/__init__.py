"""Whether a file is complete sound, judged by its content and not by its name.

A header without sound is no track. Where a header announces how much is to follow, that is compared
with what is there. What players play nevertheless is no fault: tags before and behind, zero bytes
before MP3, the lengths of streamed WAV. Audio of a kind that is not known here is no fault either:
it is said of it that nothing could be verified.
"""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

from segue._files.soundness import boxes, chunks, flac, frames, streams
from segue._files.soundness.body import Body, Check, unpadded, untagged
from segue.containers import AUDIO, HEAD, MEDIA_TYPES, container_of, is_text, mpeg_frame

__all__ = ["Sound", "Unsound", "examined"]


class Sound(NamedTuple):
    """The container of an audio file; `verified` is False where only its media type says so."""

    container: str
    verified: bool = True


class Unsound(ValueError):
    """It is no sound, or not all of it; the message says what is missing."""


_CHECKS: dict[str, Check] = {
    "mp3": frames.mp3,
    "aac": frames.aac,
    "ac3": frames.ac3,
    "amr": frames.amr,
    "flac": flac.flac,
    "ogg": streams.ogg,
    "wv": streams.wavpack,
    "ape": streams.monkeys,
    "dsf": streams.dsf,
    "wav": chunks.wav,
    "aiff": chunks.aiff,
    "caf": chunks.caf,
    "w64": chunks.wave64,
    "au": chunks.sun,
    "mid": chunks.midi,
    "wma": chunks.asf,
    "m4a": boxes.mp4,
    "mp4": boxes.mp4,
    "webm": boxes.matroska,
}


def examined(file: BinaryIO, *, media_type: str = "", assured: bool = True) -> Sound:
    """Verify a complete file; raises `Unsound` for one that is no audio, or incomplete.

    `media_type` is what the server calls it, which only counts where its bytes are unknown.
    `assured` says that the transport has proved that all of it came.
    """
    body = untagged(file, assured=assured)
    if not body.size:
        raise Unsound("it holds nothing but a tag, and no sound")
    found, body = _found(body)
    if found is None:
        return _unknown(body, media_type)
    why = _CHECKS.get(found, streams.some)(body)
    if why is not None:
        raise Unsound(f"{_NAMES.get(found, found)}: {why}")
    return Sound(_as_named(found, body))


_NAMES = {"mp3": "MP3", "wav": "WAV", "flac": "FLAC", "ogg": "Ogg", "m4a": "MP4", "mp4": "MP4"}


def _found(body: Body) -> tuple[str | None, Body]:
    """The container, and the body from where it begins."""
    for place in (body, unpadded(body)):
        found = container_of(place.read(0, HEAD))
        if found == "mp3" and not _is_mpeg(place):
            continue  # two bytes that MP3 shares with much else
        if found in AUDIO:
            return found, place
    return ("mp3" if _is_mpeg(body) else None), body


def _is_mpeg(body: Body) -> bool:
    return frames.first_frame(body, mpeg_frame) is not None or frames.free_frame(body) > 0


def _as_named(found: str, body: Body) -> str:
    if found in ("m4a", "mp4"):
        return "mp4" if boxes.has_picture(body) else "m4a"
    if found == "webm":
        return "webm" if boxes.is_webm(body) else "mka"
    return found


_RARE = {
    "audio/3gpp": "3gp",
    "audio/l16": "pcm",
    "audio/l24": "pcm",
    "audio/midi": "mid",
    "audio/mod": "mod",
    "audio/pcm": "pcm",
    "audio/vnd.dts": "dts",
    "audio/vnd.dts.hd": "dts",
    "audio/vnd.rn-realaudio": "ra",
    "audio/x-it": "it",
    "audio/x-musepack": "mpc",
    "audio/x-pn-realaudio": "ra",
    "audio/x-s3m": "s3m",
    "audio/x-tta": "tta",
    "audio/x-voc": "voc",
    "audio/x-xm": "xm",
}
"""The extensions of media types whose bytes are not known here; of others it is `audio`."""

_NO_AUDIO = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"),
    *(
        b"\xca\xfe\xba\xbe",
        b"\xfe\xed\xfa",
        b"\0asm",
        b"%PDF",
        b"GIF8",
        b"\x89PNG",
        b"\xff\xd8\xff",
    ),
    *(b"BM", b"II*\0", b"MM\0*", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!"),
    *(
        b"\x28\xb5\x2f\xfd",
        b"SQLite",
        b"\xd0\xcf\x11\xe0",
        b"#!",
        b"\xff\xfe",
        b"\xfe\xff",
        b"RIFF",
    ),
)
"""How programs, archives, pictures, documents and UTF-16 begin, whatever a server calls them."""

_SEEN = 1 << 16


def _unknown(body: Body, media_type: str) -> Sound:
    """What is to be made of bytes that no table knows: they count as audio by their media type
    alone, and only if that is of a kind whose bytes are not known here."""
    head = body.read(0, _SEEN)
    if container_of(head) == "mp3":
        raise Unsound(f"MP3: {frames.mp3(body)}")
    known = MEDIA_TYPES.get(media_type) in _CHECKS
    if not media_type.startswith("audio/") or known or _is_no_audio(head):
        raise Unsound(f"this is not audio: it begins with {head[:24]!r}")
    return Sound(_RARE.get(media_type, "audio"), verified=False)


def _is_no_audio(head: bytes) -> bool:
    first = head.lstrip()[:64]
    printable = sum(0x20 <= byte < 0x7F for byte in first) * 5 > len(first) * 4
    marked = printable and first.startswith((b"<", b"{", b"["))
    return marked or is_text(head[:4096]) or head.startswith(_NO_AUDIO) or not head.strip(b"\0")
