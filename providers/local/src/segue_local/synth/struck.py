"""Struck and plucked strings, bars and tines: partials that ring and die, each at its own pace.

A decaying sine at frame `J*i + j` is a product of a factor of `i` and a factor of `j`, so that all
partials together are one matrix product.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from segue_local.synth.sound import RATE, Curve, Sound, chance, fade, formants, frames, hertz, noise

_HOP = 512
_LOUDNESS = (0.45, 0.72, 1.0)
"""Velocities that get a tone of their own; a harder touch is brighter."""
_HIGHEST = 13_000.0
_SINGING = 9
"""The lowest partials, which alone are heard to sing on after the stroke."""


class Struck(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="engine", tag="struck"
):
    """How such an instrument is built."""

    partials: int = 24
    stretch: float = 0.0
    """Inharmonicity: how far stiff strings push their upper partials up."""
    decay: float = 4.0
    """Seconds for the first partial of A3 to fall by 60 dB."""
    damping: float = 0.2
    """How much faster each higher partial dies."""
    rolloff: float = 1.0
    cutoff: float = 2000.0
    """Hz above which a stroke at full force excites less and less."""
    strike: float = 0.0
    """Where the string is hit, as a share of its length; 0 hits none in particular."""
    beat: float = 0.0
    """Cents between the strings of one note."""
    ratios: tuple[float, ...] = ()
    gains: tuple[float, ...] = ()
    decays: tuple[float, ...] = ()
    """Partials written out, for bars and tines, instead of a string's."""
    body: tuple[tuple[float, float, float], ...] = ()
    width: float = 0.0
    attack: float = 0.002
    release: float = 0.1
    asymmetry: float = 0.0
    noise: float = 0.0
    noise_band: tuple[float, ...] = (200, 2000)
    tremolo: tuple[float, ...] = ()
    amplifier: float = 0.0

    def note(self, pitch: int, velocity: float, seconds: float, take: int) -> Sound:
        """One note, with its release."""
        touch = min(_LOUDNESS, key=lambda level: abs(level - velocity))
        tail = frames(self.release)
        held = min(frames(seconds), frames(self._longest(pitch)))
        tone = self._tone(pitch, touch, held + tail)
        tone[:, held:] *= fade(tone.shape[1] - held)
        return tone.astype(np.float32)

    def key(self, pitch: int, velocity: float, seconds: float, take: int) -> tuple[object, ...]:
        """What a rendered note may be found by again."""
        touch = min(_LOUDNESS, key=lambda level: abs(level - velocity))
        return pitch, touch, round(min(seconds, self._longest(pitch)), 2)

    def _longest(self, pitch: int) -> float:
        return min(
            9.0, 1.1 * (max(self.decays) if self.decays else self.decay) * _keytrack(pitch) + 0.3
        )

    def _tone(self, pitch: int, touch: float, length: int) -> Curve:
        hz, gain, seconds = self._spectrum(pitch, touch)
        rng = chance("struck", pitch, self.partials, self.cutoff)
        phase = rng.random(len(hz)) * 2 * np.pi
        spread = 1 + self.width * (rng.random((2, len(hz))) * 2 - 1)
        tone = ring(hz, gain * spread, 6.91 / seconds, phase, length)
        tone /= np.sqrt(np.sum(gain**2)) * 2
        if self.asymmetry:
            tone += self.asymmetry * touch * (tone**2 - np.mean(tone**2))
        if self.noise:
            tone += self._knock(pitch, touch, length)
        rise = min(length, max(8, frames(self.attack)))
        tone[:, :rise] *= np.sin(np.linspace(0, np.pi / 2, rise)) ** 2
        return tone

    def _spectrum(self, pitch: int, touch: float) -> tuple[Curve, Curve, Curve]:
        """Frequencies, gains and times to fall by 60 dB."""
        first = hertz(pitch)
        if self.ratios:
            ratio, gain = np.array(self.ratios, float), np.array(self.gains, float)
            seconds = np.array(self.decays, float) * _keytrack(pitch)
        else:
            number = np.arange(1.0, self.partials + 1)
            ratio = number * np.sqrt((1 + self.stretch * number**2) / (1 + self.stretch))
            gain = number**-self.rolloff
            if self.strike:
                gain *= np.abs(np.sin(np.pi * number * self.strike)) + 0.03
            seconds = self.decay * _keytrack(pitch) / (1 + self.damping * (number - 1))
        hz = first * ratio
        gain = gain * np.exp(-hz / (self.cutoff * (0.35 + touch) + first)) * formants(hz, self.body)
        kept = (hz < _HIGHEST) & (gain > 2e-4 * gain.max())
        return self._strings(hz[kept], gain[kept], seconds[kept])

    def _strings(self, hz: Curve, gain: Curve, seconds: Curve) -> tuple[Curve, Curve, Curve]:
        """Two strings a note: one dies fast, and one, a hair out of tune, sings on."""
        if not self.beat:
            return hz, gain, seconds
        apart = 2 ** (self.beat / 1200)
        sung = slice(0, _SINGING)
        return (
            np.concatenate([hz, hz[sung] * apart]),
            np.concatenate([gain * 0.72, gain[sung] * 0.34]),
            np.concatenate([seconds * 0.4, seconds[sung]]),
        )

    def _knock(self, pitch: int, touch: float, length: int) -> Curve:
        """The hammer or the finger itself."""
        size = min(length, frames(0.06))
        low, high = self.noise_band
        burst = noise(size, low, high, chance("knock", pitch)) * np.exp(
            -np.arange(size) / (0.009 * RATE)
        )
        out = np.zeros((2, length))
        out[:, :size] = burst * self.noise * touch * 2
        return out


def ring(hz: Curve, gain: Curve, rate: Curve, phase: Curve, length: int) -> Curve:
    """The sum of decaying sines, shaped (channels, length); `gain` is (channels, partials)."""
    rows = -(-length // _HOP)
    turn = 2 * np.pi * hz / RATE
    fall = rate / RATE
    coarse = np.arange(rows)[:, None] * _HOP
    fine = np.arange(_HOP)[:, None]
    level = np.exp(-coarse * fall)
    start = np.concatenate(
        [level * np.sin(coarse * turn + phase), level * np.cos(coarse * turn + phase)], axis=1
    )
    step = np.exp(-fine * fall)
    within = np.concatenate([step * np.cos(fine * turn), step * np.sin(fine * turn)], axis=1)
    both = np.concatenate([start * np.tile(side, 2) for side in gain])
    out: Curve = (both @ within.T).reshape(len(gain), rows * _HOP)[:, :length]
    return out


def _keytrack(pitch: int) -> float:
    """High strings are short: their sound dies sooner."""
    return float(2.0 ** ((57 - pitch) / 26))
