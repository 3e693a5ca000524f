"""From an instrument's name to the voice that renders its notes, and a shelf of rendered notes.

This is the seam for other kinds of instruments: whatever has the two methods of `Voice` can play.
"""

from __future__ import annotations

import tomllib
from collections import OrderedDict
from functools import cache
from importlib.resources import files
from typing import Protocol

import msgspec

from segue_local.synth.atmosphere import Atmosphere
from segue_local.synth.ensemble import Ensemble
from segue_local.synth.percussion import Kit
from segue_local.synth.sampler import Sampler
from segue_local.synth.sound import Sound
from segue_local.synth.struck import Struck
from segue_local.synth.wave import Wave

_SHELF_BYTES = 48 << 20


class Voice(Protocol):
    """Renders one instrument's notes. Equal arguments give equal samples."""

    @property
    def tremolo(self) -> tuple[float, ...]:
        """Rate in Hz and depth of a tremolo over the whole part; empty for none."""
        ...

    @property
    def amplifier(self) -> float:
        """How hard a guitar amplifier is driven; 0 for none."""
        ...

    def note(self, pitch: int, velocity: float, seconds: float, take: int) -> Sound:
        """One note with its release, (1 or 2, frames). `take` counts the part's notes."""
        ...

    def key(
        self, pitch: int, velocity: float, seconds: float, take: int
    ) -> tuple[object, ...] | None:
        """Equal keys mean the same sound; None means that it is not worth keeping."""
        ...


@cache
def _entries() -> dict[str, dict[str, object]]:
    text = (files("segue_local") / "data" / "instruments.toml").read_text("utf-8")
    return tomllib.loads(text)


def voice(name: str, tonic: int) -> Voice:
    """The voice of an instrument; `tonic` tunes drums. Raises `ValueError` for an unknown name."""
    if name not in _entries():
        raise ValueError(
            f"instrument {name!r} has no voice; there are {', '.join(sorted(_entries()))}"
        )
    entry = msgspec.convert(_entries()[name]["voice"], dict[str, object])
    if entry["engine"] == "kit":
        return Kit(name=name, tonic=tonic)
    return msgspec.convert(entry, Struck | Ensemble | Wave | Atmosphere | Sampler)


class Shelf:
    """Rendered notes, kept for the next time until there are too many; the oldest goes first."""

    def __init__(self, limit: int = _SHELF_BYTES) -> None:
        self._limit = limit
        self._held = 0
        self._sounds: OrderedDict[tuple[object, ...], Sound] = OrderedDict()

    def note(
        self, name: str, voice: Voice, pitch: int, velocity: float, *, seconds: float, take: int
    ) -> Sound:
        """A voice's note, from the shelf where it is there."""
        key = voice.key(pitch, velocity, seconds, take)
        if key is None:
            return voice.note(pitch, velocity, seconds, take)
        place = (name, *key)
        if place in self._sounds:
            self._sounds.move_to_end(place)
            return self._sounds[place]
        sound = voice.note(pitch, velocity, seconds, take)
        self._keep(place, sound)
        return sound

    def _keep(self, place: tuple[object, ...], sound: Sound) -> None:
        self._sounds[place] = sound
        self._held += sound.nbytes
        while self._held > self._limit:
            _, oldest = self._sounds.popitem(last=False)
            self._held -= oldest.nbytes
