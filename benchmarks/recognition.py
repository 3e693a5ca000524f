"""Tells a recording's tempo, key and character from its samples; nobody tells it what was asked.

Tempo: how much louder each of 24 bands gets from one hundredth of a second to the next, on a
logarithmic scale, gives an onset curve; its autocorrelation is added up at half a beat and at one,
two, four and eight, and weighed by how usual a tempo is (a wide bell around 135 bpm). Key: the
peaks of the spectrum for each pitch class, those of the end and of the bass counted once more,
compared with the profiles of major and minor keys that David Temperley counted in the Kostka-Payne
corpus. The weights were chosen on seeds 1 to 6 of all genres; the benchmark listens to others.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from benchmarks.ears import EDGES, RATE, Sound, bands

Curve = NDArray[np.float64]

_HOP = 441  # a hundredth of a second
_WINDOW = 2048
_BANDS = 24
_USUAL, _OCTAVES = 135.0, 1.5
_BEATS = ((0.5, 0.5), (1, 1.0), (2, 1.0), (4, 1.0), (8, 1.0))  # at which, and what it counts
_SLOWEST, _FASTEST = 50.0, 200.0
_LATER = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4)
"""Beats after which onsets are compared with themselves."""
_LONG_WINDOW = 1 << 14
_LOWEST_TONE, _HIGHEST_TONE = 80.0, 1300.0
_BASS = (40.0, 180.0, 0.3)  # Hz, and what the lowest tones count besides
_END, _WEIGHT = 30, 0.3  # windows of the end, 2.8 s, and what they count besides
_MAJOR = (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400)
_MINOR = (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330)


class Recognized(Struct, frozen=True, kw_only=True):
    """What was heard in a recording."""

    bpm: float
    key: tuple[int, bool]
    """The tonic's pitch class, 0 for C, and whether it is a minor key."""
    features: tuple[float, ...]
    """Figures of its sound and rhythm, by which kinds of music differ."""


def recognize(sound: Sound) -> Recognized:
    """Listen to a (2, frames) recording."""
    mono = sound.mean(axis=0)
    levels = band_curves(mono)
    bpm = tempo(onsets(levels))
    return Recognized(bpm=bpm, key=key(mono), features=_features(sound, levels, bpm))


def told_apart(genres: list[str], features: list[tuple[float, ...]]) -> list[bool]:
    """Whether each recording lies nearest to its own kind.

    Nearest means: to the mean of each kind's other recordings, in units of each feature's own
    deviation. The recording itself is left out.
    """
    every = np.array(features)
    every = (every - every.mean(axis=0)) / np.maximum(1e-9, every.std(axis=0))
    kinds = np.array(genres)
    right: list[bool] = []
    for place, mine in enumerate(every):
        others = np.arange(len(every)) != place
        centers = {
            name: every[others & (kinds == name)].mean(axis=0)
            for name in dict.fromkeys(genres)
            if np.any(others & (kinds == name))
        }
        nearest = min(centers, key=lambda name: float(np.sum((centers[name] - mine) ** 2)))
        right.append(nearest == genres[place])
    return right


def band_curves(mono: NDArray[np.float32]) -> Curve:
    """The level of each band, (bands, hundredths), compressed as ears do."""
    spectra = _spectra(mono, _WINDOW, _HOP)
    hz = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    edges = np.geomspace(40, 16_000, _BANDS + 1)
    edges = np.maximum(edges, np.arange(1, _BANDS + 2) * RATE / _WINDOW)  # a line each, at least
    places = np.searchsorted(hz, edges)
    energy = np.add.reduceat(spectra, places, axis=1)[:, :_BANDS]
    return np.asarray(np.log1p(1000 * np.sqrt(energy) / _WINDOW).T)


def onsets(levels: Curve) -> Curve:
    """How much louder it gets, above what is usual around each moment."""
    flux = np.maximum(0, levels[:, 2:] - levels[:, :-2]).sum(axis=0)
    around = np.convolve(flux, np.ones(100) / 100, "same")
    return np.asarray(np.maximum(0, flux - around))


def tempo(curve: Curve) -> float:
    """Beats a minute of an onset curve with a hundred values a second."""
    size = 1 << (2 * len(curve) - 1).bit_length()
    spectrum = np.fft.rfft(curve - curve.mean(), size)
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)[: len(curve)] / np.arange(
        len(curve) + 200, 200, -1
    )
    found = np.geomspace(_SLOWEST, _FASTEST, 1200)
    lags = 60 * RATE / _HOP / found
    grid = np.arange(len(likeness))
    score = sum(share * np.interp(lags * beats, grid, likeness) for beats, share in _BEATS)
    usual = np.exp(-0.5 * (np.log2(found / _USUAL) / _OCTAVES) ** 2)
    return float(found[np.argmax(np.maximum(0, score) * usual)])


