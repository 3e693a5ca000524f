"""What stands behind the addresses in answers: MusicAPI's CDN, which asks for no key.

Its files are hot-linkable, and no page says for how long (guides/output-endpoints); the sandbox
keeps them while it runs. A request may be marked `[sandbox:gone]`: its files are 404.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from segue.flow import Reply
from segue_sandbox.clock import Dial
from segue_sandbox.musicapi.clips import Clip
from segue_sandbox.musicapi.desk import Desk
from segue_sandbox.musicapi.m4a import from_wav
from segue_sandbox.musicapi.midi import notes
from segue_sandbox.vendor import Sounding, json_reply

Sound = Callable[[str, float, str], bytes]

TYPES = {"mp3": "audio/mpeg", "wav": "audio/wav", "m4a": "audio/mp4"}
CDN, PIPE = "/cdn", "/audiopipe"


def origin(host: str | None, forwarded: str | None, prefix: str) -> str:
    """The sandbox's own address, as the client wrote it; without a Host, MusicAPI's."""
    if host is None:
        return f"https://api.musicapi.ai{prefix}"
    return f"{forwarded or 'http'}://{host}{prefix}"


def audio(origin: str, clip: Clip, container: str = "mp3") -> str:
    """Where a clip's sound is."""
    return f"{origin}{CDN}/{clip.id}.{container}"


def interim(origin: str, clip: Clip) -> str:
    """Where a clip can be heard while it is made (observed: `audiopipe…/?item_id=…`)."""
    return f"{origin}{PIPE}/?item_id={clip.id}"


def picture(origin: str, clip: Clip) -> str:
    """Where a clip's cover is."""
    return f"{origin}{CDN}/image_{clip.id}.png"


def stamp(dial: Dial, now: float) -> str:
    """A moment as MusicAPI writes it, on the client's clock."""
    moment = datetime.fromtimestamp(dial.unix(now), UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fetched(desk: Desk, path: str, query: str, now: float, sound: Sound) -> Reply:
    """A file, or 404."""
    if path.startswith(PIPE):
        clip = desk.clips.get(dict(parse_qsl(query)).get("item_id", ""))
        return _nothing() if clip is None or clip.failed else _sounding(clip, 0.25, "mp3", sound)
    name, _, kind = path.removeprefix(f"{CDN}/").rpartition(".")
    clip = desk.clips.get(name.removeprefix("image_"))
    if clip is None or clip.gone:
        return _nothing()
    if kind == "png":
        return Reply(status=200, headers={"content-type": "image/png"}, body=_PICTURE)
    if kind == "mid" and desk.scores.get(clip.id, now + 1) <= now:
        return Reply(status=200, headers={"content-type": "audio/midi"}, body=notes(clip.id))
    if kind not in TYPES or not clip.there(now):
        return _nothing()
    if clip.task in desk.tasks:
        desk.tasks[clip.task].downloads += 1
    return _sounding(clip, 1.0, kind, sound)


def _sounding(clip: Clip, share: float, container: str, sound: Sound) -> Reply:
    def make() -> bytes:
        content = sound(clip.prompt, clip.seconds * share, "wav" if m4a else container)
        return from_wav(content) if m4a else content

    m4a = container == "m4a"
    return Sounding(status=200, headers={"content-type": TYPES[container]}, make=make)


def _nothing() -> Reply:
    return json_reply(404, {"error": "Not found"})


def _png() -> bytes:
    """One grey point."""
    chunks = (
        (b"IHDR", struct.pack(">2I5B", 1, 1, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\x00\x80")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


_PICTURE = _png()
