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

from gallery.labels import keys, names
from gallery.rows import Row, Stave, staves
from gallery.scale import LEFT, RIGHT, WIDTH, across, bar_starts, end, width
from gallery.tints import tints
from segue_local.score import Note, Part, Score

TOP = 36
"""Where the notes begin; sections and bars are named above."""


def picture(score: Score, name: str) -> str:
    """The picture, in one line; `name` tells its ids from those of other pictures.

    The colours are explained beside it: by `labels.legend`, or in the picture by `alone`.
    """
    stave = staves(score, TOP)
    return _svg(score, name, _drawn(score, stave), stave.bottom + 20)


def alone(score: Score, name: str) -> str:
    """The picture as a file of its own, with its colours and what they mean."""
    stave = staves(score, TOP)
    drawn_keys, height = keys(score, stave.bottom + 36)
    drawn = f"<style>{style()}</style>{_drawn(score, stave)}{''.join(drawn_keys)}"
    return f"{_svg(score, name, drawn, height)}\n"


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
    return "".join([_grid(score, stave), *_notes(score, stave), names(score, stave), now])


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


def _notes(score: Score, stave: Stave) -> Iterator[str]:
    """A path for each part; those that carry the tune come last and lie on top."""
    order = (
        "texture", "riser", "hit", "pad", "drone", "comp", "power", "arp", "drums", "bass",
        "counter", "melody",
    )  # fmt: skip
    for part in sorted(score.parts, key=lambda part: order.index(part.role)):
        heard = [note for note in part.notes if note.start < end(score)]
        if heard:
            drawn = "".join(_bar(score, part, note, stave.row_of(part, note)) for note in heard)
            yield (
                f'<path class="{tints(score)[part.name]} {part.role}" '
                f'data-part="{escape(part.name)}" d="{drawn}"/>'
            )


def _bar(score: Score, part: Part, note: Note, row: Row) -> str:
    x, wide = across(score, note.start), max(1.5, width(score, note.start, note.length) - 0.6)
    thick = row.height + (3 if part.role == "pad" else 0)  # seen behind others of its pitch
    return f"M{x:.1f} {row.y - thick / 2:.1f}h{wide:.1f}v{thick:.1f}h-{wide:.1f}z"
