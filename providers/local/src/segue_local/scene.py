"""What every player sees while writing its part: the bars, their chords and the plan."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from msgspec import Struct

from segue_local.form import Frame
from segue_local.genres import Genre, Groove
from segue_local.harmony import Material, material
from segue_local.metres import in_metre
from segue_local.plan import Plan
from segue_local.score import Section
from segue_local.theory import Chord, Key, roman

INTENSITY = {
    "intro": 0.82, "a": 0.9, "build": 0.94, "b": 1.0, "c": 0.95, "break": 0.78, "outro": 0.84,
    "end": 0.95,
}  # fmt: skip
"""How hard each section is played; moods stretch the differences."""

_SWELL = {"build": 0.12, "intro": 0.07}
"""How much a section grows from its first bar to its last; the others grow a little."""


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
    """In the metre of the piece."""
    tune: Genre
    """The genre that the tune was first written in, in the metre of the piece."""
    frame: Frame
    bars: tuple[Bar, ...]
    final: Harmony
    """The last chord and how long it rings; in a loop, nothing."""

    @property
    def key(self) -> Key:
        """The key of the piece."""
        return self.plan.key

    def after(self, bar: Bar) -> Chord:
        """The chord that the next bar begins with; a loop's last bar leads to its first."""
        following = bar.index + 1
        if following < len(self.bars):
            return self.bars[following].harmonies[0].chord
        return self.bars[0].harmonies[0].chord if self.plan.loop else self.final.chord


def set_scene(plan: Plan, genre: Genre, frame: Frame) -> Scene:
    """Write the harmony out bar by bar, and choose a groove for each kind of section."""
    theme = in_metre(plan.theme.genre, plan.metre)
    chords = material(theme, plan.theme, plan.key)
    grooves = _grooves(genre, plan)
    rng = Random(f"scene/{plan.genre}/{plan.seed}/{plan.turn}")
    bars: list[Bar] = []
    sections = frame.sections
    for number, section in enumerate(sections[:-1]):
        last = number == len(sections) - 2 and not plan.loop
        measures = _measures(chords, section, rng.random() < theme.turning or last)
        groove = grooves[section.name if section.name in grooves else "a"]
        bars += _bars(plan, section, measures, groove, len(bars))
    start = sections[-1].start
    final = Harmony(start=start, length=frame.beats - start, chord=roman(chords.tonic, plan.key))
    tune = in_metre(plan.tune.genre, plan.metre)
    return Scene(plan=plan, genre=genre, tune=tune, frame=frame, bars=tuple(bars), final=final)


def _grooves(genre: Genre, plan: Plan) -> dict[str, Groove]:
    """A groove for each kind of section: the busier of two for b, and one of its own for c."""
    rng = Random(f"grooves/{plan.genre}/{plan.metre}/{plan.seed}")
    grooves = list(genre.grooves)
    rng.shuffle(grooves)
    grooves.sort(key=lambda groove: _fit(groove, plan, rng))
    pair = sorted(grooves[:2], key=_strokes)
    return {"a": pair[0], "b": pair[-1], "c": grooves[-1], "break": pair[0]}


def _fit(groove: Groove, plan: Plan, rng: Random) -> float:
    """The lower, the better a groove suits the energy that is asked for."""
    return rng.random() * 12 - plan.character.energy * _strokes(groove) / 3


def _strokes(groove: Groove) -> int:
    return sum(letter.isdigit() for grid in groove.drums.values() for letter in grid)


def _measures(chords: Material, section: Section, turning: bool) -> list[str]:
    """The chords of each bar of a section, the last one turned back to where it comes from."""
    text = chords.of(section.name)
    measures = [text[place % len(text)] for place in range(section.bars)]
    if turning and chords.turnaround and section.bars >= 3 and section.name != "intro":
        measures[-1] = chords.turnaround
    return measures


def _bars(
    plan: Plan, section: Section, measures: list[str], groove: Groove, first: int
) -> Iterator[Bar]:
    """A section's bars; `first` is the number of its first one in the piece."""
    for place, measure in enumerate(measures):
        start = section.start + place * plan.meter
        yield Bar(
            index=first + place,
            section=section.name,
            place=place,
            closing=place == section.bars - 1,
            start=start,
            harmonies=_harmonies(measure, start, plan),
            groove=groove,
            intensity=_intensity(section.name, place / section.bars, plan),
        )


def _harmonies(measure: str, start: float, plan: Plan) -> tuple[Harmony, ...]:
    symbols = measure.split(",")
    lengths = [plan.meter / len(symbols)] * len(symbols)
    if plan.metre == "3/4" and len(symbols) == 2:
        lengths = [2.0, 1.0]
    found: list[Harmony] = []
    for symbol, span in zip(symbols, lengths, strict=True):
        found.append(Harmony(start=start, length=span, chord=roman(symbol, plan.key)))
        start += span
    return tuple(found)


def _intensity(section: str, progress: float, plan: Plan) -> float:
    level = INTENSITY[section] + 0.05 * plan.character.energy
    return min(1.0, max(0.45, level + _SWELL.get(section, 0.05) * progress))
