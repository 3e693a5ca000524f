"""The melody: of several tunes on the same motifs, the one that keeps the musical rules best.

A phrase of four bars is a call and a response: the motif, then the motif developed, ending open
in the first phrase of a pair and on the chord's root or third in the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from segue_local.genres import Track
from segue_local.merit import merit
from segue_local.metres import strong
from segue_local.motif import Motif, developed, motif
from segue_local.scene import Bar, Scene
from segue_local.score import Note
from segue_local.theory import melodic_scale

CANDIDATES = 16
"""How many tunes are tried for a piece of up to a minute or so; fewer for longer ones."""

_BARS = 400
_REACH = 9
"""Semitones that a melody strays from its centre."""
_LEAP = 7


def melody(scene: Scene, track: Track, rng: Random) -> Iterator[Note]:
    """The tune of the piece, with a motif of its own for each kind of section."""
    center = track.center + round(scene.plan.character.register)
    motifs = {kind: motif(scene.tune, scene.plan.tune, kind) for kind in ("a", "b", "c")}
    tries = max(3, min(CANDIDATES, _BARS // max(1, len(scene.bars))))
    tunes = [
        tuple(_tune(scene, track, motifs, center, Random(f"{rng.getrandbits(48)}")))
        for _ in range(tries)
    ]
    yield from max(tunes, key=lambda tune: merit(tune, scene))


def _tune(
    scene: Scene, track: Track, motifs: dict[str, Motif], center: int, rng: Random
) -> Iterator[Note]:
    singer = _Singer(center, scene)
    visits: dict[str, int] = {}
    for number, pair in enumerate(_pairs(scene, track)):
        kind = {"b": "b", "c": "c", "break": "c"}.get(pair[0].section, "a")
        times = visits[kind] = visits.get(kind, -1) + 1
        own = developed(motifs[kind], times, rng)
        yield from singer.sing(pair, own, answering=number % 4 == 3, rest=_rests(pair, scene, rng))
    if not scene.plan.loop:
        yield singer.land()


def _pairs(scene: Scene, track: Track) -> Iterator[tuple[Bar, ...]]:
    """The bars in which the melody plays, two by two within each section."""
    waiting: list[Bar] = []
    for bar in scene.bars:
        if not track.plays(bar.section):
            continue
        if bar.place % 2 == 0 and waiting:
            yield tuple(waiting)
            waiting = []
        waiting.append(bar)
    if waiting:
        yield tuple(waiting)


def _rests(pair: tuple[Bar, ...], scene: Scene, rng: Random) -> bool:
    """Whether the singer takes a breath: in outros often, elsewhere seldom."""
    often = 0.45 if pair[0].section in ("outro", "intro") else 0.08
    return rng.random() < often - 0.12 * scene.plan.character.density


class _Singer:
    """Knows the last pitch sung, and finds the next one."""

    def __init__(self, center: int, scene: Scene) -> None:
        self.center = center
        self.pitch = center
        self.scene = scene

    def sing(
        self, pair: tuple[Bar, ...], own: Motif, *, answering: bool, rest: bool
    ) -> Iterator[Note]:
        """Two bars of melody."""
        meter, metre = self.scene.plan.meter, self.scene.plan.metre
        last = len(own.strokes) - 1
        for place, (stroke, step) in enumerate(zip(own.strokes, own.contour, strict=True)):
            if stroke.at >= meter * len(pair) or (rest and place > last // 2):
                continue
            bar = pair[int(stroke.at // meter)]
            at = pair[0].start + stroke.at
            if place == 0:
                self.pitch += (self.center - self.pitch) // 2
            heavy = strong(stroke.at, metre)
            self._move(bar, at, step, stable=answering and place == last, heavy=heavy)
            yield Note(
                start=at,
                length=stroke.length * 0.95,
                pitch=self.pitch,
                velocity=(0.82 if heavy else 0.7) * bar.intensity,
            )

    def land(self) -> Note:
        """The last note, on the root or the third of the final chord."""
        final = self.scene.final
        self.pitch = self._closest(final.chord.tones[:2], self.pitch)
        return Note(start=final.start, length=final.length, pitch=self.pitch, velocity=0.72)

    def _move(self, bar: Bar, at: float, step: int, *, stable: bool, heavy: bool) -> None:
        chord = bar.chord_at(at)
        scale = melodic_scale(self.scene.key, chord)
        wish = self._walk(scale, step)
        tones = chord.tones[:2] if stable else chord.tones if heavy else scale
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
        low, high = self.center - _REACH, self.center + _REACH
        wish = min(high, max(low, wish))
        for distance in range(12):
            for pitch in (wish - distance, wish + distance):
                if pitch % 12 in tones and low <= pitch <= high and self._near(pitch):
                    return pitch
        return min(
            (pitch for pitch in range(low, high + 1) if pitch % 12 in tones),
            key=lambda pitch: abs(pitch - self.pitch),
        )

    def _near(self, pitch: int) -> bool:
        return abs(pitch - self.pitch) <= _LEAP
