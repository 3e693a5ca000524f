"""Motifs: two bars of rhythm and contour, the best of many, and what becomes of them later."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from random import Random

import msgspec
from msgspec import Struct

from segue_local.genres import Genre
from segue_local.grid import Stroke, strokes
from segue_local.plan import Theme

_CANDIDATES = 16
_STEPS = (-3, -2, -1, 0, 1, 2, 3)
_WEIGHTS = (1, 3, 6, 2, 6, 4, 1)
_WIDEST = 5


class Motif(Struct, frozen=True, kw_only=True):
    """Two bars: strokes, and for each how many scale steps it lies from the one before."""

    strokes: tuple[Stroke, ...]
    contour: tuple[int, ...]


def motif(genre: Genre, theme: Theme, kind: str) -> Motif:
    """The motif of a kind of section: always the same one for the same theme and metre."""
    rng = Random(f"motif/{theme.genre}/{theme.seed}/{kind}")
    found = [_drawn(genre, theme, rng) for _ in range(_CANDIDATES)]
    return max(found, key=_appeal)


def developed(own: Motif, times: int, rng: Random) -> Motif:
    """The motif as it comes back for the so many-th time, 0 for the first."""
    return _DEVELOPMENT[times % len(_DEVELOPMENT)](own, rng)


def _drawn(genre: Genre, theme: Theme, rng: Random) -> Motif:
    """A rhythm of the genre, sparse or busy as the theme wants, and a contour that turns back."""
    grids = sorted(genre.rhythms, key=lambda grid: grid.count("x"))
    pick = rng.triangular(0, 1, min(1.0, max(0.0, 0.5 + 0.4 * theme.density)))
    beat = tuple(strokes(grids[min(len(grids) - 1, int(pick * len(grids)))]))
    contour: list[int] = []
    drift = 0
    for _ in beat:
        step = rng.choices(_STEPS, _WEIGHTS)[0]
        step = -step if abs(drift + step) > _WIDEST else step
        drift += step
        contour.append(step)
    return Motif(strokes=beat, contour=tuple(contour))


def _appeal(candidate: Motif) -> float:
    """Better: an arch, one leap that is stepped back from, no note told over and over."""
    heights = [sum(candidate.contour[: place + 1]) for place in range(len(candidate.contour))]
    span = max(heights) - min(heights)
    peak = heights.count(max(heights))
    leaps = sum(abs(step) > 2 for step in candidate.contour[1:])
    regained = sum(
        abs(step) > 1 and -2 <= after * (1 if step > 0 else -1) < 0
        for step, after in pairwise(candidate.contour[1:])
    )
    still = sum(step == 0 for step in candidate.contour[1:])
    return -abs(span - 4) - (peak > 1) * 0.7 - abs(leaps - 1) + 0.6 * min(2, regained) - 0.8 * still


def _stated(own: Motif, _rng: Random) -> Motif:
    return own


def _turned(own: Motif, rng: Random) -> Motif:
    """The same beginning with another end."""
    contour = list(own.contour)
    for place in range(len(contour) * 2 // 3, len(contour)):
        contour[place] = rng.choice((-2, -1, 1, 2))
    return msgspec.structs.replace(own, contour=tuple(contour))


def _sequenced(own: Motif, rng: Random) -> Motif:
    """The same a step or two higher or lower."""
    shift = rng.choice((-1, 1, 2))
    return msgspec.structs.replace(own, contour=(own.contour[0] + shift, *own.contour[1:]))


def _inverted(own: Motif, _rng: Random) -> Motif:
    return msgspec.structs.replace(own, contour=tuple(-step for step in own.contour))


def _insisting(own: Motif, rng: Random) -> Motif:
    """Its first half twice, the second time a step away, in the rhythm of the whole."""
    half = max(1, len(own.contour) // 2)
    head = own.contour[:half]
    contour = (*head, head[0] + rng.choice((-1, 1)), *head[1:], *own.contour[2 * half :])
    return msgspec.structs.replace(own, contour=contour[: len(own.contour)])


def _backwards(own: Motif, _rng: Random) -> Motif:
    return msgspec.structs.replace(own, contour=tuple(reversed(own.contour)))


_DEVELOPMENT: tuple[Callable[[Motif, Random], Motif], ...] = (
    _stated, _turned, _sequenced, _turned, _inverted, _insisting, _stated, _backwards,
)  # fmt: skip
"""What a motif goes through as it comes back."""
