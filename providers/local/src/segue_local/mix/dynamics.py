"""The end of the chain: glue, a little saturation, and a limiter that looks ahead."""

from __future__ import annotations

import numpy as np

from segue_local.synth.sound import Curve, Sound

CEILING = 10 ** (-1.6 / 20)
"""The highest sample that leaves the limiter: -1.6 dBFS. Between samples it is a little more."""

_HOP = 256
_THRESHOLD = -17.0
_CHUNK = 64
_AHEAD = 6
_RECOVERY = 0.012
"""The share of the missing gain that the limiter gives back each chunk: about 0.12 s."""


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
        self._wishes = np.ones(_AHEAD)
        self._level = 1.0

    def feed(self, block: Sound) -> Sound:
        """The next block, `delay` frames late."""
        loud = self._compress(block * np.float32(self.gain))
        return self._limit(np.asarray(np.tanh(loud * self._drive) / self._drive, np.float32))

    def _compress(self, block: Sound) -> Sound:
        """Pull down what is above the threshold; slow enough not to be heard at work."""
        hops = block.reshape(2, -1, _HOP)
        level = 10 * np.log10(np.mean(hops * hops, axis=(0, 2), dtype=np.float64) + 1e-9)
        wanted = np.maximum(0.0, level - _THRESHOLD) * self._ratio
        curve = [self._reduction]
        for wish in wanted.tolist():
            pace = 0.22 if wish > self._reduction else 0.03
            self._reduction += (wish - self._reduction) * pace
            curve.append(self._reduction)
        gain = 10 ** (-_ramps(np.array(curve), _HOP) / 20)
        return block * gain.astype(np.float32)

    def _limit(self, block: Sound) -> Sound:
        """Keep samples below the ceiling: turn down before a peak, and up slowly after it."""
        peaks = np.max(np.abs(block).reshape(2, -1, _CHUNK), axis=(0, 2)).astype(np.float64)
        wishes = np.concatenate([self._wishes, np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))])
        count = len(peaks)
        edges = np.minimum(wishes[:-1], wishes[1:])
        low = edges[:count]
        for ahead in range(1, _AHEAD):
            low = np.minimum(
                low,
                edges[ahead : ahead + count] + (1 - edges[ahead : ahead + count]) * ahead / _AHEAD,
            )
        curve = [self._level]
        for target in low.tolist():
            self._level = min(target, self._level + (1 - self._level) * _RECOVERY)
            curve.append(self._level)
        late = np.concatenate([self._waiting, block], axis=1)
        self._waiting = late[:, -self.delay :]
        self._wishes = wishes[-_AHEAD:]
        return late[:, : block.shape[1]] * _ramps(np.array(curve), _CHUNK).astype(np.float32)


def _ramps(points: Curve, width: int) -> Curve:
    """Straight lines from point to point, `width` frames each."""
    share = np.arange(1, width + 1) / width
    return np.asarray((points[:-1, None] + (points[1:] - points[:-1])[:, None] * share).ravel())
