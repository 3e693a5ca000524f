"""Codecs for what soundfile cannot read or write: PyAV, which includes ffmpeg's libraries
(`segue-core[av]`), and an ffmpeg on the PATH. Neither is imported or looked for before a file needs
it, and both stop when the file is no longer wanted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import subprocess

Tool: TypeAlias = Callable[[Path, Path, str, Event], None]

AV = {
    "wav": ("wav", "pcm_s16le"),
    "aiff": ("aiff", "pcm_s16be"),
    "flac": ("flac", "flac"),
    "mp3": ("mp3", "libmp3lame"),
    "ogg": ("ogg", "libopus"),
    "m4a": ("ipod", "aac"),
    "mp4": ("mp4", "aac"),
    "aac": ("adts", "aac"),
    "webm": ("webm", "libopus"),
    "mka": ("matroska", "flac"),
}
"""The muxer and the encoder for each container, in PyAV's wheels."""

FFMPEG = {
    **{name: (name,) for name in ("wav", "mp3", "flac", "aiff", "caf", "au", "w64", "ac3")},
    "ogg": ("ogg", "-c:a", "libvorbis"),
    "m4a": ("ipod", "-c:a", "aac"),
    "mp4": ("mp4", "-c:a", "aac"),
    "aac": ("adts", "-c:a", "aac"),
    "webm": ("webm", "-c:a", "libopus"),
    "mka": ("matroska",),
    "wv": ("wv",),
}
"""The muxer of ffmpeg, and its encoder where the usual one is not wanted."""

_PATIENCE = 600.0
"""Seconds that ffmpeg may take for a file."""

_NAP = 0.05
"""Seconds between two checks whether the file is still wanted."""

_LAYOUTS = {1: "mono", 2: "stereo"}
"""By the number of channels: WAV need not say what they are, and encoders want to know."""

_OPUS = 48_000
"""The rate of Opus, whatever went in (RFC 7845)."""


class Stopped(Exception):
    """The file is no longer wanted."""


def going_on(stop: Event) -> None:
    """Raise `Stopped` when the file is no longer wanted."""
    if stop.is_set():
        raise Stopped


def writes(container: str) -> bool:
    """Whether one of the tools is here, and writes that container."""
    return any(True for _ in tools(container))


def tools(container: str) -> Iterator[tuple[str, Tool]]:
    """Those that are here and write that container, by their names."""
    if container in AV and _has_av():
        yield "PyAV", _by_av
    if container in FFMPEG and _ffmpeg() is not None:
        yield "ffmpeg", _by_ffmpeg


def _by_av(source: Path, target: Path, wanted: str, stop: Event) -> None:
    av: Any = import_module("av")  # an extra
    form, codec = AV[wanted]
    with (
        source.open("rb") as came,
        target.open("r+b") as made,
        av.open(came) as reader,
        av.open(made, "w", format=form, options={"fflags": "+bitexact"}) as writer,
    ):
        sound = reader.streams.audio[0]
        rate = _OPUS if codec == "libopus" else sound.rate
        stream = writer.add_stream(_deeper(codec, sound.format.name), rate=rate)
        stream.layout = _LAYOUTS.get(sound.layout.nb_channels, sound.layout.name)
        writer.metadata.update(reader.metadata)
        for frame in reader.decode(sound):
            going_on(stop)
            writer.mux(stream.encode(frame))
        writer.mux(stream.encode(None))


def _deeper(codec: str, sample: str) -> str:
    """The same encoder for 24 bits, where the source may have as many."""
    return codec.replace("s16", "s24") if sample.startswith("s32") else codec


def _by_ffmpeg(source: Path, target: Path, wanted: str, stop: Event) -> None:
    import subprocess  # noqa: PLC0415 - few files need it

    form, *encoder = FFMPEG[wanted]
    command = [_ffmpeg() or "ffmpeg", "-v", "error", "-nostdin", "-y", "-i", f"file:{source}"]
    command += ["-map", "0:a:0", "-map_metadata", "0", "-fflags", "+bitexact", *encoder]
    command += ["-f", form, f"file:{target}"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            said = _ended(process, stop)
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        output = " ".join(said.decode("utf-8", "replace").split())[-200:]
        raise subprocess.SubprocessError(output or f"it ended with {process.returncode}")


def _ended(process: subprocess.Popen[bytes], stop: Event) -> bytes:
    """Wait for its end; what it said."""
    from subprocess import TimeoutExpired  # noqa: PLC0415 - as above

    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return process.communicate(timeout=_NAP)[1]
        except TimeoutExpired:
            going_on(stop)
            if time.monotonic() > deadline:
                raise


def _has_av() -> bool:
    return find_spec("av") is not None


def _ffmpeg() -> str | None:
    from shutil import which  # noqa: PLC0415 - few files need it

    return which("ffmpeg")
