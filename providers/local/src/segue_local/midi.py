"""A score as a standard MIDI file, written by hand: one track of tempo and metre, one per part."""

from __future__ import annotations

from collections.abc import Iterator

from segue_local.casting import instruments
from segue_local.score import Part, Score
from segue_local.theory import NAMES, family

_TICKS = 480
"""Ticks in a quarter note."""
_DRUM_CHANNEL = 9
_UNPITCHED = ("texture", "riser")
_PROGRAMS = {  # General MIDI programs, counted from 0
    "accordion": 21, "bagpipe": 109, "banjo": 105, "bass": 33, "bells": 14, "brass": 61,
    "chip": 80, "choir": 52, "clavinet": 7, "guitar": 25, "harmonica": 22, "harp": 46,
    "harpsichord": 6, "koto": 107, "mallets": 12, "mandolin": 25, "organ": 16, "pad": 89,
    "piano": 0, "sitar": 104, "strings": 48, "synth": 81, "timpani": 47, "woodwind": 73,
}  # fmt: skip
_EXACT = {
    "acoustic bass": 32, "alto saxophone": 65, "baritone saxophone": 67, "bassoon": 70,
    "cello": 42, "clarinet": 71, "clean guitar": 27, "electric guitar": 30,
    "electric piano": 4, "french horn": 60, "jazz guitar": 26, "lead guitar": 30,
    "muted guitar": 28, "muted trumpet": 59, "nylon guitar": 24, "oboe": 68,
    "overdriven guitar": 29, "saxophone": 66, "slap bass": 36, "soprano saxophone": 64,
    "sub bass": 38, "synth bass": 38, "trombone": 57, "trumpet": 56, "upright bass": 32,
    "vibraphone": 11, "violin": 40, "viola": 41,
}  # fmt: skip


def midi(score: Score) -> bytes:
    """The file, format 1. Sounds without pitch (vinyl, risers) are left out."""
    parts = [part for part in score.parts if part.role not in _UNPITCHED and part.notes]
    melodic = (channel for channel in _channels())
    chunks = [_chunk(_conductor(score))]
    for part in parts:
        channel = _DRUM_CHANNEL if part.role == "drums" else next(melodic)
        chunks.append(_chunk(_events(part, channel)))
    header = b"MThd" + _big(6, 4) + _big(1, 2) + _big(len(chunks), 2) + _big(_TICKS, 2)
    return header + b"".join(chunks)


def _channels() -> Iterator[int]:
    """All channels but the drums', again and again."""
    while True:
        yield from (channel for channel in range(16) if channel != _DRUM_CHANNEL)


def _conductor(score: Score) -> list[tuple[int, bytes]]:
    """Title, tempo, metre, key, and a marker for each section."""
    beats, _, unit = score.metre.partition("/")
    power = int(unit).bit_length() - 1
    minor = family(score.mode) == "minor"
    home = NAMES.index(score.tonic) + (3 if minor else 0)
    sharps = (home * 7 + 5) % 12 - 5
    tempo = round(60_000_000 / score.bpm)
    return [
        (0, _meta(0x03, score.title.encode())),
        (0, _meta(0x51, _big(tempo, 3))),
        (0, _meta(0x58, bytes((int(beats), power, 24, 8)))),
        (0, _meta(0x59, bytes((sharps % 256, minor)))),
        *(
            (round(section.start * _TICKS), _meta(0x06, section.name.encode()))
            for section in score.sections
        ),
    ]


def _events(part: Part, channel: int) -> list[tuple[int, bytes]]:
    """A part's name, program and notes. A key that is struck again is let go first."""
    events: list[tuple[int, bytes]] = [(0, _meta(0x03, part.name.encode()))]
    if part.role != "drums":
        events.append((0, bytes((0xC0 | channel, _program(part.instrument)))))
    strikes: dict[int, list[int]] = {}
    for note in part.notes:
        strikes.setdefault(note.pitch, []).append(round(note.start * _TICKS))
    for note in part.notes:
        start = round(note.start * _TICKS)
        end = max(start + 1, round((note.start + note.length) * _TICKS))
        later = [at for at in strikes[note.pitch] if start < at < end]
        velocity = min(127, max(1, round(note.velocity * 127)))
        events.append((start, bytes((0x90 | channel, note.pitch, velocity))))
        events.append((min([end, *later]), bytes((0x80 | channel, note.pitch, 0))))
    return events


def _program(instrument: str) -> int:
    return _EXACT.get(instrument, _PROGRAMS.get(instruments()[instrument].family, 0))


def _chunk(events: list[tuple[int, bytes]]) -> bytes:
    """A track chunk. At the same tick, notes end before others begin."""
    body, now = bytearray(), 0
    ordered = sorted(events, key=lambda event: (event[0], event[1][0] & 0xF0 == 0x90))
    for at, data in ordered:
        body += _variable(at - now) + data
        now = at
    body += _variable(0) + _meta(0x2F, b"")
    return b"MTrk" + _big(len(body), 4) + bytes(body)


def _meta(kind: int, data: bytes) -> bytes:
    return bytes((0xFF, kind)) + _variable(len(data)) + data


def _variable(number: int) -> bytes:
    """A variable-length quantity: seven bits a byte, the high bit on all but the last."""
    found = [number & 0x7F]
    while number := number >> 7:
        found.append(number & 0x7F | 0x80)
    return bytes(reversed(found))


def _big(number: int, size: int) -> bytes:
    return number.to_bytes(size, "big")
