"""Who plays: fills a genre's chairs with instruments, as far as the plan wants or forbids them."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from random import Random

import msgspec
from msgspec import Struct

from segue_local.genres import Genre, Track
from segue_local.plan import Plan

_SINGING = ("strings", "woodwind", "brass", "choir", "harmonica", "accordion", "bagpipe")


class Instrument(Struct, frozen=True, kw_only=True):
    """What the composer knows about an instrument; the rest of its entry belongs to its voice."""

    family: str
    roles: tuple[str, ...]
    low: int = 0
    """The lowest MIDI pitch that it plays."""
    high: int = 127

    @property
    def sings(self) -> bool:
        """Whether it holds its notes and ties them: bowed, blown and sung."""
        return self.family in _SINGING


class Chair(Struct, frozen=True, kw_only=True):
    """A track with the instrument chosen for it."""

    track: Track
    instrument: str


@cache
def instruments() -> dict[str, Instrument]:
    """All instruments by name, from `data/instruments.toml`."""
    text = (files("segue_local") / "data" / "instruments.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Instrument])


def cast(plan: Plan, genre: Genre) -> list[Chair]:
    """The band for a piece. A wish takes over the chair that suits it, or gets one of its own."""
    rng = Random(f"casting/{plan.genre}/{plan.seed}")
    chairs = [
        Chair(track=track, instrument=rng.choice(track.instruments)) for track in genre.tracks
    ]
    chairs = [chair for chair in (_allowed(chair, plan) for chair in chairs) if chair]
    taken: set[str] = set()
    for wish in plan.wanted:
        chairs = _grant(wish, chairs, taken)
    return chairs or [Chair(track=genre.tracks[0], instrument=genre.tracks[0].instruments[0])]


def _allowed(chair: Chair, plan: Plan) -> Chair | None:
    """The chair, with another player where its own is unwanted, or None where nobody is left."""
    if chair.track.role in plan.unwanted:
        return None
    options = [chair.instrument, *chair.track.instruments]
    left = [name for name in options if not _matches(name, plan.unwanted)]
    return Chair(track=chair.track, instrument=left[0]) if left else None


def _matches(name: str, wishes: tuple[str, ...]) -> bool:
    return name in wishes or instruments()[name].family in wishes


def _grant(wish: str, chairs: list[Chair], taken: set[str]) -> list[Chair]:
    """The chairs with one wish granted. `taken` holds the chairs that earlier wishes were given."""
    for chair in chairs:
        if _matches(chair.instrument, (wish,)):
            taken.add(chair.track.name)
            return chairs
    if wish not in instruments() and all(entry.family != wish for entry in instruments().values()):
        return chairs
    free = [chair for chair in chairs if chair.track.name not in taken]
    for chair in free:
        player = next((name for name in chair.track.instruments if _matches(name, (wish,))), None)
        if player:
            return _seat(chairs, chair, player, taken)
    for chair in sorted(free, key=lambda c: c.track.role != "melody"):
        player = able(wish, chair.track.role)
        if player:
            return _seat(chairs, chair, player, taken)
    return [*chairs, _guest(wish, taken)]


def able(wish: str, role: str) -> str | None:
    """An instrument that grants the wish and can play such a part."""
    for name, entry in instruments().items():
        if role in entry.roles and _matches(name, (wish,)):
            return name
    return None


def _seat(chairs: list[Chair], chair: Chair, player: str, taken: set[str]) -> list[Chair]:
    taken.add(chair.track.name)
    seated = Chair(track=chair.track, instrument=player)
    return [seated if other is chair else other for other in chairs]


def _guest(wish: str, taken: set[str]) -> Chair:
    """A chair of its own for an instrument that the genre has no place for."""
    player = next(name for name in instruments() if _matches(name, (wish,)))
    role = instruments()[player].roles[0]
    track = Track(
        name=f"guest {player}",
        role=role,
        instruments=(player,),
        level=-5.0,
        sections="a b break outro",
        patterns=("0.2.1.3.0.2.1.3.",) if role == "arp" else ("X-------x-------",),
        reverb=0.3,
        center=_middle(player),
    )
    taken.add(track.name)
    return Chair(track=track, instrument=player)


def _middle(player: str) -> int:
    entry = instruments()[player]
    return 36 if "bass" in entry.roles else min(72, max(60, (entry.low + entry.high) // 2))
