"""The accompaniment: chords, pads, arpeggios, long counter lines and bass."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from segue_local.genres import Track
from segue_local.grid import bar_of, strokes
from segue_local.metres import strong
from segue_local.scene import Bar, Harmony, Scene
from segue_local.score import Note
from segue_local.theory import Chord
from segue_local.voicing import voice

_ACCENTS = {"X": 0.82, "x": 0.66, "o": 0.5}
_STRINGS = {"X": (0.95, (0, 7, 12)), "x": (0.62, (0, 7)), "o": (0.62, (0,))}
"""How hard a letter of a riff is struck, and which semitones above the root."""
_TONES = {"1": 0, "8": 0, "3": 1, "5": 2}
"""Letters of a bass line that mean a tone of the chord."""
_INTERVALS = {"2": 2, "4": 5, "6": 9, "7": 10, "0": -12}
"""Letters that mean semitones above the root."""


def comp(scene: Scene, track: Track, rng: Random) -> Iterator[Note]:
    """Chords in the rhythm of the track's patterns, voice-led from one to the next."""
    grids = _per_section(track, rng)
    hand = _Hand(track)
    for bar in scene.bars:
        if not track.plays(bar.section):
            continue
        for stroke in strokes(bar_of(grids[bar.section], bar.place, scene.plan.meter)):
            if stroke.letter != "X" and rng.random() < -0.4 * scene.plan.character.density:
                continue
            at = bar.start + stroke.at
            velocity = _ACCENTS[stroke.letter] * bar.intensity
            for pitch in hand.on(bar.chord_at(at)):
                yield Note(start=at, length=stroke.length * 0.96, pitch=pitch, velocity=velocity)
    yield from _ring(hand, scene.final, 0.7)


def power(scene: Scene, track: Track, rng: Random) -> Iterator[Note]:
    """Power chords on low strings: "X" rings with root, fifth and octave, "x" is damped by the
    palm, "o" is the root alone.
    """
    grids = _per_section(track, rng)
    low = track.center - 5
    for bar in scene.bars:
        if not track.plays(bar.section):
            continue
        for stroke in strokes(bar_of(grids[bar.section], bar.place, scene.plan.meter)):
            at = bar.start + stroke.at
            root = _above(bar.chord_at(at).root, low)
            velocity = _STRINGS[stroke.letter][0] * min(1.0, bar.intensity + 0.1)
            for above in _STRINGS[stroke.letter][1]:
                yield Note(
                    start=at, length=stroke.length * 0.97, pitch=root + above, velocity=velocity
                )
    root = _above(scene.final.chord.root, low)
    for above in _STRINGS["X"][1]:
        yield Note(
            start=scene.final.start, length=scene.final.length, pitch=root + above, velocity=0.85
        )


def pad(scene: Scene, track: Track, _rng: Random) -> Iterator[Note]:
    """Held chords; the same chord in the next bar is held on."""
    hand = _Hand(track)
    for harmony, bar in _held(scene, track):
        for pitch in hand.on(harmony.chord):
            yield Note(
                start=harmony.start,
                length=harmony.length,
                pitch=pitch,
                velocity=0.7 * bar.intensity,
            )
    yield from _ring(hand, scene.final, 0.66)


def arp(scene: Scene, track: Track, rng: Random) -> Iterator[Note]:
    """Broken chords: a digit is a tone of the voicing, counted upwards through the octaves."""
    grids = _per_section(track, rng)
    hand = _Hand(track)
    for bar in scene.bars:
        if not track.plays(bar.section):
            continue
        for stroke in strokes(bar_of(grids[bar.section], bar.place, scene.plan.meter)):
            at = bar.start + stroke.at
            pitches = hand.on(bar.chord_at(at))
            octave, tone = divmod(int(stroke.letter), len(pitches))
            weight = 0.78 if strong(stroke.at, scene.plan.metre) else 0.68
            velocity = (weight if stroke.at % 0.5 == 0 else 0.58) * bar.intensity
            yield Note(
                start=at,
                length=max(0.5, stroke.length),
                pitch=pitches[tone] + 12 * octave,
                velocity=velocity,
            )
    yield from _ring(hand, scene.final, 0.62)


def counter(scene: Scene, track: Track, _rng: Random) -> Iterator[Note]:
    """One long note a chord: thirds and sevenths that move by step."""
    previous = track.center
    for harmony, bar in _held(scene, track):
        tones = harmony.chord.tones[1:] or harmony.chord.tones
        previous = _nearest(tones, previous, track.center)
        yield Note(
            start=harmony.start,
            length=harmony.length,
            pitch=previous,
            velocity=0.72 * bar.intensity,
        )
    final = _nearest(scene.final.chord.tones, previous, track.center)
    yield Note(start=scene.final.start, length=scene.final.length, pitch=final, velocity=0.7)