def key(mono: NDArray[np.float32]) -> tuple[int, bool]:
    """The tonic's pitch class, and whether the key is minor."""
    chroma = pitch_classes(mono)
    scores = {
        (tonic, minor): float(np.corrcoef(np.roll(profile, tonic), chroma)[0, 1])
        for minor, profile in ((False, _MAJOR), (True, _MINOR))
        for tonic in range(12)
    }
    return max(scores, key=lambda place: scores[place])


def pitch_classes(mono: NDArray[np.float32]) -> Curve:
    """How present each pitch class is, C first: of the whole, of the end and of the bass."""
    spectra = np.sqrt(_spectra(mono, _LONG_WINDOW, _LONG_WINDOW // 4))
    hz = np.fft.rfftfreq(_LONG_WINDOW, 1 / RATE)[1:-1]
    inner = spectra[:, 1:-1]
    peaks = np.where((inner > spectra[:, :-2]) & (inner >= spectra[:, 2:]), inner, 0.0)
    whole = _folded(peaks, hz, _LOWEST_TONE, _HIGHEST_TONE)
    low, high, share = _BASS
    parts = ((whole, 1.0), (whole[-_END:], _WEIGHT), (_folded(peaks, hz, low, high), share))
    return np.asarray(
        sum(weight * part.mean(axis=0) / max(1e-9, part.mean()) for part, weight in parts)
    )


def _folded(peaks: Curve, hz: Curve, low: float, high: float) -> Curve:
    """Those tones of each window by pitch class, against the loudest; the less, the more out of
    tune."""
    heard = (hz > low) & (hz < high)
    loud, pitch = peaks[:, heard], 69 + 12 * np.log2(hz[heard] / 440)
    loud = loud / np.maximum(1e-9, loud.max(axis=1, keepdims=True))
    loud *= np.cos(np.pi * (pitch - np.rint(pitch))) ** 2
    places = np.rint(pitch).astype(int) % 12
    return np.stack([loud[:, places == tone].sum(axis=1) for tone in range(12)], axis=1)


def _features(sound: Sound, levels: Curve, bpm: float) -> tuple[float, ...]:
    """Balance, rhythm of the low, middle and high bands, noise, movement and width."""
    curves = [onsets(part) for part in np.split(levels, [6, 15])]
    busy = [float(np.mean(curve > 2 * curve.mean() + 1e-9)) for curve in curves]
    sharp = [float(np.std(curve) / (np.mean(curve) + 1e-9)) for curve in curves]
    strength = [float(np.log(np.mean(curve) + 1e-3)) for curve in curves]
    moving = levels.std(axis=1).reshape(6, -1).mean(axis=1)
    sides = np.std(sound[0] - sound[1]) / (np.std(sound[0] + sound[1]) + 1e-9)
    balance = bands(sound)[: len(EDGES) - 1] / 4
    own = (*balance, *busy, *sharp, *strength, *moving, float(sides), float(np.log2(bpm)))
    return (*own, *_profile(levels), *_recurring(curves, bpm), *_onrush(levels))


def _profile(levels: Curve) -> Curve:
    """How loud each of twelve bands is for the ear, against all of them."""
    means = levels.mean(axis=1)
    return np.asarray((means - means.mean()).reshape(12, -1).mean(axis=1))


def _recurring(curves: list[Curve], bpm: float) -> list[float]:
    """How alike the onsets of each third of the bands are to themselves, so many beats later."""
    found: list[float] = []
    for curve in curves:
        around = curve - curve.mean()
        energy = float(np.dot(around, around)) + 1e-9
        for beats in _LATER:
            lag = round(6000 / bpm * beats)
            found.append(float(np.dot(around[lag:], around[:-lag])) / energy)
    return found


def _onrush(levels: Curve) -> list[float]:
    """For six bands, how much of the movement is a rise, and how lopsided the level is."""
    found: list[float] = []
    for part in np.split(levels, 6):
        steps, mean = np.diff(part, axis=1), part.mean(axis=0)
        found.append(float(np.maximum(0, steps).mean() / (np.abs(steps).mean() + 1e-9)))
        found.append(float(np.mean((mean - mean.mean()) ** 3) / (mean.std() ** 3 + 1e-9)))
    return found


def _spectra(mono: NDArray[np.float32], window: int, hop: int) -> Curve:
    """Power spectra of overlapping windows."""
    frames = np.lib.stride_tricks.sliding_window_view(mono, window)[::hop]
    shape = np.hanning(window).astype(np.float32)
    return np.asarray(np.abs(np.fft.rfft(frames * shape)) ** 2, np.float64)
