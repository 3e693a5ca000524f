"""Metres: a genre's rhythms in 4/4 are its own; in 3/4 and 6/8 it has some or borrows them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from segue_local.genres import Genre, Grids, Track, genre

BEATS = {"4/4": 4, "3/4": 3, "6/8": 3}
"""The metres that can be asked for, and how many quarter notes a bar of each has."""

_STRONG = {"4/4": (0.0, 2.0), "3/4": (0.0,), "6/8": (0.0, 1.5)}


@cache
def in_metre(name: str, metre: str) -> Genre:
    """The genre of that name with its rhythms in a metre.

    Raises `ValueError` for a genre or a metre that is unknown.
    """
    style = genre(name)
    if metre not in BEATS:
        raise ValueError(f"metre {metre!r} is not one of {', '.join(BEATS)}")
    grids = _grids(style, metre)
    if grids is None:
        return style
    return msgspec.structs.replace(
        style,
        grooves=grids.grooves,
        rhythms=grids.rhythms,
        fills=grids.fills,
        builds=grids.builds,
        tracks=tuple(_track(track, grids) for track in style.tracks),
    )


def strong(at: float, metre: str) -> bool:
    """Whether a moment of a bar, in beats from its start, carries weight."""
    return any(abs(at % BEATS[metre] - place) < 1e-6 for place in _STRONG[metre])


def in_grids(track: Track, name: str, metre: str) -> Track:
    """A track that is none of the genre's own, with its rhythms in the metre."""
    grids = _grids(genre(name), metre)
    return track if grids is None else _track(track, grids)


def _grids(style: Genre, metre: str) -> Grids | None:
    """The genre's rhythms in a metre; None for the one that it is written in."""
    return None if metre == "4/4" else style.also.get(metre) or _shared()[metre][style.feel]


def _track(track: Track, grids: Grids) -> Track:
    patterns = {"comp": grids.comp, "arp": grids.arp, "power": grids.comp}.get(
        track.role, track.patterns
    )
    return msgspec.structs.replace(track, patterns=patterns)


@cache
def _shared() -> dict[str, dict[str, Grids]]:
    text = (files("segue_local") / "data" / "metres.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, dict[str, Grids]])