def drone(scene: Scene, track: Track, _rng: Random) -> Iterator[Note]:
    """The tonic and the fifth above it under everything, struck in turn and left to ring."""
    low = _above(scene.key.tonic, track.center - 5)
    end, beat, count = scene.final.start + scene.final.length, 0.0, 0
    while beat < end - 0.5:
        pitch = (low, low + 7, low + 12, low + 7)[count % 4]
        yield Note(start=beat, length=min(3.0, end - beat), pitch=pitch, velocity=0.6)
        beat, count = beat + (1.5 if count % 4 == 0 else 1.0 if count % 4 < 3 else 0.5), count + 1


def bass(scene: Scene, track: Track, _rng: Random) -> Iterator[Note]:
    """The groove's bass line: degrees of the chord, and "a", a step towards the next root."""
    low = track.center - 5
    for bar in scene.bars:
        if not track.plays(bar.section):
            continue
        for stroke in strokes(bar_of(bar.groove.bass, bar.place, scene.plan.meter)):
            at = bar.start + stroke.at
            pitch = _bass_pitch(scene, bar, stroke.letter, at, low)
            velocity = (0.82 if strong(stroke.at, scene.plan.metre) else 0.72) * bar.intensity
            yield Note(start=at, length=stroke.length * 0.94, pitch=pitch, velocity=velocity)
    root = _above(scene.final.chord.root, low)
    yield Note(start=scene.final.start, length=scene.final.length, pitch=root, velocity=0.8)


class _Hand:
    """Remembers the last voicing, so that the next one lies close to it."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.rootless = track.role != "arp"
        self.held: tuple[int, ...] = ()
        self.chord: Chord | None = None

    def on(self, chord: Chord) -> tuple[int, ...]:
        """The voicing of a chord."""
        if chord != self.chord:
            self.held = voice(chord, self.held, self.track.center, self.track.size, self.rootless)
            self.chord = chord
        return self.held


def _per_section(track: Track, rng: Random) -> dict[str, str]:
    """A pattern for each section; intro and outro play what the first section plays."""
    patterns = list(track.patterns)
    rng.shuffle(patterns)
    first, second = patterns[0], patterns[-1]
    middle = patterns[len(patterns) // 2]
    return {
        "intro": first, "a": first, "build": first, "b": second, "c": middle, "break": second,
        "outro": first,
    }  # fmt: skip


def _held(scene: Scene, track: Track) -> Iterator[tuple[Harmony, Bar]]:
    """Each chord with its full length: up to two bars where it does not change."""
    waiting: tuple[Harmony, Bar] | None = None
    for bar in scene.bars:
        if not track.plays(bar.section):
            continue
        for harmony in bar.harmonies:
            if waiting and _continues(waiting[0], harmony, scene.plan.meter):
                longer = Harmony(
                    start=waiting[0].start,
                    length=waiting[0].length + harmony.length,
                    chord=harmony.chord,
                )
                waiting = (longer, waiting[1])
                continue
            if waiting:
                yield waiting
            waiting = (harmony, bar)
    if waiting:
        yield waiting


def _continues(held: Harmony, following: Harmony, meter: int) -> bool:
    touching = abs(held.start + held.length - following.start) < 1e-6
    return touching and held.chord == following.chord and held.length < 2 * meter


def _ring(hand: _Hand, final: Harmony, velocity: float) -> Iterator[Note]:
    """The last chord, held to the end."""
    for pitch in hand.on(final.chord):
        yield Note(start=final.start, length=final.length, pitch=pitch, velocity=velocity)


def _bass_pitch(scene: Scene, bar: Bar, letter: str, at: float, low: int) -> int:
    chord = bar.chord_at(at)
    root = _above(chord.root, low)
    if letter == "a":
        target = _above(scene.after(bar).root, low)
        return target - 1 if target > root or target - 1 >= low else target + 1
    if letter in _INTERVALS:
        return root + _INTERVALS[letter]
    tones = chord.tones
    tone = tones[min(_TONES[letter], len(tones) - 1)]
    return root + 12 if letter == "8" else root + (tone - chord.root) % 12


def _above(tone: int, low: int) -> int:
    """The lowest pitch of a pitch class that is not below `low`."""
    return low + (tone - low) % 12


def _nearest(tones: tuple[int, ...], previous: int, center: int) -> int:
    choices = [pitch for pitch in range(center - 9, center + 10) if pitch % 12 in tones]
    return min(
        choices, key=lambda pitch: (abs(pitch - previous) + 0.3 * abs(pitch - center), pitch)
    )
