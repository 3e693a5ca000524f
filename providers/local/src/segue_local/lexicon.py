"""The words that the composer knows, read from `data/words.toml`, and a scanner that finds them.

The longest phrase wins ("lo-fi hip hop" before "hip hop"), and a negation reaches the words right
after it ("no drums or bass"), never a syllable inside another word.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct

from segue_local.bands import ensembles
from segue_local.plan import Character

_CLOSE = 0.74
"""How alike two spellings must be, 0 to 1, for the one to be meant by the other."""
_WORD = re.compile(r"[^\W\d_]+")
_TOKEN = re.compile(r"[^\W_]+|[,;.!?]")


class Mood(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a mood does to a piece, and the words for it."""

    words: tuple[str, ...]
    modes: tuple[str, ...] = ()
    """What it sounds in; the first one's family beats the genre's own modes."""
    tempo: float = 1.0
    genre: str = ""
    character: Character = Character()


class Metre(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The words for a metre. Those that name a dance bring a genre along, if none is named."""

    words: tuple[str, ...]
    dances: dict[str, str] = {}


class Words(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole vocabulary."""

    genres: dict[str, tuple[str, ...]]
    tempos: dict[str, float]
    """Words for a tempo, and the bpm that a synonym of a genre brings along."""
    modes: dict[str, tuple[str, ...]]
    instruments: dict[str, tuple[str, ...]]
    moods: dict[str, Mood]
    metres: dict[str, Metre]
    loops: tuple[str, ...]
    """Words that ask for an end that joins the beginning."""
    plain: tuple[str, ...]
    """Words that say nothing about music, and are not reported as unread."""
    unsupported: dict[str, tuple[str, ...]]
    """A sentence, and the words that it answers."""
    negations: tuple[str, ...]
    fillers: tuple[str, ...]
    """Words that a negation reaches across: "no heavy drums"."""
    joiners: tuple[str, ...]
    heads: tuple[str, ...]
    """The last parts of German compounds, whose first part is a word of its own."""
    links: tuple[str, ...]
    """What may stand between the two parts."""


class Hit(Struct, frozen=True, kw_only=True):
    """One known phrase in a text."""

    kind: str
    """genre, instrument, band, mood, tempo, mode, metre, dance, loop or unsupported."""
    name: str
    phrase: str
    negated: bool


@cache
def words() -> Words:
    """The vocabulary, read once."""
    text = (files("segue_local") / "data" / "words.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Words)


def scan(text: str) -> list[Hit]:
    """Every known phrase of a text, in order. Never fails, whatever the text is."""
    return list(_hits(_tokens(text)))


def parted(text: str) -> str:
    """The text with German compounds in two words: "Harfenmusik" as "harfe musik"."""
    return _WORD.sub(lambda word: _parts(word[0]), unicodedata.normalize("NFKC", text))


def _parts(compound: str) -> str:
    word, known, vocabulary = compound.casefold(), _phrases(), words()
    if (word,) in known or word in vocabulary.plain:
        return compound
    for head in vocabulary.heads:
        first = word.removesuffix(head)
        for link in (*vocabulary.links, ""):
            if first != word and first.endswith(link) and (first.removesuffix(link),) in known:
                return f"{first.removesuffix(link)} {head}"
    return compound


def unread(text: str) -> list[str]:
    """The words of a text that no phrase covers and that might have meant something."""
    tokens, known, vocabulary = _tokens(text), _phrases(), words()
    passed = {*vocabulary.negations, *vocabulary.fillers, *vocabulary.joiners}
    passed |= {*vocabulary.plain, *vocabulary.heads}
    found: list[str] = []
    at = 0
    while at < len(tokens):
        phrase = _longest(tokens, at)
        word = tokens[at]
        if phrase not in known and word not in passed and word.isalpha() and len(word) > 2:
            found.append(word)
        at += max(1, len(phrase))
    return list(dict.fromkeys(found))


def nearest(word: str) -> str:
    """The known phrase that is spelled most like a word; empty where none is close."""
    found = get_close_matches(word, _spellings(), n=1, cutoff=_CLOSE)
    return found[0] if found else ""


@cache
def _spellings() -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(phrase) for phrase in _phrases()))


def _hits(tokens: tuple[str, ...]) -> Iterator[Hit]:
    known, vocabulary = _phrases(), words()
    at, negated = 0, False
    while at < len(tokens):
        phrase = _longest(tokens, at)
        if phrase in known:
            for kind, name in known[phrase]:
                yield Hit(kind=kind, name=name, phrase=" ".join(phrase), negated=negated)
        elif tokens[at] in vocabulary.negations:
            negated = True
        elif tokens[at] not in vocabulary.fillers and tokens[at] not in vocabulary.joiners:
            negated = False
        at += max(1, len(phrase))


def _longest(tokens: tuple[str, ...], at: int) -> tuple[str, ...]:
    known = _phrases()
    for length in range(min(5, len(tokens) - at), 0, -1):
        if tokens[at : at + length] in known:
            return tokens[at : at + length]
    return ()


@cache
def _phrases() -> dict[tuple[str, ...], list[tuple[str, str]]]:
    vocabulary = words()
    table: dict[tuple[str, ...], list[tuple[str, str]]] = {}
    groups: list[tuple[str, str, tuple[str, ...]]] = [
        *(("genre", name, phrases) for name, phrases in vocabulary.genres.items()),
        *(("tempo", name, (name,)) for name in vocabulary.tempos),
        *(("mode", name, phrases) for name, phrases in vocabulary.modes.items()),
        *(("instrument", name, phrases) for name, phrases in vocabulary.instruments.items()),
        *(("band", name, band.words) for name, band in ensembles().bands.items()),
        *(("mood", name, mood.words) for name, mood in vocabulary.moods.items()),
        *(("metre", name, (*metre.words, *metre.dances)) for name, metre in _metres()),
        *(
            ("dance", genre, (dance,))
            for _, metre in _metres()
            for dance, genre in metre.dances.items()
        ),
        ("loop", "loop", vocabulary.loops),
        *(("unsupported", name, phrases) for name, phrases in vocabulary.unsupported.items()),
    ]
    for kind, name, phrases in groups:
        for phrase in phrases:
            table.setdefault(_tokens(phrase), []).append((kind, name))
    return table


def _metres() -> list[tuple[str, Metre]]:
    return list(words().metres.items())


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()))
