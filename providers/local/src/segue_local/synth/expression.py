"""What a player adds to a held note: it swells and yields, and a flute's breath is heard in it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from segue_local.synth.sound import RATE, Curve, Sound, chance, frames, hertz, noise

_DARK, _CLEAR = 4.0, 40.0
"""Harmonics above which the softest and the hardest notes are dull."""
_SHORTEST = 0.45
"""Seconds from which on a note is long enough to swell."""
_PEAK = 0.42
"""Where within a note it is loudest."""
_LONGEST = 1.3
"""Seconds after which at the latest a note is loudest."""


@lru_cache(maxsize=64)
def swell(seconds: float, depth: float, length: int) -> Sound:
    """The gain of a note that begins softer by `depth` (0 to 1), grows, and yields towards its
    end; ones for a short note.
    """
    if seconds < _SHORTEST:
        return np.ones(length, np.float32)
    time = np.arange(length) / RATE
    peak = min(_PEAK * seconds, _LONGEST)
    rise = np.sin(np.clip(time / peak, 0, 1) * np.pi / 2)
    fall = np.clip((time - peak) / max(0.1, seconds - peak), 0, 1) ** 2
    return np.asarray(1 - depth * (1 - rise) - 0.5 * depth * fall, np.float32)


def tilt(first: float, hardness: float) -> float:
    """Hz above which a note falls by 6 dB an octave, from its first harmonic and how hard it is
    played, 0 to 1: a soft note has little but its lowest harmonics, a hard one all of them.
    """
    low, high = max(_DARK * first, 700.0), max(_CLEAR * first, 12_000.0)
    return float(low * (high / low) ** hardness)


def breath(pitch: int, velocity: float, length: int, take: int) -> Sound:
    """The air of a blown note, (2, length), at the level of a full tone: a puff, then a whisper."""
    time: Curve = np.arange(length) / RATE
    air = noise(length, hertz(pitch) * 1.2, 7000, chance("air", pitch, take))
    shape = 0.3 + 0.7 * np.exp(-time / 0.07)
    shape *= np.minimum(1, time / 0.012)
    return np.asarray(air * (shape * (0.5 + 0.5 * velocity)), np.float32)


def buzzed(tone: Sound, depth: float) -> Sound:
    """The tone with the buzz of strings that graze a flat bridge, as a sitar's do (jawari): the
    upper harmonics of a bent copy, which sing on while the tone itself dies.
    """
    peak = float(np.max(np.abs(tone))) + 1e-9
    bent = np.tanh(tone * np.float32(7 / peak))
    edges = np.diff(bent, axis=1, prepend=bent[:, :1])
    return np.asarray(tone + edges * np.float32(depth * peak), np.float32)


def late(take: int, takes: int) -> tuple[float, int]:
    """Speed and first frame of the so many-th of a few strokes that take turns."""
    turn = take % takes
    return (1.0, 0) if not turn else (1 + 0.0016 * (-1) ** turn, frames(0.0012) * turn)
