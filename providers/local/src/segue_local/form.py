"""How many bars fit the duration, and which section each of them belongs to."""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from segue_local.genres import Genre
from segue_local.plan import Plan
from segue_local.score import Section

BEND = 0.1
"""The share by which a tempo that nobody asked for may change to fit the duration."""


class Frame(Struct, frozen=True, kw_only=True):
    """The time line of a piece: a tempo, sections of whole bars, and a last chord."""

    bpm: float
    beats: float
    """From the start to the exact end of the piece."""
    sections: tuple[Section, ...]
    """The last is "end": it holds the final chord; in a loop it has no bars."""


def lay_out(plan: Plan, style: Genre) -> Frame:
    """Choose tempo and bars so that the piece ends with its duration, to the sample."""
    bars, bpm = _fit(plan)
    beats = float(bars * plan.meter) if plan.loop else plan.duration * bpm / 60
    lengths = _lengths(bars, style, plan.opening)
    return Frame(bpm=bpm, beats=beats, sections=_sections(lengths, plan))


def whole_bars(duration: float, bpm: float, meter: int) -> int:
    """How many bars of that tempo come nearest to a duration, at least one."""
    return max(1, round(duration * bpm / 60 / meter))


def _fit(plan: Plan) -> tuple[int, float]:
    """The bars before the final chord, and the tempo."""
    exact = plan.duration * plan.bpm / 60 / plan.meter
    if plan.loop:
        bars = _loop_bars(plan, exact)
        return bars, bars * plan.meter * 60 / plan.duration
    if plan.bpm_fixed:
        return max(0, math.floor(exact - 0.5)), plan.bpm
    near = range(max(1, math.floor(exact / 1.2)), math.ceil(exact * 1.2) + 2)
    total = min(_in_pace(near, exact, plan.pace), key=lambda n: _misfit(n, exact))
    bend = min(1 + BEND, max(1 - BEND, total / exact))
    return total - 1, round(plan.bpm * bend, 6)


def _loop_bars(plan: Plan, exact: float) -> int:
    """Whole bars for a loop: groups of four where the tempo may bend for them."""
    nearest = whole_bars(plan.duration, plan.bpm, plan.meter)
    if plan.bpm_fixed:
        return nearest
    near = range(max(1, nearest - 3), nearest + 4)
    fitting = _in_pace(near, exact, plan.pace)
    return min(fitting, key=lambda bars: (_misfit(bars + 1, exact + 1), bars))


def _in_pace(near: range, exact: float, pace: float) -> Sequence[int]:
    """The numbers of bars that do not make what is to be slow faster, or fast slower."""
    kept = [bars for bars in near if (bars - exact) * (pace - 1) >= 0]
    return kept or near


def _misfit(total: int, exact: float) -> float:
    """How badly that number of bars suits: phrases of four are best, and a steady tempo."""
    bend = abs(math.log(total / exact))
    phrase = {0: 0.0, 2: 0.25}.get((total - 1) % 4, 0.6)
    too_far = 100.0 * bend if bend > math.log(1 + BEND) else 0.0
    return bend * 5 + phrase + too_far


def _sections(lengths: list[tuple[str, int]], plan: Plan) -> tuple[Section, ...]:
    """The named sections of so many bars, and the final chord."""
    found: list[Section] = []
    start = 0
    for name, length in [*lengths, ("end", 0 if plan.loop else 1)]:
        found.append(Section(name=name, start=float(start * plan.meter), bars=length))
        start += length
    return tuple(found)


def _lengths(bars: int, style: Genre, opening: str) -> list[tuple[str, int]]:
    """Sections of four bars, and the bars that are left over before the first of them."""
    phrases, rest = divmod(bars, 4)
    if phrases == 0:
        return [(opening or "a", rest)] if rest else []
    names = _names(phrases, style)
    if opening:
        names = [opening, *("a" if name == "intro" else name for name in names[1:])]
    lengths = [(name, 4) for name in names]
    if not rest:
        return lengths
    if names[0] != "intro":
        return [(opening or "intro", rest), *lengths]
    if rest == 1:
        return [("intro", 5), *lengths[1:]]
    return [("intro", rest), ("a", 4), *lengths[1:]]


def _names(phrases: int, style: Genre) -> list[str]:
    for form in style.forms:
        if len(form.split()) == phrases:
            return form.split()
    if phrases < 4:
        return ["a", "b", "a"][:phrases]
    cycle = style.cycle.split()
    middle = [cycle[place % len(cycle)] for place in range(phrases - 3)]
    return ["intro", *middle, "b", "outro"]
