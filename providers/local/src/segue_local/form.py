"""How many bars fit the duration, and which section each of them belongs to."""

from __future__ import annotations

import math

from msgspec import Struct

from segue_local.plan import Plan
from segue_local.score import Section

BEND = 0.1
"""The share by which a tempo that nobody asked for may change to fit the duration."""

_FORMS = {  # by the number of four-bar phrases
    1: "a",
    2: "a b",
    3: "intro a b",
    4: "intro a b a",
    5: "intro a a b outro",
    6: "intro a b break b outro",
    7: "intro a a b break b outro",
    8: "intro a a b b break a outro",
}
_CYCLE = ("a", "a", "b", "b", "break")


class Frame(Struct, frozen=True, kw_only=True):
    """The time line of a piece: a tempo, sections of whole bars, and a last chord."""

    bpm: float
    beats: float
    """From the start to the exact end of the piece."""
    sections: tuple[Section, ...]
    """The last is "end": it holds the final chord."""


def lay_out(plan: Plan) -> Frame:
    """Choose tempo and bars so that the piece ends with its duration, to the sample."""
    bars, bpm = _fit(plan)
    beats = plan.duration * bpm / 60
    return Frame(bpm=bpm, beats=beats, sections=_sections(bars, plan.meter))


def _fit(plan: Plan) -> tuple[int, float]:
    """The bars before the final chord, and the tempo."""
    exact = plan.duration * plan.bpm / 60 / plan.meter
    if plan.bpm_fixed:
        return max(0, math.floor(exact - 0.5)), plan.bpm
    total = min(
        range(max(1, math.floor(exact / 1.2)), math.ceil(exact * 1.2) + 2),
        key=lambda n: _misfit(n, exact),
    )
    bend = min(1 + BEND, max(1 - BEND, total / exact))
    return total - 1, plan.bpm * bend


def _misfit(total: int, exact: float) -> float:
    """How badly that number of bars suits: phrases of four are best, and a steady tempo."""
    bend = abs(math.log(total / exact))
    phrase = {0: 0.0, 2: 0.25}.get((total - 1) % 4, 0.6)
    too_far = 100.0 * bend if bend > math.log(1 + BEND) else 0.0
    return bend * 5 + phrase + too_far


def _sections(bars: int, meter: int) -> tuple[Section, ...]:
    """The named sections of so many bars, and the final chord."""
    lengths = _lengths(bars)
    found: list[Section] = []
    start = 0
    for name, length in [*lengths, ("end", 1)]:
        found.append(Section(name=name, start=float(start * meter), bars=length))
        start += length
    return tuple(found)


def _lengths(bars: int) -> list[tuple[str, int]]:
    phrases, rest = divmod(bars, 4)
    if phrases == 0:
        return [("a", rest)] if rest else []
    names = _names(phrases)
    lengths = [(name, 4) for name in names]
    if rest and names[0] == "intro":
        lengths[0] = ("intro", 4 + rest) if rest == 1 else ("intro", rest)
        return lengths if rest == 1 else [*lengths[:1], ("a", 4), *lengths[1:]]
    return [("intro", rest), *lengths] if rest else lengths


def _names(phrases: int) -> list[str]:
    if phrases in _FORMS:
        return _FORMS[phrases].split()
    middle = [_CYCLE[i % len(_CYCLE)] for i in range(phrases - 3)]
    return ["intro", *middle, "b", "outro"]
