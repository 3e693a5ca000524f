"""Hip hop, reggae and funk as their listeners know them: who leads, and what falls where."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from segue_local.brief import Brief
from segue_local.casting import instruments
from segue_local.compose import compose
from segue_local.groove import DRUMS
from segue_local.render import blocks
from segue_local.score import Part, Score
from segue_local.understand import understand

RATE = 44_100
SEEDS = (1, 2, 3)


@cache
def piece(genre: str, seed: int) -> Score:
    return compose(understand(Brief(genre=genre, duration=20.0, seed=seed, metre="4/4")))


@cache
def level(genre: str, seed: int, *names: str) -> float:
    """The level of those parts together (all where none is named) in dB, from the first beat of the
    drums to the last chord.
    """
    score = piece(genre, seed)
    only = frozenset(names) or None
    sound = np.concatenate(list(blocks(score, only=only)), axis=1)
    first = min(note.start for note in part(score, "drums").notes)
    start, end = (int(score.seconds(at) * RATE) for at in (first, score.sections[-1].start))
    return float(10 * np.log10(np.mean(sound[:, start:end].astype(np.float64) ** 2) + 1e-12))


def part(score: Score, name: str) -> Part:
    return next(each for each in score.parts if each.name == name)


def beats(score: Score, name: str, *drums: str) -> list[float]:
    """Where in its bar each note falls, in sixteenths; the last chord is left out."""
    last = score.sections[-1].start - 0.1
    numbers = [DRUMS[drum] for drum in drums]
    notes = [note for note in part(score, name).notes if note.start < last]
    return [
        round(note.start * 4) % 16 for note in notes if not numbers or note.pitch in numbers
    ]  # fmt: skip


def melodic(score: Score) -> list[str]:
    return [p.name for p in score.parts if p.role in ("comp", "melody", "pad") and p.notes]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_drums_lead_in_hip_hop(seed: int) -> None:
    score = piece("hip hop", seed)
    assert level("hip hop", seed, "drums") > level("hip hop", seed, *melodic(score)) + 2
    assert part(score, "bass").instrument in ("808 bass", "sub bass")
    assert all(instruments()[each.instrument].family != "guitar" for each in score.parts)


@pytest.mark.parametrize("seed", SEEDS)
def test_keys_are_sparse_in_hip_hop(seed: int) -> None:
    score = piece("hip hop", seed)
    struck = {round(note.start * 4) for note in part(score, "loop").notes}
    assert len(struck) <= 2 * score.duration * score.bpm / 60 / 4 + 2


@pytest.mark.parametrize("seed", SEEDS)
def test_reggae_drops_the_first_beat_and_strikes_the_third(seed: int) -> None:
    score = piece("reggae", seed)
    kicks = beats(score, "drums", "kick")
    assert kicks.count(8) >= 0.3 * len(kicks)
    loudest = max(
        (n for n in part(score, "drums").notes if n.pitch == DRUMS["kick"]),
        key=lambda note: note.velocity,
    )
    assert round(loudest.start * 4) % 16 == 8 or loudest.start >= score.sections[-1].start - 4


@pytest.mark.parametrize("seed", SEEDS)
def test_the_skank_of_reggae_is_on_the_second_and_fourth_beat_and_is_heard(seed: int) -> None:
    score = piece("reggae", seed)
    struck = beats(score, "skank")
    assert sum(place in (4, 12) for place in struck) >= 0.5 * len(struck)
    assert all(place % 4 in (0, 2) and place not in (0, 8) for place in struck)
    skank = level("reggae", seed, "skank")
    assert skank > level("reggae", seed) - 9
    assert level("reggae", seed, "bass") > skank + 1


@pytest.mark.parametrize("seed", SEEDS)
def test_funk_has_slap_bass_horns_sixteenths_and_drums_in_front(seed: int) -> None:
    score = piece("funk", seed)
    assert part(score, "bass").instrument == "slap bass"
    assert part(score, "horns").notes
    assert part(score, "keys").instrument == "clavinet"
    off = [place % 2 for place in beats(score, "guitar")]
    assert sum(off) >= 0.25 * len(off)
    drums = level("funk", seed, "drums")
    assert all(drums > level("funk", seed, name) for name in ("guitar", "keys", "lead"))
