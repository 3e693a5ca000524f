"""The words in and beside a picture: sections, bars, rows, seconds, and who has which colour."""

from __future__ import annotations

import math
from html import escape

from gallery.rows import Stave
from gallery.scale import LEFT, RIGHT, across, bar_starts, width
from gallery.tints import tints
from segue_local.score import Part, Score

_LETTER = 6.4
"""The width of a letter of the legend, at its widest usual."""
_LINE = 18
_BAR = 18
"""How much room a bar's number needs; where bars are narrower, not all have theirs."""


def names(score: Score, stave: Stave) -> str:
    """Sections and bars above, rows at the left, seconds below."""
    words = [
        _word("name", across(score, s.start) + 2, 12, s.name) for s in score.sections if s.bars
    ]
    starts = bar_starts(score)
    step = math.ceil(_BAR / width(score, 0, score.meter))
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


def legend(score: Score) -> dict[str, str]:
    """Who plays, by name and instrument, and the class of its colour."""
    return {_who(part): tints(score)[part.name] for part in score.parts if part.notes}


def keys(score: Score, y: float) -> tuple[list[str], float]:
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
