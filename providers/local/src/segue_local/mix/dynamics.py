"""The end of the chain: glue, a little saturation, and a limiter that looks ahead."""

from __future__ import annotations

import numpy as np

from segue_local.synth.sound import Curve, Sound

CEILING = 10 ** (-1.6 / 20)
"""The highest value that leaves the limiter, at the samples and halfway between them: -1.6 dBFS."""

_HOP = 256
_THRESHOLD = -17.0
_CHUNK = 64
_AHEAD = 6
_RECOVERY = 0.012
"""The share of the missing gain that the limiter gives back each chunk: about 0.12 s."""
_TAPS = np.arange(8) - 3.5
_BELL = np.sinc(_TAPS) * np.kaiser(10, 4.0)[1:-1]
_HALFWAY = (_BELL / np.sum(_BELL)).astype(np.float32)
"""Weights of eight samples for the value in their middle."""


class Master:
    """Feed it blocks whose length is a multiple of 256; what comes out is `delay` frames late."""

    delay = _CHUNK * _AHEAD

    def __init__(self, gain: float, glue: float, drive: float) -> None:
        """Take the gain before the chain, and how hard compressor and saturation work, 0 to 1."""
        self.gain = gain
        self._ratio = 1 - 1 / (1 + 2.2 * glue)
        self._drive = np.float32(0.25 + 0.65 * drive)
        self._reduction = 0.0
        self._waiting = np.zeros((2, self.delay), np.float32)
        self._past = np.zeros((2, len(_HALFWAY) - 1), np.float32)
        self._wishes = np.ones(_AHEAD)
        self._level = 1.0

    def feed(self, block: Sound) -> Sound:
        """The next block, `delay` frames late."""
        loud = self._compress(block * np.float32(self.gain))
        return self._limit(np.asarray(np.tanh(loud * self._drive) / self._drive, np.float32))

    def _compress(self, block: Sound) -> Sound:
        """Pull down what is above the threshold; slow enough not to be heard at work."""
        hops = block.reshape(2, -1, _HOP)
        power = np.einsum("chf,chf->h", hops, hops).astype(np.float64) / (2 * _HOP)
        wanted = np.maximum(0.0, 10 * np.log10(power + 1e-9) - _THRESHOLD) * self._ratio
        reduction = self._reduction
        curve = [reduction]
        for wish in wanted.tolist():
            reduction += (wish - reduction) * (0.22 if wish > reduction else 0.03)
            curve.append(reduction)
        self._reduction = reduction
        return block * _ramps(10 ** (-np.array(curve) / 20), _HOP)

    def _peaks(self, block: Sound) -> Curve:
        """The highest value of each chunk, at its samples and between them; what is between the
        last few samples counts for the next chunk, whose gain is reached by then.
        """
        joined = np.concatenate([self._past, block], axis=1)
        self._past = joined[:, block.shape[1] :]
        highest = np.maximum(np.abs(block), np.abs(_halfway(joined)))
        chunks = highest.reshape(2, -1, _CHUNK)
        return np.asarray(chunks.max(axis=2).max(axis=0), np.float64)

    def _limit(self, block: Sound) -> Sound:
        """Keep all below the ceiling: turn down before a peak, and up slowly after it."""
        peaks = self._peaks(block)
        wishes = np.concatenate([self._wishes, np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))])
        count = len(peaks)
        edges = np.minimum(wishes[:-1], wishes[1:])
        low = edges[:count]
        for ahead in range(1, _AHEAD):
            low = np.minimum(
                low,
                edges[ahead : ahead + count] + (1 - edges[ahead : ahead + count]) * ahead / _AHEAD,
            )
        level = self._level
        curve = [level]
        for target in low.tolist():
            level += (1 - level) * _RECOVERY
            if level > target:  # noqa: PLR1730 - `min` takes twice as long, a thousand times a piece
                level = target
            curve.append(level)
        self._level = level
        late = np.concatenate([self._waiting, block], axis=1)
        self._waiting = late[:, -self.delay :]
        self._wishes = wishes[-_AHEAD:]
        return late[:, : block.shape[1]] * _ramps(np.array(curve), _CHUNK)


def _halfway(sound: Sound) -> Sound:
    """The values between the samples: between the fourth and the fifth first."""
    count = sound.shape[1] - len(_HALFWAY) + 1
    out = np.zeros((2, count), np.float32)
    for first in range(len(_HALFWAY) // 2):
        last = len(_HALFWAY) - 1 - first
        out += _HALFWAY[first] * (sound[:, first : first + count] + sound[:, last : last + count])
    return out


def _ramps(points: Curve, width: int) -> Sound:
    """Straight lines from point to point, `width` frames each."""
    share = np.arange(1, width + 1, dtype=np.float32) / np.float32(width)
    steps = np.diff(points).astype(np.float32)
    lines = steps[:, None] * share
    lines += points[:-1, None].astype(np.float32)
    return lines.ravel()
