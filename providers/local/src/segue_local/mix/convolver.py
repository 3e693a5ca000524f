"""Filters streams with impulse responses of any length, one block at a time and without delay.

Uniformly partitioned overlap-save: the response is cut into pieces as long as a block, and the
spectra of past blocks are kept, so that each block costs two transforms and a few products.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segue_local.synth.sound import Curve, Sound


class Convolver:
    """Several inputs, each with a response of its own, added into one output: stereo, or mono where
    the responses are.
    """

    def __init__(self, responses: Sequence[Curve], size: int) -> None:
        """Take a (1 or 2, taps) response for each input, and the frames of every block."""
        self._sides = len(responses[0])
        self._size = size
        self._lines = [_Line(response, size) for response in responses]

    def feed(self, *blocks: Sound) -> Sound:
        """The next block of each input, (1 or 2, size), filtered and added: (sides, size)."""
        total = np.zeros((self._sides, self._size + 1), np.complex64)
        for line, block in zip(self._lines, blocks, strict=True):
            line.add(block, total)
        out: Sound = np.fft.irfft(total)[:, self._size :].astype(np.float32)
        return out


class _Line:
    """One input: the spectra of its response's pieces, and of its own past."""

    def __init__(self, response: Curve, size: int) -> None:
        pieces = -(-response.shape[1] // size)
        padded = np.zeros((len(response), pieces * size), np.float32)
        padded[:, : response.shape[1]] = response
        cut = padded.reshape(-1, pieces, size).transpose(1, 0, 2)
        self._filters = np.fft.rfft(cut, 2 * size).astype(np.complex64)
        self._spare = np.empty((len(response), size + 1), np.complex64)
        self._past: list[NDArray[np.complex64]] = []
        self._previous: Sound | None = None

    def add(self, block: Sound, total: NDArray[np.complex64]) -> None:
        """Add the filtered block's spectrum to a total."""
        previous = np.zeros_like(block) if self._previous is None else self._previous
        spectrum = np.fft.rfft(np.concatenate([previous, block], axis=1)).astype(np.complex64)
        self._previous = block
        self._past = [spectrum, *self._past[: len(self._filters) - 1]]
        for past, piece in zip(self._past, self._filters, strict=False):
            total += np.multiply(past, piece, out=self._spare)


def chained(first: Curve, second: Curve) -> Curve:
    """The response of two filters, one after the other."""
    length = first.shape[1] + second.shape[1] - 1
    size = 1 << (length - 1).bit_length()
    spectra = (np.fft.rfft(response.astype(np.float32), size) for response in (first, second))
    both = np.fft.irfft(next(spectra) * next(spectra), size)
    return np.asarray(both[:, :length])
