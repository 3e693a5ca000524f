"""How good a tune is, by the rules that are taught: the higher, the better."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from segue_local.metres import strong
from segue_local.scene import Scene
from segue_local.score import Note

_LEAP = 5
"""Semitones from which on an interval is a leap."""
_RANGE = (7, 16)
"""Semitones that a tune should span."""


def merit(tune: Sequence[Note], scene: Scene) -> float:
    """The rules kept less the rules broken, each as a share of the tune, 0 for an empty one."""
    if len(tune) < 3:
        return 0.0
    pitches = [note.pitch for note in tune]
    steps = [after - before for before, after in pairwise(pitches)]
    return (
        3.0 * _fitting(tune, scene)
        + 1.5 * _share(abs(step) in (1, 2) for step in steps)
        - 2.0 * _share(abs(step) > 7 for step in steps)
        - 1.5 * _unrecovered(steps)
        - 1.2 * _repeated(steps)
        - 0.15 * _outside(pitches)
        + 0.5 * (pitches.count(max(pitches)) <= 1 + len(pitches) // 16)
        + 0.6 * _summit(tune, scene)
    )


def _share(kept: Iterable[bool]) -> float:
    told = list(kept)
    return sum(told) / max(1, len(told))


def _fitting(tune: Sequence[Note], scene: Scene) -> float:
    """How many notes on strong beats belong to the chord."""
    bars = {bar.start: bar for bar in scene.bars}
    meter = scene.plan.meter
    heavy = [note for note in tune if strong(note.start % meter, scene.plan.metre)]
    told = [
        note.pitch % 12 in bar.chord_at(note.start).tones
        for note in heavy
        if (bar := bars.get(note.start - note.start % meter))
    ]
    return sum(told) / max(1, len(told))


def _unrecovered(steps: Sequence[int]) -> float:
    """How many leaps are not followed by a step back."""
    told = [
        after * step > 0 or abs(after) > 4 for step, after in pairwise(steps) if abs(step) >= _LEAP
    ]
    return sum(told) / max(1, len(steps))


def _repeated(steps: Sequence[int]) -> float:
    """How often a pitch comes a third time in a row."""
    told = [step == after == 0 for step, after in pairwise(steps)]
    return sum(told) / max(1, len(told))


def _outside(pitches: Sequence[int]) -> float:
    span = max(pitches) - min(pitches)
    return float(max(0, _RANGE[0] - span) + max(0, span - _RANGE[1]))


def _summit(tune: Sequence[Note], scene: Scene) -> float:
    """Whether the highest note comes in the second or third quarter or later, not at once."""
    peak = max(tune, key=lambda note: note.pitch)
    place = peak.start / max(1e-6, scene.final.start)
    return 1.0 if 0.4 <= place <= 0.95 else 0.0
