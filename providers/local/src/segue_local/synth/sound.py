"""What all voices share: the sample rate, envelopes, noise and seeded randomness.

Signals are computed in double precision and kept as float32, shaped (2, frames), so that the last
bits of a sine never depend on the processor.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
"""Frames a second, everywhere."""

Sound = NDArray[np.float32]
Curve = NDArray[np.float64]
Float = TypeVar("Float", np.float32, np.float64)


def frames(seconds: float) -> int:
    """A length in whole frames."""
    return round(seconds * RATE)


def hertz(pitch: float) -> float:
    """The frequency of a MIDI pitch."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


def chance(*seed: object) -> np.random.Generator:
    """A random generator that depends on its seed's text alone."""
    return np.random.Generator(np.random.PCG64(zlib.crc32("/".join(map(str, seed)).encode())))


def noise(length: int, low: float, high: float, rng: np.random.Generator) -> Sound:
    """Stereo noise between two frequencies, shaped (2, length), with a root mean square of 1.

    Longer noise than three seconds is a loop without a seam.
    """
    return next(noises(length, ((low, high),), rng))


def noises(
    length: int, bands: Iterable[tuple[float, float]], rng: np.random.Generator
) -> Iterator[Sound]:
    """The same for several bands of one noise, which is quicker."""
    size = 1 << min(17, max(6, (length - 1).bit_length()))
    white = np.fft.rfft(rng.random((2, size), dtype=np.float32) - np.float32(0.5))
    hz = np.fft.rfftfreq(size, 1 / RATE).astype(np.float32)
    hz[0] = 0.1
    for low, high in bands:
        above, below = hz / np.float32(high), np.float32(low) / hz
        above *= above
        below *= below
        above *= above * above
        above += 1
        below *= below
        below += 1
        above *= below
        shaped = np.asarray(np.fft.irfft(white / above), np.float32)
        power = float(np.einsum("cf,cf->", shaped, shaped, dtype=np.float64)) / shaped.size
        shaped *= np.float32(1 / max(1e-9, power**0.5))
        yield looped(shaped, 0, length)


def envelope(held: int, attack: float, decay: float, sustain: float, release: float) -> Curve:
    """Attack, decay to a level, and a release after `held` frames, without a corner."""
    tail = max(1, frames(release))
    curve = np.ones(held + tail)
    if sustain < 1:
        late = np.maximum(0, np.arange(held + tail) / RATE - attack)
        curve *= sustain + (1 - sustain) * np.exp(-late / decay)
    onset = curve[: max(1, frames(attack))]
    rise = np.arange(len(onset)) / max(1, frames(attack))
    onset *= rise * rise * (3 - 2 * rise)
    curve[held:] *= fade(tail)
    return np.asarray(curve)


def looped(loop: NDArray[Float], start: int, length: int) -> NDArray[Float]:
    """So many frames of a loop, from frame `start` of it."""
    size = loop.shape[1]
    start %= size
    if start + length <= size:
        return loop[:, start : start + length]
    long = np.empty((len(loop), length), loop.dtype)
    at = 0
    while at < length:
        piece = loop[:, start : start + length - at]
        long[:, at : at + piece.shape[1]] = piece
        at, start = at + piece.shape[1], 0
    return long


@lru_cache(maxsize=64)
def fade(length: int) -> Curve:
    """A smooth way from 1 down to 0."""
    place = np.linspace(0, 1, length)
    return np.asarray((0.5 + 0.5 * np.cos(np.pi * place)) * np.exp(-2.5 * place))


def formants(hz: Curve, body: tuple[tuple[float, float, float], ...]) -> Curve:
    """The gain of a resonant body; each of its peaks is [frequency, width, height]."""
    gain = np.ones_like(hz)
    for center, width, height in body:
        gain += height * np.exp(-(((hz - center) / width) ** 2))
    return gain
