"""A room for each family of instruments, from `data/rooms.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import msgspec
import numpy as np
from msgspec import Struct

from segue_local.casting import instruments
from segue_local.mix.space import room
from segue_local.score import Part
from segue_local.synth.sound import Curve, Sound, frames

_LEVEL = 0.75
_REST = "hall"


class Room(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a family sits."""

    size: float
    """Its reverberation time, as a share of the piece's."""
    amount: float
    """Its share of what a part sends there."""
    delay: float
    """Seconds before it answers."""
    families: tuple[str, ...]


class Rooms:
    """What all parts send to their rooms, block by block: late and as loud as each room wants it,
    in one row for each size of room.
    """

    def __init__(self, parts: Sequence[Part], size: int) -> None:
        """Every block will have `size` frames."""
        places = [room_of(part.instrument) if part.reverb else None for part in parts]
        self._rooms = list(dict.fromkeys(filter(None, places))) or [_rooms()[_REST]]
        self._seats = [self._rooms.index(place) if place else 0 for place in places]
        self._sizes = sorted({each.size for each in self._rooms})
        self._late = [np.zeros(frames(each.delay), np.float32) for each in self._rooms]
        self._sends = np.zeros((len(self._rooms), size), np.float32)

    def responses(self, seconds: float) -> list[Curve]:
        """The impulse response of each row, in a piece with that reverberation time."""
        return [room(seconds * size) * _LEVEL for size in self._sizes]

    def send(self, part: int, sound: Sound) -> None:
        """Add what a part, by its number, sends in this block."""
        self._sends[self._seats[part]] += sound

    def rows(self) -> list[Sound]:
        """This block's rows, each (1, size); the next block is silent again."""
        size = self._sends.shape[1]
        rows = [np.zeros((1, size), np.float32) for _ in self._sizes]
        for number, each in enumerate(self._rooms):
            joined = np.concatenate([self._late[number], self._sends[number]])
            self._late[number] = joined[size:]
            rows[self._sizes.index(each.size)] += joined[:size] * np.float32(each.amount)
        self._sends[:] = 0
        return rows


def room_of(instrument: str) -> Room:
    """The room that an instrument of the composer sits in."""
    family = instruments()[instrument].family
    return next((each for each in _rooms().values() if family in each.families), _rooms()[_REST])


@cache
def _rooms() -> dict[str, Room]:
    text = (files("segue_local") / "data" / "rooms.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Room])
