"""The rows of a piano roll: a semitone each, then one for each kind of drum, then the effects."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from segue_local.score import Note, Part, Score

_UNPITCHED = ("texture", "riser", "hit")
_LANE = 13.0
"""The height of a row that is no semitone."""
_DRUMS = {
    "cymbal": (49, 51, 52, 53, 55, 57, 59),
    "hat": (42, 44, 46),
    "tom": (41, 43, 45, 47, 48, 50),
    "snare": (37, 38, 39, 40),
    "kick": (35, 36),
}
"""General MIDI's numbers, by the names of the rows; all others are percussion."""
_OTHERS = "percussion"


class Row(Struct, frozen=True, kw_only=True):
    """A row: its middle, how thick a note is in it, and its name where one is written."""

    y: float
    height: float
    name: str = ""


class Stave(Struct, frozen=True, kw_only=True):
    """All rows of a picture."""

    top: int
    """The highest pitch."""
    start: float
    """Where that pitch's row begins, from above."""
    semitone: float
    lanes: dict[str, Row]
    rows: tuple[Row, ...]
    """Those that have a line and a name: every C, and all lanes."""
    bottom: float

    def row_of(self, part: Part, note: Note) -> Row:
        """Where a note is drawn."""
        if part.role in _UNPITCHED:
            return self.lanes[part.role]
        if part.role == "drums":
            return self.lanes[drum(note.pitch)]
        middle = self.start + (self.top - note.pitch + 0.5) * self.semitone
        return Row(y=middle, height=self.semitone - 0.4)


def staves(score: Score, y: float) -> Stave:
    """The rows that a score needs, from `y` down."""
    pitches = [note.pitch for part in score.parts if _pitched(part) for note in part.notes]
    low, top = (min(pitches) - 1, max(pitches) + 1) if pitches else (60, 60)
    semitone = min(6.0, max(3.2, 190 / (top - low + 1)))
    floor = y + (top - low + 1) * semitone if pitches else y
    octaves = [
        Row(y=y + (top - c + 0.5) * semitone, height=semitone, name=f"C{c // 12 - 1}")
        for c in range(0, 128, 12)
        if pitches and low <= c <= top
    ]
    names = list(_lanes(score))
    lanes = {
        name: Row(y=floor + 6 + (place + 0.5) * _LANE, height=7.0, name=_said(name))
        for place, name in enumerate(names)
    }
    return Stave(
        top=top,
        start=y,
        semitone=semitone,
        lanes=lanes,
        rows=(*octaves, *lanes.values()),
        bottom=floor + (10 + len(lanes) * _LANE if lanes else 0),
    )


def drum(pitch: int) -> str:
    """The row of a drum."""
    return next((name for name, pitches in _DRUMS.items() if pitch in pitches), _OTHERS)


def _pitched(part: Part) -> bool:
    return part.role not in (*_UNPITCHED, "drums")


def _lanes(score: Score) -> Iterator[str]:
    """Drums that are struck, from cymbals down to the kick, and effects that are heard."""
    struck = {drum(n.pitch) for part in score.parts if part.role == "drums" for n in part.notes}
    yield from (name for name in (*_DRUMS, _OTHERS) if name in struck)
    heard = {part.role for part in score.parts if part.notes}
    yield from (role for role in _UNPITCHED if role in heard)


def _said(name: str) -> str:
    return "perc." if name == _OTHERS else name
