"""Bands by name and what a soloist plays, read from `data/ensembles.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from segue_local.genres import Track


class Band(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Players that sound together, and nobody else."""

    words: tuple[str, ...]
    genre: str
    """What it plays where no genre is named."""
    stands: tuple[str, ...]
    """The instruments that join in where a genre is named that is not the band's."""
    tracks: tuple[Track, ...]
    also: tuple[str, ...] = ()
    """Other genres that it plays by itself."""
    room: float = 1.6
    """Reverberation time in seconds."""


class Texture(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The parts that one player plays by itself; "*" is the player."""

    tracks: tuple[Track, ...]
    room: float = 1.6


class Solo(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an instrument, or any of a family, plays by itself."""

    texture: str
    genre: str
    """What it plays where no genre is named."""
    implies: bool = False
    """Whether the instrument, in company too, brings that genre along where none is named."""
    band: str = ""
    """For a family: the band that it is."""
    players: dict[str, str] = {}
    """For a family: who plays in which genre; "" is any other."""


class Ensembles(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of `data/ensembles.toml`."""

    bands: dict[str, Band]
    textures: dict[str, Texture]
    solo: dict[str, Solo]
    """By instrument, or by family."""


@cache
def ensembles() -> Ensembles:
    """The bands, the textures and the soloists."""
    text = (files("segue_local") / "data" / "ensembles.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Ensembles)
