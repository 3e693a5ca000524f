"""What the composer has understood and decided, before it writes a note."""

from __future__ import annotations

from msgspec import Struct

from segue_local.theory import Key


class Character(Struct, frozen=True, kw_only=True):
    """How the moods bend a genre. Zero is neutral everywhere; about -2 to 2 is meant."""

    energy: float = 0.0
    """Louder sections, busier drums."""
    density: float = 0.0
    """More or fewer notes in the melody and the accompaniment."""
    brightness: float = 0.0
    """The tilt of the spectrum, in dB from the lowest to the highest band."""
    register: float = 0.0
    """Semitones by which the melody's home moves."""
    color: float = 0.0
    """Plainer or richer chords."""


class Theme(Struct, frozen=True, kw_only=True):
    """Where a piece's harmony and tune come from: one theme can be dressed in many genres."""

    genre: str
    seed: int
    color: float = 0.0
    density: float = 0.0


class Plan(Struct, frozen=True, kw_only=True):
    """Everything that `compose` needs, and a report of where each decision came from."""

    genre: str
    moods: tuple[str, ...]
    bpm: float
    bpm_fixed: bool
    """True where the user named a tempo: it is then never bent to fit the duration."""
    pace: float
    """Below 1 where a slow tempo was asked for in words, above 1 for a fast one: what is slow is
    never bent to be faster, nor the other way round."""
    key: Key
    duration: float
    """Seconds."""
    duration_fixed: bool
    meter: int
    """Quarter notes a bar."""
    metre: str
    """As it is written: "4/4", "3/4" or "6/8"."""
    theme: Theme
    """Where the harmony comes from."""
    tune: Theme
    """Where the melody's motifs come from."""
    wanted: tuple[str, ...]
    """Instruments, families ("guitar") or roles ("drums") that were asked for."""
    unwanted: tuple[str, ...]
    alone: bool
    """Whether what was asked for is to play, and nothing else."""
    band: str
    """The name of a band that was asked for and plays by itself; empty for none."""
    together: int
    """How many of a soloist there are: 1, or more for a duo, a trio or a quartet of them."""
    character: Character
    seed: int
    title: str
    prompt: str
    """The words it was read from."""
    loop: bool
    """Whether the end is to join the beginning."""
    opening: str
    """The kind of section that it begins with; empty for a piece with a beginning of its own."""
    turn: str
    """Tells a continuation's details from those of the piece that it goes on with."""
    understood: dict[str, object]
    """Plain JSON: each decision's value and its source, "option", "prompt", "mood",
    "genre", "source" (of an earlier piece), "loop" or "default"."""
    ignored: tuple[str, ...]
    """One plain sentence for each wish that cannot be honoured."""
