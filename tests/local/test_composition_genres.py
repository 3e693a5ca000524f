"""Genres are told apart by their scores, and a theme is the same on every Python."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import cache

import msgspec
import pytest

from segue_local.brief import Brief
from segue_local.casting import instruments
from segue_local.compose import compose
from segue_local.genres import genre, names
from segue_local.harmony import material
from segue_local.lexicon import words
from segue_local.metres import BEATS, in_metre
from segue_local.motif import motif
from segue_local.plan import Theme
from segue_local.score import Score
from segue_local.theory import Key
from segue_local.understand import understand

GENRES = 36
KICK, BACKBEATS = 36, (38, 39)


@cache
def score(name: str, seed: int) -> Score:
    return compose(understand(Brief(genre=name, seed=seed, duration=40, metre="4/4")))


def features(piece: Score) -> dict[str, float]:
    """What tells genres apart: tempo, strokes and notes a bar, chords, and who plays how much."""
    bars = piece.duration * piece.bpm / 60 / piece.meter
    notes: Counter[str] = Counter()
    players: Counter[str] = Counter()
    kick = back = 0
    for part in piece.parts:
        notes[part.role] += len(part.notes)
        family = instruments()[part.instrument].family
        players[part.instrument if family == "drums" else family] += len(part.notes)
        if part.role == "drums":
            kick += sum(note.pitch == KICK for note in part.notes)
            back += sum(note.pitch in BACKBEATS for note in part.notes)
    shares = {f"{name} share": 4 * count / players.total() for name, count in players.items()}
    return shares | {
        "tempo": piece.bpm / 60,
        "drums": notes["drums"] / bars / 8,
        "kick": kick / bars / 2,
        "back": back / bars / 2,
        "bass": notes["bass"] / bars / 3,
        "tune": notes["melody"] / bars / 2,
        "rich": 1.5 * sum(len(chord.tones) for chord in piece.chords) / len(piece.chords),
    }


@cache
def typical(name: str) -> dict[str, float]:
    found = [features(score(name, seed)) for seed in range(5)]
    return {key: sum(f.get(key, 0.0) for f in found) / 5 for f in found for key in f}


def distance(one: dict[str, float], other: dict[str, float]) -> float:
    return sum((one.get(key, 0.0) - other.get(key, 0.0)) ** 2 for key in one.keys() | other.keys())


def test_there_are_thirty_six_genres() -> None:
    assert len(names()) == GENRES


@pytest.mark.parametrize("name", names())
def test_new_pieces_of_a_genre_resemble_it_more_than_any_other(name: str) -> None:
    nearest = [
        min(names(), key=lambda other: distance(typical(other), features(score(name, seed))))
        for seed in (10, 11)
    ]
    assert nearest == [name, name]


def test_no_two_genres_share_their_material() -> None:
    told: dict[str, set[str]] = {"rhythms": set(), "progressions": set()}
    for name in names():
        style = genre(name)
        told["rhythms"].add(repr(sorted(style.rhythms)))
        told["progressions"].add(repr(sorted(style.progressions.items())))
    assert {kind: len(found) for kind, found in told.items()} == dict.fromkeys(told, GENRES)


def test_words_lead_only_to_genres_and_instruments_that_exist() -> None:
    known = {*instruments()}
    for entry in instruments().values():
        known |= {entry.family, *entry.roles}
    assert set(words().instruments) <= known
    assert set(words().genres) == set(names())
    assert {mood.genre for mood in words().moods.values()} <= {"", *names()}
    assert {genre for metre in words().metres.values() for genre in metre.dances.values()} <= set(
        names()
    )
    assert set(words().metres) == set(BEATS)


def test_themes_are_the_same_on_every_python() -> None:
    """The digest was made by 3.11, 3.12 and 3.13: the notes are decided by the stdlib alone."""
    told: list[object] = []
    for name in names():
        for seed in range(3):
            theme = Theme(genre=name, seed=seed, color=0.3, density=0.2)
            style = in_metre(name, "4/4")
            told.append(material(style, theme, Key(tonic=seed, mode="minor")))
            told.append([motif(style, theme, kind) for kind in ("a", "b", "c")])
    assert hashlib.sha256(msgspec.json.encode(told)).hexdigest() == THEMES


THEMES = "deb7fba3b39d4cbcda3254709b47e5549ab25a50695f89dd92e3d1b5c293a200"


def test_scores_are_the_same_on_every_python() -> None:
    """Every note of every genre, to the last bit; the digest was made by 3.11, 3.12 and 3.13."""
    told = [
        compose(understand(Brief(genre=name, duration=20.0, seed=seed)))
        for name in names()
        for seed in range(2)
    ]
    assert hashlib.sha256(msgspec.json.encode(told)).hexdigest() == SCORES


SCORES = "e4277bcfded201bf6d17f2fddaec676eb7520e6f7d58342a55e44dd748bfaf65"
