"""The file that was named: what arrives in another container than its name wants is converted.

By soundfile, where that reads and writes both (`segue-core[convert]`); else by PyAV
(`segue-core[av]`), or an ffmpeg on the PATH (`_files/codecs.py`). Rate, channels and bit depth
stay as they are where the container has them, and so do the tags that the tool knows. No tool is
imported or looked for before a file needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import Any

from segue._files import codecs
from segue.containers import ALIASES, COMMON
from segue.errors import TargetError

_FRAMES = 16_384
"""Frames in one write: libsndfile's Vorbis encoder crashes on a minute in one piece."""

_SOUNDFILE = {
    "wav": ("WAV", ""),
    "flac": ("FLAC", ""),
    "aiff": ("AIFF", ""),
    "caf": ("CAF", ""),
    "au": ("AU", ""),
    "w64": ("W64", ""),
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}
"""The format and subtype of libsndfile; an empty one is that of the source, or 16 bits."""

_DEPTHS = {
    "PCM_S8": "PCM_16",
    "PCM_U8": "PCM_16",
    "PCM_16": "PCM_16",
    "PCM_24": "PCM_24",
    "PCM_32": "PCM_32",
    "FLOAT": "FLOAT",
    "DOUBLE": "DOUBLE",
    "ALAC_24": "PCM_24",
    "ALAC_32": "PCM_32",
}
_SAME = ("format", "samplerate", "channels", "frames")

_TAGS = ("title", "artist", "album", "date", "genre", "comment", "copyright", "license")


class CannotConvert(Exception):
    """No tool that is here can do it; the message says why, and what can be installed."""


def container_named(path: Path) -> str:
    """The container that a file's name wants."""
    extension = path.suffix.lower().lstrip(".")
    return ALIASES.get(extension, extension)


def doubtful(path: Path, sends: Sequence[str], backend: str) -> tuple[str, ...]:
    """Notes, before anything is spent, on a file that no tool here can make; empty where it is
    available.

    Raises `TargetError` where it is certainly not available: the vendor sends other
    containers (`sends`), or hardly any vendor sends that one. Where nothing is known of the vendor,
    one of the `COMMON` containers may be just what it sends.
    """
    wanted = container_named(path)
    if wanted in sends or writable(wanted):
        return ()
    if not sends and wanted in COMMON:
        lacking = f"{path.name} comes about only if {backend} sends .{wanted} itself"
        return (f"{lacking}: nothing here can make one; {_install(wanted)}",)
    known = f"{backend} sends {', '.join(sends)}" if sends else f"what {backend} sends is not known"
    raise TargetError(
        f"a .{wanted} file cannot be had here: {known}, and nothing here can make one",
        advice=f"choose {_others(sends)}, or {_install(wanted)}",
    )


def _others(sends: Sequence[str]) -> str:
    """Extensions that can be had, as words."""
    can = [name for name in COMMON if name in sends or writable(name)]
    return f"another extension, such as .{can[0]}" if can else "a folder, and take what comes"


def writable(container: str) -> bool:
    """Whether an installed tool can write that container."""
    by_soundfile = container in _SOUNDFILE and _has_soundfile()
    return by_soundfile or codecs.writes(container)


def convert(source: Path, target: Path, wanted: str, stop: Event | None = None) -> None:
    """Write the sound of `source` to `target`, which exists and is empty, as `wanted`; until `stop`
    is set.

    Raises `CannotConvert`. What is in `target` then is not whole.
    """
    stop, reasons = stop or Event(), []
    if wanted in _SOUNDFILE and _has_soundfile():
        try:
            return _by_soundfile(source, target, wanted, stop)
        except (OSError, RuntimeError, ValueError, AssertionError) as error:
            reasons.append(f"soundfile: {error}")
    for name, tool in codecs.tools(wanted):
        try:
            return tool(source, target, wanted, stop)
        except codecs.Stopped:
            raise
        except Exception as error:  # whatever PyAV makes of a file that it does not understand
            reasons.append(f"{name}: {error}")
    raise CannotConvert("; ".join(reasons) or _install(wanted))


def alike(one: Path, other: Path) -> bool:
    """Whether two files are of one kind and hold the same sound, sample by sample. False where
    unknown: encoders may write other bytes for the same sound."""
    if not (_has_soundfile() and one.is_file()):
        return False
    soundfile: Any = import_module("soundfile")  # an extra, and without types
    try:
        with soundfile.SoundFile(str(one)) as first, soundfile.SoundFile(str(other)) as second:
            return all(getattr(first, what) == getattr(second, what) for what in _SAME) and all(
                mine == yours for mine, yours in zip(_blocks(first), _blocks(second), strict=True)
            )
    except (OSError, RuntimeError, ValueError):
        return False


def _blocks(sound: Any) -> Iterator[bytes]:  # noqa: ANN401 - soundfile has no types
    while len(frames := sound.read(_FRAMES, dtype="float64")):
        yield frames.tobytes()


def _install(wanted: str) -> str:
    writers = {"convert": _SOUNDFILE, "av": codecs.AV}
    able = [name for name, writes in writers.items() if wanted in writes]
    extras = [f"pip install 'segue-core[{name}]'" for name in able]
    tool = ["install ffmpeg"] if wanted in codecs.FFMPEG else []
    return " or ".join(extras + tool) or "choose a folder, and take what comes"


def _by_soundfile(source: Path, target: Path, wanted: str, stop: Event) -> None:
    soundfile: Any = import_module("soundfile")  # an extra, and without types
    form, subtype = _SOUNDFILE[wanted]
    with soundfile.SoundFile(str(source)) as sound:
        subtype = subtype or _depth(sound.subtype, soundfile.available_subtypes(form))
        whole = subtype in ("PCM_16", "PCM_24", "PCM_32")
        with soundfile.SoundFile(
            str(target), "w", sound.samplerate, sound.channels, subtype=subtype, format=form
        ) as copy:
            for tag in _TAGS:
                if text := getattr(sound, tag, ""):
                    setattr(copy, tag, text)
            while len(frames := sound.read(_FRAMES, dtype="int32" if whole else "float64")):
                codecs.going_on(stop)
                copy.write(frames)


def _depth(subtype: str, offered: Mapping[str, str]) -> str:
    """The nearest bit depth to the source's that is offered; 16 bits for what has none."""
    wanted = _DEPTHS.get(subtype, "PCM_16")
    return next(name for name in (wanted, "PCM_24", "PCM_16") if name in offered)


def _has_soundfile() -> bool:
    return find_spec("soundfile") is not None
