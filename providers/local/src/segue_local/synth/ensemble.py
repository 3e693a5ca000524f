"""Many players at once: strings, choirs, pads and organs, as loops of narrow bands of noise.

Each harmonic is spread over a few cents with random phases, which sounds like a section and not
like one oscillator; the inverse Fourier transform of such a spectrum loops without a seam.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from segue_local.synth.sound import (
    RATE,
    Curve,
    Sound,
    chance,
    envelope,
    formants,
    frames,
    hertz,
    looped,
)

_SIZE = 1 << 16
_HIGHEST = 12_000.0
_TAKES = 3
"""Places in the loop at which a note may begin."""
_COMMON = np.float32(0.5)
"""The share of the left channel that the right one has too: wide, and still sound in mono."""


class Ensemble(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="engine",
    tag="ensemble",
):
    """How such an instrument is built."""

    harmonics: tuple[float, ...] = ()
    """Gains written out; otherwise they fall by `slope`."""
    slope: float = 1.0
    cutoff: float = 2000.0
    bandwidth: float = 20.0
    """Cents over which each harmonic is spread."""
    body: tuple[tuple[float, float, float], ...] = ()
    attack: float = 0.1
    decay: float = 1.0
    sustain: float = 1.0
    release: float = 0.3
    air: tuple[float, ...] = ()
    """The upper harmonics' own attack in seconds, and their level."""
    tremolo: tuple[float, ...] = ()
    amplifier: float = 0.0

    def note(self, pitch: int, velocity: float, seconds: float, take: int) -> Sound:
        """One note, with its release."""
        held = frames(seconds)
        attack = min(self.attack, 0.5 * seconds)
        shape = envelope(held, attack, self.decay, self.sustain, self.release).astype(np.float32)
        start = (take % _TAKES * 15_813 + pitch * 7_919) % _SIZE
        dark, bright = _loops(self, pitch)
        out = looped(dark, start, len(shape)) * shape
        if self.air:
            opening = frames(min(self.air[0], 0.7 * seconds))
            shape[:opening] *= np.linspace(0, 1, opening, dtype=np.float32)
            level = self.air[1] * (0.15 + 0.85 * round(velocity * 16) / 16)
            out += looped(bright, start, len(shape)) * (shape * np.float32(level))
        return out

    def key(self, pitch: int, velocity: float, seconds: float, take: int) -> tuple[object, ...]:
        """What a rendered note may be found by again."""
        return pitch, round(velocity * 16), seconds, take % _TAKES


@lru_cache(maxsize=40)
def _loops(voice: Ensemble, pitch: int) -> tuple[Sound, Sound]:
    """The loop's dark and bright halves; together they are the whole spectrum."""
    first = hertz(pitch)
    count = max(1, min(80, int(_HIGHEST / first)))
    hz = first * np.arange(1.0, count + 1)
    gain = _gains(voice, hz)
    shade = 1 / (1 + (hz / max(1.5 * first, 0.45 * voice.cutoff)) ** 3)
    dark_part = shade if voice.air else np.ones_like(hz)
    dark = _loop(hz, gain * dark_part, voice.bandwidth, pitch)
    level = 0.25 / float(np.sqrt(np.mean(dark**2)))
    bright = (
        _loop(hz, gain * (1 - dark_part), voice.bandwidth, pitch + 1) if voice.air else dark[:, :1]
    )
    return dark * np.float32(level), bright * np.float32(level)


def _gains(voice: Ensemble, hz: Curve) -> Curve:
    if voice.harmonics:
        gain = np.zeros_like(hz)
        count = min(len(hz), len(voice.harmonics))
        gain[:count] = voice.harmonics[:count]
    else:
        gain = np.arange(1.0, len(hz) + 1) ** -voice.slope
    return np.asarray(gain * formants(hz, voice.body) / np.sqrt(1 + (hz / voice.cutoff) ** 4))


def _loop(hz: Curve, gain: Curve, cents: float, pitch: int) -> Sound:
    """A stereo loop; each channel has phases of its own, which makes it wide."""
    level = np.zeros(_SIZE // 2 + 1)
    for center, height in zip(hz * _SIZE / RATE, gain, strict=True):
        width = max(0.7, center * (2 ** (cents / 1200) - 1) / 2)
        low, high = max(1, int(center - 4 * width)), min(len(level), int(center + 4 * width) + 2)
        bell = np.exp(-(((np.arange(low, high) - center) / width) ** 2))
        level[low:high] += height * bell / np.sqrt(np.sum(bell**2))
    phases = np.roll(_phases(), 1_009 * pitch, axis=1)
    left, right = np.fft.irfft(level.astype(np.float32) * phases)
    return np.stack([left, _COMMON * left + np.float32(0.85) * right])


@lru_cache(maxsize=1)
def _phases() -> NDArray[np.complex64]:
    """Random directions for every frequency, one set a channel."""
    turns = chance("ensemble").random((2, _SIZE // 2 + 1))
    return np.asarray(np.exp(2j * np.pi * turns), np.complex64)
