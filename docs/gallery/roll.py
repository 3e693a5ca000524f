"""A score as a piano roll: an SVG picture of time against pitch, in which each part has a colour.

Drums and sounds without pitch have rows of their own below the notes. The picture takes its
colours from `static/gallery.css`, which knows light and dark; `alone` carries them along.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path

from gallery.rows import Row, Stave, staves
from gallery.tints import tints
from segue_local.score import Note, Part, Score

WIDTH = 720
LEFT = 64
"""Where the first bar begins; names of rows stand left of it."""
RIGHT = WIDTH - 8
TOP = 36
"""Where the notes begin; sections and bars are named above."""
_LETTER = 6.4
"""The width of a letter of the legend, at its widest usual."""
_LINE = 18


def picture(score: Score, name: str) -> str:
    """The picture, in one line; `name` tells its ids from those of other pictures.

    The colours are explained beside it: by `legend`, or in the picture by `alone`.
    """
    stave = staves(score, TOP)
    return _svg(score, name, _drawn(score, stave), stave.bottom + 20)


def alone(score: Score, name: str) -> str:
    """The picture as a file of its own, with its colours and what they mean."""
    stave = staves(score, TOP)
    keys, height = _keys(score, stave.bottom + 36)
    drawn = f"<style>{style()}</style>{_drawn(score, stave)}{''.join(keys)}"
    return f"{_svg(score, name, drawn, height)}\n"


def legend(score: Score) -> dict[str, str]:
    """Who plays, by name and instrument, and the class of its colour."""
    return {_who(part): tints(score)[part.name] for part in score.parts if part.notes}


@cache
def style() -> str:
    """The style sheet of pictures and players."""
    return (Path(__file__).parent / "static" / "gallery.css").read_text("utf-8")


def described(score: Score) -> str:
    """What is to be seen, for those who do not see it."""
    bars = sum(section.bars for section in score.sections)
    sections = ", ".join(f"{s.name} {s.bars}" for s in score.sections if s.bars)
    parts = "; ".join(
        f"{part.name} ({part.instrument}) {len(part.notes)} notes"
        for part in score.parts
        if part.notes
    )
    return f"{bars} bars in {score.metre} by sections: {sections}. Parts: {parts}."


def _svg(score: Score, name: str, drawn: str, height: float) -> str:
    return (
        f'<svg class="roll" viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" xmlns="http://www.w3.org/2000/svg">'
        f'<title id="{name}-title">{escape(f"{score.title}: its notes")}</title>'
        f'<desc id="{name}-desc">{escape(described(score))}</desc>{drawn}</svg>'
    )


def _drawn(score: Score, stave: Stave) -> str:
    """The rows, the notes and their names, and the line that shows where a player is."""
    now = f'<line class="now" x1="{LEFT}" x2="{LEFT}" y1="{TOP}" y2="{stave.bottom:g}"/>'
    return "".join([_grid(score, stave), *_notes(score, stave), _names(score, stave), now])


def across(score: Score, beat: float) -> float:
    """Where a moment is, from left to right."""
    return LEFT + (RIGHT - LEFT) * min(1.0, beat / end(score))


def end(score: Score) -> float:
    """The piece's last moment, in beats."""
    return score.duration * score.bpm / 60


def _grid(score: Score, stave: Stave) -> str:
    """Sections as fields of two shades, bars as lines, and a line for each row that has a name."""
    starts = [across(score, s.start) for s in score.sections if s.bars]
    fields = [
        f'<rect class="section" x="{start:.1f}" y="{TOP}" '
        f'width="{stop - start:.1f}" height="{stave.bottom - TOP:g}"/>'
        for start, stop in list(pairwise([*starts, RIGHT]))[1::2]
    ]
    rows = "".join(f"M{LEFT} {row.y:g}H{RIGHT}" for row in stave.rows)
    bars = "".join(f"M{across(score, at):.1f} {TOP}V{stave.bottom:g}" for at in bar_starts(score))
    return f'{"".join(fields)}<path class="rows" d="{rows}"/><path class="bars" d="{bars}"/>'


def bar_starts(score: Score) -> list[float]:
    """The beginnings of all bars, in beats."""
    bars = sum(section.bars for section in score.sections)
    starts = (bar * float(score.meter) for bar in range(bars))
    return [start for start in starts if start < end(score) - 1e-6]


def _names(score: Score, stave: Stave) -> str:
    """Sections and bars above, rows at the left, seconds below."""
    words = [
        _word("name", across(score, s.start) + 2, 12, s.name) for s in score.sections if s.bars
    ]
    starts = bar_starts(score)
    step = next(n for n in (1, 2, 4, 8, 16) if n * _length(score, 0, score.meter) > 18)
    words += [
        _word("", across(score, at) + 2, 29, str(number + 1))
        for number, at in enumerate(starts)
        if number % step == 0
    ]
    words += [_word("left", LEFT - 6, row.y + 4, row.name) for row in stave.rows if row.name]
    step = 2 if score.duration <= 24 else 5
    words += [
        _word("middle", across(score, second * score.bpm / 60), stave.bottom + 14, f"{second} s")
        for second in range(0, int(score.duration) + 1, step)
        if second < score.duration - 0.5
    ]
    return "".join(words)


def _notes(score: Score, stave: Stave) -> Iterator[str]:
    """A path for each part; those that carry the tune come last and lie on top."""
    order = ("texture", "riser", "pad", "comp", "arp", "drums", "bass", "counter", "melody")
    for part in sorted(score.parts, key=lambda part: order.index(part.role)):
        heard = [note for note in part.notes if note.start < end(score)]
        if heard:
            drawn = "".join(_bar(score, part, note, stave.row_of(part, note)) for note in heard)
            yield (
                f'<path class="{tints(score)[part.name]} {part.role}" '
                f'data-part="{escape(part.name)}" d="{drawn}"/>'
            )


def _bar(score: Score, part: Part, note: Note, row: Row) -> str:
    x, width = across(score, note.start), max(1.5, _length(score, note.start, note.length) - 0.6)
    thick = row.height + (3 if part.role == "pad" else 0)  # seen behind others of its pitch
    return f"M{x:.1f} {row.y - thick / 2:.1f}h{width:.1f}v{thick:.1f}h-{width:.1f}z"


def _length(score: Score, start: float, beats: float) -> float:
    return across(score, start + beats) - across(score, start)


def _keys(score: Score, y: float) -> tuple[list[str], float]:
    """The legend in lines from `y` down, and where it ends."""
    x, drawn = float(LEFT), list[str]()
    for text, tint in legend(score).items():
        if x > LEFT and x + 18 + len(text) * _LETTER > RIGHT:
            x, y = float(LEFT), y + _LINE
        drawn += [_swatch(tint, x, y - 9), _word("", x + 17, y, text)]
        x += 17 + len(text) * _LETTER + 16
    return drawn, y + 8


def _swatch(tint: str, x: float, y: float) -> str:
    return f'<rect class="{tint}" x="{x:.1f}" y="{y:g}" width="12" height="10" rx="2"/>'


def _who(part: Part) -> str:
    return part.name if part.name == part.instrument else f"{part.name}: {part.instrument}"


def _word(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:g}">{escape(text)}</text>'
