"""Impulse responses: a room, an echo in tempo, and curves drawn by hand."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from segue_local.synth.sound import RATE, Curve, chance, frames, noises

_TAPS = 4096
_NEAREST = 0.004  # seconds from the nearest wall
_ROOM_BANDS = (
    (180.0, 500.0, 1.0, 0.9),
    (500.0, 1500.0, 0.95, 1.0),
    (1500.0, 4000.0, 0.75, 0.7),
    (4000.0, 9000.0, 0.45, 0.4),
)
"""Low and high edge in Hz, share of the reverberation time, and level."""


@lru_cache(maxsize=4)
def room(seconds: float) -> Curve:
    """A diffuse room that falls by 60 dB in so many seconds; highs die first. Unit energy."""
    length = frames(seconds * 0.9 + 0.05)
    time = np.arange(length) / RATE
    out = np.zeros((2, length))
    bands = noises(length, [(low, high) for low, high, _, _ in _ROOM_BANDS], chance("room"))
    for sound, (_, _, share, level) in zip(bands, _ROOM_BANDS, strict=True):
        out += sound * (level * np.exp(-6.91 * time / (seconds * share)))
    rise = frames(0.012 + 0.008 * seconds)
    out[:, :rise] *= np.linspace(0, 1, rise) ** 2
    out = np.concatenate([np.zeros((2, frames(_NEAREST))), out], axis=1)
    return np.asarray(out / np.sqrt(np.mean(np.sum(out**2, axis=1))))


def curve(hz: tuple[float, ...], gains: tuple[float, ...]) -> Curve:
    """A filter with those gains in dB at those frequencies, without delay (minimum phase)."""
    grid = np.fft.rfftfreq(2 * _TAPS, 1 / RATE)
    level = np.interp(np.log(np.maximum(grid, 1.0)), np.log(hz), gains) * np.log(10) / 20
    cepstrum = np.fft.irfft(level)
    cepstrum[1:_TAPS] *= 2
    cepstrum[_TAPS + 1 :] = 0
    response = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)))[:_TAPS]
    response[_TAPS // 2 :] *= np.hanning(_TAPS)[_TAPS // 2 :]
    return np.asarray(np.broadcast_to(response, (2, _TAPS)))
