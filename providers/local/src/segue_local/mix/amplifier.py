"""A guitar amplifier: a tight preamplifier, valves that clip unevenly, and a loudspeaker cabinet.

What all strings play goes through it together, so that a fifth growls and a third snarls. The
valves work at twice the rate, for what they bend above the audible band must not fold back.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from segue_local.mix.convolver import Convolver
from segue_local.mix.space import curve
from segue_local.synth.sound import Curve, Sound

_TAPS = 31
"""Taps of the half-band filter between the two rates."""
_BIAS = np.float32(0.22)
"""How unevenly the valves clip: the even harmonics."""
_RINGING = 1 << 15
"""Frames of silence after which nothing rings in the filters any more."""
_LOUD = np.float32(0.55)


class Amplifier:
    """One amplifier; blocks go through in order, and come out a fraction of a millisecond late."""

    def __init__(self, drive: float, size: int, sides: int = 2) -> None:
        """Take how hard it is driven (1 is clean, 40 roars), the frames of every block, and how
        many amplifiers there are: one, or one on each side.
        """
        self._drive = np.float32(drive)
        self._size = size
        self._sides = sides
        self._pre = Convolver([_preamplifier(drive)[:sides]], size)
        self._post = Convolver([cabinet()[:sides]], size)
        self._before = np.zeros((sides, _TAPS), np.float32)
        self._after = np.zeros((sides, 2 * _TAPS), np.float32)
        self._still = _RINGING

    def feed(self, block: Sound) -> Sound:
        """The next block, (sides, size), amplified. Long silence costs nothing."""
        self._still = 0 if np.any(block) else self._still + self._size
        if self._still > max(_RINGING, self._size):
            return np.zeros((self._sides, self._size), np.float32)
        quick = self._doubled(self._pre.feed(block) * self._drive)
        quick += _BIAS
        np.tanh(quick, out=quick)
        quick -= np.tanh(_BIAS)
        return self._post.feed(self._halved(quick) * _LOUD)

    def _doubled(self, block: Sound) -> Sound:
        """The block at twice the rate."""
        late = np.concatenate([self._before, block], axis=1)
        self._before = late[:, -_TAPS:]
        out = np.empty((self._sides, 2 * self._size), np.float32)
        even, odd = 2 * _half_band()[::2], 2 * _half_band()[1::2]
        for side in range(self._sides):
            for first, taps in ((0, even), (1, odd)):
                heard = late[side, _TAPS - len(taps) + 1 :]
                out[side, first::2] = np.convolve(heard, taps, "valid")[-self._size :]
        return out

    def _halved(self, quick: Sound) -> Sound:
        """Every second frame, without what is too high for them."""
        late = np.concatenate([self._after, quick], axis=1)
        self._after = late[:, -2 * _TAPS :]
        taps = _half_band()
        even, odd = taps[::2], taps[1::2]
        out = np.empty((self._sides, self._size), np.float32)
        start = 2 * _TAPS
        for side in range(self._sides):
            at_even, at_odd = late[side, ::2], late[side, 1::2]
            one = np.convolve(at_even, even, "full")[start // 2 : start // 2 + self._size]
            other = np.convolve(at_odd, odd, "full")[start // 2 - 1 : start // 2 - 1 + self._size]
            out[side] = one + other
        return out


@lru_cache(maxsize=1)
def _half_band() -> Sound:
    """A low pass at half of the lower rate's band, with a gain of one."""
    place = np.arange(_TAPS) - (_TAPS - 1) / 2
    taps = np.sinc(place * 0.47) * np.blackman(_TAPS + 2)[1:-1]
    return np.asarray(taps / taps.sum(), np.float32)


@lru_cache(maxsize=4)
def _preamplifier(drive: float) -> Curve:
    """Less bass, the harder it is driven, so that low chords stay tight; a push in the middle."""
    low = -4.0 - min(14.0, 0.35 * drive)
    return curve(
        (30, 70, 120, 200, 500, 1000, 1800, 3500, 6000, 12000),
        (-40, low - 8, low, -3, 0, 3, 4, 1, -6, -24),
    )


@lru_cache(maxsize=1)
def cabinet() -> Curve:
    """Four twelve-inch loudspeakers, close: a thump at 110 Hz, a bite at 2.8 kHz, then little."""
    return curve(
        (40, 70, 105, 180, 380, 600, 1100, 1900, 2800, 3700, 4600, 5600, 7500, 12000),
        (-32, -8, 4, 1, -4, -3, 0, 3, 5, 3, -4, -14, -28, -60),
    )
