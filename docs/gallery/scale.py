"""Where the moments of a piece are in its picture, from left to right."""

from __future__ import annotations

from segue_local.score import Score

WIDTH = 720
LEFT = 64
"""Where the first bar begins; names of rows stand left of it."""
RIGHT = WIDTH - 8


def end(score: Score) -> float:
    """The piece's last moment, in beats."""
    return score.duration * score.bpm / 60


def across(score: Score, beat: float) -> float:
    """Where a moment is, from left to right."""
    return LEFT + (RIGHT - LEFT) * min(1.0, beat / end(score))


def width(score: Score, start: float, beats: float) -> float:
    """How wide a stretch of the piece is."""
    return across(score, start + beats) - across(score, start)


def bar_starts(score: Score) -> list[float]:
    """The beginnings of all bars, in beats."""
    bars = sum(section.bars for section in score.sections)
    starts = (bar * float(score.meter) for bar in range(bars))
    return [start for start in starts if start < end(score) - 1e-6]
