"""A small waveform of a piece in braille characters."""

from __future__ import annotations

from collections.abc import Sequence

from segue._data.waveform import Shape, shape

__all__ = ["Shape", "picture", "shape"]

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # rows of one braille cell


def picture(levels: Sequence[float], rows: int) -> list[str]:
    """The levels as `rows` lines of braille, mirrored; two levels share a character."""
    half = rows * 2
    heights = [min(max(round(level * half), 0), half) for level in levels]
    heights += [0] * (len(heights) % 2)
    pairs = list(zip(heights[::2], heights[1::2], strict=True))
    return ["".join(_cell(pair, row * 4, half) for pair in pairs) for row in range(rows)]


def _cell(pair: tuple[int, int], top: int, half: int) -> str:
    """Two columns of four dots; `top` counts dots from the upper edge, `half` is the middle."""
    dots = 0
    for line, bits in enumerate(_DOTS):
        away = half - 1 - (top + line) if top + line < half else top + line - half
        for height, bit in zip(pair, bits, strict=True):
            dots |= bit if away < max(height, 1) else 0
    return chr(0x2800 + dots)
