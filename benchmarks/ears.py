"""Measures finished sound, by other means than the renderer uses itself.

Loudness follows ITU-R BS.1770-4: both filters over the whole signal, blocks of 0.4 s that overlap
by three quarters, and both gates.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

RATE = 44_100
EDGES = (20.0, 60.0, 150.0, 400.0, 1000.0, 2500.0, 6000.0, 16_000.0)
"""The edges in Hz of the bands of a spectrum."""

Sound = NDArray[np.float32]
_CHUNK = 1 << 17
_AROUND = 48
"""Frames on each side of a step that it is compared with, a millisecond."""
_JUMP, _LONELY = 0.1, 6.0
"""How high a step must be to be a click, and how many times the fourth highest around it."""
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (-1.69065929318241, 0.73248077421585),
)
_PASS = ((1.0, -2.0, 1.0), (-1.99004745483398, 0.99007225036621))


class Heard(Struct, frozen=True, kw_only=True):
    """What was measured of one piece."""

    frames: int
    lufs: float
    peak: float
    """True peak in dBTP: of the signal at four times its rate."""
    silence: float
    """The share of tenths of a second below -55 dBFS."""
    width: float
    """RMS of the difference of the channels, relative to that of their sum."""
    bands: tuple[float, ...]
    """dB of each band, relative to all of them together."""
    clicks: int
    """Places where the signal jumps as nothing around it does."""


def listen(sound: Sound) -> Heard:
    """All measurements of a (2, frames) signal."""
    return Heard(
        frames=sound.shape[1],
        lufs=round(loudness(sound), 2),
        peak=round(true_peak(sound), 2),
        silence=round(silence(sound), 4),
        width=round(_rms(sound[0] - sound[1]) / max(1e-9, _rms(sound[0] + sound[1])), 3),
        bands=tuple(round(float(level), 1) for level in bands(sound)),
        clicks=clicks(sound),
    )


def loudness(sound: Sound) -> float:
    """Integrated loudness in LUFS; -70 for silence."""
    power = np.sum(_weighted(sound) ** 2, axis=0)
    hop = RATE // 10
    tenths = np.add.reduceat(power, np.arange(0, len(power) - hop + 1, hop))[: len(power) // hop]
    blocks = np.convolve(tenths, np.ones(4), "valid") / (4 * hop)
    heard = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    if not len(heard):
        return -70.0
    heard = heard[heard > np.mean(heard) / 10]
    return float(-0.691 + 10 * np.log10(np.mean(heard)))


def true_peak(sound: Sound) -> float:
    """The highest value between the samples, too, in dB."""
    highest = 1e-9
    for start in range(0, sound.shape[1], _CHUNK):
        part = sound[:, max(0, start - 512) : start + _CHUNK + 512]
        size = part.shape[1]
        spectrum = np.fft.rfft(part)
        highest = max(
            highest, float(np.max(np.abs(np.fft.irfft(spectrum, 4 * size)[:, 256:-256] * 4)))
        )
    return float(20 * np.log10(highest))


def silence(sound: Sound) -> float:
    """The share of tenths of a second that are as good as silent."""
    count = sound.shape[1] // 4410
    tenths = sound[:, : count * 4410].reshape(2, count, 4410)
    return float(np.mean(np.sqrt(np.mean(tenths**2, axis=(0, 2))) < 10 ** (-55 / 20)))


def bands(sound: Sound) -> NDArray[np.float64]:
    """Energy of each band of `EDGES` in dB."""
    total = np.zeros(_CHUNK // 2 + 1)
    for start in range(0, sound.shape[1], _CHUNK):
        total += np.sum(np.abs(np.fft.rfft(sound[:, start : start + _CHUNK], _CHUNK)) ** 2, axis=0)
    place = np.digitize(np.fft.rfftfreq(_CHUNK, 1 / RATE), EDGES) - 1
    energy = np.array([np.sum(total[place == band]) for band in range(len(EDGES) - 1)])
    return np.asarray(10 * np.log10(energy / max(1e-12, energy.sum()) + 1e-9))


def clicks(sound: Sound) -> int:
    """How often a single step is far larger than every other within a millisecond of it.

    Such a step is over after three frames; the beater of a drum swings on.
    """
    step = np.max(np.abs(np.diff(sound, n=2)), axis=0)
    count = len(step) // _AROUND
    rows = step[: count * _AROUND].reshape(count, _AROUND)
    places = np.arange(count) * _AROUND + np.argmax(rows, axis=1)
    return sum(_lonely(step, int(place)) for place in places[step[places] > _JUMP])


def _lonely(step: Sound, place: int) -> bool:
    """Whether the step is the first of the highest around it, and no more than three are near."""
    first = max(0, place - _AROUND)
    near = step[first : place + _AROUND + 1]
    highest = int(np.argmax(near)) == place - first
    return highest and bool(step[place] > _LONELY * np.partition(near, -4)[-4])


def _weighted(sound: Sound) -> NDArray[np.float64]:
    """The signal after the standard's two filters; they are given for 48 kHz."""
    size = 1 << (sound.shape[1] + 48_000 - 1).bit_length()
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size, 1 / RATE) / 48_000)
    gain = np.ones_like(z)
    for top, (first, second) in (_SHELF, _PASS):
        gain *= (top[0] + top[1] * z + top[2] * z**2) / (1 + first * z + second * z**2)
    return np.asarray(np.fft.irfft(np.fft.rfft(sound, size) * gain, size)[:, : sound.shape[1]])


def _rms(signal: Sound) -> float:
    return float(np.sqrt(np.mean(signal.astype(np.float64) ** 2)))
