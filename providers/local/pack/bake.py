"""Cuts recordings to length and closes their loops, so that a sampler has nothing left to guess."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Audio = NDArray[np.float64]

_FADE = 0.25  # the share of a cut recording without a loop that is faded out
_QUIET = 0.01  # of the peak; what is below it before the onset is cut off
_LEAD = 0.002  # seconds that are kept before the onset


class Take(Struct, frozen=True, kw_only=True):
    """A finished recording, (channels, frames)."""

    audio: Audio
    loop: int = -1
    """The frame at which the last frame is followed; -1 for none."""
    fall: float = 0.0
    """dB a second that a sampler must take away from frame `loop` on."""


def lead_cut(audio: Audio, rate: int) -> int:
    """How many frames of near silence come before the onset."""
    loud = np.flatnonzero(np.max(np.abs(audio), axis=0) > _QUIET * np.max(np.abs(audio)))
    return max(0, int(loud[0]) - round(_LEAD * rate)) if len(loud) else 0


def one_shot(audio: Audio, rate: int, seconds: float) -> Take:
    """A recording that ends; faded where it is cut."""
    length = min(audio.shape[1], round(seconds * rate))
    out = audio[:, :length].copy()
    tail = round(_FADE * length) if length < audio.shape[1] else min(length, round(0.004 * rate))
    out[:, length - tail :] *= np.cos(np.linspace(0, np.pi / 2, tail)) ** 2
    return Take(audio=out)


def looped(audio: Audio, loop: tuple[int, int], rate: int, seconds: float) -> Take:
    """A recording that goes on: at the font's own loop, or at one found near the cut."""
    start, end = loop
    longest = round(seconds * rate)
    if end <= longest and (audio.shape[0] == 1 or end - start > rate // 8):
        return _closed(audio[:, :end].copy(), start, round(0.03 * rate))
    end = min(end, longest, audio.shape[1])
    level, fall = _flattened(audio[:, :end], rate)
    return _closed(level, _best_start(level, rate), round(0.12 * rate), fall, rate)


def _flattened(audio: Audio, rate: int) -> tuple[Audio, float]:
    """The recording with the fall of its second half taken out, and that fall in dB a second."""
    length = audio.shape[1]
    middle, window = length // 2, length // 8
    first = _power(audio[:, middle : middle + window])
    last = _power(audio[:, length - window :])
    fall = 10 * np.log10(first / last) / ((length - window - middle) / rate)
    return audio.copy(), float(max(0.0, fall)) if fall > 1.5 else 0.0


def _closed(audio: Audio, start: int, width: int, fall: float = 0.0, rate: int = 1) -> Take:
    """The loop with a crossfade baked into its end, and its fall raised to a level line."""
    length = audio.shape[1]
    if fall:
        audio[:, start:] *= 10 ** (fall * np.arange(length - start) / rate / 20)
    width = max(0, min(width, start, (length - start) // 2))
    if width > 8:
        share = np.linspace(0, 1, width)
        old, new = audio[:, length - width :], audio[:, start - width : start]
        alike = np.sum(old * new) / max(1e-12, np.sqrt(np.sum(old**2) * np.sum(new**2)))
        same = max(0.0, float(alike))
        power = np.sqrt(share**2 + (1 - share) ** 2 + 2 * same * share * (1 - share))
        audio[:, length - width :] = (old * (1 - share) + new * share) / power
    return Take(audio=audio, loop=start, fall=fall)


def _best_start(audio: Audio, rate: int) -> int:
    """Where, in the second third, the recording looks most like its own end."""
    mono = np.mean(audio, axis=0)
    length, width = len(mono), round(0.12 * rate)
    width = min(width, length // 8)
    low, high = length * 3 // 10, length * 6 // 10
    goal = mono[length - width :]
    size = 1 << (high - low + 2 * width).bit_length()
    field = mono[low - width : high]
    match = np.fft.irfft(np.fft.rfft(field, size) * np.conj(np.fft.rfft(goal, size)), size)
    energy = np.concatenate([[0], np.cumsum(field**2)])
    count = high - low
    scale = np.sqrt(np.maximum(1e-9, energy[width : width + count] - energy[:count]))
    return low + int(np.argmax(match[:count] / scale))


def cents_off(audio: Audio, rate: int, pitch: float) -> float:
    """How many cents a tone with harmonics is above the MIDI pitch that it should have.

    0 where that is not clear: for a tone that is further off than half a semitone.
    """
    part = np.sum(audio, axis=0)[round(0.03 * rate) :]
    part = part[: round(1.5 * rate)]
    size = 1 << 19
    spectrum = np.abs(np.fft.rfft(part * np.hanning(len(part)), size))
    hz = np.fft.rfftfreq(size, 1 / rate)
    first = 440 * 2 ** ((pitch - 69) / 12)
    cents = np.arange(-70, 71)
    sums = sum(
        np.interp(first * number * 2 ** (cents / 1200), hz, spectrum) for number in range(1, 7)
    )
    best = int(cents[np.argmax(sums)])
    return float(best) if abs(best) <= 65 else 0.0


def resampled(audio: Audio, ratio: float) -> Audio:
    """The recording played `ratio` times as fast, by its spectrum."""
    if abs(ratio - 1) < 1e-6:
        return audio
    length = audio.shape[1]
    target = max(1, round(length / ratio))
    spectrum = np.fft.rfft(audio)[:, : target // 2 + 1]
    out: Audio = np.fft.irfft(spectrum, target) * (target / length)
    return out


def softened(audio: Audio, hertz: float, rate: int) -> Audio:
    """A low pass of second order, as the font asks for at soft strokes."""
    if hertz > 0.4 * rate:
        return audio
    size = 2 * audio.shape[1]
    turn = 1j * np.fft.rfftfreq(size, 1 / rate) / hertz
    response = 1 / (1 + 1.414 * turn + turn**2)
    out: Audio = np.fft.irfft(np.fft.rfft(audio, size) * response, size)[:, : audio.shape[1]]
    return out


def _power(audio: Audio) -> float:
    return float(np.mean(audio**2)) + 1e-12
