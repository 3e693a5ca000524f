"""MIDI files and chord sheets say what the score says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from segue_local.brief import Brief
from segue_local.compose import compose
from segue_local.genres import names
from segue_local.midi import midi
from segue_local.score import Score
from segue_local.sheet import sheet
from segue_local.theory import Key, parse_key, roman, spelled
from segue_local.understand import understand

Event = tuple[int, int, bytes]
"""Ticks from the start, status, data."""


def score(**options: object) -> Score:
    return compose(understand(Brief(**{"seed": 6, "duration": 20, **options})))


def tracks(data: bytes) -> Iterator[list[Event]]:
    """The tracks of a standard MIDI file, read by its specification."""
    at = 14
    while at < len(data):
        assert data[at : at + 4] == b"MTrk"
        size = int.from_bytes(data[at + 4 : at + 8], "big")
        yield list(events(data[at + 8 : at + 8 + size]))
        at += 8 + size
    assert at == len(data)


def events(body: bytes) -> Iterator[Event]:
    at, now = 0, 0
    while at < len(body):
        wait, at = number(body, at)
        now += wait
        status = body[at]
        if status == 0xFF:
            size, start = number(body, at + 2)
            yield now, 0xFF00 | body[at + 1], body[start : start + size]
            at = start + size
            continue
        size = 1 if status & 0xF0 == 0xC0 else 2
        yield now, status, body[at + 1 : at + 1 + size]
        at += 1 + size


def number(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        value = value << 7 | body[at] & 0x7F
        at += 1
        if not body[at - 1] & 0x80:
            return value, at


@pytest.mark.parametrize("name", names())
def test_a_midi_file_holds_every_note_and_lets_each_go(name: str) -> None:
    piece = score(genre=name)
    head, *parts = tracks(midi(piece))
    wanted = [p for p in piece.parts if p.role not in ("texture", "riser") and p.notes]
    assert len(parts) == len(wanted)
    for part, found in zip(wanted, parts, strict=True):
        struck = [e for e in found if e[1] & 0xF0 == 0x90 and e[1] < 0xFF]
        freed = [e for e in found if e[1] & 0xF0 == 0x80 and e[1] < 0xFF]
        assert sorted(e[2][0] for e in struck) == sorted(note.pitch for note in part.notes)
        assert len(freed) == len(struck)
        assert all((e[1] & 15 == 9) is (part.role == "drums") for e in struck)
        assert found[-1][1] == 0xFF2F
    assert head[-1][1] == 0xFF2F


@pytest.mark.parametrize(("metre", "told"), [("4/4", (4, 2)), ("3/4", (3, 2)), ("6/8", (6, 3))])
def test_a_midi_file_tells_tempo_metre_key_and_sections(metre: str, told: tuple[int, int]) -> None:
    piece = score(genre="pop", metre=metre, bpm=100, key="F# minor")
    meta = {status: data for _, status, data in next(tracks(midi(piece)))}
    assert int.from_bytes(meta[0xFF51], "big") == 600_000
    assert tuple(meta[0xFF58][:2]) == told
    assert meta[0xFF59] == bytes((3, 1))  # three sharps, minor
    assert meta[0xFF06] == b"end"


def test_a_chord_sheet_has_a_bar_for_every_bar() -> None:
    piece = score(genre="jazz", key="Bb major", duration=40)
    text = sheet(piece)
    assert text.splitlines()[0] == piece.title
    assert "jazz, Bb major" in text
    bars = sum(line.count("|") - 1 for line in text.splitlines() if line.startswith("|"))
    assert bars == sum(section.bars for section in piece.sections)


@pytest.mark.parametrize(
    ("numeral", "key", "name"),
    [
        ("ii7", "C major", "Dm7"),
        ("V7/vi", "G major", "B7"),
        ("bVII", "D minor", "C"),
        ("iim7b5", "A minor", "Bm7b5"),
        ("i5", "E minor", "E5"),
        ("vio", "Eb major", "Cdim"),
        ("iii7", "E major", "G#m7"),
        ("VImaj7", "C minor", "Abmaj7"),
    ],
)
def test_chords_are_spelled_as_musicians_write_them(numeral: str, key: str, name: str) -> None:
    home: Key = parse_key(key)
    assert spelled(roman(numeral, home), home) == name
