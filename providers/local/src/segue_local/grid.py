"""Grids: rhythms written as strings, one letter for each sixteenth."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

STEP = 0.25
"""The beats of one letter."""


class Stroke(Struct, frozen=True, kw_only=True):
    """A letter of a grid that is neither silence nor a continuation."""

    letter: str
    at: float
    """Beats from the start of the grid."""
    length: float
    """Beats, with the dashes that follow."""


def strokes(grid: str) -> Iterator[Stroke]:
    """The strokes of a grid; "-" holds the one before, "." is silent and "|" only helps the eye."""
    letters = grid.replace("|", "")
    for place, letter in enumerate(letters):
        if letter in ".-":
            continue
        rest = letters[place + 1 :]
        held = len(rest) - len(rest.lstrip("-"))
        yield Stroke(letter=letter, at=place * STEP, length=(1 + held) * STEP)


def bar_of(grid: str, place: int, meter: int) -> str:
    """The bar of a longer grid that belongs to a bar's place in its section."""
    letters = grid.replace("|", "")
    width = int(meter / STEP)
    count = max(1, len(letters) // width)
    start = place % count * width
    return letters[start : start + width]
