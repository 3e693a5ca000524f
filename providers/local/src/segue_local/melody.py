"""The melody: a motif is stated, repeated with a turn, and answered.

A motif is a rhythm of two bars and a contour in steps of the scale. A phrase of four bars plays it
twice; the second time ends differently: open (a question) in the first phrase of a pair, on the
tonic chord's root or third (an answer) in the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from segue_local.genres import Track
from segue_local.grid import Stroke, strokes
from segue_local.scene import Bar, Scene
from segue_local.score import Note
from segue_local.theory import melodic_scale

_REACH = 9
"""Semitones that a melody strays from its centre."""
_LEAP = 7


class Motif(Struct, frozen=True, kw_only=True):
    """Two bars: strokes, and for each how many scale steps it lies from the one before."""

    strokes: tuple[Stroke, ...]
    contour: tuple[int, ...]


def melody(scene: Scene, track: Track, rng: Random) -> Iterator[Note]:
    """The tune of the piece, with a motif of its own for each kind of section."""
    center = track.center + round(scene.plan.character.register)
    motifs = {name: _motif(scene, rng) for name in ("a", "b")}
    singer = _Singer(center)
    visits: dict[str, int] = {}
    for number, pair in enumerate(_pairs(scene, track)):
        kind = "b" if pair[0].section in ("b", "break") else "a"
        times = visits[kind] = visits.get(kind, -1) + 1
        motif = _varied(motifs[kind], times, rng)
        yield from singer.sing(
            scene, pair, motif, answering=number % 4 == 3, rest=_rests(pair, rng)
        )
    yield from singer.land(scene)


def _motif(scene: Scene, rng: Random) -> Motif:
    """A rhythm from the genre, sparse or busy as the mood wants, and a contour that turns back."""
    grids = sorted(scene.genre.rhythms, key=lambda grid: grid.count("x"))
    lean = scene.plan.character.density
    pick = rng.triangular(0, 1, min(1.0, max(0.0, 0.5 + 0.3 * lean)))
    beat = list(strokes(grids[min(len(grids) - 1, int(pick * len(grids)))]))
    contour: list[int] = []
    drift = 0
    for _ in beat:
        step = rng.choices((-2, -1, 0, 1, 2, 3), (2, 5, 2, 5, 3, 1))[0]
        if abs(drift + step) > 4:
            step = -step
        drift += step
        contour.append(step)
    return Motif(strokes=tuple(beat), contour=tuple(contour))


def _varied(motif: Motif, times: int, rng: Random) -> Motif:
    """The motif as it comes back: first the same, then with its tail turned, then upside down."""
    contour = list(motif.contour)
    if times % 4 == 1:
        for place in range(len(contour) * 2 // 3, len(contour)):
            contour[place] = rng.choice((-2, -1, 1, 2))
    elif times % 4 == 2:
        contour = [contour[0] + 1, *contour[1:]]
    elif times % 4 == 3:
        contour = [-step for step in contour]
    return Motif(strokes=motif.strokes, contour=tuple(contour))


def _pairs(scene: Scene, track: Track) -> Iterator[tuple[Bar, ...]]:
    """The bars in which the melody plays, two by two within each section."""
    waiting: list[Bar] = []
    for bar in scene.bars:
        if bar.section not in track.sections.split():
            continue
        if bar.place % 2 == 0 and waiting:
            yield tuple(waiting)
            waiting = []
        waiting.append(bar)
    if waiting:
        yield tuple(waiting)


def _rests(pair: tuple[Bar, ...], rng: Random) -> bool:
    """Whether the singer takes a breath: in outros often, elsewhere seldom."""
    return rng.random() < (0.45 if pair[0].section in ("outro", "intro") else 0.06)


class _Singer:
    """Knows the last pitch sung, and finds the next one."""

    def __init__(self, center: int) -> None:
        self.center = center
        self.pitch = center

    def sing(
        self, scene: Scene, pair: tuple[Bar, ...], motif: Motif, *, answering: bool, rest: bool
    ) -> Iterator[Note]:
        """Two bars of melody."""
        meter = scene.plan.meter
        last = len(motif.strokes) - 1
        for place, (stroke, step) in enumerate(zip(motif.strokes, motif.contour, strict=True)):
            if stroke.at >= meter * len(pair) or (rest and place > last // 2):
                continue
            bar = pair[int(stroke.at // meter)]
            at = pair[0].start + stroke.at
            if place == 0:
                self.pitch += (self.center - self.pitch) // 2
            self._move(scene, bar, at, step, stable=answering and place == last)
            accent = 0.82 if _strong(stroke.at, meter) else 0.7
            yield Note(
                start=at,
                length=stroke.length * 0.95,
                pitch=self.pitch,
                velocity=accent * bar.intensity,
            )

    def land(self, scene: Scene) -> Iterator[Note]:
        """The last note, on the root or the third of the final chord."""
        self.pitch = self._closest(scene.final.chord.tones[:2], self.pitch)
        yield Note(
            start=scene.final.start, length=scene.final.length, pitch=self.pitch, velocity=0.72
        )

    def _move(self, scene: Scene, bar: Bar, at: float, step: int, *, stable: bool) -> None:
        chord = bar.chord_at(at)
        scale = melodic_scale(scene.key, chord)
        wish = self._walk(scale, step)
        if stable:
            tones = chord.tones[:2]
        elif _strong(at - bar.start, scene.plan.meter):
            tones = chord.tones
        else:
            tones = scale
        self.pitch = self._closest(tones, wish)

    def _walk(self, scale: tuple[int, ...], step: int) -> int:
        """The pitch that lies so many scale steps away."""
        pitch, direction = self.pitch, 1 if step > 0 else -1
        for _ in range(abs(step)):
            pitch += direction
            while pitch % 12 not in scale:
                pitch += direction
        return pitch

    def _closest(self, tones: tuple[int, ...], wish: int) -> int:
        home = range(self.center - _REACH, self.center + _REACH + 1)
        choices = [pitch for pitch in home if pitch % 12 in tones]
        near = [pitch for pitch in choices if abs(pitch - self.pitch) <= _LEAP] or choices
        return min(
            near, key=lambda pitch: (abs(pitch - wish) + 0.12 * abs(pitch - self.center), pitch)
        )


def _strong(at: float, meter: int) -> bool:
    """Whether a moment of a bar carries weight: the first beat, and the third of four."""
    return at % meter == 0 or (meter == 4 and at % 2 == 0)
