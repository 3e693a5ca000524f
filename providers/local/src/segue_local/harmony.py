"""The chords of a piece: a progression for each kind of section, chosen from a genre's own."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from random import Random

import msgspec
from msgspec import Struct

from segue_local.genres import Genre
from segue_local.plan import Theme
from segue_local.theory import Key, family

_RICH = ("7", "9", "13", "69", "/", "o", "sus", "+")
_TONICS = ("", "5", "6", "69", "7", "maj7", "9", "maj9", "add9")


class Material(Struct, frozen=True, kw_only=True):
    """The chords of a piece, each bar a string of numerals."""

    sections: dict[str, tuple[str, ...]]
    turnaround: str
    """A bar that leads home; empty for a genre that needs none."""
    tonic: str
    """The chord that the piece ends on."""

    def of(self, section: str) -> tuple[str, ...]:
        """The bars that a section goes through, again and again."""
        return self.sections.get(section) or self.sections["a"]


def material(genre: Genre, theme: Theme, key: Key) -> Material:
    """Choose the chords of a theme: always the same ones for the same theme and key."""
    rng = Random(f"harmony/{theme.genre}/{theme.seed}")
    texts = list(_progressions(genre, key.mode))
    rng.shuffle(texts)
    texts.sort(key=lambda text: rng.random() * 2 - theme.color * _richness(text))
    first, *others = texts
    others.sort(key=lambda text: _likeness(text, first))
    second, third = others[0], others[min(1, len(others) - 1)]
    turns = genre.turnarounds.get(family(key.mode), ())
    turnaround = rng.choice(turns) if turns and key.mode in ("major", "minor") else ""
    return Material(
        sections={
            "a": tuple(first.split()), "b": tuple(second.split()), "c": tuple(third.split()),
            "break": tuple(third.split()), "build": _rise(second, turnaround),
        },
        turnaround=turnaround,
        tonic=_tonic(texts, key),
    )  # fmt: skip


def _progressions(genre: Genre, mode: str) -> tuple[str, ...]:
    """The genre's own for the mode, else the mode's dressed in its chords, else its family's."""
    if mode in genre.progressions:
        return genre.progressions[mode]
    return _modal()[mode][genre.chords]


def _richness(text: str) -> float:
    """How many of its chords are more than triads, 0 to 1."""
    symbols = text.replace(",", " ").split()
    return sum(any(mark in symbol for mark in _RICH) for symbol in symbols) / len(symbols)


def _likeness(text: str, other: str) -> int:
    """How much it sounds like another: shared bars, and above all the same beginning."""
    ours, theirs = text.split(), other.split()
    return 3 * (ours[0] == theirs[0]) + len(set(ours) & set(theirs))


def _rise(text: str, turnaround: str) -> tuple[str, ...]:
    """Chords that hold back: the middle of a progression, then what leads home."""
    bars = text.split()
    return (bars[1 % len(bars)], bars[2 % len(bars)], bars[-1], turnaround or bars[-1])


def _tonic(texts: list[str], key: Key) -> str:
    """The tonic, with as many tones as the genre's own tonic chord has."""
    plain = "I" if family(key.mode) == "major" else "i"
    symbols = [symbol for text in texts for symbol in text.replace(",", " ").split()]
    own = [symbol for symbol in symbols if _is_tonic(symbol, plain)]
    return own[0] if own else plain


def _is_tonic(symbol: str, plain: str) -> bool:
    return symbol.startswith(plain) and symbol != "I7" and symbol[len(plain) :] in _TONICS


@cache
def _modal() -> dict[str, dict[str, tuple[str, ...]]]:
    text = (files("segue_local") / "data" / "modes.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, dict[str, tuple[str, ...]]])
