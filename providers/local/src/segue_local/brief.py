"""What somebody asks the offline composer for, before any of it is understood."""

from __future__ import annotations

from msgspec import Struct


class Brief(Struct, frozen=True, kw_only=True):
    """A request in the user's own words and options.

    Options beat words, and words beat a genre's defaults.

    Nothing is checked here: `understand` raises `ValueError` for an option that is out of range.
    """

    prompt: str = ""
    """Free text: "rainy lofi with soft piano, 90 bpm, one minute"."""
    duration: float | None = None
    """Seconds, 1 to 600; None leaves it to the prompt or the genre."""
    bpm: float | None = None
    """Quarter notes a minute, 30 to 300; None leaves it to the prompt or the genre."""
    key: str | None = None
    """A tonic and a mode, such as "C minor" or "F# major"."""
    genre: str | None = None
    """A genre or one of its synonyms; an unknown one is reported, not refused."""
    style: str | None = None
    """More words, read like the prompt."""
    negative_style: str | None = None
    """What to leave out: "drums" and "no drums" mean the same here."""
    seed: int = 0
    """The same brief with the same seed is the same piece, to the byte."""
    metre: str | None = None
    """One of "4/4", "3/4" and "6/8"; None leaves it to the prompt or the genre."""
    loop: bool = False
    """Whether the end is to join the beginning: whole bars, and nothing rings out."""
    continues: Brief | None = None
    """The piece that this one goes on with, in its key, its tempo, its band and its theme."""
    at: float | None = None
    """Where it goes on, in seconds of that piece; None is its end."""
    covers: Brief | None = None
    """The piece whose harmony and tune are played again."""
    closeness: float = 0.6
    """For a cover: from 0.8 on it keeps the tempo, from 0.4 on the tune, below that the chords."""
    title: str | None = None
    """Written into the file's tags; None makes one from the genre and the key."""
