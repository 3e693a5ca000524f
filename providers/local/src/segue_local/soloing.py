"""Who plays where nobody else is to: a band by name, one soloist, or a few players together."""

from __future__ import annotations

from random import Random

import msgspec
from msgspec import Struct

from segue_local.bands import Solo, Texture, ensembles
from segue_local.casting import Chair, able, instruments
from segue_local.genres import Genre, Track
from segue_local.metres import in_grids
from segue_local.plan import Plan

_LEADS = ("line", "drone")
"""Textures of instruments that sing one note at a time."""
_THIN = (*_LEADS, "low", "drums")
"""Textures without chords."""
_LIKEWISE = (
    ("second", "counter", -7, 0.4), ("third", "arp", -12, -0.4), ("fourth", "bass", -19, 0.2),
)  # fmt: skip
"""Those who join a player of their own kind: name, role, semitones below it, and place."""
_MOVING = ("0-1-0-1-0-1-0-1-", "..0-1-0-..0-1-0-")
_BEHIND = -2.5
"""LU by which those who accompany stand back."""


class Stage(Struct, frozen=True, kw_only=True):
    """The players and the room that they are in."""

    chairs: tuple[Chair, ...]
    room: float


def stage(plan: Plan, genre: Genre) -> Stage | None:
    """The players that were asked for and nobody else; None where a whole band is to play."""
    if not plan.alone:
        return None
    rng = Random(f"soloing/{plan.genre}/{plan.seed}")
    band = plan.band or next((name for wish in plan.wanted if (name := _band(wish))), "")
    if band:
        own = ensembles().bands[band]
        seated = [_seated(track, rng.choice(track.instruments), plan) for track in own.tracks]
        others = [w for w in plan.wanted if w not in own.stands and not _seats(seated, w)]
        guests = [chair for wish in others for chair in _part(wish, plan, genre, lead=False)]
        return _on_stage([*seated, *guests], own.room, plan)
    if not plan.wanted:
        return None
    leader = next((w for w in plan.wanted if _solo(w).texture in _LEADS), plan.wanted[0])
    order = [leader, *(wish for wish in plan.wanted if wish != leader)]
    chords = any(_solo(wish).texture not in _THIN for wish in order if wish != leader)
    chairs = [
        chair
        for wish in order
        for chair in _part(wish, plan, genre, lead=wish == leader, company=chords)
    ]
    if plan.together > 1 and len(order) == 1 and _solo(leader).texture in (*_LEADS, "low"):
        chairs += _likewise(leader, plan, genre)
    return _on_stage(chairs, max(_texture(wish).room for wish in order), plan)


def solo_genre(wish: str) -> Solo | None:
    """How an instrument or a family plays by itself; None for what is neither."""
    return _solo(wish) if wish in instruments() or wish in ensembles().solo else None


def _on_stage(chairs: list[Chair], room: float, plan: Plan) -> Stage | None:
    allowed = tuple(
        chair
        for chair in chairs
        if chair.instrument not in plan.unwanted
        and chair.track.role not in plan.unwanted
        and instruments()[chair.instrument].family not in plan.unwanted
    )
    return Stage(chairs=allowed, room=room) if allowed else None


def _part(wish: str, plan: Plan, genre: Genre, *, lead: bool, company: bool = True) -> list[Chair]:
    """What one player plays: all of its texture, or without the tune beside another leader."""
    player = _player(wish, plan, genre)
    tracks = _texture(player).tracks
    if lead:
        kept = tracks
        if company:
            kept = tuple(track for track in tracks if track.role in ("melody", "drums")) or tracks
            kept = tuple(_everywhere(track) for track in kept)
    else:
        kept = _behind(wish, tracks)
    return [
        _seated(track, player if track.instruments[0] == "*" else track.instruments[0], plan)
        for track in kept
    ]


def _likewise(wish: str, plan: Plan, genre: Genre) -> list[Chair]:
    """More players of the same instrument, below the first: one holds, one moves, one is low."""
    player = _player(wish, plan, genre)
    middle = _middle(player)
    return [
        _seated(
            Track(
                name=name, role=role, instruments=("*",), level=-3.0, center=middle + below,
                size=2, patterns=_MOVING, pan=pan, reverb=0.3,
            ),
            player,
            plan,
        )
        for name, role, below, pan in _LIKEWISE[: plan.together - 1]
    ]  # fmt: skip


def _seats(chairs: list[Chair], wish: str) -> bool:
    """Whether a wish is granted by who sits there already."""
    return any(
        wish in (chair.instrument, chair.track.role, instruments()[chair.instrument].family)
        for chair in chairs
    )


def _everywhere(track: Track) -> Track:
    return msgspec.structs.replace(track, sections="intro a b c break outro")


def _behind(wish: str, tracks: tuple[Track, ...]) -> tuple[Track, ...]:
    """A texture without its tune; who has nothing else holds long notes below."""
    kept = tuple(
        msgspec.structs.replace(
            track, level=track.level + _BEHIND, sections="intro a b c break outro"
        )
        for track in tracks
        if track.role != "melody"
    )
    if _solo(wish).texture in _LEADS:
        first = tracks[0]
        return (msgspec.structs.replace(first, name="answer", role="counter", level=-3.0),)
    return kept or tracks


def _seated(track: Track, player: str, plan: Plan) -> Chair:
    """A chair of its own name, in the piece's metre and the player's range."""
    name = player if track.instruments[0] != "*" else track.instruments[0].replace("*", player)
    seated = in_grids(track, plan.genre, plan.metre)
    center = seated.center or _middle(name)
    label = track.name if track.instruments[0] != "*" else f"{name} {track.name}"
    return Chair(track=msgspec.structs.replace(seated, center=center, name=label), instrument=name)


def _middle(player: str) -> int:
    """Where a tune lies well: somewhat above the middle of what the player can reach."""
    entry = instruments()[player]
    return min(76, max(entry.low + 11, round(0.42 * entry.low + 0.58 * entry.high)))


def _solo(wish: str) -> Solo:
    """The entry of an instrument, or that of its family."""
    known = ensembles().solo
    if wish in known:
        return known[wish]
    entry = instruments().get(wish)
    return known[entry.family] if entry and entry.family in known else known["piano"]


def _band(wish: str) -> str:
    """The band that a family is; nothing for a single instrument."""
    return ensembles().solo[wish].band if wish in ensembles().solo else ""


def _texture(wish: str) -> Texture:
    return ensembles().textures[_solo(wish).texture]


def _player(wish: str, plan: Plan, genre: Genre) -> str:
    """Who plays for a wish: the instrument itself, or one of the family that suits the genre."""
    players = ensembles().solo[wish].players if wish in ensembles().solo else {}
    if wish in instruments() and not players:
        return wish
    if players:
        return players.get(plan.genre, players[""])
    for track in genre.tracks:
        if track.role == wish or instruments()[track.instruments[0]].family == wish:
            return Random(f"player/{plan.seed}").choice(track.instruments)
    return next(
        (name for name, entry in instruments().items() if entry.family == wish),
        able(wish, wish) or "piano",
    )
