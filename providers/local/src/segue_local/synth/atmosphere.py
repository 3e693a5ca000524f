"""Noises that set a scene: a worn record, wind, a riser, and the hit that it leads to."""

from __future__ import annotations

from functools import cache

import numpy as np
from msgspec import Struct

from segue_local.synth.sound import RATE, Curve, Sound, chance, fade, frames, looped, noise, noises

_TAKES = 3
"""Places in a bed, or risers, that take turns."""
_BED = 1 << 17
"""Frames of a bed of noise, which is a loop: three seconds."""


class Atmosphere(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="engine", tag="noise"
):
    """One of the four."""

    sound: str
    tremolo: tuple[float, ...] = ()
    amplifier: float = 0.0

    def note(self, pitch: int, velocity: float, seconds: float, take: int) -> Sound:
        """The noise for so many seconds; it comes and goes softly."""
        length = frames(seconds)
        if self.sound == "impact":
            return _impact(take % _TAKES)
        if self.sound == "riser":
            out = _riser(length, take % _TAKES)
        else:
            out = looped(_BEDS[self.sound](), take % _TAKES * _BED // _TAKES, length).copy()
        soft = min(length, frames(0.2))
        out[:, :soft] *= np.linspace(0, 1, soft)
        out[:, length - soft :] *= fade(soft)
        return out.astype(np.float32)

    def key(self, pitch: int, velocity: float, seconds: float, take: int) -> tuple[object, ...]:
        """What a rendered stretch may be found by again."""
        return round(seconds, 2), take % _TAKES


@cache
def _vinyl() -> Curve:
    """Hiss, a low rumble, and about nine clicks a second, a few of them loud."""
    rng = chance("vinyl", 0)
    out = 0.25 * noise(_BED, 1500, 7000, rng) + 0.2 * noise(_BED, 30, 120, rng)
    click = np.sin(np.arange(64) * 0.55) * np.exp(-np.arange(64) / 9)
    count = int(_BED / RATE * 9)
    sizes = (rng.random((2, count)) - 0.5) * (0.6 + 24 * rng.random(count) ** 8)
    places = (rng.random(count) * (_BED - 64)).astype(int)
    for place, size in zip(places, sizes.T, strict=True):
        out[:, place : place + 64] += size[:, None] * click
    return np.asarray(0.25 * out)


@cache
def _wind() -> Curve:
    """Noise whose colour and strength drift."""
    rng = chance("wind", 0)
    low, high = noise(_BED, 150, 500, rng), noise(_BED, 500, 1800, rng)
    drift = 0.5 + 0.5 * np.sin(2 * np.pi * (np.arange(_BED) / _BED + rng.random()))
    return np.asarray(0.2 * (low * (1 - 0.6 * drift) + 0.5 * high * drift))


def _riser(length: int, take: int) -> Curve:
    """Noise that opens from dark to bright, in four bands that fade in one after the other."""
    rng = chance("riser", take)
    place = np.linspace(0, 1, length)
    out = np.zeros((2, length))
    edges = (300.0, 900.0, 2400.0, 5500.0)
    sounds = noises(length, [(edge, 2 * edge) for edge in edges], rng)
    for number, sound in enumerate(sounds):
        out += sound * (np.clip(place * 1.6 - 0.2 * number, 0, 1) ** 2 * 0.8**number)
    return np.asarray(0.3 * out * place**2)


def _impact(take: int) -> Sound:
    """A stroke of the whole house: a falling boom, a crack, and dust that settles."""
    length = frames(3.2)
    time = np.arange(length) / RATE
    hz = 34 + 62 * np.exp(-time / 0.09)
    boom = np.tanh(1.8 * np.sin(2 * np.pi * np.cumsum(hz) / RATE) * np.exp(-time / 0.75))
    dust, crack = noises(length, ((90, 900), (1500, 7000)), chance("impact", take))
    out = boom + 0.5 * dust * np.exp(-time / 0.5) + 0.16 * crack * np.exp(-time / 0.09)
    tail = frames(0.4)
    out[:, -tail:] *= fade(tail)
    return np.asarray(0.5 * out, np.float32)


_BEDS = {"vinyl": _vinyl, "wind": _wind}
