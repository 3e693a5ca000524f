"""What every player sees while writing its part: the bars, their chords and the plan."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from segue_local.form import Frame
from segue_local.genres import Genre, Groove
from segue_local.plan import Plan
from segue_local.score import Section
from segue_local.theory import Chord, Key, family, roman

INTENSITY = {"intro": 0.82, "a": 0.92, "b": 1.0, "break": 0.78, "outro": 0.84, "end": 0.95}
"""How hard each section is played; moods stretch the differences."""


class Harmony(Struct, frozen=True, kw_only=True):
    """A chord within a bar."""

    start: float
    length: float
    chord: Chord


class Bar(Struct, frozen=True, kw_only=True):
    """One bar, as its players see it."""

    index: int
    section: str
    place: int
    """Its number within the section, from 0."""
    closing: bool
    """Whether the section ends with it."""
    start: float
    harmonies: tuple[Harmony, ...]
    groove: Groove
    intensity: float

    def chord_at(self, beat: float) -> Chord:
        """The chord that sounds at a moment of the piece."""
        sounding = [h for h in self.harmonies if h.start <= beat + 1e-6]
        return (sounding or list(self.harmonies))[-1].chord


class Scene(Struct, frozen=True, kw_only=True):
    """A piece before its notes."""

    plan: Plan
    genre: Genre
    frame: Frame
    bars: tuple[Bar, ...]
    final: Harmony
    """The last chord and how long it rings."""

    @property
    def key(self) -> Key:
        """The key of the piece."""
        return self.plan.key

    def after(self, bar: Bar) -> Chord:
        """The chord that the next bar begins with."""
        following = bar.index + 1
        return (
            self.bars[following].harmonies[0].chord
            if following < len(self.bars)
            else self.final.chord
        )


def set_scene(plan: Plan, genre: Genre, frame: Frame) -> Scene:
    """Choose progressions and grooves for each section, and write them out bar by bar."""
    rng = Random(f"scene/{plan.genre}/{plan.seed}")
    texts = list(genre.progressions[family(plan.key.mode)])
    grooves = list(genre.grooves)
    rng.shuffle(texts)
    rng.shuffle(grooves)
    bars: list[Bar] = []
    for section in frame.sections[:-1]:
        second = section.name in ("b", "break")
        text, groove = texts[second % len(texts)], grooves[second % len(grooves)]
        bars += _bars(plan, section, text, groove, len(bars))
    last = frame.sections[-1].start
    final = Harmony(start=last, length=frame.beats - last, chord=_final_chord(texts, plan.key))
    return Scene(plan=plan, genre=genre, frame=frame, bars=tuple(bars), final=final)


def _bars(plan: Plan, section: Section, text: str, groove: Groove, first: int) -> Iterator[Bar]:
    """A section's bars; `first` is the number of its first one in the piece."""
    for place in range(section.bars):
        start = section.start + place * plan.meter
        yield Bar(
            index=first + place,
            section=section.name,
            place=place,
            closing=place == section.bars - 1,
            start=start,
            harmonies=_harmonies(text, place, start, plan),
            groove=groove,
            intensity=_intensity(section.name, place / section.bars, plan),
        )


def _harmonies(text: str, place: int, start: float, plan: Plan) -> tuple[Harmony, ...]:
    measures = text.split()
    symbols = measures[place % len(measures)].split(",")
    length = plan.meter / len(symbols)
    if plan.meter % len(symbols):
        lengths = [float(plan.meter - len(symbols) + 1), *[1.0] * (len(symbols) - 1)]
    else:
        lengths = [length] * len(symbols)
    found: list[Harmony] = []
    for symbol, span in zip(symbols, lengths, strict=True):
        found.append(Harmony(start=start, length=span, chord=roman(symbol, plan.key)))
        start += span
    return tuple(found)


def _final_chord(texts: list[str], key: Key) -> Chord:
    """The tonic, with as many tones as the genre's own tonic chord has."""
    plain = "I" if family(key.mode) == "major" else "i"
    own = [
        symbol
        for text in texts
        for symbol in text.replace(",", " ").split()
        if _is_tonic(symbol, plain)
    ]
    return roman(own[0] if own else plain, key)


def _is_tonic(symbol: str, plain: str) -> bool:
    rest = symbol.removeprefix(plain)
    return (
        rest != symbol
        and rest in ("", "5", "6", "69", "7", "maj7", "9", "maj9", "add9")
        and symbol != "I7"
    )


def _intensity(section: str, progress: float, plan: Plan) -> float:
    level = INTENSITY[section] + 0.05 * plan.character.energy
    return min(1.0, max(0.45, level + 0.05 * progress))
