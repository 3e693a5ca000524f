"""A score as a chord sheet: plain text, a line for every four bars, under its section's name."""

from __future__ import annotations

from segue_local.score import Score, Section
from segue_local.theory import NAMES, Chord, Key, spelled

_ROW = 4
"""Bars in a line."""
_TITLES = {"a": "A", "b": "B", "c": "C"}


def sheet(score: Score) -> str:
    """Title, key, tempo and metre; then the chords. A bar with two chords has both in it."""
    head = f"{score.tonic} {score.mode}, {score.bpm:g} bpm, {score.metre}"
    lines = [score.title, f"{score.genre}, {head}", ""]
    for section in score.sections:
        if rows := _rows(score, section):
            lines += [f"[{_TITLES.get(section.name, section.name)}]", *rows, ""]
    return "\n".join(lines)


def _rows(score: Score, section: Section) -> list[str]:
    bars = [
        _bar(score, section.start + number * score.meter) for number in range(section.bars)
    ]  # fmt: skip
    return [
        "| " + " | ".join(f"{bar:<8}" for bar in bars[at : at + _ROW]).rstrip() + " |"
        for at in range(0, len(bars), _ROW)
    ]


def _bar(score: Score, start: float) -> str:
    key = Key(tonic=NAMES.index(score.tonic), mode=score.mode)
    within = [
        chord for chord in score.chords if start - 1e-6 <= chord.start < start + score.meter - 1e-6
    ]
    return " ".join(spelled(Chord(symbol=c.symbol, tones=c.tones), key) for c in within)
