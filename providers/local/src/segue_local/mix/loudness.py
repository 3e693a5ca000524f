"""Measures loudness as ITU-R BS.1770 defines it, and how energy is spread over the bands."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from segue_local.synth.sound import RATE, Curve

BANDS = (20.0, 60.0, 150.0, 400.0, 1000.0, 2500.0, 6000.0, 16000.0)
"""The edges in Hz of the seven bands of a genre's `spectrum`."""
SILENT = -70.0
"""LUFS below which a block does not count."""

_BLOCK = 1 << 14  # 0.37 s, which transforms faster than the standard's 0.4
_GATE = 10.0  # LU below the mean at which a block stops to count
_STAGES = (  # the standard's two filters, given for 48 kHz: numerator and denominator
    (
        (1.53512485958697, -2.69169618940638, 1.19839281085285),
        (1.0, -1.69065929318241, 0.73248077421585),
    ),
    ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)),
)


def loudness(signal: NDArray[np.float32]) -> float:
    """Integrated loudness in LUFS of a (2, frames) signal; `SILENT` where nothing is heard."""
    power = np.array([np.sum(spectrum * _weights()) for spectrum in _spectra(signal)])
    heard = power[power > _power(SILENT)]
    if not len(heard):
        return SILENT
    heard = heard[heard >= np.mean(heard) / 10 ** (_GATE / 10)]
    return float(-0.691 + 10 * np.log10(np.mean(heard)))


def band_levels(signal: NDArray[np.float32]) -> Curve:
    """Energy in dB of each band, relative to all of them together."""
    total = np.sum(_spectra(signal), axis=0)
    hz = np.fft.rfftfreq(_BLOCK, 1 / RATE)
    places = np.digitize(hz, BANDS) - 1
    energy = np.array([np.sum(total[places == band]) for band in range(len(BANDS) - 1)])
    return np.asarray(10 * np.log10(energy / max(1e-12, energy.sum()) + 1e-9))


def _spectra(signal: NDArray[np.float32]) -> Curve:
    """Power spectra, both channels added, block by block.

    The standard's blocks overlap; the mean of those that do not is the same for our purpose.
    """
    missing = _BLOCK - signal.shape[1]
    padded = np.pad(signal, ((0, 0), (0, missing))) if missing > 0 else signal
    starts = range(0, padded.shape[1] - _BLOCK + 1, _BLOCK)
    return np.array([_spectrum(padded[:, at : at + _BLOCK]) for at in starts])


def _spectrum(block: NDArray[np.float32]) -> Curve:
    both = np.fft.rfft(block)
    power = both.real**2 + both.imag**2
    return np.asarray((power[0] + power[1]).astype(np.float64) * (2 / _BLOCK**2))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


@cache
def _weights() -> Curve:
    """The power gain of the standard's filters at each frequency of a block's spectrum."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(_BLOCK, 1 / RATE) / 48_000)
    gain = np.ones(len(z))
    for top, bottom in _STAGES:
        gain *= np.abs(np.polyval(top[::-1], z) / np.polyval(bottom[::-1], z)) ** 2
    return gain
