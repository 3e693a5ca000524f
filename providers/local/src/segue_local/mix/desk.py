"""The mixing desk: parts with their gains, rooms and echo, and the mix's own curve."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from segue_local.mix.convolver import Convolver, chained
from segue_local.mix.echo import Echo
from segue_local.mix.rooms import Rooms
from segue_local.mix.space import curve
from segue_local.score import Part, Score
from segue_local.synth.sound import Curve, Sound

FLAT = (0.0,) * 7
_CENTERS = (35.0, 95.0, 245.0, 630.0, 1600.0, 3900.0, 9500.0)


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that the sound check decides once for the whole piece."""

    gains: tuple[float, ...]
    """For each part, linear."""
    tone: tuple[float, ...] = ()
    """The mix's equalizer: dB for each band; empty for none."""
    gain: float = 1.0
    """Linear, before the master chain."""


class Desk:
    """Mixes blocks of parts; reverberation and filters go on from block to block."""

    def __init__(self, score: Score, settings: Settings, size: int) -> None:
        """Every block will have `size` frames."""
        self._gains = [np.float32(gain) for gain in settings.gains]
        self._rooms = Rooms(score.parts, size)
        halls = self._rooms.responses(score.mix.room)
        self._plain = not settings.tone
        self._out = Convolver(halls if self._plain else _toned(halls, settings.tone), size)
        echoes = any(part.echo for part in score.parts)
        self._echo = Echo(60 / score.bpm, size) if echoes else None
        self._spare = np.empty((2, size), np.float32)
        self._size = size

    def mix(self, parts: Iterable[tuple[Part, Sound]]) -> Sound:
        """One block of the whole band, from one block of each part, in the score's order."""
        dry = np.zeros((2, self._size), np.float32)
        echoed = np.zeros(self._size, np.float32)
        loud = self._spare
        for number, ((part, block), gain) in enumerate(zip(parts, self._gains, strict=True)):
            np.multiply(block, gain, out=loud)
            dry += loud
            middle = np.add(loud[0], loud[1], out=loud[0])
            if part.reverb:
                wet = np.multiply(middle, np.float32(0.5 * part.reverb), out=loud[1])
                self._rooms.send(number, wet)
            if part.echo:
                echoed += np.multiply(middle, np.float32(0.5 * part.echo), out=loud[1])
        if self._echo:
            self._echo.add(echoed, dry)
        rows = self._rooms.rows()
        return dry + self._out.feed(*rows) if self._plain else self._out.feed(dry, *rows)


def _toned(halls: list[Curve], bands: tuple[float, ...]) -> list[Curve]:
    """The equalizer, and each hall through it."""
    tone = tone_curve(bands)
    return [tone, *(chained(hall, tone) for hall in halls)]


def tone_curve(bands: tuple[float, ...]) -> Curve:
    """The equalizer's filter: those dB in the seven bands, and nothing below 25 Hz."""
    return curve(
        (12.0, 24.0, *_CENTERS, 15_000.0, 19_000.0),
        (-30.0, -3.0 + bands[0], *bands, bands[-1] - 1, -12.0),
    )
