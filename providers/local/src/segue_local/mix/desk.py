"""The mixing desk: all parts with their gains, the room and the echo, and the mix's own curve."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct

from segue_local.mix.convolver import Convolver, chained
from segue_local.mix.space import curve, echo, room
from segue_local.score import Part, Score
from segue_local.synth.sound import Curve, Sound

FLAT = (0.0,) * 7
_CENTERS = (35.0, 95.0, 245.0, 630.0, 1600.0, 3900.0, 9500.0)
_ROOM_LEVEL = 0.75


class Settings(Struct, frozen=True, kw_only=True):
    """Everything that the sound check decides once for the whole piece."""

    gains: tuple[float, ...]
    """For each part, linear."""
    tone: tuple[float, ...] = FLAT
    """The mix's equalizer: dB for each band."""
    gain: float = 1.0
    """Linear, before the master chain."""


class Desk:
    """Mixes blocks of parts; reverberation and filters go on from block to block."""

    def __init__(self, score: Score, settings: Settings, size: int) -> None:
        """Every block will have `size` frames."""
        self._gains = [np.float32(gain) for gain in settings.gains]
        tone = tone_curve(settings.tone)
        hall = room(score.mix.room) * _ROOM_LEVEL
        lines = [tone, chained(hall, tone)]
        self._echoes = any(part.echo for part in score.parts)
        if self._echoes:
            lines.append(chained(echo(60 / score.bpm), tone))
        self._out = Convolver(lines, size)
        self._size = size

    def mix(self, parts: Iterable[tuple[Part, Sound]]) -> Sound:
        """One block of the whole band, from one block of each part, in the score's order."""
        dry = np.zeros((2, self._size), np.float32)
        sends = np.zeros((2, self._size), np.float32)
        for (part, block), gain in zip(parts, self._gains, strict=True):
            loud = block * gain
            dry += loud
            middle = loud[0] + loud[1]
            sends[0] += middle * np.float32(0.5 * part.reverb)
            if part.echo:
                sends[1] += middle * np.float32(0.5 * part.echo)
        return self._out.feed(dry, sends[:1], *((sends[1:],) if self._echoes else ()))


def tone_curve(bands: tuple[float, ...]) -> Curve:
    """The equalizer's filter: those dB in the seven bands, and nothing below 25 Hz."""
    return curve(
        (12.0, 24.0, *_CENTERS, 15_000.0, 19_000.0),
        (-30.0, -3.0 + bands[0], *bands, bands[-1] - 1, -12.0),
    )
