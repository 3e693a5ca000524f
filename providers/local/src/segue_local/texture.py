"""Sounds without pitch: a bed of noise, risers that lead into a section, and hits that open it."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from segue_local.genres import Track
from segue_local.scene import Scene
from segue_local.score import Note

_STRETCH = 16.0
"""Beats of noise in one note."""


def texture(scene: Scene, _track: Track, _rng: Random) -> Iterator[Note]:
    """A bed of noise from the first to the last moment."""
    at = 0.0
    while at < scene.frame.beats:
        length = min(_STRETCH, scene.frame.beats - at)
        yield Note(start=at, length=length, pitch=60, velocity=0.7)
        at += _STRETCH


def riser(scene: Scene, track: Track, _rng: Random) -> Iterator[Note]:
    """A rising noise through the last bars of the sections that call for one."""
    for bar in scene.bars:
        if bar.closing and track.plays(bar.section) and bar.index + 1 < len(scene.bars):
            bars = min(2, bar.place + 1)
            start = bar.start - (bars - 1) * scene.plan.meter
            yield Note(start=start, length=float(bars * scene.plan.meter), pitch=60, velocity=0.7)


def hit(scene: Scene, track: Track, _rng: Random) -> Iterator[Note]:
    """A great stroke where a section begins, and with the last chord."""
    opened = [bar.start for bar in scene.bars if bar.place == 0 and track.plays(bar.section)]
    for start in [*opened, *([] if scene.plan.loop else [scene.final.start])]:
        yield Note(start=start, length=1.0, pitch=60, velocity=0.8)
