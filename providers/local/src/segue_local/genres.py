"""The genres, read from `data/genres/*.toml`: everything about a genre is data, nothing is code."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct, field

Spectrum = tuple[float, float, float, float, float, float, float]


class Track(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A chair in the band: who may sit on it and how it is played."""

    name: str
    role: str
    """drums, bass, comp, power, pad, arp, melody, counter, drone, riser, hit or texture."""
    instruments: tuple[str, ...]
    level: float
    """LU relative to the loudest chair."""
    sections: str = "intro a b break outro"
    """Where it plays. A build is played by who plays in a, and c by who plays in b."""
    patterns: tuple[str, ...] = ()
    """Grids of sixteenths; each role reads its own letters."""
    center: int = 60
    """The MIDI pitch that the part stays around."""
    size: int = 4
    """How many notes a chord is voiced with."""
    pan: float = 0.0
    reverb: float = 0.2
    echo: float = 0.0
    duck: float = 0.0

    def plays(self, section: str) -> bool:
        """Whether it plays in a section of that name."""
        named = self.sections.split()
        return section in named or {"build": "a", "c": "b"}.get(section) in named


class Groove(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Drums with the bass line that belongs to them, so that bass and kick agree: a bar, or several
    that are gone through in turn."""

    bass: str
    drums: dict[str, str] = {}


class Grids(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rhythms of a genre in one metre."""

    grooves: tuple[Groove, ...]
    rhythms: tuple[str, ...]
    """Melody rhythms of two bars: x a note, - held, . silent."""
    fills: tuple[dict[str, str], ...] = ()
    builds: tuple[dict[str, str], ...] = ()
    """Drums of a bar that rises towards the next section."""
    comp: tuple[str, ...] = ()
    """Patterns of the tracks with that role that bring none of their own."""
    arp: tuple[str, ...] = ()


class Genre(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A style of music, complete enough to compose in."""

    name: str
    bpm: tuple[float, float]
    duration: float
    tonics: str
    modes: dict[str, int]
    """Modes and how often each is chosen."""
    progressions: dict[str, tuple[str, ...]]
    """For "major", "minor" and any mode of its own: numerals, one bar each; a comma splits a bar.
    A mode that a genre has none for takes `data/modes.toml` with the genre's `chords`."""
    tracks: tuple[Track, ...]
    grooves: tuple[Groove, ...]
    forms: tuple[str, ...]
    """Sections of four bars each; the one with the right number is taken."""
    cycle: str
    """What a longer piece goes through between its intro and its outro."""
    feel: str
    """Which of `data/metres.toml` it plays in a metre that it has no grids for."""
    chords: str = "triads"
    """triads, sevenths, ninths or power: how plain numerals are dressed."""
    turnarounds: dict[str, tuple[str, ...]] = {}
    """For "major" and "minor": a bar that leads back to the beginning."""
    turning: float = 0.5
    """How often a section ends with one, 0 to 1."""
    fills: tuple[dict[str, str], ...] = ()
    builds: tuple[dict[str, str], ...] = ()
    rhythms: tuple[str, ...] = ()
    metres: dict[str, int] = field(default_factory=lambda: {"4/4": 1})
    """Metres and how often each is chosen when nobody asks for one."""
    also: dict[str, Grids] = {}
    """The genre's own grids in other metres than 4/4."""
    swing: float = 0.5
    """Where the off-beat falls within its pair: 0.5 straight, 0.667 triplets."""
    swing_beats: float = 1.0
    """The length of that pair in beats: 1 swings the eighths, 0.5 the sixteenths."""
    timing: float = 0.006
    """Standard deviation of the players' timing in seconds."""
    touch: float = 0.06
    """Standard deviation of the players' velocity."""
    room: float = 1.4
    glue: float = 0.4
    drive: float = 0.2
    spectrum: Spectrum = (-11.0, -4.6, -5.8, -8.4, -15.0, -18.8, -23.0)
    intro_title: str = "Study"


@cache
def genre(name: str) -> Genre:
    """The genre of that name; raise `ValueError` naming all of them where there is none."""
    if name not in names():
        raise ValueError(f"genre {name!r} is not one of {', '.join(names())}")
    text = (files("segue_local") / "data" / "genres" / f"{name.replace(' ', '-')}.toml").read_text(
        "utf-8"
    )
    return msgspec.convert(tomllib.loads(text), Genre)


@cache
def names() -> tuple[str, ...]:
    """The names of all genres, sorted."""
    found = (files("segue_local") / "data" / "genres").iterdir()
    return tuple(
        sorted(entry.name[:-5].replace("-", " ") for entry in found if entry.name.endswith(".toml"))
    )
