"""The musical rules that every score keeps."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise

import msgspec
import pytest

from segue_local.brief import Brief
from segue_local.casting import instruments
from segue_local.compose import compose
from segue_local.genres import genre, names
from segue_local.metres import BEATS, in_metre
from segue_local.score import ChordAt, Part, Score
from segue_local.theory import NAMES, Key, roman
from segue_local.understand import understand

SEEDS = range(4)


def score(genre_name: str, seed: int = 1, prompt: str = "", **options: object) -> Score:
    fields = {"prompt": prompt, "genre": genre_name, "seed": seed, **options}
    return compose(understand(msgspec.convert(fields, Brief)))


def chord_at(piece: Score, beat: float) -> ChordAt:
    return [chord for chord in piece.chords if chord.start <= beat + 0.13][-1]


def melodies_of(piece: Score) -> list[Part]:
    return [part for part in piece.parts if part.role == "melody"]


@pytest.mark.parametrize("name", names())
def test_every_note_lies_within_its_instrument_and_within_the_piece(name: str) -> None:
    for seed in SEEDS:
        piece = score(name, seed)
        end = piece.duration * piece.bpm / 60
        for part in piece.parts:
            entry = instruments()[part.instrument]
            for note in part.notes:
                assert entry.low <= note.pitch <= entry.high
                assert 0 <= note.start < end
                assert 0 < note.velocity <= 1
                assert note.start + note.length <= end + 0.1


@pytest.mark.parametrize("name", names())
def test_melodies_stand_on_chord_tones_where_the_beat_is_strong(name: str) -> None:
    strong = right = 0
    for seed in range(8):
        piece = score(name, seed, duration=40)
        for part in melodies_of(piece):
            for note in part.notes:
                beat = round(note.start)
                if abs(note.start - beat) < 0.12 and beat % piece.meter == 0:
                    strong += 1
                    right += note.pitch % 12 in chord_at(piece, beat).tones
    assert right >= 0.8 * strong


@pytest.mark.parametrize("name", names())
def test_melodies_move_in_small_steps(name: str) -> None:
    leaps = [
        abs(after.pitch - before.pitch)
        for seed in SEEDS
        for part in melodies_of(score(name, seed))
        for before, after in pairwise(part.notes)
    ]
    assert sum(leap <= 7 for leap in leaps) >= 0.9 * len(leaps)


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("duration", [1, 2.5, 8, 30, 61.7, 240])
def test_the_last_chord_rings_to_the_end_and_the_tempo_bends_at_most_a_tenth(
    name: str, duration: float
) -> None:
    plan = understand(Brief(genre=name, duration=duration, seed=3))
    piece = compose(plan)
    end = duration * piece.bpm / 60
    last = max(note.start + note.length for part in piece.parts for note in part.notes)
    assert last == pytest.approx(end, abs=0.1)
    assert 0.899 <= piece.bpm / plan.bpm <= 1.101
    assert [section.name for section in piece.sections][-1] == "end"


def test_a_tempo_that_was_asked_for_is_kept() -> None:
    for duration in (3, 17, 29, 61):
        assert score("house", bpm=123, duration=duration).bpm == 123


def test_the_bass_begins_each_bar_with_the_kick() -> None:
    piece = score("rock", 2, duration=40)
    drums = next(part for part in piece.parts if part.role == "drums")
    bass = next(part for part in piece.parts if part.role == "bass")
    kicks = [note.start for note in drums.notes if note.pitch == 36]
    together = [
        min(abs(note.start - kick) for kick in kicks) < 0.15
        for note in bass.notes
        if round(note.start, 1) % 4 == 0
    ]
    assert sum(together) >= 0.7 * len(together)


def test_wishes_choose_the_band() -> None:
    piece = score("pop", prompt="with saxophone and harp, without drums")
    assert {"saxophone", "harp"} <= {part.instrument for part in piece.parts}
    assert all(part.role != "drums" for part in piece.parts)


def test_a_key_that_was_asked_for_rules_the_notes() -> None:
    piece = score("pop", key="F# major", duration=30)
    scale = Key(tonic=NAMES.index("F#"), mode="major").scale
    pitched = [
        note.pitch % 12
        for part in piece.parts
        if part.role in ("melody", "comp")
        for note in part.notes
    ]
    assert sum(pitch in scale for pitch in pitched) >= 0.85 * len(pitched)


def test_long_pieces_have_contrasting_sections() -> None:
    found = [section.name for section in score("pop", duration=120).sections]
    assert {"intro", "a", "b", "break", "outro", "end"} <= set(found)


def fills(grid: str, width: int) -> bool:
    """Whether a grid is one bar, or several with a line between them."""
    return all(len(bar) == width for bar in grid.split("|"))


@pytest.mark.parametrize("metre", BEATS)
@pytest.mark.parametrize("name", names())
def test_every_grid_of_a_genre_fills_its_bars(name: str, metre: str) -> None:
    style = in_metre(name, metre)
    width = BEATS[metre] * 4
    for groove in style.grooves:
        assert all(fills(grid, width) for grid in [groove.bass, *groove.drums.values()])
    for fill in [*style.fills, *style.builds]:
        assert all(len(grid) == width for grid in fill.values())
    assert all(len(rhythm.replace("|", "")) == 2 * width for rhythm in style.rhythms)
    for track in style.tracks:
        assert all(len(grid.replace("|", "")) % width == 0 for grid in track.patterns)
        assert track.patterns or track.role not in ("comp", "arp", "power")


@pytest.mark.parametrize("name", names())
def test_every_genre_has_progressions_grooves_and_forms_of_its_own(name: str) -> None:
    style = genre(name)
    assert {"major", "minor"} <= set(style.progressions)
    for mode, texts in style.progressions.items():
        assert len(set(texts)) >= 6
        for symbol in " ".join(texts).replace(",", " ").split():
            assert roman(symbol, Key(tonic=0, mode=mode)).tones
    assert len(style.grooves) >= 4
    assert len({groove.bass for groove in style.grooves}) >= 3
    assert len(style.rhythms) >= 3
    assert len({len(form.split()) for form in style.forms}) >= 6
    for track in style.tracks:
        assert all(player in instruments() for player in track.instruments)


def test_equal_briefs_give_equal_scores_in_any_process() -> None:
    program = (
        "import sys, msgspec, hashlib\n"
        "from segue_local.brief import Brief\n"
        "from segue_local.understand import understand\n"
        "from segue_local.compose import compose\n"
        "piece = compose(understand(Brief(prompt='epic jazz with flute and cello', seed=7)))\n"
        "assert 'numpy' not in sys.modules and 'soundfile' not in sys.modules\n"
        "print(hashlib.sha256(msgspec.json.encode(piece)).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(found) == 1


def test_a_score_is_plain_json_and_comes_back_equal() -> None:
    piece = score("jazz")
    assert msgspec.json.decode(msgspec.json.encode(piece), type=Score) == piece


def test_another_seed_is_another_piece() -> None:
    assert score("folk", 1).parts != score("folk", 2).parts
