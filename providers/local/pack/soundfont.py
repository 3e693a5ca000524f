"""Reads a SoundFont 2 file: presets, their zones and the recordings behind them.

The format is SoundFont Technical Specification 2.04: a RIFF file whose `pdta` list holds nine
tables (section 7) and whose `smpl` chunk holds all recordings as 16-bit numbers,
one after the other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

KEYS, VELOCITIES = 43, 44
SAMPLE, INSTRUMENT = 53, 41
ROOT, COARSE, FINE, SCALE = 58, 51, 52, 56
MODE, ATTENUATION, CUTOFF, PAN = 54, 48, 8, 17
ATTACK, HOLD, DECAY, SUSTAIN, RELEASE = 34, 35, 36, 37, 38
_OFFSETS = {  # generators that move a recording's four marks: fine, and coarse by 32768
    "start": (0, 4),
    "end": (1, 12),
    "loop_start": (2, 45),
    "loop_end": (3, 50),
}
_RANGES = (KEYS, VELOCITIES)
_DRUMS = 128


class Recording(Struct, frozen=True, kw_only=True):
    """One entry of the table `shdr`."""

    name: str
    start: int
    end: int
    loop_start: int
    loop_end: int
    rate: int
    pitch: int
    correction: int
    link: int
    kind: int


class Zone(Struct, frozen=True, kw_only=True):
    """A recording with everything that preset and instrument say about how it is played."""

    recording: Recording
    generators: Mapping[int, int]
    keys: tuple[int, int]
    velocities: tuple[int, int]

    def get(self, generator: int, default: int = 0) -> int:
        """The value of a generator, in the units of the format."""
        return self.generators.get(generator, default)

    def mark(self, name: str) -> int:
        """Where the recording's start, end, loop_start or loop_end is, in frames of the file."""
        fine, coarse = _OFFSETS[name]
        base: int = getattr(self.recording, name)
        return base + self.get(fine) + 32768 * self.get(coarse)


class SoundFont:
    """A font in memory; the recordings stay in the file until they are asked for."""

    def __init__(self, path: Path) -> None:
        """Raise `ValueError` for a file that is no SoundFont."""
        with path.open("rb") as file:
            riff, _, form = struct.unpack("<4sI4s", file.read(12))
        if (riff, form) != (b"RIFF", b"sfbk"):
            raise ValueError(f"{path} is not a SoundFont 2 file")
        self._chunks = dict(_chunks(path))
        at, size = self._chunks[b"smpl"]
        self._audio = np.memmap(path, "<i2", "r", at, (size // 2,))
        self._path = path
        self._recordings = [
            Recording(
                name=_text(row[0]), start=row[1], end=row[2], loop_start=row[3], loop_end=row[4],
                rate=row[5], pitch=row[6], correction=row[7], link=row[8], kind=row[9],
            )
            for row in self._table(b"shdr", "<20sIIIIIBbHH")
        ]  # fmt: skip

    def audio(self, start: int, end: int) -> NDArray[np.float64]:
        """A stretch of the recordings, between -1 and 1."""
        return np.asarray(self._audio[start:end], np.float64) / 32768

    def recording(self, index: int) -> Recording:
        """The recording of that number, as `Recording.link` counts."""
        return self._recordings[index]

    def presets(self) -> dict[tuple[int, int], str]:
        """Names by bank and program; drum kits are in bank 128."""
        rows = self._table(b"phdr", "<20sHHHIII")[:-1]
        return {(row[2], row[1]): _text(row[0]) for row in rows}

    def zones(self, bank: int, program: int) -> list[Zone]:
        """All zones of a preset, its own generators added to those of its instruments."""
        rows = self._table(b"phdr", "<20sHHHIII")
        place = next(n for n, row in enumerate(rows) if (row[2], row[1]) == (bank, program))
        found: list[Zone] = []
        for outer in self._bags(b"pbag", b"pgen", rows[place][3], rows[place + 1][3], INSTRUMENT):
            heads = self._table(b"inst", "<20sH")
            first, last = (heads[outer[INSTRUMENT] + step][1] for step in (0, 1))
            for inner in self._bags(b"ibag", b"igen", first, last, SAMPLE):
                zone = self._zone(outer, inner)
                if zone.keys[0] <= zone.keys[1] and zone.velocities[0] <= zone.velocities[1]:
                    found.append(zone)
        return found

    def _zone(self, outer: dict[int, int], inner: dict[int, int]) -> Zone:
        both = dict(inner)
        for generator, value in outer.items():
            if generator not in (*_RANGES, INSTRUMENT):
                both[generator] = both.get(generator, _default(generator)) + value
        low, high = (_crossed(outer.get(name), inner.get(name)) for name in _RANGES)
        return Zone(
            recording=self._recordings[inner[SAMPLE]], generators=both, keys=low, velocities=high
        )

    def _bags(
        self, bags: bytes, generators: bytes, first: int, last: int, end: int
    ) -> Iterator[dict[int, int]]:
        """The generators of each zone, with those of the leading global zone below them."""
        rows = self._table(bags, "<HH")
        values = self._table(generators, "<Hh")
        common: dict[int, int] = {}
        for number in range(first, last):
            own = {
                kind: value & 0xFFFF if kind in (*_RANGES, SAMPLE, INSTRUMENT) else value
                for kind, value in values[rows[number][0] : rows[number + 1][0]]
            }
            if end in own:
                yield {**common, **own}
            elif number == first:
                common = own

    def _table(
        self, name: bytes, layout: str
    ) -> list[tuple[Any, ...]]:  # the layout says what is in a row
        at, size = self._chunks[name]
        with self._path.open("rb") as file:
            file.seek(at)
            return list(struct.iter_unpack(layout, file.read(size)))


def root_of(zone: Zone) -> float:
    """The pitch at which the recording is heard as it is: all tunings taken together."""
    root = zone.get(ROOT, -1)
    root = zone.recording.pitch if root < 0 else root
    cents = zone.get(FINE) + zone.recording.correction
    return float(root - zone.get(COARSE) - cents / 100)


def seconds(timecents: int) -> float:
    """A time of the format."""
    return round(float(2 ** (timecents / 1200)), 4) if timecents > -12_000 else 0.0


def hertz(cents: float) -> float:
    """A frequency of the format."""
    return float(8.176 * 2 ** (cents / 1200))


def _chunks(path: Path) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Each chunk's place and size; lists are entered."""
    with path.open("rb") as file:
        file.seek(12)
        while head := file.read(8):
            name, size = struct.unpack("<4sI", head)
            if name == b"LIST":
                file.read(4)
                continue
            yield name, (file.tell(), size)
            file.seek(size + size % 2, 1)


def _default(generator: int) -> int:
    """What a generator is where an instrument is silent about it (section 8.1.3)."""
    if generator in (ATTACK, HOLD, DECAY, RELEASE):
        return -12_000
    return {CUTOFF: 13_500, SCALE: 100}.get(generator, 0)


def _crossed(outer: int | None, inner: int | None) -> tuple[int, int]:
    """The keys or velocities that are in both ranges; each is low byte and high byte."""
    spans = [(value & 0xFF, value >> 8) for value in (outer, inner) if value is not None]
    return max([0, *(low for low, _ in spans)]), min([127, *(high for _, high in spans)])


def _text(raw: object) -> str:
    return bytes(raw).split(b"\0")[0].decode("latin-1").strip() if isinstance(raw, bytes) else ""
