"""An echo in tempo: repeats that cross from side to side, each duller than the last."""

from __future__ import annotations

import numpy as np

from segue_local.synth.sound import Sound, frames

_FALL = np.float32(0.55)
"""How loud each repeat is, next to the one before."""
_LEAK = np.float32(0.25)
"""The share of a repeat that is heard on the other side, too."""
_DULL = (np.hanning(9)[1:-1] / np.sum(np.hanning(9))).astype(np.float32)
"""What a repeat goes through: a gentle low pass."""


class Echo:
    """Feed it blocks of one length, one after the other; it adds repeats a dotted eighth apart."""

    def __init__(self, beat: float, size: int) -> None:
        """`beat` is in seconds."""
        self._gap = frames(0.75 * beat)
        self._size = size
        reach = self._gap + len(_DULL)
        self._odd = np.zeros(reach + size, np.float32)
        """What is on its way to the first, third, fifth … repeat, the latest at the end."""
        self._even = np.zeros(reach + size, np.float32)

    def add(self, send: Sound, out: Sound) -> None:
        """Add the echo of what was sent, (size,), to the next block, (2, size)."""
        for line in (self._odd, self._even):
            line[: -self._size] = line[self._size :].copy()
        for first in range(0, self._size, self._gap):
            last = min(self._size, first + self._gap)
            odd, even = self._late(self._odd, first, last), self._late(self._even, first, last)
            out[0, first:last] += even + _LEAK * odd
            out[1, first:last] += odd + _LEAK * even
            now = slice(len(self._odd) - self._size + first, len(self._odd) - self._size + last)
            self._odd[now] = send[first:last] + _FALL * even
            self._even[now] = _FALL * odd

    def _late(self, line: Sound, first: int, last: int) -> Sound:
        """What went in a dotted eighth ago, duller."""
        return np.convolve(line[first + 1 : last + len(_DULL)], _DULL, "valid")
