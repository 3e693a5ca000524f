"""The sample pack: recordings of real instruments, decoded one by one when they are first played.

`data/samples` holds an Ogg file for each instrument, one for all drums, and an index. The pack is
cut from FluidR3 GM by `providers/local/pack/build.py`.
"""

from __future__ import annotations

import io
from functools import cache, lru_cache
from importlib.resources import files

import msgspec
import numpy as np
import soundfile  # type: ignore[import-untyped]  # it ships no types
from msgspec import Struct

from segue_local.synth.sound import Sound

DRUMS = "drums"
"""The file of all kits."""


class Stretch(Struct, frozen=True, kw_only=True, array_like=True):
    """One recording of a melodic instrument, and how its level moves. Times in seconds."""

    start: int
    """Its first frame in the file."""
    frames: int
    loop: int
    """The frame, counted from `start`, that follows the last one; -1 for none."""
    fall: float
    """dB a second that the loop must lose."""
    root: float
    """The MIDI pitch that is heard at the file's own speed."""
    attack: float
    hold: float
    decay: float
    """Seconds to fall by 100 dB, if it were not for `sustain`."""
    sustain: float
    """dB below the full level at which the decay stops."""
    release: float
    """Seconds to fall by 100 dB after the note."""


class Sampled(Struct, frozen=True, kw_only=True, array_like=True):
    """A melodic instrument of the pack."""

    rate: int
    zones: tuple[Stretch, ...]
    """By rising root."""
    soft: float
    """Hz above which a soft stroke is duller."""
    hard: float
    """The same for a hard stroke."""


class Hit(Struct, frozen=True, kw_only=True, array_like=True):
    """A drum of the pack: first frame and length of its soft and of its hard stroke."""

    soft: tuple[int, int]
    hard: tuple[int, int]
    hertz: float
    """Its fundamental; 0 for none."""


class Index(Struct, frozen=True, kw_only=True):
    """What is in the pack."""

    instruments: dict[str, Sampled]
    kits: dict[str, dict[int, Hit]]
    """By name, then by the General MIDI number of the drum."""


_INDEX = msgspec.json.Decoder(Index)  # once: two threads that learn a type at once crash msgspec


@cache
def index() -> Index:
    """The index of the pack."""
    return _INDEX.decode(_read("index.json"))


@lru_cache(maxsize=16)
def recording(name: str, start: int, frames: int) -> Sound:
    """A stretch of a file, (channels, frames), between -1 and 1."""
    with soundfile.SoundFile(io.BytesIO(_read(f"{name}.ogg"))) as file:
        file.seek(start)
        samples = file.read(frames, dtype="float32", always_2d=True)
    return np.ascontiguousarray(samples.T, np.float32)


@cache
def _read(name: str) -> bytes:
    return (files("segue_local") / "data" / "samples" / name).read_bytes()
